"""The catalogue: snapshots, versions, policies and codings in one SQLite file.

Owns what may be kept and what may not change: a version, once kept, keeps its text; what reads
it better may replace its reading. How rows are made is `catalogue_rows`', what is asked of them
`catalogue_queries`'.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, delete, func, select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import StaticPool

from usepolicy.errors import StoreError, UsageError
from usepolicy.policies.hand_codings import HandCoding
from usepolicy.policies.versions import VersionId, slug
from usepolicy.store import catalogue_rows as rows
from usepolicy.store.catalogue_documents import Documented
from usepolicy.store.catalogue_tables import (
    HEAD,
    codings,
    policies,
    snapshots,
    version_snapshots,
    versions,
)
from usepolicy.store.sqlite import data_file, make_folder, open_file, set_up

IN_MEMORY = Path(":memory:")
BY = "~"
"""Between the id of a version and who coded it, in the id of a hand coding."""


class Kept(StrEnum):
    """What became of something that was added."""

    ADDED = "added"
    SAME = "already there"
    READ_ANEW = "read anew"
    """The text was there; what the reader makes of it is not what it was."""


def default_path() -> Path:
    """Return where the catalogue is: `$USEPOLICY_CATALOGUE`, else in the user's data folder."""
    return data_file("USEPOLICY_CATALOGUE", "catalogue.sqlite")


class Catalogue:
    """An open catalogue; several threads may use it."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self.engine = engine
        self.path = path

    @classmethod
    def open(cls, path: Path, *, create: bool = True) -> Catalogue:
        """Open the catalogue at `path`, brought to the newest migration.

        Raises: StoreError: `no-catalogue`, `catalogue-unreadable`, `catalogue-too-new`.
        """
        if path != IN_MEMORY and not path.exists():
            if not create:
                help = "make one: usepolicy catalogue add FOLDER"
                raise StoreError(
                    "no-catalogue", "there is no catalogue", place=str(path), help=help
                )
            make_folder(path, code="catalogue-unreadable")
        engine = _engine(path)
        try:
            _upgrade(engine, path)
        except DatabaseError as error:
            raise _unreadable(path, error) from error
        return cls(engine, path)

    def add(self, document: Documented, *, now: datetime) -> tuple[VersionId, Kept]:
        """Keep a policy with its text and snapshots.

        A text that is the newest of its name already gives no new version.

        Raises: UsageError: `version-differs`, the id is taken by another text.
        """
        policy = document.known.policy
        with self._begin() as at:
            same = self._same(at, document)
            if same is not None and same != policy.version.id:
                return same, Kept.SAME
            held = at.execute(
                select(versions.c.text_sha256, policies.c.file)
                .join(policies, policies.c.version_id == versions.c.id)
                .where(versions.c.id == policy.version.id)
            ).first()
            if held is None:
                rows.insert_version(at, document, _stamp(now))
                self._mark_current(at, policy.version.id)
                return policy.version.id, Kept.ADDED
            if held.text_sha256 != policy.version.text_sha256:
                raise _differs(policy.version.id)
            if held.file == rows.policy_json(policy):
                return policy.version.id, Kept.SAME
            rows.replace_reading(at, document)
            return policy.version.id, Kept.READ_ANEW

    def add_coding(self, hand: HandCoding, *, now: datetime) -> tuple[str, Kept]:
        """Keep a hand coding; a later one of the same version and coder takes its place."""
        id = f"{hand.version_id}{BY}{slug(hand.coder)}"
        row = rows.coding_row(id, hand, _stamp(now))
        with self._begin() as at:
            file = at.scalar(select(codings.c.file).where(codings.c.id == id))
            if file == row["file"]:
                return id, Kept.SAME
            at.execute(delete(codings).where(codings.c.id == id))
            at.execute(codings.insert(), row)
        return id, Kept.ADDED if file is None else Kept.READ_ANEW

    def remove(self, id: str) -> int:
        """Remove a version, a hand coding, or every version of a name; return how many.

        Snapshots that no version needs any more go too.

        Raises: UsageError: `not-in-catalogue`.
        """
        with self._begin() as at:
            by_hand = at.execute(delete(codings).where(codings.c.id == id)).rowcount
            count = by_hand or self._remove_versions(at, id)
        if not count:
            raise unknown(id)
        return count

    def generation(self) -> tuple[int | str, ...]:
        """Return what is another value after every change, by whomever."""
        newest = [select(func.max(table.c.added_at)) for table in (versions, codings)]
        with self.engine.connect() as at:
            counts = [at.scalar(select(func.count()).select_from(t)) for t in (versions, codings)]
            stamps = [at.scalar(query) for query in newest]
        return (*(each or "" for each in (*counts, *stamps)), *self._written_at())

    def close(self) -> None:
        """Let go of the file."""
        self.engine.dispose()

    def _written_at(self) -> tuple[int, ...]:
        """Return when the file and its log were last written, in nanoseconds."""
        beside = (self.path, self.path.with_name(f"{self.path.name}-wal"))
        return tuple(path.stat().st_mtime_ns for path in beside if path.exists())

    def _begin(self) -> _Transaction:
        return _Transaction(self.engine, self.path)

    @staticmethod
    def _same(at: Connection, document: Documented) -> VersionId | None:
        """Return the newest version of the same name if it has the same text."""
        version = document.known.policy.version
        name = version.id.partition("@")[0]
        newest = at.execute(
            select(versions.c.id, versions.c.text_sha256)
            .where(versions.c.name == name, versions.c.current)
            .limit(1)
        ).first()
        same = newest is not None and newest.text_sha256 == version.text_sha256
        return VersionId(newest.id) if newest is not None and same else None

    @staticmethod
    def _mark_current(at: Connection, id: str) -> None:
        name = id.partition("@")[0]
        newest = (
            select(versions.c.id)
            .where(versions.c.name == name)
            # `undated` sorts behind every day, and is the oldest.
            .order_by(versions.c.dated == "undated", versions.c.dated.desc())
            .limit(1)
            .scalar_subquery()
        )
        at.execute(
            update(versions).where(versions.c.name == name).values(current=versions.c.id == newest)
        )

    def _remove_versions(self, at: Connection, id: str) -> int:
        mine = versions.c.id == id if "@" in id else versions.c.name == id
        count = at.execute(delete(versions).where(mine)).rowcount
        used = select(version_snapshots.c.sha256)
        at.execute(delete(snapshots).where(snapshots.c.sha256.not_in(used)))
        self._mark_current(at, id)
        return count


class _Transaction:
    """A transaction whose failures are errors that a user can act on."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._context = engine.begin()
        self._path = path

    def __enter__(self) -> Connection:
        try:
            return self._context.__enter__()
        except DatabaseError as error:
            raise _unreadable(self._path, error) from error

    def __exit__(self, *raised: object) -> bool | None:
        done = self._context.__exit__(*raised)  # type: ignore[arg-type]
        if isinstance(raised[1], DatabaseError):
            raise _unreadable(self._path, raised[1]) from raised[1]
        return done


