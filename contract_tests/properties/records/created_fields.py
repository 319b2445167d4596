"""Properties of creating: what the service makes of itself for a new record."""

from __future__ import annotations

from urllib.parse import urlsplit

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from openapi import Role
from openapi.path_templates import regex
from openapi.pointers import join

_OWN = (Role.CREATE, Role.DELETE)
_SKEW_S = 300
_SAME_MOMENT_S = 1


@contract_property(
    "CREATE-KEY",
    "Every new record has a key of its own",
    rests_on="x-resources members/…/make",
    needs=_OWN,
    writes=True,
    cost=12,
)
def every_new_record_has_its_own_key(api: ResourceClient) -> None:
    """The key that the service gives to a new record was given to no other, not even to one that is deleted by now.

    A service that makes its keys from the clock, or counts its records to find the next one, is found out: after a
    delete the count is one less, and the next record gets a key that is taken.
    """
    key = api.spec.resource.key
    if key in api.spec.creating.members:
        return
    made = api.several(3)
    if key in api.spec.made_by_server("uuid"):
        api.delete(made[0])
    for _ in range(2):
        record = api.create()
        api.expect.that(
            "A new record has the key of another.",
            ("lacks", api.spec.seen_keys(made), api.spec.seen_key(record)),
            Role.CREATE,
            api.spec.resource.fields[key].pointer if key in api.spec.resource.fields else api.spec.at_role(Role.CREATE),
        )
        made.append(record)
    for place, record in enumerate(made[:3]):
        api.expect.that(
            "Two new records have one key.",
            ("lacks", api.spec.seen_keys(made[:place]), api.spec.seen_key(record)),
            Role.CREATE,
            api.spec.at_role(Role.CREATE),
        )


@contract_property(
    "CREATE-TIMES",
    "A new record's times are those of its creation",
    rests_on="x-resources members/…/make: time-of-creation",
    needs=_OWN,
    writes=True,
    cost=6,
)
def times_of_a_new_record_are_now(api: ResourceClient) -> None:
    """The time of creation is now, by the service's own clock (the Date of its answer); the time of change is alike.

    Five minutes of difference are let go. A service that writes local time and calls it UTC, or leaves out the time
    zone, is found out, as is one whose next record is older than the one before.
    """
    created, changed = api.spec.made_by_server("time-of-creation"), api.spec.made_by_server("time-of-change")
    first, second = api.create(), api.create()
    for name in created:
        _is_now(api, second.step, name)
        api.expect.that(
            f"{name} runs backwards from one record to the next.",
            ("is at least", _instant(second, name), _instant(first, name)),
            Role.CREATE,
            api.spec.resource.fields[name].pointer,
        )
    for name in changed:
        _is_now(api, second.step, name)
        for other in created:
            then = _instant(second, other)
            for relation, limit in (("is at least", then), ("is at most", expressions.plus(then, _SAME_MOMENT_S))):
                api.expect.that(
                    f"{name} of a new record is not its {other}.",
                    (relation, _instant(second, name), limit),
                    Role.CREATE,
                    api.spec.resource.fields[name].pointer,
                )


def _instant(shows: expressions.Seen, name: str) -> Expression:
    """The moment that a member of a record names."""
    return expressions.instant(expressions.json(shows, join("", name)))


def _is_now(api: ResourceClient, step: int, name: str) -> None:
    answer = api.client.trace[step - 1].answer
    if "Date" not in answer.headers:
        return
    now = expressions.date(expressions.header(answer, "Date"))
    for relation, skew_s in (("is at least", -_SKEW_S), ("is at most", _SKEW_S)):
        api.expect.that(
            f"{name} of a new record is not the present, by the Date of the answer.",
            (relation, _instant(answer, name), expressions.plus(now, skew_s)),
            Role.CREATE,
            api.spec.resource.fields[name].pointer,
        )


@contract_property(
    "CREATE-LOCATION",
    "Location names the new record",
    rests_on="the Location of the create operation's success",
    needs=(*_OWN, Role.READ),
    writes=True,
    cost=3,
)
def location_names_the_new_record(api: ResourceClient) -> None:
    """The Location of a create, absolute or relative, is where a get finds the new record, as the create answered it.

    A service that sends the address of the collection, forgets the path that it is mounted at, or numbers its records
    otherwise in Location than in the body, is found out.
    """
    header = api.spec.operation(Role.CREATE).success.headers.get("Location")
    if header is None:
        return
    record = api.create()
    location = expressions.header(record, "Location")
    api.expect.that(
        "Location is not the address of the new record.",
        ("is", expressions.part(location, _addresses(api)), expressions.shown(api.spec.seen_key(record))),
        Role.CREATE,
        header.pointer,
    )
    api.expect.that(
        "A get at Location does not show the new record.",
        ("is", expressions.json(api.read(record)), expressions.json(record)),
        Role.CREATE,
        header.pointer,
    )


def _addresses(api: ResourceClient) -> str:
    """A pattern of the URI references (RFC 3986, section 4.1) that mean an item, seen from the collection."""
    base, item = urlsplit(api.client.base_url).path.rstrip("/"), api.spec.resource.item
    known = api.spec.contract.base_path
    base = known if base.endswith(known) else base
    collection = api.spec.resource.collection.rstrip("/").rpartition("/")[0] + "/"
    key = "([^/?#]+)"
    absolute = rf"^(?:(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//[^/?#]+)?(?:/[^?#]*)?{regex(base + item, key)}$"
    if not item.startswith(collection) or api.spec.resource.collection.endswith("/"):
        return absolute
    return rf"{absolute}|^(?:\./)?{regex(item.removeprefix(collection), key)}$"


PROPERTIES: tuple[Property, ...] = (
    every_new_record_has_its_own_key,
    times_of_a_new_record_are_now,
    location_names_the_new_record,
)
"""The properties of what the service makes of a new record, in the order of the catalogue."""
