"""The site in a real browser: every page on a phone and a wide screen, light and dark.

Needs a Chromium of the system and the extra `browser`; without them it is skipped, unless
`USEPOLICY_BROWSER=required`, as CI has it.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import uvicorn
from web_site import ADDRESSES, EXAMPLE, POLICY

from usepolicy.cli.serve_chains import served_chains
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.hand_codings import HandCell, HandCoding, HandDecision
from usepolicy.store.catalogue import Catalogue
from usepolicy.store.catalogue_queries import find
from usepolicy.store.history import History
from usepolicy.web.app import create_app
from usepolicy.web.examples import example_catalogue
from usepolicy.web.shelf import Settings
from usepolicy.web.site import Site

REQUIRED = os.environ.get("USEPOLICY_BROWSER") == "required"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
try:
    import axe_playwright_python
    from playwright.sync_api import Browser, Page, sync_playwright
except ModuleNotFoundError:
    if REQUIRED:
        raise
    pytest.skip("no playwright or axe: pip install 'usepolicy[browser]'", allow_module_level=True)
if CHROMIUM is None and not REQUIRED:
    pytest.skip("no Chromium: apt-get install chromium", allow_module_level=True)

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DAY = date(2026, 3, 1)
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SERIOUS = ("serious", "critical")
DECIDED = (f"/cells/{EXAMPLE}?of=gambling", "/matrix?who=by+hand", "/matrix?by=category&page=2")
"""What a person decided, and a page with one before it and one behind it."""
WALKED = (*ADDRESSES, *DECIDED, "/policies?page=2", "/add", "/nothing-is-here")
WIDTHS = (320, 600, 740, 800, 1000, 1920)
"""Others than the two of the walk; 320 is what a page must bear that is zoomed to 400 % (WCAG 1.4.10)."""


FOLDED = (
    "[...document.querySelectorAll('details')].filter(e => e.offsetHeight < 2 * "
    "e.querySelector('summary').offsetHeight).map(e => e.textContent)"
)


@dataclass
class Walk:
    """A page of the browser with what it complained of."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)

    def go(self, address: str) -> None:
        self.complaints.clear()
        self.page.goto(self.base + address)


@pytest.fixture(scope="module")
def decided() -> Catalogue:
    """Return the examples, with what a person decided of one."""
    made = example_catalogue()
    known = find(made, EXAMPLE)
    cells = (
        HandCell(
            CategoryId("gambling"), HandDecision.ADD, "Ada", DAY, (known.find("Hurt people"),)
        ),
        HandCell(CategoryId("malware"), HandDecision.REJECT, "Ada", DAY, (), note="not this"),
    )
    version = known.policy.version
    hand = HandCoding(version.id, version.text_sha256, known.policy.identity, cells)
    made.add_coding(hand, now=datetime(2026, 3, 1, tzinfo=UTC))
    return made


