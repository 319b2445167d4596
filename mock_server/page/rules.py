"""The page of rules: the responses to coming requests, and the form of a rule."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from flask import Blueprint, Response, request

from mock_server.admin.blueprint import AdminError
from mock_server.admin.journal import found_entry
from mock_server.admin.rules import found_rule, operation_of, shown
from mock_server.http.faults import Fault
from mock_server.page.rendering import Renderer
from openapi.json_value import JsonValue
from openapi.model.http import Operation
from openapi.model.http import Response as DeclaredResponse

FAULTS: Mapping[Fault, str] = {
    Fault.RESET: "the connection is reset",
    Fault.EMPTY: "the connection ends without a response",
    Fault.TRUNCATED: "half of the body, then the end",
    Fault.BROKEN_JSON: "the body is not JSON",
    Fault.DRIP: "the body in small pieces, over two seconds",
    Fault.TOO_MANY_REQUESTS: "429 with Retry-After",
    Fault.UNAVAILABLE: "503 with Retry-After",
}
"""What the client sees with each fault."""

_FAILURE = 500
"""The initial status of a rule made from a request."""


class Choice(NamedTuple):
    """A response to choose: the fields of the rule as JSON, and a description."""

    value: str
    words: str


def add_rules_page(blueprint: Blueprint, renderer: Renderer) -> None:
    """Add the page of rules."""
    context = renderer.context
    operations = context.mock.contract.operations

    @blueprint.get("/page/rules")
    def show_rules() -> Response:
        rules = [shown(rule) for rule in context.session.rules.all()]
        return renderer.page("rules.html", "rules", rules=[(rule, in_words(rule)) for rule in rules])

    @blueprint.get("/page/rule-form")
    @blueprint.get("/page/rule-form/<int:rule_id>")
    def show_rule_form(rule_id: int | None = None) -> Response:
        if rule_id is not None:
            rule = shown(found_rule(context.session, rule_id))
        elif "request" in request.args:
            rule = _rule_of_request(request.args["request"])
        else:
            rule = {"operationId": request.args.get("operation") or next(iter(operations), None)}
        # The form of an existing rule can change its operation.
        operation = operation_of(context.mock.contract, request.args.get("operation") or rule.get("operationId"))
        choices = list(_choices(operation))
        chosen = json.dumps({name: rule[name] for name in ("status", "example") if name in rule})
        is_declared = chosen in [choice.value for choice in choices]
        return renderer.part(
            "rule_form.html",
            rule={**rule, "operationId": operation.id},
            rule_id=rule_id,
            operations=list(operations.values()),
            choices=choices,
            chosen=chosen if is_declared else None,
            faults={fault.value: words for fault, words in FAULTS.items()},
        )

    def _rule_of_request(number: str) -> dict[str, JsonValue]:
        """The rule that fails the next request like the one in the journal."""
        if not (number.isascii() and number.isdecimal() and len(number) < 19):
            raise AdminError(400, f"request: got {number!r}; write the number of a request.")
        entry = found_entry(context, int(number))
        match = {"match": {"path": dict(entry.path_values)}} if entry.path_values else {}
        return {"operationId": entry.operation_id, "status": _FAILURE, "times": 1, **match}


def in_words(rule: Mapping[str, JsonValue]) -> str:
    """What a rule does."""
    parts = []
    if "status" in rule or "example" in rule:
        parts.append(" ".join(str(rule[name]) for name in ("status", "example") if name in rule))
    if "body" in rule:
        parts.append("its own body")
    if "headers" in rule:
        parts.append(f"headers {', '.join(rule['headers'])}")
    if "fault" in rule:
        parts.append(f"fault {rule['fault']}")
    if "delay_ms" in rule:
        parts.append(f"{rule['delay_ms']} ms late")
    return ", ".join(parts)


def _choices(operation: Operation) -> Iterator[Choice]:
    """The responses that the document declares for an operation, with their examples."""
    for status, response in operation.responses.items():
        if not status.isdecimal():
            continue
        words = f"{status} {_first_sentence(response)}"
        yield Choice(json.dumps({"status": int(status)}), words)
        for media_type in list(response.content.values())[:1]:
            for example in media_type.examples:
                value = json.dumps({"status": int(status), "example": example.name})
                yield Choice(value, f"{status} example {example.name}")


def _first_sentence(response: DeclaredResponse) -> str:
    return response.description.strip().partition("\n")[0].partition(". ")[0].removesuffix(".")
