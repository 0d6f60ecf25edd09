"""Bounds: between which outcomes a rule must come out on a past decision, from what was kept of it.

Owns the way from a kept decision (outcome, cited restrictions with their scores, versions, faults)
to what the scores may have been under the rules that made it, and from there to the outcomes that
other rules may give. Pure. INVARIANT: never narrower than what is known: what the scores don't
tell stays open, so that nothing is said to stay the same that may change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from usepolicy.enforcement.decisions import LANGUAGE, State
from usepolicy.enforcement.detection import Detector
from usepolicy.enforcement.ledger_bodies import Cited, Decided
from usepolicy.enforcement.outcomes import ON_NO_MATCH, Outcome, strictest
from usepolicy.enforcement.plans import Knowledge, Watch
from usepolicy.enforcement.rules import DetectorName, Exemption, Rules, Stage

MILLION = 1_000_000
FOUND = (State.APPLIES, State.BETWEEN)
"""States in which something was found, and is cited."""


@dataclass(frozen=True, slots=True)
class Side:
    """Rules with the detectors that they ask."""

    rules: Rules
    knowledge: Knowledge
    versions: Mapping[DetectorName, str]
    """Equal versions give equal scores."""


def side_of(rules: Rules, detectors: Mapping[DetectorName, Detector]) -> Side:
    """Return rules with what is known of the detectors that they ask."""
    knowledge = {name: each.targets for name, each in detectors.items()}
    return Side(rules, knowledge, {name: each.version for name, each in detectors.items()})


@dataclass(frozen=True, slots=True)
class Bounds:
    """The mildest and the strictest outcome that is possible."""

    low: Outcome = ON_NO_MATCH
    high: Outcome = ON_NO_MATCH


@dataclass(frozen=True, slots=True)
class Piece:
    """One way in which a watch may have gone."""

    state: State
    low: int
    """Millionths: the score was from here ..."""
    high: int
    """... to here."""
    spared: Outcome | None = None
    """Outcome of the exemption that held and made it milder."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What an entry keeps that bears on how one watch went."""

    outcome: Outcome
    errors: tuple[str, ...]
    scores: tuple[int, ...]
    """With which it was cited; none where it was not, or nobody can tell."""

    @property
    def failed(self) -> bool:
        """Tell whether a detector could not answer."""
        return any(code != LANGUAGE for code in self.errors)


