"""Subjects: what the CODING arguments of a command name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from usepolicy.comparison.subjects import Subject


def load_subjects(names: Sequence[str], *, allow_private: bool) -> tuple[Subject, ...]:
    """Return what the arguments name, with an ordinal behind an id that came before.

    Raises: UsePolicyError: a policy can't be read; TaxonomyError: `unknown-developer`.
    """
    from usepolicy.cli.codings import unique

    found = [s for name in names for s in _subjects(name, allow_private=allow_private)]
    codings = unique([subject.coding for subject in found])
    return tuple(replace(s, coding=coding) for s, coding in zip(found, codings, strict=True))


def _subjects(name: str, *, allow_private: bool) -> Iterator[Subject]:
    from usepolicy.cli.codings import load_codings, machine_coding
    from usepolicy.cli.files import is_study, load_works
    from usepolicy.comparison.subjects import Subject
    from usepolicy.policies.hand_codings import HandCoding

    if is_study(name):
        for loaded in load_codings(name, allow_private=allow_private):
            yield Subject(loaded.coding, place=loaded.coding.id)
        return
    for work in load_works(name, allow_private=allow_private):
        if isinstance(work, HandCoding):
            yield Subject(work.coding(), place=name)
        else:
            yield Subject(machine_coding(work.policy), work.policy, name, work.text)
