"""/__mock/rules: responses for coming requests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response

from mock_server.admin.access import MOST_ADMIN_BYTES
from mock_server.admin.blueprint import AdminContext, AdminError, body_of, compiled, json_response
from mock_server.http.faults import SPOILS, Fault
from mock_server.mock import Mock
from mock_server.operations.declared_responses import UndeclaredResponseError
from mock_server.operations.prefer_header import LOWEST_STATUS
from mock_server.sessions.rules import PARTS, Match, Rule
from mock_server.sessions.session import Session
from mock_server.settings.session_settings import LONGEST_DELAY_MS, Delay, read_delay
from openapi.contract import Contract
from openapi.document.node import suggestion
from openapi.json_value import JsonValue
from openapi.model.http import Operation

MOST_RULES = 1000
"""The limit of rules per session."""

MOST_RULE_BYTES = 64 * 1024 * 1024
"""The limit of rules in all sessions together."""

_MATCH = {
    "type": "object",
    "additionalProperties": False,
    "properties": {part: {"type": "object"} for part in PARTS},
}
_RULE = compiled(
    operationId={"type": "string"},
    match=_MATCH,
    status={"type": "integer", "minimum": LOWEST_STATUS, "maximum": 599},
    example={"type": "string"},
    body={},
    headers={
        "type": "object",
        "propertyNames": {"pattern": r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"},
        "additionalProperties": {"type": "string", "pattern": r"^[\t\x20-\x7e\x80-\xff]*$"},
    },
    fault={"type": "string", "enum": [fault.value for fault in Fault]},
    delay_ms={"type": ["integer", "string"], "minimum": 0, "maximum": LONGEST_DELAY_MS},
    times={"type": "integer", "minimum": 1},
    probability={"type": "number", "minimum": 0, "maximum": 1},
    enabled={"type": "boolean"},
)


def add_rules(blueprint: Blueprint, context: AdminContext) -> None:
    """Add the views of rules."""
    mock = context.mock

    @blueprint.get("/rules")
    def list_rules() -> Response:
        return json_response({"rules": [shown(rule) for rule in context.session.rules.all()]})

    @blueprint.post("/rules")
    def add_rule() -> Response:
        session = context.session
        if len(session.rules.all()) >= MOST_RULES:
            raise AdminError(409, f"There are already {MOST_RULES} rules; delete some first.")
        _check_size(mock)
        rule = replace(_read_rule(mock, 0, body_of(_RULE)), id=session.rules.next_id())
        session.rules.put(rule)
        session.update_fast_path()
        return json_response(shown(rule), 201)

    @blueprint.delete("/rules")
    def clear_rules() -> Response:
        session = context.session
        count = len(session.rules.all())
        session.rules.clear()
        session.update_fast_path()
        return json_response({"deleted": count})

    _add_single_rules(blueprint, context)


def _add_single_rules(blueprint: Blueprint, context: AdminContext) -> None:
    mock = context.mock

    @blueprint.get("/rules/<int:rule_id>")
    def show_rule(rule_id: int) -> Response:
        return json_response(shown(found_rule(context.session, rule_id)))

    @blueprint.put("/rules/<int:rule_id>")
    def replace_rule(rule_id: int) -> Response:
        session = context.session
        found_rule(session, rule_id)
        _check_size(mock)
        return _changed(session, _read_rule(mock, rule_id, body_of(_RULE)))

    @blueprint.patch("/rules/<int:rule_id>")
    def change_rule(rule_id: int) -> Response:
        session = context.session
        body = {**shown(found_rule(session, rule_id)), **body_of(_RULE)}
        del body["id"]
        return _changed(session, _read_rule(mock, rule_id, body))

    @blueprint.delete("/rules/<int:rule_id>")
    def remove_rule(rule_id: int) -> Response:
        session = context.session
        found_rule(session, rule_id)
        _check_size(mock)
        session.rules.remove(rule_id)
        session.update_fast_path()
        return json_response({"deleted": rule_id})


def found_rule(session: Session, rule_id: int) -> Rule:
    """The rule with `rule_id`. Raises AdminError."""
    rule = session.rules.get(rule_id)
    if rule is None:
        ids = ", ".join(str(rule.id) for rule in session.rules.all())
        raise AdminError(404, f"Unknown rule {rule_id} in session {session.name}; there is {ids or 'none'}.")
    return rule


def _changed(session: Session, rule: Rule) -> Response:
    session.rules.put(rule)
    session.update_fast_path()
    return json_response(shown(rule))


def _read_rule(mock: Mock, rule_id: int, body: dict[str, Any]) -> Rule:
    """The rule in `body`. Raises AdminError."""
    operation = operation_of(mock.contract, body.get("operationId"))
    _check_action(body)
    status, example = body.get("status"), body.get("example")
    if (status is not None or example is not None) and "body" not in body:
        try:
            mock.handlers.declared[operation.id].forced(status, example)
        except UndeclaredResponseError as error:
            problem = {"path": "/status" if example is None else "/example", "message": str(error)}
            raise AdminError(400, f"{error}.", [problem], declared=list(operation.responses)) from None
    return Rule(
        id=rule_id,
        operation_id=operation.id,
        match=checked_match(operation, body.get("match", {})),
        status=status,
        example=example,
        fault=Fault(body["fault"]) if "fault" in body else None,
        delay=_delay(body.get("delay_ms")),
        times=body.get("times"),
        probability=body.get("probability", 1),
        body=(body["body"],) if "body" in body else None,
        headers=body.get("headers", {}),
        enabled=body.get("enabled", True),
    )


def operation_of(contract: Contract, name: str | None) -> Operation:
    """The operation called `name`. Raises AdminError."""
    if name is None:
        raise AdminError(400, f"/operationId: is required; use {', '.join(contract.operations)}.")
    if name not in contract.operations:
        raise AdminError(400, f"/operationId: unknown operation {name!r}; {suggestion(name, contract.operations)}.")
    return contract.operations[name]


def checked_match(operation: Operation, match: Match) -> Match:
    """`match`, if it names only what a request to `operation` can contain. Raises AdminError."""
    for part, wanted in match.items():
        known = _known(operation, part)
        for name in wanted:
            if known is not None and name not in known:
                advice = suggestion(name, known)
                path, message = f"/match/{part}/{name}", f"{operation.id} has no {part} {name!r}; {advice}"
                raise AdminError(400, f"{path}: {message}.", [{"path": path, "message": message}])
    return match


def _known(operation: Operation, part: str) -> list[str] | None:
    """The names in a part of the requests to `operation`; None if any are possible."""
    if part == "header":
        return None
    if part != "body":
        return [parameter.name for parameter in operation.parameters if parameter.location == part]
    media_type = next(iter(operation.body.content.values())) if operation.body else None
    if media_type is None:
        return []
    properties = media_type.schema.node.get("properties") if media_type.schema else None
    return list(properties) if properties else None


def shown(rule: Rule) -> dict[str, JsonValue]:
    """A rule as /__mock/ shows it."""
    facts: dict[str, Any] = {
        "id": rule.id,
        "operationId": rule.operation_id,
        "match": rule.match or None,
        "status": rule.status,
        "example": rule.example,
        "fault": rule.fault.value if rule.fault else None,
        "delay_ms": str(rule.delay) if rule.delay else None,
        "times": rule.times,
        "probability": rule.probability if rule.probability < 1 else None,
        "headers": dict(rule.headers) or None,
        "enabled": None if rule.enabled else False,
    }
    given = {name: value for name, value in facts.items() if value is not None}
    return {**given, "body": rule.body[0]} if rule.body is not None else given


def _check_size(mock: Mock) -> None:
    """Raise AdminError if the rules of all sessions are too large, with the largest rule that this request may add."""
    if sum(session.rules.size for session in mock.sessions.all()) + MOST_ADMIN_BYTES > MOST_RULE_BYTES:
        raise AdminError(409, f"The rules of all sessions have {MOST_RULE_BYTES} bytes at most; delete some first.")


def _check_action(body: dict[str, Any]) -> None:
    if not {"status", "example", "headers", "fault", "delay_ms"} & set(body):
        raise AdminError(400, "The rule does nothing; add status, example, headers, fault or delay_ms.")
    if "body" in body and ("status" not in body or "example" in body):
        problem = {"path": "/body", "message": "needs a status, and no example"}
        raise AdminError(400, "/body: needs a status, and no example.", [problem])
    if "fault" in body and Fault(body["fault"]) not in SPOILS and {"status", "example", "body"} & set(body):
        message = f"{body['fault']} sends no response; leave out status and example"
        raise AdminError(400, f"/fault: {message}.", [{"path": "/fault", "message": message}])


def _delay(value: int | str | None) -> Delay | None:
    if value is None:
        return None
    try:
        return read_delay(str(value))
    except ValueError as error:
        raise AdminError(400, f"/delay_ms: {error}.", [{"path": "/delay_ms", "message": str(error)}]) from None
