"""The diagram of a chain: its links from the developer down to the user, as SVG.

Owns the drawing; what it says comes from `cards`. One column that a phone shows at its own size.
What differs by colour differs by form too; a reader of the screen gets the sentences. The figure
has no style of its own, so that a page may forbid inline styles; the file brings one along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import escape

from usepolicy.supply_chain.cards import Card, Counts, Stop, cards_of
from usepolicy.supply_chain.chains import LinkId
from usepolicy.supply_chain.propagation import ChainResult
from usepolicy.taxonomy.categories import Taxonomy

WIDTH, MARGIN, PADDING = 390, 10, 14
LANE = 16
"""Room of one line that leads past other links."""
MOST_LANES = 6
WIDE = 0.58
"""Width of a letter, in sizes of its font: DejaVu Sans, the widest of the common ones, has 0.58."""
MOST_LINES = 3
"""Lines that one statement may take; what is longer is cut."""
SHAFT = 34
"""Where the line from a link to the next stands, from the left."""
NAMED = 3
"""Restrictions that are named of those that a link adds."""
COLOURS: Mapping[str, tuple[str, str]] = {
    "paper": ("#fcfbf8", "#14171b"),
    "raised": ("#ffffff", "#1b1f25"),
    "ink": ("#1d232b", "#e4e2dc"),
    "quiet": ("#58616c", "#a3a9b1"),
    "accent": ("#16324f", "#9cc3ea"),
    "warn": ("#7a3b12", "#f0b78a"),
}
"""Colour of each part, in the light and in the dark."""
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif"


@dataclass
class _Canvas:
    """Elements so far, and how far down they go."""

    right: int
    """Where boxes end."""
    y: int = 0
    elements: list[str] = field(default_factory=list)

    def add(self, element: str) -> None:
        """Add an element."""
        self.elements.append(element)

    def say(
        self, x: int, words: str, *, part: str = "ink", size: int = 13, bold: bool = False
    ) -> None:
        """Write words, on as many lines as they need, and go below them."""
        weight = ' font-weight="600"' if bold else ""
        for line in _lines(words, self.right - PADDING - x, size):
            self.y += round(size * 1.4)
            self.add(
                f'<text x="{x}" y="{self.y - round(size * 0.3)}" font-size="{size}"{weight}'
                f" {_fill(part)}>{_safe(line)}</text>"
            )


def chain_svg(result: ChainResult, taxonomy: Taxonomy) -> str:
    """Return the diagram as a file that follows the reader's choice of light or dark."""
    figure = chain_figure(result, taxonomy)
    head, _, rest = figure.partition(">")
    name = ' xmlns="http://www.w3.org/2000/svg"'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}{name}>\n{_style()}{rest}\n'


def chain_figure(result: ChainResult, taxonomy: Taxonomy) -> str:
    """Return the diagram as it stands in a page, which has the style of its classes."""
    cards = cards_of(result, taxonomy)
    far = _far(cards)
    lanes = max((lane + 1 for _, _, lane in far), default=0)
    canvas = _Canvas(WIDTH - MARGIN - LANE * lanes, y=MARGIN)
    places: dict[LinkId, tuple[int, int]] = {}
    for number, card in enumerate(cards):
        before = cards[number - 1].id if number else None
        if before is not None:
            _between(canvas, cards[number - 1], follows=before in card.sources)
        top = canvas.y
        _box(canvas, card)
        places[card.id] = (top, canvas.y)
    for source, target, lane in far:
        _past(canvas, lane, places[source], places[target])
    height = canvas.y + MARGIN
    title, desc = _safe(result.chain.name), _safe(" ".join(map(_sentence, cards)))
    return "\n".join(
        [
            f'<svg class="chain" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
            f' role="img" aria-labelledby="chain-title chain-desc" font-family="{FONT}">',
            f'<title id="chain-title">{title}</title>',
            f'<desc id="chain-desc">{desc}</desc>',
            f'<rect width="{WIDTH}" height="{height}" {_fill("paper")}/>',
            *canvas.elements,
            "</svg>",
        ]
    )


