"""A property of deletes that the service remembers."""

from __future__ import annotations

from contract_tests.claims import expressions
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from openapi import Refusal, Role
from openapi.model.links import NOW
from openapi.pointers import join


@contract_property(
    "DELETE-MARKS",
    "A delete marks the record as deleted",
    rests_on="x-resources soft-delete",
    needs=(Role.CREATE, Role.READ, Role.DELETE, "soft delete"),
    cost=8,
    assumed="which fields a delete sets, and the status for a deleted record",
)
def deletes_mark_records(api: ResourceClient) -> None:
    """The response of a delete shows the fields that it sets, and all others as they were. A get then gets 410.

    A get of a key that never existed still gets the status for unknown records. Catches services that respond with 404
    to both, or that return the record as it was.
    """
    soft, pointer = api.spec.resource.soft_delete, api.spec.at_operation(Role.DELETE)
    unknown = api.send(Role.READ, key=api.unknown_key())
    api.expect.refused("A get of an unknown key", unknown, Refusal.UNKNOWN_RECORD, Role.READ, if_accepted=pointer)
    record = api.whole(api.create())
    response = api.delete(record)
    if soft is not None and soft.shows_record:
        shown, rests_on = expressions.json(response), join(soft.pointer, "sets")
        for name, value in soft.sets.items():
            field = expressions.json(response, join("", name))
            claim = ("is", field, expressions.literal(value))
            if value == NOW:
                claim = ("is not", expressions.instant(field), expressions.literal(None))
            sentence = f"The response of a delete does not show the {name} that it sets."
            api.expect.that(sentence, claim, Role.DELETE, rests_on)
        apart = [*soft.sets, *api.spec.made_by_server("time-of-change")]
        before, after = (expressions.without(one, apart) for one in (expressions.json(record), shown))
        sentence = "The response of a delete shows another value in a field that it does not set."
        api.expect.that(sentence, ("is", after, before), Role.DELETE, soft.pointer)
    gone = api.send(Role.READ, key=api.spec.key_of(record))
    api.expect.refused("A get of a deleted record", gone, Refusal.UNKNOWN_RECORD, Role.READ, if_accepted=pointer)


PROPERTIES: tuple[Property, ...] = (deletes_mark_records,)
"""In the order of the catalogue."""
