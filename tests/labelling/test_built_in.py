"""The vocabulary behind the labelling protocol."""

from __future__ import annotations

import pytest
from labels import PASSAGES, labelled

from usepolicy import __version__
from usepolicy.labelling.built_in import built_in_labeller
from usepolicy.labelling.protocol import Domain, Label, Passage
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.spans import Span


@pytest.mark.parametrize("domain", Domain)
def test_the_vocabulary_labels(domain):
    labeller = built_in_labeller()
    malware, *_ = labelled(labeller, domain=domain)
    words = {label.category: label.spans[0].cut(PASSAGES[0].text) for label in malware}
    assert words["malware"] == "malware"
    assert words["harassment"] == "harass"
    assert {label.score for label in malware} == {1.0}
    assert __version__ in labeller.name
    assert "taxonomy 1.0" in labeller.name


def test_the_vocabulary_says_nothing_of_what_names_nothing():
    assert labelled(built_in_labeller())[1] == ()
    assert labelled(built_in_labeller(), []) == []


def test_the_vocabulary_reads_what_leads_in():
    """A rule that needs a context finds it in the lead-in, and cites the passage alone."""
    text = "the grading of students"
    alone, led = labelled(
        built_in_labeller(), [Passage(text), Passage(text, ("No automated decisions in:",))]
    )
    assert alone is not None
    assert "decisions-in-education" not in {label.category for label in alone}
    assert "decisions-in-education" in {label.category for label in led}


@pytest.mark.parametrize(
    ("score", "spans", "why"),
    [
        (1.1, (Span(0, 1),), "above 1"),
        (-0.1, (Span(0, 1),), "below 0"),
        (float("nan"), (Span(0, 1),), "no number"),
        (0.5, (), "no words"),
    ],
)
def test_a_label_without_score_or_words_is_none(score, spans, why):
    with pytest.raises(ValueError, match="no label"):
        Label(CategoryId("malware"), score, spans)
