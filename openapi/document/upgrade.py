"""Upgrades any OpenAPI 3.x to 3.1 in memory: the schema keywords of 3.0 become those of JSON Schema 2020-12.

Proposals for the migration from 3.0 to 3.1: https://www.openapis.org/blog/2021/02/16/migrating-from-openapi-3-0-to-3-1-0
"""

from __future__ import annotations

from typing import Any

from openapi.document.node import Node
from openapi.document.walk import keyword_mappings

VERSION = "3.1.1"
"""The version that the upgraded document declares."""

_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


def upgrade(root: Node) -> None:
    """Change the document of `root` to 3.1. In a document of 3.1, keywords of 3.0 get a warning and are converted."""
    is_3_0 = str(root.value["openapi"]).startswith("3.0")
    for pointer, mapping in list(keyword_mappings(root.value)):
        node = Node(root.reading, mapping, pointer)
        if is_3_0 and isinstance(mapping.get("$ref"), str) and len(mapping) > 1:
            _drop_siblings(mapping)
        if "nullable" in mapping:
            _replace_nullable(node, is_3_0)
        for keyword, bound in _BOUNDS.items():
            if isinstance(mapping.get(keyword), bool):
                _replace_bound(node, keyword, bound, is_3_0)
    root.value["openapi"] = VERSION


def _drop_siblings(mapping: dict[str, Any]) -> None:
    """Fields next to a `$ref` are ignored (OAS 3.0.4, section 4.7.23, Reference Object)."""
    reference = mapping["$ref"]
    mapping.clear()
    mapping["$ref"] = reference


def _replace_nullable(node: Node, is_3_0: bool) -> None:
    mapping = node.value
    nullable = mapping["nullable"]
    if not isinstance(nullable, bool):
        return
    if not is_3_0:
        node["nullable"].warn("has no meaning in OpenAPI 3.1; null is allowed here", "write type: [string, 'null']")
    del mapping["nullable"]
    if not nullable:
        return
    named = mapping.get("type")
    if isinstance(named, str | list):
        mapping["type"] = [*([named] if isinstance(named, str) else named), "null"]
    elif any(keyword in mapping for keyword in ("allOf", "anyOf", "oneOf", "$ref", "enum")):
        # In 3.0, nullable has no meaning without a type. Authors mean null, and tools read it so.
        rest = dict(mapping)
        mapping.clear()
        mapping["anyOf"] = [rest, {"type": "null"}]


def _replace_bound(node: Node, keyword: str, bound: str, is_3_0: bool) -> None:
    mapping = node.value
    if not is_3_0:
        node[keyword].warn("is a boolean as in OpenAPI 3.0; it is read as one", f"write {keyword}: 5 without {bound}")
    exclusive = mapping.pop(keyword)
    if exclusive and bound in mapping:
        mapping[keyword] = mapping.pop(bound)
