"""Rules at the console: tried on real decisions before they hold, and put in force on record."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from console_people import JSON, Browser
from console_rules import RULES, put_rules, rules_folder

from usepolicy.enforcement.ledger import ActorKind
from usepolicy.enforcement.ledger_bodies import Accessed, RulesChanged
from usepolicy.enforcement.ledger_verify import verified
from usepolicy.errors import UsePolicyError
from usepolicy.store.ledger import Wanted
from usepolicy.web.console.desk import Desk

MILDER = RULES.replace("block", "warn")
WIDER = RULES + "- {id: arms, categories: [weapons-conventional], outcome: block}\n"
SUMMARY = "Fraud is a warning until the appeals are through."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = rules_folder(tmp_path / "rules")
    (made / "secret.yaml").write_text("secret: words of nobody's business\n", "utf-8")
    return made


@pytest.fixture
def ruled(desk: Desk, folder: Path) -> Desk:
    """The example's desk with rules, by which three requests were decided."""
    put_rules(desk, folder)
    return desk


@pytest.fixture
def admin(ruled: Desk) -> Browser:
    return Browser(ruled, "admin")


def tried(browser: Browser, text: str, path: str = "/rules/try", **more: str) -> dict:
    form = {"text": text, "days": "1", "form_token": browser.token, **more}
    answer = browser.http.post(path, data=form, headers=JSON)
    assert answer.status_code == 200, answer.text
    return answer.json()["content"]


def adoption(page: dict, **more: str) -> dict[str, str]:
    kept = {key: page[other] for key, other in (("tried", "sha256"), ("in_force", "in_force"))}
    form = {**kept, "recorded": page["recorded"], "text": page["text"], "summary": SUMMARY}
    return {**form, "confirm": "1", **more}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_what_is_in_force_is_shown_to_who_may_see_it(ruled: Desk) -> None:
    for name, may in (("admin", True), ("reviewer", False), ("auditor", False)):
        page = Browser(ruled, name).get("/rules")
        assert (page["in_force"]["sha256"], page["can_try"]) == (sha256(RULES), may)
        assert page["in_force"]["is_recorded"]
        assert page["lines"][0]["sha256"] == sha256(RULES)
        assert "Put in force" not in Browser(ruled, name).page("/rules")


def test_who_tries_rules_sees_what_would_change_and_nothing_does(
    ruled: Desk, admin: Browser, folder: Path
) -> None:
    before = ruled.ledger.head()
    page = tried(admin, MILDER)
    run = page["run"]
    assert (run["decisions"], run["changed"], run["untold"], run["accounts"]) == (4, 1, 1, 1), (
        "one is of the example, by rules that are not at hand"
    )
    [line] = run["lines"]
    assert (line["account"], line["before"], line["after"]) == ("acct0", "block", "warn")
    assert ("fraud", "outcome", "block", "warn") in {
        (d["rule"], d["what"], d["before"], d["after"]) for d in page["differences"]
    }
    assert any(each["code"] == "not-covered" for each in page["advice"])
    assert ruled.ledger.head() == before
    assert (folder / "rules.yaml").read_text("utf-8") == RULES


def test_what_can_not_be_told_is_said_so(admin: Browser) -> None:
    run = tried(admin, WIDER)["run"]
    assert (run["changed"], run["untold"], run["open_rules"]) == (0, 3, [["arms", 3], ["fraud", 1]])
    text = admin.http.post(
        "/rules/try", data={"text": WIDER, "days": "1", "form_token": admin.token}
    ).text
    assert "can&#39;t be told" in text or "can't be told" in text


def test_decisions_of_older_rules_are_not_guessed(admin: Browser) -> None:
    assert tried(admin, MILDER, days="90")["run"]["untold"] > 0


def test_words_are_read_only_where_that_is_asked_for(ruled: Desk, admin: Browser) -> None:
    tried(admin, WIDER, days="90")
    assert not list(ruled.ledger.entries(Wanted(kinds=("access",))))
    run = tried(admin, WIDER, days="90", words="1")["run"]
    read = list(ruled.ledger.entries(Wanted(kinds=("access",))))
    assert run["words_read"] == len(read)
    assert {e.actor.kind for e in read} <= {ActorKind.PERSON}
    assert all(isinstance(e.body, Accessed) and e.body.purpose for e in read)


