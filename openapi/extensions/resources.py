"""`x-resources`: what the operations do to which records. docs/x-keywords.md explains the vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import product
from types import MappingProxyType
from typing import Any

from openapi.document.node import Node, suggestion
from openapi.envelope import BARE
from openapi.extensions.actions import read_actions
from openapi.extensions.bulk_creates import read_bulk_creates, read_bulk_envelopes
from openapi.extensions.creating import read_replace_unknown
from openapi.extensions.envelopes import (
    Envelopes,
    added_fields,
    read_item_envelope,
    read_request_envelopes,
    read_response_envelopes,
)
from openapi.extensions.etags import read_etag
from openapi.extensions.field_rules import field_of, read_field_rules
from openapi.extensions.idempotency import read_idempotency_key
from openapi.extensions.keys import check_generated, read_key, with_key_unique
from openapi.extensions.listing import list_items, read_listing, read_shown_items
from openapi.extensions.other_lists import read_list_envelopes, read_other_lists
from openapi.extensions.parents import check_levels, read_parent, with_field
from openapi.extensions.references import check_targets, read_references
from openapi.extensions.referrers import read_computed, read_referrers
from openapi.extensions.singletons import KEY, as_collection, with_key
from openapi.extensions.soft_delete import read_soft_delete
from openapi.extensions.transitions import read_magic, read_transitions
from openapi.flattening import flat
from openapi.keys import fields_of
from openapi.media import compiled, field_schema
from openapi.model.fields import FieldRule, Unique
from openapi.model.http import Operation
from openapi.model.lists import OLDEST_FIRST
from openapi.model.resource import Resource, Role
from openapi.narrowing import shown_fields
from openapi.pointers import join
from openapi.schemas import Schema

_KEYS = (
    *("record", "key", "collection", "item", "operations", "list", "unique", "deleted-values", "members"),
    *("body", "answer", "parent", "not-stored", "references", "referrers", "actions", "transitions", "magic", "writes"),
    *("lists", "bulk", "etag", "idempotency-key", "replace-unknown", "soft-delete"),
)
_METHODS = {
    Role.LIST: ("GET",),
    Role.CREATE: ("POST",),
    Role.READ: ("GET",),
    Role.UPDATE: ("PATCH", "PUT", "POST"),
    Role.REPLACE: ("PUT",),
    Role.DELETE: ("DELETE",),
}
_ON_COLLECTION = (Role.LIST, Role.CREATE)
_WITH_BODY = (Role.CREATE, Role.UPDATE, Role.REPLACE)
_CHANGES = (Role.UPDATE, Role.REPLACE)
_SHOWING = (Role.CREATE, Role.READ, Role.UPDATE, Role.REPLACE)


def read_resources(root: Node, operations: Mapping[str, Operation]) -> Mapping[str, Resource]:
    """The resources by name; none if the document has no `x-resources`. Raises SpecError."""
    entries = root.value.get("x-resources", {})
    found = {name: read_resource(name, entry, operations, entries) for name, entry in root.fields_of("x-resources")}
    check_targets(root, found)
    for name, resource in list(found.items()):
        entry = root.at(resource.pointer)
        found[name] = replace(resource, referrers=read_referrers(entry, resource, found))
    check_levels(root, found)
    taken: dict[str, str] = {}
    for resource in found.values():
        for role, operation in resource.operations.items():
            if operation in taken:
                node = root.at(join(resource.pointer, "operations", role.value))
                raise node.fail(f"is {operation}, which is also {taken[operation]}", "name each operation once")
            taken[operation] = f"{resource.name}/{role.value}"
    for resource in found.values():
        others = {name: (action.pointer, "an action") for name, action in resource.actions.items()}
        others |= {name: (one.listing.pointer, "a list") for name, one in resource.lists.items()}
        others |= {name: (one.pointer, "a bulk create") for name, one in resource.bulk.items()}
        for name, (pointer, what) in others.items():
            if name in taken:
                raise root.at(pointer).fail(f"is also {taken[name]}", "name each operation once")
            taken[name] = f"{what} of {resource.name}"
    return MappingProxyType(found)


def read_resource(
    name: str, node: Node, operations: Mapping[str, Operation], entries: Mapping[str, Mapping[str, Any]]
) -> Resource:
    """The resource that one of the `entries` of `x-resources` declares. Raises SpecError."""
    is_singleton = "singleton" in node.mapping().value
    if is_singleton:
        node = as_collection(node)
    else:
        node.mapping(_KEYS, required=("record", "key", "collection", "item", "operations"))
    described = _read_record(node["record"])
    parent, record = read_parent(node, described, entries) or (None, described)
    if is_singleton:
        record = with_field(record, KEY, {"const": name})
    key, key_parameters = (KEY, ()) if is_singleton else read_key(node, record)
    key_fields = fields_of(key)
    roles = _read_roles(node, operations)
    actions = read_actions(node, record, node["item"].text(), operations)
    requests = read_request_envelopes(node, _among(operations, roles, actions, _WITH_BODY))
    responses = dict(read_response_envelopes(node, record, _among(operations, roles, actions, _SHOWING)))
    bodies = {role: _read_body(node, operations[roles[role]], requests) for role in _WITH_BODY if role in roles}
    keyed_by_body = _read_keyed_by_body(node, key_fields, roles, bodies, operations)
    computed = read_computed(node, record, bodies)
    given = (*computed, *((parent.field,) if parent else ()))
    rules: Mapping[str, FieldRule] = {**read_field_rules(node, record, bodies.get(Role.CREATE), given), **computed}
    if is_singleton:
        rules = with_key(name, node, record, rules)
    if Role.CREATE in roles:
        check_generated(node, key_fields, rules, bodies[Role.CREATE])
    if _has_list(node, roles):
        responses[roles[Role.LIST]] = read_item_envelope(node, list_items(node["list"], operations[roles[Role.LIST]]))
    responses |= {**read_list_envelopes(node, operations), **read_bulk_envelopes(node, operations)}
    listing = read_listing(node["list"], operations[roles[Role.LIST]], record) if Role.LIST in roles else None
    order = listing.order if listing else OLDEST_FIRST
    return Resource(
        name=name,
        record=record,
        key=key,
        key_fields=key_fields,
        key_parameters=key_parameters,
        collection=node["collection"].text(),
        item=node["item"].text(),
        operations=MappingProxyType(roles),
        role_pointers=MappingProxyType({role: join(node.pointer, "operations", role.value) for role in roles}),
        listing=listing,
        lists=read_other_lists(node, operations, record, described, responses, order),
        bulk=read_bulk_creates(node, operations, record, described, bodies, responses),
        shown=_read_shown(
            node, described, operations, roles, responses, has_hidden=is_singleton or bool(parent and parent.is_hidden)
        ),
        unique=with_key_unique(
            node, key_fields, tuple(_read_unique(entry, record) for entry in node.items_of("unique"))
        ),
        fields=MappingProxyType(rules),
        references=read_references(node, record),
        actions=actions,
        write_only=_read_write_only(node, record, bodies),
        transitions=read_transitions(node, record),
        magic=read_magic(node, bodies.get(Role.CREATE), operations.get(roles.get(Role.CREATE, ""))),
        pointer=node.pointer,
        mock_only=_read_writes(node, "mock-only" if is_singleton else "anywhere") == "mock-only",
        is_singleton=is_singleton,
        keeps_deleted_values="deleted-values" in node.value
        and node["deleted-values"].one_of(("free", "taken")) == "taken",
        parent=parent,
        etag=read_etag(node, roles, (*roles.values(), *actions), operations),
        idempotency_key=read_idempotency_key(node, (*roles.values(), *actions), operations),
        bodies=MappingProxyType(bodies),
        keyed_by_body=keyed_by_body,
        soft_delete=read_soft_delete(node, described, roles, operations),
        creates_by_replace=read_replace_unknown(node, record, roles, bodies, operations),
        requests=MappingProxyType(requests),
        responses=MappingProxyType(responses),
    )


def _read_writes(node: Node, otherwise: str) -> str:
    return node["writes"].one_of(("anywhere", "mock-only")) if "writes" in node.value else otherwise


def _among(
    operations: Mapping[str, Operation], roles: Mapping[Role, str], actions: Iterable[str], kinds: Iterable[Role]
) -> list[Operation]:
    """The operations with a role of these kinds, and the actions."""
    return [operations[name] for name in (*(roles[role] for role in kinds if role in roles), *actions)]


def _read_record(node: Node) -> Schema:
    record = compiled(node.referred())
    if not isinstance(record.node.get("properties"), dict):
        problem = "is a schema without properties"
        raise node.fail(problem, "name the schema of one record, an object with properties")
    return record


def _has_list(node: Node, roles: Mapping[Role, str]) -> bool:
    if Role.LIST in roles and "list" not in node.value:
        raise node.fail("has operations/list but no list", "add list: {answer: {items: …}}")
    if "list" in node.value and Role.LIST not in roles:
        raise node["list"].fail("describes a list without an operation", "name the operation in operations/list")
    return Role.LIST in roles


def _read_roles(node: Node, operations: Mapping[str, Operation]) -> dict[Role, str]:
    roles = {}
    for name, entry in node["operations"].mapping(role.value for role in Role).fields():
        role = Role(name)
        if entry.text() not in operations:
            raise entry.fail(f"is {entry.value!r}, which is not an operationId", suggestion(entry.text(), operations))
        operation = operations[entry.text()]
        path = node["collection" if role in _ON_COLLECTION else "item"].text()
        if operation.path != path and not (role in _CHANGES and operation.path == node["collection"].text()):
            raise entry.fail(f"is at {operation.path}, not at {path}", f"name an operation at {path}")
        if operation.method not in _METHODS[role]:
            raise entry.fail(
                f"is a {operation.method}, which does not {name}", f"name a {' or '.join(_METHODS[role])} operation"
            )
        if role in _WITH_BODY and not operation.body:
            raise entry.fail("takes no body", "give it a requestBody with the record's fields")
        roles[role] = entry.text()
    if not roles:
        raise node["operations"].fail("is empty", "name at least one of list, create, read, update, replace, delete")
    return roles


def _read_keyed_by_body(
    node: Node,
    keys: tuple[str, ...],
    roles: Mapping[Role, str],
    bodies: Mapping[Role, Schema],
    operations: Mapping[str, Operation],
) -> frozenset[Role]:
    """The roles whose operations are at the collection's path: their bodies must have the key."""
    found = frozenset(
        role for role in _CHANGES if role in roles and operations[roles[role]].path != node["item"].text()
    )
    for role, key in product(found, keys):
        field = flat(bodies[role].document, bodies[role].node["properties"].get(key, False))
        if field.get("readOnly") is True or field == {"not": {}}:
            problem = f"is at {node['collection'].text()}, and its body has no {key}"
            advice = f"name an operation at {node['item'].text()}, or one whose body has the key"
            raise node["operations"][role.value].fail(problem, advice)
    return found


