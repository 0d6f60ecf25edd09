"""The house style, held over the syntax tree of every module of the package."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "usepolicy"
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))

MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 40
MAX_NESTING = 3
MAX_PARAMETERS = 5

EXEMPT = {
    # (module, function, rule): why
    ("cli/read.py", "read", "parameters"): "a parameter is an option of the command line",
}

PURE = ("policies/", "taxonomy/", "comparison/")
EDGES = ("reading", "labelling", "cli", "store", "web", "gateway", "tracking", "enforcement")
"""Packages of ours that a pure module may not import: they fetch, parse, print, keep or serve."""
IMPURE = {
    "network": "aiohttp asyncio ftplib http httpx requests smtplib socket ssl starlette urllib urllib3 uvicorn",
    "clock": "sched time zoneinfo",
    "randomness": "numpy.random random secrets uuid",
    "database": "alembic psycopg sqlalchemy sqlite3",
    "processes": "multiprocessing subprocess threading",
    "terminal": "argparse click rich typer",
}
CLOCK_CALLS = {"today", "now", "utcnow", "fromtimestamp"}
"""Methods of date and datetime that ask the clock; the types themselves are values."""
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule broken at a place."""

    module: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.what}"


@cache
def source(module: str) -> str:
    return (PACKAGE / module).read_text(encoding="utf-8")


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(source(module))


def functions(module: ast.Module) -> list[Function]:
    return [node for node in ast.walk(module) if isinstance(node, Function)]


def imports(module: ast.Module, package: tuple[str, ...] = ()) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of everything imported, in functions and for types too."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            names = [*base, *((node.module or "").split(".") if node.module else [])]
            yield from ((node.lineno, ".".join([*names, alias.name])) for alias in node.names)


def impurities(module: ast.Module, package: tuple[str, ...] = ("usepolicy",)) -> Iterator[tuple[int, str]]:
    """Yield line and description of what a pure module may not do."""
    for line, name in imports(module, package):
        for edge in EDGES:
            if is_in(name, f"usepolicy.{edge}"):
                yield line, f"imports the edge `{name}`"
        for kind, words in IMPURE.items():
            if any(is_in(name, word) for word in words.split()):
                yield line, f"imports {kind}: `{name}`"
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK_CALLS:
            yield node.lineno, f"asks the clock: `{node.func.attr}()`"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"open", "print", "input"}:
            yield node.lineno, f"calls `{node.func.id}()`"


def is_in(name: str, parent: str) -> bool:
    return name == parent or name.startswith(f"{parent}.")


def length(function: Function) -> int:
    """Count physical lines without the docstring; decorators don't count."""
    assert function.end_lineno is not None
    first = function.body[0]
    has_doc = ast.get_docstring(function, clean=False) is not None
    doc = (first.end_lineno or first.lineno) - first.lineno + 1 if has_doc else 0
    return function.end_lineno - function.lineno + 1 - doc


def nesting(node: ast.AST, level: int = 0) -> int:
    """Return the deepest level of blocks; an `elif` is no level more, an inner function none."""
    deepest = level
    for name, value in ast.iter_fields(node):
        children = value if isinstance(value, list) else [value]
        for child in (c for c in children if isinstance(c, ast.AST)):
            if isinstance(child, Function | ast.ClassDef | ast.Lambda):
                continue
            is_elif = isinstance(node, ast.If) and name == "orelse" and isinstance(child, ast.If) and len(children) == 1
            deepest = max(deepest, nesting(child, level + (isinstance(child, BLOCKS) and not is_elif)))
    return deepest


def parameters(function: Function) -> list[str]:
    every = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return [argument.arg for argument in every if argument.arg not in {"self", "cls"}]


