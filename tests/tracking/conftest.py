"""The policy that the tests of tracking change."""

from __future__ import annotations

import pytest
from harbour_policy import POLICY


@pytest.fixture
def policy() -> str:
    return POLICY
