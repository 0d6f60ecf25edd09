"""Contacts: apart from the ledger, with the key of their account, and gone with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from ledger_past import DAY, MIA, NOW
from sqlalchemy import select

from usepolicy.enforcement.keys import link_of
from usepolicy.enforcement.ledger import EntryId
from usepolicy.enforcement.ledger_bodies import ErasureReason
from usepolicy.errors import StepError
from usepolicy.store.contacts import Addressee, Contact, Contacts
from usepolicy.store.ledger import Ledger
from usepolicy.store.ledger_erasure import Acting, Terms, erase, retain
from usepolicy.store.ledger_keys import Keys, contacts

ANN, BEN = Contact("ann@mail.example", "de"), Contact("ben@mail.example")
BY = Acting(MIA, NOW + 400 * DAY, lambda kind: EntryId(f"{kind}-1"))


@pytest.fixture
def kept(keys: Keys) -> Contacts:
    made = Contacts(keys)
    made.put({"ann": ANN, "ben": BEN}, now=NOW)
    return made


def rows(keys: Keys) -> list[str]:
    with keys.engine.connect() as at:
        return sorted(at.execute(select(contacts.c.account)).scalars())


def test_they_are_found_by_the_link_of_the_account(kept: Contacts, keys: Keys) -> None:
    link = link_of(keys.of("ann", now=NOW))
    keys.of("cat", now=NOW)
    found = kept.addressees()
    assert found[link] == Addressee("ann", ANN)
    assert [each.account for each in found.values() if each.contact is None] == ["cat"]
    assert kept.count() == 2


def test_a_new_one_takes_the_place_and_none_removes_it(kept: Contacts, keys: Keys) -> None:
    before = keys.find("ann")
    kept.put({"ann": BEN, "ben": None}, now=NOW)
    assert keys.find("ann") == before, "the key stays, and with it every link"
    contacts_ = {each.account: each.contact for each in kept.addressees().values()}
    assert contacts_ == {"ann": BEN, "ben": None}


def test_an_erasure_destroys_it_even_where_nothing_was_recorded(
    kept: Contacts, ledger: Ledger, keys: Keys
) -> None:
    erase(ledger, keys, "ann", reason=ErasureReason.REQUEST, by=BY)
    assert rows(keys) == ["ben"]
    if not keys.place.startswith("postgresql"):
        assert b"ann@mail.example" not in Path(keys.place).read_bytes(), "overwritten"


def test_an_erasure_that_was_broken_off_has_destroyed_it_already(
    kept: Contacts, ledger: Ledger, keys: Keys
) -> None:
    keys.condemn("ann", now=NOW)
    assert rows(keys) == ["ben"]
    assert [each.account for each in kept.addressees().values()] == ["ben"]
    with pytest.raises(StepError) as refused:
        kept.put({"cat": BEN, "ann": ANN}, now=NOW)
    assert (refused.value.code, rows(keys), keys.find("cat")) == ("being-erased", ["ben"], None)


def test_retention_destroys_those_of_accounts_without_an_entry(
    kept: Contacts, ledger: Ledger, keys: Keys
) -> None:
    assert retain(ledger, keys, terms=Terms(NOW - DAY), by=BY).accounts == 0
    names = iter(range(9))
    by = Acting(MIA, BY.at, lambda kind: EntryId(f"{kind}-{next(names)}"))
    assert retain(ledger, keys, terms=Terms(NOW + DAY), by=by).accounts == 2
    assert rows(keys) == []


def test_the_ledger_knows_no_mailbox(kept: Contacts, ledger: Ledger, place: str) -> None:
    assert not any("mail.example" in record.body for record in ledger.records())
    if not place.startswith("postgresql"):
        assert b"mail.example" not in Path(place).read_bytes()
