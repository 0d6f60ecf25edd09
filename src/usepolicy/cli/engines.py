"""Engines: the rules that a command names, loaded and ready to decide."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence, Set

    from usepolicy.enforcement.detection import Detector
    from usepolicy.enforcement.engine import Engine
    from usepolicy.enforcement.pins import Pin
    from usepolicy.enforcement.rules_build import LoadedRules, Loading
    from usepolicy.enforcement.rules_file import DetectorEntry
    from usepolicy.policies.clauses import CategoryId
    from usepolicy.policies.policies import Policy, PolicyKind
    from usepolicy.store.recorder import Recorder
    from usepolicy.supply_chain.chains import ChainPolicy, LinkId
    from usepolicy.supply_chain.propagation import ChainResult

RulesPath = Annotated[
    Path | None, typer.Option("--rules", metavar="FILE", help="A rules file, as `init` writes one.")
]
OfPolicy = Annotated[
    str | None, typer.Option("--policy", help="A policy, with the rules to start from.")
]


def load_rules_file(path: Path, *, allow_private: bool) -> LoadedRules:
    """Return the rules of a file, with the policies and detectors that it names.

    Raises: PolicyFileError: the file breaks its schema; UsePolicyError: a file can't be read.
    """
    from usepolicy.cli.files import bytes_of

    return _load(bytes_of(path), path, allow_private=allow_private)


def load_engine(rules: Path | None, policy: str | None, *, allow_private: bool) -> Engine:
    """Return the engine of a rules file, or of a policy with the rules to start from.

    Raises: UsageError: `no-rules`, `two-rules`.
    """
    from usepolicy.enforcement.engine import Engine

    loaded = load_either(rules, policy, allow_private=allow_private)
    return Engine(loaded.rules, loaded.detectors)


def recorder_for(engine: Engine, ledger: str, keys: str | None, ladder: Path | None) -> Recorder:
    """Return what writes decisions to a ledger, which is made where there is none.

    Raises: StoreError: a database can't be used; PolicyFileError: the ladder breaks its schema.
    """
    from datetime import UTC, datetime

    from usepolicy.cli.files import bytes_of
    from usepolicy.enforcement.ladder_file import load_ladder
    from usepolicy.enforcement.sanctions import Office, Telling
    from usepolicy.store.ledger import Ledger, new_id
    from usepolicy.store.ledger_keys import Keys, default_place
    from usepolicy.store.recorder import Recorder
    from usepolicy.web.examples import example_ladder

    data, place = (bytes_of(ladder), str(ladder)) if ladder else (example_ladder(), "the example")
    office = Office(load_ladder(data, place=place), new_id, Telling("standard", "en", "page"))
    kept = Ledger.open(ledger)
    secrets = Keys.open(keys or default_place(), beside=kept.place)
    recorder = Recorder(engine, kept, secrets, office, lambda: datetime.now(UTC))
    recorder.begin(engine.rules.name)
    return recorder


def load_either(rules: Path | None, policy: str | None, *, allow_private: bool) -> LoadedRules:
    """Return the rules of a file, or those to start from for a policy, as `load_engine` does."""
    if rules is not None and policy is not None:
        raise UsageError("two-rules", "`--rules` and `--policy` each say what is enforced")
    if rules is not None:
        return load_rules_file(rules, allow_private=allow_private)
    if policy is None:
        help = "write rules to start from: usepolicy init"
        raise UsageError("no-rules", "write `--rules FILE` or `--policy POLICY`", help=help)
    text = rules_text(
        [policy], name="starting rules", file="rules.yaml", allow_private=allow_private
    )
    return _load(text.encode(), Path("rules.yaml"), allow_private=allow_private)


def current_pins(path: Path, *, allow_private: bool) -> Iterator[tuple[str, Pin]]:
    """Yield the policies that a rules file names, each as it is read now.

    Raises: PolicyFileError: the file breaks its schema; UsePolicyError: a policy can't be read.
    """
    from usepolicy.cli.files import bytes_of
    from usepolicy.enforcement.pins import pin_of
    from usepolicy.enforcement.rules_build import read_rules_file

    file = read_rules_file(bytes_of(path), place=str(path))
    for entry in file.policies:
        for policy in _policies_beside(path.parent, entry.source, allow_private=allow_private):
            yield entry.source, pin_of(policy)


def rules_text(sources: Sequence[str], *, name: str, file: str, allow_private: bool) -> str:
    """Return the rules file to start from for policies.

    Raises: UsePolicyError: a policy can't be read; UsageError: `nothing-to-enforce`.
    """
    from usepolicy.cli.files import load_policies
    from usepolicy.enforcement.starting import starting_rules

    policies = [
        (policy, source)
        for source in sources
        for policy in load_policies(source, allow_private=allow_private)
    ]
    text = starting_rules(policies, name=name, file=file)
    if "\nrules: []" in text:
        message = "the policy forbids nothing that the shipped patterns can show"
        help = "see what it forbids: usepolicy show POLICY"
        raise UsageError("nothing-to-enforce", message, help=help)
    return text


def _load(data: bytes, path: Path, *, allow_private: bool) -> LoadedRules:
    from usepolicy.enforcement.rules_build import load_rules
    from usepolicy.taxonomy.categories import load_taxonomy

    loading = loading_beside(path, allow_private=allow_private)
    return load_rules(data, place=str(path), taxonomy=load_taxonomy(), loading=loading)


def loading_beside(path: Path, *, allow_private: bool) -> Loading:
    """Return how what the rules file at a path names is loaded: relative to its folder."""
    from usepolicy.cli.chain import located
    from usepolicy.enforcement.detectors import build_detector
    from usepolicy.enforcement.guards.spec import Surroundings
    from usepolicy.enforcement.rules_build import Loading

    folder = path.parent

    def policies(source: str) -> Sequence[Policy]:
        return _policies_beside(folder, source, allow_private=allow_private)

    def chain(source: str) -> Sequence[Policy]:
        return _chain_policies(Path(located(source, folder)), allow_private=allow_private)

    def detector(entry: DetectorEntry, policies: Sequence[Policy]) -> Detector:
        around = Surroundings(policies, folder, os.environ, str(path))
        read = partial(_file_beside, folder)
        return build_detector(entry, read, around)

    return Loading(policies, chain, detector)


def _file_beside(folder: Path, name: str) -> tuple[bytes, str]:
    from usepolicy.cli.files import bytes_of

    return bytes_of(folder / name), str(folder / name)


def _policies_beside(folder: Path, source: str, *, allow_private: bool) -> Sequence[Policy]:
    """Return the policies of a source, which may be a path relative to the rules file."""
    from usepolicy.cli.files import load_policies
    from usepolicy.reading.sources import is_address

    beside = folder / source
    named = source if is_address(source) or not beside.exists() else str(beside)
    return load_policies(named, allow_private=allow_private)


def _chain_policies(path: Path, *, allow_private: bool) -> list[Policy]:
    """Return the policies that bind at the end of a chain, without what agreements lift there."""
    from usepolicy.cli.chain import chain_policy, located
    from usepolicy.cli.files import bytes_of
    from usepolicy.cli.subjects import load_subjects
    from usepolicy.supply_chain.chain_file import load_chain
    from usepolicy.supply_chain.propagation import propagate
    from usepolicy.taxonomy.categories import load_taxonomy

    read: dict[str, Policy] = {}

    def load(source: str, kind: PolicyKind | None, link: LinkId) -> Iterator[ChainPolicy]:
        named = located(source, path.parent)
        for subject in load_subjects([named], allow_private=allow_private):
            if subject.policy is not None:
                read[subject.policy.version.id] = subject.policy
            yield chain_policy(subject, named, kind, link)

    taxonomy = load_taxonomy()
    chain = load_chain(bytes_of(path), place=str(path), categories=taxonomy.by_id, load=load)
    return _binding(propagate(chain, taxonomy), read)


def _binding(result: ChainResult, read: dict[str, Policy]) -> list[Policy]:
    ends = {link.id for link in result.chain.ends}
    at_the_end = [link for link in result.links if link.link.id in ends]
    lifted = {b.category for link in at_the_end for b in link.bound if b.lifted}
    ids = {b.policy.asked.id for link in at_the_end for b in link.bindings if b.binds}
    return [_without(policy, lifted) for id, policy in read.items() if id in ids]


def _without(policy: Policy, lifted: Set[CategoryId]) -> Policy:
    if not lifted:
        return policy
    clauses = tuple(
        replace(c, restrictions=tuple(r for r in c.restrictions if r.category not in lifted))
        for c in policy.clauses
    )
    return replace(policy, clauses=clauses)
