"""References: when a document that a policy names is one that is asked, and what that binds to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from usepolicy.policies.clauses import CategoryId, Effect, Strength
from usepolicy.policies.provisions import Reference, ReferenceKind
from usepolicy.policies.spans import Evidence
from usepolicy.supply_chain.answers import Through, plain_answer, plain_reference
from usepolicy.supply_chain.asked import Asked, Named
from usepolicy.supply_chain.binding import Via, bindings
from usepolicy.supply_chain.chains import (
    Access,
    Agreement,
    Chain,
    ChainPolicy,
    Link,
    LinkId,
    LinkKind,
    chain_of,
)
from usepolicy.supply_chain.duties import Duty, DutyKind
from usepolicy.supply_chain.manners import Manner
from usepolicy.supply_chain.propagation import FindingKind, propagate
from usepolicy.supply_chain.references import References
from usepolicy.supply_chain.uses import Use, UseCategory
from usepolicy.supply_chain.verdicts import verdict_of
from usepolicy.taxonomy.categories import load_taxonomy

TAXONOMY = load_taxonomy()
FRAUD = CategoryId("fraud")
AUP = Asked(
    "acme/aup",
    "Acme",
    {FRAUD: (Named(FRAUD, Effect.FORBIDS, Strength.PROHIBITED, None, "fraud"),)},
    addresses=("https://www.acme.example/legal/aup/",),
    file="acme-aup.md",
    title="Acceptable Use Policy",
    publisher="Acme",
)


def refers(words: str, target: str | None, kind: str = "incorporates") -> Reference:
    return Reference(ReferenceKind(kind), Evidence.of(words, 0, len(words)), target)


def terms(*references: Reference, **more: object) -> Asked:
    made = Asked("acme/terms", "Acme", {}, references=references, publisher="Acme")
    return replace(made, **more)  # type: ignore[arg-type]


FOUND = [
    (terms(refers("our policy", "https://acme.example/legal/aup")), True, "its address"),
    (terms(refers("our policy", "http://ACME.example/legal/aup#fraud")), True, "but for trifles"),
    (
        terms(refers("it", "/legal/aup"), addresses=("https://acme.example/terms",)),
        True,
        "from where the terms stand",
    ),
    (terms(refers("it", "docs/Acme-AUP.md#top")), True, "the name of its file"),
    (terms(refers("acceptable use  policy", "https://x.example/1")), True, "title, one publisher"),
    (
        terms(refers("Acceptable Use Policy", "https://x.example/1"), publisher="Birch"),
        False,
        "many publishers have such a title",
    ),
    (terms(refers("our policy", "https://acme.example/legal/privacy")), False, "another page"),
    (terms(refers("our policy", None)), False, "words that name nothing"),
    (terms(refers("our policy", "http://[")), False, "no address at all"),
    (
        terms(refers("our policy", "https://acme.example/legal/aup", "mentions")),
        None,
        "a mention binds to nothing",
    ),
]


@pytest.mark.parametrize(("asked", "found", "why"), FOUND, ids=[row[2] for row in FOUND])
def test_what_is_named(asked: Asked, found: bool | None, why: str) -> None:
    followed = References([AUP, asked]).follow(asked)
    assert [each.asked.id for each in followed.reached] == (["acme/aup"] if found else []), why
    assert len(followed.missing) == (1 if found is False else 0), why


def test_references_are_followed_and_circles_end() -> None:
    first = terms(refers("b", "b.md"), file="a.md")
    second = replace(first, id="b", file="b.md", references=(refers("c", "acme-aup.md"),))
    third = replace(AUP, references=(refers("a", "a.md", "subject_to"),))
    found = References([first, second, third]).follow(first).reached
    assert [(each.asked.id, each.steps) for each in found] == [("b", 1), ("acme/aup", 2)]
    assert {each.reference.evidence.quote for each in found} == {"b"}, "the words of who is asked"


def test_the_sentence_that_binds_is_quoted_in_its_place() -> None:
    text = "Be kind. The AUP is incorporated by reference."
    words, name = Evidence.of(text, 9, len(text)), Evidence.of(text, 13, 16)
    given = Reference(ReferenceKind.INCORPORATES, name, "acme-aup.md", words)
    assert plain_reference(given) == {
        "kind": "incorporates",
        "quote": "The AUP is incorporated by reference.",
        "start": 9,
        "end": 46,
        "name": "AUP",
        "target": "acme-aup.md",
    }
    assert plain_reference(replace(given, sentence=None))["quote"] == "AUP"


def test_a_verdict_tells_what_is_said_through_a_reference() -> None:
    named = terms(refers("the AUP", "acme-aup.md"), refers("House rules", "https://h.example/"))
    use = Use("fraud", (UseCategory(FRAUD, None, 1, Manner.GENERATION, ()),), None, (), "")
    verdicts = [verdict_of(use, each, TAXONOMY) for each in (named, AUP)]
    mine, other = plain_answer(use, verdicts)["verdicts"]  # type: ignore[misc]
    assert mine["verdict"] == "not_addressed"
    (through,) = mine["through"]
    assert (through["policy"], through["verdict"]) == ("acme/aup", "prohibited")
    assert through["reference"]["quote"] == "the AUP"
    assert through["restrictions"][0]["quote"] == "fraud"
    assert [each["quote"] for each in mine["not_given"]] == ["House rules"]
    assert (other["through"], other["not_given"]) == ([], [])
    assert Through(verdicts[:1]).of(verdicts[0]) == (), "what is not given is not found"


def link(name: str, kind: str, *policies: ChainPolicy, **more: object) -> Link:
    access = None if kind == "user" else Access.API
    given = {"access": access, "policies": policies, **more}
    return Link(LinkId(name), LinkKind(kind), name, **given)  # type: ignore[arg-type]


def chain(*links: Link) -> Chain:
    linked = [
        replace(each, sources=(links[number - 1].id,) if number else ())
        for number, each in enumerate(links)
    ]
    return chain_of("a chain", linked, place="chain.yaml")


def of(name: str, asked: Asked, *duties: str) -> ChainPolicy:
    words = Evidence.of("you must not", 0, 12)
    return ChainPolicy(LinkId(name), asked, None, tuple(Duty(DutyKind(d), words) for d in duties))


APP = terms(refers("the AUP", "acme-aup.md"))


def test_a_reference_binds_those_below_to_what_would_have_stopped() -> None:
    made = chain(
        link("a", "developer", of("a", AUP)),
        link("b", "application", of("b", APP)),
        link("e", "user"),
    )
    last = next(each for each in bindings(made) if each.at == "e" and each.policy.link == "a")
    assert (last.via, last.binds, last.stops_at) == (Via.REFERENCE, True, None)
    assert last.reference is not None
    assert last.reference.evidence.quote == "the AUP"
    result = propagate(made, TAXONOMY)
    assert [bound.category for bound in result.at(LinkId("e")).bound] == ["fraud"]
    assert result.findings == ()


def test_what_is_named_and_not_there_is_found() -> None:
    made = chain(link("b", "application", of("b", APP)), link("e", "user"))
    (finding,) = propagate(made, TAXONOMY).findings
    assert (finding.kind, finding.at) == (FindingKind.NOT_GIVEN, "b")
    assert finding.reference is not None


AGREED = (Agreement(LinkId("a"), (), "Contract"),)
HOSTING = [
    ("cloud", ("no_hosting",), (), True, "it gives what it may not"),
    ("host", ("no_hosting",), (), True, "so does a host"),
    ("application", ("no_hosting",), (), False, "an app is no service of the model"),
    ("cloud", (), (), False, "nothing forbids it"),
    ("cloud", ("no_hosting", "agreement"), AGREED, False, "unless they agree, and they did"),
    ("cloud", ("no_hosting", "agreement"), (), True, "unless they agree, and they did not"),
    ("cloud", ("no_hosting",), AGREED, True, "the text leaves no room for it"),
]


@pytest.mark.parametrize(
    ("kind", "duties", "agreements", "found", "why"), HOSTING, ids=[row[4] for row in HOSTING]
)
def test_a_host_that_may_not_host(kind, duties, agreements, found, why) -> None:
    own = replace(AUP, named={}, references=())
    made = chain(
        link("a", "developer", of("a", own, *duties)),
        link("b", kind, of("b", own), agreements=agreements),
        link("e", "user"),
    )
    kinds = [each.kind for each in propagate(made, TAXONOMY).findings]
    assert (FindingKind.HOSTING_FORBIDDEN in kinds) is found, why
