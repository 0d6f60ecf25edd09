"""The taxonomy: every entry is whole, and the vocabulary finds each category in its examples."""

from __future__ import annotations

import csv
import re
from collections import Counter
from importlib import resources
from operator import attrgetter
from pathlib import Path

import pytest
import yaml

from usepolicy.errors import TaxonomyError
from usepolicy.labelling.vocabulary import load_vocabulary
from usepolicy.policies.versions import VersionId
from usepolicy.reading.reader import categories_of, read_policy
from usepolicy.taxonomy.categories import Category, load_taxonomy
from usepolicy.taxonomy.names import distance, nearest
from usepolicy.taxonomy.schemes import find_scheme, load_schemes

TAXONOMY = load_taxonomy()
STUDY_TABLE = Path(__file__).parents[3] / "shared" / "facts" / "aups.csv"
NEWER = [
    "illegal-drugs",
    "illicit-goods",
    "circumventing-safeguards",
    "unauthorised-safety-testing",
    "emotion-inference",
    "biometric-categorisation",
    "decisions-in-education",
    "decisions-in-insurance",
    "decisions-in-migration",
    "election-misinformation",
    "espionage-and-intelligence",
    "autonomous-cyber-operations",
    "animal-cruelty",
    "unlicensed-practice",
]

each = pytest.mark.parametrize("category", TAXONOMY.categories, ids=attrgetter("id"))


@each
def test_an_entry_is_whole(category: Category) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", category.id)
    assert category.name
    assert category.definition.endswith(".")
    assert category.source
    assert category.since == "1.0"
    assert len(set(category.examples)) >= 3
    assert all(len(example) <= 120 for example in category.examples)


@each
def test_the_reader_finds_it_in_each_example(category: Category) -> None:
    """Vocabulary is data: an entry whose own examples are not found says nothing."""
    missed = []
    for example in category.examples:
        text = f"# Prohibited uses\n\nYou may not use the service for any of the following:\n\n- {example}\n"
        policy = read_policy(text, version_id=VersionId("a/b@undated"))
        if category.id not in categories_of(policy):
            missed.append(example)
    assert missed == []


def test_the_study_is_covered_in_its_order() -> None:
    names = [category.study_name for category in TAXONOMY.study_categories]
    assert len(names) == len(set(names)) == 127
    assert sum(category.study_name is not None for category in TAXONOMY.categories) == 127
    assert {"Critical infrastructiure", "MLMs", "legal advice"} <= set(names), (
        "typos and case are kept"
    )


def test_the_study_names_are_those_of_its_table() -> None:
    if not STUDY_TABLE.exists():
        pytest.skip("the study's table is not beside this checkout")
    with STUDY_TABLE.open(encoding="utf-8-sig", newline="") as lines:
        rows = [row[0] for row in csv.reader(lines)][2:]
    assert [category.study_name for category in TAXONOMY.study_categories] == [
        row for row in rows if row
    ]


@pytest.mark.parametrize("category", NEWER)
def test_what_newer_policies_brought_is_there(category: str) -> None:
    assert TAXONOMY.get(category).study_name is None


def test_ids_and_names_belong_to_one_category() -> None:
    ids = [category.id for category in TAXONOMY.categories]
    assert ids == sorted(set(ids))
    words = Counter(
        word.casefold()
        for category in TAXONOMY.categories
        for word in {category.name.casefold(), *(alias.casefold() for alias in category.aliases)}
    )
    assert [word for word, number in words.items() if number > 1] == []


def test_examples_are_not_shared() -> None:
    examples = Counter(example for category in TAXONOMY.categories for example in category.examples)
    assert [example for example, number in examples.items() if number > 1] == []


@each
def test_the_hierarchy_ends_in_a_group(category: Category) -> None:
    above = TAXONOMY.ancestors(category.id)
    assert category.id not in above, "a cycle"
    assert above[-1] in {group.id for group in TAXONOMY.groups}


def test_every_group_holds_something_and_no_name_is_both() -> None:
    assert all(TAXONOMY.children(group.id) for group in TAXONOMY.groups)
    assert not {group.id for group in TAXONOMY.groups} & set(TAXONOMY.by_id)


