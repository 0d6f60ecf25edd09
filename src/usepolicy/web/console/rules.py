"""Rules: those in force, what others would have made of the past, and putting them in force."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice, takewhile

from usepolicy.enforcement.engine import Engine
from usepolicy.enforcement.grounds import Grounds
from usepolicy.enforcement.ladder_file import load_ladder
from usepolicy.enforcement.ladder_trial import KINDS, Consequence, try_ladder
from usepolicy.enforcement.ledger import AccountLink
from usepolicy.enforcement.ledger_bodies import RulesChanged
from usepolicy.enforcement.ledger_codec import Entry
from usepolicy.enforcement.roles import Right, may
from usepolicy.enforcement.rules_build import LoadedRules
from usepolicy.enforcement.rules_diff import Difference, differences
from usepolicy.enforcement.rules_lint import lint
from usepolicy.enforcement.trial import Basis, Replay, Replayer, Trial
from usepolicy.enforcement.trial_bounds import side_of
from usepolicy.errors import UsageError, UsePolicyError
from usepolicy.reading.policy_problems import PolicyFileError
from usepolicy.store.ledger import Wanted, new_id
from usepolicy.store.ledger_erasure import Acting
from usepolicy.store.trial_words import KeptWords
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.web.console.cases import people_of
from usepolicy.web.console.context import Address, Context, Done, View
from usepolicy.web.console.desk import actor_of
from usepolicy.web.console.forms import purpose, whole
from usepolicy.web.console.lines import day
from usepolicy.web.console.rules_book import Adoption, RulesBook, last_recorded
from usepolicy.web.console.rules_lines import (
    DryRun,
    InForce,
    LadderPage,
    Problem,
    ReplayLine,
    Rules,
    RulesLine,
    RulesTrial,
    ShiftLine,
    StandingsLine,
    StepLine,
)
from usepolicy.web.words import cut

MOST_FORM = 2 * 1024 * 1024
"""Bytes of a form with a rules file: the rules to start from have 6 kB, 2,000 rules have 300."""
MOST_FILE = 512 * 1024
"""Bytes of a rules file that is tried here."""
MOST_DAYS, SOME_DAYS = 365, 30
MOST_DECISIONS = 20_000
"""The newest that are replayed on a page; the command line has no such limit."""
SHOWN = 50


def rules(context: Context) -> View:
    """Return the rules that held, the newest first, and those in force."""
    people = people_of(context.desk)
    lines = tuple(
        RulesLine(
            day(entry.at),
            people.get(entry.actor.id, entry.actor.id),
            entry.body.sha256,
            entry.body.policies,
            cut(entry.body.summary),
        )
        for entry in context.desk.newest(("rules_change",))
        if isinstance(entry.body, RulesChanged)
    )
    can_try = may(context.person.role, Right.CHANGE_RULES)
    return View("console/rules.html", "Rules", Rules(lines, _in_force(context), can_try))


def try_rules(context: Context) -> View:
    """Show what rules would change, before they are in force."""
    book, text = _book(context), _text(context)
    days = whole(context.form, "days", MOST_DAYS)
    try:
        new = book.candidate(text.encode())
    except PolicyFileError as error:
        return _trial_view(RulesTrial(_problems(error), text, days))
    except UsePolicyError as error:
        problem = Problem(error.code, error.place, cut(error.message), cut(error.help))
        return _trial_view(RulesTrial((problem,), text, days))
    old = book.in_force()
    found = RulesTrial(
        (),
        text,
        days,
        new.rules.sha256,
        old.rules.sha256,
        last_recorded(context.desk.ledger),
        _advice(new),
        tuple(
            Difference(cut(d.rule), d.what, cut(d.before), cut(d.after))
            for d in differences(old.rules, new.rules)
        ),
        _dry_run(context, new, old, days),
    )
    return _trial_view(found)


def try_a_ladder(context: Context) -> View:
    """Show what another ladder would have led to."""
    desk, text = context.desk, _text(context)
    days = whole(context.form, "days", MOST_DAYS)
    old = desk.enforcement.ladder
    try:
        new = load_ladder(text.encode(), place="the ladder")
    except PolicyFileError as error:
        page = LadderPage(_problems(error), text, days)
        return View("console/ladder_trial.html", "A ladder tried", page)
    since = context.now - timedelta(days=days)
    before = since - timedelta(seconds=max(old.look_back, new.look_back))
    entries = desk.ledger.entries(Wanted(kinds=KINDS, since=before))
    found = try_ladder(entries, old, new, since, context.now)
    page = LadderPage(
        (),
        text,
        days,
        found.accounts,
        found.cases,
        len(found.steps),
        len(found.standings),
        tuple(
            StepLine(e.case, day(e.at), desk.account_of(e.account), _step(e.before), _step(e.after))
            for e in found.steps[-SHOWN:][::-1]
        ),
        tuple(
            StandingsLine(
                desk.account_of(each.account),
                (each.points_before, each.points_after),
                each.before.value if each.before else "nothing",
                each.after.value if each.after else "nothing",
            )
            for each in found.standings[:SHOWN]
        ),
    )
    return View("console/ladder_trial.html", "A ladder tried", page)


def adopt(context: Context) -> Done:
    """Put rules in force that were tried."""
    form = context.form
    if not form.get("confirm"):
        raise UsageError("not-confirmed", "rules take effect at once: say that you mean it")
    new = Adoption(
        _text(context).encode(),
        form.get("tried", ""),
        form.get("in_force", ""),
        form.get("recorded", ""),
        purpose(form.get("summary", "")),
    )
    _book(context).adopt(new, context.desk.ledger, _acting(context))
    return Done("/rules")


def _in_force(context: Context) -> InForce | None:
    book = context.desk.rules
    if book is None:
        return None
    try:
        now = book.in_force().rules
    except UsePolicyError as error:
        return InForce(book.name, "", "", 0, (), False, cut(error.message))
    recorded = last_recorded(context.desk.ledger) == now.sha256
    return InForce(book.name, cut(now.name), now.sha256, len(now.rules), now.policies, recorded)


def _trial_view(found: RulesTrial) -> View:
    return View("console/rules_trial.html", "Rules tried", found)


def _dry_run(context: Context, new: LoadedRules, old: LoadedRules, days: int) -> DryRun:
    words = _kept_words(context, new, old) if context.form.get("words") else None
    replayer = Replayer(side_of(new.rules, new.detectors), side_of(old.rules, old.detectors), words)
    recent = list(islice(_recent(context, days), MOST_DECISIONS + 1))
    trial = replayer.replay(recent[:MOST_DECISIONS])
    return DryRun(
        days,
        len(trial.replays),
        len(recent) > MOST_DECISIONS,
        len(trial.changed),
        len(trial.untold),
        sum(each.basis is Basis.OTHER_RULES for each in trial.untold),
        len(trial.accounts),
        words.read if words else 0,
        _shift_lines(trial),
        tuple(_replay_line(context, each) for each in trial.changed[:SHOWN]),
        tuple((cut(rule), count) for rule, count in trial.open_rules()[:SHOWN]),
    )


def _recent(context: Context, days: int) -> Iterator[Entry]:
    since = context.now - timedelta(days=days)
    return takewhile(lambda entry: entry.at >= since, context.desk.newest(("decision",)))


def _kept_words(context: Context, new: LoadedRules, old: LoadedRules) -> KeptWords:
    desk = context.desk
    after, before = (Engine(each.rules, each.detectors) for each in (new, old))
    keys = desk.enforcement.account_keys
    return KeptWords(desk.ledger, keys, desk.account_of, _acting(context), after, before)


def _acting(context: Context) -> Acting:
    return Acting(actor_of(context.person), context.now, new_id)


def _shift_lines(trial: Trial) -> tuple[ShiftLine, ...]:
    return tuple(
        ShiftLine(s.before.value, s.after.value if s.after else None, s.decisions, s.accounts)
        for s in trial.shifts()
    )


def _replay_line(context: Context, each: Replay) -> ReplayLine:
    told = each.told
    after = told.value if told else f"{each.after.low.value} to {each.after.high.value}"
    link: AccountLink | None = each.account
    account = context.desk.account_of(link)
    return ReplayLine(each.id, day(each.at), account, each.before.value, after, each.basis.value)


def _advice(new: LoadedRules) -> tuple[Problem, ...]:
    knowledge = {name: each.targets for name, each in new.detectors.items()}
    found = lint(new.rules, Grounds(new.policies, load_taxonomy()), knowledge)
    return tuple(
        Problem(each.code, _place(new, each.path), cut(each.message), cut(each.advice))
        for each in found
    )


def _place(new: LoadedRules, path: tuple[str | int, ...]) -> str:
    line = new.line_of(path) if path else None
    return new.place if line is None else f"{new.place}:{line}"


def _problems(error: PolicyFileError) -> tuple[Problem, ...]:
    return tuple(
        Problem(each.code, each.place, cut(each.message), cut(each.help)) for each in error.problems
    )


def _step(found: Consequence | None) -> str:
    if found is None:
        return "none"
    until = f" until {found.until:%Y-%m-%d}" if found.until else ""
    said = found.step.value.replace("_", " ")
    return f"{said}{until}{', if a person agrees' if found.waits else ''}"


def _book(context: Context) -> RulesBook:
    if context.desk.rules is None:
        help = "start it with: usepolicy console --rules FILE"
        raise UsageError("no-rules", "the console was not told of a rules file", help=help)
    return context.desk.rules


def _text(context: Context) -> str:
    """Return the file that was sent, or else the text, with the line ends that files have.

    Raises: UsageError: `no-file`, `too-large`.
    """
    form = context.form
    text = form.get("file") or form.get("text", "")
    # A browser sends each line end of a text as two letters.
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise UsageError("no-file", "no file was sent", help="choose one, or paste it")
    if len(text.encode()) > MOST_FILE:
        raise UsageError("too-large", f"the file has more than {MOST_FILE:,} bytes")
    return text


ADDRESSES = (
    Address("GET", "/rules", Right.SEE_RULES, rules),
    Address("POST", "/rules/try", Right.CHANGE_RULES, try_rules, most_bytes=MOST_FORM),
    Address("POST", "/rules/ladder", Right.CHANGE_RULES, try_a_ladder, most_bytes=MOST_FORM),
    Address("POST", "/rules/adopt", Right.CHANGE_RULES, adopt, most_bytes=MOST_FORM),
)
