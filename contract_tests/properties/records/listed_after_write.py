"""Properties of what lists show of the records that are written."""

from __future__ import annotations

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.properties.helpers.sample_bodies import Trials
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Listed, Record
from openapi import Role

_LIFE = (Role.CREATE, Role.READ, Role.UPDATE, Role.DELETE)
_ELEVEN = 11


@contract_property(
    "CREATE-LISTED",
    "New records are listed, each once",
    rests_on="x-resources list/answer",
    needs=(Role.CREATE, Role.DELETE, Role.LIST, "tag"),
    writes=True,
    cost=26,
)
def new_records_are_listed(api: ResourceClient) -> None:
    """A list holds each new record once, from the first to the eleventh, just as the create answered it.

    Lists are asked for in between: a service that keeps the answer of an earlier list, or that shows only the first
    ten, is found out, as is one that leaves a member out of its lists.
    """
    full, made = Trials(api, Role.CREATE).full, list[Record]()
    listed = api.tagged()
    for count in (1, _ELEVEN - 1):
        bodies = [{**full(len(made) + more), **api.new_body()} for more in range(count)]
        made += [api.create(body) for body in bodies]
        listed = api.tagged()
        api.expect.that(
            f"With {len(made)} new records the list holds others.",
            (
                "is",
                expressions.in_any_order(api.spec.listed_keys(listed)),
                expressions.in_any_order(api.spec.seen_keys(made)),
            ),
            Role.LIST,
            api.spec.at_list("answer"),
        )
        if api.spec.listing.answer.total is not None:
            api.expect.that(
                f"With {len(made)} new records the total is another.",
                (
                    "is",
                    expressions.json(listed, api.spec.listing.answer.total),
                    expressions.count(api.spec.seen_keys(made)),
                ),
                Role.LIST,
                api.spec.at_list("answer"),
                code="LIST-TOTAL",
            )
    for record in made:
        api.expect.that(
            "The list shows a new record otherwise than the create.",
            ("is", as_listed(api, listed, record), expressions.json(record)),
            Role.LIST,
            api.spec.at_role(Role.LIST),
        )


def as_listed(api: ResourceClient, listed: Listed, record: Record) -> Expression:
    """The `record` as `listed` shows it."""
    return expressions.picked(api.spec.seen_items(listed), api.spec.resource.key, api.spec.seen_key(record))


LISTED = Property(
    "UPDATE-LISTED",
    "A list shows the update",
    "x-resources operations/update",
    (*_LIFE, Role.LIST, "tag"),
    True,
    0,
    "What an update answered is what a list shows afterwards.\n\n"
    "It is judged together with UPDATE-LASTS: a service that answers its lists from a copy or a cache, and forgets to "
    "bring it up to date when a record is renamed, is found out.",
)


PROPERTIES: tuple[Property, ...] = (new_records_are_listed, LISTED)
"""The properties of what lists show of writes, in the order of the catalogue."""
