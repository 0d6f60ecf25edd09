"""`usepolicy people` and `usepolicy console`: who may sign in, and a site that starts."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from oidc_provider import SECRET, provider

PROGRAM = Path(sys.executable).parent / "usepolicy"
PASSWORD = "a heron on the pier"


def run(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *arguments], input=given, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture(autouse=True)
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have commands write to a ledger of the test's own."""
    place = tmp_path / "ledger" / "ledger.sqlite"
    monkeypatch.setenv("USEPOLICY_LEDGER", str(place))
    return place


@pytest.fixture
def place(tmp_path: Path) -> str:
    return str(tmp_path / "console.sqlite")


def test_people_are_added_listed_and_kept_out(place: str, ledger: Path) -> None:
    added = run(
        "people", "add", "Ada", "--role", "admin", "--console", place, given=PASSWORD + "\n"
    )
    assert (added.returncode, added.stderr) == (0, "ada may sign in as admin\n")
    assert "ada   admin" in run("people", "list", "--console", place).stdout
    changed = run("people", "password", "ada", "--console", place, given="another good one\n")
    assert changed.returncode == 0
    assert run("people", "disable", "ada", "--console", place).returncode == 0
    assert "disabled" in run("people", "list", "--console", place).stdout
    lines = map(json.loads, run("ledger", "export", "--ledger", str(ledger)).stdout.splitlines())
    assert [line["body"]["action"] for line in lines] == ["added", "password_set", "disabled"]


@pytest.mark.parametrize(
    ("arguments", "given", "code"),
    [
        (("add", "ada", "--role", "king"), PASSWORD, "unknown-role"),
        (("add", "ada", "--role", "admin"), "short", "weak-password"),
        (("add", "ada", "--role", "admin"), "", "weak-password"),
        (("add", "ada", "--role", "holder"), PASSWORD, "no-account"),
        (("add", "a b", "--role", "admin"), PASSWORD, "no-name"),
        (("disable", "nobody"), "", "no-such-person"),
        (("password", "nobody"), PASSWORD, "no-such-person"),
    ],
)
def test_what_can_not_be_done(
    place: str, arguments: tuple[str, ...], given: str, code: str
) -> None:
    done = run("people", *arguments, "--console", place, given=given)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error[{code}]")
    assert not given or given not in done.stderr, "no password is repeated"


def test_the_example_is_served_and_lets_its_people_in() -> None:
    program = [PROGRAM, "console", "--example", "--port", "0"]
    with subprocess.Popen(program, stderr=subprocess.PIPE, text=True) as serving:
        try:
            assert serving.stderr
            lines = [serving.stderr.readline() for _ in range(6)]
            words = dict(re.findall(r"sign in as (\w+)\s+(\S+)", "".join(lines)))
            base = re.search(r"http://127\.0\.0\.1:\d+", lines[-1])
            assert base
            with httpx.Client(base_url=base[0], follow_redirects=True) as browser:
                form = {"name": "reviewer", "password": words["reviewer"]}
                page = browser.post("/sign-in", data=form, headers={"origin": base[0]})
            assert "What waits" in page.text
        finally:
            serving.terminate()


def test_a_language_without_notices_is_refused() -> None:
    done = run("console", "--example", "--language", "xx")
    assert (done.returncode, done.stderr.split(":")[0]) == (2, "error[unknown-language]")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ("console --port 0 --console {0}/ledger/ledger.sqlite", "the file of the ledger"),
        ("console --port 0 --console {0}/x/../ledger/ledger.sqlite", "the same by another way"),
        ("console --port 0 --console {0}/k/k.db --keys {0}/k/k.db", "the file of the keys"),
        ("people list --console {0}/ledger/ledger.sqlite", "people are no entries either"),
    ],
)
def test_three_databases_are_three(tmp_path: Path, ledger: Path, arguments: str, why: str) -> None:
    done = run(*arguments.format(tmp_path).split())
    assert (done.returncode, done.stderr.split(":")[0]) == (1, "error[console-not-apart]"), why
    assert not ledger.exists(), "nothing is made before that is seen"


def test_people_without_a_password_are_linked(place: str, ledger: Path) -> None:
    added = run("people", "add", "ada", "--role", "auditor", "--no-password", "--console", place)
    assert (added.returncode, added.stderr) == (0, "ada may sign in as auditor\n")
    who = ("--issuer", "https://login.example", "--subject", "s-1", "--console", place)
    assert run("people", "link", "ada", *who).stderr == "ada is linked\n"
    again = run("people", "link", "ada", *who)
    assert (again.returncode, again.stderr.split(":")[0]) == (2, "error[linked-before]")
    assert run("people", "unlink", "ada", "--console", place).returncode == 0
    assert run("people", "link", "bea", *who).returncode == 2
    lines = map(json.loads, run("ledger", "export", "--ledger", str(ledger)).stdout.splitlines())
    assert [line["body"]["action"] for line in lines] == ["added", "linked", "unlinked"]


OIDC = "issuer: {0}\nclient_id: the-console\naddress: {1}\nsecret_env: OIDC_SECRET\n"


def test_a_provider_signs_somebody_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OIDC_SECRET", SECRET)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    base, file = f"http://127.0.0.1:{port}", tmp_path / "oidc.yaml"
    with provider(datetime.now(UTC)) as acme:
        text = OIDC.format(acme.issuer, base) + "passwords: false\nroles: {audit: auditor}\n"
        file.write_text(text, "utf-8")
        acme.who = {"sub": "s", "email": "ada@a.example", "email_verified": True}
        acme.who["groups"] = ["audit"]
        program = [PROGRAM, "console", "--example", "--port", str(port), "--oidc", str(file)]
        with subprocess.Popen(program, stderr=subprocess.PIPE, text=True) as serving:
            try:
                assert serving.stderr
                assert [serving.stderr.readline() for _ in range(6)][-1].startswith(base)
                with httpx.Client(follow_redirects=True) as browser:
                    done = browser.get(f"{base}/sign-in/oidc?then=/ledger")
                    page = browser.get(f"{base}/ledger")
            finally:
                serving.terminate()
    assert "Signed in" in done.text
    assert "ada@a.example, auditor" in page.text


@pytest.mark.parametrize(
    ("text", "secret", "exit_code", "code"),
    [
        (None, SECRET, 1, "no-such-file"),
        ("issuer: [", SECRET, 3, "invalid-yaml"),
        (OIDC.format("http://login.example", "https://a.example"), SECRET, 3, "unsafe-address"),
        (OIDC.format("https://login.example", "https://a.example"), "", 2, "no-secret"),
    ],
)
def test_providers_that_can_not_be(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str | None,
    secret: str,
    exit_code: int,
    code: str,
) -> None:
    monkeypatch.setenv("OIDC_SECRET", secret)
    file = tmp_path / "oidc.yaml"
    if text is not None:
        file.write_text(text, "utf-8")
    done = run("console", "--example", "--oidc", str(file))
    assert done.returncode == exit_code
    assert f"[{code}]" in done.stderr
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stderr
