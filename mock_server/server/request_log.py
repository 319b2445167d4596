"""The request log: a line on stderr for each request and its response."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeAlias

import click

from mock_server.clock import rfc3339
from mock_server.http.faults import SILENT, Fault
from mock_server.http.messages import NOTHING, HttpResponse
from mock_server.http.raw_request import RawRequest
from mock_server.http.redaction import query_without_secrets
from mock_server.sessions.journal import Entry
from mock_server.sessions.session import DEFAULT
from mock_server.settings.settings import Settings
from mock_server.stderr import print_line
from mock_server.web.router import HandledRequest
from openapi.wording import printable

_NO_RESPONSE: Mapping[Fault, str] = {Fault.RESET: "connection reset", Fault.EMPTY: "connection closed"}
"""What the client sees of faults without a response, in place of a status."""

_SPOILED: Mapping[Fault, str] = {
    Fault.TRUNCATED: "cut off",
    Fault.BROKEN_JSON: "with broken JSON",
    Fault.DRIP: "in small pieces",
}
"""What the client sees of a response that arrives with a fault."""

_MOST_VIOLATIONS = 3

Log: TypeAlias = Callable[[RawRequest, HandledRequest, float], None]
"""Prints the line of a request; the last argument is its duration in milliseconds."""


def build_log(settings: Settings) -> Log | None:
    """The function that prints the lines; None if the log is off."""
    make = {"text": _text, "json": _json, "off": None}[settings.log]
    tokens = [token for token in (settings.token, settings.admin_token) if token]
    is_coloured = settings.log == "text" and _has_colours()
    if make is None:
        return None

    def print_request(request: RawRequest, handled: HandledRequest, took_ms: float) -> None:
        text = make(request, handled, took_ms)
        if tokens or "=" in text:
            text = query_without_secrets(text, tokens)
        print_line(_coloured(text, handled.response) if is_coloured else text)

    return print_request


def _text(request: RawRequest, handled: HandledRequest, took_ms: float) -> str:
    response, entry = handled.response, handled.entry
    notes = response.notes
    outcome = response.status if notes.fault is None else _outcome(response.status, notes.fault)
    text = f"{_clock_time(int(time.time()))} {request.method} {request.target} {outcome} {took_ms:.0f} ms"
    if notes is not NOTHING or (entry is not None and entry.session != DEFAULT):
        said = "; ".join(_remarks(response, entry))
        if said:
            operation = f" {entry.operation_id}:" if entry and entry.operation_id else ""
            text = f"{text}{operation} {said}"
    return printable(text)


@lru_cache(1)
def _clock_time(second: int) -> str:
    """A second since 1970 as the time of day."""
    return time.strftime("%H:%M:%S", time.localtime(second))


def _outcome(status: int, fault: Fault) -> str:
    """What the client saw of a response with a fault."""
    if fault in _NO_RESPONSE:
        return _NO_RESPONSE[fault]
    return f"{status} {_SPOILED[fault]}" if fault in _SPOILED else str(status)


def _has_colours() -> bool:
    """Whether stderr is a terminal and NO_COLOR is not set (no-color.org)."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")


def _coloured(line: str, response: HttpResponse) -> str:
    failed = response.status >= 500 or response.notes.fault is not None
    colour = "red" if failed else "yellow" if response.status >= 400 else "green"
    time_, method, rest = line.split(" ", 2)
    return f"{click.style(time_, dim=True)} {click.style(method, bold=True)} {click.style(rest, fg=colour)}"


def _remarks(response: HttpResponse, entry: Entry | None) -> list[str]:
    notes = response.notes
    remarks = [] if entry is None or entry.session == DEFAULT else [f"session {entry.session}"]
    # Without a response, the client sees neither.
    is_seen = notes.fault not in SILENT
    if notes.message and is_seen:
        remarks.append(notes.message)
    if notes.source == "upstream":
        remarks.append("forwarded")
        remarks += [str(one) for one in (*notes.deviations[:1], *notes.differences[:1])]
    if notes.forced:
        remarks.append(f"by {notes.forced}")
    if notes.undeclared and is_seen:
        remarks.append(f"undeclared: the document does not declare {response.status} here")
    return remarks


def _json(request: RawRequest, handled: HandledRequest, took_ms: float) -> str:
    (status, _, _, notes, _), entry = handled.response, handled.entry
    is_seen = notes.fault not in SILENT
    facts = {
        "at": rfc3339(datetime.now(UTC)),
        "method": request.method,
        "target": request.target,
        "status": status if is_seen else None,
        "ms": round(took_ms, 1),
        "operation": (entry.operation_id or None) if entry else None,
        "session": entry.session if entry else None,
        "violations": [violation._asdict() for violation in notes.violations[:_MOST_VIOLATIONS]],
        "message": (notes.message or None) if is_seen else None,
        "fault": notes.fault.value if notes.fault else None,
        "forced_by": notes.forced or None,
        "delay_ms": notes.delay_ms or None,
        "undeclared": (notes.undeclared or None) if is_seen else None,
        "source": notes.source or None,
        "deviations": [str(one) for one in notes.deviations[:_MOST_VIOLATIONS]],
        "differences": list(notes.differences[:_MOST_VIOLATIONS]),
    }
    return json.dumps({name: value for name, value in facts.items() if value not in (None, [])})
