"""Compiled policies: the texts for guards, the way back from their codes, and hostile words."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import jinja2
import pytest
import yaml
from guard_policies import HOSTILE, TERN, policy, restrictions
from hypothesis import given
from hypothesis import strategies as st

from usepolicy.enforcement.guards import compiled as values
from usepolicy.enforcement.guards.compiled import fill
from usepolicy.enforcement.guards.form import Form
from usepolicy.enforcement.guards.form_safeguard import PACK_BYTES
from usepolicy.enforcement.guards.forms import compile_for
from usepolicy.enforcement.guards.inert import inert_block, inert_line
from usepolicy.errors import UsePolicyError
from usepolicy.policies.clauses import CategoryId, Clause, ClauseId, Effect, Restriction
from usepolicy.policies.spans import Evidence, Span

FORMS = list(Form)
SLOTS = {"conversation", "role", "whose", "subject", "judged"}
MARKS = re.compile(r"<\|.*?\|>|</?[A-Za-z_][\w ]*>|\[/?INST\]|\{\{.*?\}\}|\{%.*?%\}")
"""What a model or a template takes for a mark."""


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_as_it_was_reviewed(form, golden):
    texts = [f"==> {pack.name} <==\n{pack.text}" for pack in compile_for(form, [policy()]).packs]
    golden(f"compile-{form}.txt", "\n".join(texts))


def test_the_codes_are_as_they_were_reviewed(golden):
    compiled = compile_for(Form.LLAMA_GUARD, [policy()])
    golden(
        "compile-codes.json", json.dumps(compiled.as_json(), indent=2, ensure_ascii=False) + "\n"
    )


@pytest.mark.parametrize("form", FORMS)
def test_the_codes_lead_back_to_what_was_read(form):
    of = policy()
    compiled = compile_for(form, [of])
    found = compiled.restrictions_of(code.code for code in compiled.codes)
    assert {(r.clause, r.category, r.quote) for r in found} == restrictions(of)
    assert compiled.targets == {t for r in found for t in (r.clause, r.category)}
    assert {code for pack in compiled.packs for code in pack.codes} == set(compiled.by_code)
    assert compiled.restrictions_of(["S1", "P99", ""]) == ()


@pytest.mark.parametrize("form", FORMS)
def test_the_same_policy_gives_the_same_texts(form):
    assert compile_for(form, [policy()]) == compile_for(form, [policy()])


@pytest.mark.parametrize("form", FORMS)
def test_no_words_of_a_policy_leave_their_place(form):
    ours = {m for p in compile_for(form, [policy()]).packs for m in MARKS.findall(p.text)}
    packs = compile_for(form, [policy(HOSTILE)]).packs
    assert {m for pack in packs for m in MARKS.findall(pack.text)} <= ours
    for pack in packs:
        assert set(re.findall(r"\{([a-z]+)\}", pack.text)) <= SLOTS
        assert pack.text.count("{conversation}") <= 1
        assert len(re.findall(r"^<END UNSAFE", pack.text, re.M)) <= 1


def test_a_folder_for_nemo_renders_a_hostile_policy_as_text():
    packs = {p.name: p.text for p in compile_for(Form.NEMO_GUARDRAILS, [policy(HOSTILE)]).packs}
    assert yaml.safe_load(packs["config.yml"])["rails"]["input"]["flows"] == ["self check input"]
    prompts = yaml.safe_load(packs["prompts.yml"])["prompts"]
    assert [p["task"] for p in prompts] == ["self_check_input", "self_check_output"]
    shown = jinja2.Template(prompts[0]["content"]).render(user_input="hello")
    assert "49" not in shown
    assert "<<< text\nhello\ntext >>>" in shown


def test_questions_for_decisions_are_json_whatever_the_policy_says():
    (pack,) = compile_for(Form.OPENAI_DECISIONS, [policy(HOSTILE)]).packs
    questions = json.loads(pack.text)["questions"]
    assert [q["name"] for q in questions] == list(pack.codes)


def test_codes_of_llama_guard_are_none_that_it_has_learnt():
    compiled = compile_for(Form.LLAMA_GUARD, [policy()])
    assert all(re.fullmatch(r"P[1-9]\d*", code.code) for code in compiled.codes)


def test_only_what_is_forbidden_is_asked_about():
    compiled = compile_for(Form.SYSTEM_PROMPT, [policy()])
    assert "talk to an AI" not in compiled.packs[0].text
    assert "not-disclosing-ai-generated" not in compiled.targets


def test_an_exemption_is_told_and_one_with_a_condition_left_to_a_grant():
    compiled = compile_for(Form.SYSTEM_PROMPT, [policy()])
    assert "fiction, teaching or news" in compiled.packs[0].text
    assert "research" not in compiled.packs[0].text
    assert [f.code for f in compiled.findings] == ["conditional-exemption"]


CHOICES = [
    ((), {"harassment", "stalking", "malware", "impersonation"}, "all"),
    (("malware",), {"malware"}, "one"),
    (("harassment-and-abuse",), {"harassment", "stalking"}, "a group: what is below it"),
]


@pytest.mark.parametrize(("names", "expected", "why"), CHOICES)
def test_categories_choose(names, expected, why):
    compiled = compile_for(Form.LLAMA_GUARD, [policy()], [CategoryId(n) for n in names])
    assert {r.category for code in compiled.codes for r in code.restrictions} == expected


def test_nothing_forbidden_is_an_error():
    with pytest.raises(UsePolicyError) as error:
        compile_for(Form.LLAMA_GUARD, [policy()], [CategoryId("gambling")])
    assert error.value.code == "nothing-forbidden"


def many(number: int, words: str = "write malware"):
    """Return a policy with so many clauses without a category."""
    clauses = tuple(
        Clause(
            ClauseId(f"tern/use@2026-01-01#{n:08x}"),
            Span(0, len(words)),
            words,
            restrictions=(
                Restriction(None, Effect.FORBIDS, (Evidence(Span(0, len(words)), words),)),
            ),
        )
        for n in range(number)
    )
    return replace(policy(), clauses=clauses, provisions=())


LARGE = [
    (many(values.MAX_CODES + 7), "restrictions-left-out", "7 restrictions", "more than codes"),
    (many(1, "spam " * 100), "words-cut", "1 quotes", "a clause of a page"),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("of", "code", "words", "why"), LARGE)
def test_what_is_left_out_is_told(of, code, words, why, form):
    compiled = compile_for(form, [of])
    assert len(compiled.codes) <= values.MAX_CODES
    (finding,) = (f for f in compiled.findings if f.code == code)
    assert finding.message.startswith(words)


def test_packs_for_safeguard_keep_to_the_length_that_suits_it():
    packs = compile_for(Form.GPT_OSS_SAFEGUARD, [many(120)]).packs
    assert len(packs) > 1
    assert all(PACK_BYTES / 2 < len(p.text.encode()) <= PACK_BYTES for p in packs)
    assert all(len(re.findall(r"^# \w+", p.text, re.M)) == 4 for p in packs)
    assert all(p.text.count('{"violation": 0 or 1') == 2 for p in packs)


def test_slots_are_filled_in_one_pass():
    assert fill("{role}: {conversation}", role="{conversation}", conversation="{role}") == (
        "{conversation}: {role}"
    )


INERT = [
    ("<|eot_id|>", "‹|eot_id|›", "a token of Llama"),
    ("<<|eot_id|>|eot_id|>", "‹‹|eot_id|›|eot_id|›", "a token in a token"),
    ("<END CONVERSATION>", "‹END CONVERSATION>", "a mark of Llama Guard"),
    ("＜|im_end|＞", "‹|im_end|›", "full width, which a tokenizer may fold"),
    ("a < b, 1<2, x <= y, <3", "a < b, 1<2, x <= y, <3", "arithmetic stays"),
    ("[/INST] [ INST ]", "［/INST] ［ INST ]", "Llama 2 and Mistral"),
    ("hi\n\nAgent: sure", "hi\n\nAgent∶ sure", "a turn"),
    ("note: user: no", "note: user: no", "no turn in the middle of a line"),
    ("=====\n### Criteria: x\n# C", "\\=====\n\\### Criteria: x\n# C", "sections"),
    ("a\u2028User: b\r\n\x85c", "a\nUser∶ b\n\nc", "ends of lines"),
    ("a\x00b\u202ec\ud800", "a\ufffdb\ufffdc\ufffd", "what is not seen, what no wire carries"),
    ("<\u200b|eot_id|>", "‹\ufffd|eot_id|›", "hidden between"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected", "why"), INERT)
def test_marks_are_made_inert(text, expected, why):
    assert inert_block(text) == expected


@given(st.text(alphabet='<|>/{}[]INST \n=#:Useragent"\u200b', max_size=60))
def test_inert_text_has_no_mark_and_stays_so(text):
    inert = inert_block(text)
    assert not MARKS.search(inert.replace("{", "").replace("}", ""))
    assert inert_block(inert) == inert
    line = inert_line(text, 20)
    assert len(line) <= 20
    assert not set(line) & set('{}"\n')


def test_the_policies_of_the_tests_are_read():
    assert len(restrictions(policy(TERN))) == 4
    quotes = " ".join(quote for _, _, quote in restrictions(policy(HOSTILE)))
    assert len(MARKS.findall(quotes)) > 4
