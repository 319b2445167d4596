"""Builds the rules of collections from the resources of a document."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from mock_server.clock import Clock, time_writer
from mock_server.records.collection import Collection, ResourceRules
from mock_server.records.field_rules import FieldRules
from mock_server.records.linked_collection import LinkedCollection, Links
from mock_server.records.narrowing import can_break_record
from mock_server.records.nested_fields import NestedFields
from mock_server.records.state import Snapshot, State
from mock_server.store.store import StoreRules, searching, without_nulls
from openapi.comparisons import ComparedField
from openapi.contract import Contract
from openapi.flattening import flat
from openapi.json_value import JsonValue
from openapi.model.lists import OLDEST_FIRST, Listing
from openapi.model.resource import Resource, Role
from openapi.schemas import Schema
from openapi.unsent import unsent_fields


class StateFactory:
    """Makes states for the resources of a contract."""

    def __init__(self, contract: Contract) -> None:
        self._rules = [_rules(contract, resource) for resource in contract.resources.values()]
        resources = contract.resources.values()
        self._linked = {name for one in resources for reference in one.links for name in (one.name, reference.to)}
        # A conditional write excludes all others, like a linked one.
        self._linked |= {one.name for one in resources if one.etag}

    def new(self, clock: Clock, random: Random, snapshot: Snapshot | None = None) -> State:
        """A new state: empty, or with the records of `snapshot`."""
        links = Links()
        state = {
            rules.resource.name: LinkedCollection(rules, clock, random, links)
            if rules.resource.name in self._linked
            else Collection(rules, clock, random)
            for rules in self._rules
        }
        for name, held in (snapshot or {}).items():
            state[name].show(held)
        return state


def _rules(contract: Contract, resource: Resource) -> ResourceRules:
    listing = resource.listing
    return ResourceRules(
        resource=resource,
        fields=FieldRules(
            resource, _body_defaults(contract, resource), unsent_fields(contract, resource, Role.REPLACE)
        ),
        store=_store_rules(contract, resource),
        least_pages=listing.paging.least_pages if listing and listing.paging else 0,
        write_time=time_writer(contract.conventions["answers/times"]),
        is_checked=resource.creates_by_replace or can_break_record(resource, _bodies(contract, resource)),
        nested=_nested(resource),
    )


def _nested(resource: Resource) -> NestedFields | None:
    parent = [resource.parent.field] if resource.parent else []
    nested = NestedFields(resource.record, {*resource.key_fields, *parent, *resource.fields})
    return nested if nested.is_needed else None


def _filtered(resource: Resource) -> tuple[str, ...]:
    """The fields by which records are selected: those of filters, and those that refer to one record."""
    filters = [kept.field for listing in _listings(resource) for kept in listing.filters]
    references = [one.field for one in resource.links if not one.many]
    return tuple(dict.fromkeys((*filters, *references)))


def _listings(resource: Resource) -> list[Listing]:
    """How the records are listed, by any operation."""
    others = [one.listing for one in resource.lists.values()]
    return [resource.listing, *others] if resource.listing else others


def _compared(resource: Resource) -> tuple[ComparedField, ...]:
    """The fields that filters compare other than for equality, and the fields that lists can be sorted by."""
    found: list[ComparedField] = []
    for listing in _listings(resource):
        sorted_by = listing.sort.terms.values() if listing.sort else ()
        found += [*(one.field for one in listing.criteria), *(one.field for one in sorted_by)]
    return tuple(dict.fromkeys(found))


def _store_rules(contract: Contract, resource: Resource) -> StoreRules:
    listing = resource.listing
    search = listing.search if listing else None
    rules = StoreRules(
        key=resource.key,
        unique=tuple(unique.fields for unique in resource.unique),
        filtered=_filtered(resource),
        searched=search.fields if search else (),
        order=listing.order if listing else OLDEST_FIRST,
        compared=_compared(resource),
    )
    if search and (search.match, search.ignores_case) != ("part", True):
        wanted, text_of = searching(search.match, search.ignores_case)
        rules = replace(rules, wanted=wanted, text_of=text_of)
    return replace(rules, encode=without_nulls) if contract.conventions["answers/nulls"] == "left-out" else rules


def _bodies(contract: Contract, resource: Resource) -> list[Schema]:
    if resource.requests:
        return list(resource.bodies.values())
    bodies = [contract.operations[name].body for name in resource.operations.values()]
    return [media.schema for body in bodies if body for media in body.content.values() if media.schema]


def _body_defaults(contract: Contract, resource: Resource) -> dict[str, JsonValue]:
    """The defaults of the fields in the create operation's body."""
    operation_id = resource.operations.get(Role.CREATE)
    body = contract.operations[operation_id].body if operation_id else None
    schema = resource.bodies.get(Role.CREATE) if resource.requests else body.json_schema() if body else None
    if schema is None:
        return {}
    fields = flat(schema.document, schema.node).get("properties", {})
    found = {name: flat(schema.document, field) for name, field in fields.items()}
    return {name: field["default"] for name, field in found.items() if "default" in field}
