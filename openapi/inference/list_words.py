"""What a list's parameters compare and sort by, and what its headers count, if names and schemas agree."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from openapi.flattening import flat, types_of
from openapi.inference.draft import Draft, UndecidedError
from openapi.inference.records import field_of
from openapi.inference.words import LIMIT, OFFSET, PAGE, is_integer, named, plain, scalar_types, singular
from openapi.model.http import Operation, Parameter
from openapi.schemas import Schema

CURSOR = ("cursor", "after", "pagetoken", "nexttoken", "continuationtoken", "nextcursor")
NEXT = ("next", "nextcursor", "nexttoken", "nextpagetoken", "continuationtoken")
SORT = ("sort", "sortby", "orderby", "ordering", "sortfield")
DIRECTION = ("order", "direction", "sortorder", "sortdirection", "dir", "sortdir", "orderdirection")
_BOUNDS: Mapping[str, Mapping[str, str]] = {
    "number": {"min": "at-least", "max": "at-most"},
    "time": {"after": "above", "before": "below", "since": "at-least", "until": "at-most"},
    "any": {"gte": "at-least", "lte": "at-most", "gt": "above", "lt": "below"},
}
"""Words at the beginning or the end of a parameter's name, by their comparison."""
_OF_TIMES = ("", "at", "on", "date", "time")
_TIMES = ("date", "date-time")
_TEMPLATES = (
    ("{field}", "-{field}"),
    *((f"{{field}}{mark}asc", f"{{field}}{mark}desc") for mark in ("_", ":", "-", ".")),
)
_HEADERS = {"x-total-count": "total", "total-count": "total", "content-range": "range"}


def infer_cursor(draft: Draft, flats: Mapping[str, Mapping[str, Any]]) -> bool:
    """Find the parameter for the next cursor in the response; without one, drop the cursor."""
    response = draft.entry["list"]["answer"]
    if "next" not in response:
        return False
    cursors = [name for name in named(flats, CURSOR) if scalar_types(flats[name]) == {"string"}]
    limits = [name for name in named(flats, LIMIT) if is_integer(flats[name])]
    if len(cursors) == len(limits) == 1 and not named(flats, (*PAGE, *OFFSET)):
        reason = f"{cursors[0]} is a text like {response['next']} of the response"
        draft.choose({"cursor": cursors[0], "limit": limits[0]}, reason, "list", "paging")
        draft.drop("list", "answer", "fixed", response["next"])
        return True
    draft.drop("list", "answer", "next")
    return False


def infer_headers(draft: Draft, operation: Operation) -> None:
    """Find the headers of a list that have its total, its range or, if it has pages, links to them."""
    known = {**_HEADERS, **({"link": "links"} if "paging" in draft.entry["list"] else {})}
    for name in operation.success.headers:
        if name.lower() in known:
            draft.choose(known[name.lower()], f"a list declares the header {name}", "list", "answer", "headers", name)


def infer_comparison(draft: Draft, name: str, schema: Mapping[str, Any], record: Schema) -> bool:
    """Find the field that a parameter such as minPrice or createdAfter is a bound of. Returns whether there is one."""
    tokens = [token.lower() for token in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)]
    is_time = schema.get("format") in _TIMES
    words = {**_BOUNDS["any"], **_BOUNDS["time" if is_time else "number"]}
    for index, rest in ((0, tokens[1:]), (-1, tokens[:-1])):
        if not rest or tokens[index] not in words:
            continue
        endings = _OF_TIMES if is_time else ("",)
        fields = named(record.node["properties"], [f"{''.join(rest)}{ending}" for ending in endings])
        if len(fields) != 1:
            continue
        field = field_of(record, fields[0])
        if is_time is not (field.get("format") in _TIMES) or not _numbers_or_times(schema, field, is_time=is_time):
            continue
        comparison = words[tokens[index]]
        reason = f"{name} is {fields[0]} with {tokens[index]}, and both are {'times' if is_time else 'numbers'}"
        draft.choose({"field": fields[0], "is": comparison}, reason, "list", "filters", name)
        return True
    return False


