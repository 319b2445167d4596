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


def _bursts(subject: ResourceClient) -> int:
    return 1 if subject.effort.rounds == 1 else 3


def _together(subject: ResourceClient, calls: Sequence[tuple[Role, Call]], pointer: str) -> list[Answer]:
    """Send operations at the same time. Raises BrokenPromiseError where the service fails with one of them."""
    answers = subject.client.together([call for _, call in calls])
    for (role, _), answer in zip(calls, answers, strict=True):
        subject.expect(
            f"{subject.operation(role).id} fails with {answer.status} where others come at the same time.",
            ("is at most", expressions.depends_on(expressions.status(answer), *answers), expressions.literal(499)),
            role,
            pointer,
        )
    for (role, _), answer in zip(calls, answers, strict=True):
        subject.judge(subject.operation(role), answer)
    return answers


def _successes(subject: ResourceClient, role: Role, answers: list[Answer]) -> Expression:
    """The statuses of those answers that are the operation's success."""
    success = int(subject.operation(role).success.status)
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
def one_create_of_a_unique_value_succeeds(subject: ResourceClient) -> None:
    """Of several creates with the same unique value at the same time, exactly one succeeds; the others are conflicts.

    A service that looks whether the value is taken and then inserts, with nothing to keep another request from coming
    in between, is found out: two of six clients are told that the number is theirs.
    """
    unique = subject.resource.unique[0]
    for _ in range(_bursts(subject)):
        body = subject.new_body()
        calls = [(Role.CREATE, subject.call(Role.CREATE, body=body)) for _ in range(_AT_ONCE)]
        answers = _together(subject, calls, unique.pointer)
        count = expressions.count(_successes(subject, Role.CREATE, answers))
        what = f"Of {_AT_ONCE} creates of one {' and '.join(unique.fields)} at the same time"
        sentence = f"{what} more than one succeeds."
        subject.expect(sentence, ("is at most", count, expressions.literal(1)), Role.CREATE, unique.pointer)
        if all(answer.status == subject.refusal(Refusal.CONFLICT) for answer in answers):
            continue
        sentence = f"{what} none succeeds."
        subject.expect(sentence, ("is at least", count, expressions.literal(1)), Role.CREATE, unique.pointer)
        allowed = [int(subject.operation(Role.CREATE).success.status), subject.refusal(Refusal.CONFLICT)]
        for answer in answers:
            claim = (
                "is one of",
                expressions.depends_on(expressions.status(answer), *answers),
                expressions.literal(allowed),
            )
            subject.expect(f"{what} one is answered {answer.status}.", claim, Role.CREATE, unique.pointer)


@contract_property(
    "RACE-CREATES",
    "Several creates at once make as many records",
    rests_on="x-resources operations/create",
    needs=_OWN,
    writes=True,
    cost=15,
)
def creates_at_once_make_as_many_records(subject: ResourceClient) -> None:
    """Of several creates at the same time each makes a record of its own: with its own key and its own values.

    A service that keeps the request in a variable of the whole process, or counts up its keys without a lock, is found
    out: two answers show one key, or one client's name stands in another's record. All are in the list afterwards.
    """
    # One alone first: what an earlier request has left behind is no fault of requests that meet.
    subject.create()
    for _ in range(_bursts(subject)):
        bodies = [subject.new_body() for _ in range(_AT_ONCE)]
        calls = [(Role.CREATE, subject.call(Role.CREATE, body=body)) for body in bodies]
        answers = _together(subject, calls, subject.at_role(Role.CREATE))
        if any(answer.status == subject.refusal(Refusal.CONFLICT) for answer in answers):
            continue
        made = [subject.accepted(Role.CREATE, answer) for answer in answers]
        for place, (record, body) in enumerate(zip(made, bodies, strict=True)):
            sentence = "Two records created at the same time have one key."
            claim = ("lacks", subject.seen_keys(made[:place]), subject.seen_key(record))
            subject.expect(sentence, claim, Role.CREATE, subject.at_role(Role.CREATE))
            for name in (name for name in body if name not in subject.resource.write_only):
                claim = ("is", expressions.json(record, join("", name)), expressions.literal(body[name]))
                sentence = f"{name} of a record is not what was sent, where others are created at the same time."
                subject.expect(sentence, claim, Role.CREATE, subject.at_role(Role.CREATE))
        _expect_listed(subject, made)


def _expect_listed(subject: ResourceClient, made: list[Record]) -> None:
    if not subject.has(Role.LIST) or not subject.tag_member:
        return
    listed = subject.tagged()
    for record in made:
        subject.expect(
            "A record created at the same time as others is not in the list.",
            ("holds", subject.listed_keys(listed), subject.seen_key(record)),
            Role.LIST,
            subject.at_role(Role.CREATE),
        )


