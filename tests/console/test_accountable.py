"""What is done at the console leaves an entry with its actor, and what is read one with its purpose."""

from __future__ import annotations

import json
import logging

import pytest
from console_people import FOUND, JSON, NOW, PASSWORD, REASONS, Browser, on_both, proposed

from usepolicy.enforcement.keys import NONCE_BYTES, link_of, sealed
from usepolicy.enforcement.ledger import EntryId
from usepolicy.enforcement.ledger_bodies import (
    Accessed,
    Cited,
    Decided,
    Means,
    PeopleAction,
    PeopleChanged,
    ReferralLabelled,
)
from usepolicy.enforcement.ledger_bodies import Automation as By
from usepolicy.enforcement.ledger_checkpoints import load_checkpoint
from usepolicy.enforcement.ledger_codec import Draft
from usepolicy.enforcement.ledger_excerpts import Excerpt
from usepolicy.enforcement.ledger_verify import verified
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.requests import Channel, Surface
from usepolicy.enforcement.roles import Right
from usepolicy.errors import StoreError
from usepolicy.store.ledger import Wanted
from usepolicy.web.console.app import ADDRESSES
from usepolicy.web.console.appeals import all_appeals
from usepolicy.web.console.desk import Desk
from usepolicy.web.console.example import MACHINE, PROMPT

WHY = "an audit of reviews of March"

pytestmark = on_both


@pytest.fixture
def admin(desk: Desk) -> Browser:
    return Browser(desk, "admin")


@pytest.fixture
def reviewer(desk: Desk) -> Browser:
    return Browser(desk, "reviewer")


def changes(desk: Desk) -> list[tuple[PeopleAction, tuple[str, ...]]]:
    entries = desk.ledger.entries(Wanted(kinds=("people_change",)))
    return [(e.body.action, e.body.rights) for e in entries if isinstance(e.body, PeopleChanged)]


def test_every_change_of_people_and_keys_is_an_entry(desk: Desk, admin: Browser) -> None:
    assert admin.post("/people", name="eve", role="reviewer", password=PASSWORD) == ""
    eve = next(person for person in desk.people.all() if person.name == "eve")
    assert admin.post(f"/people/{eve.id}/password", password="another good one") == ""
    assert admin.post(f"/people/{eve.id}/disable") == ""
    assert admin.post("/keys", label="gateway", **{"scope-decide": "1"}) == ""
    [key] = desk.keys.all()
    assert admin.post(f"/keys/{key.id}/revoke") == ""
    assert changes(desk) == [
        (PeopleAction.ADDED, ("reviewer",)),
        (PeopleAction.PASSWORD_SET, ()),
        (PeopleAction.DISABLED, ()),
        (PeopleAction.KEY_MADE, ("decide",)),
        (PeopleAction.KEY_REVOKED, ()),
    ]
    me = next(person for person in desk.people.all() if person.name == "admin")
    assert {e.actor.id for e in desk.ledger.entries(Wanted(kinds=("people_change",)))} == {me.id}
    text = "".join(record.body for record in desk.ledger.records())
    assert not any(word in text for word in ("eve", PASSWORD, "another good one"))


@pytest.mark.parametrize(
    "path", ["/people/p-0/disable", "/people/p-0/password", "/keys/k-0/revoke"]
)
def test_what_changes_nobody_leaves_nothing(desk: Desk, admin: Browser, path: str) -> None:
    assert admin.post(path, password=PASSWORD) == ""
    assert changes(desk) == []


