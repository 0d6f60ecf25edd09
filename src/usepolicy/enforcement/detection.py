"""Detection: the one protocol of whatever tells how likely a text falls under a restriction.

Owns the protocol and its values. Behind it stand lists of patterns, the labelling protocol, guard
models at a server and local classifiers; a rule puts them into a cascade.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType, Protocol

from usepolicy.enforcement.requests import Channel, Turn
from usepolicy.policies.spans import Span

Target = NewType("Target", str)
"""What is looked for: a category id, or a clause id, which holds a `#`."""


class Fault(StrEnum):
    """Why a detector could not tell; recorded, and the rule's outcome on an error follows."""

    TIMEOUT = "timeout"
    SERVER = "server"
    """No connection, or an answer with a status of failure."""
    ANSWER = "answer"
    """An answer that is not what was asked for: truncated, too long, an unknown label."""
    REFUSED = "refused"
    """The server will never answer so: a wrong key, an unknown model."""
    OPEN = "open"
    """Not asked: the circuit breaker is open after failures in a row."""
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Content:
    """A text to judge, and what went before it."""

    text: str
    channel: Channel = Channel.PROMPT
    before: tuple[Turn, ...] = ()
    """Earlier turns, oldest first; read for the meaning of the text, never judged themselves."""


@dataclass(frozen=True, slots=True)
class Detection:
    """What one detector says of one content."""

    scores: Mapping[Target, float] = field(default_factory=dict)
    """Calibrated probability in [0, 1] that the content falls under the target.

    A target that the detector knows and that is left out has score 0; one that it doesn't know
    is in no detection (see `Detector.targets`).
    """
    spans: Mapping[Target, tuple[Span, ...]] = field(default_factory=dict)
    """Where in the content's text, as far as the detector can say."""
    needs: Mapping[Target, float] = field(default_factory=dict)
    """Probability that whoever speaks is in need of help themselves, e.g. thinks of suicide.

    It asks for support and speaks for no breach: what is asked for is in `scores`.
    """
    fault: Fault | None = None
    """Why there are no scores, or not all: those that are there count.

    FAIL CLOSED: never read as "nothing found".
    """
    is_trusted: bool = True
    """False where the detector does not know the language of the text."""


class Detector(Protocol):
    """Whatever tells how likely texts fall under restrictions."""

    @property
    def version(self) -> str:
        """What it is, such that equal versions give equal scores, e.g. `patterns sha256:1f3a`."""

    @property
    def targets(self) -> frozenset[Target]:
        """What it can tell anything of."""

    def detect(self, contents: Sequence[Content]) -> Sequence[Detection]:
        """Return what it says of each content, in order. Raises nothing: a failure is a fault."""
