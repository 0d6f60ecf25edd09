"""Chains: which policy binds whom, what is lost on the way, and what is no chain."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import replace
from pathlib import Path

import pytest

from usepolicy.errors import SchemaError
from usepolicy.policies.clauses import (
    CategoryId,
    Effect,
    Qualifier,
    QualifierKind,
    QualifierRole,
    Strength,
)
from usepolicy.policies.policies import PolicyKind
from usepolicy.policies.spans import Evidence
from usepolicy.supply_chain.asked import Asked, Named
from usepolicy.supply_chain.binding import bindings
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
from usepolicy.supply_chain.enforcing import Enforcing
from usepolicy.supply_chain.propagation import FindingKind, propagate
from usepolicy.taxonomy.categories import load_taxonomy

TAXONOMY = load_taxonomy()
FRAUD, PHISHING, SPAM = map(CategoryId, ("fraud", "phishing", "spam"))
HIDING = CategoryId("not-disclosing-ai-generated")


def said(category: str, effect: str = "forbids", *, lifted: QualifierKind | None = None) -> Named:
    words = Evidence.of(f"words on {category}", 0, 30)
    qualifiers = (Qualifier(lifted, QualifierRole.LIFTS, words),) if lifted else ()
    strength = Strength.RESTRICTED if lifted else Strength.PROHIBITED
    of = None if effect == "permits" else strength
    return Named(CategoryId(category), Effect(effect), of, None, words.quote, qualifiers)


def policy(link: str, *named: Named, kind: str = "terms", duties: str = "") -> ChainPolicy:
    by_category: dict[CategoryId, tuple[Named, ...]] = {}
    for each in named:
        by_category[each.category] = (*by_category.get(each.category, ()), each)
    words = Evidence.of("you must do so", 0, 14)
    return ChainPolicy(
        LinkId(link),
        Asked(f"{link}/policy", link, by_category),
        PolicyKind(kind),
        tuple(Duty(DutyKind(duty), words) for duty in duties.split()),
    )


def link(name: str, access: str | None = "api", *policies: ChainPolicy, **more: object) -> Link:
    kind = more.pop("kind", "deployer")
    return Link(
        LinkId(name),
        LinkKind(str(kind)),
        name,
        access=Access(access) if access else None,
        policies=policies,
        **more,  # type: ignore[arg-type]
    )


def chain(*links: Link) -> Chain:
    """Return links of which each takes from the one before, unless it says from whom."""
    linked = [
        each if each.sources or not number else replace(each, sources=(links[number - 1].id,))
        for number, each in enumerate(links)
    ]
    return chain_of("a chain", linked, place="chain.yaml")


A, LICENCE = policy("a", said("fraud")), policy("a", said("fraud"), kind="licence")
ROWS = [
    ([link("a", "api", A), link("end", None)], "direct", None, "who takes it is bound"),
    (
        [link("a", "api", A), link("b"), link("end", None)],
        "not_passed_on",
        "b",
        "b says nothing of it",
    ),
    (
        [link("a", "api", A), link("b", passes_on=("a",)), link("end", None)],
        "passed_on",
        None,
        "b binds its users to it",
    ),
    (
        [link("a", "api", A), link("b", passes_on=("all",)), link("end", None)],
        "passed_on",
        None,
        "and to everything",
    ),
    (
        [link("a", "weights", LICENCE), link("b", "weights"), link("end", None)],
        "licence",
        None,
        "a licence goes with the files",
    ),
    (
        [link("a", "weights", LICENCE), link("b", "api"), link("end", None)],
        "not_passed_on",
        "b",
        "but not through an API",
    ),
    (
        [link("a", "weights", A), link("b", "weights"), link("end", None)],
        "not_passed_on",
        "b",
        "terms do not go with files",
    ),
    (
        [link("a", "weights", A, kind="dataset"), link("b", "weights"), link("end", None)],
        "licence",
        None,
        "what binds data binds the model",
    ),
    (
        [link("a", "api", A), link("b"), link("c", passes_on=("a",)), link("end", None)],
        "not_passed_on",
        "b",
        "what stopped is not taken up again",
    ),
    (
        [link("a", "api", A), link("b"), link("end", None, sources=("a", "b"))],
        "direct",
        None,
        "of two ways the one that binds counts",
    ),
]


@pytest.mark.parametrize(("links", "via", "stops", "why"), ROWS)
def test_whom_a_policy_binds(links: list[Link], via: str, stops: str | None, why: str) -> None:
    last = next(each for each in bindings(chain(*links)) if each.at == "end")
    assert (last.via, last.stops_at) == (via, stops), why
    assert last.binds is (via != "not_passed_on")


def kinds(*links: Link) -> list[tuple[str, str, str | None]]:
    found = propagate(chain(*links), TAXONOMY).findings
    return [(each.kind, each.at, each.category) for each in found]


PASS_ON = policy("a", said("fraud"), said("spam"), duties="pass_on")
FINDINGS = [
    (
        [link("a", "api", PASS_ON), link("b", "api", policy("b", said("spam"))), link("e", None)],
        [("gap", "b", "fraud")],
        "b has its own rule on spam and none on fraud",
    ),
    (
        [link("a", "api", A), link("b", "api", policy("b", said("spam"))), link("e", None)],
        [("not_passed_on", "b", "fraud")],
        "no duty, no gap",
    ),
    (
        [
            link("a", "api", policy("a", said("phishing"), duties="pass_on")),
            link("b", "api", policy("b", said("fraud"))),
            link("e", None),
        ],
        [],
        "a broader rule covers it",
    ),
    (
        [
            link("a", "api", PASS_ON),
            link(
                "b",
                "api",
                policy("b", said("spam"), said("fraud", lifted=QualifierKind.CONSENT)),
            ),
            link("e", None),
        ],
        [("gap", "b", "fraud")],
        "a weaker rule does not",
    ),
    (
        [
            link("a", "api", policy("a", said("fraud", "permits"))),
            link("b", "api", policy("b", said("fraud")), passes_on=("a",)),
            link("e", None),
        ],
        [("conflict", "e", "fraud")],
        "a permits what b prohibits",
    ),
    (
        [
            link("a", "api", policy("a", said(HIDING, "requires"))),
            link("b", "api", policy("b", said(HIDING, "requires")), passes_on=("a",)),
            link("e", None),
        ],
        [("doubled_duty", "e", HIDING)],
        "both ask for disclosure",
    ),
    (
        [
            link("a", "weights", policy("a", duties="model_card", kind="licence")),
            link("b", "weights"),
            link("e", None),
        ],
        [("missing_document", "b", None)],
        "b hands no model card on",
    ),
    (
        [
            link("a", "weights", policy("a", duties="model_card", kind="licence")),
            link("b", "weights", documents=(DutyKind.MODEL_CARD,)),
            link("e", None),
        ],
        [],
        "now it does",
    ),
    ([link("a", "api"), link("e", None)], [("no_policy", "a", None)], "a lays nothing on anybody"),
]


@pytest.mark.parametrize(("links", "expected", "why"), FINDINGS)
def test_findings(links: list[Link], expected: list[tuple], why: str) -> None:
    assert kinds(*links) == expected, why


def test_a_gap_cites_the_duty_and_the_words() -> None:
    links = [link("a", "api", PASS_ON), link("b"), link("e", None, passes_on=())]
    gap = next(f for f in propagate(chain(*links), TAXONOMY).findings if f.kind == "gap")
    assert gap.duty is not None
    assert gap.duty.evidence.quote == "you must do so"
    assert gap.sources[0].named.quote == "words on fraud"


def test_the_strictest_counts_and_a_permission_lifts_nothing() -> None:
    links = [
        link("a", "api", policy("a", said("fraud", lifted=QualifierKind.CONSENT))),
        link("b", "api", policy("b", said("fraud"), said("spam", "permits")), passes_on=("a",)),
        link("e", None),
    ]
    end = propagate(chain(*links), TAXONOMY).at(LinkId("e"))
    (bound,) = end.bound
    assert (bound.category, bound.strength) == ("fraud", "prohibited")
    assert [source.link for source in bound.sources] == ["a", "b"]


def test_what_does_not_reach_a_link_is_kept_apart() -> None:
    links = [link("a", "api", A), link("b", "api", policy("b", said("spam"))), link("e", None)]
    result = propagate(chain(*links), TAXONOMY)
    end = result.at(LinkId("e"))
    assert [bound.category for bound in end.bound] == ["spam"]
    assert [bound.category for bound in end.not_reaching] == ["fraud"]
    assert result.at(LinkId("b")).adds == ("spam",)


@pytest.mark.parametrize(
    ("above", "lifted", "why"),
    [
        (policy("a", said("fraud", lifted=QualifierKind.AGREEMENT)), True, "the clause says so"),
        (policy("a", said("fraud"), duties="agreement"), True, "the policy says so at large"),
        (policy("a", said("fraud")), False, "nothing says so"),
    ],
)
def test_an_agreement_lifts_only_where_the_policy_lets_it(above, lifted, why) -> None:
    agreement = Agreement(LinkId("a"), (FRAUD,), "Contract")
    links = [link("a", "api", above), link("e", None, agreements=(agreement,))]
    result = propagate(chain(*links), TAXONOMY)
    assert bool(result.at(LinkId("e")).bound[0].lifted) is lifted, why
    assert [f.kind for f in result.findings] == ([] if lifted else ["agreement_without_ground"])


def test_an_agreement_with_one_lifts_nothing_of_another() -> None:
    agreement = Agreement(LinkId("a"), (FRAUD,), "Contract")
    links = [
        link("a", "api", policy("a", said("fraud"), duties="agreement")),
        link("b", "api", policy("b", said("fraud")), passes_on=("a",)),
        link("e", None, agreements=(agreement,)),
    ]
    end = propagate(chain(*links), TAXONOMY).at(LinkId("e"))
    assert end.bound[0].lifted == ()


def test_who_can_enforce() -> None:
    links = [link("a", "weights", LICENCE), link("b", "interface", A), link("e", None)]
    found = [each.enforces for each in propagate(chain(*links), TAXONOMY).links]
    assert found == [Enforcing.CONTRACT, Enforcing.REQUESTS, Enforcing.NOTHING]


CHARGES = [
    (("a",), "own,passed_on", "it binds those below to what is above"),
    ((), "own,must_pass_on", "it must and does not: it answers for that"),
]


@pytest.mark.parametrize(("passes_on", "whys", "why"), CHARGES, ids=[row[2] for row in CHARGES])
def test_whose_rules_a_link_has_to_enforce(passes_on, whys, why) -> None:
    above = policy("a", said("fraud"), duties="pass_on")
    links = [
        link("a", "api", above),
        link("b", "api", policy("b"), passes_on=passes_on),
        link("e", None),
    ]
    result = propagate(chain(*links), TAXONOMY)
    assert ",".join(each.why for each in result.at(LinkId("b")).charges) == whys, why
    assert result.at(LinkId("e")).charges == (), "who gives to nobody enforces nothing"


def test_what_no_duty_passes_on_is_not_for_those_below_to_enforce() -> None:
    links = [link("a", "api", A), link("b"), link("e", None)]
    assert propagate(chain(*links), TAXONOMY).at(LinkId("b")).charges == ()


def test_a_licence_is_enforced_by_all_who_give_the_files_on() -> None:
    links = [link("a", "weights", LICENCE), link("b", "weights"), link("e", None)]
    (charge,) = propagate(chain(*links), TAXONOMY).at(LinkId("b")).charges
    assert (charge.policy.link, charge.why) == ("a", "passed_on")


WATCHERS = [
    (("api", "api", "interface"), "abc", "each gives requests on"),
    (("weights", "weights", "interface"), "c", "past files nobody sees anything"),
    (("api", "weights", "weights"), "", "files run unseen"),
]


@pytest.mark.parametrize(("access", "seen", "why"), WATCHERS, ids=[row[2] for row in WATCHERS])
def test_who_sees_what_is_asked(access, seen, why) -> None:
    links = [link(name, how) for name, how in zip("abc", access, strict=True)]
    end = propagate(chain(*links, link("e", None)), TAXONOMY).at(LinkId("e"))
    assert "".join(end.watched_by) == seen, why


DOUBLED = [
    ("attribution", "attribution", 1, "two names in one place"),
    ("attribution", "model_card", 0, "two things"),
    ("licence_copy", "licence_copy", 0, "two copies are no trouble"),
]


@pytest.mark.parametrize(("one", "two", "count", "why"), DOUBLED, ids=[row[3] for row in DOUBLED])
def test_a_duty_of_two_licences_is_doubled(one, two, count, why) -> None:
    links = [
        link("a", "weights", policy("a", duties=one, kind="licence")),
        link("b", "weights", policy("b", duties=two, kind="licence")),
        link("c", "weights"),
        link("e", None),
    ]
    findings = propagate(chain(*links), TAXONOMY).findings
    doubled = [each for each in findings if each.kind is FindingKind.DOUBLED_DUTY]
    assert [(each.at, each.of) for each in doubled] == [("c", "a")] * count, why


def test_who_gives_to_nobody_passes_nothing_on() -> None:
    above = policy("a", duties="pass_on licence_copy user_threshold", kind="licence")
    links = [link("a", "weights", above), link("e", None)]
    duties = propagate(chain(*links), TAXONOMY).at(LinkId("e")).duties
    assert [duty.kind for _, duty in duties] == ["user_threshold"]


@pytest.mark.parametrize(
    ("links", "code", "says", "why"),
    [
        (
            [link("a", sources=("b",)), link("b", sources=("a",))],
            "cyclic-chain",
            "->",
            "each takes from the other",
        ),
        ([link("a"), link("a")], "duplicate-link", "`a`", "two of one name"),
        ([link("alder"), link("b", sources=("aldre",))], "unknown-link", "`aldre`", "a typo"),
        ([link("a"), link("b", passes_on=("nobody",))], "unknown-link", "`nobody`", "no such link"),
    ],
)
def test_what_is_no_chain(links: list[Link], code: str, says: str, why: str) -> None:
    with pytest.raises(SchemaError) as error:
        chain_of("a chain", links, place="chain.yaml")
    assert error.value.code == code, why
    assert says in error.value.message


def test_the_order_of_the_file_does_not_matter() -> None:
    links = [link("end", None, sources=("a",)), link("a", "api", A)]
    assert [each.id for each in chain_of("c", links, place="").links] == ["a", "end"]


PURE = ("asked", "binding", "chains", "ends", "enforcing", "propagation", "verdicts")


@pytest.mark.parametrize("name", PURE)
def test_what_is_computed_is_pure(name: str) -> None:
    """Neither file, network, clock nor command line: what is computed comes in as arguments."""
    spec = importlib.util.find_spec(f"usepolicy.supply_chain.{name}")
    assert spec is not None
    assert spec.origin is not None
    edges = r"import (?:os|sys|time|random|httpx|typer|rich)\b|usepolicy\.(?:reading|labelling|cli|study)"
    assert re.findall(edges, Path(spec.origin).read_text("utf-8")) == []
