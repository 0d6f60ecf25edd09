"""People sign in by the word of a provider; no other word counts, and none but theirs."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import oidc_provider as of
import pytest
from console_people import JSON, NOW, PASSWORD, on_both
from oidc_provider import CLIENT, OTHER_KEY, SECRET, answer
from oidc_provider import Provider as Fake
from starlette.testclient import TestClient

from usepolicy.enforcement.ledger_bodies import PeopleAction, PeopleChanged
from usepolicy.enforcement.roles import Role
from usepolicy.errors import UsePolicyError
from usepolicy.store.ledger import Wanted
from usepolicy.store.people import Person
from usepolicy.store.sessions import form_token
from usepolicy.web.console.app import create_console
from usepolicy.web.console.desk import Desk
from usepolicy.web.console.oidc import Provider
from usepolicy.web.console.oidc_file import RETURN, OidcSettings

BASE = "http://127.0.0.1:8001"
ADA = {"sub": "s-1", "email": "ada@acme.example", "email_verified": True}
Changes = Callable[[Fake], Any]


@pytest.fixture(scope="module")
def running() -> Iterator[Fake]:
    with of.provider(NOW) as made:
        yield made


@pytest.fixture
def fake(running: Fake) -> Fake:
    """The provider as it is when nobody has changed it yet."""
    fresh = Fake(running.issuer, NOW, dict(ADA))
    for name in fresh.__dataclass_fields__:
        setattr(running, name, getattr(fresh, name))
    return running


@pytest.fixture
def settings(fake: Fake) -> OidcSettings:
    return OidcSettings(fake.issuer, CLIENT, BASE, SECRET, "Acme")


@pytest.fixture
def ada(desk: Desk) -> Person:
    """Whom an administrator has added, without a password."""
    return desk.people.add("Ada@acme.example", Role.REVIEWER, None, now=NOW)


@pytest.fixture
def browser(desk: Desk, settings: OidcSettings) -> TestClient:
    desk.provider = Provider(settings)
    return a_browser(desk)


def a_browser(desk: Desk) -> TestClient:
    app = create_console(desk)
    return TestClient(app, BASE, raise_server_exceptions=False, follow_redirects=False)


def to_provider(browser: TestClient, then: str = "/") -> str:
    """Return the address that the provider sends the browser back to."""
    begun = browser.get("/sign-in/oidc", params={"then": then})
    assert begun.status_code == 303, begun.text
    back = httpx.get(begun.headers["location"]).headers["location"]
    assert back.startswith(BASE + RETURN)
    return back.removeprefix(BASE)


def code_of(done: httpx.Response) -> str:
    return str(done.json().get("error", {}).get("code", ""))


def sign_in(browser: TestClient) -> str:
    """Return the code of the error; empty where one is signed in."""
    return code_of(browser.get(to_provider(browser), headers=JSON))


def who_is(browser: TestClient, desk: Desk) -> Person | None:
    session = desk.sessions.find(browser.cookies.get("usepolicy", ""), now=NOW)
    return session.person if session else None


def changes(desk: Desk) -> list[tuple[PeopleAction, str, tuple[str, ...]]]:
    entries = desk.ledger.entries(Wanted(kinds=("people_change",)))
    return [
        (e.body.action, e.actor.id, e.body.rights)
        for e in entries
        if isinstance(e.body, PeopleChanged)
    ]


@on_both
def test_who_was_added_enters_and_is_linked_for_good(
    desk: Desk, browser: TestClient, fake: Fake, ada: Person
) -> None:
    assert sign_in(browser) == ""
    assert who_is(browser, desk) == ada
    fake.who["email"] = "ada.new@acme.example"
    assert sign_in(browser) == "", "the subject is the same, whatever the address"
    assert who_is(browser, desk) == ada
    assert changes(desk) == [(PeopleAction.LINKED, "oidc", ())]
    text = "".join(record.body for record in desk.ledger.records())
    assert not any(word in text for word in (*fake.seen, SECRET, ADA["email"], ADA["sub"]))


def test_a_page_of_ours_takes_the_browser_on(browser: TestClient, ada: Person) -> None:
    """A redirect from another site would not bring the session's cookie along."""
    done = browser.get(to_provider(browser, then="/appeals"))
    assert done.status_code == 200
    assert 'content="0; url=/appeals"' in done.text
    kept = done.headers.get_list("set-cookie")
    assert any("usepolicy=" in each and "SameSite=strict" in each for each in kept)
    assert any('usepolicy-pending=""' in each and "Max-Age=0" in each for each in kept)
    assert browser.get("/appeals").status_code == 200


