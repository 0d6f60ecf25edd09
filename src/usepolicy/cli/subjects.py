"""Subjects: what the CODING arguments of a command name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from usepolicy.errors import TaxonomyError

if TYPE_CHECKING:
    from usepolicy.comparison.subjects import Subject


def load_subjects(names: Sequence[str], *, allow_private: bool) -> tuple[Subject, ...]:
    """Return what the arguments name, with an ordinal behind an id that came before.

    Raises: UsePolicyError: a policy can't be read; TaxonomyError: `unknown-developer`.
    """
    seen: dict[str, int] = {}
    found = []
    for subject in (s for name in names for s in _subjects(name, allow_private=allow_private)):
        coding = subject.coding
        seen[coding.id] = number = seen.get(coding.id, 0) + 1
        unique = coding if number == 1 else replace(coding, id=f"{coding.id} ({number})")
        found.append(replace(subject, coding=unique))
    return tuple(found)


def _subjects(name: str, *, allow_private: bool) -> Iterator[Subject]:
    from usepolicy.cli.files import load_readings
    from usepolicy.comparison.subjects import Subject
    from usepolicy.policies.codings import coding_of
    from usepolicy.reading.reader import BUILT_IN_READER
    from usepolicy.taxonomy.categories import load_taxonomy

    if name == "study" or name.startswith("study/"):
        yield from _study_subjects(name)
        return
    categories = [category.id for category in load_taxonomy().categories]
    for policy, text in load_readings(name, allow_private=allow_private):
        coder = "hand" if policy.version.parser == "hand" else BUILT_IN_READER
        yield Subject(coding_of(policy, categories, coder=coder), policy, name, text)


def _study_subjects(name: str) -> tuple[Subject, ...]:
    from usepolicy.figures.build import study_subjects
    from usepolicy.taxonomy.names import nearest

    subjects = {subject.coding.id: subject for subject in study_subjects()}
    if name == "study":
        return tuple(subjects.values())
    if name not in subjects:
        near = nearest(
            name.removeprefix("study/"), [key.removeprefix("study/") for key in subjects]
        )
        help_ = f"did you mean `study/{near}`" if near else f"one of: {', '.join(subjects)}"
        raise TaxonomyError("unknown-developer", f"no developer `{name}` in the study", help=help_)
    return (subjects[name],)
