"""Model servers: one question to any OpenAI-compatible server, one text back, within limits.

Owns the connection, the attempts, and what an error of the server means. What is asked, and
whether an answer can be believed, is for `questions`. The key stays here: no error, finding or
answer holds it, and nothing that a server says in an error is repeated.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from types import ModuleType
from typing import Any

import httpx
from pydantic import BaseModel, ValidationError

from usepolicy.errors import ModelError, UsePolicyError
from usepolicy.labelling.budget import Budget, ModelLimits, Problem, estimate
from usepolicy.labelling.line import Line, checked_base_url

DEFAULT_BASE_URL = "https://api.openai.com/v1"
NO_KEY = "none"
"""What is sent as key where there is none: the SDK wants one, a server of one's own does not."""
BUSY = frozenset({408, 409, 425, 429})
"""Statuses after which the same question may be sent again; so it may after any 5xx."""
MISFITS = frozenset({400, 422})
"""Statuses of servers that don't know a field of the request."""
SEED = 0


@dataclass(frozen=True, slots=True)
class ModelServer:
    """A model at an address."""

    model: str
    base_url: str = DEFAULT_BASE_URL
    key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: text, or the problem."""

    text: str = ""
    problem: Problem | None = None


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message


class _Completion(BaseModel):
    """What is read of a chat completion; whatever else a server sends is passed over."""

    choices: list[_Choice]
    usage: object = None


def _counted(usage: object, key: str) -> int:
    """Return what a server counted, 0 where it counted nothing that makes sense."""
    number = usage.get(key) if isinstance(usage, dict) else None
    return number if isinstance(number, int) and number > 0 else 0


class Chat:
    """Questions to one model, in order, until its budget is spent."""

    def __init__(self, server: ModelServer, limits: ModelLimits = ModelLimits()) -> None:
        self._openai = _sdk()
        self.server = ModelServer(server.model, checked_base_url(server.base_url), server.key)
        self.budget = Budget(limits)
        self.answered = False
        """Whether the server ever answered: then a failure is its own, not the user's."""
        self._unknown_to_server: set[str] = set()
        self._form = 0
        self._http = httpx.Client(
            transport=_line(self.budget, self.server), trust_env=False, follow_redirects=False
        )
        self._client = self._openai.OpenAI(
            api_key=server.key or NO_KEY,
            base_url=self.server.base_url,
            max_retries=0,  # its waits know no limit of time
            http_client=self._http,
            default_headers={"accept-encoding": "identity"},
        )

    def ask(self, system: str, question: str, schema: Mapping[str, object]) -> Reply:
        """Return the model's answer to one question.

        Args:   schema: JSON Schema of the answer, for servers that hold a model to it.
        Raises: ModelError: `model-refused`, `model-unreachable`: no question will be answered.
                DeniedError: `key-in-the-open`.
        """
        while True:
            allowed = self.budget.answer_for(system + question)
            if isinstance(allowed, Problem):
                return Reply(problem=allowed)
            request = self._request(system, question, schema, allowed)
            try:
                return self._read(self._sent(request, system + question), system + question)
            except self._openai.APIStatusError as error:
                if not self._adapts(error):
                    return self._failed(error)
            except self._openai.APIConnectionError as error:
                return self._failed(error)

    def _request(
        self, system: str, question: str, schema: Mapping[str, object], allowed: int
    ) -> dict[str, Any]:
        forms: Sequence[dict[str, Any]] = (
            {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": schema},
            },
            {"type": "json_object"},
        )
        limit = "max_tokens"
        if limit in self._unknown_to_server:
            limit = "max_completion_tokens"
        optional: dict[str, Any] = {"temperature": 0, "seed": SEED, limit: allowed}
        if self._form < len(forms):
            optional["response_format"] = forms[self._form]
        return {
            "model": self.server.model,
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": question},
            ],
            **{key: value for key, value in optional.items() if key not in self._unknown_to_server},
        }

    def _sent(self, request: Mapping[str, Any], question: str) -> bytes:
        """Send a request, and send it again where that may help."""
        limits = self.budget.limits
        wait = limits.first_wait
        for attempt in range(1, limits.attempts + 1):
            try:
                response = self._client.chat.completions.with_raw_response.create(**request)
            except (self._openai.APIStatusError, self._openai.APIConnectionError) as error:
                if _was_heard(error):
                    self.budget.spend(estimate(question), 0)
                pause = max(wait, _asked_to_wait(error))
                late = pause > min(limits.longest_wait, self.budget.seconds_left())
                last = attempt == limits.attempts or self._is_spent(question)
                if last or late or not _may_help(error):
                    raise
                time.sleep(pause)
                wait *= 2
            else:
                return bytes(response.content)
        raise AssertionError("the last attempt returns or raises")

    def _is_spent(self, question: str) -> bool:
        return isinstance(self.budget.answer_for(question), Problem)

    def _read(self, body: bytes, question: str) -> Reply:
        """Return the text of a response; a refusal, a tool call, no choice are no answer."""
        self.answered = True
        try:
            completion = _Completion.model_validate_json(body)
        except ValidationError:
            self.budget.spend(estimate(question), 0)
            return Reply(problem=Problem.ANSWER)
        text = (completion.choices[0].message.content if completion.choices else None) or ""
        asked = _counted(completion.usage, "prompt_tokens") or estimate(question)
        answered = _counted(completion.usage, "completion_tokens") or estimate(text)
        self.budget.spend(asked, answered)
        return Reply(text) if text.strip() else Reply(problem=Problem.ANSWER)

    def _adapts(self, error: Any) -> bool:
        """Leave out what the server does not know; tell whether asking again makes sense."""
        if error.status_code not in MISFITS or self.answered:
            return False
        if error.param in ("temperature", "seed", "max_tokens", "max_completion_tokens"):
            known = error.param not in self._unknown_to_server
            self._unknown_to_server.add(error.param)
            return known
        self._form += 1
        return self._form <= 2

    def _failed(self, error: Exception) -> Reply:
        """Return the problem behind an error, or raise it where it concerns every question."""
        if isinstance(error.__cause__, UsePolicyError):
            raise error.__cause__
        spent = self.budget.answer_for("")
        if isinstance(spent, Problem):
            return Reply(problem=spent)
        status = getattr(error, "status_code", 500)
        place = self.server.base_url
        if not self.answered and status < 500 and status not in BUSY:
            raise ModelError(
                "model-refused",
                f"the model server answered with status {status}",
                place=place,
                help="check the address, the model's name, the key in OPENAI_API_KEY, and that "
                "the model takes questions of 10,000 tokens",
            ) from None
        if not self.answered and isinstance(error.__cause__, httpx.ConnectError):
            raise ModelError(
                "model-unreachable",
                "the model server can't be reached",
                place=place,
                help="check the address and its certificate, and that the server runs",
            ) from None
        return Reply(problem=Problem.SERVER)


