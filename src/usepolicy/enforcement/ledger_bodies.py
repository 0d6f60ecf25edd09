"""Bodies: what each kind of entry of the ledger tells.

Owns their fields. None holds what a user wrote: a text is there as its keyed hash (see `keys`), and
quotes are of the policy. Numbers are whole. Fields may be added with a default, never removed or
given another meaning: entries of today are read for years.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, ConfigDict, Field, PlainSerializer, StringConstraints

from usepolicy.enforcement.ledger import EntryId, stamp
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.requests import Channel, Surface
from usepolicy.enforcement.steps import Measure, Step

Moment = Annotated[AwareDatetime, PlainSerializer(stamp, when_used="json")]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Ids = tuple[EntryId, ...]
LEFT_OUT = Field(default=None)
"""Of a field that has to be given in Python and is left out of the form where it is None."""


class Means(StrEnum):
    """How it was detected."""

    PATTERN = "pattern"
    MODEL = "model"
    USER_REPORT = "user_report"
    PERSON = "person"
    STANDING = "standing"
    """No rule was asked: a sanction in force kept the request out."""


class Automation(StrEnum):
    """How far a machine decided; the words of the DSA."""

    FULLY = "fully"
    PARTLY = "partly"
    NONE = "none"


class Label(StrEnum):
    """What a reviewer says of a case."""

    VIOLATES = "violates"
    DOES_NOT_VIOLATE = "does_not_violate"
    UNCLEAR = "unclear"


class Result(StrEnum):
    """How an appeal ended, said of what was appealed against."""

    CONFIRMED = "confirmed"
    OVERTURNED = "overturned"


class SanctionAction(StrEnum):
    """Whether a sanction begins or ends before its time."""

    APPLIED = "applied"
    LIFTED = "lifted"


class ReferralReason(StrEnum):
    """Why a person looks at a case."""

    OUTCOME = "outcome"
    """The decision was `refer`."""
    USER_REPORT = "user_report"
    PROPOSED_SANCTION = "proposed_sanction"
    """The ladder wants a person for it."""


class GrantKind(StrEnum):
    """What a grant is for."""

    RESEARCH = "research"
    RED_TEAMING = "red_teaming"
    HARM_REDUCTION = "harm_reduction"
    CLINICAL = "clinical"
    APPROVED_APPLICATION = "approved_application"


class SignalKind(StrEnum):
    """What stands out about an account at large."""

    VOLUME = "volume"
    MASS_POSTING = "mass_posting"
    RATE_ANOMALY = "rate_anomaly"


class ErasureScope(StrEnum):
    """What was destroyed."""

    ACCOUNT = "account"
    """The account's key, and with it every link, hash and excerpt."""
    EXCERPTS = "excerpts"


class PeopleAction(StrEnum):
    """What was changed of who may use the console or its API."""

    ADDED = "added"
    DISABLED = "disabled"
    PASSWORD_SET = "password_set"  # noqa: S105  the name of an action
    ROLE_CHANGED = "role_changed"
    LINKED = "linked"
    """To a subject of a provider, which signs them in."""
    UNLINKED = "unlinked"
    KEY_MADE = "key_made"
    KEY_REVOKED = "key_revoked"


class ErasureReason(StrEnum):
    """Why."""

    REQUEST = "request"
    RETENTION = "retention"


class Body:
    """What an entry tells; the base of all kinds."""

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Cited:
    """A restriction that determined a decision, in the policy's words."""

    clause: str
    """Clause id."""
    quote: str
    category: str | None = None
    score_millionths: int | None = None
    """The calibrated probability, as a whole number."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The sanction in force that kept a request out, before any rule was asked, and its case."""

    sanction: EntryId
    case: EntryId
    step: Step
    automation: Automation
    until: Moment | None = None
    retry_at: Moment | None = None
    """Of a rate limit: when the next request is let in."""
    function: str | None = None
    appeal_until: Moment | None = None


