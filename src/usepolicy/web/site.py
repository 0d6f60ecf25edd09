"""The site: from an address to a page, as HTML, JSON or CSV, made once for each state of the data.

Owns which pages there are, what is remembered of them, and their ETags. It never changes the data.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from usepolicy.errors import StoreError
from usepolicy.store.catalogue import Catalogue
from usepolicy.store.history import History
from usepolicy.web.page import Builder, Page, csv_text, json_text
from usepolicy.web.pages.about import TABLES, about
from usepolicy.web.pages.ask import ask
from usepolicy.web.pages.categories import categories, category
from usepolicy.web.pages.cells import cell
from usepolicy.web.pages.chains import chain, chain_image, chains
from usepolicy.web.pages.change import change
from usepolicy.web.pages.changes import changes
from usepolicy.web.pages.compare import compare, coverage
from usepolicy.web.pages.developers import developer, developers
from usepolicy.web.pages.figures import figure, figures, image
from usepolicy.web.pages.home import home
from usepolicy.web.pages.indicators import index
from usepolicy.web.pages.matrix import cells_html, matrix
from usepolicy.web.pages.policies import policies, policy
from usepolicy.web.pages.search import find
from usepolicy.web.pages.timelines import category_timeline
from usepolicy.web.pages.tracked import timeline, tracked
from usepolicy.web.shelf import Settings, Shelf
from usepolicy.web.templating import environment
from usepolicy.web.tracked import Tracked, generation

ROUTES: Mapping[str, Builder] = {
    "/": home,
    "/ask": ask,
    "/matrix": matrix,
    "/cells/ID": cell,
    "/developers": developers,
    "/developers/ID": developer,
    "/policies": policies,
    "/policies/ID": policy,
    "/categories": categories,
    "/categories/ID": category,
    "/changes": changes,
    "/changes/ID": change,
    "/tracked": tracked,
    "/tracked/ID": timeline,
    "/timelines/ID": category_timeline,
    "/compare": compare,
    "/coverage": coverage,
    "/chains": chains,
    "/chains/ID": chain,
    "/figures": figures,
    "/figures/N": figure,
    "/indicators": index,
    "/search": find,
    "/about": about,
}
"""Every page by the address that `/about` names."""
NAVIGATION = (
    "ask",
    "matrix",
    "developers",
    "categories",
    "changes",
    "compare",
    "coverage",
    "chains",
    "figures",
    "indicators",
)
MEDIA = {
    "html": "text/html; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "pdf": "application/pdf",
}
REMEMBERED = 256
"""Answers that are kept until the data change."""
LARGEST = 2_000_000
"""Bytes of an answer that is kept."""
WORTH_PACKING = 500
"""Bytes from which an answer is packed."""
PACKING = 5
"""Level of gzip: 9 takes three times as long for 3 % less, of the matrix with 200 policies."""
LOOK_S = 1.0
"""Seconds between two looks at whether the catalogue has changed."""

PATIENCE = 20
"""How much longer than it takes to read the history the site waits before it does so again: whoever
tracks writes for minutes."""
_log = logging.getLogger("usepolicy.web")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out for an address."""

    body: bytes
    media: str
    etag: str
    packed: bytes | None = None
    """The body under gzip, packed once; None where that saves nothing."""


