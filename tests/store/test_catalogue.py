"""The catalogue: what it keeps, what it refuses, how it goes out and comes in again."""

from __future__ import annotations

import io
import tarfile
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import inspect, select, text

from usepolicy.errors import ExtractError, FetchError, SchemaError, StoreError, UsageError
from usepolicy.known import known_policies
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.hand_codings import HandCell, HandCoding, HandDecision
from usepolicy.policies.policies import Identity, PolicyKind
from usepolicy.reading.manners import PAUSE_S, Manners
from usepolicy.reading.sources import snapshot_of
from usepolicy.store.catalogue import IN_MEMORY, Catalogue, Kept
from usepolicy.store.catalogue_archive import export_catalogue, import_catalogue, unpacked
from usepolicy.store.catalogue_documents import read_document
from usepolicy.store.catalogue_intake import (
    Item,
    Stopped,
    add_items,
    known_items,
)
from usepolicy.store.catalogue_migrate import newest
from usepolicy.store.catalogue_queries import (
    current_cells,
    current_strengths,
    find,
    is_id,
    list_codings,
    list_versions,
    search,
    versions_of,
)
from usepolicy.store.catalogue_tables import HEAD, metadata, snapshots

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
TEXT = """\
# Tern Acceptable Use

You may not use Tern to:

- harass anyone
- spread malware
- impersonate a person without their consent

We may suspend accounts that break these rules.
"""
TERN = Identity(developer="Tern", title="AUP", kind=PolicyKind.AUP)


def document(words: str = TEXT, *, effective: date | None = date(2026, 1, 1), who=TERN):
    snapshot = snapshot_of(words.encode(), "tern.md")
    return read_document([snapshot], replace(who, effective=effective))


@pytest.fixture
def catalogue():
    return Catalogue.open(IN_MEMORY)


def test_the_tables_are_what_the_migrations_make(catalogue):
    assert newest() == HEAD
    found = inspect(catalogue.engine)
    for table in metadata.sorted_tables:
        columns = {
            c["name"]: (str(c["type"]), c["nullable"]) for c in found.get_columns(table.name)
        }
        declared = {c.name: (str(c.type), c.nullable) for c in table.columns}
        assert columns == declared, table.name
        indexes = {(i["name"], tuple(i["column_names"])) for i in found.get_indexes(table.name)}
        assert indexes == {(i.name, tuple(i.columns.keys())) for i in table.indexes}, table.name


ADDED = [
    (document(), Kept.SAME, ["tern/aup@2026-01-01"], "the same again"),
    (
        document(effective=date(2026, 2, 1)),
        Kept.SAME,
        ["tern/aup@2026-01-01"],
        "the same words a month later are no new version",
    ),
    (
        document(TEXT + "\nNo spam.\n", effective=date(2026, 2, 1)),
        Kept.ADDED,
        ["tern/aup@2026-02-01", "tern/aup@2026-01-01"],
        "other words are",
    ),
    (
        document(TEXT + "\nNo spam.\n", effective=None),
        Kept.ADDED,
        ["tern/aup@2026-01-01", "tern/aup@undated"],
        "a version without a date is the oldest",
    ),
]


@pytest.mark.parametrize(("second", "kept", "ids", "why"), ADDED, ids=[row[3] for row in ADDED])
def test_a_second_time(catalogue, second, kept, ids, why):
    assert catalogue.add(document(), now=NOW) == ("tern/aup@2026-01-01", Kept.ADDED)
    assert catalogue.add(second, now=NOW)[1] is kept
    assert versions_of(catalogue, "tern/aup") == ids
    assert [row.id for row in list_versions(catalogue)] == ids[:1]


def test_a_version_never_changes_its_text(catalogue):
    catalogue.add(document(), now=NOW)
    with pytest.raises(UsageError) as raised:
        catalogue.add(document(TEXT + "\nNo spam.\n"), now=NOW)
    assert raised.value.code == "version-differs"
    assert find(catalogue, "tern/aup").text == TEXT


def test_a_better_reading_takes_the_place_of_an_earlier(catalogue):
    first = document()
    worse = replace(first.known.policy, clauses=first.known.policy.clauses[:1])
    catalogue.add(replace(first, known=replace(first.known, policy=worse)), now=NOW)
    assert [len(coded) for coded in current_strengths(catalogue).values()] == [1]
    assert catalogue.add(first, now=NOW)[1] is Kept.READ_ANEW
    coded = current_strengths(catalogue)["tern/aup@2026-01-01"]
    assert coded.items() >= {"malware": "prohibited", "impersonation": "restricted"}.items()
    words = current_cells(catalogue, categories=list(coded))
    assert {cell.category: cell.strength for cell in words} == coded
    assert search(catalogue, "malware", limit=5)[0] == 1


def test_what_is_kept_comes_back_as_it_was(catalogue):
    kept = document()
    catalogue.add(kept, now=NOW)
    assert find(catalogue, "tern/aup@2026-01-01") == kept.known
    with catalogue.engine.connect() as at:
        assert at.scalar(select(snapshots.c.data)) == TEXT.encode()


