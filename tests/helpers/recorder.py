"""A recorder: a git repository in the layout of an archive of terms, made with git itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


class Recorder:
    """Records versions of documents as commits, a day apart."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.days = 0
        path.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        """Run git in the repository."""
        when = f"2025-01-01T00:00:00+00:00 +{self.days}"
        done = subprocess.run(
            ["git", "-C", str(self.path), *arguments],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.path),
                "GIT_AUTHOR_NAME": "r",
                "GIT_AUTHOR_EMAIL": "r@terms.example",
                "GIT_COMMITTER_NAME": "r",
                "GIT_COMMITTER_EMAIL": "r@terms.example",
                "GIT_AUTHOR_DATE": when.partition(" ")[0],
                "GIT_COMMITTER_DATE": f"{1735689600 + 86400 * self.days} +0000",
            },
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def record(self, name: str, text: str) -> str:
        """Commit a document; return the name of the commit."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        self.git("add", "--all", "--", name)
        self.git("commit", "--quiet", "--no-verify", "--message", f"Record {name}")
        self.days += 1
        return self.git("rev-parse", "HEAD")
