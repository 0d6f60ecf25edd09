"""A server of guards of the tests' own: it answers as the models do, or misbehaves in each way.

It speaks HTTP on 127.0.0.1: chat completions with log-probabilities, moderations, decisions. What
it says of a content depends on words in it, as a good guard's answer would, and on nothing else.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Callable, Mapping, Sequence

from tern_model import Asked, Handler, completion

WORDS = {
    "Harassment": "harass",
    "Stalking": "stalk",
    "Malware": "ransomware",
    "Impersonation": "pretend to be",
}
"""By the name of a category, the word of a content that falls under it."""


def hits(asked: Asked, content: str) -> list[str]:
    """Return the codes of the prompt whose category a content falls under."""
    kwargs = asked.body.get("chat_template_kwargs", {})
    own = kwargs.get("categories", {})  # type: ignore[attr-defined]
    lines = [f"{code}: {words}" for code, words in own.items()]
    prompt = "\n".join([*lines, *(str(m["content"]) for m in asked.body["messages"])])  # type: ignore[attr-defined]
    names = re.findall(r"\b(P\d+): ([A-Z][\w ()-]*?)\.", prompt)
    names += re.findall(r"\b(R\d+\.[a-z]\d*) \[([^,\]]+),", prompt)
    return [code for code, name in names if name in WORDS and WORDS[name] in content]


def last(asked: Asked) -> str:
    """Return the last message of a chat."""
    return str(asked.body["messages"][-1]["content"])  # type: ignore[index]


def judged(asked: Asked) -> str:
    """Return what a prompt shows as the content, by its delimiters."""
    prompt = last(asked)
    if "<BEGIN CONVERSATION>" in prompt:
        inside = prompt.split("<BEGIN CONVERSATION>")[1].split("<END CONVERSATION>")[0]
        return re.split(r"\n\n(?:User|Agent): ", inside)[-1]
    if "<end_of_turn>" in prompt:
        return prompt.split("<end_of_turn>")[-2]
    if prompt.startswith("<guardian>"):
        return str(asked.body["messages"][-2]["content"])  # type: ignore[index]
    return json.loads(prompt.split("\n")[-2])["text"] if prompt.startswith("<<<") else prompt


def logprobs(words: Sequence[Mapping[str, float]]) -> Mapping[str, object]:
    """Return log-probabilities: for each token what might stand there, the first being said."""
    content = []
    for each in words:
        given = [{"token": t, "logprob": math.log(p), "bytes": None} for t, p in each.items()]
        content.append({**given[0], "top_logprobs": given})
    return {"content": content}


def chat(text: object, words: Sequence[Mapping[str, float]] = (), **more: object) -> bytes:
    """Return a chat completion with log-probabilities."""
    whole = json.loads(completion(text))
    whole["choices"][0] |= {"logprobs": logprobs(words) if words else None, **more}
    return json.dumps(whole).encode()


def guards(handler: Handler, asked: Asked) -> None:
    """Answer as a good guard of the kind that the prompt is for."""
    if asked.path.endswith("/moderations"):
        handler.send(json.dumps(moderation(str(asked.body["input"]))).encode())
    elif asked.path.endswith("/decisions"):
        handler.send(json.dumps(decisions(asked)).encode())
    else:
        handler.send(said_of(asked))


def said_of(asked: Asked) -> bytes:
    """Return the completion of a good guard."""
    prompt = last(asked)
    if "BEGIN UNSAFE CONTENT" in prompt or "chat_template_kwargs" in asked.body:
        codes = hits(asked, judged(asked))
        first = {"unsafe": 0.9, "safe": 0.1} if codes else {"safe": 0.98, "unsafe": 0.02}
        text = "\n\nunsafe\n" + ",".join(codes) if codes else "\n\nsafe"
        return chat(text, [{"\n\n": 1.0}, first])
    if "<start_of_turn>" in prompt or prompt.startswith("<guardian>"):
        name = re.search(r'^\* "No ([^"]+)"|^### Criteria: ([^.]+)\.', prompt, re.M)
        assert name
        is_hit = WORDS.get(name[1] or name[2], "\0") in judged(asked)
        if prompt.startswith("<guardian>"):
            word = {"yes": 0.8, "no": 0.2} if is_hit else {"no": 0.95, "yes": 0.05}
            text = f"<score> {next(iter(word))} </score>"
            return chat(text, [{"<": 1}, {"score": 1}, {">": 1}, {" ": 1}, word, {"</score>": 1}])
        word = {"Yes": 0.7, " yes": 0.1, "No": 0.2} if is_hit else {"No": 0.9, "Yes": 0.1}
        return chat(next(iter(word)), [word], finish_reason="length")
    codes = hits(asked, judged(asked))
    answer = {
        "violation": int(bool(codes)),
        "policy_category": "Harassment" if codes else None,
        "rule_ids": codes,
        "confidence": "high",
        "rationale": "It says so.",
    }
    return chat(json.dumps(answer))


def moderation(text: str) -> dict[str, object]:
    """Return what the moderation endpoint says."""
    scores = {"harassment": 0.91 if "harass" in text else 0.01, "illicit": 0.02, "violence": 0.0}
    flags = {name: score > 0.5 for name, score in scores.items()}
    result = {
        "flagged": any(flags.values()),
        "categories": {**flags, "illicit/violent": None},
        "category_scores": {**scores, "illicit/violent": None},
        "category_applied_input_types": {name: ["text"] for name in scores},
    }
    return {"id": "modr-1", "model": "omni-moderation-latest", "results": [result]}


def decisions(asked: Asked) -> dict[str, object]:
    """Return what the decisions endpoint says."""
    content = json.loads(str(asked.body["input"]).split("\n")[-1])
    text = next(iter(content.values()))
    answers = []
    for question in asked.body["questions"]:  # type: ignore[attr-defined]
        name = question["instructions"].split("forbids? ")[1].split(":")[0]
        is_hit = WORDS.get(name, "\0") in text
        answers.append(
            {"type": "predicate", "name": question["name"], "probability": 0.93 if is_hit else 0.03}
        )
    return {"model": "decider-1", "answers": answers, "usage": {"total_tokens": 9}}


Behaviour = Callable[[Handler, Asked], None]


def says(body: bytes | str, status: int = 200) -> Behaviour:
    """Return a behaviour that always answers the same body."""
    data = body.encode() if isinstance(body, str) else body

    def behave(handler: Handler, _: Asked) -> None:
        handler.send(data, status)

    return behave


def slow(handler: Handler, asked: Asked) -> None:
    """Answer later than any test waits."""
    time.sleep(1.5)
    guards(handler, asked)


def cut_off(handler: Handler, _: Asked) -> None:
    """Promise more than is sent, and hang up."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')
    handler.close_connection = True


def huge(handler: Handler, _: Asked) -> None:
    """Send more than anybody asked for."""
    handler.send(b'{"choices": "' + b"x" * 2_000_000 + b'"}')


def fails_at_first(times: int, status: int) -> Behaviour:
    """Return a behaviour that fails so many times and is well then."""
    left = [times]

    def behave(handler: Handler, asked: Asked) -> None:
        if left[0] > 0:
            left[0] -= 1
            handler.send(b"{}", status)
        else:
            guards(handler, asked)

    return behave


def picky(handler: Handler, asked: Asked) -> None:
    """Know neither log-probabilities nor forms of answers."""
    if {"logprobs", "response_format", "seed"} & set(asked.body):
        handler.send(b'{"error": {"message": "unknown field"}}', 400)
        return
    whole = json.loads(said_of(asked))
    whole["choices"][0].pop("logprobs", None)
    handler.send(json.dumps(whole).encode())
