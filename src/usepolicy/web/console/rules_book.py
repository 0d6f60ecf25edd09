"""The rules book: the rules in force, candidates for their place, and how one takes it.

FAIL CLOSED: what a candidate names is looked up among what the rules in force name. An
administrator of the console can change rules; files, addresses and servers of the machine are named
on the machine.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from usepolicy.enforcement.detection import Detector
from usepolicy.enforcement.ledger import Actor
from usepolicy.enforcement.ledger_bodies import RulesChanged
from usepolicy.enforcement.ledger_codec import Draft
from usepolicy.enforcement.rules import DetectorName
from usepolicy.enforcement.rules_build import LoadedRules, Loading, load_rules
from usepolicy.enforcement.rules_file import DetectorEntry, DetectorKind
from usepolicy.errors import DeniedError, StepError, UsageError, UsePolicyError
from usepolicy.policies.policies import Policy
from usepolicy.store.ledger import Ledger, View, Wanted, new_id
from usepolicy.store.ledger_erasure import Acting
from usepolicy.taxonomy.categories import load_taxonomy

CANDIDATE = "the candidate"
"""What its problems call it."""
NOT_HERE = "rules that are tried here name what the rules in force name, and nothing else"


@dataclass(frozen=True, slots=True)
class Files:
    """How the rules file is read and written; both come in, as this knows no files."""

    read: Callable[[], bytes]
    write: Callable[[bytes], None]
    """Whole, or not at all."""
    loading: Loading
    place: Path


@dataclass(frozen=True, slots=True)
class Adoption:
    """Rules that are to take the place of those in force, and what whoever says so had seen."""

    data: bytes
    tried: str
    """SHA-256 of the rules that were tried."""
    in_force: str
    """SHA-256 of the rules that were in force then."""
    recorded: str
    """SHA-256 of the last rules on record then; empty for none."""
    summary: str


@dataclass(slots=True)
class _Named:
    """What the rules in force name, loaded."""

    policies: dict[str, Sequence[Policy]] = field(default_factory=dict)
    chains: dict[str, Sequence[Policy]] = field(default_factory=dict)
    detectors: list[tuple[DetectorEntry, Sequence[str], Detector]] = field(default_factory=list)


class RulesBook:
    """The rules file of an operator; several threads may use it."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._lock = threading.Lock()
        self._loaded: tuple[str, LoadedRules, _Named] | None = None

    @property
    def name(self) -> str:
        """Return what the file is called."""
        return self._files.place.name

    def in_force(self) -> LoadedRules:
        """Return the rules of the file as it is now.

        Raises: UsePolicyError: it can't be read, or holds no rules.
        """
        return self._now()[1]

    def candidate(self, data: bytes) -> LoadedRules:
        """Return rules that are tried.

        Raises: PolicyFileError: they are none. DeniedError: `not-in-force`.
        """
        _, _, named = self._now()
        return load_rules(
            data, place=CANDIDATE, taxonomy=load_taxonomy(), loading=self._among(named)
        )

    def adopt(self, new: Adoption, ledger: Ledger, by: Acting) -> None:
        """Put rules in the place of those in force: on record first, then in the file.

        Raises: UsageError: `not-tried`, `same-rules`. StepError: `rules-changed`.
                UsePolicyError: the file can't be written; that is on record then, too.
        """
        loaded = self.candidate(new.data).rules
        if loaded.sha256 != new.tried:
            raise UsageError("not-tried", "other rules were tried", help="try these")
        if loaded.sha256 == self.in_force().rules.sha256:
            raise UsageError("same-rules", "these are the rules in force")
        policies = tuple(version for version, _ in loaded.policies)

        def make(view: View) -> Sequence[Draft]:
            before = last_recorded(view)
            if before != new.recorded or _sha256(self._files.read()) != new.in_force:
                help = "open the page again, and try them again"
                raise StepError("rules-changed", "the rules were changed meanwhile", help=help)
            body = RulesChanged(loaded.sha256, before or None, policies, new.summary)
            return [_draft(body, by)]

        ledger.append_from(make)
        try:
            self._files.write(new.data)
        except UsePolicyError:
            back = RulesChanged(new.in_force, loaded.sha256, policies, "not done: no file written")
            ledger.append(_draft(back, by))
            raise

    def _now(self) -> tuple[str, LoadedRules, _Named]:
        data = self._files.read()
        sha256 = _sha256(data)
        with self._lock:
            if self._loaded is None or self._loaded[0] != sha256:
                named = _Named()
                loading, place = self._noting(named), str(self._files.place)
                rules = load_rules(data, place=place, taxonomy=load_taxonomy(), loading=loading)
                self._loaded = sha256, rules, named
            return self._loaded

    def _noting(self, named: _Named) -> Loading:
        """Load what the file names, and keep it for candidates."""
        loading = self._files.loading

        def policies(source: str) -> Sequence[Policy]:
            return named.policies.setdefault(source, loading.policies(source))

        def chain(source: str) -> Sequence[Policy]:
            return named.chains.setdefault(source, loading.chain(source))

        def detector(entry: DetectorEntry, those: Sequence[Policy]) -> Detector:
            made = loading.detector(entry, those)
            named.detectors.append((entry, _ids(those), made))
            return made

        return Loading(policies, chain, detector)

    def _among(self, named: _Named) -> Loading:
        """Look up what a candidate names."""

        def policies(source: str) -> Sequence[Policy]:
            return _known(named.policies, source, "policy")

        def chain(source: str) -> Sequence[Policy]:
            return _known(named.chains, source, "chain")

        def detector(entry: DetectorEntry, those: Sequence[Policy]) -> Detector:
            for each, of, made in named.detectors:
                # A guard is asked in the words of the policies: with others it is another.
                is_same = entry.kind is not DetectorKind.GUARD or of == _ids(those)
                if is_same and each.model_copy(update={"name": entry.name}) == entry:
                    return made
            if entry.file is None and entry.kind is not DetectorKind.GUARD:
                return self._files.loading.detector(entry, those)  # it comes with the package
            raise _not_in_force("detector", DetectorName(entry.name))

        return Loading(policies, chain, detector)


def last_recorded(view: View | Ledger) -> str:
    """Return the SHA-256 of the last rules on record; empty where there are none."""
    last = ""
    for entry in view.entries(Wanted(kinds=("rules_change",))):
        last = entry.body.sha256 if isinstance(entry.body, RulesChanged) else last
    return last


def _draft(body: RulesChanged, by: Acting) -> Draft:
    actor: Actor = by.actor
    return Draft(new_id("rules_change"), by.at, actor, body)


def _ids(policies: Sequence[Policy]) -> Sequence[str]:
    return [policy.version.id for policy in policies]


def _known(named: dict[str, Sequence[Policy]], source: str, what: str) -> Sequence[Policy]:
    if source not in named:
        raise _not_in_force(what, source)
    return named[source]


def _not_in_force(what: str, name: str) -> DeniedError:
    message = f"the rules in force name no {what} `{name[:60]}`"
    return DeniedError("not-in-force", message, help=NOT_HERE)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
