"""Templating: how values become HTML, escaped always, with nothing undefined passed over."""

from __future__ import annotations

import hashlib
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from usepolicy import __version__
from usepolicy.web.words import inert


def environment(**values: object) -> Environment:
    """Return what renders the templates of the package, with values that each of them may use."""
    made = Environment(
        loader=PackageLoader("usepolicy.web"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"static": _static(), "version": __version__, **values}
    made.filters["words"] = lambda name: inert(str(name)).replace("_", " ")
    made.filters["breakable"] = _breakable
    return made


def _breakable(name: str) -> Markup:
    """Return a name that may be broken behind its slashes and low lines."""
    return escape(name).replace("/", Markup("/<wbr>")).replace("_", Markup("_<wbr>"))


def _static() -> dict[str, str]:
    """Return the address of each static file, with its content in it, so that it can be kept."""
    files = {}
    for file in (resources.files("usepolicy.web") / "static").iterdir():
        digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
        files[file.name] = f"/static/{file.name}?{digest}"
    return files
