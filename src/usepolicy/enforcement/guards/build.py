"""Building: a detector from its entry in a rules file, for the policies that the rules name.

Owns the checks of the entry. A key of a server is never in a file: the entry names
the environment variable that holds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from usepolicy.enforcement.detection import Detector, Target
from usepolicy.enforcement.guards.breaker import BreakerLimits
from usepolicy.enforcement.guards.calibration import (
    MAX_FILE,
    UNCALIBRATED,
    Calibration,
    load_calibration,
)
from usepolicy.enforcement.guards.calls import Caller, CallLimits, Server
from usepolicy.enforcement.guards.detector import DetectorSettings, GuardDetector
from usepolicy.enforcement.guards.form import Form
from usepolicy.enforcement.guards.forms import compile_for
from usepolicy.enforcement.guards.grounds import gather
from usepolicy.enforcement.guards.guard import Guard
from usepolicy.enforcement.guards.llama_guard import LlamaGuard
from usepolicy.enforcement.guards.local_model import LocalModel
from usepolicy.enforcement.guards.openai_guards import (
    OpenAIDecisions,
    OpenAIModeration,
    moderation_labels,
    moderation_names,
)
from usepolicy.enforcement.guards.safeguard import GptOssSafeguard
from usepolicy.enforcement.guards.spec import GuardKind, GuardSpec, Surroundings
from usepolicy.enforcement.guards.yes_no import GraniteGuardian, ShieldGemma
from usepolicy.errors import SchemaError, UsageError
from usepolicy.labelling.line import KEY, checked_base_url
from usepolicy.policies.clauses import CategoryId
from usepolicy.policies.policies import Policy
from usepolicy.tables import rows_by
from usepolicy.taxonomy.categories import load_taxonomy
from usepolicy.taxonomy.names import offer


def build_guard(spec: GuardSpec, around: Surroundings) -> Detector:
    """Return the detector of a guard. No server is asked.

    Raises: SchemaError: `missing-key`, `wrong-key`, `unknown-target`, `bad-calibration`,
                `no-model` and the others of `LocalModel`.
            UsageError: `no-key`, `bad-key`. DeniedError, ModelError: as `checked_base_url`.
            TaxonomyError: `unknown-category`. UsePolicyError: `nothing-forbidden`, `missing-extra`.
    """
    _check_keys(spec, around)
    settings = DetectorSettings(
        spec.kind,
        spec.parallel,
        spec.window,
        _calibration(spec, around),
        frozenset(spec.languages if spec.languages is not None else languages_of(spec.kind)),
    )
    if spec.kind is GuardKind.LOCAL_MODEL:
        labels = _labels(spec.labels or {}, around)
        return LocalModel(around.folder / (spec.path or ""), labels, settings)
    key_name = spec.key_env or KEY
    server = Server(
        checked_base_url(spec.base_url or "", key_name),
        spec.model or "",
        _key(spec.key_env, around.environ),
        key_name,
    )
    caller = Caller(
        server,
        CallLimits(spec.timeout, spec.retries),
        BreakerLimits(spec.failures, spec.pause),
    )
    return GuardDetector(_guard(spec, around), caller, settings)


def languages_of(kind: GuardKind) -> Sequence[str]:
    """Return the languages that guards of a kind know; `*` for any."""
    return rows_by("guards/languages.csv", "kind")[kind][0]["languages"].split()


def _guard(spec: GuardSpec, around: Surroundings) -> Guard:
    if spec.kind is GuardKind.OPENAI_MODERATION:
        return OpenAIModeration(_moderation(spec, around))
    compiled = compile_for(Form(spec.kind), around.policies, _categories(spec))
    if spec.kind is GuardKind.LLAMA_GUARD:
        return LlamaGuard(compiled, spec.prompt_as)
    if spec.kind is GuardKind.GPT_OSS_SAFEGUARD:
        return GptOssSafeguard(compiled, spec.effort)
    if spec.kind is GuardKind.SHIELDGEMMA:
        return ShieldGemma(compiled)
    if spec.kind is GuardKind.GRANITE_GUARDIAN:
        return GraniteGuardian(compiled)
    return OpenAIDecisions(compiled)


def _check_keys(spec: GuardSpec, around: Surroundings) -> None:
    is_local = spec.kind is GuardKind.LOCAL_MODEL
    needed = ("path", "labels") if is_local else ("base_url", "model")
    for name in needed:
        if not getattr(spec, name):
            message = f"a detector of kind `{spec.kind}` needs the key `{name}`"
            raise SchemaError("missing-key", message, place=around.place)
    labelled = is_local or spec.kind is GuardKind.OPENAI_MODERATION
    foreign = ("base_url", "model", "key_env", "categories") if is_local else ("path",)
    for name in (*foreign, *(() if labelled else ("labels",))):
        if getattr(spec, name):
            message = f"a detector of kind `{spec.kind}` has no key `{name}`"
            raise SchemaError("wrong-key", message, place=around.place, help="leave it out")


def _key(name: str | None, environ: Mapping[str, str]) -> str | None:
    if name is None:
        return None
    key = environ.get(name, "").strip()
    if not key:
        message = f"there is no key in the environment variable {name}"
        raise UsageError("no-key", message, help="set it, or leave `key_env` out")
    if not (key.isascii() and key.isprintable()) or " " in key:
        message = f"the environment variable {name} holds characters that no key has"
        raise UsageError("bad-key", message, help="copy the key anew")
    return key


def _categories(spec: GuardSpec) -> list[CategoryId]:
    taxonomy = load_taxonomy()
    groups = {group.id for group in taxonomy.groups}
    return [CategoryId(n) if n in groups else taxonomy.resolve(n).id for n in spec.categories]


def _calibration(spec: GuardSpec, around: Surroundings) -> Calibration:
    if spec.calibration is None:
        return UNCALIBRATED
    path = around.folder / spec.calibration
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        message = f"the file can't be read: {(error.strerror or 'not readable').lower()}"
        raise SchemaError("bad-calibration", message, place=str(path)) from error
    return load_calibration(data, place=str(path))


def _moderation(spec: GuardSpec, around: Surroundings) -> Mapping[str, frozenset[Target]]:
    """Return what the endpoint's names stand for: the crosswalk, or the entry's own map."""
    if spec.labels is None:
        forbidden = gather(around.policies, _categories(spec)).forbidden
        wanted = {Target(f.category) for f in forbidden if f.category}
        labels = {
            name: frozenset(t for t in targets if not around.policies or t in wanted)
            for name, targets in moderation_labels().items()
        }
        return _with_clauses(labels, around.policies)
    names = moderation_names()
    unknown = sorted(set(spec.labels) - names)
    if unknown:
        message = f"the endpoint has no category `{unknown[0]}`"
        help = offer(unknown[0], names, f"one of: {', '.join(sorted(names))}")
        raise SchemaError("unknown-label", message, place=around.place, help=help)
    nothing = dict.fromkeys(sorted(names), frozenset[Target]())
    return {**nothing, **_labels(spec.labels, around)}


def _labels(
    labels: Mapping[str, Iterable[str]], around: Surroundings
) -> Mapping[str, frozenset[Target]]:
    """Return what labels stand for, with the clauses of the policies on each category."""
    clauses = {clause.id for policy in around.policies for clause in policy.clauses}
    known = {*load_taxonomy().by_id, *clauses}
    for target in (t for targets in labels.values() for t in targets):
        if target not in known:
            message = f"`{target}` is no category, and no clause of the policies"
            help = offer(target, load_taxonomy().by_id, "list them: usepolicy categories")
            raise SchemaError("unknown-target", message, place=around.place, help=help)
    found = {name: frozenset(Target(t) for t in targets) for name, targets in labels.items()}
    return _with_clauses(found, around.policies)


def _with_clauses(
    labels: Mapping[str, frozenset[Target]], policies: Sequence[Policy]
) -> Mapping[str, frozenset[Target]]:
    clauses: dict[str, set[Target]] = {}
    for each in gather(policies).forbidden if policies else ():
        if each.category is not None:
            clauses.setdefault(each.category, set()).add(Target(each.clause))
    return {
        name: targets.union(*(clauses.get(target, set()) for target in targets))
        for name, targets in labels.items()
    }
