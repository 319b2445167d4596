"""A correct phone service over HTTP/1.0, with SQLite. It shares no code with the mock.

Its errors have no list of mistakes: the message names them all.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

from tests.proof.independent.relational_phones import MissingError, Phones, TakenError

_MOST_BYTES = 1_048_576
_STATUS = "registered|pending|active|inactive"
_TYPE = "private|shared|ordered"
_CREATE = {
    "number": r"\+[1-9]\d{6,14}",
    "name": ".{1,100}",
    "countryCode": "[A-Z]{2}",
    "provider": ".{1,50}",
    "referenceId": ".{1,255}",
    "type": _TYPE,
}
_UPDATE = {"name": ".{1,100}", "status": _STATUS, "type": _TYPE}
_QUERY = {"search": ".{0,200}", "status": _STATUS, "type": _TYPE, "page": "0*[1-9]\\d*", "limit": "0*([1-9]\\d?|100)"}
_DIGITS = re.compile("[0-9]+")


class _Response(NamedTuple):
    status: int
    value: Any = None
    headers: Mapping[str, str] = {}


class _NoError(Exception):
    """Raised to send an error."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.response = _Response(status, {"message": message, "success": False}, named)


def _mistakes(values: Mapping[str, Any], patterns: Mapping[str, str]) -> list[str]:
    found = [f"{name} is unknown" for name in values if name not in patterns]
    for name, pattern in patterns.items():
        value = values.get(name, "")
        fits = isinstance(value, str) and re.fullmatch(pattern, value, re.DOTALL | re.ASCII)
        if name in values and not fits:
            found.append(f"{name} must match {pattern}")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a member is named twice")
    return dict(pairs)


