"""What a sanction keeps out, until when, and what the account is told; nothing of it is a violation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from ledger_past import ANN, DAY, LADDER, MACHINE, MIA, NOW, decision, entries_of, ids, kinds

from usepolicy.enforcement.account_signals import Asked
from usepolicy.enforcement.appeals import Filing, file_appeal
from usepolicy.enforcement.ladder import AppealTerms
from usepolicy.enforcement.ledger import EntryId
from usepolicy.enforcement.ledger_bodies import (
    Automation,
    Means,
    Notified,
    Refusal,
    SanctionAction,
    Sanctioned,
)
from usepolicy.enforcement.ledger_codec import Draft
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.refusals import barred, refusal_of
from usepolicy.enforcement.requests import Request, Role, Turn
from usepolicy.enforcement.sanctions import followed, respond
from usepolicy.enforcement.signal_replay import Remembered
from usepolicy.enforcement.standing import InForce, Standing, standing_at
from usepolicy.enforcement.steps import Measure, Step
from usepolicy.errors import StepError

E = EntryId
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SINCE, UNTIL = NOW - DAY, NOW + DAY


def in_force(step: Step, id: str = "s", since: datetime = SINCE, **more: object) -> InForce:
    until = None if step is Step.BAN else UNTIL
    return InForce(E(id), Measure(step, 2 * 86_400, **more), since, until)  # type: ignore[arg-type]


def limit(queries: int, seconds: int = 3_600, **more: object) -> InForce:
    return in_force(Step.RATE_LIMIT, queries=queries, per_seconds=seconds, **more)


def asked(*, function: str | None = None, role: Role = Role.USER) -> Request:
    return Request("1", (Turn(role, "a text"),), function=function)


def before(*minutes: float) -> Remembered:
    past = Remembered()
    for minute in sorted(minutes, reverse=True):
        past.add(Asked(NOW - minute * MINUTE))
    return past


BAN, SUSPENSION = in_force(Step.BAN, "b"), in_force(Step.SUSPENSION, "u")
IMAGES = in_force(Step.LIMITED_FUNCTIONS, functions=("Images", "files"))
ANSWER = asked(role=Role.ASSISTANT)


@pytest.mark.parametrize(
    ("sanctions", "minutes", "request_", "by", "retry", "why"),
    [
        ([], [1], asked(), None, None, "nothing is in force"),
        ([in_force(Step.WARNING)], [1], asked(), None, None, "a warning keeps nothing out"),
        ([BAN], [], asked(), "b", None, "a ban"),
        ([SUSPENSION], [], asked(), "u", None, "a suspension"),
        ([SUSPENSION, BAN], [], asked(), "b", None, "the strictest is named"),
        ([SUSPENSION], [], ANSWER, "u", None, "no answer goes out either"),
        ([limit(2)], [10], asked(), None, None, "one of two is left"),
        ([limit(2)], [10, 50], asked(), "s", NOW + 10 * MINUTE, "used up; the older leaves in 10 minutes"),
        ([limit(2)], [10, 60], asked(), None, None, "the older has just left"),
        ([limit(2)], [1, 2, 50], asked(), "s", NOW + 58 * MINUTE, "when the second last leaves"),
        ([limit(2, since=NOW - 30 * MINUTE)], [10, 50], asked(), None, None, "what was before the limit isn't counted"),
        ([limit(2)], [1, 2], ANSWER, None, None, "an answer is no query"),
        ([limit(0)], [], asked(), "s", UNTIL, "none at all, until it ends"),
        ([limit(1, 9 * 86_400)], [1], asked(), "s", UNTIL, "never later than the end"),
        ([limit(2, id="x"), limit(1, id="y")], [1, 50], asked(), "y", NOW + 59 * MINUTE, "of two the one that lasts longer"),
        ([IMAGES], [1], asked(), None, None, "which function it is isn't known"),
        ([IMAGES], [1], asked(function="text"), None, None, "another function"),
        ([IMAGES], [1], asked(function="images"), "s", None, "one that was taken away"),
        ([IMAGES], [1], asked(function="FILES"), "s", None, "however it is written"),
        ([IMAGES, limit(1, id="l")], [1], asked(function="images"), "l", NOW + 59 * MINUTE, "the stricter step"),
    ],
)  # fmt: skip
def test_what_is_kept_out(
    sanctions: Sequence[InForce], minutes: list[float], request_: Request,
    by: str | None, retry: datetime | None, why: str,
) -> None:  # fmt: skip
    standing = Standing(NOW, sanctions=tuple(sanctions))
    found = barred(request_, standing, before(*minutes), at=NOW)
    assert (found.sanction.id if found else None) == by, why
    assert (found.retry_at if found else None) == retry, why


def sanctioned(automation: Automation) -> list[Draft]:
    """Return the case of a suspension that a machine or a person laid on ANN."""
    measure = Measure(Step.SUSPENSION, 14 * 86_400)
    laid = Sanctioned(
        SanctionAction.APPLIED, measure, NOW, measure.ends(NOW), automation, (E("d1"),)
    )
    told = Notified((E("d1"), E("s1")), "notice", "en", "page", NOW + 180 * DAY)
    by = MACHINE if automation is Automation.FULLY else MIA
    return [
        decision("d1"),
        Draft(E("s1"), NOW, by, laid, ANN, E("d1")),
        Draft(E("n1"), NOW, by, told, ANN, E("d1")),
    ]


@pytest.mark.parametrize("automation", Automation)
def test_what_the_account_is_told(automation: Automation) -> None:
    case = entries_of(sanctioned(automation))
    standing = standing_at(case, LADDER, NOW + HOUR)
    found = barred(asked(), standing, before(), at=NOW + HOUR)
    assert found is not None
    assert refusal_of(found, case) == Refusal(
        E("s1"), E("d1"), Step.SUSPENSION, automation, NOW + 14 * DAY, appeal_until=NOW + 180 * DAY
    )


def kept_out(id: str, at: datetime) -> Draft:
    refusal = Refusal(E("s1"), E("d1"), Step.SUSPENSION, Automation.FULLY, appeal_until=NOW + 9 * DAY)  # fmt: skip
    made = decision(id, at=at, refusal=refusal)
    return replace(made, body=replace(made.body, means=Means.STANDING, restrictions=()))


def test_what_is_kept_out_adds_nothing_to_a_standing() -> None:
    drafts = sanctioned(Automation.FULLY)
    before_ = standing_at(entries_of(drafts), LADDER, NOW + HOUR)
    more = [kept_out(f"k{n}", NOW + n * MINUTE) for n in range(50)]
    assert standing_at(entries_of([*drafts, *more]), LADDER, NOW + HOUR) == before_
    assert (before_.points, before_.violations) == (1, ("d1",))


def test_no_sanction_and_no_referral_follows_but_a_notice_does() -> None:
    found = respond(kept_out("k", NOW), Standing(NOW, points=50), ids())
    assert kinds(found) == ["Decided", "Notified"]
    notice = found[1].body
    assert isinstance(notice, Notified)
    assert notice.appeal_until == NOW + 9 * DAY, "the term of the sanction"


def test_the_sanction_is_appealed_against_and_not_what_it_kept_out() -> None:
    case = entries_of([kept_out("k", NOW)])
    with pytest.raises(StepError) as refused:
        file_appeal(case, Filing(E("a"), NOW, ANN, (E("k"),), "c" * 64), AppealTerms())
    assert refused.value.code == "not-appealable"
    assert "case d1" in str(refused.value)


@pytest.mark.parametrize(
    ("draft", "points", "why"),
    [
        (decision("d9"), 2, "it counts"),
        (decision("d9", category="malware"), 4, "it weighs more, and limits the rate"),
        (decision("d9", outcome=Outcome.REFER), 1, "a person has not looked"),
        (kept_out("d9", NOW), 1, "it was kept out"),
    ],
)
def test_the_standing_that_follows_is_that_of_the_entries(
    draft: Draft, points: int, why: str
) -> None:
    past = [decision("d1", at=NOW - HOUR)]
    now = standing_at(entries_of(past), LADDER, NOW)
    drafts = respond(draft, now, ids())
    after = followed(now, drafts, LADDER)
    assert after == standing_at(entries_of([*past, *drafts]), LADDER, NOW), why
    assert after.points == points, why
