"""Tune the sentence model on uses, so that what means alike to a careful coder lies near.

Usage: python training/tuning.py FILE [--without FOLD] [--requests FILE]

Needs `pip install -e '.[training]'`. The teacher of `encoder.py` and two softmax regressions on its vectors, to
categories and to manners, learn together from the examples of `uses.py`, on the processor, in some ten minutes. `encoder.py FILE`
rounds the result to four bits. Not bit for bit the same on another processor. `--without` leaves a
fifth of the examples out, which `uses.py --weigh FILE` weighs words and meaning by.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from encoder import KIND, PLACES, WORDS, teacher
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression
from uses import DEEPEST, REQUESTS, Example, examples, fitted, fitted_manners, fold_of

from usepolicy.labelling.embedding import HEADS, LAYERS, WIDTH
from usepolicy.labelling.wordpiece import WordPieces

EPOCHS, BATCH, SEED = 4, 32, 1
RATE, HEAD_RATE = 5e-5, 2e-3
"""Highest rates of learning, of the encoder and of the regression: a tenth of the steps up to them,
then down by a cosine."""
DROPPED, DECAY, LONGEST_STEP = 0.1, 0.01, 1.0
PIECES = 64
"""Pieces of an example that are learnt from."""
LENGTHS = (12, 16, 24, 32, 48, PIECES + 2)
"""Lengths that batches are filled up to: each is compiled once."""

Weights = dict[str, Any]


def vectors_of(weights: Weights, numbers: Any, mask: Any, key: Any = None) -> Any:
    """Return one unit vector a row; `key` drops states by chance, as in learning."""
    keys = iter([None] * (2 * LAYERS + 1) if key is None else jax.random.split(key, 2 * LAYERS + 1))
    states = weights[WORDS][numbers] + weights[PLACES][: numbers.shape[1]] + weights[KIND][0]
    states = dropped(normed(weights, "embeddings.LayerNorm", states), next(keys))
    for layer in range(LAYERS):
        stem = f"encoder.layer.{layer}"
        heard = dropped(attended(weights, f"{stem}.attention", states, mask), next(keys))
        states = normed(weights, f"{stem}.attention.output.LayerNorm", states + heard)
        wide = jax.nn.gelu(linear(weights, f"{stem}.intermediate.dense", states), approximate=False)
        thought = dropped(linear(weights, f"{stem}.output.dense", wide), next(keys))
        states = normed(weights, f"{stem}.output.LayerNorm", states + thought)
    mean = (states * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
    return mean / (jnp.linalg.norm(mean, axis=-1, keepdims=True) + 1e-9)


def attended(weights: Weights, name: str, states: Any, mask: Any) -> Any:
    """Return what each piece hears of the others."""
    rows, pieces, _ = states.shape
    asked, told, said = (
        linear(weights, f"{name}.self.{part}", states)
        .reshape(rows, pieces, HEADS, -1)
        .swapaxes(1, 2)
        for part in ("query", "key", "value")
    )
    near = asked @ told.swapaxes(2, 3) / np.sqrt(WIDTH / HEADS)
    near = jax.nn.softmax(near + (1 - mask)[:, None, None, :] * -1e9)
    heard = (near @ said).swapaxes(1, 2).reshape(rows, pieces, WIDTH)
    return linear(weights, f"{name}.output.dense", heard)


def linear(weights: Weights, name: str, states: Any) -> Any:
    """Return states through one layer of weights."""
    return states @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def normed(weights: Weights, name: str, states: Any) -> Any:
    """Return states at mean zero and spread one, then stretched as learnt."""
    centred = states - states.mean(-1, keepdims=True)
    spread = jnp.sqrt((centred * centred).mean(-1, keepdims=True) + 1e-12)
    return centred / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def dropped(states: Any, key: Any) -> Any:
    """Return states of which a share is dropped by chance; all where there is no key."""
    if key is None:
        return states
    stay = jax.random.bernoulli(key, 1 - DROPPED, states.shape)
    return jnp.where(stay, states / (1 - DROPPED), 0)


def numbered(pieces: WordPieces, texts: Sequence[str]) -> list[list[int]]:
    """Return the numbers of the pieces of each text, between start and end."""
    split = ([piece.number for piece in pieces.split(text)[:PIECES]] for text in texts)
    return [[pieces.start, *numbers, pieces.end] for numbers in split]


def filled(rows: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of one length, and which of their places are filled."""
    longest = max(map(len, rows))
    length = next(each for each in LENGTHS if each >= longest)
    numbers, mask = np.zeros((len(rows), length), np.int32), np.zeros((len(rows), length))
    for row, pieces in enumerate(rows):
        numbers[row, : len(pieces)], mask[row, : len(pieces)] = pieces, 1
    return numbers, mask.astype(np.float32)


def encoded(weights: Weights, pieces: WordPieces, texts: Sequence[str]) -> np.ndarray:
    """Return one unit vector for each text, as rows."""
    run = jax.jit(vectors_of)
    rows = numbered(pieces, texts)
    order = sorted(range(len(rows)), key=lambda at: len(rows[at]))
    found = np.zeros((len(rows), WIDTH), np.float32)
    for first in range(0, len(order), BATCH):
        batch = order[first : first + BATCH]
        full = [*batch, *[batch[-1]] * (BATCH - len(batch))]
        found[batch] = run(weights, *filled([rows[at] for at in full]))[: len(batch)]
    return found


