"""A local text classifier by path: Hugging Face's format, weights as safetensors, no code of its own.

Owns the checks of the folder before anything of it is loaded, and the scores of its labels. Needs
the extra `local-model`. Nothing is ever downloaded.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from usepolicy.enforcement.detection import Content, Detection, Fault, Target
from usepolicy.enforcement.guards.conversation import number_of_windows, windows
from usepolicy.enforcement.guards.detector import (
    MAX_WINDOWS,
    DetectorSettings,
    highest,
    knows,
)
from usepolicy.errors import SchemaError, UsePolicyError

if TYPE_CHECKING:
    from types import ModuleType

NEEDED = ("config.json", "tokenizer.json", "model.safetensors")
"""Weights in several files are for models of many gigabytes, which no text classifier is."""
PICKLED = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".h5", ".msgpack")
"""Endings of weights that run code when they are loaded, or that we don't read."""
MAX_JSON = 64 * 1024 * 1024
"""Bytes of a tokenizer; those of a million words have 30 MB."""
BATCH = 32
"""Windows that are judged at once."""


class LocalModel:
    """A `Detector` over a classifier in a folder."""

    def __init__(
        self,
        folder: Path,
        labels: Mapping[str, frozenset[Target]],
        settings: DetectorSettings,
    ) -> None:
        """Load the model.

        Raises: SchemaError: `no-model`, `not-safetensors`, `remote-code`, `unknown-label`.
                UsePolicyError: `missing-extra`.
        """
        config = checked_folder(folder)
        torch, transformers = _libraries()
        self.settings = settings
        self._torch = torch
        self._lock = threading.Lock()
        self._digest = _digest(folder)
        try:
            options = {"local_files_only": True, "trust_remote_code": False}
            self._tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(
                str(folder), local_files_only=True
            )
            self._model = transformers.AutoModelForSequenceClassification.from_pretrained(
                str(folder), use_safetensors=True, **options
            ).eval()
        except Exception as error:  # what these libraries raise of a folder has no common type
            message = f"the model can't be loaded: {type(error).__name__}"
            raise SchemaError("no-model", message, place=str(folder), help=_HELP) from error
        names = [str(name) for name in self._model.config.id2label.values()]
        _check_labels(names, labels, folder)
        self._names = names
        self._is_multi = config.get("problem_type") == "multi_label_classification"
        self._labels = {name: labels.get(name, frozenset()) for name in names}

    @cached_property
    def version(self) -> str:
        """A hash of the weights, of the tokenizer and of the map."""
        calibration = self.settings.calibration
        labels = {name: sorted(targets) for name, targets in self._labels.items()}
        decides = [labels, calibration.points, calibration.platt, self.settings.window]
        whole = self._digest + json.dumps(decides)
        name = f"{self.settings.kind} sha256:{hashlib.sha256(whole.encode()).hexdigest()[:12]}"
        return name if calibration.is_fitted else f"{name} uncalibrated"

    @cached_property
    def targets(self) -> frozenset[Target]:
        """What its labels stand for."""
        return frozenset(t for targets in self._labels.values() for t in targets)

    def detect(self, contents: Sequence[Content]) -> Sequence[Detection]:
        """Return what the model says of each content, in order. Raises nothing."""
        return [self._detection(content) for content in contents]

    def _detection(self, content: Content) -> Detection:
        if number_of_windows(len(content.text), self.settings.window) > MAX_WINDOWS:
            return Detection(fault=Fault.REFUSED)
        try:
            with self._lock:  # a tokenizer keeps state of its own between its calls
                raw = highest(self._labels, self._scores(content))
        except Exception:  # a process edge: a fault of ours must not let a text pass unjudged
            return Detection(fault=Fault.INTERNAL)
        scores = {target: self.settings.calibration.of(score) for target, score in raw.items()}
        if any(not 0 <= score <= 1 for score in scores.values()):  # NaN among them
            return Detection(fault=Fault.ANSWER)
        return Detection(scores, is_trusted=knows(self.settings.languages, content.text))

    def _scores(self, content: Content) -> list[Mapping[str, float]]:
        pieces = [
            tokens
            for piece in windows(content, self.settings.window)
            for tokens in self._windows(piece.text)
            if tokens  # an empty text has none, and falls under nothing
        ]
        found: list[Mapping[str, float]] = []
        for start in range(0, len(pieces), BATCH):
            found += self._judged(pieces[start : start + BATCH])
        return found

    def _windows(self, text: str) -> list[list[int]]:
        """Cut a text into what the model takes at once; pieces overlap by a quarter."""
        most = min(self._tokenizer.model_max_length, self._positions())
        return list(
            self._tokenizer(
                text.encode("utf-8", "replace").decode(),
                truncation=True,
                max_length=most,
                stride=most // 4,
                return_overflowing_tokens=True,
            )["input_ids"]
        )

    def _positions(self) -> int:
        config = self._model.config
        most = int(getattr(config, "max_position_embeddings", 512))
        # RoBERTa and its kin count positions from behind the padding.
        padding = getattr(config, "pad_token_id", None) or 0
        return most - padding - 1 if "roberta" in config.model_type else most

    def _judged(self, pieces: Sequence[list[int]]) -> list[Mapping[str, float]]:
        longest = max(len(piece) for piece in pieces)
        padding = self._model.config.pad_token_id or 0
        ids = [[*piece, *[padding] * (longest - len(piece))] for piece in pieces]
        mask = [[1] * len(piece) + [0] * (longest - len(piece)) for piece in pieces]
        with self._torch.inference_mode():
            logits = self._model(
                input_ids=self._torch.tensor(ids), attention_mask=self._torch.tensor(mask)
            ).logits.double()
            shares = logits.sigmoid() if self._is_multi else logits.softmax(dim=-1)
        return [dict(zip(self._names, row, strict=True)) for row in shares.tolist()]


