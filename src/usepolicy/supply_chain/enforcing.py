"""Enforcing: whose rules a link has to enforce, and who sees what is asked of a model; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from usepolicy.supply_chain.binding import Binding, Via, travels
from usepolicy.supply_chain.chains import Access, Chain, ChainPolicy, Link, LinkId
from usepolicy.supply_chain.duties import DutyKind


class Enforcing(StrEnum):
    """What a link can do about a breach."""

    REQUESTS = "requests"
    """It sees each request: it can refuse, limit, suspend."""
    CONTRACT = "contract"
    """It gave files away: it can end the licence and sue."""
    NOTHING = "nothing"
    """It gives to nobody."""


CAN_ENFORCE = {
    Access.API: Enforcing.REQUESTS,
    Access.INTERFACE: Enforcing.REQUESTS,
    Access.WEIGHTS: Enforcing.CONTRACT,
    None: Enforcing.NOTHING,
}


class Why(StrEnum):
    """Why a link has to enforce a policy against those below it."""

    OWN = "own"
    PASSED_ON = "passed_on"
    """It binds those below to it."""
    MUST_PASS_ON = "must_pass_on"  # noqa: S105  no secret
    """The policy asks to be passed on and the link does not: it answers for what it lays on nobody."""


@dataclass(frozen=True, slots=True)
class Charge:
    """One policy that a link has to enforce."""

    policy: ChainPolicy
    why: Why


def charges_of(chain: Chain, link: Link, found: Iterable[Binding]) -> tuple[Charge, ...]:
    """Return what a link has to enforce: its own policies first, then those from above.

    Args: found: every binding of the chain.
    """
    return tuple(_charges(chain, link, tuple(found))) if link.access is not None else ()


def _charges(chain: Chain, link: Link, found: tuple[Binding, ...]) -> Iterator[Charge]:
    yield from (Charge(policy, Why.OWN) for policy in link.policies)
    named = [
        each.policy
        for each in found
        if each.via is Via.REFERENCE and each.by is not None and each.by.link == link.id
    ]
    for each in found:
        if each.at != link.id or not each.binds:
            continue
        goes_on = travels(chain, each.policy) and link.access is Access.WEIGHTS
        if link.hands_on(each.policy.link) or goes_on or any(p is each.policy for p in named):
            yield Charge(each.policy, Why.PASSED_ON)
        elif each.policy.duty(DutyKind.PASS_ON):
            yield Charge(each.policy, Why.MUST_PASS_ON)


def watchers_of(chain: Chain, link: Link) -> tuple[LinkId, ...]:
    """Return the links that see what a link asks, nearest last: none where it runs files itself.

    Past files nobody sees anything: whoever gave them away has its contract and no more.
    """
    seen: set[LinkId] = set()
    waiting = list(link.sources)
    while waiting:
        above = chain.get(waiting.pop())
        if CAN_ENFORCE[above.access] is Enforcing.REQUESTS and above.id not in seen:
            seen.add(above.id)
            waiting.extend(above.sources)
    return tuple(each.id for each in chain.links if each.id in seen)
