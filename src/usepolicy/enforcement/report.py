"""The report: how often what was enforced, by which rule, with what right, for everybody to read.

Owns what the public is told and what is not: numbers are of the ledger alone, and a small one is
kept back, since it may tell of one person. Pure: entries come in, a value goes out; how it looks is
`report_files`'s.

Source: Santa Clara Principles 2.0, numbers; Regulation (EU) 2022/2065, article 24.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from usepolicy.enforcement.appeals import Appeal, appeals_in
from usepolicy.enforcement.ledger import EntryId
from usepolicy.enforcement.ledger_bodies import (
    Decided,
    GrantApproved,
    GrantRefused,
    GrantRevoked,
    Label,
    ReferralLabelled,
    Result,
    RulesChanged,
)
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.enforcement.ledger_counts import ACCOUNTS, REFUSED, REVERSED, Key, What, counted
from usepolicy.enforcement.rates import Rate
from usepolicy.enforcement.report_tables import ReportTable, Row, table
from usepolicy.errors import UsageError

SMALL = 5
"""Numbers from 1 to less than this are kept back."""
LONGEST = 120
"""Months of a report."""
ONLY = ("number",)
"""Heads of a table of what nobody takes back."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months, both included: what is frozen of erased accounts is known by the month."""

    first: str
    """`2026-01`."""
    last: str

    def __post_init__(self) -> None:
        """INVARIANT: months, the first not behind the last, and not very many."""
        months = [_month(month) for month in (self.first, self.last)]
        if not 0 <= months[1] - months[0] < LONGEST:
            message = f"`{self.first}` to `{self.last}` is no period"
            raise UsageError("no-period", message, help=f"at most {LONGEST} months, in order")

    @property
    def months(self) -> tuple[str, ...]:
        """Every month of the period."""
        first, last = _month(self.first), _month(self.last)
        return tuple(f"{m // 12:04}-{m % 12 + 1:02}" for m in range(first, last + 1))

    def has(self, at: datetime) -> bool:
        """Tell whether a time lies in the period."""
        return self.first <= f"{at:%Y-%m}" <= self.last


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """How often what was done turned out to be wrong."""

    of: str
    rate: Rate | None
    """None where there are too few cases to tell without telling of persons."""


@dataclass(frozen=True, slots=True)
class RulesChange:
    """Other rules from a day on."""

    day: str
    policies: tuple[str, ...]
    summary: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Report:
    """What is told."""

    period: Period
    entries: int
    """Of the ledger that it is made from, up to ..."""
    head: str
    """... the entry with this hash."""
    small: int
    tables: tuple[ReportTable, ...]
    errors: tuple[ErrorRate, ...]
    median_days: float | None
    """From an appeal to its decision; None where there are too few."""
    rules: tuple[RulesChange, ...]


def report_of(
    entries: Callable[[], Iterable[Entry]], period: Period, *, small: int = SMALL
) -> Report:
    """Return the report of a period.

    Args: entries: all of the ledger, in their order, anew at each call; small: see `SMALL`, 1 keeps
          nothing back.
    """
    head: list[Entry] = []
    counts = _within(counted(_watched(entries(), head)), period)
    cases = _Cases(entries(), period)
    return Report(
        period,
        head[0].sequence if head else 0,
        head[0].hash if head else "",
        small,
        tuple(_tables(counts, cases, period, small)),
        tuple(_error_rates(cases, small)),
        cases.median_days(small),
        tuple(cases.rules),
    )


def _watched(entries: Iterable[Entry], head: list[Entry]) -> Iterator[Entry]:
    """Yield entries, and keep the last."""
    for entry in entries:
        head[:] = [entry]
        yield entry


def _within(counts: Mapping[Key, int], period: Period) -> Mapping[Key, int]:
    months = set(period.months)
    return {key: number for key, number in counts.items() if key[0] in months}


