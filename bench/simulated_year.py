"""A simulated year of enforcement: its report, its standings and its chain against a recount.

Run `python bench/simulated_year.py [DECISIONS [ACCOUNTS]]` (100,000 and 5,000 unless told). It fills
a ledger in a temporary folder with a year of made-up decisions, sanctions, referrals, appeals,
grants, signals, reports, rule changes and erasures, with what standings keep out, then checks

- that the report's numbers are those of a recount from the raw lines of an export, which shares no
  code with it;
- that standings computed from the store, from the entries, and after a rebuild are the same at
  several times of the year;
- that the signals that were raised as requests came are those that a replay of the ledger raises;
- that every alteration, deletion, exchange, insertion and truncation that it tries is found.

It prints one table and fails if anything differs.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import event

from usepolicy.enforcement.account_signals import Anomaly, Flow, Watch, signals
from usepolicy.enforcement.appeals import Filing, Ruling, decide_appeal, file_appeal
from usepolicy.enforcement.grants import By, apply_for, approve, grants_in, refuse, revoke
from usepolicy.enforcement.keys import link_of
from usepolicy.enforcement.ladder import DAY, Ladder, Rung, Severity
from usepolicy.enforcement.ledger import (
    AccountLink,
    Actor,
    ActorKind,
    EntryId,
    Record,
    record_text,
    stamp,
)
from usepolicy.enforcement.ledger_bodies import (
    Automation,
    Cited,
    Decided,
    ErasureReason,
    GrantApplied,
    GrantKind,
    Label,
    Means,
    Notified,
    ReferralOpened,
    Result,
    RulesChanged,
    Scope,
    SignalKind,
    UserReported,
)
from usepolicy.enforcement.ledger_checkpoints import Checkpoint
from usepolicy.enforcement.ledger_codec import Draft, Entry
from usepolicy.enforcement.ledger_verify import verified
from usepolicy.enforcement.outcomes import Outcome
from usepolicy.enforcement.recording import Kept, kept_out
from usepolicy.enforcement.refusals import barred, refusal_of, refused
from usepolicy.enforcement.report import Period, report_of
from usepolicy.enforcement.requests import Channel, Request, Role, Surface, Turn
from usepolicy.enforcement.rules import Rules
from usepolicy.enforcement.sanctions import (
    Office,
    Review,
    Telling,
    followed,
    label_referral,
    respond,
)
from usepolicy.enforcement.signal_replay import asked_of, replayed
from usepolicy.enforcement.standing import Standing, is_account_erasure, standing_at
from usepolicy.enforcement.steps import Measure, Step
from usepolicy.store.ledger import Ledger, View, Wanted
from usepolicy.store.ledger_erasure import Acting, erase
from usepolicy.store.ledger_keys import Keys

START = datetime(2025, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
CATEGORIES = ("malware", "spam", "fraud", "harassment", "disinformation", "impersonation")
CLAUSES = tuple(f"acme/aup@2025-01-01#{number:08x}" for number in range(1, 7))
LADDER = Ladder(
    rungs=(
        Rung(1, Measure(Step.WARNING)),
        Rung(3, Measure(Step.RATE_LIMIT, 7 * DAY, queries=100, per_seconds=3600)),
        Rung(6, Measure(Step.SUSPENSION, 30 * DAY), requires_person=True),
        Rung(10, Measure(Step.BAN), requires_person=True),
    ),
    severities={"plain": Severity("plain", 1), "severe": Severity("severe", 4, Step.SUSPENSION)},
    default="plain",
    restrictions={"malware": "severe"},
    signals={SignalKind.VOLUME: "plain"},
    watch=Watch(Flow(8, 3 * DAY), Flow(3, 7 * DAY, "spam"), Anomaly(1, 1, 60 * DAY, 5)),
    look_back=180 * DAY,
    decay_points=1,
    decay_every=60 * DAY,
)
SYSTEM = Actor(ActorKind.SYSTEM, "decide")
PEOPLE = tuple(Actor(ActorKind.PERSON, f"p-{name}") for name in ("ada", "bea", "cleo"))
ALIKE = tuple(hashlib.sha256(f"a text {n}".encode()).hexdigest() for n in range(3))
REQUEST = Request("1", (Turn(Role.USER, "a request"),))
RULES = Rules("acme", "0" * 64)
HASH = hashlib.sha256(b"a reason").hexdigest()
BATCH = 500
RECOUNTED = (
    "decisions", "restrictions", "actions", "appeals", "reviews", "taken back",
    "refused for standing", "signals",
)  # fmt: skip
PART = 3_000
"""Entries that are tampered with, 300 times: the whole ledger would take hours."""


class Year:
    """A year that happens: events in the order of their time, each with what follows from it."""

    def __init__(self, ledger: Ledger, keys: Keys, decisions: int, accounts: int) -> None:
        self.ledger, self.keys = ledger, keys
        self.random = random.Random(2025)
        self.names = [f"account-{number}" for number in range(accounts)]
        self.links = [link_of(keys.of(name, now=START)) for name in self.names]
        self.weights = [self.random.paretovariate(1.2) for _ in self.names]
        self.counter = 0
        self.office = Office(LADDER, self.new_id, Telling("standard", "en", "page"))
        self.waiting: list[Draft] = []
        self.events: list[tuple[datetime, int, str, object]] = []
        self._plan(decisions)

    def run(self) -> None:
        """Let it happen."""
        while self.events:
            at, _, kind, what = heapq.heappop(self.events)
            getattr(self, f"_{kind}")(at, what)
        self._flush()

    def new_id(self, kind: str) -> EntryId:
        """Return an id, the same in each run."""
        self.counter += 1
        return EntryId(f"{kind}-{self.counter}")

    def _plan(self, decisions: int) -> None:
        some = max(decisions // 500, 4)
        for kind, number in (
            ("decision", decisions), ("burst", max(some, 10)), ("user_report", some), ("grant", some // 4),
            ("rules", 4), ("erasure", max(some // 10, 2)),
        ):  # fmt: skip
            for _ in range(number):
                self._later(START + self.random.random() * YEAR, kind)

    def _later(self, at: datetime, kind: str, what: object = None) -> None:
        if at < START + YEAR:
            self.counter += 1
            heapq.heappush(self.events, (at, self.counter, kind, what))

    def _somebody(self) -> AccountLink:
        return self.random.choices(self.links, self.weights)[0]

    def _burst(self, at: datetime, _: object) -> None:
        """Let an account ask much in a few minutes."""
        account = self.random.choice([self._somebody(), self.random.choice(self.links)])
        for minute in range(12):
            self._later(at + timedelta(minutes=minute), "decision", account)

    def _decision(self, at: datetime, account: object) -> None:
        chance = self.random
        outcome = chance.choices(tuple(Outcome), (930, 30, 20, 20))[0]
        kind = chance.randrange(len(CATEGORIES))
        cited = Cited(CLAUSES[kind], f"Do not use it for {CATEGORIES[kind]}.", CATEGORIES[kind])
        support = chance.random() < 0.003
        body = Decided(
            outcome,
            chance.choice((Channel.PROMPT, Channel.OUTPUT)),
            chance.choice((Surface.API, Surface.INTERFACE)),
            chance.choice((Means.PATTERN, Means.MODEL)),
            Automation.FULLY,
            support,
            () if outcome is Outcome.ALLOW else (cited,),
            jurisdiction=chance.choice(("DE", "FR", "US", None)),
            likeness=None if support or chance.random() < 0.5 else chance.choice(ALIKE),
        )
        asking = account if isinstance(account, str) else self._somebody()
        link = None if support else AccountLink(asking)
        draft = Draft(self.new_id("decision"), at, SYSTEM, body, link)
        if support:
            self.waiting.append(draft)
            if len(self.waiting) >= BATCH:
                self._flush()
            return
        self._respond(draft)

    def _follows(self, view: View, draft: Draft) -> list[Draft]:
        """Return a decision with all that follows as `decide --ledger` has it."""
        account = draft.account
        assert account is not None
        past, standing = view.past(account), view.standing(account, LADDER, draft.at)
        found = barred(REQUEST, standing, past, at=draft.at)
        if found is not None:
            laid = view.entry(found.sanction.id)
            case = view.case(laid.case) if laid and laid.case else ()
            decision = refused(REQUEST, RULES)
            body = kept_out(refusal_of(found, case), decision, REQUEST, Kept())
            return list(respond(replace(draft, body=body), Standing(draft.at), self.office))
        drafts = list(respond(draft, standing, self.office))
        asked = asked_of(draft)
        for signal in signals(asked, past, LADDER.watch) if asked else ():
            now = followed(standing, drafts, LADDER)
            raised = Draft(self.new_id("signal"), draft.at, SYSTEM, signal, account)
            drafts += respond(raised, now, self.office)
        return drafts

    def _user_report(self, at: datetime, _: object) -> None:
        actor = Actor(ActorKind.OUTSIDER, "somebody")
        body = UserReported(category=self.random.choice(CATEGORIES))
        self._respond(Draft(self.new_id("user_report"), at, actor, body, self._somebody()))

    def _respond(self, draft: Draft) -> None:
        self._flush()
        account = draft.account
        assert account is not None
        written = self.ledger.append_from(lambda view: self._follows(view, draft))
        for entry in written:
            wait = timedelta(hours=self.random.uniform(1, 200))
            if isinstance(entry.body, ReferralOpened):
                self._later(entry.at + wait, "label", entry)
            elif isinstance(entry.body, Notified) and self.random.random() < 0.15:
                self._later(entry.at + wait, "appeal", entry)

    def _label(self, at: datetime, referral: object) -> None:
        assert isinstance(referral, Entry)
        self._flush()
        review = Review(
            self.random.choice(PEOPLE), at, self.random.choices(tuple(Label), (5, 4, 1))[0]
        )

        def follows(view: object) -> tuple[Draft, ...]:
            case = view.case(referral.case)  # type: ignore[attr-defined]
            standing = view.standing(referral.account, LADDER, at)  # type: ignore[attr-defined]
            return label_referral(case, referral.id, review, standing, self.office)

        if referral.account is not None:
            self.ledger.append_from(follows)

    def _appeal(self, at: datetime, notice: object) -> None:
        assert isinstance(notice, Entry)
        self._flush()
        if notice.account is None or notice.case is None:
            return
        case = self.ledger.case(notice.case)
        if any(getattr(each.body, "refusal", None) for each in case):
            return  # what kept it out is appealed against, in its own case
        against = (notice.body.about[-1],)  # type: ignore[attr-defined]
        filing = Filing(self.new_id("appeal"), at, notice.account, against, HASH)
        if any(against[0] in getattr(each.body, "against", ()) for each in case):
            return
        filed = self.ledger.append(file_appeal(case, filing, LADDER.appeals))
        self._later(at + timedelta(days=self.random.uniform(1, 20)), "ruling", filed)

    def _ruling(self, at: datetime, filed: object) -> None:
        assert isinstance(filed, Entry)
        assert filed.case is not None
        self._flush()
        case = self.ledger.case(filed.case)
        acted = {entry.actor for entry in case}
        judge = next(
            person for person in (*PEOPLE, Actor(ActorKind.PERSON, "p-dot")) if person not in acted
        )
        result = self.random.choices(tuple(Result), (2, 1))[0]
        ruling = Ruling(self.new_id("ruling"), at, judge, result, HASH)
        self.ledger.append(decide_appeal(case, filed.id, ruling))

    def _grant(self, at: datetime, _: object) -> None:
        self._flush()
        account = self._somebody()
        scope = Scope((self.random.choice(CATEGORIES),), (Surface.API,), ("research",))
        asked = GrantApplied(GrantKind.RESEARCH, scope, at, at + timedelta(days=90))
        by = By(Actor(ActorKind.ACCOUNT, account), at, self.new_id("grant"))
        filed = self.ledger.append(apply_for(asked, by, account))
        self._later(at + timedelta(days=5), "grant_decided", filed)

    def _grant_decided(self, at: datetime, filed: object) -> None:
        assert isinstance(filed, Entry)
        self._flush()
        case = self.ledger.case(filed.case or filed.id) or (filed,)
        [grant] = grants_in(case)
        by = By(PEOPLE[0], at, self.new_id("grant"))
        gives = self.random.random() < 0.7
        self.ledger.append(approve(grant, by) if gives else refuse(grant, by))
        if gives and self.random.random() < 0.2:
            self._later(at + timedelta(days=10), "grant_revoked", filed)

    def _grant_revoked(self, at: datetime, filed: object) -> None:
        assert isinstance(filed, Entry)
        self._flush()
        [grant] = grants_in(self.ledger.case(filed.case or filed.id))
        self.ledger.append(revoke(grant, By(PEOPLE[1], at, self.new_id("grant"))))

    def _rules(self, at: datetime, _: object) -> None:
        self._flush()
        sha = hashlib.sha256(at.isoformat().encode()).hexdigest()
        body = RulesChanged(sha, None, ("acme/aup@2025-01-01",), "thresholds moved")
        self.ledger.append(Draft(self.new_id("rules"), at, PEOPLE[0], body))

    def _erasure(self, at: datetime, _: object) -> None:
        self._flush()
        name = self.random.choice(self.names)
        if self.keys.find(name) is None:
            return
        place = self.names.index(name)
        erase(
            self.ledger, self.keys, name, reason=ErasureReason.REQUEST,
            by=Acting(PEOPLE[0], at, self.new_id),
        )  # fmt: skip
        gone = self.links.pop(place)
        self.names.pop(place)
        self.weights.pop(place)
        self.events = [
            each for each in self.events if gone not in (each[3], getattr(each[3], "account", None))
        ]
        heapq.heapify(self.events)

    def _flush(self) -> None:
        if self.waiting:
            self.ledger.append_many(self.waiting)
            self.waiting = []


def waiting_for_no_disk(ledger: Ledger) -> Ledger:
    """Let SQLite not wait for the disk at each commit: what is made up may be lost."""

    @event.listens_for(ledger.engine, "connect")
    def _connected(connection: Any, _: object) -> None:
        connection.execute("PRAGMA synchronous = OFF")

    ledger.engine.dispose()
    return ledger


def recount(lines: Iterator[str], months: set[str]) -> dict[str, Counter[tuple[str, ...]]]:
    """Return numbers from the raw lines of an export, without any of the code that is checked.

    Of an erased account the frozen numbers are taken, since its entries are of nobody.
    """
    entries = [json.loads(line) for line in lines]
    last: dict[str, int] = {}
    for number, entry in enumerate(entries):
        if entry["kind"] == "erasure" and entry["body"]["scope"] == "account":
            last[entry["account"]] = number
    live = [
        entry for number, entry in enumerate(entries) if number >= last.get(entry.get("account"), 0)
    ]
    found: dict[str, Counter[tuple[str, ...]]] = {name: Counter() for name in RECOUNTED}
    for entry in live:
        for frozen in entry["body"].get("frozen", ()):
            if frozen["period"] in months:
                _frozen(found, frozen["what"], frozen["count"])
        if entry["at"][:7] in months:
            _raw(found, entry["kind"], entry["body"])
    _taken_back(found["taken back"], live, months)
    return found


def _raw(found: dict[str, Counter[tuple[str, ...]]], kind: str, body: dict) -> None:
    if kind == "decision" and "refusal" in body:
        found["refused for standing"][(body["refusal"]["step"],)] += 1
    elif kind == "signal":
        found["signals"][(body["signal"],)] += 1
    elif kind == "decision":
        found["decisions"][(body["outcome"],)] += 1
        for cited in body.get("restrictions", ()):
            found["restrictions"][(cited["clause"], cited["category"], body["outcome"])] += 1
    elif kind == "sanction":
        found["actions"][(body["action"], body["measure"]["step"], body["automation"])] += 1
    elif kind == "appeal_filed":
        found["appeals"][("filed",)] += 1
    elif kind == "appeal_decided":
        found["appeals"][(body["result"],)] += 1
    elif kind == "referral_labelled":
        found["reviews"][(body["label"],)] += 1


def _taken_back(found: Counter[tuple[str, ...]], live: list[dict], months: set[str]) -> None:
    decided = {
        e["id"]: (e["body"]["outcome"], e["at"][:7]) for e in live if e["kind"] == "decision"
    }
    gone = {id for entry in live for id in entry["body"].get("reverses", ())}
    for id in gone & set(decided):
        outcome, month = decided[id]
        found[(outcome,)] += month in months


def _frozen(found: dict[str, Counter[tuple[str, ...]]], what: list[str], count: int) -> None:
    kind = what[0]
    if kind == "decision":
        found["decisions"][(what[1],)] += count
    elif kind == "refused":
        found["refused for standing"][(what[1],)] += count
    elif kind == "signal":
        found["signals"][(what[1],)] += count
    elif kind == "restriction":
        found["restrictions"][(what[1], what[2], what[3])] += count
    elif kind == "sanction":
        found["actions"][tuple(what[1:])] += count
    elif kind == "appeal_filed":
        found["appeals"][("filed",)] += count
    elif kind == "appeal_decided":
        found["appeals"][(what[1],)] += count
    elif kind == "referral_labelled":
        found["reviews"][(what[1],)] += count
    elif what[:2] == ["reversed", "decision"]:
        found["taken back"][(what[2],)] += count


def report_differs(ledger: Ledger) -> list[str]:
    """Return where the report and the recount say something else."""
    period = Period("2025-01", "2025-12")
    report = report_of(ledger.entries, period, small=1)
    lines = (record_text(record) for record in ledger.records())
    counted = recount(lines, set(period.months))
    told = {table.name: table for table in report.tables}
    differs = []
    for name in RECOUNTED:
        if name == "taken back":
            continue
        mine = {row.labels: row.numbers[0] for row in told[name].rows if row.numbers[0]}
        if mine != dict(counted[name]):
            differs.append(f"{name}: {mine} is not {dict(counted[name])}")
    back = {row.labels: row.numbers[1] for row in told["decisions"].rows if row.numbers[1]}
    if back != dict(counted["taken back"]):
        differs.append(f"taken back: {back} is not {dict(counted['taken back'])}")
    return differs


def signals_differ(ledger: Ledger) -> list[str]:
    """Return the signals that a replay raises and no entry tells, or the other way round."""
    found = replayed(ledger.entries(), LADDER.watch)
    gone = {
        entry.account
        for entry in ledger.entries(Wanted(kinds=("erasure",)))
        if is_account_erasure(entry)
    }
    kept = ledger.entries(Wanted(kinds=("signal",)))
    told = {entry.id for entry in kept if entry.account not in gone}
    missing = [f"signal of {each.decision} is in no entry" for each in found if not each.recorded]
    return missing + [f"{id} is not raised" for id in told - {each.recorded for each in found}]


def standings_differ(ledger: Ledger, links: list[AccountLink]) -> list[str]:
    """Return whose standing depends on how it is computed."""
    times = [START + YEAR * part for part in (0.25, 0.6, 0.99)]
    kept = {(link, at): ledger.standing(link, LADDER, at) for link in links for at in times}
    differs = [
        f"{link[:8]} {at:%Y-%m-%d}"
        for (link, at), standing in kept.items()
        if standing != standing_at(ledger.entries(Wanted(account=link)), LADDER, at)
    ]
    ledger.rebuild()
    return differs + [
        f"{link[:8]} {at:%Y-%m-%d} rebuilt"
        for (link, at), standing in kept.items()
        if ledger.standing(link, LADDER, at) != standing
    ]


def tampered(records: list[Record], chance: random.Random) -> Iterator[tuple[str, list[Record]]]:
    """Yield what somebody could do to a ledger, with its name."""
    for _ in range(50):
        place = chance.randrange(1, len(records) - 1)
        one, other = records[place], records[place - 1]
        yield (
            "altered",
            [*records[:place], replace(one, body=one.body[:-1] + " }"), *records[place + 1 :]],
        )
        yield (
            "actor",
            [
                *records[:place],
                replace(one, actor=Actor(ActorKind.PERSON, "p-x")),
                *records[place + 1 :],
            ],
        )
        yield "deleted", [*records[:place], *records[place + 1 :]]
        yield "exchanged", [*records[: place - 1], one, other, *records[place + 1 :]]
        yield "inserted", [*records[:place], one, *records[place:]]
        yield "truncated", records[:place]


def tampering_found(ledger: Ledger) -> dict[str, tuple[int, int]]:
    """Return how many of what was done to the last of the ledger were found, by kind."""
    records = list(islice(ledger.records(), PART))
    whole = verified(records)
    assert whole.fault is None, "what nobody touched has no fault"
    checkpoint = Checkpoint(whole.head.sequence, whole.head.hash, whole.root, stamp(START + YEAR))
    assert verified(records, [checkpoint]).fault is None
    found: dict[str, tuple[int, int]] = {}
    for kind, changed in tampered(records, random.Random(7)):
        hits, of = found.get(kind, (0, 0))
        found[kind] = (hits + (verified(changed, [checkpoint]).fault is not None), of + 1)
    return found


def main() -> int:
    decisions = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    accounts = int(sys.argv[2]) if len(sys.argv) > 2 else 5_000
    with tempfile.TemporaryDirectory() as folder:
        place = str(Path(folder) / "ledger" / "ledger.sqlite")
        ledger = waiting_for_no_disk(Ledger.open(place))
        keys = Keys.open(str(Path(folder) / "keys" / "keys.sqlite"), beside=place)
        year, start = Year(ledger, keys, decisions, accounts), time.perf_counter()
        year.run()
        print(
            f"{'made':32} {ledger.head().sequence:,} entries in {time.perf_counter() - start:.0f} s"
        )
        start = time.perf_counter()
        differs = report_differs(ledger)
        print(
            f"{'report against recount':32} {len(differs)} differ, {time.perf_counter() - start:.0f} s"
        )
        start = time.perf_counter()
        some = year.links[:: max(len(year.links) // 500, 1)]
        standings = standings_differ(ledger, some)
        print(
            f"{'standings of ' + str(len(some)) + ' accounts, 3 times':32} {len(standings)} differ, "
            f"{time.perf_counter() - start:.0f} s"
        )
        start = time.perf_counter()
        signals_ = signals_differ(ledger)
        print(
            f"{'signals replayed':32} {len(signals_)} differ, {time.perf_counter() - start:.0f} s"
        )
        start = time.perf_counter()
        fault = verified(ledger.records()).fault
        print(
            f"{'verify':32} {'whole' if fault is None else fault}, {time.perf_counter() - start:.0f} s"
        )
        missed = 0
        for kind, (hits, of) in tampering_found(ledger).items():
            missed += of - hits
            print(f"{kind:32} {hits} of {of} found")
        for line in (*differs, *standings, *signals_)[:20]:
            print(line)
        ledger.close()
        keys.close()
    return int(bool(differs or standings or signals_ or missed or fault))


if __name__ == "__main__":
    sys.exit(main())
