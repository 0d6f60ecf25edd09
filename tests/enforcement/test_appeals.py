"""Appeals: who may file and decide them, until when, and what a reversal takes back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ledger_past import (
    ANN,
    BEN,
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
)

from usepolicy.enforcement.appeals import (
    Filing,
    Ruling,
    appeals_in,
    decide_appeal,
    file_appeal,
    overdue,
)
from usepolicy.enforcement.ladder import AppealTerms
from usepolicy.enforcement.ledger import Actor, ActorKind, EntryId
from usepolicy.enforcement.ledger_bodies import AppealDecided, AppealFiled, Label, Result
from usepolicy.enforcement.ledger_codec import Draft
from usepolicy.enforcement.ledger_counts import counted
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.sanctions import Lifting, Review, label_referral, lift, respond
from usepolicy.enforcement.standing import Standing, standing_at
from usepolicy.errors import StepError

E = EntryId
TERMS = LADDER.appeals
CASE = list(respond(decision("d1", category="malware"), Standing(NOW), ids()))
"""A decision, `sanction-1` and `notice-2`."""
FILING = Filing(E("ap"), NOW + DAY, ANN, (E("d1"),), SOME_HASH)
RULING = Ruling(E("ruled"), NOW + 2 * DAY, NOAH, Result.OVERTURNED, SOME_HASH)
FILED = [*CASE, file_appeal(entries_of(CASE), FILING, TERMS)]
DECIDED = [*FILED, decide_appeal(entries_of(FILED), E("ap"), RULING)]


def test_an_appeal_is_an_entry_of_the_account_in_its_case() -> None:
    filed = FILED[-1]
    assert (filed.actor, filed.account, filed.case) == (Actor(ActorKind.ACCOUNT, ANN), ANN, "d1")
    assert filed.body == AppealFiled((E("d1"),), SOME_HASH)


@pytest.mark.parametrize(
    ("case", "filing", "code", "why"),
    [
        (CASE, replace(FILING, account=BEN), "not-yours", "another's decision"),
        (CASE, replace(FILING, against=(E("d9"),)), "not-yours", "nobody's decision, in the same words"),
        (CASE, replace(FILING, against=(E("d1"), E("d9"))), "not-yours", "one of two"),
        (CASE, replace(FILING, against=()), "not-appealable", "against nothing"),
        (CASE, replace(FILING, against=(E("notice-2"),)), "not-appealable", "a notice decides nothing"),
        ([*CASE, lift(entries_of(CASE)[1], Lifting(E("lifted"), MIA, NOW, SOME_HASH))],
         replace(FILING, against=(E("lifted"),)), "not-appealable", "a lifting is no burden"),
        (FILED, replace(FILING, id=E("ap2")), "already-appealed", "while it is open"),
        (DECIDED, replace(FILING, id=E("ap2")), "already-appealed", "when it was decided"),
        (CASE, replace(FILING, at=NOW + 181 * DAY), "too-late", "the term of the notice is over"),
        (CASE[:1], replace(FILING, at=NOW + 181 * DAY), "too-late", "without a notice: of the decision"),
    ],
)  # fmt: skip
def test_appeals_that_are_refused(case: list[Draft], filing: Filing, code: str, why: str) -> None:
    with pytest.raises(StepError) as refused:
        file_appeal(entries_of(case), filing, TERMS)
    assert refused.value.code == code


def test_what_is_another_accounts_and_what_is_nobodys_sound_alike() -> None:
    said = []
    for filing in (replace(FILING, account=BEN), replace(FILING, against=(E("d9"),))):
        with pytest.raises(StepError) as refused:
            file_appeal(entries_of(CASE), filing, TERMS)
        said.append(str(refused.value).replace("d9", "d1"))
    assert said[0] == said[1]


@pytest.mark.parametrize("days", [0, 180])
def test_the_account_keeps_the_term_that_it_was_told(days: int) -> None:
    """A rules file with shorter terms takes nothing away from who was told the longer one."""
    short = AppealTerms(file_within=1, decide_within=1)
    filing = replace(FILING, at=NOW + days * DAY)
    assert file_appeal(entries_of(CASE), filing, short).at == filing.at


def test_a_sanction_alone_can_be_appealed_against() -> None:
    filing = replace(FILING, against=(E("sanction-1"),))
    filed = [*CASE, file_appeal(entries_of(CASE), filing, TERMS)]
    [*_, ruled] = [*filed, decide_appeal(entries_of(filed), E("ap"), RULING)]
    assert isinstance(ruled.body, AppealDecided)
    assert ruled.body.reverses == ("sanction-1",)
    found = standing_at(entries_of([*filed, ruled]), LADDER, NOW + 3 * DAY)
    assert (found.points, found.sanctions) == (3, ())


def labelled_by(reviewer: Actor) -> list[Draft]:
    """A case that a person decided, and its appeal."""
    case = list(respond(decision("d1", outcome=Outcome.REFER), Standing(NOW), ids()))
    review = Review(reviewer, NOW, Label.VIOLATES)
    more = label_referral(entries_of(case), E("referral_opened-1"), review, Standing(NOW), ids())
    case += (replace(draft, id=E(f"by-{draft.id}")) for draft in more)
    return [*case, file_appeal(entries_of(case), FILING, TERMS)]


@pytest.mark.parametrize(
    ("case", "ruling", "code", "why"),
    [
        (FILED, replace(RULING, reviewer=MACHINE), "not-a-person", "a machine decides no appeal"),
        (FILED, replace(RULING, reviewer=Actor(ActorKind.ACCOUNT, ANN)), "not-a-person", "its own"),
        (
            FILED,
            replace(RULING, reviewer=Actor(ActorKind.OUTSIDER, "x")),
            "not-a-person",
            "anybody",
        ),
        (CASE, RULING, "no-appeal", "none was filed"),
        (DECIDED, replace(RULING, reviewer=MIA), "already-decided", "once"),
        (labelled_by(NOAH), RULING, "own-decision", "who labelled the case"),
    ],
)
def test_rulings_that_are_refused(case: list[Draft], ruling: Ruling, code: str, why: str) -> None:
    with pytest.raises(StepError) as refused:
        decide_appeal(entries_of(case), E("ap"), ruling)
    assert refused.value.code == code


def test_another_person_than_the_one_who_labelled_decides() -> None:
    assert decide_appeal(entries_of(labelled_by(MIA)), E("ap"), RULING).actor == NOAH


def test_a_reversal_takes_sanction_standing_and_counts_back() -> None:
    before, after = entries_of(FILED), entries_of(DECIDED)
    at = NOW + 3 * DAY
    held = standing_at(before, LADDER, at)
    assert (held.points, len(held.sanctions)) == (3, 1)
    cleared = standing_at(after, LADDER, at)
    assert (cleared.points, cleared.violations, cleared.sanctions) == (0, (), ())
    reversed_ = {what: n for (_, what), n in counted(after).items() if what[0] == "reversed"}
    assert {what[1] for what in reversed_} == {"decision", "restriction", "sanction"}
    assert set(reversed_.values()) == {1}
    for (month, what), number in counted(before).items():
        assert counted(after)[month, what] == number  # what happened stays counted


def test_the_past_stays_what_it_was() -> None:
    then = NOW + 2 * DAY - DAY / 2
    assert standing_at(entries_of(DECIDED), LADDER, then).points == 3


def test_what_is_confirmed_stays() -> None:
    ruled = decide_appeal(entries_of(FILED), E("ap"), replace(RULING, result=Result.CONFIRMED))
    assert isinstance(ruled.body, AppealDecided)
    assert ruled.body.reverses == ()
    assert standing_at(entries_of([*FILED, ruled]), LADDER, NOW + 3 * DAY).points == 3


def test_later_sanctions_go_where_the_ruling_names_them() -> None:
    later = list(respond(decision("d2", at=NOW + DAY), Standing(NOW + DAY, points=3), ids()))
    later = [replace(draft, id=E(f"b-{draft.id}")) for draft in later]
    ruled = decide_appeal(entries_of(FILED), E("ap"), replace(RULING, also=(E("b-sanction-1"),)))
    found = standing_at(entries_of([*FILED, *later, ruled]), LADDER, NOW + 3 * DAY)
    assert found.sanctions == ()
    assert found.violations == ("b-d2",)


def test_where_appeals_stand() -> None:
    [open_] = appeals_in(entries_of(FILED))
    assert (open_.result, open_.decided_by, open_.due(TERMS)) == (None, None, NOW + 15 * DAY)
    [closed] = appeals_in(entries_of(DECIDED))
    assert (closed.result, closed.decided_by) == (Result.OVERTURNED, NOAH)
    assert closed.decided_at == NOW + 2 * DAY


@pytest.mark.parametrize(("days", "late"), [(14, 0), (15, 0), (16, 1)])
def test_what_waits_too_long(days: int, late: int) -> None:
    at = NOW + days * DAY
    assert len(overdue(appeals_in(entries_of(FILED)), TERMS, at)) == late
    assert overdue(appeals_in(entries_of(DECIDED)), TERMS, at) == ()
