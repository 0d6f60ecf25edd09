"""`ledger` from the command line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (  # fmt: skip
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from ledger_past import DAY, LADDER, NOW, decision, ids
from sqlalchemy import create_engine, text

from usepolicy.enforcement.keys import link_of
from usepolicy.enforcement.sanctions import respond
from usepolicy.store.ledger import Ledger
from usepolicy.store.ledger_keys import Keys

PAGE = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text("utf-8")
RULES = re.search(r"```yaml\n(.*?)```", PAGE, re.S).group(1)  # type: ignore[union-attr]


@pytest.fixture
def kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ledger of twelve entries on one account, its keys and a ladder."""
    monkeypatch.setenv("USEPOLICY_LEDGER", "ledger/ledger.sqlite")
    monkeypatch.setenv("USEPOLICY_LEDGER_KEYS", "keys/keys.sqlite")
    monkeypatch.setenv("USEPOLICY_CONSOLE", "console.db")
    ledger = Ledger.open("ledger/ledger.sqlite")
    keys = Keys.open("keys/keys.sqlite", beside="ledger/ledger.sqlite", random=lambda n: b"k" * n)
    link, office = link_of(keys.of("user-7", now=NOW)), ids()
    for day in range(4):
        draft = decision(f"d{day}", at=NOW + DAY * day, account=link, category="malware")
        ledger.append_from(
            lambda view, d=draft: respond(d, view.standing(link, LADDER, d.at), office)
        )
    ledger.close()
    keys.close()
    (folder / "ladder.yaml").write_text(RULES, encoding="utf-8")
    return Path("ledger/ledger.sqlite")