@dataclass(frozen=True, slots=True)
class Decided(Body):
    """A decision on a request."""

    outcome: Outcome
    channel: Channel
    surface: Surface
    means: Means
    automation: Automation
    support: bool = False
    restrictions: tuple[Cited, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    grant: EntryId | None = None
    """The grant that was used: what it covers is no violation."""
    content_hash: Hash | None = None
    jurisdiction: str | None = None
    errors: tuple[str, ...] = ()
    """Faults of detectors, by code."""
    also: tuple[str, ...] | None = None
    """Categories of which no content is ever kept that it fell in too, and that did not decide."""
    spared: tuple[str, ...] | None = None
    """Such categories that an exemption spared."""
    refusal: Refusal | None = None
    likeness: Hash | None = None
    """Keyed hash of the words without what varies in mass postings, see `likeness`."""


@dataclass(frozen=True, slots=True)
class Sanctioned(Body):
    """A sanction that begins, or is lifted."""

    action: SanctionAction
    measure: Measure
    starts: Moment
    until: Annotated[Moment | None, LEFT_OUT]
    """None for a warning, which is over when it is given, and for a ban."""
    automation: Automation
    causes: Ids = ()
    """The decisions, signals or labels that led to it."""
    points: int | None = None
    """Of the account, with the causes."""
    lifts: EntryId | None = None
    """The sanction that is lifted."""
    reason_hash: Hash | None = None
    """Of the words for which it is lifted; never left out where it is."""


@dataclass(frozen=True, slots=True)
class Notified(Body):
    """The account was told; the text is made again from the entries by template and version."""

    about: Ids
    template: str
    language: str
    by: str
    """`page`, `email` or `webhook`."""
    appeal_until: Moment | None = None


@dataclass(frozen=True, slots=True)
class AppealFiled(Body):
    """The account contests."""

    against: Ids
    reason_hash: Hash


@dataclass(frozen=True, slots=True)
class AppealDecided(Body):
    """A person decided an appeal."""

    appeal: EntryId
    result: Result
    reason_hash: Hash
    reverses: Ids = ()
    """What no longer counts: decisions and sanctions."""


@dataclass(frozen=True, slots=True)
class ReferralOpened(Body):
    """A case waits for a person."""

    about: EntryId
    reason: ReferralReason
    proposed: Measure | None = None
    """The sanction that the ladder proposes."""
    points: int | None = None


@dataclass(frozen=True, slots=True)
class ReferralLabelled(Body):
    """A reviewer looked at a case."""

    referral: EntryId
    about: EntryId
    label: Label
    reason_hash: Hash | None = None
    reverses: Ids = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """What a grant lets through; empty means none, never all."""

    categories: tuple[str, ...]
    surfaces: tuple[Surface, ...]
    purposes: tuple[str, ...]
    """Purposes that a request declares."""


@dataclass(frozen=True, slots=True)
class GrantApplied(Body):
    """An exemption is asked for; the entry's id is the grant's."""

    kind: GrantKind
    scope: Scope
    starts: Moment
    until: Moment
    reason_hash: Hash | None = None


@dataclass(frozen=True, slots=True)
class GrantApproved(Body):
    """A person gives it, for what was asked or less."""

    grant: EntryId
    scope: Scope
    starts: Moment
    until: Moment


@dataclass(frozen=True, slots=True)
class GrantRefused(Body):
    """A person does not give it."""

    grant: EntryId
    reason_hash: Hash | None = None


@dataclass(frozen=True, slots=True)
class GrantRevoked(Body):
    """It is taken back before its time."""

    grant: EntryId
    reason_hash: Hash | None = None


@dataclass(frozen=True, slots=True)
class GrantExpired(Body):
    """Its time is over; it ended then, whether or not this entry was written."""

    grant: EntryId


@dataclass(frozen=True, slots=True)
class RulesChanged(Body):
    """Other rules hold from here."""

    sha256: Hash
    previous_sha256: Annotated[Hash | None, LEFT_OUT]
    policies: tuple[str, ...]
    """Version ids that the rules enforce."""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Accessed(Body):
    """Somebody was shown content."""

    what: EntryId
    purpose: str


@dataclass(frozen=True, slots=True)
class FrozenCount:
    """A number of a public report that stays when what it counts is no longer linked."""

    period: str
    """Year and month, `2025-01`."""
    what: tuple[str, ...]
    """What is counted: see `ledger_counts`."""
    count: int


@dataclass(frozen=True, slots=True)
class Erased(Body):
    """A key or excerpts were destroyed."""

    scope: ErasureScope
    reason: ErasureReason
    excerpts: int = 0
    frozen: tuple[FrozenCount, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked(Body):
    """A checkpoint was given out."""

    count: int
    head: Hash
    root: Hash


@dataclass(frozen=True, slots=True)
class Signalled(Body):
    """Something stands out about an account, over a time."""

    signal: SignalKind
    value: int
    threshold: int
    window_seconds: int
    until: Moment | None = None
    """Time of the request with which it stood out."""
    usual: int | None = None
    """Of an anomaly: the median of the account's active hours, which are `hours`."""
    hours: int | None = None
    category: str | None = None
    restrictions: tuple[Cited, ...] = ()
    grant: EntryId | None = None
    """A grant that covers the category: it is recorded and weighs nothing."""


@dataclass(frozen=True, slots=True)
class UserReported(Body):
    """Somebody reports a misuse."""

    about: EntryId | None = None
    category: str | None = None
    text_hash: Hash | None = None


@dataclass(frozen=True, slots=True)
class PeopleChanged(Body):
    """Who may use the console or its API is another from here."""

    action: PeopleAction
    who: str
    """Id of the person or the key: a pseudonym."""
    rights: tuple[str, ...] = ()
    """The role of a person, the scopes of a key, where they are new."""
