"""The ladder in a file: read with all of its faults, and embedded in another file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from usepolicy.enforcement.account_signals import Anomaly, Flow, Watch
from usepolicy.enforcement.ladder import AppealTerms
from usepolicy.enforcement.ladder_file import (
    LADDER_ENTRIES,
    LadderFile,
    ladder_of,
    load_ladder,
    note_ladder,
    seconds,
)
from usepolicy.enforcement.ledger_bodies import SignalKind
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.steps import Measure, Step
from usepolicy.errors import UsePolicyError
from usepolicy.reading.policy_problems import PolicyFileError, Report
from usepolicy.reading.policy_schema import FileEntry, check_model
from usepolicy.reading.policy_tree import read_tree

PAGE = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text("utf-8")
WHOLE = re.search(r"```yaml\n(.*?)```", PAGE, re.S).group(1)  # type: ignore[union-attr]
"""The example of the documentation."""
DAY = 86_400


def load(text: str):
    return load_ladder(text.encode(), place="ladder.yaml")


def test_the_example_of_the_documentation_is_read() -> None:
    ladder = load(WHOLE)
    assert [rung.measure.step for rung in ladder.rungs] == list(Step)
    assert ladder.rungs[2].measure == Measure(Step.RATE_LIMIT, 7 * DAY, 20, 3_600)
    assert [rung.requires_person for rung in ladder.rungs] == [False] * 3 + [True] * 2
    assert ladder.severities["severe"].starts_at is Step.SUSPENSION
    assert ladder.signals == {SignalKind.MASS_POSTING: "serious"}
    assert ladder.counted == {Outcome.BLOCK}
    assert (ladder.look_back, ladder.decay_points, ladder.decay_every) == (365 * DAY, 1, 30 * DAY)
    assert ladder.appeals == AppealTerms(180 * DAY, 14 * DAY, "https://example.org/appeals")
    assert ladder.watch == Watch(
        Flow(5_000, 3_600), Flow(50, 3_600, "spam"), Anomaly(200, 8, 28 * DAY, 24)
    )


SHORTEST = "steps: [{step: warning, at: 1}]\nseverities: {a: {points: 1}}\ndefault_severity: a\n"


def test_what_is_left_out_has_defaults() -> None:
    ladder = load(SHORTEST)
    assert (ladder.decay_points, ladder.look_back, ladder.signals) == (0, 365 * DAY, {})
    assert (ladder.appeals, ladder.watch) == (AppealTerms(), Watch())
    odd = load(SHORTEST + "watch: {rate_anomaly: {more_than: 9}}\n").watch.rate_anomaly
    assert odd == Anomaly(9, 8, 28 * DAY, 24)


@pytest.mark.parametrize(
    ("words", "found"),
    [("1s", 1), ("90m", 5_400), ("2h", 7_200), ("30d", 30 * DAY), ("2w", 14 * DAY)],
)
def test_durations(words: str, found: int) -> None:
    assert seconds(words) == found


def changed(old: str, new: str) -> str:
    assert old in WHOLE
    return WHOLE.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "said", "why"),
    [
        ("", "", "an empty file"),
        ("[]", "", "a list"),
        ("steps: [", "", "broken YAML"),
        (changed("at: 1}", "at: 9}"), "wrong-order", "points fall"),
        (changed("at: 2,", "at: 1,"), "wrong-order", "points stay"),
        (changed("step: ban, at: 12", "step: warning, at: 12"), "wrong-order", "a milder step last"),
        (changed("lasts: 14d, ", ""), "a suspension has a `lasts`", "without an end"),
        (changed("step: warning,", "step: warning, lasts: 1d,"), "a warning has no `lasts`", "with an end"),
        (changed("queries: 20, ", ""), "`queries` and `per`", "half a rate"),
        (changed("per: 1h", "per: 0h"), "per", "no time"),
        (changed(", functions: [images]", ""), "functions", "nothing taken away"),
        (changed("lasts: 14d", "lasts: 14"), "lasts", "no unit"),
        (changed("lasts: 14d", "lasts: 14y"), "`14y`", "an unknown unit"),
        (changed("at: 1}", "at: -1}"), "at", "negative points"),
        (changed("at: 1}", "at: '1'}"), "at", "a text for a number"),
        (changed("at: 1}", "at: 1.5}"), "at", "a fraction"),
        (changed("step: warning", "step: scolding"), "step", "an unknown step"),
        (changed("default_severity: minor", "default_severity: minr"), "did you mean `minor`", "a slip"),
        (changed("malware: serious", "malware: grave"), "unknown severity `grave`", "in restrictions"),
        (changed("mass_posting: serious", "mass_posting: grave"), "unknown severity `grave`", "in signals"),
        (changed("mass_posting:", "sneezing:"), "signals", "an unknown signal"),
        (changed("starts_at: suspension", "starts_at: exile"), "starts_at", "no step at all"),
        (changed("  - {step: suspension, at: 6, lasts: 14d, requires_person: true}\n", ""),
         "no step `suspension` to start at", "a step that this ladder lacks"),
        (changed("counted: [block]", "counted: [blocked]"), "counted", "an unknown outcome"),
        (changed("5000, per: 1h}", "5000, per: 32d}"), "at most 31 days", "a window that no store keeps"),
        (changed("history: 28d", "history: 91d"), "at most 90 days", "a history that no store keeps"),
        (changed("per: 1h, category", "per: 40d, category"), "at most 31 days", "of those alike, too"),
        (changed("queries: 20, per: 1h", "queries: 20, per: 5w"), "at most 31 days", "a rate, too"),
        (changed("more_than: 50,", "more_than: 0,"), "more_than", "none at all"),
        (changed("active_hours: 24", "active_hours: 4"), "active_hours", "too few to tell what is usual"),
        (changed("category: spam", "category: spamm"), "did you mean `spam`", "no such category"),
        (changed("  volume:", "  volum:"), "unknown key `volum`", "no such signal"),
        (changed("deviations: 8", "deviation: 8"), "unknown key `deviation`", "no such key below it"),
        (WHOLE + "\nsurprise: 1\n", "surprise", "an unknown key"),
        (WHOLE + "\nsteps: []\n", "", "a key twice"),
        (changed("steps:  ", "steps: []\nother:"), "steps", "no steps"),
    ],
)  # fmt: skip
def test_faults(text: str, said: str, why: str) -> None:
    with pytest.raises(UsePolicyError) as refused:
        load(text)
    assert refused.value.exit_code == 3
    assert said in f"{refused.value} {getattr(refused.value, 'problems', '')}"


def test_all_faults_are_told_at_once_with_their_lines() -> None:
    text = changed("lasts: 14d, ", "").replace("malware: serious", "malware: grave")
    with pytest.raises(PolicyFileError) as refused:
        load(text)
    assert [problem.place for problem in refused.value.problems] == [
        "ladder.yaml:5",
        "ladder.yaml:12",
    ]


class RulesFile(FileEntry):
    """A file of another's that has a ladder in it."""

    version: int
    ladder: LadderFile


