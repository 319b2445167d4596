"""Converts the strings of parameters and forms to JSON values, by their schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, TypeAlias

from openapi.flattening import Node, flat, types_of

Raw: TypeAlias = "str | list[Any] | dict[str, Any]"
"""A text, or texts in lists and by name."""

_DIGITS = re.compile(r"-?[0-9]+", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?", re.ASCII)
_MOST_DIGITS = 4300
_DEEPEST = 20


def _integer(text: str) -> int:
    if not _DIGITS.fullmatch(text):
        raise ValueError("write plain decimal digits, such as 10")
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"write at most {_MOST_DIGITS} digits")
    return int(text)


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError("write a decimal number, such as 1.5")
    return float(text) if re.search("[.eE]", text) else _integer(text)


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("write true or false")
    return text == "true"


def _null(text: str) -> None:
    if text not in ("null", ""):
        raise ValueError("write null")


READERS: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {"integer": _integer, "number": _number, "boolean": _boolean, "null": _null, "string": str}
)
"""The reader of each JSON Schema type, the strictest first; it raises ValueError with what to write instead."""

_TYPE_NAMES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


def kinds_of(document: Mapping[str, Any], schema: Any, depth: int = 0) -> frozenset[str]:
    """The types that values of a schema may have, including those of its alternatives; empty if it names none."""
    node = flat(document, schema)
    if "type" in node:
        return frozenset(types_of(node))
    listed = [node["const"]] if "const" in node else node.get("enum")
    if isinstance(listed, list):
        return frozenset("null" if value is None else _TYPE_NAMES[type(value)] for value in listed)
    if depth > _DEEPEST:
        return frozenset()
    found = [kinds_of(document, one, depth + 1) for one in _alternatives(node)]
    if "properties" in node:
        found.append(frozenset({"object"}))
    if "items" in node:
        found.append(frozenset({"array"}))
    return frozenset().union(*found)


def coerced(document: Mapping[str, Any], schema: Any, raw: Raw) -> Any:
    """The value of `raw`. A text that is not a value of the schema's types stays a text."""
    kinds = kinds_of(document, schema)
    if isinstance(raw, dict):
        return {name: coerced(document, _field(document, schema, name), value) for name, value in raw.items()}
    if isinstance(raw, list):
        if "array" in kinds or len(raw) != 1:
            return [coerced(document, _items(document, schema), one) for one in raw]
        return coerced(document, schema, raw[0])
    scalar = kinds & READERS.keys()
    if "array" in kinds and not scalar - {"null"}:
        return [coerced(document, _items(document, schema), raw)]
    for kind, read in READERS.items():
        if kind in scalar:
            try:
                return read(raw)
            except ValueError:
                continue
    return raw


def read_header(document: Mapping[str, Any], schema: Any, text: str) -> Any:
    """The value of a response header, in the style `simple` (OAS 3.1.1, section 4.8.12.3); objects stay a text."""
    is_array = "array" in kinds_of(document, schema)
    return coerced(document, schema, [part.strip(" \t") for part in text.split(",")] if is_array else text)


def header_reader(schema: Node) -> Callable[[str], Any]:
    """A function that reads a response header by a schema without references, as `read_header` does."""
    return str if kinds_of({}, schema) == {"string"} else partial(read_header, {}, schema)


def field_names(document: Mapping[str, Any], schema: Any) -> frozenset[str]:
    """The names of the properties that an object of the schema may have."""
    return frozenset(name for node in _branches(document, schema) for name in node.get("properties", ()))


def _field(document: Mapping[str, Any], schema: Any, name: str) -> Any:
    for node in _branches(document, schema):
        if name in node.get("properties", {}):
            return node["properties"][name]
    for node in _branches(document, schema):
        if isinstance(node.get("additionalProperties"), dict):
            return node["additionalProperties"]
    return {}


def _items(document: Mapping[str, Any], schema: Any) -> Any:
    return next((node["items"] for node in _branches(document, schema) if "items" in node), {})


def _branches(document: Mapping[str, Any], schema: Any, depth: int = 0) -> Iterator[Node]:
    node = flat(document, schema)
    yield node
    if depth <= _DEEPEST:
        for one in _alternatives(node):
            yield from _branches(document, one, depth + 1)


def _alternatives(node: Node) -> list[Any]:
    return [one for keyword in ("anyOf", "oneOf") for one in node.get(keyword, ())]
