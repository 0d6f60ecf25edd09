"""The console lets in whom it should, to what is theirs, from its own pages alone."""

from __future__ import annotations

import json
import logging

import pytest
from console_people import NOW, PASSWORD
from starlette.testclient import TestClient

from usepolicy.enforcement.roles import RIGHTS, Role
from usepolicy.store.people import MOST_FAILURES
from usepolicy.store.sessions import form_token
from usepolicy.web.console.app import ADDRESSES, MENU, create_console
from usepolicy.web.console.context import Address
from usepolicy.web.console.desk import Desk

BASE = "http://console.test"
JSON = {"accept": "application/json"}
DENIALS = {"not-signed-in", "not-your-right", "foreign-form", "internal", "not-found"}


@pytest.fixture
def browser(desk: Desk) -> TestClient:
    return TestClient(
        create_console(desk), BASE, raise_server_exceptions=False, follow_redirects=False
    )


def sign_in(browser: TestClient, role: Role | None) -> str:
    """Return the token of the forms of a new session; empty for nobody."""
    if role is None:
        return ""
    done = browser.post("/sign-in", data={"name": role.value, "password": PASSWORD})
    assert done.status_code == 303
    return form_token(browser.cookies["usepolicy"])


def ask(browser: TestClient, address: Address, form: dict[str, str], **headers: str):
    path = address.path.replace("{id}", "p-0")
    if address.method == "GET":
        return browser.get(path, headers={**JSON, **headers})
    return browser.post(path, data=form, headers={**JSON, **headers})


def name(address: Address) -> str:
    return f"{address.method} {address.path}"


@pytest.mark.parametrize("role", [None, *Role], ids=str)
@pytest.mark.parametrize("address", ADDRESSES, ids=name)
def test_every_address_for_every_role(
    browser: TestClient, address: Address, role: Role | None
) -> None:
    check_right(browser, address, role)


@pytest.mark.parametrize("role", [None, *Role], ids=str)
@pytest.mark.parametrize("places", ["postgresql"], indirect=True)
def test_every_address_for_every_role_on_postgresql(
    browser: TestClient, places: object, role: Role | None
) -> None:
    """One walk for each role, since a database for each row takes long."""
    for address in ADDRESSES:
        check_right(browser, address, role)


def check_right(browser: TestClient, address: Address, role: Role | None) -> None:
    token = sign_in(browser, role)
    answer = ask(browser, address, {"form_token": token, "name": "nobody", "password": "wrong"})
    code = answer.json().get("error", {}).get("code") if answer.content else None
    if address.is_public:
        assert code in (None, "wrong-credentials", "no-oidc"), name(address)
    elif role is None:
        assert (answer.status_code, code) == (401, "not-signed-in"), name(address)
    elif address.right is None or address.right in RIGHTS[role]:
        assert code not in DENIALS, (name(address), code)
    else:
        assert (answer.status_code, code) == (403, "not-your-right"), name(address)


@pytest.mark.parametrize("address", [a for a in ADDRESSES if a.method == "POST"], ids=name)
@pytest.mark.parametrize(
    ("token", "headers", "why"),
    [
        ("", {}, "a form that was on no page"),
        ("0" * 64, {}, "a token that somebody made up"),
        ("own", {"origin": "https://elsewhere.example"}, "a page of another site sends it"),
        ("own", {"origin": "null"}, "a page that hides where it comes from"),
        ("own", {"sec-fetch-site": "cross-site"}, "a browser says so without naming it"),
        ("own", {"origin": "http://console.test.elsewhere.example"}, "the name only begins alike"),
    ],
)
def test_no_other_site_changes_anything(
    browser: TestClient, address: Address, token: str, headers: dict[str, str], why: str
) -> None:
    own = sign_in(browser, next(r for r in Role if address.right in (None, *RIGHTS[r])))
    if address.is_public and not headers:
        pytest.skip("nothing to forge before there is a session")
    answer = ask(browser, address, {"form_token": own if token == "own" else token}, **headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "foreign-form"), why


@pytest.mark.parametrize(
    ("then", "to", "why"),
    [
        ("/people", "/people", "back to where one was going"),
        ("", "/", "from nowhere to the first page"),
        ("https://elsewhere.example/", "/", "never to another site"),
        ("//elsewhere.example/", "/", "nor in disguise"),
        ("/\\elsewhere.example/", "/", "nor as browsers mend it"),
        ("/a\r\nset-cookie: a=b", "/", "no header of another's making"),
    ],
)
def test_where_signing_in_leads(browser: TestClient, then: str, to: str, why: str) -> None:
    form = {"name": "admin", "password": PASSWORD, "then": then}
    answer = browser.post("/sign-in", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, to), why


def test_a_visitor_is_led_to_the_form_and_back(browser: TestClient) -> None:
    answer = browser.get("/people")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?then=/people")
    assert 'name="then" value="/people"' in browser.get(answer.headers["location"]).text


