"""Running cases: each file with the rules that it names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from usepolicy.enforcement.cases import Difference


def run_cases(files: Sequence[Path], *, allow_private: bool) -> int:
    """Run the cases of files and print what differs; return how many cases do.

    Raises: PolicyFileError: a file breaks its schema; UsePolicyError: one can't be read.
    """
    from usepolicy.cli.render import printable, say

    number = failed = 0
    for path in files:
        count, found = _run(path, allow_private=allow_private)
        number += count
        failed += len({each.case for each in found})
        for each in found:
            print(printable(f"{path}: {each.case}: {each.what}"))
            print(printable(f"  expected {each.expected}"))
            print(printable(f"  found    {each.found}"))
    say(f"{number} cases, {failed} failed")
    return failed


def _run(path: Path, *, allow_private: bool) -> tuple[int, list[Difference]]:
    from usepolicy.cli.engines import load_engine
    from usepolicy.cli.files import bytes_of
    from usepolicy.enforcement.cases import differences, load_cases
    from usepolicy.enforcement.request_lines import labelled_entry

    file = load_cases(bytes_of(path), place=str(path))
    engine = load_engine(path.parent / file.rules, None, allow_private=allow_private)
    requests = [
        labelled_entry(case.request, number).request for number, case in enumerate(file.cases, 1)
    ]
    decided = zip(file.cases, engine.decide(requests), strict=True)
    return len(file.cases), [each for case, d in decided for each in differences(case, d)]