def _far(cards: Sequence[Card]) -> list[tuple[LinkId, LinkId, int]]:
    """Return which links take from one that is not right above them, and the lane of each way.

    Ways that don't run beside one another share a lane; past the last lane they share anyhow.
    """
    at = {card.id: number for number, card in enumerate(cards)}
    ways = [(at[s], n) for n, card in enumerate(cards) for s in card.sources if at[s] != n - 1]
    ends: list[int] = []
    found = []
    for start, end in sorted(ways):
        free = next((lane for lane, last in enumerate(ends) if last <= start), len(ends))
        lane = free % MOST_LANES
        ends[lane : lane + 1] = [end]
        found.append((cards[start].id, cards[end].id, lane))
    return found


def _box(canvas: _Canvas, card: Card) -> None:
    top, x = canvas.y, MARGIN + PADDING
    at = len(canvas.elements)
    canvas.y += 8
    canvas.say(x, f"{card.kind} · {card.gives}", part="quiet", size=12)
    canvas.say(x, card.name, size=17, bold=True)
    if card.adds.total:
        canvas.y += 4
        _count(canvas, "adds", card.adds)
        canvas.say(x, _named(card.strongest), part="quiet", size=12)
    if card.by:
        canvas.y += 4
        _count(canvas, "bound to", card.bound)
        canvas.say(x, f"by {', '.join(card.by)}", part="quiet", size=12)
    if card.enforces:
        canvas.y += 4
        canvas.say(x, card.enforces, size=12)
    for note in card.notes:
        canvas.y += 4
        _warn(canvas, note)
    canvas.y += 10
    size = f'width="{canvas.right - MARGIN}" height="{canvas.y - top}"'
    frame = f'<rect x="{MARGIN}" y="{top}" {size} rx="6" stroke-width="1.5" {_fill("raised")} {_line("accent")}/>'
    canvas.elements.insert(at, frame)


def _count(canvas: _Canvas, lead: str, counts: Counts) -> None:
    """Write how many are prohibited (a full dot) and restricted (half of one)."""
    x = MARGIN + PADDING
    y = canvas.y + 9
    canvas.say(x, f"{lead} {counts.total}")
    x += round(len(f"{lead} {counts.total}") * 13 * WIDE) + 12
    for value, count in (("prohibited", counts.prohibited), ("restricted", counts.restricted)):
        if not count:
            continue
        words = f"{count} {value}"
        fill = _fill("raised" if value == "restricted" else "accent")
        edge = f'stroke-width="1.5" {_line("accent")}'
        canvas.add(f'<circle cx="{x + 5}" cy="{y}" r="5" {edge} {fill}/>')
        if value == "restricted":
            canvas.add(f'<path d="M{x + 5} {y - 5}a5 5 0 0 0 0 10z" {_fill("accent")}/>')
        canvas.add(
            f'<text x="{x + 15}" y="{canvas.y - 4}" font-size="13" {_fill("ink")}>{words}</text>'
        )
        x += 15 + round(len(words) * 13 * WIDE) + 10


def _between(canvas: _Canvas, card: Card, *, follows: bool) -> None:
    """Draw the way from a link to the next, broken where something stops."""
    top = canvas.y
    canvas.y += 12
    for stop in card.stops:
        _stop(canvas, stop)
        canvas.y += 4
    canvas.y += 14
    if not follows:
        return
    x, bottom = MARGIN + SHAFT - 20, canvas.y
    dashed = ' stroke-dasharray="2 4"' if card.stops else ""
    canvas.add(
        f'<path d="M{x} {top}V{bottom - 8}" fill="none" stroke-width="2"{dashed} {_line("accent")}/>'
    )
    canvas.add(f'<path d="M{x - 5} {bottom - 9}h10l-5 9z" {_fill("accent")}/>')