def test_what_is_asked_of_the_provider(browser: TestClient, fake: Fake) -> None:
    begun = browser.get("/sign-in/oidc")
    asked = parse_qs(urlsplit(begun.headers["location"]).query)
    assert asked["redirect_uri"] == [BASE + RETURN]
    assert asked["scope"] == ["openid email"]
    assert asked["code_challenge_method"] == ["S256"]
    made = [asked[name][0] for name in ("state", "nonce", "code_challenge")]
    assert len(set(made)) == 3
    assert all(len(each) == 43 for each in made)
    assert SECRET not in begun.headers["location"]
    cookie = begun.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=600"} <= set(cookie.split("; "))
    assert not any(each in cookie for each in made), "the browser's token tells nobody the rest"


def later(minutes: int) -> Changes:
    return lambda fake: setattr(fake, "now", NOW + timedelta(minutes=minutes))


def put(name: str, **values: object) -> Changes:
    return lambda fake: getattr(fake, name).update(values)


def sign(by: of.Sign) -> Changes:
    return lambda fake: setattr(fake, "sign", by)


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        (put("changed", nonce="0" * 43), "oidc-token", "`nonce` is another one"),
        (put("changed", nonce=None), "oidc-token", "`nonce` is missing"),
        (put("changed", aud="another"), "oidc-token", "the audience is another one"),
        (put("changed", aud=None), "oidc-token", "the audience is missing"),
        (put("changed", aud=[CLIENT, "another"]), "oidc-token", "the audience is missing"),
        (put("changed", aud=[CLIENT, "b"], azp="b"), "oidc-token", "the audience is another one"),
        (put("changed", iss="https://evil.example"), "oidc-token", "the issuer is another one"),
        (put("changed", iss=None), "oidc-token", "the issuer is missing"),
        (put("changed", sub=None), "oidc-token", "`sub` is missing"),
        (put("changed", sub=""), "oidc-token", "the subject is none"),
        (put("changed", sub=["s-1"]), "oidc-token", "`sub` is another one"),
        (put("changed", exp=None), "oidc-token", "`exp` is missing"),
        (put("changed", exp="never"), "oidc-token", "`exp` is another one"),
        (put("changed", at_hash="x" * 22), "oidc-token", "`at_hash` is another one"),
        (later(-10), "oidc-token", "it is over"),
        (later(10), "oidc-token", "`iat` is another one"),
        (sign(of.signed_by_nobody), "oidc-token", "it is not signed as it must be"),
        (sign(of.signed_by_another), "oidc-token", "it is not signed as it must be"),
        (sign(of.signed_by_the_next), "oidc-token", "it is not signed as it must be"),
        (sign(of.signed_with_the_secret), "oidc-token", "it is not signed as it must be"),
        (sign(of.signed_with_the_public_key), "oidc-token", "it is not signed as it must be"),
        (sign(of.signed_and_changed), "oidc-token", "it is not signed as it must be"),
        (sign(lambda claims: "no.token"), "oidc-token", "it is"),
        (sign(lambda claims: ""), "oidc-token", "it is"),
        (put("who", email_verified=False), "email-not-verified", "verified no e-mail"),
        (put("who", email_verified="false"), "email-not-verified", "verified no e-mail"),
        (put("who", email=None), "email-not-verified", "verified no e-mail"),
        (put("who", email=["ada@acme.example"]), "email-not-verified", "verified no e-mail"),
        (put("who", email="ａda@acme.example"), "email-not-verified", "verified no e-mail"),
        (put("who", email="eve@acme.example"), "not-added", "none of this console's people"),
        (put("failing", **{"/token": answer("busy", 503)}), "oidc-unreachable", "no token"),
        (put("failing", **{"/token": answer("[1]")}), "oidc-unreachable", "no token"),
        (put("failing", **{"/token": answer("x" * 600_000)}), "oidc-unreachable", "no token"),
        (put("failing", **{"/keys": answer("{}")}), "oidc-unreachable", "it has no keys"),
        (put("failing", **{"/keys": answer("gone", 404)}), "oidc-unreachable", "does not answer"),
    ],
)
def test_who_is_not_let_in(
    desk: Desk, browser: TestClient, fake: Fake, ada: Person, change: Changes, code: str, says: str
) -> None:
    change(fake)
    done = browser.get(to_provider(browser), headers=JSON)
    error = done.json()["error"]
    assert (error["code"], says in error["message"]) == (code, True), error
    assert done.status_code == (502 if code == "oidc-unreachable" else 403)
    assert who_is(browser, desk) is None
    assert changes(desk) == [], "nobody is linked who does not enter"
    page = browser.get(RETURN)
    assert page.headers["content-type"].startswith("text/html")
    assert "Begin again" in page.text
    assert 'href="/sign-in"' in page.text


