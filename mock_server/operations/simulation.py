"""Simulates a slow or broken network, applies rules, and forces responses."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import NamedTuple

from mock_server.http.errors import ErrorWriter, RefusedError, in_a_sentence, invalid
from mock_server.http.faults import SPOILS, Fault
from mock_server.http.messages import HttpRequest, HttpResponse, ResponseNotes, Violation
from mock_server.http.validation import Reader, Values
from mock_server.operations.declared_responses import UNDECLARED_HEADER, DeclaredResponses, UndeclaredResponseError
from mock_server.operations.prefer_header import Preferences, read_preferences, without_preferences
from mock_server.records.state import State
from mock_server.sessions.rules import RequestValues, Rule
from mock_server.sessions.session import Session
from mock_server.settings.session_settings import Quota, Strictness, network_conditions
from openapi.model.http import Operation
from openapi.model.refusals import Refusal
from openapi.wording import counted

VIOLATIONS_HEADER = "X-Mock-Violations"
"""The header that lists the violations of a request that was carried out anyway."""

_LONGEST_HEADER = 4000
_RETRY_AFTER_S = 1


class Pipeline(NamedTuple):
    """The pipeline of an ordinary request to one operation. `admit` is None if it admits all requests."""

    admit: Callable[[HttpRequest], None] | None
    reader: Reader
    act: Callable[[State, Values], HttpResponse]
    refuse: Callable[[RefusedError], HttpResponse]


class Simulation:
    """Answers the requests to one operation as the session's settings and rules demand."""

    def __init__(
        self, operation: Operation, pipeline: Pipeline, declared: DeclaredResponses, errors: ErrorWriter
    ) -> None:
        self._operation = operation
        self._pipeline = pipeline
        self._declared = declared
        self._errors = errors

    def handle(self, session: Session, request: HttpRequest) -> HttpResponse:
        """The response to `request`, with its delay and fault."""
        quota = session.settings.profile_of(self._operation.id).quota
        over = quota is not None and session.is_over(quota)
        delay_ms, fault = network_conditions(session.settings, self._operation.id, over, session.chance)
        if fault is not None and fault not in SPOILS:
            response = self._failed(fault, _retry_after_s(session, quota), "the profile")
        else:
            response = self._respond(session, request)
        return _late(response, delay_ms, fault)

    def _respond(self, session: Session, request: HttpRequest) -> HttpResponse:
        pipeline, found = self._pipeline, list[Violation]()
        try:
            if pipeline.admit is not None:
                pipeline.admit(request)
            preferences = self._preferences(request) if request.has_preferences else None
            if preferences is not None:
                request = request._replace(query=without_preferences(request.query))
            values: Values | None
            if preferences is not None and preferences.forces and self._is_error(preferences):
                values = None  # A forced error does not require a valid request.
            elif session.settings.strictness is Strictness.STRICT:
                values = pipeline.reader.strictly(request)
            else:
                values, found = pipeline.reader.leniently(request)
            response = self._decided(session, request, values, preferences)
        except RefusedError as refused:
            response = pipeline.refuse(refused)
        return _warned(response, found) if session.settings.strictness is Strictness.WARN else response

    def _is_error(self, preferences: Preferences) -> bool:
        return self._declared.forced(preferences.code, preferences.example).status >= 400

    def _preferences(self, request: HttpRequest) -> Preferences:
        """The preferences of the request. Raises RefusedError if they can't be applied."""
        violations: list[Violation] = []
        preferences = read_preferences(request, violations)
        if not violations and preferences.forces:
            try:
                self._declared.forced(preferences.code, preferences.example)
            except UndeclaredResponseError as error:
                violations.append(Violation("header", "Prefer", str(error)))
        if violations:
            refused = invalid(violations)
            refused.status = self._status_of_a_bad_preference()
            raise refused
        return preferences

    def _status_of_a_bad_preference(self) -> int | None:
        """The status for an invalid preference, because some operations don't declare one for invalid requests."""
        statuses = [self._errors.status(refusal) for refusal in (Refusal.INVALID, Refusal.UNKNOWN_RECORD)]
        return next((status for status in statuses if self._operation.response_for(status)), None)

    def _decided(
        self, session: Session, request: HttpRequest, values: Values | None, preferences: Preferences | None
    ) -> HttpResponse:
        delay_ms, applied = (preferences.delay_ms, preferences.applied) if preferences else (0, "")
        if preferences and preferences.forces:
            response = self._forced(preferences.code, preferences.example, "Prefer")
        elif values is None:
            response = self._as_if_well(session, request)
        else:
            rule = self._rule(session, request, values)
            response = self._by_rule(session, values, rule) if rule else self._pipeline.act(session.state, values)
        headers = (*response.headers, ("Preference-Applied", applied)) if applied else response.headers
        return _late(response._replace(headers=headers), delay_ms, None)

    def _as_if_well(self, session: Session, request: HttpRequest) -> HttpResponse:
        """The document's example of success; without one, the request is refused."""
        try:
            return self._declared.respond(int(self._operation.success.status), None)
        except UndeclaredResponseError:
            return self._pipeline.act(session.state, self._pipeline.reader.strictly(request))

    def _rule(self, session: Session, request: HttpRequest, values: Values) -> Rule | None:
        facts = RequestValues(values.path, values.query, request.headers, values.body)
        return session.rules.use(self._operation.id, facts, session.chance)

    def _by_rule(self, session: Session, values: Values, rule: Rule) -> HttpResponse:
        by = f"rule {rule.id}"
        if rule.fault is not None and rule.fault not in SPOILS:
            response = self._failed(rule.fault, _RETRY_AFTER_S, by)
        elif rule.status is not None and rule.body is not None:
            response = marked(self._declared.own(rule.status, rule.body[0], rule.headers), by)
        elif rule.forces:
            response = with_headers(self._forced(rule.status, rule.example, by), rule.headers)
        else:
            response = with_headers(self._pipeline.act(session.state, values), rule.headers)
        return _late(response, rule.delay.drawn(session.chance) if rule.delay else 0, rule.fault)

    def _forced(self, status: int | None, example: str | None, by: str) -> HttpResponse:
        return marked(self._declared.forced(status, example), by)

    def _failed(self, fault: Fault, retry_after_s: int, by: str) -> HttpResponse:
        """The response of a failing service; the client does not see it if the connection breaks."""
        wait = counted(retry_after_s, "second")
        if fault is Fault.TOO_MANY_REQUESTS:
            status, message = self._errors.status(Refusal.RATE), f"Too many requests; try again in {wait}."
        else:
            status, message = 503, f"The service is unavailable; try again in {wait}."
        undeclared = self._operation.response_for(status) is None
        headers = (("Retry-After", str(retry_after_s)), *(((UNDECLARED_HEADER, str(status)),) if undeclared else ()))
        response = self._errors.write(status, message, (), headers)
        return response._replace(notes=ResponseNotes(message=message, forced=by, fault=fault, undeclared=undeclared))


