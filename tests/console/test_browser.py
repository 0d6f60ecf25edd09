"""The journeys of the console in a real browser: signing in, referral, review, notice, appeal, grant."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from console_people import NOW, PASSWORD, proposed
from console_rules import RULES, put_rules, rules_folder
from oidc_provider import CLIENT, SECRET, provider

from usepolicy.enforcement.roles import Role
from usepolicy.store.ledger import Wanted
from usepolicy.web.console.app import create_console
from usepolicy.web.console.appeals import all_appeals
from usepolicy.web.console.desk import Desk
from usepolicy.web.console.example import PROMPT
from usepolicy.web.console.grants import all_grants
from usepolicy.web.console.oidc import Provider
from usepolicy.web.console.oidc_file import OidcSettings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SHOTS = os.environ.get("USEPOLICY_SHOTS")
"""A folder for pictures of every page, to look at."""
NEEDED = os.environ.get("USEPOLICY_BROWSER") == "required"
pytestmark = pytest.mark.skipif(
    not CHROMIUM and not NEEDED, reason="there is no Chromium: apt-get install chromium"
)
PAGES = (
    "/", "/referrals", "/appeals", "/cases", "/accounts?account=acme", "/grants", "/rules",
    "/ledger", "/ledger/verify", "/report?first=2026-01&last=2026-03", "/people",
)  # fmt: skip
REASONS = "The sample is from our exercise book, as the pages before it show."


@pytest.fixture
def base(desk: Desk) -> Iterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_console(desk), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Somebody:
    """Somebody in a browser without JavaScript, who signed in."""

    def __init__(self, chromium: Any, base: str, name: str, **look: Any) -> None:
        self.base, self.errors = base, []
        self.context = chromium.new_context(java_script_enabled=look.pop("script", False), **look)
        self.page = self.context.new_page()
        self.page.on("console", self._heard)
        self.go("/")
        self.page.fill("#name", name)
        self.page.fill("#password", PASSWORD)
        self.page.click("main button")

    def _heard(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def go(self, path: str) -> None:
        self.page.goto(self.base + path)

    def says(self) -> str:
        return str(self.page.inner_text("main"))


def test_from_a_referral_to_an_appeal_that_is_right(chromium: Any, base: str) -> None:
    reviewer = Somebody(chromium, base, "reviewer")
    assert "2 referrals" in " ".join(reviewer.says().split())
    reviewer.go("/referrals")
    reviewer.page.click("tr:has-text('suspension') a")
    assert "Do not write malware" in reviewer.says()
    reviewer.page.check("input[value=violates]")
    reviewer.page.fill("textarea", "It asks for a program that spies on somebody.")
    reviewer.page.click("text=Write it down")
    assert "suspension" in reviewer.says()

    holder = Somebody(chromium, base, "holder")
    holder.page.click("text=Your account is suspended")
    assert "A person who had no part in this decision" in holder.says()
    holder.page.fill("#reasons", REASONS)
    holder.page.click("text=Send the appeal")
    assert "It is open" in holder.says()

    admin = Somebody(chromium, base, "admin")
    admin.go("/appeals")
    admin.page.click("section a, table tr:last-child a")
    assert REASONS in admin.says()
    admin.page.check("input[value=overturned]")
    admin.page.fill("#reasons", "You are right: it was your own exercise.")
    admin.page.click("main button:has-text('Decide')")
    assert "You are right" in admin.says()
    holder.go("/me")
    assert "suspension" not in holder.page.inner_text(".facts")
    admin.go("/report?first=2026-01&last=2026-03")
    assert "overturned" in admin.says()
    assert [reviewer.errors, holder.errors, admin.errors] == [[], [], []]


def test_a_grant_is_asked_for_and_given(chromium: Any, base: str) -> None:
    holder = Somebody(chromium, base, "holder")
    holder.page.click("summary")
    holder.page.select_option("#category", "malware")
    holder.page.fill("#reasons", REASONS)
    holder.page.click("text=Ask >> nth=-1")
    reviewer = Somebody(chromium, base, "reviewer")
    reviewer.go("/grants")
    reviewer.page.click("tr:has-text('acme'):has-text('applied') a")
    assert REASONS in reviewer.says()
    reviewer.page.uncheck("#s-interface")
    reviewer.page.click("text=Approve >> nth=-1")
    assert "over api;" in reviewer.says()
    holder.go("/me")
    assert "approved" in holder.says()
    reviewer.page.fill("#reasons", "The exercise was published without its safeguards.")
    reviewer.page.click("button:has-text('Revoke')")
    holder.go("/me")
    assert "without its safeguards" in holder.says()


def test_words_are_read_and_a_checkpoint_is_kept(chromium: Any, base: str) -> None:
    admin = Somebody(chromium, base, "admin")
    admin.go("/cases?category=malware")
    admin.page.click("tr:has-text('malware') a")
    admin.page.fill("#purpose", "to see what was blocked here")
    admin.page.click("text=Read them")
    assert PROMPT in admin.says()
    admin.go("/ledger?kind=access")
    assert "to see what was blocked here" in admin.says()
    with admin.page.expect_download() as kept:
        admin.page.click("text=Download a checkpoint")
    assert kept.value.suggested_filename.startswith("checkpoint-")


def test_a_provider_of_another_site_signs_somebody_in(chromium: Any, base: str, desk: Desk) -> None:
    """The browser is taken on with a cookie that is never sent along from other sites."""
    from axe_playwright_python.sync_playwright import Axe

    desk.people.add("ada@acme.example", Role.ADMIN, None, now=NOW)
    with provider(NOW) as acme:
        acme.issuer = acme.issuer.replace("127.0.0.1", "localhost")
        acme.who = {"sub": "s-1", "email": "ada@acme.example", "email_verified": True}
        desk.provider = Provider(OidcSettings(acme.issuer, CLIENT, base, SECRET, "Acme"))
        page = chromium.new_context(java_script_enabled=False).new_page()
        page.goto(f"{base}/people")
        page.click("text=Sign in with Acme")
        page.wait_for_url(f"{base}/people")
        assert "ada@acme.example, admin" in page.inner_text("header")
        shoot(page, "provider-people")
        acme.who["email_verified"], acme.who["sub"] = False, "s-2"
        page.click("text=Sign out")
        page.click("text=Sign in with Acme")
        assert "verified no e-mail address" in page.inner_text("main")
        shoot(page, "provider-refused")
    for width in (390, 1440):
        look = chromium.new_context(viewport={"width": width, "height": 900}).new_page()
        look.goto(f"{base}/sign-in")
        shoot(look, f"provider-sign-in-{width}")
        found = Axe().run(look).response["violations"]
        assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []


def shoot(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def test_rules_are_tried_and_put_in_force(
    chromium: Any, base: str, desk: Desk, tmp_path: Path
) -> None:
    folder = rules_folder(tmp_path / "rules")
    put_rules(desk, folder)
    admin = Somebody(chromium, base, "admin")
    admin.go("/rules")
    (tmp_path / "milder.yaml").write_text(RULES.replace("block", "warn"), "utf-8")
    admin.page.set_input_files("#rules-file", tmp_path / "milder.yaml")
    admin.page.click("button:has-text('Try') >> nth=0")
    assert "block warn 1 1" in " ".join(admin.says().split())
    assert (folder / "rules.yaml").read_text("utf-8") == RULES
    admin.page.fill("#summary", "Fraud is a warning for now.")
    admin.page.check("#confirm")
    admin.page.click("button:has-text('Put in force')")
    assert "Fraud is a warning for now." in admin.says()
    assert (folder / "rules.yaml").read_text("utf-8") == RULES.replace("block", "warn")
    admin.page.click("summary")
    admin.page.fill("#ladder-text", "steps: [{step: ban, at: 1}]\nseverities: {a: {points: 1}}")
    admin.page.click("button:has-text('Try') >> nth=-1")
    assert "default_severity" in admin.says(), "what is missing is said"
    assert admin.errors == []


TRIED = RULES.replace("block", "warn")
TRIED += "- {id: arms, categories: [weapons-conventional], outcome: block}\n"
LADDER = "steps: [{step: ban, at: 1}]\nseverities: {a: {points: 1}}\ndefault_severity: a\n"


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_was_tried_can_be_read_by_everybody(
    chromium: Any, base: str, desk: Desk, tmp_path: Path, width: int, scheme: str
) -> None:
    put_rules(desk, rules_folder(tmp_path / "rules"))
    look = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    admin = Somebody(chromium, base, "admin", script=True, **look)
    for name, text in (("rules", TRIED), ("rules", "rules_of: 1"), ("ladder", LADDER)):
        admin.go("/rules")
        check_page(admin, f"{width}-{scheme}-rules-in-force")
        admin.page.evaluate("document.querySelector('details')?.setAttribute('open', '')")
        admin.page.fill(f"#{name}-text", text)
        admin.page.fill(f"#{name}-days", "60")
        admin.page.click(f"form:has(#{name}-text) button")
        check_page(admin, f"{width}-{scheme}-tried-{name}-{len(text)}")
    assert admin.errors == []


def check_page(who: Somebody, name: str) -> None:
    """Check that everybody can use the page that somebody is at, and take its picture."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(who.page).response["violations"]
    serious = [each["id"] for each in found if each["impact"] in ("serious", "critical")]
    assert serious == [], name
    if SHOTS:
        who.page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
    wide = who.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, name


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_can_be_used_by_everybody(
    chromium: Any, base: str, desk: Desk, width: int, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    look = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    admin = Somebody(chromium, base, "admin", script=True, **look)
    holder = Somebody(chromium, base, "holder", script=True, **look)
    case, [filed] = proposed(desk).case, all_appeals(desk)
    asked = next(each.id for each in all_grants(desk))
    more = (f"/cases/{case}", f"/appeals/{filed.id}", f"/grants/{asked}")
    notice = next(desk.ledger.entries(Wanted(account=filed.account, kinds=("notice",)))).id
    seen = [(admin, path) for path in (*PAGES, *more)]
    seen += [(holder, "/me"), (holder, f"/me/notices/{notice}")]
    for who, path in seen:
        who.go(path)
        found = Axe().run(who.page).response["violations"]
        assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == [], (
            path
        )
        name = path.strip("/").partition("?")[0].replace("/", "-")[:30]
        shoot(who.page, f"{width}-{scheme}-{name or 'home'}")
        wide = who.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, path
    assert (admin.errors, holder.errors) == ([], [])
