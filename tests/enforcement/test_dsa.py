"""Statements of reasons hold to the rules of the DSA's form, and tell of nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ledger_cases import LINK, MEASURES, decision, entry, sanction

from usepolicy.enforcement.dsa import problems_of
from usepolicy.enforcement.ledger_bodies import Automation, Cited, Means, SignalKind, Signalled
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.statements import Publisher, statements_of

PUBLISHER = Publisher("https://harbourlight.example/use-policy")
FINE = next(statements_of([decision(jurisdiction="DE")], PUBLISHER))


@pytest.mark.parametrize(
    ("entries", "expected", "why"),
    [
        (
            [decision()],
            [("decision_visibility", ["DECISION_VISIBILITY_CONTENT_DISABLED"])],
            "a block",
        ),
        ([decision(Outcome.WARN)], [], "a warning restricts nothing"),
        ([decision(Outcome.REFER)], [], "nor does waiting for a person"),
        ([decision(Outcome.ALLOW)], [], "nothing was done"),
        ([decision(support=True)], [], "who was in need is in no public database"),
        (
            [decision(Outcome.WARN), sanction(MEASURES["rate_limit"])],
            [("decision_provision", "DECISION_PROVISION_PARTIAL_SUSPENSION")],
            "fewer requests are part of the service withheld",
        ),
        (
            [decision(Outcome.WARN), sanction(MEASURES["suspension"])],
            [("decision_account", "DECISION_ACCOUNT_SUSPENDED")],
            "a suspension",
        ),
        (
            [decision(Outcome.WARN), sanction(MEASURES["ban"])],
            [("decision_account", "DECISION_ACCOUNT_TERMINATED")],
            "a ban",
        ),
        ([decision(Outcome.WARN), sanction(MEASURES["warning"])], [], "a warning of the account"),
        (
            [
                entry("decision-1", Signalled(SignalKind.VOLUME, 9, 5, 60)),
                sanction(MEASURES["ban"]),
            ],
            [],
            "there is no restriction to name, so no statement that the form takes",
        ),
    ],
)
def test_what_has_a_statement(
    entries: list[Entry], expected: list[tuple[str, object]], why: str
) -> None:
    made = list(statements_of(entries, PUBLISHER))
    assert [(name, each[name]) for each, (name, _) in zip(made, expected, strict=True)] == expected
    assert [problems_of(each) for each in made] == [()] * len(made), why


@pytest.mark.parametrize(
    ("field", "value", "of"),
    [
        ("category_specification", None, [decision()]),
        ("territorial_scope", ["DE"], [decision(jurisdiction="DE")]),
        ("territorial_scope", None, [decision(jurisdiction="US")]),
        ("territorial_scope", None, [decision()]),
        ("automated_detection", "No", [decision(means=Means.PERSON)]),
        ("source_type", "SOURCE_TYPE_OTHER_NOTIFICATION", [decision(means=Means.USER_REPORT)]),
        ("automated_decision", "AUTOMATED_DECISION_PARTIALLY", [decision(automation=Automation.PARTLY)]),
        ("decision_ground_reference_url", PUBLISHER.policy_address, [decision()]),
        ("content_date", "2026-03-01", [decision()]),
        ("category", "STATEMENT_CATEGORY_SCAMS_AND_FRAUD", [decision(restrictions=(Cited("c#1", "No fraud.", "fraud"),))]),
        ("category", "STATEMENT_CATEGORY_OTHER_VIOLATION_TC", [decision(restrictions=(Cited("c#1", "No."),))]),
    ],
)  # fmt: skip
def test_fields_come_from_the_entries(field: str, value: object, of: list[Entry]) -> None:
    [made] = statements_of(of, PUBLISHER)
    assert made.get(field) == value


def test_a_suspension_has_its_end() -> None:
    [made] = statements_of([decision(Outcome.WARN), sanction(MEASURES["suspension"])], PUBLISHER)
    assert made["end_date_account_restriction"] == "2026-03-31"


def test_no_statement_names_the_account_or_its_content() -> None:
    hashed = decision(content_hash="b" * 64)
    text = str(list(statements_of([hashed, sanction(MEASURES["ban"])], PUBLISHER)))
    assert LINK not in text
    assert "b" * 64 not in text
    assert hashed.id not in text, "not even the id of the case, which the account knows"


def test_a_long_clause_is_cut_to_what_the_form_takes() -> None:
    long = decision(restrictions=tuple(Cited(f"c#{n}", "No. " * 200) for n in range(5)))
    [made] = statements_of([long], PUBLISHER)
    assert problems_of(made) == ()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"decision_ground": ""}, "decision_ground: missing"),
        ({"decision_visibility": []}, "one of decision_visibility, decision_monetary, decision_provision, decision_account: missing"),
        ({"decision_visibility": ["DECISION_VISIBILITY_OTHER"]}, "decision_visibility_other: missing"),
        ({"decision_visibility": ["HIDDEN"]}, "decision_visibility: no value `HIDDEN`"),
        ({"content_type": "CONTENT_TYPE_TEXT"}, "content_type: a list is expected"),
        ({"category": ["STATEMENT_CATEGORY_VIOLENCE"]}, "category: one value is expected"),
        ({"content_date": "01.03.2026"}, "content_date: no date; write YYYY-MM-DD"),
        ({"end_date_account_restriction": "soon"}, "end_date_account_restriction: no date; write YYYY-MM-DD"),
        ({"puid": "a b"}, "puid: only letters, digits, `-` and `_`"),
        ({"decision_facts": "x" * 5001}, "decision_facts: over 5000 characters"),
        ({"decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT"}, "illegal_content_legal_ground: missing"),
        ({"source_identity": "somebody"}, "source_identity: not with SOURCE_VOLUNTARY"),
        ({"territorial_scope": ["US"]}, "territorial_scope: no value `US`"),
        ({"automated_detection": "yes"}, "automated_detection: no value `yes`"),
        ({"email": "a@b.example"}, "email: no such field"),
        ({"category_specification": ["SPAM"]}, "category_specification: no keyword `SPAM`"),
    ],
)  # fmt: skip
def test_what_the_form_refuses(change: dict[str, str | list[str]], problem: str) -> None:
    assert problems_of(FINE) == ()
    assert problem in problems_of({**FINE, **change})


def test_each_statement_has_an_id_of_its_own() -> None:
    entries = [replace(decision(), id=f"decision-{n}") for n in range(3)]  # type: ignore[arg-type]
    ids = [each["puid"] for each in statements_of(entries, PUBLISHER)]
    assert len(set(ids)) == 3
