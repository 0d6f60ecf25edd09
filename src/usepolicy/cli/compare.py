"""`usepolicy compare`: a policy with another, or with a scheme, a law or a code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.options import AllowPrivate, TableFormat
from usepolicy.errors import UsageError

if TYPE_CHECKING:
    from usepolicy.comparison.subjects import Subject
    from usepolicy.instruments import Instrument

First = Annotated[str, typer.Argument(metavar="A", help="A policy, or `study/DEVELOPER`.")]
Second = Annotated[
    str, typer.Argument(metavar="B", help="Another, or an instrument such as `eu-ai-act`.")
]
CompareFormat = Annotated[TableFormat, typer.Option("--format", help="How to print it.")]
Recalled = Annotated[
    bool, typer.Option("--recalled", help="Also provisions that were written down from memory.")
]


def compare(
    a: First,
    b: Second,
    format: CompareFormat = TableFormat.TABLE,
    recalled: Recalled = False,
    allow_private: AllowPrivate = False,
) -> None:
    """Compare a policy with another policy, or with a scheme, a law or a code."""
    from usepolicy.instruments import find_instrument, is_instrument

    subject = _one(a, allow_private=allow_private)
    if is_instrument(b) or _is_bare_word(b):
        _with_instrument(subject, find_instrument(b), format, recalled=recalled)
    else:
        _with_policy(subject, _one(b, allow_private=allow_private), format)


def _one(name: str, *, allow_private: bool) -> Subject:
    """Return the one subject that an argument names.

    Raises: UsageError: `not-one-policy`.
    """
    from usepolicy.cli.subjects import load_subjects

    subjects = load_subjects([name], allow_private=allow_private)
    if len(subjects) != 1:
        message = f"`{name}` is {len(subjects)} policies, and one is compared"
        raise UsageError("not-one-policy", message, help="name one, such as `study/meta`")
    return subjects[0]


def _is_bare_word(name: str) -> bool:
    """Tell whether a name can only have been meant as an instrument: no file, no `study`."""
    plain = name.replace("-", "").isalnum()
    return plain and name != "study" and not Path(name).exists()


def _with_instrument(
    subject: Subject, instrument: Instrument, format: TableFormat, *, recalled: bool
) -> None:
    from usepolicy.cli.compare_views import binding_words, coverage_view, unmatched_words
    from usepolicy.cli.render import say
    from usepolicy.cli.tables import print_as
    from usepolicy.comparison.coverage import coverage_of, tally

    targets = [target for target in instrument.targets if recalled or not target.recalled]
    rows = coverage_of(subject, targets)
    print_as(coverage_view(rows), format, title=f"{subject.coding.label} and {instrument.name}")
    if not instrument.is_mapped:
        say(f"no mapping: nothing of ours is mapped to {instrument.name}, so nothing can be said")
    hidden = len(instrument.targets) - len(targets)
    if hidden:
        say(f"{hidden} provisions written down from memory are hidden; see them: --recalled")
    elif recalled:
        say("provisions marked `recalled` were not verified against the instrument")
    for line in (*binding_words([subject]), *unmatched_words(subject, rows)):
        say(line)
    counts = ", ".join(f"{number} {grade.value}" for grade, number in tally(rows).items())
    say(f"{len(rows)} targets that the crosswalk or the table names: {counts}")


def _with_policy(a: Subject, b: Subject, format: TableFormat) -> None:
    from usepolicy.cli.compare_views import differences_view, pair_summary
    from usepolicy.cli.render import say
    from usepolicy.cli.tables import print_as

    title = f"a: {a.coding.id}   b: {b.coding.id}"
    print_as(differences_view(a, b), format, title=title)
    for line in pair_summary(a, b):
        say(line)