@pytest.mark.parametrize(
    ("query", "code", "why"),
    [
        ("state={state}x&code={code}", "oidc-not-begun", "another state"),
        ("code={code}", "oidc-not-begun", "no state"),
        ("state=%ff%00é&code={code}", "oidc-not-begun", "a state that is no text"),
        ("state={state}&code=made-up", "oidc-refused", "a code that somebody made up"),
        ("state={state}", "oidc-refused", "no code"),
        ("state={state}&error=access_denied", "oidc-refused", "somebody changed their mind"),
        ("state={state}&code={code}&error=x", "oidc-refused", "an error counts before a code"),
        ("state={state}&code={code}&iss=https://evil.example", "oidc-token", "mixed up (RFC 9207)"),
    ],
)
def test_answers_that_do_not_count(
    desk: Desk, browser: TestClient, ada: Person, query: str, code: str, why: str
) -> None:
    given = parse_qs(urlsplit(to_provider(browser)).query)
    back = query.format(state=given["state"][0], code=given["code"][0])
    assert code_of(browser.get(f"{RETURN}?{back}", headers=JSON)) == code, why
    assert who_is(browser, desk) is None
    again = f"{RETURN}?state={given['state'][0]}&code={given['code'][0]}"
    assert code_of(browser.get(again, headers=JSON)) == "oidc-not-begun", "one sign-in, one answer"


def test_an_answer_counts_once(desk: Desk, browser: TestClient, fake: Fake, ada: Person) -> None:
    back = to_provider(browser)
    kept = browser.cookies["usepolicy-pending"]
    assert browser.get(back).status_code == 200
    assert code_of(browser.get(back, headers=JSON)) == "oidc-not-begun"
    browser.cookies.set("usepolicy-pending", kept)
    assert code_of(browser.get(back, headers=JSON)) == "oidc-refused", "nor does the code"


def test_an_answer_counts_in_the_browser_that_asked(desk: Desk, browser: TestClient, ada: Person) -> None:  # fmt: skip
    """Nobody is signed in as a stranger who sends them the end of the stranger's sign-in."""
    back, other = to_provider(browser), a_browser(desk)
    assert code_of(other.get(back, headers=JSON)) == "oidc-not-begun"
    to_provider(other)
    assert code_of(other.get(back, headers=JSON)) == "oidc-not-begun"


@pytest.mark.parametrize(
    ("minutes", "code"), [(9, ""), (11, "oidc-not-begun"), (-1, "oidc-not-begun")]
)
def test_a_sign_in_has_ten_minutes(
    desk: Desk, browser: TestClient, fake: Fake, ada: Person, minutes: int, code: str
) -> None:
    back = to_provider(browser)
    desk.now = lambda: NOW + timedelta(minutes=minutes)
    fake.now = desk.now()
    assert code_of(browser.get(back, headers=JSON)) == code


@pytest.mark.parametrize(
    "cookie", ["", "x", "a.b.c", "a" * 43 + ".1.%", "a" * 43 + ".9.Lw==.x", "é"]
)
def test_cookies_that_are_no_sign_in(browser: TestClient, cookie: str) -> None:
    sent = {**JSON, "cookie": b"usepolicy-pending=" + cookie.encode()}
    assert code_of(browser.get(f"{RETURN}?state=x&code=y", headers=sent)) == "oidc-not-begun"


