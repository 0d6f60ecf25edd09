"""What reviewers, auditors and account holders do at the console, and what they can't."""

from __future__ import annotations

import re

import pytest
from console_people import ASKED, FOUND, JSON, NOW, REASONS, Browser, on_both, proposed

from usepolicy.enforcement.keys import link_of
from usepolicy.enforcement.ledger_bodies import Accessed
from usepolicy.enforcement.ledger_verify import verified
from usepolicy.enforcement.roles import Role
from usepolicy.store.ledger import Wanted
from usepolicy.web.console.appeals import all_appeals
from usepolicy.web.console.desk import Desk

LIFTED_FOR = "The account showed that the requests came from a stolen key."
pytestmark = on_both


@pytest.fixture
def admin(desk: Desk) -> Browser:
    return Browser(desk, "admin")


@pytest.fixture
def reviewer(desk: Desk) -> Browser:
    return Browser(desk, "reviewer")


@pytest.fixture
def holder(desk: Desk) -> Browser:
    return Browser(desk, "holder")


def sanctions_of(desk: Desk, account: str) -> list[str]:
    link = link_of(desk.enforcement.account_keys.find(account))
    return [each.measure.step.value for each in desk.standing(link, NOW).sanctions]


def test_a_suspension_waits_for_a_person_who_finds_a_violation(
    desk: Desk, reviewer: Browser, holder: Browser
) -> None:
    referral = proposed(desk)
    assert "suspension" not in sanctions_of(desk, "acme"), "a machine only proposes it"
    found = {"referral": referral.id, "label": "violates", "reasons": FOUND}
    assert reviewer.post(f"/cases/{referral.case}/label", **found) == ""
    assert "suspension" in sanctions_of(desk, "acme")
    assert holder.get("/me")["notices"][0]["subject"] == "Your account is suspended"
    assert reviewer.post(f"/cases/{referral.case}/label", **found) == "already-labelled"


def test_what_is_no_violation_has_no_consequence(desk: Desk, reviewer: Browser) -> None:
    referral = proposed(desk)
    before = reviewer.get(f"/cases/{referral.case}")["standing"]["points"]
    found = {"referral": referral.id, "label": "does_not_violate", "reasons": FOUND}
    assert reviewer.post(f"/cases/{referral.case}/label", **found) == ""
    after = reviewer.get(f"/cases/{referral.case}")
    assert after["standing"]["points"] < before
    assert after["waiting"] == []


def test_an_appeal_that_is_right_takes_the_decision_back(
    desk: Desk, reviewer: Browser, holder: Browser
) -> None:
    [appeal] = all_appeals(desk)
    before = holder.get("/me")["standing"]["points"]
    page = reviewer.get(f"/appeals/{appeal.id}")
    assert page["reason"].startswith("I teach a class"), "the reviewer reads what the account says"
    form = {"result": "overturned", "reasons": REASONS}
    assert reviewer.post(f"/appeals/{appeal.id}/decide", **form) == ""
    assert holder.get("/me")["standing"]["points"] < before
    notice = holder.get("/me")["notices"][0]["id"]
    assert holder.get(f"/me/notices/{notice}")["answers"] == [REASONS]
    assert reviewer.post(f"/appeals/{appeal.id}/decide", **form) == "already-decided"


def test_who_acted_in_a_case_is_not_its_judge(
    desk: Desk, reviewer: Browser, admin: Browser
) -> None:
    [appeal] = all_appeals(desk)
    referral = proposed(desk)
    assert referral.case == appeal.case
    reviewer.post(
        f"/cases/{referral.case}/label", referral=referral.id, label="violates", reasons=FOUND
    )
    form = {"result": "confirmed", "reasons": REASONS}
    assert reviewer.post(f"/appeals/{appeal.id}/decide", **form) == "own-decision"
    assert not reviewer.get(f"/appeals/{appeal.id}")["can_decide"]
    assert admin.post(f"/appeals/{appeal.id}/decide", **form) == ""


def test_that_words_were_read_is_recorded_with_who(desk: Desk, reviewer: Browser) -> None:
    [appeal] = all_appeals(desk)
    reviewer.get(f"/appeals/{appeal.id}")
    [seen] = desk.ledger.entries(Wanted(kinds=("access",)))
    assert isinstance(seen.body, Accessed)
    assert (seen.body.what, seen.body.purpose) == (appeal.id, "to decide an appeal")
    me = next(person for person in desk.people.all() if person.role is Role.REVIEWER)
    assert seen.actor.id == me.id


