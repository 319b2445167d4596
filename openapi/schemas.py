"""JSON Schemas of the document, compiled once and asked often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import jsonschema_rs

from openapi.messages import describe, unknown_member
from openapi.pointers import from_tokens, join, resolve


class SchemaViolation(NamedTuple):
    """One way in which a value breaks a schema.

    `path` is the JSON Pointer of the offending value within the judged one, `keyword` the schema's keyword that it
    breaks, `rests_on` that keyword's JSON Pointer in the document, `message` what was got and what is allowed.
    """

    path: str
    keyword: str
    rests_on: str
    message: str


_DOCUMENT = "urn:callcamp:document"
"""What a document is called in its registry."""

_PATH_AND_KEYWORD = itemgetter(0, 1)


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema of the document: where it stands, what it says, and its compiled validator (JSON Schema 2020-12).

    `node` is the schema with a `$ref` at its top followed; don't change it. `known_members` tells which members a
    schema of the document names, by the pointer of its keyword that refuses all others.
    """

    pointer: str
    node: dict[str, Any] = field(compare=False)
    document: Mapping[str, Any] = field(compare=False, repr=False)
    compiled: jsonschema_rs.Draft202012Validator = field(compare=False, repr=False)
    known_members: Callable[[str], tuple[str, ...]] = field(compare=False, repr=False)

    def is_valid(self, value: Any) -> bool:
        """Whether `value` keeps the schema, formats included."""
        return self.compiled.is_valid(value)

    def violations(self, value: Any) -> tuple[SchemaViolation, ...]:
        """Every way in which `value` breaks the schema, in the order of the value's paths.

        A member that is missing or unknown is a violation at the member's own path.
        """
        found: list[SchemaViolation] = []
        for error in self.compiled.iter_errors(value):
            kind = error.kind
            facts = kind.as_dict()
            tokens = error.schema_path
            rests_on, keyword = (_pointer_of(tuple(tokens)), str(tokens[-1])) if tokens else (self.pointer, "not")
            path = from_tokens(error.instance_path)
            if keyword == "additionalProperties" and kind.name == "falseSchema":
                # An object that may have no member at all: the error names none of those that it has.
                facts = {"unexpected": list(resolve(value, path))}
            if "unexpected" in facts:
                known = self.known_members(rests_on)
                found += [
                    SchemaViolation(join(path, member), keyword, rests_on, unknown_member(member, known))
                    for member in facts["unexpected"]
                ]
                continue
            if keyword == "required":
                path = join(path, facts["property"])
            found.append(SchemaViolation(path, keyword, rests_on, describe(error, facts)))
        if len(found) > 1:
            return tuple(sorted(dict.fromkeys(found), key=_PATH_AND_KEYWORD))
        return tuple(found)


@lru_cache(4096)
def _pointer_of(tokens: tuple[str | int, ...]) -> str:
    """The pointer of a place in the document: there are as many as it has keywords."""
    return from_tokens(tokens)


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
    known_members = lru_cache(256)(partial(_members, document))
    node = node if isinstance(node, dict) else {} if node else {"not": {}}
    return Schema(pointer, node, document, compiled, known_members)


def _members(document: Mapping[str, Any], refused_by: str) -> tuple[str, ...]:
    return tuple(resolve(document, refused_by.rpartition("/")[0]).get("properties", {}))
