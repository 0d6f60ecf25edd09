"""What changed between two versions: the kind of the whole and the facts, on a policy of our own."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from usepolicy.policies.spans import Evidence
from usepolicy.reading.pipeline import read_text
from usepolicy.tracking.changes import ChangeKind, VersionKind
from usepolicy.tracking.versions import compare_readings, compare_texts

Edit = Callable[[str], str]


def put(old: str, new: str) -> Edit:
    """Return an edit that replaces words which must be there."""

    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return edit


C, E, S, U = (
    VersionKind.COSMETIC,
    VersionKind.EDITORIAL,
    VersionKind.SUBSTANTIVE,
    VersionKind.UNAVAILABLE,
)
ERROR = "This page isn't available\n\nAn unexpected error has occurred. Try again later."

KINDS: list[tuple[Edit, VersionKind, str]] = [
    (lambda t: t, C, "nothing changed"),
    (lambda t: re.sub("\n\n", "\n\n\n", t), C, "blank lines"),
    (lambda t: t.replace("* ", "- "), C, "other bullets"),
    (lambda t: re.sub(r"^\* ", "1. ", t, flags=re.M), C, "bullets become numbers"),
    (put("Updated: 3 March 2025", "Updated: 5 days ago"), C, "how long ago"),
    (put("Updated: 3 March 2025", "Effective: April 1, 2025"), C, "another date"),
    (lambda t: "Policies | Harbourlight\n\n" + t, C, "the title of the page"),
    (lambda t: "Select language\n\n[Home](/)\n\n" + t, C, "navigation"),
    (lambda t: "* English\n* Bahasa Indonesia\n* Français\n\n" + t, C, "a choice of languages"),
    (put("page with care", "page witth care"), C, "a slip of the pen in prose"),
    (put("bully anybody", "bully anybodyy"), C, "a slip of the pen in a rule"),
    (
        put(
            "* develop or procure weapons\n* spread disinformation about elections",
            "* spread disinformation about elections\n* develop or procure weapons",
        ),
        C,
        "another order",
    ),
    (put("Our team wrote this page with care.", "Lawyers reviewed our wording."), E, "reasons"),
    (put("Our team wrote", "Sign up here to hear about changes.\n\nOur team wrote"), E, "a form"),
    (put("abuse@harbourlight.example", "the form in your settings"), E, "a report channel"),
    (
        put("* 2025-03-03", "* 2025-04-04: We fixed links on this page.\n* 2025-03-03"),
        E,
        "changelog",
    ),
    (put("\n* develop or procure weapons", ""), S, "a rule less"),
    (
        put("\n* develop or procure weapons", "\n* develop or procure weapons\n* gamble"),
        S,
        "one more",
    ),
    (put("develop or procure", "develop, use or procure"), S, "one more act"),
    (put("track people without their consent", "track people"), S, "a condition less"),
    (put("track people", "track private people"), S, "a bound more"),
    (put("Do not create sexual", "You may create sexual"), S, "turned around"),
    (put(" repeatedly", ""), S, "the threshold of a sanction"),
    (put("suspend or terminate", "terminate"), S, "a sanction less"),
    (put("track people without", "do not track people without"), S, "a negation is never a slip"),
    (lambda _: ERROR, U, "an error page"),
    (lambda _: "", U, "nothing at all"),
    (lambda _: "Please sign in to go on.", U, "a page of another kind"),
]


@pytest.mark.parametrize(("edit", "kind", "why"), KINDS, ids=[why for _, _, why in KINDS])
def test_the_kind_of_the_whole(policy: str, edit: Edit, kind: VersionKind, why: str) -> None:
    assert compare_texts(policy, edit(policy)).kind is kind, why


def test_a_page_that_returns_is_unavailable_too(policy: str) -> None:
    assert compare_texts(ERROR, policy).kind is U


A = ChangeKind
FACTS: list[tuple[Edit, list[tuple[ChangeKind, str | None, str | None]], str]] = [
    (put("* develop", "* gamble with real money\n* develop"), [(A.ADDED, None, "gamble")], "added"),
    (
        put("* spread disinformation about elections\n", ""),
        [(A.REMOVED, "spread", None)],
        "removed",
    ),
    (put("harass, threaten", "harass, stalk, threaten"), [(A.WIDENED, "harass", "stalk")], "act"),
    (put("develop or procure", "develop"), [(A.NARROWED, "procure", "develop")], "an act less"),
    (
        put("without their consent", "without their consent unless a court orders it"),
        [(A.NARROWED, "track", "unless")],
        "an exemption added",
    ),
    (
        put(" without review by a qualified professional", ""),
        [(A.WIDENED, "medical", "medical")],
        "an exemption removed",
    ),
    (
        put("We may suspend", "You can appeal within 30 days. We may suspend"),
        [(A.ENFORCEMENT_ADDED, None, "appeal")],
        "an appeal",
    ),
    (
        put("We may suspend or terminate accounts that break these rules repeatedly.\n\n", ""),
        [(A.ENFORCEMENT_REMOVED, "suspend", None)],
        "a provision removed",
    ),
]


@pytest.mark.parametrize(("edit", "facts", "why"), FACTS, ids=[why for _, _, why in FACTS])
def test_the_facts(
    policy: str, edit: Edit, facts: list[tuple[ChangeKind, str | None, str | None]], why: str
) -> None:
    found = compare_texts(policy, edit(policy)).substantive
    assert [change.change for change in found] == [kind for kind, _, _ in facts], why
    for change, (_, old, new) in zip(found, facts, strict=True):
        assert old is None or (change.old is not None and old in change.old.quote), why
        assert new is None or (change.new is not None and new in change.new.quote), why


def test_every_quote_is_cut_from_its_text(policy: str) -> None:
    for edit, _, _ in KINDS:
        for change in compare_texts(policy, edit(policy)).changes:
            sides: list[tuple[Evidence | None, str]] = [
                (change.old, policy),
                (change.new, edit(policy)),
            ]
            assert all(e.span.cut(text) == e.quote for e, text in sides if e is not None)


def test_a_list_made_of_a_sentence_changes_nothing(policy: str) -> None:
    said = "You may not harass people, develop weapons, or spread disinformation about elections.\n"
    listed = "You may not:\n\n* harass people\n* develop weapons\n* spread disinformation about elections\n"
    assert compare_texts(policy + said, policy + listed).substantive == ()


def test_a_rewrite_is_compared_rule_by_rule(policy: str) -> None:
    rewritten = (
        "# Rules\n\nPeople must not:\n\n* track others without consent\n"
        "* procure weapons, or develop them\n* cheat in exams\n\n"
        + policy[policy.index("Do not") :]
    )
    found = compare_texts(policy, rewritten).substantive
    added = [c.new.quote for c in found if c.change is A.ADDED and c.new]
    removed = [c.old.quote for c in found if c.change is A.REMOVED and c.old]
    assert added == ["cheat in exams"]
    assert "develop or procure weapons" not in removed
    assert "lend money at interest until payday" in removed


def test_what_only_our_parser_changed_is_technical() -> None:
    one = read_text("# Policy\n\nDo not harass people.\n")
    other = read_text("# Policy\n\nDo not harass people.\n\n")
    version = other.policy.version
    same = type(version)(
        version.id, version.text_length, version.text_sha256, "html/2", version.language,
        version.parts, one.policy.version.snapshot_sha256,
    )  # fmt: skip
    policy = other.policy
    again = type(policy)(policy.identity, same, policy.clauses)
    assert compare_readings(one, type(one)(again, other.text)).kind is VersionKind.TECHNICAL


def test_words_in_a_language_that_is_not_read_are_unknown() -> None:
    german = (
        "# Nutzungsregeln\n\nEs ist verboten, andere Menschen zu belästigen oder zu bedrohen.\n"
    )
    changed = german.replace("belästigen", "beleidigen")
    assert compare_texts(german, changed).kind is VersionKind.UNKNOWN
    assert compare_texts(german, german.replace("\n\n", "\n\n\n")).kind is C