def marked(response: HttpResponse, by: str) -> HttpResponse:
    """`response`, with a note that says what forced it."""
    return response._replace(notes=response.notes._replace(forced=by))


def with_headers(response: HttpResponse, headers: Mapping[str, str]) -> HttpResponse:
    """`response` with `headers` instead of those with the same names."""
    if not headers:
        return response
    names = {name.lower() for name in headers}
    kept = [field for field in response.headers if field[0].lower() not in names]
    return response._replace(headers=(*kept, *headers.items()))


def _retry_after_s(session: Session, quota: Quota | None) -> int:
    return _RETRY_AFTER_S if quota is None else session.rest_of(quota)


def _late(response: HttpResponse, delay_ms: int, fault: Fault | None) -> HttpResponse:
    """`response`, `delay_ms` later, with `fault` unless it already has one."""
    if not delay_ms and fault is None:
        return response
    notes = response.notes
    return response._replace(notes=notes._replace(delay_ms=notes.delay_ms + delay_ms, fault=notes.fault or fault))


def _warned(response: HttpResponse, violations: list[Violation]) -> HttpResponse:
    """`response` with the violations in a header."""
    if not violations:
        return response
    listed = [{"in": one.location, "path": one.path, "message": one.message} for one in violations]
    # Header values are ASCII, and clients limit their length.
    text = json.dumps(listed)
    while len(text) > _LONGEST_HEADER:
        listed = listed[: len(listed) // 2]
        text = json.dumps(listed)
    return response._replace(
        headers=(*response.headers, (VIOLATIONS_HEADER, text)),
        notes=response.notes._replace(violations=tuple(violations), message=in_a_sentence(violations)),
    )
