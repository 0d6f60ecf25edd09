"""Contents: the texts of a request that are judged, each on its channel.

Owns what of a conversation is judged: its last turn, in the light of those before. What was said
earlier was judged when it was said.
"""

from __future__ import annotations

from collections.abc import Iterator

from usepolicy.enforcement.detection import Content
from usepolicy.enforcement.requests import Channel, Request, Role


def contents_of(request: Request) -> tuple[Content, ...]:
    """Return the texts to judge: the last turn, the declared use, the metadata."""
    return tuple(_contents(request))


def _contents(request: Request) -> Iterator[Content]:
    if request.turns:
        last = request.turns[-1]
        # What a tool brought in is read by the model as what a user wrote is.
        answered = last.role is Role.ASSISTANT
        channel = Channel.OUTPUT if answered else Channel.PROMPT
        yield Content(last.text, channel, request.turns[:-1])
    if request.declared_use:
        yield Content(request.declared_use, Channel.DECLARED_USE)
    if request.metadata:
        lines = (f"{key}: {value}" for key, value in sorted(request.metadata.items()))
        yield Content("\n".join(lines), Channel.METADATA)
