"""`usepolicy explain`: why a policy has a category, or what came nearest."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.options import AllowPrivate, ExplainFormat

if TYPE_CHECKING:
    from usepolicy.policies.spans import Evidence
    from usepolicy.reading.explain import Explanation, Place

Policy = Annotated[str, typer.Argument(help="A document, an address, `-`, or a policy file.")]
CategoryName = Annotated[
    str, typer.Argument(metavar="CATEGORY", help="Its id, name, study name or an alias.")
]
Format = Annotated[ExplainFormat, typer.Option("--format", help="How to print it.")]


def explain(
    policy: Policy,
    category: CategoryName,
    format: Format = ExplainFormat.TABLE,
    allow_private: AllowPrivate = False,
) -> None:
    """Explain why a policy names a category or not: clause, words, force; or what came nearest."""
    from usepolicy.cli.files import load_known
    from usepolicy.cli.render import say, say_findings
    from usepolicy.reading.explain import explain as explained
    from usepolicy.taxonomy.categories import load_taxonomy

    asked = load_taxonomy().resolve(category)
    loaded = load_known(policy, allow_private=allow_private)
    found = [
        (known.policy.version.id, explained(known.policy, asked.id, text=known.text))
        for known in loaded
    ]
    if format is ExplainFormat.JSON:
        from usepolicy.reading.policy_yaml import to_json

        body = [{"version": version} | _as_json(each) for version, each in found]
        sys.stdout.write(to_json(body))
    else:
        for version, each in found:
            _print(version, each)
    say_findings([known.policy for known in loaded], policy)
    say(f"{asked.name}: {asked.definition} More: usepolicy categories {asked.id}")


def _print(version: str, explanation: Explanation) -> None:
    from usepolicy.cli.render import print_table, print_title

    said = explanation.value.replace("_", " ")
    strength = f", {explanation.strength}" if explanation.strength else ""
    rows = [
        row for number, place in enumerate(explanation.places, 1) for row in _rows(number, place)
    ]
    title = f"{version}: {explanation.category} is {said}{strength}"
    print_title(title)
    print_table(("", ""), rows or [("", "no words of the text come near it")])


def _rows(number: int, place: Place) -> list[tuple[str, str]]:
    from usepolicy.cli.render import shortened
    from usepolicy.reading.explain import SENTENCES, Ground

    counts = place.ground is Ground.COUNTS
    reason = SENTENCES[place.ground] + (f": {place.detail}" if place.detail else "")
    rows = [
        (
            f"{number}. {'counts' if counts else 'does not count'}",
            f"“{shortened(place.evidence.quote)}”",
        ),
        ("because", reason),
        ("words", ", ".join(place.phrases) or "the coder's"),
        ("led by", " < ".join(f"“{shortened(e.quote)}”" for e in reversed(place.lead_ins))),
        (
            "conditions",
            ", ".join(f"{q.role} ({q.kind}): “{q.evidence.quote}”" for q in place.qualifiers),
        ),
    ]
    return [row for row in rows if row[1]]


def _as_json(explanation: Explanation) -> dict[str, object]:
    return {
        "category": explanation.category,
        "value": explanation.value,
        "strength": explanation.strength,
        "places": [
            {
                "ground": place.ground,
                "detail": place.detail,
                **_cited(place.evidence),
                "phrases": list(place.phrases),
                "effect": place.effect,
                "strength": place.strength,
                "lead_ins": [_cited(evidence) for evidence in place.lead_ins],
                "qualifiers": [
                    {"kind": q.kind, "role": q.role, **_cited(q.evidence)} for q in place.qualifiers
                ],
            }
            for place in explanation.places
        ],
    }


def _cited(evidence: Evidence) -> dict[str, object]:
    return {"quote": evidence.quote, "start": evidence.span.start, "end": evidence.span.end}
