"""Conversations: a content and the turns before it, in windows, as a guard is shown them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from usepolicy.enforcement.detection import Content
from usepolicy.enforcement.guards.inert import inert_block
from usepolicy.enforcement.requests import Channel, Role, Turn

MAX_BEFORE = 8_000
"""Characters of earlier turns that are shown, the latest first; about 2,000 tokens."""
NOT_SHOWN = "(not shown)"
"""In the place of a turn that is missing: a guard misreads an answer to nothing."""


def windows(content: Content, size: int) -> Iterator[Content]:
    """Yield a content in pieces of at most `size` characters that overlap by a quarter."""
    text = content.text
    if len(text) <= size:
        yield content
        return
    step = max(1, size - size // 4)
    for start in range(0, len(text) - size // 4, step):
        yield replace(content, text=text[start : start + size])


def number_of_windows(length: int, size: int) -> int:
    """Return how many pieces a text of a length has."""
    step = max(1, size - size // 4)
    return 1 if length <= size else -(-(length - size // 4) // step)


def judged_role(content: Content) -> Role:
    """Return who said what is judged."""
    return Role.ASSISTANT if content.channel is Channel.OUTPUT else Role.USER


def turns(content: Content) -> list[Turn]:
    """Return the turns to show, inert, user and assistant by turns; the last one is judged.

    What the system and tools said is left out: it is the operator's, and others' text in the
    user's place would be judged as theirs.
    """
    shown: list[Turn] = []
    for turn in _latest(content):
        if shown and shown[-1].role is turn.role:
            shown[-1] = Turn(turn.role, f"{shown[-1].text}\n\n{turn.text}")
        else:
            shown.append(turn)
    judged = Turn(judged_role(content), inert_block(content.text))
    if shown and shown[-1].role is judged.role:  # what went before is never judged with it
        shown.append(Turn(_other(judged.role), NOT_SHOWN))
    if (shown or [judged])[0].role is Role.ASSISTANT:
        shown.insert(0, Turn(Role.USER, NOT_SHOWN))
    return [*shown, judged]


def _other(role: Role) -> Role:
    return Role.USER if role is Role.ASSISTANT else Role.ASSISTANT


def _latest(content: Content) -> list[Turn]:
    left = MAX_BEFORE
    found: list[Turn] = []
    for turn in reversed(content.before):
        if left <= 0:
            break
        if turn.role in (Role.USER, Role.ASSISTANT):
            found.append(Turn(turn.role, inert_block(turn.text[-left:])))
            left -= len(turn.text)
    return found[::-1]
