"""The page that asks: whether policies allow a use, in which words, under which conditions.

Owns who is asked, the filters and the groups. Its JSON is what `usepolicy ask --format json` prints.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from usepolicy.comparison.figures import Table
from usepolicy.labelling.uses import use_labeller
from usepolicy.supply_chain.answers import NO_ADVICE, Plain, Through, plain_answer
from usepolicy.supply_chain.examples import TOPICS, typical_uses
from usepolicy.supply_chain.uses import Use, understand
from usepolicy.supply_chain.verdicts import Verdict, VerdictValue, verdict_of
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
from usepolicy.web.pages.verdict_lines import (
    NamedCategory,
    VerdictLine,
    named_categories,
    verdict_line,
)
from usepolicy.web.shelf import Entry, Shelf
from usepolicy.web.words import cut, inert, shown_quotes

PAGE_SIZE = 250
"""Verdicts of one page; JSON and CSV have all."""
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
    use = understood(words) if words else None
    found, through = _verdicts(shelf, use, entries)
    shown = [each for each in found if not only or each.value.value == only]
    asked = {name: params.get(name, "") for name in ("use", "developer", "policy", "verdict")}
    turn = turned(params, "/ask", asked, pages_of(len(shown), PAGE_SIZE))
    here = shown[(turn.page - 1) * PAGE_SIZE : turn.page * PAGE_SIZE]
    lines = [verdict_line(shelf, each, through) for each in here]
    policy = entries[0] if params.get("policy") else None
    content = AskPage(
        use=words,
        categories=named_categories(use) if use else (),
        unclear=use.unclear if use else None,
        left_open=use.left_open if use else (),
        groups=_groups(lines, Counter(each.value.value for each in shown)),
        tallies=_tallies(found, asked, only),
        count=len(found),
        developers=_developers(shelf, params.get("developer", "")),
        policy=policy.id if policy else "",
        policy_title=f"{policy.label}: {policy.title}" if policy else "",
        featured=tuple(map(_example, FEATURED)),
        topics=tuple(_topics()),
        note=NO_ADVICE,
        turn=turn,
    )
    data = shown_quotes(plain_answer(use, shown, through), shelf.limit) if use else {}
    assert isinstance(data, dict)
    return Page("ask.html", "Is this use allowed?", content, _table(data), data or None)


def understood(words: str) -> Use:
    """Return what the built-in labeller understands of a visitor's words."""
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
    shelf: Shelf, use: Use | None, entries: Sequence[Entry]
) -> tuple[tuple[Verdict, ...], Through]:
    """Return what each says, the strictest first, and what all say, where references may lead."""
    if use is None or use.unclear is not None:
        return (), Through(())
    taxonomy, askers = load_taxonomy(), askers_of(shelf)
    every = {entry.id: entry for entry in (*entries, *shelf.entries[:MOST_ASKED])}
    verdicts = {id: verdict_of(use, askers.of(entry), taxonomy) for id, entry in every.items()}
    order = list(VerdictValue)
    mine = [verdicts[entry.id] for entry in entries]
    mine.sort(key=lambda each: (order.index(each.value), not each.asked.quoted))
    return tuple(mine), Through(verdicts.values())


def _groups(lines: Sequence[VerdictLine], counts: Counter[str]) -> tuple[Group, ...]:
    groups = []
    for value, (head, meaning) in HEADS.items():
        mine = [line for line in lines if line.verdict == value]
        if mine:
            words = tuple(line for line in mine if line.quoted)
            coded = tuple(line for line in mine if not line.quoted)
            groups.append(Group(value.value, head, meaning, counts[value], words, coded))
    return tuple(groups)


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
