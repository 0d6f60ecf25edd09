"""Limits: one visitor may ask only so often for what takes long, and is told when to come back."""

from __future__ import annotations

import pytest
from web_site import client

from usepolicy.web.limits import MOST_VISITORS, Limits, TooManyRequestsError, visitor

TOKEN = "a-token-of-the-operator"


class Clock:
    """A clock that stands still until it is told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def asked(limits: Limits, times: int, address: str = "192.0.2.1", cost: int = 1) -> int:
    """Return how many of some requests were answered."""
    answered = 0
    for _ in range(times):
        try:
            limits.take(address, cost)
            answered += 1
        except TooManyRequestsError:
            pass
    return answered


FILLED = [
    (0, 0, "nothing until then"),
    (9, 0, "not a whole token yet"),
    (10, 1, "a sixth of a minute, a sixth of the bucket"),
    (30, 3, "half a minute"),
    (3600, 6, "no more than it holds"),
]


@pytest.mark.parametrize(("later", "answered", "why"), FILLED, ids=[row[2] for row in FILLED])
def test_time_fills_a_bucket(later, answered, why):
    clock = Clock()
    limits = Limits(6, clock)
    assert asked(limits, 10) == 6, "a bucket begins full"
    clock.now = later
    assert asked(limits, 10) == answered


COSTS = [
    (6, 1, 6, "a request a token"),
    (6, 3, 2, "what costs more is had less often"),
    (6, 10, 1, "what costs more than all takes all"),
    (0, 1, 20, "no limit"),
]


@pytest.mark.parametrize(("size", "cost", "answered", "why"), COSTS, ids=[row[3] for row in COSTS])
def test_costs(size, cost, answered, why):
    assert asked(Limits(size, Clock()), 20, cost=cost) == answered


def test_who_is_refused_is_told_how_long_to_wait():
    clock = Clock()
    limits = Limits(6, clock)
    asked(limits, 6)
    with pytest.raises(TooManyRequestsError) as raised:
        limits.take("192.0.2.1")
    assert (raised.value.retry_after, raised.value.help) == (10, "try again in 10 seconds")
    clock.now += raised.value.retry_after
    limits.take("192.0.2.1")


def test_each_visitor_has_a_bucket():
    limits = Limits(2, Clock())
    assert asked(limits, 5, "192.0.2.1") == 2
    assert asked(limits, 5, "192.0.2.2") == 2


def test_visitors_that_are_remembered_are_bounded():
    limits = Limits(2, Clock())
    for number in range(MOST_VISITORS + 10):
        limits.take(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(limits._buckets) == MOST_VISITORS


VISITORS = [
    ("192.0.2.1", "192.0.2.1", "IPv4"),
    ("::ffff:192.0.2.1", "192.0.2.1", "IPv4 in IPv6"),
    ("2001:db8:1:2:3::4", "2001:db8:1:2::/64", "the network of an IPv6 address"),
    ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64", "another address of the same"),
    ("fe80::1%eth0", "fe80::/64", "with a zone"),
    ("testclient", "", "no address"),
    ("", "", "a socket of the system"),
]


@pytest.mark.parametrize(("address", "who", "why"), VISITORS, ids=[row[2] for row in VISITORS])
def test_what_names_a_visitor(address, who, why):
    assert visitor(address) == who


COSTLY = [
    "/search?q=malware",
    "/search.json?q=malware",
    "/compare",
    "/compare.json",
    "/coverage",
    "/ask?use=toxicity+classifier",
    "/ask.json?use=toxicity+classifier",
    "/ask.csv?use=toxicity+classifier",
    "/chains/03-rail?use=toxicity+classifier",
    "/chains/03-rail.json?use=toxicity+classifier",
    "/chains/03-rail.csv?use=toxicity+classifier",
    "/chains/03-rail.svg",
    "/matrix.csv",
    "/policies.csv",
    "/figures/3.svg",
]


@pytest.mark.parametrize("address", COSTLY)
def test_a_costly_address_is_limited(examples, address):
    site = client(examples, per_minute=2)
    assert [site.get(address).status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize(
    "address", ["/", "/matrix", "/matrix.json", "/chains", "/static/site.css", "/add"]
)
def test_a_page_that_is_kept_is_not(examples, address):
    site = client(examples, per_minute=2)
    assert {site.get(address).status_code for _ in range(6)} == {200}


def test_who_is_refused_still_reads_the_pages(examples):
    site = client(examples, per_minute=1)
    assert [site.get("/search?q=spam").status_code for _ in range(2)] == [200, 429]
    assert site.get("/matrix").status_code == 200


def test_the_error_has_the_one_shape(examples):
    site = client(examples, per_minute=1)
    site.get("/search.json?q=spam")
    answer = site.get("/search.json?q=spam")
    wait = answer.headers["retry-after"]
    assert answer.json() == {
        "error": {
            "code": "too-many-requests",
            "message": "too many searches, questions, comparisons and tables are asked for",
            "place": "/search.json",
            "help": f"try again in {wait} seconds",
        }
    }
    page = site.get("/search?q=spam")
    assert (page.status_code, page.headers["retry-after"]) == (429, wait)
    assert f"ry again in {wait} seconds" in page.text
    assert "content-security-policy" in page.headers


def test_a_token_can_be_guessed_at_only_so_often(examples):
    site = client(examples, token=TOKEN, per_minute=25)
    headers = {"authorization": "Bearer wrong-wrong-wrong-wrong"}
    form = {"developer": "Tern", "title": "Use"}
    tried = [site.post("/add", data=form, headers=headers).status_code for _ in range(4)]
    assert tried == [403, 403, 429, 429]


def test_all_forms_of_a_question_take_from_one_bucket(examples):
    site = client(examples, per_minute=3)
    forms = ("", ".json", ".csv", "")
    asked = [site.get(f"/ask{form}?use=malware").status_code for form in forms]
    assert asked == [200, 200, 200, 429]


def test_without_a_limit_there_is_none(examples):
    site = client(examples)
    assert {site.get("/search?q=malware").status_code for _ in range(50)} == {200}
