"""Properties of nested collections: records below one of another resource."""

from __future__ import annotations

from dataclasses import replace

from contract_tests.claims import expressions
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.target.client import ReceivedResponse
from openapi import OnDelete, Refusal, Role
from openapi.json_value import JsonValue
from openapi.pointers import join


@contract_property(
    "NESTED-PARENT",
    "A collection below an unknown record is refused",
    rests_on="x-resources parent",
    needs=(Role.LIST, "parent"),
    cost=3,
    assumed="the status, and that the list is not just empty",
)
def unknown_parents_are_refused(api: ResourceClient) -> None:
    """A list and a create below a record that does not exist are refused like a read of that record.

    Catches services that do not check whether the shelf of /shelves/7/books exists.
    """
    parent = _parent(api)
    path = _item(parent, parent.unknown_key())
    roles = [
        role
        for role in (Role.LIST, Role.CREATE)
        if api.spec.has(role) and (role is Role.LIST or api.thoroughness.writes)
    ]
    for role in roles:
        body = api.new_body() if role is Role.CREATE else None
        response = _send(api, role, path, body=body)
        what = f"A {role.value} below a {parent.spec.resource.name} that does not exist"
        api.expect.refused(what, response, Refusal.UNKNOWN_RECORD, role, if_accepted=_at(api, "resource"))


@contract_property(
    "NESTED-APART",
    "A record exists only below its parent",
    rests_on="x-resources parent",
    needs=(Role.CREATE, Role.READ, "parent"),
    cost=8,
    assumed="that the path of another parent does not lead to it",
)
def records_are_below_their_parent(api: ResourceClient) -> None:
    """A new record is not listed below another parent, and can't be read there.

    Catches services that find a book by its key alone, below any shelf.
    """
    parent, record = _parent(api), api.create()
    other = _item(parent, parent.spec.key_of(parent.create()))
    key, name = api.spec.key_of(record), parent.spec.resource.name
    if api.spec.has(Role.LIST):
        listed = api.listed(_send(api, Role.LIST, other))
        api.expect.that(
            f"The list below another {name} has the record.",
            (
                "is",
                expressions.kept(api.spec.listed_keys(listed), api.spec.seen_keys([record])),
                expressions.literal([]),
            ),
            Role.LIST,
            _at(api, "resource"),
        )
    response = _send(api, Role.READ, other, key=key)
    what = f"A read below another {name}"
    api.expect.refused(what, response, Refusal.UNKNOWN_RECORD, Role.READ, if_accepted=_at(api, "resource"))


@contract_property(
    "NESTED-ON-DELETE",
    "A delete treats nested records as documented",
    rests_on="x-resources parent/on-delete",
    needs=(Role.CREATE, Role.READ, "parent", "parent-delete"),
    cost=8,
    assumed="what happens to the records below a deleted one",
)
def deletes_reach_nested_records(api: ResourceClient) -> None:
    """The records below a deleted one are deleted too, or they prevent its delete.

    Catches services that still return the books of a deleted shelf.
    """
    parent = _parent(api)
    above = parent.create()
    path, name = _item(parent, parent.spec.key_of(above)), parent.spec.resource.name
    created = _send(api, Role.CREATE, path, body=api.new_body())
    record = api.expect.accepted(Role.CREATE, created)
    response = parent.send(Role.DELETE, key=parent.spec.key_of(above))
    spec = api.spec.resource.parent
    if spec is not None and spec.on_delete is OnDelete.REFUSE:
        what = f"A delete of a {name} with records below it"
        parent.expect.refused(what, response, Refusal.CONFLICT, Role.DELETE, if_accepted=_at(api, "on-delete"))
        return
    parent.expect.success(Role.DELETE, response)
    again = _send(api, Role.READ, path, key=api.spec.key_of(record))
    what = f"A read of a record below a deleted {name}"
    api.expect.refused(what, again, Refusal.UNKNOWN_RECORD, Role.READ, if_accepted=_at(api, "on-delete"))


def _parent(api: ResourceClient) -> ResourceClient:
    parent = api.spec.resource.parent
    if parent is None:
        raise TypeError(f"{api.spec.resource.pointer} has no parent")
    return api.others[parent.resource]


def _item(api: ResourceClient, key: str) -> str:
    return api.spec.resource.path_of(key)


def _send(
    api: ResourceClient, role: Role, above: str, key: str | None = None, body: JsonValue = None
) -> ReceivedResponse:
    """Send an operation below the record at the path `above`."""
    call = api.call(role, key, body=body)
    response = api.client.send(replace(call, path=above + call.path.removeprefix(api.prefix)))
    api.expect.conforms(api.spec.operation(role), response)
    return response


def _at(api: ResourceClient, part: str) -> str:
    parent = api.spec.resource.parent
    return join(parent.pointer, part) if parent else ""


PROPERTIES: tuple[Property, ...] = (
    unknown_parents_are_refused,
    records_are_below_their_parent,
    deletes_reach_nested_records,
)