def _never(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON value")


def _object(octets: bytes) -> dict[str, Any]:
    try:
        # A byte order mark is ignored (RFC 8259, section 8.1).
        value = json.loads(octets.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_never)
        repr_of_all = json.dumps(value, ensure_ascii=False)
        repr_of_all.encode("utf-8")
    except RecursionError:
        raise _NoError(400, "The body is nested too deeply.") from None
    except ValueError:
        raise _NoError(400, "The body is no JSON.") from None
    if not isinstance(value, dict):
        raise _NoError(400, "The body must be an object.")
    return value


def _register(phones: Phones, _key: str, body: bytes) -> _Response:
    members = _object(body)
    wrong = _mistakes(members, _CREATE) + ([] if "number" in members else ["number is missing"])
    if wrong:
        raise _NoError(400, ascii("; ".join(wrong)))
    try:
        phone = phones.register(members)
    except TakenError:
        raise _NoError(409, "Another phone has this number.") from None
    return _Response(201, phone, {"Location": f"phones/{phone['uuid']}"})


def _update(phones: Phones, key: str, body: bytes) -> _Response:
    members = _object(body)
    wrong = _mistakes(members, _UPDATE) + ([] if members else ["nothing is named"])
    if wrong:
        raise _NoError(400, ascii("; ".join(wrong)))
    return _Response(200, phones.update(key, members))


def _read(phones: Phones, key: str, _query: str) -> _Response:
    return _Response(200, phones.read(key))


def _delete(phones: Phones, key: str, _query: str) -> _Response:
    phones.delete(key)
    return _Response(200, {"success": True, "message": ""})


def _list(phones: Phones, _key: str, query: str) -> _Response:
    try:
        sent = parse_qs(query, keep_blank_values=True, encoding="latin-1")
        wanted = {name: texts[0].encode("latin-1").decode() for name, texts in sent.items() if name in _QUERY}
    except UnicodeDecodeError:
        raise _NoError(400, "The query is no UTF-8.") from None
    wrong = _mistakes(wanted, _QUERY)
    wrong += [f"{name} is sent {len(sent[name])} times" for name in wanted if len(sent[name]) > 1]
    wrong += [f"{name} has too many digits" for name in ("page", "limit") if len(wanted.get(name, "")) > 4000]
    if wrong:
        raise _NoError(400, "; ".join(wrong))
    counts = {name: int(wanted.pop(name)) for name in ("page", "limit") if name in wanted}
    return _Response(200, phones.page(wanted | counts))


_Work = Callable[[Phones, str, Any], _Response]
_ROUTES: Mapping[str, Mapping[str, _Work]] = {
    "/api/phones": {"GET": _list, "POST": _register},
    "/api/phones/[^/]+": {"GET": _read, "PATCH": _update, "DELETE": _delete},
}


class _Handler(BaseHTTPRequestHandler):
    """One request: HTTP/1.0 closes the connection after it."""

    wbufsize = -1
    server: _Server

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Handle every method: BaseHTTPRequestHandler knows none, and answers 501."""
        if code != 501:
            self._send(_Response(code, {"success": False, "message": message or explain or "It can't be read."}))
            return
        try:
            response = self._response()
        except _NoError as error:
            response = error.response
        except MissingError:
            response = _NoError(404, "No phone has this uuid.").response
        self._send(response)

    def _response(self) -> _Response:
        path, _, query = self.path.partition("?")
        works = next((works for route, works in _ROUTES.items() if re.fullmatch(route, path)), None)
        body = self._body()
        if works is None:
            raise _NoError(404, "Nothing is here.")
        allow = ", ".join([*works, "HEAD", "OPTIONS"])
        if self.command == "OPTIONS":
            return _Response(204, None, {"Allow": allow, **self._cors(allow)})
        work = works.get("GET" if self.command == "HEAD" else self.command)
        if work is None:
            raise _NoError(405, "Not here.", Allow=allow)
        self._authorise()
        key = unquote(path.rpartition("/")[2])
        return work(self.server.phones, key, self._json(body) if work in (_register, _update) else query)

    def _authorise(self) -> None:
        shown = re.fullmatch("bearer +(.*?) *", self.headers.get("Authorization", ""), re.IGNORECASE)
        if self.server.token and (shown is None or shown[1] != self.server.token):
            raise _NoError(401, "Who are you?", WWW_Authenticate='Bearer realm="phones"')

    def _body(self) -> bytes | None:
        if self.headers.get("Transfer-Encoding"):
            raise _NoError(411, "Send Content-Length.")
        length = self.headers.get("Content-Length") or "0"
        if not _DIGITS.fullmatch(length):
            raise _NoError(400, "Content-Length is no number.")
        octets = self.rfile.read(min(int(length), 16 * _MOST_BYTES))
        return octets if len(octets) <= _MOST_BYTES else None

    def _json(self, body: bytes | None) -> bytes:
        content_type = [part.strip() for part in self.headers.get("Content-Type", "").lower().split(";")]
        if content_type[0] != "application/json" or any(
            one not in ("charset=utf-8", 'charset="utf-8"') for one in content_type[1:]
        ):
            raise _NoError(415, "Only JSON is taken, in UTF-8.")
        if body is None:
            raise _NoError(413, f"At most {_MOST_BYTES} bytes are taken.")
        return body

    def _cors(self, allow: str) -> dict[str, str]:
        if not self.headers.get("Access-Control-Request-Method"):
            return {}
        return {"Access-Control-Allow-Methods": allow, "Access-Control-Allow-Headers": "Authorization, Content-Type"}

    def _send(self, response: _Response) -> None:
        self.send_response(response.status)
        for name, value in {"Access-Control-Allow-Origin": "*", **response.headers}.items():
            self.send_header(name, value)
        content = b"" if response.value is None else json.dumps(response.value, ensure_ascii=False).encode()
        if response.status != 204:
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else content)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, token: str | None, phones: Phones) -> None:
        self.token = token
        self.phones = phones
        super().__init__(("127.0.0.1", port), _Handler)


class RelationalService:
    """The service in a thread: `with RelationalService() as service: service.url`. Port 0: any free one."""

    def __init__(self, port: int = 0, token: str | None = None) -> None:
        self._folder = TemporaryDirectory()
        self._server = _Server(port, token, Phones(Path(self._folder.name)))
        self.url = f"http://127.0.0.1:{self._server.server_port}/api"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> RelationalService:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._folder.cleanup()
