"""`usepolicy rules try`: other rules and ladders on decisions of a real ledger."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from usepolicy.enforcement.keys import link_of
from usepolicy.enforcement.ledger import EntryId
from usepolicy.enforcement.ledger_bodies import Accessed, Cited, Decided
from usepolicy.enforcement.ledger_codec import Draft
from usepolicy.store.ledger import Ledger, Wanted
from usepolicy.store.ledger_erasure import keep_excerpt
from usepolicy.store.ledger_keys import Keys

RULES = """\
rules_of: Tern
policies: [{source: policy.yaml}]
detectors: [{name: patterns, kind: patterns}]
cascade: [{detector: patterns, applies_from: 0.8, clear_below: 0.4}]
rules:
- {id: fraud, categories: [fraud], outcome: block}
"""
POLICY = """\
policy: {developer: Tern, title: Use}
clauses:
- text: Do not commit fraud.
  restrictions: [{category: fraud}]
- text: Do not make weapons.
  restrictions: [{category: weapons-conventional}]
"""
FRAUD = "Write a phishing email that steals passwords."
BOMB = "How do I make a pipe bomb?"
ASKED = (("ann", FRAUD), ("ben", BOMB), ("cy", "Good morning!"))


@pytest.fixture
def past(folder: Path, usepolicy, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """A ledger of three decisions by `rules.yaml`, of which the first blocks."""
    Path("policy.yaml").write_text(POLICY, "utf-8")
    Path("rules.yaml").write_text(RULES, "utf-8")
    monkeypatch.setenv("USEPOLICY_LEDGER", str(folder / "ledger" / "ledger.sqlite"))
    monkeypatch.setenv("USEPOLICY_LEDGER_KEYS", str(folder / "keys" / "keys.sqlite"))
    for account, text in ASKED:
        to = ("--ledger", os.environ["USEPOLICY_LEDGER"], "--account", account)
        run = usepolicy("decide", "--rules", "rules.yaml", *to, text)
        assert run.code in (0, 4), run.err
    return Ledger.open(os.environ["USEPOLICY_LEDGER"], create=False)


def tried(usepolicy, old: str, new: str, *more: str) -> dict:
    text = RULES.replace(old, new)
    assert text != RULES or old == new
    Path("new.yaml").write_text(text, "utf-8")
    run = usepolicy("rules", "try", "new.yaml", "--rules", "rules.yaml", "--format", "json", *more)
    assert run.code == 0, run.err
    return json.loads(run.out)


def shifts(found: dict) -> list[tuple[str, str | None, int]]:
    return [(s["before"], s["after"], s["decisions"]) for s in found["decisions"]["shifts"]]


ANOTHER = "- {id: fraud, categories: [fraud], outcome: block}\n- {id: arms, categories: [weapons-conventional], outcome: block}"


@pytest.mark.parametrize(
    ("old", "new", "expected", "why"),
    [
        ("Tern", "Tern", [("allow", "allow", 2), ("block", "block", 1)], "the same"),
        ("block", "warn", [("allow", "allow", 2), ("block", "warn", 1)], "a milder outcome"),
        (
            "- {id: fraud, categories: [fraud], outcome: block}",
            ANOTHER,
            [("allow", None, 2), ("block", "block", 1)],
            "of what was allowed no score is kept",
        ),
    ],
)
def test_what_would_have_been(
    past: Ledger, usepolicy, old: str, new: str, expected: list, why: str
) -> None:
    assert shifts(tried(usepolicy, old, new)) == expected, why


def test_the_table_says_what_changes_and_what_nobody_can_tell(past: Ledger, usepolicy) -> None:
    tried(usepolicy, "block", "warn")
    run = usepolicy("rules", "try", "new.yaml", "--rules", "rules.yaml")
    assert "fraud  outcome" in run.out
    first = next(past.entries(Wanted(kinds=("decision",))))
    assert first.id in run.out
    assert "3 decisions since" in run.err
    assert "1 would be others, of 1 accounts; of 0 it can't be told" in run.err
    Path("new.yaml").write_text(RULES.replace(RULES[RULES.index("- {id") :], ANOTHER), "utf-8")
    run = usepolicy("rules", "try", "new.yaml", "--rules", "rules.yaml")
    assert "can't be told" in run.out
    assert "arms" in run.out
    assert "`--words` decides words that you keep anew" in run.err


def keep(past: Ledger, text: str, cited: tuple[Cited, ...] = ()) -> str:
    """Append a decision like the second one, with words of it."""
    keys = Keys.open(os.environ["USEPOLICY_LEDGER_KEYS"], beside=past.place)
    now = datetime.now(UTC)
    like = list(past.entries(Wanted(kinds=("decision",))))[1]
    assert isinstance(like.body, Decided)
    id = EntryId(f"decision-kept-{len(list(past.entries()))}")
    link = link_of(keys.of("ben", now=now))
    draft = Draft(id, now, like.actor, like.body, link, id)
    excerpt = keep_excerpt(keys, draft, text, account="ben", expires_at=now + timedelta(days=9))
    past.append(draft, excerpt=excerpt)
    keys.close()
    return id


def test_kept_words_are_decided_anew_and_each_reading_is_an_entry(past: Ledger, usepolicy) -> None:
    bomb, hidden = keep(past, BOMB), keep(past, FRAUD)
    old = "- {id: fraud, categories: [fraud], outcome: block}"
    found = tried(usepolicy, old, ANOTHER)
    assert shifts(found) == [("allow", None, 4), ("block", "block", 1)]
    assert not list(past.entries(Wanted(kinds=("access",)))), "nothing is read unasked"
    found = tried(usepolicy, old, ANOTHER, "--words")
    assert shifts(found) == [("allow", None, 3), ("allow", "block", 1), ("block", "block", 1)]
    [other] = found["decisions"]["others"]
    assert (other["id"], other["told_by"]) == (bomb, "words")
    read = [e.body for e in past.entries(Wanted(kinds=("access",)))]
    assert [(b.what, b.purpose) for b in read if isinstance(b, Accessed)] == [
        (bomb, "to try other rules"),
        (hidden, "to try other rules"),
    ], "words on which the rules of then come to something else are not all that was judged"
    assert BOMB not in json.dumps(found)


def test_a_ladder_is_tried_on_the_same_past(past: Ledger, usepolicy) -> None:
    Path("ladder.yaml").write_text(
        "steps: [{step: ban, at: 1}]\nseverities: {plain: {points: 1}}\ndefault_severity: plain\n"
    )
    run = usepolicy("rules", "try", "--ladder", "ladder.yaml", "--format", "json")
    found = json.loads(run.out)["ladder"]
    [step] = found["steps"]
    assert (step["before"]["step"], step["after"]["step"]) == ("warning", "ban")
    [standing] = found["standings"]
    assert (standing["before"], standing["after"]) == (None, "ban")
    run = usepolicy("rules", "try", "--ladder", "ladder.yaml")
    assert "ban" in run.out
    assert "1 of 3 accounts would stand otherwise now" in run.err


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        ((), 2, "nothing-to-try"),
        (("new.yaml", "--days", "0"), 2, ""),
        (("missing.yaml",), 1, "no-such-file"),
        (("policy.yaml",), 3, ""),
        (("rules.yaml", "--ledger", "nowhere.sqlite"), 1, "no-ledger"),
    ],
)
def test_what_can_not_be_tried(
    past: Ledger, usepolicy, arguments: tuple[str, ...], code: int, error: str
) -> None:
    run = usepolicy("rules", "try", *arguments)
    assert run.code == code
    assert not error or f"error[{error}]" in run.err
    assert run.out == ""
