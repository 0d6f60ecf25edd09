"""Ends: what a whole chain says of a use, at the link where it arrives; pure."""

from __future__ import annotations

from dataclasses import dataclass

from usepolicy.supply_chain.binding import Binding
from usepolicy.supply_chain.chains import Link
from usepolicy.supply_chain.propagation import ChainResult
from usepolicy.supply_chain.uses import Use
from usepolicy.supply_chain.verdicts import Verdict, VerdictValue, verdict_of
from usepolicy.taxonomy.categories import Taxonomy

NO_MORE_THAN = (VerdictValue.PERMITTED, VerdictValue.NOT_ADDRESSED, VerdictValue.UNKNOWN)
"""Verdicts of a chain in which nothing is restricted: of several the last counts, since what one
policy permits another may leave open, and what could not be read may forbid it."""


@dataclass(frozen=True, slots=True)
class EndVerdict:
    """What binds the end of a chain says of a use."""

    end: Link
    value: VerdictValue
    """The strictest of the policies that bind it; a permission above lifts nothing."""
    above: VerdictValue
    """The strictest of all policies above, also of those that do not bind it."""
    verdicts: tuple[tuple[Binding, Verdict], ...]
    """Of every policy above, whether it binds or not."""
    agreements: tuple[str, ...]
    """Documents that lift a restriction which decides."""


def end_verdicts(use: Use, result: ChainResult, taxonomy: Taxonomy) -> tuple[EndVerdict, ...]:
    """Return a verdict for each end of a chain, of a use that is clear."""
    return tuple(_end_verdict(use, result, end, taxonomy) for end in result.chain.ends)


def _end_verdict(use: Use, result: ChainResult, end: Link, taxonomy: Taxonomy) -> EndVerdict:
    at = result.at(end.id)
    verdicts = tuple((b, verdict_of(use, b.policy.asked, taxonomy)) for b in at.bindings)
    lifted = {bound.category: bound.lifted for bound in at.bound if bound.lifted}
    documents: dict[str, None] = {}
    values = []
    for binding, verdict in verdicts:
        names = {place.category for place in verdict.restrictions}
        limits = verdict.value not in NO_MORE_THAN
        if limits and names <= lifted.keys():
            documents.update(dict.fromkeys(a.document for name in names for a in lifted[name]))
        elif binding.binds:
            values.append(verdict.value)
    value = _combined(values, lifted=bool(documents))
    above = _combined([verdict.value for _, verdict in verdicts], lifted=False)
    return EndVerdict(end, value, above, verdicts, tuple(documents))


def _combined(values: list[VerdictValue], *, lifted: bool) -> VerdictValue:
    order = list(VerdictValue)
    limits = [value for value in values if value not in NO_MORE_THAN]
    if limits:
        return min(limits, key=order.index)
    if lifted:
        return VerdictValue.RESTRICTED
    return max(values, key=order.index, default=VerdictValue.UNKNOWN)
