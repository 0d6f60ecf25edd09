"""How much work a page is, counted: bytes that are sent, and questions to the catalogue.

Counts do not depend on how busy a machine is; milliseconds are in `bench/site.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event
from web_site import client

from usepolicy.policies.clauses import ClauseId
from usepolicy.policies.places import KnownWords
from usepolicy.policies.versions import VersionId
from usepolicy.store.catalogue import IN_MEMORY, Catalogue
from usepolicy.store.catalogue_documents import Documented
from usepolicy.store.catalogue_queries import find

NOW = datetime(2026, 11, 25, tzinfo=UTC)
FEW, MANY = 10, 200
MOST_BYTES = 300_000
ADDRESSES = (
    "/",
    "/matrix",
    "/matrix?by=category",
    "/matrix.json",
    "/matrix.csv",
    "/developers",
    "/policies",
    "/categories",
    "/categories/malware",
    "/compare",
    "/coverage",
    "/search?q=you",
)


def filled(examples: Catalogue, count: int) -> Catalogue:
    """Return a catalogue of policies that are like the first example, each with other clauses."""
    known = find(examples, "harbourlight/harbourlight-aup")
    assert isinstance(known, KnownWords)
    made = Catalogue.open(IN_MEMORY)
    for number in range(count):
        made.add(Documented(_variant(known, number)), now=NOW)
    return made


def _variant(of: KnownWords, number: int) -> KnownWords:
    day = date(2026, 1, 1 + number % 28)
    id = VersionId(f"developer-{number}/acceptable-use-policy@{day}")
    clauses = tuple(
        replace(clause, id=ClauseId(f"{id}#{clause.id.rpartition('#')[2]}"))
        for at, clause in enumerate(of.policy.clauses)
        if (at + number) % 5
    )
    version = replace(of.policy.version, id=id, text_sha256=f"{number:064x}")
    who = replace(of.policy.identity, developer=f"Developer {number}", effective=day)
    return KnownWords(replace(of.policy, version=version, identity=who, clauses=clauses), of.text)


@pytest.fixture(scope="module")
def few(examples) -> Catalogue:
    return filled(examples, FEW)


@pytest.fixture(scope="module")
def many(examples) -> Catalogue:
    return filled(examples, MANY)


def test_where_nothing_divides_policies_the_first_page_leaves_it_out(many):
    """They are all much alike: no group of categories has enough on both sides."""
    shown = client(many).get("/index.json").json()["content"]["findings"]
    assert [f["address"] for f in shown] == ["/figures/3", "/coverage"]


@contextmanager
def statements(catalogue: Catalogue) -> Iterator[list[str]]:
    """Collect what is asked of a catalogue."""
    asked: list[str] = []

    def note(*arguments: object) -> None:
        asked.append(str(arguments[2]))

    event.listen(catalogue.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(catalogue.engine, "before_cursor_execute", note)


def count_of(catalogue: Catalogue, address: str) -> int:
    site = client(catalogue)
    with statements(catalogue) as asked:
        assert site.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize("address", ADDRESSES)
def test_many_policies_are_as_few_questions(few, many, address):
    counts = (count_of(few, address), count_of(many, address))
    assert counts[0] == counts[1] <= 4, "a question for each row would be no page for 10,000"


@pytest.mark.parametrize("address", ["/matrix", "/developers", "/policies", "/coverage.json"])
def test_a_page_that_is_kept_asks_nothing(many, address):
    site = client(many)
    site.get(address)
    with statements(many) as asked:
        assert site.get(address).status_code == 200
    assert asked == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_of_many_policies_is_light(many, address):
    """The bytes as they are sent, with style and script."""
    site = client(many)
    sent = [address, "/static/site.css", "/static/site.js"]
    answers = [site.get(each) for each in sent]
    assert {answer.headers["content-encoding"] for answer in answers} == {"gzip"}
    assert sum(int(answer.headers["content-length"]) for answer in answers) <= MOST_BYTES


@pytest.mark.parametrize("address", ["/", "/matrix", "/policies", "/search?q=you", "/compare"])
def test_who_unpacks_nothing_gets_the_same(many, address):
    site = client(many)
    plain = site.get(address, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    packed = site.get(address)
    assert (packed.content, packed.headers["etag"]) == (plain.content, plain.headers["etag"])
    assert {each.headers["vary"].lower() for each in (plain, packed)} == {"accept-encoding"}