class _Cases:
    """What no count tells: which decision a label or an appeal was about, and how long it took."""

    def __init__(self, entries: Iterable[Entry], period: Period) -> None:
        self.labels: list[tuple[str, Label]] = []
        self.decided: list[Appeal] = []
        self.results: list[tuple[str, Result]] = []
        self.rules: list[RulesChange] = []
        self.grants: Counter[str] = Counter()
        self._period = period
        self._clauses: dict[EntryId, tuple[str, ...]] = {}
        appeals = appeals_in(_each(entries, self._see))
        for appeal in appeals:
            if appeal.result and appeal.decided_at and period.has(appeal.decided_at):
                self.decided.append(appeal)
                clauses = [c for id in appeal.against for c in self._clauses.get(id, ())]
                self.results += [(clause, appeal.result) for clause in dict.fromkeys(clauses)]

    def median_days(self, small: int) -> float | None:
        """Return how long half of the appeals took at most."""
        times = [each.decided_at - each.filed_at for each in self.decided if each.decided_at]
        if len(times) < small or not times:
            return None
        return round(median(time.total_seconds() for time in times) / 86_400, 1)

    def _see(self, entry: Entry) -> None:
        body = entry.body
        if isinstance(body, Decided):
            clauses = dict.fromkeys(each.clause for each in body.restrictions)
            self._clauses[entry.id] = tuple(clauses)
        if not self._period.has(entry.at):
            return
        match body:
            case ReferralLabelled(about=about, label=label):
                clauses = dict.fromkeys(self._clauses.get(about, ()))
                self.labels += [(clause, label) for clause in clauses or ("",)]
            case GrantApproved() | GrantRefused() | GrantRevoked():
                self.grants[entry.kind.removeprefix("grant_")] += 1
            case RulesChanged():
                day = f"{entry.at:%Y-%m-%d}"
                self.rules.append(RulesChange(day, body.policies, body.summary, body.sha256))


def _each(entries: Iterable[Entry], see: Callable[[Entry], None]) -> Iterator[Entry]:
    for entry in entries:
        see(entry)
        yield entry


def _tables(
    counts: Mapping[Key, int], cases: _Cases, period: Period, small: int
) -> Iterator[ReportTable]:
    total = Counter[What]()
    for (_, what), number in counts.items():
        total[what] += number
    picked = _Picked(total)
    outcome = ("outcome",)
    yield table("decisions", outcome, picked.decisions(0), small)
    yield table("restrictions", ("clause", "category", "outcome"), picked.restrictions(), small)
    yield table("surfaces", ("surface", "channel"), picked.decisions(3, 4), small)
    yield table("jurisdictions", ("jurisdiction",), picked.decisions(5), small)
    yield table("means", ("means of detection", "automation"), picked.decisions(6, 7), small)
    yield table("support", ("support",), picked.decisions(1), small)
    yield table("actions", ("action", "step", "automation"), picked.of("sanction"), small)
    yield table("accounts", ("step",), picked.accounts(), small, heads=("account months",))
    yield table("refused for standing", ("step",), picked.refused(), small)
    yield table("signals", ("signal",), picked.of("signal"), small, heads=ONLY)
    yield table("referrals", ("reason",), picked.of("referral_opened"), small, heads=ONLY)
    yield table("reviews", ("label",), picked.of("referral_labelled"), small, heads=ONLY)
    yield table("reports by users", ("category",), picked.of("user_report"), small, heads=ONLY)
    yield table("appeals", ("state",), picked.appeals(), small, heads=ONLY)
    yield table("grants asked for", ("kind",), picked.of("grant_applied"), small, heads=ONLY)
    decided = tuple(Row((state,), (number,)) for state, number in sorted(cases.grants.items()))
    used = sum(number for what, number in total.items() if what[0] == "decision" and what[3])
    told = (*decided, Row(("used in a decision",), (used,)))
    yield table("grants", ("state",), told, small, heads=ONLY)
    yield table("months", ("month",), _months(counts, period), small, heads=MONTHLY)


MONTHLY = ("warned", "referred", "blocked", "actions", "appeals")
"""What is shown month by month."""
_MONTHLY: tuple[tuple[str, ...], ...] = (
    ("decision", "warn"),
    ("decision", "refer"),
    ("decision", "block"),
    ("sanction", "applied"),
    ("appeal_filed",),
)


