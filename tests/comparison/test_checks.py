"""Checks: each finding has a text that it finds, and one that it leaves alone."""

from __future__ import annotations

import pytest

from usepolicy.cli.check import _lexicon
from usepolicy.comparison.checks import Peers, check
from usepolicy.comparison.matrix import rows_by_group
from usepolicy.comparison.subjects import Subject
from usepolicy.study import study_codings
from usepolicy.taxonomy.schemes import find_scheme

GOOD = """# Policy

"Services" means what we offer.

You may not use the Services to send spam.

We may suspend your account. We will notify you of the violation and explain the reasons for our decision. You can appeal our decision. Good-faith security research is permitted.
"""
PEERS = Peers(study_codings(), rows_by_group(find_scheme("study-figure-3")))
NOBODY = Peers((), ())


def codes(subject: Subject, peers: Peers = NOBODY) -> list[str]:
    return [finding.code for finding in check(subject, peers, _lexicon())]


RULE = "# Policy\n\nYou may not use the service to {}.\n"


@pytest.mark.parametrize(
    ("text", "code", "found", "why"),
    [
        (RULE.format("send spam"), "no-consequence", True, "nothing follows a breach"),
        (GOOD, "no-consequence", False, "accounts are suspended"),
        (RULE.format("send spam"), "no-notice", True, "nobody is told"),
        (GOOD, "no-notice", False, "users are told"),
        (RULE.format("send spam"), "no-justification", True, "no reasons"),
        (GOOD, "no-justification", False, "reasons are given"),
        (RULE.format("send spam"), "no-appeal", True, "no appeal"),
        (GOOD, "no-appeal", False, "there is one"),
        (RULE.format("send spam"), "no-researcher-exemption", True, "none"),
        (
            RULE.format("harass people in an inappropriate way"),
            "vague-words",
            True,
            "inappropriate",
        ),
        (RULE.format("harass people"), "vague-words", False, "nothing vague"),
        (
            RULE.format("train another model on the Outputs"),
            "undefined-term",
            True,
            "a capital, no definition",
        ),
        (GOOD, "undefined-term", False, "defined in quotes"),
        (RULE.format("train another model on outputs"), "undefined-term", False, "written small"),
        (
            RULE.format("create nudity") + "\nYou may create nudity of adults here.\n",
            "contradiction",
            True,
            "prohibited here, permitted there",
        ),
        (RULE.format("create nudity"), "contradiction", False, "only prohibited"),
        (
            RULE.format("create deepfakes")
            + "\nYou may not create deepfakes without the person's consent.\n",
            "uneven-condition",
            True,
            "outright here, with consent there",
        ),
        (
            RULE.format("create deepfakes without the person's consent"),
            "uneven-condition",
            False,
            "once",
        ),
    ],
)
def test_findings(read, text: str, code: str, found: bool, why: str) -> None:
    assert (code in codes(read(text))) is found, why


def test_places_are_those_of_the_words(read) -> None:
    subject = read(RULE.format("harass people in an inappropriate way"))
    for finding in check(subject, NOBODY, _lexicon()):
        if finding.evidence:
            assert subject.text is not None
            assert finding.evidence.span.cut(subject.text) == finding.evidence.quote


def test_what_half_of_the_peers_restrict_is_named(read) -> None:
    found = check(read(RULE.format("send spam")), PEERS, _lexicon())
    messages = [finding.message for finding in found if finding.code == "peers"]
    assert "26 of 30 peers restrict Harassment/Abuse, this does not" in messages
    assert not any("Fraud/Spam" in message for message in messages), "this one has it"
    assert not any("Self-harm" in message for message in messages), "11 of 30 are no half"


def test_of_a_text_that_was_not_read_nothing_else_is_said(read, make) -> None:
    assert codes(read("您不得使用本服务从事任何违法活动，包括传播暴力、色情内容。"), PEERS) == [
        "not-read"
    ]
    assert codes(Subject(make("x", "+")), PEERS) == ["not-read"]


def test_a_term_is_not_undefined_where_there_is_no_text(read) -> None:
    from dataclasses import replace

    subject = read(RULE.format("train another model on the Outputs"))
    assert "undefined-term" not in codes(replace(subject, text=None)), "it may be defined elsewhere"
