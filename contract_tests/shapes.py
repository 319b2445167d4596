"""Which members the document describes: a service may show more (x-http answers), and those are nobody's business."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from openapi.pointers import resolve

Shape: TypeAlias = dict[str, Any]
"""`members`: the shapes of the members of an object, by name; `items`: that of the items of an array; {}: anything."""

_DEEPEST = 12


def shape_of(document: Mapping[str, Any], node: Any, depth: int = 0) -> Shape:
    """The shape that a schema describes, its references followed."""
    if not isinstance(node, dict) or depth > _DEEPEST:
        return {}
    parts = [node, *node.get("allOf", ())]
    if "$ref" in node and str(node["$ref"]).startswith("#"):
        parts.append(resolve(document, node["$ref"][1:]))
    members: Shape = {}
    shape: Shape = {}
    for part in parts:
        if part is not node:
            inner = shape_of(document, part, depth + 1)
            members |= inner.get("members", {})
            shape |= {"items": inner["items"]} if "items" in inner else {}
            continue
        members |= {name: shape_of(document, one, depth + 1) for name, one in part.get("properties", {}).items()}
        shape |= {"items": shape_of(document, part["items"], depth + 1)} if "items" in part else {}
    return {**shape, **({"members": members} if members else {})}
