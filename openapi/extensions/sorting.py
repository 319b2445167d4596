"""The `sort` of a list: which query parameters choose the order of its records."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from openapi.comparisons import ComparedField
from openapi.document.node import Node, suggestion
from openapi.extensions.criteria import compared_field
from openapi.flattening import flat, types_of
from openapi.model.http import Parameter
from openapi.model.lists import Sort, SortDirection, SortTerm
from openapi.schemas import Schema

_NAME = "{field}"


def read_sort(node: Node, query: Mapping[str, Parameter], record: Schema) -> Sort:
    """The sort order that a list's parameters choose. Raises SpecError for a name that does not exist."""
    node.mapping(("direction", "ascending", "descending"), required=("parameter", "fields"))
    parameter = _parameter(node["parameter"], query)
    fields = _read_fields(node["fields"], record)
    direction = None
    if "direction" in node.value:
        direction = _read_direction(node, query)
        terms = {name: SortTerm(field, descending=False) for name, field in fields.items()}
    else:
        terms = {
            _template(node, key, usual).replace(_NAME, name): SortTerm(field, descending=key == "descending")
            for key, usual in (("ascending", _NAME), ("descending", f"-{_NAME}"))
            for name, field in fields.items()
        }
    _check_values(node["parameter"], parameter, terms)
    is_array = parameter.many or "array" in types_of(flat(parameter.schema.document, parameter.schema.node))
    return Sort(parameter.name, is_array, MappingProxyType(terms), direction)


def _parameter(node: Node, query: Mapping[str, Parameter]) -> Parameter:
    if node.text() not in query:
        problem = f"names the query parameter {node.value!r}, which the list operation does not have"
        raise node.fail(problem, suggestion(node.text(), query))
    return query[node.text()]


def _read_fields(node: Node, record: Schema) -> dict[str, ComparedField]:
    """The fields by their names in requests."""
    if isinstance(node.value, dict):
        found = {name: compared_field(entry, record, through_arrays=False)[0] for name, entry in node.fields()}
    else:
        found = {one.text(): compared_field(one, record, through_arrays=False)[0] for one in node.items()}
    if not found:
        raise node.fail("is empty", "name the fields to sort by")
    return found


def _read_direction(node: Node, query: Mapping[str, Parameter]) -> SortDirection:
    parameter = _parameter(node["direction"], query)
    words = {name: node.text_of(name, usual) for name, usual in (("ascending", "asc"), ("descending", "desc"))}
    for name, word in words.items():
        if not parameter.schema.is_valid(word):
            entry = node[name] if name in node.value else node["direction"]
            problem = f"has {name} as {word}, which the parameter {parameter.name} does not allow"
            raise entry.fail(problem, f"add {name}: with the value that it has there")
    return SortDirection(parameter.name, **words)


def _template(node: Node, key: str, usual: str) -> str:
    text = node.text_of(key, usual)
    if _NAME not in text:
        advice = f"write it with the name of the field, such as {usual}"
        raise node[key].fail(f"is {text!r}, which lacks {_NAME}", advice)
    return text


def _check_values(node: Node, parameter: Parameter, terms: Mapping[str, Any]) -> None:
    """Raise SpecError if the parameter lists a value that names no field."""
    schema = flat(parameter.schema.document, parameter.schema.node)
    schema = flat(parameter.schema.document, schema.get("items", {})) if "array" in types_of(schema) else schema
    for value in schema.get("enum", ()):
        unknown = [one for one in str(value).split(",") if one not in terms]
        if unknown:
            problem = f"has the value {value!r}, but {unknown[0]!r} names no field"
            raise node.fail(problem, "add it to fields, such as {" + f"{unknown[0].strip('+-')}: …" + "}")
