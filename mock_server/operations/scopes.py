"""The keys in the path of a request: of its record, and of the record's parents."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from mock_server.http.errors import invalid
from mock_server.http.messages import Violation
from mock_server.http.validation import Values
from mock_server.operations.record_errors import refusal_of
from mock_server.records.state import State
from mock_server.store.store import UnknownKeyError
from openapi.contract import Contract
from openapi.flattening import flat, types_of
from openapi.json_value import JsonValue
from openapi.model.http import Operation
from openapi.model.resource import Resource
from openapi.path_templates import placeholders
from openapi.pointers import join

_INTEGER = re.compile(r"-?[0-9]{1,19}")

KeyReader: TypeAlias = Callable[[State, Values], JsonValue]
"""Returns the key of the request's record. Raises RefusedError for an unknown parent, and UnknownKeyError."""

ScopeReader: TypeAlias = Callable[[State, Values], Mapping[str, JsonValue]]
"""Returns the field with the parent's key, which all records of the collection share. Raises RefusedError."""


def key_reader(contract: Contract, resource: Resource, operation: Operation) -> KeyReader:
    """A function that returns the key in a request's path or body, as in records."""
    if resource.is_singleton:
        return lambda state, _values: state[resource.name].only()
    in_body = operation.id in (resource.operations[role] for role in resource.keyed_by_body)
    read = _body_reader(resource) if in_body else _own_key_reader(resource, operation)
    name = resource.name
    scope = scope_reader(contract, resource, operation)
    if scope is None:
        return lambda _state, values: read(values)

    def read_below(state: State, values: Values) -> JsonValue:
        key, wanted = read(values), scope(state, values)
        record = state[name].peek(key).record
        if any(record.get(field) != value for field, value in wanted.items()):
            raise UnknownKeyError(key)
        return key

    return read_below


def _body_reader(resource: Resource) -> Callable[[Values], JsonValue]:
    """A function that reads the key from the record in the body. It raises RefusedError if there is none."""

    def read(values: Values) -> JsonValue:
        missing = [name for name in resource.key_fields if name not in values.body]
        if missing:
            message = f"is required: it is {'part of ' if resource.has_joint_key else ''}the key of the {resource.name}"
            raise invalid([Violation("body", join("", name), message) for name in missing])
        return resource.key_of(values.body)

    return read


def _own_key_reader(resource: Resource, operation: Operation) -> Callable[[Values], JsonValue]:
    """A function that reads the key of a record of `resource` from a path."""
    if not resource.has_joint_key:
        return path_reader(resource, operation, resource.key_parameters[0])
    return lambda values: resource.key_in_path(values.path)


def scope_reader(contract: Contract, resource: Resource, operation: Operation) -> ScopeReader | None:
    """A function that finds the parents of the records of `operation`; None for a resource without a parent."""
    if resource.parent is None:
        return None
    levels = _levels(contract, resource, operation)
    field = resource.parent.field

    def read(state: State, values: Values) -> Mapping[str, JsonValue]:
        above: JsonValue = None
        for one, key_of in levels:
            key = key_of(values)
            try:
                record = state[one.name].peek(key).record
                if one.parent is not None and record.get(one.parent.field) != above:
                    raise UnknownKeyError(key)
            except UnknownKeyError as error:
                raise refusal_of(contract, one, error) from None
            above = record[one.key]
        return {field: above}

    return read


def _levels(
    contract: Contract, resource: Resource, operation: Operation
) -> list[tuple[Resource, Callable[[Values], JsonValue]]]:
    """The ancestors of `resource`, the highest first, each with a function that reads its key from the path."""
    above: list[Resource] = []
    while resource.parent is not None:
        resource = contract.resources[resource.parent.resource]
        above.insert(0, resource)
    names = placeholders(operation.path)
    return [(one, path_reader(one, operation, name)) for one, name in zip(above, names, strict=False)]


def path_reader(resource: Resource, operation: Operation, name: str) -> Callable[[Values], JsonValue]:
    """A function that reads a key of `resource` from the path parameter `name`; integers also from strings."""
    parameter = next((one for one in operation.parameters if one.location == "path" and one.name == name), None)
    field = flat(resource.record.document, resource.record.node["properties"][resource.key])
    if parameter is None or types_of(parameter.schema.node) != ("string",) or types_of(field) != ("integer",):
        return lambda values: values.path[name]
    return lambda values: int(values.path[name]) if _INTEGER.fullmatch(values.path[name]) else values.path[name]
