"""The engine: requests in, decisions out, each detector asked only where the rules need it.

Owns batches, the order in which detectors are asked, and what stands between them and the pure
`decisions`. Which outcome follows is decided there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from usepolicy.enforcement.contents import contents_of
from usepolicy.enforcement.decisions import (
    Decision,
    MannerOf,
    Trace,
    decide,
    is_silent,
    pending,
    silent,
    trace,
)
from usepolicy.enforcement.detection import Content, Detection, Detector, Fault
from usepolicy.enforcement.manner import manner_of
from usepolicy.enforcement.plans import Plan, plan_for
from usepolicy.enforcement.requests import Request, Surface
from usepolicy.enforcement.rules import DetectorName, Rules

BATCH = 64
"""Requests that are judged together where nobody says otherwise; memory is bounded by it."""
MAX_PLANS = 4096
"""Plans that are kept: a jurisdiction is the caller's word, and callers may be hostile."""

_log = logging.getLogger(__name__)

Ask = tuple[DetectorName, int]


@dataclass(slots=True)
class _Job:
    """A request under way."""

    request: Request
    plan: Plan
    contents: tuple[Content, ...]
    found: dict[Ask, Detection] = field(default_factory=dict)
    wanted: set[Ask] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision and every step to it."""

    decision: Decision
    traces: tuple[Trace, ...]


class Engine:
    """Decides requests by rules and the detectors that they name."""

    def __init__(
        self,
        rules: Rules,
        detectors: Mapping[DetectorName, Detector],
        *,
        manner_of: MannerOf = manner_of,
    ) -> None:
        self.rules = rules
        self._detectors = dict(detectors)
        self._knowledge = {name: each.targets for name, each in detectors.items()}
        self._versions = {name: each.version for name, each in sorted(detectors.items())}
        self._manner_of = manner_of
        self._plans: dict[tuple[Surface, str | None], Plan] = {}

    def decide(self, requests: Iterable[Request], *, batch: int = BATCH) -> Iterator[Decision]:
        """Yield the decision on each request, in order."""
        for jobs in self._batches(requests, batch):
            for job in jobs:
                yield self._decision(job)

    def explain(self, requests: Iterable[Request]) -> Iterator[Explanation]:
        """Yield each decision with the steps that made it, as `decide` takes them."""
        for jobs in self._batches(requests, BATCH):
            for job in jobs:
                yield Explanation(self._decision(job), tuple(self._traces(job)))

    def _batches(self, requests: Iterable[Request], size: int) -> Iterator[list[_Job]]:
        coming = iter(requests)
        while jobs := [self._job(request) for request in islice(coming, size)]:
            self._judge(jobs)
            yield jobs

    def _job(self, request: Request) -> _Job:
        job = _Job(request, self._plan(request), contents_of(request))
        first = job.plan.first
        for number, content in enumerate(job.contents):
            job.wanted.update((name, number) for name in first[content.channel])
        return job

    def _plan(self, request: Request) -> Plan:
        key = (request.surface, request.jurisdiction)
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= MAX_PLANS:
                self._plans.clear()
            plan = self._plans[key] = plan_for(self.rules, request, self._knowledge)
        return plan

    def _judge(self, jobs: Sequence[_Job]) -> None:
        """Ask until nothing is wanted; each round asks what no round before has asked."""
        open_ = [job for job in jobs if job.wanted]
        while open_:
            self._ask(open_)
            for job in open_:
                job.wanted = set()
                if not is_silent(job.found):
                    job.wanted = pending(job.plan, job.contents, job.found)
            open_ = [job for job in open_ if job.wanted]

    def _ask(self, jobs: Sequence[_Job]) -> None:
        asks: dict[DetectorName, list[tuple[_Job, int]]] = {}
        for job in jobs:
            for name, number in job.wanted:
                asks.setdefault(name, []).append((job, number))
        for name, places in asks.items():
            told = self._detect(name, [job.contents[number] for job, number in places])
            for (job, number), detection in zip(places, told, strict=True):
                job.found[name, number] = detection

    def _detect(self, name: DetectorName, contents: Sequence[Content]) -> Sequence[Detection]:
        """Return what a detector says. FAIL CLOSED: one that breaks its protocol is at fault."""
        try:
            told = self._detectors[name].detect(contents)
        except Exception:  # a detector may be anybody's: the edge of this process
            _log.exception("detector %s broke", name)
            return [Detection(fault=Fault.INTERNAL)] * len(contents)
        if len(told) != len(contents):
            return [Detection(fault=Fault.ANSWER)] * len(contents)
        return told

    def _traces(self, job: _Job) -> Iterator[Trace]:
        return trace(job.plan, job.request, job.contents, job.found, self._manner_of)

    def _decision(self, job: _Job) -> Decision:
        if is_silent(job.found):
            return silent(job.plan, job.request, self._versions)
        return decide(job.plan, job.request, self._traces(job), self._versions)
