"""Replaces personal data and credentials in JSON values that the document's schemas describe."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeAlias

import jsonschema_rs

from fixtures.columns.string_formats import string_space
from fixtures.errors import FixtureError
from fixtures.phone_numbers.phone_schemas import is_phone_number
from fixtures.value_spaces.value_space import Space
from mock_server.http.redaction import is_secret_name
from mock_server.recording.substitutes import Substitutes
from openapi.contract import Contract
from openapi.flattening import Node, flat, types_of
from openapi.json_value import JsonValue
from openapi.model.fields import Country, ServerMade
from openapi.model.resource import Resource
from openapi.schemas import Schema

REDACTED = "redacted"
"""The substitute for a secret."""

_KEPT_FORMATS = frozenset({"date-time", "date", "time", "duration"})
_ABOUT_STRINGS = ("pattern", "minLength", "maxLength", "format")
_DEEPEST = 8
_NOTHING: Node = {}
"""A schema without constraints."""

_Facts: TypeAlias = tuple[Any, ...]
"""The values of the keywords about strings, and the types; None for the types if values are listed."""

_COUNTRY = re.compile(r"[A-Z]{2}")
_NAME = re.compile(r"[A-Za-z_$@][A-Za-z_$.\-]*[0-9]{0,3}[A-Za-z_]*")
_NUMERAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?|true|false|null")
_KINDS: Mapping[type, tuple[str, ...]] = {
    bool: ("boolean",),
    int: ("integer", "number"),
    float: ("number",),
    str: ("string",),
    list: ("array",),
    dict: ("object",),
    type(None): ("null",),
}


class ValueLocation(NamedTuple):
    """Where a value is: the resource of its operation, and the name of its field, parameter or header."""

    resource: Resource | None = None
    name: str = ""


class Redactor:
    """Redacts the values of one document's requests and responses."""

    def __init__(self, contract: Contract, substitutes: Substitutes) -> None:
        self._document: Mapping[str, Any] = contract.document()
        self._resources = contract.resources
        self.substitutes = substitutes
        self._names = frozenset(_names(self._document))
        self._magic = frozenset(
            value for resource in contract.resources.values() for magic in resource.magic for value in magic.statuses
        )
        violation = contract.refusals.violation
        self._path_names = frozenset(
            name for name, said in (violation.items() if isinstance(violation, dict) else ()) if said == "$path"
        )
        self._space = cache(self._made_space)
        self._texts = cache(_made_texts)
        # By the identity of a node, which lives as long as the document or its flattened form.
        self._flats: dict[int, tuple[Any, Node]] = {}

    def value(self, schema: Schema | None, value: JsonValue, location: ValueLocation) -> JsonValue:
        """`value`, which `schema` (None: nothing) describes, with substitutes."""
        return self._value(schema.node if schema else _NOTHING, value, location)

    def text(self, schema: Schema | None, text: str, location: ValueLocation) -> str:
        """The text of a parameter or a header whose value `schema` describes."""
        node = flat(self._document, schema.node) if schema else {}
        kinds = types_of(node)
        if "array" in kinds:
            items = flat(self._document, node.get("items"))
            return ",".join(self._text(items, part, location) for part in text.split(","))
        return self._text(node, text, location)

    def field_text(self, resource: Resource, field: str, text: str) -> str:
        """The text of a parameter with the value of a record's field."""
        node = flat(self._document, resource.record.node.get("properties", {}).get(field, {}))
        return self._text(node, text, ValueLocation(resource, field))

    def _text(self, node: Node, text: str, location: ValueLocation) -> str:
        if is_secret_name(location.name):
            return REDACTED
        if {"integer", "number", "boolean"} & set(types_of(node)) and _NUMERAL.fullmatch(text):
            return text
        return self._string(node, text, location)

    def name(self, name: str) -> str:
        """The name of an undescribed field or parameter; it stays if it looks like a name."""
        return name if name in self._names or _NAME.fullmatch(name) else self.substitutes.text(name)

    def _value(self, node: Any, value: JsonValue, location: ValueLocation) -> JsonValue:
        node = self._branch(self._flat(node), value, 0)
        if isinstance(value, dict):
            return self._object(node, value, location)
        if isinstance(value, list):
            items = node.get("items", _NOTHING)
            return [self._value(items, item, location) for item in value]
        if isinstance(value, str):
            return REDACTED if is_secret_name(location.name) else self._string(node, value, location)
        if value is None or isinstance(value, bool):
            return value
        return value if node and not is_secret_name(location.name) else 0

    def _flat(self, node: Any) -> Node:
        found = self._flats.get(id(node))
        if found is None:
            found = self._flats[id(node)] = (node, flat(self._document, node))
        return found[1]

    def _object(self, node: Node, value: Mapping[str, JsonValue], location: ValueLocation) -> JsonValue:
        described, others = node.get("properties", {}), node.get("additionalProperties")
        is_map = isinstance(others, dict)
        redacted: dict[str, JsonValue] = {}
        for name, field in value.items():
            inner = described.get(name, others if is_map else _NOTHING)
            shown = name if name in described else self.substitutes.text(name) if is_map else self.name(name)
            redacted[shown] = self._value(inner, field, ValueLocation(location.resource, name))
        return redacted

    def _branch(self, node: Node, value: JsonValue, depth: int) -> Node:
        """The alternative of `oneOf` or `anyOf` that seems to describe `value`, with the keywords next to it."""
        options = [self._flat(one) for word in ("oneOf", "anyOf") for one in node.get(word, ())]
        if not options or depth > _DEEPEST:
            return node

        def likeness(option: Node) -> tuple[bool, int]:
            fits = not types_of(option) or bool(set(_KINDS[type(value)]) & set(types_of(option)))
            shared = option.get("properties", {}).keys() & value.keys() if isinstance(value, dict) else ()
            listed = value in option.get("enum", ()) or option.get("const") == value
            return fits, len(shared) + listed

        rest = {name: said for name, said in node.items() if name not in ("oneOf", "anyOf")}
        chosen: Node = max(options, key=likeness)
        return self._branch({**chosen, **rest}, value, depth + 1)

    def _string(self, node: Node, text: str, location: ValueLocation) -> str:
        fits, is_number = self._texts(_about_strings(node))
        was_valid = fits(text)
        if self._stays(node, text, location, was_valid):
            return text
        if was_valid and is_number:
            return self.substitutes.number(text, fits)
        if was_valid and (node.get("format") == "uuid" or self._is_made_uuid(location)):
            return self.substitutes.uuid(text)
        redacted = self.substitutes.text(text)
        if was_valid and not fits(redacted):
            redacted = self._fitting(node, text) or redacted
        return redacted

    def _is_made_uuid(self, location: ValueLocation) -> bool:
        """Whether a field is a server-made UUID, or refers to a record with such a key."""
        resource, name = location.resource, location.name
        if resource is not None and name in resource.references:
            resource = self._resources[resource.references[name].to]
            name = resource.key
        rule = resource.fields.get(name) if resource else None
        return isinstance(rule, ServerMade) and rule.kind == "uuid"

    def _stays(self, node: Node, text: str, location: ValueLocation, was_valid: bool) -> bool:
        """Whether a string has no personal data."""
        rule = location.resource.fields.get(location.name) if location.resource else None
        return (
            text in node.get("enum", ())
            or node.get("const") == text
            or text in self._magic
            or (location.name in self._path_names and self._names_field(text))
            or (isinstance(rule, Country) and _COUNTRY.fullmatch(text) is not None)
            or (was_valid and node.get("format") in _KEPT_FORMATS)
        )

    def _names_field(self, text: str) -> bool:
        """Whether `text` is the JSON Pointer of a field, or the name of a parameter, as errors have them."""
        tokens = text.removeprefix("/").split("/")
        return all(token.isdigit() or token == self.name(token) for token in tokens)

    def _fitting(self, node: Node, text: str) -> str | None:
        space = self._space(_about_strings(node))
        if space is None:
            return None
        return str(space.at(self.substitutes.integer("space", text) % space.size))

    def _made_space(self, facts: _Facts) -> Space | None:
        try:
            return string_space(_node(facts), 0, "", unique=True)
        except FixtureError:
            return None