def test_an_auditor_sees_the_case_and_not_the_words(desk: Desk) -> None:
    [appeal] = all_appeals(desk)
    page = Browser(desk, "auditor").get(f"/appeals/{appeal.id}")
    assert page["reason"] is None
    assert page["entries"]
    assert not list(desk.ledger.entries(Wanted(kinds=("access",))))


def test_a_holder_appeals_once_and_in_words(desk: Desk, holder: Browser) -> None:
    notices = holder.get("/me")["notices"]
    path = f"/me/notices/{notices[1]['id']}"
    against = holder.get(path)["contestable"][0]["id"]
    assert holder.post(f"{path}/appeal", against=against, reasons="no") == "no-reasons"
    assert holder.post(f"{path}/appeal", against=against, reasons="x" * 4_001) == "no-reasons"
    assert holder.post(f"{path}/appeal", against="decision-x", reasons=REASONS) == "not-yours"
    assert holder.post(f"{path}/appeal", against=against, reasons=REASONS) == ""
    assert holder.post(f"{path}/appeal", against=against, reasons=REASONS) == "already-appealed"
    assert len(all_appeals(desk)) == 2


def test_another_s_notice_is_as_if_there_were_none(desk: Desk, holder: Browser) -> None:
    birch = link_of(desk.enforcement.account_keys.find("birch"))
    others = next(desk.ledger.entries(Wanted(account=birch, kinds=("notice",))))
    for id in (others.id, "notice-nobody", others.case, "../cases"):
        answer = holder.http.get(f"/me/notices/{id}", headers=JSON)
        assert answer.status_code == 404
        assert holder.post(f"/me/notices/{others.id}/appeal", reasons=REASONS) == "no-such-case"
    texts = {
        re.sub(r"/me/\S+?\"", "", holder.http.get(f"/me/notices/{id}", headers=JSON).text)
        for id in (others.id, "notice-nobody")
    }
    assert len(texts) == 1, "the same words, whether it is another's or nobody's"


def asked_for(holder: Browser, reviewer: Browser) -> str:
    """Return the path of the grant that the holder asks for."""
    assert holder.post("/me/grants", **ASKED) == ""
    [mine] = [each for each in reviewer.get("/grants")["asked"] if each["account"] == "acme"]
    return f"/grants/{mine['id']}"


def test_a_grant_is_asked_for_given_and_taken_back(
    desk: Desk, holder: Browser, reviewer: Browser
) -> None:
    path = asked_for(holder, reviewer)
    assert reviewer.get(path)["reason"] == REASONS, "who decides reads what the account says"
    less = {"category-malware": "1", "surface-api": "1", "until": "2026-03-10"}
    assert reviewer.post(f"{path}/approve", **less) == ""
    own = holder.get("/me")["grants"][0]
    assert (own["state"], own["categories"], own["surfaces"]) == ("approved", ["Malware"], ["api"])
    assert own["until"] == "2026-03-11 00:00 UTC"
    assert reviewer.post(f"{path}/revoke") == "no-reasons"
    assert reviewer.post(f"{path}/revoke", reasons=FOUND) == ""
    own = holder.get("/me")["grants"][0]
    assert (own["state"], own["answer"]) == ("revoked", FOUND)
    [seen] = desk.ledger.entries(Wanted(kinds=("access",)))
    assert isinstance(seen.body, Accessed)
    assert seen.body.purpose == "to decide on a grant"


def test_the_page_of_an_account_shows_what_is_in_force(
    desk: Desk, reviewer: Browser, holder: Browser
) -> None:
    [given] = reviewer.get("/accounts?account=acme")["grants"]
    assert (given["state"], given["categories"]) == ("approved", ["Fraud"])
    assert "Exemptions in force" in reviewer.page("/accounts?account=acme")
    assert "Fraud" in holder.page("/me")
    assert reviewer.post(f"/grants/{given['id']}/revoke", reasons=FOUND) == ""
    assert reviewer.get("/accounts?account=acme")["grants"] == []


