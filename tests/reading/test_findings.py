"""What a reader must know of how far a text was read. Rows: text, codes, why the row exists."""

from __future__ import annotations

import pytest

from usepolicy.policies.versions import Finding, VersionId
from usepolicy.reading.reader import read_policy

POLICY = "# Acceptable use policy\n\nYou may not juggle in the hall. You may not run there.\n\n"
CHINESE = "您不得使用本服务从事任何违法活动，传播暴力内容。"


def findings(text: str) -> tuple[Finding, ...]:
    return read_policy(text, version_id=VersionId("acme/aup@undated")).findings


ROWS = [
    ("You may not send spam.", [], "a use is named: nothing stands against the reading"),
    (
        "# Scones\n\nRub the butter into the flour. Do not add sugar to the dough.",
        ["not-a-policy"],
        "a rule about no use, in a text that speaks of no policy",
    ),
    (POLICY, ["no-restrictions"], "rules about no use, in a policy"),
    (
        "# This page isn't available\n\nDo not add sugar to the dough.",
        ["error-page"],
        "a rule about no use does not make a page of an error page",
    ),
    (
        POLICY + "You may not juggle with the chairs of the hall. " * 8 + CHINESE * 3,
        ["no-restrictions", "part-not-read"],
        "what was not read may hold what was not found",
    ),
]


@pytest.mark.parametrize(("text", "codes", "why"), ROWS, ids=[row[2] for row in ROWS])
def test_findings(text: str, codes: list[str], why: str) -> None:
    assert [finding.code for finding in findings(text)] == codes


ENGLISH = "You may not use the service to send spam or to harass people in any way. " * 40
FRENCH = (
    "Vous ne pouvez pas utiliser le service pour harceler les personnes ou créer des armes. "
    "Il est interdit de diffuser des discours de haine par le service, dans les messages et sur "
    "les pages du service."
)

PARTS = [
    (f"{ENGLISH}\n\n[[{FRENCH * 8}]]", "fr", "a third of the text, behind the English"),
    (f"{ENGLISH * 30}\n\n[[{FRENCH * 9}]]", "fr", "behind the 60,000th character"),
    (f"{ENGLISH}\n\n[[{FRENCH}]]\n\n{ENGLISH}", "fr", "one paragraph in the middle"),
    (f"[[{FRENCH}]]\n\n{ENGLISH}", "fr", "one paragraph before all"),
    (f"{ENGLISH} [[{FRENCH}]] {ENGLISH}", "fr", "sentences within a paragraph"),
    (f"{ENGLISH}\n\n- [[{FRENCH.replace('. ', chr(10) + '- ')}]]", "fr", "items of a list"),
    (f"{ENGLISH}\n\n[[你不得:\n\n- 制造武器\n- 传播仇恨言论]]\n", "zh", "a short list of signs"),
    (f"{ENGLISH}\n\n[[{CHINESE}]]\n\n{ENGLISH}", "zh", "a sentence or two of signs"),
    (
        f"{ENGLISH}\n\n[[本サービスを利用して、スパムを送信したり、他人に嫌がらせをしてはいけません]]",
        "ja",
        "signs and syllables are one language",
    ),
    (
        f"{ENGLISH}\n\n[[Запрещается использовать сервис для рассылки спама и создания оружия]].",
        "ru",
        "another alphabet",
    ),
]


@pytest.mark.parametrize(("marked", "language", "why"), PARTS, ids=[row[2] for row in PARTS])
def test_a_part_in_another_language(marked: str, language: str, why: str) -> None:
    text = marked.replace("[[", "").replace("]]", "")
    (finding,) = findings(text)
    assert (finding.code, finding.blocks) == ("part-not-read", True)
    assert f"`{language}`" in finding.message
    assert finding.span is not None
    start, end = marked.index("[["), marked.index("]]") - 2
    assert abs(finding.span.start - start) < 40
    assert abs(finding.span.end - end) < 40


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("深圳市某某计算机系统有限公司", "the legal name of a company"),
        ("Operated by 深圳市某某计算机系统有限公司 (Mou Ltd).", "the same in a sentence"),
        (
            "English · 简体中文 · 繁體中文 · 日本語 · 한국어 · Русский · العربية",
            "a choice of languages",
        ),
        ("English\n简体中文\n繁體中文\n日本語\n한국어\nРусский\nالعربية", "the same in lines"),
        ("Deutsch, Español, Français, Italiano, Português", "the same in one alphabet"),
        ("Société Anonyme au capital de 1000 euros, 12 rue de la Paix, Paris", "an address"),
        ("The maxim is “pas de liberté pour les ennemis de la liberté”.", "a quote"),
        (
            "No spam. No scams. No doxxing. No nudes. No porn. No gore. " * 4,
            "a word of English too",
        ),
        ("Do: report. Do: ask. Do: help. Do: share. " * 6, "the same"),
        ("a) spam; e) fraud; i) gore; o) scams; u) bots; " * 6, "letters that count"),
        ("See [this](https://a.example/de/la/que/los/para/una/el/les/des/que/y).", "an address"),
        ("We say ¡no!, “nein” and 不 to hate.", "words"),
    ],
)
def test_names_and_quotes_are_no_part(words: str, why: str) -> None:
    assert findings(f"{ENGLISH}\n\n{words}\n\n{ENGLISH}") == ()


def test_the_parts_of_one_language_are_one_finding() -> None:
    (finding,) = findings(f"{FRENCH}\n\n{ENGLISH}\n\n{FRENCH} {FRENCH}\n\n{ENGLISH}")
    assert "2 parts" in finding.message
    assert finding.span is not None
    assert finding.span.start > len(ENGLISH), "at the longest"


@pytest.mark.parametrize(
    ("text", "words", "why"),
    [
        ("zzkq wrtp vlxx " * 30, "can't be told", "no language that is known"),
        (CHINESE, "does not read `zh`", "one that is known and not read"),
    ],
)
def test_the_language_is_named_where_it_can_be(text: str, words: str, why: str) -> None:
    (finding,) = findings(text)
    assert finding.blocks
    assert words in finding.message
    assert "und" not in finding.message
