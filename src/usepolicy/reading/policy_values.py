"""The values of a policy file that have a form: words, places, dates, hashes, ids."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictInt,
    StrictStr,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DECIMAL = re.compile(r"[0-9]{0,3}\.[0-9]{1,12}")
_VERSION_ID = r"[^\s/@#]+/[^\s/@#]+@[^\s/@#]+"
"""Developer, slug, date. That all of it can be seen, no pattern says in every engine alike."""


def _words(value: str) -> str:
    if not value.strip():
        raise ValueError("must hold words")
    return value


def _iso(value: object) -> object:
    """Keep out what pydantic takes for a date too: seconds since 1970, a time of day."""
    if isinstance(value, str) and not _ISO_DATE.fullmatch(value):
        raise PydanticCustomError("date_form", "must be a date")
    if value is not None and not isinstance(value, str | date):
        raise ValueError("must be a date such as `2025-01-31`")
    return value


def _visible(value: str) -> str:
    if not value.isprintable():
        raise PydanticCustomError("id_form", "must be an id")
    return value


Words = Annotated[StrictStr, Field(min_length=1), AfterValidator(_words)]


def _share(value: object) -> object:
    """Take a number as it stands in a file: what is no whole number was read as text."""
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("share_form", "must be a number")
    return value


Share = Annotated[float, BeforeValidator(_share), Field(gt=0, le=1)]
"""A probability or threshold in (0, 1]."""
Offset = Annotated[StrictInt, Field(ge=0)]
IsoDate = Annotated[date, BeforeValidator(_iso)]
Sha256 = Annotated[StrictStr, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
VersionKey = Annotated[
    StrictStr, StringConstraints(pattern=rf"^{_VERSION_ID}$"), AfterValidator(_visible)
]
ClauseKey = Annotated[
    StrictStr, StringConstraints(pattern=rf"^{_VERSION_ID}#[^\s#]+$"), AfterValidator(_visible)
]