@pytest.mark.parametrize(
    "then",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/a\r\nset-cookie: a=b", "é"],
)
def test_nobody_is_led_elsewhere(browser: TestClient, ada: Person, then: str) -> None:
    done = browser.get(to_provider(browser, then), headers=JSON)
    assert done.json() == {"to": "/"}


def test_the_page_in_the_cookie_can_not_be_changed(browser: TestClient, ada: Person) -> None:
    back = to_provider(browser, "/appeals")
    token, began, _ = browser.cookies["usepolicy-pending"].split(".")
    browser.cookies.clear()
    browser.cookies.set("usepolicy-pending", f"{token}.{began}.L3Blb3BsZQ")
    assert code_of(browser.get(back, headers=JSON)) == "oidc-not-begun"
    assert browser.get(to_provider(browser, "/appeals"), headers=JSON).json() == {"to": "/appeals"}


def test_a_session_is_new_and_the_one_before_is_over(
    desk: Desk, browser: TestClient, ada: Person
) -> None:
    browser.post("/sign-in", data={"name": "holder", "password": PASSWORD})
    before = browser.cookies["usepolicy"]
    assert sign_in(browser) == ""
    assert browser.cookies["usepolicy"] != before
    assert desk.sessions.find(before, now=NOW) is None


def test_signing_out_ends_our_session(desk: Desk, browser: TestClient, ada: Person) -> None:
    sign_in(browser)
    token = browser.cookies["usepolicy"]
    done = browser.post("/sign-out", data={"form_token": form_token(token)})
    assert done.headers["location"] == "/sign-in"
    assert desk.sessions.find(token, now=NOW) is None


def test_who_was_disabled_stays_out(desk: Desk, browser: TestClient, ada: Person) -> None:
    desk.people.disable(ada.id, now=NOW)
    assert sign_in(browser) == "disabled", "before they came for the first time"
    bea = desk.people.add("bea@acme.example", Role.AUDITOR, None, now=NOW)
    desk.identities.link(bea.id, desk.provider.settings.issuer, "s-1", now=NOW)
    assert sign_in(browser) == "", "who has the subject now"
    desk.people.disable(bea.id, now=NOW)
    assert who_is(browser, desk) is None
    assert sign_in(browser) == "disabled", "and afterwards"


def test_an_address_that_is_given_to_another_does_not_let_them_in(
    desk: Desk, browser: TestClient, fake: Fake, ada: Person
) -> None:
    assert sign_in(browser) == ""
    fake.who["sub"] = "s-2"
    assert sign_in(browser) == "linked-to-another"
    desk.identities.unlink(ada.id)
    assert who_is(browser, desk) is None, "their sessions are over too"
    assert sign_in(browser) == "", "an administrator has said so"


def test_a_subject_is_not_folded(desk: Desk, browser: TestClient, fake: Fake, ada: Person) -> None:
    desk.identities.link(ada.id, fake.issuer, "s-1", now=NOW)
    fake.who = {"sub": "S-1"}
    assert sign_in(browser) == "email-not-verified"
    fake.who = {"sub": "s-1"}
    assert sign_in(browser) == "", "no address is needed of whom an administrator has linked"


@pytest.mark.parametrize(
    ("groups", "role", "why"),
    [
        (["staff", "trust-and-safety"], Role.REVIEWER, "one of several"),
        ("audit", Role.AUDITOR, "a single one"),
        (["audit", "trust-and-safety"], Role.REVIEWER, "the first of the file"),
        (["staff"], None, "none of the file"),
        ({"trust-and-safety": 1}, None, "no list"),
        (["admin"], None, "no group makes an administrator"),
    ],
)
def test_a_group_gives_a_role(
    desk: Desk,
    settings: OidcSettings,
    fake: Fake,
    groups: object,
    role: Role | None,
    why: str,
) -> None:
    desk.provider = Provider(with_roles(settings))
    browser = a_browser(desk)
    fake.who["groups"] = groups
    assert sign_in(browser) == ("" if role else "not-added"), why
    person = who_is(browser, desk)
    assert (person.role if person else None, person.name if person else "") == (
        role,
        "ada@acme.example" if role else "",
    )
    made = [(PeopleAction.ADDED, "oidc", (role.value,)), (PeopleAction.LINKED, "oidc", ())] if role else []  # fmt: skip
    assert changes(desk) == made


