"""Trials of ladders: the same past under another ladder, and what would have followed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ledger_past import (
    ANN,
    BEN,
    DAY,
    LADDER,
    MACHINE,
    MIA,
    NOW,
    SOME_HASH,
    decision,
    entries_of,
    ids,
)  # fmt: skip

from usepolicy.enforcement.ladder import Ladder, Rung
from usepolicy.enforcement.ladder_trial import LadderTrial, try_ladder
from usepolicy.enforcement.ledger import EntryId
from usepolicy.enforcement.ledger_bodies import (
    AppealDecided,
    Erased,
    ErasureReason,
    ErasureScope,
    Label,
    ReferralLabelled,
    Result,
    Sanctioned,
)
from usepolicy.enforcement.ledger_codec import Draft
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.sanctions import respond
from usepolicy.enforcement.standing import standing_at
from usepolicy.enforcement.steps import Measure, Step

E = EntryId
OFFICE = ids()
STRICT = replace(LADDER, rungs=(Rung(1, Measure(Step.BAN)),))
MILD = replace(LADDER, rungs=(Rung(100, Measure(Step.WARNING)),))


def tried(drafts: list[Draft], new: Ladder, *, days: int = 30, old: Ladder = LADDER) -> LadderTrial:
    entries = [replace(e, case=e.case or e.id) for e in entries_of(drafts)]
    return try_ladder(entries, old, new, NOW - DAY * days, NOW + DAY)


def steps(trial: LadderTrial) -> list[tuple[str, str | None, str | None]]:
    return [
        (s.case, s.before and s.before.step.value, s.after and s.after.step.value)
        for s in trial.steps
    ]


PAST = [decision("d1"), decision("d2", at=NOW + timedelta(hours=1))]


def test_the_same_ladder_changes_nothing() -> None:
    found = tried(PAST, LADDER)
    assert (found.accounts, found.steps, found.standings) == (1, (), ())
    assert found.cases == 2


def test_another_ladder_leads_to_other_steps_and_standings() -> None:
    found = tried(PAST, STRICT)
    assert [(case, after) for case, _, after in steps(found)] == [("d1", "ban"), ("d2", "ban")]
    [standing] = found.standings
    assert (standing.account, standing.after) == (ANN, Step.BAN)
    assert standing.points_before == standing.points_after


def test_a_milder_one_leads_to_none() -> None:
    assert {after for _, _, after in steps(tried(PAST, MILD))} == {None}


def test_what_waits_for_a_person_is_not_in_force() -> None:
    asks = replace(LADDER, rungs=(Rung(1, Measure(Step.BAN), requires_person=True),))
    found = tried(PAST, STRICT, old=asks)
    assert [s.before and s.before.waits for s in found.steps] == [True, True]
    assert [(each.before, each.after) for each in found.standings] == [(None, Step.BAN)]


def label(id: str, about: str, said: Label) -> Draft:
    at = NOW + timedelta(hours=2)
    return Draft(E(id), at, MIA, ReferralLabelled(E("r"), E(about), said), ANN, E(about))


def test_a_person_s_word_counts_under_both() -> None:
    referred = decision("d1", outcome=Outcome.REFER)
    found = tried([referred, label("l1", "d1", Label.VIOLATES)], STRICT)
    assert [(case, after) for case, _, after in steps(found)] == [("d1", "ban")]
    found = tried([decision("d1"), label("l1", "d1", Label.DOES_NOT_VIOLATE)], STRICT)
    assert found.standings == (), "what is no violation holds under neither"


def test_what_was_overturned_is_in_force_under_neither() -> None:
    def overturned(target: str) -> Draft:
        body = AppealDecided(E("a"), Result.OVERTURNED, SOME_HASH, (E(target),))
        return Draft(E("a1"), NOW + timedelta(hours=3), MIA, body, ANN, E("d1"))

    assert tried([decision("d1"), overturned("d1")], STRICT).standings == ()
    all_ = respond(decision("d1"), standing_at([], LADDER, NOW), OFFICE)
    laid = next(each for each in all_ if isinstance(each.body, Sanctioned))
    found = tried([*all_, overturned(laid.id)], STRICT)
    assert [each.after for each in found.standings] == [], "nor is a sanction that was ended"


def test_an_erasure_leaves_nothing_of_an_account() -> None:
    gone = Erased(ErasureScope.ACCOUNT, ErasureReason.REQUEST)
    found = tried([*PAST, Draft(E("e"), NOW + timedelta(hours=3), MACHINE, gone, ANN)], STRICT)
    assert (found.steps, found.standings) == ((), ())


def test_only_recent_cases_are_compared_and_older_ones_weigh() -> None:
    old = decision("d1", category="malware", at=NOW - DAY * 40)
    found = tried([old, decision("d2")], replace(LADDER, look_back=30 * 86_400))
    assert "d1" not in {case for case, _, _ in steps(found)}
    [standing] = found.standings
    assert standing.points_after < standing.points_before


def test_accounts_stand_apart() -> None:
    found = tried([decision("d1"), replace(decision("d2"), account=BEN)], STRICT)
    assert (found.accounts, len(found.standings)) == (2, 2)


@pytest.mark.parametrize("kind", [Outcome.WARN, Outcome.ALLOW])
def test_what_does_not_count_leads_nowhere(kind: Outcome) -> None:
    assert tried([decision("d1", outcome=kind)], STRICT).steps == ()


def test_the_steps_are_those_that_the_ladder_took() -> None:
    """The replay of the ladder in force is what `respond` did."""
    taken, entries = [], []
    for number in range(6):
        draft = decision(f"d{number}", at=NOW + timedelta(hours=number))
        standing = standing_at(entries, LADDER, draft.at)
        made = respond(draft, standing, OFFICE)
        taken += [each.body.measure.step for each in made if isinstance(each.body, Sanctioned)]
        entries = entries_of([*map(_draft, entries), *made])
    found = try_ladder(entries, LADDER, MILD, NOW - DAY, NOW + DAY)
    machine = [s.before.step for s in found.steps if s.before and not s.before.waits]
    assert machine == taken


def _draft(entry) -> Draft:  # type: ignore[no-untyped-def]
    return Draft(entry.id, entry.at, entry.actor, entry.body, entry.account, entry.case)
