"""Exchanges in the HTTP Archive format (HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/)."""

from __future__ import annotations

import json
from importlib.metadata import version
from urllib.parse import parse_qsl

from mock_server.clock import rfc3339
from mock_server.recording.exchange import RedactedExchange
from openapi.json_value import JsonValue
from openapi.reason_phrases import PHRASES

ORIGIN = "http://localhost"
"""The origin of all URLs, in place of that of the mock or a service."""

TAIL = "\n    ]\n  }\n}\n"
"""The end of an archive."""

_UNKNOWN = -1
_LEFT_OUT = "The body is left out: it is too long, incomplete, or neither JSON nor a form."


def begin_archive() -> str:
    """The start of an archive. Entries follow, separated by commas, then TAIL."""
    creator = {"name": "callcamp-mock", "version": version("callcamp-contract-kit")}
    return f'{{\n  "log": {{\n    "version": "1.2",\n    "creator": {json.dumps(creator)},\n    "entries": ['


def archive_entry(exchange: RedactedExchange) -> str:
    """One exchange as the text of an entry, on one line."""
    query, pairs = exchange.query, parse_qsl(exchange.query, keep_blank_values=True)
    entry: JsonValue = {
        "startedDateTime": rfc3339(exchange.at),
        "time": exchange.took_ms,
        "request": {
            "method": exchange.method,
            "url": f"{ORIGIN}{exchange.path}" + (f"?{query}" if query else ""),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _fields(exchange.fields),
            "queryString": [{"name": name, "value": text} for name, text in pairs],
            "headersSize": _UNKNOWN,
            "bodySize": _size(exchange.body),
            **_posted(exchange),
        },
        "response": {
            "status": exchange.status,
            "statusText": PHRASES.get(exchange.status, ""),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _fields(exchange.response_fields),
            "content": _content(exchange),
            "redirectURL": "",
            "headersSize": _UNKNOWN,
            "bodySize": _size(exchange.response_body),
        },
        "cache": {},
        "timings": {"send": 0, "wait": exchange.took_ms, "receive": 0},
    }
    return json.dumps(entry, ensure_ascii=False)


def archive(entries: list[str]) -> str:
    """A whole archive of entries."""
    return begin_archive() + ",".join(f"\n      {entry}" for entry in entries) + TAIL


def _posted(exchange: RedactedExchange) -> dict[str, JsonValue]:
    if exchange.body == "":
        return {}
    posted = {"mimeType": exchange.media_type, "text": exchange.body or ""}
    return {"postData": {**posted, "comment": _LEFT_OUT} if exchange.body is None else posted}


def _content(exchange: RedactedExchange) -> dict[str, JsonValue]:
    content: dict[str, JsonValue] = {
        "size": max(_size(exchange.response_body), 0),
        "mimeType": exchange.response_media_type,
    }
    if exchange.response_body is None:
        return {**content, "comment": _LEFT_OUT}
    return {**content, "text": exchange.response_body}


def _size(body: str | None) -> int:
    return _UNKNOWN if body is None else len(body.encode("utf-8", "replace"))


def _fields(fields: tuple[tuple[str, str], ...]) -> list[JsonValue]:
    return [{"name": name, "value": value} for name, value in fields]
