"""OIDC: who somebody is, by the word of the operator's provider.

Owns the questions to the provider and the checks of its answers; Authlib and joserfc do both by the
standards. Who may enter is for `identities`. Tokens are used here and kept nowhere.

Source: OpenID Connect Core 1.0, 3.1; RFC 7636 (PKCE); RFC 9207 (issuer in the answer).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from usepolicy.enforcement.roles import Role
from usepolicy.errors import DeniedError, UsePolicyError
from usepolicy.store.identities import Identity
from usepolicy.web.console.oidc_file import OidcSettings, is_safe
from usepolicy.web.console.oidc_line import Session, TokenRefusedError, asked, unreachable
from usepolicy.web.console.pending import Pending

LEEWAY = 60
"""Seconds that the provider's clock may differ from ours."""
FRESH = timedelta(hours=1)
"""How long what a provider says of itself, and its keys, are believed."""
RETRY = 10.0
"""Seconds after which a provider that did not answer is asked again."""
SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""FAIL CLOSED: `none`, and all that is signed with a secret that both know, are not among them."""
KEY_TYPES = frozenset({"RSA", "EC"})
KNOWN_REFUSALS = frozenset(
    {
        "access_denied",
        "account_selection_required",
        "consent_required",
        "interaction_required",
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "login_required",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unsupported_response_type",
    }
)
"""What is repeated of a provider's words: anybody can write others into an address."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a provider says of itself."""

    authorization: str
    token: str
    keys: str
    userinfo: str | None
    algorithms: tuple[str, ...]
    """By which its tokens may be signed."""
    auth_methods: tuple[str, ...]
    """How a client may show that it is one."""
    names_itself: bool
    """Whether its answers always name the issuer."""


