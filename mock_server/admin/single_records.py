"""/__mock/records: one record at a time, with any value that its schema allows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from flask import Blueprint, Response, request

from mock_server.admin.blueprint import AdminContext, AdminError, json_response
from mock_server.records.collection import Collection
from mock_server.records.errors import OtherKeyError, ReferencedError
from mock_server.store.store import Query, Record, TakenError, UnknownKeyError
from openapi.json_value import JsonValue
from openapi.model.resource import Resource
from openapi.pointers import join
from openapi.strict_json import NotJsonError, read_json

PAGE_SIZE = 50
MOST_LISTED = 1000
"""How many records a page has by default, and at most."""

_PAGING = ("search", "page", "limit")


class _InvalidRecordError(ValueError):
    """A record that breaks its schema."""

    def __init__(self, problems: list[dict[str, JsonValue]]) -> None:
        super().__init__(problems)
        self.problems = problems


def add_single_records(blueprint: Blueprint, context: AdminContext) -> None:
    """Add the views of single records."""

    @blueprint.get("/records")
    def list_resources() -> Response:
        return json_response(
            {"resources": {name: len(collection) for name, collection in context.session.state.items()}}
        )

    @blueprint.get("/records/<name>")
    def list_records(name: str) -> Response:
        resource, collection = _of(context, name)
        query = record_query(resource, request.args)
        total, items = collection.select(query)
        limit = query.limit or PAGE_SIZE
        facts = {"total": total, "page": query.start // limit + 1, "limit": limit, "pages": -(-total // limit)}
        return json_response({**facts, "records": [json.loads(item) for item in items]})

    @blueprint.post("/records/<name>")
    def add_record(name: str) -> Response:
        resource, collection = _of(context, name)
        return _written(resource, partial(collection.add, _sent()), 201)

    @blueprint.get("/records/<name>/<path:key>")
    def show_record(name: str, key: str) -> Response:
        resource, collection = _of(context, name)
        return json_response(found_record(collection, resource, key))

    @blueprint.put("/records/<name>/<path:key>")
    def replace_record(name: str, key: str) -> Response:
        resource, collection = _of(context, name)
        return _written(resource, partial(collection.put, _key(collection, resource, key), _sent()), 200)

    @blueprint.patch("/records/<name>/<path:key>")
    def change_record(name: str, key: str) -> Response:
        resource, collection = _of(context, name)
        return _written(resource, partial(collection.patch, _key(collection, resource, key), _sent()), 200)

    @blueprint.delete("/records/<name>/<path:key>")
    def delete_record(name: str, key: str) -> Response:
        resource, collection = _of(context, name)
        _delete(collection, _key(collection, resource, key))
        return json_response({"deleted": key})


def _delete(collection: Collection, key: JsonValue) -> None:
    try:
        collection.delete(key)
    except ReferencedError as error:
        message = f"Nothing was deleted. The {error.resource} {error.holder!r} refers to it; delete that first."
        raise AdminError(409, message) from None


def _of(context: AdminContext, name: str) -> tuple[Resource, Collection]:
    resources = context.mock.contract.resources
    if name not in resources:
        raise AdminError(404, f"Unknown resource {name!r}; use one of {', '.join(resources) or 'none'}.")
    return resources[name], context.session.state[name]


def record_query(resource: Resource, args: Mapping[str, str]) -> Query:
    """The records that a query selects, with the filters, the search and the order of the resource's list.

    Raises AdminError.
    """
    listing = resource.listing
    fields = [kept.field for kept in listing.filters] if listing else []
    unknown = sorted(set(args) - set(_PAGING) - set(fields))
    if unknown:
        raise AdminError(400, f"{unknown[0]} is not a query parameter here; use {', '.join((*_PAGING, *fields))}.")
    search = args.get("search", "")
    if search and not (listing and listing.search):
        raise AdminError(400, f"search: the list of {resource.name} has no search in the document.")
    page, limit = _count(args, "page", 1), _count(args, "limit", PAGE_SIZE)
    filters = tuple((name, _filter_value(resource, name, args[name])) for name in fields if args.get(name))
    return Query(filters, search, (page - 1) * min(limit, MOST_LISTED), min(limit, MOST_LISTED))


def _count(args: Mapping[str, str], name: str, usual: int) -> int:
    text = args.get(name) or str(usual)
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and int(text)):
        raise AdminError(400, f"{name}: got {text!r}; write a whole number of 1 or more.")
    return int(text)


def _filter_value(resource: Resource, name: str, text: str) -> JsonValue:
    """The value of `text` for the field `name`, read by its parameter."""
    schema = resource.record.node.get("properties", {}).get(name, {})
    if schema.get("type") in ("integer", "number", "boolean"):
        try:
            return read_json(text.encode())
        except NotJsonError:
            raise AdminError(400, f"{name}: got {text!r}; write a {schema['type']}.") from None
    return text


def found_record(collection: Collection, resource: Resource, key: str) -> Record:
    """The record with the key that a path names. Raises AdminError."""
    return collection.completed(collection.peek(_key(collection, resource, key))).record


def _key(collection: Collection, resource: Resource, text: str) -> JsonValue:
    """The key for `text`: in a path it is decoded text, in a record it may be an integer."""
    for key in (text, *_other_keys(resource, text)):
        try:
            return collection.peek(key).key
        except UnknownKeyError:
            continue
    raise AdminError(404, f"There is no {resource.name} with the key {text!r}.")


def _other_keys(resource: Resource, text: str) -> Iterable[JsonValue]:
    """The other keys that a text in a path may mean; the values of several fields are encoded there."""
    if not resource.has_joint_key:
        return [int(text)] if text.isascii() and text.isdecimal() and len(text) < 19 else []
    sent: str = request.environ.get("REQUEST_URI") or request.environ.get("RAW_URI") or ""
    as_sent = sent.partition("?")[0].partition(f"/{resource.name}/")[2]
    return [as_sent, resource.key_of(resource.key_values(text))]


def _sent() -> Record:
    try:
        value = read_json(request.get_data())
    except NotJsonError as error:
        raise AdminError(400, f"The body is {error.problems[0].problem}.") from None
    if not isinstance(value, dict):
        raise AdminError(400, "The body is not an object; send the fields of one record.")
    return value


def _written(resource: Resource, write: Callable[[Callable[[Record], Record]], Any], status: int) -> Response:
    """The record that `write` stores; `write` gets a function that raises for a record that breaks its schema."""

    def checked(record: Record) -> Record:
        problems: list[dict[str, JsonValue]] = [
            {"path": one.path, "message": one.message} for one in resource.record.violations(record)
        ]
        impossible = resource.impossible_key(record)
        if impossible is not None:
            problems.append({"path": join("", impossible[0]), "message": impossible[1]})
        if problems:
            raise _InvalidRecordError(problems)
        return record

    try:
        return json_response(write(checked).record, status)
    except _InvalidRecordError as error:
        first = error.problems[0]
        message = f"Nothing was changed. {first['path'] or 'The record'}: {first['message']}."
        raise AdminError(400, message, error.problems) from None
    except OtherKeyError as error:
        problems = [{"path": join("", error.field), "message": "can't change; add another record instead"}]
        raise AdminError(400, f"Nothing was changed. {error.field} can't change.", problems) from None
    except TakenError as error:
        holder = resource.key_of(error.holder)
        problems = [
            {"path": join("", field), "message": f"another {resource.name} has it already: {holder}"}
            for field in error.fields
        ]
        raise AdminError(409, f"Nothing was changed. Another {resource.name} has it already.", problems) from None
