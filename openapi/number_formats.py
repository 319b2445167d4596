"""The integer formats of OpenAPI's registry, such as int32, as bounds: JSON Schema libraries judge formats of strings.

https://spec.openapis.org/registry/format/
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple


class Bounds(NamedTuple):
    """The least and the greatest integer of a format."""

    minimum: int
    maximum: int


_BITS = (8, 16, 32, 64)
INTEGER_FORMATS: Mapping[str, Bounds] = MappingProxyType(
    {
        **{f"int{bits}": Bounds(-(1 << bits - 1), (1 << bits - 1) - 1) for bits in _BITS},
        **{f"uint{bits}": Bounds(0, (1 << bits) - 1) for bits in _BITS},
    }
)


def with_bounds(value: Any) -> Any:
    """`value`, a part of a document, with the bounds of integer formats as keywords. Unchanged parts are shared."""
    if isinstance(value, list):
        items = [with_bounds(item) for item in value]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    if not isinstance(value, dict):
        return value
    changed = {name: new for name, old in value.items() if (new := with_bounds(old)) is not old}
    bounds = _bounds(value)
    if bounds is not None:
        changed["minimum"] = max(bounds.minimum, _number(value.get("minimum"), bounds.minimum))
        changed["maximum"] = min(bounds.maximum, _number(value.get("maximum"), bounds.maximum))
    return {**value, **changed} if changed else value


def broken_format(schema: Mapping[str, Any], keyword: str, limit: Any) -> str | None:
    """The format that a value breaks if it exceeds `limit`; None if the limit is in the schema itself."""
    if keyword not in ("minimum", "maximum") or schema.get(keyword) == limit:
        return None
    return str(schema["format"]) if _bounds(schema) is not None else None


def _bounds(schema: Mapping[str, Any]) -> Bounds | None:
    name, kinds = schema.get("format"), schema.get("type")
    if not isinstance(name, str) or "integer" not in (kinds if isinstance(kinds, list) else [kinds]):
        return None
    return INTEGER_FORMATS.get(name)


def _number(value: Any, otherwise: int) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else otherwise
