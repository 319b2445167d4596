"""Which session a WSGI request belongs to, and its entry in the session's journal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mock_server.http.errors import RefusedError
from mock_server.http.messages import NOTHING, HttpResponse, ResponseNotes, Violation
from mock_server.mock import Mock
from mock_server.sessions.journal import LONGEST_BODY_BYTES, Asked, Entry, Fields
from mock_server.sessions.session import Session, SessionNameError
from openapi.contract import Refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

ASIDE = "mock_server.aside"
"""Where an environment holds the Aside of the answer that was given."""

NOTED = "mock_server.noted"
"""Where an environment holds the entry that was written down, or None."""

RAISED = "mock_server.raised"
"""Where an environment holds the error that the operation has raised already."""

FIELDS = "mock_server.records.field_rules"
"""Where a server of ours leaves the header fields as they came."""

SESSION_HEADER = "HTTP_X_MOCK_SESSION"
_PREFIX = "/__s/"


def leave_prefix(environ: WSGIEnvironment) -> None:
    """Where the path begins with /__s/NAME: go on with the rest of the path, in that session."""
    name, slash, rest = environ["PATH_INFO"].removeprefix(_PREFIX).partition("/")
    environ["SCRIPT_NAME"] += _PREFIX + name
    environ["PATH_INFO"] = slash + rest or "/"
    environ[SESSION_HEADER] = name


def session_of(mock: Mock, environ: WSGIEnvironment) -> Session:
    """The session that a WSGI request names, or the default one. Raises RefusedError where it is no name."""
    return session_named(mock, environ.get(SESSION_HEADER))


def session_named(mock: Mock, name: str | None) -> Session:
    """The session `name`; None is the default one. Raises RefusedError where it is no name."""
    if name is None:
        return mock.sessions.default
    try:
        return mock.sessions.get(name)
    except SessionNameError as error:
        violation = Violation("header", "X-Mock-Session", str(error))
        raise RefusedError(Refusal.INVALID, f"{error}.", [violation]) from None


def asked_of(environ: WSGIEnvironment, body: bytes | None) -> Asked:
    """What a WSGI request asks for."""
    path: str = environ["PATH_INFO"]
    return Asked(
        environ["REQUEST_METHOD"],
        path if path.isascii() else path.encode("latin-1").decode(errors="replace"),
        environ["QUERY_STRING"],
        environ.get(FIELDS) or _fields(environ),
        body,
    )


def note(
    session: Session, asked: Asked, operation_id: str, path_values: Mapping[str, str], reply: HttpResponse
) -> Entry | None:
    """Write a request and what became of it into the session's journal. Returns the entry, if there is one."""
    journal = session.journal
    if not journal.is_kept:
        return None
    body = asked.body
    if body is not None and len(body) > LONGEST_BODY_BYTES:
        asked = asked._replace(body=body[:LONGEST_BODY_BYTES])
    entry = Entry(
        journal.next_number(),
        session.clock.now(),
        session.name,
        *asked,
        operation_id,
        path_values,
        reply.status,
        reply.aside,
    )
    journal.add(entry)
    return entry


def _fields(environ: WSGIEnvironment) -> Fields:
    names = [name for name in environ if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")]
    return [(name.removeprefix("HTTP_").replace("_", "-").lower(), environ[name]) for name in names]


def aside_of(environ: WSGIEnvironment) -> ResponseNotes:
    """What is to be known of the answer that was given to a request."""
    aside: ResponseNotes = environ.get(ASIDE, NOTHING)
    return aside