def wanted(found: Sequence[Example], names: Sequence[str]) -> np.ndarray:
    """Return the share that each category should have of each example; rows sum to one."""
    shares = np.zeros((len(found), len(names)), np.float32)
    for row, each in enumerate(found):
        for place, category in enumerate(each.categories[:DEEPEST], 1):
            shares[row, names.index(category)] = 1 / place
    return shares / shares.sum(axis=1, keepdims=True)


def wanted_manners(found: Sequence[Example], names: Sequence[str]) -> np.ndarray:
    """Return one for the manner of each example; a row of zeros, which costs nothing, for none."""
    return np.array([[float(each.manner == name) for name in names] for each in found], np.float32)


def batches(lengths: Sequence[int], chance: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield the rows of each step of an epoch: rows of like length together, by chance."""
    order = chance.permutation(len(lengths))
    near = (
        sorted(order[at : at + BATCH * 16], key=lambda row: lengths[row])
        for at in range(0, len(order), BATCH * 16)
    )
    every = [rows[at : at + BATCH] for rows in near for at in range(0, len(rows), BATCH)]
    full = [rows for rows in every if len(rows) == BATCH]
    yield from (np.array(full[at]) for at in chance.permutation(len(full)))


def tuned(found: Sequence[Example]) -> Weights:
    """Return the teacher's weights after learning from examples."""
    weights, vocabulary = teacher()
    pieces = WordPieces(vocabulary)
    texts = [each.text for each in found]
    vectors, rows = encoded(weights, pieces, texts), numbered(pieces, texts)
    categories, manners = fitted(vectors, found), fitted_manners(vectors, found)
    learnt: Weights = {"weights": weights, "heads": [head_of(categories), head_of(manners)]}
    shares = [
        wanted(found, list(categories.classes_)),
        wanted_manners(found, list(manners.classes_)),
    ]
    optimiser = optimiser_of(weights, EPOCHS * (len(rows) // BATCH))
    state, step = optimiser.init(learnt), step_of(optimiser)
    chance, key, began = np.random.default_rng(SEED), jax.random.PRNGKey(SEED), time.monotonic()
    for epoch in range(1, EPOCHS + 1):
        lost = []
        for batch in batches([len(row) for row in rows], chance):
            key, own = jax.random.split(key)
            numbers, mask = filled([rows[at] for at in batch])
            learnt, state, one = step(
                learnt, state, own, numbers, mask, [each[batch] for each in shares]
            )
            lost.append(float(one))
        print(f"epoch {epoch}: {np.mean(lost):.3f}, {time.monotonic() - began:.0f} s", flush=True)
    return {name: np.asarray(tensor) for name, tensor in learnt["weights"].items()}


def head_of(model: LogisticRegression) -> tuple[Any, Any]:
    """Return the weights and bias that a regression begins with."""
    return jnp.asarray(model.coef_, jnp.float32), jnp.asarray(model.intercept_, jnp.float32)


def step_of(optimiser: Any) -> Any:
    """Return one step of learning: from weights, state, chance and a batch to the next and the loss."""

    def loss(learnt: Weights, key: Any, numbers: Any, mask: Any, shares: Any) -> Any:
        vectors = vectors_of(learnt["weights"], numbers, mask, key)
        scores = (vectors @ head.T + bias for head, bias in learnt["heads"])
        lost = (-(s * jax.nn.log_softmax(z)).sum(-1).mean() for s, z in zip(shares, scores))
        return sum(lost)

    @jax.jit
    def step(learnt: Weights, state: Any, *batch: Any) -> tuple[Weights, Any, Any]:
        lost, slopes = jax.value_and_grad(loss)(learnt, *batch)
        moves, state = optimiser.update(slopes, state, learnt)
        return optax.apply_updates(learnt, moves), state, lost

    return step


def optimiser_of(weights: Weights, steps: int) -> Any:
    """Return how weights move: places and kinds of pieces stay as they are."""

    def rate(highest: float) -> Any:
        return optax.warmup_cosine_decay_schedule(0, highest, max(steps // 10, 1), steps)

    moving = {
        "encoder": optax.adamw(rate(RATE), weight_decay=DECAY),
        "head": optax.adam(rate(HEAD_RATE)),
        "still": optax.set_to_zero(),
    }
    parts = {name: "still" if name in (PLACES, KIND) else "encoder" for name in weights}
    labels = {"weights": parts, "heads": "head"}
    every = optax.multi_transform(moving, labels)
    return optax.chain(optax.clip_by_global_norm(LONGEST_STEP), every)


def main() -> None:
    """Learn and write the weights."""
    parser = argparse.ArgumentParser()
    parser.add_argument("into", type=Path)
    parser.add_argument("--without", type=int)
    parser.add_argument("--requests", type=Path, default=REQUESTS)
    options = parser.parse_args()
    found = [e for e in examples(options.requests) if fold_of(e) != options.without]
    options.into.parent.mkdir(parents=True, exist_ok=True)
    save_file(tuned(found), options.into)


if __name__ == "__main__":
    main()
