"""Change lines: what happened to policies as values that pages, JSON and CSV share.

Owns how changed words are shown: the differing ones told apart, and where only quotes may be shown,
shortened around the first of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from usepolicy.policies.spans import Evidence
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.tracking.alerts import of_outage
from usepolicy.tracking.changes import HARMLESS, STRICTER, Change, VersionKind
from usepolicy.tracking.feeds import SAID
from usepolicy.tracking.histories import Outage, Step
from usepolicy.tracking.side_by_side import Piece, Pieces, differing
from usepolicy.tracking.summary import ARTEFACTS
from usepolicy.web.pages.fulltext import HIDDEN
from usepolicy.web.tracked import Told
from usepolicy.web.words import cut

LOUD = frozenset({VersionKind.SUBSTANTIVE, VersionKind.UNKNOWN})
"""Kinds of a version that are shown without being asked for."""
MOST_FACTS = 15
"""Facts of one event in a list: a rewrite has a hundred, and they are on its page."""


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One fact, with the words of both sides."""

    change: str
    said: str
    way: str
    """`stricter`, `looser` or `same`."""
    category: str | None
    category_name: str
    old_words: str
    new_words: str
    old: Pieces
    new: Pieces


@dataclass(frozen=True, slots=True)
class EventLine:
    """What happened to one policy at one time."""

    id: str
    date: str
    policy: str
    policy_label: str
    policy_address: str
    kind: str
    """Kind of the change, or `outage`."""
    summary: str
    quiet: bool
    """Whether it changes nothing for users, or is of the recorder's making."""
    artefact: str
    """What the recorder did; empty: nothing."""
    until: str | None
    """Last day of an outage; None: it lasts, or this is no outage."""
    times: int
    """How often the page went in an outage."""
    address: str | None
    """Of the page of the change."""
    changes: tuple[ChangeLine, ...]
    more: int
    """Further facts, which the page of the change has."""


def event_line(told: Told, limit: int | None, category: str = "") -> EventLine:
    """Return an event as it may be shown; of a category only what is about it."""
    entry, of = told.event.entry, told.followed
    facts = [each for each in told.event.changes if category in ("", each.category)]
    change = entry.change if isinstance(entry, Step) else None
    artefact = change.artefact if change else None
    return EventLine(
        id=told.event.id,
        date=f"{told.event.at:%Y-%m-%d}",
        policy=of.id,
        policy_label=of.label,
        policy_address=of.address,
        kind=told.event.kind,
        summary=change.summary if change else of_outage(entry) if isinstance(entry, Outage) else "",
        quiet=bool(change and (change.kind not in LOUD or artefact)),
        artefact=ARTEFACTS[artefact] if artefact else "",
        until=f"{entry.until:%Y-%m-%d}" if isinstance(entry, Outage) and entry.until else None,
        times=entry.times if isinstance(entry, Outage) else 0,
        address=of.change_address(entry) if isinstance(entry, Step) else None,
        changes=tuple(change_line(each, limit) for each in facts[:MOST_FACTS]),
        more=max(0, len(told.event.changes) - min(MOST_FACTS, len(facts))),
    )


def change_line(change: Change, limit: int | None) -> ChangeLine:
    """Return a fact as it may be shown."""
    old, new = (_words(side) for side in (change.old, change.new))
    before, after = pieces_of(old, new, limit)
    names = load_taxonomy().by_id
    known = names.get(change.category) if change.category else None
    return ChangeLine(
        change=change.change.value,
        said=SAID.get(change.change, change.change.value),
        way=_way(change),
        category=known.id if known else None,
        category_name=known.name if known else "",
        old_words=joined(before),
        new_words=joined(after),
        old=before,
        new=after,
    )


def _way(change: Change) -> str:
    if change.change in HARMLESS:
        return "same"
    return "stricter" if change.change in STRICTER else "looser"


def _words(side: Evidence | None) -> str:
    return side.quote if side else ""


def pieces_of(old: str, new: str, limit: int | None) -> tuple[Pieces, Pieces]:
    """Return the words of both sides as they may be shown; of a side that stands alone none differ."""
    a, b = (cut(HIDDEN.sub("", words), None) for words in (old, new))
    if not (a and b):
        return _alone(a, limit), _alone(b, limit)
    before, after = differing(a, b)
    return shortened(before, limit), shortened(after, limit)


def _alone(words: str, limit: int | None) -> Pieces:
    return shortened((Piece(words, differs=False),), limit) if words else ()


def joined(pieces: Pieces) -> str:
    """Return pieces as one string."""
    return "".join(piece.words for piece in pieces)


def shortened(pieces: Pieces, limit: int | None) -> Pieces:
    """Return at most `limit` characters of pieces, around the first words that differ."""
    whole = joined(pieces)
    if limit is None or len(whole) <= limit:
        return pieces
    start = _start(pieces, len(whole), limit)
    end = start + limit - 2  # a sign on either side says that the words go on
    found, at = [], 0
    for piece in pieces:
        words = piece.words[max(0, start - at) : max(0, end - at)]
        at += len(piece.words)
        if words:
            found.append(Piece(words, piece.differs))
    if start:
        found[0] = Piece("…" + found[0].words, found[0].differs)
    if end < len(whole):
        found[-1] = Piece(found[-1].words + "…", found[-1].differs)
    return tuple(found)


def _start(pieces: Pieces, size: int, limit: int) -> int:
    """Return where a quote begins: a third of it stands before the first difference."""
    first, at = 0, 0
    for piece in pieces:
        if piece.differs:
            first = at
            break
        at += len(piece.words)
    start = max(0, min(first - limit // 3, size - limit + 2))
    behind = joined(pieces).find(" ", start, start + limit // 4) + 1 if start else 0
    return behind or start
