"""`usepolicy chain`: what binds whom along a supply chain, and what is lost on the way."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.options import AllowPrivate

if TYPE_CHECKING:
    from usepolicy.comparison.subjects import Subject
    from usepolicy.policies.policies import PolicyKind
    from usepolicy.supply_chain.chains import ChainPolicy, LinkId
    from usepolicy.supply_chain.propagation import ChainResult


class ChainFormat(StrEnum):
    """How a chain is printed."""

    TABLE = "table"
    JSON = "json"
    SVG = "svg"


ChainPath = Annotated[Path, typer.Argument(metavar="FILE", help="A chain file.")]
Format = Annotated[ChainFormat, typer.Option("--format", help="How to print it.")]


def chain(
    file: ChainPath,
    format: Format = ChainFormat.TABLE,
    allow_private: AllowPrivate = False,
) -> None:
    """Show what binds whom along a supply chain, and what is lost on the way."""
    from usepolicy.cli.chain_views import print_chain, summary_words
    from usepolicy.cli.render import say
    from usepolicy.supply_chain.chain_answers import plain_chain
    from usepolicy.supply_chain.diagram import chain_svg
    from usepolicy.taxonomy.categories import load_taxonomy

    result = load_result(file, allow_private=allow_private)
    if format is ChainFormat.SVG:
        sys.stdout.write(chain_svg(result, load_taxonomy()))
    elif format is ChainFormat.JSON:
        sys.stdout.write(json.dumps(plain_chain(result), ensure_ascii=False, indent=2) + "\n")
    else:
        print_chain(result)
    for line in summary_words(result):
        say(line)


def load_result(file: Path, *, allow_private: bool) -> ChainResult:
    """Return what is computed of a chain file.

    Raises: UsePolicyError: `no-such-file`, the file breaks its schema, a policy can't be read.
    """
    from usepolicy.cli.files import bytes_of
    from usepolicy.supply_chain.chain_file import load_chain
    from usepolicy.supply_chain.propagation import propagate
    from usepolicy.taxonomy.categories import load_taxonomy

    def load(source: str, kind: PolicyKind | None, link: LinkId) -> Iterator[ChainPolicy]:
        return _policies(located(source, file.parent), kind, link, allow_private=allow_private)

    taxonomy = load_taxonomy()
    data = bytes_of(file)
    chain = load_chain(data, place=str(file), categories=taxonomy.by_id, load=load)
    return propagate(chain, taxonomy)


def located(source: str, folder: Path) -> str:
    """Return what a file names, a path relative to its folder."""
    named = "://" in source or source == "study" or source.startswith("study/")
    return source if named else str(folder / source)


def _policies(
    source: str, kind: PolicyKind | None, link: LinkId, *, allow_private: bool
) -> Iterator[ChainPolicy]:
    from usepolicy.cli.subjects import load_subjects

    for subject in load_subjects([source], allow_private=allow_private):
        yield chain_policy(subject, source, kind, link)


def chain_policy(
    subject: Subject, source: str, kind: PolicyKind | None, link: LinkId
) -> ChainPolicy:
    """Return a policy or a coding as a policy of a link."""
    from usepolicy.cli.ask import asked_of
    from usepolicy.supply_chain.chains import ChainPolicy
    from usepolicy.supply_chain.duties import find_duties

    text = subject.text
    if text is None and subject.policy is not None:
        text = "\n".join(clause.text for clause in subject.policy.clauses)
    return ChainPolicy(
        link,
        asked_of(subject, label=Path(source).name),
        kind or subject.coding.identity.kind,
        find_duties(text) if text is not None else (),
        has_text=text is not None,
    )
