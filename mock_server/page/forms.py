"""The fields of a form for a JSON object, from its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from openapi.flattening import flat, types_of
from openapi.json_value import JsonValue, as_text
from openapi.model.fields import ServerMade
from openapi.model.resource import Resource
from openapi.pointers import join

_LONG_TEXT = 200


class FormField(NamedTuple):
    """One field of a form.

    `kind` is how its text becomes JSON: text, number, integer, boolean or json. `widget` is input, textarea or select,
    which offers `choices`. `empty` is the meaning of an empty field: null, or no field. `suggestions` are values
    to choose from, each with a description; other values are allowed, too.
    """

    name: str
    pointer: str
    kind: str
    widget: str
    choices: tuple[str, ...]
    empty: str
    value: str
    hint: str
    is_required: bool
    is_made: bool
    placeholder: str = ""
    suggestions: tuple[tuple[str, str], ...] = ()


def record_fields(resource: Resource, record: Mapping[str, JsonValue] | None) -> list[FormField]:
    """The form of a record of `resource`, with the values of `record`; None means a new record."""
    schema = resource.record
    whole = flat(schema.document, schema.node)
    made = {name for name, rule in resource.fields.items() if isinstance(rule, ServerMade)}
    # The start values fill empty fields.
    started = made | set(resource.fields)
    required = set(whole.get("required", ())) - (made if record is not None else started)
    fields = []
    for name in whole.get("properties", {}):
        node = flat(schema.document, whole["properties"][name])
        value = _text(record[name]) if record is not None and name in record else ""
        field = _field(name, node, "" if name in made else value, is_required=name in required, is_made=name in made)
        # Server-made values stay, and the time of change moves, unless the form has another value.
        fields.append(field._replace(placeholder=value) if name in made else field)
    # Required input comes first.
    return sorted(fields, key=lambda field: (field.is_made, not field.is_required))


def _field(name: str, node: dict[str, Any], value: str, *, is_required: bool, is_made: bool) -> FormField:
    types = types_of(node)
    kinds = [kind for kind in types if kind != "null"]
    kind = kinds[0] if len(kinds) == 1 and kinds[0] in ("string", "number", "integer", "boolean") else "json"
    choices: tuple[str, ...] = ()
    if kind == "boolean":
        choices = ("true", "false")
    elif "enum" in node:
        choices = tuple(_text(choice) for choice in node["enum"] if choice is not None)
    is_null = "null" in types or None in node.get("enum", ())
    widget = "select" if choices else "textarea" if kind == "json" or node.get("maxLength", 0) > _LONG_TEXT else "input"
    return FormField(
        name=name,
        pointer=join("", name),
        kind="text" if kind == "string" else kind,
        widget=widget,
        choices=choices,
        empty="null" if is_null else "nothing",
        value=value,
        hint=_hint(node, is_null=is_null, is_made=is_made),
        is_required=is_required,
        is_made=is_made,
    )


def _hint(node: Mapping[str, Any], *, is_null: bool, is_made: bool) -> str:
    """The allowed values, in a few words."""
    words = [str(node["description"]).strip().partition("\n")[0]] if "description" in node else []
    if "maxLength" in node:
        words.append(f"Up to {node['maxLength']} characters.")
    if "minimum" in node or "maximum" in node:
        words.append(f"From {node.get('minimum', 'any')} to {node.get('maximum', 'any')}.")
    if "format" in node:
        words.append(f"Format: {node['format']}.")
    if is_null:
        words.append("Empty: null.")
    if is_made:
        words.append("Empty: the server makes it.")
    return " ".join(words)


def _text(value: JsonValue) -> str:
    """How a field shows `value`."""
    if value is None:
        return ""
    return as_text(value)
