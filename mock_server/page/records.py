"""The page of records: a table for each resource, and the form of one record."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from flask import Blueprint, Response, request

from mock_server.admin.blueprint import AdminError
from mock_server.admin.single_records import found_record, record_query
from mock_server.page.forms import record_fields
from mock_server.page.rendering import Renderer
from openapi.contract import JsonValue, Resource

_ROWS = 25
_LONGEST_CELL = 60
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d+)?[Zz]")
"""A time in UTC; the table leaves out what is below seconds."""


class Cell(NamedTuple):
    """A field of a record in the table: its text, cut where it is long, and what kind of value it is."""

    name: str
    text: str
    whole: str
    kind: str


class Row(NamedTuple):
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
        record = None if key is None else found_record(context.session.state[name], name, key)
        known = resource.record.node.get("properties", {})
        others = {one: value for one, value in (record or {}).items() if one not in known}
        return renderer.part(
            "record_form.html", resource=resource, key=key, fields=record_fields(resource, record), others=others
        )

    def _resource(name: str) -> Resource:
        resources = context.mock.contract.resources
        if name not in resources:
            raise AdminError(404, f"There is no resource {name!r}; use one of {', '.join(resources) or 'none'}.")
        return resources[name]


def _columns(resource: Resource, records: Iterable[Mapping[str, JsonValue]]) -> list[str]:
    """The fields to show: those that the schema names, then others that these records have."""
    names = dict.fromkeys(resource.record.node.get("properties", {}))
    for record in records:
        names.update(dict.fromkeys(record))
    return list(names)


def _row(resource: Resource, record: Mapping[str, JsonValue]) -> Row:
    return Row(str(record[resource.key]), [_cell(name, value) for name, value in record.items()])


def _cell(name: str, value: JsonValue) -> Cell:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    kind = "null" if value is None else "text" if isinstance(value, str) else "json"
    if isinstance(value, str) and (found := _TIME.fullmatch(value)):
        return Cell(name, f"{found[1]} {found[2]}", text, kind)
    return Cell(name, text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…", text, kind)


def _filters(resource: Resource) -> dict[str, tuple[str, ...]]:
    """The fields that the list filters by, each with the values to choose from; () where any text may be."""
    filters = resource.listing.filters if resource.listing else ()
    fields = {one.name: one for one in record_fields(resource, None)}
    return {kept.field: fields[kept.field].choices for kept in filters if kept.field in fields}
