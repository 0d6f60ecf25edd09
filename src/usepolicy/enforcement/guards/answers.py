"""Answers: what a guard's server said, taken apart strictly.

Owns the shape of chat completions with log-probabilities. INVARIANT: only the server's answer is
read here, never the content that it was asked about; whatever is not exactly what was asked for
is no answer.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, NoReturn

from pydantic import BaseModel, Field, StrictFloat, StrictInt, StrictStr, ValidationError

MAX_ANSWER = 8_000
"""Characters of an answer; a JSON object with ids and a rationale has 500."""


class AnswerError(ValueError):
    """The answer is not what was asked for."""


class _Alternative(BaseModel):
    token: StrictStr
    logprob: Annotated[StrictFloat | StrictInt, Field(le=1e-3, allow_inf_nan=False)]


class _Token(_Alternative):
    top_logprobs: list[_Alternative] = []


class _Logprobs(BaseModel):
    content: list[_Token] | None = None


class _Message(BaseModel):
    content: StrictStr | None = None


class _Choice(BaseModel):
    message: _Message
    logprobs: _Logprobs | None = None
    finish_reason: StrictStr | None = None


class _Completion(BaseModel):
    choices: Annotated[list[_Choice], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Token:
    """A token of an answer, with the probabilities of what might have stood there."""

    text: str
    alternatives: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A text that a model answered."""

    text: str
    tokens: tuple[Token, ...] = ()
    """Empty where the server gives no log-probabilities."""
    is_cut: bool = False
    """Whether the limit of tokens ended it."""


def read_completion(body: bytes) -> Said:
    """Return what a chat completion says.

    Raises: AnswerError: it is none, or says nothing, or too much.
    """
    try:
        completion = _Completion.model_validate_json(body)
    except ValidationError as error:
        raise AnswerError("no chat completion") from error
    choice = completion.choices[0]
    text = choice.message.content or ""
    if not text.strip() or len(text) > MAX_ANSWER:
        raise AnswerError("an answer without words, or with too many")
    tokens = choice.logprobs.content if choice.logprobs and choice.logprobs.content else []
    return Said(text, tuple(_token(each) for each in tokens), choice.finish_reason == "length")


def _token(token: _Token) -> Token:
    given = {each.token: each.logprob for each in (token, *token.top_logprobs)}
    return Token(token.token, tuple((t, math.exp(min(0.0, p))) for t, p in given.items()))


def probability(tokens: Iterable[Token], yes: str, no: str) -> float | None:
    """Return the probability of `yes` against `no` at the first token that begins either.

    A token may be a piece of the word. None where no token tells.
    """
    for token in tokens:
        said = token.text.strip().casefold()
        if not said:
            continue
        if not (yes.startswith(said) or no.startswith(said)):
            return None
        shares = [_share(token.alternatives, word) for word in (yes, no)]
        return shares[0] / sum(shares) if sum(shares) > 0 else None
    return None


def _share(alternatives: Sequence[tuple[str, float]], word: str) -> float:
    words = ((text.strip().casefold(), share) for text, share in alternatives)
    return sum(share for text, share in words if text and word.startswith(text))


def read_object(text: str | bytes) -> dict[str, object]:
    """Return a JSON object that is the whole text: no prose, no key twice, no NaN.

    Raises: AnswerError.
    """
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise AnswerError("no JSON object") from error
    if not isinstance(value, dict):
        raise AnswerError("no JSON object")
    return value


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise AnswerError("a key that is given twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise AnswerError(f"{name} is no number")