@pytest.mark.parametrize(
    ("text", "code", "why"),
    [
        (RULES.replace("fraud]", "frod]"), "unknown-category", "a mistake has its line"),
        (RULES.replace("applies_from: 0.8", "applies_from: 0.2"), "thresholds-crossed", "so has this"),
        ("rules: [", "", "no YAML"),
        ("a: &a [*a]", "", "a knot"),
        (RULES.replace("policy.yaml", "secret.yaml"), "not-in-force", "no other file is opened"),
        (RULES.replace("policy.yaml", "/etc/passwd"), "not-in-force", "wherever it is"),
        (RULES.replace("policy.yaml", "../rules/policy.yaml"), "not-in-force", "by any name"),
        (RULES.replace("policy.yaml", "http://169.254.169.254/"), "not-in-force", "nor an address"),
        (RULES + "chain: secret.yaml\n", "not-in-force", "nor a chain"),
        (
            RULES.replace("kind: patterns", "kind: patterns, file: secret.yaml"),
            "not-in-force",
            "nor a list of patterns",
        ),
        (
            RULES.replace(
                "kind: patterns",
                "kind: guard, guard: {protocol: openai-moderation, at: 'http://127.0.0.1:9/v1'}",
            ),
            "",
            "nor a server",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_before_anything_else(
    admin: Browser, text: str, code: str, why: str
) -> None:
    page = tried(admin, text)
    assert page["problems"], why
    assert not code or page["problems"][0]["code"] == code, why
    assert page["run"] is None
    assert "nobody's business" not in str(page["problems"])


def test_rules_are_put_in_force_on_record(ruled: Desk, admin: Browser, folder: Path) -> None:
    mode = (folder / "rules.yaml").stat().st_mode
    page = tried(admin, MILDER)
    assert admin.post("/rules/adopt", **adoption(page)) == ""
    assert (folder / "rules.yaml").read_text("utf-8") == MILDER
    assert (folder / "rules.yaml").stat().st_mode == mode
    entry = list(ruled.ledger.entries(Wanted(kinds=("rules_change",))))[-1]
    assert isinstance(entry.body, RulesChanged)
    assert (entry.body.sha256, entry.body.previous_sha256, entry.body.summary) == (
        sha256(MILDER), sha256(RULES), SUMMARY,
    )  # fmt: skip
    me = next(person for person in ruled.people.all() if person.name == "admin")
    assert entry.actor.id == me.id
    now = admin.get("/rules")
    assert (now["in_force"]["sha256"], now["in_force"]["is_recorded"]) == (sha256(MILDER), True)
    assert verified(ruled.ledger.records()).fault is None
    assert sorted(each.name for each in folder.iterdir()) == [
        "policy.yaml", "rules.yaml", "secret.yaml",
    ], "nothing is left beside it"  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"confirm": ""}, "not-confirmed"),
        ({"summary": "short"}, "no-purpose"),
        ({"text": WIDER}, "not-tried"),
        ({"text": RULES, "tried": sha256(RULES)}, "same-rules"),
        ({"text": "rules: ["}, "unreadable-yaml"),
        ({"in_force": "0" * 64}, "rules-changed"),
        ({"recorded": "0" * 64}, "rules-changed"),
        ({"recorded": ""}, "rules-changed"),
    ],
)
def test_what_is_not_put_in_force(
    ruled: Desk, admin: Browser, folder: Path, change: dict[str, str], code: str
) -> None:
    page, before = tried(admin, MILDER), ruled.ledger.head()
    got = admin.post("/rules/adopt", **adoption(page, **change))
    assert got == code or (code == "unreadable-yaml" and got)
    assert (folder / "rules.yaml").read_text("utf-8") == RULES
    assert ruled.ledger.head() == before


def test_a_page_that_is_stale_changes_nothing(ruled: Desk, admin: Browser, folder: Path) -> None:
    """Two tabs: what the second had seen is not what is in force any more."""
    first, second = tried(admin, MILDER), tried(admin, WIDER)
    assert admin.post("/rules/adopt", **adoption(first)) == ""
    answer = admin.http.post(
        "/rules/adopt", data={**adoption(second), "form_token": admin.token}, headers=JSON
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "rules-changed")
    assert (folder / "rules.yaml").read_text("utf-8") == MILDER


def test_a_file_that_was_changed_on_the_machine_is_seen(
    ruled: Desk, admin: Browser, folder: Path
) -> None:
    page = tried(admin, MILDER)
    (folder / "rules.yaml").write_text(WIDER, "utf-8")
    assert admin.post("/rules/adopt", **adoption(page)) == "rules-changed"
    now = admin.get("/rules")["in_force"]
    assert (now["sha256"], now["is_recorded"]) == (sha256(WIDER), False)
    (folder / "rules.yaml").write_text("rules: [", "utf-8")
    assert admin.get("/rules")["in_force"]["fault"]


