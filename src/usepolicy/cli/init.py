"""`usepolicy init`: a policy and rules to start from."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from usepolicy.cli.options import AllowPrivate
from usepolicy.errors import UsageError

Folder = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="Where the files are written; here if left out.")
]
OfPolicy = Annotated[
    str | None, typer.Option("--policy", help="Your policy: write only rules for it.")
]
Developer = Annotated[str, typer.Option("--developer", help="Who publishes the policy.")]
Force = Annotated[bool, typer.Option("--force", help="Write over files that exist.")]
POLICY, RULES = "policy.yaml", "rules.yaml"


def init(
    folder: Folder = Path(),
    policy: OfPolicy = None,
    developer: Developer = "Example Developer",
    force: Force = False,
    allow_private: AllowPrivate = False,
) -> None:
    """Write a policy and rules to start from, or rules for a policy of yours."""
    from usepolicy.cli.engines import rules_text
    from usepolicy.cli.files import write_files
    from usepolicy.cli.render import say, shell_word

    names = [RULES] if policy else [POLICY, RULES]
    _refuse_existing([folder / name for name in names], force=force)
    folder.mkdir(parents=True, exist_ok=True)
    if policy is None:
        write_start(folder, developer)
    else:
        text = rules_text([policy], name="starting rules", file=RULES, allow_private=allow_private)
        write_files({folder / RULES: text})
    rules = shell_word(str(folder / RULES))
    say(
        f"wrote {' and '.join(str(folder / name) for name in names)}. Edit, then: usepolicy rules check {rules}"
    )


def write_start(folder: Path, developer: str) -> None:
    """Write a policy and the rules for it."""
    from usepolicy.cli.files import write_files

    policy = _policy_text(developer)
    rules = _rules_beside(policy, f"{developer} rules")
    write_files({folder / POLICY: policy, folder / RULES: rules})


def _policy_text(developer: str) -> str:
    from usepolicy.enforcement.starting import starting_policy

    return starting_policy(developer, date.today().isoformat())


def _rules_beside(policy: str, name: str) -> str:
    from usepolicy.enforcement.starting import starting_rules
    from usepolicy.reading.policy_file import load_policy

    read = load_policy(policy, place=POLICY)
    return starting_rules([(read, POLICY)], name=name, file=RULES)


def _refuse_existing(paths: list[Path], *, force: bool) -> None:
    for path in paths:
        if path.exists() and not force:
            help = "choose another folder, or write over it with --force"
            raise UsageError("file-exists", f"`{path}` is there already", help=help)
