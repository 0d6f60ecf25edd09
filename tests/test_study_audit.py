"""The study audited: every difference between its figures and its table, and none besides."""

from __future__ import annotations

from usepolicy.comparison.audit import OddityKind
from usepolicy.study import study_codings, study_discrepancies
from usepolicy.study_audit import printed_cells, printed_totals, study_oddities


def test_the_whole_study() -> None:
    found = study_oddities(study_codings())
    by_kind = {kind: [o for o in found if o.kind is kind] for kind in OddityKind}
    assert [o.message for o in by_kind[OddityKind.TOTAL_DIFFERS]] == [
        "printed 26, the cells give 24",
        "printed 15, the cells give 16",
        "printed 13, the cells give 12",
    ], "three groups of figure 3, none of the 127 totals"
    assert len(by_kind[OddityKind.FIGURE_DIFFERS]) == 10
    disagreeing = [d for d in study_discrepancies() if not d.agrees]
    told = {o.where.casefold() for o in found}
    assert [d.where for d in disagreeing if d.where.casefold() not in told] == []


def test_what_is_computed_carries_its_explanation() -> None:
    computed = [
        o for o in study_oddities(study_codings()) if o.kind is not OddityKind.SOURCE_DIFFERS
    ]
    without = [o.where for o in computed if not o.explanation]
    assert without == ["Figure 4, Malware, Amazon"], "told of the figure's total"


def test_of_a_part_only_its_dots_are_compared() -> None:
    cohere = [coding for coding in study_codings() if coding.id == "study/cohere"]
    assert [o.where for o in study_oddities(cohere)] == ["Figure 5, Malware, Cohere"]
    assert study_oddities([]) == ()


def test_everything_printed_is_looked_at() -> None:
    assert len(list(printed_totals())) == 127 + 15
    assert len(list(printed_cells())) == 17 * 30
