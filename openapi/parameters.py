"""Parameters: what the text of a request turns into."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from openapi.contract import Parameter
from openapi.document.keywords import PARAMETER, allowed
from openapi.document.node import Node
from openapi.media import compiled, read_examples
from openapi.pointers import join
from openapi.schemas import Schema

_DIGITS = re.compile(r"-?[0-9]+", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?", re.ASCII)
_MOST_DIGITS = 4300


def read_parameter(node: Node) -> Parameter:
    """The parameter at `node`, a reference or not. Raises SpecError where it is of a kind that the mock can't read."""
    node = node.follow().mapping(allowed(PARAMETER, node), required=("name", "in", "schema"))
    location = node["in"].one_of(("query", "path", "header"))
    required = node.boolean_of("required")
    if location == "path" and not required:
        raise node.fail("is in the path and not required", "add required: true")
    schema = compiled(node["schema"])
    kind = _kind(node["schema"], schema.node)
    many = kind == "array"
    _check_style(node, location, many)
    read_examples(node, schema)
    return Parameter(
        name=node["name"].text(),
        location="query" if location == "query" else "path" if location == "path" else "header",
        required=required,
        schema=schema,
        read=READERS[_item_kind(node["schema"], schema) if many else kind],
        many=many,
        has_default="default" in schema.node,
        default=schema.node.get("default"),
        pointer=node.pointer,
    )


def _check_style(node: Node, location: str, many: bool) -> None:
    style, plain = node.get("style"), {"query": "form"}.get(location, "simple")
    if style and style.text() != plain:
        raise style.fail(f"is {style.value}, which isn't read in the {location}", f"leave it out, or write {plain}")
    if many and location != "query":
        raise node.fail(
            f"is an array in the {location}, which isn't read", "put it in the query, or take a single value"
        )
    if many and "explode" in node.value and not node.boolean_of("explode"):
        raise node["explode"].fail("joins a list by commas, which isn't read", "leave it out: repeat the parameter")


def _item_kind(node: Node, schema: Schema) -> str:
    if "items" not in schema.node:
        return "string"
    items = compiled(node.at(join(schema.pointer, "items")))
    kind = _kind(node, items.node)
    if kind == "array":
        raise node.fail("is an array of arrays, which a parameter can't be read as", "make its items single values")
    return kind


def _kind(node: Node, schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "string")
    if kind not in (*READERS, "array"):
        raise node.fail(
            f"is of type {kind!r}, which a parameter can't be read as",
            "write string, integer, number, boolean or an array of these",
        )
    return str(kind)


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


READERS: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {"string": str, "integer": _integer, "number": _number, "boolean": _boolean}
)
"""By JSON Schema type, how the text of a parameter is read; each raises ValueError with what to write instead."""
