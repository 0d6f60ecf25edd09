"""Problems of a policy file: what is wrong, on which line, and what to write instead.

Owns the collecting, sorting, numbering and wording of problems. What counts as one is said
where it is found: in `policy_tree`, `policy_schema` and `policy_build`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Never

from usepolicy.errors import SchemaError
from usepolicy.taxonomy.names import MAX_DISTANCE, distance

Path = tuple[str | int, ...]
"""Keys and indexes that lead to a value: `("clauses", 3, "text")`."""

MAX_PROBLEMS = 500
"""Reading stops here: nobody reads on, and a hostile file could hold 200,000."""
MAX_SHOWN = 60
"""Characters of the user's input that a message repeats."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a policy file."""

    code: str
    """Stable kebab-case identifier, e.g. `unknown-category`."""
    message: str
    """What is wrong, on one line."""
    place: str
    """`file:line`, or the file alone where the line is not known."""
    help: str = ""
    """What to write instead, or nothing."""

    def __str__(self) -> str:
        return f"error[{self.code}]: {self.place}: {self.message}"


class PolicyFileError(SchemaError):
    """A policy file that cannot be used; reads as its first problem and holds them all."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        first, more = problems[0], len(problems) - 1
        noun = "problem" if more == 1 else "problems"
        message = f"{first.message} (and {more} more {noun})" if more else first.message
        super().__init__(first.code, message, place=first.place, help=first.help)
        self.problems = tuple(problems)
        """All problems, in order of their lines."""

    def with_help(self, help: str) -> PolicyFileError:
        """Return the error with more help on its first problem."""
        first, *rest = self.problems
        helps = f"{first.help}; {help}" if first.help else help
        return PolicyFileError([replace(first, help=helps), *rest])

    def report(self) -> str:
        """Return every problem with its help, numbered `[1/3]`, for a person to read."""
        lines = []
        for number, problem in enumerate(self.problems, 1):
            lines.append(f"[{number}/{len(self.problems)}] {problem}")
            if problem.help:
                lines.append(f"  help: {problem.help}")
        return "\n".join(lines)


class Report:
    """Collects the problems of one file."""

    def __init__(self, place: str, line_of: Callable[[Path], int | None]) -> None:
        self._place = place
        self._line_of = line_of
        self._found: list[tuple[int, Problem]] = []

    def add(self, path: Path, code: str, message: str, *, help: str = "") -> None:
        """Note that the value at `path` is wrong.

        Raises: PolicyFileError: MAX_PROBLEMS are reached.
        """
        line = self._line_of(path)
        place = self._place if line is None else f"{self._place}:{line}"
        where = f" at {path_name(path)}" if path else ""
        self._found.append((line or 0, Problem(code, message + where, place, help)))
        if len(self._found) >= MAX_PROBLEMS:
            self.raise_if_any()

    def raise_if_any(self) -> None:
        """Raise PolicyFileError if a problem was noted."""
        if self._found:
            self._found.sort(key=lambda found: found[0])
            raise PolicyFileError([problem for _, problem in self._found])


def refuse(
    code: str, message: str, *, place: str, line: int | None = None, help: str = ""
) -> Never:
    """Raise the error of a file that cannot be read any further."""
    where = place if line is None else f"{place}:{line}"
    raise PolicyFileError([Problem(code, message, where, help)])


def path_name(path: Path) -> str:
    """Return `clauses[3].text` for `("clauses", 3, "text")`."""
    name = ""
    for step in path:
        name += f"[{step}]" if isinstance(step, int) else f".{shown(step)}"
    return name.removeprefix(".")


def shown(value: object) -> str:
    """Return the user's input as one short printable line."""
    text = str(value)[: 2 * MAX_SHOWN]
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    line = line.replace("`", "'")
    return line if len(line) <= MAX_SHOWN else line[: MAX_SHOWN - 1] + "…"


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """Return a help line that names the nearest of `allowed`, or nothing if none is near."""
    limit = min(MAX_DISTANCE, max(1, len(word) // 2))
    near = [name for name in allowed if abs(len(name) - len(word)) <= limit]
    ranked = sorted((distance(word.casefold(), name.casefold()), name) for name in near)
    if not ranked or ranked[0][0] > limit:
        return ""
    return f"did you mean `{ranked[0][1]}`?"
