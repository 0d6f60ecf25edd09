"""Compiled policies: texts for a guard, and the way back from its codes to the clauses.

Owns the values and their JSON form. The texts are made by the forms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from usepolicy.enforcement.detection import Target
from usepolicy.enforcement.guards.form import Form
from usepolicy.enforcement.guards.grounds import Exemption, Forbidden, Ground, Grounds
from usepolicy.enforcement.guards.inert import inert_line
from usepolicy.policies.versions import Finding
from usepolicy.taxonomy.categories import TAXONOMY_VERSION

MAX_QUOTE = 240
"""Characters of one quote in a prompt; a clause that is a sentence has 100 to 200."""
MAX_QUOTES = 4
"""Quotes of one code in a prompt; the table of codes holds them all."""
MAX_EXEMPTIONS = 8
"""Exemptions in a prompt."""
MAX_CODES = 300
"""Codes of a compiled policy: twice the categories of the taxonomy."""

_SLOT = re.compile(r"\{([a-z]+)\}")


@dataclass(frozen=True, slots=True)
class Code:
    """What a guard may answer, and the restrictions that it stands for."""

    code: str
    name: str
    definition: str
    restrictions: tuple[Forbidden, ...]

    @property
    def targets(self) -> frozenset[Target]:
        """Categories and clauses that an answer with this code tells of."""
        return frozenset(t for each in self.restrictions for t in each.targets)


@dataclass(frozen=True, slots=True)
class Pack:
    """One text for a guard."""

    name: str
    """Name of a file that it may be kept in."""
    text: str
    """With slots such as `{conversation}`; nothing of a policy is a slot, see `inert_line`."""
    codes: tuple[str, ...]
    """Codes that an answer to this text may name."""
    lines: tuple[tuple[str, str], ...] = ()
    """Each code with its description, for a server whose own template makes the text of them."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A policy in the form that a guard needs."""

    form: Form
    policies: tuple[str, ...]
    """Ids of the versions."""
    packs: tuple[Pack, ...]
    codes: tuple[Code, ...]
    findings: tuple[Finding, ...] = ()
    """What was left out, and why."""

    @property
    def by_code(self) -> Mapping[str, Code]:
        """The codes by what a guard answers."""
        return {code.code: code for code in self.codes}

    @property
    def targets(self) -> frozenset[Target]:
        """Everything that an answer can tell of."""
        return frozenset(t for code in self.codes for t in code.targets)

    def restrictions_of(self, codes: Iterable[str]) -> tuple[Forbidden, ...]:
        """Return the restrictions behind codes of an answer, each once; unknown codes have none."""
        known = self.by_code
        found = (r for code in codes if code in known for r in known[code].restrictions)
        return tuple(dict.fromkeys(found))

    def as_json(self) -> Mapping[str, object]:
        """Return all of it as plain values."""
        return {
            "for": self.form.value,
            "policies": list(self.policies),
            "taxonomy": TAXONOMY_VERSION,
            "packs": [{"name": p.name, "text": p.text, "codes": list(p.codes)} for p in self.packs],
            "codes": [_code_json(code) for code in self.codes],
            "findings": [{"code": f.code, "message": f.message} for f in self.findings],
        }


def _code_json(code: Code) -> Mapping[str, object]:
    return {
        "code": code.code,
        "name": code.name,
        "targets": sorted(code.targets),
        "restrictions": [
            {
                "clause": each.clause,
                "category": each.category,
                "quote": each.quote,
                "strength": each.strength.value,
                "conditions": [
                    {"kind": q.kind.value, "role": q.role.value, "quote": q.evidence.quote}
                    for q in each.qualifiers
                ],
            }
            for each in code.restrictions
        ],
    }


def fill(text: str, **values: str) -> str:
    """Return a text with its slots filled, in one pass: what a value holds is no slot."""
    return _SLOT.sub(lambda slot: values.get(slot[1], slot[0]), text)


def numbered(grounds: Sequence[Ground], prefix: str) -> tuple[Code, ...]:
    """Return a code for each ground: the prefix with a number from 1."""
    return tuple(
        Code(f"{prefix}{number}", g.name, g.definition, g.restrictions)
        for number, g in enumerate(grounds[:MAX_CODES], 1)
    )


def words_of(code: Code) -> str:
    """Return the policy's words of a code, quoted, with their conditions, for one line."""
    shown = dict.fromkeys(_cited(each) for each in code.restrictions)
    return "; ".join(list(shown)[:MAX_QUOTES])


def _cited(restriction: Forbidden) -> str:
    quote = quoted(restriction.quote)
    conditions = ", ".join(quoted(words) for words in restriction.conditions)
    return f"{quote} (condition: {conditions})" if conditions else quote


def quoted(words: str) -> str:
    """Return words of a policy in quotation marks that they can't close."""
    return f'"{inert_line(words, MAX_QUOTE).rstrip(".;, ")}"'


def exempted(exemptions: Iterable[Exemption]) -> list[str]:
    """Return the words of exemptions, quoted, as many as a prompt may hold."""
    return [quoted(each.quote) for each in exemptions][:MAX_EXEMPTIONS]


def left_out(grounds: Grounds, codes: Sequence[Code]) -> tuple[Finding, ...]:
    """Return findings of what the texts don't hold."""
    coded = {each for code in codes for each in code.restrictions}
    counts = {
        "restrictions-left-out": (
            sum(each not in coded for each in grounds.forbidden),
            f"restrictions are in no code: there are more than {MAX_CODES} codes; name categories",
        ),
        "words-left-out": (
            sum(max(0, len({_cited(r) for r in c.restrictions}) - MAX_QUOTES) for c in codes),
            "quotes are only in the table of codes, since a code shows "
            f"{MAX_QUOTES}: the guard doesn't see them",
        ),
        "words-cut": (
            sum(len(each.quote) > MAX_QUOTE for each in grounds.forbidden),
            f"quotes are cut at {MAX_QUOTE} characters in the text for the guard",
        ),
        "exemptions-left-out": (
            max(0, len(grounds.exemptions) - MAX_EXEMPTIONS),
            f"exemptions are left out: a text holds {MAX_EXEMPTIONS}",
        ),
        "conditional-exemption": (
            len(grounds.conditional),
            "exemptions depend on what no text shows; make them grants",
        ),
    }
    return tuple(Finding(code, f"{n} {words}") for code, (n, words) in counts.items() if n)
