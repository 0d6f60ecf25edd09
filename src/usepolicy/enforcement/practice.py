"""Practice: which items of the transparency index an operator's own ledger and policy answer.

Owns what of a ledger is evidence for which item (`data/indicators/practice.csv`). The index scores
what is disclosed: what the ledger shows earns a point only once its report is published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from usepolicy.comparison.indicators import Answer, Indicator, Stated
from usepolicy.enforcement.ledger_bodies import (
    AppealDecided,
    GrantApplied,
    GrantKind,
    Notified,
    RulesChanged,
    UserReported,
)
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.tables import table_rows


class Shown(StrEnum):
    """What of a ledger shows a practice."""

    REPORT = "report"
    """The report itself."""
    RULES = "rules"
    NOTICES = "notices"
    APPEALS = "appeals"
    GRANTS = "grants"
    USER_REPORTS = "user_reports"


class Score(StrEnum):
    """How an item stands."""

    SHOWN = "shown by this report"
    STATED = "stated by the policy"
    PARTLY = "partly stated by the policy"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class OwnScore:
    """How one item of the index stands for the operator."""

    id: str
    name: str
    score: Score
    quote: str
    """Of the policy, where it states it."""
    earns_point: str
    """What earns the point, in our words."""


def practices_of(entries: Iterable[Entry]) -> frozenset[Shown]:
    """Return what a ledger shows."""
    found = {Shown.REPORT}
    for entry in entries:
        match entry.body:
            case RulesChanged():
                found.add(Shown.RULES)
            case Notified():
                found.add(Shown.NOTICES)
            case AppealDecided():
                found.add(Shown.APPEALS)
            case GrantApplied(kind=GrantKind.RESEARCH):
                found.add(Shown.GRANTS)
            case UserReported():
                found.add(Shown.USER_REPORTS)
    return frozenset(found)


def own_scores(
    indicators: Sequence[Indicator], practices: frozenset[Shown], stated: Sequence[Answer] = ()
) -> tuple[OwnScore, ...]:
    """Return how the items stand that a ledger or a policy's text can answer, in their order.

    Args: stated: what the operator's own policy states, see `comparison.indicators.answers`.
    """
    texts = {answer.indicator.id: answer for answer in stated}
    shown_by = _shown_by()
    return tuple(
        _own_score(each, shown_by.get(each.id, frozenset()), practices, texts.get(each.id))
        for each in indicators
        if each.id in shown_by or each.needs
    )


def _own_score(
    item: Indicator, by: frozenset[Shown], practices: frozenset[Shown], text: Answer | None
) -> OwnScore:
    stated = text.stated if text else Stated.NOT_IN_TEXT
    if by and by <= practices:
        score = Score.SHOWN
    elif stated is Stated.STATED:
        score = Score.STATED
    else:
        score = Score.PARTLY if stated is Stated.PARTLY else Score.MISSING
    return OwnScore(item.id, item.name, score, text.quote if text else "", item.earns_point)


@cache
def _shown_by() -> Mapping[str, frozenset[Shown]]:
    """Return what must be shown for an item, by its id."""
    return {
        row["indicator_id"]: frozenset(map(Shown, row["shown_by"].split()))
        for row in table_rows("indicators/practice.csv")
    }
