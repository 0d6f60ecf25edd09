"""A model behind the labelling protocol, and the rule that an answer may only select."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from labels import PASSAGES, labelled
from tern_model import KEY, Asked, Handler, Model, completion

from usepolicy.labelling.llm import LlmLabeller
from usepolicy.labelling.model_server import Chat, ModelServer
from usepolicy.labelling.protocol import Domain
from usepolicy.labelling.questions import (
    Drop,
    Item,
    find_quote,
    mark_of,
    read_answer,
    record,
    sketch,
)
from usepolicy.policies.clauses import Effect, QualifierKind, QualifierRole
from usepolicy.policies.spans import Span
from usepolicy.reading.llm_answers import reading_task
from usepolicy.taxonomy.categories import load_taxonomy


def says(*labels: object):
    """Return a behaviour: these labels for the first passage, none for others."""

    def behave(handler: Handler, asked: Asked) -> None:
        units = [
            {"unit": unit["unit"], "labels": list(labels) if unit["unit"] == "u0" else []}
            for unit in asked.units
        ]
        handler.send(completion(json.dumps({"units": units})))

    return behave


def label(category: object = "malware", score: object = 0.75, quotes: object = ("malware",)):
    return {"category": category, "score": score, "quotes": quotes}


GOOD = (("malware", 0.75, ("malware",)),)
ROWS = [
    ([label()], GOOD, "a label"),
    ([], (), "names nothing"),
    ([label(score=1)], (("malware", 1, ("malware",)),), "a whole number is a score"),
    ([label(), label(score=0.1)], GOOD, "given twice: the first"),
    ([label("harassment", 1, ["“harass”"]), label()], (("harassment", 1, ("“harass”",)), *GOOD), "sorted"),
    ([label(quotes=["malware", "viruses"])], GOOD, "one quote holds"),
    ([label(score=1.5)], None, "no score: something was claimed, so the passage is unknown"),
    ([label(score="high")], None, "no number"),
    ([label(score=True)], None, "no number either"),
    ([label("viruses")], None, "no category"),
    ([label(quotes=["viruses"])], None, "no such words"),
    ([label(quotes=['"harass"'])], None, "other typography"),
    ([label(quotes="malware")], None, "no list"),
    ([label(), "malware"], None, "a good label beside something lost"),
]  # fmt: skip


@pytest.mark.parametrize(("labels", "expected", "why"), ROWS)
def test_a_model_labels(labels, expected, why, model: Model):
    model.behave(says(*labels))
    labeller = LlmLabeller(Chat(ModelServer("tern-1", model.base_url, KEY)))
    first, second, third = labelled(labeller)
    shown = first and tuple(
        (each.category, each.score, tuple(span.cut(PASSAGES[0].text) for span in each.spans))
        for each in first
    )
    assert shown == expected
    assert (second, third) == ((), ())
    assert "tern-1" in labeller.name
    assert model.asked[0].lines[:2] == [
        {"context": "u2-0", "text": "You may not use it"},
        {"context": "u2-1", "text": "for facial recognition"},
    ]


def test_the_domain_is_told(model: Model):
    model.behave(says())
    for domain in Domain:
        LlmLabeller(Chat(ModelServer("tern-1", model.base_url))).label(PASSAGES[:1], domain)
    assert len({asked.system for asked in model.asked}) == 3


def test_what_a_model_does_not_answer_is_unknown(model: Model):
    model.behave(lambda handler, _: handler.send(b"{}"))
    labeller = LlmLabeller(Chat(ModelServer("tern-1", model.base_url)))
    assert labelled(labeller) == [None, None, None]


@pytest.mark.parametrize(
    ("quote", "expected", "why"),
    [
        ("ab", Span(1, 3), "the first place"),
        ("a", None, "one letter shows nothing"),
        ("", None, "nor does nothing"),
        (", ", None, "nor do signs"),
        ("AB", None, "case counts"),
        ("人脸", Span(10, 12), "letters of any script"),
        ("ab ", Span(1, 4), "white space is text"),
    ],
)
def test_quotes(quote, expected, why):
    assert find_quote(quote, " ab , ab  人脸") == expected


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        ('{"units": [1]}', [1], "JSON"),
        ('x {"units": [1]} y', [1], "in prose"),
        ('<think>{"units": []}</think> {"units": [1]}', [1], "behind thoughts"),
        ('{"units": [1]', None, "cut off"),
        ("", None, "nothing"),
        ("}{", None, "braces the wrong way"),
        ('{"units": {"a": 1}}', None, "no list"),
        ('{"unit": [1]}', None, "another key"),
        ("{" * 100_000 + "}" * 100_000, None, "too deep"),
        ('{"units": [1]} {"units": [2]}', None, "two answers are none"),
    ],
)
def test_answers_are_read_where_they_stand(text, expected, why):
    assert read_answer(text) == expected


def test_a_schema_is_sketched_for_models_that_are_not_held_to_it():
    assert sketch(record(**reading_task([]).entry)) == {
        "restrictions": [
            {
                "category": "...",
                "effect": "...",
                "quotes": ["..."],
                "qualifiers": [{"kind": "...", "role": "...", "quote": "..."}],
            }
        ],
        "provisions": [{"kind": "...", "quote": "..."}],
    }


@given(st.lists(st.text(), max_size=3))
def test_no_text_holds_its_mark(texts):
    mark = mark_of([Item("u0", text) for text in texts])
    assert all(mark not in text for text in texts)


UNIT = Item("u1", "spread “malware” or spam without consent", above=("u0",))
ITEMS = [Item("u0", "You may not:"), UNIT]
WORDS = st.sampled_from(
    [UNIT.text, "malware", "“malware”", "spam", "You may not:", "", "x", *Effect, *QualifierKind, *QualifierRole]
)  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | WORDS
KEYS = st.sampled_from(
    ["category", "effect", "quotes", "quote", "qualifiers", "kind", "role", "unit"]
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=8)
)
RESTRICTION = st.fixed_dictionaries(
    {
        "category": st.sampled_from(["malware", "spam", "nothing", None, 3]),
        "effect": st.sampled_from([*Effect, "x"]),
        "quotes": st.lists(WORDS, max_size=3),
        "qualifiers": st.lists(
            st.fixed_dictionaries(
                {"kind": WORDS, "role": st.sampled_from(["narrows", "lifts", "x"]), "quote": WORDS}
            ),
            max_size=2,
        ),
    }
)


@given(st.lists(RESTRICTION | JSON, max_size=4), st.lists(JSON, max_size=2))
def test_whatever_is_answered_only_selections_are_kept(restrictions, provisions):
    """INVARIANT: spans inside their unit, categories of the taxonomy, every loss noted."""
    task = reading_task(ITEMS)
    checked = task.check(UNIT, {"restrictions": restrictions, "provisions": provisions})
    texts = {item.id: item.text for item in ITEMS}
    kept = checked.value.restrictions
    for each in kept:
        assert each.category is None or each.category in load_taxonomy().by_id
        assert each.spans
        assert all(span.cut(UNIT.text) in UNIT.text and len(span) > 1 for span in each.spans)
        assert all(q.span.end <= len(texts[q.item]) and len(q.span) > 1 for q in each.qualifiers)
    assert len({(each.category, each.effect) for each in kept}) == len(kept)
    gone = len(restrictions) + len(provisions) - len(kept) - len(checked.value.provisions)
    repeated = checked.dropped[Drop.REPEATED]
    assert checked.lost == (gone > repeated)
