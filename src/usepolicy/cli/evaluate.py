"""`usepolicy evaluate`: what rules would do with labelled requests, before they are turned on."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.engines import OfPolicy, RulesPath
from usepolicy.cli.options import AllowPrivate, ExplainFormat
from usepolicy.errors import UsageError, UsePolicyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from usepolicy.enforcement.engine import Engine
    from usepolicy.enforcement.evaluation import Comparison, Evaluation, Step
    from usepolicy.enforcement.request_lines import Labelled

Prompts = Annotated[
    Path,
    typer.Option("--prompts", metavar="FILE", help="Requests as lines of JSON, labelled or not."),
]
OldRules = Annotated[
    Path | None,
    typer.Option("--compare", metavar="FILE", help="Other rules: which decisions would change."),
]
FalseAlarms = Annotated[
    float,
    typer.Option(min=0, max=1, help="Find the threshold for this share of safe requests flagged."),
]
Plot = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE", help="Draw the sweep: .png, .svg or .pdf.")
]
EvaluateFormat = Annotated[ExplainFormat, typer.Option("--format", help="How to print it.")]
IMAGES = (".png", ".svg", ".pdf")
INVALID = 3
FINE = tuple(number / 100 for number in range(1, 101))
"""Thresholds that are drawn."""


def evaluate(  # noqa: PLR0913  a parameter is an option of the command line
    prompts: Prompts,
    rules: RulesPath = None,
    policy: OfPolicy = None,
    compare: OldRules = None,
    false_alarms: FalseAlarms = 0.01,
    plot: Plot = None,
    format: EvaluateFormat = ExplainFormat.TABLE,
    allow_private: AllowPrivate = False,
) -> None:
    """Tell what rules would do with labelled requests, which thresholds to take, what would change."""
    from usepolicy.cli.engines import load_engine
    from usepolicy.cli.evaluate_views import plain_evaluation, print_comparison, print_evaluation
    from usepolicy.enforcement.evaluation import Comparison, Evaluation

    _check_image(plot)
    engine = load_engine(rules, policy, allow_private=allow_private)
    old = load_engine(compare, None, allow_private=allow_private) if compare else None
    found = Evaluation()
    changed = Comparison() if old else None
    bad = _count(prompts, (engine, old), found, changed)
    step = found.threshold_for(false_alarms)
    if format is ExplainFormat.JSON:
        plain = plain_evaluation(found, changed, step, false_alarms)
        sys.stdout.write(json.dumps(plain, ensure_ascii=True, indent=2) + "\n")
    else:
        print_evaluation(found, step, false_alarms)
        if changed is not None:
            print_comparison(changed)
    if plot is not None:
        _draw(found, step, plot)
    _say_end(found, bad, prompts)
    if bad:
        raise typer.Exit(INVALID)


def _count(
    prompts: Path,
    engines: tuple[Engine, Engine | None],
    found: Evaluation,
    changed: Comparison | None,
) -> int:
    """Count each request; return how many lines are none."""
    from usepolicy.cli.request_streams import good

    bad = 0
    engine, old = engines
    for read in _chunks(prompts):
        labelled = good(read)
        bad += len(read) - len(labelled)
        requests = [each.request for each in labelled]
        decisions = list(engine.decide(requests))
        for each, decision in zip(labelled, decisions, strict=True):
            found.add(each, decision)
        if old is not None and changed is not None:
            for request, before, after in zip(
                requests, old.decide(requests), decisions, strict=True
            ):
                changed.add(request, before, after)
    return bad


def _chunks(prompts: Path) -> Iterator[Sequence[tuple[int, Labelled | UsePolicyError]]]:
    from usepolicy.cli.decide_runs import opened
    from usepolicy.cli.request_streams import chunks_of_lines, requests_of
    from usepolicy.enforcement.request_lines import MAX_LINE, labelled_of

    with opened(prompts) as stream:
        for lines in chunks_of_lines(stream, MAX_LINE):
            yield requests_of(lines, labelled_of)


def _check_image(plot: Path | None) -> None:
    if plot is not None and plot.suffix.lower() not in IMAGES:
        help = f"one of: {', '.join(IMAGES)}"
        message = f"no form of an image is called `{plot.suffix}`"
        raise UsageError("unknown-image", message, help=help)


def _draw(found: Evaluation, step: Step | None, plot: Path) -> None:
    """Write the sweep. Raises: UsePolicyError: `extra-missing`, `unwritable`."""
    from usepolicy.cli.files import write_files

    try:
        from usepolicy.figures.sweep import draw_sweep
    except ModuleNotFoundError as error:
        help = "pip install 'usepolicy[figures]'"
        raise UsePolicyError("extra-missing", "images need the extra `figures`", help=help) from error  # fmt: skip
    write_files({plot: draw_sweep(found.sweep(FINE), step, plot.suffix.lower()[1:])})


def _say_end(found: Evaluation, bad: int, prompts: Path) -> None:
    from usepolicy.cli.render import say, shell_word

    unsafe, safe = found.labelled
    invalid = f"; {bad} lines are no request" if bad else ""
    say(f"{found.requests} requests, {unsafe} labelled unsafe, {safe} safe{invalid}")
    if not (unsafe and safe):
        label = '"unsafe": true or false'
        say(f"for a sweep, label lines of {shell_word(str(prompts))} with {label}")