def test_a_grant_is_refused_with_reasons_that_the_account_reads(
    holder: Browser, reviewer: Browser
) -> None:
    path = asked_for(holder, reviewer)
    assert reviewer.post(f"{path}/refuse", reasons=FOUND) == ""
    assert holder.get("/me")["grants"][0]["answer"] == FOUND
    assert reviewer.post(f"{path}/approve", **{"category-malware": "1"}) == "wrong-state"
    assert reviewer.post(f"{path}/refuse", reasons=FOUND) == "wrong-state"


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"surface-api": "1"}, "empty-scope"),
        ({"category-malware": "1"}, "empty-scope"),
        ({"category-malware": "1", "surface-api": "1", "until": "2026-05-01"}, "wider-grant"),
        ({"category-malware": "1", "surface-api": "1", "until": "2026-02-01"}, "no-term"),
        ({"category-malware": "1", "surface-api": "1", "until": "soon"}, "unknown-value"),
        ({"category-spam": "1", "surface-api": "1"}, "empty-scope"),
    ],
)
def test_nothing_else_than_what_was_asked_for_is_given(
    holder: Browser, reviewer: Browser, form: dict[str, str], code: str
) -> None:
    path = asked_for(holder, reviewer)
    assert reviewer.post(f"{path}/approve", **form) == code
    assert holder.get("/me")["grants"][0]["state"] == "applied"
    assert reviewer.post("/grants/grant-nobody/approve", **form) in (
        "no-such-case",
        "unknown-value",
    )


def test_an_auditor_sees_a_grant_and_not_the_words(
    desk: Desk, holder: Browser, reviewer: Browser
) -> None:
    path = asked_for(holder, reviewer)
    assert Browser(desk, "auditor").get(path)["reason"] is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"days": "0"}, "unknown-value"),
        ({"days": "366"}, "unknown-value"),
        ({"days": "many"}, "unknown-value"),
        ({"kind": "anything"}, "unknown-value"),
        ({"category": "everything"}, "unknown-category"),
        ({"reasons": ""}, "no-reasons"),
        ({"surface-api": "", "surface-interface": ""}, "empty-scope"),
    ],
)
def test_grants_that_can_not_be_asked_for(
    holder: Browser, change: dict[str, str], code: str
) -> None:
    assert holder.post("/me/grants", **{**ASKED, **change}) == code
    assert [each["state"] for each in holder.get("/me")["grants"]] == ["approved"]


def test_a_sanction_is_lifted_by_a_person(desk: Desk, reviewer: Browser) -> None:
    referral = proposed(desk)
    reviewer.post(
        f"/cases/{referral.case}/label", referral=referral.id, label="violates", reasons=FOUND
    )
    [sanction] = reviewer.get(f"/cases/{referral.case}")["liftable"]
    lift = f"/cases/{referral.case}/lift"
    for why, code in (
        ("", "no-reasons"),
        ("  too short  ", "no-reasons"),
        (" " * 40, "no-reasons"),
    ):
        assert reviewer.post(lift, sanction=sanction["id"], reasons=why) == code
    assert "suspension" in sanctions_of(desk, "acme")
    assert reviewer.post(lift, sanction="sanction-x", reasons=LIFTED_FOR) == "no-sanction"
    assert reviewer.post(lift, sanction=sanction["id"], reasons=LIFTED_FOR) == ""
    assert "suspension" not in sanctions_of(desk, "acme")
    assert reviewer.post(lift, sanction=sanction["id"], reasons=LIFTED_FOR) == "already-lifted"


