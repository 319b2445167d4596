"""The coverage of the document: statuses, query parameters, fields of bodies, bounds and rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from contract_tests.runner.rule_coverage import Rules
from openapi import Contract, Operation, Parameter
from openapi.json_value import json_or_none
from openapi.path_templates import pattern


@dataclass
class OperationCoverage:
    """How often each part of one operation occurred; 0 if the run did not exercise it.

    `rules` counts the requests that try each rule: see `rule_coverage`.
    """

    requests: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    parameters: dict[str, int] = field(default_factory=dict)
    members: dict[str, int] = field(default_factory=dict)
    boundaries: dict[str, int] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)


Requests: TypeAlias = Mapping[tuple[str, str, bytes, int], int]
"""How often each request got each status: by method, path and query below the base URL, body, and status."""


class Coverage:
    """Counts what requests exercise. It analyses each distinct request once, at the end of a run."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._known = [(operation, pattern(operation.path)) for operation in contract.operations.values()]

    def operation_at(self, method: str, target: str) -> str | None:
        """The operationId of a request; None if it is for no operation."""
        path = target.partition("?")[0]
        known = (one.id for one, paths in self._known if one.method == method and paths.fullmatch(path))
        return next(known, None)

    def of(self, requests: Requests) -> dict[str, dict[str, Any]]:
        """The counts of the requests as a JSON value, by operationId, in the document's order."""
        rules = {name: Rules(self._contract, operation) for name, operation in self._contract.operations.items()}
        counts = {name: _nothing_yet(one, rules[name]) for name, one in self._contract.operations.items()}
        for (method, target, body, status), times in requests.items():
            name = self.operation_at(method, target)
            if name is not None:
                counts[name].requests += times
                _more(counts[name].statuses, str(status), times)
                _count(counts[name], rules[name], target.partition("?")[2], body, times)
        return {name: asdict(counted) for name, counted in counts.items()}


def _nothing_yet(operation: Operation, rules: Rules) -> OperationCoverage:
    queries = [one for one in operation.parameters if one.location == "query"]
    schema = next(iter(operation.body.content.values())).schema if operation.body else None
    members = schema.node.get("properties", {}) if schema else {}
    return OperationCoverage(
        statuses=dict.fromkeys((one for one in operation.responses if one.isdecimal()), 0),
        parameters=dict.fromkeys((one.name for one in queries), 0),
        members=dict.fromkeys(members, 0),
        boundaries=dict.fromkeys((boundary for one in queries for boundary in _all_boundaries(one)), 0),
        rules=dict.fromkeys(rules.names, 0),
    )


def _all_boundaries(parameter: Parameter) -> list[str]:
    schema = parameter.schema.node
    bounds = [f"{parameter.name} {word}" for word in ("minimum", "maximum", "maxLength") if word in schema]
    found = [name for bound in bounds for name in (bound, f"{bound} passed")]
    if "enum" in schema:
        found += [*(f"{parameter.name}={one}" for one in schema["enum"]), f"{parameter.name} no member"]
    return found


def _count(counted: OperationCoverage, rules: Rules, query: str, body: bytes, times: int) -> None:
    for name, text in parse_qsl(query, keep_blank_values=True):
        if name in rules.parameters:
            _more(counted.parameters, name, times)
            for boundary in _boundaries(rules.parameters[name], text):
                _more(counted.boundaries, boundary, times)
    for name in counted.members.keys() & _members(body):
        _more(counted.members, name, times)
    for name in counted.rules.keys() & rules.tried(query, body):
        _more(counted.rules, name, times)


def _more(counts: dict[str, int], name: str, times: int) -> None:
    counts[name] = counts.get(name, 0) + times


def _boundaries(parameter: Parameter, text: str) -> list[str]:
    """The bounds of the parameter's schema that `text` equals, or passes by one."""
    schema, found = parameter.schema.node, []
    for word, step in (("minimum", -1), ("maximum", 1)):
        bound = schema.get(word)
        if bound is not None and text in (str(bound), str(bound + step)):
            found.append(f"{parameter.name} {word}" + ("" if text == str(bound) else " passed"))
    longest = schema.get("maxLength")
    if longest is not None and len(text) in (longest, longest + 1):
        found.append(f"{parameter.name} maxLength" + ("" if len(text) == longest else " passed"))
    if "enum" in schema:
        found.append(f"{parameter.name}={text}" if text in schema["enum"] else f"{parameter.name} no member")
    return found


def _members(body: bytes) -> set[str]:
    value = json_or_none(body)
    return set(value) if isinstance(value, dict) else set()