def test_removing_takes_everything_with_it(catalogue):
    catalogue.add(document(), now=NOW)
    catalogue.add(document(TEXT + "\nNo spam.\n", effective=date(2026, 2, 1)), now=NOW)
    assert catalogue.remove("tern/aup@2026-02-01") == 1
    assert [row.id for row in list_versions(catalogue)] == ["tern/aup@2026-01-01"]
    assert catalogue.remove("tern/aup") == 1
    with catalogue.engine.connect() as at:
        for table in metadata.sorted_tables:
            assert at.execute(table.select()).first() is None, table.name
    assert search(catalogue, "malware", limit=5) == (0, [])


def hand(coder: str = "Ada") -> HandCoding:
    policy = document().known.policy
    cell = HandCell(CategoryId("spam"), HandDecision.ACCEPT, coder, date(2026, 11, 1))
    return HandCoding(policy.version.id, policy.version.text_sha256, TERN, (cell,))


def test_codings_by_hand_stand_beside_what_was_read(catalogue):
    id, kept = catalogue.add_coding(hand(), now=NOW)
    assert (id, kept) == ("tern/aup@2026-01-01~ada", Kept.ADDED)
    assert catalogue.add_coding(hand(), now=NOW)[1] is Kept.SAME
    assert find(catalogue, id) == hand()
    assert [coding.coder for coding in list_codings(catalogue)] == ["Ada"]
    assert catalogue.remove(id) == 1


@pytest.mark.parametrize(
    ("id", "help"),
    [
        ("tern/aup@2026-01-02", "did you mean `tern/aup@2026-01-01`"),
        ("nobody/nothing", "list it: usepolicy catalogue list"),
    ],
)
def test_an_id_that_is_not_there(catalogue, id, help):
    catalogue.add(document(), now=NOW)
    with pytest.raises(UsageError) as raised:
        find(catalogue, id)
    assert (raised.value.code, raised.value.help) == ("not-in-catalogue", help)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("tern/aup", True),
        ("tern/aup@2026-01-01", True),
        ("tern/aup@undated~ada", True),
        ("百度/条款@undated", True),
        ("aup.md", False),
        ("a/b/c.md", False),
        ("../x", True),
        ("a b/c", False),
    ],
)
def test_what_is_written_like_an_id(name, is_one):
    assert is_id(name) is is_one


SEARCHES = [
    ("malware", 1, "a word"),
    ("harassing", 1, "its stem"),
    ("imperson", 1, "a beginning"),
    ("malware harass", 0, "all words in one clause"),
    ('"malware" OR NEAR(', 0, "operators are words"),
    ("--", 0, "nothing to look for"),
]


@pytest.mark.parametrize(("words", "count", "why"), SEARCHES, ids=[row[2] for row in SEARCHES])
def test_search(catalogue, words, count, why):
    catalogue.add(document(), now=NOW)
    assert search(catalogue, words, limit=5)[0] == count


def test_a_policy_of_two_pages_has_two_parts(catalogue):
    pages = [
        replace(snapshot_of(words.encode(), name), address=f"https://example.org/{name}")
        for words, name in ((TEXT, "one.md"), ("# More\n\nDo not send spam.\n", "two.md"))
    ]
    kept = read_document(pages, replace(TERN, recorded=date(2026, 11, 25)))
    assert kept.known.policy.version.id == "tern/aup@2026-11-25"
    parts = kept.known.policy.version.parts
    assert [part.address for part in parts] == [page.address for page in pages]
    assert [part.span.cut(kept.known.text) for part in parts] == [p.data.decode() for p in pages]
    catalogue.add(kept, now=NOW)
    assert find(catalogue, "tern/aup").policy == kept.known.policy


@pytest.mark.parametrize("texts", [True, False])
def test_an_export_comes_back(catalogue, tmp_path, texts):
    catalogue.add(document(), now=NOW)
    catalogue.add_coding(hand(), now=NOW)
    file = tmp_path / "all.zip"
    file.write_bytes(export_catalogue(catalogue, texts=texts))
    assert file.read_bytes() == export_catalogue(catalogue, texts=texts), "the same bytes"
    other = Catalogue.open(tmp_path / "other.sqlite")
    assert [kept for _, kept in import_catalogue(other, file, now=NOW)] == [Kept.ADDED] * 2
    assert find(other, "tern/aup").text == (TEXT if texts else None)
    assert find(other, "tern/aup@2026-01-01~ada") == hand()
    if texts:
        assert export_catalogue(other, texts=True) == file.read_bytes()


def _zip(tmp_path, **members: str):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, words in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), words)
    return path


def test_an_export_with_another_text_is_refused(catalogue, tmp_path):
    catalogue.add(document(), now=NOW)
    whole = zipfile.ZipFile(io.BytesIO(export_catalogue(catalogue, texts=True)))
    path = tmp_path / "changed.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in whole.namelist():
            data = b"other words" if name.startswith("texts/") else whole.read(name)
            archive.writestr(name, data)
    with pytest.raises(SchemaError) as raised:
        import_catalogue(Catalogue.open(IN_MEMORY), path, now=NOW)
    assert raised.value.code == "text-differs"
    with pytest.raises(SchemaError) as raised:
        import_catalogue(catalogue, _zip(tmp_path, a_dot_md="x"), now=NOW)
    assert raised.value.code == "not-an-export"


