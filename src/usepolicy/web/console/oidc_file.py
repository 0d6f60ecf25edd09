"""The file of `--oidc`: which provider signs people in, and whom it may let in.

Owns the names, types and meaning of the keys, and that no secret stands in the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, StrictBool, StrictStr

from usepolicy.enforcement.roles import Role
from usepolicy.errors import UsageError
from usepolicy.reading.policy_problems import Report
from usepolicy.reading.policy_schema import FileEntry, check_model
from usepolicy.reading.policy_tree import read_tree
from usepolicy.reading.policy_values import Words

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
RETURN = "/sign-in/oidc/return"
"""Where the provider sends people back to."""


class OidcFile(FileEntry):
    """The provider."""

    issuer: StrictStr
    """The provider's own name: an https address, exactly as it stands in its tokens."""
    client_id: Words
    """What the provider calls this console."""
    address: StrictStr
    """Of this console as browsers see it; the provider sends people back to a page of it."""
    secret_env: StrictStr | None = None
    """The environment variable with the client secret; left out: there is none, PKCE alone."""
    name: Annotated[Words, Field(max_length=60)] = "single sign-on"
    """Of the provider, on the button."""
    scopes: Annotated[tuple[Words, ...], Field(max_length=20)] = ("email",)
    """What is asked for beside `openid`."""
    passwords: StrictBool = True
    """Whether one can sign in with a password as well."""
    claim: Words = "groups"
    """The claim whose values give roles."""
    roles: Annotated[
        dict[str, Literal["reviewer", "auditor"]], Field(default_factory=dict, max_length=100)
    ]
    """Roles by values of the claim: who has one enters without being added before. An
    administrator is never made in this way. Left out: only people who were added enter."""


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """A provider, and whom it may let in."""

    issuer: str
    client_id: str
    address: str
    secret: str | None = field(default=None, repr=False)
    name: str = "single sign-on"
    scopes: tuple[str, ...] = ("email",)
    passwords: bool = True
    claim: str = "groups"
    roles: Mapping[str, Role] = field(default_factory=dict)

    @property
    def return_address(self) -> str:
        """Where the provider sends people back to."""
        return self.address + RETURN


def load_oidc(data: bytes, *, place: str, environ: Mapping[str, str]) -> OidcSettings:
    """Return the settings of a file, with the secret from the environment.

    Raises: PolicyFileError: the file breaks its format or schema.
            UsageError: `no-secret`, `bad-secret`.
    """
    root = read_tree(data, place=place)
    report = Report(place, root.line_of)
    file = check_model(root, OidcFile, {"": OidcFile}, report)
    if file is not None:
        _note(file, report)
    report.raise_if_any()
    assert file is not None
    return OidcSettings(
        file.issuer,
        file.client_id,
        file.address.rstrip("/"),
        _secret(file.secret_env, environ),
        file.name,
        file.scopes,
        file.passwords,
        file.claim,
        {value: Role(role) for value, role in file.roles.items()},
    )


def is_safe(address: object) -> bool:
    """Tell whether what is sent to an address stays secret: https, or on this machine."""
    if not isinstance(address, str) or not (address.isascii() and address.isprintable()):
        return False
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    plain = " " not in address and parts.username is None and not parts.fragment
    return plain and bool(host) and (parts.scheme == "https" or _is_here(parts.scheme, host))


def _is_here(scheme: str, host: str | None) -> bool:
    return scheme == "http" and host in LOOPBACK


def _note(file: OidcFile, report: Report) -> None:
    for key, value in (("issuer", file.issuer), ("address", file.address)):
        if not is_safe(value) or "?" in value:
            message = f"`{key}` is an https address, or http on this machine"
            report.add((key,), "unsafe-address", message)
    if is_safe(file.address) and urlsplit(file.address).path.strip("/"):
        message = "`address` has no path: the console answers at the root of its host"
        report.add(("address",), "unsafe-address", message)
    if file.secret_env is not None and not VARIABLE.fullmatch(file.secret_env):
        message = "`secret_env` is the name of an environment variable, and no secret"
        report.add(("secret_env",), "wrong-value", message)
    for scope in file.scopes:
        if not (scope.isascii() and scope.isprintable()) or " " in scope:
            report.add(("scopes",), "wrong-value", "a scope is one word")


def _secret(name: str | None, environ: Mapping[str, str]) -> str | None:
    if name is None:
        return None
    secret = environ.get(name, "").strip()
    if not secret:
        message = f"there is no client secret in the environment variable {name}"
        raise UsageError("no-secret", message, help="set it, or leave `secret_env` out")
    if not (secret.isascii() and secret.isprintable()):
        message = f"the environment variable {name} holds characters that no secret has"
        raise UsageError("bad-secret", message, help="copy the secret anew")
    return secret
