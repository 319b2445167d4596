"""Properties of creates: the key, the times and the address that the service makes for a new record."""

from __future__ import annotations

from urllib.parse import urlsplit

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Record
from openapi import Role
from openapi.path_templates import regex
from openapi.pointers import join

_OWN = (Role.CREATE, Role.DELETE)
_SKEW_S = 300
_SAME_TIME_S = 1


@contract_property(
    "CREATE-KEY",
    "Every new record gets its own key",
    rests_on="x-resources members/…/make",
    needs=_OWN,
    cost=12,
    documented="no two records share a key",
)
def new_records_get_their_own_key(api: ResourceClient) -> None:
    """The key of a new record was never used for another one, not even for a deleted one.

    Catches services that derive keys from the clock or from the number of records: after a delete the count is one
    less, and the next record gets a key that is in use.
    """
    if all(name in api.spec.creating.members for name in api.spec.resource.key_fields):
        return
    made = api.several(3)
    if api.spec.has_lasting_keys:
        api.delete(made[0])
    for _ in range(2):
        record = api.create()
        api.expect.that(
            "A new record has the key of another one.",
            ("lacks", api.spec.seen_keys(made), api.spec.seen_key(record)),
            Role.CREATE,
            api.spec.at_key(),
        )
        made.append(record)
    for index, record in enumerate(made[:3]):
        api.expect.that(
            "Two new records have the same key.",
            ("lacks", api.spec.seen_keys(made[:index]), api.spec.seen_key(record)),
            Role.CREATE,
            api.spec.at_role(Role.CREATE),
        )


@contract_property(
    "CREATE-TIMES",
    "The times of a new record are those of its creation",
    rests_on="x-resources members/…/make: time-of-creation",
    needs=_OWN,
    cost=6,
    documented="the time of change is not before the time of creation",
    assumed="how exact the times are",
)
def times_of_a_new_record_are_now(api: ResourceClient) -> None:
    """The time of creation is now, by the service's own clock (its Date header); the time of change is the same.

    Five minutes of clock skew are tolerated. Catches services that write local time and call it UTC, leave out the time
    zone, or give a later record an earlier time.
    """
    created, changed = api.spec.made_by_server("time-of-creation"), api.spec.made_by_server("time-of-change")
    if not created and not changed:
        return
    first, second = api.create(), api.create()
    first, second = api.whole(first), api.whole(second)
    for name in created:
        _expect_now(api, second.step, name)
        api.expect.that(
            f"{name} of a later record is earlier.",
            ("is at least", _instant(second, name), _instant(first, name)),
            Role.CREATE,
            api.spec.at_rule(name),
        )
    for name in changed:
        _expect_now(api, second.step, name)
        for other in created:
            then = _instant(second, other)
            for relation, limit in (("is at least", then), ("is at most", expressions.plus(then, _SAME_TIME_S))):
                api.expect.that(
                    f"{name} of a new record is not its {other}.",
                    (relation, _instant(second, name), limit),
                    Role.CREATE,
                    api.spec.at_rule(name) if relation == "is at most" else api.spec.at_field(name),
                )


def _instant(shows: expressions.ResponsePart, name: str) -> Expression:
    """The time in a field of a record."""
    return expressions.instant(expressions.json(shows, join("", name)))


def _expect_now(api: ResourceClient, step: int, name: str) -> None:
    response = api.client.trace[step - 1].response
    if "Date" not in response.headers:
        return
    now = expressions.date(expressions.header(response, "Date"))
    for relation, skew_s in (("is at least", -_SKEW_S), ("is at most", _SKEW_S)):
        api.expect.that(
            f"{name} of a new record is not the current time of the Date header.",
            (relation, _instant(response, name), expressions.plus(now, skew_s)),
            Role.CREATE,
            api.spec.at_rule(name),
        )


@contract_property(
    "CREATE-LOCATION",
    "Location is the address of the new record",
    rests_on="the Location of the create operation's success",
    needs=(*_OWN, Role.READ),
    cost=3,
    assumed="the header",
)
def location_is_the_address_of_the_new_record(api: ResourceClient) -> None:
    """A get at the Location of a create, absolute or relative, finds the new record.

    Catches services that send the address of the collection, forget the path that they are mounted at, or use another
    key in Location than in the body. A missing Location is reported under SCHEMA-HEADER.
    """
    header = api.spec.operation(Role.CREATE).success.headers.get("Location")
    if header is None:
        return
    record = api.create()
    if "Location" not in api.client.trace[record.step - 1].response.headers:
        return
    location = expressions.header(record, "Location")
    api.expect.that(
        "Location is not the address of the new record.",
        ("is", expressions.part(location, _addresses(api)), _decoded_key(api, record)),
        Role.CREATE,
        header.pointer,
    )
    api.expect.that(
        "A get at Location does not return the new record.",
        ("is", expressions.json(api.read(record)), expressions.json(api.whole(record))),
        Role.CREATE,
        header.pointer,
    )


def _addresses(api: ResourceClient) -> str:
    """A pattern for the URI references (RFC 3986, section 4.1) that lead from the collection to an item."""
    base, item = urlsplit(api.client.base_url).path.rstrip("/"), api.spec.resource.item
    known = api.spec.contract.base_path
    base = known if base.endswith(known) else base
    collection = api.spec.resource.collection.rstrip("/").rpartition("/")[0] + "/"
    absolute = rf"^(?:(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//[^/?#]+)?(?:/[^?#]*)?{_address(api, base + item)}$"
    if not item.startswith(collection) or api.spec.resource.collection.endswith("/"):
        return absolute
    return rf"{absolute}|^(?:\./)?{_address(api, item.removeprefix(collection))}$"


def _address(api: ResourceClient, path: str) -> str:
    """A pattern for an item's path, with the key as its group."""
    resource, segment = api.spec.resource, "[^/?#]+"
    before, _, after = resource.slotted(path).partition(resource.key_slot)
    return f"{regex(before, segment)}({regex(resource.key_template, segment)}){regex(after)}"


def _decoded_key(api: ResourceClient, record: Record) -> Expression:
    """The key of a record as text, decoded like that of a Location."""
    key = api.spec.seen_key(record)
    return expressions.part(key, "^(.*)$") if api.spec.resource.has_joint_key else expressions.shown(key)


PROPERTIES: tuple[Property, ...] = (
    new_records_get_their_own_key,
    times_of_a_new_record_are_now,
    location_is_the_address_of_the_new_record,
)
"""In the order of the catalogue."""
