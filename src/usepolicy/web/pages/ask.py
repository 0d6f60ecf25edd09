"""The page that asks: whether policies allow a use, in which words, under which conditions.

Owns who is asked, the filters and the groups. Its JSON is what `usepolicy ask --format json` prints.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from usepolicy.comparison.figures import Table
from usepolicy.labelling.uses import use_labeller
from usepolicy.policies.clauses import Effect, QualifierRole
from usepolicy.supply_chain.answers import NO_ADVICE, Plain, plain_answer
from usepolicy.supply_chain.asked import Named
from usepolicy.supply_chain.examples import TOPICS, typical_uses
from usepolicy.supply_chain.manners import Manner
from usepolicy.supply_chain.uses import DECIDES, Use, UseCategory, understand
from usepolicy.supply_chain.verdicts import Basis, Condition, Verdict, VerdictValue, verdict_of
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.web.askers import MOST_ASKED, askers_of
from usepolicy.web.page import (
    Choice,
    Page,
    Params,
    Turn,
    choices,
    chosen,
    pages_of,
    path_of,
    turned,
)
from usepolicy.web.shelf import Entry, Shelf
from usepolicy.web.words import cut, exact, inert

PAGE_SIZE = 250
"""Verdicts of one page; JSON and CSV have all."""
MOST_PLACES = 3
"""Quotes of one verdict on the page."""
MOST_OPTIONS = 300
FEATURED = (
    "Legal intake chatbot that asks clients about their case",
    "Toxicity classifier",
    "Synthetic voices for an audiobook",
    "Fine-tuning a smaller model on outputs",
    "Personalised fundraising letters for a city council campaign",
)
"""Uses to begin with."""
HEADS = {
    VerdictValue.PROHIBITED: ("Prohibited", "No condition lifts it."),
    VerdictValue.RESTRICTED: ("Restricted", "Allowed only under the conditions that are shown."),
    VerdictValue.PERMITTED: ("Permitted", "The policy says so itself, in these words."),
    VerdictValue.NOT_ADDRESSED: (
        "Not addressed",
        "No clause names it. This is no permission: a catch-all may still cover it.",
    ),
    VerdictValue.UNKNOWN: ("Unknown", "The text could not be read, or nobody looked for it."),
}
TOPIC_NAMES = {"content": "By content", "end_use": "By end use", "industry": "By industry"}


@dataclass(frozen=True, slots=True)
class Example:
    """A use to begin with."""

    use: str
    address: str


@dataclass(frozen=True, slots=True)
class Topic:
    """Uses of one way of looking at them."""

    name: str
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class NamedCategory:
    """A category that the use names."""

    id: str
    name: str
    sure: bool
    manner: str
    """How the use deals with it, where it does not do it."""


@dataclass(frozen=True, slots=True)
class Words:
    """A quote, and where it stands."""

    quote: str
    address: str
    category: str
    said: str
    """What the policy does with it: prohibited, restricted or permitted."""


@dataclass(frozen=True, slots=True)
class Term:
    """A condition or an exemption."""

    lead: str
    kind: str
    quote: str


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """What one policy says."""

    label: str
    title: str
    address: str
    dated: str
    basis: str
    broader: tuple[str, ...]
    words: tuple[Words, ...]
    more: int
    """Quotes beyond those that are shown."""
    conditions: tuple[Term, ...]
    exemptions: tuple[Term, ...]
    near: tuple[Words, ...]
    quoted: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The policies of one verdict."""

    value: str
    head: str
    meaning: str
    count: int
    lines: tuple[VerdictLine, ...]
    coded: tuple[VerdictLine, ...]
    """Codings, which have no words."""


@dataclass(frozen=True, slots=True)
class AskPage:
    """What the page says."""

    use: str
    categories: tuple[NamedCategory, ...]
    unclear: str | None
    left_open: tuple[str, ...]
    groups: tuple[Group, ...]
    tallies: tuple[Choice, ...]
    """Each verdict with its count and, as `value`, the address of its policies alone."""
    count: int
    developers: tuple[Choice, ...]
    policy: str
    policy_title: str
    featured: tuple[Example, ...]
    topics: tuple[Topic, ...]
    note: str
    turn: Turn


