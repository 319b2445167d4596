"""The page of requests: the live journal, and each request with its response."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import NamedTuple
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, request

from mock_server.admin.journal import found_entry, read_filter, shown
from mock_server.admin.live_requests import JournalFeed, last_event_id, streamed
from mock_server.clock import rfc3339
from mock_server.http.faults import SILENT
from mock_server.http.messages import ResponseNotes
from mock_server.http.redaction import credentials, query_without_secrets, without_secret_values
from mock_server.page.rendering import Renderer, api, pretty
from mock_server.sessions.journal import Entry
from mock_server.sessions.session import DEFAULT
from openapi.json_value import JsonValue, as_text
from openapi.wording import counted

_ROWS = 200
_NOT_IN_CURL = re.compile(r"host|content-length|connection|accept-encoding|transfer-encoding|sec-.*|x-mock-session")


class RequestRow(NamedTuple):
    """A request in the table. `notes` say briefly what was special about it.

    `status` is None if the connection was broken, so that the client saw none.
    """

    number: int
    time: str
    method: str
    target: str
    operation: str
    status: int | None
    notes: list[tuple[str, str]]
    message: str


class Message(NamedTuple):
    """A request or a response for people: its header fields, and its body, formatted if it is JSON."""

    headers: dict[str, str]
    body: str
    note: str


def add_requests_page(blueprint: Blueprint, renderer: Renderer) -> None:
    """Add the page of requests."""
    context = renderer.context

    @blueprint.get("/page/requests")
    def show_requests() -> Response:
        session = context.session
        chosen = {name: text for name, text in request.args.items() if text}
        wanted = read_filter(context, chosen)
        newest = session.journal.last_number
        rows = [_row(entry, context.tokens) for entry in islice(session.journal.newest_first(wanted), _ROWS)]
        return renderer.page(
            "requests.html",
            "requests",
            rows=rows,
            are_new=False,
            chosen=chosen,
            stream=f"page/requests/stream?{urlencode({**chosen, 'since': newest})}",
            operations=list(context.mock.contract.operations.values()),
            first=next(iter(context.mock.contract.operations.values()), None),
            root=request.host_url.rstrip("/") + request.script_root + context.mock.contract.base_path,
            is_kept=session.journal.is_kept,
        )

    @blueprint.get("/page/requests/stream")
    def stream_rows() -> Response:
        session, wanted = context.session.name, read_filter(context, request.args)
        again = last_event_id()
        if again is not None:
            wanted = replace(wanted, after=again)
        return streamed(
            JournalFeed(
                lambda: context.mock.sessions.get(session).journal,
                wanted,
                partial(_rows, renderer, api("")),
            )
        )

    @blueprint.get("/page/requests/<int:number>")
    def show_request_detail(number: int) -> Response:
        entry = found_entry(context, number)
        facts = shown(entry, context.tokens)
        return renderer.part(
            "request.html",
            row=_row(entry, context.tokens),
            facts=facts,
            sent=_sent(entry, facts),
            received=_received(entry, facts["response"]),
            curl=_curl(entry, facts),
        )


def _rows(renderer: Renderer, root: str, entries: Sequence[Entry]) -> str:
    # This runs long after the request, so Flask's `request` is not available.
    rows = [_row(entry, renderer.context.tokens) for entry in entries]
    return renderer.text("request_rows.html", rows=rows, are_new=True, api=lambda path: root + path)


def _row(entry: Entry, tokens: Sequence[str]) -> RequestRow:
    notes, secrets = entry.notes, [*tokens, *credentials(entry.fields)]
    words: list[tuple[str, str]] = []
    if notes.violations:
        count = len(notes.violations)
        words.append(("warn", counted(count, "violation")))
    words += _of_service(notes)
    if notes.fault:
        words.append(("bad", notes.fault.value))
    if notes.forced:
        words.append(("", f"by {notes.forced}"))
    if notes.delay_ms:
        words.append(("", f"{notes.delay_ms} ms late"))
    is_seen = notes.fault not in SILENT
    if notes.undeclared and is_seen:
        words.append(("warn", "undeclared"))
    target = query_without_secrets(f"{entry.path}?{entry.query}" if entry.query else entry.path, secrets)
    message = without_secret_values(notes.message, secrets) if is_seen else ""
    time = rfc3339(entry.at)[11:-1]
    status = entry.status if is_seen else None
    return RequestRow(entry.number, time, entry.method, target, entry.operation_id, status, words, message)


def _of_service(notes: ResponseNotes) -> list[tuple[str, str]]:
    """Notes about a request that the upstream service has answered."""
    words = [("", "forwarded")] if notes.source == "upstream" else []
    for name, found in (("deviation", notes.deviations), ("difference", notes.differences)):
        if found:
            words.append(("warn", counted(len(found), name)))
    return words


def _sent(entry: Entry, facts: dict[str, JsonValue]) -> Message:
    note = "The body was too long to be read." if entry.body is None else _cut(len(entry.body or b""), None)
    return Message(facts["headers"], _text(facts.get("body")), note)


def _received(entry: Entry, facts: JsonValue) -> Message:
    if entry.notes.fault in SILENT:
        return Message({}, "", "The client got no response: the connection was broken.")
    note = _cut(len(entry.response_body), entry.response_length)
    return Message(facts["headers"], _text(facts.get("body")), note)


def _cut(kept: int, length: int | None) -> str:
    if length is None or kept == length:
        return ""
    return f"The first {kept:,} of {length:,} bytes."


def _text(body: JsonValue) -> str:
    if body is None:
        return ""
    return body if isinstance(body, str) else pretty(body)


def _curl(entry: Entry, facts: dict[str, JsonValue]) -> str:
    """The curl command that sends the request again, with a shell variable in place of secrets."""
    url = request.host_url.rstrip("/") + quote(facts["path"], safe="/%:@!$&'()*+,;=~")
    words = ["curl", "-i"] if entry.method == "GET" else ["curl", "-i", "-X", entry.method]
    words.append(shlex.quote(f"{url}?{facts['query']}" if "query" in facts else url))
    words += _curl_headers(facts["headers"].items(), entry.session)
    if entry.body:
        body = facts.get("body")
        text = as_text(body)
        words.append(f"--data-raw {shlex.quote(text)}")
    return " ".join(words)


def _curl_headers(headers: Iterable[tuple[str, str]], session: str) -> list[str]:
    words = []
    for name, text in headers:
        if _NOT_IN_CURL.fullmatch(name):
            continue
        if text.endswith("***"):
            words.append(f'-H "{name}: {text.removesuffix("***")}$SECRET"')
        else:
            words.append(f"-H {shlex.quote(f'{name}: {text}')}")
    if session != DEFAULT:
        words.append(f"-H {shlex.quote(f'X-Mock-Session: {session}')}")
    return words
