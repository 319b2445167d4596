"""The Flask blueprint of /__mock/, the admin API. docs/mock.md describes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any, TypeAlias

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, RuleFactory

from mock_server.admin.access import ADMIN, MOST_ADMIN_BYTES, NO_TOKEN, PAGE, PAGE_ASSETS, AdminCaller, objection
from mock_server.http.errors import FAILURE
from mock_server.mock import Mock
from mock_server.sessions.session import Session, SessionNameError
from mock_server.stderr import failure_line, print_line
from openapi.json_value import JsonValue
from openapi.schemas import Schema, compile_schema
from openapi.strict_json import NotJsonError, read_json

MOST_PROBLEMS = 100
"""How many problems a response lists."""

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

Problems: TypeAlias = Sequence[Mapping[str, JsonValue]]


class AdminError(Exception):
    """A refused request to /__mock/: the status, a message with advice, and every invalid field."""

    def __init__(self, status: int, message: str, problems: Problems = (), **more: JsonValue) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.problems = problems
        self.more = more


class MissingTokenError(AdminError):
    """A request without the admin token."""


def json_response(value: JsonValue, status: int = 200) -> Response:
    """A JSON response, indented for people."""
    return Response(json.dumps(value, ensure_ascii=False, indent=2) + "\n", status, content_type="application/json")


def error_response(error: AdminError) -> Response:
    """The response for `error`."""
    problems = {"problems": error.problems[:MOST_PROBLEMS]} if error.problems else {}
    return json_response({"error": error.message, **problems, **error.more}, error.status)


def compiled(**properties: JsonValue) -> Schema:
    """The schema of a body: an object with these properties, all optional, and no others."""
    schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return compile_schema({"components": {"schemas": {"body": schema}}}, "/components/schemas/body")


def body_of(schema: Schema) -> dict[str, Any]:
    """The request's body; {} if it is empty. Raises AdminError if it does not match `schema`."""
    data = request.get_data()
    try:
        value = read_json(data) if data.strip() else {}
    except NotJsonError as error:
        found = error.problems[0]
        position = f"line {found.line}, column {found.column}"
        raise AdminError(400, f"Invalid JSON body: {position}: {found.problem}; {found.advice}.") from None
    problems = [{"path": violation.path, "message": violation.message} for violation in schema.violations(value)]
    if problems:
        first = f"{problems[0]['path'] or 'the body'}: {problems[0]['message']}"
        raise AdminError(400, f"{first}.", problems)
    body: dict[str, Any] = value
    return body


class AdminContext:
    """What the views of /__mock/ share: the mock, and the request's session."""

    def __init__(self, mock: Mock) -> None:
        self.mock = mock
        settings = mock.settings
        self.tokens = [token for token in (settings.token, settings.admin_token) if token]

    @property
    def session(self) -> Session:
        """The session that the request names. Raises AdminError."""
        try:
            name = request.headers.get("X-Mock-Session")
            return self.mock.sessions.default if name is None else self.mock.sessions.get(name)
        except SessionNameError as error:
            raise AdminError(400, f"{error}.") from None


class AdminRules(Map):
    """Flask's rules of /__mock/, which are the same in every application.

    Compiling them takes longer than the rest of an application's start, so it is done once.
    """

    def __init__(self) -> None:
        super().__init__(merge_slashes=False)
        self._known: set[tuple[str, str, frozenset[str]]] = set()
        self._lock = Lock()

    def add(self, rulefactory: RuleFactory) -> None:
        """Add a rule, unless an earlier application has added it."""
        for rule in rulefactory.get_rules(self):
            key = (rule.rule, rule.endpoint, frozenset(rule.methods or ()))
            with self._lock:
                if key not in self._known:
                    super().add(rule)
                    self._known.add(key)


ADMIN_RULES = {ui: AdminRules() for ui in (True, False)}
"""The rules, by whether the page is served."""


Parts: TypeAlias = Sequence[Callable[[Blueprint, AdminContext], None]]


def build_admin(mock: Mock, parts: Parts) -> Blueprint:
    """The blueprint of everything under /__mock/; `parts` add their views to it."""
    blueprint, context = Blueprint("mock_admin", __name__, url_prefix=ADMIN.rstrip("/")), AdminContext(mock)
    _add_guard(blueprint, mock)
    _add_errors(blueprint)

    @blueprint.get("/health")
    def health() -> Response:
        contract = mock.contract
        return json_response({"status": "ok", "title": contract.title, "version": contract.version})

    for part in parts:
        part(blueprint, context)
    _add_index(blueprint)
    return blueprint


def _add_guard(blueprint: Blueprint, mock: Mock) -> None:
    @blueprint.before_request
    def guard() -> None:
        request.max_content_length = MOST_ADMIN_BYTES
        if request.path == f"{ADMIN}health":
            return
        if not mock.settings.admin:
            raise AdminError(404, "/__mock/ is off: the mock was started with --no-admin.")
        if request.path.startswith(PAGE_ASSETS):
            return
        headers = request.headers
        caller = AdminCaller(
            request.remote_addr or "",
            request.scheme,
            headers.get("Host"),
            headers.get("Origin"),
            headers.get("Sec-Fetch-Site"),
            headers.get("Authorization"),
        )
        why_not = objection(caller, mock.settings.admin_token, mock.settings.host)
        if why_not is not None:
            raise (MissingTokenError if why_not == NO_TOKEN else AdminError)(403, why_not)


def _add_errors(blueprint: Blueprint) -> None:
    @blueprint.errorhandler(AdminError)
    def refuse(error: AdminError) -> Response:
        return error_response(error)

    @blueprint.errorhandler(Exception)
    def fail(error: Exception) -> Response:
        if isinstance(error, HTTPException):
            return json_response({"error": f"{error.name}: {error.description}"}, error.code or 500)
        print_line(failure_line(request.method, request.path, error))
        return json_response({"error": FAILURE}, 500)


def _add_index(blueprint: Blueprint) -> None:
    rules: list[Map] = []

    @blueprint.record
    def note_rules(state: BlueprintSetupState) -> None:
        rules.append(state.app.url_map)

    @blueprint.get("/")
    def index() -> Response:
        return json_response({"places": _paths(*rules)})

    @blueprint.route("/", defaults={"rest": ""}, methods=_METHODS[1:])
    @blueprint.route("/<path:rest>", methods=_METHODS)
    def elsewhere(rest: str) -> Response:
        raise AdminError(404, f"Unknown path: {request.method} {ADMIN}{rest}.", (), places=_paths(*rules))


def _paths(rules: Map) -> list[str]:
    """The paths under /__mock/, each with its method."""
    named = [one for one in rules.iter_rules() if "<path:rest>" not in one.rule and not one.rule.startswith(PAGE)]
    lines = [f"{method} {rule.rule}" for rule in named for method in rule.methods or () if method in _METHODS]
    return sorted(lines, key=lambda line: line.split()[::-1])
