"""The pages of histories: timelines, changes side by side, feeds; and what hostile histories do."""

from __future__ import annotations

import csv
import html
import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from starlette.testclient import TestClient
from web_site import POLICY, as_form, client, leaves
from web_tags import Tags

from usepolicy.store.catalogue import Catalogue
from usepolicy.store.history import History, Taken
from usepolicy.store.history_reading import history_in_memory, open_to_read
from usepolicy.tracking.timeline import compare_here, timelines

CHANGE = f"/changes/{POLICY}@2026-04-14"
ATOM = "{http://www.w3.org/2005/Atom}"
DAY = datetime(2026, 1, 1, tzinfo=UTC)
RULES = """# Tern terms

You may not use Tern to:

- write malware
- harass or stalk anyone
- spread disinformation about elections

If you break these rules, we may suspend your account.
"""


def content(site: TestClient, address: str) -> dict:
    answer = site.get(as_form(address, "json"))
    assert answer.status_code == 200, answer.text
    return answer.json()["content"]


def taken(text: str, day: float, path: str = "Tern/Terms") -> Taken:
    """Return a version of a document, some days after the first."""
    service, _, title = path.rpartition("/")
    at = DAY + timedelta(days=day)
    return Taken(path, service, title, at.isoformat(), at, text.encode())


def kept(*versions: Taken) -> History:
    """Return a history in memory, compared."""
    made = history_in_memory("folder", "tests", versions)
    compare_here(made)
    return made


def shown(examples: Catalogue, *versions: Taken, full_text: bool = False) -> TestClient:
    return client(examples, history=kept(*versions), full_text=full_text)


def plain(page: str) -> str:
    """Return what a page says without tags, and without the labels of marked words."""
    words = re.sub(r'<span class="unseen">[^<]*</span>', "", page)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", words)).split())


@pytest.mark.parametrize("address", [CHANGE, "/changes?kind=all", "/timelines/gambling"])
def test_page_json_and_csv_have_the_same_words(site, address):
    words = [
        leaf
        for name in ("old_words", "new_words")
        for leaf in leaves(content(site, address), name)
        if leaf
    ]
    page = plain(site.get(address).text)
    cells = {cell for row in csv.reader(io.StringIO(site.get(as_form(address, "csv")).text)) for cell in row}  # fmt: skip
    assert len(words) > 0
    assert [each for each in words if " ".join(each.split()) not in page] == []
    assert [each for each in words if each.removeprefix("'") not in cells] == []


def test_the_pieces_of_a_side_are_its_words(site):
    for change in content(site, CHANGE)["changes"]:
        for side in ("old", "new"):
            assert "".join(each["words"] for each in change[side]) == change[f"{side}_words"]


def test_marked_words_are_tags_and_have_a_label_in_text(full):
    page = full.get(CHANGE).text
    assert '<del><span class="unseen">[left out: </span>without their consent' in page
    assert '<ins><span class="unseen">[put in: </span>or public health' in page


def test_the_timeline_has_the_example(site):
    groups = content(site, f"/tracked/{POLICY}")["groups"]
    kinds = [(each["date"], each["kind"], g["quiet"]) for g in groups for each in g["entries"]]
    assert kinds == [
        ("2026-04-14", "substantive", False),
        ("2026-02-20", "outage", False),
        ("2026-01-12", "cosmetic", True),
    ]
    page = site.get(f"/tracked/{POLICY}").text
    assert "until 2026-02-23 (3 days in all)" in page
    assert "<details><summary>1 version without a change of the rules (cosmetic)" in page


FILTERS = [
    ("", 3, "what matters"),
    ("kind=all", 5, "everything"),
    ("kind=cosmetic", 1, "one kind"),
    ("kind=outage", 1, "outages"),
    ("kind=now-prohibited", 1, "stricter"),
    ("kind=no-longer-prohibited", 2, "looser"),
    ("service=gannet", 2, "a service"),
    ("category=gambling", 1, "a category"),
    ("category=gambling&service=saltmarsh", 0, "both"),
    ("category=malware", 0, "a category without a change"),
    ("since=2026-04-14", 2, "a day counts itself"),
    ("since=2026-04-15", 1, "the day after"),
    ("since=2099-01-01", 0, "a day to come"),
    ("since=", 3, "an empty field of the form"),
]


