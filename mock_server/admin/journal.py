"""/__mock/requests: the journal, and the check for the requests that a test expects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, current_app, request

from mock_server.admin.blueprint import AdminContext, AdminError, body_of, compiled, json_response
from mock_server.admin.live_requests import JournalFeed, last_event_id, streamed
from mock_server.admin.rules import checked_match, operation_of
from mock_server.admin.upstream import shown_deviation
from mock_server.clock import rfc3339
from mock_server.http.parameters import decode, pairs
from mock_server.http.redaction import credentials, headers_without_secrets, query_without_secrets, without_secrets
from mock_server.sessions.journal import LONGEST_BODY_BYTES, Entry, Filter
from mock_server.sessions.rules import PARTS, RequestValues, fits
from mock_server.sessions.session import Session
from mock_server.settings.settings import read_time
from openapi.json_value import JsonValue
from openapi.strict_json import check_depth

_QUERY = ("operation", "status", "invalid", "text", "since", "session", "limit")
_MOST_NEAR = 5
_REDACTED = ("query", "headers", "response")
_UNENCODED_PLUS = re.compile(r"=\+[0-9]")
_STATUS = re.compile(r"[1-5]([0-9]{2}|[xX]{2})")
_VERIFY = compiled(
    operationId={"type": "string"},
    match={
        "type": "object",
        "additionalProperties": False,
        "properties": {part: {"type": "object"} for part in PARTS},
    },
    status={"type": "integer", "minimum": 100, "maximum": 599},
    count={"type": "integer", "minimum": 0},
    at_least={"type": "integer", "minimum": 0},
    at_most={"type": "integer", "minimum": 0},
)


def add_requests(blueprint: Blueprint, context: AdminContext) -> None:
    """Add the views of the journal."""

    @blueprint.get("/requests")
    def list_requests() -> Response:
        total, entries = selected_entries(context, request.args)
        return json_response({"total": total, "requests": [shown(entry, context.tokens) for entry in entries]})

    @blueprint.delete("/requests")
    def clear_requests() -> Response:
        session = context.session
        count = len(session.journal)
        session.journal.clear()
        return json_response({"deleted": count})

    _add_single_requests(blueprint, context)
    _add_verification(blueprint, context)


def _add_single_requests(blueprint: Blueprint, context: AdminContext) -> None:
    @blueprint.get("/requests/stream")
    def stream_requests() -> Response:
        session, wanted = context.session.name, read_filter(context, request.args)
        if wanted.after is None:
            wanted = replace(wanted, after=last_event_id())
        return streamed(
            JournalFeed(
                lambda: context.mock.sessions.get(session).journal,
                wanted,
                lambda entries: "\n".join(json.dumps(shown(entry, context.tokens)) for entry in reversed(entries)),
            )
        )

    @blueprint.get("/requests/<int:number>")
    def show_request(number: int) -> Response:
        return json_response(shown(found_entry(context, number), context.tokens))

    @blueprint.post("/requests/<int:number>/repeat")
    def repeat_request(number: int) -> Response:
        return json_response({"status": _repeated(found_entry(context, number))})


def _add_verification(blueprint: Blueprint, context: AdminContext) -> None:
    @blueprint.post("/requests/verify")
    def verify() -> Response:
        body, session = body_of(_VERIFY), context.session
        operation = operation_of(context.mock.contract, body.get("operationId"))
        match = checked_match(operation, body.get("match", {}))
        status = str(body["status"]) if "status" in body else None
        entries = list(session.journal.newest_first(Filter(operation.id)))
        found = [
            entry for entry in entries if Filter(status=status).keeps(entry) and fits(match, facts_of(entry, match))
        ]
        least, most = _bounds(body)
        if least <= len(found) and (most is None or len(found) <= most):
            return json_response({"verified": True, "count": len(found)})
        near = found or entries
        message = f"Expected {operation.id} {_wanted(least, most)} in this way, got it {_times(len(found))}."
        raise AdminError(
            409,
            message,
            (),
            verified=False,
            count=len(found),
            near=[shown(entry, context.tokens) for entry in near[:_MOST_NEAR]],
        )


def selected_entries(context: AdminContext, args: Mapping[str, str]) -> tuple[int, list[Entry]]:
    """How many entries the query `args` selects, and those within its limit, newest first. Raises AdminError."""
    wanted, limit = read_filter(context, args), _limit(args.get("limit"))
    entries = [entry for session in _sessions(context) for entry in session.journal.newest_first(wanted)]
    if args.get("session") == "*":
        entries.sort(key=lambda entry: entry.at, reverse=True)
    return len(entries), entries[:limit]


def _sessions(context: AdminContext) -> list[Session]:
    name = request.args.get("session")
    if name is None:
        return [context.session]
    sessions = context.mock.sessions.all()
    found = [session for session in sessions if name in (session.name, "*")]
    if not found:
        raise AdminError(404, f"Unknown session {name!r}; GET /__mock/sessions lists them.")
    return found


def found_entry(context: AdminContext, number: int) -> Entry:
    """The session's entry with this number. Raises AdminError."""
    entry = context.session.journal.find(number)
    if entry is None:
        raise AdminError(404, f"Unknown request {number} in the journal of session {context.session.name}.")
    return entry