@pytest.mark.parametrize(
    ("base", "cookie", "flags"),
    [
        (BASE, "usepolicy=", {"HttpOnly", "SameSite=strict", "Path=/"}),
        ("https://console.test", "__Host-usepolicy=", {"HttpOnly", "Secure", "SameSite=strict"}),
    ],
)
def test_the_cookie_is_for_this_site_alone(
    desk: Desk, base: str, cookie: str, flags: set[str]
) -> None:
    browser = TestClient(create_console(desk), base, follow_redirects=False)
    form = {"name": "admin", "password": PASSWORD}
    kept = browser.post("/sign-in", data=form).headers["set-cookie"]
    assert kept.startswith(cookie)
    assert flags <= set(kept.split("; "))


def test_a_session_is_new_at_each_sign_in(browser: TestClient, desk: Desk) -> None:
    sign_in(browser, Role.HOLDER)
    before = browser.cookies["usepolicy"]
    sign_in(browser, Role.ADMIN)
    assert browser.cookies["usepolicy"] != before
    assert desk.sessions.find(before, now=NOW) is None


def test_signing_out_ends_it(browser: TestClient) -> None:
    token = sign_in(browser, Role.ADMIN)
    kept = browser.cookies["usepolicy"]
    assert browser.post("/sign-out", data={"form_token": token}).status_code == 303
    browser.cookies.set("usepolicy", kept)
    assert browser.get("/people", headers=JSON).status_code == 401


def test_who_fails_often_is_told_to_wait(browser: TestClient) -> None:
    form = {"name": "admin", "password": "a wrong password"}
    answers = [
        browser.post("/sign-in", data=form, headers=JSON) for _ in range(MOST_FAILURES["both"] + 1)
    ]
    assert [answer.status_code for answer in answers] == [401] * MOST_FAILURES["both"] + [429]
    assert answers[-1].headers["retry-after"] == "900"


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"{}", "application/json", 400, "no-form"),
        (b"a=%ff%fe", "application/x-www-form-urlencoded", 400, "no-form"),
        (b"\xff", "application/x-www-form-urlencoded", 400, "no-form"),
        (b"a=1&" * 100, "application/x-www-form-urlencoded", 400, "no-form"),
        (b"a=" + b"x" * 70_000, "application/x-www-form-urlencoded", 422, "too-large"),
    ],
    ids=["json", "latin", "bytes", "fields", "size"],
)
def test_forms_that_are_none(
    browser: TestClient, body: bytes, kind: str, status: int, code: str
) -> None:
    sent = {**JSON, "content-type": kind}
    answer = browser.post("/sign-in", content=body, headers=sent)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize("path", ["/", "/sign-in", "/people", "/no-such-page"])
def test_every_answer_is_safe_and_kept_nowhere(browser: TestClient, path: str) -> None:
    headers = browser.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert "'unsafe-inline'" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_an_administrator_adds_somebody_who_signs_in(browser: TestClient) -> None:
    token = sign_in(browser, Role.ADMIN)
    new = {"name": "<b>eve</b>", "role": "reviewer", "password": PASSWORD, "form_token": token}
    assert browser.post("/people", data=new).headers["location"] == "/people"
    page = browser.get("/people").text
    assert "&lt;b&gt;eve" in page
    assert "<b>eve" not in page
    signed = browser.post("/sign-in", data={"name": "<b>eve</b>", "password": PASSWORD})
    assert signed.status_code == 303


def test_nobody_disables_themselves(browser: TestClient, desk: Desk) -> None:
    token = sign_in(browser, Role.ADMIN)
    me = next(person for person in desk.people.all() if person.role is Role.ADMIN)
    sent = {"form_token": token}
    answer = browser.post(f"/people/{me.id}/disable", data=sent, headers=JSON)
    assert answer.json()["error"]["code"] == "yourself"


def test_a_key_is_on_the_page_once(browser: TestClient, desk: Desk) -> None:
    form = {"form_token": sign_in(browser, Role.ADMIN), "label": "gateway", "scope-decide": "1"}
    made = browser.post("/keys", data=form, headers=JSON).json()["content"]["new_key"]
    assert desk.keys.find(made, now=NOW)
    assert made not in browser.get("/people").text


def test_no_secret_is_in_the_log(
    browser: TestClient, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    token = sign_in(browser, Role.ADMIN)
    desk.people.all = lambda: 1 / 0  # type: ignore[method-assign]
    with caplog.at_level(logging.DEBUG):
        answer = browser.get("/people?secret=of-hers", headers=JSON)
        browser.post("/people", data={"form_token": token, "password": "a secret of hers"})
    assert answer.json()["error"]["code"] == "internal"
    ours = [record for record in caplog.records if record.name.startswith("usepolicy")]
    log = "\n".join(caplog.handler.format(record) for record in ours)
    assert "ZeroDivisionError" in log
    for secret in ("of-hers", "a secret", token, browser.cookies["usepolicy"]):
        assert secret not in log
    assert "division" not in json.dumps(answer.json())


def test_the_menu_leads_to_pages_that_are_there() -> None:
    pages = {address.path for address in ADDRESSES if address.method == "GET"}
    assert {path for path, _ in MENU} <= pages
