"""Manners: how a site is asked for pages by a program that is not its only guest.

Owns one connection at a time, the pause between two requests to one host, and what its robots.txt
asks for. The clock, the pause and the network come in as arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from usepolicy.errors import DeniedError, FetchError, UsePolicyError
from usepolicy.reading.sources import Snapshot

Fetch = Callable[[str], Snapshot]
"""From an address to the document there; raises FetchError."""
Answer = TypeVar("Answer")
PAUSE_S = 2.0
"""Seconds between two requests to one host."""
MAX_PAUSE_S = 60.0
"""Seconds up to which a site's own wish for a pause (`Crawl-delay`) is met."""


@dataclass(slots=True)
class Manners:
    """A fetch that waits between two requests to a host and asks its robots.txt first."""

    fetch: Fetch
    wait: Callable[[float], None]
    clock: Callable[[], float]
    """Seconds that only grow."""
    agent: str = "usepolicy"
    _last: dict[str, float] = field(default_factory=dict)
    _robots: dict[str, RobotFileParser] = field(default_factory=dict)

    def __call__(self, address: str) -> Snapshot:
        """Return the document at an address.

        Raises: FetchError; DeniedError: `robots`, the site asks programs to stay away.
        """
        return self.politely(address, lambda: self.fetch(address))

    def politely(self, address: str, ask: Callable[[], Answer]) -> Answer:
        """Return what `ask` says of an address, once the site lets it and it is its turn.

        Raises: FetchError; DeniedError: `robots`, the site asks programs to stay away.
        """
        if not self._allowed(address):
            raise DeniedError(
                "robots",
                "the site asks programs not to read this page",
                place=address,
                help="open it in a browser, save it and add the file",
            )
        return self._paced(address, ask)

    def _paced(self, address: str, ask: Callable[[], Answer]) -> Answer:
        host = urlsplit(address).netloc
        if host in self._last:
            pause = self._pause(_site(address))
            self.wait(max(0.0, self._last[host] + pause - self.clock()))
        try:
            return ask()
        finally:
            self._last[host] = self.clock()

    def _pause(self, site: str) -> float:
        rules = self._robots.get(site)
        asked = rules.crawl_delay(self.agent) if rules else None
        return max(PAUSE_S, min(float(asked or 0), MAX_PAUSE_S))

    def _allowed(self, address: str) -> bool:
        site = _site(address)
        if site not in self._robots:
            page = f"{site}/robots.txt"
            rules = RobotFileParser()
            try:
                found = self._paced(page, lambda: self.fetch(page)).data.decode("utf-8", "replace")
            except FetchError as error:
                if error.code == "unreachable":
                    raise
                found = ""  # no rules are no ban
            except UsePolicyError:
                found = ""
            rules.parse(found.splitlines())
            self._robots[site] = rules
        return self._robots[site].can_fetch(self.agent, address)


def _site(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