def spoil(path: Path, *statements: str) -> None:
    """Do what the owner of the file can."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as at:
        for name in ("entries_keep", "entries_stay", "entries_follow"):
            at.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            at.execute(text(statement))
    engine.dispose()


def test_verify_says_what_it_cannot_tell(usepolicy, kept: Path) -> None:
    run = usepolicy("ledger", "verify")
    assert (run.code, run.out) == (0, "")
    assert run.err.startswith("12 entries hold together; only a checkpoint tells")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE entries SET body = replace(body, 'malware', 'spam') WHERE sequence = 4",
         "error[altered]: ledger/ledger.sqlite: entry 4 does not have its hash"),
        ("DELETE FROM entries WHERE sequence = 4", "error[missing]: ledger/ledger.sqlite: entry 4 is"),
    ],
)  # fmt: skip
def test_verify_names_the_first_bad_entry(usepolicy, kept: Path, statement: str, said: str) -> None:
    spoil(kept, statement)
    run = usepolicy("ledger", "verify")
    assert run.code == 3
    assert run.err.startswith(said)
    assert "entries 1 to 3 hold together" in run.err


def test_a_cut_is_found_by_a_checkpoint(usepolicy, kept: Path) -> None:
    assert usepolicy("ledger", "checkpoint", "-o", "c.json").code == 0
    assert usepolicy("ledger", "verify", "--checkpoint", "c.json").code == 0
    spoil(kept, "DELETE FROM entries WHERE sequence > 9")
    assert usepolicy("ledger", "verify").code == 0
    run = usepolicy("ledger", "verify", "--checkpoint", "c.json")
    assert (run.code, run.err.split(":")[0]) == (3, "error[truncated]")


def test_no_checkpoint_is_made_of_a_broken_ledger(usepolicy, kept: Path) -> None:
    spoil(kept, "DELETE FROM entries WHERE sequence = 4")
    run = usepolicy("ledger", "checkpoint", "-o", "c.json")
    assert run.code == 3
    assert not Path("c.json").exists()


def test_giving_out_a_checkpoint_is_an_entry(usepolicy, kept: Path) -> None:
    run = usepolicy("ledger", "checkpoint")
    assert json.loads(run.out)["count"] == 12
    lines = usepolicy("ledger", "export").out.splitlines()
    assert json.loads(lines[-1])["kind"] == "checkpoint"


@pytest.fixture
def pems(folder: Path) -> None:
    for name in ("mine", "other"):
        key = Ed25519PrivateKey.generate()
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (folder / f"{name}.pem").write_bytes(private)
        (folder / f"{name}.pub").write_bytes(public)


def test_a_signature_is_asked_for(usepolicy, kept: Path, pems: None) -> None:
    usepolicy("ledger", "checkpoint", "--sign", "mine.pem", "-o", "signed.json")
    usepolicy("ledger", "checkpoint", "-o", "plain.json")
    for name, key, code in (
        ("signed.json", "mine.pub", 0),
        ("signed.json", "other.pub", 3),
        ("plain.json", "mine.pub", 3),
        ("signed.json", "mine.pem", 2),
    ):
        run = usepolicy("ledger", "verify", "--checkpoint", name, "--public-key", key)
        assert run.code == code, (name, key, run.err)


def test_a_proof_needs_no_ledger(usepolicy, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usepolicy("ledger", "checkpoint", "-o", "c.json")
    assert usepolicy("ledger", "prove", 4, "--checkpoint", "c.json", "-o", "p.json").code == 0
    monkeypatch.setenv("USEPOLICY_LEDGER", "nowhere.sqlite")
    run = usepolicy("ledger", "verify", "--proof", "p.json", "--checkpoint", "c.json")
    assert (run.code, run.err) == (0, "entry 4 is among the 12 of the checkpoint\n")
    proof = Path("p.json").read_text("utf-8").replace('"block"', '"allow"').replace('"malware"', '"spam"')  # fmt: skip
    Path("p.json").write_text(proof, encoding="utf-8")
    run = usepolicy("ledger", "verify", "--proof", "p.json", "--checkpoint", "c.json")
    assert (run.code, run.err.split(":")[0]) == (3, "error[entry-altered]")


def test_an_export_is_verified_without_the_ledger(
    usepolicy, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usepolicy("ledger", "checkpoint", "-o", "c.json")
    assert usepolicy("ledger", "export", "-o", "all.ndjson").code == 0
    monkeypatch.setenv("USEPOLICY_LEDGER", "nowhere.sqlite")
    whole = ("ledger", "verify", "--export", "all.ndjson", "--checkpoint", "c.json")
    assert usepolicy(*whole).code == 0
    lines = Path("all.ndjson").read_text("utf-8").splitlines(keepends=True)
    Path("all.ndjson").write_text("".join(lines[:3] + lines[4:]), encoding="utf-8")
    run = usepolicy(*whole)
    assert (run.code, run.err.split(":")[0]) == (3, "error[missing]")


def test_an_export_holds_no_account_and_no_key(usepolicy, kept: Path) -> None:
    out = usepolicy("ledger", "export").out
    assert "user-7" not in out
    assert (b"k" * 32).hex() not in out
    assert len(out.splitlines()) == 12


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ((), 12),
        (("--from", "2026-03-02"), 9),
        (("--to", "2026-03-01"), 3),
        (("--from", "2026-03-02", "--to", "2026-03-03"), 6),
        (("--from", "2027-01-01"), 0),
    ],
)
def test_the_days_of_an_export(usepolicy, kept: Path, options, count: int) -> None:
    run = usepolicy("ledger", "export", *options)
    assert len(run.out.splitlines()) == count
    assert run.err.startswith(f"{count} entries.")


def test_standing_then_and_now(usepolicy, kept: Path) -> None:
    asked = ("ledger", "standing", "user-7", "--ladder", "ladder.yaml", "--at")
    run = usepolicy(*asked, "2026-03-02")
    assert run.out.splitlines()[0].split() == ["in", "force", "since", "until", "entry"]
    assert run.err == "3 points from 1 violations at 2026-03-02\n"
    run = usepolicy(*asked, "2026-03-05T00:00:00+00:00", "--format", "json")
    found = json.loads(run.out)
    assert (found["points"], found["violations"]) == (12, ["d0", "d1", "d2", "d3"])
    [limit] = found["sanctions"]
    assert limit["until"] == "2026-03-08T12:00:00+00:00"
    run = usepolicy(*asked, "2026-02-01")
    assert (run.out, run.err[:8]) == ("no sanction is in force\n", "0 points")


def test_erasing_is_said_twice_and_leaves_the_chain(usepolicy, kept: Path) -> None:
    run = usepolicy("ledger", "erase", "user-7")
    assert (run.code, run.err.split(":")[0]) == (2, "error[not-confirmed]")
    assert usepolicy("ledger", "erase", "user-7", "--yes").code == 0
    assert usepolicy("ledger", "erase", "user-7", "--yes").code == 4
    assert usepolicy("ledger", "verify").err.startswith("13 entries hold together")
    run = usepolicy("ledger", "standing", "user-7", "--ladder", "ladder.yaml")
    assert (run.code, run.err) == (0, "nothing in the ledger is linked to this account\n")


def test_retaining_unlinks_idle_accounts(usepolicy, kept: Path) -> None:
    run = usepolicy("ledger", "retain")
    rest = "0 records of sending, 0 sessions, 0 failed attempts to sign in\n"
    assert run.err == f"destroyed: 0 excerpts, links and contacts of 0 accounts, {rest}"
    run = usepolicy("ledger", "retain", "--links-after", "1d")
    assert run.err == f"destroyed: 0 excerpts, links and contacts of 1 accounts, {rest}"
    assert not Path("console.db").exists(), "none is made to look into it"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("verify", "--ledger", "nowhere.sqlite"), 1, "no-ledger"),
        (("verify", "--ledger", "ladder.yaml"), 1, "ledger-unusable"),
        (("verify", "--ledger", "postgresql://u:secret@127.0.0.1:1/d"), 1, "ledger-unusable"),
        (("verify", "--checkpoint", "nowhere.json"), 1, ""),
        (("verify", "--checkpoint", "ladder.yaml"), 3, "invalid-checkpoint"),
        (("verify", "--proof", "ladder.yaml"), 2, "no-checkpoint"),
        (("verify", "--export", "ladder.yaml"), 3, "invalid-entry"),
        (("verify", "--export", "nowhere"), 1, "unreadable"),
        (("verify", "--export", "ledger/ledger.sqlite"), 3, "invalid-entry"),
        (("export", "-o", "nowhere/x.ndjson"), 1, "unwritable"),
        (("export", "--from", "yesterday"), 2, ""),
        (("export", "--to", "9999-12-31"), 2, "not-a-date"),
        (("standing", "user-7", "--ladder", "ladder.yaml", "--at", "0001-01-01"), 2, "not-a-time"),
        (("standing", "user-7", "--ladder", "ladder.yaml", "--at", "9999-12-31"), 2, "not-a-time"),
        (("retain", "--links-after", "999999w"), 2, "not-a-duration"),
        (("prove", "0", "--checkpoint", "c.json"), 2, ""),
        (("prove", "13", "--checkpoint", "c.json"), 2, "no-entry"),
        (("prove", "5"), 2, ""),
        (("checkpoint", "--sign", "ladder.yaml"), 2, "no-key"),
        (("retain", "--links-after", "soon"), 2, "not-a-duration"),
        (("retain", "--sendings-after", "soon"), 2, "not-a-duration"),
        (("retain", "--console", "nowhere.db"), 1, "no-console"),
        (("retain", "--keys", "ledger/keys.sqlite"), 1, "keys-beside-ledger"),
        (("erase", "", "--yes"), 2, "empty-argument"),
        (("erase", "nobody", "--yes"), 4, "no-such-account"),
        (("standing", "user-7"), 2, ""),
        (("standing", "user-7", "--ladder", "c.json"), 3, ""),
        (("standing", "user-7", "--ladder", "ladder.yaml", "--at", "then"), 2, "not-a-time"),
    ],
)
def test_wrong_input_is_one_error(usepolicy, kept: Path, arguments, code: int, said: str) -> None:
    usepolicy("ledger", "checkpoint", "-o", "c.json")
    run = usepolicy("ledger", *arguments)
    assert run.code == code
    assert said in run.err
    assert "Traceback" not in run.err
    assert "secret" not in run.err
    assert usepolicy("ledger", "verify").err.startswith("13 entries hold together")


def test_keys_that_others_may_read_are_refused(usepolicy, kept: Path) -> None:
    Path("keys/keys.sqlite").chmod(0o644)
    run = usepolicy("ledger", "standing", "user-7", "--ladder", "ladder.yaml")
    assert (run.code, run.err.split(":")[0]) == (1, "error[keys-exposed]")


def test_an_export_into_a_pipe_that_closes_ends_quietly(kept: Path) -> None:
    command = f"{sys.executable} -m usepolicy ledger export 2>err | head -c 10"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stdout == '{"account"'
    assert "Traceback" not in Path("err").read_text("utf-8")


def test_an_export_through_a_link_replaces_what_it_leads_to(usepolicy, kept: Path) -> None:
    Path("real.ndjson").write_text("old", encoding="utf-8")
    Path("link.ndjson").symlink_to("real.ndjson")
    assert usepolicy("ledger", "export", "-o", "link.ndjson").code == 0
    assert Path("link.ndjson").is_symlink()
    assert len(Path("real.ndjson").read_text("utf-8").splitlines()) == 12
