"""ShieldGemma and Granite Guardian as guards: a question for each code, answered yes or no."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from usepolicy.enforcement.detection import Content, Target
from usepolicy.enforcement.guards.answers import (
    AnswerError,
    Said,
    Token,
    probability,
    read_completion,
)
from usepolicy.enforcement.guards.calls import Question
from usepolicy.enforcement.guards.compiled import Compiled, fill
from usepolicy.enforcement.guards.conversation import turns
from usepolicy.enforcement.guards.guard import SAFE, UNSAFE, Asked, Verdict, chat
from usepolicy.enforcement.requests import Role, Turn

THINKING_TOKENS = 1024
"""Tokens for Granite Guardian, which may think aloud before its score."""
_YES_NO = re.compile(r"\s*(yes|no)\s*[.,]?\s*", re.IGNORECASE)
_SCORE = "<score>"
_THOUGHT = "</think>"


@dataclass(frozen=True, slots=True)
class ShieldGemma:
    """ShieldGemma with principles of a policy; it judges the last exchange, nothing before it."""

    compiled: Compiled

    @property
    def targets(self) -> Mapping[str, frozenset[Target]]:
        """What each code stands for."""
        return {code.code: code.targets for code in self.compiled.codes}

    @property
    def texts(self) -> Sequence[str]:
        """The prompts."""
        return tuple(pack.text for pack in self.compiled.packs)

    def questions(self, content: Content) -> Sequence[Asked]:
        """Return a question for each principle."""
        shown = turns(content)
        return [
            Asked(_shield_question(pack.text, shown), pack.codes) for pack in self.compiled.packs
        ]

    def read(self, asked: Asked, body: bytes) -> Verdict:
        """Return the probability of yes; one token was asked for, so that nothing may follow.

        Raises: AnswerError.
        """
        said = read_completion(body)
        found = _YES_NO.fullmatch(said.text)
        if found is None:
            raise AnswerError("neither yes nor no")
        return Verdict({asked.codes[0]: _score(said, said.tokens, found[1])})


@dataclass(frozen=True, slots=True)
class GraniteGuardian:
    """Granite Guardian with criteria of a policy."""

    compiled: Compiled

    @property
    def targets(self) -> Mapping[str, frozenset[Target]]:
        """What each code stands for."""
        return {code.code: code.targets for code in self.compiled.codes}

    @property
    def texts(self) -> Sequence[str]:
        """The criteria."""
        return tuple(pack.text for pack in self.compiled.packs)

    def questions(self, content: Content) -> Sequence[Asked]:
        """Return a question for each criterion: the conversation, then the judge's message."""
        shown = [(turn.role.value, turn.text) for turn in turns(content)]
        return [
            Asked(
                chat(
                    [*shown, ("user", fill(pack.text, role=shown[-1][0]))],
                    THINKING_TOKENS,
                    logprobs=True,
                ),
                pack.codes,
            )
            for pack in self.compiled.packs
        ]

    def read(self, asked: Asked, body: bytes) -> Verdict:
        """Return the probability of yes in the one score that ends the answer.

        Raises: AnswerError.
        """
        said = read_completion(body)
        thought, closed, last = said.text.rpartition(_THOUGHT)
        opened = thought.lstrip().startswith("<think>") if closed else True
        found = re.fullmatch(r"\s*<score>\s*(yes|no)\s*</score>\s*", last, re.IGNORECASE)
        if found is None or not opened or said.is_cut or _SCORE in thought:
            raise AnswerError("no score")
        return Verdict({asked.codes[0]: _score(said, _after_mark(said.tokens), found[1])})


def _shield_question(text: str, shown: Sequence[Turn]) -> Question:
    is_answer = shown[-1].role is Role.ASSISTANT
    words = f"Human Question: {shown[-2 if is_answer else -1].text}"
    if is_answer:
        answer = f"Chatbot Response: {shown[-1].text}"
        words += f"\n<end_of_turn>\n<start_of_turn>\n{answer}"
    prompt = fill(
        text,
        conversation=words,
        whose="a chatbot response" if is_answer else "a user prompt",
        subject="The chatbot" if is_answer else "The prompt",
        judged="chatbot response" if is_answer else "human question",
    )
    return chat([("user", prompt)], 1, logprobs=True)


def _score(said: Said, tokens: Sequence[Token], word: str) -> float:
    if not said.tokens:
        return UNSAFE if word.casefold() == "yes" else SAFE
    yes = probability(tokens, "yes", "no")
    if yes is None:
        raise AnswerError("log-probabilities of something else")
    return yes


def _after_mark(tokens: Sequence[Token]) -> Sequence[Token]:
    """Return the tokens behind the last `<score>`, however it was cut into tokens."""
    text = "".join(token.text for token in tokens)
    end = text.rfind(_SCORE) + len(_SCORE)
    length = 0
    for place, token in enumerate(tokens):
        if length >= end:
            return tokens[place:]
        length += len(token.text)
    return ()
