"""gpt-oss-safeguard as a guard: the policy as system message, a JSON object with rule ids back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError

from usepolicy.enforcement.detection import Content, Target
from usepolicy.enforcement.guards.answers import AnswerError, read_completion, read_object
from usepolicy.enforcement.guards.calls import Question
from usepolicy.enforcement.guards.compiled import Compiled, Pack
from usepolicy.enforcement.guards.conversation import turns
from usepolicy.enforcement.guards.guard import Asked, Verdict, chat
from usepolicy.labelling.questions import listing, record

ANSWER_TOKENS = 2048
"""Tokens of reasoning and answer; at low effort it reasons for 100 to 300."""
CONFIDENCE = {"low": 0.6, "medium": 0.8, "high": 0.95}
"""Scores for the words of a model that gives no probability; they rank, until they are calibrated."""


class _Answer(BaseModel):
    """The one form of an answer."""

    model_config = ConfigDict(extra="forbid")

    violation: Annotated[StrictInt, Field(ge=0, le=1)]
    policy_category: StrictStr | None = None
    rule_ids: list[StrictStr]
    confidence: Literal["low", "medium", "high"]
    rationale: StrictStr = ""


@dataclass(frozen=True, slots=True)
class GptOssSafeguard:
    """gpt-oss-safeguard with a policy in packs."""

    compiled: Compiled
    effort: str = "low"
    """How long it reasons: low, medium, high."""

    @property
    def targets(self) -> Mapping[str, frozenset[Target]]:
        """What each rule id stands for."""
        return {code.code: code.targets for code in self.compiled.codes}

    @property
    def texts(self) -> Sequence[str]:
        """The packs, and the effort."""
        return (self.effort, *(pack.text for pack in self.compiled.packs))

    def questions(self, content: Content) -> Sequence[Asked]:
        """Return a question for each pack."""
        shown = _shown(content)
        return [Asked(self._question(pack, shown), pack.codes) for pack in self.compiled.packs]

    def read(self, asked: Asked, body: bytes) -> Verdict:
        """Return the rules that an answer names; its rationale and reasoning are passed over.

        Raises: AnswerError.
        """
        said = read_completion(body)
        try:
            answer = _Answer.model_validate(read_object(said.text))
        except ValidationError as error:
            raise AnswerError("another form") from error
        named = set(answer.rule_ids)
        if said.is_cut or not named <= set(asked.codes) or bool(named) != bool(answer.violation):
            raise AnswerError("rules that were not asked about, or that don't fit the verdict")
        return Verdict(dict.fromkeys(sorted(named), CONFIDENCE[answer.confidence]))

    def _question(self, pack: Pack, shown: str) -> Question:
        system = f"Reasoning: {self.effort}\n\n{pack.text}"
        schema = {"name": "answer", "strict": True, "schema": _schema(pack.codes)}
        form = {"type": "json_schema", "json_schema": schema}
        messages = [("system", system), ("user", shown)]
        return chat(messages, ANSWER_TOKENS, logprobs=False, response_format=form)


def _schema(codes: Sequence[str]) -> Mapping[str, object]:
    return record(
        violation={"type": "integer", "enum": [0, 1]},
        policy_category={"type": ["string", "null"]},
        rule_ids=listing({"type": "string", "enum": list(codes)}),
        confidence={"type": "string", "enum": list(CONFIDENCE)},
        rationale={"type": "string"},
    )


def _shown(content: Content) -> str:
    """Return the turns as JSON lines between marks that hold a hash of all their words.

    INVARIANT: no turn can hold the mark: a text that held its own hash would have another one.
    """
    *before, last = turns(content)
    lines = [
        json.dumps({"before": t.role.value, "text": t.text}, ensure_ascii=False) for t in before
    ]
    lines.append(json.dumps({"judge": last.role.value, "text": last.text}, ensure_ascii=False))
    words = "\n".join(lines)
    mark = hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:32]
    return f"<<< {mark}\n{words}\n{mark} >>>"
