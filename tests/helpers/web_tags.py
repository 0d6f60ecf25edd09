"""What a browser would run of a page."""

from __future__ import annotations

import html.parser


class Tags(html.parser.HTMLParser):
    """Collects what a browser would run."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == "script" and not (values.get("src") or "").startswith("/static/"):
            self.bad.append(tag)
        if tag in ("iframe", "object", "embed", "base") or (tag == "img" and values["src"] == "x"):
            self.bad.append(tag)
        for name, value in attributes:
            scheme = (value or "").strip().lower().startswith(("javascript:", "data:", "vbscript:"))
            if name.startswith("on") or name == "style" or scheme or name == "autofocus":
                self.bad.append(f"{tag} {name}={value}")
