"""Cases: requests with the decision that rules must come to, portable between implementations.

Owns the file of cases and the comparison. A case names the outcome and the restrictions that
determine it, by rule and category; scores are no part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, StrictBool, StrictStr

from usepolicy.enforcement.decisions import Decision
from usepolicy.enforcement.outcomes import ON_NO_MATCH, Outcome
from usepolicy.enforcement.request_lines import MessageEntry, RequestLine
from usepolicy.reading.policy_problems import Report
from usepolicy.reading.policy_schema import FileEntry, check_model, schema_of, schema_text
from usepolicy.reading.policy_tree import read_tree
from usepolicy.reading.policy_values import Words

CASES_SCHEMA_VERSION = 1
"""Raised when a key is removed or changes its meaning; part of the schema's `$id`."""


class DeterminingEntry(FileEntry):
    """A restriction that determines the outcome."""

    rule: Words
    """Id of the rule."""
    category: Words
    """The category of the restriction that is cited."""


class CaseEntry(FileEntry):
    """One request, and what the rules must make of it."""

    name: Words
    """What the case shows, unique in the file."""
    request: RequestLine
    """The request, as a line that `usepolicy decide` takes."""
    outcome: Outcome
    """What must come out."""
    support: StrictBool = False
    """Whether help must be offered."""
    determining: tuple[DeterminingEntry, ...] = ()
    """The restrictions that have this outcome, each once; none where all is allowed."""
    errors: tuple[StrictStr, ...] = ()
    """Codes of what could not tell."""
    not_enforceable_here: tuple[StrictStr, ...] | None = None
    """Categories that can't be enforced; left out: not looked at."""


class CasesFile(FileEntry):
    """Cases for one rules file."""

    rules: Words
    """The rules file, beside this file."""
    cases: tuple[CaseEntry, ...]
    """The cases."""


CASES_ENTRIES: Mapping[str, type[BaseModel]] = {
    "": CasesFile,
    "cases": CaseEntry,
    "request": RequestLine,
    "messages": MessageEntry,
    "determining": DeterminingEntry,
}
"""The model of each in the list under a key; `""` is the file."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a decision has otherwise than a case says."""

    case: str
    what: str
    expected: str
    found: str


def cases_schema_text() -> str:
    """Return the JSON Schema as `schemas/cases.schema.json` holds it."""
    return schema_text(schema_of(CasesFile, "cases", CASES_SCHEMA_VERSION))


def load_cases(data: bytes, *, place: str) -> CasesFile:
    """Return the cases of a file.

    Raises: PolicyFileError: the file breaks its schema, or names a case twice.
    """
    root = read_tree(data, place=place)
    report = Report(place, root.line_of)
    file = check_model(root, CasesFile, CASES_ENTRIES, report)
    report.raise_if_any()
    assert file is not None
    seen: set[str] = set()
    for number, case in enumerate(file.cases):
        if case.name in seen:
            report.add(("cases", number), "duplicate-case", f"a second case `{case.name}`")
        seen.add(case.name)
    report.raise_if_any()
    return file


def differences(case: CaseEntry, decision: Decision) -> Iterator[Difference]:
    """Yield what a decision has otherwise than the case says."""
    expected = {
        "outcome": case.outcome.value,
        "support": str(case.support).lower(),
        "determining": _listed(f"{each.rule}: {each.category}" for each in case.determining),
        "errors": _listed(case.errors),
    }
    found = {
        "outcome": decision.outcome.value,
        "support": str(decision.support).lower(),
        "determining": _listed(determining(decision)),
        "errors": _listed(failure.code for failure in decision.errors),
    }
    if case.not_enforceable_here is not None:
        unseen = (each.category for each in decision.not_enforceable_here)
        expected["not_enforceable_here"] = _listed(case.not_enforceable_here)
        found["not_enforceable_here"] = _listed(unseen)
    for what, value in expected.items():
        if found[what] != value:
            yield Difference(case.name, what, value, found[what])


def determining(decision: Decision) -> Iterator[str]:
    """Yield the rules and categories whose restrictions have the outcome of the decision."""
    if decision.outcome is not ON_NO_MATCH:
        for each in decision.restrictions:
            if each.outcome is decision.outcome:
                yield f"{each.rule}: {each.restriction.category}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names))) or "none"
