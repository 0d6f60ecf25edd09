"""The documentation: it builds without a warning, and what a tutorial tells to type works."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from usepolicy.cli.app import main

ROOT = Path(__file__).parents[2]
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))


def commands(path: Path) -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", path.read_text("utf-8"), re.S)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_every_command_of_a_tutorial_works(path, tmp_path, monkeypatch, capsys):
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("USEPOLICY_CATALOGUE", str(tmp_path / "catalogue.sqlite"))
    asked = commands(path)
    assert len(asked) >= 6
    for line in asked:
        name, *arguments = shlex.split(line)
        assert name == "usepolicy"
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert not ended.value.code, f"{line}\n{capsys.readouterr().err}"


@pytest.mark.skipif(find_spec("mkdocs") is None, reason="no mkdocs: pip install 'usepolicy[docs]'")
def test_the_documentation_builds_without_a_warning(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "harm-to-children" in (tmp_path / "taxonomy" / "index.html").read_text("utf-8")
    assert (tmp_path / "figures" / "7.svg").is_file()