@pytest.mark.parametrize(("query", "count", "why"), FILTERS, ids=[row[2] for row in FILTERS])
def test_changes_are_filtered(site, query, count, why):
    found = content(site, f"/changes?{query}")
    assert (found["count"], len(found["entries"])) == (count, count)
    assert len({row["policy"] + row["date"] for row in csv.DictReader(io.StringIO(site.get(f"/changes.csv?{query}").text))}) == count  # fmt: skip


def test_what_to_keep_for_the_next_visit_is_an_address(site):
    found = content(site, "/changes?service=gannet")
    assert found["next_time"] == "/changes?service=gannet&since=2026-06-09"
    answer = site.get("/changes?service=gannet")
    assert html.escape(found["next_time"]) in answer.text
    assert "set-cookie" not in answer.headers
    assert "since 2026-06-09" in site.get(found["next_time"]).text


ERRORS = [
    ("/tracked/nobody/nothing", 404, "not-tracked", "no such policy"),
    ("/changes/nobody@2026-01-01", 404, "not-tracked", "no such policy of a change"),
    (f"/changes/{POLICY}", 404, "no-such-version", "no day of a version"),
    (f"/changes/{POLICY}@2020-01-01", 404, "no-such-version", "no such day"),
    (f"/changes/{POLICY}@2025-11-03", 404, "no-such-version", "the first version"),
    (f"/changes/{POLICY}@2026-02-20", 404, "no-such-version", "an error page"),
    (f"{CHANGE}?old=x", 404, "no-such-version", "no such old version"),
    ("/timelines/nothing", 404, "unknown-category", "no such category"),
    ("/feeds/services/nobody.atom", 404, "not-tracked", "no such service"),
    ("/feeds/developers/nobody.atom", 404, "not-tracked", "no such developer"),
    ("/changes?developer=nobody", 400, "unknown-value", "no such developer to filter by"),
    ("/feeds/categories/nothing.atom", 404, "unknown-category", "a feed of no category"),
    ("/changes?since=yesterday", 400, "unknown-value", "no day"),
    ("/changes?since=20260101", 400, "unknown-value", "another form of a day"),
    ("/changes?since=2026-02-30", 400, "unknown-value", "a day that is none"),
    ("/changes?kind=weather", 400, "unknown-value", "no such kind"),
    ("/changes?category=weather", 400, "unknown-value", "no such category to filter by"),
    ("/changes?service=nobody", 400, "unknown-value", "no such service to filter by"),
]


