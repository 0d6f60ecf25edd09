"""Kinds: the names that the ledger has for entries, each with the body that tells it."""

from __future__ import annotations

from collections.abc import Mapping

from usepolicy.enforcement.ledger_bodies import (
    Accessed,
    AppealDecided,
    AppealFiled,
    Body,
    Checked,
    Decided,
    Erased,
    GrantApplied,
    GrantApproved,
    GrantExpired,
    GrantRefused,
    GrantRevoked,
    Notified,
    PeopleChanged,
    ReferralLabelled,
    ReferralOpened,
    RulesChanged,
    Sanctioned,
    Signalled,
    UserReported,
)
from usepolicy.enforcement.ledger_sent import Delivered, HookCalled

KINDS: Mapping[str, type[Body]] = {
    "decision": Decided,
    "sanction": Sanctioned,
    "notice": Notified,
    "delivery": Delivered,
    "hook_call": HookCalled,
    "appeal_filed": AppealFiled,
    "appeal_decided": AppealDecided,
    "referral_opened": ReferralOpened,
    "referral_labelled": ReferralLabelled,
    "grant_applied": GrantApplied,
    "grant_approved": GrantApproved,
    "grant_refused": GrantRefused,
    "grant_revoked": GrantRevoked,
    "grant_expired": GrantExpired,
    "rules_change": RulesChanged,
    "access": Accessed,
    "erasure": Erased,
    "checkpoint": Checked,
    "signal": Signalled,
    "user_report": UserReported,
    "people_change": PeopleChanged,
}
"""Kinds of entry by the name that the ledger has for them."""