@contract_property(
    "RACE-UPDATES",
    "Updates of different members at once all hold",
    rests_on="x-resources operations/update",
    needs=_LIFE,
    writes=True,
    cost=14,
)
def updates_of_different_members_all_hold(subject: ResourceClient) -> None:
    """Of several updates of one record at the same time, each of another member, all hold afterwards.

    A service that reads the record, changes it, and writes the whole of it back is found out: the second writer puts
    the first one's member back to what it was.
    """
    trials = Trials(subject, Role.UPDATE)
    if len(trials.kept) < 2:
        return
    record = subject.create()
    for turn in range(1, 1 + 2 * _bursts(subject)):
        changes = {name: value for name, value in trials.full(turn).items() if name in trials.kept}
        key = subject.key_of(record)
        calls = [(Role.UPDATE, subject.call(Role.UPDATE, key, body={name: changes[name]})) for name in changes]
        for answer in _together(subject, calls, subject.at_role(Role.UPDATE)):
            subject.check_success(Role.UPDATE, answer)
        read = subject.read(record)
        subject.expect(
            f"Of updates of {', '.join(changes)} at the same time not all hold.",
            (
                "is",
                _shown(read, list(changes)),
                expressions.literal([*changes.values()]),
            ),
            Role.UPDATE,
            subject.at_role(Role.UPDATE),
        )


@contract_property(
    "RACE-UPDATE",
    "Updates of the same members at once end as one of them",
    rests_on="x-resources operations/update",
    needs=_LIFE,
    writes=True,
    cost=10,
)
def updates_of_the_same_members_end_as_one(subject: ResourceClient) -> None:
    """After several updates of the same members at the same time, the record is as one of them would have it, whole.

    A service that writes member after member is found out: the name comes from one request and the status from another.
    What no update named stays as it was.
    """
    trials = Trials(subject, Role.UPDATE)
    moving = subject.made_by_server("time-of-change")
    record = subject.create()
    for burst in range(_bursts(subject)):
        inputs = [trials.full(burst + turn) for turn in range(_AT_ONCE)]
        calls = [(Role.UPDATE, subject.call(Role.UPDATE, subject.key_of(record), body=body)) for body in inputs]
        for answer in _together(subject, calls, subject.at_role(Role.UPDATE)):
            subject.check_success(Role.UPDATE, answer)
        named = [name for name in trials.kept if name in inputs[0]]
        read = subject.read(record)
        ends = [[body[name] for name in named] for body in inputs]
        subject.expect(
            f"Updates of {', '.join(named)} at the same time end as none of them.",
            ("is one of", _shown(read, named), expressions.literal(ends)),
            Role.UPDATE,
            subject.at_role(Role.UPDATE),
        )
        subject.expect(
            "Updates at the same time change what none of them names.",
            (
                "is",
                expressions.without(expressions.json(read), [*moving, *named]),
                expressions.without(expressions.json(record), [*moving, *named]),
            ),
            Role.UPDATE,
            subject.at_role(Role.UPDATE),
        )


@contract_property(
    "RACE-DELETE",
    "A delete wins over what meets it",
    rests_on="x-resources operations/delete",
    needs=(*_OWN, Role.READ),
    writes=True,
    cost=10,
)
def delete_wins_over_what_meets_it(subject: ResourceClient) -> None:
    """Of several deletes of one record at the same time one succeeds, and gets and updates meanwhile find it or don't.

    Afterwards it is gone. A service that fails because a record vanishes between two of its steps is found out, and so
    is one whose update, begun before the delete, writes the record back.
    """
    rule = subject.resource.fields.get(subject.resource.key)
    if not (isinstance(rule, ServerMade) and rule.kind == "uuid"):
        return
    for _ in range(_bursts(subject)):
        record = subject.create()
        key = subject.key_of(record)
        meeting = [Role.UPDATE, Role.READ, Role.DELETE, Role.UPDATE, Role.DELETE, Role.DELETE]
        bodies = {Role.UPDATE: Trials(subject, Role.UPDATE).full(1)} if subject.has(Role.UPDATE) else {}
        roles = [role for role in meeting if subject.has(role)]
        calls = [(role, subject.call(role, key, body=bodies.get(role))) for role in roles]
        answers = _together(subject, calls, subject.at_role(Role.DELETE))
        _expect_one_delete(subject, record, calls, answers)
        gone = subject.send(Role.READ, key=key)
        subject.expect_status("A get after a delete that met updates", gone, Refusal.UNKNOWN_RECORD, Role.READ)


def _expect_one_delete(
    subject: ResourceClient, record: Record, calls: Sequence[tuple[Role, Call]], answers: list[Answer]
) -> None:
    for (role, _), answer in zip(calls, answers, strict=True):
        allowed = [int(subject.operation(role).success.status), subject.refusal(Refusal.UNKNOWN_RECORD)]
        subject.expect(
            f"A {role.value} that meets a delete is answered {answer.status}.",
            ("is one of", expressions.status(answer), expressions.literal(allowed)),
            role,
            subject.at_role(role),
        )
    deletes = [answer for (role, _), answer in zip(calls, answers, strict=True) if role is Role.DELETE]
    count = expressions.depends_on(expressions.count(_successes(subject, Role.DELETE, deletes)), record)
    sentence = "Of several deletes of one record at the same time not exactly one succeeds."
    subject.expect(sentence, ("is", count, expressions.literal(1)), Role.DELETE, subject.at_role(Role.DELETE))


PROPERTIES: tuple[Property, ...] = (
    one_create_of_a_unique_value_succeeds,
    creates_at_once_make_as_many_records,
    updates_of_different_members_all_hold,
    updates_of_the_same_members_end_as_one,
    delete_wins_over_what_meets_it,
)
"""The properties of requests that meet, in the order of the catalogue."""
