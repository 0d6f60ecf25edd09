"""Erasure, retention, excerpts and access: forgotten, and the chain and the numbers stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import count

import pytest
from ledger_past import DAY, LADDER, MACHINE, MIA, NOW, SOME_HASH, decision, ids
from sqlalchemy import text

from usepolicy.enforcement.keys import link_of
from usepolicy.enforcement.ledger import AccountLink, EntryId
from usepolicy.enforcement.ledger_bodies import (
    Accessed,
    AppealDecided,
    Erased,
    ErasureReason,
    Result,
    UserReported,
)
from usepolicy.enforcement.ledger_codec import Draft, Entry
from usepolicy.enforcement.ledger_counts import Key, counted
from usepolicy.enforcement.ledger_verify import verified
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.sanctions import respond
from usepolicy.enforcement.unshown import check_may_keep
from usepolicy.errors import LedgerError, StepError
from usepolicy.store.ledger import Ledger, View, Wanted
from usepolicy.store.ledger_erasure import (
    Acting,
    Reading,
    Retained,
    Terms,
    erase,
    keep_excerpt,
    read_excerpt,
    retain,
)
from usepolicy.store.ledger_keys import Keys

REQUEST = ErasureReason.REQUEST
numbers = count(1)


def acting(days: int = 0) -> Acting:
    return Acting(MIA, NOW + DAY * days, lambda kind: EntryId(f"{kind}-e{next(numbers)}"))


def past(ledger: Ledger, keys: Keys, account: str, days: int = 8) -> AccountLink:
    """Append a past of an account: blocks, what follows, one of them overturned."""
    link = link_of(keys.of(account, now=NOW))
    office = ids()
    for day in range(days):
        draft = decision(f"{account}-{day}", at=NOW + DAY * day, account=link, category="malware")

        def make(view: View, draft: Draft = draft) -> Sequence[Draft]:
            found = respond(draft, view.standing(link, LADDER, draft.at), office)
            return [Draft(EntryId(f"{account}-{d.id}") if d.id != draft.id else d.id,
                          d.at, d.actor, d.body, d.account, d.case) for d in found]  # fmt: skip

        ledger.append_from(make)
    first = EntryId(f"{account}-0")
    ruled = AppealDecided(EntryId("appeal"), Result.OVERTURNED, SOME_HASH, (first,))
    ledger.append(Draft(EntryId(f"{account}-ruled"), NOW + DAY * 9, MIA, ruled, link, first))
    return link


def but_erasures(found: object) -> Counter[Key]:
    return Counter({key: n for key, n in dict(found).items() if key[1][0] != "erasure"})  # type: ignore[call-overload]


def test_erasing_leaves_the_chain_the_numbers_and_the_others(ledger: Ledger, keys: Keys) -> None:
    ann, ben = past(ledger, keys, "ann"), past(ledger, keys, "ben")
    before = counted(ledger.entries())
    records = list(ledger.records())
    bens = ledger.standing(ben, LADDER, NOW + 10 * DAY)
    entry = erase(ledger, keys, "ann", reason=REQUEST, by=acting(10))
    assert isinstance(entry.body, Erased)
    assert list(ledger.records())[:-1] == records
    assert verified(ledger.records()).fault is None
    assert but_erasures(counted(ledger.entries())) == but_erasures(before)
    assert keys.find("ann") is None
    assert ledger.standing(ann, LADDER, NOW + 10 * DAY).points == 0
    assert ledger.standing(ben, LADDER, NOW + 10 * DAY) == bens


def test_numbers_stay_when_the_entries_themselves_can_no_longer_be_told_apart(
    ledger: Ledger, keys: Keys
) -> None:
    """The frozen numbers stand for the entries: both together would count twice."""
    past(ledger, keys, "ann")
    before = counted(ledger.entries())
    erase(ledger, keys, "ann", reason=REQUEST, by=acting(10))
    frozen = [e for e in ledger.entries() if isinstance(e.body, Erased)]
    assert but_erasures(counted(frozen)) == but_erasures(before)


def test_a_new_account_of_the_same_name_starts_anew(ledger: Ledger, keys: Keys) -> None:
    old = past(ledger, keys, "ann")
    erase(ledger, keys, "ann", reason=REQUEST, by=acting(10))
    new = link_of(keys.of("ann", now=NOW + DAY * 11))
    assert new != old
    assert ledger.standing(new, LADDER, NOW + 12 * DAY).points == 0


def test_an_erasure_of_nobody_is_refused(ledger: Ledger, keys: Keys) -> None:
    with pytest.raises(StepError) as refused:
        erase(ledger, keys, "ann", reason=REQUEST, by=acting())
    assert refused.value.code == "no-such-account"
    past(ledger, keys, "ann")
    erase(ledger, keys, "ann", reason=REQUEST, by=acting(10))
    with pytest.raises(StepError):
        erase(ledger, keys, "ann", reason=REQUEST, by=acting(11))


@pytest.mark.parametrize("stage", ["condemned", "recorded"])
def test_an_erasure_that_was_broken_off_is_finished(
    ledger: Ledger, keys: Keys, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    past(ledger, keys, "ann")
    if stage == "condemned":
        keys.condemn("ann", now=NOW)
    else:
        monkeypatch.setattr(keys, "destroy", lambda account: None)
        erase(ledger, keys, "ann", reason=REQUEST, by=acting(10))
        monkeypatch.undo()
    assert len(keys.condemned()) == 1
    assert retain(ledger, keys, terms=Terms(), by=acting(11)) == Retained(0, 1)
    assert keys.condemned() == ()
    assert len([e for e in ledger.entries() if isinstance(e.body, Erased)]) == 1


def test_links_of_idle_accounts_go_and_those_of_others_stay(ledger: Ledger, keys: Keys) -> None:
    past(ledger, keys, "ann")
    ben = past(ledger, keys, "ben")
    keys.of("no-entry-yet", now=NOW + 70 * DAY)
    keys.of("never-an-entry", now=NOW)
    ledger.append(decision("late", at=NOW + 90 * DAY, account=ben))
    gone = retain(ledger, keys, terms=Terms(NOW + 60 * DAY), by=acting(100))
    assert gone == Retained(0, 2)
    assert keys.find("never-an-entry") is None
    assert [key.account for key in keys.all()] == ["ben", "no-entry-yet"]
    erased, _ = (e for e in ledger.entries() if isinstance(e.body, Erased))
    assert erased.body.reason is ErasureReason.RETENTION
    assert verified(ledger.records()).fault is None


WORDS = "how do I build one at home?"


def kept(ledger: Ledger, keys: Keys, id: str = "d1", account: str = "ann") -> Entry:
    link = link_of(keys.of(account, now=NOW))
    draft = decision(id, account=link)
    excerpt = keep_excerpt(keys, draft, WORDS, account=account, expires_at=NOW + 30 * DAY)
    return ledger.append(draft, excerpt=excerpt)


def test_an_excerpt_is_sealed_and_read_with_an_entry(ledger: Ledger, keys: Keys) -> None:
    kept(ledger, keys)
    with ledger.engine.connect() as at:
        [row] = at.execute(text("SELECT data FROM excerpts")).all()
    assert WORDS.encode() not in bytes(row.data)
    wanted = Reading(EntryId("d1"), "ann", "appeal")
    assert read_excerpt(ledger, keys, wanted, by=acting(1)) == WORDS
    access = list(ledger.entries())[-1]
    assert access.body == Accessed(EntryId("d1"), "appeal")
    assert access.actor == MIA
    assert not any(WORDS in record.body for record in ledger.records())


@pytest.mark.parametrize(
    ("wanted", "days", "code", "why"),
    [
        (Reading(EntryId("d9"), "ann", "x"), 1, "no-excerpt", "nothing was kept of it"),
        (Reading(EntryId("d1"), "ben", "x"), 1, "no-excerpt", "it is of another account"),
        (Reading(EntryId("d1"), "zoe", "x"), 1, "no-such-account", "nobody"),
        (Reading(EntryId("d1"), "ann", "x"), 30, "no-excerpt", "its term is over"),
    ],
)
def test_what_is_not_shown(
    ledger: Ledger, keys: Keys, wanted: Reading, days: int, code: str, why: str
) -> None:
    kept(ledger, keys)
    keys.of("ben", now=NOW)
    with pytest.raises(StepError) as refused:
        read_excerpt(ledger, keys, wanted, by=acting(days))
    assert refused.value.code == code
    assert ledger.head().sequence == 1


def test_an_excerpt_that_was_moved_to_another_entry_is_not_opened(
    ledger: Ledger, keys: Keys
) -> None:
    kept(ledger, keys)
    ledger.append(decision("d2", account=link_of(keys.of("ann", now=NOW))))
    with ledger.engine.begin() as at:
        at.execute(text("UPDATE excerpts SET id = 'd2'"))
    with pytest.raises(LedgerError) as refused:
        read_excerpt(ledger, keys, Reading(EntryId("d2"), "ann", "x"), by=acting(1))
    assert refused.value.code == "excerpt-broken"


def test_what_cannot_be_recorded_is_not_shown(ledger: Ledger, keys: Keys) -> None:
    kept(ledger, keys)
    by = Acting(MIA, NOW, lambda kind: EntryId("d1"))  # an id that is taken
    with pytest.raises(LedgerError) as refused:
        read_excerpt(ledger, keys, Reading(EntryId("d1"), "ann", "x"), by=by)
    assert refused.value.code == "id-taken"


def test_excerpts_end_with_their_term_and_with_the_account(ledger: Ledger, keys: Keys) -> None:
    kept(ledger, keys)
    kept(ledger, keys, "d2", "ben")
    assert retain(ledger, keys, terms=Terms(), by=acting(29)) == Retained(0, 0)
    entry = erase(ledger, keys, "ann", reason=REQUEST, by=acting(29))
    assert isinstance(entry.body, Erased)
    assert entry.body.excerpts == 1
    assert retain(ledger, keys, terms=Terms(), by=acting(30)) == Retained(1, 0)
    assert retain(ledger, keys, terms=Terms(), by=acting(31)) == Retained(0, 0)
    with ledger.engine.connect() as at:
        assert at.execute(text("SELECT count(*) FROM excerpts")).scalar() == 0
    assert len(list(ledger.entries(Wanted(kinds=("erasure",))))) == 2


def test_an_excerpt_goes_with_an_entry_that_was_refused(ledger: Ledger, keys: Keys) -> None:
    link = link_of(keys.of("ann", now=NOW))
    draft = decision("d1", account=link)
    excerpt = keep_excerpt(keys, draft, WORDS, account="ann", expires_at=NOW)
    with pytest.raises(LedgerError):
        ledger.append_many([draft, draft], excerpts=[excerpt])
    with ledger.engine.connect() as at:
        assert at.execute(text("SELECT count(*) FROM excerpts")).scalar() == 0


def report(category: str, link: AccountLink) -> Draft:
    return Draft(EntryId("r1"), NOW, MACHINE, UserReported(category=category), link)


@pytest.mark.parametrize(
    ("draft", "code", "why"),
    [
        (lambda link: decision("d1", account=link, category="harm-to-children"), "never-kept", "itself"),
        (lambda link: decision("d1", account=link, category="grooming"), "never-kept", "below"),
        (lambda link: report("harm-to-children", link), "never-kept", "a report of it"),
        (lambda link: decision("d1", account=None, outcome=Outcome.ALLOW, support=True), "never-kept", "in need"),
        (lambda link: decision("d1", account="b" * 64), "no-account", "another's key"),
    ],
)  # fmt: skip
def test_words_that_are_never_kept(keys: Keys, draft, code: str, why: str) -> None:
    link = link_of(keys.of("ann", now=NOW))
    with pytest.raises(StepError) as refused:
        keep_excerpt(keys, draft(link), WORDS, account="ann", expires_at=NOW + DAY)
    assert refused.value.code == code


def test_every_category_below_harm_to_children_is_never_kept() -> None:
    from usepolicy.taxonomy.categories import load_taxonomy

    below = [str(c.id) for c in load_taxonomy().categories if c.parent == "harm-to-children"]
    assert below
    for category in below:
        with pytest.raises(StepError):
            check_may_keep([category])
    check_may_keep(["spam", None])
