"""Properties of requests that meet: what several clients at once may rely on."""

from __future__ import annotations

from collections.abc import Sequence

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.properties.helpers.sample_bodies import Trials
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Record
from contract_tests.target.client import Answer, Call
from openapi import Refusal, Role, ServerMade
from openapi.pointers import join

_OWN = (Role.CREATE, Role.DELETE)
_LIFE = (Role.CREATE, Role.READ, Role.UPDATE, Role.DELETE)
_AT_ONCE = 6


def _bursts(api: ResourceClient) -> int:
    return 1 if api.thoroughness.rounds == 1 else 3


def _together(api: ResourceClient, calls: Sequence[tuple[Role, Call]], pointer: str) -> list[Answer]:
    """Send operations at the same time. Raises BrokenPromiseError where the service fails with one of them."""
    answers = api.client.together([call for _, call in calls])
    for (role, _), answer in zip(calls, answers, strict=True):
        api.expect.that(
            f"{api.spec.operation(role).id} fails with {answer.status} where others come at the same time.",
            ("is at most", expressions.depends_on(expressions.status(answer), *answers), expressions.literal(499)),
            role,
            pointer,
        )
    for (role, _), answer in zip(calls, answers, strict=True):
        api.expect.conforms(api.spec.operation(role), answer)
    return answers


def _successes(api: ResourceClient, role: Role, answers: list[Answer]) -> Expression:
    """The statuses of those answers that are the operation's success."""
    success = int(api.spec.operation(role).success.status)
    return expressions.kept(
        expressions.all_of([expressions.status(one) for one in answers]), expressions.literal([success])
    )


def _shown(record: Record, names: Sequence[str]) -> Expression:
    """The values of some members of a record, in a list."""
    return expressions.depends_on(
        expressions.all_of([expressions.json(record, join("", name)) for name in names]), record
    )


@contract_property(
    "RACE-UNIQUE",
    "Of several creates of one unique value, one succeeds",
    rests_on="x-resources unique",
    needs=(*_OWN, "unique"),
    writes=True,
    cost=9,
)
def one_create_of_a_unique_value_succeeds(api: ResourceClient) -> None:
    """Of several creates with the same unique value at the same time, exactly one succeeds; the others are conflicts.

    A service that looks whether the value is taken and then inserts, with nothing to keep another request from coming
    in between, is found out: two of six clients are told that the number is theirs.
    """
    unique = api.spec.resource.unique[0]
    for _ in range(_bursts(api)):
        body = api.new_body()
        calls = [(Role.CREATE, api.call(Role.CREATE, body=body)) for _ in range(_AT_ONCE)]
        answers = _together(api, calls, unique.pointer)
        count = expressions.count(_successes(api, Role.CREATE, answers))
        what = f"Of {_AT_ONCE} creates of one {' and '.join(unique.fields)} at the same time"
        sentence = f"{what} more than one succeeds."
        api.expect.that(sentence, ("is at most", count, expressions.literal(1)), Role.CREATE, unique.pointer)
        if all(answer.status == api.spec.status_of(Refusal.CONFLICT) for answer in answers):
            continue
        sentence = f"{what} none succeeds."
        api.expect.that(sentence, ("is at least", count, expressions.literal(1)), Role.CREATE, unique.pointer)
        allowed = [int(api.spec.operation(Role.CREATE).success.status), api.spec.status_of(Refusal.CONFLICT)]
        for answer in answers:
            claim = (
                "is one of",
                expressions.depends_on(expressions.status(answer), *answers),
                expressions.literal(allowed),
            )
            api.expect.that(f"{what} one is answered {answer.status}.", claim, Role.CREATE, unique.pointer)


