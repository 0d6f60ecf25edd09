"""The coding file: what is written reads back equal, and what is wrong is told with its line."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usepolicy.policies.clauses import CategoryId, ClauseId, Strength
from usepolicy.policies.hand_codings import HandCell, HandCoding, HandDecision
from usepolicy.policies.places import CitedWords
from usepolicy.policies.policies import Identity, PolicyKind
from usepolicy.policies.spans import Evidence, Span
from usepolicy.policies.versions import VersionId
from usepolicy.reading.coding_file import (
    coding_schema_text,
    dump_coding,
    is_coding_file,
    load_coding,
)
from usepolicy.reading.policy_file import PolicyFileError, PolicyFormat

SCHEMA = Path(__file__).parents[2] / "schemas" / "coding.schema.json"
NAMES: dict[CategoryId, str | None] = {
    CategoryId("hate"): "Hate",
    CategoryId("spam"): "Spam",
    CategoryId("ai-worms"): None,
}
SHA = "0123456789abcdef" * 4
CODING = HandCoding(
    VersionId("tern/aup@2026-01-01"),
    SHA,
    Identity(developer="Tern", kind=PolicyKind.AUP, effective=date(2026, 1, 1)),
    (
        HandCell(
            CategoryId("ai-worms"),
            HandDecision.ADD,
            "Ada",
            date(2026, 1, 2),
            (CitedWords(Evidence(Span(3, 8), "worms"), ClauseId("tern/aup@2026-01-01#k")),),
            Strength.RESTRICTED,
            "new",
        ),
        HandCell(CategoryId("hate"), HandDecision.ACCEPT, "Bo", date(2026, 1, 3)),
        HandCell(
            CategoryId("spam"),
            HandDecision.REJECT,
            "Ada",
            date(2026, 1, 2),
            (CitedWords(Evidence(Span(20, 24), "spam")),),
        ),
    ),
)


def dump(coding: HandCoding, form: PolicyFormat = PolicyFormat.YAML) -> str:
    return dump_coding(coding, format=form, study_names=NAMES)


def load(data: str | bytes) -> HandCoding:
    return load_coding(data, place="c.yaml", study_names=NAMES)


@pytest.mark.parametrize("form", PolicyFormat)
def test_a_coding_reads_back(form: PolicyFormat) -> None:
    text = dump(CODING, form)
    assert load(text) == CODING
    assert dump(load(text), form) == text
    assert is_coding_file(text.encode())


def test_the_file_says_what_it_makes_of_each_cell() -> None:
    cells = json.loads(dump(CODING, PolicyFormat.JSON))["cells"]
    assert [(c["category"], c["study_name"], c["value"]) for c in cells] == [
        ("ai-worms", None, "coded"),
        ("hate", "Hate", "not_coded"),
        ("spam", "Spam", "not_coded"),
    ]


@settings(max_examples=50)
@given(st.text(st.characters(exclude_categories=["Cs"])), st.text("a \n:#-é", min_size=1))
def test_any_note_and_quote_reads_back(note: str, quote: str) -> None:
    if not quote.strip():
        return
    words = (CitedWords(Evidence(Span(0, len(quote)), quote)),)
    cell = HandCell(CategoryId("spam"), HandDecision.ADD, "A", date(2026, 1, 2), words, None, note)
    coding = HandCoding(VersionId("a/b@undated"), SHA, Identity(), (cell,))
    for form in PolicyFormat:
        assert load(dump(coding, form)) == coding


def test_the_schema_is_that_of_the_repository() -> None:
    assert coding_schema_text() == SCHEMA.read_text("utf-8")
    schema = json.loads(coding_schema_text())
    undescribed = [
        f"{name}.{key}"
        for name, model in {"": schema, **schema["$defs"]}.items()
        for key, value in model.get("properties", {}).items()
        if not value.get("description")
    ]
    assert undescribed == []


TOLD_APART = [
    (b"coding:\n  policy: {}\n", True, "YAML"),
    (b"\xef\xbb\xbf# mine\n\ncells: []\ncoding: {}\n", True, "a comment first, keys turned round"),
    (b'{"cells": [], "coding": {}}', True, "JSON on one line, keys sorted"),
    (b'\n{\n  "coding": {}\n}', True, "JSON"),
    (b"clauses:\n- text: |-\n    coding: here\n", False, "the word inside a policy's clause"),
    (b'{"clauses": [{"text": "coding: x"}]}', False, "the same in JSON"),
    (b"Rules\n\ncells: see below\n", False, "a document with the word"),
    (
        b"coding: a program\n\nYou may not use it for that.\n",
        False,
        "a document that begins with it",
    ),
    (b"", False, "nothing"),
]


@pytest.mark.parametrize(("data", "is_coding", "why"), TOLD_APART, ids=[r[2] for r in TOLD_APART])
def test_a_coding_file_is_told_from_a_policy_file(data, is_coding, why) -> None:
    assert is_coding_file(data) is is_coding


HEAD = f"coding:\n  policy: {{id: a/b@undated}}\n  text_sha256: '{SHA}'\ncells:\n"
CELL = "- category: spam\n  decision: add\n  coder: Ada\n  date: '2026-01-02'\n"
WORDS = "  evidence:\n  - {quote: spam, start: 3, end: 7}\n"

BROKEN = [
    # the file, codes with lines, why
    (HEAD + CELL, ["missing-quote:5"], "an added cell without words"),
    (HEAD + CELL + WORDS.replace("7", "9"), ["span-mismatch:10"], "a quote longer than its place"),
    (HEAD + CELL + WORDS + "  value: not_coded\n", ["value-mismatch:11"], "not what words say"),
    (HEAD + CELL.replace("add", "reject") + "  strength: restricted\n", ["wrong-strength:9"], "a strength of nothing"),
    (HEAD + CELL.replace("spam", "spma") + WORDS, ["unknown-category:5"], "a typo"),
    (HEAD + CELL + WORDS + CELL + WORDS, ["duplicate-category:11"], "two cells of one category"),
    (HEAD + CELL.replace("add", "maybe") + WORDS, ["unknown-value:6"], "no such decision"),
    (HEAD + CELL.replace("'2026-01-02'", "3"), ["wrong-value:8"], "a number is no date"),
    (HEAD + CELL.replace("Ada", "' '") + WORDS, ["wrong-value:7"], "nobody decided"),
    (HEAD + "- {decision: accept, coder: A, date: '2026-01-02', categroy: hate}\n", ["unknown-key:5", "missing-key:5"], "a typo in a key"),
    ("coding: {}\n", ["missing-key:1", "missing-key:1"], "of what policy and text?"),
    ("cells: []\n", ["missing-key:1"], "of what?"),
    (HEAD + CELL + CELL.replace("spam", "spma"), ["missing-quote:5", "missing-quote:9", "unknown-category:9"], "all at once, by line"),
    ("coding: &a {}\ncells: *a\n", ["too-many-aliases:2"], "guarded as a policy file is"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "codes", "why"), BROKEN, ids=[row[2] for row in BROKEN])
def test_what_is_wrong_is_told_with_its_line(text, codes, why) -> None:
    with pytest.raises(PolicyFileError) as caught:
        load(text)
    found = [f"{p.code}:{p.place.rpartition(':')[2]}" for p in caught.value.problems]
    assert sorted(found) == sorted(codes)


def test_a_typo_is_answered_with_the_word() -> None:
    with pytest.raises(PolicyFileError) as caught:
        load(HEAD + CELL.replace("spam", "spma") + WORDS)
    assert caught.value.help == "did you mean `spam`?"