def unknown(id: str) -> UsageError:
    """Return the error of an id that the catalogue does not have."""
    return UsageError(
        "not-in-catalogue", f"the catalogue has no `{id}`", help="list it: usepolicy catalogue list"
    )


def known_ids(at: Connection) -> Sequence[str]:
    """Return the ids of all versions and hand codings."""
    return [*at.scalars(select(versions.c.id)), *at.scalars(select(codings.c.id))]


def _engine(path: Path) -> Engine:
    if path != IN_MEMORY:
        return open_file(path, synchronous="NORMAL")
    return set_up(
        create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}),
        synchronous="NORMAL",
    )


def _upgrade(engine: Engine, path: Path) -> None:
    with engine.connect() as at:
        has = at.exec_driver_sql(
            "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
        ).scalar()
        now = at.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() if has else ""
    if now == HEAD:
        return
    if now and str(now) > HEAD:
        message = f"the catalogue was made by a newer usepolicy (migration {now})"
        help = "upgrade: pip install --upgrade usepolicy"
        raise StoreError("catalogue-too-new", message, place=str(path), help=help)
    from usepolicy.store.catalogue_migrate import upgrade

    upgrade(engine)


def _unreadable(path: Path, error: DatabaseError) -> StoreError:
    reason = str(error.orig or error).rstrip(".").lower()
    return StoreError(
        "catalogue-unreadable",
        f"the catalogue can't be used: {reason}",
        place=str(path),
        help="check the path, its permissions and that it is a catalogue",
    )


def _differs(id: str) -> UsageError:
    return UsageError(
        "version-differs",
        f"`{id}` is kept with another text, and a version never changes",
        help="say from when this one applies: --effective YYYY-MM-DD",
    )


def _stamp(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="microseconds")