@pytest.mark.parametrize(
    ("name", "category", "why"),
    [
        ("cbrn", "cbrn", "an id"),
        ("Critical infrastructiure", "critical-infrastructure", "the study's name with its typo"),
        ("critical infrastructure", "critical-infrastructure", "ours"),
        ("NCII", "non-consensual-intimate-imagery", "an alias"),
        ("  hate SPEECH ", "hate-speech", "case and space don't count"),
    ],
)
def test_a_name_resolves(name: str, category: str, why: str) -> None:
    assert TAXONOMY.resolve(name).id == category


@pytest.mark.parametrize(
    ("name", "help_", "why"),
    [
        ("harrassment", "did you mean `harassment`", "one edit away"),
        ("knitting patterns", "list them: usepolicy categories", "nothing near: no noise"),
        ("cat", "list them: usepolicy categories", "three edits reach any word of three letters"),
        ("", "list them: usepolicy categories", "nothing is near nothing"),
    ],
)
def test_an_unknown_name_is_an_error_with_help(name: str, help_: str, why: str) -> None:
    with pytest.raises(TaxonomyError) as caught:
        TAXONOMY.resolve(name)
    assert (caught.value.code, caught.value.help) == ("unknown-category", help_)


@pytest.mark.parametrize(
    ("a", "b", "edits"), [("", "abc", 3), ("spam", "spam", 0), ("spam", "scam", 1), ("ab", "ba", 2)]
)
def test_distance_counts_edits(a: str, b: str, edits: int) -> None:
    assert distance(a, b) == distance(b, a) == edits


def test_nearest_gives_nothing_beyond_three_edits() -> None:
    assert nearest("spam", ["weapons"]) is None


def test_broader_is_an_ancestor() -> None:
    assert TAXONOMY.is_broader("harm-to-children", "grooming")
    assert not TAXONOMY.is_broader("grooming", "harm-to-children")


def test_the_vocabulary_has_a_rule_for_each_category_and_no_other() -> None:
    assert {rule.category for rule in load_vocabulary().rules} == set(TAXONOMY.by_id)


def test_the_vocabulary_is_compiled_once_however_it_is_named() -> None:
    assert load_vocabulary() is load_vocabulary("categories") is load_vocabulary(name="categories")


@pytest.mark.parametrize("name", ["categories.yaml", "groups.yaml"])
def test_the_files_are_in_canonical_form(name: str) -> None:
    source = (resources.files("usepolicy") / "data" / "taxonomy" / name).read_text(encoding="utf-8")
    table = yaml.safe_load(source)
    assert source == yaml.safe_dump(table, sort_keys=False, allow_unicode=True, width=110)
    assert [entry["id"] for entry in table] == sorted(entry["id"] for entry in table)


@pytest.mark.parametrize(
    ("scheme", "groups", "why"),
    [
        ("study-figure-3", 15, "the fifteen most common prohibitions"),
        ("study-figures-4-6", 17, "the columns of the dot matrices"),
        ("wheel", 24, "the middle ring"),
        ("usepolicy", len(TAXONOMY.groups), "our own tops"),
    ],
)
def test_a_scheme_has_its_groups(scheme: str, groups: int, why: str) -> None:
    found = find_scheme(scheme)
    assert len(found.groups) == groups
    assert found.source
    assert all(
        category in TAXONOMY.by_id for group in found.groups for category in group.categories
    )


def test_our_own_scheme_covers_every_category_once() -> None:
    members = [
        category for group in find_scheme("usepolicy").groups for category in group.categories
    ]
    assert sorted(members) == sorted(TAXONOMY.by_id)


def test_the_wheel_says_why_a_word_has_no_category() -> None:
    table = resources.files("usepolicy") / "data" / "taxonomy" / "wheel.csv"
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [(row["outer"], bool(row["note"])) for row in rows if not row["category"]] == [
        ("Racism", True)
    ]


def test_an_unknown_scheme_lists_the_known() -> None:
    with pytest.raises(TaxonomyError, match="no scheme `wheels`") as caught:
        find_scheme("wheels")
    assert caught.value.help == "did you mean `wheel`"
    assert [scheme.id for scheme in load_schemes()] == [
        "usepolicy",
        "study-figure-3",
        "study-figures-4-6",
        "wheel",
        "restriction-kinds",
    ]