class Provider:
    """A provider; several threads may ask it."""

    def __init__(self, settings: OidcSettings) -> None:
        """Keep the settings; nothing is asked yet.

        Raises: UsePolicyError: `missing-extra`.
        """
        _check_library()
        self.settings = settings
        self._lock = threading.Lock()
        self._metadata: tuple[Metadata, datetime] | None = None
        self._keys: tuple[Mapping[str, object], datetime] | None = None
        self._failed: tuple[UsePolicyError, float] | None = None

    def address_for(self, pending: Pending, now: datetime) -> str:
        """Return the page of the provider where somebody signs in.

        Raises: UsePolicyError: `oidc-unreachable`.
        """
        metadata = self._about(now)
        address, _ = self._client(metadata).create_authorization_url(
            metadata.authorization,
            state=pending.state,
            nonce=pending.nonce,
            code_verifier=pending.verifier,
        )
        return str(address)

    def identity(self, answer: Mapping[str, str], pending: Pending, now: datetime) -> Identity:
        """Return who it is that the provider sends back.

        Args:   answer: the query; its state was checked.
        Raises: DeniedError: `oidc-refused`, `oidc-token`. UsePolicyError: `oidc-unreachable`.
        """
        metadata = self._about(now)
        self._check_answer(answer, metadata)
        token = self._redeemed(answer["code"], pending, metadata)
        claims = self._claims(token, pending.nonce, metadata, now)
        if "email" not in claims or (self.settings.roles and self.settings.claim not in claims):
            claims = {**self._more(token, claims["sub"], metadata), **claims}
        return self._identity(claims)

    def _check_answer(self, answer: Mapping[str, str], metadata: Metadata) -> None:
        issuer = answer.get("iss", None if metadata.names_itself else self.settings.issuer)
        if issuer != self.settings.issuer:
            raise untrusted("the issuer is another one")
        if "error" in answer or not answer.get("code"):
            raise _refused(answer.get("error"))

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        email = claims.get("email")
        verified = claims.get("email_verified") in (True, "true")
        # ASCII: of letters that are folded into others, two people could have one address.
        fine = verified and isinstance(email, str) and email.isascii() and email.count("@") == 1
        return Identity(
            self.settings.issuer,
            str(claims["sub"]),
            email if fine else None,
            self._role(claims.get(self.settings.claim)),
        )

    def _role(self, values: object) -> Role | None:
        """Return the first role of the file that somebody has."""
        held = values if isinstance(values, list) else [values]
        return next((role for value, role in self.settings.roles.items() if value in held), None)

    def _redeemed(self, code: str, pending: Pending, metadata: Metadata) -> Mapping[str, Any]:
        try:
            token = self._client(metadata).fetch_token(
                metadata.token,
                grant_type="authorization_code",
                code=code,
                code_verifier=pending.verifier,
            )
        except TokenRefusedError as error:
            raise _refused(error.error) from None
        except (httpx.HTTPError, ValueError):
            raise unreachable("it gives no token") from None
        return dict(token)

    def _claims(
        self, token: Mapping[str, Any], nonce: str, metadata: Metadata, now: datetime
    ) -> dict[str, Any]:
        """Return what the token says, once its signature and claims are as they must be."""
        from authlib.oidc.core import CodeIDToken
        from joserfc.errors import JoseError

        settings = self.settings
        options = {
            "iss": {"essential": True, "value": settings.issuer},
            "aud": {"essential": True, "value": settings.client_id},
        }
        known = {"nonce": nonce, "client_id": settings.client_id}
        known |= {"access_token": token["access_token"]} if "access_token" in token else {}
        try:
            read = self._read(str(token.get("id_token", "")), metadata, now)
            claims = CodeIDToken(read.claims, read.header, options, known)
            claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
        except JoseError as error:
            raise untrusted(_wrong(error)) from None
        except (ValueError, TypeError, KeyError, AttributeError):  # of what is no token at all
            raise untrusted("it is malformed") from None
        if not claims["sub"] or len(claims["sub"]) > 255:
            raise untrusted("the subject is none")
        return dict(claims)

    def _read(self, text: str, metadata: Metadata, now: datetime) -> Any:
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError
        from joserfc.jwk import KeySet
        from joserfc.jws import JWSRegistry

        registry = JWSRegistry(algorithms=metadata.algorithms, strict_check_header=False)
        try:
            keys = KeySet.import_key_set(self._key_set(metadata, now))  # type: ignore[arg-type]
            return jwt.decode(text, keys, registry=registry)
        except InvalidKeyIdError:  # the provider may have a new one
            fresh = self._key_set(metadata, now, older_than=timedelta(minutes=1))
            keys = KeySet.import_key_set(fresh)  # type: ignore[arg-type]
            return jwt.decode(text, keys, registry=registry)

    def _more(
        self, token: Mapping[str, Any], subject: str, metadata: Metadata
    ) -> Mapping[str, object]:
        """Return what the provider tells beside the token, for which it must be about the same."""
        if metadata.userinfo is None or not isinstance(token.get("access_token"), str):
            return {}
        headers = {"authorization": f"Bearer {token['access_token']}"}
        told = asked(httpx.Request("GET", metadata.userinfo, headers=headers))
        if told.get("sub") != subject:
            raise untrusted("what it tells is about somebody else")
        return told

    def _about(self, now: datetime) -> Metadata:
        with self._lock:
            if self._metadata and now - self._metadata[1] < FRESH:
                return self._metadata[0]
            if self._failed and time.monotonic() < self._failed[1]:
                raise self._failed[0]
            try:
                found = self._discovered()
            except UsePolicyError as error:
                self._failed = error, time.monotonic() + RETRY
                raise
            self._metadata, self._failed = (found, now), None
            return found

    def _discovered(self) -> Metadata:
        address = self.settings.issuer.rstrip("/") + "/.well-known/openid-configuration"
        told = asked(httpx.Request("GET", address))
        if told.get("issuer") != self.settings.issuer:
            raise unreachable("it says that it is another issuer")
        ends = [told.get(f"{name}_endpoint") for name in ("authorization", "token", "userinfo")]
        needed = (*ends[:2], told.get("jwks_uri"), *(ends[2:] if ends[2] is not None else ()))
        if not all(is_safe(each) for each in needed):
            raise unreachable("it names addresses that can't be used")
        signs = _texts(told.get("id_token_signing_alg_values_supported"), ("RS256",))
        methods = _texts(
            told.get("token_endpoint_auth_methods_supported"), ("client_secret_basic",)
        )
        return Metadata(
            str(ends[0]),
            str(ends[1]),
            str(told["jwks_uri"]),
            str(ends[2]) if ends[2] is not None else None,
            tuple(each for each in SIGNED_BY if each in signs),
            methods,
            told.get("authorization_response_iss_parameter_supported") is True,
        )

    def _key_set(
        self, metadata: Metadata, now: datetime, *, older_than: timedelta = FRESH
    ) -> Mapping[str, object]:
        """Return the provider's public keys, asked for anew where they are older."""
        with self._lock:
            if self._keys and now - self._keys[1] < older_than:
                return self._keys[0]
            told = asked(httpx.Request("GET", metadata.keys)).get("keys")
            every = told if isinstance(told, list) else []
            usable = [each for each in every if isinstance(each, dict) and _is_usable(each)]
            if not usable:
                raise unreachable("it has no keys")
            self._keys = {"keys": usable}, now
            return self._keys[0]

    def _client(self, metadata: Metadata) -> Any:
        from authlib.oauth2.client import OAuth2Client

        method = "none"
        if self.settings.secret is not None:
            by_post = "client_secret_basic" not in metadata.auth_methods
            method = "client_secret_post" if by_post else "client_secret_basic"
        client = OAuth2Client(
            Session(),
            client_id=self.settings.client_id,
            client_secret=self.settings.secret,
            token_endpoint_auth_method=method,
            scope=" ".join(dict.fromkeys(("openid", *self.settings.scopes))),
            redirect_uri=self.settings.return_address,
            code_challenge_method="S256",
        )
        client.oauth_error_class = TokenRefusedError
        return client


