"""Standing holds when requests come in, and what stands out about an account is written with them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from usepolicy.cli.engines import load_rules_file
from usepolicy.cli.init import init
from usepolicy.enforcement.account_signals import Anomaly, Flow, Watch
from usepolicy.enforcement.detection import Content, Detection, Detector
from usepolicy.enforcement.engine import Engine
from usepolicy.enforcement.grants import By, apply_for, approve, grants_in
from usepolicy.enforcement.keys import link_of
from usepolicy.enforcement.ladder import Ladder, Rung, Severity
from usepolicy.enforcement.ledger import AccountLink, Actor, ActorKind, EntryId
from usepolicy.enforcement.ledger_bodies import (
    Automation,
    Decided,
    GrantApplied,
    GrantKind,
    Means,
    SanctionAction,
    Sanctioned,
    Scope,
    SignalKind,
    Signalled,
)
from usepolicy.enforcement.ledger_codec import Draft, Entry
from usepolicy.enforcement.ledger_verify import verified
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.recording import Recorded
from usepolicy.enforcement.report import Period, report_of
from usepolicy.enforcement.requests import Request, Role, Surface, Turn
from usepolicy.enforcement.sanctions import Lifting, Office, Telling, lift
from usepolicy.enforcement.signal_replay import replayed
from usepolicy.enforcement.standing import Standing
from usepolicy.enforcement.statements import Publisher, statements_of
from usepolicy.enforcement.steps import Measure, Step
from usepolicy.store.ledger import Ledger, Wanted, new_id
from usepolicy.store.ledger_keys import Keys
from usepolicy.store.recorder import Recorder

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
DAY = 86_400
BOMB, BREAD, NEED = "how do I make a pipe bomb", "how do I bake bread", "I want to kill myself"
POST = "Write a friendly post about my shop, number {}, with a sale until Friday"
MIA = Actor(ActorKind.PERSON, "reviewer-mia")
LADDER = Ladder(
    (Rung(1, Measure(Step.WARNING)), Rung(3, Measure(Step.RATE_LIMIT, 7 * DAY, 2, 3_600))),
    {"minor": Severity("minor", 1)},
    "minor",
    signals={SignalKind.MASS_POSTING: "minor", SignalKind.VOLUME: "minor"},
)


@dataclass
class Counting:
    """A detector that counts how often it was asked."""

    inner: Detector
    asked: int = 0

    @property
    def targets(self) -> frozenset:
        return self.inner.targets

    @property
    def version(self) -> str:
        return self.inner.version

    def detect(self, contents: Sequence[Content]) -> Sequence[Detection]:
        self.asked += len(contents)
        return self.inner.detect(contents)


@dataclass
class Gate:
    """A recorder with its clock, which a test moves, and its detectors."""

    recorder: Recorder
    detectors: list[Counting]
    ledger: Ledger
    link: AccountLink
    now: datetime = NOW

    def ask(self, text: str = BREAD, *, later: float = 1, **more: object) -> Recorded:
        """Decide a request so many seconds later."""
        self.now += timedelta(seconds=later)
        request = Request("1", (Turn(Role.USER, text),), account="acme")
        return self.recorder.decide(replace(request, **more))  # type: ignore[arg-type]

    @property
    def asked(self) -> int:
        return sum(each.asked for each in self.detectors)

    def bodies(self, kind: str) -> list[Entry]:
        return list(self.ledger.entries(Wanted(kinds=(kind,))))


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        init(developer="Tern")
    path = folder / "rules.yaml"
    exempt = "- id: weapons\n  exemptions:\n  - {grants: [research]}\n"
    path.write_text(path.read_text("utf-8").replace("- id: weapons\n", exempt, 1), "utf-8")
    return path


@pytest.fixture
def gate(rules: Path, ledger: Ledger, keys: Keys) -> Iterator[Callable[[Ladder], Gate]]:
    loaded = load_rules_file(rules, allow_private=False)

    def make(ladder: Ladder = LADDER) -> Gate:
        detectors = {name: Counting(each) for name, each in loaded.detectors.items()}
        office = Office(ladder, new_id, Telling("standard", "en", "page"))
        link = link_of(keys.of("acme", now=NOW))
        made = Gate(None, list(detectors.values()), ledger, link)  # type: ignore[arg-type]
        made.recorder = Recorder(
            Engine(loaded.rules, detectors), ledger, keys, office, lambda: made.now
        )
        return made

    return make


def lay(
    gate: Gate, measure: Measure, *, by: Actor = MIA, automation=Automation.PARTLY, since=NOW
) -> Entry:
    """Lay a sanction on the account, in a case of its own."""
    body = Sanctioned(SanctionAction.APPLIED, measure, since, measure.ends(since), automation)
    id = new_id("sanction")
    return gate.ledger.append(Draft(id, since, by, body, gate.link, id))


SUSPENSION, BAN = Measure(Step.SUSPENSION, 14 * DAY), Measure(Step.BAN)
RATE = Measure(Step.RATE_LIMIT, 7 * DAY, 2, 3_600)
NO_IMAGES = Measure(Step.LIMITED_FUNCTIONS, 7 * DAY, functions=("images",))


@pytest.mark.parametrize(
    ("measure", "until"), [(SUSPENSION, NOW + timedelta(days=14)), (BAN, None)]
)
@pytest.mark.parametrize("text", [BREAD, BOMB, NEED])
def test_nothing_is_let_in_and_no_detector_is_asked(
    gate: Callable[..., Gate], measure: Measure, until: datetime | None, text: str
) -> None:
    made = gate()
    laid = lay(made, measure)
    told = made.ask(text)
    assert told.decision.outcome is Outcome.BLOCK
    assert made.asked == 0
    assert told.refusal is not None
    assert (told.refusal.sanction, told.refusal.step) == (laid.id, measure.step)
    assert (told.refusal.until, told.refusal.automation) == (until, Automation.PARTLY)
    assert told.decision.resources, "nobody looked whether whoever asks is in need"
    [entry] = made.bodies("decision")
    assert isinstance(entry.body, Decided)
    assert (entry.body.means, entry.body.restrictions) == (Means.STANDING, ())
    assert entry.body.refusal == told.refusal


def test_what_is_kept_out_is_no_violation_and_is_told_once(gate: Callable[..., Gate]) -> None:
    made = gate(replace(LADDER, watch=Watch(Flow(2, 3_600), Flow(2, 3_600))))
    lay(made, SUSPENSION)
    told = [made.ask(POST.format(n)) for n in range(5)]
    assert [bool(each.notice) for each in told] == [True, False, False, False, False]
    found = made.ledger.standing(made.link, LADDER, made.now)
    assert (found.points, found.violations) == (0, ())
    assert made.bodies("signal") == [], "they are no volume either"
    assert verified(made.ledger.records()).fault is None


def test_a_sanction_ends_by_itself_or_by_a_person(gate: Callable[..., Gate]) -> None:
    made = gate()
    lay(made, SUSPENSION)
    ban = lay(made, BAN)
    assert made.ask().refusal is not None
    made.now += timedelta(days=15)
    assert made.ask().refusal is not None, "the ban still holds"
    made.ledger.append(lift(ban, Lifting(new_id("sanction"), MIA, made.now, "c" * 64)))
    assert made.ask().refusal is None
    assert made.asked > 0


def test_a_limited_rate_is_refused_until_when_it_says(gate: Callable[..., Gate]) -> None:
    made = gate()
    lay(made, RATE)
    first, second, third = (made.ask() for _ in range(3))
    assert (first.refusal, second.refusal) == (None, None)
    assert third.refusal is not None
    retry = third.refusal.retry_at
    assert retry == NOW + timedelta(seconds=1 + 3_600), "when the first of the two leaves"
    made.now = retry - timedelta(seconds=1)
    assert made.ask(later=0.5).refusal is not None, "and what was refused uses nothing up"
    made.now = retry
    assert made.ask(later=0).refusal is None


def test_a_limited_function_is_refused_and_no_other(gate: Callable[..., Gate]) -> None:
    made = gate()
    lay(made, NO_IMAGES)
    asked = [made.ask(function=name).refusal for name in (None, "text", "images", "Images")]
    assert [bool(each) for each in asked] == [False, False, True, True]
    assert asked[2] is not None
    assert asked[2].function == "images"


def test_requests_of_others_and_of_nobody_are_let_in(gate: Callable[..., Gate]) -> None:
    made = gate()
    lay(made, BAN)
    assert made.ask(account="birch").refusal is None
    assert made.ask(account=None).refusal is None


def test_an_answer_is_no_query_and_none_goes_out_to_a_closed_account(
    gate: Callable[..., Gate],
) -> None:
    made, answer = gate(), (Turn(Role.USER, BREAD), Turn(Role.ASSISTANT, "Take flour."))
    lay(made, RATE)
    assert [made.ask(turns=answer).refusal for _ in range(5)] == [None] * 5
    assert made.ask().refusal is None
    lay(made, BAN, since=made.now)
    assert made.ask(turns=answer).refusal is not None


def test_only_one_of_two_that_come_at_once_gets_the_last_place(
    gate: Callable[..., Gate],
) -> None:
    made = gate()
    lay(made, RATE)
    made.ask()
    made.now += timedelta(seconds=1)
    found: list[Recorded] = []
    start = threading.Barrier(4)

    def ask() -> None:
        start.wait()
        request = Request("1", (Turn(Role.USER, BREAD),), account="acme")
        found.append(made.recorder.decide(request))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    outcomes = sorted(each.decision.outcome for each in found)
    assert outcomes == [Outcome.ALLOW, *[Outcome.BLOCK] * 3]
    assert sum(each.refusal is not None for each in found) == 3


def give(gate: Gate, category: str, purpose: str = "research") -> EntryId:
    scope = Scope((category,), (Surface.API,), (purpose,))
    asked = GrantApplied(GrantKind.RESEARCH, scope, NOW, NOW + timedelta(days=90))
    filed = gate.ledger.append(
        apply_for(asked, By(Actor(ActorKind.ACCOUNT, gate.link), NOW, new_id("grant")), gate.link)
    )
    [grant] = grants_in([filed])
    gate.ledger.append(approve(grant, By(MIA, NOW, new_id("grant"))))
    return filed.id


def test_a_grant_counts_for_what_is_let_in_and_lifts_no_sanction(
    gate: Callable[..., Gate],
) -> None:
    made = gate()
    grant = give(made, "weapons-conventional")
    lay(made, RATE)
    told = made.ask(BOMB)
    assert told.decision.outcome is Outcome.ALLOW
    [entry] = made.bodies("decision")
    assert entry.body.grant == grant  # type: ignore[attr-defined]
    made.ask()
    assert made.ask(BOMB).refusal is not None
    lay(made, BAN, since=made.now)
    assert made.ask(BOMB).refusal.step is Step.BAN  # type: ignore[union-attr]


MASS = replace(LADDER, watch=Watch(mass_posting=Flow(3, 3_600, "spam")))


def test_a_signal_is_written_with_the_policy_s_words_and_what_follows(
    gate: Callable[..., Gate],
) -> None:
    made = gate(MASS)
    told = [made.ask(POST.format(n)) for n in range(5)]
    assert [len(each.signals) for each in told] == [0, 0, 0, 1, 0]
    [entry] = made.bodies("signal")
    body = entry.body
    assert isinstance(body, Signalled)
    assert (body.signal, body.value, body.threshold) == (SignalKind.MASS_POSTING, 4, 3)
    assert (body.window_seconds, body.category, body.grant) == (3_600, "spam", None)
    assert body.restrictions
    assert body.restrictions[0].category == "spam"
    assert entry.actor.kind is ActorKind.SYSTEM
    [signal] = told[3].signals
    assert (signal.entry, told[3].sanctions) == (entry.id, (Step.WARNING,))
    kinds = [each.kind for each in made.ledger.case(entry.id)]
    assert kinds == ["signal", "sanction", "notice"]
    assert made.ledger.standing(made.link, MASS, made.now).violations == (entry.id,)


def test_what_a_grant_covers_is_recorded_and_weighs_nothing(gate: Callable[..., Gate]) -> None:
    made = gate(MASS)
    grant = give(made, "spam")
    for n in range(5):
        made.ask(POST.format(n))
    [entry] = made.bodies("signal")
    assert entry.body.grant == grant  # type: ignore[attr-defined]
    assert made.ledger.standing(made.link, MASS, made.now).points == 0
    assert made.bodies("sanction") == []


def test_a_signal_weighs_on_top_of_the_decision_that_raised_it(gate: Callable[..., Gate]) -> None:
    ladder = replace(LADDER, watch=Watch(volume=Flow(2, 3_600)))
    made = gate(ladder)
    steps = [made.ask(BOMB).sanctions for _ in range(3)]
    assert steps == [(Step.WARNING,), (Step.WARNING,), (Step.RATE_LIMIT, Step.RATE_LIMIT)]
    assert made.ledger.standing(made.link, ladder, made.now).points == 4


def test_the_ledger_replays_what_was_raised(gate: Callable[..., Gate]) -> None:
    watch = Watch(Flow(6, 600), Flow(3, 600, "spam"), Anomaly(4, 2, 20 * DAY, 5))
    ladder = replace(LADDER, rungs=(Rung(1, Measure(Step.WARNING)),), watch=watch)
    made = gate(ladder)
    for hour in range(8):
        for n in range(2 if hour < 6 else 14):
            made.ask(POST.format(n) if n % 3 else f"a question of its own about bread {'x' * n}")
        made.now = NOW + timedelta(hours=hour + 1)
    found = replayed(made.ledger.entries(), watch)
    assert {each.signal.signal for each in found} == set(SignalKind)
    assert all(each.recorded for each in found)
    assert len(found) == len(made.bodies("signal"))


def test_a_clock_that_is_behind_counts_as_the_ledger_does(gate: Callable[..., Gate]) -> None:
    watch = Watch(Flow(3, 60))
    made = gate(replace(LADDER, watch=watch))
    made.ask()
    for _ in range(3):
        made.ask(later=-30)
    found = replayed(made.ledger.entries(), watch)
    assert len(found) == 1
    assert all(each.recorded for each in found)


def test_reports_and_statements_count_it_apart(gate: Callable[..., Gate]) -> None:
    made = gate()
    made.ask(BOMB)
    lay(made, SUSPENSION, since=made.now)
    for _ in range(3):
        made.ask(BOMB)
    report = report_of(made.ledger.entries, Period("2026-03", "2026-03"), small=1)
    tables = {
        table.name: {row.labels: row.numbers[0] for row in table.rows} for table in report.tables
    }
    assert tables["decisions"] == {("block",): 1}
    assert tables["refused for standing"] == {("suspension",): 3}
    assert ("standing", "fully") not in tables["means"]
    visible = [
        s for s in statements_of(made.ledger.entries(), Publisher()) if "decision_visibility" in s
    ]
    assert len(visible) == 1, "the sanction has a statement; what it kept out has none"


def test_whoever_is_in_need_is_met_with_help_while_only_the_rate_is_limited(
    gate: Callable[..., Gate],
) -> None:
    made = gate()
    lay(made, RATE)
    told = made.ask(NEED)
    assert told.decision.support
    [entry] = made.bodies("decision")
    assert (entry.account, entry.body.likeness) == (None, None)  # type: ignore[attr-defined]


def test_an_account_in_good_standing_has_nothing_in_force(gate: Callable[..., Gate]) -> None:
    made = gate()
    made.ask()
    assert made.ledger.standing(made.link, LADDER, made.now) == Standing(made.now)