def test_archives_give_their_documents(tmp_path):
    packed = _zip(tmp_path, b_dot_md="b", a__c_dot_md="c", pic_dot_png="x", _dot_hidden_dot_md="h")
    assert [(s.name, s.data) for s in unpacked(packed)] == [("a/c.md", b"c"), ("b.md", b"b")]
    tar = tmp_path / "x.tar.gz"
    with tarfile.open(tar, "w:gz") as archive:
        info = tarfile.TarInfo("/etc/p.md")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"p"))
    assert [s.data for s in unpacked(tar)] == [b"p"], "a way out is only a name: nothing is written"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [("x.zip", b"no zip", "broken-archive"), ("x.tar", b"no tar", "broken-archive")],
)
def test_a_broken_archive_is_an_error(tmp_path, name, data, code):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ExtractError) as raised:
        list(unpacked(tmp_path / name))
    assert raised.value.code == code


def test_what_is_no_catalogue_is_an_error(tmp_path):
    (tmp_path / "x").write_text("no database", "utf-8")
    with pytest.raises(StoreError) as raised:
        Catalogue.open(tmp_path / "x")
    assert raised.value.code == "catalogue-unreadable"
    with pytest.raises(StoreError) as raised:
        Catalogue.open(tmp_path / "none", create=False)
    assert raised.value.code == "no-catalogue"


def test_a_catalogue_of_a_newer_program_is_left_alone(tmp_path):
    made = Catalogue.open(tmp_path / "x")
    with made.engine.begin() as at:
        at.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError) as raised:
        Catalogue.open(tmp_path / "x")
    assert raised.value.code == "catalogue-too-new"


def _site(pages: dict[str, bytes]):
    """Return a fetch of made-up pages and the list of what was asked for."""
    asked: list[str] = []

    def fetch(address: str):
        asked.append(address)
        if address in pages:
            return replace(snapshot_of(pages[address], "page.md"), address=address)
        code = "http-status" if address.startswith("https://up.") else "unreachable"
        raise FetchError(code, "no page", place=address)

    return fetch, asked


def test_manners_wait_and_ask_first():
    pages = {
        "https://up.example/robots.txt": b"User-agent: *\nDisallow: /closed\n",
        "https://up.example/a": b"a",
        "https://up.example/b": b"b",
    }
    fetch, asked = _site(pages)
    waits: list[float] = []
    polite = Manners(fetch, waits.append, lambda: 100.0)
    assert polite("https://up.example/a").data == b"a"
    assert polite("https://up.example/b").data == b"b"
    with pytest.raises(FetchError) as raised:
        polite("https://up.example/closed")
    assert raised.value.code == "robots"
    assert waits == [PAUSE_S, PAUSE_S]
    assert asked == list(pages)


def items(fetch, *addresses: str):
    for address in addresses:
        title = address.rpartition("/")[2]
        who = Identity(developer="Tern", title=title, recorded=NOW.date())
        yield Item(address, who, lambda address=address: [fetch(address)])


INTAKES = [
    (["https://down1/a", "https://up.example/a"], ["unreachable", "added"], "one failure"),
    (
        ["https://down1/a", "https://down2/a", "https://down3/a", "https://up.example/a"],
        ["unreachable"] * 3 + [Stopped.NO_NETWORK],
        "no host at all: the machine has no network",
    ),
    (
        ["https://down1/a", "https://down1/b", "https://down1/c", "https://up.example/a"],
        ["unreachable"] * 3 + ["added"],
        "one host that is down is not the network",
    ),
    (
        ["https://up.example/a", "https://d1/a", "https://d2/a", "https://d3/a", "https://d4/a"],
        ["added"] + ["unreachable"] * 4,
        "a network that was there is there",
    ),
    (
        ["https://up.example/none", "https://d1/a", "https://d2/a", "https://d3/a"],
        ["http-status"] + ["unreachable"] * 3 + [Stopped.NO_NETWORK],
        "an answer of any kind starts the count anew",
    ),
]


@pytest.mark.parametrize(("asked", "expected", "why"), INTAKES, ids=[row[2] for row in INTAKES])
def test_one_failure_never_stops_the_rest(catalogue, asked, expected, why):
    fetch, _ = _site({"https://up.example/a": TEXT.encode()})
    outcomes = list(add_items(catalogue, items(fetch, *asked), now=NOW))
    found = [o.stopped or (o.error.code if o.error else o.kept) for o in outcomes]
    assert found == expected


def test_known_policies_are_facts_with_addresses():
    known = known_policies()
    assert len(known) == 58
    assert all(a.startswith("https://") for each in known for a in each.addresses)
    assert max(len(each.addresses) for each in known) == 4
    item = next(known_items(known, lambda a: snapshot_of(TEXT.encode(), a), now=NOW))
    assert item.identity.recorded == NOW.date()
    made = read_document(item.load(), item.identity)
    assert made.known.policy.version.id == "bardeen/bardeen-terms-of-service@2026-11-25"
