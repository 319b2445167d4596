"""JSON Schemas of the document, compiled once and asked often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

import jsonschema_rs

from openapi.messages import describe, unknown_member
from openapi.pointers import from_tokens, join, resolve


@dataclass(frozen=True, slots=True)
class SchemaViolation:
    """One way in which a value breaks a schema.

    `path` is the JSON Pointer of the offending value within the judged one, `keyword` the schema's keyword that it
    breaks, `rests_on` that keyword's JSON Pointer in the document, `message` what was got and what is allowed.
    """

    path: str
    keyword: str
    rests_on: str
    message: str


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema of the document: where it stands, what it says, and its compiled validator (JSON Schema 2020-12).

    `node` is the schema with a `$ref` at its top followed; don't change it.
    """

    pointer: str
    node: dict[str, Any] = field(compare=False)
    document: Mapping[str, Any] = field(compare=False, repr=False)
    compiled: jsonschema_rs.Draft202012Validator = field(compare=False, repr=False)

    def is_valid(self, value: Any) -> bool:
        """Whether `value` keeps the schema, formats included."""
        return self.compiled.is_valid(value)

    def violations(self, value: Any) -> tuple[SchemaViolation, ...]:
        """Every way in which `value` breaks the schema, in the order of the value's paths.

        A member that is missing or unknown is a violation at the member's own path.
        """
        errors = self.compiled.iter_errors(value)
        found = dict.fromkeys(violation for error in errors for violation in self._violations(error, value))
        return tuple(sorted(found, key=lambda violation: (violation.path, violation.keyword)))

    def _violations(self, error: jsonschema_rs.ValidationError, value: Any) -> list[SchemaViolation]:
        path = from_tokens(error.instance_path)
        rests_on = from_tokens(error.schema_path)
        keyword = str(error.schema_path[-1]) if error.schema_path else "not"
        facts: dict[str, Any] = error.kind.as_dict()
        if keyword == "additionalProperties" and error.kind.name == "falseSchema":
            # An object that may have no member at all: the error names none of those that it has.
            facts = {"unexpected": list(resolve(value, path))}
        if "unexpected" in facts:
            properties = resolve(self.document, rests_on.rpartition("/")[0]).get("properties", {})
            return [
                SchemaViolation(join(path, name), keyword, rests_on, unknown_member(name, list(properties)))
                for name in facts["unexpected"]
            ]
        if keyword == "required":
            path = join(path, facts["property"])
        return [SchemaViolation(path, keyword, rests_on or self.pointer, describe(error))]


def compile_schema(document: dict[str, Any], pointer: str) -> Schema:
    """The schema at `pointer` of `document`, whose references are all local and lead round no circle.

    Raises ValueError where it is no schema.
    """
    node = resolve(document, pointer)
    while isinstance(node, dict) and set(node) == {"$ref"}:
        pointer = unquote(node["$ref"].removeprefix("#"))
        node = resolve(document, pointer)
    # The document travels along so that its local references resolve; a root `$ref` selects the schema.
    whole = {name: value for name, value in document.items() if name in ("components", "paths")}
    compiled = jsonschema_rs.Draft202012Validator({"$ref": f"#{quote(pointer)}", **whole}, validate_formats=True)
    return Schema(pointer, node if isinstance(node, dict) else {} if node else {"not": {}}, document, compiled)
