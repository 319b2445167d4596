"""Properties of concurrent requests."""

from __future__ import annotations

from collections.abc import Sequence

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.properties.helpers.sample_bodies import SampleBodies
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Record
from contract_tests.target.client import Call, ReceivedResponse
from openapi import Refusal, Role
from openapi.pointers import join

_OWN = (Role.CREATE, Role.DELETE)
_LIFE = (Role.CREATE, Role.READ, Role.UPDATE, Role.DELETE)
_AT_ONCE = 6
_SUCCESS = list(range(200, 300))
_REFUSED = list(range(400, 500))


def _bursts(api: ResourceClient) -> int:
    return 1 if api.thoroughness.rounds == 1 else 3


def _together(api: ResourceClient, calls: Sequence[tuple[Role, Call]], pointer: str) -> list[ReceivedResponse]:
    """Send operations at the same time. Raises PropertyFailedError if the service fails at one of them."""
    responses = api.client.together([call for _, call in calls])
    for (role, _), response in zip(calls, responses, strict=True):
        api.expect.that(
            f"{api.spec.operation(role).id} fails with {response.status} among concurrent requests.",
            ("is at most", expressions.depends_on(expressions.status(response), *responses), expressions.literal(499)),
            role,
            pointer,
        )
    for (role, _), response in zip(calls, responses, strict=True):
        api.expect.conforms(api.spec.operation(role), response)
    return responses


def _successes(responses: list[ReceivedResponse]) -> Expression:
    """The statuses of the successful responses."""
    statuses = expressions.all_of([expressions.status(one) for one in responses])
    return expressions.kept(statuses, expressions.literal(_SUCCESS))


def _shown(record: Record, names: Sequence[str]) -> Expression:
    """The values of some fields of a record, in a list."""
    return expressions.depends_on(
        expressions.all_of([expressions.json(record, join("", name)) for name in names]), record
    )


@contract_property(
    "RACE-UNIQUE",
    "Of concurrent creates with one unique value, one succeeds",
    rests_on="x-resources unique",
    needs=(*_OWN, "unique"),
    cost=12,
    alone=True,
    documented="of requests that would be refused one after the other, not two succeed at the same time",
    assumed="the status of the others",
)
def one_create_of_a_unique_value_succeeds(api: ResourceClient) -> None:
    """Of several concurrent creates with the same unique value, exactly one succeeds; the others are conflicts.

    Catches services that check whether the value is taken and then insert, without a lock: two of six clients are then
    the owners of one number. A service that never refuses the value is not judged.
    """
    unique = api.spec.resource.unique[0]
    taken = api.new_body()
    api.create(taken)
    if api.send(Role.CREATE, body=taken).status < 400:
        return
    pointer = api.spec.at_operation(Role.CREATE)
    for _ in range(_bursts(api)):
        body = api.new_body()
        calls = [(Role.CREATE, api.call(Role.CREATE, body=body)) for _ in range(_AT_ONCE)]
        responses = _together(api, calls, pointer)
        count = expressions.count(_successes(responses))
        what = f"Of {_AT_ONCE} concurrent creates with one {' and '.join(unique.fields)},"
        api.expect.that(
            f"{what} more than one succeeds.", ("is at most", count, expressions.literal(1)), Role.CREATE, pointer
        )
        if all(400 <= response.status < 500 for response in responses):
            continue
        for response in responses:
            status = expressions.depends_on(expressions.status(response), *responses)
            claim = ("is one of", status, expressions.literal([*_SUCCESS, *_REFUSED]))
            api.expect.that(f"{what} one returns {response.status}.", claim, Role.CREATE, unique.pointer)


@contract_property(
    "RACE-CREATES",
    "Concurrent creates make one record each",
    rests_on="x-resources operations/create",
    needs=_OWN,
    cost=15,
    alone=True,
    documented="each registration makes a record with its own key and values",
)
def concurrent_creates_make_one_record_each(api: ResourceClient) -> None:
    """Each of several concurrent creates makes a record with its own key and values, and all are listed afterwards.

    The total of the list counts them, too, where one page has it whole. Catches services that keep the request in a
    global variable, or count up keys or a total without a lock: two responses have the same key, or one client's name
    is in another client's record.
    """
    # A single create first: what an earlier request has left behind is not a fault of concurrency.
    api.create()
    for _ in range(_bursts(api)):
        bodies = [api.new_body() for _ in range(_AT_ONCE)]
        calls = [(Role.CREATE, api.call(Role.CREATE, body=body)) for body in bodies]
        responses = _together(api, calls, api.spec.at_role(Role.CREATE))
        if any(400 <= response.status < 500 for response in responses):
            continue
        made = [api.expect.accepted(Role.CREATE, response) for response in responses]
        for index, (record, body) in enumerate(zip(made, bodies, strict=True)):
            sentence = "Two concurrent creates get the same key."
            claim = ("lacks", api.spec.seen_keys(made[:index]), api.spec.seen_key(record))
            api.expect.that(sentence, claim, Role.CREATE, api.spec.at_role(Role.CREATE))
            for name in (name for name in body if name not in api.spec.resource.write_only):
                claim = ("is", expressions.json(record, join("", name)), expressions.literal(body[name]))
                sentence = f"{name} of a record is not what was sent in one of several concurrent creates."
                api.expect.that(sentence, claim, Role.CREATE, api.spec.at_role(Role.CREATE))
        _expect_listed(api, made)