def with_roles(settings: OidcSettings) -> OidcSettings:
    return replace(settings, roles={"trust-and-safety": Role.REVIEWER, "audit": Role.AUDITOR})


@on_both
def test_a_role_that_a_group_gave_goes_with_it(
    desk: Desk, settings: OidcSettings, fake: Fake
) -> None:
    desk.provider = Provider(with_roles(settings))
    browser = a_browser(desk)
    fake.who["groups"] = ["trust-and-safety"]
    assert sign_in(browser) == ""
    before = browser.cookies["usepolicy"]
    fake.who["groups"] = ["audit"]
    assert sign_in(browser) == ""
    assert who_is(browser, desk).role is Role.AUDITOR
    assert desk.sessions.find(before, now=NOW) is None
    fake.who["groups"] = []
    other = a_browser(desk)
    assert sign_in(other) == "no-role"
    assert who_is(browser, desk) is None, "no session of theirs is left"
    assert changes(desk)[2:] == [(PeopleAction.ROLE_CHANGED, "oidc", ("auditor",))]
    desk.identities.unlink(next(iter(desk.identities.linked())))
    assert sign_in(other) == "no-role", "nor does being unlinked make it one that was given here"
    fake.who["groups"] = ["audit"]
    assert sign_in(other) == ""


def test_a_role_that_an_administrator_gave_stays(
    desk: Desk, settings: OidcSettings, fake: Fake, ada: Person
) -> None:
    desk.provider = Provider(with_roles(settings))
    browser = a_browser(desk)
    fake.who["groups"] = ["audit"]
    assert sign_in(browser) == ""
    assert who_is(browser, desk) == ada


def test_what_the_token_does_not_say_is_asked_for(
    desk: Desk, browser: TestClient, fake: Fake, ada: Person
) -> None:
    fake.in_token = False
    assert sign_in(browser) == ""
    fake.told["sub"] = "s-2"
    assert sign_in(browser) == "oidc-token", "what is told is about somebody else"


def test_a_new_key_of_the_provider_is_found(
    desk: Desk, browser: TestClient, fake: Fake, ada: Person
) -> None:
    assert sign_in(browser) == ""
    fake.keys, fake.sign = [of.KEY, OTHER_KEY], of.signed_by_the_next
    assert sign_in(browser) == "oidc-token", "the keys were asked for in this very minute"
    desk.now = lambda: NOW + timedelta(minutes=2)
    fake.now = desk.now()
    assert sign_in(browser) == ""
    assert fake.asked.count("/keys") == 2
    assert fake.asked.count("/.well-known/openid-configuration") == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (put("metadata", issuer="https://evil.example"), "it is another issuer"),
        (put("metadata", token_endpoint="http://evil.example/token"), "can't be used"),
        (put("metadata", authorization_endpoint="javascript:alert(1)"), "can't be used"),
        (put("metadata", jwks_uri=None), "can't be used"),
        (put("failing", **{"/.well-known/openid-configuration": answer("<html>")}), "not answer"),
        (put("failing", **{"/.well-known/openid-configuration": answer("no", 404)}), "not answer"),
    ],
)
def test_a_provider_that_can_not_be_used(
    browser: TestClient, fake: Fake, change: Changes, says: str
) -> None:
    change(fake)
    done = browser.get("/sign-in/oidc", headers=JSON)
    assert (done.status_code, code_of(done)) == (502, "oidc-unreachable")
    assert says in done.json()["error"]["message"]
    assert browser.get("/sign-in/oidc").status_code == 502
    assert len(fake.asked) == 1, "it is left alone for a while"


