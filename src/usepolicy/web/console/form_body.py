"""Bodies of forms: read within limits of size, time and number, before anything is done with them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from usepolicy.errors import ExtractError, UsageError

MOST_FIELDS = 60
MOST_SECONDS = 30.0
"""In which a form must have come."""
URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


async def read_form(request: Request, most_bytes: int) -> dict[str, str]:
    """Return the fields of a form; what a file holds is the value of its field.

    Raises: ExtractError: `too-large`. UsageError: `no-form`, `too-slow`.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (URLENCODED, MULTIPART):
        raise UsageError("no-form", "what was sent is no form")
    try:
        async with asyncio.timeout(MOST_SECONDS):
            body = await _body(request, most_bytes)
    except TimeoutError as error:
        raise UsageError("too-slow", f"the form took over {MOST_SECONDS:.0f} seconds") from error
    try:
        pairs = await _parts(request, body) if kind == MULTIPART else _pairs(body)
    except (ValueError, MultiPartException, KeyError) as error:
        raise UsageError("no-form", "the form can't be read") from error
    if not all(_is_text(part) for pair in pairs for part in pair):
        raise UsageError("no-form", "the form can't be read")
    return {name: whole(value) for name, value in pairs}


def _is_text(text: str) -> bool:
    """Tell whether a text can be kept: a form that names an encoding can hold half a letter."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def whole(text: str) -> str:
    """Return a text without the letter that PostgreSQL takes for its end."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


async def _body(request: Request, most_bytes: int) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most_bytes:
            raise ExtractError("too-large", f"a form has at most {most_bytes:,} bytes")
    return bytes(body)


def _pairs(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(
        body.decode("ascii"),
        keep_blank_values=True,
        max_num_fields=MOST_FIELDS,
        errors="strict",
    )


async def _parts(request: Request, body: bytes) -> list[tuple[str, str]]:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(
        request.headers,
        stream(),
        max_files=1,
        max_fields=MOST_FIELDS,
        max_part_size=len(body) + 1,
    )
    form = await parser.parse()
    try:
        return [
            (name, (await value.read()).decode() if isinstance(value, UploadFile) else value)
            for name, value in form.multi_items()
        ]
    finally:
        await form.close()