def _expect_listed(api: ResourceClient, made: list[Record]) -> None:
    if not api.spec.lists_own:
        return
    paging, total = api.spec.listing.paging, api.spec.own_total
    most = api.spec.parameter(paging.limit).schema.node.get("maximum") if paging else None
    listed = api.list_by(**api.page(0, most)) if most else api.tagged()
    keys = {api.spec.key_of(item) for item in listed.items}
    if not keys.issuperset(map(api.spec.key_of, made)):
        listed = api.tagged()
    elif most and total:
        shown = expressions.count(api.spec.seen_items(listed))
        is_whole = ["is at most", shown, expressions.literal(most - 1)]
        sentence = "After concurrent creates, the total of a list is not the number of its records."
        claim = ("where", is_whole, ["is", expressions.json(listed, total), shown])
        api.expect.that(sentence, claim, Role.LIST, api.spec.at_count(total))
    for record in made:
        api.expect.that(
            "A record of several concurrent creates is not in the list.",
            ("holds", api.spec.listed_keys(listed), api.spec.seen_key(record)),
            Role.LIST,
            api.spec.at_role(Role.CREATE),
        )


@contract_property(
    "RACE-UPDATES",
    "Concurrent updates of different fields all take effect",
    rests_on="x-resources operations/update",
    needs=_LIFE,
    cost=14,
    alone=True,
    documented="an update changes the fields that it names and no others",
)
def concurrent_updates_all_take_effect(api: ResourceClient) -> None:
    """Of several concurrent updates of one record, each of another field, all take effect.

    Catches services that read the record, change it and write it back as a whole: the second writer restores the old
    value of the first one's field.
    """
    samples = SampleBodies(api, Role.UPDATE)
    if len(samples.kept) < 2:
        return
    record = api.create()
    for turn in range(1, 1 + 2 * _bursts(api)):
        changes = {name: value for name, value in samples.full(turn).items() if name in samples.kept}
        key = api.spec.key_of(record)
        calls = [(Role.UPDATE, api.call(Role.UPDATE, key, body={name: changes[name]})) for name in changes]
        for response in _together(api, calls, api.spec.at_operation(Role.UPDATE)):
            api.expect.success(Role.UPDATE, response)
        read = api.read(record)
        api.expect.that(
            f"Of concurrent updates of {', '.join(changes)}, not all take effect.",
            (
                "is",
                _shown(read, list(changes)),
                expressions.literal([*changes.values()]),
            ),
            Role.UPDATE,
            api.spec.at_operation(Role.UPDATE),
        )


@contract_property(
    "RACE-UPDATE",
    "Concurrent updates of the same fields do not mix",
    rests_on="x-resources operations/update",
    needs=_LIFE,
    cost=10,
    alone=True,
    documented="an update changes the fields that it names and no others",
)
def concurrent_updates_do_not_mix(api: ResourceClient) -> None:
    """After several concurrent updates of the same fields, the record matches one of them as a whole.

    Catches services that write field after field: the name comes from one request and the status from another. A field
    that no update names is unchanged.
    """
    samples = SampleBodies(api, Role.UPDATE)
    moving = api.spec.made_by_server("time-of-change")
    record = api.create()
    for burst in range(_bursts(api)):
        inputs = [samples.full(burst + turn) for turn in range(_AT_ONCE)]
        calls = [(Role.UPDATE, api.call(Role.UPDATE, api.spec.key_of(record), body=body)) for body in inputs]
        for response in _together(api, calls, api.spec.at_operation(Role.UPDATE)):
            api.expect.success(Role.UPDATE, response)
        named = [name for name in samples.kept if name in inputs[0]]
        read = api.read(record)
        ends = [[body[name] for name in named] for body in inputs]
        api.expect.that(
            f"After concurrent updates of {', '.join(named)}, the record matches none of them.",
            ("is one of", _shown(read, named), expressions.literal(ends)),
            Role.UPDATE,
            api.spec.at_operation(Role.UPDATE),
        )
        api.expect.that(
            "Concurrent updates change a field that none of them names.",
            (
                "is",
                expressions.without(expressions.json(read), [*moving, *named]),
                expressions.without(expressions.json(record), [*moving, *named]),
            ),
            Role.UPDATE,
            api.spec.at_operation(Role.UPDATE),
        )