def _sdk() -> ModuleType:
    """Return the SDK, which is an extra.

    Raises: UsePolicyError: `missing-extra`.
    """
    try:
        import openai
    except ImportError as error:
        raise UsePolicyError(
            "missing-extra",
            "a model can't be asked without the package `openai`",
            help="install it: pip install 'usepolicy[llm]'",
        ) from error
    return openai


def _line(budget: Budget, server: ModelServer) -> Line:
    guarded = server.key is not None and server.base_url.startswith("http:")
    return Line(budget.deadline, guarded=guarded)


def _was_heard(error: Exception) -> bool:
    """Tell whether the server may have worked on a question, and so charge for it, in vain."""
    heard = isinstance(error.__cause__, httpx.TransportError)
    return heard and not isinstance(error.__cause__, httpx.ConnectError)


def _may_help(error: Exception) -> bool:
    status = getattr(error, "status_code", 500)
    denied = isinstance(error.__cause__, UsePolicyError)
    return not denied and (status >= 500 or status in BUSY)


def _asked_to_wait(error: Exception) -> float:
    """Return the seconds that the server asks to wait, 0 where it asks nothing that makes sense."""
    response = getattr(error, "response", None)
    words = response.headers.get("retry-after", "") if response is not None else ""
    if words.isdecimal() and words.isascii():
        return float(words[:9])
    try:
        return max(0.0, parsedate_to_datetime(words).timestamp() - time.time())
    except (ValueError, OverflowError):
        return 0.0