def test_a_wrong_secret_is_told_without_it(desk: Desk, settings: OidcSettings, ada: Person) -> None:
    desk.provider = Provider(replace(settings, secret="a wrong one"))
    done = a_browser(desk)
    told = done.get(to_provider(done), headers=JSON)
    assert "`invalid_client`" in told.json()["error"]["message"]
    assert "a wrong one" not in repr(desk.provider.settings)


def test_nothing_secret_is_in_the_log(
    desk: Desk, browser: TestClient, fake: Fake, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    other = a_browser(desk)
    backs = [to_provider(browser), to_provider(other)]
    with caplog.at_level(logging.DEBUG):
        browser.get(backs[0])
        fake.sign = of.signed_by_nobody
        other.get(backs[1])
        browser.get(f"{RETURN}?state=%0aforged&error=a%0aforged", headers=JSON)
    quiet = ("httpx", "asyncio")  # of the tests' own browsers
    log = "\n".join(
        caplog.handler.format(each) for each in caplog.records if not each.name.startswith(quiet)
    )
    assert "nobody was signed in by the provider: oidc-token" in log
    session = browser.cookies.get("usepolicy", "none")
    for secret in (*fake.seen, SECRET, session, ADA["email"], "forged"):
        assert secret not in log


def test_the_button_is_there_where_there_is_a_provider(desk: Desk, settings: OidcSettings) -> None:
    browser = a_browser(desk)
    page = browser.get("/sign-in").text
    assert "oidc" not in page
    assert code_of(browser.get("/sign-in/oidc", headers=JSON)) == "no-oidc"
    assert browser.get("/sign-in/oidc").status_code == 404
    desk.provider = Provider(settings)
    page = browser.get("/sign-in?then=/appeals").text
    assert 'href="/sign-in/oidc?then=%2Fappeals">Sign in with Acme' in page
    assert 'type="password"' in page


def test_passwords_can_be_turned_off(desk: Desk, settings: OidcSettings) -> None:
    desk.provider = Provider(replace(settings, passwords=False))
    browser = a_browser(desk)
    assert 'type="password"' not in browser.get("/sign-in").text
    form = {"name": "admin", "password": PASSWORD}
    assert code_of(browser.post("/sign-in", data=form, headers=JSON)) == "passwords-off"
    assert who_is(browser, desk) is None


@pytest.mark.parametrize("password", ["", PASSWORD, "a wrong password"])
def test_who_has_no_password_is_let_in_by_none(
    desk: Desk, browser: TestClient, ada: Person, password: str
) -> None:
    form = {"name": ada.name, "password": password}
    assert code_of(browser.post("/sign-in", data=form, headers=JSON)) == "wrong-credentials"


def test_an_administrator_adds_and_unlinks(desk: Desk, browser: TestClient) -> None:
    other = a_browser(desk)
    other.post("/sign-in", data={"name": "admin", "password": PASSWORD})
    token = {"form_token": form_token(other.cookies["usepolicy"])}
    new = {"name": "ada@acme.example", "role": "reviewer", "password": ""}
    assert other.post("/people", data=new | token).status_code == 303
    assert "not linked" in other.get("/people").text
    assert sign_in(browser) == ""
    [linked] = other.get("/people", headers=JSON).json()["content"]["linked"]
    assert other.post(f"/people/{linked}/unlink", data=token).status_code == 303
    assert other.get("/people", headers=JSON).json()["content"]["linked"] == []
    assert who_is(browser, desk) is None
    assert [each[0] for each in changes(desk)] == [
        PeopleAction.ADDED,
        PeopleAction.LINKED,
        PeopleAction.UNLINKED,
    ]


def test_without_a_provider_everybody_has_a_password(desk: Desk) -> None:
    other = a_browser(desk)
    other.post("/sign-in", data={"name": "admin", "password": PASSWORD})
    new = {"name": "ada", "role": "reviewer", "password": ""}
    new |= {"form_token": form_token(other.cookies["usepolicy"])}
    assert code_of(other.post("/people", data=new, headers=JSON)) == "weak-password"


def test_without_the_extra_it_is_named(
    settings: OidcSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "authlib.oauth2.client", None)
    with pytest.raises(UsePolicyError) as caught:
        Provider(settings)
    assert caught.value.code == "missing-extra"
    assert "usepolicy[oidc]" in caught.value.help
