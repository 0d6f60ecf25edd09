"""`usepolicy catalogue add --known`, against a real server that stands for all hosts."""

from __future__ import annotations

import re
import socket
from collections import Counter

import pytest
from known_web import known_web

from usepolicy.known import known_policies
from usepolicy.store.catalogue import Catalogue
from usepolicy.store.catalogue_queries import find, list_versions


@pytest.fixture
def web(monkeypatch):
    """Serve all known hosts from this machine, with no pause between two requests."""
    with known_web() as served:
        monkeypatch.setattr("usepolicy.known.known_policies", served.known)
        monkeypatch.setattr("usepolicy.reading.fetch.resolve_host", lambda *_: ("127.0.0.1",))
        monkeypatch.setattr("usepolicy.reading.manners.PAUSE_S", 0.0)
        yield served


@pytest.fixture
def add(usepolicy, tmp_path):
    """Run the command with a catalogue of its own; return the run and what is kept."""
    path = tmp_path / "c.sqlite"

    def run(*arguments: str):
        done = usepolicy("catalogue", "add", "--known", *arguments, "--catalogue", path)
        return done, Catalogue.open(path)

    return run


def codes(talk: str) -> Counter[str]:
    return Counter(re.findall(r"^\[\d+/\d+\] error\[([a-z-]+)\]", talk, re.MULTILINE))


def test_all_known_policies_are_fetched_and_kept(web, add):
    done, kept = add("--allow-private")
    rows = list_versions(kept)
    assert (done.code, done.out, codes(done.err)) == (0, "", Counter())
    assert len(rows) == len(known_policies()) == 58
    assert done.err.splitlines()[0].startswith("58 known policies, at addresses from https://")
    assert "[58/58] " in done.err, "each is told as it comes"
    assert done.err.splitlines()[-1].startswith("58 policies in 58 versions")
    assert all(row.address and row.is_read and row.categories for row in rows)


def test_a_policy_of_many_pages_is_one_version(web, add):
    _, kept = add("--allow-private")
    longest = max(web.known(), key=lambda policy: len(policy.addresses))
    rows = [row for row in list_versions(kept) if row.title == longest.identity.title]
    version = find(kept, rows[0].id).policy.version
    assert tuple(part.address for part in version.parts) == longest.addresses


def test_it_is_polite(web, add):
    add("--allow-private")
    first = {}
    for host, path in web.asked:
        first.setdefault(host, path)
    assert set(first.values()) == {"/robots.txt"}, "what a host asks for is read before its pages"
    assert max(Counter(web.asked).values()) == 1, "nothing is asked for twice"
    assert web.most_at_once == 1, "one connection at a time"
    assert {agent.partition("/")[0] for agent in web.agents} == {"usepolicy"}


def test_a_second_time_nothing_is_new(web, add):
    add("--allow-private")
    done, kept = add("--allow-private")
    assert done.err.count("already there") == 58
    assert len(list_versions(kept, every=True)) == 58


FAILURES = [
    ("x.ai", {"": (500, b"", {})}, "http-status", "a server that fails"),
    ("x.ai", {"/robots.txt": (200, b"User-agent: *\nDisallow: /\n", {})}, "robots", "a refusal"),
    ("x.ai", {"": (302, b"", {"location": "file:///etc/passwd"})}, "unsupported-scheme", "a trick"),
    ("x.ai", {"": (200, b"", {})}, "empty-document", "an empty page"),
]


@pytest.mark.parametrize(("host", "answers", "code", "why"), FAILURES, ids=[r[3] for r in FAILURES])
def test_one_that_fails_stops_no_other(web, add, host, answers, code, why):
    mine = [policy for policy in web.known() if f"//{host}:" in policy.addresses[0]]
    for policy in mine:
        for address in policy.addresses:
            path = address.partition(f"{host}:{web.port}")[2]
            web.pages |= {f"{host}{where or path}": answer for where, answer in answers.items()}
    done, kept = add("--allow-private")
    assert (done.code, codes(done.err)) == (0, Counter({code: len(mine)}))
    assert len(list_versions(kept)) == 58 - len(mine) < 58
    if code == "robots":
        assert {path for asked, path in web.asked if asked == host} == {"/robots.txt"}


def test_the_guard_stands(web, add):
    """The same web, whose hosts are all on this machine, is not asked for a single page."""
    done, kept = add()
    assert (done.code, list_versions(kept), web.asked) == (1, [], [])
    assert codes(done.err) == Counter({"private-address": 58})


def _no_name(*_: object):
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


def test_without_a_network_it_says_so_and_goes_on(web, add, policy, monkeypatch):
    monkeypatch.setattr("usepolicy.reading.fetch.resolve_host", _no_name)
    done, kept = add(policy, "--developer", "Tern")
    assert done.code == 0, "the file was added"
    assert set(codes(done.err)) == {"unreachable"}
    assert 3 <= codes(done.err).total() < 10, "three hosts, and the rest is not tried"
    assert "warning[no-network]: no host can be reached; the rest was not tried" in done.err
    assert [row.developer for row in list_versions(kept)] == ["tern"]
    assert web.asked == []


def test_without_a_network_and_a_file_nothing_is_added(web, add, monkeypatch):
    monkeypatch.setattr("usepolicy.reading.fetch.resolve_host", _no_name)
    done, _ = add()
    assert done.code == 1
    assert "help: add files instead: usepolicy catalogue add FOLDER" in done.err
    assert "Traceback" not in done.err
