"""A correct phone service on `http.server`, with dicts as its database. It shares no code with the mock."""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

import phonenumbers

from tests.proof.independent.plain_input import CHANGES, NEW, RefusedError, read_body, read_query

Phone: TypeAlias = dict[str, Any]

_LONGEST_BODY = 1 << 20
_TICK = timedelta(milliseconds=1)


class _Phones:
    """The phones, the oldest first. Hold `lock` while calling its methods."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.by_uuid: dict[str, Phone] = {}
        self._last = datetime.min.replace(tzinfo=UTC)
        for index, (name, kind) in enumerate([("Reception", "private"), ("Sales", "shared"), (None, "ordered")] * 2):
            self.register({"number": f"+4420794609{index:02}", "type": kind} | ({"name": name} if name else {}))

    def register(self, sent: Mapping[str, Any]) -> Phone:
        if any(phone["number"] == sent["number"] for phone in self.by_uuid.values()):
            message = "another phone has it; write another number"
            raise RefusedError(409, "The number is taken.", [{"in": "body", "path": "/number", "message": message}])
        kind = sent.get("type", "private")
        self._last = max(self._last, _now())
        phone = {
            "uuid": str(uuid.uuid4()),
            "name": sent.get("name"),
            "number": sent["number"],
            "type": kind,
            "countryCode": sent.get("countryCode") or _country(sent["number"]),
            "provider": sent.get("provider"),
            "status": "pending" if kind == "ordered" else "registered",
            "smsEnabled": False,
            "createdAt": _written(self._last),
            "updatedAt": _written(self._last),
        }
        self.by_uuid[phone["uuid"]] = phone
        return phone

    def get(self, key: str) -> Phone:
        if key not in self.by_uuid:
            raise RefusedError(404, f"There is no phone {key!r}; see the list for those there are.")
        return self.by_uuid[key]

    def change(self, key: str, sent: dict[str, Any]) -> Phone:
        old = self.get(key)
        later = max(_now(), datetime.fromisoformat(old["updatedAt"]) + _TICK)
        self.by_uuid[key] = old | sent | {"updatedAt": _written(later)}
        return self.by_uuid[key]

    def remove(self, key: str) -> None:
        del self.by_uuid[self.get(key)["uuid"]]

    def page(self, wanted: Mapping[str, str]) -> dict[str, Any]:
        number, limit = int(wanted.get("page", "1")), int(wanted.get("limit", "10"))
        found = [phone for phone in reversed(self.by_uuid.values()) if _matches(phone, wanted)]
        start = (number - 1) * limit
        phones = found[start : start + limit]
        pages = (len(found) + limit - 1) // limit
        return {"phones": phones, "total": len(found), "page": number, "limit": limit, "totalPages": pages}


def _matches(phone: Phone, wanted: Mapping[str, str]) -> bool:
    if any(phone[name] != wanted[name] for name in ("status", "type") if name in wanted):
        return False
    text = wanted.get("search", "").casefold()
    return any(text in (phone[name] or "").casefold() for name in ("number", "name", "provider"))


def _now() -> datetime:
    return datetime.now(UTC)


def _written(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03}Z"


def _country(number: str) -> str:
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return "US"
    region = phonenumbers.region_code_for_number(parsed)
    region = region or phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    return region if region and region.isalpha() and region != "ZZ" else "US"


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def __getattr__(self, name: str) -> Callable[[], None]:
        # BaseHTTPRequestHandler looks for a method do_GET, do_POST and so on; here one method handles them all.
        if name.startswith("do_"):
            return self._respond
        raise AttributeError(name)

    def _respond(self) -> None:
        try:
            status, body, headers = self._work()
        except RefusedError as refused:
            status, body, headers = refused.status, refused.body, refused.headers
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.headers.get("Origin"):
            self.send_header("Access-Control-Allow-Origin", "*")
        if status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _work(self) -> tuple[int, Any, Mapping[str, str]]:
        raw = self._body()
        url = urlsplit(f"http://host{self.path}")
        match = re.fullmatch("/api/phones(?:/([^/]+))?", url.path)
        if not match:
            raise RefusedError(404, "There is nothing here; the phones are at /api/phones.")
        allowed = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH") if match[1] else ("GET", "HEAD", "OPTIONS", "POST")
        if self.command not in allowed:
            raise RefusedError(405, f"There is no {self.command} here.", Allow=", ".join(allowed))
        if self.command == "OPTIONS":
            return 204, None, self._options(allowed)
        self._check_token()
        with self.server.phones.lock:
            return self._operate(unquote(match[1] or ""), url.query, raw)

    def _operate(self, key: str, query: str, raw: bytes | None) -> tuple[int, Any, Mapping[str, str]]:
        phones = self.server.phones
        if self.command == "POST":
            phone = phones.register(read_body(self._json(raw), NEW, "number"))
            return 201, phone, {"Location": f"/api/phones/{phone['uuid']}"}
        if self.command == "PATCH":
            changes = read_body(self._json(raw), CHANGES)
            return 200, phones.change(key, changes), {}
        if self.command == "DELETE":
            phones.remove(key)
            return 200, {"success": True, "message": "The phone is gone."}, {}
        return 200, phones.get(key) if key else phones.page(read_query(query)), {}

    def _options(self, allowed: tuple[str, ...]) -> dict[str, str]:
        methods = ", ".join(allowed)
        wanted = self.headers.get("Access-Control-Request-Headers", "Authorization, Content-Type")
        granted = {"Access-Control-Allow-Methods": methods, "Access-Control-Allow-Headers": wanted}
        return {"Allow": methods} | (granted if "Access-Control-Request-Method" in self.headers else {})

    def _check_token(self) -> None:
        token = self.server.token
        scheme, _, shown = self.headers.get("Authorization", "").partition(" ")
        if token and (scheme.lower() != "bearer" or shown.strip() != token):
            raise RefusedError(401, "Send Authorization: Bearer and a good token.", WWW_Authenticate="Bearer")

    def _json(self, raw: bytes | None) -> bytes:
        kind, _, parameters = self.headers.get("Content-Type", "").lower().partition(";")
        if kind.strip() != "application/json" or parameters.replace('"', "").strip() not in ("", "charset=utf-8"):
            raise RefusedError(415, "Send Content-Type: application/json.")
        if raw is None:
            raise RefusedError(413, f"A body may have {_LONGEST_BODY} bytes.", Connection="close")
        return raw

    def _body(self) -> bytes | None:
        """The body; None if it is too long, after reading enough of it for the sender to get the response."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._chunks()
        length = self.headers.get("Content-Length", "0")
        if not re.fullmatch("[0-9]{1,12}", length):
            raise RefusedError(400, "Content-Length is no number of bytes.", Connection="close")
        if int(length) > _LONGEST_BODY:
            for _ in range(min(int(length), 64 << 20) >> 16):
                self.rfile.read(1 << 16)
            return None
        return self.rfile.read(int(length))

    def _chunks(self) -> bytes | None:
        """A body in chunks (RFC 9112, section 7.1)."""
        body = b""
        while size := int(self.rfile.readline(99).partition(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline(99)
            if len(body) > _LONGEST_BODY:
                return None
        while self.rfile.readline(65537).strip():
            pass
        return body

    def log_message(self, *_: object) -> None:
        """Print nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, token: str | None) -> None:
        self.token = token
        self.phones = _Phones()
        super().__init__(("127.0.0.1", port), _Handler)


class PlainService:
    """The service in a thread: `with PlainService() as service: service.url`. Port 0 is any free one."""

    def __init__(self, port: int = 0, token: str | None = None) -> None:
        self._server = _Server(port, token)
        self.url = f"http://127.0.0.1:{self._server.server_port}/api"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> PlainService:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
