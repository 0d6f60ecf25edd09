"""The house style that a program can hold: who imports whom, and how big things are."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "usepolicy"
MODULES = sorted(SOURCE.rglob("*.py"))

PURE = ("policies", "taxonomy", "comparison")
"""Packages without network, clock, randomness or database."""
NOT_FOR_PURE = re.compile(
    r"usepolicy\.(?:reading|labelling|cli|web|gateway|store|tracking|study)\b|"
    r"(?:httpx|aiohttp|requests|socket|urllib|sqlite3|sqlalchemy|random|secrets|time|uuid|subprocess|asyncio|typer|rich)\b"
)
PURE_MODULES = {
    f"enforcement/{name}.py"
    for name in [
        "contents",
        "decisions",
        "detection",
        "grounds",
        "ladder_trial",
        "outcomes",
        "plans",
        "requests",
        "resources",
        "rules",
        "rules_diff",
        "trial",
        "trial_bounds",
        "unseen",
    ]
}
"""What decides: pure, beside modules that read files and search texts."""
MAX_MODULE, MAX_FUNCTION, MAX_NESTING, MAX_PARAMETERS = 400, 40, 3, 5
EXEMPT = {
    ("cli/read.py", "read", "parameters"): "a parameter is an option of the command line",
    ("cli/ask.py", "ask", "parameters"): "the same",
    ("cli/matrix.py", "matrix", "parameters"): "the same",
    ("cli/figure.py", "figure", "parameters"): "the same",
    ("cli/survey.py", "survey", "parameters"): "the same",
    ("cli/compile.py", "compile_", "parameters"): "the same",
    ("cli/coding.py", "edit", "parameters"): "the same",
    ("cli/catalogue.py", "add", "parameters"): "the same",
    ("cli/coding_sets.py", "compare", "parameters"): "the same",
    ("cli/decide.py", "decide", "parameters"): "the same",
    ("cli/evaluate.py", "evaluate", "parameters"): "the same",
    ("cli/track_digest.py", "digest", "parameters"): "the same",
    ("cli/track_feed.py", "feed", "parameters"): "the same",
    ("cli/track_list.py", "list_", "parameters"): "the same",
    ("cli/track_notify.py", "notify", "parameters"): "the same",
    ("cli/report.py", "make_report", "parameters"): "the same",
    ("cli/console.py", "console", "parameters"): "the same",
    ("cli/console.py", "add", "parameters"): "the same",
    ("cli/serve.py", "serve", "parameters"): "the same",
    ("cli/ledger.py", "standing", "parameters"): "the same",
    ("cli/ledger_lift.py", "lift", "parameters"): "the same",
    ("cli/ledger_hook.py", "hook", "parameters"): "the same",
    ("cli/notices.py", "send", "parameters"): "the same",
    ("cli/rules.py", "try_", "parameters"): "the same",
}
BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match)


def name_of(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def imports(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module]
    return found


@pytest.mark.parametrize(
    "path",
    [m for m in MODULES if name_of(m).split("/")[0] in PURE or name_of(m) in PURE_MODULES],
    ids=name_of,
)
def test_the_core_is_pure(path: Path) -> None:
    assert [name for name in imports(path) if NOT_FOR_PURE.match(name)] == []


@pytest.mark.parametrize(
    "path", [m for m in MODULES if not name_of(m).startswith(("cli/", "__main__"))], ids=name_of
)
def test_nothing_imports_the_command_line(path: Path) -> None:
    assert [name for name in imports(path) if name.startswith(("usepolicy.cli", "typer"))] == []


def depth(node: ast.AST, level: int = 0) -> int:
    """Return the deepest nesting of blocks; an `elif` is no level of its own."""
    best = level
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, ast.FunctionDef | ast.ClassDef):
                continue
            elif_ = field == "orelse" and isinstance(node, ast.If) and isinstance(child, ast.If)
            best = max(best, depth(child, level + (isinstance(child, BLOCKS) and not elif_)))
    return best


def too_big(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        documented = ast.get_docstring(node) is not None
        first = node.body[1] if documented and len(node.body) > 1 else node.body[0]
        sizes = {
            "lines": ((node.end_lineno or 0) - first.lineno + 2, MAX_FUNCTION),
            "nesting": (depth(node), MAX_NESTING),
            "parameters": (
                len(node.args.args) + len(node.args.kwonlyargs),
                MAX_PARAMETERS
                + (node.args.args[:1] != [] and node.args.args[0].arg in ("self", "cls")),
            ),
        }
        found += [
            f"{node.name}: {size} {what}, at most {limit}"
            for what, (size, limit) in sizes.items()
            if size > limit and (name_of(path), node.name, what) not in EXEMPT
        ]
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_is_too_big(path: Path) -> None:
    assert too_big(path) == []
    assert len(path.read_text("utf-8").splitlines()) <= MAX_MODULE


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_what_is_public_is_documented(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree), "a module says what it owns"
    public = [
        n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef) and n.name[0] != "_"
    ]
    assert [n.name for n in public if not ast.get_docstring(n)] == []


def test_every_dataclass_of_the_core_is_frozen() -> None:
    loose = []
    for path in MODULES:
        if name_of(path).split("/")[0] in PURE:
            decorators = [
                ast.unparse(d)
                for n in ast.walk(ast.parse(path.read_text("utf-8")))
                if isinstance(n, ast.ClassDef)
                for d in n.decorator_list
            ]
            loose += [
                (name_of(path), d)
                for d in decorators
                if d.startswith("dataclass") and "frozen=True" not in d
            ]
    assert loose == []


FORBIDDEN = re.compile(r"/work/|/root/|/home/")


@pytest.mark.parametrize("folder", ["src", "docs", "examples", "bench", "schemas"])
def test_no_path_of_a_machine_is_named(folder: str) -> None:
    files = [
        p
        for p in (ROOT / folder).rglob("*")
        if p.suffix in {".py", ".md", ".yaml", ".csv", ".json"}
    ]
    assert [p.name for p in files if FORBIDDEN.search(p.read_text("utf-8"))] == []


def test_the_readme_is_short_and_its_links_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= 90
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_picture_of_the_readme_is_what_the_program_prints() -> None:
    done = subprocess.run(
        [sys.executable, "docs/picture.py"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_python_of_the_readme_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    assert code
    exec(compile(code.group(1), "README.md", "exec"), {})
    assert "suicide prohibited" in capsys.readouterr().out