def test_what_can_not_be_recorded_is_not_done(
    desk: Desk, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreError("ledger-unusable", "the disk is full")

    monkeypatch.setattr(desk.ledger, "append", full)
    before = desk.people.all()
    form = {"name": "eve", "role": "admin", "password": PASSWORD}
    assert admin.post("/people", **form) == "ledger-unusable"
    assert admin.post(f"/people/{before[-1].id}/disable") == "ledger-unusable"
    assert admin.post("/keys", label="gateway", **{"scope-decide": "1"}) == "ledger-unusable"
    assert (desk.people.all(), desk.keys.all()) == (before, [])


def test_a_label_has_reasons_that_are_sealed(desk: Desk, reviewer: Browser) -> None:
    referral = proposed(desk)
    path = f"/cases/{referral.case}"
    said = {"referral": referral.id, "label": "violates"}
    assert reviewer.post(f"{path}/label", **said) == "no-reasons"
    assert reviewer.post(f"{path}/label", **said, reasons="x" * 4_001) == "no-reasons"
    assert reviewer.post(f"{path}/label", **said, reasons=FOUND) == ""
    label = next(e for e in desk.case_of(referral.case) if isinstance(e.body, ReferralLabelled))
    assert label.body.reason_hash
    assert FOUND not in "".join(record.body for record in desk.ledger.records())
    assert label.id in {each["id"] for each in reviewer.get(path)["readable"]}


def read(browser: Browser, case: str, **form: str):
    data = {**form, "form_token": browser.token}
    return browser.http.post(f"/cases/{case}/words", data=data, headers=JSON).json()


def test_words_are_read_for_a_purpose_that_is_recorded_first(desk: Desk, reviewer: Browser) -> None:
    case = proposed(desk).case
    assert read(reviewer, case, entry=case)["error"]["code"] == "no-purpose"
    assert not list(desk.ledger.entries(Wanted(kinds=("access",))))
    assert read(reviewer, case, entry=case, purpose=WHY)["content"]["words"] == PROMPT
    [seen] = desk.ledger.entries(Wanted(kinds=("access",)))
    assert isinstance(seen.body, Accessed)
    assert (seen.body.what, seen.body.purpose) == (case, WHY)


@pytest.mark.parametrize("name", ["auditor", "holder"])
def test_words_are_not_for_everybody(desk: Desk, name: str) -> None:
    case = proposed(desk).case
    answer = read(Browser(desk, name), case, entry=case, purpose=WHY)
    assert answer["error"]["code"] == "not-your-right"


def test_words_of_another_case_are_none_of_this(desk: Desk, reviewer: Browser) -> None:
    cases = list(desk.ledger.entries(Wanted(kinds=("decision",))))
    mine = proposed(desk).case
    other = next(e.id for e in cases if e.id != mine)
    assert read(reviewer, mine, entry=other, purpose=WHY)["error"]["code"] == "no-such-case"
    notice = next(e.id for e in desk.case_of(other) if e.kind != "decision")
    assert read(reviewer, other, entry=notice, purpose=WHY)["error"]["code"] == "no-such-case"


def test_words_of_child_abuse_are_not_shown_even_where_they_lie(
    desk: Desk, reviewer: Browser
) -> None:
    """No code of ours keeps them; another program that writes the database could."""
    key = desk.enforcement.account_keys.of("dune", now=NOW)
    cited = (Cited("x/y@2026-01-01#0000", "No.", "harm-to-children"),)
    body = Decided(
        Outcome.BLOCK, Channel.PROMPT, Surface.API, Means.PATTERN, By.FULLY, False, cited
    )
    draft = Draft(EntryId("decision-x"), NOW, MACHINE, body, link_of(key))
    data = sealed(key, "words", about=draft.id, nonce=bytes(NONCE_BYTES))
    until = NOW.replace(year=2027)
    desk.ledger.append(draft, excerpt=Excerpt(draft.id, link_of(key), until, data))
    answer = read(reviewer, draft.id, entry=draft.id, purpose=WHY)
    assert answer["error"]["code"] == "never-kept"
    assert not list(desk.ledger.entries(Wanted(kinds=("access",))))


def test_an_auditor_changes_nothing(desk: Desk) -> None:
    auditor, [appeal] = Browser(desk, "auditor"), all_appeals(desk)
    before, people = desk.ledger.head(), desk.people.all()
    for address in ADDRESSES:
        if address.method == "POST" and address.right not in (None, Right.SEE_LEDGER):
            path = address.path.replace("{id}", appeal.id)
            assert auditor.post(path, reasons=REASONS, result="confirmed") == "not-your-right"
    assert (desk.ledger.head(), desk.people.all()) == (before, people)


def test_a_checkpoint_is_given_out_and_holds(desk: Desk) -> None:
    auditor = Browser(desk, "auditor")
    answer = auditor.http.post("/ledger/checkpoint", data={"form_token": auditor.token})
    held = load_checkpoint(answer.content, place="download")
    assert answer.headers["content-disposition"].endswith(f'"checkpoint-{held.count}.json"')
    assert verified(desk.ledger.records(), [held]).fault is None
    assert list(desk.ledger.entries())[-1].kind == "checkpoint"


def test_standing_is_shown_as_it_was_and_as_it_is(desk: Desk, reviewer: Browser) -> None:
    first = next(iter(desk.ledger.entries(Wanted(kinds=("decision",)))))
    page = reviewer.get(f"/cases/{first.id}")
    assert page["then"]["points"] < page["standing"]["points"]


HOSTILE = "<script>alert(1)</script> \u202egnp.exe\u202c <img src=x onerror=alert(1)>"


def test_hostile_words_are_inert_wherever_they_are_shown(
    desk: Desk, reviewer: Browser, admin: Browser
) -> None:
    referral, [appeal] = proposed(desk), all_appeals(desk)
    form = {"referral": referral.id, "label": "violates", "reasons": HOSTILE}
    assert reviewer.post(f"/cases/{referral.case}/label", **form) == ""
    assert admin.post(f"/appeals/{appeal.id}/decide", result="confirmed", reasons=HOSTILE) == ""
    holder = Browser(desk, "holder")
    form = {"kind": "research", "category": "malware", "days": "30", "purpose": HOSTILE}
    assert holder.post("/me/grants", **form, **{"surface-api": "1"}, reasons=HOSTILE) == ""
    grant = next(e.id for e in reversed(list(desk.ledger.entries())) if e.kind == "grant_applied")
    label = next(e.id for e in desk.case_of(referral.case) if e.kind == "referral_labelled")
    data = {"entry": label, "purpose": HOSTILE, "form_token": admin.token}
    pages = [admin.http.post(f"/cases/{referral.case}/words", data=data).text]
    pages += [admin.page(path) for path in (f"/grants/{grant}", "/grants", "/ledger", "/")]
    pages += [admin.page(f"/appeals/{appeal.id}"), admin.page(f"/cases/{referral.case}")]
    pages += [holder.page("/me")]
    assert sum("&lt;script&gt;" in page for page in pages) >= 4
    for page in pages:
        assert not any(bad in page for bad in ("<script", "<img", "\u202e"))


@pytest.mark.parametrize("size", [70_000, 1_000_000])
def test_a_reason_of_any_size_is_refused_in_peace(desk: Desk, reviewer: Browser, size: int) -> None:
    [appeal] = all_appeals(desk)
    form = {"result": "confirmed", "reasons": "x" * size}
    assert reviewer.post(f"/appeals/{appeal.id}/decide", **form) == "too-large"


@pytest.mark.parametrize("path", ["/cases/%0d%0aset-cookie:a=b", "/appeals/a%0d%0ab", "/me%0a"])
def test_no_header_and_no_line_of_a_log_is_of_another_s_making(
    desk: Desk, reviewer: Browser, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    desk.ledger.case = lambda _: 1 / 0  # type: ignore[method-assign]
    with caplog.at_level(logging.DEBUG, "usepolicy"):
        answer = reviewer.http.get(path, headers=JSON)
    assert "a=b" not in answer.headers.get("set-cookie", "")
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("usepolicy")]
    assert not any("\n" in line or "\r" in line for line in ours)


def test_no_content_is_in_the_log(
    desk: Desk, reviewer: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    case, [appeal] = proposed(desk).case, all_appeals(desk)
    with caplog.at_level(logging.DEBUG):
        read(reviewer, case, entry=case, purpose=WHY)
        reviewer.post(f"/appeals/{appeal.id}/decide", result="confirmed", reasons=REASONS)
        desk.append_with_words = lambda *_: 1 / 0  # type: ignore[method-assign]
        reviewer.post(f"/appeals/{appeal.id}/decide", result="confirmed", reasons=REASONS)
    log = json.dumps([caplog.handler.format(record) for record in caplog.records])
    for secret in (PROMPT, REASONS, WHY, reviewer.token, reviewer.http.cookies["usepolicy"]):
        assert secret not in log


def test_no_letter_ends_a_text_early(admin: Browser) -> None:
    """PostgreSQL refuses a NUL, and what it refuses would be a failure of ours."""
    assert admin.get("/accounts?account=a%00b")["account"] == "a\ufffdb"
    assert admin.http.get("/cases/a%00b", headers=JSON).status_code == 404
    assert admin.post("/people", name="a\0b", role="admin", password=PASSWORD) == ""
    assert "a\ufffdb" in [each["name"] for each in admin.get("/people")["people"]]
