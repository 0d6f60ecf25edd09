"""Attacks on the console and its record, each with what it must not come to."""

from __future__ import annotations

import csv
import io
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
import uvicorn
from console_people import FOUND, JSON, NOW, PASSWORD, REASONS, Browser, proposed
from sqlalchemy import text

from usepolicy.enforcement.keys import link_of
from usepolicy.enforcement.ledger import EntryId
from usepolicy.enforcement.ledger_bodies import AppealDecided, Automation, Cited, Decided, Means
from usepolicy.enforcement.ledger_bodies import Sanctioned as Sanction
from usepolicy.enforcement.ledger_codec import Draft
from usepolicy.enforcement.ledger_verify import verified
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.report import Period, report_of
from usepolicy.enforcement.report_files import report_csv, report_html, report_json
from usepolicy.enforcement.requests import Channel, Surface
from usepolicy.enforcement.statements import Publisher, statements_of
from usepolicy.store.ledger import Wanted
from usepolicy.store.people import MOST_FAILURES
from usepolicy.web.console import form_body
from usepolicy.web.console.app import ADDRESSES, create_console
from usepolicy.web.console.appeals import all_appeals
from usepolicy.web.console.desk import Desk
from usepolicy.web.console.example import MACHINE


@pytest.fixture
def admin(desk: Desk) -> Browser:
    return Browser(desk, "admin")


@pytest.fixture
def reviewer(desk: Desk) -> Browser:
    return Browser(desk, "reviewer")


@pytest.mark.parametrize(
    ("path", "status", "why"),
    [
        ("/cases?last=9999-12-31", 400, "the last day of all has none after it"),
        ("/cases?last=9998-12-31", 200, "any other has"),
        ("/cases?first=0001-01-01", 200, "nor has the first a day before"),
        ("/report?first=2026-01&last=9999-12", 400, "no report of 8,000 years"),
        ("/cases?before=999999999999999", 200, "a number that no ledger reaches"),
        ("/cases/%ff%fe", 404, "no UTF-8 in a path"),
        ("/cases?account=%ff%fe", 200, "nor in a query"),
        ("/cases?category=%00", 404, "a NUL"),
        ("/cases/..%2f..%2fetc%2fpasswd", 404, "a way out of the folder"),
        ("/static/..%2f..%2fconsole%2fapp.py", 404, "and of that of the styles"),
        ("/static/%2e%2e/console/app.py", 404, "by another spelling"),
        ("/cases/" + "x" * 9_000, 404, "an id without end"),
    ],
)
def test_no_address_makes_it_fail(admin: Browser, path: str, status: int, why: str) -> None:
    assert admin.http.get(path, headers=JSON).status_code == status, why


@pytest.mark.parametrize(
    ("days", "why"),
    [
        ("000001" + "9" * 20, "what is looked at is a part of it"),
        ("9" * 9_000, "more digits than Python reads"),
        ("\u0663", "digits of another script"),
        ("-1", "a key from before"),
    ],
)
def test_no_number_makes_it_fail(admin: Browser, days: str, why: str) -> None:
    code = admin.post("/keys", label="x", days=days, **{"scope-decide": "1"})
    assert code == "unknown-value", why


def test_no_day_makes_a_grant_fail(desk: Desk, reviewer: Browser) -> None:
    asked = [e.id for e in desk.ledger.entries(Wanted(kinds=("grant_applied",)))][-1]
    form = {"category-malware": "1", "surface-api": "1", "until": "9999-12-31"}
    assert reviewer.post(f"/grants/{asked}/approve", **form) == "unknown-value"


def test_the_place_of_an_error_is_inert(admin: Browser) -> None:
    page = admin.http.get("/cases/%E2%80%AEgnp%00%0a<b>").text
    assert "\u202e" not in page
    assert "\0" not in page
    assert "<b>" not in page


def test_who_reads_words_to_judge_an_appeal_may_judge_it(desk: Desk, reviewer: Browser) -> None:
    """Reading is on record in the case; it is no part in what was decided."""
    [appeal] = all_appeals(desk)
    form = {"entry": str(appeal.case), "purpose": "to decide the appeal"}
    answer = reviewer.http.post(
        f"/cases/{appeal.case}/words", data={**form, "form_token": reviewer.token}, headers=JSON
    )
    assert answer.status_code == 200
    assert reviewer.post(f"/appeals/{appeal.id}/decide", result="confirmed", reasons=REASONS) == ""


