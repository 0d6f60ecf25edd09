"""Terms of the console: what is over is destroyed, what holds stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from console_people import NOW, PASSWORD
from sqlalchemy import Engine, func, select

from usepolicy.enforcement.roles import Role
from usepolicy.errors import UsePolicyError
from usepolicy.store.console_terms import Expired, expire
from usepolicy.store.people import WINDOW, People
from usepolicy.store.people_tables import attempts, sessions
from usepolicy.store.sessions import IDLE, LONGEST, Sessions


@pytest.mark.parametrize(
    ("after", "gone", "why"),
    [
        (timedelta(0), Expired(0, 0), "both hold"),
        (WINDOW, Expired(0, 3), "an attempt no longer counts"),
        (IDLE - timedelta(seconds=1), Expired(0, 3), "somebody may come back"),
        (IDLE, Expired(1, 3), "nobody did"),
        (LONGEST, Expired(1, 3), "over, used or not"),
    ],
)
def test_what_is_over_is_forgotten(
    engine: Engine, folk: People, after: timedelta, gone: Expired, why: str
) -> None:
    mia = folk.add("mia", Role.REVIEWER, PASSWORD, now=NOW)
    Sessions(engine).begin(mia, now=NOW)
    with pytest.raises(UsePolicyError):
        folk.check("mia", "wrong", address="10.0.0.1", now=NOW)
    assert expire(engine, "console.db", now=NOW + after) == gone
    assert expire(engine, "console.db", now=NOW + after) == Expired(0, 0)
    with engine.connect() as at:
        left = at.execute(select(func.count()).select_from(sessions)).scalar()
        counted = at.execute(select(func.count()).select_from(attempts)).scalar()
    assert (left, counted) == (1 - gone.sessions, 3 - gone.attempts)
