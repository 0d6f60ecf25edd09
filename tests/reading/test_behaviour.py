"""Behaviour policies: what a model does not do is a rule there, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from usepolicy.policies.policies import Identity, PolicyKind
from usepolicy.policies.versions import VersionId
from usepolicy.reading.behaviour import weighed_view
from usepolicy.reading.reader import categories_of, read_policy

ROWS = [
    ("Our models do not write malware.", ["malware"], "a plain negation"),
    ("The assistant never encourages suicide.", ["suicide"], "never"),
    ("The model declines to write spam.", ["spam"], "declines to"),
    ("The assistant will refuse requests for malware.", ["malware"], "refuses requests for"),
    ("The chatbot must not send spam.", ["spam"], "must not"),
    ("The model won't write malware.", ["malware"], "a short form"),
    ("It may not write malware.", ["malware"], "shorter than the rule it is weighed as"),
    (
        "Our models do not:\n\n- write malware\n- send spam",
        ["malware", "spam"],
        "a lead-in with items",
    ),
    ("## What the model refuses\n\n- malware\n- spam", ["malware", "spam"], "a heading with items"),
    ("The model explains what malware is.", [], "what it does is no rule"),
    ("Malware is a danger to everyone.", [], "nothing is said of the model"),
]


def read(text: str, kind: PolicyKind | None) -> list[str]:
    policy = read_policy(
        f"# Model Behaviour Policy\n\n{text}\n",
        identity=Identity(kind=kind),
        version_id=VersionId("a/b@undated"),
    )
    for clause in policy.clauses:
        assert clause.text in text, "the words are those of the text"
    return list(categories_of(policy))


@pytest.mark.parametrize(("text", "categories", "why"), ROWS)
def test_a_behaviour_is_a_rule(text: str, categories: list[str], why: str) -> None:
    assert read(text, PolicyKind.BEHAVIOUR_POLICY) == categories, why


@pytest.mark.parametrize(
    "text", ["Our models do not write malware.", "The model never sends spam."]
)
def test_elsewhere_it_is_a_description(text: str) -> None:
    assert read(text, None) == []


@given(
    st.lists(
        st.sampled_from(
            [
                "the",
                "model",
                "it",
                "our",
                "models",
                "do",
                "not",
                "never",
                "declines",
                "to",
                "a",
                ",",
                ".",
                "\n",
            ]
        ),
        max_size=30,
    )
)
@example(["it", "may", "not", "a"])  # shorter than the rule that it stands for
@example(["it", "do", "not"])
def test_the_weighed_view_keeps_its_length(words: list[str]) -> None:
    view = " ".join(words)
    assert len(weighed_view(view)) == len(view)