_HELP = "a folder with config.json, tokenizer.json and model.safetensors of a text classifier"


def checked_folder(folder: Path) -> Mapping[str, Any]:
    """Return the configuration of a model's folder, if nothing in it could run code.

    Raises: SchemaError: `no-model`, `not-safetensors`, `remote-code`.
    """
    place = str(folder)
    if not folder.is_dir():
        raise SchemaError("no-model", "there is no such folder", place=place, help=_HELP)
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    pickled = sorted(p.name for p in folder.iterdir() if p.suffix.lower() in PICKLED)
    if "model.safetensors" in missing and pickled:
        message = f"`{pickled[0]}` may run code when it is loaded"
        help = "convert the weights to model.safetensors"
        raise SchemaError("not-safetensors", message, place=place, help=help)
    if missing:
        raise SchemaError("no-model", f"`{missing[0]}` is missing", place=place, help=_HELP)
    config = _json(folder / "config.json")
    for name in ("config.json", "tokenizer_config.json"):
        path = folder / name
        if path.is_file() and "auto_map" in _json(path):
            message = f"`{name}` asks for code that comes with the model"
            help = "only models that transformers itself knows are loaded"
            raise SchemaError("remote-code", message, place=place, help=help)
    return config


def _json(path: Path) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > MAX_JSON:
            raise ValueError("too large")
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        message = f"`{path.name}` is no JSON that can be read"
        raise SchemaError("no-model", message, place=str(path.parent), help=_HELP) from error
    if not isinstance(value, dict):
        message = f"`{path.name}` holds no JSON object"
        raise SchemaError("no-model", message, place=str(path.parent), help=_HELP)
    return value


def _check_labels(
    names: Sequence[str], labels: Mapping[str, frozenset[Target]], folder: Path
) -> None:
    unknown = sorted(set(labels) - set(names))
    if unknown:
        message = f"the model has no label `{unknown[0]}`"
        help = f"its labels: {', '.join(names[:20])}"
        raise SchemaError("unknown-label", message, place=str(folder), help=help)


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in NEEDED:
        with (folder / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _libraries() -> tuple[ModuleType, ModuleType]:
    """Return torch and transformers, which are an extra.

    Raises: UsePolicyError: `missing-extra`.
    """
    try:
        import torch
        import transformers
    except ImportError as error:
        raise UsePolicyError(
            "missing-extra",
            "a local model can't be loaded without the packages `torch` and `transformers`",
            help="install them: pip install 'usepolicy[local-model]'",
        ) from error
    return torch, transformers
