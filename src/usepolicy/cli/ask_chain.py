"""`usepolicy ask --chain`: whether a use is allowed at the end of a supply chain."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from usepolicy.cli.ask_views import summary_words, use_words, verdict_rows
from usepolicy.cli.chain import load_result
from usepolicy.cli.chain_views import binds_words
from usepolicy.cli.options import ExplainFormat
from usepolicy.cli.render import print_table, say
from usepolicy.supply_chain.chain_answers import plain_end_answer
from usepolicy.supply_chain.ends import EndVerdict, end_verdicts
from usepolicy.taxonomy.categories import load_taxonomy

if TYPE_CHECKING:
    from usepolicy.supply_chain.uses import Use

HEADS = ("link", "binds", "policy", "verdict", "basis", "category", "words", "conditions")


def ask_chain(use: Use, file: Path, format: ExplainFormat, *, allow_private: bool) -> None:
    """Print what each policy of a chain says of a use, and what that comes to at its end."""
    result = load_result(file, allow_private=allow_private)
    ends = end_verdicts(use, result, load_taxonomy()) if use.unclear is None else ()
    if format is ExplainFormat.JSON:
        answer = plain_end_answer(use, ends, result.chain.name)
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
    else:
        for end in ends:
            _print_end(end)
    verdicts = [verdict for end in ends for _, verdict in end.verdicts]
    for line in (*use_words(use), *summary_words(use, verdicts)):
        say(line)
    for end in ends:
        by = f", by agreement: {', '.join(end.agreements)}" if end.agreements else ""
        say(f"for {end.end.name} the chain comes to: {end.value.value}{by}")
        if end.above is not end.value and not end.agreements:
            message = "by what does not reach it; a link above answers for that"
            say(f"above it the use is {end.above.value} {message}")


def _print_end(end: EndVerdict) -> None:
    rows = verdict_rows([verdict for _, verdict in end.verdicts])
    links = [(binding.policy.link, binds_words(binding)) for binding, _ in end.verdicts]
    print_table(HEADS, [(*link, *row) for link, row in zip(links, rows, strict=True)])
