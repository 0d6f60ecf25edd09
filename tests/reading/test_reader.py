"""The reader on small policies: each row is a text, what is read from it, and why it is here.

Expectations are written `effect category: quote`; texts are our own.
"""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usepolicy.policies.clauses import Effect, QualifierRole
from usepolicy.policies.codings import CellValue, coding_of
from usepolicy.policies.policies import Policy, strength_of
from usepolicy.policies.versions import VersionId
from usepolicy.reading.reader import categories_of, read_policy

ID = VersionId("acme/aup@undated")


def read(text: str) -> Policy:
    return read_policy(dedent(text).strip(), version_id=ID)


def named(policy: Policy) -> list[str]:
    return [
        f"{restriction.effect} {restriction.category}: {restriction.evidence[0].quote}"
        for clause in policy.clauses
        for restriction in clause.restrictions
        if restriction.category
    ]


FORCE = [
    (
        "a lead-in lends its force to the items",
        "You may not use the service to:\n\n- harass people\n- send spam",
        ["forbids harassment: harass people", "forbids spam: send spam"],
    ),
    (
        "a heading alone does, too",
        "## Prohibited uses\n\n- Fraud\n- Content that glorifies violence",
        [
            "forbids fraud",
            "forbids glorification-of-violence: Content that glorifies violence",
        ],
    ),
    (
        "markup and line ends inside the words of force change nothing",
        "Use it for drafts, but **not** for\nthe following:\n\n- spam",
        ["forbids spam: spam"],
    ),
    (
        "what a section lists as high-risk is allowed under its condition",
        "## High-risk use case requirements\n\nA lawyer must review the output.\n\n"
        "Uses include:\n\n- legal guidance",
        ["requires legal-advice: legal guidance"],
    ),
    (
        "a page that lost its markup is read line by line",
        "You will not use the service:\n"
        "For spam that is sent to people who have not asked for it.\n"
        "For harassing people, whether or not they are known to you, including by:\n"
        "threatening them or anyone who is close to them in any way; or\n"
        "doxxing them or anyone who is close to them in any place.\n"
        "To defraud people of their money, their time or their data.\n",
        [
            "forbids spam",
            "forbids harassment",
            "forbids threats",
            "forbids doxxing",
            "forbids fraud",
        ],
    ),
    (
        "a lead-in without a verb does, too",
        "Prohibited businesses:\n\n- brothels\n- payday loans",
        ["forbids prostitution: brothels", "forbids high-risk-financial-services: payday loans"],
    ),
    (
        "a heading that forbids in a sentence lends its force",
        "## You must not use the app to\n\n- harass people",
        ["forbids harassment: harass people"],
    ),
    (
        "a lead-in above the headings lends its force to all sections",
        "# Rules\n\nDo not use it for the following:\n\n## Money\n\n- scams\n\n## Sex\n\n- porn",
        ["forbids scams", "forbids pornography"],
    ),
    (
        "what a heading names as bad is forbidden in a policy on use",
        "# Acceptable use policy\n\n## Deceptive content\n\n- phishing",
        ["forbids phishing: phishing"],
    ),
    (
        "but in no other document",
        "# Security report\n\n## Deceptive content\n\n- phishing",
        [],
    ),
    (
        "a section on reporting inherits no force",
        "# Prohibited uses\n\n- spam\n\n## Reporting abuse\n\n- tell us of phishing",
        ["forbids spam: spam"],
    ),
    (
        "every sentence of an item goes on with its lead-in",
        "You may not use it for:\n\n- **Spying.** Stalking of people. Doxxing.",
        ["forbids espionage-and-intelligence", "forbids stalking", "forbids doxxing"],
    ),
    (
        "unless it says something else",
        "You may not use it for:\n\n- spam. We block phishing ourselves.",
        ["forbids spam: spam"],
    ),
    (
        "a sentence joined by neither and nor",
        "Stalking is not allowed. Neither is bullying.",
        ["forbids stalking", "forbids bullying"],
    ),
    (
        "a condition restricts",
        "Deepfakes may be made only with signed consent.",
        ["forbids deepfakes"],
    ),
    (
        "what one warrants not to be is forbidden",
        "You warrant that your prompts:\n\n- are not defamatory",
        ["forbids defamation: are not defamatory"],
    ),
    (
        "a word before a colon forbids",
        "## Schools\n\n- PROHIBITED: cheating on exams",
        ["forbids academic-dishonesty"],
    ),
    (
        "what is done to bad content forbids it",
        "Posts with slander will be taken down.",
        ["forbids slander"],
    ),
    ("a promise of the publisher's forbids nothing", "We promise that we will not:\n\n- spam", []),
    ("nor does what the publisher never does", "We never:\n\n- spam\n- stalk", []),
    ("nor what its people must not do", "Our staff must not:\n\n- spam\n- stalk", []),
    (
        "what is not prohibited is allowed",
        "It is not prohibited to write about suicide.",
        ["permits suicide"],
    ),
    ("advice is no rule", "Don't hesitate to tell us of fraud.", []),
    ("nor is a waiver", "You may not hold us liable for fraud, malware or spam.", []),
    ("nor what older rules said", "Older versions said that you may not create deepfakes.", []),
    (
        "a clause that limits liability forbids nothing",
        "Nothing here is to exclude or limit our liability for death or fraud.",
        [],
    ),
    (
        "an imperative",
        "Do not create deepfakes of anyone.",
        ["forbids deepfakes: Do not create deepfakes of anyone"],
    ),
    (
        "a passive",
        "Harassment of any kind is not tolerated.",
        ["forbids harassment: Harassment of any kind is not tolerated"],
    ),
    (
        "the publisher refuses",
        "We don't allow hate speech.",
        ["forbids hate", "forbids hate-speech"],
    ),
    (
        "a model that must not be used",
        "The model must not be used for gambling.",
        ["forbids gambling: The model must not be used for gambling"],
    ),
    (
        "a duty that names a category",
        "You must disclose to your users that they talk to an AI chatbot.",
        ["requires not-disclosing-ai-generated"],
    ),
    (
        "a duty to obey the law",
        "You agree to comply with all applicable laws.",
        ["requires violating-the-law"],
    ),
    (
        "the publisher's promise is no restriction",
        "We will not sell your personal information to advertisers.",
        [],
    ),
    (
        "nor is what it is not liable for",
        "We are not liable for fraud or harm caused by other users.",
        [],
    ),
    ("nor what it does about safety", "We train our models to refuse hate and violence.", []),
    ("nor a definition", '"Harassment" means repeated unwanted contact.', []),
    (
        "nor a condition on agreeing",
        "If you do not agree with this fraud policy, leave the site.",
        [],
    ),
    (
        "a permission permits",
        "You may use it to write about violence in fiction.",
        ["permits violence"],
    ),
    (
        "an exception inside a clause names nothing",
        "Do not send spam, unless law enforcement orders you to.",
        ["forbids spam: Do not send spam"],
    ),
    (
        "a sentence that goes on with the rule before it",
        "Do not deceive people. This includes fraud and phishing.",
        ["forbids deception", "forbids fraud", "forbids phishing"],
    ),
    (
        "but not with a promise before it",
        "We protect people. This includes work against fraud.",
        [],
    ),
    (
        "a title that forbids lends its force to items, not to sentences",
        "# Prohibited use policy\n\nThe model makes pictures. Fraud hurts many.\n\n- spam",
        ["forbids spam"],
    ),
    (
        "what a section on liability says is no use",
        "## Limitation of liability\n\n- loss by fraud\n- violence by others",
        [],
    ),
    (
        "a changelog forbids nothing",
        "## Changelog\n\n- Clarified that hate is prohibited\n- Removed the ban on gambling",
        [],
    ),
]


