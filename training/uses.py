"""Train the model of uses: from a sentence vector to the categories of the taxonomy.

Usage: python training/uses.py [--weigh FILE] [--into FOLDER] [--requests FILE]

Needs `pip install -e '.[training]'` and the labelled requests of `../shared/prompts`. One softmax regression over the
vectors of the shipped sentence model. `--weigh` instead weighs words and meaning, on the fifth of the examples
that the weights in FILE were tuned without (`tuning.py FILE --without 0`), and prints what is found in it.
Sets of `bench/own/uses*.yaml` are never read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from encoder import tensors
from safetensors.numpy import load_file, save_file
from sklearn.linear_model import LogisticRegression

from usepolicy.labelling.embedding import Encoder, load_encoder, model_folder
from usepolicy.labelling.meaning import MODEL, NO_USE, NONE
from usepolicy.labelling.uses import branches_of, found_by_words, signs_of
from usepolicy.labelling.words import word_labeller
from usepolicy.supply_chain.examples import typical_uses
from usepolicy.supply_chain.manners import Manner
from usepolicy.taxonomy.categories import load_taxonomy

HERE = Path(__file__).parent
CLAUSES = HERE.parent / "bench" / "own" / "clauses.jsonl"
REQUESTS = HERE.parents[1] / "shared" / "prompts" / "train.jsonl"
HARMLESS_SETS = ("arena-hard", "self-instruct")
HARMLESS, LONGEST = 400, 200
"""Requests of those sets that stand for harmless uses, and characters of each that are read."""
FOLDS, WITHOUT = 5, 0
"""Fifths of the examples, and the one that words and meaning are weighed on."""
MIXED = 3
"""Of so many uses one is also put within something harmless, before and after it."""
STRENGTH = 8.0
"""Inverse strength of the ridge: of 5, 8, 20 and 80 the best over the folds."""
WEIGHED = ("uses", "harmless")
"""Sources whose words the vocabularies were not written with, so that words and meaning are weighed
fairly."""
DEEPEST = 3
"""Categories of an example that count: the first in full, the second half, the third a third."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text and the categories it names, the nearest first."""

    text: str
    categories: tuple[str, ...]
    source: str
    manner: str = ""
    """How it deals with them; empty where nobody told."""


def examples(requests: Path = REQUESTS) -> list[Example]:
    """Return all that is learnt from, in a fixed order."""
    uses, others = of_uses(), harmless(requests)
    return [*of_taxonomy(), *of_clauses(), *uses, *others, *mixed(uses, others)]


def mixed(uses: list[Example], others: list[Example]) -> list[Example]:
    """Return uses within something harmless, so that length is no sign of harmlessness.

    None is of a use that is left out of the tuning.
    """
    kept = [each for each in uses if fold_of(each) != WITHOUT][::MIXED]
    around = [each.text for each in others if each.categories == (NONE,)]
    texts = (f"{around[row % len(around)]}. {each.text}" for row, each in enumerate(kept))
    turned = (f"{each.text}. {around[-row % len(around)]}" for row, each in enumerate(kept))
    return [
        Example(text, each.categories, "mixed", each.manner)
        for some in (texts, turned)
        for text, each in zip(some, kept)
        if each.categories != (NONE,)
    ]


def of_taxonomy() -> list[Example]:
    """Return names, definitions, aliases and examples of the categories."""
    return [
        Example(text, (c.id,), "taxonomy")
        for c in load_taxonomy().categories
        for text in (c.name, c.definition, f"{c.name}: {c.definition}", *c.aliases, *c.examples)
    ]


def of_clauses() -> list[Example]:
    """Return clauses of our own that state a category."""
    ids = {n: c.id for c in load_taxonomy().categories for n in (c.name, c.study_name) if n}
    entries = [json.loads(line) for line in CLAUSES.read_text("utf-8").splitlines()]
    found = [
        Example(e["text"], tuple(ids[n] for n in e["cells"] if n in ids), "clauses")
        for e in entries
        if e["kind"] == "states"
    ]
    return [each for each in found if each.categories]


def of_uses() -> list[Example]:
    """Return the typical uses and those written for training."""
    typical = [
        Example(each.use, each.expects or (NONE,), "typical", each.manner)
        for each in typical_uses()
    ]
    files = sorted((HERE / "data").glob("uses*.yaml"))
    entries = [entry for file in files for entry in yaml.safe_load(file.read_text("utf-8"))]
    return typical + [
        Example(e["use"], tuple(e["expects"]), "uses", e.get("manner", Manner.GENERATION))
        for e in entries
    ]


def harmless(path: Path) -> list[Example]:
    """Return what names no category: uses of our own, requests, and what is no use at all."""
    own = [
        Example(line, (name,), source)
        for source, name in (("harmless", NONE), ("no_use", NO_USE))
        for line in (HERE / "data" / f"{source}.txt").read_text("utf-8").splitlines()
    ]
    requests = [json.loads(line) for line in path.open(encoding="utf-8")]
    texts = [r["text"] for r in requests if r["dataset"] in HARMLESS_SETS and r["lang"] == "en"]
    drawn = sorted(texts, key=lambda text: hashlib.sha256(text.encode()).digest())[:HARMLESS]
    return own + [Example(text[:LONGEST], (NONE,), "requests") for text in drawn]


