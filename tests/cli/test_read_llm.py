"""`usepolicy read --reader llm`: its options, its errors, and where the key never shows."""

from __future__ import annotations

import json
import logging
import sys

import pytest
from tern_model import KEY, POLICY

from usepolicy.errors import DeniedError, UsePolicyError
from usepolicy.labelling import line, model_server
from usepolicy.labelling.line import checked_base_url
from usepolicy.labelling.model_server import Chat, ModelServer


@pytest.fixture
def tern(folder):
    """Return the path of the policy that the model server knows."""
    (folder / "tern.md").write_text(POLICY, encoding="utf-8")
    return "tern.md"


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def asking(model, *more: object) -> list[object]:
    return ["--reader", "llm", "--model", "tern-1", "--base-url", model.base_url, *more]


def test_read_prints_and_counts(usepolicy, tern, model, golden):
    run = usepolicy("read", tern, *asking(model))
    assert run.code == 0
    golden("read-llm.txt", run.out)
    assert run.err == (
        "1 document, 3 clauses, 3 restrictions, 3 categories, 2 provisions. "
        "100 tokens asked, 10 answered. Next: usepolicy matrix study tern.md\n"
    )


def test_the_matrix_names_who_read(usepolicy, tern, model):
    usepolicy("read", tern, *asking(model), "-o", "tern.yaml")
    run = usepolicy("matrix", "tern.yaml", "--format", "json")
    assert [c["coder"] for c in json.loads(run.out)["codings"]] == ["llm reader 0.1.0 (tern-1)"]


def test_a_warning_says_what_was_not_read(usepolicy, tern, model):
    run = usepolicy("read", tern, *asking(model, "--max-tokens", "300"))
    assert run.code == 0
    assert model.asked == []
    assert (
        "warning[llm-not-read]: tern.md: 7 of 7 units were not read: the limit of tokens" in run.err
    )


def test_the_cost_is_told(usepolicy, tern, model):
    run = usepolicy("read", tern, *asking(model, "--max-cost", "1", "--price", "10/100"))
    assert "100 tokens asked, 10 answered, cost 0.0020." in run.err


def test_a_folder_shares_one_budget(usepolicy, folder, model):
    (folder / "all").mkdir()
    for name in ("a.md", "b.md"):
        (folder / "all" / name).write_text(POLICY, encoding="utf-8")
    run = usepolicy("read", "all", *asking(model), "--format", "json")
    assert "200 tokens asked, 20 answered" in run.err
    assert len(json.loads(run.out)) == 2


WRONG = [
    (["--model", "m"], 2, "needs-reader", "a model that nobody asks"),
    (["--max-seconds", "1"], 2, "needs-reader", "a limit of nothing"),
    (["--reader", "llm"], 2, "no-model", "no model"),
    (["--reader", "llm", "--model", ""], 2, "empty-argument", "an empty one"),
    (["--reader", "llm", "--model", "\udcff"], 2, "not-text", "bytes that are no text"),
    (["--reader", "llm", "--model", "m", "--max-cost", "1"], 2, "no-price", "cost of what"),
    (["--reader", "llm", "--model", "m", "--price", "1"], 2, "not-a-price", "half a price"),
    (["--reader", "llm", "--model", "m", "--price", "nan/1"], 2, "not-a-price", "no number"),
    (["--reader", "llm", "--model", "m", "--price", "-1/1"], 2, "not-a-price", "below nothing"),
    (["--reader", "llm", "--model", "m", "--max-seconds", "inf"], 2, "not-a-limit", "no end"),
    (
        ["--reader", "llm", "--model", "m", "--max-cost", "inf", "--price", "1/1"],
        2,
        "not-a-limit",
        "no end either",
    ),
    (
        ["--reader", "llm", "--model", "m", "--base-url", "ftp://x/v1"],
        4,
        "unsupported-scheme",
        "http and https alone",
    ),
]


@pytest.mark.parametrize(("options", "code", "error", "why"), WRONG)
def test_wrong_options(options, code, error, why, usepolicy, tern):
    run = usepolicy("read", tern, *options)
    assert run.code == code
    assert run.err.startswith(f"error[{error}]: ")
    assert "\n  help: " in run.err
    assert run.out == ""


KEYS = [
    (None, "no-key", "none, and OpenAI's own server"),
    ("  ", "no-key", "blanks are none"),
    ("sk-a\nb", "bad-key", "a line end could start another header"),
    ("sk-ключ", "bad-key", "letters that no header carries"),
]