@pytest.mark.parametrize(("why", "text", "expected"), FORCE, ids=[row[0] for row in FORCE])
def test_force(why: str, text: str, expected: list[str]) -> None:
    found = named(read(text))
    assert len(found) == len(expected)
    for line, start in zip(found, expected, strict=True):
        assert line.startswith(start)


CATEGORIES = [
    ("Do not abuse children.", {"child-abuse"}, "abuse of children is not abuse at large"),
    (
        "No use that depicts child sexual abuse material is allowed.",
        {"child-sexual-abuse-material"},
        "material is not the act",
    ),
    (
        "Do not discriminate by sexual orientation.",
        {"discrimination"},
        "an orientation is no sexual content",
    ),
    ("Do not build biological weapons.", {"cbrn"}, "no conventional weapons"),
    (
        "Do not damage intellectual property by infringing copyrights.",
        {"intellectual-property"},
        "no property damage",
    ),
    ("Do not promote self-harm or suicide.", {"self-harm", "suicide"}, "each that is named"),
    ("Do not incite violence.", {"incitement-to-violence"}, "the narrow alone"),
    (
        "Do not promote or incite violence.",
        {"incitement-to-violence", "violence"},
        "and the broad where something else is done with it",
    ),
    ("Do not engage in spear-phishing.", {"spearphishing"}, "not phishing at large"),
    (
        "Do not give legal, medical or financial advice.",
        {"legal-advice", "medical-advice", "financial-advice"},
        "one noun for three",
    ),
    (
        "Do not make automated decisions about credit or housing.",
        {"automated-decisionmaking-in-economic-domains"},
        "a domain counts with the decision",
    ),
    ("Do not offer credit or housing.", set(), "a domain alone does not"),
    ("Do not break our privacy policy.", set(), "a document is no privacy"),
]