@contract_property(
    "RACE-DELETE",
    "Of concurrent deletes one succeeds, and the record is gone",
    rests_on="x-resources operations/delete",
    needs=(*_OWN, Role.READ),
    cost=10,
    alone=True,
    documented="a deleted record is gone",
    assumed="that a second delete is refused, and with which status",
)
def concurrent_deletes_succeed_once(api: ResourceClient) -> None:
    """Of several concurrent deletes of a record exactly one succeeds; concurrent gets and updates find it or not.

    Afterwards it is gone. Catches services that fail because a record disappears between two of their steps, and
    services with an update that writes the record back.
    """
    if not api.spec.has_lasting_keys:
        return
    for _ in range(_bursts(api)):
        record = api.create()
        key = api.spec.key_of(record)
        concurrent = [Role.UPDATE, Role.READ, Role.DELETE, Role.UPDATE, Role.DELETE, Role.DELETE]
        bodies = {Role.UPDATE: SampleBodies(api, Role.UPDATE).full(1)} if api.spec.has(Role.UPDATE) else {}
        roles = [role for role in concurrent if api.spec.has(role)]
        calls = [(role, api.call(role, key, body=bodies.get(role))) for role in roles]
        responses = _together(api, calls, api.spec.at_role(Role.DELETE))
        _expect_one_delete(api, record, calls, responses)
        gone = api.send(Role.READ, key=key)
        what, documented = "A get after a delete among updates", api.spec.at_operation(Role.DELETE)
        api.expect.refused(what, gone, Refusal.UNKNOWN_RECORD, Role.READ, if_accepted=documented)


def _expect_one_delete(
    api: ResourceClient, record: Record, calls: Sequence[tuple[Role, Call]], responses: list[ReceivedResponse]
) -> None:
    for (role, _), response in zip(calls, responses, strict=True):
        api.expect.that(
            f"A {role.value} concurrent with a delete returns {response.status}.",
            ("is one of", expressions.status(response), expressions.literal([*_SUCCESS, *_REFUSED])),
            role,
            api.spec.at_role(role),
        )
    if api.spec.words["deletes/unknown-record"] == "accepted":
        return
    deletes = [response for (role, _), response in zip(calls, responses, strict=True) if role is Role.DELETE]
    count = expressions.depends_on(expressions.count(_successes(deletes)), record)
    sentence = "Not exactly one of several concurrent deletes of a record succeeds."
    api.expect.that(sentence, ("is", count, expressions.literal(1)), Role.DELETE, api.spec.at_role(Role.DELETE))


@contract_property(
    "RACE-APART",
    "Concurrent requests for different records do not interfere",
    rests_on="x-resources operations",
    needs=(*_LIFE, Role.LIST),
    cost=24,
    alone=True,
    documented="an update changes no other record",
)
def concurrent_requests_stay_apart(api: ResourceClient) -> None:
    """Updates of several records at the same time, among lists, each change their own record, and all succeed.

    Catches services that share the current request between threads, and services with one database
    connection for all, which fail at the second of two lists.
    """
    at = api.spec.at_operation(Role.UPDATE)
    samples = SampleBodies(api, Role.UPDATE)
    made = [api.create() for _ in range(_AT_ONCE // 2)]
    changes = [samples.full(turn) for turn in range(len(made))]
    calls = [
        (Role.UPDATE, api.call(Role.UPDATE, api.spec.key_of(one), body=body))
        for one, body in zip(made, changes, strict=True)
    ]
    responses = _together(api, [*calls, *[(Role.LIST, api.call(Role.LIST))] * (_AT_ONCE // 2)], at)
    names = [name for name in changes[0] if name in samples.kept]
    for record, body, response in zip(made, changes, responses, strict=False):
        after = api.expect.accepted(Role.UPDATE, response)
        for shown in (after, api.read(record)):
            api.expect.that(
                "One of several concurrent updates did not change its own record.",
                ("is", _shown(shown, names), expressions.literal([body[name] for name in names])),
                Role.UPDATE,
                at,
            )


PROPERTIES: tuple[Property, ...] = (
    one_create_of_a_unique_value_succeeds,
    concurrent_creates_make_one_record_each,
    concurrent_updates_all_take_effect,
    concurrent_updates_do_not_mix,
    concurrent_deletes_succeed_once,
    concurrent_requests_stay_apart,
)
"""In the order of the catalogue."""
