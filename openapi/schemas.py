"""JSON Schemas of the document, compiled on first use."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from operator import itemgetter
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from openapi.flattening import Node, assertions, flat
from openapi.number_formats import with_bounds
from openapi.pointers import join, of_reference, resolve
from openapi.violations import KeywordAt, SchemaViolation, keyword_at, violations_of

_DOCUMENT = "urn:callcamp:document"
"""The URI of a document in its registry."""

_BASE64 = re.compile(r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", re.ASCII)
"""RFC 4648, section 4."""
_FORMATS: dict[str, Callable[[str], bool]] = {"byte": lambda text: _BASE64.fullmatch(text) is not None}

_PATH_AND_KEYWORD = itemgetter(0, 1)

_OF_SINGLE_FIELDS = frozenset({"type", "properties", "required", "additionalProperties", "unevaluatedProperties"})
"""Keywords of an object that don't make the value of one field depend on another."""


@dataclass(frozen=True)
class Schema:
    """A schema of the document: its pointer, its content, and its compiled validator (JSON Schema 2020-12).

    `node` is the schema with a `$ref` at its top followed and `allOf` merged; don't change it. `compile` makes a
    validator of a schema that may refer to the document. `keyword_at` gives a keyword of the document.
    """

    pointer: str
    node: dict[str, Any] = field(compare=False)
    document: Mapping[str, Any] = field(compare=False, repr=False)
    compile: Callable[[Node], jsonschema_rs.Draft202012Validator] = field(compare=False, repr=False)
    keyword_at: KeywordAt = field(compare=False, repr=False)

    @cached_property
    def compiled(self) -> jsonschema_rs.Draft202012Validator:
        """The validator. Raises ValueError if it is not a schema."""
        return self.compile(_reference(self.pointer))

    @cached_property
    def compiled_columns(self) -> jsonschema_rs.Draft202012Validator | None:
        """A validator of many objects at once, given as one object: each field has the array of its values.

        It finds every invalid value, but neither missing nor unknown fields. None if the value of a field may depend
        on another one.
        """
        node = resolve(self.document, self.pointer)
        if not isinstance(node, dict) or not assertions(node) <= _OF_SINGLE_FIELDS:
            return None
        fields = {name: join(self.pointer, "properties", name) for name in node.get("properties", {})}
        return self.compile({"properties": {name: {"items": _reference(at)} for name, at in fields.items()}})

    def is_valid(self, value: Any) -> bool:
        """Whether `value` matches the schema, including formats."""
        return self.compiled.is_valid(value)

    def allows(self, name: str, value: Any) -> bool:
        """Whether `value` is valid for the field `name` of an object with any other fields."""
        for error in self.compiled.iter_errors({name: value}):
            if error.instance_path:
                return False
            if error.kind.name != "required":
                # It may be about the object as a whole, or about this field.
                prefix = f"{join('', name)}/"
                return not any(f"{one.path}/".startswith(prefix) for one in self.violations({name: value}))
        return True

    def violations(self, value: Any) -> tuple[SchemaViolation, ...]:
        """All violations of the schema by `value`, in the order of the value's paths.

        The path of a missing or unknown field is the field's own.
        """
        found = violations_of(self.compiled.iter_errors(value), value, self.keyword_at, self.pointer)
        if len(found) > 1:
            return tuple(sorted(dict.fromkeys(found), key=_PATH_AND_KEYWORD))
        return tuple(found)


class Schemas:
    """The schemas of one document, which share one registry. The document must not change afterwards."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self._keyword_at = lru_cache(4096)(partial(keyword_at, document))
        self._known: dict[str, Schema] = {}

    def at(self, pointer: str) -> Schema:
        """The schema at `pointer`, with only local references. Raises LookupError or ValueError for no schema."""
        node = resolve(self.document, pointer)
        seen = {pointer}
        while isinstance(node, dict) and set(node) == {"$ref"}:
            pointer = of_reference(node["$ref"])
            node = resolve(self.document, pointer)
            if pointer in seen:
                raise ValueError(f"{pointer} refers to itself")
            seen.add(pointer)
        if pointer not in self._known:
            node = flat(self.document, node)
            self._known[pointer] = Schema(pointer, node, self.document, self._compile, self._keyword_at)
        return self._known[pointer]

    @cached_property
    def _registry(self) -> jsonschema_rs.Registry:
        # Through a registry, a validator takes only what the schema refers to, not a copy of the whole document.
        parts = ("components", "paths", "webhooks")
        whole = {name: with_bounds(value) for name, value in self.document.items() if name in parts}
        return jsonschema_rs.Registry([(_DOCUMENT, whole)])

    def _compile(self, schema: Node) -> jsonschema_rs.Draft202012Validator:
        return jsonschema_rs.Draft202012Validator(
            schema, formats=_FORMATS, validate_formats=True, registry=self._registry
        )


def _reference(pointer: str) -> Node:
    return {"$ref": f"{_DOCUMENT}#{quote(pointer)}"}


def compile_schema(document: Mapping[str, Any], pointer: str) -> Schema:
    """The schema at `pointer` of `document`, whose references are all local.

    Raises ValueError if it is not a schema.
    """
    schema = Schemas(document).at(pointer)
    _ = schema.compiled
    return schema
