"""Options that choose a reader, and the model behind it; the key comes from the environment."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.errors import UsageError

if TYPE_CHECKING:
    from usepolicy.labelling.budget import ModelLimits, Price
    from usepolicy.labelling.model_server import Chat
    from usepolicy.reading.llm_reader import LlmReader

KEY = "OPENAI_API_KEY"
"""The environment variable of the key; there is no option, since others can see a command line."""


class ReaderKind(StrEnum):
    """Who reads a document."""

    BUILT_IN = "built-in"
    LLM = "llm"


ReaderOption = Annotated[ReaderKind, typer.Option("--reader", help="Who reads the document.")]
Model = Annotated[str | None, typer.Option(help="Name of the model, as its server knows it.")]
BaseUrl = Annotated[
    str | None,
    typer.Option("--base-url", help="Address of an OpenAI-compatible server.", metavar="URL"),
]
MaxTokens = Annotated[
    int | None, typer.Option("--max-tokens", min=1, help="Tokens of all questions and answers.")
]
MaxSeconds = Annotated[
    float | None, typer.Option("--max-seconds", min=0, help="Seconds for the model in all.")
]
MaxCost = Annotated[
    float | None, typer.Option("--max-cost", min=0, help="Cost in all, by --price.")
]
PriceOption = Annotated[
    str | None,
    typer.Option("--price", help="Price of a million tokens: QUESTION/ANSWER, such as 0.15/0.60."),
]


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """What the options say about the model."""

    model: str | None
    base_url: str | None
    max_tokens: int | None
    max_seconds: float | None
    max_cost: float | None
    price: str | None


NO_CHOICE = ModelChoice(None, None, None, None, None, None)


def reader_of(kind: ReaderKind, choice: ModelChoice) -> LlmReader | None:
    """Return the reader that the options ask for, None for the built-in one.

    Raises: UsageError: `needs-reader`, and as `chat_of`; UsePolicyError: `missing-extra`.
    """
    if kind is ReaderKind.BUILT_IN:
        if choice != NO_CHOICE:
            message = "the built-in reader asks no model"
            raise UsageError("needs-reader", message, help="add --reader llm")
        return None
    from usepolicy.reading.llm_reader import LlmReader

    return LlmReader(chat_of(choice))


def chat_of(choice: ModelChoice) -> Chat:
    """Return the model that the options ask for.

    Raises: UsageError: `no-model`, `no-key`, `bad-key`, `no-price`, `not-a-price`, `not-a-limit`.
            UsePolicyError: `missing-extra`.
    """
    if not (choice.model and choice.model.strip() and choice.model.isprintable()):
        raise UsageError("no-model", "the name of the model is missing", help="add --model NAME")
    if choice.max_cost is not None and choice.price is None:
        help_ = "add --price QUESTION/ANSWER, such as --price 0.15/0.60"
        raise UsageError("no-price", "a limit of cost needs the price of a token", help=help_)
    from usepolicy.labelling.model_server import DEFAULT_BASE_URL, Chat, ModelServer

    server = ModelServer(
        choice.model, choice.base_url or DEFAULT_BASE_URL, _key(needed=choice.base_url is None)
    )
    return Chat(server, _limits(choice))


def _limits(choice: ModelChoice) -> ModelLimits:
    from usepolicy.labelling.budget import ModelLimits, Price

    for limit in (choice.max_seconds, choice.max_cost):
        if limit is not None and not math.isfinite(limit):
            help_ = "leave the option out for the default"
            raise UsageError("not-a-limit", f"`{limit}` is no limit", help=help_)
    price = _price(choice.price) if choice.price else Price(0.0, 0.0)
    limits = ModelLimits(max_cost=choice.max_cost, price=price)
    if choice.max_seconds is not None:
        limits = replace(limits, max_seconds=choice.max_seconds)
    if choice.max_tokens is not None:
        limits = replace(limits, max_tokens=choice.max_tokens)
    return limits


def _key(*, needed: bool) -> str | None:
    key = os.environ.get(KEY, "").strip()
    if not key and needed:
        help_ = f"set {KEY}, or name a server of your own with --base-url"
        raise UsageError("no-key", f"there is no key in the environment variable {KEY}", help=help_)
    if not (key.isascii() and key.isprintable()) or " " in key:
        message = f"the environment variable {KEY} holds characters that no key has"
        raise UsageError("bad-key", message, help="copy the key anew")
    return key or None


def _price(words: str) -> Price:
    from usepolicy.labelling.budget import Price

    question, _, answer = words.partition("/")
    try:
        price = Price(float(question), float(answer))
    except ValueError:
        price = Price(-1, -1)
    if not (0 <= price.question < math.inf and 0 <= price.answer < math.inf):
        help_ = "write QUESTION/ANSWER per million tokens, such as 0.15/0.60"
        raise UsageError("not-a-price", f"`{words}` is no price", help=help_)
    return price
