"""Properties of lists after writes."""

from __future__ import annotations

from contract_tests.claims import expressions
from contract_tests.properties.helpers.sample_bodies import SampleBodies
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Record
from openapi import Role

_LIFE = (Role.CREATE, Role.READ, Role.UPDATE, Role.DELETE)
_ELEVEN = 11
_FEW = 4
"""How many more a quick run creates; LIST-DEFAULTS creates eleven in any run."""


@contract_property(
    "CREATE-LISTED",
    "New records are listed, each once",
    rests_on="x-resources list/answer",
    needs=(Role.CREATE, Role.DELETE, Role.LIST, "own list"),
    cost=26,
    documented="the list has every registered record",
    assumed="that it does so at once",
)
def new_records_are_listed(api: ResourceClient) -> None:
    """A list has each new record once, from the first to the eleventh, exactly as its create returned it.

    Lists are read in between. Catches services that return a cached list or only the first ten records, and services
    that leave a field out of lists.
    """
    full, made = SampleBodies(api, Role.CREATE).full, list[Record]()
    listed = api.tagged()
    for count in (1, _FEW if api.thoroughness.rounds == 1 else _ELEVEN - 1):
        bodies = [{**full(len(made) + more), **api.new_body()} for more in range(count)]
        made += [api.create(body) for body in bodies]
        listed = api.tagged()
        keys, wanted = api.spec.listed_keys(listed), api.spec.seen_keys(made)
        api.expect.that(
            f"After {len(made)} creates the list has other records.",
            ("is", expressions.in_any_order(keys), expressions.in_any_order(wanted)),
            Role.LIST,
            api.spec.at_role(Role.LIST),
        )
        total = api.spec.own_total
        if total is not None:
            api.expect.that(
                f"After {len(made)} creates the total is wrong.",
                ("is", expressions.json(listed, total), expressions.count(wanted)),
                Role.LIST,
                api.spec.at_count(total),
                code="LIST-TOTAL",
            )
    for record in made:
        api.expect.that(
            "The list shows a new record differently from its create.",
            ("is", api.spec.listed_record(listed, record), expressions.json(record)),
            Role.LIST,
            api.spec.at_role(Role.LIST),
        )


LISTED = Property(
    "UPDATE-LISTED",
    "A list shows an update",
    "x-resources operations/update",
    (*_LIFE, Role.LIST, "own list"),
    0,
    "After an update, a list shows the record as the update returned it.\n\n"
    "Tested together with UPDATE-LASTS. Catches services that serve lists from a copy or a cache and do not refresh it "
    "when a record is renamed.",
    documented="lists show the record as it is now",
    assumed="that they do so at once",
)


PROPERTIES: tuple[Property, ...] = (new_records_are_listed, LISTED)
"""In the order of the catalogue."""
