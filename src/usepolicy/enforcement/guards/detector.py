"""The detector over a guard: contents in, detections out, a bounded number of calls at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

from usepolicy.enforcement.detection import Content, Detection, Fault, Target
from usepolicy.enforcement.guards.answers import AnswerError
from usepolicy.enforcement.guards.calibration import UNCALIBRATED, Calibration
from usepolicy.enforcement.guards.calls import Caller
from usepolicy.enforcement.guards.conversation import number_of_windows, windows
from usepolicy.enforcement.guards.guard import Asked, Guard, Verdict
from usepolicy.enforcement.languages import is_known

MAX_WINDOWS = 64
"""Pieces of one content; with 8,000 characters each that is a book of 400,000."""
ANY_LANGUAGE = "*"


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """How a detector works, beside its guard and server."""

    kind: str
    parallel: int = 8
    """Calls at once."""
    window: int = 8_000
    """Characters of one piece of a long content."""
    calibration: Calibration = UNCALIBRATED
    languages: frozenset[str] = frozenset({ANY_LANGUAGE})
    """Those that the guard knows."""


class GuardDetector:
    """A `Detector` that asks a guard at a server."""

    def __init__(self, guard: Guard, caller: Caller, settings: DetectorSettings) -> None:
        self.guard = guard
        self.caller = caller
        self.settings = settings
        self._pool = ThreadPoolExecutor(settings.parallel, thread_name_prefix=settings.kind)

    @cached_property
    def version(self) -> str:
        """Kind, model, and a hash of all that decides a score beside the content."""
        codes = {code: sorted(targets) for code, targets in self.guard.targets.items()}
        calibration = self.settings.calibration
        whole = json.dumps(
            [
                self.caller.server.base_url,
                list(self.guard.texts),
                codes,
                [calibration.points, calibration.platt],
                self.settings.window,
            ]
        )
        digest = hashlib.sha256(whole.encode()).hexdigest()[:12]
        name = f"{self.settings.kind} {self.caller.server.model} sha256:{digest}"
        return name if calibration.is_fitted else f"{name} uncalibrated"

    @cached_property
    def targets(self) -> frozenset[Target]:
        """What its codes stand for."""
        return frozenset(t for targets in self.guard.targets.values() for t in targets)

    def detect(self, contents: Sequence[Content]) -> Sequence[Detection]:
        """Return what the guard says of each content, in order. Raises nothing."""
        asked = [self._questions(content) for content in contents]
        flat = [each for questions in asked for each in questions]
        verdicts = iter(list(self._pool.map(self._verdict, flat)))
        return [
            self._detection(content, [next(verdicts) for _ in questions])
            for content, questions in zip(contents, asked, strict=True)
        ]

    def close(self) -> None:
        """End the threads; calls that wait are given up."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _questions(self, content: Content) -> Sequence[Asked]:
        if number_of_windows(len(content.text), self.settings.window) > MAX_WINDOWS:
            return ()
        pieces = windows(content, self.settings.window)
        return [asked for piece in pieces for asked in self.guard.questions(piece)]

    def _verdict(self, asked: Asked) -> Verdict:
        answer = self.caller.ask(asked.question)
        if isinstance(answer, Fault):
            return Verdict({}, answer)
        try:
            return self.guard.read(asked, answer)
        except AnswerError:
            return Verdict({}, Fault.ANSWER)
        except Exception:  # a process edge: a fault of ours must not let a text pass unjudged
            return Verdict({}, Fault.INTERNAL)

    def _detection(self, content: Content, verdicts: Sequence[Verdict]) -> Detection:
        """Return the highest scores; where a part failed, what was found beside it still counts."""
        fault = next((v.fault for v in verdicts if v.fault), None)
        if not verdicts:  # too long: it was not asked about, and never will be
            fault = Fault.REFUSED
        raw = highest(self.guard.targets, (v.scores for v in verdicts))
        scores = {target: self.settings.calibration.of(score) for target, score in raw.items()}
        return Detection(
            scores, fault=fault, is_trusted=knows(self.settings.languages, content.text)
        )


def highest(
    targets: Mapping[str, frozenset[Target]], scores: Iterable[Mapping[str, float]]
) -> Mapping[Target, float]:
    """Return the highest score of each target over all answers, sorted; those never named lack."""
    found: dict[Target, float] = {}
    for answer in scores:
        for code, score in answer.items():
            for target in targets[code]:
                found[target] = max(score, found.get(target, 0.0))
    return dict(sorted(found.items()))


def knows(languages: frozenset[str], text: str) -> bool:
    """Tell whether a text is in a known language, or in none that can be told."""
    return ANY_LANGUAGE in languages or is_known(text, languages)
