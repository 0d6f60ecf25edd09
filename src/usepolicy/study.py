"""The study: thirty codings by Kevin Klyman, with what he noted of their developers.

Owns `data/study/*.csv` and their readers: facts of the study, none of its policies' texts.
The names and the order of its categories are the taxonomy's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import NewType

from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.codings import NOT_CODED, Cell, CellValue, Coding
from usepolicy.policies.policies import Identity, PolicyKind, Weights
from usepolicy.tables import table_rows

DeveloperId = NewType("DeveloperId", str)
"""Slug of a developer's name, e.g. `01-ai`."""

CODER = "Klyman 2024"
"""Who coded the study."""

_CODED = Cell(CellValue.CODED)
_FULL_DATE = len("2024-01-31")


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts come from and under which licence."""

    citation: str
    address: str
    data_address: str
    licence: str
    licence_address: str


STUDY_SOURCE = Source(
    citation=(
        "Kevin Klyman, Acceptable Use Policies for Foundation Models: Considerations for "
        "Policymakers and Developers, Stanford Center for Research on Foundation Models, "
        "8 April 2024"
    ),
    address="https://crfm.stanford.edu/2024/04/08/aups.html",
    data_address="https://github.com/kklyman/aupsforfms",
    licence="CC-BY 4.0",
    licence_address="https://creativecommons.org/licenses/by/4.0/",
)
"""The study that the tables hold facts of."""


@dataclass(frozen=True, slots=True)
class StudyDeveloper:
    """A row of the study's figure 2: a developer, its policy and its flagship model."""

    id: DeveloperId
    name: str
    """As the head of the study's column."""
    full_name: str
    title: str
    """Title of the policy, with the sections that were coded."""
    kind: PolicyKind
    """Our reading of the title; the study has `document_kind`."""
    document_kind: str
    """`standalone`, `licence` or `terms of service`."""
    model_specific: bool
    """Whether the policy covers one model or family only."""
    policy_model: str | None
    """What a model-specific policy covers; need not be the flagship."""
    flagship_model: str | None
    modality: str
    """What the flagship model puts out."""
    weights: Weights
    """Whether the flagship's weights are public."""
    headquarters: str | None
    """None for international projects."""
    stated_date: str | None
    """Date of the last update as the policy states it: `2024-01-31`, `2024-01` or `2024`."""
    address: str

    @property
    def identity(self) -> Identity:
        """What the study says of the policy, as the core model has it.

        A date without a day is no date, and a standalone policy names no document that binds.
        """
        model = self.policy_model if self.model_specific else self.flagship_model
        return Identity(
            developer=self.name,
            title=self.title,
            kind=self.kind,
            document_kind=self.document_kind,
            binding=None if self.document_kind == "standalone" else self.document_kind,
            models=(model,) if model else (),
            modality=self.modality,
            weights=self.weights,
            headquarters=self.headquarters,
            effective=_day(self.stated_date),
        )


@dataclass(frozen=True, slots=True)
class ModelWithoutPolicy:
    """A row of the study's figure 8: a model released without an acceptable use policy."""

    developer_id: DeveloperId
    developer: str
    model: str
    intended_use: str | None
    """What its card says, in our words; None where it says nothing."""
    released: str
    """What was released: data, code, weights."""
    licence: str
    address: str
    source: str


class OtherRestrictionKind(StrEnum):
    """What a restriction besides uses is about; the grouping is ours."""

    MODEL_SCRAPING = "model_scraping"
    COMPETING_SERVICE = "competing_service"
    USER_SCALE = "user_scale"
    AUTOMATED_DISTRIBUTION = "automated_distribution"
    HOSTING = "hosting"
    INDUSTRY = "industry"
    UNLISTED_CONTENT = "unlisted_content"
    SCALE_OF_USE = "scale_of_use"
    DOCUMENTATION_DUTY = "documentation_duty"
    INCORPORATED_LICENCE = "incorporated_licence"
    LIABILITY_ON_USER = "liability_on_user"
    THIRD_PARTY_CONTRACT = "third_party_contract"
    NON_COMMERCIAL = "non_commercial"


@dataclass(frozen=True, slots=True)
class OtherRestriction:
    """A restriction of the study that is no use of its table: on scale, industry, hosting."""

    developer_id: DeveloperId
    developer: str
    kind: OtherRestrictionKind
    restriction: str
    """In our words."""
    threshold: str | None
    source: str


