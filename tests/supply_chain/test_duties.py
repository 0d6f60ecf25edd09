"""Duties: what a licence asks of whoever passes a model on, sentence by sentence."""

from __future__ import annotations

import pytest

from usepolicy.supply_chain.duties import find_duties

ROWS = [
    ("You must ensure that your users comply with these restrictions.", "pass_on", "users"),
    (
        "Include the use restrictions as enforceable terms in any agreement with others.",
        "pass_on",
        "as RAIL licences have it",
    ),
    ("Recipients are subject to the same restrictions.", "pass_on", "the same"),
    ("Recipients of the data are subject to the same terms.", "pass_on", "the same terms"),
    (
        "The name of a model that you tuned and share must start with X.",
        "name_of_derivatives",
        "far",
    ),
    ("Provide each recipient with a copy of this License.", "licence_copy", "American spelling"),
    ("Share the model card with all recipients.", "model_card", "a card"),
    ("Read the model card before use.", "", "to read is not to hand on"),
    ('Display "Built with Alder" on a related page.', "attribution", "a badge"),
    ("The Services are powered by generative AI.", "", "a description of the publisher's own"),
    ("A fine-tuned model's name must begin with Alder in its name.", "name_of_derivatives", "name"),
    ("Above 700 million monthly active users you need a licence.", "user_threshold", "a number"),
    ("You may not offer the Model as a hosted API.", "no_hosting", "an API"),
    ("We offer the model as a hosted API.", "", "the publisher's own offer"),
    ("You must not use the output to train another model.", "no_training", "outputs"),
    ("We train models on your content.", "", "the publisher's own training"),
    ("You may not resell access unless we agree in writing.", "agreement", "room for agreements"),
    ("The sky is blue over the hills today.", "", "nothing"),
]


@pytest.mark.parametrize(("sentence", "kind", "why"), ROWS)
def test_duties(sentence: str, kind: str, why: str) -> None:
    found = find_duties(f"# Terms\n\nFirst of all, a word. {sentence} And the end.")
    assert kind in [duty.kind for duty in found] if kind else found == (), why
    assert all(duty.evidence.quote == sentence.strip() for duty in found)


LISTS = [
    ("You may not:\n\n- train another model on output", "no_training", "the item alone is none"),
    ("**You must not**:\n1. sell it\n2. offer it as a hosted API", "no_hosting", "by numbers"),
    ("You may:\n\n- train another model on output", "", "a lead that allows"),
    ("You may not:\n\n- be rude\n\nWe train models on output.", "", "what follows is no item"),
    ("You must not offer a hosted API:\n\n- of this sort", "", "the lead's own, not the item's"),
]


@pytest.mark.parametrize(("text", "kind", "why"), LISTS, ids=[row[2] for row in LISTS])
def test_an_item_counts_with_what_leads_into_it(text: str, kind: str, why: str) -> None:
    last = [duty for duty in find_duties(text) if duty.evidence.span.end == len(text)]
    assert [duty.kind for duty in last] == ([kind] if kind else []), why
    assert all(duty.evidence.quote[0].isalpha() for duty in last), "the bullet is not cited"
    assert all(duty.evidence.span.cut(text) == duty.evidence.quote for duty in last)


def test_a_duty_cites_its_place() -> None:
    text = "One line.\n- Provide a copy of this Licence, see 2.1, to all.\nAnother."
    (duty,) = find_duties(text)
    assert duty.evidence.span.cut(text) == duty.evidence.quote
    assert "2.1" in duty.evidence.quote
