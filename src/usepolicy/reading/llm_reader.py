"""The LLM reader: a policy as a model reads it, of clauses that cite their words all the same.

Owns what a model is shown of a document, and the assembly of its checked answers into a policy.
Structure, scope, references and dates are the built-in reader's. The model is never told who
published the document: names that the caller gave are blanked out in its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from usepolicy import __version__
from usepolicy.labelling.model_server import Chat
from usepolicy.labelling.questions import Answers, Item, ask_all
from usepolicy.policies.clauses import (
    Clause,
    ClauseId,
    Qualifier,
    Restriction,
    clause_key,
    number_repeats,
)
from usepolicy.policies.policies import Identity, Policy
from usepolicy.policies.provisions import Provision
from usepolicy.policies.spans import Evidence, Span
from usepolicy.policies.versions import READ_BY, Finding, Part, VersionId
from usepolicy.reading.blocks import find_blocks
from usepolicy.reading.findings import find_findings
from usepolicy.reading.force import Force, weigh
from usepolicy.reading.language import READ
from usepolicy.reading.llm_answers import RestrictionFound, UnitFound, reading_task
from usepolicy.reading.reader import categories_of, read_policy
from usepolicy.reading.scope import find_scope
from usepolicy.reading.segment import segment
from usepolicy.reading.units import Unit
from usepolicy.reading.view import plain_view

BLANK = "_"
"""Stands for each code point of a publisher's name, so that places stay what they are."""
MAX_LISTED = 10
"""Categories that a finding lists."""


@dataclass(frozen=True, slots=True)
class _Document:
    """A text with its structure."""

    text: str
    view: str
    units: tuple[Unit, ...]
    forces: Sequence[Force]
    starts: Mapping[str, int]
    """Where the unit of an id begins."""


