"""The one way out: a session whose adapter asks the guard before anything leaves, and keeps the ledger."""

from __future__ import annotations

import itertools
import json
import shlex
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests
from requests.adapters import HTTPAdapter

from contract_tests.ledger import Ledger
from contract_tests.safety import Allowed, Guard, Outgoing, Refused
from openapi.contract import JsonValue

_SAFE = ("GET", "HEAD", "OPTIONS")
_LONGEST_TRACE = 60
_RETRIES = 3
_LONGEST_WAIT_S = 60.0


class RefusedRequestError(requests.RequestException):
    """A request that the guard did not let out."""


class TargetLostError(Exception):
    """The target can't be reached any more. `str()` of it is the whole message."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, as a report may show it."""

    method: str
    url: str
    body: str
    content_type: str
    authorised: bool
    status: int
    answer: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `json` is None where the body is no JSON."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    json: JsonValue


class GuardedAdapter(HTTPAdapter):
    """Sends what the guard allows, at most `rate_per_s` requests a second, and notes in the ledger what it creates."""

    def __init__(self, guard: Guard, ledger: Ledger, keys: Mapping[str, str], rate_per_s: float | None) -> None:
        super().__init__(pool_maxsize=16)
        self._guard = guard
        self._ledger = ledger
        self._keys = keys
        self._interval_s = 1 / rate_per_s if rate_per_s else 0.0
        self._next_s = 0.0
        self._lock = threading.Lock()
        self.sent = 0

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send `request` (requests.adapters.HTTPAdapter). Raises RefusedRequestError before anything is sent."""
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        if not isinstance(body, bytes):
            raise RefusedRequestError("a body in pieces can't be judged; send it whole")
        outgoing = Outgoing(str(request.method), str(request.url), body)
        with self._lock:
            decision = self._guard.may_send(outgoing, self._ledger)
            if isinstance(decision, Refused):
                raise RefusedRequestError(decision.reason)
            number = self._ledger.creating(decision.creates, _shown(body)) if decision.creates else None
        response = self._sent(request, args, kwargs)
        with self._lock:
            self._note(decision, number, response)
        return response

    def _sent(self, request: requests.PreparedRequest, args: Any, kwargs: Any) -> requests.Response:
        for attempt in itertools.count(1):
            self._wait()
            try:
                response = super().send(request, *args, **kwargs)
            except requests.ConnectionError:
                if request.method not in _SAFE or attempt == _RETRIES:
                    raise
                continue
            if response.status_code != 429 or attempt == _RETRIES:
                return response
            time.sleep(_retry_after_s(response))
        raise AssertionError("the loop returns or raises")

    def _wait(self) -> None:
        with self._lock:
            self.sent += 1
            now_s = time.monotonic()
            wait_s = max(0.0, self._next_s - now_s)
            self._next_s = max(self._next_s, now_s) + self._interval_s
        if wait_s:
            time.sleep(wait_s)

    def _note(self, decision: Allowed, number: int | None, response: requests.Response) -> None:
        if number is not None and decision.creates is not None:
            key = _member(response, self._keys[decision.creates]) if response.ok else None
            self._ledger.answered(number, key)
        if decision.removes is not None and (response.ok or response.status_code == 404):
            self._ledger.removed(*decision.removes)


@dataclass(frozen=True, slots=True)
class Call:
    """A request to make. `query` is pairs or the raw text; `body` is JSON unless `data`, raw bytes, is given."""

    method: str
    path: str
    query: Mapping[str, Any] | str = ""
    body: JsonValue = None
    data: bytes | None = None
    content_type: str = "application/json"
    authorization: str | None = "token"

    def url(self, base_url: str) -> str:
        """The whole address."""
        query = self.query if isinstance(self.query, str) else urlencode(self.query)
        return base_url + self.path + (f"?{query}" if query else "")


class Client:
    """Talks to the target and remembers the exchanges since `forget`, for reproductions."""

    def __init__(self, base_url: str, token: str | None, adapter: GuardedAdapter, timeout_s: float) -> None:
        self.base_url = base_url
        self.adapter = adapter
        self.token = token
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.mount("http://", adapter)
        self.session.mount("https://", adapter)
        self._timeout_s = timeout_s
        self._trace: list[Exchange] = []

    def forget(self) -> None:
        """Begin a new reproduction."""
        self._trace.clear()

    @property
    def trace(self) -> tuple[Exchange, ...]:
        """The latest exchanges, oldest first."""
        return tuple(self._trace[-_LONGEST_TRACE:])

    def send(self, call: Call) -> Answer:
        """Make one request. Raises RefusedRequestError, and TargetLostError where no answer comes."""
        data = call.data
        if data is None and call.body is not None:
            data = json.dumps(call.body, ensure_ascii=False).encode()
        headers = {"Content-Type": call.content_type} if data is not None and call.content_type else {}
        if call.authorization == "token" and self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        elif call.authorization and call.authorization != "token":
            headers["Authorization"] = call.authorization
        url = call.url(self.base_url)
        try:
            response = self.session.request(
                call.method, url, data=data, headers=headers, timeout=self._timeout_s, allow_redirects=False
            )
        except RefusedRequestError:
            raise
        except requests.RequestException as error:
            raise TargetLostError(
                f"{self.base_url} gave no answer to {call.method} {call.path} ({_cause(error)})"
            ) from None
        shown = (data or b"").decode(errors="replace")
        authorised = "Authorization" in headers
        self._trace.append(
            Exchange(call.method, url, shown, call.content_type, authorised, response.status_code, response.text)
        )
        return Answer(response.status_code, response.headers, response.content, _json(response))


def curl_lines(trace: tuple[Exchange, ...], base_url: str) -> tuple[str, ...]:
    """The exchanges as numbered curl lines.

    A key that an answer gave is bound to a variable and used by the later lines.
    """
    names: dict[str, str] = {}
    lines = []
    for number, exchange in enumerate(trace, 1):
        line = f'{number}. curl -s -X {exchange.method} "$BASE{_escaped(exchange.url.removeprefix(base_url))}"'
        for known, name in names.items():
            line = line.replace(known, f"${{{name}}}")
        if exchange.authorised:
            line += ' -H "Authorization: Bearer $CALLCAMP_TOKEN"'
        if exchange.body:
            line += f" -H 'Content-Type: {exchange.content_type}' -d {shlex.quote(exchange.body)}"
        lines.append(f"{line}   # {exchange.status}")
        key = _created_key(exchange)
        if key and key not in names:
            names[key] = f"KEY{number}"
            lines[-1] += f"; {names[key]} is its key"
    return tuple(lines)


def _created_key(exchange: Exchange) -> str | None:
    if exchange.method != "POST" or not 200 <= exchange.status < 300:
        return None
    try:
        answer = json.loads(exchange.answer)
    except ValueError:
        return None
    return next((str(value) for value in answer.values()), None) if isinstance(answer, dict) else None


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")


def _cause(error: requests.RequestException) -> str:
    return "time-out" if isinstance(error, requests.Timeout) else "connection lost or refused"


def _json(response: requests.Response) -> JsonValue:
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return None


def _member(response: requests.Response, name: str) -> str | None:
    answer = _json(response)
    return str(answer[name]) if isinstance(answer, dict) and name in answer else None


def _shown(body: bytes) -> dict[str, JsonValue]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _retry_after_s(response: requests.Response) -> float:
    text = response.headers.get("Retry-After", "1")
    return min(float(text), _LONGEST_WAIT_S) if text.isdecimal() else 1.0
