"""`usepolicy compile`: a policy in the form that a guard needs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.options import AllowPrivate
from usepolicy.enforcement.guards.form import Form
from usepolicy.errors import UsePolicyError

if TYPE_CHECKING:
    from usepolicy.enforcement.guards.compiled import Compiled
    from usepolicy.policies.clauses import CategoryId

Policy = Annotated[str, typer.Argument(help="A document, an address, `-`, a policy file or an id.")]
For = Annotated[Form, typer.Option("--for", help="The guard.")]
Categories = Annotated[
    str | None,
    typer.Option("--categories", help="Only these, and what is below them: names, with commas."),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print texts, codes and findings as one JSON object.")
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FOLDER", help="Write the texts and codes.json there."),
]
CODES = "codes.json"


def compile_(
    policy: Policy,
    for_: For,
    categories: Categories = None,
    output: Output = None,
    json: AsJson = False,
    allow_private: AllowPrivate = False,
) -> None:
    """Put what a policy forbids into the form that a guard needs; each code leads to its clauses."""
    from usepolicy.cli.files import load_policies
    from usepolicy.cli.render import say, say_findings
    from usepolicy.enforcement.guards.forms import compile_for
    from usepolicy.reading.policy_yaml import to_json

    wanted = _categories(categories or "")
    policies = load_policies(policy, allow_private=allow_private)
    say_findings(policies, policy)
    compiled = compile_for(for_, policies, wanted)
    if output is not None:
        _write(compiled, output)
    elif json:
        sys.stdout.write(to_json(compiled.as_json()))
    else:
        _print(compiled)
    for finding in compiled.findings:
        say(f"warning[{finding.code}]: {finding.message}")
    say(_summary(compiled, output))


def _categories(names: str) -> list[CategoryId]:
    """Return the categories and groups that an option names.

    Raises: TaxonomyError: `unknown-category`.
    """
    from usepolicy.policies.clauses import CategoryId
    from usepolicy.taxonomy.categories import load_taxonomy

    taxonomy = load_taxonomy()
    groups = {group.id for group in taxonomy.groups}
    given = [name.strip() for name in names.split(",") if name.strip()]
    return [CategoryId(n) if n in groups else taxonomy.resolve(n).id for n in given]


def _print(compiled: Compiled) -> None:
    """Print the texts; where there are several, each under its name."""
    for number, pack in enumerate(compiled.packs):
        if len(compiled.packs) > 1:
            sys.stdout.write(("\n" if number else "") + f"==> {pack.name} <==\n")
        sys.stdout.write(pack.text)


def _write(compiled: Compiled, folder: Path) -> None:
    from usepolicy.cli.files import write_files
    from usepolicy.reading.policy_yaml import to_json

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the folder can't be made: {(error.strerror or 'not writable').lower()}"
        raise UsePolicyError("unwritable", message, place=str(folder)) from error
    texts: dict[Path, str | bytes] = {folder / pack.name: pack.text for pack in compiled.packs}
    write_files(texts | {folder / CODES: to_json(compiled.as_json())})


def _summary(compiled: Compiled, folder: Path | None) -> str:
    from usepolicy.cli.render import shell_word

    restrictions = {each for code in compiled.codes for each in code.restrictions}
    counts = f"{len(compiled.codes)} codes for {len(restrictions)} restrictions"
    if folder is None:
        return f"{counts}, {len(compiled.packs)} texts. Keep them with the way back: -o FOLDER"
    place = shell_word(str(folder / CODES))
    return f"{counts}, {len(compiled.packs)} texts. What each code cites: {place}"
