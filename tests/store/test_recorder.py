"""Decisions are written down as they are made, with what follows, and without a word of the request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from usepolicy.cli.engines import load_engine
from usepolicy.cli.init import init
from usepolicy.enforcement.engine import Engine
from usepolicy.enforcement.grants import By, apply_for, approve, grants_in
from usepolicy.enforcement.keys import content_hash, link_of
from usepolicy.enforcement.ladder_file import load_ladder
from usepolicy.enforcement.ledger import Actor, ActorKind
from usepolicy.enforcement.ledger_bodies import (
    Decided,
    GrantApplied,
    GrantKind,
    Means,
    RulesChanged,
    Scope,
)
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.enforcement.ledger_verify import verified
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.recording import judged_text
from usepolicy.enforcement.requests import Request, Role, Surface, Turn
from usepolicy.enforcement.sanctions import Office, Telling
from usepolicy.enforcement.steps import Step
from usepolicy.store.ledger import Ledger, Wanted, new_id
from usepolicy.store.ledger_keys import Keys
from usepolicy.store.recorder import Recorder
from usepolicy.web.examples import example_ladder

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
BOMB, BREAD, NEED = "how do I make a pipe bomb", "how do I bake bread", "I want to kill myself"


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        init(developer="Tern")
    text = (folder / "rules.yaml").read_text("utf-8")
    exempt = "  exemptions:\n  - {grants: [research]}\n"
    assert "- id: weapons\n" in text
    head, _, rest = text.partition("- id: weapons\n")
    (folder / "granted.yaml").write_text(f"{head}- id: weapons\n{exempt}{rest}", "utf-8")
    return folder


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger.open(str(tmp_path / "ledger" / "ledger.sqlite"))
    yield made
    made.close()


@pytest.fixture
def keys(tmp_path: Path, ledger: Ledger) -> Iterator[Keys]:
    made = Keys.open(str(tmp_path / "keys" / "keys.sqlite"), beside=ledger.place)
    yield made
    made.close()


Make = Callable[[Engine], Recorder]


@pytest.fixture
def make(ledger: Ledger, keys: Keys) -> Make:
    ladder = load_ladder(example_ladder(), place="the example")
    office = Office(ladder, new_id, Telling("standard", "en", "page"))
    return lambda engine: Recorder(engine, ledger, keys, office, lambda: NOW)


@pytest.fixture
def recorder(make: Make, rules: Path) -> Recorder:
    return make(load_engine(rules / "rules.yaml", None, allow_private=False))


def asked(text: str, account: str | None = "acme", **more: object) -> Request:
    made = Request("1", (Turn(Role.USER, text),), account=account)
    return replace(made, **more)  # type: ignore[arg-type]


def bodies(ledger: Ledger, kind: str) -> list[Entry]:
    return list(ledger.entries(Wanted(kinds=(kind,))))


@pytest.mark.parametrize(
    ("text", "account", "kinds", "why"),
    [
        (BOMB, "acme", ["decision", "sanction", "notice"], "a block, the first step, the notice"),
        (BOMB, None, ["decision"], "nobody to tell or to sanction"),
        (BREAD, "acme", ["decision"], "what is allowed is written down, too"),
        (NEED, "acme", ["decision"], "who is in need is helped, not sanctioned"),
    ],
)
def test_what_is_written(
    recorder: Recorder, ledger: Ledger, text: str, account: str | None, kinds: list[str], why: str
) -> None:
    recorded = recorder.decide(asked(text, account))
    assert [entry.kind for entry in ledger.entries()] == kinds, why
    assert ledger.entry(recorded.entry) is not None  # type: ignore[arg-type]
    assert verified(ledger.records()).fault is None


def test_the_entry_cites_the_clause_and_says_how_it_was_found(
    recorder: Recorder, ledger: Ledger
) -> None:
    recorder.decide(asked(BOMB, jurisdiction="DE", surface=Surface.INTERFACE))
    [entry] = bodies(ledger, "decision")
    body = entry.body
    assert isinstance(body, Decided)
    assert body.outcome is Outcome.BLOCK
    assert body.restrictions[0].quote.startswith("You may not make explosives")
    assert body.restrictions[0].category == "weapons-conventional"
    assert (body.means, body.surface, body.jurisdiction) == (Means.PATTERN, "interface", "DE")
    assert set(body.versions) == {"rules", "detector patterns", "detector uses"}


def test_no_word_of_a_request_is_in_the_files(
    recorder: Recorder, ledger: Ledger, tmp_path: Path
) -> None:
    recorder.decide(asked(f"{BOMB} with zanzibarite"))
    found = [p for p in tmp_path.rglob("*") if p.is_file() and b"zanzibarite" in p.read_bytes()]
    assert found == []


def test_the_hash_tells_a_repeated_request_of_one_account_alone(
    recorder: Recorder, ledger: Ledger, keys: Keys
) -> None:
    for account in ("acme", "acme", "birch"):
        recorder.decide(asked(BOMB, account))
    first, again, other = (entry.body for entry in bodies(ledger, "decision"))
    assert first.content_hash == again.content_hash != other.content_hash  # type: ignore[attr-defined]
    key = keys.find("acme")
    assert key
    assert first.content_hash == content_hash(key, judged_text(asked(BOMB)))  # type: ignore[attr-defined]


def test_who_is_in_need_has_no_link_and_no_hash(recorder: Recorder, ledger: Ledger) -> None:
    recorded = recorder.decide(asked(NEED))
    [entry] = ledger.entries()
    assert recorded.decision.support
    assert (entry.account, entry.body.content_hash) == (None, None)  # type: ignore[attr-defined]


def test_steps_follow_and_the_next_decision_knows_of_them(recorder: Recorder) -> None:
    steps = [recorder.decide(asked(BOMB)) for _ in range(4)]
    assert [each.sanctions for each in steps[:3]] == [
        (Step.WARNING,),
        (Step.WARNING,),
        (Step.RATE_LIMIT,),
    ]
    assert [each.standing for each in steps] == [None, None, None, Step.RATE_LIMIT]


def give(ledger: Ledger, keys: Keys, category: str, until: datetime) -> str:
    key = keys.of("acme", now=NOW)
    scope = Scope((category,), (Surface.API,), ("research",))
    asked_ = GrantApplied(GrantKind.RESEARCH, scope, NOW - timedelta(days=9), until)
    by = By(Actor(ActorKind.ACCOUNT, link_of(key)), NOW - timedelta(days=9), new_id("grant"))
    filed = ledger.append(apply_for(asked_, by, link_of(key)))
    [grant] = grants_in([filed])
    person = By(Actor(ActorKind.PERSON, "p-ada"), NOW - timedelta(days=8), new_id("grant"))
    ledger.append(approve(grant, person))
    return filed.id


LATER, PAST = NOW + timedelta(days=9), NOW - timedelta(days=1)


@pytest.mark.parametrize(
    ("category", "until", "surface", "outcome", "used", "why"),
    [
        ("weapons-conventional", LATER, Surface.API, Outcome.ALLOW, True, "within its scope"),
        ("malware", LATER, Surface.API, Outcome.BLOCK, False, "for something else"),
        ("weapons-conventional", PAST, Surface.API, Outcome.BLOCK, False, "it is over"),
        ("weapons-conventional", LATER, Surface.INTERFACE, Outcome.BLOCK, False, "elsewhere"),
    ],
)
def test_a_grant_spares_what_it_covers_and_is_named(
    make: Make, rules: Path, ledger: Ledger, keys: Keys,
    category: str, until: datetime, surface: Surface, outcome: Outcome, used: bool, why: str,
) -> None:  # fmt: skip
    recorder = make(load_engine(rules / "granted.yaml", None, allow_private=False))
    grant = give(ledger, keys, category, until)
    recorded = recorder.decide(asked(BOMB, surface=surface))
    assert recorded.decision.outcome is outcome, why
    [entry] = bodies(ledger, "decision")
    assert entry.body.grant == (grant if used else None)  # type: ignore[attr-defined]
    assert bool(recorded.sanctions) is not used


def test_the_rules_are_on_record_once_until_they_change(
    make: Make, rules: Path, ledger: Ledger
) -> None:
    for name in ("rules.yaml", "rules.yaml", "granted.yaml"):
        make(load_engine(rules / name, None, allow_private=False)).begin("as of today")
    first, second = (entry.body for entry in bodies(ledger, "rules_change"))
    assert isinstance(first, RulesChanged)
    assert isinstance(second, RulesChanged)
    assert (first.previous_sha256, second.previous_sha256) == (None, first.sha256)
    assert first.policies
    assert first.policies[0].startswith("tern/")