@pytest.mark.parametrize(("address", "status", "code", "why"), ERRORS, ids=[r[3] for r in ERRORS])
def test_an_error_has_one_shape(site, address, status, code, why):
    answer = site.get(address, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert set(answer.json()["error"]) == {"code", "message", "place", "help"}


@pytest.mark.parametrize("address", ["/changes", "/tracked", CHANGE, "/feeds/changes.atom"])
def test_what_is_known_is_not_sent_again(site, address):
    first = site.get(address)
    again = site.get(address, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


FEEDS = [("changes", 3), ("services/gannet", 2), ("categories/gambling", 1), ("categories/malware", 0)]  # fmt: skip


@pytest.mark.parametrize(("name", "count"), FEEDS)
def test_a_feed_leads_to_the_pages(site, name, count):
    answer = site.get(f"/feeds/{name}.atom")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    entries = ET.fromstring(answer.text).findall(f"{ATOM}entry")
    assert len(entries) == count
    links = [each.find(f"{ATOM}link").get("href") for each in entries]
    assert [link for link in links if site.get(link).status_code != 200] == []


def test_a_developer_has_a_filter_and_a_feed(examples):
    """By what is known of the service: nobody said whose it is."""
    gambling = RULES + "\n- gamble\n"
    named = [taken(text, day, f"{of}/Terms") for of in ("ChatGPT", "Tern") for day, text in enumerate((RULES, gambling))]  # fmt: skip
    site = shown(examples, *named)
    found = content(site, "/changes?developer=openai")
    assert [each["policy"] for each in found["entries"]] == ["chatgpt/terms"]
    assert found["feed"] == "/feeds/developers/openai.atom"
    entries = ET.fromstring(site.get(found["feed"]).text).findall(f"{ATOM}entry")
    assert len(entries) == 1


def test_what_the_server_called_unavailable_is_no_text(examples):
    gone = replace(taken(RULES + "\n- gamble\n", 1), unavailable=True)
    site = shown(examples, taken(RULES, 0), gone, taken(RULES + "\n- phishing\n", 2))
    address = "/changes/tern/terms@2026-01-03"
    found = content(site, f"{address}?old=2026-01-02")
    assert (found["kind"], found["stretches"]) == ("unavailable", [])
    assert "gamble" not in site.get(f"{address}?old=2026-01-02").text


def test_a_text_is_read_as_what_the_server_called_it(examples):
    page = "<html><body><h1>Tern terms</h1><p>You may not use Tern to:</p><ul>{}</ul></body></html>"
    items = "<li>write malware</li><li>harass anyone</li><li>spread disinformation</li>"
    texts = (page.format(items), page.format(items + "<li>gamble</li>"))
    site = shown(examples, *(replace(taken(t, n), media_type="text/html") for n, t in enumerate(texts)))  # fmt: skip
    shown_words = site.get("/changes/tern/terms@2026-01-02").text
    assert "gamble" in shown_words
    assert "&lt;li" not in shown_words


ALTERNATES = [
    ("/changes", "/feeds/changes.atom"),
    ("/changes?service=gannet", "/feeds/services/gannet.atom"),
    (f"/tracked/{POLICY}", "/feeds/services/gannet.atom"),
    ("/timelines/gambling", "/feeds/categories/gambling.atom"),
]


@pytest.mark.parametrize(("address", "feed"), ALTERNATES)
def test_a_page_names_its_feed(site, address, feed):
    found = re.search(r'<link rel="alternate" type="application/atom\+xml"[^>]*href="([^"]+)"', site.get(address).text)  # fmt: skip
    assert found
    assert found.group(1) == feed


def test_the_page_of_a_category_leads_to_its_timeline(site):
    assert 'href="/timelines/gambling"' in site.get("/categories/gambling").text


@pytest.mark.parametrize("address", ["/changes", "/tracked", "/timelines/gambling"])
def test_without_a_history_a_page_says_how_to_fill_one(examples, address):
    site = client(examples)
    assert "usepolicy track import" in site.get(address).text
    assert content(site, address)["has_history"] is False
    assert ET.fromstring(site.get("/feeds/changes.atom").text).findall(f"{ATOM}entry") == []


LONG = "write malware, " + "which is a program that does harm, " * 30


@pytest.mark.parametrize("full_text", [False, True])
def test_quotes_are_short_around_the_change_unless_the_operator_says_so(examples, full_text):
    old = RULES.replace("write malware", LONG + "to banks")
    new = RULES.replace("write malware", LONG + "to banks and hospitals")
    site = shown(examples, taken(old, 0), taken(new, 1), full_text=full_text)
    found = content(site, "/changes/tern/terms@2026-01-02")
    words = [leaf for name in ("old_words", "new_words", "words") for leaf in leaves(found, name)]
    assert (max(len(each) for each in words) <= 200) is not full_text
    assert any("and hospitals" in each for each in words)
    same = [row for s in found["stretches"] if s["unchanged"] for row in s["rows"]]
    assert bool(same) is full_text, "what did not change is shown only with whole texts"


def test_marks_and_links_of_a_text_are_no_words(examples):
    old = RULES.replace("malware", "**malware** ([more](https://tern.example/a))")
    site = shown(examples, taken(old, 0), taken(old.replace("/a)", "/b)"), 1))
    page = site.get("/changes/tern/terms@2026-01-02").text
    assert "Only marks, or where a link leads" in page
    assert "write malware (more)" in plain(page)
    assert "tern.example" not in page


def test_a_version_can_be_compared_with_any_other(site):
    found = content(site, f"{CHANGE}?old=2025-11-03")
    assert (found["old"]["key"], found["new"]["key"]) == ("2025-11-03", "2026-04-14")
    assert found["kind"] == "substantive"
    gone = content(site, f"{CHANGE}?old=2026-02-20")
    assert (gone["kind"], gone["stretches"]) == ("unavailable", [])
    assert "shows no policy" in gone["left_out"]


def test_what_is_too_long_is_not_compared_for_a_visitor(examples, monkeypatch):
    monkeypatch.setattr("usepolicy.web.pages.change.LONGEST", 100)
    versions = [taken(RULES + "- gamble\n" * n, n) for n in range(3)]
    site = shown(examples, *versions)
    refused = site.get("/changes/tern/terms@2026-01-03.json?old=2026-01-01")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "too-long")
    assert "too long" in content(site, "/changes/tern/terms@2026-01-02")["left_out"]


def test_two_versions_of_a_day_have_an_address_each(examples):
    later = RULES.replace("elections", "elections and health")
    site = shown(examples, taken(RULES, 0), taken(later, 0.25), taken(RULES, 0.5))
    groups = content(site, "/tracked/tern/terms")["groups"]
    addresses = [each["address"] for group in groups for each in group["entries"]]
    assert addresses == ["/changes/tern/terms@2026-01-01.3", "/changes/tern/terms@2026-01-01.2"]
    assert [content(site, each)["kind"] for each in addresses] == ["substantive"] * 2


def test_documents_of_one_name_stay_apart(examples):
    site = shown(examples, taken(RULES, 0, "Tern/Terms"), taken(RULES, 0, "TERN/terms"))
    assert [p["id"] for p in content(site, "/tracked")["policies"]] == ["tern/terms", "tern/terms~2"]  # fmt: skip


def test_what_a_recorder_did_is_folded_away_and_named(examples):
    rules = RULES.replace("- write malware", "\n".join(f"- write malware of kind {n}" for n in "abcdefgh"))  # fmt: skip
    site = shown(examples, taken(rules, 0), taken(rules + "\n" + rules, 1))
    [group] = content(site, "/tracked/tern/terms")["groups"]
    assert (group["quiet"], group["entries"][0]["artefact"]) == (True, "the recorder has the text twice")  # fmt: skip
    assert "of the recorder's making" in group["said"]
    assert content(site, "/changes")["count"] == 0


def test_a_policy_that_is_gone_says_so(examples):
    site = shown(examples, taken(RULES, 0), taken("# 404 Not Found\n\nPage not found.", 1))
    [policy] = content(site, "/tracked")["policies"]
    assert policy["state"] == "gone since 2026-01-02"
    assert "still does not" in site.get("/changes").text


def test_what_is_not_compared_yet_is_not_told(examples):
    history = history_in_memory("folder", "x", [taken(RULES, 0), taken(RULES + "- gamble\n", 1)])
    site = client(examples, history=history)
    [policy] = content(site, "/tracked")["policies"]
    assert (policy["state"], policy["versions"]) == ("not compared yet", None)
    assert "usepolicy track list" in site.get("/tracked/tern/terms").text


def test_the_site_sees_what_is_tracked_later(examples, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("usepolicy.web.site.LOOK_S", 0)
    writing = History.open(tmp_path / "h.sqlite")
    source = writing.source("folder", "x")
    site = client(examples, history=open_to_read(tmp_path / "h.sqlite"))
    assert content(site, "/changes?kind=all")["count"] == 0
    writing.keep(source, [taken(RULES, 0), taken(RULES + "- gamble\n", 1)], cursor=None)
    assert sum(len(each.entries) for each in timelines(writing)) == 1
    assert content(site, "/changes?kind=all")["count"] == 1


def test_of_a_history_that_is_broken_later_the_old_state_stays(examples, tmp_path, monkeypatch):
    monkeypatch.setattr("usepolicy.web.site.LOOK_S", 0)
    path = tmp_path / "h.sqlite"
    writing = History.open(path)
    writing.keep(writing.source("folder", "x"), [taken(RULES, 0)], cursor=None)
    site = client(examples, history=open_to_read(path))
    path.write_bytes(b"no database any more" * 500)
    assert content(site, "/tracked")["count"] == 1


def test_the_timeline_of_a_developer_that_is_known_leads_to_it(examples):
    site = shown(examples, taken(RULES, 0, "OpenAI/Terms"))
    assert content(site, "/tracked/openai/terms")["developer"] == "/developers/openai"
    known = shown(examples, taken(RULES, 0, "ChatGPT/Terms"))
    assert content(known, "/tracked/chatgpt/terms")["developer"] == "/developers/openai"


def test_long_lists_have_pages(examples, monkeypatch):
    monkeypatch.setattr("usepolicy.web.pages.changes.PAGE_SIZE", 2)
    monkeypatch.setattr("usepolicy.web.pages.tracked.MOST_EVENTS", 2)
    texts = [RULES + "\n- gamble" * (n % 2) for n in range(6)]
    site = shown(examples, *(taken(text, n) for n, text in enumerate(texts)))
    for start in ("/changes?kind=all", "/tracked/tern/terms"):
        found, address = [], start
        while address:
            page = content(site, address)
            found += leaves(page, "id")[0:] if start != "/changes?kind=all" else [e["id"] for e in page["entries"]]  # fmt: skip
            address = page["turn"]["next"]
        assert len({each for each in found if len(each) == 32}) == 5


HOSTILE = """# <script>alert(1)</script>

You may not:

- write malware <img src=x onerror=alert(2)> {{ 7*7 }}
- =HYPERLINK("http://evil.example","x") phishing
- harass \u202eanyone\u202c </ins></bdi><svg onload=alert(3)>
"""


@pytest.fixture(scope="module", params=[False, True], ids=["quotes", "full text"])
def hostile(request, examples):
    """Return a client of a site with a hostile history."""
    new = HOSTILE.replace("phishing", "phishing, <b>scams</b> and \u2066fraud")
    new = new.replace("- harass", "- gamble <script>alert(5)</script>\n- harass")
    versions = (taken(HOSTILE, 0, "x"), taken(new, 1, "x"))
    service, title = '=1"><script>alert(4)</script>', "@SUM \u202eTerms <script>alert(6)</script>"
    made = [Taken(v.path, service, title, v.revision, v.at, v.data) for v in versions]
    return client(examples, history=kept(*made), full_text=request.param)


EVIL = "1-script-alert-4-script"
EVIL_ID = f"{EVIL}/sum-terms-script-alert-6-script"
PAGES = [
    "/changes?kind=all",
    f"/changes?service={EVIL}",
    "/tracked",
    f"/tracked/{EVIL_ID}",
    f"/changes/{EVIL_ID}@2026-01-02",
    "/timelines/gambling",
    "/changes?since=%22%3E%3Cscript%3Ealert(7)%3C/script%3E",
    "/changes?service=%22%3E%3Cscript%3Ealert(8)%3C/script%3E",
    "/changes/%3Cscript%3Ealert(9)@%3Cscript%3E",
    f"/changes/{EVIL_ID}@2026-01-02?old=%3Cscript%3Ealert(10)",
]


@pytest.mark.parametrize("address", PAGES)
def test_nothing_of_a_history_runs(hostile, address):
    tags = Tags()
    tags.feed(hostile.get(address).text)
    assert tags.bad == []


@pytest.mark.parametrize("address", [*PAGES[:6], "/feeds/changes.atom"])
def test_nothing_turns_the_direction_of_a_page(hostile, address):
    for each in (address, *([] if "feeds" in address else [as_form(address, "json")])):
        assert not set("\u202a\u202c\u202e\u2066\u2069") & set(hostile.get(each).text)


def test_hostile_words_are_shown_as_they_are(hostile):
    """The other tests would pass on a site that shows nothing."""
    page = hostile.get(f"/changes/{EVIL_ID}@2026-01-02").text
    assert "alert(5)" in page
    assert "gamble &lt;script" in page


@pytest.mark.parametrize("address", [*PAGES[:1], *PAGES[2:6]])
def test_no_cell_is_a_formula(hostile, address):
    rows = csv.reader(io.StringIO(hostile.get(as_form(address, "csv")).text))
    assert [c for row in rows for c in row if c.startswith(("=", "+", "-", "@", "\t", "\r"))] == []


def test_a_hostile_feed_is_xml(hostile):
    answer = hostile.get("/feeds/changes.atom")
    feed = ET.fromstring(answer.text)
    assert {each.tag.rpartition("}")[2] for each in feed.iter()} == {
        "feed", "title", "id", "link", "updated", "author", "name", "entry", "category", "content",
    }  # fmt: skip
