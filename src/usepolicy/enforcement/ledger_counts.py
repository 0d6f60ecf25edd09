"""Counts: how often what happened, by month; what a public report is made from.

Owns what is counted, and how the numbers of an erased account are frozen: its entries are passed
over from then on, and the frozen numbers stand for them, so that totals stay what they were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from usepolicy.enforcement.ledger import AccountLink, EntryId
from usepolicy.enforcement.ledger_bodies import (
    AppealDecided,
    Decided,
    Erased,
    ErasureScope,
    FrozenCount,
    GrantApplied,
    ReferralLabelled,
    ReferralOpened,
    Sanctioned,
    Signalled,
    UserReported,
)
from usepolicy.enforcement.ledger_codec import Entry

What = tuple[str, ...]
"""The kind of entry, then what tells its entries apart, see `_told`."""
Key = tuple[str, What]
"""A month, `2025-01`, and what is counted in it."""
ACCOUNTS = "accounts"
"""Counts accounts that have an entry of a kind in a month, each once: `("accounts", kind, ...)`."""
REFUSED = "refused"
"""Counts what a sanction in force kept out, apart from decisions by a rule: `("refused", step, ...)`."""

REVERSED = "reversed"
"""Counts what was counted and no longer holds, in the month of what was reversed:
`("reversed", kind, ...)`. What stands is the number less this one."""


@dataclass(slots=True)
class _Account:
    """What is counted of one account."""

    counts: Counter[Key] = field(default_factory=Counter)
    seen: set[Key] = field(default_factory=set)
    reversible: dict[EntryId, tuple[Key, ...]] = field(default_factory=dict)

    def all(self) -> Counter[Key]:
        return self.counts + Counter({(month, (ACCOUNTS, *what)): 1 for month, what in self.seen})


def counted(entries: Iterable[Entry]) -> Mapping[Key, int]:
    """Return the numbers of a ledger from its entries, erased accounts by their frozen numbers."""
    accounts: dict[AccountLink | None, _Account] = {}
    frozen: Counter[Key] = Counter()
    for entry in entries:
        body = entry.body
        if isinstance(body, Erased) and body.scope is ErasureScope.ACCOUNT:
            accounts.pop(entry.account, None)
            frozen[f"{entry.at:%Y-%m}", ("erasure", body.scope, body.reason)] += 1
            frozen.update({(each.period, each.what): each.count for each in body.frozen})
            continue
        _count(entry, accounts.setdefault(entry.account, _Account()))
    total: Counter[Key] = Counter(frozen)
    for link, account in accounts.items():
        total.update(account.all() if link is not None else account.counts)
    return dict(sorted(total.items()))


def freeze(entries: Iterable[Entry]) -> tuple[FrozenCount, ...]:
    """Return the numbers of one account, from all its entries, as they stay after its erasure."""
    account = _Account()
    for entry in entries:
        _count(entry, account)
    return tuple(
        FrozenCount(month, what, number) for (month, what), number in sorted(account.all().items())
    )


def _count(entry: Entry, account: _Account) -> None:
    month = f"{entry.at:%Y-%m}"
    keys = tuple((month, what) for what in _told(entry))
    account.counts.update(keys)
    if isinstance(entry.body, Decided | Sanctioned) and entry.account is not None:
        account.reversible[entry.id] = keys
    for id in getattr(entry.body, "reverses", ()):
        gone = account.reversible.pop(id, ())  # once, however often it is reversed
        account.counts.update((when, (REVERSED, *what)) for when, what in gone)
    account.seen.update((month, what) for what in _of_accounts(entry))


def _told(entry: Entry) -> Iterator[What]:
    """What an entry adds one to: itself, and each restriction of a decision once."""
    kind, body = entry.kind, entry.body
    match body:
        case Decided():
            yield from _of_decision(kind, body)
        case Sanctioned():
            yield (kind, body.action, body.measure.step, body.automation)
        case AppealDecided():
            yield (kind, body.result)
        case ReferralOpened():
            yield (kind, body.reason)
        case ReferralLabelled():
            yield (kind, body.label)
        case GrantApplied():
            yield (kind, body.kind)
        case Signalled():
            yield (kind, body.signal)
        case UserReported():
            yield (kind, body.category or "")
        case Erased():
            yield (kind, body.scope, body.reason)
        case _:
            yield (kind,)


def _of_decision(kind: str, body: Decided) -> Iterator[What]:
    if body.refusal is not None:
        yield (REFUSED, body.refusal.step, body.surface, body.channel, body.jurisdiction or "")
        return
    how = _how(body)
    yield (kind, *how)
    cited = {(each.clause, each.category or "") for each in body.restrictions}
    yield from (("restriction", clause, category, *how) for clause, category in cited)


def _how(body: Decided) -> What:
    granted = "grant" if body.grant else ""
    support = "support" if body.support else ""
    where = (body.surface, body.channel, body.jurisdiction or "")
    return (body.outcome, support, granted, *where, body.means, body.automation)


def _of_accounts(entry: Entry) -> Iterator[What]:
    body = entry.body
    if isinstance(body, Decided) and body.refusal is not None:
        yield (REFUSED, body.refusal.step)
    elif isinstance(body, Decided):
        yield (entry.kind, body.outcome)
        yield from (("restriction", each.clause, each.category or "") for each in body.restrictions)
    elif isinstance(body, Sanctioned):
        yield (entry.kind, body.action, body.measure.step)
