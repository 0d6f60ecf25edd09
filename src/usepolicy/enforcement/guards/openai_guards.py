"""OpenAI's moderation and decisions endpoints as guards, at OpenAI or at whoever speaks alike."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
)

from usepolicy.enforcement.detection import Content, Fault, Target
from usepolicy.enforcement.guards.answers import AnswerError, read_object
from usepolicy.enforcement.guards.calls import Question
from usepolicy.enforcement.guards.compiled import Compiled
from usepolicy.enforcement.guards.conversation import turns
from usepolicy.enforcement.guards.guard import Asked, Verdict
from usepolicy.enforcement.guards.inert import inert_block
from usepolicy.tables import rows_by

SCHEME = "OpenAIModeration"
"""Name of the moderation categories in the crosswalk."""
IMPLIES = frozenset({"exact", "close", "narrow"})
"""Relations in which the endpoint's category implies ours; where it is broader, it does not."""

Share = Annotated[StrictFloat | StrictInt, Field(ge=0, le=1, allow_inf_nan=False)]


class _Result(BaseModel):
    flagged: StrictBool
    categories: dict[str, StrictBool | None] = {}
    category_scores: dict[str, Share | None]


class _Moderation(BaseModel):
    results: Annotated[list[_Result], Field(min_length=1, max_length=1)]


class _Predicate(BaseModel):
    type: Literal["predicate"] = "predicate"
    name: StrictStr
    probability: Share


class _Decisions(BaseModel):
    answers: list[_Predicate]


def moderation_names() -> frozenset[str]:
    """Return the names of the endpoint's categories that the crosswalk knows."""
    return frozenset(
        r["target_id"] for r in rows_by("taxonomy/crosswalk.csv", "scheme")[SCHEME]
    ) - {""}


def moderation_labels() -> Mapping[str, frozenset[Target]]:
    """Return what each of the endpoint's categories implies of ours, by the crosswalk."""
    found: dict[str, set[Target]] = {name: set() for name in sorted(moderation_names())}
    for row in rows_by("taxonomy/crosswalk.csv", "scheme")[SCHEME]:
        if row["relation"] in IMPLIES:
            found[row["target_id"]].add(Target(row["category"]))
    return {name: frozenset(targets) for name, targets in found.items()}


@dataclass(frozen=True, slots=True)
class OpenAIModeration:
    """`/v1/moderations`: fixed categories, mapped to ours."""

    targets: Mapping[str, frozenset[Target]]
    """By the endpoint's names; a name that stands for nothing is known all the same."""

    @property
    def texts(self) -> Sequence[str]:
        """The map."""
        return [f"{name}: {' '.join(sorted(targets))}" for name, targets in self.targets.items()]

    def questions(self, content: Content) -> Sequence[Asked]:
        """Return one question; the endpoint takes no earlier turns."""
        return [
            Asked(
                Question("/moderations", {"input": inert_block(content.text)}), tuple(self.targets)
            )
        ]

    def read(self, asked: Asked, body: bytes) -> Verdict:
        """Return the scores; a name that nobody knows is a fault beside them.

        Raises: AnswerError.
        """
        try:
            result = _Moderation.model_validate(read_object(body)).results[0]
        except ValidationError as error:
            raise AnswerError("no moderation") from error
        scores = {name: float(s) for name, s in result.category_scores.items() if s is not None}
        if not scores:
            raise AnswerError("no scores")
        unknown = (set(scores) | set(result.categories)) - set(asked.codes)
        known = {name: score for name, score in scores.items() if name not in unknown}
        return Verdict(known, Fault.ANSWER if unknown else None)


@dataclass(frozen=True, slots=True)
class OpenAIDecisions:
    """`/v1/decisions`: a predicate for each code of a policy."""

    compiled: Compiled

    @property
    def targets(self) -> Mapping[str, frozenset[Target]]:
        """What each predicate stands for."""
        return {code.code: code.targets for code in self.compiled.codes}

    @property
    def texts(self) -> Sequence[str]:
        """The questions."""
        return tuple(pack.text for pack in self.compiled.packs)

    def questions(self, content: Content) -> Sequence[Asked]:
        """Return a request for each pack of predicates."""
        shown = "\n".join(
            json.dumps({turn.role.value: turn.text}, ensure_ascii=False) for turn in turns(content)
        )
        return [
            Asked(Question("/decisions", {"input": shown, **json.loads(pack.text)}), pack.codes)
            for pack in self.compiled.packs
        ]

    def read(self, asked: Asked, body: bytes) -> Verdict:
        """Return the probabilities; each predicate is answered once, in order, or none counts.

        Raises: AnswerError.
        """
        try:
            answers = _Decisions.model_validate(read_object(body)).answers
        except ValidationError as error:
            raise AnswerError("no decisions") from error
        if tuple(answer.name for answer in answers) != asked.codes:
            raise AnswerError("other predicates than asked")
        return Verdict({answer.name: float(answer.probability) for answer in answers})