class Site:
    """The observatory of one catalogue."""

    def __init__(
        self,
        catalogue: Catalogue,
        settings: Settings = Settings(),
        history: History | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.history = history
        self.settings = settings
        self._environment = environment(navigation=NAVIGATION)
        self._environment.filters["cells"] = cells_html
        self._lock = threading.Lock()
        self._answers: OrderedDict[tuple[str, ...], Answer] = OrderedDict()
        self._shelf = Shelf(catalogue, settings, Tracked(history))
        self._looked = time.monotonic()
        self._patient_until = 0.0

    def shelf(self) -> Shelf:
        """Return what the site shows now."""
        with self._lock:
            if time.monotonic() - self._looked > LOOK_S:
                self._looked = time.monotonic()
                if self.catalogue.generation() != self._shelf.generation:
                    self._renew()
                self._look_at_history()
            return self._shelf

    def renew(self) -> None:
        """Look at the catalogue at once: something was added through this site."""
        with self._lock:
            self._renew()

    def forget(self) -> None:
        """Make every page anew, of the same data."""
        with self._lock:
            self._answers.clear()

    def answer(self, route: str, params: Mapping[str, str], form: str = "html") -> Answer:
        """Return the answer to an address: `route` is a key of `ROUTES`.

        Raises: UsePolicyError: what is asked for does not exist.
        """
        shelf = self.shelf()
        key = (route, form, *(f"{name}={value}" for name, value in sorted(params.items())))
        kept = self._answers.get(key)
        if kept is None:
            kept = self._made(shelf, route, params, form)
            if not is_private(params):
                self._remember(shelf, key, kept)
        return kept

    def html(self, template: str, **values: object) -> str:
        """Render a template that is no page of the data."""
        return self._environment.get_template(template).render(**values)

    def _made(self, shelf: Shelf, route: str, params: Mapping[str, str], form: str) -> Answer:
        if form in ("svg", "png", "pdf"):
            made = chain_image if route == "/chains/ID" else image
            return _answer(made(shelf, params, form), form)
        page = ROUTES[route](shelf, params)
        params = _permanent(page, params)
        address = address_of(route, params)
        if form == "json":
            return _answer(json_text(page, address).encode("utf-8", "replace"), form)
        if form == "csv" and page.table is not None:
            return _answer(csv_text(page.table).encode("utf-8", "replace"), form)
        return _answer(self._page_html(page, route, params).encode("utf-8", "replace"), form)

    def _page_html(self, page: Page, route: str, params: Mapping[str, str]) -> str:
        template = self._environment.get_template(page.template)
        return template.render(
            title=page.title,
            it=page.content,
            path=address_of(route, params),
            json=twin(route, params, "json"),
            csv=twin(route, params, "csv") if page.table else None,
            section=route.strip("/").partition("/")[0],
            settings=self.settings,
            params=params,
        )

    def _remember(self, shelf: Shelf, key: tuple[str, ...], answer: Answer) -> None:
        with self._lock:
            if shelf is self._shelf and len(answer.body) <= LARGEST:
                self._answers[key] = answer
                if len(self._answers) > REMEMBERED:
                    self._answers.popitem(last=False)

    def _look_at_history(self) -> None:
        """Take in what was tracked since; of a history that can't be read the old state stays."""
        start = time.monotonic()
        if (
            start < self._patient_until
            or generation(self.history) == self._shelf.tracked.generation
        ):
            return
        try:
            self._shelf = self._shelf.with_tracked(Tracked(self.history))
        except StoreError as error:
            _log.warning("the history is shown as it was: %s", error.message)
        self._answers.clear()
        self._patient_until = time.monotonic() + PATIENCE * (time.monotonic() - start)

    def _renew(self) -> None:
        self._shelf = Shelf(self.catalogue, self.settings, self._shelf.tracked)
        self._answers.clear()


def _permanent(page: Page, params: Mapping[str, str]) -> Mapping[str, str]:
    """Return what a page was asked for, with a name that moves to the next version replaced."""
    return {**params, "id": page.id} if page.id and "id" in params else params


def address_of(route: str, params: Mapping[str, str], suffix: str = "") -> str:
    """Return the address of a page with what it was asked, in one order."""
    id = quote(params.get("id", ""), safe="/@~")
    path = route.replace("ID", id).replace("/N", f"/{id}") if "id" in params else route
    path = f"{'/index' if suffix and path == '/' else path}{suffix}"
    asked = sorted((name, value) for name, value in params.items() if name != "id" and value)
    return f"{path}?{urlencode(asked)}" if asked else path


def twin(route: str, params: Mapping[str, str], form: str) -> str:
    """Return the address of the same page as data."""
    return address_of(route, params, f".{form}")


def _answer(body: bytes, form: str) -> Answer:
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    packs = form not in ("png", "pdf") and len(body) >= WORTH_PACKING
    packed = gzip.compress(body, PACKING, mtime=0) if packs else None
    return Answer(body, MEDIA[form], etag, packed)


def is_private(params: Mapping[str, str]) -> bool:
    """Tell whether an address holds a visitor's own words, which nobody keeps."""
    return "use" in params


def is_table(route: str) -> bool:
    """Tell whether a page is also CSV."""
    return route in TABLES
