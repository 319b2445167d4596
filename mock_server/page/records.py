"""The page of records: a table for each resource, and the form of one record."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from flask import Blueprint, Response, request

from mock_server.admin.blueprint import AdminContext, AdminError
from mock_server.admin.single_records import found_record, record_query
from mock_server.page.forms import FormField, record_fields
from mock_server.page.rendering import Renderer
from openapi.json_value import JsonValue, as_text
from openapi.model.links import Reference
from openapi.model.resource import Resource

_ROWS = 25
_SUGGESTED = 50
_LONGEST_CELL, _LONGEST_JSON = 60, 32
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d+)?[Zz]")
"""A time in UTC; the table shows whole seconds."""
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""A UUID; the table shows its beginning."""


class Cell(NamedTuple):
    """A field of a record in the table: its text, cut if it is long, and the kind of its value.

    `to` is the resource of the record that it names by its key; empty if it names none.
    """

    name: str
    text: str
    whole: str
    kind: str
    to: str = ""


class RecordRow(NamedTuple):
    """A record in the table."""

    key: str
    cells: list[Cell]


def add_records_page(blueprint: Blueprint, renderer: Renderer) -> None:
    """Add the page of records."""
    context = renderer.context

    @blueprint.get("/page/records")
    def records_overview() -> Response:
        names = list(context.mock.contract.resources)
        if not names:
            return renderer.page("no_records.html", "records")
        return show_records(names[0])

    @blueprint.get("/page/records/<name>")
    def show_records(name: str) -> Response:
        resource = _resource(name)
        collection = context.session.state[name]
        args = {key: text for key, text in request.args.items() if text}
        query = record_query(resource, {"limit": str(_ROWS), **args})
        total, items = collection.select(query)
        records = [json.loads(item) for item in items]
        page, pages = query.start // _ROWS + 1, max(1, -(-total // _ROWS))
        return renderer.page(
            "records.html",
            "records",
            resource=resource,
            counts={one: len(kept) for one, kept in context.session.state.items()},
            columns=_columns(resource, records),
            rows=[_row(resource, record) for record in records],
            filters=_filters(resource),
            searched=resource.listing.search.fields if resource.listing and resource.listing.search else (),
            chosen=args,
            total=total,
            first=query.start + 1,
            page=page,
            pages=pages,
            snapshots=sorted(context.mock.snapshots),
        )

    @blueprint.get("/page/record-form/<name>")
    @blueprint.get("/page/record-form/<name>/<path:key>")
    def show_record_form(name: str, key: str | None = None) -> Response:
        resource = _resource(name)
        record = None if key is None else found_record(context.session.state[name], resource, key)
        known = resource.record.node.get("properties", {})
        others = {one: value for one, value in (record or {}).items() if one not in known}
        fields = [
            field._replace(suggestions=_suggestions(context, resource, field))
            for field in record_fields(resource, record)
        ]
        return renderer.part("record_form.html", resource=resource, key=key, fields=fields, others=others)

    def _resource(name: str) -> Resource:
        resources = context.mock.contract.resources
        if name not in resources:
            raise AdminError(404, f"Unknown resource {name!r}; use one of {', '.join(resources) or 'none'}.")
        return resources[name]


def _columns(resource: Resource, records: Iterable[Mapping[str, JsonValue]]) -> list[str]:
    """The fields to show: those in the schema, then others in these records."""
    names = dict.fromkeys(resource.record.node.get("properties", {}))
    for record in records:
        names.update(dict.fromkeys(record))
    return list(names)


def _row(resource: Resource, record: Mapping[str, JsonValue]) -> RecordRow:
    references = _references(resource)
    cells = [_cell(name, value) for name, value in record.items()]
    return RecordRow(
        str(resource.key_of(record)),
        [
            cell._replace(to=references[cell.name].to)
            if cell.name in references and not references[cell.name].many and cell.kind != "null"
            else cell
            for cell in cells
        ],
    )


def _references(resource: Resource) -> Mapping[str, Reference]:
    """The references of a resource by field, including its parent."""
    parent = resource.parent
    return {**resource.references, **({parent.field: parent.reference} if parent else {})}


def _suggestions(context: AdminContext, resource: Resource, field: FormField) -> tuple[tuple[str, str], ...]:
    """The newest records that a field may refer to: their keys, and texts that describe them."""
    reference = _references(resource).get(field.name)
    if reference is None or reference.many:
        return ()
    other = context.mock.contract.resources[reference.to]
    _, items = context.session.state[other.name].select(record_query(other, {"limit": str(_SUGGESTED)}))
    return tuple((str(other.key_of(one)), _words(other, one)) for one in map(json.loads, items))


def _words(resource: Resource, record: Mapping[str, JsonValue]) -> str:
    """The first texts of a record other than keys."""
    keys = {*resource.key_fields, *_references(resource)}
    texts = [value for name, value in record.items() if isinstance(value, str) and name not in keys]
    return ", ".join(texts[:2])


def _cell(name: str, value: JsonValue) -> Cell:
    text = as_text(value)
    kind = "null" if value is None else "text" if isinstance(value, str) else "json"
    if isinstance(value, str) and (found := _TIME.fullmatch(value)):
        return Cell(name, f"{found[1]} {found[2]}", text, kind)
    if kind == "text" and _UUID.fullmatch(text):
        return Cell(name, f"{text[:8]}…", text, kind)
    longest = _LONGEST_JSON if kind == "json" else _LONGEST_CELL
    return Cell(name, text if len(text) <= longest else f"{text[: longest - 1]}…", text, kind)


def _filters(resource: Resource) -> dict[str, tuple[str, ...]]:
    """The fields that the list filters by, each with the values to choose from; () for any text."""
    filters = resource.listing.filters if resource.listing else ()
    fields = {one.name: one for one in record_fields(resource, None)}
    return {kept.field: fields[kept.field].choices for kept in filters if kept.field in fields}
