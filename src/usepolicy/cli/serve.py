"""`usepolicy serve`: the observatory, on this machine unless it is told otherwise."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usepolicy.cli.catalogue import Where
from usepolicy.errors import UsePolicyError

if TYPE_CHECKING:
    import socket

    from usepolicy.store.catalogue import Catalogue
    from usepolicy.supply_chain.propagation import ChainResult
    from usepolicy.web.chains import Chains

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


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    full_text: FullText = False,
    examples: ExamplesOnly = False,
    chains: ChainsFolder = None,
    catalogue: Where = None,
) -> None:
    """Serve the observatory: a site on who prohibits what, in which words."""
    import threading

    import uvicorn

    from usepolicy.cli.render import say
    from usepolicy.web.app import create_app
    from usepolicy.web.askers import warm
    from usepolicy.web.shelf import Settings
    from usepolicy.web.site import Site

    kept = _catalogue(catalogue, examples=examples)
    settings = Settings(full_text=full_text, token=_token(), chains=served_chains(chains))
    site = Site(kept, settings)
    listening = _listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    say(f"{len(site.shelf().entries)} policies and codings: the study and {_what(kept)}")
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


def served_chains(folder: Path | None) -> Chains:
    """Return the chains of a folder, each read at once; without a folder the examples, when asked.

    Raises: UsePolicyError: `no-such-folder`, `no-chains`, a file is no chain.
    """
    from usepolicy.cli.chain import load_result
    from usepolicy.web.chains import Chains, chain_files
    from usepolicy.web.examples import example_chains

    def load(file: Path) -> ChainResult:
        return load_result(file, allow_private=False)

    if folder is None:
        return Chains(chain_files(example_chains()), load)
    if not folder.is_dir():
        help = "give a folder with chain files"
        message = "there is no such folder"
        raise UsePolicyError("no-such-folder", message, place=str(folder), help=help)
    made = Chains(chain_files(folder), load)
    if not made.names:
        help = "a chain file is YAML or JSON: usepolicy schema chain"
        raise UsePolicyError(
            "no-chains", "the folder has no chain file", place=str(folder), help=help
        )
    for name in made.names:
        made.get(name)
    return made


def _what(kept: Catalogue) -> str:
    from usepolicy.store.catalogue import IN_MEMORY

    return "two examples" if kept.path == IN_MEMORY else str(kept.path)


def _token() -> str | None:
    """Return the operator's token; a short one is refused, none means that nobody adds anything."""
    token = os.environ.get(TOKEN) or None
    if token is not None and len(token) < SHORTEST_TOKEN:
        message = f"the token in `{TOKEN}` has under {SHORTEST_TOKEN} characters"
        help = "make one: python -c 'import secrets; print(secrets.token_urlsafe())'"
        raise UsePolicyError("short-token", message, help=help)
    return token


def _listen(host: str, port: int) -> socket.socket:
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