def undocumented(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield public classes and functions, and public methods of public classes, without docstring."""
    if ast.get_docstring(module) is None:
        yield 1, "the module has no docstring"
    for node in _public(module.body):
        if ast.get_docstring(node) is None:
            yield node.lineno, f"`{node.name}` has no docstring"


def _public(body: list[ast.stmt]) -> Iterator[Function | ast.ClassDef]:
    for node in body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _public(node.body)


def unfrozen(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield dataclasses that are not frozen."""
    for node in ast.walk(module):
        for mark in getattr(node, "decorator_list", []) if isinstance(node, ast.ClassDef) else []:
            words = ast.unparse(mark)
            if words.startswith("dataclass") and "frozen=True" not in words:
                yield node.lineno, f"dataclass `{node.name}` is not frozen"


def broad(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield handlers of everything."""
    for node in ast.walk(module):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            if caught in {"everything", "Exception", "BaseException"}:
                yield node.lineno, f"catches {caught}"


def package_of(module: str) -> tuple[str, ...]:
    return ("usepolicy", *module.split("/")[:-1])


def report(breaches: list[Breach]) -> str:
    return "\n".join(map(str, breaches))


@pytest.mark.parametrize("module", [m for m in MODULES if m.startswith(PURE)])
def test_the_core_is_pure(module: str) -> None:
    found = [Breach(module, *each) for each in impurities(tree(module), package_of(module))]
    assert not found, report(found)


@pytest.mark.parametrize("module", [m for m in MODULES if not m.startswith("cli/")])
def test_nothing_imports_the_command_line(module: str) -> None:
    found = [
        Breach(module, line, f"imports `{name}`")
        for line, name in imports(tree(module), package_of(module))
        if is_in(name, "usepolicy.cli") or is_in(name, "typer") or is_in(name, "rich")
    ]
    assert not found, report(found)


@pytest.mark.parametrize("module", MODULES)
def test_modules_are_short(module: str) -> None:
    assert len(source(module).splitlines()) <= MAX_MODULE_LINES, "split it"


@pytest.mark.parametrize("module", MODULES)
def test_functions_are_short_flat_and_narrow(module: str) -> None:
    found = []
    for function in functions(tree(module)):
        measured = {
            "lines": (length(function), MAX_FUNCTION_LINES),
            "nesting": (nesting(function), MAX_NESTING),
            "parameters": (len(parameters(function)), MAX_PARAMETERS),
        }
        found += [
            Breach(module, function.lineno, f"`{function.name}`: {number} {rule}, at most {limit}")
            for rule, (number, limit) in measured.items()
            if number > limit and (module, function.name, rule) not in EXEMPT
        ]
    assert not found, report(found)


@pytest.mark.parametrize("module", MODULES)
def test_public_names_have_docstrings(module: str) -> None:
    found = [Breach(module, *each) for each in undocumented(tree(module))]
    assert not found, report(found)


@pytest.mark.parametrize("module", [m for m in MODULES if m.startswith(PURE)])
def test_values_of_the_core_are_frozen(module: str) -> None:
    found = [Breach(module, *each) for each in unfrozen(tree(module))]
    assert not found, report(found)


@pytest.mark.parametrize("module", [m for m in MODULES if m.startswith(PURE)])
def test_the_core_catches_nothing_broadly(module: str) -> None:
    found = [Breach(module, *each) for each in broad(tree(module))]
    assert not found, report(found)


def test_every_exemption_is_needed() -> None:
    """An exemption that nothing needs any more would let the next breach through."""
    for (module, name, rule), why in EXEMPT.items():
        found = [function for function in functions(tree(module)) if function.name == name]
        assert found, f"no `{name}` in {module}"
        assert why
        assert rule == "parameters"
        assert any(len(parameters(function)) > MAX_PARAMETERS for function in found)


IMPORTS = [
    # source of a module in `policies`, what is found, why the row exists
    ("import socket", ["imports network: `socket`"], "at the top"),
    ("def f():\n    import random", ["imports randomness: `random`"], "inside a function"),
    (
        "if TYPE_CHECKING:\n    from usepolicy.reading import reader",
        ["imports the edge `usepolicy.reading.reader`"],
        "for types only is a dependency too",
    ),
    ("from usepolicy import cli", ["imports the edge `usepolicy.cli`"], "the package by its parent"),
    ("from ..reading.reader import x", ["imports the edge `usepolicy.reading.reader.x`"], "relative, from above"),
    ("from .. import store", ["imports the edge `usepolicy.store`"], "relative, the package itself"),
    ("from urllib.parse import quote", ["imports network: `urllib.parse.quote`"], "a part of it"),
    ("from datetime import date", [], "a date is a value"),
    ("date.today()", ["asks the clock: `today()`"], "but asking for today is not pure"),
    ("import timeit_like", [], "a name that only begins alike"),
    ("from usepolicy.policies import spans", [], "its own package"),
    ("open('x')", ["calls `open()`"], "files come in as arguments"),
]


@pytest.mark.parametrize(("text", "expected", "why"), IMPORTS, ids=[row[2] for row in IMPORTS])
def test_impure_modules_are_found(text: str, expected: list[str], why: str) -> None:
    found = [what for _, what in impurities(ast.parse(text), ("usepolicy", "policies"))]
    assert found == expected, why


SHAPES = [
    # function, lines, nesting, parameters, why the row exists
    ("def f(): pass", 1, 0, 0, "one line"),
    ('def f():\n    """One.\n\n    Two.\n    """\n    return 1', 2, 0, 0, "a docstring is free"),
    ("def f(self, a, *, b): pass", 1, 0, 2, "self is no parameter"),
    ("def f():\n  if a:\n    pass\n  elif b:\n    pass\n  else:\n    pass", 7, 1, 0, "elif is no level"),
    ("def f():\n  if a:\n    pass\n  else:\n    for b in c:\n      pass", 6, 2, 0, "else and a loop are two"),
    ("def f():\n  for a in b:\n    def g():\n      if c: pass", 4, 1, 0, "an inner function counts by itself"),
    ("def f():\n  with a:\n    try:\n      pass\n    except E:\n      while b: pass", 6, 3, 0, "handlers nest"),
]


@pytest.mark.parametrize(("text", "lines", "depth", "width", "why"), SHAPES, ids=[row[4] for row in SHAPES])
def test_shape_of_a_function_is_measured(text: str, lines: int, depth: int, width: int, why: str) -> None:
    function = functions(ast.parse(text))[0]
    assert (length(function), nesting(function), len(parameters(function))) == (lines, depth, width), why