def _read_body(node: Node, operation: Operation, requests: Envelopes) -> Schema:
    """The schema of the record in an operation's body, for the first media type; the schema of each field is valid."""
    media = next(iter(operation.body.content.values())) if operation.body else None
    schema = requests.get(operation.id, BARE).schema or (media.schema if media else None)
    if schema is None or not isinstance(schema.node.get("properties"), dict):
        problem = "has a body without properties"
        raise node.at(operation.pointer).fail(problem, "give it an object schema with properties")
    for name in schema.node["properties"]:
        field_schema(node, schema, name)
    return schema


def _read_write_only(node: Node, record: Schema, bodies: Mapping[Role, Schema]) -> frozenset[str]:
    """The fields of bodies that the record does not have. Raises SpecError for one that would be dropped silently."""
    found = {entry.text() for entry in node.items_of("not-stored")}
    for body in bodies.values():
        for name, schema in body.node["properties"].items():
            if name in record.node["properties"] or name in found:
                continue
            if not (isinstance(schema, dict) and schema.get("writeOnly") is True):
                problem = f"is a field of a body, but not of {record.pointer}"
                advice = f"add {name} there, mark it writeOnly: true, or add not-stored: [{name}]"
                raise node.at(join(body.pointer, "properties", name)).fail(problem, advice)
            found.add(name)
    return frozenset(found)


