"""The long way of a request: through a slow or broken network, rules, and answers that are forced."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import NamedTuple

from mock_server.http.errors import ErrorWriter, RefusedError, in_a_sentence, invalid
from mock_server.http.faults import SPOILS, Fault
from mock_server.http.messages import HttpRequest, HttpResponse, ResponseNotes, Violation
from mock_server.http.validation import Reader, Values
from mock_server.operations.declared_responses import UNDECLARED_HEADER, DeclaredAnswers, UndeclaredError
from mock_server.operations.prefer_header import Preferences, read_wishes, without_twins
from mock_server.records.collection import State
from mock_server.sessions.rules import RequestValues, Rule
from mock_server.sessions.session import Session
from mock_server.settings.session_settings import PROFILES, Quota, Strictness, network_conditions
from openapi.contract import JsonValue, Operation, Refusal, Resource, Role

VIOLATIONS_HEADER = "X-Mock-Violations"
"""The header that lists what was wrong with a request that was answered all the same."""

_LONGEST_HEADER = 4000
_RETRY_AFTER_S = 1


class Pipeline(NamedTuple):
    """The stations of the usual way, for one operation."""

    admit: Callable[[HttpRequest], None]
    reader: Reader
    act: Callable[[State, Values], HttpResponse]
    refuse: Callable[[RefusedError], HttpResponse]


class Simulation:
    """Answers the requests to one operation, with all that a session may do to them."""

    def __init__(self, operation: Operation, steps: Pipeline, declared: DeclaredAnswers, errors: ErrorWriter) -> None:
        self._operation = operation
        self._steps = steps
        self._declared = declared
        self._errors = errors

    def handle(self, session: Session, request: HttpRequest) -> HttpResponse:
        """The answer to `request`, with what is to be done to it on its way."""
        quota = PROFILES[session.behaviour.profile].quota if session.behaviour.profile else None
        over = quota is not None and session.is_over(quota)
        delay_ms, fault = network_conditions(session.behaviour, self._operation.id, over, session.chance)
        if fault is not None and fault not in SPOILS:
            reply = self._failed(fault, _retry_after_s(session, quota), "the profile")
        else:
            reply = self._answered(session, request)
        return _late(reply, delay_ms, fault)

    def _answered(self, session: Session, request: HttpRequest) -> HttpResponse:
        steps, found = self._steps, list[Violation]()
        try:
            steps.admit(request)
            wishes = self._wishes(request) if request.wishes else None
            if wishes is not None:
                request = request._replace(query=without_twins(request.query))
            values: Values | None
            if session.behaviour.strictness is Strictness.STRICT:
                values = steps.reader.strictly(request)
            else:
                values, found = steps.reader.leniently(request)
            reply = self._decided(session, request, values, wishes)
        except RefusedError as refused:
            reply = steps.refuse(refused)
        return _warned(reply, found) if session.behaviour.strictness is Strictness.WARN else reply

    def _wishes(self, request: HttpRequest) -> Preferences:
        """What the request wants of its answer. Raises RefusedError where it can't have that."""
        violations: list[Violation] = []
        wishes = read_wishes(request, violations)
        if not violations and (wishes.code is not None or wishes.example is not None):
            try:
                self._declared.forced(wishes.code, wishes.example)
            except UndeclaredError as error:
                violations.append(Violation("header", "Prefer", str(error)))
        if violations:
            refused = invalid(violations)
            refused.status = self._status_of_a_bad_wish()
            raise refused
        return wishes

    def _status_of_a_bad_wish(self) -> int | None:
        """A status that the operation declares: not every one can be refused as invalid."""
        statuses = [self._errors.status(refusal) for refusal in (Refusal.INVALID, Refusal.UNKNOWN_RECORD)]
        return next((status for status in statuses if self._operation.response_for(status)), None)

    def _decided(
        self, session: Session, request: HttpRequest, values: Values | None, wishes: Preferences | None
    ) -> HttpResponse:
        delay_ms, applied = (wishes.delay_ms, wishes.applied) if wishes else (0, "")
        if wishes and (wishes.code is not None or wishes.example is not None):
            reply = self._forced(wishes.code, wishes.example, "Prefer")
        elif values is None:
            reply = self._as_if_well(session, request)
        else:
            rule = self._rule(session, request, values)
            reply = self._by_rule(session, values, rule) if rule else self._steps.act(session.state, values)
        headers = (*reply.headers, ("Preference-Applied", applied)) if applied else reply.headers
        return _late(reply._replace(headers=headers), delay_ms, None)

    def _as_if_well(self, session: Session, request: HttpRequest) -> HttpResponse:
        """The document's example of success; where it has none, the request is refused after all."""
        try:
            return self._declared.reply(int(self._operation.success.status), None)
        except UndeclaredError:
            return self._steps.act(session.state, self._steps.reader.strictly(request))

    def _rule(self, session: Session, request: HttpRequest, values: Values) -> Rule | None:
        facts = RequestValues(values.path, values.query, request.headers, values.body)
        return session.rules.use(self._operation.id, facts, session.chance)

    def _by_rule(self, session: Session, values: Values, rule: Rule) -> HttpResponse:
        by = f"rule {rule.id}"
        if rule.fault is not None and rule.fault not in SPOILS:
            reply = self._failed(rule.fault, _RETRY_AFTER_S, by)
        elif rule.status is not None and rule.body is not None:
            reply = _marked(self._declared.own(rule.status, rule.body[0], rule.headers), by)
        elif rule.forces:
            reply = with_headers(self._forced(rule.status, rule.example, by), rule.headers)
        else:
            reply = with_headers(self._steps.act(session.state, values), rule.headers)
        return _late(reply, rule.delay.drawn(session.chance) if rule.delay else 0, rule.fault)

    def _forced(self, status: int | None, example: str | None, by: str) -> HttpResponse:
        return _marked(self._declared.forced(status, example), by)

    def _failed(self, fault: Fault, retry_after_s: int, by: str) -> HttpResponse:
        """The answer of a service that fails. Of a connection that breaks nobody sees it."""
        wait = f"{retry_after_s} second" + ("" if retry_after_s == 1 else "s")
        if fault is Fault.TOO_MANY_REQUESTS:
            status, message = self._errors.status(Refusal.RATE), f"Too many requests; try again in {wait}."
        else:
            status, message = 503, f"The service is unavailable; try again in {wait}."
        undeclared = self._operation.response_for(status) is None
        headers = (("Retry-After", str(retry_after_s)), *(((UNDECLARED_HEADER, str(status)),) if undeclared else ()))
        reply = self._errors.write(status, message, (), headers)
        return reply._replace(notes=ResponseNotes(message=message, forced=by, fault=fault, undeclared=undeclared))