def ask(shelf: Shelf, params: Params) -> Page:
    """Build the answer to `use`, or where to begin.

    Raises: UsageError: `long-use`, `unknown-value`, `not-in-catalogue`.
    """
    words = inert(params.get("use", "")).strip()
    only = chosen(params, "verdict", {"": "", **{v.value: v.value for v in VerdictValue}}, "")
    entries = _entries(shelf, params)
    use = _understood(words) if words else None
    found = _verdicts(shelf, use, entries) if use and use.unclear is None else ()
    shown = [pair for pair in found if not only or pair[1].value.value == only]
    asked = {name: params.get(name, "") for name in ("use", "developer", "policy", "verdict")}
    turn = turned(params, "/ask", asked, pages_of(len(shown), PAGE_SIZE))
    here = shown[(turn.page - 1) * PAGE_SIZE : turn.page * PAGE_SIZE]
    policy = shelf.entry(params["policy"]) if params.get("policy") else None
    content = AskPage(
        use=words,
        categories=tuple(map(_category, use.categories)) if use else (),
        unclear=use.unclear if use else None,
        left_open=use.left_open if use else (),
        groups=_groups(shelf, here, Counter(v.value for _, v in shown)),
        tallies=_tallies([v for _, v in found], asked, only),
        count=len(found),
        developers=_developers(shelf, params.get("developer", "")),
        policy=policy.id if policy else "",
        policy_title=f"{policy.label}: {policy.title}" if policy else "",
        featured=tuple(map(_example, FEATURED)),
        topics=tuple(_topics()),
        note=NO_ADVICE,
        turn=turn,
    )
    verdicts = [verdict for _, verdict in shown]
    data = _plain(shelf, use, verdicts) if use else {}
    return Page("ask.html", "Is this use allowed?", content, _table(data), data or None)


def _understood(words: str) -> Use:
    return understand(words, use_labeller(), names=dict(load_taxonomy().study_names))


def _entries(shelf: Shelf, params: Params) -> tuple[Entry, ...]:
    """Return who is asked: one policy, those of a developer, or all."""
    if params.get("policy"):
        return (shelf.entry(params["policy"]),)
    developer = params.get("developer", "")
    if developer:
        slugs = {entry.developer: "" for entry in shelf.entries}
        chosen(params, "developer", slugs, "")
        return tuple(entry for entry in shelf.entries if entry.developer == developer)
    return shelf.entries[:MOST_ASKED]


def _verdicts(
    shelf: Shelf, use: Use, entries: Sequence[Entry]
) -> tuple[tuple[Entry, Verdict], ...]:
    """Return what each says, the strictest first; those with words before those without."""
    order = list(VerdictValue)
    taxonomy, askers = load_taxonomy(), askers_of(shelf)
    pairs = [(entry, verdict_of(use, askers.of(entry), taxonomy)) for entry in entries]
    pairs.sort(key=lambda pair: (order.index(pair[1].value), not pair[1].asked.quoted))
    return tuple(pairs)


def _plain(shelf: Shelf, use: Use, verdicts: Sequence[Verdict]) -> Plain:
    """Return the answer as JSON has it, its quotes as they may be shown."""
    answer = _shown(shelf, plain_answer(use, verdicts))
    assert isinstance(answer, dict)
    return answer


