"""The errors of usepolicy: one tree, sorted by the stage that failed and by whose fault it is.

    UsePolicyError            exit code 1
    ├── UsageError            2  the command line asks for what cannot be
    ├── FetchError            1  an address or a file could not be read
    │   └── DeniedError       4  it may not be read: a private address, a forbidden scheme
    ├── ModelError            1  a model server refuses every question
    ├── StoreError            1  the catalogue, history or ledger can't be opened, read or written
    ├── StepError             4  a step of enforcement that its record doesn't allow
    ├── ExtractError          3  the bytes are no document that can be read
    ├── SchemaError           3  a policy file or a table breaks its schema
    ├── LedgerError           3  an entry has no form, or a ledger does not hold together
    └── TaxonomyError         3  a category, scheme or group that does not exist

An error carries a `code` (kebab-case, stable), the `place`, the `message` and a `help`.
Branch on the type or the code, never on the text.
"""

from __future__ import annotations

from typing import ClassVar


class UsePolicyError(Exception):
    """A failure that the user can act on; shown as one line, never as a traceback."""

    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, message: str, *, place: str = "", help: str = "") -> None:
        super().__init__(message)
        self.code = code
        """Stable kebab-case identifier, e.g. `empty-document`."""
        self.message = message
        """What is wrong: lower case, no final stop, the user's input in backticks."""
        self.place = place
        """Where: a path, an address, or `file:line`."""
        self.help = help
        """What to try next, or nothing."""

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return f"error[{self.code}]: {where}{self.message}"


class UsageError(UsePolicyError):
    """The command line asks for what cannot be."""

    exit_code = 2


class FetchError(UsePolicyError):
    """An address or a file could not be read."""


class DeniedError(FetchError):
    """The address or file may not be read."""

    exit_code = 4


class ModelError(UsePolicyError):
    """A model server can't be asked: no key, no such model, no connection."""


class StoreError(UsePolicyError):
    """A database of ours can't be opened, read or written."""


class StepError(UsePolicyError):
    """A step of enforcement is not allowed: of this person, at this time, or after what was done."""

    exit_code = 4


class ExtractError(UsePolicyError):
    """The bytes are no document that can be read."""

    exit_code = 3


class SchemaError(UsePolicyError):
    """A policy file or a table breaks its schema."""

    exit_code = 3


class LedgerError(UsePolicyError):
    """An entry has no form that a ledger keeps, or a ledger or proof does not hold together."""

    exit_code = 3


class TaxonomyError(UsePolicyError):
    """A category, scheme or group that does not exist."""

    exit_code = 3
