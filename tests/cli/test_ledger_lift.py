"""`ledger lift`: a person ends a sanction, and says why."""

from __future__ import annotations

from pathlib import Path

import pytest
from ledger_past import DAY, LADDER, MIA, NOW, decision, ids

from usepolicy.enforcement.keys import link_of
from usepolicy.enforcement.sanctions import respond
from usepolicy.errors import StepError
from usepolicy.store.ledger import Ledger, Wanted, new_id
from usepolicy.store.ledger_erasure import Acting, kept_words
from usepolicy.store.ledger_keys import Keys
from usepolicy.store.lifting import ToLift, lift_sanction

WHY = "The key of the account was stolen."


@pytest.fixture
def sanction(usepolicy, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of a sanction of `user-7`; there are a reviewer, an auditor and somebody disabled."""
    for name, place in (
        ("LEDGER", "ledger/l.db"),
        ("LEDGER_KEYS", "keys/k.db"),
        ("CONSOLE", "c.db"),
    ):
        monkeypatch.setenv(f"USEPOLICY_{name}", place)
    ledger = Ledger.open("ledger/l.db")
    keys = Keys.open("keys/k.db", beside="ledger/l.db")
    link = link_of(keys.of("user-7", now=NOW))
    office = ids()
    for day in range(2):
        draft = decision(f"d{day}", at=NOW + DAY * day, account=link, category="malware")
        ledger.append_from(lambda v, d=draft: respond(d, v.standing(link, LADDER, d.at), office))
    found = next(ledger.entries(Wanted(kinds=("sanction",)))).id
    ledger.close()
    keys.close()
    for name, role in (("mia", "reviewer"), ("ada", "auditor"), ("gone", "reviewer")):
        assert (
            usepolicy("people", "add", name, "--role", role, stdin=b"a heron on the pier\n").code
            == 0
        )
    usepolicy("people", "disable", "gone")
    return str(found)


@pytest.mark.parametrize(
    ("by", "why", "code", "said"),
    [
        ("mia", "x", 2, "no-reasons"),
        ("mia", " " * 40, 2, "empty-argument"),
        ("mia", "x" + " " * 40, 2, "no-reasons"),
        ("mia", "y" * 4001, 2, "no-reasons"),
        ("nobody", WHY, 2, "no-such-person"),
        ("ada", WHY, 4, "not-allowed"),
        ("gone", WHY, 4, "not-allowed"),
    ],
)
def test_who_may_not_and_what_is_no_reason(usepolicy, sanction, by, why, code, said) -> None:
    run = usepolicy("ledger", "lift", sanction, "--by", by, "--reason", why)
    assert (run.code, run.err.split("]")[0]) == (code, f"error[{said}")
    assert len(Ledger.open("ledger/l.db").case("d0")) == 3


def test_no_reason_at_all_is_wrong_usage(usepolicy, sanction) -> None:
    assert usepolicy("ledger", "lift", sanction, "--by", "mia").code == 2


def test_it_is_lifted_once_with_its_reason(usepolicy, sanction) -> None:
    args = ("ledger", "lift", sanction, "--by", "mia", "--reason", WHY)
    run = usepolicy(*args)
    assert (run.code, run.err[:16]) == (0, "lifted, as entry")
    run = usepolicy(*args)
    assert (run.code, run.err.split("]")[0]) == (4, "error[already-lifted")
    ledger = Ledger.open("ledger/l.db")
    keys = Keys.open("keys/k.db", beside="ledger/l.db")
    entry = list(ledger.entries(Wanted(kinds=("sanction",))))[-1]
    assert entry.body.lifts == sanction
    assert entry.actor.id.startswith("p-")
    assert kept_words(ledger, keys, entry.id, "user-7", entry.at) == WHY
    assert usepolicy("ledger", "verify").code == 0


@pytest.mark.parametrize("wrong", ["sanction-9", "d0"])
def test_what_is_no_sanction(usepolicy, sanction, wrong: str) -> None:
    run = usepolicy("ledger", "lift", wrong, "--by", "mia", "--reason", WHY)
    assert (run.code, run.err.split("]")[0]) == (4, "error[no-sanction")


def test_of_an_erased_account_nothing_is_lifted(usepolicy, sanction) -> None:
    usepolicy("ledger", "erase", "user-7", "--yes")
    ledger = Ledger.open("ledger/l.db")
    keys = Keys.open("keys/k.db", beside="ledger/l.db")
    with pytest.raises(StepError) as refused:
        lift_sanction(ledger, keys, ToLift(sanction, WHY), by=Acting(MIA, NOW, new_id))
    assert refused.value.code == "no-such-account"
