"""A notice says what was decided, by which words, on what facts, by whom, with what consequence,
and how to contest it; and nothing that would teach how to slip through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ledger_cases import CLAUSE, MEASURES, decision, entry, notice, sanction

from usepolicy.enforcement.ledger_bodies import (
    Automation,
    Cited,
    Means,
    Refusal,
    SignalKind,
    Signalled,
    UserReported,
)
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.enforcement.notices import Sender, facts_of, languages, paragraphs_of, render
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.requests import Channel, Surface
from usepolicy.enforcement.steps import Step
from usepolicy.errors import SchemaError, StepError, UsageError

SENDER = Sender("Harbourlight", "https://harbourlight.example/appeals", 14)
NAMES = {"malware": "Malware"}
SIGNAL = Signalled(SignalKind.VOLUME, 5_000, 1_000, 3_600)
ALIKE = Signalled(
    SignalKind.MASS_POSTING,
    51,
    50,
    600,
    category="spam",
    restrictions=(Cited(CLAUSE, "No spam.", "spam"),),
)
ODD = Signalled(SignalKind.RATE_ANOMALY, 412, 90, 3_600, usual=12, hours=80)
UNTIL = datetime(2026, 3, 31, 9, 5, tzinfo=UTC)
KEPT_OUT = {
    "suspension": {"step": Step.SUSPENSION, "automation": Automation.PARTLY, "until": UNTIL},
    "ban": {"step": Step.BAN, "automation": Automation.NONE},
    "rate": {"step": Step.RATE_LIMIT, "until": UNTIL, "retry_at": UNTIL - timedelta(days=29)},
    "function": {"step": Step.LIMITED_FUNCTIONS, "until": UNTIL, "function": "images"},
}


def kept_out(automation: Automation = Automation.FULLY, **more: object) -> Entry:
    """Return a request that a sanction kept out; one can appeal against that in its case."""
    refusal = Refusal("sanction-0", "decision-1", automation=automation, appeal_until=UNTIL, **more)  # type: ignore[arg-type]
    return decision(means=Means.STANDING, restrictions=(), refusal=refusal)


CASES: dict[str, list[Entry]] = {
    "blocked": [decision()],
    "warned": [decision(Outcome.WARN, channel=Channel.OUTPUT, surface=Surface.INTERFACE)],
    "referred": [decision(Outcome.REFER, means=Means.MODEL, channel=Channel.DECLARED_USE)],
    "two-rules": [
        decision(
            restrictions=(
                Cited(CLAUSE, "No malware, no spam.", "malware"),
                Cited(CLAUSE, "No malware, no spam.", "spam"),
                Cited(CLAUSE[:-1] + "e", "No fraud."),
            )
        )
    ],
    **{f"sanction-{name}": [decision(), sanction(m)] for name, m in MEASURES.items()},
    "by-a-person": [
        decision(means=Means.PERSON, automation=Automation.NONE),
        sanction(MEASURES["ban"], Automation.PARTLY),
    ],
    "signal": [entry("decision-1", SIGNAL), sanction(MEASURES["rate_limit"])],
    "signal-alike": [entry("decision-1", ALIKE), sanction(MEASURES["warning"])],
    "signal-odd": [entry("decision-1", ODD), sanction(MEASURES["warning"])],
    **{f"kept-out-{name}": [kept_out(**more)] for name, more in KEPT_OUT.items()},
    "report": [
        entry("decision-1", UserReported(category="spam")),
        sanction(MEASURES["warning"], Automation.PARTLY),
    ],
}
"""Everything that a notice can be about."""


def told(about: list[Entry], language: str) -> str:
    sent = notice(*about, language=language)
    text = render(facts_of(sent, [*about, sent], NAMES), SENDER, language)
    return f"{text.subject}\n\n{text.body}"


@pytest.mark.parametrize("language", languages())
def test_every_notice_as_it_reads(language: str, golden: Callable[[str, str], None]) -> None:
    texts = [f"=== {name}\n{told(about, language)}" for name, about in CASES.items()]
    golden(f"notices-{language}.txt", "\n".join(texts))


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("name", CASES)
def test_what_every_notice_has(name: str, language: str) -> None:
    text = told(CASES[name], language)
    assert SENDER.appeals in text, "where one appeals"
    assert "28" in text, "until when: 180 days are over on 28 August"
    assert "decision-1" in text, "which case to name"
    assert "912" not in text, "no score"
    assert "\n\n\n" not in text, "no hole in the page"
    assert "None" not in text, "nothing unknown is told as a word of ours"


def test_the_quote_is_the_policy_s_and_each_clause_comes_once() -> None:
    text = told(CASES["two-rules"], "en")
    assert text.count("“No malware, no spam.”") == 1
    assert text.count("“No fraud.”") == 1
    assert "Do not use the service to write malware." in told(CASES["blocked"], "en")


@pytest.mark.parametrize(
    ("sent", "case", "why"),
    [
        (decision(), [decision()], "a decision is no notice"),
        (notice(decision()), [], "what it is about is not in the case"),
    ],
)
def test_what_is_no_notice(sent: Entry, case: list[Entry], why: str) -> None:
    with pytest.raises(StepError) as caught:
        facts_of(sent, case, NAMES)
    assert caught.value.code == "no-notice", why


def write(folder: Path, text: str) -> Path:
    (folder / "fr.txt.j2").write_text(text, encoding="utf-8")
    return folder


def test_an_operator_adds_a_language(tmp_path: Path) -> None:
    folder = write(tmp_path, "Décision\n\n{{ it.rules[0].quote | one_line }}\n\n{{ sender.name }}")
    sent = notice(decision())
    text = render(facts_of(sent, [decision(), sent], NAMES), SENDER, "fr", folder=folder)
    assert (text.subject, text.body) == (
        "Décision",
        "Do not use the service to write malware.\n\nHarbourlight\n",
    )


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{{ it.nothing }}", "a field that is not there"),
        ("{% if %}", "no template"),
        ("{{ ''.__class__.__mro__ }}", "a way out of the template"),
    ],
)
def test_templates_that_are_broken(tmp_path: Path, template: str, why: str) -> None:
    sent = notice(decision())
    facts = facts_of(sent, [decision(), sent], NAMES)
    with pytest.raises(SchemaError) as caught:
        render(facts, SENDER, "fr", folder=write(tmp_path, template))
    assert caught.value.code == "template-broken", why


@pytest.mark.parametrize("language", ["fr", "../en", "", "en.txt.j2"])
def test_a_language_that_there_is_none_of(language: str) -> None:
    sent = notice(decision())
    with pytest.raises(UsageError) as caught:
        render(facts_of(sent, [decision(), sent], NAMES), SENDER, language)
    assert caught.value.code == "unknown-language"


def test_headings_are_told_from_what_they_head() -> None:
    sent = notice(decision())
    text = render(facts_of(sent, [decision(), sent], NAMES), SENDER, "en")
    pieces = paragraphs_of(text)
    assert [words for is_heading, words in pieces if is_heading] == [
        "What was decided",
        "The rule",
        "The facts",
        "The consequence",
        "If you disagree",
    ]
