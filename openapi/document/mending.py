"""Repairs schemas before they are compiled: removes unusable keywords from memory, with a warning."""

from __future__ import annotations

from collections.abc import Iterator

import jsonschema_rs

from openapi.document.node import Node, kind_of
from openapi.document.walk import keyword_mappings
from openapi.messages import describe
from openapi.pointers import from_tokens, join, resolve

_METASCHEMA = jsonschema_rs.Draft202012Validator(
    {"$ref": "https://json-schema.org/draft/2020-12/schema"}, validate_formats=True
)
_SAME_VALUE = ("allOf", "anyOf", "oneOf")
_TYPES = "array, boolean, integer, null, number, object or string"


def mend_schemas(root: Node) -> None:
    """Make every schema in the document of `root` compile, and give each parameter and header a schema."""
    for mapping in _mappings(root):
        _give_schema(mapping)
    found = list(_schemas(root))
    for node in found:
        _mend(node)
    ended: set[str] = set()
    for node in found:
        _end_circles(Node(root.reading, resolve(root.value, node.pointer), node.pointer), (), ended)


def _mappings(root: Node) -> Iterator[Node]:
    for pointer, mapping in list(keyword_mappings(root.value)):
        yield Node(root.reading, mapping, pointer)


def _schemas(root: Node) -> Iterator[Node]:
    components = root.value.get("components")
    schemas = components.get("schemas") if isinstance(components, dict) else None
    for name in schemas if isinstance(schemas, dict) else ():
        yield root["components"]["schemas"][name]
    for node in _mappings(root):
        for keyword in ("schema", "itemSchema"):
            if keyword in node.value and not node.pointer.startswith("/x-"):
                yield node[keyword]


def _give_schema(node: Node) -> None:
    """A parameter or header without a schema accepts any value."""
    above, _, name = node.pointer.rpartition("/")
    is_header = above.endswith("/headers")
    is_parameter = "in" in node.value and "name" in node.value and (name.isdecimal() or above.endswith("/parameters"))
    if not (is_header or is_parameter) or "$ref" in node.value or "schema" in node.value:
        return
    media = node.value.get("content")
    first = next(iter(media.values()), None) if isinstance(media, dict) else None
    if isinstance(first, dict):
        first.setdefault("schema", {})
    else:
        node.warn("has no schema; any value is valid", "add a schema")
        node.value["schema"] = {}


def _mend(node: Node) -> None:
    """Remove each keyword of a schema that is not JSON Schema. References are not followed."""
    if not isinstance(node.value, dict | bool):
        node.warn(f"is {kind_of(node.value)}, not a schema; any value is valid", "write a mapping, or true")
        holder_pointer, _, last = node.pointer.rpartition("/")
        resolve(node.root, holder_pointer)[last.replace("~1", "/").replace("~0", "~")] = {}
        return
    while not _METASCHEMA.is_valid(node.value):
        error = next(iter(_METASCHEMA.iter_errors(node.value)))
        node.below(from_tokens(error.instance_path)).warn(*_problem_of(error))
        tokens = list(error.instance_path)
        while isinstance(tokens[-1], int):
            tokens.pop()
        del resolve(node.value, from_tokens(tokens[:-1]))[tokens[-1]]


def _problem_of(error: jsonschema_rs.ValidationError) -> tuple[str, str]:
    """What is wrong with a schema, and what to write."""
    keyword = next((str(token) for token in reversed(error.instance_path) if isinstance(token, str)), "")
    if keyword == "type":
        return f"is {error.instance!r}, which is not a type, and is ignored", f"write {_TYPES}"
    if keyword == "$ref":
        return f"is {error.instance!r}, which is not a reference", "write one such as #/components/schemas/Thing"
    if keyword in ("pattern", "patternProperties") and error.kind.name == "format":
        advice = "write an ECMA-262 expression, with \\ before literal special characters"
        return f"is {error.instance!r}, which is not a regular expression, and is ignored", advice
    return (
        f"is not JSON Schema and is ignored ({describe(error, error.kind.name, error.kind.as_dict())})",
        "correct it (JSON Schema 2020-12)",
    )


def _end_circles(node: Node, above: tuple[str, ...], ended: set[str]) -> None:
    """Remove a reference of a schema to itself for the same value, which would never end."""
    if not isinstance(node.value, dict) or node.pointer in ended:
        return
    seen = (*above, node.pointer)
    if isinstance(node.value.get("$ref"), str):
        target = node["$ref"].referred()
        if target.pointer in seen:
            node.warn("refers to itself for the same value; the reference is ignored", "refer to another schema")
            del node.value["$ref"]
        else:
            _end_circles(target, seen, ended)
    for keyword in _SAME_VALUE:
        for at, part in enumerate(node.value.get(keyword) or ()):
            _end_circles(Node(node.reading, part, join(node.pointer, keyword, at)), seen, ended)
    ended.add(node.pointer)
