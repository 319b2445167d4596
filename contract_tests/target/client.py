"""The HTTP client for the target. It records a trace, from which findings are reproduced."""

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from types import MappingProxyType
from typing import Any, Literal, TypeAlias
from urllib.parse import quote, urlencode

import requests

from contract_tests.claims.evaluation import ResponseData
from contract_tests.settings import Settings
from contract_tests.target.bounded_http import ResponseTooLongError, is_success
from contract_tests.target.guarded_adapter import GuardedAdapter, RefusedRequestError
from contract_tests.target.printing import printable
from contract_tests.target.required_headers import required_headers
from openapi import Contract, Operation, Resource
from openapi.envelope import BARE, Envelope
from openapi.json_value import JsonValue, json_or_none, value_at
from openapi.keys import SLOT, SLOTS, expand
from openapi.media_types import essence
from openapi.strict_json import NotJsonError, read_json

_LONGEST_TARGET = 200
CUT_TOKEN = "{token but its end}"
RESPELT_TOKEN = "{token in other case}"
OTHER_START_TOKEN = "{token with another start}"

Authorization: TypeAlias = Literal["token"] | str | None
"""The Authorization of a request: `token` for the run's token, another text, or None.

In a text, `{token}` is the run's token, `CUT_TOKEN` the token without its last character, `RESPELT_TOKEN` the token
with the case of its letters swapped, and `OTHER_START_TOKEN` the token with a tilde for its first character.
"""


NO_RESPONSE = 0
"""The status of a missing response."""


class TargetLostError(Exception):
    """The target no longer responds. `str()` of it is the whole message."""


class NoResponseError(Exception):
    """One request got no response, although the target responds to others. `str()` of it is the whole message.

    `is_unreadable` is whether there was one, in another Content-Encoding than it names.
    """

    def __init__(self, message: str, *, is_unreadable: bool = False) -> None:
        super().__init__(message)
        self.is_unreadable = is_unreadable


def needed_headers(resource: Resource, operation: Operation) -> dict[str, str]:
    """The headers with which a request is accepted, independent of the state of its record."""
    condition = operation.header("If-Match") if resource.etag else None
    key = operation.header(resource.idempotency_key) if resource.idempotency_key else None
    headers = {condition.name: "*"} if condition is not None and condition.required else {}
    return {**headers, key.name: new_idempotency_key()} if key is not None and key.required else headers


def new_idempotency_key() -> str:
    """An idempotency key that no request has sent, in this run or in another."""
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Call:
    """A request to send.

    `{key}` in `path`, and in a raw `query`, is replaced by `key`; `{+key}` by one that is encoded, of several fields.
    `body` is sent as JSON unless `data`, raw bytes, is given. `headers` are sent in addition to Content-Type and
    Authorization. `envelope` wraps the body. `at` is the JSON Pointer of the record in a successful response.
    """

    method: str
    path: str
    key: str | None = None
    query: Mapping[str, Any] | str = ""
    body: JsonValue = None
    data: bytes | None = None
    content_type: str = "application/json"
    authorization: Authorization = "token"
    headers: Mapping[str, str] = field(default_factory=dict)
    envelope: Envelope = BARE
    at: str = ""

    @property
    def target(self) -> str:
        """The path and the query."""
        target = self.path + (f"?{self.query_text}" if self.query_text else "")
        return (
            expand(target, self.key or "") if SLOTS in target else target.replace(SLOT, quote(self.key or "", safe=""))
        )

    @property
    def query_text(self) -> str:
        """The query as it is sent, without the question mark."""
        return self.query if isinstance(self.query, str) else urlencode(self.query, quote_via=quote)

    @property
    def content(self) -> bytes | None:
        """The bytes of the body; None for no body."""
        if self.data is not None or self.body is None:
            return self.data
        body = self.body if self.envelope is BARE else self.envelope.wrap(self.body)
        return json.dumps(body, ensure_ascii=False).encode()

    @property
    def json(self) -> JsonValue:
        """The body as JSON; None if there is none, or if it is not strict JSON."""
        try:
            value: JsonValue = read_json(self.content or b"null")
        except NotJsonError:
            return None
        return value


