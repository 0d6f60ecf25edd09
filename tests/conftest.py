"""What all tests share: golden text, kept in files that are reviewed in the diff; a model server."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from tern_model import Model, running

Golden = Callable[[str, str], None]
"""`golden(name, text)`: `text` is what the file `name` beside the test holds."""

# A busy machine is no failure; CI draws the same examples each time, a person's machine new ones.
settings.register_profile("usepolicy", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("usepolicy")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write golden files anew (or UPDATE_GOLDEN=1)"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare text with a file in `golden/` beside the test; a file that is missing fails."""
    folder = request.path.parent / "golden"
    update = request.config.getoption("--update-golden") or os.environ.get("UPDATE_GOLDEN") == "1"

    def check(name: str, text: str) -> None:
        path = folder / name
        if update:
            folder.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
            return
        assert path.is_file(), (
            f"no {path.name}; look at the output, then run pytest --update-golden\n{text}"
        )
        expected = path.read_bytes().decode("utf-8")
        assert text == expected, _difference(path, expected, text)

    return check


@pytest.fixture
def model() -> Iterator[Model]:
    """Return a model server on loopback that behaves well until told otherwise."""
    with running() as server:
        yield server


def _difference(path: Path, expected: str, text: str) -> str:
    lines = difflib.unified_diff(
        expected.splitlines(), text.splitlines(), path.name, "output", lineterm=""
    )
    return "\n".join(lines)