def read_rules(raw: dict[str, Any]):
    root = read_tree(yaml.safe_dump(raw, sort_keys=False).encode(), place="rules.yaml")
    report = Report("rules.yaml", root.line_of)
    file = check_model(root, RulesFile, {**LADDER_ENTRIES, "": RulesFile}, report)
    if file is not None:
        note_ladder(file.ladder, ("ladder",), report)
    report.raise_if_any()
    return file


def test_a_ladder_inside_another_file_is_the_same() -> None:
    raw = {"version": 1, "ladder": yaml.safe_load(WHOLE)}
    assert ladder_of(read_rules(raw).ladder) == load(WHOLE)


def test_faults_inside_another_file_have_its_path_and_lines() -> None:
    raw = {"version": 1, "ladder": yaml.safe_load(changed("malware: serious", "malware: grave"))}
    with pytest.raises(UsePolicyError) as refused:
        read_rules(raw)
    assert "ladder.restrictions.malware" in str(refused.value)
    assert re.search(r"rules\.yaml:\d+", str(refused.value))


def test_its_schema_can_be_embedded() -> None:
    schema = RulesFile.model_json_schema()
    assert schema["properties"]["ladder"]["$ref"].startswith("#/$defs/LadderFile")
    assert {"RungEntry", "SeverityEntry", "DecayEntry", "AppealTermsEntry"} <= set(schema["$defs"])