@pytest.mark.parametrize(("text", "expected", "why"), CATEGORIES)
def test_categories(text: str, expected: set[str], why: str) -> None:
    study = set(categories_of(read(text)))
    assert expected <= study
    assert (
        not (study - expected)
        & {
            "abuse",
            "sexual",
            "violence",
            "weapons-conventional",
            "property-damage",
            "phishing",
            "privacy",
            "child-abuse",
            "automated-decisionmaking-in-economic-domains",
        }
        - expected
    )


QUALIFIERS = [
    ("Do not clone a voice without the consent of its owner.", "consent", "lifts", "restricted"),
    (
        "Do not give legal advice without review by a qualified professional.",
        "human_review",
        "lifts",
        "restricted",
    ),
    (
        "You may not do military work unless we approved it in writing.",
        "agreement",
        "lifts",
        "restricted",
    ),
    ("Do not impersonate anyone in order to deceive.", "intent", "narrows", "prohibited"),
    (
        "Do not use likenesses in a way that could harm their owners.",
        "harm",
        "narrows",
        "prohibited",
    ),
    ("Do not run large-scale spam campaigns.", "scale", "narrows", "prohibited"),
    (
        "Medical advice is allowed only with a qualified professional's review.",
        "human_review",
        "lifts",
        "restricted",
    ),
    ("Gambling is prohibited where it is unlawful.", "law", "lifts", "restricted"),
    ("Gambling needs our prior approval.", "agreement", "lifts", "restricted"),
    ("Never work on gambling unless you hold a licence.", "licence", "lifts", "restricted"),
    ("Nudity may be shown only behind an age gate.", "age", "lifts", "restricted"),
    (
        "Do not take decisions without human review.",
        "human_review",
        "narrows",
        "prohibited",
    ),
]


@pytest.mark.parametrize(("text", "kind", "role", "strength"), QUALIFIERS)
def test_qualifiers(text: str, kind: str, role: str, strength: str) -> None:
    policy = read(text)
    restriction = policy.clauses[0].restrictions[0]
    assert (kind, QualifierRole(role)) in [(q.kind.value, q.role) for q in restriction.qualifiers]
    assert restriction.strength == strength


ATTACHED = [
    (
        "Do not share private information, or track people, without their consent.",
        {"personal-information", "tracking-other-people"},
        "behind a comma it counts for the whole list",
    ),
    (
        "Do not send spam, and never track people without their consent.",
        {"tracking-other-people"},
        "without one, for what it stands beside",
    ),
    (
        "Do not dox people (sharing personal information without consent).",
        {"personal-information"},
        "inside brackets, for what is in them",
    ),
    (
        "Do not violate privacy, for example by sharing personal information without consent.",
        {"personal-information"},
        "in an example, for the example",
    ),
    (
        "Unless a person reviews each decision, do not automate decisions on credit; no spam.",
        {"automated-decisionmaking-in-economic-domains"},
        "in front, up to the next statement",
    ),
]


@pytest.mark.parametrize(("text", "restricted", "why"), ATTACHED)
def test_what_a_qualifier_is_attached_to(text: str, restricted: set[str], why: str) -> None:
    found = [r for c in read(text).clauses for r in c.restrictions]
    assert {str(r.category) for r in found if r.strength == "restricted"} == restricted
    assert {str(r.category) for r in found} > restricted or why.startswith("behind")