@dataclass(frozen=True)
class ReceivedResponse:
    """A response. `step` is its number in the trace, from 1; `seconds` is its time; `at` is where it has the record."""

    step: int
    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    seconds: float
    at: str = ""

    @property
    def record(self) -> Mapping[str, JsonValue]:
        """The fields of the record in the response; none if it has no record."""
        found = value_at(self.json, self.at)
        return found if isinstance(found, dict) else {}

    @cached_property
    def json(self) -> JsonValue:
        """The body as JSON; None if it is not JSON."""
        return json_or_none(self.content)

    @property
    def media_type(self) -> str:
        """The media type of the body, without parameters; "" if it is missing."""
        return essence(self.headers.get("Content-Type", ""))

    @property
    def response_data(self) -> ResponseData:
        """The response for claims."""
        fields = {name.lower(): value for name, value in self.headers.items()}
        return ResponseData(self.status, fields, self.content, self.seconds)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response. Those of one `group` were sent at the same time; 0 means alone."""

    call: Call
    response: ReceivedResponse
    group: int = 0


class Client:
    """Sends calls through the guarded adapter, and records the exchanges since `forget`.

    If a target does not respond to a request, another one is sent at once, and one after half of `patience_s`.
    Every request has the `headers`, unless it has its own, and the `hidden_headers`, which the trace does not show.
    """

    def __init__(
        self,
        base_url: str,
        token: str | None,
        adapter: GuardedAdapter,
        patience_s: float = 2.0,
        headers: Mapping[str, str] = MappingProxyType({}),
        hidden_headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.base_url = base_url
        self.adapter = adapter
        self.token = token
        self._patience_s = patience_s
        self.headers = headers
        self.session = guarded_session(adapter)
        self.hidden_headers = hidden_headers
        self._answered: Call | None = None
        self.trace: list[Exchange] = []
        """The exchanges so far; the `step` of a response is its position, from 1."""
        self.forget()

    def forget(self) -> None:
        """Start a new trace."""
        self.trace = []
        self._group = 0
        self._lock = threading.Lock()

    def send(self, call: Call) -> ReceivedResponse:
        """Send one request. Raises RefusedRequestError, BudgetSpentError, NoAnswerError and TargetLostError."""
        return self._send(call, 0)

    def together(self, calls: Sequence[Call]) -> list[ReceivedResponse]:
        """Send several requests at the same time; the responses are in the order of the calls."""
        self._group += 1
        group = self._group
        for call in calls:
            self.adapter.prepare(call.method, self.base_url + call.target)
        contexts = [copy_context() for _ in calls]
        with ThreadPoolExecutor(len(calls)) as threads:
            return list(threads.map(lambda context, call: context.run(self._send, call, group), contexts, calls))

    def twin(self) -> Client:
        """A client with its own trace. It shares the connections, the guard and the limits."""
        twin = copy(self)
        twin.forget()
        return twin

    def _noted(self, call: Call, raw: requests.Response, group: int) -> ReceivedResponse:
        with self._lock:
            step, seconds = len(self.trace) + 1, raw.elapsed.total_seconds()
            at = call.at if is_success(raw) else ""
            response = ReceivedResponse(step, raw.status_code, raw.headers, raw.content, seconds, at)
            self.trace.append(Exchange(call, response, group))
        return response

    def _send(self, call: Call, group: int) -> ReceivedResponse:
        if self.headers:
            call = replace(call, headers={**self.headers, **call.headers})
        data = call.content
        headers = {"Content-Type": call.content_type} if data is not None and call.content_type else {}
        credentials = self._credentials(call.authorization)
        headers |= {**self.hidden_headers, **({"Authorization": credentials} if credentials else {}), **call.headers}
        url = self.base_url + call.target
        try:
            response = self.session.request(call.method, url, data=data, headers=headers, allow_redirects=False)
        except RefusedRequestError:
            raise
        except requests.RequestException as error:
            raise self.unanswered(call, error, group) from None
        if call.method == "GET" and is_success(response) and self._answered is None:
            self._answered = call
        return self._noted(call, response, group)

    @property
    def credentials(self) -> dict[str, str]:
        """The headers that identify the run: those of its header file, and the token."""
        authorization = self._credentials("token")
        return {**self.hidden_headers, **({"Authorization": authorization} if authorization else {})}

    def fetch(self, path: str) -> requests.Response | None:
        """The response to a GET of `path`, outside the trace; None without a response."""
        try:
            return self.session.get(
                self.base_url + path, headers={**self.headers, **self.credentials}, allow_redirects=False
            )
        except RefusedRequestError:
            raise
        except requests.RequestException:
            return None

    def _credentials(self, authorization: Authorization) -> str | None:
        if authorization == "token":
            return f"Bearer {self.token}" if self.token else None
        token = self.token or ""
        forms = {
            "{token}": token,
            CUT_TOKEN: token[:-1],
            RESPELT_TOKEN: token.swapcase(),
            OTHER_START_TOKEN: f"~{token[1:]}",
        }
        return authorization and _replaced(authorization, forms)

    def unanswered(
        self, call: Call, error: requests.RequestException, group: int = 0
    ) -> TargetLostError | NoResponseError:
        """The error for a request without a usable response, which enters the trace if the target still responds."""
        target = printable(call.target)
        shown = target if len(target) <= _LONGEST_TARGET else f"{target[:_LONGEST_TARGET]}…"
        message = f"{self.base_url} did not respond to {call.method} {shown} ({_cause(error)})"
        is_unreadable = isinstance(error, requests.exceptions.ContentDecodingError)
        if not is_unreadable and not self._responds():
            return TargetLostError(message)
        with self._lock:
            self.trace.append(Exchange(call, ReceivedResponse(len(self.trace) + 1, NO_RESPONSE, {}, b"", 0.0), group))
        return NoResponseError(message, is_unreadable=is_unreadable)

    def _responds(self) -> bool:
        """Whether the target still responds to a plain request, sent twice if need be."""
        path = self._answered.target if self._answered else ""
        return any(self._responds_to(path, wait_s) for wait_s in (0.0, self._patience_s / 2))

    def _responds_to(self, path: str, wait_s: float) -> bool:
        time.sleep(wait_s)
        return self.fetch(path) is not None


def client_for(settings: Settings, base_url: str, adapter: GuardedAdapter, contract: Contract) -> Client:
    """The client of a run: it sends the token and the headers of the settings, and those that the document requires."""
    hidden = settings.header_file.headers if settings.header_file else {}
    required = {
        name: text for name, text in required_headers(contract).items() if name.lower() not in map(str.lower, hidden)
    }
    return Client(base_url, settings.token, adapter, settings.patience, required, hidden)


def guarded_session(adapter: GuardedAdapter) -> requests.Session:
    """A session that sends every request through `adapter` and ignores the environment."""
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def _replaced(text: str, forms: Mapping[str, str]) -> str:
    return reduce(lambda result, form: result.replace(*form), forms.items(), text)


def _cause(error: requests.RequestException) -> str:
    if isinstance(error, ResponseTooLongError):
        return f"its response has {error}"
    if isinstance(error, requests.ReadTimeout):
        return str(error)
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return "its response does not match its Content-Encoding"
    text = str(error)
    if isinstance(error, requests.exceptions.SSLError):
        if "WRONG_VERSION_NUMBER" in text or "RECORD_LAYER_FAILURE" in text:
            return "it does not speak TLS; is it an http:// address?"
        reason = re.search(r"certificate verify failed: ([^(\\]+)", text)
        return f"TLS error: {reason[1].strip()}" if reason else "TLS error"
    return "unknown host" if "NameResolutionError" in text else "connection lost or refused"
