"""Statements: the units of a version as they are compared with those of another.

Owns what a statement is for in a policy: a rule, its enforcement, a heading, prose, or furniture
of the page. Cutting the text into units and weighing their force is the reader's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from usepolicy.policies.clauses import Effect
from usepolicy.policies.provisions import ProvisionKind
from usepolicy.policies.spans import Evidence
from usepolicy.reading.force import Section, section_of
from usepolicy.reading.language import READ
from usepolicy.reading.provide import find_provisions
from usepolicy.reading.structure import Structured, structured
from usepolicy.reading.units import Unit, UnitKind
from usepolicy.tracking.words import Weight, Word, key_of, load_lexicon, words_of

CHANNELS = frozenset({ProvisionKind.USER_REPORTING, ProvisionKind.RESEARCHER_EXEMPTION})
"""Provisions that are no enforcement against users: where to report, whom research may ask."""
MAX_FURNITURE_WORDS = 5
"""Words of a fragment that may be a title, a button or a crumb of navigation."""

MAX_LABEL_WORDS = 3
"""Words of an item that may be a label of a menu."""


class Role(StrEnum):
    """What a statement is for."""

    RULE = "rule"
    ENFORCEMENT = "enforcement"
    HEADING = "heading"
    SCOPE = "scope"
    """It says where or to whom the rules apply."""
    PROSE = "prose"
    FURNITURE = "furniture"
    """Of the page: a date line, a title, navigation."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence, an item or a heading of a version."""

    evidence: Evidence
    role: Role
    words: tuple[Word, ...]
    above: tuple[int, ...] = ()
    """Numbers of the statements that lead into this one, outermost first."""
    effect: Effect | None = None
    leads: bool = False
    """Whether it leads into others."""

    @property
    def key(self) -> str:
        """The words as one string."""
        return key_of(self.words)

    @property
    def binds(self) -> bool:
        """Whether a change of its words may change what users may do or what befalls them."""
        return self.role in (Role.RULE, Role.ENFORCEMENT, Role.SCOPE)


@dataclass(frozen=True, slots=True)
class Text:
    """A version cut into statements."""

    text: str
    view: str
    """The plain view, of the same length."""
    statements: tuple[Statement, ...]
    language: str = "en"
    """BCP 47 tag, `und` where it can't be told."""

    @property
    def is_read(self) -> bool:
        """Whether the reader reads its language."""
        return self.language in READ

    def lead_words(self, statement: Statement) -> str:
        """Return the plain words of what leads into a statement."""
        spans = [self.statements[number].evidence.span for number in statement.above]
        return " . ".join(span.cut(self.view) for span in spans)


def cut(text: str) -> Text:
    """Return the statements of a canonical text."""
    read = structured(text)
    provided = _provided(read)
    ignored = _ignored(read)
    found: list[Statement] = []
    for number, unit in enumerate(read.units):
        role = _role(read, number, provided, found)
        if number in ignored and role is not Role.FURNITURE:
            role = Role.PROSE
        found.append(
            Statement(
                Evidence.of(text, unit.start, unit.end),
                role,
                words_of(read.view, unit.start, unit.end),
                unit.above,
                read.forces[number].effect,
                number in read.leads,
            )
        )
    return Text(text, read.view, tuple(found), read.language)


def _provided(read: Structured) -> frozenset[int]:
    """Return the starts of the provisions on enforcement."""
    provisions = find_provisions(read.text, read.view, read.units)
    return frozenset(p.evidence.span.start for p in provisions if p.kind not in CHANNELS)


def _ignored(read: Structured) -> frozenset[int]:
    """Return the units below a heading that is not about use: a changelog."""
    headings = {
        number
        for number, unit in enumerate(read.units)
        if unit.kind is UnitKind.HEADING and section_of(read.words(number)) is Section.IGNORED
    }
    return frozenset(n for n, unit in enumerate(read.units) if headings.intersection(unit.above))


