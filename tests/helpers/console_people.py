"""When the console's tests take place, and people at it in a browser without pages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from usepolicy.enforcement.ledger_bodies import ReferralOpened
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.store.ledger import Wanted
from usepolicy.store.sessions import form_token
from usepolicy.web.console.app import create_console
from usepolicy.web.console.desk import Desk

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PASSWORD = "a heron on the pier"
JSON = {"accept": "application/json"}
REASONS = "The sample is from our exercise book, as the pages before it show."

FOUND = "It asks for a program that spies on somebody."
ASKED = {"kind": "research", "category": "malware", "also-1": "fraud", "days": "30"}
ASKED |= {"surface-api": "1", "surface-interface": "1", "reasons": REASONS}


on_both = pytest.mark.parametrize("places", ["sqlite", "postgresql"], indirect=True)
"""Runs a test with a console on each kind of database."""


class Browser:
    """Somebody at the console."""

    def __init__(self, desk: Desk, name: str) -> None:
        app = create_console(desk)
        self.http = TestClient(
            app, "http://console.test", raise_server_exceptions=False, follow_redirects=False
        )
        self.http.post("/sign-in", data={"name": name, "password": PASSWORD})
        self.token = form_token(self.http.cookies["usepolicy"])

    def get(self, path: str) -> dict:
        answer = self.http.get(path, headers=JSON)
        assert answer.status_code == 200, answer.text
        return answer.json()["content"]

    def page(self, path: str) -> str:
        answer = self.http.get(path)
        assert answer.status_code == 200
        return answer.text

    def post(self, path: str, **form: str) -> str:
        """Return the code of the error, empty where there is none."""
        answer = self.http.post(path, data={**form, "form_token": self.token}, headers=JSON)
        return answer.json().get("error", {}).get("code", "")


def proposed(desk: Desk) -> Entry:
    """The referral of a suspension that the ladder wants a person for."""
    return next(
        entry
        for entry in desk.ledger.entries(Wanted(kinds=("referral_opened",)))
        if isinstance(entry.body, ReferralOpened) and entry.body.proposed is not None
    )
