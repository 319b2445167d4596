"""A correct phone service in an event loop, with a journal. It shares no code with the mock.

Requests are handled one after the other, so it needs no locks. Its errors have more fields than necessary.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeAlias
from urllib.parse import unquote_to_bytes

from phonenumbers import NumberParseException, parse, region_code_for_number
from phonenumbers.phonenumberutil import region_code_for_country_code

from tests.proof.independent.journal import Changed, Journal, Members, Registered, Removed
from tests.proof.independent.streams import Request, Response, StreamServer

Mistake: TypeAlias = tuple[str, str, str]
"""Where it is (body or query), its path, and what to write instead."""

_MOST_BYTES = 1024 * 1024
_CHOICES = {"status": {"registered", "pending", "active", "inactive"}, "type": {"private", "shared", "ordered"}}
_LENGTHS = {"name": 100, "provider": 50, "referenceId": 255}
_SHAPES = {"number": re.compile(r"\+[1-9][0-9]{6,14}\Z"), "countryCode": re.compile(r"[A-Z][A-Z]\Z")}
_NEW = {"number", "name", "countryCode", "provider", "referenceId", "type"}
_CHANGES = {"name", "status", "type"}
_SHOWN = ("uuid", "name", "number", "type", "countryCode", "provider", "status", "smsEnabled", "createdAt", "updatedAt")
_FIRST: tuple[Members, ...] = (
    {"number": "+61255501234", "name": "Sydney"},
    {"number": "+61255501235", "name": "Melbourne", "type": "shared", "provider": "telnyx"},
    {"number": "+61255501236", "type": "ordered"},
    {"number": "+12025550188", "name": "Night desk", "referenceId": "PN-1"},
    {"number": "+12025550189", "provider": "vonage"},
)


class _DeclinedError(Exception):
    def __init__(self, status: int, message: str, *mistakes: Mistake, **headers: str) -> None:
        super().__init__(message)
        errors = [
            {"in": location, "path": path, "message": problem, "code": status} for location, path, problem in mistakes
        ]
        body = {"success": False, "message": message, "errors": errors, "help": "/docs/errors"}
        self.response = _json(status, body, **headers)


def _json(status: int, value: Any, **headers: str) -> Response:
    named = {"content-type": "application/json", "cache-control": "no-store"}
    named |= {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(status, named, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _wrong(name: str, value: Any) -> str | None:
    """The problem of a field, or ""."""
    if not isinstance(value, str):
        return "write a text"
    if name in _CHOICES and value not in _CHOICES[name]:
        return f"write one of {sorted(_CHOICES[name])}"
    if name in _LENGTHS and not 1 <= len(value) <= _LENGTHS[name]:
        return f"write 1 to {_LENGTHS[name]} characters"
    if name in _SHAPES and not _SHAPES[name].match(value):
        return f"write what matches {_SHAPES[name].pattern}"
    return None


def _no_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) != len({name for name, _ in pairs}):
        raise ValueError("a name is repeated")
    return dict(pairs)


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _members(request: Request, allowed: set[str], needed: set[str]) -> dict[str, Any]:
    kind, *parameters = request.headers.get("content-type", "").lower().replace(" ", "").split(";")
    if kind != "application/json" or not {one.replace('"', "") for one in parameters} <= {"", "charset=utf-8"}:
        raise _DeclinedError(415, "This takes application/json in UTF-8.")
    if request.body is None:
        raise _DeclinedError(413, f"This takes {_MOST_BYTES} bytes at the most.")
    try:
        text = request.body.decode()
        value = json.loads(text, object_pairs_hook=_no_repetition, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise _DeclinedError(400, "This is no JSON.", ("body", "", "send one JSON object in UTF-8")) from None
    if not isinstance(value, dict):
        raise _DeclinedError(400, "This is no object.", ("body", "", "send one JSON object"))
    mistakes = list(_mistakes(value, allowed, needed))
    if mistakes:
        raise _DeclinedError(400, f"There is something wrong at {mistakes[0][1] or 'the top'}.", *mistakes)
    return value


def _mistakes(value: Members, allowed: set[str], needed: set[str]) -> Iterator[Mistake]:
    for name in sorted(needed - value.keys()):
        yield "body", f"/{name}", "add it"
    if not value and not needed:
        yield "body", "", "name what to change"
    for name, member in value.items():
        problem = _wrong(name, member) if name in allowed else "this is unknown here"
        if problem:
            yield "body", "/" + name.replace("~", "~0").replace("/", "~1"), problem


def _query(text: str) -> dict[str, Any]:
    """The known parameters, `page` and `limit` as numbers."""
    found: dict[str, Any] = {}
    mistakes: list[Mistake] = []
    for part in filter(None, text.split("&")):
        name, _, value = (_decoded(one) for one in part.partition("="))
        if name not in ("search", "status", "type", "page", "limit"):
            continue
        problem = "send it once" if name in found else _wrong_parameter(name, value)
        found[name] = int(value) if name in ("page", "limit") and not problem else value
        mistakes += [("query", name, problem)] if problem else []
    if mistakes:
        raise _DeclinedError(400, f"There is something wrong with {mistakes[0][1]}.", *mistakes)
    return found


def _decoded(text: str) -> str:
    return unquote_to_bytes(text.replace("+", " ").encode("latin-1")).decode(errors="surrogateescape")


def _wrong_parameter(name: str, value: str) -> str | None:
    if re.search("[\udc80-\udcff]", value):
        return "encode it as UTF-8"
    if name == "search":
        return None if len(value) <= 200 else "write 200 characters at the most"
    if name in _CHOICES:
        return _wrong(name, value)
    most = 100 if name == "limit" else float("inf")
    fits = re.fullmatch("[0-9]{1,4000}", value) and 1 <= int(value) <= most
    return None if fits else "write a whole number of 1 or more, of a limit 100 at the most"


def _country(number: str) -> str:
    try:
        parsed = parse(number)
    except NumberParseException:
        return "US"
    region = region_code_for_number(parsed) or region_code_for_country_code(parsed.country_code or 0)
    return region if re.fullmatch("[A-Y][A-Z]|Z[AMW]", region or "") else "US"


def _shown(phone: Members) -> dict[str, Any]:
    times = {name: _written(phone[name]) for name in ("createdAt", "updatedAt")}
    return {**{name: phone[name] for name in _SHOWN}, **times}


def _written(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03}Z"


class JournallingService:
    """The service in a thread: `with JournallingService() as it: it.url`. Port 0 is any free one."""

    def __init__(self, port: int = 0, token: str | None = None) -> None:
        self._token = token
        self._journal = Journal()
        for members in _FIRST:
            self._add(members)
        self._server = StreamServer(self._respond, port, _MOST_BYTES)
        self.url = f"http://127.0.0.1:{self._server.port}/api"

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)

    def _respond(self, request: Request) -> Response:
        try:
            response = self._routed(request)
        except _DeclinedError as error:
            response = error.response
        origin = request.headers.get("origin")
        shared = {"access-control-allow-origin": origin, "vary": "origin"} if origin else {}
        return replace(response, headers={**response.headers, **shared})

    def _routed(self, request: Request) -> Response:
        path, _, query = request.target.partition("?")
        segments = path.split("/")
        if segments[:3] != ["", "api", "phones"] or len(segments) > 4 or segments[-1] == "":
            raise _DeclinedError(404, "There are phones at /api/phones, and nothing else.")
        key = unquote_to_bytes(segments[3]).decode(errors="replace") if len(segments) == 4 else None
        works: dict[str, Callable[[], Response]] = {
            "GET": lambda: self._list(query) if key is None else _json(200, _shown(self._phone(key))),
        }
        if key is None:
            works["POST"] = lambda: self._register(request)
        else:
            works |= {"PATCH": lambda: self._change(request, key), "DELETE": lambda: self._remove(key)}
        works |= {"HEAD": works["GET"]}
        allow = ", ".join([*reversed(works), "OPTIONS"])
        if request.method == "OPTIONS":
            return Response(204, {"allow": allow, **_granted(request, allow)})
        if request.method not in works:
            raise _DeclinedError(405, f"Use {allow}.", allow=allow)
        if self._token and not re.fullmatch(rf"(?i:bearer) +{re.escape(self._token)}", _credentials(request)):
            raise _DeclinedError(401, "This takes a token.", www_authenticate="Bearer")
        return works[request.method]()

    def _phone(self, key: str) -> Members:
        if key not in self._journal.phones:
            raise _DeclinedError(404, "There is no such phone.")
        return self._journal.phones[key]

    def _list(self, query: str) -> Response:
        wanted = _query(query)
        text = wanted.get("search", "").casefold()
        kept = [
            phone
            for phone in reversed(self._journal.phones.values())
            if all(phone[name] == wanted.get(name, phone[name]) for name in ("status", "type"))
            and any(text in str(phone[name] or "").casefold() for name in ("number", "name", "provider"))
        ]
        page, limit = wanted.get("page", 1), wanted.get("limit", 10)
        some = kept[(page - 1) * limit : page * limit]
        counts = {"total": len(kept), "page": page, "limit": limit, "totalPages": -(len(kept) // -limit)}
        return _json(200, {**counts, "phones": [_shown(phone) for phone in some], "links": {}})

    def _register(self, request: Request) -> Response:
        members = _members(request, _NEW, {"number"})
        if members["number"] in self._journal.holders:
            raise _DeclinedError(409, "There is such a phone.", ("body", "/number", "write another"))
        key = self._add(members)
        location = f"http://{request.headers.get('host', 'localhost')}/api/phones/{key}"
        return _json(201, _shown(self._phone(key)), location=location)

    def _add(self, members: Members) -> str:
        key = _random_uuid()
        kind = members.get("type", "private")
        start = {"name": None, "provider": None, "smsEnabled": False, "countryCode": _country(members["number"])}
        start |= {"type": kind, "status": "pending" if kind == "ordered" else "registered"}
        self._journal.add(Registered(key, self._journal.time_of_creation(), {**start, **members, "uuid": key}))
        return key

    def _change(self, request: Request, key: str) -> Response:
        members = _members(request, _CHANGES, set())
        self._phone(key)
        self._journal.add(Changed(key, self._journal.time_of_change(key), members))
        return _json(200, _shown(self._phone(key)))

    def _remove(self, key: str) -> Response:
        self._phone(key)
        self._journal.add(Removed(key))
        return _json(200, {"message": "Removed.", "success": True})


def _credentials(request: Request) -> str:
    return request.headers.get("authorization", "")


def _granted(request: Request, allow: str) -> dict[str, str]:
    """What a page of another origin may do (Fetch standard, CORS protocol)."""
    if "access-control-request-method" not in request.headers:
        return {}
    wanted = request.headers.get("access-control-request-headers", "authorization, content-type")
    return {"access-control-allow-methods": allow, "access-control-allow-headers": wanted}


def _random_uuid() -> str:
    """A version 4 UUID (RFC 9562, section 5.4)."""
    digits = secrets.token_hex(16)
    variant = secrets.choice("89ab")
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
