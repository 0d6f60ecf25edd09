"""Standing, and what follows from a violation: points, decay, look-back, steps, persons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_past import (
    ANN,
    DAY,
    LADDER,
    MACHINE,
    MIA,
    NOAH,
    NOW,
    SOME_HASH,
    decision,
    entries_of,
    ids,
    kinds,
)  # fmt: skip

from usepolicy.enforcement.ladder import Ladder
from usepolicy.enforcement.ledger import Actor, ActorKind, EntryId
from usepolicy.enforcement.ledger_bodies import (
    AppealDecided,
    Automation,
    Body,
    Erased,
    ErasureReason,
    ErasureScope,
    Label,
    Notified,
    ReferralLabelled,
    ReferralOpened,
    ReferralReason,
    Result,
    SanctionAction,
    Sanctioned,
    SignalKind,
    Signalled,
    UserReported,
)
from usepolicy.enforcement.ledger_codec import Draft
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.sanctions import Lifting, Review, label_referral, lift, respond
from usepolicy.enforcement.standing import Standing, mark_of, standing_at, standing_of
from usepolicy.enforcement.steps import Measure, Step
from usepolicy.errors import StepError

E = EntryId


def said(id: str, body: Body, *, at=NOW, actor: Actor = MIA) -> Draft:
    return Draft(E(id), at, actor, body, ANN, E("d1"))


def sanction(id: str, step: Step, *, lasts: timedelta | None = None, at=NOW) -> Draft:
    seconds = int(lasts.total_seconds()) if lasts else None
    measure = Measure(step, seconds)
    body = Sanctioned(
        SanctionAction.APPLIED, measure, at, measure.ends(at), Automation.FULLY, (E("d1"),)
    )
    return said(id, body, at=at, actor=MACHINE)


def points(drafts: Sequence[Draft], *, days: float = 0, ladder: Ladder = LADDER) -> int:
    return standing_at(entries_of(drafts), ladder, NOW + DAY * days).points


SIGNAL = Draft(E("s1"), NOW, MACHINE, Signalled(SignalKind.MASS_POSTING, 90, 50, 60), ANN)
VOLUME = Draft(E("s2"), NOW, MACHINE, Signalled(SignalKind.VOLUME, 90, 50, 60), ANN)
REPORT = Draft(E("r1"), NOW, MACHINE, UserReported(category="malware"), ANN)
OVERTURNED = said("a1", AppealDecided(E("a"), Result.OVERTURNED, SOME_HASH, (E("d1"),)))
CONFIRMED = said("a1", AppealDecided(E("a"), Result.CONFIRMED, SOME_HASH))
REFERRED = decision("d1", outcome=Outcome.REFER)


def labelled(label: Label, about: str = "d1", id: str = "l1", at=NOW) -> Draft:
    return said(id, ReferralLabelled(E("ref"), E(about), label), at=at)


@pytest.mark.parametrize(
    ("drafts", "expected", "why"),
    [
        ([], 0, "nothing was done"),
        ([decision("d1")], 1, "a minor one"),
        ([decision("d1", category="malware")], 3, "a serious one, by category"),
        ([decision("d1"), decision("d2")], 2, "they add up"),
        ([decision("d1", outcome=Outcome.ALLOW)], 0, "it was let be"),
        ([decision("d1", outcome=Outcome.WARN)], 0, "a warning to a user is no violation"),
        ([REFERRED], 0, "a person has not looked yet"),
        ([REFERRED, labelled(Label.VIOLATES)], 1, "a person says that it is one"),
        ([REFERRED, labelled(Label.UNCLEAR)], 0, "a person can't tell"),
        ([decision("d1"), labelled(Label.UNCLEAR)], 1, "what counted counts on"),
        ([decision("d1"), labelled(Label.DOES_NOT_VIOLATE)], 0, "a person says that it is none"),
        ([decision("d1"), labelled(Label.DOES_NOT_VIOLATE), labelled(Label.VIOLATES, id="l2")], 1, "last word"),
        ([decision("d1"), OVERTURNED], 0, "reversed on appeal"),
        ([decision("d1"), CONFIRMED], 1, "confirmed on appeal"),
        ([decision("d1", grant=E("g1"))], 0, "a grant covers it"),
        ([SIGNAL], 3, "a signal that the ladder names"),
        ([VOLUME], 0, "a signal that it doesn't name"),
        ([REPORT], 0, "anybody can report"),
        ([REPORT, labelled(Label.VIOLATES, "r1")], 3, "a person looked at the report"),
        ([sanction("s", Step.BAN)], 0, "a sanction is no violation"),
    ],
)  # fmt: skip
def test_points(drafts: list[Draft], expected: int, why: str) -> None:
    assert points(drafts) == expected


@pytest.mark.parametrize(
    ("days", "expected", "why"),
    [
        (-1, 0, "before it happened"),
        (0, 3, "then"),
        (29.9, 3, "just before the first loss"),
        (30, 2, "one lost"),
        (60, 1, "two lost"),
        (90, 0, "all lost"),
        (400, 0, "never below nothing"),
    ],
)
def test_decay(days: float, expected: int, why: str) -> None:
    assert points([decision("d1", category="malware")], days=days) == expected


@pytest.mark.parametrize(("days", "expected"), [(364.9, 3), (365, 0), (366, 0)])
def test_look_back(days: float, expected: int) -> None:
    ladder = replace(LADDER, decay_points=0)
    assert points([decision("d1", category="malware")], days=days, ladder=ladder) == expected


def test_a_clause_goes_before_its_category_and_the_gravest_wins() -> None:
    clause = "tern/aup@2026-01-01#k1"
    ladder = replace(LADDER, restrictions={clause: "minor", "malware": "serious"})
    assert ladder.severity_of([(clause, "malware")]).name == "minor"
    assert ladder.severity_of([(clause, "malware"), ("other", "malware")]).name == "serious"
    assert ladder.severity_of([]).name == "minor"


@pytest.mark.parametrize(
    ("total", "severity", "step", "why"),
    [
        (0, "minor", None, "no step is reached"),
        (1, "minor", Step.WARNING, "exactly there"),
        (2, "minor", Step.WARNING, "below the next"),
        (3, "serious", Step.RATE_LIMIT, "a serious one at once"),
        (6, "minor", Step.SUSPENSION, "many minor ones"),
        (99, "minor", Step.BAN, "past the last"),
        (4, "severe", Step.SUSPENSION, "a severe one starts high"),
        (12, "severe", Step.BAN, "and rises with the points"),
    ],
)
def test_the_step_that_follows(total: int, severity: str, step: Step | None, why: str) -> None:
    rung = LADDER.rung_for(total, LADDER.severities[severity])
    assert (rung.measure.step if rung else None) == step


@pytest.mark.parametrize(
    ("drafts", "days", "steps", "why"),
    [
        ([sanction("s", Step.WARNING)], 0, [], "a warning is given and over"),
        ([sanction("s", Step.BAN)], 9_999, [Step.BAN], "a ban has no end"),
        ([sanction("s", Step.SUSPENSION, lasts=DAY)], 0.9, [Step.SUSPENSION], "before its end"),
        ([sanction("s", Step.SUSPENSION, lasts=DAY)], 1, [], "at its end"),
        ([sanction("s", Step.BAN), said("x", AppealDecided(E("a"), Result.OVERTURNED, SOME_HASH, (E("s"),)))], 1, [], "reversed"),
        ([sanction("a", Step.RATE_LIMIT, lasts=DAY), sanction("b", Step.SUSPENSION, lasts=DAY)], 0.5, [Step.RATE_LIMIT, Step.SUSPENSION], "both"),
    ],
)  # fmt: skip
def test_what_is_in_force(drafts: list[Draft], days: float, steps: list[Step], why: str) -> None:
    found = standing_at(entries_of(drafts), LADDER, NOW + DAY * days)
    assert [each.measure.step for each in found.sanctions] == steps


def test_the_strictest_and_of_two_alike_the_longer() -> None:
    drafts = [
        sanction("long", Step.SUSPENSION, lasts=9 * DAY),
        sanction("short", Step.SUSPENSION, lasts=2 * DAY),
        sanction("mild", Step.RATE_LIMIT, lasts=99 * DAY),
    ]
    strictest = standing_at(entries_of(drafts), LADDER, NOW).strictest
    assert strictest is not None
    assert strictest.id == "long"
    assert Standing(NOW).strictest is None


def test_a_person_lifts_a_sanction_and_a_machine_does_not() -> None:
    drafts = [sanction("s", Step.BAN)]
    [entry] = entries_of(drafts)
    lifted = lift(entry, Lifting(E("lifted"), MIA, NOW + DAY, SOME_HASH))
    found = standing_at(entries_of([*drafts, lifted]), LADDER, NOW + DAY)
    assert found.sanctions == ()
    assert standing_at(entries_of([*drafts, lifted]), LADDER, NOW).sanctions != ()
    for wrong, by, code in ((entry, MACHINE, "not-a-person"), (entries_of([decision("d")])[0], MIA, "no-sanction")):  # fmt: skip
        with pytest.raises(StepError) as refused:
            lift(wrong, Lifting(E("x"), by, NOW, SOME_HASH))
        assert refused.value.code == code


def test_an_erasure_ends_what_was_before() -> None:
    gone = Draft(E("e"), NOW, MIA, Erased(ErasureScope.ACCOUNT, ErasureReason.REQUEST), ANN)
    drafts = [decision("d1"), sanction("s", Step.BAN), gone]
    assert standing_at(entries_of(drafts), LADDER, NOW + DAY) == Standing(NOW + DAY)


@pytest.mark.parametrize(
    ("draft", "before", "expected", "why"),
    [
        (decision("d1", outcome=Outcome.ALLOW), 0, ["Decided"], "nothing follows"),
        (decision("d1", outcome=Outcome.WARN), 0, ["Decided", "Notified"], "it is told, and no more"),
        (decision("d1"), 0, ["Decided", "Sanctioned", "Notified"], "a warning"),
        (decision("d1", grant=E("g")), 0, ["Decided", "Notified"], "granted, no sanction"),
        (decision("d1", outcome=Outcome.ALLOW, account=None, support=True), 0, ["Decided"], "support"),
        (decision("d1", outcome=Outcome.REFER), 0, ["Decided", "ReferralOpened", "Notified"], "a person looks"),
        (decision("d1"), 5, ["Decided", "ReferralOpened", "Notified"], "a suspension wants a person"),
        (decision("d1", category="weapons"), 0, ["Decided", "ReferralOpened", "Notified"], "severe: high"),
        (SIGNAL, 0, ["Signalled", "Sanctioned", "Notified"], "a signal that weighs"),
        (VOLUME, 0, ["Signalled"], "one that doesn't"),
        (REPORT, 0, ["UserReported", "ReferralOpened"], "a person looks at a report"),
    ],
)  # fmt: skip
def test_what_follows(draft: Draft, before: int, expected: list[str], why: str) -> None:
    found = respond(draft, Standing(NOW, points=before), ids())
    assert kinds(found) == expected
    assert len({each.case for each in found}) == 1
    assert all(each.account == draft.account for each in found)


def test_the_notice_names_what_it_is_about_and_until_when_one_can_appeal() -> None:
    *_, given, notice = respond(decision("d1"), Standing(NOW), ids())
    assert isinstance(notice.body, Notified)
    assert notice.body.about == ("d1", given.id)
    assert notice.body.appeal_until == NOW + 180 * DAY


def test_a_sanction_has_its_cause_its_points_and_its_end() -> None:
    _, given, _ = respond(decision("d1", category="malware"), Standing(NOW, points=1), ids())
    body = given.body
    assert isinstance(body, Sanctioned)
    assert (body.causes, body.points, body.until) == (("d1",), 4, NOW + 7 * DAY)
    assert body.automation is Automation.FULLY


def review(label: Label, reviewer: Actor = MIA, days: int = 1) -> Review:
    return Review(reviewer, NOW + days * DAY, label)


def case_of(draft: Draft, before: int = 0) -> list[Draft]:
    return list(respond(draft, Standing(NOW, points=before), ids()))


def referral(case: Sequence[Draft]) -> EntryId:
    return next(draft.id for draft in case if isinstance(draft.body, ReferralOpened))


@pytest.mark.parametrize(
    ("draft", "before", "label", "expected", "step"),
    [
        (decision("d1"), 5, Label.VIOLATES, ["ReferralLabelled", "Sanctioned", "Notified"], Step.SUSPENSION),
        (decision("d1"), 5, Label.DOES_NOT_VIOLATE, ["ReferralLabelled"], None),
        (decision("d1"), 5, Label.UNCLEAR, ["ReferralLabelled"], None),
        (REFERRED, 0, Label.VIOLATES, ["ReferralLabelled", "Sanctioned", "Notified"], Step.WARNING),
        (REFERRED, 0, Label.DOES_NOT_VIOLATE, ["ReferralLabelled"], None),
        (REPORT, 0, Label.VIOLATES, ["ReferralLabelled", "Sanctioned", "Notified"], Step.RATE_LIMIT),
        (replace(REPORT, account=None), 0, Label.VIOLATES, ["ReferralLabelled"], None),
    ],
)  # fmt: skip
def test_what_a_label_leads_to(
    draft: Draft, before: int, label: Label, expected: list[str], step: Step | None
) -> None:
    case = case_of(draft, before)
    standing = Standing(NOW + DAY, points=before)
    found = label_referral(entries_of(case), referral(case), review(label), standing, ids())
    assert kinds(found) == expected
    given = [each.body for each in found if isinstance(each.body, Sanctioned)]
    assert [body.measure.step for body in given] == ([step] if step else [])
    assert all(body.automation is Automation.PARTLY for body in given)


def test_a_proposed_sanction_is_named_in_its_referral() -> None:
    opened = case_of(decision("d1"), 5)[1].body
    assert isinstance(opened, ReferralOpened)
    assert opened.proposed is not None
    assert (opened.reason, opened.proposed.step) == (ReferralReason.PROPOSED_SANCTION, Step.SUSPENSION)  # fmt: skip


def twice(case: list[Draft]) -> list[Draft]:
    first = label_referral(
        entries_of(case), referral(case), review(Label.UNCLEAR), Standing(NOW), ids()
    )
    return [*case, *(replace(draft, id=E(f"x-{draft.id}")) for draft in first)]


@pytest.mark.parametrize(
    ("case", "which", "reviewer", "code"),
    [
        (lambda case: case, None, MACHINE, "not-a-person"),
        (lambda case: case, None, Actor(ActorKind.ACCOUNT, ANN), "not-a-person"),
        (lambda case: case, "d1", MIA, "no-referral"),
        (lambda case: case, "nothing", MIA, "no-referral"),
        (twice, None, NOAH, "already-labelled"),
    ],
)
def test_labels_that_are_refused(
    case: Callable[[list[Draft]], list[Draft]], which: str | None, reviewer: Actor, code: str
) -> None:
    drafts = case(case_of(REFERRED))
    asked = E(which) if which else referral(drafts)
    with pytest.raises(StepError) as refused:
        label_referral(
            entries_of(drafts), asked, review(Label.VIOLATES, reviewer), Standing(NOW), ids()
        )
    assert refused.value.code == code


PASTS = st.lists(
    st.tuples(
        st.sampled_from(["block", "refer", "malware", "signal", "ban", "limit", "label", "reverse", "clear", "erase"]),
        st.integers(0, 40),
        st.integers(0, 9),
    ),
    max_size=25,
)  # fmt: skip


def drawn_past(steps: list[tuple[str, int, int]]) -> list[Draft]:
    day, found = 0, []
    for number, (what, later, target) in enumerate(steps):
        day += later
        at, id, about = NOW + DAY * day, E(f"e{number}"), E(f"e{target}")
        reversal = AppealDecided(E("a"), Result.OVERTURNED, SOME_HASH, (about,))
        made = {
            "block": decision(id, at=at),
            "refer": decision(id, at=at, outcome=Outcome.REFER),
            "malware": decision(id, at=at, category="malware"),
            "signal": replace(SIGNAL, id=id, at=at),
            "ban": sanction(id, Step.BAN, at=at),
            "limit": sanction(id, Step.RATE_LIMIT, lasts=20 * DAY, at=at),
            "label": labelled(Label.VIOLATES, about, id, at),
            "clear": labelled(Label.DOES_NOT_VIOLATE, about, id, at),
            "reverse": said(id, reversal, at=at),
            "erase": Draft(id, at, MIA, Erased(ErasureScope.ACCOUNT, ErasureReason.REQUEST), ANN),
        }
        found.append(made[what])
    return found


@given(PASTS, st.integers(0, 400))
def test_nothing_later_changes_a_standing(steps: list[tuple[str, int, int]], days: int) -> None:
    entries, at = entries_of(drawn_past(steps)), NOW + DAY * days
    until = [entry for entry in entries if entry.at <= at]
    assert standing_at(entries, LADDER, at) == standing_at(until, LADDER, at)


@given(PASTS, st.integers(0, 400))
def test_marks_give_the_standing_of_the_entries(
    steps: list[tuple[str, int, int]], days: int
) -> None:
    entries, at = entries_of(drawn_past(steps)), NOW + DAY * days
    erased = max(
        (n for n, e in enumerate(entries) if e.kind == "erasure" and e.at <= at), default=-1
    )
    marks = [mark_of(entry) for entry in entries[erased + 1 :] if entry.at <= at]
    kept = [mark for mark in marks if mark is not None]
    assert standing_of(kept, LADDER, at) == standing_at(entries, LADDER, at)


@given(PASTS)
def test_points_are_never_negative_and_are_of_violations_that_are_there(
    steps: list[tuple[str, int, int]],
) -> None:
    entries = entries_of(drawn_past(steps))
    found = standing_at(entries, LADDER, NOW + 200 * DAY)
    assert found.points >= len(found.violations) >= 0
    assert set(found.violations) <= {entry.id for entry in entries}
