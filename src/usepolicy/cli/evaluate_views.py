"""Views of an evaluation: tables for people, plain values for programs."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from usepolicy.cli.render import print_table, print_title, shortened
from usepolicy.enforcement.evaluation import Rate
from usepolicy.enforcement.outcomes import Outcome

if TYPE_CHECKING:
    from usepolicy.enforcement.evaluation import Comparison, Evaluation, Step, Tally

MAX_EXAMPLE = 70
SHOWN_CHANGES = 12


def print_evaluation(found: Evaluation, step: Step | None, false_alarms: float) -> None:
    """Print what rules did, and which threshold would have the stated share of false alarms."""
    labels = ("all", found.outcomes), ("unsafe", found.unsafe_outcomes), ("safe", found.safe_outcomes)  # fmt: skip
    print_table(
        ("requests", *(outcome.value for outcome in Outcome)),
        [(name, *_outcome_cells(counts)) for name, counts in labels if counts.total()],
    )
    for code, number in sorted(found.unsure.items()):
        print_title(f"{number} of which a detector could not tell: {code}")
    if found.supported:
        print_title(f"{found.supported} with support")
    if found.restrictions:
        heads = ("rule", "category", "met", "unsafe", "safe", "for example")
        print_table(heads, _restriction_rows(found), title="Restrictions")
    if found.categories:
        of = ("category", "labelled", "found", "precision", "recall")
        print_table(of, _category_rows(found), title="Categories, as labelled")
    if all(found.labelled):
        _print_sweep(found, step, false_alarms)


def _print_sweep(found: Evaluation, step: Step | None, false_alarms: float) -> None:
    steps = found.sweep()
    same = [each.recall == last.recall and each.false_alarms == last.false_alarms
            for last, each in pairwise(steps)]  # fmt: skip
    rows = [
        (f"{each.threshold:.2f}", rate_words(each.recall), rate_words(each.false_alarms))
        for each, repeats in zip(steps, (False, *same), strict=True)
        if not repeats
    ]
    heads = ("threshold from", "flagged of the unsafe", "flagged of the safe")
    print_table(heads, rows, title=f"Sweep (AUC {found.area:.3f})")
    if step is None:
        print_title(f"no threshold has at most {false_alarms:.2%} false alarms")
        return
    print_title(
        f"at most {false_alarms:.2%} false alarms: from {step.threshold:.4g}: "
        f"{rate_words(step.false_alarms)} of the safe, {rate_words(step.recall)} of the unsafe"
    )


def print_comparison(changed: Comparison) -> None:
    """Print which decisions other rules would change, the largest groups first."""
    groups = [(k, n) for k, n in changed.changes.most_common() if k[0] is not k[1]]
    rows = [
        (f"{old} → {new}", str(number), f"“{shortened(text, MAX_EXAMPLE)}”", categories)
        for (old, new), number in groups[:SHOWN_CHANGES]
        for text, categories in changed.examples[old, new]
    ]
    title = f"Changes: {changed.changed} of {changed.changes.total()} decisions"
    if rows:
        print_table(("from → to", "requests", "for example", "by"), rows, title=title)
    else:
        print_title(title)


def rate_words(rate: Rate) -> str:
    """Return a share with its interval: `12.0% (10.1-14.2%)`."""
    if rate.value is None:
        return "-"
    low, high = rate.interval
    return f"{rate.value:.1%} ({low * 100:.1f}-{high * 100:.1f}%)"


def _outcome_cells(counts: Counter[Outcome]) -> list[str]:
    total = counts.total()
    return [f"{counts[outcome]} ({counts[outcome] / total:.1%})" for outcome in Outcome]


def _by_number(found: Evaluation) -> list[tuple[tuple[str, str], Tally]]:
    return sorted(found.restrictions.items(), key=lambda item: (-item[1].met, item[0]))


def _restriction_rows(found: Evaluation) -> list[tuple[str, ...]]:
    return [
        (
            rule,
            category,
            str(tally.met),
            str(tally.unsafe),
            str(tally.safe),
            "\n".join(f"“{shortened(each, MAX_EXAMPLE)}”" for each in tally.examples),
        )
        for (rule, category), tally in _by_number(found)
    ]


def _category_rows(found: Evaluation) -> list[tuple[str, ...]]:
    return [
        (
            category,
            str(tally.labelled),
            str(tally.found),
            rate_words(tally.precision),
            rate_words(tally.recall),
        )
        for category, tally in sorted(found.categories.items())
    ]


def plain_evaluation(
    found: Evaluation, changed: Comparison | None, step: Step | None, false_alarms: float
) -> dict[str, object]:
    """Return an evaluation as plain values."""
    unsafe, safe = found.labelled
    return {
        "requests": found.requests,
        "labelled": {"unsafe": unsafe, "safe": safe},
        "outcomes": {
            "all": _plain_counts(found.outcomes),
            "unsafe": _plain_counts(found.unsafe_outcomes),
            "safe": _plain_counts(found.safe_outcomes),
        },
        "supported": found.supported,
        "unsure": dict(sorted(found.unsure.items())),
        "restrictions": [
            {
                "rule": rule,
                "category": category,
                "met": tally.met,
                "outcomes": _plain_counts(tally.outcomes),
                "unsafe": tally.unsafe,
                "safe": tally.safe,
                "examples": [shortened(each, MAX_EXAMPLE) for each in tally.examples],
            }
            for (rule, category), tally in _by_number(found)
        ],
        "categories": {
            category: {"precision": _rate(tally.precision), "recall": _rate(tally.recall)}
            for category, tally in sorted(found.categories.items())
        },
        "auc": found.area,
        "sweep": [_plain_step(each) for each in found.sweep()] if unsafe and safe else [],
        "threshold": {"false_alarms": false_alarms, "step": _plain_step(step) if step else None},
        "changes": None if changed is None else _plain_changes(changed),
    }


def _plain_counts(counts: Counter[Outcome]) -> dict[str, int]:
    return {outcome.value: counts[outcome] for outcome in Outcome}


def _rate(rate: Rate) -> dict[str, object]:
    return {"value": rate.value, "hits": rate.hits, "of": rate.of, "interval": rate.interval}


def _plain_step(step: Step) -> dict[str, object]:
    return {
        "threshold": step.threshold,
        "recall": _rate(step.recall),
        "false_alarms": _rate(step.false_alarms),
    }


def _plain_changes(changed: Comparison) -> list[dict[str, object]]:
    return [
        {
            "from": old.value,
            "to": new.value,
            "requests": number,
            "examples": [
                {"text": shortened(text, MAX_EXAMPLE), "by": categories}
                for text, categories in changed.examples[old, new]
            ],
        }
        for (old, new), number in sorted(changed.changes.items())
        if old is not new
    ]
