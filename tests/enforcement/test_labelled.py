"""Labellers as detectors: windows, faults, and places in the whole text."""

from __future__ import annotations

import pytest

from usepolicy.enforcement.detection import Content, Fault, Target
from usepolicy.enforcement.labelled import OVERLAP, LabellerDetector, windows
from usepolicy.labelling.protocol import Domain, Label, Labelled
from usepolicy.policies.spans import Span

WORD = "phishing"


class Finder:
    """A labeller that finds one word, and can't tell of a text with another."""

    name = "finder 1"

    def label(self, passages, domain):
        return [self._labelled(passage.text) for passage in passages]

    def _labelled(self, text):
        if "unreadable" in text:
            return Labelled(None, self.name)
        at = text.find(WORD)
        if at < 0:
            return Labelled((), self.name)
        return Labelled((Label(WORD, 0.7, (Span(at, at + len(WORD)),)),), self.name)


def detector() -> LabellerDetector:
    return LabellerDetector(Finder, Domain.USE, frozenset({Target(WORD)}), "finder 1")


def test_labels_become_scores():
    nothing, found, unread = detector().detect(
        [Content("a cake"), Content("write phishing"), Content("unreadable")]
    )
    assert (nothing.scores, nothing.fault) == ({}, None)
    assert (found.scores, found.spans) == ({WORD: 0.7}, {WORD: (Span(6, 14),)})
    assert unread.fault is Fault.ANSWER, "unknown is never read as nothing found"


@pytest.mark.parametrize("start", [0, 19_999, 19_996, 25_000, 59_000])
def test_a_long_text_is_read_in_windows_and_cited_as_a_whole(start):
    text = "x" * start + WORD + " " * (60_000 - start)
    (found,) = detector().detect([Content(text)])
    assert found.spans[WORD][0].cut(text) == WORD


@pytest.mark.parametrize("length", [1, 999, 1_000, 1_001, 1_500, 1_501, 5_000])
def test_windows_cover_the_text_and_overlap(length):
    text = "".join(chr(97 + n % 26) for n in range(length))
    cut = windows(text, 1_000)
    assert all(text[start:].startswith(window) for start, window in cut)
    ends = [start + len(window) for start, window in cut]
    assert ends[-1] == length
    following = (start for start, _ in cut[1:])
    assert all(end - start == OVERLAP for end, start in zip(ends, following, strict=False))


def test_the_version_is_told_before_the_labeller_is_made():
    def never():
        raise AssertionError

    assert LabellerDetector(never, Domain.USE, frozenset(), "v 1").version == "v 1"
