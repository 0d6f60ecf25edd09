"""`usepolicy ask`: whether policies allow a use, and in which words."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.model_options import (
    NO_CHOICE,
    BaseUrl,
    MaxCost,
    MaxSeconds,
    MaxTokens,
    Model,
    ModelChoice,
    PriceOption,
)
from usepolicy.cli.options import AllowPrivate, ExplainFormat
from usepolicy.errors import UsageError
from usepolicy.policies.clauses import CategoryId

if TYPE_CHECKING:
    from usepolicy.comparison.subjects import Subject
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
OfChain = Annotated[
    Path | None, typer.Option("--chain", help="A chain file: ask for the end of a supply chain.")
]
Examples = Annotated[bool, typer.Option("--examples", help="List typical uses instead.")]
AskFormat = Annotated[ExplainFormat, typer.Option("--format", help="How to print it.")]


def ask(  # noqa: PLR0913  a parameter is an option of the command line
    use: UseWords = None,
    policy: Policies = None,
    developer: OfDeveloper = None,
    chain: OfChain = None,
    examples: Examples = False,
    format: AskFormat = ExplainFormat.TABLE,
    model: Model = None,
    base_url: BaseUrl = None,
    max_tokens: MaxTokens = None,
    max_seconds: MaxSeconds = None,
    max_cost: MaxCost = None,
    price: PriceOption = None,
    allow_private: AllowPrivate = False,
) -> None:
    """Ask whether a use is allowed: by policies, or by the thirty of the study."""
    if examples:
        _print_examples(format)
        return
    if use is None:
        help_ = "describe the use in a sentence, or see some: usepolicy ask --examples"
        raise UsageError("no-use", "the use is missing", help=help_)
    if sum(map(bool, (policy, developer, chain))) > 1:
        message = "`--policy`, `--developer` and `--chain` each say who is asked"
        raise UsageError("two-askers", message, help="write --policy study/NAME beside others")
    choice = ModelChoice(model, base_url, max_tokens, max_seconds, max_cost, price)
    understood = understood_use(use) if choice == NO_CHOICE else understood_by_model(use, choice)
    if chain is not None:
        from usepolicy.cli.ask_chain import ask_chain

        ask_chain(understood, chain, format, allow_private=allow_private)
        return
    from usepolicy.supply_chain.verdicts import verdict_of
    from usepolicy.taxonomy.categories import load_taxonomy

    names = policy or [f"study/{developer}" if developer else "study"]
    asked = [each for name in names for each in load_asked(name, allow_private=allow_private)]
    clear = understood.unclear is None
    verdicts = [verdict_of(understood, each, load_taxonomy()) for each in asked] if clear else []
    print_answer(understood, verdicts, format)


def understood_use(words: str) -> Use:
    """Return what the built-in labeller understands of a use.

    Raises: UsageError: `empty-use`, `long-use`.
    """
    from usepolicy.labelling.uses import use_labeller
    from usepolicy.supply_chain.uses import understand
    from usepolicy.taxonomy.categories import load_taxonomy

    return understand(words, use_labeller(), names=dict(load_taxonomy().study_names))


def understood_by_model(words: str, choice: ModelChoice) -> Use:
    """Return what a model understands of a use; where it fails, what the built-in labeller does.

    Raises: UsageError: `empty-use`, `long-use`, and as `chat_of`.
            UsePolicyError: `missing-extra`; DeniedError: `key-in-the-open`.
    """
    from usepolicy.cli.model_options import chat_of
    from usepolicy.cli.render import say
    from usepolicy.errors import ModelError
    from usepolicy.labelling.llm import LlmLabeller
    from usepolicy.supply_chain.uses import NOT_LABELLED, understand
    from usepolicy.taxonomy.categories import load_taxonomy

    labeller = LlmLabeller(chat_of(choice))
    try:
        use = understand(words, labeller, names=dict(load_taxonomy().study_names))
    except ModelError as error:
        say(f"warning[{error.code}]: {error.message}: the built-in labeller answers instead")
        return understood_use(words)
    if use.unclear == NOT_LABELLED:
        what = "the model gave no answer that holds to the categories and the words of the use"
        say(f"warning[model-no-answer]: {what}: the built-in labeller answers instead")
        return understood_use(words)
    return use


def load_asked(name: str, *, allow_private: bool) -> list[Asked]:
    """Return the policies or codings that an argument names.

    Raises: UsePolicyError: a policy can't be read; TaxonomyError: `unknown-developer`.
    """
    from usepolicy.cli.subjects import load_subjects

    subjects = load_subjects([name], allow_private=allow_private)
    return [asked_of(subject, label=name) for subject in subjects]


def asked_of(subject: Subject, *, label: str) -> Asked:
    """Return a policy or a coding as it is asked; `label` names a policy that names nobody."""
    from usepolicy.supply_chain.asked import asked_coding, asked_policy
    from usepolicy.taxonomy.categories import load_taxonomy

    if subject.policy is not None:
        return asked_policy(subject.policy, label=label)
    return asked_coding(subject.coding, frozenset(map(CategoryId, load_taxonomy().by_id)))


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
