"""Notices: what an account is told of a decision or a sanction, and why.

Owns which facts a notice states, taken from the entries of its case alone, and how templates make
text of them. A notice names the rule in its own words, what was found where, who decided, what
follows and until when, and how to contest it; never a score or a pattern, which would teach how to
slip through. Sending is not known here.

Source: Regulation (EU) 2022/2065, article 17; Santa Clara Principles 2.0, notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path

from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from usepolicy.enforcement.ledger import EntryId
from usepolicy.enforcement.ledger_bodies import (
    Automation,
    Cited,
    Decided,
    Means,
    Notified,
    Refusal,
    SanctionAction,
    Sanctioned,
    Signalled,
    UserReported,
)
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.requests import Channel, Surface
from usepolicy.enforcement.steps import Measure
from usepolicy.errors import SchemaError, StepError, UsageError

FOLDER = "data/notices"
ENDING = ".txt.j2"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who tells, and where one answers."""

    name: str
    """Of the operator."""
    appeals: str
    """Address at which one appeals: of the account's page, or of a mailbox."""
    decide_within_days: int
    """How long the operator takes for an appeal at most."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A restriction that was broken, in the policy's words."""

    clause: str
    """Clause id, which names the policy and its version."""
    quote: str
    name: str | None = None
    """Of its category."""


@dataclass(frozen=True, slots=True)
class Consequence:
    """A sanction that was laid on the account."""

    id: EntryId
    measure: Measure
    starts: datetime
    until: datetime | None
    automation: Automation


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What a notice states."""

    id: EntryId
    case: EntryId
    at: datetime
    happened_at: datetime
    """When what it is about happened."""
    outcome: Outcome | None
    """None where it is not about a request: a report, or how the account was used at large."""
    means: Means | None
    automation: Automation
    """Of the decision, where there are sanctions of the gravest of them."""
    channel: Channel | None = None
    surface: Surface | None = None
    rules: tuple[Rule, ...] = ()
    consequences: tuple[Consequence, ...] = ()
    signal: str | None = None
    signalled: Signalled | None = None
    refusal: Refusal | None = None
    """What kept the request out."""
    appeal_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class NoticeText:
    """A notice in words."""

    subject: str
    body: str
    """Paragraphs with blank lines between; a line alone that ends in a colon heads what follows."""
    language: str


def facts_of(notice: Entry, case: Iterable[Entry], names: Mapping[str, str]) -> NoticeFacts:
    """Return what a notice states, from the entries of its case.

    Args:   names: of categories, by id.
    Raises: StepError: `no-notice`: the entry is none, or what it is about is not in the case.
    """
    if not isinstance(notice.body, Notified):
        raise StepError("no-notice", f"`{notice.id}` is no notice")
    entries = {entry.id: entry for entry in case}
    about = [entries[id] for id in notice.body.about if id in entries]
    if len(about) < len(notice.body.about):
        raise StepError("no-notice", f"the notice `{notice.id}` is about what its case lacks")
    first = about[0]
    body = first.body
    decided = body if isinstance(body, Decided) else None
    sanctions = tuple(_consequence(entry) for entry in about if _is_applied(entry))
    return NoticeFacts(
        notice.id,
        notice.case or first.id,
        notice.at,
        first.at,
        decided.outcome if decided else None,
        decided.means if decided else Means.USER_REPORT if _is_report(first) else None,
        sanctions[-1].automation if sanctions else _automation(decided),
        decided.channel if decided else None,
        decided.surface if decided else None,
        _rules(body.restrictions, names) if isinstance(body, Decided | Signalled) else (),
        sanctions,
        body.signal.value if isinstance(body, Signalled) else None,
        body if isinstance(body, Signalled) else None,
        decided.refusal if decided else None,
        notice.body.appeal_until,
    )


def render(
    facts: NoticeFacts, sender: Sender, language: str, *, folder: Path | None = None
) -> NoticeText:
    """Return a notice in words.

    Args:   folder: the operator's own templates, each a language, before those of the package.
    Raises: UsageError: `unknown-language`. SchemaError: `template-broken`.
    """
    if language not in languages(folder):
        help = f"one of: {', '.join(languages(folder))}; or write a template of your own"
        raise UsageError("unknown-language", f"no notices in `{language[:20]}`", help=help)
    name = f"{language}{ENDING}"
    try:
        text = _environment(folder).get_template(name).render(it=facts, sender=sender)
    except TemplateError as error:
        place = str(folder / name) if folder else name
        raise SchemaError(
            "template-broken", str(error.message or "it fails"), place=place
        ) from error
    subject, _, body = text.strip().partition("\n")
    return NoticeText(" ".join(subject.split()), _tidy(body), language)


@cache
def languages(folder: Path | None = None) -> tuple[str, ...]:
    """Return the languages that there are templates in."""
    shipped = (file.name for file in (resources.files("usepolicy") / FOLDER).iterdir())
    own = (file.name for file in folder.iterdir()) if folder and folder.is_dir() else ()
    found = {name.removesuffix(ENDING) for name in (*shipped, *own) if name.endswith(ENDING)}
    return tuple(sorted(found))


@cache
def _environment(folder: Path | None) -> ImmutableSandboxedEnvironment:
    package = PackageLoader("usepolicy", FOLDER)
    loaders = [FileSystemLoader(folder), package] if folder else [package]
    made = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader(loaders),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    made.filters["one_line"] = lambda text: " ".join(str(text).split())
    made.filters["policy"] = lambda clause: str(clause).partition("#")[0]
    made.filters["span"] = _span
    return made


def _span(seconds: int) -> tuple[int, str]:
    """Return a time in its largest whole unit: how many, and of what."""
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            return seconds // size, unit
    return seconds, "second"


def _tidy(body: str) -> str:
    """Return paragraphs with one blank line between, no line ending in a blank."""
    paragraphs: list[list[str]] = [[]]
    for line in body.splitlines():
        if line.strip():
            paragraphs[-1].append(line.rstrip())
        elif paragraphs[-1]:
            paragraphs.append([])
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines) + "\n"


def _rules(restrictions: Iterable[Cited], names: Mapping[str, str]) -> tuple[Rule, ...]:
    """Return the restrictions, each clause once, however many categories it names."""
    rules: dict[tuple[str, str], Rule] = {}
    for cited in restrictions:
        name = names.get(cited.category or "")
        rules.setdefault((cited.clause, cited.quote), Rule(cited.clause, cited.quote, name))
    return tuple(rules.values())


def _consequence(entry: Entry) -> Consequence:
    body = entry.body
    if not isinstance(body, Sanctioned):
        raise TypeError(entry.id)
    return Consequence(entry.id, body.measure, body.starts, body.until, body.automation)


def _is_applied(entry: Entry) -> bool:
    return isinstance(entry.body, Sanctioned) and entry.body.action is SanctionAction.APPLIED


def _is_report(entry: Entry) -> bool:
    return isinstance(entry.body, UserReported)


def _automation(decided: Decided | None) -> Automation:
    return decided.automation if decided else Automation.NONE


def paragraphs_of(text: NoticeText) -> Sequence[tuple[bool, str]]:
    """Return the paragraphs of a notice, each with whether it is a heading."""
    pieces = text.body.rstrip("\n").split("\n\n")
    return [(piece.endswith(":") and "\n" not in piece, piece.rstrip(":")) for piece in pieces]
