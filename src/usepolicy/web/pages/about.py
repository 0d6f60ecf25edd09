"""The page about the site: what it rests on, under which licences, and how to use it."""

from __future__ import annotations

from dataclasses import dataclass

from usepolicy import __version__
from usepolicy.instruments import instruments
from usepolicy.known import SOURCE as KNOWN_SOURCE
from usepolicy.study import STUDY_SOURCE, study_discrepancies
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.web.page import Page, Params
from usepolicy.web.shelf import Origin, Shelf
from usepolicy.web.words import QUOTE_LIMIT, web_address


@dataclass(frozen=True, slots=True)
class SourceLine:
    """Something that the site rests on."""

    what: str
    citation: str
    address: str | None
    licence: str


@dataclass(frozen=True, slots=True)
class DiscrepancyLine:
    """Where the study's text, figures and data differ."""

    where: str
    stated: str
    found: str
    explanation: str


@dataclass(frozen=True, slots=True)
class AboutPage:
    """What the page about the site says."""

    version: str
    taxonomy: str
    study: int
    read: int
    by_hand: int
    full_text: bool
    quote_limit: int
    can_add: bool
    sources: tuple[SourceLine, ...]
    discrepancies: tuple[DiscrepancyLine, ...]
    pages: tuple[tuple[str, str], ...]
    """Address and what it says; each has a twin in JSON."""


PAGES = (
    ("/", "what is here, what is new, three findings"),
    ("/ask", "whether a use is allowed: use, developer, policy, verdict, page"),
    ("/matrix", "who prohibits what: by, who, q, sort, group, page"),
    ("/cells/ID", "the words behind one dot: of"),
    ("/developers", "all developers"),
    ("/developers/ID", "one developer: its policies, scores, other restrictions"),
    ("/policies", "all policies: page"),
    ("/policies/ID", "one version: its clauses, with the words they cite"),
    ("/categories", "the taxonomy, with counts"),
    ("/categories/ID", "one category: who, in which words, which laws: page"),
    ("/changes", "what changed: developer, service, category, kind, since, page"),
    ("/changes/ID", "one change: both versions side by side: old"),
    ("/tracked", "the policies whose versions are kept: page"),
    ("/tracked/ID", "one policy over time: page"),
    ("/timelines/ID", "one category over time: who began, who ceased"),
    ("/compare", "two policies: a, b"),
    ("/coverage", "a policy and a law, a code or a scheme: policy, instrument"),
    ("/chains", "supply chains"),
    ("/chains/ID", "one chain: what binds whom, what is lost; use; also as .svg"),
    ("/figures", "the study's figures"),
    ("/figures/N", "one figure: of; also as .svg, .png, .pdf"),
    ("/indicators", "the transparency index: edition, policy"),
    ("/search", "clauses, categories, developers: q, page"),
    ("/about", "sources, licences, limits"),
)
"""Every page with what its address can ask for."""
NO_TABLES = frozenset({"/", "/cells/ID", "/developers/ID", "/figures", "/about"})
TABLES = frozenset(address for address, _ in PAGES) - NO_TABLES
"""Pages that are also CSV."""


def about(shelf: Shelf, _: Params) -> Page:
    """Build the page about the site."""
    content = AboutPage(
        version=__version__,
        taxonomy=load_taxonomy().version,
        study=len(shelf.of(Origin.STUDY)),
        read=len(shelf.of(Origin.READ)),
        by_hand=sum(e.hand is not None or e.origin is Origin.BY_HAND for e in shelf.entries),
        full_text=shelf.settings.full_text,
        quote_limit=QUOTE_LIMIT,
        can_add=shelf.settings.token is not None,
        sources=_sources(),
        discrepancies=tuple(
            DiscrepancyLine(d.where, d.stated, d.found, d.explanation)
            for d in study_discrepancies()
            if not d.agrees
        ),
        pages=PAGES,
    )
    return Page("about.html", "About and sources", content)


def _sources() -> tuple[SourceLine, ...]:
    study = STUDY_SOURCE
    fmti = "https://github.com/stanford-crfm/fmti"
    return (
        SourceLine("The study's codings", study.citation, study.address, study.licence),
        SourceLine("The study's data", study.data_address, study.data_address, study.licence),
        SourceLine(
            "Indicators", "Foundation Model Transparency Index, three editions", fmti, "facts"
        ),
        SourceLine(
            "Addresses of policies", "Open Terms Archive, declarations", KNOWN_SOURCE, "facts"
        ),
        *(
            SourceLine("Law, code or scheme", i.name, web_address(i.source), "facts, in our words")
            for i in instruments().values()
        ),
    )
