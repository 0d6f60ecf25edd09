"""Codings and policies for the tests of comparison."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from usepolicy.comparison.subjects import Subject
from usepolicy.policies.clauses import CategoryId, Strength
from usepolicy.policies.codings import NOT_CODED, UNKNOWN, Cell, CellValue, Coding, coding_of
from usepolicy.policies.policies import Identity
from usepolicy.policies.versions import VersionId
from usepolicy.reading.reader import read_policy
from usepolicy.taxonomy.categories import load_taxonomy

Make = Callable[..., Coding]
Read = Callable[..., Subject]

SIGNS = {
    "+": Cell(CellValue.CODED),
    "!": Cell(CellValue.CODED, Strength.PROHIBITED),
    "~": Cell(CellValue.CODED, Strength.RESTRICTED),
    "-": NOT_CODED,
    "?": UNKNOWN,
}


@pytest.fixture(scope="session")
def make() -> Make:
    """Return a function: a coding of the categories `a`, `b`, ... with a sign a category."""

    def made(name: str, cells: str, **identity: object) -> Coding:
        by_category = {
            CategoryId(category): SIGNS[sign]
            for category, sign in zip("abcdefgh", cells, strict=False)
        }
        return Coding(f"test/{name}", name, "test", Identity(**identity), by_category)  # type: ignore[arg-type]

    return made


@pytest.fixture(scope="session")
def read() -> Read:
    """Return a function: a text as a subject, read by the built-in reader."""
    categories = [category.id for category in load_taxonomy().categories]

    def made(text: str, name: str = "tern", **identity: object) -> Subject:
        policy = read_policy(
            text,
            version_id=VersionId(f"test/{name}@undated"),
            identity=Identity(developer=name, **identity),  # type: ignore[arg-type]
        )
        return Subject(coding_of(policy, categories, coder="reader"), policy, name, text)

    return made
