"""The chains that `usepolicy serve` shows: those of a folder, or the worked examples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from usepolicy.errors import UsePolicyError

if TYPE_CHECKING:
    from usepolicy.supply_chain.propagation import ChainResult
    from usepolicy.web.chains import Chains


def served_chains(folder: Path | None) -> Chains:
    """Return the chains of a folder, each read at once; without a folder the examples, when asked.

    Raises: UsePolicyError: `no-such-folder`, `no-chains`, a file is no chain.
    """
    from usepolicy.cli.chain import load_result
    from usepolicy.web.chains import Chains, chain_files
    from usepolicy.web.examples import example_chains

    def load(file: Path) -> ChainResult:
        return load_result(file, allow_private=False)

    if folder is None:
        return Chains(chain_files(example_chains()), load)
    if not folder.is_dir():
        help = "give a folder with chain files"
        message = "there is no such folder"
        raise UsePolicyError("no-such-folder", message, place=str(folder), help=help)
    made = Chains(chain_files(folder), load)
    if not made.names:
        help = "a chain file is YAML or JSON: usepolicy schema chain"
        raise UsePolicyError(
            "no-chains", "the folder has no chain file", place=str(folder), help=help
        )
    for name in made.names:
        made.get(name)
    return made
