"""Exemptions that name no use: from what they exempt, and what only looks like one."""

from __future__ import annotations

from pathlib import Path

import pytest

from usepolicy.labelling.uses import use_labeller
from usepolicy.policies.policies import Identity
from usepolicy.reading.pipeline import read_source
from usepolicy.supply_chain.asked import Asked, asked_policy
from usepolicy.supply_chain.exempting import MOST_GENERAL, _words
from usepolicy.supply_chain.uses import understand
from usepolicy.supply_chain.verdicts import Verdict, verdict_of
from usepolicy.taxonomy.categories import load_taxonomy

TAXONOMY = load_taxonomy()
RULES = "# Rules of Wren\n\nYou may not use Wren:\n\n- for phishing\n- to write malware\n"
MALWARE = "Write malware"


def read(text: str, folder: Path) -> Asked:
    path = folder / "policy.md"
    path.write_text(text, encoding="utf-8")
    (reading,) = read_source(str(path), identity=Identity(developer="Wren"), allow_private=False)
    return asked_policy(reading.policy)


def ask(use: str, asked: Asked) -> Verdict:
    understood = understand(use, use_labeller(), names=dict(TAXONOMY.study_names))
    return verdict_of(understood, asked, TAXONOMY)


def exemptions(use: str, asked: Asked) -> list[tuple[str, str]]:
    return [(each.kind, each.quote) for each in ask(use, asked).exemptions]


GENERAL = [
    ("Educational, documentary, scientific or artistic purposes are allowed.", "purposes"),
    ("This does not apply to security research.", "a paragraph of its own is about all of it"),
    ("This policy does not prohibit reporting, fiction or art about these subjects.", "the policy"),
    ("We may make exceptions for educational or artistic content.", "an exception, some time"),
    ("Exceptions: satire and parody are permitted.", "art of another kind"),
    ("These rules don’t restrict good-faith red teaming.", "an apostrophe of print"),
    ("Academic study of harmful content is exempt.", "harm of all kinds is no use"),
    ("Nothing in this policy prohibits academic research.", "a provision, no clause"),
]


@pytest.mark.parametrize(("words", "why"), GENERAL, ids=[row[1] for row in GENERAL])
def test_a_general_exemption_is_told_word_for_word(words, why, tmp_path) -> None:
    found = ask(MALWARE, read(f"{RULES}\n{words}\n", tmp_path))
    assert found.value == "prohibited", "it may apply, which lifts nothing by itself"
    assert [(each.kind, each.quote) for each in found.exemptions] == [("general", words)], why


NONE = [
    ("You may use Wren for research and teaching.", "a grant, no exemption"),
    ("This indemnity does not apply to claims about art.", "it speaks of money"),
    ("We grant you a licence that allows research.", "a licence"),
    ("Sharing your own pictures is generally allowed.", "nobody and no purpose is named"),
    ("Research into phishing is permitted.", "it names a use, which is told where that is asked"),
    ("You may parody people only with their consent; fiction is fine.", "a condition"),
    ("Research shows that phishing is rising.", "no exempting word"),
]


@pytest.mark.parametrize(("words", "why"), NONE, ids=[row[1] for row in NONE])
def test_what_exempts_nobody_is_no_exemption(words, why, tmp_path) -> None:
    assert exemptions(MALWARE, read(f"{RULES}\n{words}\n", tmp_path)) == [], why


def test_the_sentence_behind_a_restriction_exempts_from_that_alone(tmp_path) -> None:
    words = "This does not include content for scientific or educational purposes."
    asked = read(f"{RULES}- to write erotica. {words}\n", tmp_path)
    assert exemptions("Erotic stories for adults", asked) == [("purpose", words)]
    assert exemptions(MALWARE, asked) == []


def test_what_is_not_restricted_has_no_exemption(tmp_path) -> None:
    asked = read(f"{RULES}\nArtistic purposes are allowed.\n", tmp_path)
    assert exemptions("Translating product manuals into Polish", asked) == []


def test_only_the_first_of_many_are_told(tmp_path) -> None:
    """A text of a thousand exemptions makes no answer of a thousand lines."""
    many = "\n\n".join(f"Research of kind {number} is permitted." for number in range(50))
    found = exemptions(MALWARE, read(f"{RULES}\n{many}\n", tmp_path))
    assert [quote for _, quote in found][:2] == [
        "Research of kind 0 is permitted.",
        "Research of kind 1 is permitted.",
    ]
    assert len(found) == MOST_GENERAL


def test_an_exemption_is_told_once(tmp_path) -> None:
    """The reader keeps this one as a clause and as a provision."""
    words = "This policy does not apply to security research."
    assert exemptions(MALWARE, read(f"{RULES}\n{words}\n", tmp_path)) == [("general", words)]


def test_the_wide_categories_are_of_the_taxonomy() -> None:
    assert _words().wide <= TAXONOMY.by_id.keys()
