"""/__mock/rules: what requests to come are answered with."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from mock_server.admin.blueprint import AdminContext, AdminError, answer, body_of, compiled
from mock_server.http.faults import SPOILS, Fault
from mock_server.mock import Mock
from mock_server.operations.declared_responses import UndeclaredError
from mock_server.sessions.rules import PARTS, Match, Rule, RuleBook
from mock_server.settings.session_settings import LONGEST_DELAY_MS, Delay, read_delay
from openapi.contract import Contract, JsonValue, Operation
from openapi.document.node import suggestion

MOST_RULES = 1000
"""How many rules a session may have at once."""

_MATCH = {
    "type": "object",
    "additionalProperties": False,
    "properties": {part: {"type": "object"} for part in PARTS},
}
_RULE = compiled(
    operationId={"type": "string"},
    match=_MATCH,
    status={"type": "integer", "minimum": 100, "maximum": 599},
    example={"type": "string"},
    fault={"type": "string", "enum": [fault.value for fault in Fault]},
    delay_ms={"type": ["integer", "string"], "minimum": 0, "maximum": LONGEST_DELAY_MS},
    times={"type": "integer", "minimum": 1},
    probability={"type": "number", "minimum": 0, "maximum": 1},
)


def add_rules(blueprint: Blueprint, desk: AdminContext) -> None:
    """Add the views of rules."""
    mock = desk.mock

    @blueprint.get("/rules")
    def list_rules() -> Response:
        return answer({"rules": [shown(rule) for rule in desk.session.rules.all()]})

    @blueprint.post("/rules")
    def add_rule() -> Response:
        session = desk.session
        rule = _read_rule(mock, session.rules, body_of(_RULE))
        session.rules.add(rule)
        session.update_fast_path()
        return answer(shown(rule), 201)

    @blueprint.delete("/rules/<int:rule_id>")
    def remove_rule(rule_id: int) -> Response:
        session = desk.session
        if not session.rules.remove(rule_id):
            ids = ", ".join(str(rule.id) for rule in session.rules.all())
            raise AdminError(404, f"There is no rule {rule_id} in session {session.name}; there is {ids or 'none'}.")
        session.update_fast_path()
        return answer({"deleted": rule_id})

    @blueprint.delete("/rules")
    def clear_rules() -> Response:
        session = desk.session
        count = len(session.rules.all())
        session.rules.clear()
        session.update_fast_path()
        return answer({"deleted": count})


def _read_rule(mock: Mock, rules: RuleBook, body: dict[str, Any]) -> Rule:
    """The rule that `body` says. Raises AdminError."""
    if len(rules.all()) >= MOST_RULES:
        raise AdminError(409, f"There are {MOST_RULES} rules already; delete some first.")
    operation = operation_of(mock.contract, body.get("operationId"))
    _check_action(body)
    status, example = body.get("status"), body.get("example")
    if status is not None or example is not None:
        try:
            mock.handlers.declared[operation.id].reply(status, example)
        except UndeclaredError as error:
            raise AdminError(400, f"{error}.", (), declared=list(operation.responses)) from None
    return Rule(
        id=rules.next_id(),
        operation_id=operation.id,
        match=checked_match(operation, body.get("match", {})),
        status=status,
        example=example,
        fault=Fault(body["fault"]) if "fault" in body else None,
        delay=_delay(body.get("delay_ms")),
        times=body.get("times"),
        probability=body.get("probability", 1),
    )


def operation_of(contract: Contract, name: str | None) -> Operation:
    """The operation called `name`. Raises AdminError."""
    if name is None:
        raise AdminError(400, f"/operationId: is missing; use one of {', '.join(contract.operations)}.")
    if name not in contract.operations:
        raise AdminError(400, f"/operationId: there is no operation {name!r}; {suggestion(name, contract.operations)}.")
    return contract.operations[name]


def checked_match(operation: Operation, match: Match) -> Match:
    """`match`, sure to name what a request to `operation` can say. Raises AdminError."""
    for part, wanted in match.items():
        known = _known(operation, part)
        for name in wanted:
            if known is not None and name not in known:
                advice = suggestion(name, known)
                raise AdminError(400, f"/match/{part}/{name}: {operation.id} has no such thing there; {advice}.")
    return match


def _known(operation: Operation, part: str) -> list[str] | None:
    """The names that a part of a request to `operation` can have; None where any may be there."""
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
    """A rule as /__mock/ says it."""
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
    }
    return {name: value for name, value in facts.items() if value is not None}


def _check_action(body: dict[str, Any]) -> None:
    if not {"status", "example", "fault", "delay_ms"} & set(body):
        raise AdminError(400, "The rule does nothing; add status, example, fault or delay_ms.")
    if "fault" in body and Fault(body["fault"]) not in SPOILS and {"status", "example"} & set(body):
        raise AdminError(400, f"/fault: {body['fault']} gives no answer; leave status and example out.")


def _delay(value: int | str | None) -> Delay | None:
    if value is None:
        return None
    try:
        return read_delay(str(value))
    except ValueError as error:
        raise AdminError(400, f"/delay_ms: {error}.") from None
