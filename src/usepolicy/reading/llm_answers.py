"""What a model is asked of the units of a policy, and what its answers may say.

Owns the instructions, the schema of an answer, and the check of every piece of it. The rule that
an answer may only select is `labelling.questions`'.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from usepolicy.labelling.llm import category_ids, category_lines, is_category
from usepolicy.labelling.questions import (
    Checked,
    Drop,
    Entry,
    Item,
    Task,
    find_quotes,
    listing,
    record,
)
from usepolicy.policies.clauses import CategoryId, Effect, QualifierKind, QualifierRole
from usepolicy.policies.provisions import ProvisionKind
from usepolicy.policies.spans import Span
from usepolicy.reading.qualify import load_conditions

M = TypeVar("M", bound=BaseModel)

INSTRUCTIONS = """
You read a policy on the use of AI models, unit by unit. For each unit list

1. its restrictions: every category of use that the unit, together with what leads into it, forbids,
   requires or permits to the users of the service. `effect` is `forbids`, `requires` (a duty, such as
   telling people that they talk to an AI) or `permits` (an exception to what is forbidden). `category`
   is an id of the list below, or null for a rule on a use that no category fits; never the nearest
   one. `quotes` are the shortest words of the unit that name the use. A heading or lead-in whose items
   say the same is not listed itself. What a unit only mentions, defines or promises is no restriction.
   `qualifiers` are the conditions of a restriction: `narrows` says what exactly is forbidden ("in a
   way that misleads"), `lifts` says when it is allowed ("without consent", "unless licensed"). Their
   quotes stand in the unit or in what leads into it.
2. its provisions: what it says of how the policy is enforced.

Kinds of qualifier: {qualifiers}.
Kinds of provision: {provisions}.
Categories:
{categories}
"""


@dataclass(frozen=True, slots=True)
class QualifierFound:
    """A condition, at a place in the item `item`: the unit itself or what leads into it."""

    kind: QualifierKind
    role: QualifierRole
    item: str
    span: Span


@dataclass(frozen=True, slots=True)
class RestrictionFound:
    """A use that a unit restricts; spans are places in the unit."""

    category: CategoryId | None
    effect: Effect
    spans: tuple[Span, ...]
    qualifiers: tuple[QualifierFound, ...]


@dataclass(frozen=True, slots=True)
class UnitFound:
    """What the model says of one unit."""

    restrictions: tuple[RestrictionFound, ...] = ()
    provisions: tuple[tuple[ProvisionKind, Span], ...] = ()


class _Qualifier(BaseModel):
    kind: QualifierKind
    role: QualifierRole
    quote: str


class _Restriction(BaseModel):
    category: str | None
    effect: Effect
    quotes: list[str]
    qualifiers: list[object] = []


class _Provision(BaseModel):
    kind: ProvisionKind
    quote: str


def reading_task(items: Sequence[Item]) -> Task[UnitFound]:
    """Return what is asked of the units of one document."""
    by_id = {item.id: item for item in items}
    instructions = INSTRUCTIONS.format(
        qualifiers=", ".join(QualifierKind),
        provisions=", ".join(ProvisionKind),
        categories=category_lines(),
    )
    return Task(instructions, _schema(), partial(_check, by_id))


def _schema() -> Mapping[str, object]:
    text = {"type": "string"}
    qualifier = record(kind=_one_of(QualifierKind), role=_one_of(QualifierRole), quote=text)
    category = {"anyOf": [{"type": "string", "enum": category_ids()}, {"type": "null"}]}
    restriction = record(
        category=category,
        effect=_one_of(Effect),
        quotes=listing(text),
        qualifiers=listing(qualifier),
    )
    provision = record(kind=_one_of(ProvisionKind), quote=text)
    return {"restrictions": listing(restriction), "provisions": listing(provision)}


def _one_of(members: type[StrEnum]) -> Mapping[str, object]:
    return {"type": "string", "enum": [member.value for member in members]}


def _check(items: Mapping[str, Item], item: Item, entry: Entry) -> Checked[UnitFound]:
    """Return what may be kept of a unit's answer; what was dropped is counted."""
    dropped: Counter[Drop] = Counter()
    restrictions: dict[tuple[str | None, Effect], RestrictionFound] = {}
    provisions: dict[ProvisionKind, Span] = {}
    lost = False
    for given in entry.get("restrictions", ()):
        restriction = _restriction(items, item, given, dropped)
        if restriction is None:
            lost = True
        elif (key := (restriction.category, restriction.effect)) in restrictions:
            dropped[Drop.REPEATED] += 1
        else:
            restrictions[key] = restriction
    for given in entry.get("provisions", ()):
        provision = _valid(_Provision, given, dropped)
        spans = find_quotes([provision.quote], item.text, dropped) if provision else ()
        if provision is None or not spans:
            lost = True
        elif provision.kind in provisions:
            dropped[Drop.REPEATED] += 1
        else:
            provisions[provision.kind] = spans[0]
    found = UnitFound(tuple(restrictions.values()), tuple(provisions.items()))
    return Checked(found, dropped, lost)


def _restriction(
    items: Mapping[str, Item], item: Item, given: object, dropped: Counter[Drop]
) -> RestrictionFound | None:
    entry = _valid(_Restriction, given, dropped)
    if entry is None:
        return None
    if entry.category is not None and not is_category(entry.category):
        dropped[Drop.CATEGORY] += 1
        return None
    spans = find_quotes(entry.quotes, item.text, dropped)
    if not spans:
        return None
    category = CategoryId(entry.category) if entry.category is not None else None
    around = [item, *(items[id] for id in reversed(item.above))]
    qualifiers = [_qualifier(category, around, each, dropped) for each in entry.qualifiers]
    kept = tuple(dict.fromkeys(each for each in qualifiers if each is not None))
    return RestrictionFound(category, entry.effect, spans, kept)


def _qualifier(
    category: CategoryId | None, around: Sequence[Item], given: object, dropped: Counter[Drop]
) -> QualifierFound | None:
    """Return a condition whose words stand in the unit, or nearest above it."""
    entry = _valid(_Qualifier, given, dropped)
    if entry is None:
        return None
    for item in around:
        spans = find_quotes([entry.quote], item.text, Counter())
        if spans:
            inherent = load_conditions().inherent.get(category, ()) if category else ()
            role = QualifierRole.NARROWS if entry.kind in inherent else entry.role
            return QualifierFound(entry.kind, role, item.id, spans[0])
    dropped[Drop.QUOTE] += 1
    return None


def _valid(form: type[M], given: object, dropped: Counter[Drop]) -> M | None:
    try:
        return form.model_validate(given)
    except ValidationError:
        dropped[Drop.FORM] += 1
        return None
