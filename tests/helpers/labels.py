"""What holds for every labeller, and texts to label."""

from __future__ import annotations

from collections.abc import Sequence

from usepolicy.labelling.protocol import Domain, Labeller, Passage
from usepolicy.taxonomy.categories import load_taxonomy

PASSAGES = [
    Passage("Spread malware or “harass” people"),
    Passage("nice words"),
    Passage("of people without consent", ("You may not use it", "for facial recognition")),
]


def labelled(labeller: Labeller, passages: Sequence[Passage] = PASSAGES, domain=Domain.CLAUSE):
    """Return the labels, after what holds for every labeller."""
    found = labeller.label(passages, domain)
    assert len(found) == len(passages)
    for passage, each in zip(passages, found, strict=True):
        assert each.by == labeller.name
        names = [label.category for label in each.labels or ()]
        assert names == sorted(set(names))
        for label in each.labels or ():
            assert label.category in load_taxonomy().by_id
            assert all(span.cut(passage.text).strip() for span in label.spans)
    return [each.labels for each in found]