@pytest.mark.parametrize(("key", "error", "why"), KEYS)
def test_keys(key, error, why, usepolicy, tern, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    if key is not None:
        monkeypatch.setenv("OPENAI_API_KEY", key)
    run = usepolicy("read", tern, "--reader", "llm", "--model", "m")
    assert (run.code, run.err.startswith(f"error[{error}]")) == (2, True)
    assert "sk-" not in run.err


def test_a_server_of_ones_own_needs_no_key(usepolicy, tern, model, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    assert usepolicy("read", tern, *asking(model)).code == 0
    assert model.asked[0].headers["authorization"] == "Bearer none"


def test_without_the_extra_one_error_says_what_to_install(usepolicy, tern, model, monkeypatch):
    monkeypatch.setitem(sys.modules, "openai", None)
    run = usepolicy("read", tern, *asking(model))
    assert run.code == 1
    assert run.err == (
        "error[missing-extra]: a model can't be asked without the package `openai`\n"
        "  help: install it: pip install 'usepolicy[llm]'\n"
    )


ECHOES = {
    "401": lambda handler, asked: handler.send(asked.headers["authorization"].encode(), 401),
    "500": lambda handler, asked: handler.send(asked.headers["authorization"].encode(), 500),
    "content": lambda handler, asked: handler.send(asked.headers["authorization"].encode()),
    "redirect": lambda handler, _: handler.send(b"", 302, Location="/v1/elsewhere"),
}


@pytest.mark.parametrize("name", [*ECHOES, "well"])
def test_the_key_is_in_no_output_error_log_or_file(
    name, usepolicy, tern, model, caplog, folder, monkeypatch
):
    monkeypatch.setattr(model_server.time, "sleep", lambda _: None)
    if name in ECHOES:
        model.behave(ECHOES[name])
    with caplog.at_level(logging.DEBUG):
        run = usepolicy("read", tern, *asking(model), "-o", "out.yaml", "--text-out", "out.md")
    assert model.asked
    files = [path.read_text("utf-8") for path in folder.iterdir()]
    said = [run.out, run.err, caplog.text, *map(repr, caplog.records), *files]
    assert [text for text in said if KEY in text] == []


def test_the_key_does_not_travel_in_the_open(usepolicy, tern, monkeypatch):
    monkeypatch.setattr(line, "resolve_host", lambda host, port: ("8.8.8.8",))
    options = ["--reader", "llm", "--model", "m", "--base-url", "http://models.test/v1"]
    run = usepolicy("read", tern, *options)
    assert (run.code, run.err.splitlines()[0]) == (
        4,
        "error[key-in-the-open]: the key would travel unencrypted to a server on the public network",
    )


ADDRESSES = [
    ("https://api.test/v1", None, "a public server"),
    ("http://localhost:8000/v1/", None, "one's own"),
    ("http://10.1.2.3/v1", None, "inside the network: a model server may be"),
    ("http://[::1]:8000", None, "IPv6"),
    ("file:///etc/passwd", "unsupported-scheme", "no file"),
    ("ftp://models.test", "unsupported-scheme", "no other scheme"),
    ("localhost:8000/v1", "unsupported-scheme", "a forgotten scheme reads like one"),
    ("models.test/v1", "invalid-address", "no scheme at all"),
    ("https://", "invalid-address", "no host"),
    ("http://[::1", "invalid-address", "half an address"),
    ("http://models.test:x/v1", "invalid-address", "no port"),
    ("https://models.test/v1?key=1", "invalid-address", "a secret in the query would be shown"),
    ("https://sk-1:x@models.test", "credentials-in-address", "nor may one stand in front"),
    ("", "invalid-address", "nothing"),
    ("https://models test/v1", "invalid-address", "a space"),
    ("https://x/\n", "invalid-address", "a line end"),
    ("https://\udcff/", "invalid-address", "bytes that are no text"),
]


@pytest.mark.parametrize(("address", "code", "why"), ADDRESSES)
def test_addresses(address, code, why):
    if code is None:
        assert checked_base_url(address) == address.rstrip("/")
        return
    with pytest.raises(UsePolicyError) as raised:
        checked_base_url(address)
    assert raised.value.code == code
    assert "sk-1" not in str(raised.value)


def test_a_denied_address_is_never_asked():
    with pytest.raises(DeniedError):
        Chat(ModelServer("m", "gopher://models.test"))