def test_a_lead_in_does_not_repeat_what_its_items_name() -> None:
    policy = read("You may not:\n\n- **Fraud.** Running frauds of any kind.")
    assert [c.text for c in policy.clauses] == ["Running frauds of any kind."]


def test_a_qualifier_of_the_lead_in_counts_below_it() -> None:
    policy = read(
        "Without the consent of the person, you may not:\n\n- track people\n- publish personal data"
    )
    assert {r.strength for c in policy.clauses for r in c.restrictions} == {"restricted"}


def test_a_general_exception_is_kept_as_a_permission() -> None:
    policy = read("Do not create gore.\n\nThese rules do not apply to news and art.")
    permissions = [r for c in policy.clauses for r in c.restrictions if r.effect is Effect.PERMITS]
    assert [(r.category, r.strength, r.evidence[0].quote) for r in permissions] == [
        (None, None, "These rules do not apply to news and art.")
    ]
    assert strength_of(policy, policy.clauses[0].restrictions[0].category) == "prohibited"  # type: ignore[arg-type]


def test_a_rule_without_a_category_is_kept_as_unknown() -> None:
    policy = read("You may not:\n\n- skate in the office")
    assert [(r.category, c.text) for c in policy.clauses for r in c.restrictions] == [
        (None, "skate in the office")
    ]


PROVISIONS = [
    ("We may monitor your use of the services to enforce this policy.", {"monitoring"}),
    ("We may suspend or terminate your account.", {"suspension", "termination_ban"}),
    ("You may receive a warning from our moderators.", {"warning"}),
    ("We may remove any content that breaks these rules.", {"content_removal"}),
    ("We may throttle your requests at our sole discretion.", {"feature_or_rate_limit"}),
    ("We will report child abuse to law enforcement.", {"report_to_authorities"}),
    ("If you think that we made a mistake, you can appeal our decision.", {"appeal"}),
    ("Please report violations of this policy to abuse@acme.example.", {"user_reporting"}),
    ("We will notify you before we suspend your account.", {"notice_of_violation", "suspension"}),
    ("We will explain the reasons for our decision.", {"justification"}),
    ("Good-faith security researchers are exempt from this rule.", {"researcher_exemption"}),
    ("You may terminate your subscription at any time.", set()),
    ("You may not bypass rate limits.", set()),
    ("Children may not use the service.", set()),
]


@pytest.mark.parametrize(("text", "kinds"), PROVISIONS)
def test_provisions(text: str, kinds: set[str]) -> None:
    assert {provision.kind.value for provision in read(text).provisions} == kinds


LANGUAGES = [
    ("您不得使用本服务从事任何违法活动，包括但不限于传播暴力、色情内容。", "zh", CellValue.UNKNOWN),
    (
        "Sie dürfen den Dienst nicht nutzen, um andere zu belästigen oder die Rechte von Dritten zu verletzen. "
        * 3,
        "de",
        CellValue.UNKNOWN,
    ),
    ("You may not use the service to break the law.", "en", CellValue.NOT_CODED),
]


@pytest.mark.parametrize(("text", "language", "silence"), LANGUAGES)
def test_a_language_that_is_not_read_is_unknown(
    text: str, language: str, silence: CellValue
) -> None:
    policy = read(text)
    assert policy.version.language == language
    assert ("language-not-read" in [f.code for f in policy.findings]) is (
        silence is CellValue.UNKNOWN
    )
    category = read("No gambling is allowed.").clauses[0].restrictions[0].category
    assert category is not None
    assert coding_of(policy, [category], coder="x").cell(category).value is silence


FINDINGS = [
    ("# This page isn't available\n\nThe link may be broken.", "error-page"),
    ("# Apple pie\n\nPeel the apples and put them in the oven with the sugar.", "not-a-policy"),
    (
        "# Terms of service\n\nThe terms of this agreement are governed by the courts of the land.",
        "no-restrictions",
    ),
    (
        "You may not harm people.\n\n"
        + "您不得使用本服务从事任何违法活动，传播暴力内容。" * 2
        + "You may not harm the people. " * 12,
        "part-not-read",
    ),
]


@pytest.mark.parametrize(("text", "code"), FINDINGS)
def test_findings(text: str, code: str) -> None:
    assert code in [finding.code for finding in read(text).findings]


