"""`lists` of a resource: further operations that list its records, at other paths such as `/pets/findByStatus`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from openapi.document.node import Node, suggestion
from openapi.envelope import BARE
from openapi.extensions.envelopes import Envelopes, added_fields, read_item_envelope
from openapi.extensions.listing import list_items, read_listing, read_shown_items
from openapi.model.http import Operation
from openapi.model.lists import Order, OtherList
from openapi.path_templates import placeholders
from openapi.schemas import Schema

_KEYS = ("filters", "paging")


def read_list_envelopes(node: Node, operations: Mapping[str, Operation]) -> Envelopes:
    """The fixed parts of the records in the lists, by operationId. Raises SpecError for any other operation."""
    collection, found = node["collection"].text(), {}
    for name, entry in node.fields_of("lists"):
        if name not in operations:
            raise entry.fail("is not an operationId", suggestion(name, operations))
        operation = operations[name]
        if operation.method != "GET":
            raise entry.fail(f"is a {operation.method}, which does not list", "name a GET operation")
        if placeholders(operation.path) != placeholders(collection):
            advice = f"name an operation with the placeholders of {collection}"
            raise entry.fail(f"is at {operation.path}, not at a path with the same placeholders", advice)
        entry.mapping(_KEYS, required=("answer",))
        found[name] = read_item_envelope(node, list_items(entry, operation))
    return found


def read_other_lists(
    node: Node, operations: Mapping[str, Operation], record: Schema, shown: Schema, envelopes: Envelopes, order: Order
) -> Mapping[str, OtherList]:
    """The lists by operationId, in the `order` of the collection; `shown` is the record in responses."""
    found = {}
    for name, entry in node.fields_of("lists"):
        listing = read_listing(entry, operations[name], record, order)
        fields = read_shown_items(entry, operations[name], shown, added_fields(envelopes.get(name, BARE)))
        found[name] = OtherList(listing, fields)
    return MappingProxyType(found)
