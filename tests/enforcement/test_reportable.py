"""What the operator's path for reports is told of: which decisions, and nothing of content."""

from __future__ import annotations

import pytest
from ledger_past import ANN, MACHINE, NOW, decision, entries_of

from usepolicy.enforcement.ledger import EntryId
from usepolicy.enforcement.ledger_bodies import UserReported
from usepolicy.enforcement.ledger_codec import Draft
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.reportable import reportable_categories, reportable_of
from usepolicy.enforcement.unshown import unshown_categories
from usepolicy.taxonomy.categories import load_taxonomy

MORE = frozenset({"harm-to-children"})


def reported(category: str | None) -> Draft:
    return Draft(EntryId("r1"), NOW, MACHINE, UserReported(category=category), ANN)


@pytest.mark.parametrize(
    ("draft", "categories", "why"),
    [
        (decision("d", category="child-sexual-abuse-material"), ("child-sexual-abuse-material",), "itself"),
        (decision("d", category="grooming", outcome=Outcome.REFER), ("grooming",), "a person is to judge"),
        (decision("d", category="malware", also=("grooming",)), ("grooming",), "beside what decided"),
        (decision("d", category="grooming", account=None), ("grooming",), "of nobody known"),
        (reported("child-abuse"), ("child-abuse",), "a user's report"),
        (reported(None), (), "a report of nothing named"),
        (decision("d", category="malware"), (), "another matter"),
        (decision("d", category="harm-to-children"), (), "at large, unless the operator wants it"),
        (decision("d", category="malware", spared=("grooming",)), (), "who asks where to report abuse"),
        (decision("d", category="grooming", account=None, support=True), (), "somebody in need"),
        (decision("d", outcome=Outcome.ALLOW), (), "let through"),
    ],
)  # fmt: skip
def test_which_entries_are_told(draft: Draft, categories: tuple[str, ...], why: str) -> None:
    found = reportable_of(entries_of([draft])[0])
    assert (found.categories if found else ()) == categories


def test_an_operator_adds_categories() -> None:
    [entry] = entries_of([decision("d", category="harm-to-children")])
    found = reportable_of(entry, MORE)
    assert found is not None
    assert found.categories == ("harm-to-children",)


def test_what_is_told_has_no_word_of_content_or_policy() -> None:
    [entry] = entries_of([decision("d", category="grooming", content_hash="c" * 64)])
    found = reportable_of(entry)
    assert found is not None
    assert found.plain() == {
        "id": "d",
        "kind": "decision",
        "categories": ["grooming"],
        "outcome": "block",
        "at": "2026-03-01T12:00:00+00:00",
        "account": ANN,
    }


def test_what_is_reported_is_never_shown_and_is_in_the_taxonomy() -> None:
    assert reportable_categories() < unshown_categories()
    assert reportable_categories() <= {str(each.id) for each in load_taxonomy().categories}
