"""`usepolicy rules try`: what other rules, or another ladder, would have made of the past."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from usepolicy.cli.options import ExplainFormat
from usepolicy.errors import UsageError

if TYPE_CHECKING:
    from usepolicy.enforcement.ladder_trial import LadderTrial
    from usepolicy.enforcement.ledger import AccountLink
    from usepolicy.enforcement.rules_build import LoadedRules
    from usepolicy.enforcement.rules_diff import Difference
    from usepolicy.enforcement.trial import Trial
    from usepolicy.store.ledger import Ledger
    from usepolicy.store.ledger_keys import Keys


@dataclass(frozen=True, slots=True)
class Tried:
    """What is tried, by what is in force, on which past."""

    rules: Path | None
    in_force: Path | None
    ladder: Path | None
    ladder_in_force: Path | None
    days: int
    words: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What came of it."""

    since: datetime
    trial: Trial | None = None
    differences: tuple[Difference, ...] | None = None
    ladder: LadderTrial | None = None


def try_out(
    asked: Tried, places: tuple[str | None, str | None], format: ExplainFormat, *, private: bool
) -> None:
    """Try rules or a ladder on recent decisions, and print what would have been otherwise.

    Args:   places: of the ledger and of its keys.
    Raises: UsageError: `nothing-to-try`; UsePolicyError: something can't be read.
    """
    from usepolicy.cli.rules_try_views import plain_found, print_found, say_found
    from usepolicy.store.ledger import Ledger, default_place

    if asked.rules is None and asked.ladder is None:
        raise UsageError("nothing-to-try", "name a rules file, or a ladder with `--ladder FILE`")
    now = datetime.now(UTC)
    since = now - timedelta(days=asked.days)
    new = _loaded(asked.rules, private)
    old = _loaded(asked.in_force, private)
    kept = Ledger.open(places[0] or default_place(), create=False)
    differences = None
    if new is not None and old is not None:
        from usepolicy.enforcement.rules_diff import differences as differ

        differences = differ(old.rules, new.rules)
    trial = _try_rules(kept, (new, old), asked, places[1], since) if new else None
    ladder = _try_ladder(kept, asked, since, now) if asked.ladder else None
    found = Found(since, trial, differences, ladder)
    if format is ExplainFormat.JSON:
        sys.stdout.write(json.dumps(plain_found(found), indent=2) + "\n")
    else:
        print_found(found)
    say_found(found)


def _loaded(path: Path | None, private: bool) -> LoadedRules | None:
    from usepolicy.cli.engines import load_rules_file

    return load_rules_file(path, allow_private=private) if path else None


def _try_rules(
    kept: Ledger,
    rules: tuple[LoadedRules | None, LoadedRules | None],
    asked: Tried,
    keys: str | None,
    since: datetime,
) -> Trial:
    from usepolicy.enforcement.engine import Engine
    from usepolicy.enforcement.trial import Replayer
    from usepolicy.enforcement.trial_bounds import side_of
    from usepolicy.store.ledger import Wanted
    from usepolicy.store.ledger_keys import Keys, default_place
    from usepolicy.store.trial_words import KeptWords

    sides = [side_of(each.rules, each.detectors) if each else None for each in rules]
    engines = [Engine(each.rules, each.detectors) if each else None for each in rules]
    new, engine = sides[0], engines[0]
    assert new is not None
    assert engine is not None
    anew = None
    if asked.words:
        from usepolicy.cli.ledger import acting

        secrets = Keys.open(keys or default_place(), beside=kept.place)
        anew = KeptWords(kept, secrets, _accounts(secrets), acting(), engine, engines[1])
    return Replayer(new, sides[1], anew).replay(
        kept.entries(Wanted(kinds=("decision",), since=since))
    )


def _accounts(secrets: Keys) -> Callable[[AccountLink | None], str | None]:
    from usepolicy.enforcement.keys import link_of

    by_link = {link_of(key): key.account for key in secrets.all()}
    return lambda link: by_link.get(link) if link else None


def _try_ladder(kept: Ledger, asked: Tried, since: datetime, now: datetime) -> LadderTrial:
    from usepolicy.cli.files import bytes_of
    from usepolicy.enforcement.ladder_file import load_ladder
    from usepolicy.enforcement.ladder_trial import KINDS, try_ladder
    from usepolicy.store.ledger import Wanted
    from usepolicy.web.examples import example_ladder

    assert asked.ladder is not None
    new = load_ladder(bytes_of(asked.ladder), place=str(asked.ladder))
    other = asked.ladder_in_force
    data, place = (bytes_of(other), str(other)) if other else (example_ladder(), "the example")
    old = load_ladder(data, place=place)
    before = since - timedelta(seconds=max(old.look_back, new.look_back))
    return try_ladder(kept.entries(Wanted(kinds=KINDS, since=before)), old, new, since, now)
