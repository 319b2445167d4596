"""Turns the errors of a compiled schema into violations: one JSON Pointer, one keyword and one sentence each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import jsonschema_rs

from openapi.messages import describe, example_of, shown, unknown_field
from openapi.number_formats import broken_format
from openapi.pointers import from_tokens, join, resolve

_BOUNDS = ("minimum", "maximum")
_WRONG_KIND = 100
_OTHER_CONSTANT = 10
_MOST_ALTERNATIVES = 3


class SchemaViolation(NamedTuple):
    """One way in which a value breaks a schema.

    `path` is the JSON Pointer of the offending value within the judged one, `keyword` the schema's keyword that it
    breaks, `rests_on` that keyword's JSON Pointer in the document, `message` what is wrong and what is allowed.
    """

    path: str
    keyword: str
    rests_on: str
    message: str


class Keyword(NamedTuple):
    """A keyword in a schema of the document, with what messages about it say.

    `schema` is the one that has the keyword, `properties` the names of its properties. `example` is the end of a
    message with an example of a valid value, or empty.
    """

    name: str
    pointer: str
    schema: Mapping[str, Any]
    properties: tuple[str, ...]
    example: str


KeywordAt: TypeAlias = Callable[[tuple[str | int, ...]], Keyword]
"""The keyword at the tokens of a JSON Pointer into the document."""

_Branch: TypeAlias = Sequence[jsonschema_rs.ValidationError]


def keyword_at(document: Mapping[str, Any], tokens: tuple[str | int, ...]) -> Keyword:
    """The keyword of `document` at the `tokens` of a JSON Pointer."""
    name = str(tokens[-1])
    schema = resolve(document, from_tokens(tokens[:-1]))
    schema = schema if isinstance(schema, dict) else {}
    return Keyword(name, from_tokens(tokens), schema, tuple(schema.get("properties", ())), example_of(name, schema))


def violations_of(
    errors: Iterable[jsonschema_rs.ValidationError], value: Any, keyword_at: KeywordAt, otherwise: str = ""
) -> list[SchemaViolation]:
    """The violations for the `errors` of `value`; for `oneOf` and `anyOf`, those of the intended branch.

    `otherwise` is the pointer of the schema, for an error without its own keyword.
    """
    found: list[SchemaViolation] = []
    for error in errors:
        tokens, at, kind = error.schema_path, error.instance_path, error.kind
        path, name, facts = join("", *at), kind.name, kind.as_dict()
        if not tokens:
            found.append(SchemaViolation(path, "not", otherwise, describe(error, name, facts)))
            continue
        keyword = keyword_at(tuple(tokens))
        if "context" in facts:
            found += _of_branches(error, value, keyword, keyword_at)
        elif "unexpected" in facts or (keyword.name == "additionalProperties" and name == "falseSchema"):
            # If no fields are allowed, the error does not list those in the value.
            for field in facts.get("unexpected") or resolve(value, path):
                message = unknown_field(field, keyword.properties)
                found.append(SchemaViolation(join(path, field), keyword.name, keyword.pointer, message))
        elif name in _BOUNDS and (broken := broken_format(keyword.schema, keyword.name, facts["limit"])) is not None:
            format_pointer = f"{keyword.pointer.rpartition('/')[0]}/format"
            found.append(
                SchemaViolation(path, "format", format_pointer, f"{shown(error.instance)} is not a valid {broken}")
            )
        else:
            path = join(path, facts["property"]) if name == "required" else path
            message = describe(error, name, facts) + (keyword.example if name == keyword.name else "")
            found.append(SchemaViolation(path, keyword.name, keyword.pointer, message))
    return found


def _of_branches(
    error: jsonschema_rs.ValidationError, value: Any, keyword: Keyword, keyword_at: KeywordAt
) -> list[SchemaViolation]:
    path = from_tokens(error.instance_path)
    branches: Sequence[_Branch] = error.kind.as_dict()["context"]
    if not any(branches):
        message = "matches more than one of the alternatives; one is allowed"
        return [SchemaViolation(path, keyword.name, keyword.pointer, message)]
    meant = _discriminated(error.instance, keyword.schema, keyword.name)
    if isinstance(meant, SchemaViolation):
        return [meant._replace(path=path + meant.path, rests_on=keyword.pointer)]
    if meant is None or meant >= len(branches):
        costs = [_cost(branch, len(error.instance_path)) for branch in branches]
        closest = [index for index, cost in enumerate(costs) if cost == min(costs)]
        if min(costs) >= _WRONG_KIND or len(closest) > 1:
            message = _none_fits(error, value, [branches[index] for index in closest], keyword_at)
            return [SchemaViolation(path, keyword.name, keyword.pointer, message)]
        meant = closest[0]
    return violations_of(branches[meant], value, keyword_at, keyword.pointer)


def _discriminated(value: Any, schema: Mapping[str, Any], keyword: str) -> int | SchemaViolation | None:
    """The branch that the value's discriminator names, or a message if it is invalid; None without a discriminator."""
    discriminator = schema.get("discriminator")
    name = discriminator.get("propertyName") if isinstance(discriminator, dict) else None
    if not isinstance(discriminator, dict) or not isinstance(name, str) or not isinstance(value, dict):
        return None
    references = [branch.get("$ref", "") if isinstance(branch, dict) else "" for branch in schema[keyword]]
    names = {str(ref).rpartition("/")[2]: index for index, ref in enumerate(references) if ref}
    for word, target in (discriminator.get("mapping") or {}).items():
        index = next((index for index, ref in enumerate(references) if ref and target in (ref, _name_of(ref))), None)
        if index is not None:
            names = {other: known for other, known in names.items() if known != index or other == word}
            names[word] = index
    if name not in value:
        return SchemaViolation(join("", name), "required", "", f"{name} is required")
    if value[name] in names:
        return names[value[name]]
    listed = ", ".join(names)
    return SchemaViolation(join("", name), "enum", "", f"{shown(value[name])} is not one of {listed}")


def _name_of(reference: str) -> str:
    return reference.rpartition("/")[2]


def _cost(branch: _Branch, depth: int) -> int:
    """How far a value is from a branch: another type is farthest, then a constant of another branch."""
    cost = 0
    for error in branch:
        kind = error.kind.name
        if kind in ("type", "falseSchema") and len(error.instance_path) == depth:
            cost += _WRONG_KIND
        elif kind in ("const", "enum") and len(error.instance_path) <= depth + 1:
            cost += _OTHER_CONSTANT
        else:
            cost += 1
    return cost


def _none_fits(
    error: jsonschema_rs.ValidationError, value: Any, closest: Sequence[_Branch], keyword_at: KeywordAt
) -> str:
    errors = [one for branch in closest for one in branch]
    if all(one.kind.name == "type" for one in errors):
        types = [name for one in errors for name in one.kind.as_dict()["types"]]
        return f"expected {' or '.join(dict.fromkeys(types))}, got {shown(error.instance)}"
    reasons = []
    for branch in closest[:_MOST_ALTERNATIVES]:
        first = violations_of(branch, value, keyword_at)[0]
        reasons.append(f"{first.path}: {first.message}" if first.path else first.message)
    more = " | …" if len(closest) > _MOST_ALTERNATIVES else ""
    return f"matches none of the alternatives: {' | '.join(reasons)}{more}"
