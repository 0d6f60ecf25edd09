"""People sign in with what they know, and a stranger learns nothing by trying."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from console_people import NOW, PASSWORD
from postgres_server import new_database
from sqlalchemy import Engine, inspect, select

from usepolicy.enforcement.roles import RIGHTS, Right, Role, may
from usepolicy.errors import DeniedError, StoreError, UsageError
from usepolicy.store import migrate
from usepolicy.store.api_keys import ApiKeys, KeyScope
from usepolicy.store.console import FOLDER, open_console
from usepolicy.store.identities import Identities, Identity
from usepolicy.store.people import MOST_FAILURES, WINDOW, People, Person, TooManyAttemptsError
from usepolicy.store.people_tables import api_keys, people, sessions
from usepolicy.store.sessions import IDLE, LONGEST, Sessions, form_token, is_form_token

FROM = "192.0.2.7"
S = timedelta(seconds=1)
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where a console's database can be: there is nothing yet."""
    if request.param == "sqlite":
        return str(tmp_path / "console" / "console.sqlite")
    return new_database(request.getfixturevalue("server"))


@pytest.fixture
def engine(place: str) -> Iterator[Engine]:
    """Return the database: what is promised of people holds on both kinds."""
    made = open_console(place)
    yield made
    made.dispose()


def test_the_tables_come_and_go(place: str) -> None:
    for to, there in (("head", True), ("base", False), ("head", True)):
        made = open_console(place, to=to)
        assert inspect(made).has_table("people") is there
        assert inspect(made).has_table("identities") is there
        made.dispose()


def test_the_databases_of_one_server_are_told_apart(server: str) -> None:
    one, other = new_database(server), new_database(server)
    with pytest.raises(StoreError) as refused:
        open_console(one, apart_from=[other, one.replace("postgresql://", "postgres://")])
    assert refused.value.code == "console-not-apart"
    open_console(one, apart_from=[other]).dispose()


def test_people_stay_when_identities_come_and_go(place: str) -> None:
    """Upgraded and downgraded with somebody in it, as an older version wrote them."""
    old = "INSERT INTO people VALUES ('p-1', 'ada', 'admin', NULL, '', '2026-03-01', NULL)"
    ada = Person("p-1", "ada", Role.ADMIN)
    engine = open_console(place, to="0001")
    with engine.begin() as at:
        at.exec_driver_sql(old)
        migrate.upgrade(at, FOLDER)
    Identities(engine).link(ada.id, "https://login.example", "s-1", now=NOW)
    assert Identities(engine).enter(Identity("https://login.example", "s-1"), now=NOW) == ada
    with engine.begin() as at:
        migrate.downgrade(at, FOLDER, to="0001")
        assert not inspect(at).has_table("identities")
        migrate.upgrade(at, FOLDER)
    assert People(engine, QUICK).all() == [ada]
    assert Identities(engine).linked() == frozenset()
    engine.dispose()


def test_what_was_there_is_there_after_it_is_opened_again(place: str) -> None:
    made = open_console(place)
    ada = People(made, QUICK).add("ada", Role.ADMIN, PASSWORD, now=NOW)
    made.dispose()
    again = open_console(place)
    assert People(again, QUICK).all() == [ada]
    again.dispose()


@pytest.mark.parametrize(
    ("role", "right", "expected", "why"),
    [
        (Role.AUDITOR, Right.SEE_LEDGER, True, "it is what an auditor is for"),
        (Role.AUDITOR, Right.REVIEW, False, "an auditor changes nothing"),
        (Role.REVIEWER, Right.DECIDE_APPEALS, True, "a reviewer hears appeals"),
        (Role.REVIEWER, Right.MANAGE_PEOPLE, False, "a reviewer can't make reviewers"),
        (Role.HOLDER, Right.SEE_CASES, False, "a holder sees their own account alone"),
        (Role.ADMIN, Right.OWN_ACCOUNT, False, "nobody of the operator's holds an account here"),
    ],
)
def test_a_role_has_its_rights(role: Role, right: Right, expected: bool, why: str) -> None:
    assert may(role, right) is expected, why


def test_every_role_and_every_right_is_in_use() -> None:
    assert set(RIGHTS) == set(Role)
    assert set().union(*RIGHTS.values()) == set(Right)


