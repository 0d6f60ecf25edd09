"""Behaviour policies: what a model does not do, weighed as what its users may not do.

Owns the words by which such a policy speaks. The reader hears rules for people; here the subject of
a sentence is the model. So the sentence is weighed as if it said "you may not"; what is quoted is
the text as it stands.
"""

from __future__ import annotations

from functools import cache

from usepolicy.patterns import Match, Pattern, compile_text

RULE = "you may not"
"""What a behaviour is weighed as, where it fits."""
SHORT_RULE = "you can't"
"""The same for "it may not" and "it do not", the shortest of all."""
_MODEL = (
    r"\b(?:(?:the|our|these|this|all|each|every) )?(?:\w+ )?"
    r"(?:models?|assistants?|chatbots?|agents?|ai systems?|systems?)(?: also| always| generally)?"
)
_REFUSES = (
    r"(?:declin\w*|refus\w*|avoid\w*|reject\w*)(?: (?:all |any )?requests?)?(?: (?:to|that|for))?"
)
_MODAL = r"(?:does|do|will|would|should|must|shall|may|can|is to|are to)"
_NOT = rf"(?:{_MODAL} (?:also )?(?:not|never)|cannot|can't|won't|doesn't|don't|never|{_MODAL} {_REFUSES}|{_REFUSES})"


@cache
def _behaviour() -> Pattern[str]:
    return compile_text(rf"{_MODEL} {_NOT}\b|\b(?:it|they) {_MODAL} (?:not|never)\b")


def weighed_view(view: str) -> str:
    """Return the view of a behaviour policy for weighing: the same length, rules for its words."""
    return _behaviour().sub(_as_rule, view)


def _as_rule(match: Match) -> str:
    length = match.end() - match.start()
    return (RULE if length >= len(RULE) else SHORT_RULE).ljust(length)
