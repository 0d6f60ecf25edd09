"""Pairs: what differs between two statements of which one became the other.

Owns the judgement of changed words: a slip of the pen, a new name, other words for the same, more
forbidden or less.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import IntEnum

from usepolicy.policies.clauses import Effect
from usepolicy.tracking.changes import ChangeKind
from usepolicy.tracking.statements import Role, Statement
from usepolicy.tracking.words import Weight, Word, load_lexicon, stems

LIKE_SPELLING = 0.8
"""Ratio of matching letters from which one word may be a slip for another."""
NEGATIONS = ("in", "im", "il", "ir", "un", "non", "dis", "mis")
SOLID = 2
"""Content words from which a change that runs the other way is told apart."""


class Level(IntEnum):
    """How much a difference without change of scope is worth."""

    NONE = 0
    COSMETIC = 1
    EDITORIAL = 2


@dataclass(frozen=True, slots=True)
class Judged:
    """What a pair amounts to: changes of scope, or none and how much of the words changed."""

    changes: tuple[ChangeKind, ...]
    level: Level


@dataclass(frozen=True, slots=True)
class Segment:
    """Words of the one statement in the place of words of the other; either may be none."""

    old: tuple[Word, ...]
    new: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Spilled:
    """Stems of a pair that other statements took over: of a rule that became several, or one of several."""

    old: frozenset[str]
    """Of the old statement, now in other statements."""
    new: frozenset[str]


def segments(old: Sequence[Word], new: Sequence[Word]) -> Iterator[Segment]:
    """Yield where two statements differ, in order."""
    matcher = SequenceMatcher(None, [w.text for w in old], [w.text for w in new], autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            yield Segment(tuple(old[a:b]), tuple(new[c:d]))


def judge(old: Statement, new: Statement, texts: tuple[str, str], spilled: Spilled) -> Judged:
    """Judge a pair.

    Args: texts: the two canonical texts, for capitals; spilled: what went elsewhere.
    """
    parts = list(segments(old.words, new.words))
    level = max((_level(part) for part in parts), default=Level.NONE)
    if not (old.binds or new.binds):
        return Judged((), level)
    weighty = [
        part
        for part in (_cleared(p, old, new, spilled) for p in parts)
        if not (_is_slip(part) or _is_rename(part, texts))
        and (_weight(part.old, part) or _weight(part.new, part))
    ]
    if {old.effect, new.effect} == {Effect.FORBIDS, Effect.PERMITS}:
        return Judged((turned(new),), level)
    if Role.ENFORCEMENT in (old.role, new.role):
        return Judged(tuple(_enforcement(weighty)), level)
    return Judged(tuple(_scope(weighty, _effect(old, new))), level)


def turned(new: Statement) -> ChangeKind:
    """Return what it means that a rule permits what it forbade, or the other way round."""
    return ChangeKind.WIDENED if new.effect is Effect.FORBIDS else ChangeKind.NARROWED


def _effect(old: Statement, new: Statement) -> Effect | None:
    return new.effect or old.effect


def _level(part: Segment) -> Level:
    said = (*part.old, *part.new)
    if all(word.weight is Weight.STOP for word in said) or _is_slip(part):
        return Level.COSMETIC
    return Level.EDITORIAL


def _cleared(part: Segment, old: Statement, new: Statement, spilled: Spilled) -> Segment:
    """Return the part without words that the other statement has in another place."""
    here, there = ({w.stem for w in s.words} for s in (old, new))
    gone = tuple(word for word in part.old if word.stem not in there | spilled.old)
    come = tuple(word for word in part.new if word.stem not in here | spilled.new)
    return Segment(gone, come)


def _weight(words: Sequence[Word], part: Segment) -> int:
    """Return how many words count: content, turning words, and acts that are put in or left out."""
    one_sided = not (part.old and part.new)
    acts = load_lexicon().acts if one_sided else frozenset()
    heavy = (Weight.CONTENT, Weight.TURNING)
    return sum(word.weight in heavy or word.stem in acts for word in words)


def _is_slip(part: Segment) -> bool:
    """Tell whether one word was put right: "inflamatory", "inflammatory"; not "legal", "illegal"."""
    if len(part.old) != 1 or len(part.new) != 1:
        return False
    a, b = part.old[0], part.new[0]
    if Weight.TURNING in (a.weight, b.weight) or is_negation(a.text, b.text):
        return False
    if a.text.isdigit() or b.text.isdigit():
        return False
    ratio = SequenceMatcher(None, a.text, b.text, autojunk=False).ratio()
    return a.stem == b.stem or ratio >= LIKE_SPELLING


def is_negation(a: str, b: str) -> bool:
    """Tell whether one word is the other with a prefix that negates it."""
    short, long = sorted((a, b), key=len)
    return any(long == prefix + short for prefix in NEGATIONS)


def _is_rename(part: Segment, texts: tuple[str, str]) -> bool:
    """Tell whether a name was put in the place of a name: a product, a feature."""
    names = [
        [text[w.start].isupper() for w in words if w.weight is Weight.CONTENT]
        for words, text in zip((part.old, part.new), texts, strict=True)
    ]
    return all(capitals and all(capitals) for capitals in names)


def _enforcement(parts: Sequence[Segment]) -> Iterator[ChangeKind]:
    """Yield whether more or less befalls users; other names for the same change nothing."""
    measures = load_lexicon().measures
    added = removed = False
    for part in parts:
        gone, come = stems(part.old), stems(part.new)
        if gone and len(gone) >= len(come) and come and not (gone ^ come) & measures:
            continue
        condition = load_lexicon().condition.search(" ".join(w.text for w in part.old))
        added |= bool(come - gone) or bool(gone and not come and condition)
        removed |= bool(gone - come) and not condition
    if added:
        yield ChangeKind.ENFORCEMENT_ADDED
    if removed and not added:
        yield ChangeKind.ENFORCEMENT_REMOVED


def _scope(parts: Sequence[Segment], effect: Effect | None) -> Iterator[ChangeKind]:
    """Yield whether a rule forbids more or less than before, or both."""
    wider = narrower = 0
    for part in parts:
        for words, is_new in ((part.old, False), (part.new, True)):
            count = _weight(words, part)
            if not count:
                continue
            bounds = load_lexicon().condition.search(" ".join(w.text for w in words)) is not None
            if (bounds is not is_new) is not (effect is Effect.PERMITS):
                wider += count
            else:
                narrower += count
    if wider and (wider >= narrower or wider >= SOLID):
        yield ChangeKind.WIDENED
    if narrower and (narrower > wider or narrower >= SOLID):
        yield ChangeKind.NARROWED