@pytest.mark.parametrize(
    ("name", "password", "why"),
    [
        ("ada", PASSWORD, "as it was given"),
        ("ADA", PASSWORD, "case does not make another person"),
        ("ａｄａ", PASSWORD, "nor do full-width letters"),
    ],
)
def test_who_signs_in(folk: People, name: str, password: str, why: str) -> None:
    ada = folk.add("Ada", Role.ADMIN, PASSWORD, now=NOW)
    assert folk.check(name, password, address=FROM, now=NOW) == ada, why


@pytest.mark.parametrize(
    ("name", "password", "why"),
    [
        ("ada", "a heron on the pie", "another password"),
        ("ada", "", "none"),
        ("ada", PASSWORD * 100, "a long one is cut, not hashed whole"),
        ("bob", PASSWORD, "nobody of that name"),
        ("", PASSWORD, "no name"),
        ("ada\x00", PASSWORD, "a control in the name"),
        ("\ud800", PASSWORD, "half a surrogate pair"),
        ("eve", PASSWORD, "disabled"),
    ],
)
def test_who_does_not(folk: People, name: str, password: str, why: str) -> None:
    folk.add("ada", Role.ADMIN, PASSWORD, now=NOW)
    eve = folk.add("eve", Role.REVIEWER, PASSWORD, now=NOW)
    folk.disable(eve.id, now=NOW)
    with pytest.raises(DeniedError) as caught:
        folk.check(name, password, address=FROM, now=NOW)
    assert caught.value.code == "wrong-credentials", why
    assert caught.value.message == "the name or the password is wrong"


@pytest.mark.parametrize(
    ("name", "password", "account", "role", "code"),
    [
        ("ada", PASSWORD, None, Role.REVIEWER, "name-taken"),
        ("Ada", PASSWORD, None, Role.REVIEWER, "name-taken"),
        ("bob", "short", None, Role.REVIEWER, "weak-password"),
        ("bartholomew-bob", "Bartholomew-Bob", None, Role.REVIEWER, "weak-password"),
        ("bob", "x" * 257, None, Role.REVIEWER, "weak-password"),
        ("bob b", PASSWORD, None, Role.REVIEWER, "no-name"),
        ("b" * 101, PASSWORD, None, Role.REVIEWER, "no-name"),
        ("b\u202eob", PASSWORD, None, Role.REVIEWER, "no-name"),
        ("bob", PASSWORD, None, Role.HOLDER, "no-account"),
        ("bob", PASSWORD, "acme", Role.AUDITOR, "no-account"),
    ],
)
def test_who_can_not_be_added(
    folk: People, name: str, password: str, account: str | None, role: Role, code: str
) -> None:
    folk.add("ada", Role.ADMIN, PASSWORD, now=NOW)
    with pytest.raises(UsageError) as caught:
        folk.add(name, role, password, account=account, now=NOW)
    assert caught.value.code == code
    assert [person.name for person in folk.all()] == ["ada"]


def test_a_password_is_kept_as_argon2id_with_the_settings_of_rfc_9106(engine: Engine) -> None:
    People(engine).add("ada", Role.ADMIN, PASSWORD, now=NOW)
    with engine.connect() as connection:
        kept = connection.execute(select(people.c.password)).scalar_one()
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert PASSWORD not in kept


