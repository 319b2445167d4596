"""The `filters` of a list: which query parameter selects the records with which values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from openapi.comparisons import COMPARISONS, ComparedField, Comparison
from openapi.document.node import Node, suggestion
from openapi.extensions.field_rules import field_of
from openapi.flattening import flat, types_of
from openapi.model.http import Parameter
from openapi.model.lists import Criterion, Filter
from openapi.pointers import split
from openapi.schemas import Schema

_ORDERED = frozenset(("integer", "number", "string"))
_SCALAR = _ORDERED | {"boolean"}
_TIMES = ("date", "date-time")


class Filters(NamedTuple):
    """The filters by plain equality, and the others."""

    plain: tuple[Filter, ...]
    criteria: tuple[Criterion, ...]


class _Source(NamedTuple):
    """The source of a filter's value: a query parameter, or a field of one that is an object."""

    path: tuple[str, ...]
    schema: Mapping[str, Any]


def read_filters(node: Node, query: Mapping[str, Parameter], record: Schema) -> Filters:
    """The filters of a list. Raises SpecError for a name that does not exist, and for values that never compare."""
    plain: list[Filter] = []
    criteria: list[Criterion] = []
    for name, entry in node.fields_of("filters"):
        source = _source(entry, query, name)
        if isinstance(entry.value, str) and not entry.value.startswith("/"):
            field = field_of(record, entry)
            is_array = types_of(flat(record.document, record.node["properties"][field])) == ("array",)
            if len(source.path) == 1 and not is_array:
                plain.append(Filter(name, field, entry.pointer))
                continue
        criteria.append(_read_criterion(name, entry, source, record))
    return Filters(tuple(plain), tuple(criteria))


def compared_field(
    node: Node, record: Schema, *, through_arrays: bool = True
) -> tuple[ComparedField, Mapping[str, Any]]:
    """The field that `node` names, by its name or by a JSON Pointer into the record, and its flat schema.

    Raises SpecError, also for one in or with an array unless `through_arrays`.
    """
    path = _path(node)
    flat_schema = flat(record.document, record.node)
    for index, token in enumerate(path):
        fields = _item(record, flat_schema).get("properties", {})
        if token not in fields:
            above = "/".join(path[:index])
            of = f"{above} in {record.pointer}" if above else record.pointer
            raise node.fail(f"is {node.value!r}, which is not a field of {of}", suggestion(token, fields))
        flat_schema = flat(record.document, fields[token])
        if not through_arrays and "array" in types_of(flat_schema):
            raise node.fail(f"is {node.value!r}, which is an array", "name a field with one value")
    flat_schema = _item(record, flat_schema)
    types = {*types_of(dict(flat_schema))} - {"null"}
    if types - _SCALAR:
        advice = f"name one of its fields, such as {_inner(node, flat_schema)}"
        raise node.fail(f"is {node.value!r}, which is an object", advice)
    return ComparedField(path, flat_schema.get("format") in _TIMES), flat_schema


def _inner(node: Node, flat_schema: Mapping[str, Any]) -> str:
    name = next(iter(flat_schema.get("properties", {})), "name")
    return f"/{node.text().removeprefix('/')}/{name}"


def _path(node: Node) -> tuple[str, ...]:
    text = node.text()
    if not text.startswith("/"):
        return (text,)
    try:
        return tuple(split(text))
    except ValueError:
        raise node.fail(f"is {text!r}, which is not a JSON Pointer", "write one such as /address/city") from None


def _item(record: Schema, flat_schema: dict[str, Any]) -> dict[str, Any]:
    """The flat schema of an array's items; for any other value, its own."""
    while "array" in types_of(flat_schema) and "items" in flat_schema:
        flat_schema = flat(record.document, flat_schema["items"])
    return flat_schema


def _source(node: Node, query: Mapping[str, Parameter], name: str) -> _Source:
    if name in query:
        return _Source((name,), _flat_item(query[name].schema, query[name].schema.node))
    base, bracket, rest = name.partition("[")
    if bracket and base in query:
        parameter = query[base]
        flat_schema = flat(parameter.schema.document, parameter.schema.node)
        fields, inner = flat_schema.get("properties", {}), rest.removesuffix("]")
        if inner not in fields:
            problem = f"names {inner!r}, which is not a field of the query parameter {base!r}"
            raise node.fail(problem, suggestion(inner, fields))
        return _Source((base, inner), _flat_item(parameter.schema, fields[inner]))
    problem = f"names the query parameter {name!r}, which the list operation does not have"
    raise node.fail(problem, suggestion(name, query))


def _flat_item(schema: Schema, node: Any) -> dict[str, Any]:
    flat_schema = flat(schema.document, node)
    return flat(schema.document, flat_schema.get("items", {})) if types_of(flat_schema) == ("array",) else flat_schema


def _read_criterion(name: str, node: Node, source: _Source, record: Schema) -> Criterion:
    comparison: Comparison = "equal"
    field_node = node
    if isinstance(node.value, dict):
        node.mapping(("is",), required=("field",))
        field_node = node["field"]
        if "is" in node.value:
            comparison = cast("Comparison", node["is"].one_of(COMPARISONS))
    field, flat_schema = compared_field(field_node, record)
    held, sent = ({*types_of(dict(one))} - {"null"} for one in (flat_schema, source.schema))
    if comparison != "equal" and held and not held & _ORDERED:
        advice = "leave out is, or name a number, a text or a time"
        raise node.fail(f"is {comparison}, but {field_node.value} has the type {' or '.join(sorted(held))}", advice)
    if held and sent and not _meet(held, sent):
        kinds = " or ".join(sorted(held))
        problem = f"compares a {' or '.join(sorted(sent))} with {field_node.value}, which has the type {kinds}"
        raise node.fail(problem, f"give the parameter {name} the type {kinds}")
    return Criterion(name, source.path, field, comparison, node.pointer)


def _meet(held: set[str], sent: set[str]) -> bool:
    numbers = {"integer", "number"}
    return bool(held & sent or (held & numbers and sent & numbers))