def test_a_file_that_can_not_be_written_is_on_record_as_not_done(
    ruled: Desk, admin: Browser
) -> None:
    assert ruled.rules

    def full(_: bytes) -> None:
        raise UsePolicyError("unwritable", "the disk is full")

    ruled.rules._files = replace(ruled.rules._files, write=full)
    page = tried(admin, MILDER)
    assert admin.post("/rules/adopt", **adoption(page)) == "unwritable"
    changes = [e.body for e in ruled.ledger.entries(Wanted(kinds=("rules_change",)))]
    assert [c.sha256 for c in changes if isinstance(c, RulesChanged)][-2:] == [
        sha256(MILDER), sha256(RULES),
    ]  # fmt: skip
    assert admin.get("/rules")["in_force"]["is_recorded"]


def test_a_file_can_be_sent_and_its_line_ends_are_those_of_files(admin: Browser) -> None:
    windows = "\ufeff" + MILDER.replace("\n", "\r\n")
    form = {"days": "1", "form_token": admin.token}
    files = {"file": ("mine.yaml", windows.encode())}
    answer = admin.http.post("/rules/try", data=form, files=files, headers=JSON)
    assert answer.json()["content"]["sha256"] == sha256(MILDER)


@pytest.mark.parametrize(
    ("size", "code", "why"),
    [
        (100_000, "", "a large rules file is one yet"),
        (600_000, "too-large", "half a megabyte is the most"),
        (2_200_000, "too-large", "and so is a form"),
    ],
)
def test_how_large_a_file_may_be(admin: Browser, size: int, code: str, why: str) -> None:
    answer = admin.http.post(
        "/rules/try",
        data={"text": RULES + "#" * size, "days": "1", "form_token": admin.token},
        headers=JSON,
    )
    assert answer.json().get("error", {}).get("code", "") == code, why


@pytest.mark.parametrize("name", [None, "reviewer", "auditor", "holder"])
@pytest.mark.parametrize("path", ["/rules/try", "/rules/ladder", "/rules/adopt"])
def test_nobody_else_is_listened_to_for_long(ruled: Desk, name: str | None, path: str) -> None:
    browser = Browser(ruled, name or "auditor")
    if name is None:
        browser.http.cookies.clear()
    answer = browser.http.post(path, data={"text": "#" * 100_000}, headers=JSON)
    assert answer.json()["error"]["code"] == "too-large"
    answer = browser.http.post(path, data={"text": RULES}, headers=JSON)
    assert answer.status_code in (401, 403)


LADDER = "steps: [{step: ban, at: 1}]\nseverities: {plain: {points: 1}}\ndefault_severity: plain\n"


def test_a_ladder_is_tried(ruled: Desk, admin: Browser) -> None:
    before = ruled.ledger.head()
    page = tried(admin, LADDER, "/rules/ladder", days="60")
    assert page["changed"] >= 3
    assert {each["after"] for each in page["steps"]} == {"ban"}
    assert {each["account"] for each in page["standings"]} >= {"acme", "acct0"}
    assert tried(admin, "steps: 1", "/rules/ladder")["problems"]
    endless = LADDER + "look_back: 999999w\n"
    assert tried(admin, endless, "/rules/ladder")["problems"], "longer than there are years"
    assert ruled.ledger.head() == before


def test_without_a_file_the_record_is_shown_and_a_ladder_can_be_tried(desk: Desk) -> None:
    admin = Browser(desk, "admin")
    assert admin.get("/rules")["in_force"] is None
    assert "--rules FILE" in admin.page("/rules")
    assert admin.post("/rules/try", text=RULES, days="1") == "no-rules"
    assert tried(admin, LADDER, "/rules/ladder")["problems"] == []


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"text": "", "days": "1"}, "no-file"),
        ({"text": RULES, "days": "0"}, "unknown-value"),
        ({"text": RULES, "days": "366"}, "unknown-value"),
    ],
)
def test_forms_that_try_nothing(admin: Browser, form: dict[str, str], code: str) -> None:
    assert admin.post("/rules/try", **form) == code


def test_hostile_rules_are_inert(admin: Browser) -> None:
    bad = "<script>alert(1)</script>\u202e"
    text = MILDER.replace("rules_of: Tern", f"rules_of: '{bad}'").replace(
        "id: fraud", f"id: '{bad}'"
    )
    for sent in (text, text.replace("[fraud]", f"['{bad}']")):
        answer = admin.http.post(
            "/rules/try", data={"text": sent, "days": "1", "form_token": admin.token}
        )
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