class LlmReader:
    """Reads as `reader.read_policy` does, by asking a model."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    @property
    def name(self) -> str:
        """Who coded, with the version of the questions."""
        return f"llm reader {__version__} ({self._chat.server.model})"

    @property
    def spent(self) -> str:
        """What was spent so far, in words."""
        budget = self._chat.budget
        cost = f", cost {budget.cost:.4f}" if budget.limits.max_cost is not None else ""
        return f"{budget.question_tokens} tokens asked, {budget.answer_tokens} answered{cost}"

    def __call__(
        self,
        text: str,
        *,
        identity: Identity,
        version_id: VersionId,
        parser: str,
        part: Part | None,
    ) -> Policy:
        """Read a canonical text into a policy.

        Raises: ModelError, DeniedError: as `Chat.ask`.
        """
        built_in = read_policy(
            text, identity=identity, version_id=version_id, parser=parser, part=part
        )
        blocks = find_blocks(text)
        units = segment(text, blocks.blocks)
        view = plain_view(text)
        items = _items(text, units, identity)
        starts = {item.id: unit.start for item, unit in zip(items, units, strict=True)}
        document = _Document(text, view, units, weigh(units, view), starts)
        answers = ask_all(self._chat, reading_task(items), items)
        policy = replace(
            built_in,
            version=replace(built_in.version, parser=f"{parser}{READ_BY}{self.name}"),
            clauses=_clauses(document, answers, built_in.version.id),
            provisions=tuple(_provisions(document, answers)),
        )
        own = tuple(_findings(document, answers))
        # Whatever the language: the model reads it, and only it says what it could not read.
        found = find_findings(
            text,
            view,
            min(READ),
            blocks.too_deep,
            names_a_use=_names_a_use(policy) or any(finding.blocks for finding in own),
        )
        kept = (finding for finding in found if finding.code != "part-not-read")
        policy = replace(policy, findings=(*kept, *own))
        return replace(policy, findings=(*policy.findings, *_differs(policy, built_in)))


def _names_a_use(policy: Policy) -> bool:
    return any(r.category for clause in policy.clauses for r in clause.restrictions)


def _id(number: int) -> str:
    return f"u{number}"


def _items(text: str, units: Sequence[Unit], identity: Identity) -> Sequence[Item]:
    """Return the units as the model sees them, each of the length that it has."""
    shown = without_names(text, identity)
    return [
        Item(_id(number), shown[u.start : u.end], u.kind.value, tuple(map(_id, u.above)))
        for number, u in enumerate(units)
    ]


def without_names(text: str, identity: Identity) -> str:
    """Return a text of the same length without the names of who published it."""
    known = (identity.developer, identity.service, *identity.models)
    names = sorted((name for name in known if name and name.strip()), key=len, reverse=True)
    if not names:
        return text
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)", re.I)
    return pattern.sub(lambda match: BLANK * len(match.group()), text)


def _clauses(
    document: _Document, answers: Answers[UnitFound], version_id: VersionId
) -> tuple[Clause, ...]:
    clauses = list(_unnumbered(document, answers))
    keys = number_repeats(
        clause_key([span.cut(document.text) for span in clause.lead_ins], clause.text)
        for clause in clauses
    )
    return tuple(
        replace(clause, id=ClauseId(f"{version_id}#{key}"))
        for clause, key in zip(clauses, keys, strict=True)
    )


def _unnumbered(document: _Document, answers: Answers[UnitFound]) -> Iterator[Clause]:
    units = document.units
    for number, unit in enumerate(units):
        checked = answers.found.get(_id(number))
        if checked is None or not checked.value.restrictions:
            continue
        force = document.forces[number]
        # Where the built-in reader hears no force, whatever stands above may have lent it.
        lead_ins = [units[i] for i in (force.lead_ins if force.effect else unit.above)]
        yield Clause(
            ClauseId(""),
            Span(unit.start, unit.end),
            document.text[unit.start : unit.end],
            tuple(Span(u.start, u.end) for u in lead_ins),
            find_scope(document.text, document.view, [*lead_ins, unit]),
            tuple(_restriction(document, unit, found) for found in checked.value.restrictions),
        )


def _restriction(document: _Document, unit: Unit, found: RestrictionFound) -> Restriction:
    return Restriction(
        found.category,
        found.effect,
        tuple(_evidence(document, unit.start, span) for span in found.spans),
        tuple(
            Qualifier(q.kind, q.role, _evidence(document, document.starts[q.item], q.span))
            for q in found.qualifiers
        ),
    )


def _evidence(document: _Document, offset: int, span: Span) -> Evidence:
    return Evidence.of(document.text, offset + span.start, offset + span.end)


def _provisions(document: _Document, answers: Answers[UnitFound]) -> Iterator[Provision]:
    for number, unit in enumerate(document.units):
        checked = answers.found.get(_id(number))
        for kind, span in checked.value.provisions if checked else ():
            yield Provision(kind, _evidence(document, unit.start, span))


def _findings(document: _Document, answers: Answers[UnitFound]) -> Iterator[Finding]:
    """Yield what was dropped, and what was not read, or only in part."""
    dropped = answers.dropped
    if dropped:
        counts = ", ".join(f"{number} {why}" for why, number in sorted(dropped.items()))
        total = "1 piece" if dropped.total() == 1 else f"{dropped.total()} pieces"
        yield Finding("llm-dropped", f"{total} of the model's answers dropped: {counts}")
    unread = [n for n in range(len(document.units)) if _id(n) not in answers.found]
    if unread:
        place = Span(document.units[unread[0]].start, document.units[unread[-1]].end)
        message = f"{len(unread)} of {len(document.units)} units were not read: {answers.problem}"
        yield Finding("llm-not-read", message, place, blocks=True)
    partly = [n for n in range(len(document.units)) if _is_lost(answers, n)]
    if partly:
        first = document.units[partly[0]]
        message = f"of {len(partly)} units the model said something that it could not show"
        yield Finding("llm-not-shown", message, Span(first.start, first.end), blocks=True)


def _is_lost(answers: Answers[UnitFound], number: int) -> bool:
    checked = answers.found.get(_id(number))
    return checked is not None and checked.lost


def _differs(policy: Policy, built_in: Policy) -> Iterator[Finding]:
    """Yield what the built-in reader finds and a model that was heard out does not.

    A text can talk a model into silence, but not the vocabulary: a person should look.
    FAIL CLOSED: where the model names nothing at all, its silence counts for nothing.
    """
    silent = sorted(set(categories_of(built_in)) - set(categories_of(policy)))
    if silent and policy.is_read:
        listed = ", ".join(f"`{category}`" for category in silent[:MAX_LISTED])
        more = f" and {len(silent) - MAX_LISTED} more" if len(silent) > MAX_LISTED else ""
        message = f"the built-in reader also finds {listed}{more}: look there"
        yield Finding("llm-differs", message, blocks=not _names_a_use(policy))
