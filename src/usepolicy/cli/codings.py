"""Codings: what a CODING argument stands for, and how people's cells win over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from usepolicy.cli.files import is_study, load_works
from usepolicy.cli.render import say, say_findings
from usepolicy.errors import TaxonomyError, UsageError
from usepolicy.policies.codings import Coding, coding_of
from usepolicy.policies.hand_codings import Carried, HandCoding, carry, with_hand
from usepolicy.policies.places import KnownWords

if TYPE_CHECKING:
    from usepolicy.policies.policies import Policy


@dataclass(frozen=True, slots=True)
class Loaded:
    """A coding with what its words are in."""

    coding: Coding
    text_sha256: str = ""
    """Hash of the text that its evidence cites; empty for the study, which cites none."""
    by_hand: bool = False
    """Whether it is a coding file's."""


def load_codings(
    name: str, *, allow_private: bool, people: Sequence[HandCoding] = ()
) -> list[Loaded]:
    """Return the codings of a CODING argument.

    Args: people: hand codings whose cells win over those read of the same policy.
    """
    from usepolicy.study import study_codings

    if is_study(name):
        whole = "/" not in name
        return [Loaded(c) for c in (study_codings() if whole else [_study_coding(name)])]
    works = load_works(name, allow_private=allow_private)
    say_findings([work.policy for work in works if not isinstance(work, HandCoding)], name)
    return [
        Loaded(work.coding(), work.text_sha256, by_hand=True)
        if isinstance(work, HandCoding)
        else Loaded(_with_people(work, people, name), work.policy.version.text_sha256)
        for work in works
    ]


def load_people(names: Sequence[str] | None) -> list[HandCoding]:
    """Return the hand codings of coding files, or of folders of them.

    Raises: UsageError: `not-a-coding`.
    """
    found = []
    for name in names or ():
        for work in load_works(name, allow_private=False):
            if not isinstance(work, HandCoding):
                help = "make one: usepolicy coding edit POLICY --from SHEET.csv -o CODING.yaml"
                raise UsageError("not-a-coding", f"`{name}` is no coding file", help=help)
            found.append(work)
    return found


def unique(codings: Sequence[Coding]) -> tuple[Coding, ...]:
    """Return the codings with an ordinal behind an id that came before."""
    seen: dict[str, int] = {}
    found = []
    for coding in codings:
        seen[coding.id] = number = seen.get(coding.id, 0) + 1
        found.append(coding if number == 1 else replace(coding, id=f"{coding.id} ({number})"))
    return tuple(found)


def machine_coding(policy: Policy) -> Coding:
    """Return what was read of a policy, with a cell for every category."""
    from usepolicy.reading.reader import BUILT_IN_READER
    from usepolicy.taxonomy.categories import load_taxonomy

    version = policy.version
    coder = version.reader or ("hand" if version.parser == "hand" else BUILT_IN_READER)
    return coding_of(policy, load_taxonomy().study_names, coder=coder)


def say_lost(carried: Carried, place: str) -> None:
    """Tell which cells a person must look at again, a line each."""
    for cell in carried.lost:
        quote = f": “{cell.words[0].evidence.quote}”" if cell.words else ""
        message = f"`{cell.category}` by {cell.coder} does not hold for this text{quote}"
        say(f"warning[look-again]: {place}: {message}")


def _with_people(known: KnownWords, people: Sequence[HandCoding], place: str) -> Coding:
    coding = machine = machine_coding(known.policy)
    for hand in people:
        if hand.concerns(known.policy.version):
            carried = carry(hand, known, machine)
            say_lost(carried, place)
            coding = with_hand(coding, carried.coding)
    return coding


def _study_coding(name: str) -> Coding:
    from usepolicy.study import study_codings
    from usepolicy.taxonomy.names import nearest

    codings = {coding.id: coding for coding in study_codings()}
    if name.casefold() not in codings:
        near = nearest(name.partition("/")[2], [key.removeprefix("study/") for key in codings])
        help_ = f"did you mean `study/{near}`" if near else f"one of: {', '.join(codings)}"
        raise TaxonomyError("unknown-developer", f"no developer `{name}` in the study", help=help_)
    return codings[name.casefold()]
