"""Exports: every cell, sheets that say what they do not know, citations without markup."""

from __future__ import annotations

import io
from datetime import date

import pytest
from pyarrow import parquet

from usepolicy.comparison.subjects import Subject
from usepolicy.exports.cells import HEADS, cell_rows, parquet_bytes
from usepolicy.exports.citation import bibtex_entry, csl_item
from usepolicy.exports.disclosure import disclosure_markdown, disclosure_of
from usepolicy.figures.build import study_subjects
from usepolicy.policies.codings import Coding, coding_of
from usepolicy.policies.policies import Identity
from usepolicy.policies.versions import VersionId
from usepolicy.reading.reader import read_policy
from usepolicy.study import study_codings
from usepolicy.taxonomy.categories import load_taxonomy

CATEGORIES = load_taxonomy().categories
META = next(subject for subject in study_subjects() if subject.coding.id == "study/meta")


def own(text: str, **identity: object) -> Subject:
    policy = read_policy(
        text,
        version_id=VersionId("tern/aup@undated"),
        identity=Identity(developer="Tern", **identity),  # type: ignore[arg-type]
    )
    return Subject(coding_of(policy, [c.id for c in CATEGORIES], coder="reader"), policy)


def test_cells_have_every_category_of_every_coding() -> None:
    rows = cell_rows(study_codings(), CATEGORIES)
    assert len(rows) == 30 * 147
    assert sum(row["value"] == "coded" for row in rows) == 782
    assert {row["value"] for row in rows} == {"coded", "not_coded", "unknown"}


def test_parquet_holds_what_csv_holds() -> None:
    rows = cell_rows([own("You may not send spam.").coding], CATEGORIES)
    table = parquet.read_table(io.BytesIO(parquet_bytes(rows)))
    assert table.column_names == list(HEADS)
    assert table.to_pylist() == [dict(row) for row in rows]
    (spam,) = [row for row in table.to_pylist() if row["category"] == "spam"]
    assert (spam["value"], spam["strength"]) == ("coded", "prohibited")
    assert spam["end"] > spam["start"]


SHEET = """You may not use the service to:

- send spam
- create deepfakes without the consent of the person

You may create artistic nudity of adults. We may suspend your account.
"""


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("## Prohibited uses\n\n- Spam: “send spam”", "what is prohibited"),
        ("Deepfakes: “create deepfakes", "what is allowed under a condition"),
        ("condition: “without the consent", "the condition in its words"),
        ("- Nudity: “", "what is permitted in words"),
        ("suspension: “We may suspend your account.”", "enforcement"),
        ("- Fraud and unwanted messages", "the domain"),
        ("- Applies from: not known", "what is not known is said"),
        ("EU AI Act, Article 53", "who asks for it"),
    ],
)
def test_a_sheet_says_what_the_text_says(words: str, why: str) -> None:
    assert words in disclosure_markdown(disclosure_of(own(SHEET))), why


def test_a_sheet_of_a_coding_has_names_and_no_words() -> None:
    sheet = disclosure_of(META)
    assert len(sheet.prohibited) == 44
    assert not any(use.words for use in sheet.prohibited)


def test_a_sheet_of_a_text_that_was_not_read_says_so() -> None:
    sheet = disclosure_of(own("您不得使用本服务从事任何违法活动，包括传播暴力、色情内容。"))
    assert "not read in full" in disclosure_markdown(sheet)
    assert len(sheet.unknown_domains) == 23


def test_markup_of_a_document_is_escaped() -> None:
    text = disclosure_markdown(disclosure_of(own("You may not send <b>spam</b> or [spam](x:y).")))
    assert "<b>" not in text
    assert "[spam](x" not in text


def test_a_citation_names_publisher_title_date_and_address() -> None:
    entry = bibtex_entry(META, "https://example.org/a_b")
    assert entry.startswith("@misc{study-meta,\n  author = {{Meta}},\n")
    assert "year = {2023}" in entry
    assert csl_item(META, None)["issued"] == {"date-parts": [[2023, 7, 18]]}


@pytest.mark.parametrize(
    ("title", "shown", "why"),
    [
        ("A & B {x} 100%", r"A \& B \{x\} 100\%", "signs of TeX are words here"),
        ("\\input{/etc}", r"\textbackslash{}input\{/etc\}", "no command runs"),
        ("two\nlines", "two lines", "one line"),
    ],
)
def test_a_title_is_no_markup(title: str, shown: str, why: str) -> None:
    identity = Identity(title=title, effective=date(2024, 1, 2))
    subject = Subject(Coding("a/b@undated", "a", "reader", identity))
    assert f"title = {{{{{shown}}}}}" in bibtex_entry(subject, None), why
