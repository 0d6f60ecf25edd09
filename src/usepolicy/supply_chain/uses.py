"""Uses: what somebody means to do, as categories with confidence and manner.

Owns the step from words to categories; the labeller comes in as an argument. What policies say
of them is told by `verdicts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from usepolicy.errors import UsageError
from usepolicy.labelling.protocol import Domain, Label, Labeller, Passage
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.spans import Evidence
from usepolicy.reading.view import plain_view
from usepolicy.supply_chain.manners import Manner, load_manners
from usepolicy.supply_chain.topics import MAX_USE, MIN_WORDS, load_topics

DECIDES = 0.6
"""Confidence from which a category decides a verdict; below it is only named. Between the words of
either vocabulary (0.7 and more) and mere likeness to other uses (below 0.6)."""
TELLS = 0.3
"""Confidence from which a category shows that a use is described; at 0.2 words of chance do too:
8 of 50 off-topic inputs of bench/own instead of 2."""
NO_USE = "the words do not describe a use of a model or service"
VAGUE = "the description is too vague for a verdict"
NOT_LABELLED = "the labeller did not answer, so nothing is known"


@dataclass(frozen=True, slots=True)
class UseCategory:
    """A category that a use names."""

    category: CategoryId
    study_name: str | None
    confidence: float
    """As the labeller scores it, in [0, 1]."""
    manner: Manner
    evidence: tuple[Evidence, ...]
    """The words of the description that name it."""

    @property
    def decides(self) -> bool:
        """Whether what a policy says of the category is said of the use."""
        return self.confidence >= DECIDES and self.manner is Manner.GENERATION


@dataclass(frozen=True, slots=True)
class Use:
    """A description, and what was understood of it."""

    text: str
    categories: tuple[UseCategory, ...]
    """The surest first; none where `unclear` says that no use is described."""
    unclear: str | None
    """Why no verdict can be given, with what to specify; None where one can."""
    left_open: tuple[str, ...]
    """What the description does not say: content, audience, industry, automation, scale, modality."""
    by: str
    """Who labelled, with a version."""


def understand(text: str, labeller: Labeller, *, names: dict[CategoryId, str | None]) -> Use:
    """Return what a description of a use names.

    Args:   names: the study's name of each category.
    Raises: UsageError: `empty-use`, `long-use`.
    """
    if not text.strip():
        raise UsageError("empty-use", "the use is empty", help="describe it in a sentence")
    if len(text) > MAX_USE:
        message = f"the use has {len(text)} characters, at most {MAX_USE}"
        raise UsageError("long-use", message, help="describe it in a few sentences")
    (labelled,) = labeller.label([Passage(text)], Domain.USE)
    words = plain_view(text).encode("latin-1")
    labels = labelled.labels or ()
    manners = labelled.manners
    found = sorted((_category(text, words, each, names, manners) for each in labels), key=_rank)
    open_ = load_topics().left_open(words)
    if labelled.labels is None:
        return Use(text, (), NOT_LABELLED, open_, labelled.by)
    shown = any(label.score >= TELLS for label in labels)
    told = labelled.describes_use
    if not load_topics().describes_use(words, names_category=shown, told=told):
        return Use(text, (), f"{NO_USE}; say what you want to do with it", open_, labelled.by)
    sure = any(label.score >= DECIDES for label in labels)
    if not sure and len(words.split()) <= MIN_WORDS:
        return Use(text, (), _vague(open_), open_, labelled.by)
    return Use(text, tuple(found), None, open_, labelled.by)


def _vague(left_open: tuple[str, ...]) -> str:
    return f"{VAGUE}; specify {', '.join(left_open) or 'what it is for'}"


def _category(
    text: str,
    words: bytes,
    label: Label,
    names: dict[CategoryId, str | None],
    manners: Mapping[str, float],
) -> UseCategory:
    manner = load_manners().of(label.category, words, label.spans, manners)
    evidence = tuple(Evidence.of(text, span.start, span.end) for span in label.spans)
    name = names.get(label.category)
    return UseCategory(label.category, name, round(label.score, 2), manner, evidence)


def _rank(found: UseCategory) -> tuple[float, int, str]:
    longest = max(len(each.quote) for each in found.evidence)
    return (-found.confidence, -longest, found.category)
