"""The entry of a guard in a rules file: its keys, their types and meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StrictInt, StrictStr, StringConstraints

from usepolicy.policies.policies import Policy
from usepolicy.reading.policy_schema import FileEntry

LONGEST_TIMEOUT = 120.0
"""Seconds; nobody waits longer for a decision."""

EnvironmentName = Annotated[StrictStr, StringConstraints(pattern=r"^[A-Z_][A-Z0-9_]*$")]


class PromptAs(StrEnum):
    """How the server gets the prompt."""

    MESSAGE = "message"
    """Whole, as one message: for a server whose chat template passes a message through."""
    TEMPLATE = "template"
    """As a conversation and `chat_template_kwargs`: for a server with the model's own template."""


class GuardKind(StrEnum):
    """What kind of guard a detector asks."""

    LLAMA_GUARD = "llama-guard"
    GPT_OSS_SAFEGUARD = "gpt-oss-safeguard"
    SHIELDGEMMA = "shieldgemma"
    GRANITE_GUARDIAN = "granite-guardian"
    OPENAI_MODERATION = "openai-moderation"
    OPENAI_DECISIONS = "openai-decisions"
    LOCAL_MODEL = "local-model"


class GuardSpec(FileEntry):
    """A detector that asks a guard model."""

    kind: GuardKind
    """Kind of guard."""
    base_url: StrictStr | None = None
    """Address of an OpenAI-compatible server, with its `/v1`."""
    model: StrictStr | None = None
    """Name of the model, as its server knows it."""
    key_env: EnvironmentName | None = None
    """Environment variable that holds the key; left out: no key is sent."""
    path: StrictStr | None = None
    """Folder of a local model, from the folder of this file."""
    categories: tuple[StrictStr, ...] = ()
    """Only these and what is below them; left out: all that the policies forbid."""
    labels: Mapping[StrictStr, tuple[StrictStr, ...]] | None = None
    """Categories or clauses that a label of the model stands for."""
    calibration: StrictStr | None = None
    """File of a calibration, from the folder of this file; left out: scores only rank."""
    languages: tuple[StrictStr, ...] | None = None
    """Languages that the model knows; left out: those of its kind."""
    timeout: Annotated[float, Field(gt=0, le=LONGEST_TIMEOUT, allow_inf_nan=False)] = 10.0
    """Seconds of one call, its further attempts among them."""
    retries: Annotated[StrictInt, Field(ge=0, le=5)] = 1
    """Further attempts where the server is busy or fails."""
    parallel: Annotated[StrictInt, Field(ge=1, le=64)] = 8
    """Calls at once."""
    failures: Annotated[StrictInt, Field(ge=1, le=1000)] = 5
    """Failures in a row after which the server is not asked for a while."""
    pause: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] = 30.0
    """Seconds of that while."""
    window: Annotated[StrictInt, Field(ge=200, le=100_000)] = 8_000
    """Characters of one piece of a long text."""
    prompt_as: PromptAs = PromptAs.MESSAGE
    """Llama Guard: the prompt whole as a message, or in pieces for the model's own template."""
    effort: Literal["low", "medium", "high"] = "low"
    """gpt-oss-safeguard: how long it reasons."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the entry of a detector refers to."""

    policies: Sequence[Policy] = ()
    folder: Path = Path()
    """Folder that paths are from."""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    place: str = ""
    """Place of the entry, for errors."""


NO_SURROUNDINGS = Surroundings()
