"""Hostile texts, uploads and visitors: what they send comes out inert, or not at all."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from web_site import as_form, client
from web_tags import Tags

from usepolicy.policies.policies import Identity
from usepolicy.reading.sources import snapshot_of
from usepolicy.store.catalogue import IN_MEMORY, Catalogue
from usepolicy.store.catalogue_documents import read_document
from usepolicy.web.words import around, csv_cell, cut, inert, web_address

NOW = datetime(2026, 11, 25, tzinfo=UTC)
TOKEN = "a-token-of-the-operator"
TEXT = """\
# <script>alert(1)</script> Policy "onload="alert(2)

You may not use it to:

- spread malware <img src=x onerror=alert(3)> or [click](javascript:alert(4))
- harass \u202eanyone\u202c, send spam \u2066or\u2069 {{ 7*7 }} {% raw %}
- =HYPERLINK("http://evil.example","malware") phishing
- commit fraud</bdi></td></table><svg onload=alert(5)>
"""
WHO = Identity(developer='=1+1 "><script>alert(6)</script>', title="@SUM(1) \u202edlo")


@pytest.fixture(scope="module", params=[False, True], ids=["quotes", "full text"])
def hostile(request):
    """Return a client of a site with a hostile document."""
    catalogue = Catalogue.open(IN_MEMORY)
    snapshot = replace(snapshot_of(TEXT.encode(), "x.md"), address="javascript:alert(7)//x.example")
    catalogue.add(read_document([snapshot], WHO), now=NOW)
    return client(catalogue, full_text=request.param)


ID = "1-1-script-alert-6-script/sum-1-dlo@undated"
PAGES = [
    "/",
    "/matrix?sort=date",
    "/matrix?q=%22%3E%3Cscript%3Ealert(8)%3C/script%3E",
    f"/policies/{ID}",
    f"/cells/{ID}?of=malware",
    "/developers",
    "/developers/1-1-script-alert-6-script",
    "/policies",
    "/categories/malware",
    f"/compare?a={ID}&b=study/meta",
    f"/coverage?policy={ID}",
    f"/indicators?policy={ID}",
    "/search?q=malware",
    "/ask?use=spread+malware+and+fraud",
    f"/ask?use=phishing&policy={ID}",
    "/ask?use=%3C/textarea%3E%3Cscript%3Ealert(13)%3C/script%3E+phishing+%E2%80%AE",
    "/search?q=%3Cscript%3Ealert(9)%3C/script%3E",
    "/search?q=%22%20onfocus=alert(10)%20autofocus=%22",
    "/nothing/%3Cscript%3Ealert(11)%3C/script%3E",
    "/categories/%3Cscript%3Ealert(12)",
]


@pytest.mark.parametrize("address", PAGES)
def test_nothing_of_a_text_runs(hostile, address):
    page = hostile.get(address).text
    tags = Tags()
    tags.feed(page)
    assert tags.bad == []


def test_the_words_are_shown_as_they_are(hostile):
    """The other tests would pass on a site that shows nothing."""
    page = hostile.get(f"/policies/{ID}").text
    shown = ("&lt;img src=x onerror=alert(3)&gt;", "{{ 7*7 }} {% raw %}", "&lt;svg onload=alert(5)")
    assert [words for words in shown if words not in page] == []


@pytest.mark.parametrize("address", PAGES)
def test_nothing_turns_the_direction_of_a_page(hostile, address):
    for each in (address, as_form(address, "json")):
        page = hostile.get(each).text
        assert not {
            c for c in page if c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        }


SHEETS = [
    "/matrix",
    "/developers",
    "/policies",
    f"/policies/{ID}",
    "/ask?use=phishing",
]


@pytest.mark.parametrize("address", SHEETS)
def test_no_cell_of_a_csv_is_a_formula(hostile, address):
    rows = csv.reader(io.StringIO(hostile.get(as_form(address, "csv")).text))
    cells = [cell for row in rows for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert any(cell.startswith("'=") for cell in cells) or address.endswith("undated")


WORDS = [
    (inert, "a\u202eb\u200fc\x00d\x1b[2Je", "abcd[2Je", "what steers the eye or a terminal"),
    (inert, "न\u200dक", "न\u200dक", "a joiner that some scripts need"),
    (cut, "a \n\t b", "a b", "one line"),
    (cut, "x" * 300, "x" * 199 + "…", "200 characters with the sign"),
    (web_address, "https://a.example/b", "https://a.example/b", "an address"),
    (web_address, "javascript:alert(1)", None, "no scheme of the web"),
    (web_address, "//a.example", None, "no scheme"),
    (web_address, "https:alert", None, "no host"),
    (web_address, "http://[", None, "no address at all"),
    (csv_cell, "=1", "'=1", "a formula"),
    (csv_cell, "＝1", "'＝1", "a formula in wide letters"),
    (csv_cell, "a;=1", "a;'=1", "a formula where semicolons separate"),
    (csv_cell, "\ta", "'\ta", "what may be skipped before one"),
    (csv_cell, "a\r=1", "a\n'=1", "a bare carriage return ends a row, and csv does not quote it"),
    (csv_cell, "1=1", "1=1", "no formula"),
    (lambda text: around(text, ["needle"]), "needle", "needle", "short"),
]


@pytest.mark.parametrize(("rule", "given", "expected", "why"), WORDS, ids=[r[3] for r in WORDS])
def test_words(rule, given, expected, why):
    assert rule(given) == expected


def test_a_result_shows_where_the_word_stands():
    found = around("word " * 200 + "needle " + "word " * 200, ["needle"])
    assert "needle" in found
    assert len(found) <= 200


FORM = {"developer": "Tern", "title": "Use", "effective": "2026-01-01"}
DOCUMENT = {"file": ("tern.md", b"# Tern\n\nYou may not spread malware.\n")}


@pytest.fixture
def operated():
    """Return a client of an empty site whose operator has set a token."""
    return client(Catalogue.open(IN_MEMORY), token=TOKEN)


def test_the_operator_adds_an_upload(operated):
    headers = {"authorization": f"Bearer {TOKEN}", "accept": "application/json"}
    answer = operated.post("/add", data=FORM, files=DOCUMENT, headers=headers)
    assert (answer.status_code, answer.json()["id"]) == (201, "tern/use@2026-01-01")
    assert "malware" in operated.get(answer.json()["page"]).text
    again = operated.post("/add", data=FORM | {"token": TOKEN}, files=DOCUMENT)
    assert again.url.path == "/policies/tern/use@2026-01-01", "a browser is sent to the page"


REFUSED = [
    ({"token": ""}, DOCUMENT, 403, "wrong-token", "no token"),
    ({"token": TOKEN[:-1]}, DOCUMENT, 403, "wrong-token", "another token"),
    ({"token": TOKEN}, {}, 400, "no-document", "nothing to add"),
    ({"token": TOKEN, "address": "https://a.example"}, DOCUMENT, 400, "two-documents", "both"),
    ({"token": TOKEN, "address": "http://127.0.0.1/x"}, {}, 403, "private-address", "loopback"),
    (
        {"token": TOKEN, "address": "http://169.254.169.254/x"},
        {},
        403,
        "private-address",
        "a cloud",
    ),
    ({"token": TOKEN, "address": "file:///etc/passwd"}, {}, 403, "unsupported-scheme", "a file"),
    ({"token": TOKEN, "kind": "poem"}, DOCUMENT, 400, "unknown-value", "no such kind"),
    ({"token": TOKEN}, {"file": ("x.md", b"\0\1\2" * 99)}, 422, "not-a-document", "no document"),
]


@pytest.mark.parametrize(
    ("fields", "files", "status", "code", "why"), REFUSED, ids=[r[4] for r in REFUSED]
)
def test_what_is_not_added(operated, fields, files, status, code, why):
    headers = {"accept": "application/json"}
    answer = operated.post("/add", data=FORM | fields, files=files, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert operated.get("/index.json").json()["content"]["newest"] == []


def test_an_upload_over_the_limit_is_not_read(operated):
    headers = {"accept": "application/json", "content-length": str(10**9)}
    answer = operated.post("/add", content=b"x", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "too-large")


def test_without_a_token_of_the_operator_nothing_can_be_added(site):
    for token in ("", TOKEN):
        headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
        answer = site.post("/add", data=FORM, files=DOCUMENT, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "adding-is-off")