@contract_property(
    "RACE-CREATES",
    "Several creates at once make as many records",
    rests_on="x-resources operations/create",
    needs=_OWN,
    writes=True,
    cost=15,
)
def creates_at_once_make_as_many_records(api: ResourceClient) -> None:
    """Of several creates at the same time each makes a record of its own: with its own key and its own values.

    A service that keeps the request in a variable of the whole process, or counts up its keys without a lock, is found
    out: two answers show one key, or one client's name stands in another's record. All are in the list afterwards.
    """
    # One alone first: what an earlier request has left behind is no fault of requests that meet.
    api.create()
    for _ in range(_bursts(api)):
        bodies = [api.new_body() for _ in range(_AT_ONCE)]
        calls = [(Role.CREATE, api.call(Role.CREATE, body=body)) for body in bodies]
        answers = _together(api, calls, api.spec.at_role(Role.CREATE))
        if any(answer.status == api.spec.status_of(Refusal.CONFLICT) for answer in answers):
            continue
        made = [api.expect.accepted(Role.CREATE, answer) for answer in answers]
        for place, (record, body) in enumerate(zip(made, bodies, strict=True)):
            sentence = "Two records created at the same time have one key."
            claim = ("lacks", api.spec.seen_keys(made[:place]), api.spec.seen_key(record))
            api.expect.that(sentence, claim, Role.CREATE, api.spec.at_role(Role.CREATE))
            for name in (name for name in body if name not in api.spec.resource.write_only):
                claim = ("is", expressions.json(record, join("", name)), expressions.literal(body[name]))
                sentence = f"{name} of a record is not what was sent, where others are created at the same time."
                api.expect.that(sentence, claim, Role.CREATE, api.spec.at_role(Role.CREATE))
        _expect_listed(api, made)


def _expect_listed(api: ResourceClient, made: list[Record]) -> None:
    if not api.spec.has(Role.LIST) or not api.spec.tag_member:
        return
    listed = api.tagged()
    for record in made:
        api.expect.that(
            "A record created at the same time as others is not in the list.",
            ("holds", api.spec.listed_keys(listed), api.spec.seen_key(record)),
            Role.LIST,
            api.spec.at_role(Role.CREATE),
        )


@contract_property(
    "RACE-UPDATES",
    "Updates of different members at once all hold",
    rests_on="x-resources operations/update",
    needs=_LIFE,
    writes=True,
    cost=14,
)
def updates_of_different_members_all_hold(api: ResourceClient) -> None:
    """Of several updates of one record at the same time, each of another member, all hold afterwards.

    A service that reads the record, changes it, and writes the whole of it back is found out: the second writer puts
    the first one's member back to what it was.
    """
    trials = Trials(api, Role.UPDATE)
    if len(trials.kept) < 2:
        return
    record = api.create()
    for turn in range(1, 1 + 2 * _bursts(api)):
        changes = {name: value for name, value in trials.full(turn).items() if name in trials.kept}
        key = api.spec.key_of(record)
        calls = [(Role.UPDATE, api.call(Role.UPDATE, key, body={name: changes[name]})) for name in changes]
        for answer in _together(api, calls, api.spec.at_role(Role.UPDATE)):
            api.expect.success(Role.UPDATE, answer)
        read = api.read(record)
        api.expect.that(
            f"Of updates of {', '.join(changes)} at the same time not all hold.",
            (
                "is",
                _shown(read, list(changes)),
                expressions.literal([*changes.values()]),
            ),
            Role.UPDATE,
            api.spec.at_role(Role.UPDATE),
        )


