"""How two responses to the same request differ in kind: status, headers, shape, order, counts; not values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from mock_server.upstream.judge import header_of, undescribed
from openapi.json_value import JsonValue
from openapi.model.fields import ServerMade
from openapi.model.http import Operation
from openapi.model.lists import ListResponse
from openapi.model.resource import Resource, Role
from openapi.pointers import ancestors, join, resolve

_DEEPEST = 12
_MOST_ITEMS = 200
_KINDS: Mapping[type, str] = {
    # 1 and 1.0 are the same in JSON.
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    list: "array",
    dict: "object",
    type(None): "null",
}


class Side(NamedTuple):
    """A response: `value` is the JSON value of its body, None without one."""

    status: int
    fields: tuple[tuple[str, str], ...]
    value: JsonValue


class Comparison:
    """Compares the responses to one operation; `resource` and `role` if it has them."""

    def __init__(self, operation: Operation, resource: Resource | None, role: Role | None) -> None:
        self._operation = operation
        self._resource = resource
        listing = resource.listing if resource and role is Role.LIST else None
        self._list_response = listing.response if listing else None
        self._order = self._ordering_field() if listing else None
        self._limit = listing.paging.limit if listing and listing.paging else None

    def _ordering_field(self) -> str | None:
        """The field that shows the order of a list."""
        resource = self._resource
        if resource is None or resource.listing is None:
            return None
        if resource.listing.order.by is not None:
            return resource.listing.order.by
        made = [one for one in resource.fields.values() if isinstance(one, ServerMade)]
        return next((one.field for one in made if one.kind == "time-of-creation"), None)

    def differences(self, theirs: Side, ours: Side, query: Mapping[str, str]) -> list[str]:
        """How `ours`, the mock's response, differs from `theirs`. `query` has the parameters of the request."""
        if theirs.status != ours.status:
            return [f"status: the service answers {theirs.status}, the mock {ours.status}"]
        found = [*self._headers(theirs, ours), *self._shapes(theirs, ours)]
        if self._list_response is not None and theirs.status < 300:
            found += self._list(self._list_response, theirs.value, ours.value, query)
        return found

    def _shapes(self, theirs: Side, ours: Side) -> Iterator[str]:
        """Different types, and fields that only one response has and the document does not describe."""
        declared = self._operation.response_for(theirs.status)
        schemas = [media.schema for media in declared.content.values() if media.schema] if declared else []
        strange: set[str] | None = None
        if schemas:
            node, document = schemas[0].node, schemas[0].document
            strange = undescribed(document, node, theirs.value, "") | undescribed(document, node, ours.value, "")
        yield from _shape_differences(theirs.value, ours.value, strange)

    def _headers(self, theirs: Side, ours: Side) -> Iterator[str]:
        media_types = [(header_of(side.fields, "content-type") or "none").partition(";")[0] for side in (theirs, ours)]
        if media_types[0].lower() != media_types[1].lower():
            yield f"header Content-Type: the service sends {media_types[0]}, the mock {media_types[1]}"
        declared = self._operation.response_for(theirs.status)
        for name in declared.headers if declared else ():
            has = [header_of(side.fields, name.lower()) is not None for side in (theirs, ours)]
            if has[0] != has[1]:
                yield f"header {name}: only the {'service' if has[0] else 'mock'} sends it"

    def _list(
        self, response: ListResponse, theirs: JsonValue, ours: JsonValue, query: Mapping[str, str]
    ) -> Iterator[str]:
        if self._order is not None:
            directions = [_direction(_at(value, response.items), self._order) for value in (theirs, ours)]
            if None not in directions and directions[0] != directions[1]:
                yield f"order by {self._order}: {directions[0]} in the service, {directions[1]} in the mock"
        limit = query.get(self._limit or "")
        facts = [_counts(response, value, limit) for value in (theirs, ours)]
        for name, holds in facts[0].items():
            if name in facts[1] and holds != facts[1][name]:
                yield f"counts: {name} {'holds' if holds else 'does not hold'} in the service, unlike in the mock"


def _at(value: JsonValue, pointer: str | None) -> JsonValue:
    if pointer is None:
        return None
    try:
        return resolve(value, pointer)
    except (LookupError, ValueError):
        return None


def _direction(items: JsonValue, field: str) -> str | None:
    """Whether `field` goes up or down from item to item; None if that is unclear."""
    values: list[Any] = [item.get(field) for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    if len(values) < 2 or any(type(one) is not type(values[0]) or one is None for one in values):
        return None
    if not isinstance(values[0], str | int | float) or len(set(values)) == 1:
        return None
    if all(first <= second for first, second in pairwise(values)):
        return "ascending"
    return "descending" if all(first >= second for first, second in pairwise(values)) else "unordered"


def _counts(response: ListResponse, value: JsonValue, limit: str | None) -> dict[str, bool]:
    """Whether the counts in a list's response are consistent, for those that it has."""
    items, total, pages = (_at(value, one) for one in (response.items, response.total, response.pages))
    said_limit = _at(value, response.limit)
    count = len(items) if isinstance(items, list) else None
    requested = int(limit) if limit is not None and limit.isascii() and limit.isdecimal() and len(limit) < 10 else None
    most = said_limit if isinstance(said_limit, int) else requested
    facts: dict[str, bool] = {}
    if requested is not None and count is not None:
        facts[f"at most {requested} items"] = count <= requested
    if requested is not None and isinstance(said_limit, int):
        facts["the limit as requested"] = said_limit == requested
    if isinstance(total, int) and count is not None:
        facts["a total of at least the items"] = total >= count
    if isinstance(pages, int) and isinstance(total, int) and isinstance(most, int) and most > 0:
        facts["pages = total / limit, rounded up"] = pages == -(-total // most)
    return facts


def _shape_differences(theirs: JsonValue, ours: JsonValue, strange: set[str] | None) -> Iterator[str]:
    """The differences of two shapes; fields that only one has count below the paths `strange` (None: everywhere)."""
    left, right = _shape(theirs), _shape(ours)
    for path in sorted(left.keys() | right.keys()):
        parent = path.rpartition("/")[0]
        if path not in left or path not in right:
            other = right if path in left else left
            # Fields below a missing field, or below an array without items, are no evidence.
            is_strange = strange is None or any(above in strange for above in ancestors(path))
            if is_strange and parent in other and other[parent] & {"object", "items"}:
                yield f"shape {path}: only the {'service' if path in left else 'mock'} has it"
            continue
        kinds = [left[path] - _OPEN, right[path] - _OPEN]
        if kinds[0] and kinds[1] and kinds[0] != kinds[1]:
            names = [" or ".join(sorted(one)) for one in kinds]
            yield f"shape {path or 'of the body'}: {names[0]} in the service, {names[1]} in the mock"


_OPEN = frozenset({"null", "items"})


def _shape(value: JsonValue) -> dict[str, set[str]]:
    """The types at each path of a value; `*` means the items of an array, which has 'items' if it has any."""
    found: dict[str, set[str]] = {}
    _add(found, "", value, 0)
    return found


def _add(found: dict[str, set[str]], path: str, value: JsonValue, depth: int) -> None:
    kinds = found.setdefault(path, set())
    kinds.add(_KINDS[type(value)])
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for name, field in value.items():
            _add(found, join(path, name), field, depth + 1)
    elif isinstance(value, list) and value:
        kinds.add("items")
        for item in value[:_MOST_ITEMS]:
            _add(found, join(path, "*"), item, depth + 1)
