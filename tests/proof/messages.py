"""Requests and responses as plain values that a fault can change."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, unquote, urlencode

BASE = "/api"
COLLECTION = f"{BASE}/phones"

Role = Literal["list", "create", "read", "update", "delete", "other"]
_ON_COLLECTION: Mapping[str, Role] = {"GET": "list", "POST": "create"}
_ON_ITEM: Mapping[str, Role] = {"GET": "read", "PATCH": "update", "DELETE": "delete"}


@dataclass(frozen=True)
class Request:
    """One request. `path` and `raw_query` are as sent, percent-encoded, one character per byte (latin-1)."""

    method: str
    path: str
    raw_query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @cached_property
    def query(self) -> tuple[tuple[str, str], ...]:
        """The parameters in their order, decoded; a plain + is a space, an empty value is kept."""
        return tuple(parse_qsl(self.raw_query, keep_blank_values=True))

    def parameter(self, name: str) -> str | None:
        """The first value of a parameter; None if it was not sent."""
        return next((text for one, text in self.query if one == name), None)

    def header(self, name: str) -> str | None:
        """The first value of a header field, ignoring case; None if it was not sent."""
        return next((text for one, text in self.headers if one.lower() == name.lower()), None)

    @property
    def key(self) -> str | None:
        """The key in the path, decoded; None if it is not the path of a record."""
        start, _, rest = self.path.partition(f"{COLLECTION}/")
        return unquote(rest) if rest and not start and "/" not in rest else None

    @property
    def role(self) -> Role:
        """The operation of the request."""
        if self.path == COLLECTION:
            return _ON_COLLECTION.get(self.method, "other")
        return _ON_ITEM.get(self.method, "other") if self.key is not None else "other"

    @property
    def json(self) -> Any:
        """The value of the body; None if it is not JSON or too deeply nested."""
        return _parsed(self.body)

    @property
    def members(self) -> dict[str, Any]:
        """The fields of the body; none if it is not a JSON object."""
        return self.json if isinstance(self.json, dict) else {}

    def with_query(self, pairs: Iterable[tuple[str, str]]) -> Request:
        """The request with other parameters."""
        return replace(self, raw_query=urlencode(list(pairs)))

    def without(self, *names: str) -> Request:
        """The request without these parameters."""
        return self.with_query((name, text) for name, text in self.query if name not in names)

    def with_parameter(self, name: str, text: str) -> Request:
        """The request with this parameter instead of the one that was sent."""
        return self.with_query([*self.without(name).query, (name, text)])

    def with_json(self, value: Any) -> Request:
        """The request with another body."""
        return replace(self, body=json.dumps(value).encode())

    def with_key(self, key: str) -> Request:
        """The request for another record."""
        return replace(self, path=f"{COLLECTION}/{quote(key, safe='')}")

    def with_header(self, name: str, text: str | None) -> Request:
        """The request with one header field set; None removes it."""
        return replace(self, headers=_set(self.headers, name, text))


@dataclass(frozen=True)
class Wire:
    """How a response is sent.

    `drop` closes the connection instead of responding, or in the middle of the body; `delay_s` waits before that.
    `dated` adds Date. `endless` sends a `head` or a `body` byte by byte without an end, or a body that is a `flood`.
    """

    version: Literal["HTTP/1.1", "HTTP/1.0"] = "HTTP/1.1"
    chunked: bool = False
    delay_s: float = 0.0
    drop: Literal["", "response", "half"] = ""
    dated: bool = True
    endless: Literal["", "head", "body", "flood"] = ""


@dataclass(frozen=True)
class ServiceResponse:
    """One response. Content-Length is added, unless `headers` has one."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    wire: Wire = field(default=Wire())

    @property
    def ok(self) -> bool:
        """Whether it is a success."""
        return self.status < 300

    @property
    def json(self) -> Any:
        """The value of the body, a new object each time; None if it is not JSON."""
        return _parsed(self.body)

    def header(self, name: str) -> str | None:
        """The first value of a header field, ignoring case; None if there is none."""
        return next((text for one, text in self.headers if one.lower() == name.lower()), None)

    def with_json(self, value: Any) -> ServiceResponse:
        """The response with another body, without spaces as the mock's, so that its length is that of HEAD."""
        return replace(self, body=json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())

    def with_members(self, **members: Any) -> ServiceResponse:
        """The response with these fields set in its body, if that is an object."""
        body = self.json
        return self.with_json({**body, **members}) if isinstance(body, dict) else self

    def with_header(self, name: str, text: str | None) -> ServiceResponse:
        """The response with one header field set; None removes it."""
        return replace(self, headers=_set(self.headers, name, text))

    def with_status(self, status: int) -> ServiceResponse:
        """The response with another status."""
        return replace(self, status=status)

    def over(self, **options: Any) -> ServiceResponse:
        """The response, sent in another way: see `Wire`."""
        return replace(self, wire=replace(self.wire, **options))

    def with_records(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> ServiceResponse:
        """The response with every record in it changed, in a list or alone; other responses are unchanged."""
        body = self.json
        if not self.ok or not isinstance(body, dict):
            return self
        if "phones" in body:
            return self.with_json({**body, "phones": [change(one) for one in body["phones"]]})
        return self.with_json(change(body)) if "uuid" in body else self


def json_response(status: int, value: Any, *headers: tuple[str, str]) -> ServiceResponse:
    """A response with `value` as its body."""
    return ServiceResponse(status, (("Content-Type", "application/json"), *headers)).with_json(value)


def refusal(status: int, message: str = "No.", *headers: tuple[str, str]) -> ServiceResponse:
    """A response in the format of the contract's errors."""
    return json_response(status, {"success": False, "message": message}, *headers)


def _set(headers: tuple[tuple[str, str], ...], name: str, text: str | None) -> tuple[tuple[str, str], ...]:
    kept = tuple((one, value) for one, value in headers if one.lower() != name.lower())
    return kept if text is None else (*kept, (name, text))


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_no_json)
    except (ValueError, RecursionError):
        return None


def _no_json(word: str) -> None:
    """NaN and Infinity are not JSON (RFC 8259, section 6), although Python reads them."""
    raise ValueError(word)