def _numbers_or_times(schema: Mapping[str, Any], field: Mapping[str, Any], *, is_time: bool) -> bool:
    allowed = {"string"} if is_time else {"integer", "number"}
    return all(scalar_types(one) and scalar_types(one) <= allowed for one in (schema, field))


def infer_item(draft: Draft, name: str, schema: Mapping[str, Any], record: Schema) -> bool:
    """Find the array that a parameter is an item of, such as tag of tags. Returns whether there is one."""
    fields = [one for one in record.node["properties"] if plain(name) in (plain(one), plain(singular(one)))]
    if len(fields) != 1:
        return False
    field = field_of(record, fields[0])
    items = flat(record.document, field.get("items", {}))
    types = scalar_types(schema) & scalar_types(items)
    if scalar_types(field) != {"array"} or not types or types & {"object", "array"}:
        return False
    if schema.get("format") != items.get("format"):
        return False
    draft.choose(fields[0], f"{name} has the type of an item of {fields[0]}", "list", "filters", name)
    return True


def infer_text_of_item(draft: Draft, name: str, schema: Mapping[str, Any], record: Schema) -> bool:
    """Find the only text of the objects in an array with the parameter's name. Returns whether there is one."""
    fields = [one for one in record.node["properties"] if plain(name) in (plain(one), plain(singular(one)))]
    if len(fields) != 1 or scalar_types(schema) != {"string"} or {"format", "enum"} & set(schema):
        return False
    field = field_of(record, fields[0])
    if scalar_types(field) != {"array"}:
        return False
    properties = flat(record.document, field.get("items", {})).get("properties", {})
    texts = [one for one, node in properties.items() if scalar_types(flat(record.document, node)) == {"string"}]
    if len(texts) != 1:
        return False
    reason = f"{name} is a text, like the {texts[0]} of an item of {fields[0]}, its only text"
    draft.choose(f"/{fields[0]}/{texts[0]}", reason, "list", "filters", name)
    return True


def infer_sort(draft: Draft, query: Mapping[str, Parameter], record: Schema) -> set[str]:
    """Find what a list can be sorted by, if a parameter lists the fields. Returns the parameters for it.

    Raises UndecidedError if a parameter seems to sort, but the document doesn't list the fields.
    """
    found = [name for name in named(query, SORT) if name not in record.node["properties"]]
    if len(found) != 1:
        return set()
    values = _values(query[found[0]])
    directions = [name for name in named(query, DIRECTION) if len(_values(query[name])) == 2]
    fields = {
        one: one for one in record.node["properties"] if not scalar_types(field_of(record, one)) & {"array", "object"}
    }
    by_plain = {plain(one): one for one in fields}
    if len(directions) == 1 and values and all(plain(value) in by_plain for value in values):
        words = {plain(value)[:1]: value for value in _values(query[directions[0]])}
        if set(words) == {"a", "d"}:
            chosen = {value: by_plain[plain(value)] for value in values}
            entry = {"parameter": found[0], "fields": chosen, "direction": directions[0]}
            entry |= {"ascending": words["a"], "descending": words["d"]}
            reason = f"{found[0]} lists fields of the record, and {directions[0]} two directions"
            draft.choose(entry, reason, "list", "sort")
            return {found[0], directions[0]}
    for ascending, descending in _TEMPLATES:
        terms = {t.replace("{field}", one): one for one in fields for t in (ascending, descending)}
        if values and all(value in terms for value in values):
            names = list(dict.fromkeys(terms[value] for value in values))
            entry = {"parameter": found[0], "fields": names, "ascending": ascending, "descending": descending}
            draft.choose(entry, f"the values of {found[0]} are fields of the record", "list", "sort")
            return {found[0]}
    raise UndecidedError("the document does not list the fields that it sorts by")


def _values(parameter: Parameter) -> list[str]:
    """The values that a parameter lists, or that the items of an array do."""
    schema = flat(parameter.schema.document, parameter.schema.node)
    if types_of(schema) == ("array",):
        schema = flat(parameter.schema.document, schema.get("items", {}))
    return [value for value in schema.get("enum", ()) if isinstance(value, str)]