POLICY = """
# {name} usage policy

Effective 3 March 2025

{name} wants its users to be safe. You may not use {product} to:

1. harass people or spread disinformation
2. damage {name}'s services or infrastructure
3. impersonate anyone without their consent

{name} may suspend your account. See the [terms of service](https://x.example/terms).
"""


@pytest.mark.parametrize(
    ("name", "product"), [("OpenAI", "ChatGPT"), ("Acme", "the Acme Model"), ("zork", "zork-2")]
)
def test_the_name_of_the_publisher_changes_no_cell(name: str, product: str) -> None:
    policy = read(POLICY.format(name=name, product=product))
    assert set(categories_of(policy)) == {
        "harassment",
        "disinformation",
        "damaging-the-developer",
        "impersonation",
    }
    assert [provision.kind.value for provision in policy.provisions] == ["suspension"]


def test_identity_and_references_come_from_the_text() -> None:
    policy = read(POLICY.format(name="Acme", product="it"))
    assert str(policy.identity.effective) == "2025-03-03"
    assert policy.version.id == "acme/aup@2025-03-03"
    assert [(r.evidence.quote, r.target) for r in policy.references] == [
        ("terms of service", "https://x.example/terms")
    ]


SENTENCES = [
    (
        "Be kind. Our [Terms of Use](https://x.example/t) are incorporated by reference. Bye.",
        "Our [Terms of Use](https://x.example/t) are incorporated by reference.",
        "that alone, of a paragraph",
    ),
    (
        "You agree to:\n\n- the [Terms of Use](https://x.example/t)\n- nothing else\n",
        "the [Terms of Use](https://x.example/t)",
        "an item without its bullet",
    ),
    (f"See the [Terms of Use](/t){' and so on' * 99}.", None, "what goes on for ever is not cited"),
]


@pytest.mark.parametrize(("text", "sentence", "why"), SENTENCES, ids=[row[2] for row in SENTENCES])
def test_a_reference_cites_the_sentence_that_makes_it(text, sentence, why) -> None:
    (reference,) = read(text).references
    assert reference.evidence.quote == "Terms of Use"
    assert (reference.sentence.quote if reference.sentence else None) == sentence, why
    assert reference.words.span.cut(text) == reference.words.quote


def test_clause_ids_stay_when_other_clauses_come() -> None:
    before = {c.text: c.id for c in read("You may not:\n\n- harass\n- spam").clauses}
    after = {c.text: c.id for c in read("You may not:\n\n- stalk\n- harass\n- spam").clauses}
    assert before.items() <= after.items()


PIECES = [*"abe .,;:()\n-*#", "hate ", "spam ", "You may not ", "without consent ", "仇", "’"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=120).map("".join)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_no_citation_can_be_invented(text: str) -> None:
    """INVARIANT: the span, cut from the text, is the quote, and lies in its clause."""
    policy = read_policy(text, version_id=ID)
    for clause in policy.clauses:
        assert clause.span.cut(text) == clause.text
        for restriction in clause.restrictions:
            for evidence in restriction.evidence:
                assert evidence.quote
                assert evidence.span.cut(text) == evidence.quote
                assert clause.span.covers(evidence.span)
            for qualifier in restriction.qualifiers:
                assert qualifier.evidence.span.cut(text) == qualifier.evidence.quote
    for cited in (*policy.provisions, *policy.references):
        assert cited.evidence.span.cut(text) == cited.evidence.quote
    for reference in policy.references:
        assert reference.words.span.cut(text) == reference.words.quote


def test_a_long_chain_of_sentences_hangs_on_its_rule() -> None:
    """Each names the rule as its lead-in, not all the sentences in between."""
    policy = read("Do not send spam." + " This includes spam." * 50)
    assert {len(clause.lead_ins) for clause in policy.clauses} == {1}


def test_the_quote_of_a_rule_without_a_category_ends_with_a_word() -> None:
    text = "You may not skate " + "here and there and everywhere " * 12 + "in the office."
    (restriction,) = read(text).clauses[0].restrictions
    quote = restriction.evidence[0].quote
    assert len(quote) <= 200
    assert text.startswith(quote + " ")


@pytest.mark.parametrize("name", ["Harmony", "Humane", "Trainline", "Acme", "Northwind AI"])
def test_no_name_is_a_word(name: str) -> None:
    text = f"You may not use {name} to send spam or to compete with {name}."
    assert set(categories_of(read(text))) == {"spam", "building-a-competing-service"}