def test_the_reasons_of_a_lifting_can_be_read_and_are_not_in_the_ledger(
    desk: Desk, reviewer: Browser
) -> None:
    case = proposed(desk).case
    reviewer.post(
        f"/cases/{case}/label", referral=proposed(desk).id, label="violates", reasons=FOUND
    )
    [sanction] = reviewer.get(f"/cases/{case}")["liftable"]
    assert "Why it is lifted" in reviewer.page(f"/cases/{case}")
    reviewer.post(f"/cases/{case}/lift", sanction=sanction["id"], reasons=LIFTED_FOR)
    lifted = list(desk.ledger.entries(Wanted(kinds=("sanction",))))[-1]
    form = {"entry": lifted.id, "purpose": "to answer the account"}
    answer = reviewer.http.post(
        f"/cases/{case}/words", data={**form, "form_token": reviewer.token}, headers=JSON
    )
    assert answer.json()["content"]["words"] == LIFTED_FOR
    assert not any(LIFTED_FOR in record.body for record in desk.ledger.records())


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/cases?outcome=refer", 1),
        ("/cases?outcome=block&account=acme", 2),
        ("/cases?account=nobody", 0),
        ("/cases?category=fraud", 2),
        ("/cases?first=2026-02-20&last=2026-02-25", 2),
        ("/cases?first=2026-02-26&account=acme", 0),
        ("/cases?before=2", 0),
        ("/ledger?before=3", 2),
        ("/ledger?kind=rules_change", 1),
    ],
)
def test_lists_are_filtered(admin: Browser, path: str, expected: int) -> None:
    assert len(admin.get(path)["lines"]) == expected


@pytest.mark.parametrize(
    "path",
    [
        "/cases?outcome=none",
        "/cases?first=today",
        "/cases?before=-1",
        "/cases?before=\u0663",
        "/ledger?kind=secrets",
        "/ledger?before=x",
        "/report?first=2026-13",
    ],
)
def test_what_can_not_be_asked_for(admin: Browser, path: str) -> None:
    assert admin.http.get(path, headers=JSON).status_code == 400


def test_the_record_is_verified_and_reported(desk: Desk, admin: Browser) -> None:
    assert admin.get("/ledger/verify")["fault"] is None
    tables = admin.get("/report?first=2026-01&last=2026-03")["report"]["tables"]
    decisions = next(table for table in tables if table["name"] == "decisions")
    numbers = {row["labels"][0]: row["numbers"][0] for row in decisions["rows"]}
    assert numbers == {"allow": 1, "block": 3, "refer": 1, "warn": 1}
    assert admin.get("/rules")["lines"][0]["summary"] == "the first rules"
    assert verified(desk.ledger.records()).fault is None


def test_what_others_write_is_inert(desk: Desk, holder: Browser, reviewer: Browser) -> None:
    hostile = "<script>alert(1)</script> \u202egnp.exe\u202c <img src=x onerror=alert(1)>"
    notices = holder.get("/me")["notices"]
    path = f"/me/notices/{notices[1]['id']}"
    against = holder.get(path)["contestable"][0]["id"]
    assert holder.post(f"{path}/appeal", against=against, reasons=hostile) == ""
    appeal = all_appeals(desk)[-1]
    page = reviewer.page(f"/appeals/{appeal.id}")
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "\u202e" not in page


def test_an_erased_account_leaves_cases_that_name_nobody(desk: Desk, admin: Browser) -> None:
    from usepolicy.enforcement.ledger_bodies import ErasureReason
    from usepolicy.store.ledger import new_id
    from usepolicy.store.ledger_erasure import Acting, erase
    from usepolicy.web.console.desk import actor_of

    [appeal] = all_appeals(desk)
    admin.get(f"/cases/{appeal.case}")
    by = Acting(actor_of(desk.people.all()[0]), NOW, new_id)
    erase(desk.ledger, desk.enforcement.account_keys, "acme", reason=ErasureReason.REQUEST, by=by)
    assert admin.get(f"/cases/{appeal.case}")["account"] is None
    assert admin.get("/accounts?account=acme")["is_known"] is False
    form = {"result": "confirmed", "reasons": REASONS}
    assert admin.post(f"/appeals/{appeal.id}/decide", **form) == "no-such-account"


def test_every_page_is_a_page(desk: Desk, admin: Browser, holder: Browser) -> None:
    [appeal] = all_appeals(desk)
    pages = ["/", "/referrals", "/appeals", "/cases", "/accounts?account=acme", "/grants"]
    pages += ["/rules", "/ledger", "/ledger/verify", "/report", "/people"]
    pages += [f"/cases/{appeal.case}", f"/appeals/{appeal.id}"]
    for path in pages:
        text = admin.page(path)
        assert len(re.findall(r"<h1[ >]", text)) == 1, path
        assert not re.search(r"<[^>]+\s(?:style|on\w+)\s*=", text), path
    assert "Your account" in holder.page("/me")
