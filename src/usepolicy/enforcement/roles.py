"""Roles: who may do what with cases, sanctions, appeals, grants, rules and the ledger.

Owns the table of rights. Rules that depend on a case, such as that nobody decides the appeal
against their own decision, are with the appeals.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What somebody is to the operator."""

    ADMIN = "admin"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"
    """Sees everything that is recorded and changes nothing."""
    HOLDER = "holder"
    """Holds an account: sees and contests what concerns it, nothing else."""


class Right(StrEnum):
    """One thing that may be done."""

    SEE_CASES = "see_cases"
    REVIEW = "review"
    """Label referrals, and decide on sanctions that need a person."""
    DECIDE_APPEALS = "decide_appeals"
    DECIDE_GRANTS = "decide_grants"
    SEE_RULES = "see_rules"
    CHANGE_RULES = "change_rules"
    SEE_LEDGER = "see_ledger"
    SEE_REPORT = "see_report"
    MANAGE_PEOPLE = "manage_people"
    """Add and disable people, and make and revoke keys."""
    OWN_ACCOUNT = "own_account"
    """One's own standing, notices, appeals and grants."""


_SEEING = frozenset({Right.SEE_CASES, Right.SEE_RULES, Right.SEE_REPORT})
_DECIDING = frozenset({Right.REVIEW, Right.DECIDE_APPEALS, Right.DECIDE_GRANTS})

RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.ADMIN: _SEEING | _DECIDING | {Right.SEE_LEDGER, Right.CHANGE_RULES, Right.MANAGE_PEOPLE},
    Role.REVIEWER: _SEEING | _DECIDING,
    Role.AUDITOR: _SEEING | {Right.SEE_LEDGER},
    Role.HOLDER: frozenset({Right.OWN_ACCOUNT}),
}
"""What each role may do; what is not named here, it may not."""


def may(role: Role, right: Right) -> bool:
    """Tell whether a role has a right."""
    return right in RIGHTS[role]