@dataclass(frozen=True, slots=True)
class FigureCell:
    """A dot of the study's figures 4 to 6."""

    figure: int
    group: str
    """Id of a group of the scheme `study-figures-4-6`."""
    developer_id: DeveloperId
    filled: bool
    """Whether the figure shows that the developer has the group."""
    source: str


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A place where the study's text, figures and data were compared, and with what result."""

    where: str
    """E.g. `Figure 4, Mis/disinformation, Adobe`."""
    stated: str
    found: str
    agrees: bool
    explanation: str
    source: str


@cache
def study_developers() -> tuple[StudyDeveloper, ...]:
    """Return the thirty developers in the order of the study's columns."""
    return tuple(_developer(row) for row in table_rows("study/developers.csv"))


@cache
def study_codings() -> tuple[Coding, ...]:
    """Return the study's thirty codings in the order of its columns.

    Each has a cell for all 127 categories of the study, in the order of its rows, with neither
    strength nor evidence: the study gives none. Any other category is unknown.
    """
    rows = list(table_rows("study/codings.csv"))
    return tuple(_coding(developer, rows) for developer in study_developers())


@cache
def study_totals() -> Mapping[CategoryId, int]:
    """Return the study's own totals: the developers that have each category, as it prints them."""
    totals = {
        CategoryId(row["category"]): int(row["total"]) for row in table_rows("study/codings.csv")
    }
    return MappingProxyType(totals)


@cache
def models_without_policy() -> tuple[ModelWithoutPolicy, ...]:
    """Return the models that the study found released without a policy."""
    return tuple(
        ModelWithoutPolicy(
            developer_id=DeveloperId(row["developer_id"]),
            developer=row["developer"],
            model=row["model"],
            intended_use=row["intended_use"] or None,
            released=row["released"],
            licence=row["licence"],
            address=row["address"],
            source=row["source"],
        )
        for row in table_rows("study/models_without_policy.csv")
    )


@cache
def other_restrictions() -> tuple[OtherRestriction, ...]:
    """Return what the study's text and notes say is restricted besides uses."""
    return tuple(
        OtherRestriction(
            developer_id=DeveloperId(row["developer_id"]),
            developer=row["developer"],
            kind=OtherRestrictionKind(row["kind"]),
            restriction=row["restriction"],
            threshold=row["threshold"] or None,
            source=row["source"],
        )
        for row in table_rows("study/other_restrictions.csv")
    )


@cache
def figure_cells() -> tuple[FigureCell, ...]:
    """Return every dot of the study's figures 4 to 6: 17 groups by 30 developers."""
    return tuple(
        FigureCell(
            figure=int(row["figure"]),
            group=row["group"],
            developer_id=DeveloperId(row["developer_id"]),
            filled=row["filled"] == "1",
            source=row["source"],
        )
        for row in table_rows("study/figures_4_6.csv")
    )


@cache
def study_discrepancies() -> tuple[Discrepancy, ...]:
    """Return what was found where the study's text, figures and data were compared."""
    return tuple(
        Discrepancy(
            where=row["where"],
            stated=row["stated"],
            found=row["found"],
            agrees=row["agrees"] == "yes",
            explanation=row["explanation"],
            source=row["source"],
        )
        for row in table_rows("study/discrepancies.csv")
    )


def _developer(row: Mapping[str, str]) -> StudyDeveloper:
    return StudyDeveloper(
        id=DeveloperId(row["id"]),
        name=row["developer"],
        full_name=row["full_name"],
        title=row["title"],
        kind=PolicyKind(row["kind"]),
        document_kind=row["document_kind"],
        model_specific=row["model_specific"] == "yes",
        policy_model=row["policy_model"] or None,
        flagship_model=row["flagship_model"] or None,
        modality=row["modality"],
        weights=Weights(row["weights"]),
        headquarters=row["headquarters"] or None,
        stated_date=row["stated_date"] or None,
        address=row["address"],
    )


def _coding(developer: StudyDeveloper, rows: list[Mapping[str, str]]) -> Coding:
    cells = {
        CategoryId(row["category"]): _CODED if row[developer.id] == "1" else NOT_CODED
        for row in rows
    }
    return Coding(
        id=f"study/{developer.id}",
        label=developer.name,
        coder=CODER,
        identity=developer.identity,
        cells=MappingProxyType(cells),
    )


def _day(stated: str | None) -> date | None:
    return date.fromisoformat(stated) if stated and len(stated) == _FULL_DATE else None