def _shown(shelf: Shelf, value: object, key: str = "") -> object:
    if isinstance(value, Mapping):
        return {name: _shown(shelf, each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_shown(shelf, each) for each in value]
    return exact(value, shelf.limit) if isinstance(value, str) and key == "quote" else value


def _category(found: UseCategory) -> NamedCategory:
    manner = "" if found.manner is Manner.GENERATION else found.manner.value
    name = load_taxonomy().get(found.category).name
    return NamedCategory(found.category, name, found.confidence >= DECIDES, manner)


def _groups(
    shelf: Shelf, pairs: Sequence[tuple[Entry, Verdict]], counts: Counter[VerdictValue]
) -> tuple[Group, ...]:
    groups = []
    for value, (head, meaning) in HEADS.items():
        mine = [pair for pair in pairs if pair[1].value is value]
        if mine:
            lines = [_line(shelf, entry, verdict) for entry, verdict in mine]
            words = tuple(line for line in lines if line.quoted)
            coded = tuple(line for line in lines if not line.quoted)
            groups.append(Group(value.value, head, meaning, counts[value], words, coded))
    return tuple(groups)


def _line(shelf: Shelf, entry: Entry, verdict: Verdict) -> VerdictLine:
    names = load_taxonomy()
    places = verdict.restrictions
    broader = dict.fromkeys(names.get(place.category).name for place in places)
    return VerdictLine(
        label=entry.label,
        title=entry.title,
        address=entry.address,
        dated=entry.dated,
        basis=verdict.basis.value if verdict.basis else "",
        broader=tuple(broader) if verdict.basis is Basis.BROADER else (),
        words=tuple(_words(shelf, entry, place) for place in places[:MOST_PLACES]),
        more=max(0, len(places) - MOST_PLACES),
        conditions=tuple(_term(shelf, each) for each in verdict.conditions),
        exemptions=tuple(_term(shelf, each) for each in verdict.exemptions),
        near=tuple(_words(shelf, entry, place) for place in verdict.near[:MOST_PLACES]),
        quoted=verdict.asked.quoted,
    )


def _words(shelf: Shelf, entry: Entry, place: Named) -> Words:
    said = "permitted" if place.effect is Effect.PERMITS else str(place.strength or "").lower()
    return Words(
        quote=exact(place.quote, shelf.limit) if place.quote else "",
        address=f"/policies/{place.clause}" if place.clause else entry.address,
        category=load_taxonomy().get(place.category).name,
        said=said,
    )


def _term(shelf: Shelf, condition: Condition) -> Term:
    lead = "unless" if condition.role is QualifierRole.LIFTS else "where"
    lead = {"duty": "you must", "permitted": "permitted"}.get(condition.kind, lead)
    kind = "" if condition.kind in ("duty", "permitted") else condition.kind.replace("_", " ")
    return Term(lead, kind, exact(condition.quote, shelf.limit))


def _tallies(
    verdicts: Sequence[Verdict], asked: Mapping[str, str], only: str
) -> tuple[Choice, ...]:
    """Return the verdicts with their counts; that of the chosen one leads back to all."""
    counts = Counter(verdict.value.value for verdict in verdicts)

    def address(value: str) -> str:
        return path_of("/ask", **{**asked, "verdict": "" if value == only else value})

    return tuple(
        Choice(address(value), f"{counts[value]} {value.value.replace('_', ' ')}", value == only)
        for value in VerdictValue
        if counts[value]
    )


def _developers(shelf: Shelf, developer: str) -> tuple[Choice, ...]:
    named = dict(sorted({e.developer: e.label for e in shelf.entries}.items())[:MOST_OPTIONS])
    return choices({"": "all policies", **named}, developer)


def _example(use: str) -> Example:
    return Example(use, path_of("/ask", use=use))


def _topics() -> list[Topic]:
    uses = typical_uses()
    return [
        Topic(TOPIC_NAMES[topic], tuple(_example(u.use) for u in uses if u.topic == topic))
        for topic in TOPICS
    ]


def _table(data: Plain) -> Table:
    """Return a row a verdict: of all pages, as JSON has them."""
    heads = ("policy", "developer", "verdict", "basis", "category", "words", "conditions", "exempt")
    verdicts = data.get("verdicts", [])
    assert isinstance(verdicts, list)
    return Table(heads, tuple(map(_row, verdicts)))


def _row(verdict: Mapping[str, object]) -> tuple[str, ...]:
    def joined(key: str, name: str) -> str:
        entries = verdict[key]
        assert isinstance(entries, list)
        return " / ".join(dict.fromkeys(cut(str(e[name]), None) for e in entries if e[name]))

    return (
        str(verdict["policy"]),
        str(verdict["developer"]),
        str(verdict["verdict"]),
        str(verdict["basis"] or ""),
        joined("restrictions", "category"),
        joined("restrictions", "quote"),
        joined("conditions", "quote"),
        joined("exemptions", "quote"),
    )
