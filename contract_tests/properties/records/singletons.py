"""Properties of singletons: one record at a path without a key. Each restores the earlier values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.properties.helpers.sample_bodies import SampleBodies
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Record
from openapi import InitialValue, Role
from openapi.json_value import JsonValue
from openapi.pointers import join
from openapi.unsent import unsent_fields


@contract_property(
    "SINGLETON-UPDATE",
    "An update of a singleton changes the fields that it names and no others",
    rests_on="x-resources singleton, operations/update",
    needs=("singleton", Role.READ, Role.UPDATE),
    cost=12,
    alone=True,
    documented="an update changes the fields that it names and no others",
)
def updates_change_only_named_fields(api: ResourceClient) -> None:
    """After an update, a read shows the new values, and all other fields as they were.

    All fields are updated at once, and then one alone. Catches services that report success and store nothing, and
    services that reset the fields that the body does not name.
    """
    samples = SampleBodies(api, Role.UPDATE)
    with _put_back(api, Role.UPDATE):
        for body in (samples.full(), samples.full(1), *samples.each()[:1]):
            before = _read(api)
            api.expect.success(Role.UPDATE, api.send(Role.UPDATE, body=body))
            kept = {name: value for name, value in body.items() if name in samples.kept}
            api.expect.that(
                f"A read does not show an update of {', '.join(body)}, or another field has changed.",
                ("is", _lasting(api, _read(api)), _without_times(api, expressions.merged(_json(before), kept))),
                Role.UPDATE,
                api.spec.at_role(Role.UPDATE),
            )


@contract_property(
    "SINGLETON-REPLACE",
    "A replacement of a singleton resets every other field",
    rests_on="x-resources singleton, operations/replace",
    needs=("singleton", Role.READ, Role.REPLACE),
    cost=8,
    alone=True,
    documented="a replacement leaves nothing of the old record",
)
def replacements_reset_other_fields(api: ResourceClient) -> None:
    """After a replacement, a read shows the fields of its body, and the initial value of each field that is not in it.

    The first body has every field, the second only the required ones. Catches services that store nothing, and services
    that merge, as an update does.
    """
    samples = SampleBodies(api, Role.REPLACE)
    rules, untouched = api.spec.resource.fields, unsent_fields(api.spec.contract, api.spec.resource, Role.REPLACE)
    with _put_back(api, Role.REPLACE):
        for body in (samples.full(1), samples.least):
            api.expect.success(Role.REPLACE, api.send(Role.REPLACE, body=body))
            after = _read(api)
            for name in [one for one in samples.kept if one in body or one not in untouched]:
                rule = rules.get(name)
                wanted: JsonValue = api.spec.stored(name, body[name]) if name in body else None
                if name not in body and isinstance(rule, InitialValue):
                    wanted = rule.value
                api.expect.that(
                    f"After a replacement, a read does not show {name} as {'sent' if name in body else 'at first'}.",
                    ("is", expressions.json(after, join("", name)), expressions.literal(wanted)),
                    Role.REPLACE,
                    api.spec.at_role(Role.REPLACE),
                )


def _read(api: ResourceClient) -> Record:
    return api.expect.accepted(Role.READ, api.send(Role.READ))


def _json(record: Record) -> Expression:
    return expressions.json(record)


def _lasting(api: ResourceClient, record: Record) -> Expression:
    return _without_times(api, _json(record))


def _without_times(api: ResourceClient, record: Expression) -> Expression:
    times: Sequence[str] = api.spec.made_by_server("time-of-change")
    return expressions.without(record, times)


@contextmanager
def _put_back(api: ResourceClient, role: Role) -> Iterator[None]:
    """Finally restore the earlier values of the record, in any case.

    A field that it did not have, or that a request can't set to the value it had, is left as it is.
    """
    before, samples = _read(api), SampleBodies(api, role)
    try:
        yield
    finally:
        body = {name: before[name] for name in samples.kept if name in before and samples.fits(name, before[name])}
        with api.client.adapter.without_budget():
            api.send(role, body={**samples.least, **body})


PROPERTIES: tuple[Property, ...] = (updates_change_only_named_fields, replacements_reset_other_fields)
"""In the order of the catalogue."""
