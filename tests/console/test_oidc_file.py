"""The file of `--oidc`, and a provider that other people wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from console_people import JSON
from starlette.testclient import TestClient

from usepolicy.enforcement.roles import Role
from usepolicy.errors import UsageError
from usepolicy.reading.policy_problems import PolicyFileError
from usepolicy.web.console.app import create_console
from usepolicy.web.console.desk import Desk
from usepolicy.web.console.oidc import Provider
from usepolicy.web.console.oidc_file import OidcSettings, is_safe, load_oidc

FILE = """\
issuer: https://login.acme.example/realm
client_id: usepolicy
address: https://console.acme.example/
"""
WHOLE = """\
secret_env: ACME_SECRET
name: Acme
scopes: [email, groups]
passwords: false
claim: groups
roles:
  trust-and-safety: reviewer
  audit: auditor
"""
ENVIRON = {"ACME_SECRET": " s3cret of theirs \n", "EMPTY": " ", "ODD": "ü"}
DOCS = Path(__file__).parents[2] / "docs" / "console.md"
BASE = "http://127.0.0.1:8001"


def load(text: str) -> OidcSettings:
    return load_oidc(text.encode(), place="oidc.yaml", environ=ENVIRON)


def test_a_short_file_is_enough() -> None:
    address = "https://console.acme.example"
    assert load(FILE) == OidcSettings("https://login.acme.example/realm", "usepolicy", address)
    assert load(FILE).return_address == f"{address}/sign-in/oidc/return"


def test_a_file_says_it_all() -> None:
    read = load(FILE + WHOLE)
    assert (read.secret, read.name, read.passwords) == ("s3cret of theirs", "Acme", False)
    assert read.roles == {"trust-and-safety": Role.REVIEWER, "audit": Role.AUDITOR}
    assert "s3cret" not in repr(read)


def test_the_file_of_the_docs_is_one() -> None:
    [text] = re.findall(r"```yaml\n(issuer.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    short = replace(load(FILE + WHOLE), issuer="https://login.acme.example")
    assert load(text) == replace(short, client_id="usepolicy-console")


@pytest.mark.parametrize(
    ("text", "code", "why"),
    [
        (
            FILE.partition("client_id")[0] + "address: https://b.example\n",
            "missing-key",
            "who the client is stays open",
        ),
        (FILE + "client_secret: abc\n", "unknown-key", "a secret stands in no file"),
        (FILE + "secret_env: a secret\n", "wrong-value", "this is no name of a variable"),
        (FILE + "roles: {staff: admin}\n", "wrong-value", "no group makes an administrator"),
        (FILE + "roles: {staff: holder}\n", "wrong-value", "a holder has an account"),
        (FILE + "passwords: maybe\n", "wrong-value", "neither yes nor no"),
        (FILE + "scopes: ['email openid']\n", "wrong-value", "two words"),
        (FILE + "name: ''\n", "wrong-value", "a button without words"),
        (FILE.replace("https://login", "http://login"), "unsafe-address", "in the open"),
        (FILE.replace("https://login", "https://a:b@login"), "unsafe-address", "a password in it"),
        (FILE.replace("realm", "realm?x=1"), "unsafe-address", "an issuer has no query"),
        (FILE.replace("https://console", "http://console"), "unsafe-address", "in the open"),
        (FILE.replace("example/\n", "example/console\n"), "unsafe-address", "it has a path"),
    ],
)
def test_files_that_are_none(text: str, code: str, why: str) -> None:
    with pytest.raises(PolicyFileError) as caught:
        load(text)
    assert [problem.code for problem in caught.value.problems] == [code], why


@pytest.mark.parametrize(
    ("name", "code"), [("NOWHERE", "no-secret"), ("EMPTY", "no-secret"), ("ODD", "bad-secret")]
)
def test_secrets_that_are_none(name: str, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(FILE + f"secret_env: {name}\n")
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://login.example", True),
        ("http://127.0.0.1:8080/realm", True),
        ("http://[::1]:8080", True),
        ("http://localhost", True),
        ("http://login.example", False),
        ("http://localhost.evil.example", False),
        ("http://127.0.0.1@evil.example", False),
        ("javascript:alert(1)", False),
        ("https://", False),
        ("https://a.example:port", False),
        ("https://a.example/#x", False),
        ("https://a.example/\r\nx", False),
        (None, False),
        (["https://a.example"], False),
    ],
)
def test_where_secrets_may_be_sent(address: object, expected: bool) -> None:
    assert is_safe(address) is expected


@pytest.fixture
def mock() -> Iterator[str]:
    """A provider that is none of ours: what both understand alike is the standard."""
    from oidc_provider_mock import User, run_server_in_thread

    claims = {"email": "ada@acme.example", "email_verified": True, "groups": ["audit"]}
    with run_server_in_thread(user_claims=[User(sub="s-1", claims=claims)]) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.mark.filterwarnings("ignore")  # of its own use of an older part of Authlib
def test_with_a_provider_of_others(desk: Desk, mock: str) -> None:
    roles = {"audit": Role.AUDITOR}
    desk.provider = Provider(OidcSettings(mock, "usepolicy", BASE, "any secret", roles=roles))
    desk.now = lambda: datetime.now(UTC)
    browser = TestClient(create_console(desk), BASE, follow_redirects=False)
    to = browser.get("/sign-in/oidc?then=/ledger").headers["location"]
    back = httpx.post(to, data={"sub": "s-1"}).headers["location"]
    done = browser.get(back.removeprefix(BASE), headers=JSON)
    assert (done.status_code, done.json()) == (200, {"to": "/ledger"})
    assert browser.get("/ledger", headers=JSON).status_code == 200
    session = desk.sessions.find(browser.cookies["usepolicy"], now=desk.now())
    assert session
    assert (session.person.name, session.person.role) == ("ada@acme.example", Role.AUDITOR)
