"""How a trial of rules or of a ladder is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usepolicy.cli.render import print_table, printable, say, shortened

if TYPE_CHECKING:
    from usepolicy.cli.rules_try import Found
    from usepolicy.enforcement.ladder_trial import Consequence, LadderTrial, StepShift
    from usepolicy.enforcement.trial import Replay, Trial

SHOWN = 20
"""Decisions, rules, and cases that are named in a table."""
UNTOLD = "can't be told"


def print_found(found: Found) -> None:
    """Print what would have been otherwise, for people."""
    if found.differences is not None:
        rows = [
            (each.rule or "the file", each.what, shortened(each.before), shortened(each.after))
            for each in found.differences
        ]
        print_table(("rule", "what", "in force", "tried"), rows, title="Differences of the rules")
    if found.trial is not None:
        _print_trial(found.trial)
    if found.ladder is not None:
        _print_ladder(found.ladder)


def say_found(found: Found) -> None:
    """Say how much was looked at and told."""
    since = f"since {found.since:%Y-%m-%d}"
    if found.trial is not None:
        trial = found.trial
        all_, untold = len(trial.replays), len(trial.untold)
        say(
            f"{all_} decisions {since}: {len(trial.changed)} would be others, of "
            f"{len(trial.accounts)} accounts; of {untold} it can't be told"
        )
        if untold:
            say("The ledger keeps no requests; `--words` decides words that you keep anew")
    if found.ladder is not None:
        ladder = found.ladder
        say(
            f"{ladder.cases} cases with a step {since}: {len(ladder.steps)} would have another, "
            f"{len(ladder.standings)} of {ladder.accounts} accounts would stand otherwise now"
        )


def plain_found(found: Found) -> dict[str, object]:
    """Return what would have been otherwise as plain values."""
    return {
        "since": found.since.isoformat(),
        "differences": None
        if found.differences is None
        else [
            {"rule": d.rule, "what": d.what, "before": d.before, "after": d.after}
            for d in found.differences
        ],
        "decisions": None if found.trial is None else _plain_trial(found.trial),
        "ladder": None if found.ladder is None else _plain_ladder(found.ladder),
    }


def _print_trial(trial: Trial) -> None:
    rows = [
        (
            each.before.value,
            each.after.value if each.after else UNTOLD,
            f"{each.decisions:,}",
            f"{each.accounts:,}",
        )
        for each in trial.shifts()
    ]
    heads = ("was", "would be", "decisions", "accounts")
    print_table(heads, rows, title="Decisions")
    if trial.changed:
        changed = [
            (str(each.id), f"{each.at:%Y-%m-%d %H:%M}", each.before.value, _after(each))
            for each in trial.changed[:SHOWN]
        ]
        more = f" (the first {SHOWN})" if len(trial.changed) > SHOWN else ""
        heads = ("decision", "at", "was", "would be")
        print_table(heads, changed, title=f"Decisions that would be others{more}", whole_first=True)
    if trial.open_rules():
        open_ = [(printable(rule), f"{count:,}") for rule, count in trial.open_rules()[:SHOWN]]
        title = "Rules that leave it open: no score is kept of what they look for"
        print_table(("rule", "decisions"), open_, title=title)


def _print_ladder(ladder: LadderTrial) -> None:
    if ladder.steps:
        rows = [
            (str(e.case), f"{e.at:%Y-%m-%d %H:%M}", _step(e.before), _step(e.after))
            for e in ladder.steps[:SHOWN]
        ]
        more = f" (the first {SHOWN})" if len(ladder.steps) > SHOWN else ""
        heads = ("case", "at", "in force", "tried")
        print_table(heads, rows, title=f"Steps that would be others{more}", whole_first=True)


def _after(each: Replay) -> str:
    told = each.told
    return told.value if told else f"{each.after.low.value} to {each.after.high.value}"


def _step(found: Consequence | None) -> str:
    if found is None:
        return "none"
    until = f" until {found.until:%Y-%m-%d}" if found.until else ""
    return f"{found.step.value}{until}{', if a person agrees' if found.waits else ''}"


def _plain_trial(trial: Trial) -> dict[str, object]:
    return {
        "all": len(trial.replays),
        "changed": len(trial.changed),
        "untold": len(trial.untold),
        "accounts": len(trial.accounts),
        "told_by": {basis.value: count for basis, count in trial.by_basis().items()},
        "shifts": [
            {
                "before": each.before.value,
                "after": each.after.value if each.after else None,
                "decisions": each.decisions,
                "accounts": each.accounts,
            }
            for each in trial.shifts()
        ],
        "open_rules": [{"rule": rule, "decisions": n} for rule, n in trial.open_rules()],
        "others": [
            {
                "id": each.id,
                "at": each.at.isoformat(),
                "before": each.before.value,
                "mildest": each.after.low.value,
                "strictest": each.after.high.value,
                "told_by": each.basis.value,
            }
            for each in trial.changed
        ],
    }


def _plain_ladder(ladder: LadderTrial) -> dict[str, object]:
    return {
        "accounts": ladder.accounts,
        "cases": ladder.cases,
        "steps": [_plain_shift(each) for each in ladder.steps],
        "standings": [
            {
                "account": each.account,
                "points": [each.points_before, each.points_after],
                "before": each.before.value if each.before else None,
                "after": each.after.value if each.after else None,
            }
            for each in ladder.standings
        ],
    }


def _plain_shift(each: StepShift) -> dict[str, object]:
    return {
        "case": each.case,
        "at": each.at.isoformat(),
        "before": _plain_step(each.before),
        "after": _plain_step(each.after),
    }


def _plain_step(found: Consequence | None) -> dict[str, object] | None:
    if found is None:
        return None
    until = found.until.isoformat() if found.until else None
    return {"step": found.step.value, "until": until, "needs_a_person": found.waits}
