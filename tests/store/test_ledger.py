"""The ledger in a database: one suite over SQLite and PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from ledger_past import ANN, BEN, DAY, LADDER, NOW, decision, ids, kinds, records_of
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from usepolicy.enforcement.ledger import EntryId, Head, head_of
from usepolicy.enforcement.ledger_codec import Draft
from usepolicy.enforcement.ledger_verify import verified
from usepolicy.enforcement.sanctions import respond
from usepolicy.enforcement.standing import Standing, standing_at
from usepolicy.errors import LedgerError, StoreError
from usepolicy.store import migrate
from usepolicy.store.ledger import Ledger, View, Wanted, default_place, new_id
from usepolicy.store.ledger_proofs import export_lines
from usepolicy.store.ledger_tables import FOLDER, HEAD

PAST = [
    decision("d1"),
    decision("d2", at=NOW + DAY, account=BEN),
    decision("d3", at=NOW + 2 * DAY, category="malware"),
    decision("d4", at=NOW + 3 * DAY, account=None),
]


def sequences(ledger: Ledger, wanted: Wanted) -> list[int]:
    return [entry.sequence for entry in ledger.entries(wanted)]


def test_what_is_appended_is_the_chain_that_it_is_without_a_database(ledger: Ledger) -> None:
    assert ledger.head() == Head()
    written = ledger.append_many(PAST)
    assert list(ledger.records()) == records_of(PAST)
    assert tuple(ledger.entries()) == written
    assert ledger.head() == head_of(records_of(PAST)[-1])


def test_one_by_one_is_the_same_chain_as_at_once(ledger: Ledger) -> None:
    for draft in PAST:
        ledger.append(draft)
    assert list(ledger.records()) == records_of(PAST)


def test_nothing_is_appended_of_nothing(ledger: Ledger) -> None:
    assert ledger.append_many([]) == ()


@pytest.mark.parametrize(
    ("wanted", "found", "why"),
    [
        (Wanted(), [1, 2, 3, 4], "all"),
        (Wanted(account=ANN), [1, 3], "of one account"),
        (Wanted(kinds=("signal",)), [], "of another kind"),
        (Wanted(kinds=("signal", "decision")), [1, 2, 3, 4], "of either kind"),
        (Wanted(since=NOW + DAY), [2, 3, 4], "from a time on, which is in it"),
        (Wanted(before=NOW + DAY), [1], "before a time, which is not in it"),
        (Wanted(first=2, last=3), [2, 3], "between sequences"),
        (Wanted(first=9), [], "past the end"),
        (Wanted(account=ANN, since=NOW + DAY, last=4), [3], "all together"),
    ],
)
def test_what_is_wanted(ledger: Ledger, wanted: Wanted, found: list[int], why: str) -> None:
    ledger.append_many(PAST)
    assert sequences(ledger, wanted) == found


def test_more_entries_than_a_batch_come_in_order(ledger: Ledger) -> None:
    ledger.append_many([decision(f"d{n}", account=ANN if n % 2 else BEN) for n in range(4_500)])
    assert sequences(ledger, Wanted()) == list(range(1, 4_501))
    assert sequences(ledger, Wanted(account=ANN)) == list(range(2, 4_501, 2))
    assert verified(ledger.records()).fault is None


def test_an_entry_and_a_case_by_id(ledger: Ledger) -> None:
    ledger.append_many([*PAST, replace(decision("d5"), case=EntryId("d1"))])
    found = ledger.entry(EntryId("d3"))
    assert found is not None
    assert found.sequence == 3
    assert ledger.entry(EntryId("d9")) is None
    assert [entry.id for entry in ledger.case(EntryId("d1"))] == ["d1", "d5"]


@pytest.mark.parametrize(
    ("drafts", "code", "why"),
    [
        ([decision("n1"), decision("d1")], "id-taken", "an id of the ledger"),
        ([decision("n1"), decision("n1")], "id-taken", "an id of the same batch"),
        ([decision("n1"), decision("a b")], "invalid-entry", "the second has no form"),
        ([decision("n1"), decision("n2", account="ann")], "invalid-entry", "no link"),
    ],
)
def test_all_or_nothing(ledger: Ledger, drafts: list[Draft], code: str, why: str) -> None:
    ledger.append_many(PAST)
    with pytest.raises(LedgerError) as refused:
        ledger.append_many(drafts)
    assert refused.value.code == code
    assert ledger.head().sequence == 4
    ledger.append(decision("n1"))
    assert verified(ledger.records()).fault is None


def test_what_fails_while_it_is_made_appends_nothing(ledger: Ledger) -> None:
    def fail(view: View) -> list[Draft]:
        raise LedgerError("no-form", "made up")

    with pytest.raises(LedgerError):
        ledger.append_from(fail)
    assert ledger.head() == Head()


COLUMNS = "sequence, previous, id, at, actor_kind, actor_id, kind, account, case_id, body, hash"
COPY = "previous, 'copy', at, actor_kind, actor_id, kind, account, case_id, body, hash FROM entries"


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE entries SET body = '{}' WHERE sequence = 2", "a change"),
        ("UPDATE entries SET account = NULL", "a change of all"),
        ("UPDATE entries SET sequence = sequence + 10", "another place"),
        ("DELETE FROM entries WHERE sequence = 4", "the end cut off"),
        ("DELETE FROM entries", "all removed"),
        (f"INSERT INTO entries ({COLUMNS}) SELECT 9, {COPY} WHERE sequence = 1", "a gap"),
        (f"INSERT INTO entries ({COLUMNS}) SELECT 2, {COPY} WHERE sequence = 1", "a place taken"),
        (f"INSERT INTO entries ({COLUMNS}) SELECT 0, {COPY} WHERE sequence = 1", "before the first"),
        (f"INSERT OR REPLACE INTO entries ({COLUMNS}) SELECT 2, {COPY} WHERE sequence = 1", "sqlite"),
        ("TRUNCATE entries", "postgresql"),
    ],
)  # fmt: skip
def test_the_database_refuses_what_is_no_appending(
    ledger: Ledger, statement: str, why: str
) -> None:
    if why in ("sqlite", "postgresql") and why != ledger.engine.dialect.name:
        pytest.skip(f"a statement of {why}")
    ledger.append_many(PAST)
    with pytest.raises(DBAPIError, match="append-only"), ledger.engine.begin() as at:
        at.execute(text(statement))
    assert list(ledger.records()) == records_of(PAST)


def without_guard(ledger: Ledger) -> None:
    """Do what the owner of a database can."""
    with ledger.engine.begin() as at:
        for name in ("entries_keep", "entries_stay", "entries_follow"):
            on = "" if ledger.engine.dialect.name == "sqlite" else " ON entries"
            at.execute(text(f"DROP TRIGGER {name}{on}"))


@pytest.mark.parametrize(
    ("statements", "code", "sequence"),
    [
        (["UPDATE entries SET body = replace(body, 'block', 'allow') WHERE sequence = 3"], "altered", 3),
        (["UPDATE entries SET at = '2020-01-01T00:00:00.000000Z' WHERE sequence = 1"], "altered", 1),
        (["UPDATE entries SET hash = previous WHERE sequence = 2"], "altered", 2),
        (["UPDATE entries SET actor_kind = 'nobody' WHERE sequence = 2"], "altered", 2),
        (["DELETE FROM entries WHERE sequence = 2"], "missing", 2),
        (["DELETE FROM entries WHERE sequence = 1"], "missing", 1),
        (["UPDATE entries SET sequence = 99 WHERE sequence = 2",
          "UPDATE entries SET sequence = 2 WHERE sequence = 3",
          "UPDATE entries SET sequence = 3 WHERE sequence = 99"], "altered", 2),
        ([f"INSERT INTO entries ({COLUMNS}) SELECT 5, {COPY} WHERE sequence = 4"], "altered", 5),
        (["DELETE FROM entries WHERE sequence > 2"], None, 0),
    ],
)  # fmt: skip
def test_what_the_owner_of_the_database_did_is_found(
    ledger: Ledger, statements: list[str], code: str | None, sequence: int
) -> None:
    ledger.append_many(PAST)
    without_guard(ledger)
    with ledger.engine.begin() as at:
        for statement in statements:
            at.execute(text(statement))
    fault = verified(ledger.records()).fault
    found = (fault.code, fault.sequence) if fault else (None, 0)
    assert found == (code, sequence)  # the end cut off: a checkpoint alone tells


def test_both_databases_hold_the_same_bytes(ledger: Ledger) -> None:
    from usepolicy.enforcement.ledger import record_text

    ledger.append_many([*PAST, decision("ü".replace("ü", "d5"), category="härte")])
    lines = list(export_lines(ledger, Wanted()))
    drafts = [*PAST, decision("d5", category="härte")]
    assert lines == [record_text(record) + "\n" for record in records_of(drafts)]


def filled(ledger: Ledger, days: int) -> None:
    """Append decisions on two accounts with what follows from them."""
    office = ids()
    for day in range(days):
        account = ANN if day % 3 else BEN
        draft = decision(
            f"d{day}", at=NOW + DAY * day, account=account, category=("malware", "spam")[day % 2]
        )

        def make(view: View, draft: Draft = draft) -> Sequence[Draft]:
            assert draft.account
            return respond(draft, view.standing(draft.account, LADDER, draft.at), office)

        ledger.append_from(make)


def times() -> list[timedelta]:
    return [timedelta(days=-1), *(timedelta(hours=day * 24 + 1) for day in range(0, 60, 7))]


def by_marks(ledger: Ledger) -> list[Standing]:
    return [ledger.standing(a, LADDER, NOW + later) for a in (ANN, BEN) for later in times()]


def by_entries(ledger: Ledger) -> list[Standing]:
    kept = {a: list(ledger.entries(Wanted(account=a))) for a in (ANN, BEN)}
    return [standing_at(kept[a], LADDER, NOW + later) for a in (ANN, BEN) for later in times()]


def test_standing_at_any_time_is_that_of_the_raw_entries(ledger: Ledger) -> None:
    filled(ledger, 12)
    assert by_marks(ledger) == by_entries(ledger)
    assert any(standing.sanctions for standing in by_marks(ledger))


def test_later_entries_change_no_earlier_standing(ledger: Ledger) -> None:
    filled(ledger, 6)
    before = ledger.standing(ANN, LADDER, NOW + 5 * DAY)
    ledger.append(decision("later", at=NOW + 6 * DAY, category="weapons"))
    assert ledger.standing(ANN, LADDER, NOW + 5 * DAY) == before


def test_rebuilding_gives_the_same_standings(ledger: Ledger) -> None:
    filled(ledger, 12)
    before = by_marks(ledger)
    with ledger.engine.begin() as at:
        at.execute(text("UPDATE marks SET mark = replace(mark, 'malware', 'spam')"))
    assert by_marks(ledger) != before
    assert ledger.rebuild() == ledger.head().sequence
    assert by_marks(ledger) == before


def test_marks_of_another_form_are_made_anew_on_opening(ledger: Ledger, place: str) -> None:
    filled(ledger, 6)
    before = by_marks(ledger)
    with ledger.engine.begin() as at:
        at.execute(text("DELETE FROM marks"))
        at.execute(text("UPDATE marked SET form = 0"))
    again = Ledger.open(place)
    assert by_marks(again) == before
    again.close()


def test_a_decision_its_sanction_and_its_notice_are_side_by_side(ledger: Ledger) -> None:
    filled(ledger, 1)
    assert kinds(list(ledger.entries())) == ["Decided", "Sanctioned", "Notified"]
    assert {entry.case for entry in ledger.entries()} == {"d0"}


def test_a_migration_down_and_up_keeps_the_data(ledger: Ledger, place: str) -> None:
    filled(ledger, 6)
    records, standings = list(ledger.records()), by_marks(ledger)
    ledger.migrate(to="0001")
    assert ledger.form() == "0001"
    assert list(ledger.records()) == records
    again = Ledger.open(place)
    assert (again.form(), list(again.records()), by_marks(again)) == (HEAD, records, standings)
    again.append(decision("after", at=NOW + 30 * DAY))
    assert verified(again.records()).fault is None
    again.close()


def test_the_guards_stand_after_a_migration(ledger: Ledger) -> None:
    ledger.append_many(PAST)
    ledger.migrate(to="0001")
    ledger.migrate()
    with pytest.raises(DBAPIError, match="append-only"), ledger.engine.begin() as at:
        at.execute(text("DELETE FROM entries"))


def test_no_migration_drops_entries(ledger: Ledger) -> None:
    ledger.append_many(PAST)
    with pytest.raises(StoreError) as refused:
        ledger.migrate(to="base")
    assert refused.value.code == "ledger-has-entries"
    assert (ledger.form(), list(ledger.records())) == (HEAD, records_of(PAST))


def test_an_empty_ledger_goes_down_to_nothing_and_up_again(ledger: Ledger, place: str) -> None:
    ledger.migrate(to="base")
    assert ledger.form() is None
    again = Ledger.open(place)
    again.append_many(PAST)
    again.close()


def test_the_tables_are_what_the_migrations_leave(ledger: Ledger) -> None:
    from sqlalchemy import inspect

    from usepolicy.store.ledger_tables import metadata

    assert migrate.newest(FOLDER) == HEAD
    there = inspect(ledger.engine)
    for table in metadata.sorted_tables:
        columns = {column["name"] for column in there.get_columns(table.name)}
        assert columns == {column.name for column in table.columns}


def test_a_ledger_of_a_newer_program_is_left_alone(ledger: Ledger, place: str) -> None:
    with ledger.engine.begin() as at:
        at.execute(text("UPDATE ledger_version SET version_num = '9999'"))
    with pytest.raises(StoreError) as refused:
        Ledger.open(place)
    assert refused.value.code == "ledger-too-new"


def test_what_only_reads_makes_no_ledger(place: str) -> None:
    with pytest.raises(StoreError) as refused:
        Ledger.open(place, create=False)
    assert refused.value.code == "no-ledger"


@pytest.mark.parametrize(
    ("address", "code", "why"),
    [
        ("postgresql://u:secret@127.0.0.1:1/db", "ledger-unusable", "nobody listens"),
        ("postgresql://u:secret@h:port/db", "ledger-unusable", "no address"),
    ],
)
def test_a_database_that_is_not_there_is_one_error_without_the_password(
    address: str, code: str, why: str
) -> None:
    with pytest.raises(StoreError) as refused:
        Ledger.open(address)
    assert refused.value.code == code
    assert "secret" not in f"{refused.value} {refused.value.help}"


@pytest.mark.parametrize(
    "spoil", [lambda p: p.write_bytes(b"no database" * 200), lambda p: p.mkdir()]
)
def test_a_file_that_is_no_ledger_is_one_error(tmp_path, spoil: Callable[..., None]) -> None:
    path = tmp_path / "ledger.sqlite"
    spoil(path)
    with pytest.raises(StoreError) as refused:
        Ledger.open(str(path))
    assert refused.value.code == "ledger-unusable"


@pytest.mark.parametrize("named", ["some.sqlite", "postgresql://h/db"])
def test_the_environment_names_the_ledger(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.setenv("USEPOLICY_LEDGER", named)
    assert default_place() == named


def test_the_python_of_the_page_runs(tmp_path, monkeypatch, capsys) -> None:
    page = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text("utf-8")
    yaml, code = (re.search(rf"```{kind}\n(.*?)```", page, re.S) for kind in ("yaml", "python"))
    assert yaml
    assert code
    monkeypatch.chdir(tmp_path)
    Path("ladder.yaml").write_text(yaml[1], encoding="utf-8")
    exec(compile(code[1], "ledger.md", "exec"), {})
    assert capsys.readouterr().out == "['decision', 'sanction', 'notice'] 3\n"


def test_ids_name_their_kind_and_are_never_the_same() -> None:
    found = {new_id("sanction") for _ in range(1_000)}
    assert len(found) == 1_000
    assert all(id.startswith("sanction-") for id in found)