def fail(folk: People, name: str, address: str, now: datetime, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(DeniedError):
            folk.check(name, "a wrong password", address=address, now=now)


def test_who_fails_often_waits_even_with_the_right_password(folk: People) -> None:
    folk.add("ada", Role.ADMIN, PASSWORD, now=NOW)
    fail(folk, "ada", FROM, NOW, MOST_FAILURES["both"])
    with pytest.raises(TooManyAttemptsError) as caught:
        folk.check("ada", PASSWORD, address=FROM, now=NOW + 60 * S)
    assert caught.value.retry_after == WINDOW.total_seconds() - 60
    assert folk.check("ada", PASSWORD, address=FROM, now=NOW + WINDOW + S).name == "ada"


def test_a_stranger_who_fails_in_her_name_does_not_keep_her_out(folk: People) -> None:
    folk.add("ada", Role.ADMIN, PASSWORD, now=NOW)
    fail(folk, "ada", FROM, NOW, 12)
    assert folk.check("ada", PASSWORD, address="198.51.100.1", now=NOW).name == "ada"


def test_one_address_can_not_try_many_names(folk: People) -> None:
    for number in range(MOST_FAILURES["from"]):
        fail(folk, f"name{number}", FROM, NOW)
    with pytest.raises(TooManyAttemptsError):
        folk.check("another", PASSWORD, address=FROM, now=NOW)


def test_many_addresses_can_not_try_one_name_for_ever(folk: People) -> None:
    folk.add("ada", Role.ADMIN, PASSWORD, now=NOW)
    for number in range(MOST_FAILURES["name"]):
        fail(folk, "ada", f"198.51.100.{number}", NOW)
    with pytest.raises(TooManyAttemptsError):
        folk.check("ada", PASSWORD, address="203.0.113.5", now=NOW)


def test_signing_in_forgets_the_failures_before(folk: People) -> None:
    folk.add("ada", Role.ADMIN, PASSWORD, now=NOW)
    fail(folk, "ada", FROM, NOW, MOST_FAILURES["both"] - 1)
    folk.check("ada", PASSWORD, address=FROM, now=NOW)
    fail(folk, "ada", FROM, NOW, MOST_FAILURES["both"] - 1)
    assert folk.check("ada", PASSWORD, address=FROM, now=NOW).name == "ada"


def test_many_at_once_try_no_more_often(folk: People) -> None:
    folk.add("ada", Role.ADMIN, PASSWORD, now=NOW)

    def code(_: int) -> str:
        with pytest.raises(DeniedError) as caught:
            folk.check("ada", "a wrong password", address=FROM, now=NOW)
        return caught.value.code

    with ThreadPoolExecutor(8) as several:
        codes = list(several.map(code, range(24)))
    assert codes.count("wrong-credentials") == MOST_FAILURES["both"]


def test_who_signs_in_often_is_not_kept_out(folk: People) -> None:
    folk.add("ada", Role.ADMIN, PASSWORD, now=NOW)
    for _ in range(MOST_FAILURES["name"] + 1):
        folk.check("ada", PASSWORD, address=FROM, now=NOW)
    fail(folk, "bea", FROM, NOW, MOST_FAILURES["both"])
    folk.check("ada", PASSWORD, address=FROM, now=NOW)
    with pytest.raises(TooManyAttemptsError):
        folk.check("bea", PASSWORD, address=FROM, now=NOW)


@pytest.mark.parametrize(
    ("after", "there", "why"),
    [
        ([timedelta(0)], True, "at once"),
        ([IDLE - S], True, "used again in time"),
        ([IDLE], False, "not used for too long"),
        ([IDLE / 2] * 20, True, "used all along"),
        ([IDLE / 2] * 48, False, "used all along, for too long"),
    ],
)
def test_how_long_a_session_lasts(
    folk: People, engine: Engine, after: list[timedelta], there: bool, why: str
) -> None:
    kept, now = Sessions(engine), NOW
    token = kept.begin(folk.add("ada", Role.ADMIN, PASSWORD, now=NOW), now=NOW)
    found = None
    for pause in after:
        now += pause
        found = kept.find(token, now=now)
    assert (found is not None) is there, why
    assert (now - NOW >= LONGEST) is (why == "used all along, for too long")


def test_a_session_ends_with_the_sign_out_the_password_and_the_person(
    folk: People, engine: Engine
) -> None:
    kept = Sessions(engine)
    ada = folk.add("ada", Role.ADMIN, PASSWORD, now=NOW)
    for end in (
        lambda token: kept.end(token),
        lambda _: folk.set_password(ada.id, "another good sentence"),
        lambda _: folk.disable(ada.id, now=NOW),
    ):
        token = kept.begin(ada, now=NOW)
        assert kept.find(token, now=NOW) or ada.is_disabled
        end(token)
        assert kept.find(token, now=NOW) is None


def test_the_table_of_sessions_does_not_open_one(folk: People, engine: Engine) -> None:
    kept = Sessions(engine)
    token = kept.begin(folk.add("ada", Role.ADMIN, PASSWORD, now=NOW), now=NOW)
    with engine.connect() as connection:
        row = connection.execute(select(sessions)).one()
    assert token not in row
    assert kept.find(row.token_sha256, now=NOW) is None


def test_a_form_belongs_to_its_session() -> None:
    assert is_form_token(form_token("one"), "one")
    assert not is_form_token(form_token("one"), "another")
    assert not is_form_token("", "one")
    assert not is_form_token("\ud800ü", "one")


def test_a_key_is_shown_once_and_kept_as_a_hash(folk: People, engine: Engine) -> None:
    keys = ApiKeys(engine)
    ada = folk.add("ada", Role.ADMIN, PASSWORD, now=NOW)
    text, made = keys.make("  the  gateway ", {KeyScope.DECIDE}, by=ada, now=NOW)
    assert (made.label, made.scopes, made.made_by) == ("the gateway", {KeyScope.DECIDE}, ada.id)
    assert text.startswith(made.shown)
    assert keys.find(text, now=NOW) == made
    with engine.connect() as connection:
        assert text not in str(connection.execute(select(api_keys)).one())


@pytest.mark.parametrize(
    ("later", "revoked", "opens", "why"),
    [
        (timedelta(0), False, True, "in force"),
        (timedelta(days=1), False, False, "its end has come"),
        (timedelta(0), True, False, "taken back"),
    ],
)
def test_when_a_key_opens(
    folk: People, engine: Engine, later: timedelta, revoked: bool, opens: bool, why: str
) -> None:
    keys = ApiKeys(engine)
    ada = folk.add("ada", Role.ADMIN, PASSWORD, now=NOW)
    end = NOW + timedelta(days=1)
    text, made = keys.make("x", [KeyScope.REPORT], by=ada, now=NOW, expires_at=end)
    if revoked:
        keys.revoke(made.id, now=NOW)
    assert (keys.find(text, now=NOW + later) is not None) is opens, why
    assert keys.find(text + "x", now=NOW) is None


@pytest.mark.parametrize(
    ("label", "scopes", "ends", "code"),
    [
        ("", [KeyScope.DECIDE], None, "no-label"),
        ("a\x1b[31m", [KeyScope.DECIDE], None, "no-label"),
        ("a", [], None, "no-scope"),
        ("a", [KeyScope.DECIDE], NOW, "already-over"),
    ],
)
def test_keys_that_can_not_be_made(
    folk: People,
    engine: Engine,
    label: str,
    scopes: list[KeyScope],
    ends: datetime | None,
    code: str,
) -> None:
    ada = folk.add("ada", Role.ADMIN, PASSWORD, now=NOW)
    with pytest.raises(UsageError) as caught:
        ApiKeys(engine).make(label, scopes, by=ada, now=NOW, expires_at=ends)
    assert caught.value.code == code
    assert ApiKeys(engine).all() == []


@pytest.mark.parametrize(
    ("who", "issuer", "subject", "code"),
    [
        ("ada", "https://login.example", "s-2", "linked-before"),
        ("bea", "https://login.example", "s-1", "linked-before"),
        ("ada", "https://other.example", "s-1", ""),
        ("bea", "https://login.example", "S-1", ""),
        ("bea", "https://login.example", "", "no-subject"),
        ("bea", "https://login.example", "x" * 256, "no-subject"),
        ("bea", "https://login.example", "a\nb", "no-subject"),
    ],
)
def test_a_subject_is_of_one_person_and_a_person_has_one(
    folk: People, engine: Engine, who: str, issuer: str, subject: str, code: str
) -> None:
    known = Identities(engine)
    ids = {name: folk.add(name, Role.AUDITOR, None, now=NOW).id for name in ("ada", "bea")}
    known.link(ids["ada"], "https://login.example", "s-1", now=NOW)
    try:
        known.link(ids[who], issuer, subject, now=NOW)
        found = ""
    except UsageError as error:
        found = error.code
    assert found == code


def test_who_comes_twice_at_once_is_added_once(engine: Engine) -> None:
    who = Identity("https://login.example", "s-1", "ada@acme.example", Role.AUDITOR)
    with ThreadPoolExecutor(8) as several:
        found = list(several.map(lambda _: Identities(engine).enter(who, now=NOW), range(8)))
    assert len(set(found)) == 1
    assert People(engine, QUICK).all() == [found[0]]