def _role(
    read: Structured, number: int, provided: frozenset[int], before: Sequence[Statement]
) -> Role:
    unit, words = read.units[number], read.words(number).strip()
    lexicon = load_lexicon()
    forceless = read.forces[number].effect is None
    ends = unit.kind is UnitKind.HEADING and number not in read.leads
    if _is_furniture(read, unit, words, forceless=forceless, ends=ends):
        return Role.FURNITURE
    if unit.kind is UnitKind.HEADING:
        return Role.HEADING
    if lexicon.is_channel(words):
        return Role.PROSE
    if _enforces(unit, words, provided):
        return Role.ENFORCEMENT
    if lexicon.telling.search(words):
        return Role.PROSE
    if _sets_a_rule(read.forces[number].effect, words):
        return Role.RULE
    return Role.SCOPE if lexicon.scope.search(words) else _of_item(read, unit, before)


def _sets_a_rule(effect: Effect | None, words: str) -> bool:
    """Tell whether a statement forbids or requires something, or makes an exception from that."""
    if effect is Effect.PERMITS:
        return load_lexicon().exemption.search(words) is not None
    return effect is not None or load_lexicon().rule.search(words) is not None


def _enforces(unit: Unit, words: str, provided: frozenset[int]) -> bool:
    stated = any(unit.start <= start < unit.end for start in provided)
    return stated or load_lexicon().enforcement.search(words) is not None


def _of_item(read: Structured, unit: Unit, before: Sequence[Statement]) -> Role:
    """Return the role of an item without force: that of the lead-in that makes a rule of it."""
    if unit.kind is not UnitKind.ITEM or not unit.above:
        return Role.PROSE
    lead = before[unit.above[-1]]
    words = lead.evidence.span.cut(read.view).strip()
    if load_lexicon().is_channel(words):
        return Role.PROSE
    if lead.role is Role.ENFORCEMENT:
        return Role.RULE
    ruling = words.endswith(":") and load_lexicon().ruling_lead.search(words)
    above = _lead_enforces(unit, before) and words.endswith(":")
    return Role.RULE if ruling or above or lead.role is Role.RULE else Role.PROSE


def _lead_enforces(unit: Unit, before: Sequence[Statement]) -> bool:
    """Tell whether the sentence in front of the lead-in speaks of enforcement: "This includes:"."""
    number = unit.above[-1]
    return number > 0 and before[number - 1].role is Role.ENFORCEMENT


def _is_furniture(read: Structured, unit: Unit, words: str, *, forceless: bool, ends: bool) -> bool:
    """Tell whether a unit is a date line, a title, a button or a link of navigation.

    Args: ends: whether it is a heading that nothing stands below.
    """
    lexicon = load_lexicon()
    said = words_of(read.view, unit.start, unit.end)
    plain = " ".join(word.text for word in said)
    if (
        all(word.text.isdigit() for word in said)
        or lexicon.dateline.search(plain)
        or lexicon.furniture.search(plain)
    ):
        return True
    if not forceless:
        return False
    if _is_navigation(read.text[unit.start : unit.end]):
        return True
    stops = words.endswith((".", ":", ";", "!", "?"))
    short = len(said) <= MAX_FURNITURE_WORDS and not stops
    turning = any(word.weight is Weight.TURNING for word in said)
    if unit.kind is UnitKind.ITEM:
        return len(said) <= MAX_LABEL_WORDS and short and not _has_lead(read, unit)
    return (unit.kind is UnitKind.SENTENCE or ends) and short and not turning


def _has_lead(read: Structured, unit: Unit) -> bool:
    """Tell whether a sentence leads into an item: without one it may be a choice of languages."""
    return any(read.units[number].kind is not UnitKind.HEADING for number in unit.above)


def _is_navigation(words: str) -> bool:
    """Tell whether a unit is nothing but a link."""
    bare = words.strip(" *_")
    return (bare.startswith("[") and "](" in bare and bare.endswith(")")) or (
        bare.endswith((")", "]")) and "](#" in bare
    )
