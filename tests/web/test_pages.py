"""The pages: each there as HTML, JSON and CSV, which agree; headers, ETags, errors, sizes."""

from __future__ import annotations

import csv
import html
import io
import re
from pathlib import Path

import pytest
from web_site import ADDRESSES, EXAMPLE, as_form, client, leaves, route_of

from usepolicy.web.app import PARAMS
from usepolicy.web.pages.about import PAGES
from usepolicy.web.site import ROUTES, is_table

DOCS = Path(__file__).parents[2] / "docs"


def text_of(page: str) -> str:
    """Return what a page says, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", page)).split())


def test_the_addresses_cover_every_page():
    assert {route_of(address) for address in ADDRESSES} == set(ROUTES)
    assert [address for address, _ in PAGES] == list(ROUTES), "/about names every page"


def test_the_documentation_names_every_page_and_what_it_can_be_asked():
    text = (DOCS / "observatory.md").read_text("utf-8")
    assert [address for address in ROUTES if f"`{address}`" not in text] == []
    assert [name for name in PARAMS if f"`{name}`" not in text] == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_whole(site, address):
    answer = site.get(address)
    assert answer.status_code == 200
    page = answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert len(re.findall(r"<h1[ >]", page)) == 1, "one heading of the first level"
    assert not re.search(r"<[^>]+\s(?:style|on\w+)\s*=", page), "no inline style, no handler"
    assert not re.search(r"<script(?![^>]*\ssrc=)", page), "no inline script"
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids)), "ids are unique"


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_json_twin_says_the_same(site, address):
    answer = site.get(as_form(address, "json"))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    twin = answer.json()
    printed = "use" in twin or "links" in twin  # a command prints the same keys
    assert {"page", "title", *([] if printed else ["content"])} <= set(twin)
    page = site.get(address).text
    assert twin["title"] in html.unescape(page)
    if "links" in twin:  # of a chain it has every quote, the page the first of each category
        return
    said = text_of(page)
    for name in ("quote", "label", "words_a", "words_b", "headline"):
        words = [" ".join(each.split()) for each in leaves(twin.get("content", twin), name)]
        assert [each for each in words if each not in said] == [], name


@pytest.mark.parametrize("address", [a for a in ADDRESSES if is_table(route_of(a))])
def test_a_table_is_also_csv(site, address):
    answer = site.get(as_form(address, "csv"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert len({len(row) for row in rows}) == 1, "every row has every column"


def test_the_matrix_is_the_studys(site):
    rows = list(csv.DictReader(io.StringIO(site.get("/matrix.csv?who=study&by=category").text)))
    assert len(rows) == 30
    openai = next(row for row in rows if row["id"] == "study/openai")
    assert (openai["Malware"], openai["Gambling"], openai["total"]) == ("not_coded", "coded", "46")


SORTED = [
    ("sort=total", "Anthropic", "the most categories first"),
    ("sort=date", "Harbourlight", "the newest first"),
    ("sort=political&who=study", "Anthropic", "who has the column first, by name"),
    ("q=eleven", "Eleven Labs", "by name"),
    ("who=read", "Harbourlight", "read alone"),
    ("group=weights", "Adobe", "closed is the largest group"),
]


@pytest.mark.parametrize(("query", "first", "why"), SORTED, ids=[row[2] for row in SORTED])
def test_the_matrix_sorts_filters_and_groups(site, query, first, why):
    content = site.get(f"/matrix.json?{query}").json()["content"]
    assert content["groups"][0]["lines"][0]["label"] == first


@pytest.mark.parametrize("address", ["/matrix", "/matrix.json", "/matrix.csv", "/figures/3.svg"])
def test_a_page_that_is_known_is_not_sent_again(site, address):
    first = site.get(address)
    again = site.get(address, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize("address", ["/", "/nothing", "/matrix.json", "/static/site.css", "/add"])
def test_every_answer_is_safe_for_a_browser(site, address):
    headers = site.get(address).headers
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


ERRORS = [
    ("/ask?use=x&verdict=fine", 400, "unknown-value", "no such verdict"),
    ("/ask?use=x&developer=nobody", 400, "unknown-value", "no such developer to ask"),
    ("/ask?use=x&policy=a/b", 404, "not-in-catalogue", "no such policy to ask"),
    ("/ask?use=" + "x" * 2500, 400, "long-use", "a document is no use"),
    ("/nothing", 404, "not-found", "no such page"),
    ("/policies/study/nobody", 404, "not-in-catalogue", "no such developer of the study"),
    ("/policies/a/b@2026-01-01", 404, "not-in-catalogue", "no such version"),
    ("/developers/nobody", 404, "unknown-developer", "no such developer"),
    ("/categories/nothing", 404, "unknown-category", "no such category"),
    ("/figures/9", 404, "no-such-figure", "no such figure"),
    ("/matrix?sort=weather", 400, "unknown-value", "no such order"),
    ("/matrix?by=wheels", 400, "unknown-value", "no such scheme"),
    ("/matrix?by=wheel:x", 400, "unknown-value", "no such group"),
    ("/matrix?page=-1", 400, "unknown-value", "no such page number"),
    ("/matrix?page=²", 400, "unknown-value", "a digit that is no number"),
    ("/cells/study/meta?of=x", 400, "unknown-value", "no such row"),
    ("/coverage?instrument=moon", 400, "unknown-value", "no such law"),
    ("/indicators?edition=1999", 400, "unknown-value", "no such edition"),
    ("/figures/3?of=moon", 400, "unknown-value", "not whose"),
    ("/search?q=" + "x" * 5000, 414, "uri-too-long", "an endless address"),
]


@pytest.mark.parametrize(("address", "status", "code", "why"), ERRORS, ids=[r[3] for r in ERRORS])
def test_an_error_has_one_shape(site, address, status, code, why):
    answer = site.get(address, headers={"accept": "application/json"})
    assert answer.status_code == status
    body = answer.json()["error"]
    assert set(body) == {"code", "message", "place", "help"}
    assert body["code"].endswith(code)
    page = site.get(address)
    assert page.status_code == status
    assert body["message"].lower() in text_of(page.text).lower()


def test_the_documentation_names_errors_and_tables():
    text = (DOCS / "observatory.md").read_text("utf-8")
    assert [
        code for code in (400, 403, 404, 405, 414, 422, 429, 500, 503) if str(code) not in text
    ] == []
    said = text.partition("has one in CSV")[2].partition("Page and JSON")[0]
    assert {name for name in ROUTES if not is_table(name)} == {
        n for n in ROUTES if f"`{n}`" in said
    }


def test_the_first_page_says_what_the_data_show(site):
    shown = site.get("/index.json").json()["content"]["findings"]
    assert [finding["headline"] for finding in shown] == [
        "26 of 30 policies restrict harassment/abuse",
        "Impersonation divides them: 15 of 30 restrict it",
        "3 of 7 companies tell, at least in part, how to contest a decision",
    ]


def test_a_name_that_moves_has_a_permanent_address(site):
    answer = site.get("/policies/northgate/northgate-terms.json").json()
    assert answer["page"] == "/policies/northgate/northgate-terms@2026-06-15"
    page = site.get("/policies/northgate/northgate-terms").text
    assert f'<link rel="canonical" href="{answer["page"]}">' in page
    assert f'href="{answer["page"]}.json"' in page


def test_every_link_of_the_site_leads_somewhere(site):
    """Walk from the first page; of the many dots and pairs of a page only a few are followed."""
    waiting, seen, broken = ["/"], set(), []
    while waiting:
        path = waiting.pop().partition("#")[0]
        if path in seen:
            continue
        seen.add(path)
        answer = site.get(path)
        broken += [path] if answer.status_code != 200 else []
        if "text/html" in answer.headers["content-type"]:
            waiting += _links(answer.text)
    assert broken == []
    assert len(seen) > 250, "developers, categories and policies are linked"


def _links(page: str) -> list[str]:
    found = [html.unescape(link) for link in re.findall(r'(?:href|src|action)="([^"]+)"', page)]
    mine = [link for link in dict.fromkeys(found) if link.startswith("/")]
    alike = ("/cells/", "/compare", "/coverage", "/ask?")
    many = [link for link in mine if link.startswith(alike)]
    return [link for link in mine if link not in many] + many[:3]


def test_a_link_to_a_clause_leads_to_its_anchor(site, full):
    for each in (site, full):
        cell = each.get(f"/cells/{EXAMPLE}.json?of=suicide").json()["content"]
        path, _, key = cell["words"][0]["address"].partition("#")
        assert f'id="{key}"' in each.get(path).text


def test_the_full_text_marks_the_words_of_each_restriction(full):
    content = full.get(f"/policies/{EXAMPLE}.json").json()["content"]
    pieces = [piece for line in content["text"] for piece in line["pieces"]]
    marked = " ".join(piece["words"] for piece in pieces if piece["cited"])
    assert "harassing or stalking anyone" in marked
    keys = {piece["clause"] for piece in pieces}
    assert [clause["key"] for clause in content["clauses"] if clause["key"] not in keys] == []


QUOTED = ("quote", "lead", "words_a", "words_b", "words")


@pytest.mark.parametrize("address", [f"/policies/{EXAMPLE}", "/compare", "/search?q=you"])
def test_quotes_are_short_unless_the_operator_says_so(site, full, address):
    content = site.get(as_form(address, "json")).json()["content"]
    words = [leaf for name in QUOTED for leaf in leaves(content, name)]
    assert max(len(each) for each in words) <= 200
    assert content.get("text", []) == []
    if address.startswith("/policies"):
        assert full.get(as_form(address, "json")).json()["content"]["text"] != []


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_light(site, address):
    """The page as it is sent, with style and script."""
    sent = [address, "/static/site.css", "/static/site.js"]
    assert sum(int(site.get(each).headers["content-length"]) for each in sent) <= 300_000


@pytest.mark.parametrize(
    ("form", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")]
)
def test_a_figure_is_also_an_image(site, form, start):
    answer = site.get(f"/figures/3.{form}")
    assert (answer.status_code, answer.content.startswith(start)) == (200, True)


LONG = [
    ("policies", "/policies", "policies", "PAGE_SIZE", 32),
    ("categories", "/categories/fraud", "having", "PAGE_SIZE", 15),
    ("search", "/search?q=you", "clauses", "PAGE_SIZE", None),
]


@pytest.mark.parametrize(
    ("module", "start", "name", "size", "count"), LONG, ids=lambda row: str(row)
)
def test_a_long_list_has_pages_that_together_are_the_list(
    examples, monkeypatch, module, start, name, size, count
):
    monkeypatch.setattr(f"usepolicy.web.pages.{module}.{size}", 4)
    site, found, address = client(examples), [], start
    while address:
        content = site.get(as_form(address, "json")).json()["content"]
        assert 0 < len(content[name]) <= 4
        found += [each["id"] for each in content[name]]
        assert (content["turn"]["next"] or "</main>") in html.unescape(site.get(address).text)
        address = content["turn"]["next"]
    assert len(found) == len(set(found))
    whole = client(examples).get(as_form(start, "json")).json()["content"]
    monkeypatch.undo()
    assert len(found) == (count or whole["count"])


def test_the_matrix_has_pages_too(examples, monkeypatch):
    monkeypatch.setattr("usepolicy.web.pages.matrix.MOST_CELLS", 17 * 10)
    site = client(examples)
    content = site.get("/matrix.json?page=99&sort=total").json()["content"]
    assert (content["turn"]["page"], content["turn"]["pages"], content["policies"]) == (4, 4, 32)
    assert content["turn"]["previous"] == "/matrix?by=study-figures-4-6&sort=total&page=3"
    first = site.get("/matrix.json?sort=total").json()["content"]
    assert first["columns"] == content["columns"], "totals count all pages"
