"""Which session a WSGI request belongs to, and its entry in the session's journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mock_server.errors import RefusedError
from mock_server.journal import LONGEST_BODY_BYTES, Entry, Fields
from mock_server.messages import NOTHING, Aside, Reply, Violation
from mock_server.mock import Mock
from mock_server.session import Session, SessionNameError
from openapi.contract import Refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

ASIDE = "mock_server.aside"
"""Where an environment holds the Aside of the answer that was given."""

NOTED = "mock_server.noted"
"""Where an environment holds the entry that was written down."""

FIELDS = "mock_server.fields"
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
    """The session that a request names, or the default one. Raises RefusedError where it is no name."""
    name = environ.get(SESSION_HEADER)
    if name is None:
        return mock.sessions.default
    try:
        return mock.sessions.get(name)
    except SessionNameError as error:
        violation = Violation("header", "X-Mock-Session", str(error))
        raise RefusedError(Refusal.INVALID, f"{error}.", [violation]) from None


def note(
    session: Session,
    environ: WSGIEnvironment,
    operation_id: str,
    path_values: dict[str, str],
    body: bytes | None,
    reply: Reply,
) -> None:
    """Write a request and what became of it into the session's journal."""
    journal = session.journal
    if not journal.is_kept:
        return
    path: str = environ["PATH_INFO"]
    entry = environ[NOTED] = Entry(
        journal.next_number(),
        session.clock.now(),
        session.name,
        environ["REQUEST_METHOD"],
        path if path.isascii() else path.encode("latin-1").decode(errors="replace"),
        environ["QUERY_STRING"],
        environ.get(FIELDS) or _fields(environ),
        body if body is None or len(body) <= LONGEST_BODY_BYTES else body[:LONGEST_BODY_BYTES],
        operation_id,
        path_values,
        reply.status,
        reply.aside,
    )
    journal.add(entry)


def _fields(environ: WSGIEnvironment) -> Fields:
    names = [name for name in environ if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")]
    return [(name.removeprefix("HTTP_").replace("_", "-").lower(), environ[name]) for name in names]


def aside_of(environ: WSGIEnvironment) -> Aside:
    """What is to be known of the answer that was given to a request."""
    aside: Aside = environ.get(ASIDE, NOTHING)
    return aside
