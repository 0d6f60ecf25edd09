"""`usepolicy serve`: the observatory, on this machine unless it is told otherwise."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.catalogue import Where
from usepolicy.cli.track_options import HistoryFile
from usepolicy.errors import UsePolicyError

if TYPE_CHECKING:
    import socket

    from usepolicy.store.catalogue import Catalogue
    from usepolicy.store.history import History
    from usepolicy.web.site import Site

TOKEN = "USEPOLICY_OPERATOR_TOKEN"  # noqa: S105  the name of a variable
SHORTEST_TOKEN = 16
"""Characters of a token that may add policies."""

Host = Annotated[str, typer.Option(help="Which address of this machine to listen on.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Which port; 0 takes a free one.")]
FullText = Annotated[
    bool, typer.Option("--full-text", help="Show whole texts, not quotes of 200 characters.")
]
ExamplesOnly = Annotated[
    bool, typer.Option("--examples", help="The study and two examples, whatever is in a catalogue.")
]
ChainsFolder = Annotated[
    Path | None, typer.Option("--chains", help="Folder of chain files to show; else the examples.")
]

Limit = Annotated[
    int,
    typer.Option(
        min=0, help="Searches, questions, comparisons and tables a visitor may ask for in a minute."
    ),
]


def serve(  # noqa: PLR0913  a parameter is an option of the command line
    host: Host = "127.0.0.1",
    port: Port = 8000,
    full_text: FullText = False,
    examples: ExamplesOnly = False,
    limit: Limit = 120,
    chains: ChainsFolder = None,
    catalogue: Where = None,
    history: HistoryFile = None,
) -> None:
    """Serve the observatory: a site on who prohibits what, in which words."""
    import threading

    import uvicorn

    from usepolicy.cli.render import say
    from usepolicy.cli.serve_chains import served_chains
    from usepolicy.web.app import create_app
    from usepolicy.web.askers import warm
    from usepolicy.web.shelf import Settings
    from usepolicy.web.site import Site

    kept = _catalogue(catalogue, examples=examples)
    tracked = _history(history, kept, examples=examples)
    settings = Settings(full_text, _token(), limit, served_chains(chains))
    site = Site(kept, settings, tracked)
    listening = listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    count = len(site.shelf().entries)
    say(f"{count} policies and codings: the study and {_what(kept)}; {_tracked(site)}")
    say(f"http://{shown}:{listening.getsockname()[1]}/   (stop with Ctrl-C)")
    config = uvicorn.Config(
        create_app(site), log_level="warning", server_header=False, access_log=False
    )
    threading.Thread(target=warm, args=(site.shelf(),), daemon=True).start()
    with listening:
        uvicorn.Server(config).run(sockets=[listening])


def _catalogue(path: Path | None, *, examples: bool) -> Catalogue:
    from usepolicy.store.catalogue import Catalogue, default_path
    from usepolicy.web.examples import example_catalogue

    where = path or default_path()
    if examples or (path is None and not where.exists()):
        return example_catalogue()
    return Catalogue.open(where, create=False)


def _history(path: Path | None, kept: Catalogue, *, examples: bool) -> History | None:
    """Return the history to read from: that of the user, else beside the examples theirs, else none."""
    from usepolicy.store.catalogue import IN_MEMORY
    from usepolicy.store.history import default_path
    from usepolicy.store.history_reading import open_to_read
    from usepolicy.web.examples import example_history

    where = path or default_path()
    if path is not None or (where.exists() and not examples):
        return open_to_read(where)
    return example_history() if kept.path == IN_MEMORY else None


def _what(kept: Catalogue) -> str:
    from usepolicy.store.catalogue import IN_MEMORY

    return "two examples" if kept.path == IN_MEMORY else str(kept.path)


def _tracked(site: Site) -> str:
    """Say how many histories are shown, and what has to be done for those that are not."""
    every = site.shelf().tracked.followed
    waiting = sum(not each.is_compared for each in every)
    more = f", {waiting} of them to be compared first: usepolicy track list" if waiting else ""
    return f"{len(every)} tracked{more}"


def _token() -> str | None:
    """Return the operator's token; a short one is refused, none means that nobody adds anything."""
    token = os.environ.get(TOKEN) or None
    if token is not None and len(token) < SHORTEST_TOKEN:
        message = f"the token in `{TOKEN}` has under {SHORTEST_TOKEN} characters"
        help = "make one: python -c 'import secrets; print(secrets.token_urlsafe())'"
        raise UsePolicyError("short-token", message, help=help)
    return token


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises: UsePolicyError: `cannot-listen`.
    """
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        reason = (error.strerror or "not possible").lower()
        raise UsePolicyError(
            "cannot-listen",
            f"can't listen on `{host}` port {port}: {reason}",
            help="take a free port: --port 0",
        ) from error
    return listening
