"""`usepolicy show`: a policy file, or a document read on the fly, for people or for pipes."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from usepolicy.cli.options import AllowPrivate, Format

Policy = Annotated[str, typer.Argument(help="A policy file, a document, an address, or `-`.")]
ShowFormat = Annotated[Format, typer.Option("--format", help="How to print the policy.")]


def show(
    policy: Policy, format: ShowFormat = Format.TABLE, allow_private: AllowPrivate = False
) -> None:
    """Show the clauses and provisions of a policy with the words they cite."""
    from usepolicy.cli.files import load_policies, policy_files_text
    from usepolicy.cli.render import next_step, print_policy, say, say_findings, summary

    policies = load_policies(policy, allow_private=allow_private)
    if format is not Format.TABLE:
        sys.stdout.write(policy_files_text(policies, format))
    for each in policies if format is Format.TABLE else ():
        print_policy(each)
    say_findings(policies, policy)
    say(f"{summary(policies)}. Next: {next_step(policy)}")
