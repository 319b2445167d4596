"""Whether one schema is certainly as strict as another, and which fields of a record a response shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openapi.flattening import flat, types_of
from openapi.schemas import Schema

_ANNOTATIONS = frozenset(
    {
        *("title", "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly"),
        *("xml", "externalDocs", "$comment"),
    }
)
_OF_OBJECTS = frozenset(("type", "properties", "required", "additionalProperties"))


def constraints(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords of a schema that restrict a value."""
    return {name: value for name, value in schema.items() if name not in _ANNOTATIONS and not name.startswith("x-")}


def other_constraints(schema: Mapping[str, Any]) -> list[str]:
    """The keywords of an object's schema that do not restrict it field by field, such as `oneOf`."""
    return [name for name in constraints(schema) if name not in _OF_OBJECTS]


def is_narrower(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Whether every value that matches the flat schema `first` certainly matches `second`. In doubt, false."""
    for name, value in constraints(second).items():
        if name == "type":
            allowed = {*types_of(dict(second)), *(("integer",) if "number" in types_of(dict(second)) else ())}
            if not types_of(dict(first)) or not allowed.issuperset(types_of(dict(first))):
                return False
        elif first.get(name) != value:
            return False
    return True


def shown_fields(response: Schema, record: Schema, added: frozenset[str] = frozenset()) -> tuple[str, ...] | None:
    """The fields of the `record` that a response with the schema `response` shows; None for all of them.

    The fields `added` get their values elsewhere.

    Raises ValueError, with the reason, if a record does not always make a valid response.
    """
    if response.pointer == record.pointer:
        return None
    shown, known = response.node.get("properties"), record.node["properties"]
    common = [name for name in known if name in shown] if isinstance(shown, dict) else []
    if not isinstance(shown, dict) or not common:
        raise ValueError("has no field of the record")
    if other_constraints(response.node) and constraints(response.node) != constraints(record.node):
        raise ValueError(f"restricts the record by {other_constraints(response.node)[0]}")
    _check_required(response, record, added)
    for name in common:
        if shown[name] != known[name] and not is_narrower(
            flat(record.document, known[name]), flat(response.document, shown[name])
        ):
            raise ValueError(f"describes {name} differently from the record")
    return None if len(common) == len(known) else tuple(common)


def _check_required(response: Schema, record: Schema, added: frozenset[str]) -> None:
    for name in response.node.get("required", ()):
        if name in added:
            continue
        if name not in record.node["properties"]:
            raise ValueError(f"requires {name}, which the record does not have")
        if name not in record.node.get("required", ()):
            raise ValueError(f"requires {name}, which a record may lack")
