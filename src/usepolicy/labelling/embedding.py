"""Sentence vectors: texts that mean alike lie near each other, whatever words they use.

Owns the small shipped model (MiniLM in four bits, `data/models/minilm-4bit`) and how it is run
with numpy alone. What a vector is taken to say is the caller's. No other module knows its layers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from usepolicy.labelling.wordpiece import Piece, WordPieces

MODEL = "minilm-4bit"
LAYERS, HEADS, WIDTH = 6, 12, 384
"""The shape of the teacher."""
MAX_PIECES = 126
"""Pieces of a text that are read, some 500 characters; two more mark its ends."""
EPSILON = 1e-12

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as the model sees it."""

    pieces: tuple[Piece, ...]
    states: Array
    """One row for each piece, between those of the start and the end."""

    @property
    def vector(self) -> Array:
        """The mean of the states at length one; all zeros where no piece is known."""
        mean: Array = self.states.mean(axis=0)
        length = float(np.linalg.norm(mean))
        return mean / np.float32(length) if length > EPSILON else mean


class Encoder:
    """The sentence model."""

    __slots__ = ("_plain", "_table", "_weights", "_words", "pieces")

    def __init__(self, tensors: Mapping[str, NDArray[np.generic]], pieces: WordPieces) -> None:
        self.pieces = pieces
        self._plain = {n: t.astype(np.float32) for n, t in tensors.items() if not _packed(n)}
        table = _table(self._plain["levels"], 2)
        packed = {name[: -len(".codes")] for name in tensors if name.endswith(".codes")}
        self._weights = {
            name: _unpacked(tensors[f"{name}.codes"], tensors[f"{name}.scales"], table).T
            for name in packed - {"words"}
        }
        self._words = (tensors["words.codes"], tensors["words.scales"])
        self._table = _table(self._plain["words.levels"], 3)

    def encode(self, texts: Iterable[str]) -> Array:
        """Return one unit vector for each text, as rows; zeros where nothing in it can be read.

        A vector does not depend on the other texts.
        """
        rows = [self.read(text).vector for text in texts]
        return np.stack(rows) if rows else np.zeros((0, WIDTH), np.float32)

    def read(self, text: str) -> Reading:
        """Return the states of the first `MAX_PIECES` pieces of a text."""
        pieces = self.pieces.split(text)[:MAX_PIECES]
        if all(piece.number == self.pieces.unknown for piece in pieces):
            return Reading((), np.zeros((1, WIDTH), np.float32))
        numbers = [self.pieces.start, *(piece.number for piece in pieces), self.pieces.end]
        return Reading(tuple(pieces), self._states(numbers))

    def _states(self, numbers: Sequence[int]) -> Array:
        codes, scales = (part[numbers] for part in self._words)
        states = _unpacked(codes, scales, self._table)
        states = self._normed(states + self._plain["places"][: len(numbers)], "words")
        for layer in range(LAYERS):
            states = self._normed(states + self._attended(states, f"{layer}"), f"{layer}.attended")
            states = self._normed(states + self._thought(states, f"{layer}"), f"{layer}.thought")
        return states

    def _attended(self, states: Array, layer: str) -> Array:
        asked, told, said = (
            self._linear(states, f"{layer}.{name}").reshape(len(states), HEADS, -1).swapaxes(0, 1)
            for name in ("query", "key", "value")
        )
        near = asked @ told.swapaxes(1, 2) / np.float32(np.sqrt(WIDTH / HEADS))
        near = np.exp(near - near.max(axis=-1, keepdims=True))
        heard = (near / near.sum(axis=-1, keepdims=True)) @ said
        return self._linear(heard.swapaxes(0, 1).reshape(len(states), WIDTH), f"{layer}.attention")

    def _thought(self, states: Array, layer: str) -> Array:
        return self._linear(_gelu(self._linear(states, f"{layer}.wide")), f"{layer}.narrow")

    def _linear(self, states: Array, name: str) -> Array:
        out: Array = states @ self._weights[name] + self._plain[f"{name}.bias"]
        return out

    def _normed(self, states: Array, name: str) -> Array:
        centred = states - states.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(EPSILON))
        out: Array = centred / spread * self._plain[f"{name}.gain"] + self._plain[f"{name}.shift"]
        return out


def _packed(name: str) -> bool:
    return name.endswith((".codes", ".scales"))


def _gelu(x: Array) -> Array:
    out: Array = 0.5 * x * (1 + np.tanh(np.float32(0.7978845608) * (x + 0.044715 * x * x * x)))
    return out


def _table(levels: Array, number: int) -> Array:
    """Return what each byte stands for: `number` levels, the first by the lowest digit."""
    grid = np.meshgrid(*[levels] * number, indexing="ij")
    return np.stack(grid[::-1], axis=-1).reshape(-1, number)


def _unpacked(codes: NDArray[np.generic], scales: NDArray[np.generic], table: Array) -> Array:
    """Return weights from the codes of several a byte and a scale for each group of a row."""
    groups = table[codes].reshape(*scales.shape, -1)
    out: Array = (groups * scales.astype(np.float32)[:, :, None]).reshape(len(codes), -1)
    return out


def model_folder(name: str) -> Path:
    """Return where a shipped model lies."""
    return Path(str(resources.files("usepolicy") / "data" / "models" / name))


def load_tensors(path: Path) -> dict[str, NDArray[np.generic]]:
    """Return the tensors of a file; safetensors holds numbers alone, so nothing in it can run."""
    with safe_open(path, framework="numpy") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 -- no mapping


@cache
def load_encoder() -> Encoder:
    """Return the shipped model, read once."""
    folder = model_folder(MODEL)
    vocabulary = (folder / "vocabulary.txt").read_text("utf-8").splitlines()
    return Encoder(load_tensors(folder / "model.safetensors"), WordPieces(vocabulary))
