"""`usepolicy ask`: whether policies allow a use, and in which words."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.options import AllowPrivate, ExplainFormat
from usepolicy.errors import UsageError

if TYPE_CHECKING:
    from usepolicy.supply_chain.asked import Asked
    from usepolicy.supply_chain.uses import Use
    from usepolicy.supply_chain.verdicts import Verdict

UseWords = Annotated[
    str | None, typer.Argument(metavar="USE", help="What you mean to do, in a sentence.")
]
Policies = Annotated[
    list[str] | None,
    typer.Option("--policy", help="A policy file, document, address or `study/NAME`; repeatable."),
]
OfDeveloper = Annotated[
    str | None, typer.Option("--developer", help="A developer of the study, e.g. `meta`.")
]
Examples = Annotated[bool, typer.Option("--examples", help="List typical uses instead.")]
AskFormat = Annotated[ExplainFormat, typer.Option("--format", help="How to print it.")]


def ask(
    use: UseWords = None,
    policy: Policies = None,
    developer: OfDeveloper = None,
    examples: Examples = False,
    format: AskFormat = ExplainFormat.TABLE,
    allow_private: AllowPrivate = False,
) -> None:
    """Ask whether a use is allowed: by policies, or by the thirty of the study."""
    if examples:
        _print_examples(format)
        return
    if use is None:
        help_ = "describe the use in a sentence, or see some: usepolicy ask --examples"
        raise UsageError("no-use", "the use is missing", help=help_)
    if policy and developer:
        message = "`--policy` and `--developer` both say who is asked"
        raise UsageError("two-askers", message, help="write --policy study/NAME beside others")
    from usepolicy.supply_chain.verdicts import verdict_of
    from usepolicy.taxonomy.categories import load_taxonomy

    understood = understood_use(use)
    names = policy or [f"study/{developer}" if developer else "study"]
    verdicts: list[Verdict] = []
    if understood.unclear is None:
        asked = [each for name in names for each in load_asked(name, allow_private=allow_private)]
        verdicts = [verdict_of(understood, each, load_taxonomy()) for each in asked]
    print_answer(understood, verdicts, format)


def understood_use(words: str) -> Use:
    """Return what the built-in labeller understands of a use.

    Raises: UsageError: `empty-use`, `long-use`.
    """
    from usepolicy.labelling.uses import use_labeller
    from usepolicy.supply_chain.uses import understand
    from usepolicy.taxonomy.categories import load_taxonomy

    return understand(words, use_labeller(), names=dict(load_taxonomy().study_names))


def load_asked(name: str, *, allow_private: bool) -> list[Asked]:
    """Return the policies or codings that an argument names.

    Raises: UsePolicyError: a policy can't be read; TaxonomyError: `unknown-developer`.
    """
    from usepolicy.cli.subjects import load_subjects
    from usepolicy.supply_chain.asked import asked_coding, asked_policy
    from usepolicy.taxonomy.categories import load_taxonomy

    every = frozenset(category.id for category in load_taxonomy().categories)
    return [
        asked_policy(subject.policy, label=name)
        if subject.policy
        else asked_coding(subject.coding, every)
        for subject in load_subjects([name], allow_private=allow_private)
    ]


def print_answer(use: Use, verdicts: list[Verdict], format: ExplainFormat) -> None:
    """Print a use with its verdicts, the talk of it on standard error."""
    from usepolicy.cli.ask_views import summary_words, use_words, verdict_rows
    from usepolicy.cli.render import print_table, say
    from usepolicy.supply_chain.answers import plain_answer

    if format is ExplainFormat.JSON:
        sys.stdout.write(json.dumps(plain_answer(use, verdicts), ensure_ascii=False, indent=2))
        sys.stdout.write("\n")
    elif verdicts:
        heads = ("policy", "verdict", "basis", "category", "words", "conditions and exemptions")
        print_table(heads, verdict_rows(verdicts))
    for line in (*use_words(use), *summary_words(use, verdicts)):
        say(line)


def _print_examples(format: ExplainFormat) -> None:
    from usepolicy.cli.render import print_table, say
    from usepolicy.supply_chain.examples import typical_uses

    uses = typical_uses()
    if format is ExplainFormat.JSON:
        rows = [
            {"use": u.use, "topic": u.topic, "manner": u.manner, "expects": u.expects} for u in uses
        ]
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
    else:
        table = [(u.use, u.topic.replace("_", " "), u.manner, ", ".join(u.expects)) for u in uses]
        print_table(("use", "by", "manner", "categories that a reader names"), table)
    say(f"{len(uses)} uses. Ask one: usepolicy ask '{uses[0].use}'")
