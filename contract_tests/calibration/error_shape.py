"""The shape of a service's errors: a schema for them, and a template that makes such errors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from typing import Any, NamedTuple

from openapi import Contract, JsonValue
from openapi.json_paths import json_path
from openapi.pointers import join, resolve
from openapi.reason_phrases import is_phrase

_ENOUGH = 3
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*")
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


class ErrorSample(NamedTuple):
    """One error of a service."""

    status: int
    media_type: str
    body: JsonValue


def error_actions(
    contract: Contract, document: Mapping[str, Any], samples: Sequence[ErrorSample], today: str
) -> list[dict[str, Any]] | None:
    """The overlay's actions that describe errors like the samples; None if they have no shape in common."""
    refusals, kinds = contract.refusals, {one.media_type for one in samples}
    if refusals.schema is None or len(samples) < _ENOUGH or len(kinds) != 1:
        return None
    bodies = [one.body for one in samples if isinstance(one.body, dict)]
    if len(bodies) < len(samples):
        return None
    pointer, media_type = refusals.schema.pointer, kinds.pop()
    new = {"type": "object", **_schema(bodies), "x-observed": {"date": today, "seen": f"in {len(samples)} errors"}}
    old = resolve(document, pointer)
    actions: list[dict[str, Any]] = [
        {"target": json_path(join(pointer, name)), "remove": True} for name in ("required", "properties") if name in old
    ]
    actions.append({"target": json_path(pointer), "update": new})
    actions[0] = {"target": actions[0]["target"], "description": _sentence(new), **actions[0]}
    above = refusals.pointer
    actions.append({"target": json_path(join(above, "body")), "remove": True})
    template = _template([(one.status, one.body) for one in samples])
    actions.append({"target": json_path(above), "update": {"body": template, "media-type": media_type}})
    return [*actions, *_responses(document, pointer, media_type)]


def _sentence(schema: Mapping[str, Any]) -> str:
    return f"Errors have the fields {', '.join(schema['properties'])}." if schema["properties"] else "Errors are empty."


def _responses(document: Mapping[str, Any], schema: str, media_type: str) -> list[dict[str, Any]]:
    """Give the shared responses with errors the media type; their examples are of another shape."""
    actions: list[dict[str, Any]] = []
    for name, response in document.get("components", {}).get("responses", {}).items():
        pointer, content = join("/components/responses", name, "content"), response.get("content", {})
        if not any(one.get("schema") == {"$ref": f"#{schema}"} for one in content.values()):
            continue
        if list(content) == [media_type]:
            examples = [one for one in ("example", "examples") if one in content[media_type]]
            actions += [{"target": json_path(join(pointer, media_type, one)), "remove": True} for one in examples]
        else:
            update = {"content": {media_type: {"schema": {"$ref": f"#{schema}"}}}}
            actions.append({"target": json_path(pointer), "remove": True})
            actions.append({"target": json_path(pointer.rpartition("/")[0]), "update": update})
    return actions


def _schema(bodies: Sequence[Mapping[str, JsonValue]]) -> dict[str, Any]:
    names = dict.fromkeys(name for body in bodies for name in body)
    required = [name for name in names if all(name in body for body in bodies)]
    types = {name: {_type(body[name]) for body in bodies if name in body} for name in names}
    properties = {name: _field(of, [body[name] for body in bodies if name in body]) for name, of in types.items()}
    return {"required": required, "properties": properties} if required else {"properties": properties}


def _field(types: Set[str], values: Sequence[JsonValue]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": next(iter(types)) if len(types) == 1 else sorted(types)}
    items = {_type(item) for value in values if isinstance(value, list) for item in value}
    return {**schema, "items": {"type": next(iter(items))}} if types == {"array"} and len(items) == 1 else schema


def _type(value: JsonValue) -> str:
    return "null" if value is None else _TYPES[type(value)]


def _template(samples: Sequence[tuple[int, Any]]) -> JsonValue:
    """A template that makes values like those observed with each status."""
    first = samples[0][1]
    if all(value == status for status, value in samples):
        return "$status"
    if all(is_phrase(value, status) for status, value in samples):
        return "$title"
    if all(isinstance(value, dict) for _, value in samples):
        names = dict.fromkeys(name for _, value in samples for name in value)
        held = {name: [(status, value[name]) for status, value in samples if name in value] for name in names}
        return {name: _template(of) for name, of in held.items() if len(of) == len(samples)}
    if all(isinstance(value, list) for _, value in samples):
        items = [(status, item) for status, value in samples for item in value]
        return [_template(items)] if items else []
    if all(value == first for _, value in samples) or not all(isinstance(value, str) for _, value in samples):
        constant: JsonValue = first
        return constant
    return first if all(_DATE_TIME.fullmatch(value) for _, value in samples) else "$message"
