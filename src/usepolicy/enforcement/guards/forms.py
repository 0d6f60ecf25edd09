"""Forms: the one entry to compile policies for a guard."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from usepolicy.enforcement.guards.compiled import Compiled
from usepolicy.enforcement.guards.form import Form
from usepolicy.enforcement.guards.form_codes import (
    for_granite_guardian,
    for_llama_guard,
    for_openai_decisions,
    for_shieldgemma,
)
from usepolicy.enforcement.guards.form_prompts import for_nemo_guardrails, for_system_prompt
from usepolicy.enforcement.guards.form_safeguard import for_gpt_oss_safeguard
from usepolicy.enforcement.guards.grounds import Grounds, gather
from usepolicy.errors import UsePolicyError
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.policies import Policy

_FORMS: Mapping[Form, Callable[[Grounds], Compiled]] = {
    Form.LLAMA_GUARD: for_llama_guard,
    Form.GPT_OSS_SAFEGUARD: for_gpt_oss_safeguard,
    Form.SHIELDGEMMA: for_shieldgemma,
    Form.GRANITE_GUARDIAN: for_granite_guardian,
    Form.OPENAI_DECISIONS: for_openai_decisions,
    Form.NEMO_GUARDRAILS: for_nemo_guardrails,
    Form.SYSTEM_PROMPT: for_system_prompt,
}


def compile_for(
    form: Form, policies: Sequence[Policy], categories: Collection[CategoryId] = ()
) -> Compiled:
    """Return what policies forbid in the form that a guard needs. The same policies, the same texts.

    Args:   categories: only these and what is below them; none: all.
    Raises: UsePolicyError: `nothing-forbidden`.
    """
    grounds = gather(policies, categories)
    if not grounds.forbidden:
        what = "of these categories" if categories else "that could be read"
        raise UsePolicyError(
            "nothing-forbidden",
            f"the policy forbids nothing {what}",
            place=", ".join(grounds.policies),
            help="see what was read: usepolicy show POLICY",
        )
    return _FORMS[form](grounds)
