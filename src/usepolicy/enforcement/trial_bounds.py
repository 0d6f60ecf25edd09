"""Bounds: between which outcomes a rule must come out on a past decision, from what was kept of it.

Owns the way from a kept decision (outcome, cited restrictions with their scores, versions, faults)
to what the scores may have been under the rules that made it, and from there to the outcomes that
other rules may give. Pure. INVARIANT: never narrower than what is known: what the scores don't
tell stays open, so that nothing is said to stay the same that may change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from usepolicy.enforcement.decisions import LANGUAGE, State
from usepolicy.enforcement.ledger_bodies import Cited, Decided
from usepolicy.enforcement.outcomes import ON_NO_MATCH, Outcome, strictest
from usepolicy.enforcement.plans import Knowledge, Watch
from usepolicy.enforcement.rules import DetectorName, Exemption, Rules, Stage

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Side:
    """Rules with the detectors that they ask."""

    rules: Rules
    knowledge: Knowledge
    versions: Mapping[DetectorName, str]
    """Equal versions give equal scores."""


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


def bounds_of(decided: Decided, before: Sequence[Watch], now: Sequence[Watch], new: Side) -> Bounds:
    """Return between which outcomes rules come out on a past decision.

    Args: before: the watches of the rules that made it; none where they are not at hand.
          now: those of the rules that are tried, at the same surface and place.
    """
    asked = {stage.detector: stage for watch in now for stage in watch.stages}
    if (
        before
        and before == now
        and all(_is_version(stage, decided, new) for stage in asked.values())
    ):
        return Bounds(decided.outcome, decided.outcome)
    low = strictest((_by_old(decided, before, now, new), _by_scores(decided, now, new)))
    high = strictest(_highest(watch, decided, before, new) for watch in now)
    return Bounds(low, strictest((low, high)))


def blurred(decided: Decided, before: Sequence[Watch], new: Side, watch: Watch) -> bool:
    """Tell whether a watch may be stricter on a past decision than what was decided."""
    return _highest(watch, decided, before, new).rank > decided.outcome.rank


def _by_old(decided: Decided, before: Sequence[Watch], now: Sequence[Watch], new: Side) -> Outcome:
    """What follows at least from what the decision came from, whichever rule that was."""
    causes: Sequence[Cited | None] = decided.restrictions
    if not causes and decided.outcome is not ON_NO_MATCH:
        causes = [None]  # a fault, or a language that nobody knows
    lows = []
    for cause in causes:
        ways = [(old, piece) for old in before for piece in _caused(old, decided, cause)]
        least = [
            strictest(_least(watch, old, piece, decided, new) for watch in now)
            for old, piece in ways
        ]
        lows += [min(least, key=_rank)] if least else []
    return strictest(lows)


def _least(watch: Watch, old: Watch, piece: Piece, decided: Decided, new: Side) -> Outcome:
    """The mildest outcome of a watch where another went in a way."""
    seen = old.rule.channels <= watch.rule.channels
    states = _moved(watch, old, piece, decided, new) if seen else None
    if states is None:
        return ON_NO_MATCH
    possible = (o for s in states for o in _outcomes(watch, old, piece, s))
    return min(possible, key=_rank)


def _highest(watch: Watch, decided: Decided, before: Sequence[Watch], new: Side) -> Outcome:
    """The strictest outcome of a watch: the least of what any of the old ones leaves open."""
    rule = watch.rule
    high = strictest((rule.outcome, rule.between, rule.error_outcome, rule.untrusted))
    for old in before:
        if watch.rule.channels <= old.rule.channels:
            open_ = _open(watch, old, decided, new)
            high = high if open_ is None else min(high, open_, key=_rank)
    return high


def _open(watch: Watch, old: Watch, decided: Decided, new: Side) -> Outcome | None:
    outcomes: set[Outcome] = set()
    for piece in _pieces(old, decided):
        states = _moved(watch, old, piece, decided, new)
        if states is None:
            return None
        outcomes.update(o for s in states for o in _outcomes(watch, old, piece, s))
    return strictest(outcomes) if outcomes else None  # None: the entry does not fit its rules


def _moved(
    watch: Watch, old: Watch, piece: Piece, decided: Decided, new: Side
) -> list[State] | None:
    """Return where a way leads now; None where the scores don't tell."""
    mine, theirs = watch.watched.targets, old.watched.targets
    if not (mine <= theirs or theirs <= mine) or not _same_scores(watch, old, decided, new):
        return None
    if watch.stages == old.stages and mine == theirs:
        return [piece.state]
    if not len(watch.stages) == len(old.stages) == 1:
        return None
    low = piece.low if theirs <= mine else 0
    high = piece.high if mine <= theirs else MILLION
    return _states(low, high, _below(piece, decided), watch)