def _months(counts: Mapping[Key, int], period: Period) -> tuple[Row, ...]:
    numbers: dict[str, list[int]] = {month: [0] * len(_MONTHLY) for month in period.months}
    for (month, what), number in counts.items():
        for place, begins in enumerate(_MONTHLY):
            if what[: len(begins)] == begins:
                numbers[month][place] += number
    return tuple(Row((month,), tuple(found)) for month, found in numbers.items())


class _Picked:
    """Numbers of the period, picked from the counts by what they are of."""

    def __init__(self, total: Mapping[What, int]) -> None:
        self._total = total

    def of(self, kind: str) -> tuple[Row, ...]:
        """Return the numbers of a kind of entry, told apart as the counts do."""
        return self._rows(kind, lambda what: what)

    def decisions(self, *places: int) -> tuple[Row, ...]:
        """Return the numbers of decisions by some of what tells them apart, see `ledger_counts`."""
        return self._rows("decision", lambda what: tuple(what[place] for place in places))

    def restrictions(self) -> tuple[Row, ...]:
        """Return how often each restriction had which outcome."""
        return self._rows("restriction", lambda what: what[:3])

    def refused(self) -> tuple[Row, ...]:
        """Return how many requests a sanction in force kept out, by its step."""
        return self._rows(REFUSED, lambda what: what[:1])

    def accounts(self) -> tuple[Row, ...]:
        """Return how many accounts had a step laid on them, each once a month."""
        begins = (ACCOUNTS, "sanction", "applied")
        rows = {what[3:4]: (number,) for what, number in self._total.items() if what[:3] == begins}
        return tuple(Row(labels, number) for labels, number in sorted(rows.items()))

    def appeals(self) -> tuple[Row, ...]:
        """Return how many appeals were filed, and how those decided ended."""
        filed = self._total.get(("appeal_filed",), 0)
        ended = [
            Row((result.value,), (self._total.get(("appeal_decided", result), 0), 0))
            for result in Result
        ]
        return (Row(("filed",), (filed, 0)), *ended)

    def _rows(self, kind: str, told: Callable[[What], What]) -> tuple[Row, ...]:
        numbers: dict[What, list[int]] = defaultdict(lambda: [0, 0])
        for what, number in self._total.items():
            if what[0] == kind:
                numbers[told(what[1:])][0] += number
            elif what[:2] == (REVERSED, kind):
                numbers[told(what[2:])][1] += number
        return tuple(Row(labels, tuple(found)) for labels, found in sorted(numbers.items()))


def _error_rates(cases: _Cases, small: int) -> Iterator[ErrorRate]:
    """Yield how often reviewers and appeals took back what was decided, overall and by clause."""
    clear = [(c, label) for c, label in cases.labels if label is not Label.UNCLEAR]
    wrong = [(c, label is Label.DOES_NOT_VIOLATE) for c, label in clear]
    overturned = [(c, result is Result.OVERTURNED) for c, result in cases.results]
    all_appeals = [("", each.result is Result.OVERTURNED) for each in cases.decided]
    yield _rate("appeals that were right", all_appeals, small)
    yield from _by_clause("taken back on appeal", overturned, small)
    yield _rate("referred cases that a person found to be no violation", wrong, small)
    yield from _by_clause("found to be no violation", wrong, small)


def _by_clause(said: str, found: Sequence[tuple[str, bool]], small: int) -> Iterator[ErrorRate]:
    for clause in sorted({clause for clause, _ in found if clause}):
        mine = [each for each in found if each[0] == clause]
        yield _rate(f"{clause}: {said}", mine, small)


def _rate(of: str, found: Sequence[tuple[str, bool]], small: int) -> ErrorRate:
    enough = len(found) >= max(small, 1)
    return ErrorRate(of, Rate(sum(hit for _, hit in found), len(found)) if enough else None)


def _month(text: str) -> int:
    """Return the number of a month.

    Raises: UsageError: `no-month`.
    """
    try:
        at = datetime.strptime(text, "%Y-%m")
    except ValueError as error:
        raise UsageError("no-month", f"`{text[:20]}` is no month", help="write 2026-01") from error
    return at.year * 12 + at.month - 1