def _repeated(entry: Entry) -> int:
    """Send the request of `entry` again. Returns the status of the response. Raises AdminError."""
    if entry.body is None or len(entry.body) >= LONGEST_BODY_BYTES:
        raise AdminError(409, f"The body of request {entry.number} was too long to keep, so it can't be sent again.")
    headers = [(name, value) for name, value in entry.fields if name not in ("content-length", "x-mock-session")]
    response = current_app.test_client().open(
        quote(entry.path, safe="/%"),
        method=entry.method,
        query_string=entry.query,
        headers=[*headers, ("X-Mock-Session", entry.session)],
        data=entry.body,
    )
    return response.status_code


def read_filter(context: AdminContext, args: Mapping[str, str]) -> Filter:
    """The filter in the query `args`. Raises AdminError."""
    unknown = sorted(set(args) - set(_QUERY))
    if unknown:
        raise AdminError(400, f"Unknown query parameter {unknown[0]}; use {', '.join(_QUERY)}.")
    operation, status, invalid = args.get("operation"), args.get("status"), args.get("invalid")
    if operation is not None:
        operation_of(context.mock.contract, operation)
    if status is not None and not _STATUS.fullmatch(status):
        raise AdminError(400, f"status: invalid status {status!r}; use one such as 409, or a class such as 4XX.")
    if invalid not in (None, "true", "false"):
        raise AdminError(400, f"invalid: {invalid!r} is not a boolean; use true or false.")
    since, text = args.get("since"), args.get("text")
    if since is not None and since.isdecimal():
        return Filter(operation, status, _truth(invalid), after=int(since), text=text)
    try:
        # In a query + is a space.
        start = None if since is None else read_time(since.replace(" ", "+"))
    except ValueError as error:
        raise AdminError(400, f"since: {error}, or the number of a request.") from None
    return Filter(operation, status, _truth(invalid), since=start, text=text)


def _truth(text: str | None) -> bool | None:
    return None if text is None else text == "true"


def _limit(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise AdminError(400, f"limit: invalid number {text!r}.")
    return int(text)


def _bounds(body: Mapping[str, Any]) -> tuple[int, int | None]:
    """The least and the most (None: no limit) matching requests; by default at least one."""
    if "count" in body:
        if "at_least" in body or "at_most" in body:
            raise AdminError(400, "/count: use either count, or at_least and at_most.")
        return body["count"], body["count"]
    least = body.get("at_least", 0 if "at_most" in body else 1)
    return least, body.get("at_most")


def _wanted(least: int, most: int | None) -> str:
    if least == most:
        return _times(least)
    if most is None:
        return f"at least {_times(least)}"
    return f"{least} to {_times(most)}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def facts_of(entry: Entry, match: Mapping[str, Any]) -> RequestValues:
    """The values of the request of `entry` that `match` needs."""
    return RequestValues(
        entry.path_values,
        dict(_query_texts(entry.query)) if "query" in match else {},
        dict(entry.fields),
        _body(entry) if "body" in match else None,
    )


def _query_texts(query: str) -> Iterator[tuple[str, str]]:
    for name, text in pairs(query):
        try:
            yield name, decode(text)
        except ValueError:
            yield name, text


def _body(entry: Entry) -> JsonValue:
    """The body's JSON value; its text if it is not JSON; None if it is empty."""
    return _value(entry.body) if entry.body else None


def _value(data: bytes) -> JsonValue:
    text = data.decode(errors="replace")
    try:
        check_depth(text)  # Redaction and json are recursive.
        return json.loads(text)
    except ValueError:
        return text


def shown(entry: Entry, tokens: Sequence[str]) -> dict[str, JsonValue]:
    """An entry as /__mock/ shows it, without `tokens`, the request's credentials, and what is named like a secret."""
    notes, secrets = entry.notes, [*tokens, *credentials(entry.fields)]
    facts: dict[str, JsonValue] = {
        "number": entry.number,
        "at": rfc3339(entry.at),
        "session": entry.session,
        "operationId": entry.operation_id or None,
        "method": entry.method,
        "path": entry.path,
        "query": query_without_secrets(entry.query, secrets) or None,
        "headers": headers_without_secrets(entry.fields, secrets),
        "body": _body(entry),
        "status": entry.status,
        "response": _shown_response(entry, secrets),
        "violations": [{"in": one.location, "path": one.path, "message": one.message} for one in notes.violations],
        "message": notes.message or None,
        "forcedBy": notes.forced or None,
        "fault": notes.fault.value if notes.fault else None,
        "delay_ms": notes.delay_ms or None,
        "undeclared": notes.undeclared or None,
        "source": notes.source or None,
        "deviations": [shown_deviation(one) for one in notes.deviations],
        "differences": list(notes.differences),
        "hint": _hint(entry),
    }
    said = {name: value for name, value in facts.items() if value not in (None, [])}
    return {name: value if name in _REDACTED else without_secrets(value, secrets) for name, value in said.items()}


def _shown_response(entry: Entry, secrets: Sequence[str]) -> dict[str, JsonValue]:
    headers, body = entry.response.headers, entry.response_body
    facts: dict[str, JsonValue] = {
        "headers": headers_without_secrets(headers, secrets),
        "length": entry.response_length,
    }
    if body:
        facts["body"] = without_secrets(_value(body), secrets)
    return facts


def _hint(entry: Entry) -> str | None:
    """A suggestion of what was meant."""
    if not entry.operation_id:
        return entry.notes.message or None
    if _UNENCODED_PLUS.search(entry.query):
        return "In a query + is a space; use %2B to search for a number."
    return None
