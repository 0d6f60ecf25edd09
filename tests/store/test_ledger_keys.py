"""Keys apart from the ledger, and gone when they are destroyed."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ledger_past import DAY, NOW

from usepolicy.enforcement.keys import link_of
from usepolicy.errors import StepError, StoreError
from usepolicy.store.ledger_keys import Keys, default_place


def test_a_key_is_made_once_and_found_again(keys: Keys, keys_place: str, place: str) -> None:
    made = keys.of("user-7", now=NOW)
    again = Keys.open(keys_place, beside=place)
    assert again.of("user-7", now=NOW + DAY) == again.find("user-7") == made
    assert len(made.secret) == 32
    assert keys.of("user-8", now=NOW).secret != made.secret
    again.close()


def test_many_read_and_make_keys_at_once(keys: Keys) -> None:
    """Each thread has a connection of its own, and opening one must not lock the others out."""
    keys.of("user-7", now=NOW)

    def read(number: int) -> bool:
        made = keys.of(f"user-{number % 5}", now=NOW)
        return keys.find("user-7") is not None and made in keys.all()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(80)))


def test_an_account_without_a_key_has_none(keys: Keys) -> None:
    assert keys.find("user-7") is None
    assert keys.all() == keys.condemned() == ()


def test_a_condemned_key_makes_no_more_links(keys: Keys) -> None:
    made = keys.of("user-7", now=NOW)
    assert keys.condemn("user-7", now=NOW) == made
    assert (keys.find("user-7"), keys.all(), keys.condemned()) == (None, (), (made,))
    with pytest.raises(StepError) as refused:
        keys.of("user-7", now=NOW)
    assert refused.value.code == "being-erased"


def test_after_its_destruction_the_same_account_is_another(keys: Keys) -> None:
    before = keys.of("user-7", now=NOW)
    keys.condemn("user-7", now=NOW)
    keys.destroy("user-7")
    after = keys.of("user-7", now=NOW)
    assert link_of(after) != link_of(before)
    assert keys.condemn("nobody", now=NOW) is None


@pytest.fixture
def apart(tmp_path: Path) -> tuple[Path, str]:
    return tmp_path / "keys" / "keys.sqlite", str(tmp_path / "ledger.sqlite")


def test_the_file_is_its_owners_alone(apart: tuple[Path, str]) -> None:
    path, ledger = apart
    Keys.open(str(path), beside=ledger).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602, 0o604])
def test_a_file_that_others_may_read_is_refused(apart: tuple[Path, str], mode: int) -> None:
    path, ledger = apart
    Keys.open(str(path), beside=ledger).close()
    path.chmod(mode)
    with pytest.raises(StoreError) as refused:
        Keys.open(str(path), beside=ledger)
    assert refused.value.code == "keys-exposed"


def test_a_link_to_a_file_of_another_is_not_followed(apart: tuple[Path, str]) -> None:
    path, ledger = apart
    path.parent.mkdir()
    path.symlink_to(path.parent / "elsewhere.sqlite")
    with pytest.raises(StoreError) as refused:
        Keys.open(str(path), beside=ledger)
    assert refused.value.code == "keys-unusable"


@pytest.mark.parametrize(
    ("keys", "ledger", "why"),
    [
        ("{}/keys.sqlite", "{}/ledger.sqlite", "one folder"),
        ("{}/a/../keys.sqlite", "{}/ledger.sqlite", "one folder in other words"),
        ("{}/ledger.sqlite", "{}/ledger.sqlite", "one file"),
        ("postgresql://a@h/db", "postgresql://b@h/db", "one database, two users"),
        ("postgresql+psycopg://h:1/db", "postgresql://h:1/db", "one database, two spellings"),
        ("postgresql:///db?host=/run", "postgresql://u@/db?host=/run", "one socket"),
    ],
)
def test_keys_beside_the_ledger_are_refused(
    tmp_path: Path, keys: str, ledger: str, why: str
) -> None:
    with pytest.raises(StoreError) as refused:
        Keys.open(keys.format(tmp_path), beside=ledger.format(tmp_path))
    assert refused.value.code == "keys-beside-ledger"


def test_what_is_destroyed_is_not_in_the_file_any_more(apart: tuple[Path, str]) -> None:
    path, ledger = apart
    keys = Keys.open(str(path), beside=ledger)
    secrets = [keys.of(f"user-{n}", now=NOW).secret for n in range(20)]
    kept = [file.read_bytes() for file in path.parent.iterdir()]
    assert all(any(secret in data for data in kept) for secret in secrets)
    for n in range(20):
        keys.condemn(f"user-{n}", now=NOW)
        keys.destroy(f"user-{n}")
    left = [file.read_bytes() for file in path.parent.iterdir()]
    assert not any(secret in data for secret in secrets for data in left)
    keys.close()


def test_a_key_is_not_in_what_is_printed(keys: Keys) -> None:
    made = keys.of("user-7", now=NOW)
    assert made.secret.hex() not in repr(made)
    assert repr(made.secret) not in repr(made)


@pytest.mark.parametrize("named", ["some.sqlite", "postgresql://h/db"])
def test_the_environment_names_the_keys(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.setenv("USEPOLICY_LEDGER_KEYS", named)
    assert default_place() == named


def test_the_defaults_are_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from usepolicy.store.ledger import default_place as ledger_place

    for name in ("USEPOLICY_LEDGER", "USEPOLICY_LEDGER_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    Keys.open(default_place(), beside=ledger_place()).close()
