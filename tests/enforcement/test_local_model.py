"""A local classifier: what a folder may hold, and with the extra what a tiny model says."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from guard_policies import policy

from usepolicy.enforcement.detection import Content, Detector, Fault
from usepolicy.enforcement.guards.build import build_guard
from usepolicy.enforcement.guards.detector import MAX_WINDOWS
from usepolicy.enforcement.guards.spec import GuardSpec, Surroundings
from usepolicy.errors import UsePolicyError

HAS_EXTRA = all(find_spec(name) for name in ("torch", "transformers"))
needs_extra = pytest.mark.skipif(
    not HAS_EXTRA, reason="no torch, 3 GB: pip install 'usepolicy[local-model]'"
)
LABELS = {"LABEL_1": ["harassment"]}


def build(folder: Path, **more: object) -> Detector:
    fields = {"kind": "local-model", "path": folder.name, "labels": LABELS, **more}
    return build_guard(GuardSpec.model_validate(fields), Surroundings([policy()], folder.parent))


FOLDERS = [
    ({}, "no-model", "nothing"),
    ({"config.json": {}, "tokenizer.json": {}}, "no-model", "no weights"),
    ({"config.json": {}, "tokenizer.json": {}, "pytorch_model.bin": {}}, "not-safetensors", "a pickle"),
    ({"config.json": [], "tokenizer.json": {}, "model.safetensors": {}}, "no-model", "no object"),
    ({"config.json": "{", "tokenizer.json": {}, "model.safetensors": {}}, "no-model", "no JSON"),
    ({"config.json": {"auto_map": {"AutoModel": "x.py"}}, "tokenizer.json": {}, "model.safetensors": {}}, "remote-code", "code of its own"),
    ({"config.json": {}, "tokenizer_config.json": {"auto_map": {}}, "tokenizer.json": {}, "model.safetensors": {}}, "remote-code", "a tokenizer with code"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "code", "why"), FOLDERS, ids=[row[2] for row in FOLDERS])
def test_a_folder_is_checked_before_anything_is_loaded(files, code, why, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(UsePolicyError) as error:
        build(folder)
    assert error.value.code == code


@pytest.mark.skipif(HAS_EXTRA, reason="the extra is there")
def test_without_the_extra_the_error_says_what_to_install(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (folder / name).write_text("{}")
    with pytest.raises(UsePolicyError) as error:
        build(folder)
    assert error.value.code == "missing-extra"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Make a classifier that calls a text harassment if the word is in it."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "harass", "water"]
    tokenizer = Tokenizer(models.WordLevel({w: n for n, w in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", model_max_length=16
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=4, hidden_size=8, num_hidden_layers=1, num_attention_heads=1,
        intermediate_size=8, max_position_embeddings=16, num_labels=2,
    )  # fmt: skip
    model = BertForSequenceClassification(config)
    folder = tmp_path / "model"
    _fit(model, fast)
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


def _fit(model, tokenizer) -> None:
    import torch

    texts = ["harass", "water", "water harass", "water water", "x harass y", "x y", "harass water"]
    wanted = torch.tensor([1, 0, 1, 0, 1, 0, 1])
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    optimiser = torch.optim.Adam(model.parameters(), lr=0.05)
    model.eval()  # without dropout it learns the same each time
    for _ in range(200):
        loss = model(
            input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], labels=wanted
        ).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


@needs_extra
def test_a_model_tells_of_what_its_labels_stand_for(tiny):
    built = build(tiny)
    found, other, empty = built.detect(
        [Content("please harass him"), Content("water"), Content("")]
    )
    assert found.fault is other.fault is empty.fault is None
    clause = next(
        c.id for c in policy().clauses for r in c.restrictions if r.category == "harassment"
    )
    assert set(found.scores) == {"harassment", clause} == built.targets
    assert dict(empty.scores) == {}
    assert found.scores["harassment"] > 0.9
    assert other.scores["harassment"] < 0.1
    assert build(tiny).version == built.version


@needs_extra
@pytest.mark.parametrize("place", [0, 40, 119])
def test_a_long_text_is_judged_in_pieces(tiny, place):
    words = ["water"] * 120
    words[place] = "harass"
    (found,) = build(tiny).detect([Content(" ".join(words))])
    assert found.scores["harassment"] > 0.5


@needs_extra
def test_what_is_too_long_or_no_text_is_no_crash(tiny):
    built = build(tiny, window=200)
    (long,) = built.detect([Content("x" * 200 * MAX_WINDOWS)])
    (odd,) = built.detect([Content("\ud800 harass \x00")])
    assert (long.fault, odd.fault) == (Fault.REFUSED, None)


@needs_extra
def test_a_label_that_the_model_lacks_is_an_error(tiny):
    with pytest.raises(UsePolicyError) as error:
        build(tiny, labels={"toxic": ["harassment"]})
    assert error.value.code == "unknown-label"


@needs_extra
def test_weights_that_are_none_are_an_error(tiny):
    (tiny / "model.safetensors").write_bytes(b"\x80\x04.")
    with pytest.raises(UsePolicyError) as error:
        build(tiny)
    assert error.value.code == "no-model"
