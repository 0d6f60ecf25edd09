"""A provider of OpenID Connect on this machine: real keys, codes that count once, PKCE; and its lies."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "the-console", "a-secret-of-the-client"
KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "second", "use": "sig", "alg": "RS256"})
Sign = Callable[[dict[str, Any]], str]


def signed(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": "first"}, claims, KEY)


def signed_by_another(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": "first"}, claims, OTHER_KEY)


def signed_by_the_next(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": "second"}, claims, OTHER_KEY)


def signed_by_nobody(claims: dict[str, Any]) -> str:
    head, body = (_b64(json.dumps(part).encode()) for part in ({"alg": "none"}, claims))
    return f"{head}.{body}."


def signed_with_the_secret(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET), algorithms=["HS256"])


def signed_with_the_public_key(claims: dict[str, Any]) -> str:
    """The old trick: the public key, which everybody has, as if it were a secret of both."""
    parts = ({"alg": "HS256", "kid": "first"}, claims)
    text = ".".join(_b64(json.dumps(part).encode()) for part in parts)
    return f"{text}.{_b64(hmac.digest(KEY.as_pem(private=False), text.encode(), 'sha256'))}"


def signed_and_changed(claims: dict[str, Any]) -> str:
    head, _, mark = signed(claims).split(".")
    return f"{head}.{_b64(json.dumps(claims | {'sub': 'another'}).encode())}.{mark}"


@dataclass
class Provider:
    """What it says, and of whom; a test changes it."""

    issuer: str
    now: datetime
    who: dict[str, Any] = field(default_factory=dict)
    """Claims of whoever signs in."""
    changed: dict[str, Any] = field(default_factory=dict)
    """Claims of the token that are others; None leaves one out."""
    sign: Sign = signed
    in_token: bool = True
    """Whether the token says more than the subject."""
    told: dict[str, Any] = field(default_factory=dict)
    """What the other end says that is different."""
    metadata: dict[str, Any] = field(default_factory=dict)
    keys: list[RSAKey] = field(default_factory=lambda: [KEY])
    failing: dict[str, Response] = field(default_factory=dict)
    """Answers by path that are given instead."""
    asked: list[str] = field(default_factory=list)
    codes: dict[str, Mapping[str, str]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    """Secrets that went over the line, and that nobody else may see."""

    async def discovery(self, request: Request) -> Response:
        base = self.issuer
        return JSONResponse(
            {
                "issuer": base,
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
                "userinfo_endpoint": f"{base}/userinfo",
                "jwks_uri": f"{base}/keys",
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
                **self.metadata,
            }
        )

    async def jwks(self, request: Request) -> Response:
        return JSONResponse(KeySet(self.keys).as_dict(private=False))

    async def authorize(self, request: Request) -> Response:
        query = dict(request.query_params)
        assert (query["response_type"], query["client_id"]) == ("code", CLIENT)
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        self.seen += [code, query["state"], query["nonce"]]
        answer = {"code": code, "state": query["state"]}
        return RedirectResponse(f"{query['redirect_uri']}?{urlencode(answer)}", 302)

    async def token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        asked = self.codes.pop(form.get("code", ""), None)  # a code counts once
        fault = _fault(form, asked, request.headers.get("authorization", ""))
        if fault or asked is None:
            return JSONResponse({"error": fault, "error_description": 'a "text"'}, 400)
        access = secrets.token_urlsafe(16)
        seconds = int(self.now.timestamp())
        claims = {"iss": self.issuer, "aud": CLIENT, "nonce": asked["nonce"]}
        claims |= {"iat": seconds, "exp": seconds + 300, "sub": self.who["sub"]}
        claims |= (self.who if self.in_token else {}) | self.changed
        made = self.sign({name: value for name, value in claims.items() if value is not None})
        self.seen += [access, made, form["code_verifier"]]
        return JSONResponse({"access_token": access, "token_type": "Bearer", "id_token": made})

    async def userinfo(self, request: Request) -> Response:
        assert request.headers["authorization"].removeprefix("Bearer ") in self.seen
        return JSONResponse(self.who | self.told)

    def app(self) -> Starlette:
        ends = {
            "/.well-known/openid-configuration": self.discovery,
            "/keys": self.jwks,
            "/authorize": self.authorize,
            "/token": self.token,
            "/userinfo": self.userinfo,
        }
        return Starlette(
            routes=[
                Route(path, self._watched(path, end), methods=["GET", "POST"])
                for path, end in ends.items()
            ]
        )

    def _watched(self, path: str, end: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            self.asked.append(path)
            return self.failing.get(path) or await end(request)

        return answer


@contextmanager
def provider(now: datetime) -> Iterator[Provider]:
    """Give a provider that runs."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made = Provider(f"http://127.0.0.1:{listening.getsockname()[1]}", now)
        server = uvicorn.Server(uvicorn.Config(made.app(), log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield made
        server.should_exit = True
        thread.join()


def answer(text: str, status: int = 200) -> Response:
    return PlainTextResponse(text, status)


def _fault(form: Mapping[str, str], asked: Mapping[str, str] | None, shown: str) -> str:
    if asked is None:
        return "invalid_grant"
    name, _, word = base64.b64decode(shown.removeprefix("Basic ")).decode().partition(":")
    if (unquote(name), unquote(word)) != (CLIENT, SECRET):
        return "invalid_client"
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    same = form.get("redirect_uri") == asked["redirect_uri"]
    return "" if _b64(digest) == asked["code_challenge"] and same else "invalid_grant"


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
