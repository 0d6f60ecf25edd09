"""What people code wins over the machine on every page, and says who decided it and when."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from web_site import client

from usepolicy.policies.clauses import CategoryId, Strength
from usepolicy.policies.hand_codings import HandCell, HandCoding, HandDecision
from usepolicy.policies.policies import Identity, PolicyKind
from usepolicy.reading.sources import snapshot_of
from usepolicy.store.catalogue import IN_MEMORY, Catalogue
from usepolicy.store.catalogue_documents import read_document

NOW = datetime(2026, 11, 25, tzinfo=UTC)
OLD = """\
# Tern Acceptable Use

You may not use Tern to:

- spread malware
- send spam
- tell fortunes for money
"""
NEW = OLD + "- commit fraud\n"
ID, EARLIER = "tern/aup@2026-02-01", "tern/aup@2026-01-01"


def document(words: str, day: date):
    who = Identity(developer="Tern", title="AUP", kind=PolicyKind.AUP, effective=day)
    return read_document([snapshot_of(words.encode(), "tern.md")], who)


FIRST, SECOND = document(OLD, date(2026, 1, 1)), document(NEW, date(2026, 2, 1))


def cell(of: str, decision: HandDecision, words: str = "", *, coder="Ada", day=date(2026, 3, 1)):
    found = (SECOND.known.find(words),) if words else ()
    return HandCell(
        CategoryId(of),
        decision,
        coder,
        day,
        found,
        Strength.PROHIBITED if words and decision is not HandDecision.REJECT else None,
        note="it is about <b>horoscopes</b>" if of == "gambling" else "",
    )


def coding(*cells: HandCell, of=SECOND) -> HandCoding:
    version = of.known.policy.version
    return HandCoding(version.id, version.text_sha256, of.known.policy.identity, cells)


DECIDED = (
    cell("gambling", HandDecision.ADD, "tell fortunes for money"),
    cell("malware", HandDecision.ACCEPT, "spread malware"),
    cell("spam", HandDecision.REJECT, "send spam"),
)


def filled(*codings: HandCoding) -> Catalogue:
    made = Catalogue.open(IN_MEMORY)
    for each in (FIRST, SECOND):
        made.add(each, now=NOW)
    for each in codings:
        made.add_coding(each, now=NOW)
    return made


@pytest.fixture(scope="module", params=[False, True], ids=["quotes", "full text"])
def site(request):
    return client(filled(coding(*DECIDED)), full_text=request.param)


def content(site, address: str):
    answer = site.get(address)
    assert answer.status_code == 200
    return answer.json()["content"]


CELLS = [
    ("gambling", "prohibited", "the machine missed it"),
    ("malware", "prohibited", "both say it"),
    ("spam", "not_coded", "the machine was wrong"),
    ("fraud", "prohibited", "nobody looked: the machine's"),
    ("terrorism", "not_coded", "neither"),
]


@pytest.mark.parametrize(("category", "value", "why"), CELLS, ids=[row[2] for row in CELLS])
def test_the_cell_of_a_person_is_shown(site, category, value, why):
    rows = csv.DictReader(io.StringIO(site.get("/matrix.csv?by=category&who=read").text))
    row = next(row for row in rows if row["id"] == ID)
    page = content(site, f"/cells/{ID}.json?of={category}")
    name = page["row"]
    assert (row[name], page["value"]) == (value, value)
    compared = content(site, f"/compare.json?a={ID}&b=study/meta")["differences"]
    mine = next((d["a"] for d in compared if d["category"] == category), "not_coded")
    assert mine == value


def test_the_version_is_one_row_and_counted_once(site):
    matrix = content(site, "/matrix.json?q=tern")
    assert matrix["policies"] == 1
    assert matrix["by_hand"] is True
    line = matrix["groups"][0]["lines"][0]
    assert (line["id"], line["total"]) == (ID, 3)
    assert content(site, "/matrix.json?who=by+hand")["policies"] == 1
    assert content(site, "/about.json")["by_hand"] == 1
    assert content(site, "/policies.json")["count"] == 31


def test_a_dot_says_that_a_person_decided_it(site):
    lines = content(site, "/matrix.json?by=category&who=read")
    dots = dict(
        zip(
            [c["id"] for c in lines["columns"]], lines["groups"][0]["lines"][0]["dots"], strict=True
        )
    )
    assert {id for id, dot in dots.items() if dot["by_hand"]} == {"gambling", "malware", "spam"}
    assert dots["spam"]["address"] == f"/cells/{ID}?of=spam", "a rejection can be looked at"
    page = site.get("/matrix?by=category&who=read").text
    assert page.count('decided by a person"') == 3
    assert "ringed: decided by a person" in page
    assert "ringed" not in site.get("/matrix?who=study").text


SAID = [
    (f"/cells/{ID}?of=gambling", ["tell fortunes for money", "added by", "Ada", "2026-03-01"]),
    (f"/cells/{ID}?of=spam", ["not named", "rejected by", "Ada", "2026-03-01"]),
    (f"/policies/{ID}", ["Decided by hand", "confirmed by", "added by", "rejected by"]),
    ("/categories/gambling", ["tell fortunes for money", "Ada, 2026-03-01"]),
    ("/categories/malware", ["spread malware", "Ada, 2026-03-01"]),
    ("/policies", ["built-in reader", "; Ada"]),
]


@pytest.mark.parametrize(("address", "words"), SAID, ids=[row[0] for row in SAID])
def test_a_page_says_who_decided_and_when(site, address, words):
    page = site.get(address).text
    assert [each for each in words if each not in page] == []
    assert "<b>horoscopes" not in page


def test_who_rejected_stands_beside_what_was_read(site):
    page = content(site, f"/policies/{ID}.json")
    read = [r for clause in page["clauses"] for r in clause["restrictions"] if r["category"]]
    assert {r["category"]: r["rejected_by"] for r in read} == {
        "malware": "",
        "spam": "Ada, 2026-03-01",
        "fraud": "",
    }
    assert {each["id"] for each in page["categories"]} == {"malware", "fraud", "gambling"}
    assert [d["decision"] for d in page["decided"]] == ["add", "accept", "reject"]
    notes = [note for line in page["text"] for note in line["notes"]]
    assert [n["category"] for n in notes if n["rejected_by"]] == (["spam"] if page["text"] else [])


def test_a_category_is_not_said_to_be_restricted_where_it_was_rejected(site):
    assert content(site, "/categories/spam.json")["having_count"] == 12
    assert "tern" not in str(content(site, "/categories/spam.json")["having"])
    assert ID in str(content(site, "/categories/spam.json")["lacking"])


def test_a_coding_keeps_its_own_address(site):
    page = content(site, f"/policies/{ID}~ada.json")
    assert (page["origin"], page["coder"]) == ("by hand", "Ada")


def test_the_later_of_two_persons_counts():
    other = cell("spam", HandDecision.ACCEPT, "send spam", coder="Bo", day=date(2026, 4, 1))
    again = client(filled(coding(*DECIDED), coding(other)))
    page = content(again, f"/cells/{ID}.json?of=spam")
    assert (page["value"], page["decided"][0]["coder"]) == ("prohibited", "Bo")
    assert content(again, "/about.json")["by_hand"] == 1


def test_a_coding_of_an_earlier_version_is_of_that_version():
    mine = replace(DECIDED[2], words=(FIRST.known.find("send spam"),))
    again = client(filled(coding(mine, of=FIRST)))
    assert content(again, f"/cells/{EARLIER}.json?of=spam")["value"] == "not_coded"
    assert content(again, f"/cells/{ID}.json?of=spam")["value"] == "prohibited"
    assert content(again, "/policies.json")["count"] == 32, "and a row of its own"


def test_a_coding_of_another_text_overrides_nothing():
    other = replace(coding(*DECIDED), text_sha256="0" * 64)
    again = client(filled(other))
    assert content(again, f"/cells/{ID}.json?of=spam")["value"] == "prohibited"
    assert content(again, f"/policies/{ID}.json")["decided"] == []
    assert content(again, "/policies.json")["count"] == 32, "and a row of its own"


def test_a_coding_that_comes_later_makes_every_page_anew(monkeypatch):
    monkeypatch.setattr("usepolicy.web.site.LOOK_S", -1.0)
    catalogue = filled()
    site = client(catalogue)
    before = site.get("/matrix.json")
    assert content(site, f"/cells/{ID}.json?of=spam")["value"] == "prohibited"
    catalogue.add_coding(coding(*DECIDED), now=NOW)
    assert content(site, f"/cells/{ID}.json?of=spam")["value"] == "not_coded"
    assert site.get("/matrix.json").headers["etag"] != before.headers["etag"]
