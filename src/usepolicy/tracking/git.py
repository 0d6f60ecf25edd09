"""Git: the recorded versions of documents in a repository that is not ours.

Owns the call of git. A repository is data from outside: no hook, no external transport, no filter,
no pager and no program that its configuration names is run, nothing is fetched, and nothing that
it holds is taken for an option.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from usepolicy.errors import FetchError

SAFE = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.pager=cat",
    "core.attributesFile=/dev/null",
    "protocol.allow=never",
    "log.showSignature=false",
    "diff.external=",
    "gc.auto=0",
)
"""Settings that win over those of the repository."""
MAX_LOG = 256 << 20
"""Bytes of the list of recorded versions; one of 1,561 commits has 0.4 MB."""
MAX_BLOB = 5 << 20
"""Bytes of one document; larger ones are passed over."""
_NAME = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True)
class Committed:
    """A version of a file in a commit."""

    commit: str
    at: datetime
    path: str
    blob: str
    """Name of the object that holds its bytes."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository, bare or with a working tree, read and never written."""

    path: Path

    def head(self) -> str:
        """Return the name of the newest commit.

        Raises: FetchError: `not-a-repository`, `no-commits`.
        """
        try:
            name = self._run("rev-parse", "--verify", "--quiet", "HEAD^{commit}").decode().strip()
        except FetchError as error:
            raise FetchError(
                "no-commits", "the repository has no commit", place=str(self.path)
            ) from error
        return name

    def holds(self, older: str, newer: str) -> bool:
        """Tell whether a commit is one of the ancestors of another."""
        if not _NAME.fullmatch(older):
            return False
        arguments = ("merge-base", "--is-ancestor", older, newer)
        return subprocess.run(self._command(*arguments), env=_environment(), capture_output=True, check=False).returncode == 0  # fmt: skip

    def committed(
        self, *, after: str | None, until: str, file: str | None = None
    ) -> Iterator[Committed]:
        """Yield the Markdown files that each commit adds or changes, the oldest commit first.

        Args: after: a commit, whose own files and those before it are left out; file: this one
              alone, whatever its ending.
        """
        wanted = "*.md" if file is None else f":(top,literal){file}"
        span = f"{after}..{until}" if after else until
        log = self._run(
            "log", "--first-parent", "-m", "--reverse", "--no-renames", "--raw", "-z", "--abbrev=64",
            "--no-ext-diff", "--no-textconv", "--no-show-signature", "--diff-filter=AM",
            "--format=%x01%H %cI", "--end-of-options", span, "--", wanted,
        )  # fmt: skip
        if len(log) > MAX_LOG:
            raise FetchError("too-large", "the history is too long", place=str(self.path))
        for record in log.split(b"\x01")[1:]:
            yield from _of_commit(record)

    def blobs(self, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Yield the bytes of objects in the order given; of one that is too large none."""
        with subprocess.Popen(
            self._command("cat-file", "--batch"),
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            assert process.stdin
            assert process.stdout
            for name in names:
                process.stdin.write(f"{name}\n".encode())
                process.stdin.flush()
                head = process.stdout.readline().split()
                if len(head) != 3 or head[1] != b"blob":
                    raise FetchError("broken-repository", f"no file `{name}`", place=str(self.path))
                size = int(head[2])
                data = process.stdout.read(size + 1)[:-1]
                yield name, data if size <= MAX_BLOB else b""
            process.stdin.close()

    def _command(self, *arguments: str) -> list[str]:
        settings = [part for setting in SAFE for part in ("-c", setting)]
        return ["git", "--no-pager", *settings, "-C", str(self.path.resolve()), *arguments]

    def _run(self, *arguments: str) -> bytes:
        try:
            done = subprocess.run(
                self._command(*arguments), env=_environment(), capture_output=True, check=False
            )
        except OSError as error:
            help_ = "install git, or export the versions to a folder of dated files"
            raise FetchError("no-git", "git can't be run", help=help_) from error
        if done.returncode != 0:
            reason = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or [""]
            message = f"git can't read it: {reason[0].removeprefix('fatal: ').lower()}"
            raise FetchError("not-a-repository", message, place=str(self.path))
        return done.stdout


def _environment() -> dict[str, str]:
    """Return an environment in which git reads no settings but ours and asks nothing."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return kept | {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_ALLOW_PROTOCOL": "",
        "LC_ALL": "C",
    }


def _of_commit(record: bytes) -> Iterator[Committed]:
    head, _, rest = record.partition(b"\x00")
    commit, _, when = head.decode("ascii").strip().partition(" ")
    at = datetime.fromisoformat(when.strip()).astimezone(UTC)
    fields = rest.split(b"\x00")
    for entry, path in zip(fields[::2], fields[1::2], strict=False):
        parts = entry.decode("ascii", "replace").strip().lstrip(":").split()
        if len(parts) == 5 and parts[1].startswith(
            "100"
        ):  # a plain file, not a link, not a submodule
            yield Committed(commit, at, path.decode("utf-8", "replace"), parts[3])
