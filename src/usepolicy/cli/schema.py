"""`usepolicy schema`: the JSON Schema of a policy file or of a coding file."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer


class SchemaOf(StrEnum):
    """What has a schema."""

    POLICY = "policy"
    CODING = "coding"


Of = Annotated[SchemaOf, typer.Argument(help="What file the schema is of.")]


def schema(of: Of = SchemaOf.POLICY) -> None:
    """Print the JSON Schema of a policy file or of a coding file."""
    from usepolicy.reading.coding_file import coding_schema_text
    from usepolicy.reading.policy_file import policy_schema_text

    text = coding_schema_text() if of is SchemaOf.CODING else policy_schema_text()
    sys.stdout.write(text)
