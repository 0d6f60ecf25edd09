"""The LLM labeller: any OpenAI-compatible model behind the labelling protocol."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pydantic import BaseModel, Field, ValidationError

from usepolicy import __version__
from usepolicy.labelling.model_server import Chat
from usepolicy.labelling.protocol import Domain, Label, Labelled, Passage
from usepolicy.labelling.questions import (
    Checked,
    Drop,
    Entry,
    Item,
    Task,
    ask_all,
    find_quotes,
    listing,
    record,
)
from usepolicy.policies.clauses import CategoryId
from usepolicy.taxonomy.categories import TAXONOMY_VERSION, load_taxonomy

WHAT = {
    Domain.CLAUSE: "a unit of a policy: which uses does it speak of, whether it forbids them or not",
    Domain.USE: "what somebody means to do with an AI model: which of the uses is it",
    Domain.REQUEST: "what a user asked of an AI model, or what it answered: which of the uses is it",
}
INSTRUCTIONS = """
You label texts with categories of use of AI models. Each unit is {what}?
List every category that the words of a unit name, with a score from 0 to 1 that says how sure you
are, and the shortest quotes that show it. List nothing that the words do not say. The categories:
{categories}
"""


@cache
def category_lines() -> str:
    """Return the categories as a model is shown them: id and definition, a line each."""
    return "\n".join(f"- {c.id}: {c.definition}" for c in load_taxonomy().categories)


def category_ids() -> Sequence[str]:
    """Return what an answer may name, sorted."""
    return [category.id for category in load_taxonomy().categories]


def is_category(name: str) -> bool:
    """Tell whether an answer may name this category."""
    return name in load_taxonomy().by_id


class _LabelEntry(BaseModel):
    category: str
    score: float = Field(ge=0, le=1, allow_inf_nan=False)
    quotes: list[str]


@dataclass(frozen=True, slots=True)
class LlmLabeller:
    """Labels by asking a model; what it could not label is unknown."""

    chat: Chat

    @property
    def name(self) -> str:
        """Who labels: the model, and the versions of the questions and of the categories."""
        return f"{self.chat.server.model}, asked by usepolicy {__version__}, taxonomy {TAXONOMY_VERSION}"

    def label(self, passages: Sequence[Passage], domain: Domain) -> Sequence[Labelled]:
        """Return the categories that a model names and can quote, in order of the passages.

        Raises: ModelError, DeniedError: as `Chat.ask`.
        """
        task = Task(
            INSTRUCTIONS.format(what=WHAT[domain], categories=category_lines()), _schema(), _check
        )
        context = [
            Item(f"u{number}-{place}", words)
            for number, passage in enumerate(passages)
            for place, words in enumerate(passage.lead_ins)
        ]
        asked = [
            Item(f"u{n}", p.text, above=tuple(f"u{n}-{i}" for i in range(len(p.lead_ins))))
            for n, p in enumerate(passages)
        ]
        answers = ask_all(self.chat, task, asked, context)
        return [self._labelled(answers.found.get(item.id)) for item in asked]

    def _labelled(self, checked: Checked[tuple[Label, ...]] | None) -> Labelled:
        # FAIL CLOSED: what was claimed but not shown makes the rest of the passage unknown.
        known = None if checked is None or checked.lost else checked.value
        return Labelled(known, self.name)


def _schema() -> Mapping[str, object]:
    strings = listing({"type": "string"})
    category = {"type": "string", "enum": category_ids()}
    return {"labels": listing(record(category=category, score={"type": "number"}, quotes=strings))}


def _check(item: Item, entry: Entry) -> Checked[tuple[Label, ...]]:
    dropped: Counter[Drop] = Counter()
    labels: dict[str, Label] = {}
    lost = False
    for given in entry.get("labels", ()):
        label = _label(item, given, dropped)
        if label is None:
            lost = True
        elif label.category in labels:
            dropped[Drop.REPEATED] += 1
        else:
            labels[label.category] = label
    return Checked(tuple(labels[category] for category in sorted(labels)), dropped, lost)


def _label(item: Item, given: object, dropped: Counter[Drop]) -> Label | None:
    """Return the label that an answer gives, None if it breaks the rules of an answer."""
    try:
        entry = _LabelEntry.model_validate(given, strict=True)
    except ValidationError:
        dropped[Drop.FORM] += 1
        return None
    if not is_category(entry.category):
        dropped[Drop.CATEGORY] += 1
        return None
    spans = find_quotes(entry.quotes, item.text, dropped)
    return Label(CategoryId(entry.category), entry.score, spans) if spans else None