def key_location(resource: Resource, parameter: str) -> ValueLocation:
    """The location of the field of a resource's key in a path parameter, independent of the name of the parameter."""
    return ValueLocation(resource, resource.key_fields[resource.key_parameters.index(parameter)])


class _Texts(NamedTuple):
    """The strings of a schema: which are valid, and whether they are phone numbers."""

    fits: Callable[[str], bool]
    are_numbers: bool


def _about_strings(node: Node) -> _Facts:
    listed = "enum" in node or "const" in node
    return (*[node.get(name) for name in _ABOUT_STRINGS], None if listed else types_of(node))


def _node(facts: _Facts) -> Node:
    """The keywords of a schema about strings."""
    return {name: said for name, said in zip(_ABOUT_STRINGS, facts, strict=False) if said is not None}


def _made_texts(facts: _Facts) -> _Texts:
    kinds = facts[-1]
    node = _node(facts)
    is_valid = jsonschema_rs.Draft202012Validator(node, validate_formats=True).is_valid
    return _Texts(is_valid, kinds is not None and is_phone_number({**node, "type": list(kinds)} if kinds else node))


def _names(node: Any) -> set[str]:
    """The names of all properties and parameters in a document."""
    found: set[str] = set()
    if isinstance(node, list):
        return found.union(*map(_names, node))
    if isinstance(node, dict):
        properties, name = node.get("properties"), node.get("name")
        if isinstance(properties, dict):
            found |= properties.keys()
        if isinstance(name, str) and "in" in node:
            found.add(name)
        return found.union(*map(_names, node.values()))
    return found
