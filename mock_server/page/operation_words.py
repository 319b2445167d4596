"""Describes in words what an operation does to the records, from `x-resources`."""

from __future__ import annotations

from collections.abc import Iterable

from mock_server.page.relation_words import action_sentences, enumeration, relation_sentences
from openapi.contract import Contract
from openapi.json_value import as_text
from openapi.model.fields import Country, InitialValue, ServerMade
from openapi.model.http import Operation
from openapi.model.lists import Listing
from openapi.model.resource import Resource, Role

_MADE = {
    "uuid": "a new UUID",
    "integer": "the next number",
    "time-of-creation": "the time of creation",
    "time-of-change": "the time of the last change",
}


def sentences(contract: Contract, operation: Operation) -> list[str]:
    """What `operation` does, one sentence per effect."""
    found = contract.role_of(operation.id)
    if found is not None:
        resource, role = found
        return [*_EFFECTS[role](resource), *relation_sentences(contract, resource, role)]
    bulk = contract.bulk_of(operation.id)
    if bulk is not None:
        return [
            f"Adds a {bulk[0].name} record for each item of the array in the body, or none at all.",
            *list(_create(bulk[0]))[1:],
            *relation_sentences(contract, bulk[0], Role.CREATE),
        ]
    for resource in contract.resources.values():
        if operation.id in resource.actions:
            return [*action_sentences(resource, resource.actions[operation.id])]
    return ["Changes no records: it responds with the document's example."]


def _list(resource: Resource) -> Iterable[str]:
    listing = resource.listing
    yield f"Lists the {resource.name} records."
    if listing is not None:
        yield _order(listing)
        filters = [one.parameter for one in listing.filters] + [one.parameter for one in listing.criteria]
        if filters:
            yield f"Filters by {enumeration(filters)}; records must match all filters."
        if listing.sort is not None:
            yield f"{listing.sort.parameter} chooses the order: {enumeration(list(listing.sort.terms), 'or')}."
        if listing.search is not None:
            fields = enumeration(listing.search.fields, "or")
            yield f"{listing.search.parameter} selects the records in which {fields} contains the text, ignoring case."
        if listing.paging is not None:
            yield f"{listing.paging.start} and {listing.paging.limit} choose the page."
        if listing.cursor is not None:
            yield f"{listing.cursor.parameter} is the cursor of a page of {listing.cursor.limit} records."


def _create(resource: Resource) -> Iterable[str]:
    yield f"Adds a {resource.name} record."
    for unique in resource.unique:
        yield f"Refuses a second record with the same {enumeration(unique.fields)}."
    made = [f"{rule.field} ({_MADE[rule.kind]})" for rule in resource.fields.values() if isinstance(rule, ServerMade)]
    if made:
        yield f"The server makes {enumeration(made)}."
    for rule in resource.fields.values():
        if isinstance(rule, InitialValue):
            yield _initial_value(rule)
        elif isinstance(rule, Country):
            yield f"{rule.field} starts as the country of {rule.number_field}, or {rule.otherwise}."


def _initial_value(rule: InitialValue) -> str:
    cases = [f"{as_text(case.value)} if {case.field} is {as_text(case.equals)}" for case in rule.exceptions]
    return f"{rule.field} starts as {as_text(rule.value)}" + "".join(f", {case}" for case in cases) + "."


def _read(resource: Resource) -> Iterable[str]:
    yield f"Reads the {resource.name} record with this {_key(resource)}."
    for change in resource.transitions:
        when = [f"{change.after_s} seconds"] if change.after_s is not None else []
        when += [f"{change.after_reads} reads"] if change.after_reads is not None else []
        values = f"from {as_text(change.before)} to {as_text(change.after)}"
        yield f"With --lifecycle, {change.field} goes {values} after {enumeration(when, 'or')}."


def _key(resource: Resource) -> str:
    return enumeration(resource.key_fields)


def _update(resource: Resource) -> Iterable[str]:
    yield f"Changes the fields that the body names in the {resource.name} record with this {_key(resource)}."
    yield from _lasting(resource)


def _replace(resource: Resource) -> Iterable[str]:
    yield f"Replaces the {resource.name} record with this {_key(resource)}; omitted fields are reset."
    yield from _lasting(resource)


def _lasting(resource: Resource) -> Iterable[str]:
    made = [rule for rule in resource.fields.values() if isinstance(rule, ServerMade)]
    lasting = [rule.field for rule in made if rule.kind != "time-of-change"]
    moving = [rule.field for rule in made if rule.kind == "time-of-change"]
    if lasting:
        yield f"{enumeration(lasting)} never change{'s' if len(lasting) == 1 else ''}."
    if moving:
        yield f"{enumeration(moving)} moves forward."


def _delete(resource: Resource) -> Iterable[str]:
    yield f"Deletes the {resource.name} record with this {_key(resource)}."
    yield "It disappears at once from reads, lists and totals."


_EFFECTS = {
    Role.LIST: _list,
    Role.CREATE: _create,
    Role.READ: _read,
    Role.UPDATE: _update,
    Role.REPLACE: _replace,
    Role.DELETE: _delete,
}


def _order(listing: Listing) -> str:
    if listing.order.by is None:
        return "The newest records come first." if listing.order.descending else "The oldest records come first."
    return f"Ordered by {listing.order.by}, {'descending' if listing.order.descending else 'ascending'}."
