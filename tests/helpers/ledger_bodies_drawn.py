"""Bodies of every kind with any values, drawn from their types."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum

from hypothesis import strategies as st

from usepolicy.enforcement.ledger import MAX_WHOLE
from usepolicy.enforcement.ledger_bodies import Hash, Moment

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
AS_THEY_ARE = {
    str: TEXT,
    bool: st.booleans(),
    int: st.integers(-MAX_WHOLE, MAX_WHOLE),
    type(None): st.none(),
    Hash: st.text("0123456789abcdef", min_size=64, max_size=64),
    Moment: st.datetimes(datetime(1970, 1, 1), timezones=st.just(UTC)),
}


def drawn(kind: object) -> st.SearchStrategy:
    """Return values of a type of a body's field, or bodies."""
    if kind in AS_THEY_ARE:
        return AS_THEY_ARE[kind]
    if isinstance(kind, typing.NewType):
        return drawn(kind.__supertype__)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    if is_dataclass(kind):
        hints = typing.get_type_hints(kind, include_extras=True)
        return st.builds(kind, **{each.name: drawn(hints[each.name]) for each in fields(kind)})
    return _composed(typing.get_origin(kind), typing.get_args(kind))


def _composed(origin: object, of: tuple[object, ...]) -> st.SearchStrategy:
    if origin is typing.Annotated:
        return drawn(of[0])
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*map(drawn, of))
    if origin is tuple and of[-1] is Ellipsis:
        return st.lists(drawn(of[0]), max_size=3).map(tuple)
    if origin is Mapping:
        return st.dictionaries(st.text("abc_"), drawn(of[1]), max_size=3)
    raise NotImplementedError(origin)
