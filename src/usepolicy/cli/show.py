"""`usepolicy show`: a policy file, or a document read on the fly, for people or for pipes."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from usepolicy.cli.options import AllowPrivate, Format

Policy = Annotated[
    str, typer.Argument(help="A policy file (.yaml, .json), or a document or address.")
]
ShowFormat = Annotated[Format, typer.Option("--format", help="How to print the policy.")]


def show(
    policy: Policy, format: ShowFormat = Format.TABLE, allow_private: AllowPrivate = False
) -> None:
    """Show the clauses and provisions of a policy with the words they cite."""
    from usepolicy.cli.files import load_policies
    from usepolicy.cli.render import print_policy, say, say_findings, summary

    policies = load_policies(policy, allow_private=allow_private)
    for each in policies:
        if format is Format.TABLE:
            print_policy(each)
        else:
            from usepolicy.reading.policy_file import PolicyFormat, dump_policy

            sys.stdout.write(dump_policy(each, format=PolicyFormat(format.value)))
        say_findings(each, policy)
    say(f"{summary(policies)}. Next: usepolicy matrix study {policy}")
