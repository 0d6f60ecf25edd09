"""Train the model of uses: from a sentence vector to the categories of the taxonomy.

Usage: python training/uses.py [--into FOLDER] [--requests FILE] [--folds]

Needs `pip install -e '.[training]'` and the labelled requests of `../shared/prompts`. One softmax regression over the
vectors of the shipped sentence model; `--folds` prints what it finds in uses it was not trained
on instead of writing. Sets of `bench/own/uses*.yaml` are never read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression

from usepolicy.labelling.embedding import load_encoder, model_folder
from usepolicy.labelling.meaning import MODEL, NONE
from usepolicy.labelling.uses import branches_of, found_by_words, signs_of
from usepolicy.labelling.words import word_labeller
from usepolicy.supply_chain.examples import typical_uses
from usepolicy.taxonomy.categories import load_taxonomy

HERE = Path(__file__).parent
CLAUSES = HERE.parent / "bench" / "own" / "clauses.jsonl"
REQUESTS = HERE.parents[1] / "shared" / "prompts" / "train.jsonl"
HARMLESS_SETS = ("arena-hard", "self-instruct")
HARMLESS, LONGEST = 400, 200
"""Requests of those sets that stand for harmless uses, and characters of each that are read."""
STRENGTH = 8.0
"""Inverse strength of the ridge: of 5, 8, 20 and 80 the best over the folds."""
WEIGHED = ("uses", "harmless", "no_use")
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


def examples(requests: Path = REQUESTS) -> list[Example]:
    """Return all that is learnt from, in a fixed order."""
    return [*of_taxonomy(), *of_clauses(), *of_uses(), *harmless(requests)]


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
    entries = yaml.safe_load((HERE / "data" / "uses.yaml").read_text("utf-8"))
    typical = [Example(each.use, each.expects or (NONE,), "typical") for each in typical_uses()]
    return typical + [Example(e["use"], tuple(e["expects"]), "uses") for e in entries]


def harmless(path: Path) -> list[Example]:
    """Return what names no category: uses of our own, requests, and what is no use at all."""
    own = [
        Example(line, (NONE,), name)
        for name in ("harmless", "no_use")
        for line in (HERE / "data" / f"{name}.txt").read_text("utf-8").splitlines()
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


def folds(found: list[Example], vectors: np.ndarray, number: int = 5) -> np.ndarray:
    """Return the probabilities of each example by a model that was not trained on it."""
    fold = np.array([hashlib.sha256(each.text.encode()).digest()[0] % number for each in found])
    names = sorted({name for each in found for name in each.categories})
    out = np.zeros((len(found), len(names)))
    for left_out in range(number):
        kept = np.flatnonzero(fold != left_out)
        model = fitted(vectors[kept], [found[at] for at in kept])
        columns = [names.index(name) for name in model.classes_]
        rows = np.flatnonzero(fold == left_out)
        out[np.ix_(rows, columns)] = model.predict_proba(vectors[rows])
    return out


def weighed(found: list[Example], probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the signs of each category of each of our uses, and whether it is expected.

    Of typical uses nothing is taken: the vocabulary was written with them.
    """
    names = sorted({name for each in found for name in each.categories})
    branches = branches_of(load_taxonomy())
    signs, expected = [], []
    for each, row in zip(found, probabilities, strict=True):
        if each.source not in WEIGHED:
            continue
        shares = {name: share for name, share in zip(names, row) if name != NONE}
        by_category = signs_of(found_by_words(word_labeller(), each.text), shares, branches)
        signs += by_category.values()
        expected += [category in each.categories for category in by_category]
    return np.array(signs), np.array(expected)


def weights(found: list[Example], probabilities: np.ndarray) -> np.ndarray:
    """Return the weight of each sign, and last the bias, from what the folds left out.

    No sign may speak against a category: phrases of policies would by a hair.
    """
    model = LogisticRegression(C=10.0, max_iter=500).fit(*weighed(found, probabilities))
    return np.array([*model.coef_[0].clip(0), model.intercept_[0]], np.float32).round(3)


def report(found: list[Example], probabilities: np.ndarray) -> None:
    """Print the share of examples with a category among the first three, by source."""
    names = sorted({name for each in found for name in each.categories})
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


def write(folder: Path, found: list[Example]) -> list[str]:
    """Train on everything and write; return the SHA-256 of each file."""
    vectors = load_encoder().encode(each.text for each in found)
    model = fitted(vectors, found)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "classes.txt").write_text("".join(f"{name}\n" for name in model.classes_), "utf-8")
    tensors = {
        "weights": np.ascontiguousarray(model.coef_.astype(np.float16)),
        "bias": model.intercept_.astype(np.float16),
    }
    weighing = {"weights": weights(found, folds(found, vectors))}
    return [
        saved(tensors, folder / "model.safetensors"),
        saved(weighing, folder / "weighing.safetensors"),
    ]


def saved(tensors: dict[str, np.ndarray], path: Path) -> str:
    """Write tensors and return the SHA-256 of the file."""
    save_file(tensors, path)
    path.chmod(0o644)
    return f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}"


def main() -> None:
    """Write the model, or print what it finds in what it was not trained on."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--into", type=Path, default=model_folder(MODEL))
    parser.add_argument("--requests", type=Path, default=REQUESTS)
    parser.add_argument("--folds", action="store_true")
    options = parser.parse_args()
    found = examples(options.requests)
    if options.folds:
        report(found, folds(found, load_encoder().encode(each.text for each in found)))
    else:
        print("\n".join(write(options.into, found)))


if __name__ == "__main__":
    main()
