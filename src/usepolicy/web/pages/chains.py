"""The pages of chains: the list, and one with what binds whom, what is lost, and who can enforce."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from usepolicy.comparison.figures import Table
from usepolicy.policies.clauses import Effect
from usepolicy.supply_chain.answers import NO_ADVICE, Plain, Through
from usepolicy.supply_chain.binding import Bound, Source
from usepolicy.supply_chain.cards import VIA, Card, cards_of
from usepolicy.supply_chain.chain_answers import plain_chain, plain_end_answer
from usepolicy.supply_chain.diagram import chain_figure, chain_svg
from usepolicy.supply_chain.duties import DOCUMENTS
from usepolicy.supply_chain.ends import EndVerdict, end_verdicts
from usepolicy.supply_chain.propagation import ChainFinding, ChainResult, FindingKind, LinkResult
from usepolicy.supply_chain.uses import Use
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.web.page import Page, Params
from usepolicy.web.pages.ask import understood
from usepolicy.web.pages.verdict_lines import (
    NamedCategory,
    VerdictLine,
    address_of_words,
    named_categories,
    said_of,
    verdict_line,
)
from usepolicy.web.shelf import Shelf
from usepolicy.web.words import cut, exact, inert, shown_quotes

ORDER = (
    FindingKind.GAP,
    FindingKind.HOSTING_FORBIDDEN,
    FindingKind.NO_POLICY,
    FindingKind.CONFLICT,
    FindingKind.MISSING_DOCUMENT,
    FindingKind.AGREEMENT_WITHOUT_GROUND,
    FindingKind.NOT_GIVEN,
    FindingKind.NOT_READ,
    FindingKind.NO_TEXT,
    FindingKind.DOUBLED_DUTY,
    FindingKind.NOT_PASSED_ON,
)
"""What to look at first."""
MEANINGS = {
    FindingKind.GAP: "must be passed on to those below and is not",
    FindingKind.HOSTING_FORBIDDEN: "is offered as a service in spite of the terms",
    FindingKind.NO_POLICY: "gives access and lays nothing on anybody",
    FindingKind.CONFLICT: "is permitted there and prohibited by another policy: the prohibition holds",
    FindingKind.MISSING_DOCUMENT: "must be handed on and is not said to be",
    FindingKind.AGREEMENT_WITHOUT_GROUND: "stays as it is: the policy leaves no room for the agreement",
    FindingKind.NOT_GIVEN: "binds by reference and is not in the chain: what it asks is unknown",
    FindingKind.NOT_READ: "could not be read: what it restricts is unknown",
    FindingKind.NO_TEXT: "is known by a coding alone: its duties are unknown",
    FindingKind.DOUBLED_DUTY: "is asked for by two policies: fulfil the stricter",
    FindingKind.NOT_PASSED_ON: "does not reach those below, though the link above is bound to it",
}
SHOWN = (FindingKind.CONFLICT, FindingKind.DOUBLED_DUTY)
"""Kinds whose words are shown on both sides."""
MOST_WORDS = 6
"""Quotes of one finding on the page; JSON has them all."""


@dataclass(frozen=True, slots=True)
class ChainLine:
    """A chain in the list."""

    name: str
    title: str
    address: str
    links: tuple[str, ...]
    findings: str


@dataclass(frozen=True, slots=True)
class ChainsPage:
    """What the list says."""

    chains: tuple[ChainLine, ...]


@dataclass(frozen=True, slots=True)
class BoundLine:
    """A category that binds a link."""

    id: str
    name: str
    said: str
    by: tuple[str, ...]
    quote: str
    address: str | None


@dataclass(frozen=True, slots=True)
class DutyLine:
    """What must be done for those below."""

    kind: str
    of: str
    quote: str
    done: str
    """Of something written: `handed on` or `missing`; else empty."""


@dataclass(frozen=True, slots=True)
class LinkLine:
    """One link."""

    card: Card
    is_end: bool
    bound: tuple[BoundLine, ...]
    not_reaching: tuple[str, ...]
    duties: tuple[DutyLine, ...]


@dataclass(frozen=True, slots=True)
class FindingLine:
    """What was found of one kind, at one link, of one other."""

    kind: str
    at: str
    of: str
    about: tuple[str, ...]
    meaning: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BindingVerdict:
    """What a policy of the chain says of a use, and whether it binds the end."""

    link: str
    binds: str
    line: VerdictLine


@dataclass(frozen=True, slots=True)
class EndLine:
    """What the chain comes to for a use, at one end."""

    name: str
    verdict: str
    above: str
    agreements: tuple[str, ...]
    verdicts: tuple[BindingVerdict, ...]


@dataclass(frozen=True, slots=True)
class ChainPage:
    """What the page of a chain says."""

    name: str
    title: str
    svg: str
    image: str
    links: tuple[LinkLine, ...]
    findings: tuple[FindingLine, ...]
    use: str
    unclear: str | None
    categories: tuple[NamedCategory, ...]
    ends: tuple[EndLine, ...]
    note: str


def chains(shelf: Shelf, _: Params) -> Page:
    """Build the list of chains."""
    kept = shelf.settings.chains
    lines = tuple(_chain_line(name, kept.get(name)) for name in kept.names)
    rows = tuple((c.name, c.title, " → ".join(c.links), c.findings) for c in lines)
    heads = ("chain", "title", "links", "findings")
    return Page("chains.html", "Supply chains", ChainsPage(lines), Table(heads, rows))


def chain(shelf: Shelf, params: Params) -> Page:
    """Build the page of one chain; with `use`, what it comes to for that.

    Raises: UsageError: `no-such-chain`, `long-use`.
    """
    result = shelf.settings.chains.get(params["id"])
    words = inert(params.get("use", "")).strip()
    use = understood(words) if words else None
    clear = use is not None and use.unclear is None
    ends = end_verdicts(use, result, load_taxonomy()) if use and clear else ()
    cards = cards_of(result, load_taxonomy())
    content = ChainPage(
        name=params["id"],
        title=cut(result.chain.name),
        svg=chain_figure(result, load_taxonomy()),
        image=f"{_address(params['id'])}.svg",
        links=tuple(_link(shelf, result, each) for each in zip(result.links, cards, strict=True)),
        findings=tuple(_findings(shelf, result)),
        use=words,
        unclear=use.unclear if use else None,
        categories=named_categories(use) if use else (),
        ends=tuple(_end(shelf, result, each) for each in ends),
        note=NO_ADVICE,
    )
    data = _data(shelf, result, use, ends)
    return Page("chain.html", content.title, content, _table(content), data)


def chain_image(shelf: Shelf, params: Params, _: str) -> bytes:
    """Return the diagram of a chain.

    Raises: UsageError: `no-such-chain`.
    """
    return chain_svg(shelf.settings.chains.get(params["id"]), load_taxonomy()).encode()


def _data(shelf: Shelf, result: ChainResult, use: Use | None, ends: Sequence[EndVerdict]) -> Plain:
    """Return what `chain --format json` prints, or `ask --chain` where a use is asked for."""
    plain = plain_chain(result) if use is None else plain_end_answer(use, ends, result.chain.name)
    shown = shown_quotes(plain, shelf.limit)
    assert isinstance(shown, dict)
    return shown


def _chain_line(name: str, result: ChainResult) -> ChainLine:
    counts = Counter(finding.kind for finding in result.findings)
    said = (f"{counts[kind]} {kind.value.replace('_', ' ')}" for kind in ORDER if counts[kind])
    links = tuple(cut(link.name) for link in result.chain.links)
    found = ", ".join(said) or "none"
    return ChainLine(name, cut(result.chain.name), _address(name), links, found)


def _address(name: str) -> str:
    return f"/chains/{quote(name, safe='')}"


def _link(shelf: Shelf, result: ChainResult, pair: tuple[LinkResult, Card]) -> LinkLine:
    at, card = pair
    bound = {each.category for each in at.bound}
    names = load_taxonomy()
    return LinkLine(
        card,
        at.link in result.chain.ends,
        tuple(_bound(shelf, result, each) for each in at.bound),
        tuple(
            names.get(each.category).name for each in at.not_reaching if each.category not in bound
        ),
        tuple(_duties(shelf, result, at)),
    )


def _bound(shelf: Shelf, result: ChainResult, bound: Bound) -> BoundLine:
    first = min(bound.sources, key=lambda each: each.named.strength is not bound.strength)
    required = all(each.named.effect is Effect.REQUIRES for each in bound.sources)
    links = dict.fromkeys(result.chain.get(each.link).name for each in bound.sources)
    said = "required" if required else bound.strength.value
    return BoundLine(
        bound.category,
        load_taxonomy().get(bound.category).name,
        "lifted by agreement" if bound.lifted else said,
        tuple(map(cut, links)),
        exact(first.named.quote, shelf.limit) if first.named.quote else "",
        address_of_words(shelf, first.policy, first.named),
    )


def _duties(shelf: Shelf, result: ChainResult, at: LinkResult) -> Iterator[DutyLine]:
    for policy, duty in at.duties:
        written = duty.kind in DOCUMENTS
        handed = "handed on" if duty.kind in at.link.documents else "missing"
        yield DutyLine(
            duty.kind.value.replace("_", " "),
            cut(result.chain.get(policy.link).name),
            exact(duty.evidence.quote, shelf.limit),
            handed if written else "",
        )


def _findings(shelf: Shelf, result: ChainResult) -> Iterator[FindingLine]:
    grouped: dict[tuple[FindingKind, str, str], list[ChainFinding]] = {}
    for each in sorted(result.findings, key=lambda each: ORDER.index(each.kind)):
        grouped.setdefault((each.kind, each.at, each.of), []).append(each)
    for every in grouped.values():
        first = every[0]
        yield FindingLine(
            first.kind.value.replace("_", " "),
            cut(result.chain.get(first.at).name),
            cut(result.chain.get(first.of).name),
            tuple(dict.fromkeys(_about(each) for each in every)),
            MEANINGS[first.kind],
            tuple(dict.fromkeys(words for each in every for words in _said(shelf, each)))[
                :MOST_WORDS
            ],
        )


def _said(shelf: Shelf, finding: ChainFinding) -> Iterator[str]:
    """Yield the words that make a finding one."""
    if finding.duty:
        yield exact(finding.duty.evidence.quote, shelf.limit)
    if finding.kind in SHOWN:
        yield from _words(shelf, finding.sources)
    if finding.reference and finding.reference.sentence:
        yield exact(finding.reference.sentence.quote, shelf.limit)


def _about(finding: ChainFinding) -> str:
    if finding.category is not None:
        return load_taxonomy().get(finding.category).name
    if finding.reference is not None:
        return cut(finding.reference.evidence.quote)
    if finding.kind is FindingKind.HOSTING_FORBIDDEN:
        return "what it gives"
    return finding.duty.kind.value.replace("_", " ") if finding.duty else "its policy"


def _words(shelf: Shelf, sources: Sequence[Source]) -> list[str]:
    return [
        f"{said_of(each.named)}: {exact(each.named.quote, shelf.limit)}"
        for each in sources
        if each.named.quote
    ]


def _end(shelf: Shelf, result: ChainResult, end: EndVerdict) -> EndLine:
    through = Through(verdict for _, verdict in end.verdicts)
    return EndLine(
        cut(end.end.name),
        end.value.value,
        end.above.value,
        tuple(map(cut, end.agreements)),
        tuple(
            BindingVerdict(
                cut(result.chain.get(binding.policy.link).name),
                VIA[binding.via]
                if binding.binds
                else f"stops at {_name(result, binding.stops_at)}",
                verdict_line(shelf, verdict, through),
            )
            for binding, verdict in end.verdicts
        ),
    )


def _name(result: ChainResult, link: object) -> str:
    return next((cut(each.name) for each in result.chain.links if each.id == link), "")


def _table(content: ChainPage) -> Table:
    """Return a row for each category that binds a link."""
    heads = ("link", "kind", "category", "use is", "by", "words")
    rows = tuple(
        (each.card.id, each.card.kind, b.id, b.said, "; ".join(b.by), cut(b.quote, None))
        for each in content.links
        for b in each.bound
    )
    return Table(heads, rows)