@contract_property(
    "RACE-UPDATE",
    "Updates of the same members at once end as one of them",
    rests_on="x-resources operations/update",
    needs=_LIFE,
    writes=True,
    cost=10,
)
def updates_of_the_same_members_end_as_one(api: ResourceClient) -> None:
    """After several updates of the same members at the same time, the record is as one of them would have it, whole.

    A service that writes member after member is found out: the name comes from one request and the status from another.
    What no update named stays as it was.
    """
    trials = Trials(api, Role.UPDATE)
    moving = api.spec.made_by_server("time-of-change")
    record = api.create()
    for burst in range(_bursts(api)):
        inputs = [trials.full(burst + turn) for turn in range(_AT_ONCE)]
        calls = [(Role.UPDATE, api.call(Role.UPDATE, api.spec.key_of(record), body=body)) for body in inputs]
        for answer in _together(api, calls, api.spec.at_role(Role.UPDATE)):
            api.expect.success(Role.UPDATE, answer)
        named = [name for name in trials.kept if name in inputs[0]]
        read = api.read(record)
        ends = [[body[name] for name in named] for body in inputs]
        api.expect.that(
            f"Updates of {', '.join(named)} at the same time end as none of them.",
            ("is one of", _shown(read, named), expressions.literal(ends)),
            Role.UPDATE,
            api.spec.at_role(Role.UPDATE),
        )
        api.expect.that(
            "Updates at the same time change what none of them names.",
            (
                "is",
                expressions.without(expressions.json(read), [*moving, *named]),
                expressions.without(expressions.json(record), [*moving, *named]),
            ),
            Role.UPDATE,
            api.spec.at_role(Role.UPDATE),
        )


@contract_property(
    "RACE-DELETE",
    "A delete wins over what meets it",
    rests_on="x-resources operations/delete",
    needs=(*_OWN, Role.READ),
    writes=True,
    cost=10,
)
def delete_wins_over_what_meets_it(api: ResourceClient) -> None:
    """Of several deletes of one record at the same time one succeeds, and gets and updates meanwhile find it or don't.

    Afterwards it is gone. A service that fails because a record vanishes between two of its steps is found out, and so
    is one whose update, begun before the delete, writes the record back.
    """
    rule = api.spec.resource.fields.get(api.spec.resource.key)
    if not (isinstance(rule, ServerMade) and rule.kind == "uuid"):
        return
    for _ in range(_bursts(api)):
        record = api.create()
        key = api.spec.key_of(record)
        meeting = [Role.UPDATE, Role.READ, Role.DELETE, Role.UPDATE, Role.DELETE, Role.DELETE]
        bodies = {Role.UPDATE: Trials(api, Role.UPDATE).full(1)} if api.spec.has(Role.UPDATE) else {}
        roles = [role for role in meeting if api.spec.has(role)]
        calls = [(role, api.call(role, key, body=bodies.get(role))) for role in roles]
        answers = _together(api, calls, api.spec.at_role(Role.DELETE))
        _expect_one_delete(api, record, calls, answers)
        gone = api.send(Role.READ, key=key)
        api.expect.refused("A get after a delete that met updates", gone, Refusal.UNKNOWN_RECORD, Role.READ)


def _expect_one_delete(
    api: ResourceClient, record: Record, calls: Sequence[tuple[Role, Call]], answers: list[Answer]
) -> None:
    for (role, _), answer in zip(calls, answers, strict=True):
        allowed = [int(api.spec.operation(role).success.status), api.spec.status_of(Refusal.UNKNOWN_RECORD)]
        api.expect.that(
            f"A {role.value} that meets a delete is answered {answer.status}.",
            ("is one of", expressions.status(answer), expressions.literal(allowed)),
            role,
            api.spec.at_role(role),
        )
    deletes = [answer for (role, _), answer in zip(calls, answers, strict=True) if role is Role.DELETE]
    count = expressions.depends_on(expressions.count(_successes(api, Role.DELETE, deletes)), record)
    sentence = "Of several deletes of one record at the same time not exactly one succeeds."
    api.expect.that(sentence, ("is", count, expressions.literal(1)), Role.DELETE, api.spec.at_role(Role.DELETE))


PROPERTIES: tuple[Property, ...] = (
    one_create_of_a_unique_value_succeeds,
    creates_at_once_make_as_many_records,
    updates_of_different_members_all_hold,
    updates_of_the_same_members_end_as_one,
    delete_wins_over_what_meets_it,
)
"""The properties of requests that meet, in the order of the catalogue."""
