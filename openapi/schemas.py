"""JSON Schemas of the document, compiled once and used for many values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any
from urllib.parse import quote, unquote

import jsonschema_rs

from openapi.pointers import resolve
from openapi.violations import SchemaViolation, violations_of

_DOCUMENT = "urn:callcamp:document"
"""The URI of a document in its registry."""

_PATH_AND_KEYWORD = itemgetter(0, 1)


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema of the document: its pointer, its content, and its compiled validator (JSON Schema 2020-12).

    `node` is the schema with a `$ref` at its top followed; don't change it. `schema_at` gives the schema of the
    document that has the keyword at a pointer.
    """

    pointer: str
    node: dict[str, Any] = field(compare=False)
    document: Mapping[str, Any] = field(compare=False, repr=False)
    compiled: jsonschema_rs.Draft202012Validator = field(compare=False, repr=False)
    schema_at: Callable[[str], Mapping[str, Any]] = field(compare=False, repr=False)

    def is_valid(self, value: Any) -> bool:
        """Whether `value` keeps the schema, formats included."""
        return self.compiled.is_valid(value)

    def violations(self, value: Any) -> tuple[SchemaViolation, ...]:
        """Every way in which `value` breaks the schema, in the order of the value's paths.

        A field that is missing or unknown is a violation at the field's own path.
        """
        found = list(violations_of(self.compiled.iter_errors(value), value, self.schema_at, self.pointer))
        if len(found) > 1:
            return tuple(sorted(dict.fromkeys(found), key=_PATH_AND_KEYWORD))
        return tuple(found)


def compile_schema(document: dict[str, Any], pointer: str) -> Schema:
    """The schema at `pointer` of `document`, whose references are all local and lead round no circle.

    Raises ValueError where it is no schema.
    """
    node = resolve(document, pointer)
    while isinstance(node, dict) and set(node) == {"$ref"}:
        pointer = unquote(node["$ref"].removeprefix("#"))
        node = resolve(document, pointer)
    # Through a registry the validator takes what the schema refers to, and no copy of the whole document.
    whole = {name: value for name, value in document.items() if name in ("components", "paths")}
    compiled = jsonschema_rs.Draft202012Validator(
        {"$ref": f"{_DOCUMENT}#{quote(pointer)}"},
        validate_formats=True,
        registry=jsonschema_rs.Registry([(_DOCUMENT, whole)]),
    )
    node = node if isinstance(node, dict) else {} if node else {"not": {}}
    return Schema(pointer, node, document, compiled, lru_cache(256)(partial(_schema_at, document)))


def _schema_at(document: Mapping[str, Any], keyword: str) -> Mapping[str, Any]:
    schema = resolve(document, keyword.rpartition("/")[0])
    return schema if isinstance(schema, dict) else {}