def suspended(desk: Desk, by: Browser) -> tuple[str, str]:
    """Have somebody suspend an account; return the case and the sanction."""
    referral = proposed(desk)
    form = {"referral": referral.id, "label": "violates", "reasons": FOUND}
    assert by.post(f"/cases/{referral.case}/label", **form) == ""
    case = by.get(f"/cases/{referral.case}")
    return str(referral.case), case["liftable"][0]["id"]


def test_what_is_lifted_is_lifted_once(desk: Desk, reviewer: Browser) -> None:
    case, sanction = suspended(desk, reviewer)
    codes = [reviewer.post(f"/cases/{case}/lift", sanction=sanction) for _ in range(3)]
    assert codes == ["", "not-in-force", "not-in-force"]


def test_what_is_no_sanction_is_not_lifted(desk: Desk, reviewer: Browser) -> None:
    case, _ = suspended(desk, reviewer)
    before = desk.ledger.head()
    assert reviewer.post(f"/cases/{case}/lift", sanction=case) == "not-in-force"
    assert desk.ledger.head() == before


def at_once(desk: Desk, names: list[str], do: Callable[[Browser], str]) -> list[str]:
    """Return what several people who do the same at once are answered."""
    browsers = [Browser(desk, name) for name in names]
    with ThreadPoolExecutor(len(browsers)) as pool:
        return sorted(pool.map(do, browsers))


def test_two_tabs_decide_one_appeal_once(desk: Desk) -> None:
    [appeal] = all_appeals(desk)
    form = {"result": "overturned", "reasons": REASONS}
    codes = at_once(
        desk,
        ["admin", "admin", "reviewer", "reviewer2"],
        lambda each: each.post(f"/appeals/{appeal.id}/decide", **form),
    )
    assert codes == ["", *["already-decided"] * 3]
    made = [e for e in desk.ledger.entries() if isinstance(e.body, AppealDecided)]
    assert len(made) == 1
    assert verified(desk.ledger.records()).fault is None


def test_two_tabs_lay_one_sanction_and_lift_it_once(desk: Desk) -> None:
    referral = proposed(desk)
    form = {"referral": referral.id, "label": "violates", "reasons": FOUND}
    path = f"/cases/{referral.case}"
    codes = at_once(
        desk, ["admin", "reviewer", "reviewer2"], lambda b: b.post(f"{path}/label", **form)
    )
    assert codes == ["", "already-labelled", "already-labelled"]
    [sanction] = Browser(desk, "admin").get(path)["liftable"]
    codes = at_once(
        desk, ["admin", "reviewer"], lambda b: b.post(f"{path}/lift", sanction=sanction["id"])
    )
    assert codes == ["", "not-in-force"]
    laid = [e for e in desk.case_of(str(referral.case)) if isinstance(e.body, Sanction)]
    assert [e.body.action.value for e in laid if isinstance(e.body, Sanction)] == [
        "applied",
        "lifted",
    ]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"])
def test_an_auditor_writes_by_no_other_method(desk: Desk, method: str) -> None:
    auditor, before = Browser(desk, "auditor"), desk.ledger.head()
    for address in ADDRESSES:
        path = address.path.replace("{id}", "p-0")
        answer = auditor.http.request(
            method, path, headers={**JSON, "x-http-method-override": "POST"}
        )
        assert answer.status_code == 405, path
    assert desk.ledger.head() == before


@pytest.mark.parametrize("name", ["holder", "auditor"])
def test_asking_writes_nothing(desk: Desk, name: str) -> None:
    """Only those who may read words leave an entry by asking, and it says so."""
    browser, before = Browser(desk, name), desk.ledger.head()
    [appeal] = all_appeals(desk)
    for address in ADDRESSES:
        if address.method == "GET":
            browser.http.get(address.path.replace("{id}", appeal.id), headers=JSON)
            browser.http.head(address.path.replace("{id}", appeal.id), headers=JSON)
    assert desk.ledger.head() == before


