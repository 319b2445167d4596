"""Records that differ in one value that lists compare, at any level of the body."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body
from openapi import Role
from openapi.comparisons import ComparedField
from openapi.flattening import flat, types_of
from openapi.json_value import JsonValue

_TIMES = [f"2031-03-0{day}T12:00:00Z" for day in (1, 2, 3)]
_TEXTS = ["amber", "cobalt", "umber"]

_Put: TypeAlias = Callable[[JsonValue, Sequence[JsonValue]], JsonValue]
"""Puts values into another value: all of them into an array, and otherwise the last one."""


def is_shown(api: ResourceClient, field: ComparedField) -> bool:
    """Whether lists show the field."""
    shown = api.spec.resource.shown[Role.LIST]
    return shown is None or field.path[0] in shown


def is_made_time(api: ResourceClient, field: ComparedField) -> bool:
    """Whether the service sets the field to the time of a write."""
    return len(field.path) == 1 and field.path[0] in api.spec.made_by_server("time-of-creation", "time-of-change")


def bodies_with(api: ResourceClient, field: ComparedField) -> list[tuple[JsonValue, Body]]:
    """Bodies with one compared value each, in ascending order; none if a client can't choose it."""
    members, path = api.spec.creating, field.path
    if path[0] not in members.members or path == (api.spec.tag_member,):
        return []
    put, said = _setter(members.schema.document, members.members[path[0]], path[1:])
    values, found = _candidates(said), []
    for number, value in enumerate(values):
        body = api.new_body()
        base = body.get(path[0], members.value(path[0], api.numbers))
        # In an array, another value comes first.
        for items in ([values[number - 1], value], [value]):
            body[path[0]] = put(base, items)
            if members.schema.is_valid(body):
                found.append((value, body))
                break
    return found


def _setter(document: Any, said: dict[str, Any], path: tuple[str, ...]) -> tuple[_Put, dict[str, Any]]:
    """A function that puts values at `path` of another one, and their flat schema."""
    if "array" in types_of(said) and "items" in said:
        inner, leaf = _setter(document, flat(document, said["items"]), path)

        def fill(base: JsonValue, values: Sequence[JsonValue]) -> JsonValue:
            first = base[0] if isinstance(base, list) and base else None
            return [inner(first, [value]) for value in values]

        return fill, leaf
    if not path:
        return lambda _base, values: values[-1], said
    name = path[0]
    inner, leaf = _setter(document, flat(document, said.get("properties", {}).get(name, {})), path[1:])

    def put(base: JsonValue, values: Sequence[JsonValue]) -> JsonValue:
        around = base if isinstance(base, dict) else {}
        return {**around, name: inner(around.get(name), values)}

    return put, leaf


def _candidates(said: dict[str, Any]) -> list[JsonValue]:
    """Values for a compared field, in ascending order."""
    kinds = {*types_of(said)} - {"null"}
    if "enum" in said:
        values = [value for value in said["enum"] if value is not None]
        return sorted(values) if len({type(value) for value in values}) == 1 else []
    if kinds & {"integer", "number"}:
        step = said.get("multipleOf", 1)
        least = said.get("minimum", said.get("exclusiveMinimum", 0) + step)
        return [least + step * count for count in range(3)]
    if kinds == {"boolean"}:
        return [False, True]
    if kinds == {"string"}:
        forms = {"date-time": _TIMES, "date": [time[:10] for time in _TIMES], None: _TEXTS}
        return list(forms.get(said.get("format"), ()))
    return []
