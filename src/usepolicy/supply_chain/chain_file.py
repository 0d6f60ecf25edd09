"""The chain file: the links of a supply chain as YAML or JSON.

Owns the names, types and meaning of the keys, and the JSON Schema. How a policy is read from what
the file names comes in as an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from pydantic import BaseModel, StrictStr

from usepolicy.errors import UsePolicyError
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.policies import PolicyKind
from usepolicy.reading.policy_problems import Path, Report, did_you_mean, shown
from usepolicy.reading.policy_schema import FileEntry, check_model, schema_of, schema_text
from usepolicy.reading.policy_tree import read_tree
from usepolicy.reading.policy_values import Words
from usepolicy.supply_chain.chains import (
    Access,
    Agreement,
    Chain,
    ChainPolicy,
    Link,
    LinkId,
    LinkKind,
    chain_of,
)
from usepolicy.supply_chain.duties import DutyKind

CHAIN_SCHEMA_VERSION = 1
"""Raised when a key is removed or changes its meaning; part of the schema's `$id`."""

LoadPolicies = Callable[[str, PolicyKind | None, LinkId], Iterable[ChainPolicy]]
"""From what a chain file names, its kind there and the link, to the policies."""


class LinkedPolicyEntry(FileEntry):
    """A policy of a link."""

    source: Words
    """A policy file, a document, an address or `study/DEVELOPER`; a path is relative to the file."""
    kind: PolicyKind | None = None
    """What it is; a `licence` travels with files."""


class AgreementEntry(FileEntry):
    """A contract with a link above that lifts restrictions."""

    with_link: Words
    """Id of the link that it is made with."""
    lifts: tuple[StrictStr, ...]
    """Ids of the categories that it lifts."""
    document: Words
    """Which contract."""


class LinkEntry(FileEntry):
    """One party of the chain."""

    id: Words
    """Short name, unique in the file."""
    kind: LinkKind
    """What it is in the chain."""
    name: StrictStr = ""
    """Its name for people; the id if left out."""
    takes_from: tuple[StrictStr, ...] | None = None
    """Ids of the links above; the link before if left out, none for the first."""
    access: Access | None = None
    """How it gives to those below: `api`, `interface` or `weights`; left out at the end."""
    policies: tuple[LinkedPolicyEntry, ...] = ()
    """The policies that it lays on those below."""
    passes_on: tuple[StrictStr, ...] = ()
    """Ids of links above whose policies its own terms bind those below to, or `all`."""
    documents: tuple[DutyKind, ...] = ()
    """What it hands on in writing: `licence_copy`, `model_card`, `attribution`."""
    agreements: tuple[AgreementEntry, ...] = ()
    """Contracts that lift restrictions for it."""


class ChainFile(FileEntry):
    """A supply chain, from the developer to the user."""

    chain: Words
    """What the chain is called."""
    links: tuple[LinkEntry, ...]
    """Its links; those above before those below, if `takes_from` is left out."""


CHAIN_ENTRIES: Mapping[str, type[BaseModel]] = {
    "": ChainFile,
    "links": LinkEntry,
    "policies": LinkedPolicyEntry,
    "agreements": AgreementEntry,
}
"""The model of each in the list under a key; `""` is the file."""


def chain_schema_text() -> str:
    """Return the JSON Schema as `schemas/chain.schema.json` holds it."""
    return schema_text(schema_of(ChainFile, "chain", CHAIN_SCHEMA_VERSION))


def load_chain(data: bytes, *, place: str, categories: Iterable[str], load: LoadPolicies) -> Chain:
    """Return the chain that a file holds, its policies loaded.

    Args:   place: path of the file, for messages; categories: ids that an agreement may lift.
    Raises: PolicyFileError: the file breaks its format or schema, or names no category.
            SchemaError: `duplicate-link`, `unknown-link`, `cyclic-chain`.
            UsePolicyError: a policy can't be read.
    """
    root = read_tree(data, place=place)
    report = Report(place, root.line_of)
    file = check_model(root, ChainFile, CHAIN_ENTRIES, report)
    if file is not None:
        _check(file, frozenset(categories), report)
    report.raise_if_any()
    assert file is not None
    # The shape first: a chain that is none must not cost the reading of its policies.
    chain_of(file.chain, _links(file, lambda *_: ()), place=place)
    return chain_of(file.chain, _links(file, _placed(load, place)), place=place)


def _placed(load: LoadPolicies, place: str) -> LoadPolicies:
    """Return what loads policies and tells of one that it can't, which link names it."""

    def placed(source: str, kind: PolicyKind | None, link: LinkId) -> Iterable[ChainPolicy]:
        try:
            return tuple(load(source, kind, link))
        except UsePolicyError as error:
            at = f"{place}, link `{link}`"
            error.place = f"{at}: {error.place}" if error.place else at
            raise

    return placed


def _check(file: ChainFile, categories: frozenset[str], report: Report) -> None:
    if not file.links:
        report.add(("links",), "no-links", "the chain has no links")
    for path, category in _lifted(file):
        if category not in categories:
            help = did_you_mean(category, categories) or "list them: `usepolicy categories`"
            message = f"unknown category `{shown(category)}`"
            report.add(path, "unknown-category", message, help=help)


def _lifted(file: ChainFile) -> Iterator[tuple[Path, str]]:
    for number, link in enumerate(file.links):
        for index, agreement in enumerate(link.agreements):
            path: Path = ("links", number, "agreements", index, "lifts")
            yield from ((path, category) for category in agreement.lifts)


def _links(file: ChainFile, load: LoadPolicies) -> list[Link]:
    found: list[Link] = []
    for entry in file.links:
        before = (found[-1].id,) if found else ()
        sources = before if entry.takes_from is None else tuple(map(LinkId, entry.takes_from))
        link = LinkId(entry.id)
        policies = (p for each in entry.policies for p in load(each.source, each.kind, link))
        found.append(
            Link(
                link,
                entry.kind,
                entry.name or entry.id,
                sources,
                entry.access,
                tuple(policies),
                tuple(map(LinkId, entry.passes_on)),
                entry.documents,
                tuple(map(_agreement, entry.agreements)),
            )
        )
    return found


def _agreement(entry: AgreementEntry) -> Agreement:
    lifts = tuple(map(CategoryId, entry.lifts))
    return Agreement(LinkId(entry.with_link), lifts, entry.document)
