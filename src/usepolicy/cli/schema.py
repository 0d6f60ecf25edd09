"""`usepolicy schema`: the JSON Schema of a file that usepolicy reads."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer


class SchemaOf(StrEnum):
    """What has a schema."""

    POLICY = "policy"
    CODING = "coding"
    CHAIN = "chain"
    RULES = "rules"
    PATTERNS = "patterns"
    CASES = "cases"


Of = Annotated[SchemaOf, typer.Argument(help="What file the schema is of.")]


def schema(of: Of = SchemaOf.POLICY) -> None:
    """Print the JSON Schema of a file that usepolicy reads."""
    from usepolicy.enforcement.cases import cases_schema_text
    from usepolicy.enforcement.pattern_list import patterns_schema_text
    from usepolicy.enforcement.rules_file import rules_schema_text
    from usepolicy.reading.coding_file import coding_schema_text
    from usepolicy.reading.policy_file import policy_schema_text
    from usepolicy.supply_chain.chain_file import chain_schema_text

    texts = {
        SchemaOf.POLICY: policy_schema_text,
        SchemaOf.CODING: coding_schema_text,
        SchemaOf.CHAIN: chain_schema_text,
        SchemaOf.RULES: rules_schema_text,
        SchemaOf.PATTERNS: patterns_schema_text,
        SchemaOf.CASES: cases_schema_text,
    }
    sys.stdout.write(texts[of]())
