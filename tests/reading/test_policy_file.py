"""The policy file: what is written reads back equal, and what is wrong is told with its line."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import date
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from usepolicy.policies.clauses import (
    CategoryId,
    Clause,
    ClauseId,
    Effect,
    Qualifier,
    QualifierKind,
    QualifierRole,
    Restriction,
    Scope,
    Strength,
    clause_key,
)
from usepolicy.policies.policies import Identity, Policy, PolicyKind, Weights
from usepolicy.policies.provisions import Provision, ProvisionKind, Reference, ReferenceKind
from usepolicy.policies.spans import Evidence, Span
from usepolicy.policies.versions import Finding, Part, Version, VersionId
from usepolicy.reading.policy_file import (
    PolicyFileError,
    PolicyFormat,
    dump_policies,
    dump_policy,
    is_policy_file,
    load_policies,
    load_policy,
    policy_schema_text,
)
from usepolicy.reading.policy_plain import plain_policy, without_empty
from usepolicy.reading.policy_schema import ENTRIES
from usepolicy.reading.policy_tree import MAX_DEPTH, count_values

REPOSITORY = Path(__file__).parents[2]
FILES = Path(__file__).parent / "policy_files"
SCHEMA = REPOSITORY / "schemas" / "policy.schema.json"
NAMES: dict[CategoryId, str | None] = {
    CategoryId("violence"): "Violence",
    CategoryId("harassment"): "Harassment",
    CategoryId("deepfakes"): None,
}
SHA = "0123456789abcdef" * 4


def load(data: str | bytes) -> Policy:
    return load_policy(data, place="p.yaml", study_names=NAMES)


def dump(policy: Policy, form: PolicyFormat = PolicyFormat.YAML) -> str:
    return dump_policy(policy, format=form, study_names=NAMES)


def failure(data: str | bytes) -> PolicyFileError:
    with pytest.raises(PolicyFileError) as caught:
        load(data)
    return caught.value


def bare(*texts: str, gap: int = 0) -> Policy:
    """Return a policy of clauses with these texts, `gap` code points between them."""
    clauses, start = [], gap
    for number, text in enumerate(texts):
        span = Span(start, start + len(text))
        evidence = Evidence.of(" " * start + text, start, span.end)
        restriction = Restriction(CategoryId("violence"), Effect.FORBIDS, (evidence,))
        clause_id = ClauseId(f"a/b@undated#{number}")
        clauses.append(Clause(clause_id, span, text, restrictions=(restriction,)))
        start = span.end + gap
    version = Version(VersionId("a/b@undated"), start, SHA, "markdown/1", "en")
    return Policy(Identity(), version, tuple(clauses))


def full() -> Policy:
    """Return a policy that uses every field of the model."""
    cited = Evidence(Span(10, 18), "violence")
    lifting = Qualifier(QualifierKind.CONSENT, QualifierRole.LIFTS, Evidence(Span(0, 6), "unless"))
    restrictions = (
        Restriction(CategoryId("violence"), Effect.FORBIDS, (cited,), (lifting,)),
        Restriction(CategoryId("deepfakes"), Effect.REQUIRES, (cited, cited)),
        Restriction(None, Effect.PERMITS, (cited,)),
    )
    scope = Scope(cited, cited, cited)
    clause = Clause(
        ClauseId("a/b@2025-01-31#k"), Span(10, 18), "violence", (Span(0, 6),), scope, restrictions
    )
    part = Part(Span(0, 30), "Rules", "https://a.example/b", date(2025, 1, 31), SHA)
    identity = Identity(
        "A", "B", "Rules: 零", PolicyKind.LICENCE, "licence", "terms", ("One", "Two: 2"),
        "text", Weights.OPEN, "NO", date(2025, 1, 31), date(2025, 2, 1),
    )  # fmt: skip
    return Policy(
        identity,
        Version(VersionId("a/b@2025-01-31"), 30, SHA, "html/1", "en", (part,), SHA),
        (clause,),
        (Provision(ProvisionKind.APPEAL, Evidence(Span(20, 22), "ok")),),
        (Reference(ReferenceKind.INCORPORATES, Evidence(Span(22, 24), "it"), None),),
        (Finding("page-missing", "page 2: gone", Span(3, 9), True), Finding("odd", "odd")),
    )


ROUND_TRIPS = [
    ("every field", full()),
    ("no clause, nothing known", bare()),
    ("two clauses with text between them that the file does not tell", bare("a", "b", gap=7)),
    (
        "a finding at a place of no length",
        replace(bare("a"), findings=(Finding("x", "y", Span(1, 1)),)),
    ),
    ("not read at all", replace(bare(), findings=(Finding("language-not-read", "x", None, True),))),
    *(
        (why, bare(text))
        for why, text in [
            ("reads as a boolean", "no"),
            ("reads as null", "~"),
            ("reads as a number", "0x1F"),
            ("reads as a time", "12:30:00"),
            ("reads as a date", "2025-01-01"),
            ("a document start", "---"),
            ("a document start in the text", "a\n---\nb"),
            ("a document end", "..."),
            ("looks like a key", "not: this"),
            ("looks like a comment", "a #b"),
            ("starts with a comment", "# Rules"),
            ("a list of Markdown", "You may not:\n\n- lie\n  - or cheat\n"),
            ("starts with spaces", "    code\nmore"),
            ("starts with a line end", "\n\nmore"),
            ("ends with line ends", "more\n\n\n"),
            ("a line of spaces", "a\n   \nb"),
            ("hard breaks", "a  \nb"),
            ("tabs", "\ta\tb\n\tc"),
            ("carriage returns", "a\r\nb\rc"),
            ("other line ends", "a\x85b\u2028c\u2029d"),
            ("controls", "a\x00b\x07c\x1bd\x7f"),
            ("bytes of order", "\ufeffa\ufffe"),
            ("quotes", "'\"`\\ 'a' \"b\""),
            ("emoji, joined", "ok 👍🏽 👨\u200d👩\u200d👧"),
            ("long, on one line", "a word " * 60 + "end"),
            ("long, with two spaces and a word longer than the line", "a  b " * 40 + "x" * 200),
            ("long, ends with a space", "word " * 60),
            ("long, with a no-break space", "so\xa0it goes " * 30 + "end"),
            ("long lines", ("word " * 60 + "end\n") * 3),
            ("indicators of YAML", "&a *b !c %d @e |f >g"),
        ]
    ),
]


@pytest.mark.parametrize("form", PolicyFormat)
@pytest.mark.parametrize(("why", "policy"), ROUND_TRIPS, ids=[why for why, _ in ROUND_TRIPS])
def test_what_is_written_reads_back_equal(why: str, policy: Policy, form: PolicyFormat) -> None:
    written = dump(policy, form)
    assert load(written) == policy, why
    assert load(written.encode()) == policy, why
    assert dump(load(written), form) == written, why


HARD = st.text(
    alphabet=st.sampled_from("ab \n\t:#-'\"|>&*!%@`{}[],?.~0\r\x85\u2028\u2029\ufeff\x01é👍")
)
ANY = st.text(st.characters(exclude_categories=["Cs"]))


@settings(max_examples=200, deadline=None)
@given(st.lists((HARD | ANY).filter(str.strip), max_size=3), st.integers(0, 3))
@example(["- a"], 0)
def test_any_text_reads_back_equal(texts: list[str], gap: int) -> None:
    policy = bare(*texts, gap=gap)
    for form in PolicyFormat:
        assert load(dump(policy, form)) == policy


@pytest.mark.parametrize("path", sorted((FILES / "valid").glob("*.yaml")), ids=lambda p: p.stem)
def test_a_valid_file_survives_both_forms(path: Path) -> None:
    policy = load(path.read_bytes())
    for form in PolicyFormat:
        assert load(dump(policy, form)) == policy


def test_a_minimal_file_needs_only_words_and_categories() -> None:
    policy = load((FILES / "valid" / "minimal.yaml").read_text())
    text = "You may not use the service to threaten people."
    (clause,) = policy.clauses
    assert policy.version.id == "unknown/policy@undated"
    assert (policy.version.parser, policy.version.language) == ("hand", "und")
    assert policy.version.text_length == len(text)
    assert clause.id == f"unknown/policy@undated#{clause_key([], text)}"
    assert clause.restrictions[0].effect is Effect.FORBIDS
    assert clause.restrictions[0].evidence == (Evidence(Span(0, len(text)), text),)


def test_in_a_file_by_hand_the_text_is_the_clauses_joined() -> None:
    policy = load((FILES / "valid" / "by-hand.yaml").read_text())
    text = "\n".join(clause.text for clause in policy.clauses)
    cited = [e for c in policy.clauses for r in c.restrictions for e in r.evidence]
    cited += [q.evidence for c in policy.clauses for r in c.restrictions for q in r.qualifiers]
    cited += [provision.evidence for provision in policy.provisions]
    cited += [reference.evidence for reference in policy.references]
    assert len(cited) == 6
    assert all(evidence.span.cut(text) == evidence.quote for evidence in cited)
    assert policy.version.id == "acme-models/acceptable-use@2025-03-01"
    assert policy.identity.headquarters == "NO"
    assert policy.clauses[1].restrictions[0].strength is Strength.RESTRICTED


def test_repeated_words_get_ordinals_and_one_part_is_the_whole_text() -> None:
    policy = load((FILES / "valid" / "repeats.yaml").read_text())
    first, second = policy.clauses
    assert second.id == f"{first.id}-2"
    assert policy.version.parts[0].span == Span(0, len("Be kind.\nBe kind."))


@pytest.mark.parametrize(
    ("written", "why"),
    [("2025-03-01", "a timestamp of YAML"), ("'2025-03-01'", "text")],
)
def test_a_date_is_accepted_in_either_form(written: str, why: str) -> None:
    policy = load(f"policy: {{effective: {written}}}\nclauses: []")
    assert policy.identity.effective == date(2025, 3, 1), why


def test_pairs_escaped_in_json_are_one_character() -> None:
    policy = load('{"clauses": [{"text": "\\ud83d\\udc4d"}]}')
    assert policy.clauses[0].text == "👍"


def test_depth_has_room_for_the_schema() -> None:
    lines = dump(full(), PolicyFormat.JSON).splitlines()
    assert max((len(line) - len(line.lstrip())) // 2 for line in lines) < MAX_DEPTH


def test_a_quote_is_checked_in_its_own_clause_where_clauses_overlap() -> None:
    outer, inner = "no fake news, no spam", "news"
    written = json.loads(dump(bare(outer), PolicyFormat.JSON))
    (clause,) = written["clauses"]
    clause["restrictions"][0]["evidence"] = [{"quote": "no SPAM", "start": 14, "end": 21}]
    start = outer.index(inner)
    written["clauses"].append({"text": inner, "start": start, "end": start + len(inner)})
    error = failure(json.dumps(written))
    assert [problem.code for problem in error.problems] == ["quote-mismatch"]


def test_clauses_that_overlap_and_agree_are_accepted() -> None:
    written = json.loads(dump(bare("no fake news, no spam"), PolicyFormat.JSON))
    for text, start in (("news, no", 8), ("no spam", 14)):
        written["clauses"].append({"text": text, "start": start, "end": start + len(text)})
    assert len(load(json.dumps(written)).clauses) == 3


@pytest.mark.parametrize("form", PolicyFormat)
def test_several_policies_are_one_file(form: PolicyFormat) -> None:
    policies = [full(), bare("a", "b"), bare()]
    written = dump_policies(policies, format=form, study_names=NAMES)
    assert load_policies(written, place="p.yaml", study_names=NAMES) == policies
    assert failure(written).code == "several-documents"
    assert is_policy_file(written.encode())


def test_a_problem_of_a_later_policy_has_the_line_of_the_file() -> None:
    with pytest.raises(PolicyFileError) as caught:
        load_policies("clauses: []\n---\nclauses: 3\n", place="p.yaml", study_names=NAMES)
    assert caught.value.place == "p.yaml:3"


TOLD = [
    (b"clauses: []\n", True, "one key"),
    (b"\xef\xbb\xbf\n# mine\n%YAML 1.2\n---\npolicy: {}\nclauses: []\n", True, "what comes before"),
    (b"'policy': {}\n\"clauses\": []\n", True, "keys in quotes"),
    (b'{"version": {}, "clauses": []}', True, "JSON"),
    (b'[\n  {"policy": {}, "clauses": []}]', True, "a list of JSON"),
    (b"policy: we mean it\n\nYou may not send spam.\n", False, "a document with the word"),
    (b"---\npolicy: x\n---\n# Terms\n", False, "front matter of a document"),
    (b"# Terms\n\nclauses: these\n\nYou may not: spam\n", False, "words where the list would be"),
    (b"clauses:\r\n- text: a\r\n", True, "line ends of Windows"),
    (b"Rules\n\nclauses: these\n", False, "words come first"),
    (b'{"version": 1, "cells": []}', False, "other JSON"),
    (b"version: '3'\nservices: {}\n", False, "other YAML"),
    (b"coding: {}\ncells: []\n", False, "a coding file"),
    (b"", False, "nothing"),
    (b" " * 1_000_000, False, "white space alone, in one pass"),
]


@pytest.mark.parametrize(("data", "is_policy", "why"), TOLD, ids=[row[2] for row in TOLD])
def test_a_policy_file_is_told_by_its_keys(data: bytes, is_policy: bool, why: str) -> None:
    assert is_policy_file(data) is is_policy, why


@pytest.mark.parametrize("form", PolicyFormat)
def test_what_could_not_be_read_back_is_not_written(form: PolicyFormat, monkeypatch) -> None:
    """The greatest file that is written is read; one more value, and it is neither."""
    policy = bare(*["a"] * 50)
    values = count_values(json.loads(dump(policy, PolicyFormat.JSON)))
    if form is PolicyFormat.YAML:
        values = count_values(without_empty(plain_policy(policy, NAMES)))
    for module in ("policy_file", "policy_tree"):
        monkeypatch.setattr(f"usepolicy.reading.{module}.MAX_VALUES", values)
    assert load(dump(policy, form)) == policy
    for module in ("policy_file", "policy_tree"):
        monkeypatch.setattr(f"usepolicy.reading.{module}.MAX_VALUES", values - 1)
    with pytest.raises(PolicyFileError) as caught:
        dump(policy, form)
    assert caught.value.code == "too-many-values"


def test_no_file_grows_over_the_bytes_that_are_read(monkeypatch) -> None:
    written = dump(full())
    monkeypatch.setattr("usepolicy.reading.policy_file.MAX_BYTES", len(written.encode()))
    assert dump(full()) == written
    monkeypatch.setattr("usepolicy.reading.policy_file.MAX_BYTES", len(written.encode()) - 1)
    with pytest.raises(PolicyFileError) as caught:
        dump(full())
    assert caught.value.code == "too-large"


@pytest.mark.parametrize("form", PolicyFormat)
def test_nothing_in_a_file_reaches_the_terminal(form: PolicyFormat) -> None:
    written = dump(bare("a\x1b[0m\x9b31m\u202eb"), form)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", written)


# --- Promises: schema, documentation, order, speed ---


def test_json_has_every_key_of_the_schema_in_its_order() -> None:
    plain = json.loads(dump(full(), PolicyFormat.JSON))
    assert list(plain) == list(ENTRIES[""].model_fields)
    for key, value in _mappings(plain):
        assert list(value) == list(ENTRIES[key].model_fields), key


def _mappings(value: object, key: str = "") -> list[tuple[str, dict[str, object]]]:
    if isinstance(value, list):
        return [found for item in value for found in _mappings(item, key)]
    if not isinstance(value, dict):
        return []
    return [(key, value), *(found for k, v in value.items() for found in _mappings(v, k))]


def test_json_has_the_derived_keys() -> None:
    clause = json.loads(dump(full(), PolicyFormat.JSON))["clauses"][0]
    derived = [(r["study_name"], r["strength"]) for r in clause["restrictions"]]
    assert derived == [("Violence", "restricted"), (None, "prohibited"), (None, None)]


def test_yaml_leaves_out_what_is_null_or_empty_but_never_a_category() -> None:
    written = dump(bare("a"))
    assert "null" not in written
    assert "[]" not in written
    unnamed = Restriction(None, Effect.PERMITS, (Evidence(Span(0, 1), "a"),))
    policy = bare("a")
    clause = replace(policy.clauses[0], restrictions=(unnamed,))
    assert "category: null" in dump(replace(policy, clauses=(clause,)))


def test_the_schema_file_is_the_generated_one() -> None:
    if os.environ.get("UPDATE_GOLDEN") == "1":
        SCHEMA.write_text(policy_schema_text(), encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == policy_schema_text(), "UPDATE_GOLDEN=1 rewrites it"


def test_every_field_of_the_schema_has_a_description() -> None:
    schema = json.loads(policy_schema_text())
    for name, entry in [("file", schema), *schema["$defs"].items()]:
        fields = entry.get("properties", {})
        assert not [key for key, field in fields.items() if not field.get("description")], name


@pytest.mark.parametrize("key", ENTRIES)
def test_every_field_is_documented(key: str) -> None:
    page = (REPOSITORY / "docs" / "policy-file.md").read_text(encoding="utf-8")
    sections = {part.split("\n", 1)[0]: part for part in page.split("\n## ")}
    title = {"": "The file", "bound": "scope", "surface": "scope", "product": "scope"}.get(key, key)
    section = next(part for head, part in sections.items() if head.strip("`") == title)
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \|", section, re.MULTILINE)
    assert set(ENTRIES[key].model_fields) <= set(rows)


@pytest.mark.parametrize(
    "values",
    [
        PolicyKind,
        Weights,
        Effect,
        Strength,
        QualifierKind,
        QualifierRole,
        ReferenceKind,
        ProvisionKind,
    ],
)
def test_every_allowed_value_is_documented(values: type[StrEnum]) -> None:
    page = (REPOSITORY / "docs" / "policy-file.md").read_text(encoding="utf-8")
    assert [value for value in values if f"`{value}`" not in page] == []


def test_the_examples_of_the_documentation_are_valid() -> None:
    page = (REPOSITORY / "docs" / "policy-file.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(examples) == 2
    for text in examples:
        assert load(text).clauses


def test_an_unknown_category_has_no_name_in_the_study() -> None:
    plain = plain_policy(full(), {})
    assert json.loads(json.dumps(plain))["clauses"][0]["restrictions"][0]["study_name"] is None
