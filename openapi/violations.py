"""Turns the errors of a compiled schema into violations: one JSON Pointer, one keyword and one sentence each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import jsonschema_rs

from openapi.messages import WITH_EXAMPLE, describe, shown, unknown_field
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


SchemaAt: TypeAlias = Callable[[str], Mapping[str, Any]]
"""The schema of the document that has the keyword at a pointer."""

_Branch: TypeAlias = Sequence[jsonschema_rs.ValidationError]


def violations_of(
    errors: Iterable[jsonschema_rs.ValidationError], value: Any, schema_at: SchemaAt, otherwise: str = ""
) -> list[SchemaViolation]:
    """The violations for the `errors` of `value`; for `oneOf` and `anyOf`, those of the intended branch.

    `otherwise` is the pointer of the schema, for an error without its own keyword.
    """
    found: list[SchemaViolation] = []
    for error in errors:
        tokens, path, kind = error.schema_path, from_tokens(error.instance_path), error.kind
        name, facts = kind.name, kind.as_dict()
        if not tokens:
            found.append(SchemaViolation(path, "not", otherwise, describe(error, name, facts)))
            continue
        keyword, rests_on = str(tokens[-1]), _pointer_of(tuple(tokens))
        if "context" in facts:
            found += _of_branches(error, value, rests_on, schema_at)
        elif "unexpected" in facts or (keyword == "additionalProperties" and name == "falseSchema"):
            # If no fields are allowed, the error does not list those in the value.
            known = tuple(schema_at(rests_on).get("properties", {}))
            for field in facts.get("unexpected") or resolve(value, path):
                found.append(SchemaViolation(join(path, field), keyword, rests_on, unknown_field(field, known)))
        else:
            path = join(path, facts["property"]) if name == "required" else path
            broken = broken_format(schema_at(rests_on), keyword, facts["limit"]) if name in _BOUNDS else None
            if broken is not None:
                format_pointer = f"{rests_on.rpartition('/')[0]}/format"
                found.append(
                    SchemaViolation(path, "format", format_pointer, f"{shown(error.instance)} is not a valid {broken}")
                )
                continue
            message = describe(error, name, facts, schema_at(rests_on) if name in WITH_EXAMPLE else None)
            found.append(SchemaViolation(path, keyword, rests_on, message))
    return found


@lru_cache(4096)
def _pointer_of(tokens: tuple[str | int, ...]) -> str:
    """The pointer of a keyword in the document; there are as many as it has keywords."""
    return from_tokens(tokens)


def _of_branches(
    error: jsonschema_rs.ValidationError, value: Any, rests_on: str, schema_at: SchemaAt
) -> list[SchemaViolation]:
    path, keyword = from_tokens(error.instance_path), rests_on.rpartition("/")[2]
    branches: Sequence[_Branch] = error.kind.as_dict()["context"]
    if not any(branches):
        message = "matches more than one of the alternatives; one is allowed"
        return [SchemaViolation(path, keyword, rests_on, message)]
    meant = _discriminated(error.instance, schema_at(rests_on), keyword)
    if isinstance(meant, SchemaViolation):
        return [meant._replace(path=path + meant.path, rests_on=rests_on)]
    if meant is None or meant >= len(branches):
        costs = [_cost(branch, len(error.instance_path)) for branch in branches]
        closest = [index for index, cost in enumerate(costs) if cost == min(costs)]
        if min(costs) >= _WRONG_KIND or len(closest) > 1:
            message = _none_fits(error, value, [branches[index] for index in closest], schema_at)
            return [SchemaViolation(path, keyword, rests_on, message)]
        meant = closest[0]
    return violations_of(branches[meant], value, schema_at, rests_on)


def _discriminated(value: Any, schema: Mapping[str, Any], keyword: str) -> int | SchemaViolation | None:
    """The branch that the value's discriminator names, or a message if it is invalid; None without a discriminator."""
    discriminator = schema.get("discriminator")
    name = discriminator.get("propertyName") if isinstance(discriminator, dict) else None
    if not isinstance(discriminator, dict) or not isinstance(name, str) or not isinstance(value, dict):
        return None
    references = [branch.get("$ref", "") if isinstance(branch, dict) else "" for branch in schema[keyword]]
    names = {str(ref).rpartition("/")[2]: index for index, ref in enumerate(references) if ref}
    for said, target in (discriminator.get("mapping") or {}).items():
        index = next((index for index, ref in enumerate(references) if ref and target in (ref, _name_of(ref))), None)
        if index is not None:
            names = {other: known for other, known in names.items() if known != index or other == said}
            names[said] = index
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
    error: jsonschema_rs.ValidationError, value: Any, closest: Sequence[_Branch], schema_at: SchemaAt
) -> str:
    errors = [one for branch in closest for one in branch]
    if all(one.kind.name == "type" for one in errors):
        types = [name for one in errors for name in one.kind.as_dict()["types"]]
        return f"expected {' or '.join(dict.fromkeys(types))}, got {shown(error.instance)}"
    reasons = []
    for branch in closest[:_MOST_ALTERNATIVES]:
        first = violations_of(branch, value, schema_at)[0]
        reasons.append(f"{first.path}: {first.message}" if first.path else first.message)
    more = " | …" if len(closest) > _MOST_ALTERNATIVES else ""
    return f"matches none of the alternatives: {' | '.join(reasons)}{more}"
