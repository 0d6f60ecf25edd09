"""Telling people: feeds, digests, signed webhooks that arrive once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from subscriber import Subscriber, subscriber_server

from usepolicy.errors import DeniedError, FetchError, UsageError
from usepolicy.store.history import History
from usepolicy.tracking.alerts import Event
from usepolicy.tracking.deliveries import FOR_GOOD, IN_A_ROW, Delivered, deliver
from usepolicy.tracking.feeds import atom_of, digest_of
from usepolicy.tracking.histories import Recorded, Step
from usepolicy.tracking.versions import compare_texts
from usepolicy.tracking.webhooks import WAITS, body_of, headers_of, key_of, next_try, send

NOW = datetime(2025, 5, 1, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"a key of thirty-two bytes, fine!").decode()


@pytest.fixture
def event(policy: str) -> Event:
    new = policy.replace("* develop", "* gamble with <b>\x07money\n* develop")
    old, now = (Recorded(NOW - timedelta(days=n), str(n), f"r{n}") for n in (1, 0))
    return Event("Tern/Policy", "Tern", Step(old, now, compare_texts(policy, new)))


def test_the_digest_has_the_words(event: Event) -> None:
    assert digest_of([event]).splitlines() == [
        "2025-05-01  Tern/Policy: 1 added: gambling",
        "- now restricted (gambling): “gamble with <b>\x07money”",
    ]


def test_the_feed_is_xml_whatever_a_policy_says(event: Event) -> None:
    feed = ET.fromstring(atom_of([event], title="a & b", id="urn:x"))
    atom = "{http://www.w3.org/2005/Atom}"
    [entry] = feed.findall(f"{atom}entry")
    assert entry.findtext(f"{atom}id") == f"urn:usepolicy:event:{event.id}"
    assert "<b>\ufffdmoney" in (entry.findtext(f"{atom}content") or "")
    assert {c.get("term") for c in entry.findall(f"{atom}category")} == {"gambling", "substantive"}
    for needed in ("title", "id", "updated", "author"):
        assert feed.find(f"{atom}{needed}") is not None


def test_an_empty_feed_is_a_feed() -> None:
    assert ET.fromstring(atom_of([], title="t", id="urn:x")).tag.endswith("feed")


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of the specification: id, time, body and key give this signature."""
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = headers_of(
        key, id="msg_p5jXN8AQM9LWM0D4loKWxJek", sent_at=at, body=b'{"test": 2432232314}'
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!", "hunter2"])
def test_a_bad_secret_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(UsageError) as caught:
        key_of(secret)
    assert caught.value.code == "bad-secret"
    assert not secret.removeprefix("whsec_") or secret not in str(caught.value)


@pytest.fixture
def subscriber() -> Iterator[tuple[str, Subscriber]]:
    with subscriber_server() as told:
        yield told.address, told


def test_what_arrives_can_be_verified(event: Event, subscriber) -> None:
    address, handler = subscriber
    body = body_of("policy.substantive", event.at, {"id": event.id})
    headers = headers_of(key_of(SECRET), id=event.id, sent_at=NOW, body=body)
    send(address, headers, body, allow_private=True)
    [(got, data)] = handler.got
    signed = f"{got['webhook-id']}.{got['webhook-timestamp']}.".encode() + data
    digest = hmac.new(b"a key of thirty-two bytes, fine!", signed, hashlib.sha256).digest()
    assert got["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    assert json.loads(data)["data"] == {"id": event.id}


@pytest.mark.parametrize("status", [301, 400, 410, 500])
def test_only_success_is_delivered(subscriber, status: int) -> None:
    address, handler = subscriber
    handler.statuses.append(status)
    with pytest.raises(FetchError, match=str(status)):
        send(address, {}, b"{}", allow_private=True)
    assert len(handler.got) == 1


def test_inner_addresses_are_not_called(subscriber) -> None:
    with pytest.raises(DeniedError):
        send(subscriber[0], {}, b"{}", allow_private=False)


@pytest.mark.parametrize(
    "address", ["ftp://a.example", "https://u:p@a.example", "file:///etc", "x"]
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(UsageError):
        send(address, {}, b"{}", allow_private=True)


def test_an_event_arrives_once_and_is_tried_again(event: Event, tmp_path: Path) -> None:
    history = History.open(tmp_path / "h.sqlite")
    tried: list[str] = []

    def failing(one: Event) -> None:
        tried.append(one.id)
        raise FetchError("not-delivered", "no")

    def working(one: Event) -> None:
        tried.append(one.id)

    later = NOW + timedelta(seconds=WAITS[0])
    assert deliver(history, "t", [event], failing, now=NOW) == Delivered(waiting=1)
    assert deliver(history, "t", [event], working, now=NOW) == Delivered(waiting=1)
    assert deliver(history, "t", [event], working, now=later) == Delivered(sent=1)
    assert deliver(history, "t", [event], working, now=later) == Delivered()
    assert deliver(history, "other", [event], working, now=later) == Delivered(sent=1)
    assert tried == [event.id] * 3


def test_it_gives_up_after_the_last_wait(event: Event, tmp_path: Path) -> None:
    history = History.open(tmp_path / "h.sqlite")

    def failing(_: Event) -> None:
        raise FetchError("not-delivered", "no")

    now = NOW
    for attempt in range(len(WAITS)):
        assert deliver(history, "t", [event], failing, now=now).given_up == 0, attempt
        now = next_try(attempt + 1, now) or now
    for days in (0, 9):
        later = now + timedelta(days=days)
        assert deliver(history, "t", [event], failing, now=later) == Delivered(given_up=1)


def test_who_is_away_is_not_called_for_each_event(event: Event, tmp_path: Path) -> None:
    history = History.open(tmp_path / "h.sqlite")
    events = [replace(event, document=f"Tern/{n}") for n in range(IN_A_ROW + 3)]
    tried: list[str] = []

    def failing(one: Event) -> None:
        tried.append(one.document)
        raise FetchError("not-delivered", "no")

    assert deliver(history, "t", events, failing, now=NOW) == Delivered(waiting=len(events))
    assert len(tried) == IN_A_ROW


def test_what_is_refused_for_good_is_not_tried_again(event: Event, tmp_path: Path) -> None:
    history = History.open(tmp_path / "h.sqlite")

    def refused(_: Event) -> None:
        raise FetchError(FOR_GOOD, "no such mailbox")

    assert deliver(history, "t", [event], refused, now=NOW) == Delivered(given_up=1)
    late = NOW + timedelta(days=30)
    assert deliver(history, "t", [event], lambda _: None, now=late) == Delivered(given_up=1)