def with_magic(
    resource: Resource, role: Role, declared: DeclaredAnswers, act: Callable[[State, Values], HttpResponse]
) -> Callable[[State, Values], HttpResponse]:
    """`act`, but for the values that the document declares to give a certain answer (`magic`)."""
    if role is not Role.CREATE or not resource.magic:
        return act
    replies: Mapping[tuple[str, JsonValue], HttpResponse] = {
        (magic.field, value): _magic_reply(declared, status, f"magic {magic.field}")
        for magic in resource.magic
        for value, status in magic.statuses.items()
    }
    fields = tuple(magic.field for magic in resource.magic)

    def act_or_refuse(state: State, values: Values) -> HttpResponse:
        for field in fields:
            value = values.body.get(field)
            if isinstance(value, str) and (field, value) in replies:
                return replies[field, value]
        return act(state, values)

    return act_or_refuse


def _magic_reply(declared: DeclaredAnswers, status: int, by: str) -> HttpResponse:
    return _marked(declared.reply(status, None), by)


def _marked(reply: HttpResponse, by: str) -> HttpResponse:
    return reply._replace(notes=reply.notes._replace(forced=by))


def with_headers(reply: HttpResponse, headers: Mapping[str, str]) -> HttpResponse:
    """`reply` with `headers` in the place of those of the same names."""
    if not headers:
        return reply
    names = {name.lower() for name in headers}
    kept = [field for field in reply.headers if field[0].lower() not in names]
    return reply._replace(headers=(*kept, *headers.items()))


def _retry_after_s(session: Session, quota: Quota | None) -> int:
    return _RETRY_AFTER_S if quota is None else session.rest_of(quota)


def _late(reply: HttpResponse, delay_ms: int, fault: Fault | None) -> HttpResponse:
    """`reply`, so many milliseconds later than it would be, and with a fault if it has none yet."""
    if not delay_ms and fault is None:
        return reply
    notes = reply.notes
    return reply._replace(notes=notes._replace(delay_ms=notes.delay_ms + delay_ms, fault=notes.fault or fault))


def _warned(reply: HttpResponse, violations: list[Violation]) -> HttpResponse:
    """`reply`, with what was wrong with the request all the same."""
    if not violations:
        return reply
    listed = [{"in": one.location, "path": one.path, "message": one.message} for one in violations]
    # A header holds no more than ASCII, and no client takes one of any length.
    text = json.dumps(listed)
    while len(text) > _LONGEST_HEADER:
        listed = listed[: len(listed) // 2]
        text = json.dumps(listed)
    return reply._replace(
        headers=(*reply.headers, (VIOLATIONS_HEADER, text)),
        notes=reply.notes._replace(violations=tuple(violations), message=in_a_sentence(violations)),
    )
