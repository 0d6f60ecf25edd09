"""The forms of a compiled policy, by name; apart, so that the command line starts without them."""

from __future__ import annotations

from enum import StrEnum


class Form(StrEnum):
    """What a policy is compiled for."""

    LLAMA_GUARD = "llama-guard"
    GPT_OSS_SAFEGUARD = "gpt-oss-safeguard"
    SHIELDGEMMA = "shieldgemma"
    GRANITE_GUARDIAN = "granite-guardian"
    OPENAI_DECISIONS = "openai-decisions"
    NEMO_GUARDRAILS = "nemo-guardrails"
    SYSTEM_PROMPT = "system-prompt"