def _stop(canvas: _Canvas, stop: Stop) -> None:
    x, top = MARGIN + SHAFT + 22, canvas.y
    if stop.must:
        words = f"Gap: {stop.count} of {stop.of} must be passed on and are not"
    else:
        words = f"{stop.count} of {stop.of} do not reach those below"
    canvas.say(x, words, part="warn" if stop.must else "ink", size=12, bold=stop.must)
    y, cx = top + 10, x - 14
    fill = _fill("warn") if stop.must else _fill("paper")
    canvas.add(
        f'<path d="M{cx} {y - 8}l8 8l-8 8l-8 -8z" stroke-width="1.5" {fill} {_line("warn" if stop.must else "quiet")}/>'
    )
    if stop.must:
        canvas.add(
            f'<text x="{cx}" y="{y + 4}" font-size="12" font-weight="700" text-anchor="middle" {_fill("paper")}>!</text>'
        )


def _warn(canvas: _Canvas, words: str) -> None:
    x, y = MARGIN + PADDING, canvas.y + 9
    canvas.add(
        f'<path d="M{x + 6} {y - 6}l6 11h-12z" fill="none" stroke-width="1.5" {_line("warn")}/>'
    )
    canvas.say(x + 18, words, part="warn", size=12)


def _past(canvas: _Canvas, lane: int, source: tuple[int, int], target: tuple[int, int]) -> None:
    """Draw the way from a link to one further down, past those between."""
    x, right = canvas.right + LANE * (lane + 1) - 4, canvas.right
    start, end = source[1] - 14 - 6 * lane, target[0] + 18 + 8 * lane
    canvas.add(
        f'<path d="M{right} {start}H{x}V{end}H{right + 8}" fill="none" stroke-width="2" {_line("accent")}/>'
    )
    canvas.add(f'<path d="M{right + 9} {end - 5}v10l-9 -5z" {_fill("accent")}/>')


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(names[:NAMED])
    return shown if len(names) <= NAMED else f"{shown} and {len(names) - NAMED} more"


def _sentence(card: Card) -> str:
    """Return what the diagram says of a link, for whoever does not see it."""
    said = [f"{card.kind.capitalize()} {card.name}, {card.gives}"]
    if card.adds.total:
        said.append(f"adds {_counted(card.adds)}: {_named(card.strongest)}")
    if card.by:
        said.append(f"is bound to {_counted(card.bound)} by {', '.join(card.by)}")
    said += [
        f"{stop.count} of {stop.of} {'must be passed on and are not' if stop.must else 'do not reach those below'}"
        for stop in card.stops
    ]
    return f"{'; '.join([*said, *card.notes])}."


def _counted(counts: Counts) -> str:
    return f"{counts.prohibited} prohibited and {counts.restricted} restricted"


def _lines(words: str, width: int, size: int) -> Iterator[str]:
    """Yield words as lines that fit a width; a word that does not fit is cut."""
    most = max(4, int(width / (size * WIDE)))
    lines = list(_wrapped(words.split(), most))
    for number, line in enumerate(lines[:MOST_LINES]):
        last = number == MOST_LINES - 1 and len(lines) > MOST_LINES
        yield f"{line[: most - 1]}…" if last or len(line) > most else line


def _wrapped(words: Iterable[str], most: int) -> Iterator[str]:
    line = ""
    for word in words:
        if line and len(line) + 1 + len(word) > most:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    if line:
        yield line


def _safe(words: str) -> str:
    """Return words as text of XML, without what may not stand in it or turns its direction."""
    return str(escape("".join(char if char.isprintable() else " " for char in words)))


def _fill(part: str) -> str:
    return f'class="c-{part}" fill="{COLOURS[part][0]}"'


def _line(part: str) -> str:
    return f'stroke="{COLOURS[part][0]}" data-line="{part}"'


def _style() -> str:
    rules = [
        [f".c-{part}{{fill:{dark}}}", f"[data-line={part}]{{stroke:{dark}}}"]
        for part, (_, dark) in COLOURS.items()
    ]
    every = "".join(rule for pair in rules for rule in pair)
    return f"<style>@media (prefers-color-scheme:dark){{{every}}}</style>"