def _read_shown(
    node: Node,
    record: Schema,
    operations: Mapping[str, Operation],
    roles: Mapping[Role, str],
    responses: Envelopes,
    *,
    has_hidden: bool,
) -> Mapping[Role, tuple[str, ...] | None]:
    """The fields of the record that the response of each role shows; None for all of them."""
    shown: dict[Role, tuple[str, ...] | None] = {}
    for role, name in roles.items():
        media = next(iter(operations[name].success.content.values()), None)
        envelope = responses.get(name, BARE)
        added = added_fields(envelope)
        if role is Role.LIST:
            shown[role] = read_shown_items(node["list"], operations[name], record, added)
        elif role is not Role.DELETE and media is not None:
            try:
                schema = envelope.schema or media.schema
                shown[role] = shown_fields(schema, record, added) if schema else None
            except ValueError as error:
                problem = f"does not return the record {record.pointer}: its schema {error}"
                advice = "make its schema a $ref to the record, or say in answer where it is and what else is there"
                raise node.at(operations[name].success.pointer).fail(problem, advice) from None
    if has_hidden:
        every = tuple(record.node["properties"])
        shown = {role: every if names is None else names for role, names in shown.items()}
    return MappingProxyType(shown)


def _read_unique(node: Node, record: Schema) -> Unique:
    if isinstance(node.value, list):
        return Unique(tuple(field_of(record, entry) for entry in node.items()), node.pointer)
    return Unique((field_of(record, node),), node.pointer)
