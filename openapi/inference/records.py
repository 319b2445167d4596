"""The record of a collection and its key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openapi.flattening import flat
from openapi.inference.draft import UndecidedError
from openapi.inference.words import named, plain, scalar_types, singular
from openapi.media_types import is_json
from openapi.model.http import Operation, Parameter
from openapi.narrowing import shown_fields
from openapi.schemas import Schema

_SUFFIXES = ("id", "uuid", "guid", "key", "name", "slug", "code", "number", "login")


def response_schema(operation: Operation) -> Schema:
    """The schema of the operation's successful JSON response. Raises UndecidedError if there is none."""
    name, media = next(iter(operation.success.content.items()), ("", None))
    if media is None:
        raise UndecidedError("its response has no body")
    if not is_json(name):
        raise UndecidedError(f"its response is {name}, not JSON")
    if media.schema is None:
        raise UndecidedError("its response has no schema")
    return media.schema


def as_record(schema: Schema) -> Schema:
    """`schema`, which must be an object with its own fields. Raises UndecidedError."""
    properties = schema.node.get("properties")
    if not isinstance(properties, dict) or not properties or "array" in scalar_types(schema.node):
        raise UndecidedError("its response is not an object with properties")
    return schema


def sent(operation: Operation) -> Schema:
    """The schema of the operation's body, an object with properties. Raises UndecidedError."""
    content = operation.body.content if operation.body else {}
    name, media = next(iter(content.items()), ("", None))
    if media is None:
        raise UndecidedError("it takes no body")
    if not is_json(name):
        raise UndecidedError(f"it takes {name}, not JSON")
    if media.schema is None or not isinstance(media.schema.node.get("properties"), dict):
        raise UndecidedError("its body is not an object with properties")
    return media.schema


def check_body(body: Schema, record: Schema) -> None:
    """Raise UndecidedError unless at least half of the fields of a body are fields of the record."""
    fields = set(body.node["properties"])
    if len(fields & set(record.node["properties"])) * 2 < len(fields):
        raise UndecidedError("most fields of its body are not fields of the record")


def check_shown(response: Schema, record: Schema) -> None:
    """Raise UndecidedError unless a response always has the record, or some of its fields."""
    try:
        shown_fields(response, record)
    except ValueError as error:
        raise UndecidedError(f"it does not return the record: its response {error}") from None


def field_of(schema: Schema, name: str) -> dict[str, Any]:
    """The flat schema of a field."""
    return flat(schema.document, schema.node["properties"][name])


def schema_name(schema: Schema) -> str:
    """The name of a schema in components; "" for any other schema."""
    above, _, name = schema.pointer.rpartition("/")
    return name if above == "/components/schemas" else ""


def fits(field: dict[str, Any], parameter: dict[str, Any]) -> bool:
    """Whether a path parameter can hold the values of a field: it has its type, or is the text of an integer."""
    types, wanted = scalar_types(field), scalar_types(parameter)
    is_text = types == {"integer"} and wanted == {"string"} and not {"format", "pattern", "enum"} & set(parameter)
    return is_text or not types or not wanted or bool(types & wanted)


def key_of(record: Schema, parameter: Parameter, segment: str) -> tuple[str, str]:
    """The field that the last path parameter holds, and why. Raises UndecidedError.

    `segment` is the last word of the collection's path.
    """
    fields: Mapping[str, Any] = record.node["properties"]
    wanted = plain(parameter.name)
    nouns = {plain(singular(segment)), plain(segment), plain(schema_name(record))}
    suffix = next((one for one in _SUFFIXES if wanted.endswith(one)), "")
    same = named(fields, (wanted,))
    short = named(fields, (suffix,)) if suffix and wanted != suffix else []
    long = named(fields, {noun + wanted for noun in nouns if noun}) if suffix == wanted else []
    found = same or short or long
    if len(found) != 1:
        what = "several fields are" if found else "no field of the record is"
        raise UndecidedError(f"{what} the path parameter {parameter.name}")
    field, given = field_of(record, found[0]), flat(parameter.schema.document, parameter.schema.node)
    types, wanted_types = scalar_types(field), scalar_types(given)
    if not fits(field, given):
        shown = " or ".join(sorted(types)), " or ".join(sorted(wanted_types))
        raise UndecidedError(f"the field {found[0]} is {shown[0]}, the path parameter {parameter.name} is {shown[1]}")
    if types & {"object", "array"}:
        raise UndecidedError(f"the field {found[0]} is not a plain value")
    if types and wanted_types and not types & wanted_types:
        return found[0], f"the path parameter {parameter.name} is the text of the integer {found[0]}"
    shown_type = " or ".join(sorted(types & wanted_types or types)) or "any value"
    return found[0], f"the path parameter {parameter.name} and the field {found[0]} are both {shown_type}"
