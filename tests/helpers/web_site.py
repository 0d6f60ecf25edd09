"""The site in process: its addresses, and a client of it."""

from __future__ import annotations

from starlette.testclient import TestClient

from usepolicy.cli.serve_chains import served_chains
from usepolicy.store.catalogue import Catalogue
from usepolicy.store.history import History
from usepolicy.web.app import create_app
from usepolicy.web.shelf import Settings
from usepolicy.web.site import ROUTES, Site

POLICY = "gannet/acceptable-use-policy"
"""A policy of the example history."""
EXAMPLE = "harbourlight/harbourlight-aup@2026-09-01"

ADDRESSES = (
    "/",
    "/ask",
    "/ask?use=Voice+clone+of+a+singer+that+calls+voters+with+phishing",
    "/ask?use=Spotting+hate+speech&developer=northgate",
    "/ask?use=hello+there",
    "/matrix",
    "/matrix?by=study-figures-4-6:self-harm&group=headquarters&sort=total",
    "/matrix?by=category&who=read",
    "/matrix?q=nobody-is-called-this",
    f"/cells/{EXAMPLE}?of=study-figures-4-6:self-harm",
    "/cells/study/openai?of=fraud",
    "/developers",
    "/developers/meta",
    "/developers/harbourlight",
    "/policies",
    f"/policies/{EXAMPLE}",
    "/policies/northgate/northgate-terms",
    "/policies/study/openai",
    "/categories",
    "/categories/malware",
    "/categories/harm-to-children",
    "/changes",
    "/changes?since=2026-04-14&kind=no-longer-prohibited&category=gambling",
    "/changes?kind=all&service=gannet",
    "/changes?since=2099-01-01",
    f"/changes/{POLICY}@2026-04-14",
    f"/changes/{POLICY}@2026-04-14?old=2025-11-03",
    "/changes/saltmarsh/terms-of-service@2026-06-09",
    "/tracked",
    f"/tracked/{POLICY}",
    "/timelines/gambling",
    "/timelines/malware",
    "/compare",
    "/compare?a=study/meta&b=study/google",
    "/coverage",
    "/coverage?policy=study/meta&instrument=colorado-sb26-189",
    "/chains",
    "/chains/02-api-cloud-app",
    "/chains/09-two-ways?use=Fundraising+letters+for+a+council+campaign",
    "/chains/10-study?use=hello+there",
    "/figures",
    *(f"/figures/{number}" for number in range(1, 9)),
    "/figures/3?of=all",
    "/indicators",
    "/indicators?edition=2023-10&policy=harbourlight/harbourlight-aup",
    "/search",
    "/search?q=weapons",
    "/search?q=qwertyuiop",
    "/about",
)
"""Every page, in the forms that differ."""


def client(
    catalogue: Catalogue,
    *,
    full_text: bool = False,
    token: str | None = None,
    history: History | None = None,
    per_minute: int = 0,
) -> TestClient:
    """Return a client of a site."""
    chains = served_chains(None)
    settings = Settings(full_text, token, per_minute=per_minute, chains=chains)
    made = Site(catalogue, settings, history)
    return TestClient(create_app(made), raise_server_exceptions=False)


def as_form(address: str, form: str) -> str:
    """Return the address of a page as JSON or CSV."""
    path, _, query = address.partition("?")
    path = "/index" if path == "/" else path
    return f"{path}.{form}" + (f"?{query}" if query else "")


def route_of(address: str) -> str:
    """Return the key of ROUTES that an address belongs to."""
    path = address.partition("?")[0]
    if path in ROUTES:
        return path
    top = path.split("/")[1]
    return f"/{top}/{'N' if top == 'figures' else 'ID'}"


def leaves(value: object, name: str) -> list[str]:
    """Return every string under a key of this name."""
    if isinstance(value, dict):
        mine = [value[name]] if isinstance(value.get(name), str) else []
        return mine + [leaf for each in value.values() for leaf in leaves(each, name)]
    return (
        [leaf for each in value for leaf in leaves(each, name)] if isinstance(value, list) else []
    )
