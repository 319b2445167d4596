"""Properties of creating: what the service makes of itself for a new record."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from openapi import Role
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
def every_new_record_has_its_own_key(subject: ResourceClient) -> None:
    """The key that the service gives to a new record was given to no other, not even to one that is deleted by now.

    A service that makes its keys from the clock, or counts its records to find the next one, is found out: after a
    delete the count is one less, and the next record gets a key that is taken.
    """
    key = subject.resource.key
    if key in subject.creating.members:
        return
    made = subject.several(3)
    if key in subject.made_by_server("uuid"):
        subject.delete(made[0])
    for _ in range(2):
        record = subject.create()
        subject.expect(
            "A new record has the key of another.",
            ("lacks", subject.seen_keys(made), subject.seen_key(record)),
            Role.CREATE,
            subject.resource.fields[key].pointer if key in subject.resource.fields else subject.at_role(Role.CREATE),
        )
        made.append(record)
    for place, record in enumerate(made[:3]):
        subject.expect(
            "Two new records have one key.",
            ("lacks", subject.seen_keys(made[:place]), subject.seen_key(record)),
            Role.CREATE,
            subject.at_role(Role.CREATE),
        )


@contract_property(
    "CREATE-TIMES",
    "A new record's times are those of its creation",
    rests_on="x-resources members/…/make: time-of-creation",
    needs=_OWN,
    writes=True,
    cost=6,
)
def times_of_a_new_record_are_now(subject: ResourceClient) -> None:
    """The time of creation is now, by the service's own clock (the Date of its answer); the time of change is alike.

    Five minutes of difference are let go. A service that writes local time and calls it UTC, or leaves out the time
    zone, is found out, as is one whose next record is older than the one before.
    """
    created, changed = subject.made_by_server("time-of-creation"), subject.made_by_server("time-of-change")
    first, second = subject.create(), subject.create()
    for name in created:
        _is_now(subject, second.step, name)
        subject.expect(
            f"{name} runs backwards from one record to the next.",
            ("is at least", _instant(second, name), _instant(first, name)),
            Role.CREATE,
            subject.resource.fields[name].pointer,
        )
    for name in changed:
        _is_now(subject, second.step, name)
        for other in created:
            then = _instant(second, other)
            for relation, limit in (("is at least", then), ("is at most", expressions.plus(then, _SAME_MOMENT_S))):
                subject.expect(
                    f"{name} of a new record is not its {other}.",
                    (relation, _instant(second, name), limit),
                    Role.CREATE,
                    subject.resource.fields[name].pointer,
                )


def _instant(shows: expressions.Seen, name: str) -> Expression:
    """The moment that a member of a record names."""
    return expressions.instant(expressions.json(shows, join("", name)))


def _is_now(subject: ResourceClient, step: int, name: str) -> None:
    answer = subject.client.trace[step - 1].answer
    if "Date" not in answer.headers:
        return
    now = expressions.date(expressions.header(answer, "Date"))
    for relation, skew_s in (("is at least", -_SKEW_S), ("is at most", _SKEW_S)):
        subject.expect(
            f"{name} of a new record is not the present, by the Date of the answer.",
            (relation, _instant(answer, name), expressions.plus(now, skew_s)),
            Role.CREATE,
            subject.resource.fields[name].pointer,
        )


@contract_property(
    "CREATE-LOCATION",
    "Location names the new record",
    rests_on="the Location of the create operation's success",
    needs=(*_OWN, Role.READ),
    writes=True,
    cost=3,
)
def location_names_the_new_record(subject: ResourceClient) -> None:
    """The Location of a create, absolute or relative, is where a get finds the new record, as the create answered it.

    A service that sends the address of the collection, forgets the path that it is mounted at, or numbers its records
    otherwise in Location than in the body, is found out.
    """
    header = subject.operation(Role.CREATE).success.headers.get("Location")
    if header is None:
        return
    record = subject.create()
    location = expressions.header(record, "Location")
    subject.expect(
        "Location is not the address of the new record.",
        ("is", expressions.part(location, _addresses(subject)), expressions.shown(subject.seen_key(record))),
        Role.CREATE,
        header.pointer,
    )
    subject.expect(
        "A get at Location does not show the new record.",
        ("is", expressions.json(subject.read(record)), expressions.json(record)),
        Role.CREATE,
        header.pointer,
    )


def _addresses(subject: ResourceClient) -> str:
    """A pattern of the URI references (RFC 3986, section 4.1) that mean an item, seen from the collection."""
    base, item = urlsplit(subject.client.base_url).path.rstrip("/"), subject.resource.item
    known = subject.contract.base_path
    base = known if base.endswith(known) else base
    collection = subject.resource.collection.rstrip("/").rpartition("/")[0] + "/"
    key = "([^/?#]+)"

    def pattern(text: str) -> str:
        return key.join(re.escape(part) for part in re.split(r"\{[^{}]*\}", text))

    absolute = rf"^(?:(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//[^/?#]+)?(?:/[^?#]*)?{pattern(base + item)}$"
    if not item.startswith(collection) or subject.resource.collection.endswith("/"):
        return absolute
    return rf"{absolute}|^(?:\./)?{pattern(item.removeprefix(collection))}$"


PROPERTIES: tuple[Property, ...] = (
    every_new_record_has_its_own_key,
    times_of_a_new_record_are_now,
    location_names_the_new_record,
)
"""The properties of what the service makes of a new record, in the order of the catalogue."""
