"""The chain: one form in bytes, and every alteration found."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_bodies_drawn import drawn
from ledger_past import ANN, DAY, MACHINE, MIA, NOW, SOME_HASH, decision, records_of

from usepolicy.enforcement.ledger import (
    DOMAIN,
    GENESIS,
    Head,
    Record,
    canonical,
    chained,
    hash_of,
    head_of,
    record_text,
    stamp,
)
from usepolicy.enforcement.ledger_bodies import (
    Accessed,
    Automation,
    Body,
    SanctionAction,
    Sanctioned,
)
from usepolicy.enforcement.ledger_checkpoints import Checkpoint
from usepolicy.enforcement.ledger_codec import (
    MAX_BODY,
    Draft,
    body_of,
    body_text,
    entry_of,
    record_of,
    unchained,
)
from usepolicy.enforcement.ledger_kinds import KINDS
from usepolicy.enforcement.ledger_merkle import (
    leaf_hash,
    node_hash,
    proof_of,
    root_by_proof,
    root_of,
)
from usepolicy.enforcement.ledger_verify import verified
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.steps import Measure, Step
from usepolicy.errors import LedgerError


def lifted(**other: object) -> Draft:
    told = {"lifts": "s", "reason_hash": SOME_HASH} | other
    ban, by = Measure(Step.BAN), Automation.NONE
    return Draft("a", NOW, MIA, Sanctioned(SanctionAction.LIFTED, ban, NOW, None, by, **told), ANN)


PAST = records_of(decision(f"d{n}", at=NOW + DAY * n) for n in range(8))


def test_the_form_is_sorted_json_without_space_and_its_hash_is_of_a_domain() -> None:
    first = PAST[0]
    line = json.loads(record_text(first))
    assert record_text(first) == json.dumps(line, sort_keys=True, separators=(",", ":"))
    del line["hash"]
    form = json.dumps(line, sort_keys=True, separators=(",", ":")).encode()
    assert first.hash == hashlib.sha256(DOMAIN + form).hexdigest()
    assert first.previous == GENESIS


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (0.5, "a fraction has no one text"),
        (2**53, "some readers round it"),
        ({"ü": 1}, "orders of keys differ beyond ASCII"),
        ("\ud800", "half a surrogate pair is no text"),
        ({1: 2}, "a key is text"),
        (b"x", "bytes are not JSON"),
    ],
)
def test_what_has_no_form_is_refused(value: object, why: str) -> None:
    with pytest.raises(LedgerError, match="can't hold"):
        canonical({"inner": [value]})


def test_a_time_before_the_head_becomes_the_heads() -> None:
    head = head_of(records_of([decision("a", at=NOW)])[0])
    late = chained(unchained(decision("b", at=NOW - DAY)), head)
    assert late.at == stamp(NOW)


@pytest.mark.parametrize(
    ("draft", "code", "why"),
    [
        (decision("a b"), "invalid-entry", "an id goes into addresses"),
        (decision("x" * 101), "invalid-entry", "an id is short"),
        (decision("a", account="ann"), "invalid-entry", "an account is a link, never a name"),
        (decision("a", support=True), "linked-support", "who is in need is not to be found"),
        (lifted(reason_hash=None), "no-reason", "nothing ends for no reason"),
        (lifted(lifts=None), "no-reason", "nothing is lifted at large"),
        (decision("a", at=NOW.replace(tzinfo=None)), "no-time-zone", "a time is of a zone"),
        (Draft("a", NOW, MACHINE, Accessed("x", "y" * MAX_BODY)), "entry-too-large", "a limit"),
        (Draft("a", NOW, MACHINE, Accessed("x", "\udcff")), "no-form", "broken text"),
    ],
)
def test_drafts_that_are_refused(draft: Draft, code: str, why: str) -> None:
    with pytest.raises(LedgerError) as refused:
        unchained(draft)
    assert refused.value.code == code


def test_support_is_kept_without_a_link() -> None:
    draft = decision("a", account=None, outcome=Outcome.ALLOW, support=True)
    [record] = records_of([draft])
    assert (record.account, entry_of(record).body.support) == (None, True)


def test_entries_come_back_as_they_went() -> None:
    for record in PAST:
        assert record_of(record_text(record)) == record
        assert body_text(entry_of(record).body) == record.body


@given(st.sampled_from(list(KINDS.values())).flatmap(drawn))
def test_a_body_of_any_kind_comes_back_as_it_went(body: Body) -> None:
    kind = next(name for name, of in KINDS.items() if of is type(body))
    text = body_text(body)
    assert body_of(kind, text) == body
    assert canonical(json.loads(text)) == text


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("decision", "{}"),
        ("decision", "[]"),
        ("no_kind", "{}"),
        ("access", '{"what":"a","purpose":"b","more":1}'),
        ("access", '{"what":"a"'),
    ],
)
def test_a_body_that_breaks_its_form_is_one_error(kind: str, text: str) -> None:
    with pytest.raises(LedgerError):
        body_of(kind, text)


@pytest.mark.parametrize(
    "line", ["", "{}", "[1]", "null", '{"actor":{"kind":"x","id":"y"}}', "[" * 9_999]
)
def test_a_line_that_is_no_entry_is_one_error(line: str) -> None:
    with pytest.raises(LedgerError):
        record_of(line)


def test_every_kind_has_a_docstring_and_a_name() -> None:
    assert len(set(KINDS.values())) == len(KINDS) == 21
    assert all(body.__doc__ for body in KINDS.values())


def point(count: int) -> Checkpoint:
    root = root_of(bytes.fromhex(r.hash) for r in PAST[:count]).hex()
    return Checkpoint(count, PAST[count - 1].hash, root, stamp(NOW))


def rechained(records: list[Record]) -> list[Record]:
    """What somebody does who can write all of the database."""
    head, found = Head(), []
    for record in records:
        new = replace(record, sequence=head.sequence + 1, previous=head.hash)
        found.append(replace(new, hash=hash_of(new)))
        head = head_of(found[-1])
    return found


ALTERED = replace(PAST[3], body=PAST[3].body.replace("block", "allow"))
CHANGES = [
    ([*PAST[:3], ALTERED, *PAST[4:]], "altered", 4, "a body"),
    ([*PAST[:3], replace(PAST[3], account="d" * 64), *PAST[4:]], "altered", 4, "an account"),
    ([*PAST[:3], replace(PAST[3], case=None), *PAST[4:]], "altered", 4, "a case"),
    ([*PAST[:3], replace(PAST[3], at=PAST[4].at), *PAST[4:]], "altered", 4, "a time"),
    ([*PAST[:3], replace(PAST[3], kind="signal"), *PAST[4:]], "altered", 4, "a kind"),
    ([*PAST[:3], replace(PAST[3], hash="0" * 64), *PAST[4:]], "altered", 4, "a hash"),
    ([*PAST[:3], replace(ALTERED, hash=hash_of(ALTERED)), *PAST[4:]], "unlinked", 5, "with its hash"),
    ([*PAST[:3], *PAST[4:]], "missing", 4, "one removed"),
    (PAST[2:], "missing", 1, "the first two removed"),
    ([*PAST[:3], PAST[4], PAST[3], *PAST[5:]], "missing", 4, "two exchanged"),
    ([*PAST[:4], PAST[3], *PAST[4:]], "out-of-order", 5, "one twice"),
    ([*PAST[:3], *(replace(r, sequence=r.sequence - 1) for r in PAST[4:])], "altered", 4, "renumbered"),
    (rechained([*PAST[:3], ALTERED, *PAST[4:]]), "differs-from-checkpoint", 6, "all anew"),
    (rechained([*PAST[:3], *PAST[4:]]), "differs-from-checkpoint", 6, "removed, all anew"),
    (rechained([*PAST[:2], PAST[7], *PAST[2:7]]), "time-goes-back", 4, "inserted, all anew"),
    (PAST[:5], "truncated", 6, "the end cut off"),
    ([], "truncated", 1, "all gone"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("records", "code", "sequence", "why"), CHANGES, ids=[c[3] for c in CHANGES]
)
def test_every_change_is_found(records: list[Record], code: str, sequence: int, why: str) -> None:
    fault = verified(records, [point(6)]).fault
    assert fault is not None
    assert (fault.code, fault.sequence) == (code, sequence)


def test_what_was_not_touched_holds_together() -> None:
    found = verified(PAST, [point(1), point(6), point(8)])
    assert (found.fault, found.head.sequence, found.root) == (None, 8, point(8).root)


@given(
    st.integers(0, 7),
    st.sampled_from(["account", "case", "at", "id", "kind", "body", "previous"]),
    st.text("abc0", min_size=1),
)
def test_any_change_of_any_field_is_found(place: int, name: str, text: str) -> None:
    changed = replace(PAST[place], **{name: text})
    assert verified([*PAST[:place], changed, *PAST[place + 1 :]]).fault is not None


def test_the_tree_is_that_of_the_rfc() -> None:
    a, b, c = (leaf_hash(x) for x in (b"a", b"b", b"c"))
    assert root_of([]) == hashlib.sha256(b"").digest()
    assert root_of([b"a", b"b", b"c"]) == node_hash(node_hash(a, b), c)


@given(st.integers(1, 40).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1))))
def test_a_proof_leads_to_the_root_from_its_place_alone(sized: tuple[int, int]) -> None:
    size, index = sized
    leaves = [bytes([n]) * 32 for n in range(size)]
    root, proof = root_of(leaves), proof_of(leaves, index)
    assert root_by_proof(leaves[index], index, size, proof) == root
    assert root_by_proof(b"x" * 32, index, size, proof) != root
    for other in set(range(size)) - {index}:
        assert root_by_proof(leaves[index], other, size, proof) != root
    assert root_by_proof(leaves[index], index, size, [*proof, b"x" * 32]) != root