@pytest.fixture(scope="module")
def base(decided: Catalogue, history: History) -> Iterator[str]:
    """Serve the site from a thread on loopback, with short lists that have pages."""
    patch = pytest.MonkeyPatch()
    patch.setattr("usepolicy.web.pages.policies.PAGE_SIZE", 12)
    patch.setattr("usepolicy.web.pages.matrix.MOST_CELLS", 12 * 147)
    listening = socket.create_server(("127.0.0.1", 0))
    settings = Settings(full_text=True, token="a-token-of-the-operator", chains=served_chains(None))
    app = create_app(Site(decided, settings, history))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    patch.undo()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the Chromium of the system, with an empty profile."""
    with sync_playwright() as started:
        made = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


@pytest.fixture(scope="module", params=["light", "dark"])
def scheme(request) -> str:
    return request.param


@pytest.fixture(scope="module", params=[390, 1440], ids=["phone", "wide"])
def walk(request, browser: Browser, base: str, scheme: str) -> Iterator[Walk]:
    """Return a page of a width and a colour scheme that notes every complaint."""
    context = browser.new_context(
        viewport={"width": request.param, "height": 900}, color_scheme=scheme, bypass_csp=False
    )
    made = Walk(context.new_page(), base)
    made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
    made.page.on(
        "console", lambda said: made.complaints.append(said.text) if said.type == "error" else None
    )
    yield made
    context.close()


@pytest.mark.parametrize("address", WALKED)
def test_a_page_is_quiet_fits_and_is_accessible(walk, address):
    walk.go(address)
    loud = [
        said for said in walk.complaints if "status of 404" not in said or "nothing" not in address
    ]
    assert loud == []
    assert walk.page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    ), "the page scrolls sideways"
    walk.page.evaluate(AXE)  # by the debugger: no page may load it, and none does
    found = walk.page.evaluate("rules => axe.run(document, rules)", RULES)
    worst = [
        (each["id"], [node["html"][:200] for node in each["nodes"][:3]])
        for each in found["violations"]
        if each["impact"] in SERIOUS
    ]
    assert worst == []


@pytest.mark.parametrize("address", WALKED)
def test_a_page_fits_every_width(browser, base, address):
    page = browser.new_page()
    page.goto(base + address)
    wide = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(width)
    page.close()
    assert wide == []


def test_a_table_of_words_is_a_list_on_a_phone(browser, base):
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(f"{base}/compare")
    row = page.locator("table.stack tbody tr").first
    boxes = [cell.bounding_box() for cell in row.locator("th, td").all()]
    assert len({round(box["x"]) for box in boxes}) == 1, "one below the other"
    assert max(box["x"] + box["width"] for box in boxes) <= 390
    page.close()


@pytest.mark.parametrize("number", [1, 4, 5, 6])
def test_a_figure_of_dots_is_whole_on_a_phone(browser, base, number):
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(f"{base}/figures/{number}")
    cut = (
        "[...document.querySelectorAll('figure .scroll')].some(e => e.scrollWidth > e.clientWidth)"
    )
    assert page.evaluate(cut) is False
    page.close()


def test_the_pager_leads_there_and_back(plain):
    plain.go("/policies?page=2")
    first = plain.page.locator("tbody a").first.inner_text()
    assert "Page 2 of 3" in plain.page.locator("nav.turn").inner_text()
    plain.page.click("a[rel=prev]")
    plain.page.click("a[rel=next]")
    assert plain.page.url.endswith("/policies?page=2")
    assert plain.page.locator("tbody a").first.inner_text() == first


@pytest.fixture(scope="module")
def plain(browser: Browser, base: str) -> Iterator[Walk]:
    """Return a page without JavaScript."""
    context = browser.new_context(java_script_enabled=False)
    yield Walk(context.new_page(), base)
    context.close()


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_works_without_javascript(plain, address):
    plain.go(address)
    assert plain.page.locator("h1").is_visible()
    assert plain.page.locator("main").inner_text().strip()


def test_without_javascript_the_forms_and_dots_are_pages(plain):
    plain.go("/matrix")
    plain.page.select_option("#sort", "total")
    plain.page.click("form.choose button")
    assert "sort=total" in plain.page.url
    assert plain.page.locator("tbody th a").first.inner_text() == "Anthropic"
    plain.page.locator("td a.d").first.click()
    assert "/cells/study/anthropic" in plain.page.url
    plain.page.fill("#find", "malware")
    plain.page.press("#find", "Enter")
    assert "/search" in plain.page.url


def test_without_javascript_a_phone_has_a_menu(plain):
    plain.page.set_viewport_size({"width": 390, "height": 800})
    plain.go("/")
    assert plain.page.locator("header.top a:visible").count() == 1, "the pages are folded away"
    plain.page.click(".menu summary")
    plain.page.click(".menu a[href='/figures']")
    assert plain.page.url.endswith("/figures")
    plain.page.set_viewport_size({"width": 1440, "height": 900})
    assert plain.page.locator("header.top nav.broad").is_visible()


def test_without_javascript_a_use_is_asked_filtered_and_followed_to_its_clause(plain):
    plain.go("/ask")
    plain.page.fill("#use", "Send phishing mails")
    plain.page.select_option("#developer", "harbourlight")
    plain.page.click("form.askfor button")
    assert plain.page.url.endswith("use=Send+phishing+mails&developer=harbourlight#answer")
    plain.page.locator("#answer blockquote a").first.click()
    assert "/policies/" in plain.page.url
    plain.go("/chains/09-two-ways")
    plain.page.fill("#use", "Letters for a political campaign")
    plain.page.click("form.askfor button")
    assert plain.page.locator(".verdict").count() == 2


def test_a_dot_opens_its_words_over_the_page_and_gives_the_focus_back(browser, base):
    page = browser.new_page()
    page.goto(f"{base}/matrix?who=read")
    dot = page.locator(f'td a.d[href*="{EXAMPLE}"]').first
    dot.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] blockquote")
    assert page.url.endswith("/matrix?who=read")
    assert page.evaluate("document.activeElement.textContent") == "Close"
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    assert page.evaluate("document.activeElement.className").startswith("d ")
    page.close()


def test_the_matrix_can_be_walked_by_the_keyboard(browser, base):
    page = browser.new_page()
    page.goto(f"{base}/matrix")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    reached = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {"by", "sort", "group", "scroll matrix"} <= reached
    page.close()


def test_heads_stay_in_sight(browser, base):
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(f"{base}/matrix")
    page.evaluate("document.querySelector('.matrix').scrollTo(300, 600)")
    box = page.locator(".matrix").bounding_box()
    head = page.locator(".matrix thead .up").nth(9).bounding_box()
    side = page.locator(".matrix tbody th").nth(14).bounding_box()
    assert abs(head["y"] - box["y"]) < 3
    assert abs(side["x"] - box["x"]) < 3
    page.close()


@pytest.mark.parametrize(
    "address",
    [
        "/matrix",
        "/categories/malware",
        f"/policies/{EXAMPLE}",
        "/compare",
        "/coverage",
        f"/changes/{POLICY}@2026-04-14",
    ],
)
def test_a_page_can_be_printed_whole(browser, base, address):
    page = browser.new_page()
    page.goto(base + address)
    page.emulate_media(media="print")
    assert page.locator("header.top nav:visible, header.top .menu:visible").count() == 0
    assert page.evaluate(FOLDED) == [], "what is folded away is printed"
    hidden = (
        "[...document.querySelectorAll('.scroll')].some(e => e.scrollHeight > e.clientHeight + 2)"
    )
    assert page.evaluate(hidden) is False
    page.close()
