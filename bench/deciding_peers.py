"""Microseconds per check of the scanners of LLM Guard and NeMo Guardrails, where installed.

Usage, with the interpreter of a peer: PEER/bin/python bench/deciding_peers.py. Prints JSON. The
rules are those of `deciding_rules.py`; a system that lets a bad request pass is left out.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import statistics
import time
from importlib.util import find_spec

from deciding_rules import BENIGN, BY_EXPRESSION, BY_PHRASE, EXPRESSIONS, LONG, PHRASES

SECONDS, BLOCKS = 0.5, 5
CHECKED = (BENIGN, BY_PHRASE, BY_EXPRESSION)


def timed(check, text: str) -> float:
    check(text)
    taken = []
    for _ in range(BLOCKS):
        number, start = 0, time.process_time()
        while time.process_time() - start < SECONDS:
            check(text)
            number += 1
        taken.append((time.process_time() - start) / number * 1e6)
    return round(statistics.median(taken), 1)


def measured(check) -> dict[str, float] | None:
    if [bool(check(text)) for text in CHECKED] != [False, True, True]:
        return None
    return {"short": timed(check, BENIGN), "long": timed(check, LONG)}


def llm_guard():
    from llm_guard import scan_prompt
    from llm_guard.input_scanners import BanSubstrings, Regex
    from llm_guard.util import configure_logger

    configure_logger("ERROR")
    scanners = [
        BanSubstrings(PHRASES, match_type="str"),
        Regex([f"(?i){each}" for each in EXPRESSIONS], redact=False),
    ]
    return measured(lambda text: not all(scan_prompt(scanners, text)[1].values()))


NEMO = {
    "models": [{"type": "main", "engine": "openai", "model": "none", "parameters": {"api_key": "none"}}],
    "passthrough": True,
    "rails": {
        "input": {"flows": ["regex check input"]},
        "config": {
            "regex_detection": {
                "input": {"patterns": [*map(re.escape, PHRASES), *EXPRESSIONS], "case_insensitive": True}
            }
        },
    },
}  # fmt: skip


def nemo():
    os.environ["DO_NOT_TRACK"] = "1"
    from nemoguardrails import Guardrails, RailsConfig

    rails = Guardrails(RailsConfig.from_content(yaml_content=json.dumps(NEMO)), use_iorails=True)
    loop = asyncio.new_event_loop()
    if hasattr(rails, "startup"):
        loop.run_until_complete(rails.startup())

    async def check(text: str) -> bool:
        told = await rails.check_async(messages=[{"role": "user", "content": text}])
        return told.status.value == "blocked"

    try:
        return measured(lambda text: loop.run_until_complete(check(text)))
    finally:
        if hasattr(rails, "shutdown"):
            loop.run_until_complete(rails.shutdown())


def main() -> None:
    told = {}
    for name, module, run in (
        ("LLM Guard, BanSubstrings and Regex", "llm_guard", llm_guard),
        ("NeMo Guardrails, IORails, regex rail", "nemoguardrails", nemo),
    ):
        if find_spec(module) is not None:
            told[name] = run()
    print(json.dumps(told))


if __name__ == "__main__":
    main()