@dataclass(slots=True)
class Compared:
    """Rules that are tried beside those that decided, at one surface and place."""

    before: tuple[Watch, ...]
    """Of the rules that decided; none where they are not at hand."""
    now: tuple[Watch, ...]
    new: Side
    _related: dict[int, list[tuple[int, Watch]]] = field(default_factory=dict)
    """By watch: those of before that say something of its scores."""
    _open: dict[tuple[int, int, Seen], Outcome | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Find which watches tell of which."""
        old = list(enumerate(self.before))
        for number, watch in enumerate(self.now):
            self._related[number] = [(n, each) for n, each in old if _is_related(watch, each)]

    def bounds(self, decided: Decided) -> Bounds:
        """Return between which outcomes the rules come out on a past decision."""
        asked = {stage.detector: stage for watch in self.now for stage in watch.stages}
        is_same = all(_is_version(stage, decided, self.new) for stage in asked.values())
        if is_same and self.before and self.before == self.now:
            return Bounds(decided.outcome, decided.outcome)
        lows = (self._least(decided), _by_scores(decided, self.now, self.new))
        low = strictest(lows)
        return Bounds(low, strictest((low, *self._highest(decided))))

    def open_rules(self, decided: Decided) -> tuple[str, ...]:
        """Return the rules that may be stricter on a past decision than what was decided."""
        highest = zip(self.now, self._highest(decided), strict=True)
        most = decided.outcome.rank
        return tuple(sorted({watch.rule.id for watch, high in highest if high.rank > most}))

    def _highest(self, decided: Decided) -> list[Outcome]:
        """Return the strictest outcome of each watch: the least that any of before leaves open."""
        seen = [_seen(old, decided) for old in self.before]
        found = []
        for number, watch in enumerate(self.now):
            rule = watch.rule
            high = strictest((rule.outcome, rule.between, rule.error_outcome, rule.untrusted))
            if all(_is_version(stage, decided, self.new) for stage in watch.stages):
                for n, old in self._related[number]:
                    high = min(high, self._left_open((number, watch), (n, old), seen[n]), key=_rank)
            found.append(high)
        return found

    def _left_open(self, mine: tuple[int, Watch], theirs: tuple[int, Watch], seen: Seen) -> Outcome:
        (number, watch), (n, old) = mine, theirs
        if not watch.rule.channels <= old.rule.channels:
            return Outcome.BLOCK
        key = number, n, seen
        if key not in self._open:
            ways = (
                (piece, s) for piece in _pieces(old, seen) for s in _moved(watch, old, piece, seen)
            )
            outcomes = [o for piece, s in ways for o in _outcomes(watch, old, piece, s)]
            # None: the entry does not fit the rules that it names.
            self._open[key] = strictest(outcomes) if outcomes else None
        return self._open[key] or Outcome.BLOCK

    def _least(self, decided: Decided) -> Outcome:
        """What follows at least from what the decision came from, whichever rule that was."""
        causes: Sequence[Cited | None] = decided.restrictions
        if not causes and decided.outcome is not ON_NO_MATCH:
            causes = [None]  # a fault, or a language that nobody knows
        lows = []
        for cause in causes:
            least = [
                self._after(n, piece, decided)
                for n, old in enumerate(self.before)
                for piece in _caused(old, decided, cause)
            ]
            lows += [min(least, key=_rank)] if least else []
        return strictest(lows)

    def _after(self, n: int, piece: Piece, decided: Decided) -> Outcome:
        """Return the mildest outcome of all rules together where a watch of before went in a way."""
        old = self.before[n]
        seen = _seen(old, decided)
        found = []
        for number, watch in enumerate(self.now):
            seen_still = (
                old.rule.channels <= watch.rule.channels and (n, old) in self._related[number]
            )
            if seen_still and all(_is_version(stage, decided, self.new) for stage in watch.stages):
                states = _moved(watch, old, piece, seen)
                possible = (o for s in states for o in _outcomes(watch, old, piece, s))
                found.append(min(possible, key=_rank))
        return strictest(found)


def _is_related(watch: Watch, old: Watch) -> bool:
    """Tell whether the scores of one say something of those of the other."""
    mine, theirs = watch.watched.targets, old.watched.targets
    if not (mine <= theirs or theirs <= mine):
        return False
    if [each.detector for each in watch.stages] != [each.detector for each in old.stages]:
        return False
    return len(watch.stages) == 1 or (watch.stages == old.stages and mine == theirs)


def _seen(old: Watch, decided: Decided) -> Seen:
    cited = [each for each in decided.restrictions if _is_of(each, old)]
    scores = {each.score_millionths for each in cited if each.score_millionths is not None}
    return Seen(decided.outcome, decided.errors, tuple(sorted(scores)))


def _moved(watch: Watch, old: Watch, piece: Piece, seen: Seen) -> list[State]:
    """Return where a way leads now, under a rule whose scores it tells of."""
    mine, theirs = watch.watched.targets, old.watched.targets
    if watch.stages == old.stages and mine == theirs:
        return [piece.state]
    low = piece.low if theirs <= mine else 0
    high = piece.high if mine <= theirs else MILLION
    return _states(low, high, _below(piece, seen), watch)


def _below(piece: Piece, seen: Seen) -> set[State]:
    """Return where a score leads that is below both thresholds now."""
    if piece.state in (State.CLEAR, State.UNTRUSTED, State.FAULT):
        return {piece.state}
    # A score that was found says nothing of whether the detector failed or knew the language.
    return {State.CLEAR, State.UNTRUSTED, *([State.FAULT] if seen.failed else [])}


def _by_scores(decided: Decided, now: Sequence[Watch], new: Side) -> Outcome:
    """What follows from the scores alone, where one detector gave them: they are at least so high."""
    names = [name for name in decided.versions if name.startswith("detector ")]
    low = ON_NO_MATCH
    for watch in now:
        stage, rule = watch.stages[0], watch.rule
        is_same = names == [f"detector {stage.detector}"] and _is_version(stage, decided, new)
        if not is_same or len(watch.stages) > 1 or decided.channel not in rule.channels:
            continue
        for score in _own_scores(decided, watch):
            states = _states(score, MILLION, {State.CLEAR, State.UNTRUSTED, State.FAULT}, watch)
            spared = (each.outcome for each in _about(watch))
            least = min((*(_by_state(watch, s) for s in states), *spared), key=_rank)
            low = strictest((low, least))
    return low


def _own_scores(decided: Decided, watch: Watch) -> list[int]:
    return [
        each.score_millionths
        for each in decided.restrictions[:1]  # the channel is that of the first
        if each.category == watch.watched.category
        and each.clause in watch.watched.targets
        and each.score_millionths is not None
    ]


def _caused(old: Watch, decided: Decided, cause: Cited | None) -> Iterator[Piece]:
    """Yield the ways of a watch from which a decision may have come."""
    if cause is not None and not _is_of(cause, old):
        return
    score = cause.score_millionths if cause else None
    for piece in _pieces(old, _seen(old, decided)):
        came = piece.spared or _by_state(old, piece.state)
        shown = piece.state in FOUND
        is_it = came is decided.outcome and shown is (cause is not None)
        if is_it and (score is None or piece.low <= score <= piece.high):
            yield piece


def _pieces(old: Watch, seen: Seen) -> Iterator[Piece]:
    """Yield every way in which a watch may have gone in a decision that came out as it did."""
    for piece in _ways(old, seen):
        walked = _by_state(old, piece.state)
        milder = {e.outcome for e in _about(old) if e.outcome.rank < walked.rank}
        for spared in (None, *milder):
            came = walked if spared is None else spared
            shown = piece.state in FOUND and came is not ON_NO_MATCH
            if came.rank < seen.outcome.rank or (came is seen.outcome and not shown):
                yield Piece(piece.state, piece.low, piece.high, spared)
            elif came is seen.outcome:
                yield from (
                    Piece(piece.state, score, score, spared)
                    for score in seen.scores
                    if len(old.stages) > 1 or piece.low <= score <= piece.high
                )


def _ways(old: Watch, seen: Seen) -> Iterator[Piece]:
    applies, clear = _thresholds(old.stages[-1])
    yield Piece(State.APPLIES, applies, MILLION)
    if clear < applies:
        yield Piece(State.BETWEEN, clear, applies - 1)
    yield Piece(State.CLEAR, 0, clear - 1)
    if LANGUAGE in seen.errors:
        yield Piece(State.UNTRUSTED, 0, clear - 1)
    if seen.failed:
        yield Piece(State.FAULT, 0, applies - 1)


def _states(low: int, high: int, below: set[State], watch: Watch) -> list[State]:
    """Return where scores between two bounds lead under the thresholds of a rule.

    Args: below: where one leads that is below both.
    """
    applies, clear = _thresholds(watch.stages[0])
    found = [State.APPLIES] if high >= applies else []
    if low < clear:
        found += sorted(below)
    if max(low, clear) <= min(high, applies - 1):
        found += [State.BETWEEN] if below != {State.FAULT} else [State.FAULT]
        found += [State.FAULT] if State.FAULT in below else []
    return found


def _outcomes(watch: Watch, old: Watch, piece: Piece, state: State) -> Iterator[Outcome]:
    """Yield what a state comes to, as far as exemptions are known to have held or not."""
    walked = _by_state(watch, state)
    mine = {each.outcome for each in _about(watch)}
    if _about(watch) != _about(old) or watch.watched.targets != old.watched.targets:
        yield walked
        yield from (each for each in mine if each.rank < walked.rank)
    elif piece.spared is not None:
        yield min(walked, piece.spared, key=_rank)
    else:
        # Where nothing was found there were no words to tell the manner by.
        found = piece.state in FOUND
        before = _by_state(old, piece.state) if found else ON_NO_MATCH
        yield walked
        yield from (each for each in mine if before.rank <= each.rank < walked.rank)


def _about(watch: Watch) -> tuple[Exemption, ...]:
    category = watch.watched.category
    return tuple(e for e in watch.rule.exemptions if not e.categories or category in e.categories)


def _by_state(watch: Watch, state: State) -> Outcome:
    rule = watch.rule
    match state:
        case State.APPLIES:
            return rule.outcome
        case State.BETWEEN:
            return rule.between
        case State.UNTRUSTED:
            return rule.untrusted
        case State.FAULT:
            return rule.error_outcome
    return ON_NO_MATCH


def _is_version(stage: Stage, decided: Decided, new: Side) -> bool:
    now = new.versions.get(stage.detector)
    return now is not None and decided.versions.get(f"detector {stage.detector}") == now


def _is_of(cited: Cited, watch: Watch) -> bool:
    return any(
        cited.category == each.category and cited.clause in (each.clause, watch.rule.id)
        for each in watch.watched.restrictions
    )


def _thresholds(stage: Stage) -> tuple[int, int]:
    return round(stage.applies_from * MILLION), round(stage.clear_below * MILLION)


def _rank(outcome: Outcome) -> int:
    return outcome.rank
