"""Files of contacts: where accounts are written to, a line of CSV each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from usepolicy.errors import SchemaError, UsageError

if TYPE_CHECKING:
    from usepolicy.store.contacts import Contact

COLUMNS = ("account", "mailbox", "language")
LONGEST_ACCOUNT, LONGEST_MAILBOX = 200, 254
"""Characters; RFC 5321 leaves 254 for a mailbox."""
SHOWN = 10
"""Problems that are named at most."""


def contacts_of(data: bytes, *, place: str) -> Mapping[str, Contact | None]:
    """Return the contacts of a file; None where a mailbox is empty, which removes one.

    Raises: SchemaError: `invalid-contacts`, with every problem and its line, no address repeated.
    """
    try:
        lines = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        if tuple(lines.fieldnames or ()) not in (COLUMNS, COLUMNS[:2]):
            raise _invalid(place, [f"line 1: the columns are {', '.join(COLUMNS)}"])
        rows = [(lines.line_num, row) for row in lines]
    except (UnicodeDecodeError, csv.Error) as error:
        raise _invalid(place, ["it is no CSV in UTF-8"]) from error
    found: dict[str, Contact | None] = {}
    problems = list(_read(rows, found))
    if problems:
        raise _invalid(place, problems)
    return found


def _read(
    rows: list[tuple[int, dict[str | None, str | None]]], found: dict[str, Contact | None]
) -> Iterator[str]:
    """Put each row into `found`; yield what is wrong."""
    for number, row in rows:
        account = row.get("account") or ""
        try:
            if None in row or None in row.values():
                raise UsageError("odd-row", "more or fewer cells than columns")
            if not 0 < len(account) <= LONGEST_ACCOUNT or not account.isprintable():
                raise UsageError("odd-account", f"an account has 1 to {LONGEST_ACCOUNT} characters")
            if account in found:
                raise UsageError("twice", "the account was named before")
            found[account] = _contact(row.get("mailbox") or "", row.get("language") or "")
        except UsageError as error:
            yield f"line {number}: {error.message}"


def _contact(mailbox: str, language: str) -> Contact | None:
    from usepolicy.enforcement.notices import languages
    from usepolicy.store.contacts import Contact
    from usepolicy.tracking.mail import mailbox_of

    if not mailbox:
        return None
    if len(mailbox) > LONGEST_MAILBOX:
        raise UsageError("bad-mailbox", "an address of mail is malformed")
    if language and language not in languages():
        raise UsageError("unknown-language", f"a language is one of {', '.join(languages())}")
    return Contact(mailbox_of(mailbox).addr_spec, language or None)


def _invalid(place: str, problems: list[str]) -> SchemaError:
    more = len(problems) - SHOWN
    said = "; ".join(problems[:SHOWN]) + (f"; and {more} more" if more > 0 else "")
    return SchemaError("invalid-contacts", said, place=place, help="nothing was changed")