def fitted(vectors: np.ndarray, found: list[Example]) -> LogisticRegression:
    """Return the regression, on a row for each category of an example."""
    rows = [
        (row, category, 1 / place)
        for row, each in enumerate(found)
        for place, category in enumerate(each.categories[:DEEPEST], 1)
    ]
    model = LogisticRegression(C=STRENGTH, max_iter=500)
    at, names, weights = zip(*rows)
    return model.fit(vectors[list(at)].astype(np.float64), names, sample_weight=weights)


def fitted_manners(vectors: np.ndarray, found: list[Example]) -> LogisticRegression:
    """Return the regression to manners, on the examples of which one was told."""
    rows = [row for row, each in enumerate(found) if each.manner]
    model = LogisticRegression(C=STRENGTH, max_iter=500)
    return model.fit(vectors[rows].astype(np.float64), [str(found[row].manner) for row in rows])


def fold_of(each: Example) -> int:
    """Return which fifth an example belongs to, by its text alone."""
    return hashlib.sha256(each.text.encode()).digest()[0] % FOLDS


def held_out(found: list[Example], weights: Path) -> tuple[list[Example], list[str], np.ndarray]:
    """Return the examples that weights were tuned without, the classes, and their probabilities."""
    encoder = Encoder(tensors(load_file(weights)), load_encoder().pieces)
    kept = [each for each in found if fold_of(each) != WITHOUT]
    left = [each for each in found if fold_of(each) == WITHOUT]
    model = fitted(encoder.encode(each.text for each in kept), kept)
    vectors = encoder.encode(each.text for each in left)
    return left, list(model.classes_), model.predict_proba(vectors)


def weighed(
    found: list[Example], names: list[str], probabilities: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the signs of each category of each of our uses, and whether it is expected.

    Of typical uses nothing is taken: the vocabulary was written with them.
    """
    branches = branches_of(load_taxonomy())
    signs, expected = [], []
    for each, row in zip(found, probabilities, strict=True):
        if each.source not in WEIGHED:
            continue
        shares = {name: share for name, share in zip(names, row) if name in branches}
        by_category = signs_of(found_by_words(word_labeller(), each.text), shares, branches)
        signs += by_category.values()
        expected += [category in each.categories for category in by_category]
    return np.array(signs), np.array(expected)


def weights(signs: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return the weight of each sign, and last the bias.

    No sign may speak against a category: phrases of policies would by a hair.
    """
    model = LogisticRegression(C=10.0, max_iter=500).fit(signs, expected)
    return np.array([*model.coef_[0].clip(0), model.intercept_[0]], np.float32).round(3)


def report(found: list[Example], names: list[str], probabilities: np.ndarray) -> None:
    """Print the share of examples with a category among the first three, by source."""
    for source in dict.fromkeys(each.source for each in found):
        rows = [row for row, each in enumerate(found) if each.source == source]
        right = [
            bool(
                {names[at] for at in np.argsort(-probabilities[row])[:3]}
                & set(found[row].categories)
            )
            for row in rows
        ]
        print(f"{source:9} {len(rows):5}  top-3 {np.mean(right):.3f}")


def write_model(folder: Path, found: list[Example]) -> str:
    """Train on everything and write; return the SHA-256 of each file."""
    vectors = load_encoder().encode(each.text for each in found)
    models = {"categories": fitted(vectors, found), "manners": fitted_manners(vectors, found)}
    return "\n".join(write_regression(folder, *each) for each in models.items())


def write_regression(folder: Path, name: str, model: LogisticRegression) -> str:
    """Write a regression and its classes; return the SHA-256 of its weights."""
    (folder / f"{name}.txt").write_text("".join(f"{each}\n" for each in model.classes_), "utf-8")
    parts = {
        "weights": np.ascontiguousarray(model.coef_.astype(np.float16)),
        "bias": model.intercept_.astype(np.float16),
    }
    return saved(parts, folder / f"{name}.safetensors")


def write_weighing(folder: Path, found: list[Example], tuned: Path) -> str:
    """Weigh words and meaning, print what was found, and write; return the SHA-256 of the file."""
    left_out = held_out(found, tuned)
    report(*left_out)
    return saved({"weights": weights(*weighed(*left_out))}, folder / "weighing.safetensors")


def saved(parts: dict[str, np.ndarray], path: Path) -> str:
    """Write tensors and return the SHA-256 of the file."""
    save_file(parts, path)
    path.chmod(0o644)
    return f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}"


def main() -> None:
    """Write the model, or how it is weighed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--into", type=Path, default=model_folder(MODEL))
    parser.add_argument("--requests", type=Path, default=REQUESTS)
    parser.add_argument("--weigh", type=Path)
    options = parser.parse_args()
    options.into.mkdir(parents=True, exist_ok=True)
    found = examples(options.requests)
    if options.weigh:
        print(write_weighing(options.into, found, options.weigh))
    else:
        print(write_model(options.into, found))


if __name__ == "__main__":
    main()
