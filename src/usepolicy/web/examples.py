"""Examples: what the site serves where there is no catalogue: the study, two policies and a history of ours."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from usepolicy.policies.policies import Identity, PolicyKind
from usepolicy.reading.sources import snapshot_of
from usepolicy.store.catalogue import IN_MEMORY, Catalogue
from usepolicy.store.catalogue_documents import read_document
from usepolicy.store.history import History, Taken
from usepolicy.store.history_reading import history_in_memory
from usepolicy.tracking.timeline import compare_here

EXAMPLES = (
    ("harbourlight-aup.md", "Harbourlight", PolicyKind.AUP),
    ("northgate-terms.md", "Northgate", PolicyKind.TERMS),
)


def example_catalogue() -> Catalogue:
    """Return a catalogue in memory with the two examples."""
    made = Catalogue.open(IN_MEMORY)
    for name, developer, kind in EXAMPLES:
        snapshot = snapshot_of((_folder() / name).read_bytes(), name)
        identity = Identity(developer=developer, kind=kind)
        made.add(read_document([snapshot], identity), now=datetime(2026, 1, 1, tzinfo=UTC))
    return made


def example_chains() -> Path:
    """Return the folder of the worked chains."""
    return Path(str(_folder() / "chains"))


def example_history() -> History:
    """Return a history in memory: two invented services, compared."""
    folder = _folder() / "history"
    taken = [
        Taken(f"{service.name}/{title.name}", service.name, title.name, version.name, day, data)
        for service in sorted(folder.iterdir(), key=lambda each: each.name)
        for title in service.iterdir()
        for version in title.iterdir()
        for day in [datetime.fromisoformat(version.name.removesuffix(".md")).replace(tzinfo=UTC)]
        for data in [version.read_bytes()]
    ]
    made = history_in_memory("folder", "examples", taken)
    compare_here(made)
    return made


def example_ladder() -> bytes:
    """Return a ladder to begin with."""
    return (_folder() / "ladder.yaml").read_bytes()


def _folder() -> Traversable:
    """Return the folder of the examples: in the package, or beside the source it was built from."""
    packaged = resources.files("usepolicy") / "data" / "examples"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "examples"
