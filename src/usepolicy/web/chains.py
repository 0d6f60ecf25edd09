"""Chains: the chain files that a site shows, by name, each computed once.

Owns which there are. How a file is read comes in as an argument, so that no visitor makes this
site read or fetch anything: an address names one of a closed set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from usepolicy.errors import UsageError
from usepolicy.supply_chain.propagation import ChainResult
from usepolicy.taxonomy.names import offer

MOST_CHAINS = 200
ENDINGS = (".yaml", ".yml", ".json")


class Chains:
    """Chain files by their names."""

    def __init__(self, files: Mapping[str, Path], load: Callable[[Path], ChainResult]) -> None:
        self._files = files
        self._load = load
        self._made: dict[str, ChainResult] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """All names, sorted."""
        return tuple(sorted(self._files))

    def get(self, name: str) -> ChainResult:
        """Return what is computed of a chain.

        Raises: UsageError: `no-such-chain`; UsePolicyError: its file or a policy can't be read.
        """
        if name not in self._files:
            help = offer(name, list(self._files), "list them: /chains")
            raise UsageError("no-such-chain", f"there is no chain `{name[:80]}`", help=help)
        if name not in self._made:
            self._made[name] = self._load(self._files[name])
        return self._made[name]


def chain_files(folder: Path) -> dict[str, Path]:
    """Return the chain files directly in a folder, by their names without the ending."""
    files = sorted(each for each in folder.iterdir() if each.suffix.lower() in ENDINGS)
    return {each.stem: each for each in files[:MOST_CHAINS] if each.is_file()}


def _no_file(path: Path) -> ChainResult:
    raise AssertionError(f"no chain is asked for: {path}")


NO_CHAINS = Chains({}, _no_file)