def untrusted(why: str) -> DeniedError:
    """Return the error of a token that is not what it must be."""
    message = f"the provider's token can't be trusted: {why}"
    return DeniedError("oidc-token", message, help="begin again: /sign-in")


def _wrong(error: Any) -> str:
    """Return what is wrong with a token, without anything that stands in it."""
    from joserfc.errors import ExpiredTokenError, InvalidClaimError, MissingClaimError

    named = {"iss": "the issuer", "aud": "the audience", "azp": "the audience"}
    if isinstance(error, ExpiredTokenError):
        return "it is over"
    if isinstance(error, InvalidClaimError | MissingClaimError):
        claim = str(getattr(error, "claim", ""))
        known = named.get(
            claim, f"`{claim}`" if claim.isascii() and claim.isidentifier() else "a claim"
        )
        return f"{known} is {'another one' if isinstance(error, InvalidClaimError) else 'missing'}"
    return "it is not signed as it must be"


def _refused(error: object) -> DeniedError:
    said = f": `{error}`" if isinstance(error, str) and error in KNOWN_REFUSALS else ""
    message = f"the provider did not let you in{said}"
    return DeniedError("oidc-refused", message, help="begin again: /sign-in")


def _texts(value: object, default: tuple[str, ...]) -> tuple[str, ...]:
    return (
        tuple(each for each in value if isinstance(each, str))
        if isinstance(value, list)
        else default
    )


def _is_usable(key: Mapping[str, object]) -> bool:
    return key.get("kty") in KEY_TYPES and key.get("use", "sig") == "sig"


def _check_library() -> None:
    """Raise unless the extra is installed.

    Raises: UsePolicyError: `missing-extra`.
    """
    try:
        import authlib.oauth2.client  # noqa: F401
        import joserfc.jwt  # noqa: F401
    except ImportError as error:
        raise UsePolicyError(
            "missing-extra",
            "nobody can sign in with OIDC without the package `authlib`",
            help="install it: pip install 'usepolicy[oidc]'",
        ) from error