def _below(piece: Piece, decided: Decided) -> set[State]:
    """Return where a score leads that is below both thresholds now."""
    if piece.state in (State.CLEAR, State.UNTRUSTED, State.FAULT):
        return {piece.state}
    # A score that was found says nothing of whether the detector failed or knew the language.
    return {State.CLEAR, State.UNTRUSTED, *([State.FAULT] if _failed(decided) else [])}


def _failed(decided: Decided) -> bool:
    return any(code != LANGUAGE for code in decided.errors)


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
    for piece in _pieces(old, decided):
        came = piece.spared or _by_state(old, piece.state)
        shown = piece.state in (State.APPLIES, State.BETWEEN)
        is_it = came is decided.outcome and shown is (cause is not None)
        if is_it and (score is None or piece.low <= score <= piece.high):
            yield piece


def _pieces(old: Watch, decided: Decided) -> Iterator[Piece]:
    """Yield every way in which a watch may have gone in a decision that came out as it did."""
    cited = [each for each in decided.restrictions if _is_of(each, old)]
    scores = {each.score_millionths for each in cited if each.score_millionths is not None}
    for piece in _ways(old, decided):
        walked = _by_state(old, piece.state)
        milder = {e.outcome for e in _about(old) if e.outcome.rank < walked.rank}
        for spared in (None, *milder):
            came = walked if spared is None else spared
            shown = piece.state in (State.APPLIES, State.BETWEEN)
            if shown and came is decided.outcome and came is not ON_NO_MATCH:
                yield from (
                    Piece(piece.state, score, score, spared)
                    for score in scores
                    if len(old.stages) > 1 or piece.low <= score <= piece.high
                )
            elif came.rank < decided.outcome.rank or (
                came is decided.outcome and (not shown or came is ON_NO_MATCH)
            ):
                yield Piece(piece.state, piece.low, piece.high, spared)


def _ways(old: Watch, decided: Decided) -> Iterator[Piece]:
    applies, clear = _thresholds(old.stages[-1])
    yield Piece(State.APPLIES, applies, MILLION)
    if clear < applies:
        yield Piece(State.BETWEEN, clear, applies - 1)
    yield Piece(State.CLEAR, 0, clear - 1)
    if LANGUAGE in decided.errors:
        yield Piece(State.UNTRUSTED, 0, clear - 1)
    if _failed(decided):
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
        found = piece.state in (State.APPLIES, State.BETWEEN)
        before = _by_state(old, piece.state) if found else ON_NO_MATCH
        yield walked
        yield from (each for each in mine if before.rank <= each.rank < walked.rank)


def _about(watch: Watch) -> tuple[Exemption, ...]:
    category = watch.watched.category
    return tuple(e for e in watch.rule.exemptions if not e.categories or category in e.categories)


def _by_state(watch: Watch, state: State) -> Outcome:
    rule = watch.rule
    return {
        State.APPLIES: rule.outcome,
        State.BETWEEN: rule.between,
        State.UNTRUSTED: rule.untrusted,
        State.FAULT: rule.error_outcome,
    }.get(state, ON_NO_MATCH)


def _same_scores(watch: Watch, old: Watch, decided: Decided, new: Side) -> bool:
    """Tell whether the same detectors in the same versions gave the scores."""
    mine, theirs = ([each.detector for each in w.stages] for w in (watch, old))
    return mine == theirs and all(_is_version(each, decided, new) for each in watch.stages)


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