def test_a_holder_contests_nothing_of_another(desk: Desk) -> None:
    """By their own notice, by the other's, by ids of theirs in each field."""
    holder, before = Browser(desk, "holder"), desk.ledger.head()
    birch = link_of(desk.enforcement.account_keys.find("birch"))
    theirs = list(desk.ledger.entries(Wanted(account=birch)))
    mine = holder.get("/me")["notices"]
    for notice in [each["id"] for each in mine] + [e.id for e in theirs]:
        for against in (e.id for e in theirs):
            form = {"against": against, "reasons": REASONS}
            code = holder.post(f"/me/notices/{notice}/appeal", **form)
            assert code in ("not-yours", "no-such-case"), (notice, against)
    assert desk.ledger.head() == before
    seen = json.dumps(holder.get("/me"))
    assert not any(e.id in seen for e in theirs)


def test_a_token_of_an_earlier_session_is_none(desk: Desk, admin: Browser) -> None:
    stale = admin.token
    admin.http.post("/sign-in", data={"name": "admin", "password": PASSWORD})
    form = {"label": "x", "scope-decide": "1", "form_token": stale}
    answer = admin.http.post("/keys", data=form, headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "foreign-form")


def test_a_session_that_somebody_planted_is_not_taken_up(desk: Desk) -> None:
    victim = Browser(desk, "holder")
    victim.http.cookies.clear()
    victim.http.cookies.set("usepolicy", "planted-by-somebody-who-knows-it")
    victim.http.post("/sign-in", data={"name": "admin", "password": PASSWORD})
    assert desk.sessions.find("planted-by-somebody-who-knows-it", now=NOW) is None


@pytest.mark.parametrize(
    "charset", ["unicode_escape", "utf-7", "rot13", "zip", "no-such", "utf-16"]
)
@pytest.mark.parametrize("words", ["\\ud800", "+2AA-", "\xff\xfe\x00\xd8"])
def test_an_encoding_of_their_own_breaks_nothing(
    desk: Desk, admin: Browser, charset: str, words: str
) -> None:
    part = 'Content-Disposition: form-data; name="{}"\r\n\r\n{}\r\n--b'
    fields = {"form_token": admin.token, "text": words, "days": "1"}
    body = "--b\r\n" + "\r\n".join(part.format(*each) for each in fields.items()) + "--\r\n"
    kind = f"multipart/form-data; boundary=b; charset={charset}"
    sent = {**JSON, "content-type": kind}
    answer = admin.http.post("/rules/ladder", content=body.encode("latin-1"), headers=sent)
    assert answer.status_code in (200, 400, 403)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"--b\r\n" * 8_000, "parts without end"),
        (b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 900, "many fields"),
        (b"--b\r\n" + b"X-Y: z\r\n" * 5_000 + b"\r\n1\r\n--b--", "many headers of one"),
        (b'--b\r\nContent-Disposition: form-data; name="a"; filename="f"\r\n\r\n1\r\n' * 9, "many files"),
        (b'--b\r\nContent-Disposition: form-data; name="a"; filename="../x"\r\n\r\n\xff\r\n--b--', "bytes"),
        (b"--b\r\n\r\n1\r\n--b--", "a field without a name"),
    ],
)  # fmt: skip
def test_forms_in_many_parts_are_refused_in_peace(desk: Desk, body: bytes, why: str) -> None:
    sent = {**JSON, "content-type": "multipart/form-data; boundary=b"}
    answer = Browser(desk, "admin").http.post("/sign-in", content=body, headers=sent)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "no-form"), why


