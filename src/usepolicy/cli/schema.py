"""`usepolicy schema`: the JSON Schema of a policy file."""

from __future__ import annotations

import sys


def schema() -> None:
    """Print the JSON Schema of a policy file."""
    from usepolicy.reading.policy_file import policy_schema_text

    sys.stdout.write(policy_schema_text())
