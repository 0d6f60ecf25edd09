"""Clients of the site that serves the study and the two examples."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from web_site import client

from usepolicy.store.catalogue import Catalogue
from usepolicy.store.history import History
from usepolicy.web.examples import example_catalogue, example_history


@pytest.fixture(scope="session")
def examples() -> Catalogue:
    """Return the catalogue that is served where there is none."""
    return example_catalogue()


@pytest.fixture(scope="session")
def history() -> History:
    """Return the history that is served beside the examples."""
    return example_history()


@pytest.fixture(scope="session")
def site(examples: Catalogue, history: History) -> TestClient:
    """Return a client of the site with quotes alone."""
    return client(examples, history=history)


@pytest.fixture(scope="session")
def full(examples: Catalogue, history: History) -> TestClient:
    """Return a client of the site with whole texts."""
    return client(examples, full_text=True, history=history)