def test_a_database_that_fails_tells_the_log_nothing(
    desk: Desk, admin: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    with desk.people._engine.begin() as connection:
        connection.execute(text("CREATE TRIGGER no_more BEFORE INSERT ON people BEGIN SELECT RAISE(FAIL, 'no'); END"))  # fmt: skip
        connection.execute(text("CREATE TRIGGER none BEFORE INSERT ON attempts BEGIN SELECT RAISE(FAIL, 'no'); END"))  # fmt: skip
    with caplog.at_level(logging.DEBUG):
        form = {"name": "eve-of-nowhere", "role": "reviewer", "password": PASSWORD}
        assert admin.post("/people", **form) in ("name-taken", "internal")
        answer = admin.http.post("/sign-in", data={"name": "eve-of-nowhere", "password": PASSWORD})
        assert answer.status_code >= 400
    log = "\n".join(caplog.handler.format(record) for record in caplog.records)
    assert "SQL" in log, "what failed is there"
    for secret in ("eve-of-nowhere", PASSWORD, "$argon2", admin.http.cookies.get("usepolicy", "-")):
        assert secret not in log


@pytest.fixture
def server(desk: Desk) -> Iterator[str]:
    """Serve the console as `usepolicy console` does."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_console(desk), log_level="error", access_log=False)
    serving = uvicorn.Server(config)
    thread = threading.Thread(target=serving.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    serving.should_exit = True
    thread.join()
    listening.close()


def test_addresses_that_are_made_up_do_not_open_a_name(server: str) -> None:
    """A proxy on this machine is believed; whoever is on it may say what they like, for so long."""
    form = {"name": "admin", "password": "a wrong password"}
    with httpx.Client(base_url=server) as client:
        answers = [
            client.post(
                "/sign-in",
                data=form,
                headers={**JSON, "x-forwarded-for": f"198.51.100.{number}", "origin": server},
            ).status_code
            for number in range(MOST_FAILURES["name"] + 3)
        ]
    assert answers == [401] * MOST_FAILURES["name"] + [429] * 3


def test_a_form_that_comes_slowly_is_not_waited_for(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form_body, "MOST_SECONDS", 0.3)
    host, port = server.removeprefix("http://").split(":")
    head = f"POST /sign-in HTTP/1.1\r\nhost: {host}:{port}\r\naccept: application/json\r\n"
    head += "content-type: application/x-www-form-urlencoded\r\ncontent-length: 50000\r\n\r\na="
    with socket.create_connection((host, int(port))) as slow:
        slow.sendall(head.encode())
        slow.settimeout(20)
        answer = b"".join(iter(lambda: slow.recv(4_096), b""))
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"too-slow" in answer


FORMULA = '=HYPERLINK("http://elsewhere.example","x")'


@pytest.mark.parametrize(
    "hostile",
    [FORMULA, "+1+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "a\r\nb,c", "<script>alert(1)</script>", "\u202egnp"],
)  # fmt: skip
def test_what_is_exported_runs_nowhere(desk: Desk, hostile: str) -> None:
    """Whoever writes entries by the library can put any words where a category or clause stands."""
    cited = (Cited(hostile, hostile, hostile, 900_000),)
    for number in range(6):
        at = NOW - timedelta(minutes=number)
        link = link_of(desk.enforcement.account_keys.of(f"a{number}", now=NOW))
        body = Decided(
            Outcome.BLOCK, Channel.PROMPT, Surface.API, Means.PATTERN, Automation.FULLY,
            restrictions=cited, versions={"rules": hostile},
        )  # fmt: skip
        desk.ledger.append(Draft(EntryId(f"decision-x{number}"), at, MACHINE, body, link))
    made = report_of(desk.ledger.entries, Period("2026-01", "2026-03"), small=1)
    rows = list(csv.reader(io.StringIO(report_csv(made))))
    shown = " ".join(hostile.split())
    assert any(shown in cell for row in rows for cell in row)
    assert not any(
        cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row
    )
    assert len({len(row) for row in rows if row}) == 1, "no line is of another's making"
    page = report_html(made, (), hostile)
    assert "<script" not in page
    assert json.loads(report_json(made, ()))
    lines = [json.dumps(each) for each in statements_of(desk.ledger.entries(), Publisher(None))]
    assert all("\n" not in line for line in lines)
    page = Browser(desk, "admin").page("/report?first=2026-01&last=2026-03")
    assert "<script" not in page
    assert "\u202e" not in page


def test_who_has_no_name_takes_as_long_as_who_has(desk: Desk) -> None:
    """Both pay for one hash: what is measured is how often the hasher is asked, not a clock."""
    asked: list[str] = []
    real = desk.people._verify
    desk.people._verify = lambda hashed, word: asked.append(hashed) or real(hashed, word)  # type: ignore[method-assign, func-returns-value]
    browser = Browser(desk, "admin")
    asked.clear()
    for name in ("admin", "nobody-of-that-name", "", "x" * 5_000):
        browser.http.post("/sign-in", data={"name": name, "password": "a wrong password"})
    assert len(asked) == 4
    assert len({each.split("$")[3] for each in asked}) == 1, "with the same settings"
