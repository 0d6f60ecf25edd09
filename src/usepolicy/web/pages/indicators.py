"""The page of indicators: what the transparency index scored, and what texts state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from usepolicy.comparison.figures import Table
from usepolicy.comparison.indicators import Answer, answers
from usepolicy.indicators import LATEST, companies, indicators, of_edition, scores
from usepolicy.web.page import Choice, Page, Params, choices, chosen
from usepolicy.web.pages.compare import options
from usepolicy.web.shelf import Origin, Shelf
from usepolicy.web.words import web_address


@dataclass(frozen=True, slots=True)
class IndicatorLine:
    """An item of the index."""

    id: str
    name: str
    theme: str
    definition: str
    earns_point: str
    scores: tuple[int | None, ...]
    """One a company; None where the edition did not score it."""
    total: int
    stated: str
    """By the policy that was asked for; empty where none was."""
    quote: str
    source: str | None


@dataclass(frozen=True, slots=True)
class IndicatorsPage:
    """What the page of indicators says."""

    edition: str
    editions: tuple[Choice, ...]
    companies: tuple[str, ...]
    indicators: tuple[IndicatorLine, ...]
    policies: tuple[Choice, ...]
    policy: str
    policy_label: str


def index(shelf: Shelf, params: Params) -> Page:
    """Build the page of indicators: `edition` of the index, and what `policy` states of its own."""
    editions = {each: each for each in dict.fromkeys(i.edition for i in indicators())}
    edition = chosen(params, "edition", editions, LATEST)
    items = of_edition(edition)
    asked = params.get("policy", "")
    entry = shelf.entry(asked) if asked else None
    stated: Sequence[Answer | None] = (
        answers(shelf.subject(entry), items) if entry else [None] * len(items)
    )
    names = companies(edition)
    content = IndicatorsPage(
        edition=edition,
        editions=choices(editions, edition),
        companies=tuple(names.values()),
        indicators=tuple(_line(shelf, answer, at, edition) for at, answer in enumerate(stated)),
        policies=(
            Choice("", "no policy", not asked),
            *(options(shelf, entry) if entry else _read(shelf)),
        ),
        policy=entry.id if entry else "",
        policy_label=entry.label if entry else "",
    )
    return Page("indicators.html", "Transparency indicators", content, _table(content))


def _read(shelf: Shelf) -> tuple[Choice, ...]:
    return tuple(Choice(e.id, f"{e.label}: {e.title[:60]}") for e in shelf.of(Origin.READ)[:300])


def _line(shelf: Shelf, answer: Answer | None, at: int, edition: str) -> IndicatorLine:
    item = of_edition(edition)[at]
    found = scores()
    row = tuple(found.get((slug, item.id)) for slug in companies(edition))
    return IndicatorLine(
        id=item.id,
        name=item.name,
        theme=item.theme.replace("_", " "),
        definition=item.definition,
        earns_point=item.earns_point,
        scores=row,
        total=sum(score or 0 for score in row),
        stated=answer.stated.value if answer else "",
        quote=shelf.quote(answer.quote) if answer else "",
        source=web_address(item.source),
    )


def _table(content: IndicatorsPage) -> Table:
    more = ("stated", "words") if content.policy else ()
    heads = ("id", "theme", "indicator", "question", *content.companies, *more)
    rows = tuple(
        (
            line.id,
            line.theme,
            line.name,
            line.definition,
            *("" if score is None else str(score) for score in line.scores),
            *((line.stated, line.quote) if content.policy else ()),
        )
        for line in content.indicators
    )
    return Table(heads, rows)
