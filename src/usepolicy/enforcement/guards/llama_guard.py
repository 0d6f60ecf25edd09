"""Llama Guard 3 and 4 as a guard: its prompt, and `safe`, or `unsafe` and a line of codes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from usepolicy.enforcement.detection import Content, Target
from usepolicy.enforcement.guards.answers import AnswerError, Said, probability, read_completion
from usepolicy.enforcement.guards.calls import Question
from usepolicy.enforcement.guards.compiled import Compiled, Pack, fill
from usepolicy.enforcement.guards.conversation import turns
from usepolicy.enforcement.guards.guard import UNSAFE, Asked, Verdict, chat
from usepolicy.enforcement.guards.spec import PromptAs
from usepolicy.enforcement.requests import Role, Turn

ANSWER_TOKENS = 128
"""Tokens of an answer; thirty-two codes have 96."""
_ANSWER = re.compile(r"\s*(safe|unsafe\s*\n\s*([A-Z]\d+(?:\s*,\s*[A-Z]\d+)*))\s*")
SPEAKERS = {Role.USER: "User", Role.ASSISTANT: "Agent"}


@dataclass(frozen=True, slots=True)
class LlamaGuard:
    """Llama Guard 3 or 4 with categories of a policy."""

    compiled: Compiled
    prompt_as: PromptAs = PromptAs.MESSAGE

    @property
    def targets(self) -> Mapping[str, frozenset[Target]]:
        """What each code stands for."""
        return {code.code: code.targets for code in self.compiled.codes}

    @property
    def texts(self) -> Sequence[str]:
        """The prompts, and how they are sent."""
        return (self.prompt_as, *(pack.text for pack in self.compiled.packs))

    def questions(self, content: Content) -> Sequence[Asked]:
        """Return a question for each pack of categories."""
        shown = turns(content)
        return [Asked(self._question(pack, shown), pack.codes) for pack in self.compiled.packs]

    def read(self, asked: Asked, body: bytes) -> Verdict:
        """Return the codes that an answer names, each with the probability of `unsafe`.

        Raises: AnswerError.
        """
        said = read_completion(body)
        found = _ANSWER.fullmatch(said.text)
        if found is None or said.is_cut:
            raise AnswerError("neither safe nor unsafe with codes")
        named = re.findall(r"[A-Z]\d+", found[2] or "")
        if not set(named) <= set(asked.codes):  # as where the model falls back to S1 to S14
            raise AnswerError("a code that was not asked about")
        return Verdict(dict.fromkeys(named, _score(said)) if named else {})

    def _question(self, pack: Pack, shown: Sequence[Turn]) -> Question:
        if self.prompt_as is PromptAs.TEMPLATE:
            messages = [(turn.role.value, turn.text) for turn in shown]
            question = chat(messages, ANSWER_TOKENS, logprobs=True)
            own = {"chat_template_kwargs": {"categories": dict(pack.lines)}}
            return Question(question.path, {**question.body, **own}, question.optional)
        words = "\n\n".join(f"{SPEAKERS[turn.role]}: {turn.text}" for turn in shown)
        prompt = fill(pack.text, role=SPEAKERS[shown[-1].role], conversation=words)
        return chat([("user", prompt)], ANSWER_TOKENS, logprobs=True)


def _score(said: Said) -> float:
    """Return the probability of `unsafe`."""
    if not said.tokens:
        return UNSAFE
    unsafe = probability(said.tokens, "unsafe", "safe")
    if unsafe is None:
        raise AnswerError("log-probabilities of something else")
    return unsafe
