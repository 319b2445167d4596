"""Properties of records: register, get, update and delete."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contract_tests.catalogue import Property
from contract_tests.safety import keys_last
from contract_tests.subject import Subject
from openapi import Country, Make, Refusal, Role, Start
from openapi.contract import JsonValue
from openapi.pointers import join

_UNUSUAL = (
    "né Ünïcode ß",
    "emoji \U0001f4de end",
    "right to left שלום",
    "e\u0301 combining",
    "quote ' \" \\ --",
    "two  spaces ",
)


def echo(subject: Subject) -> None:
    """A new record shows what was sent, member by member; what was left out starts as the document says."""
    members = subject.create_members
    if members is None:
        return
    full = {name: members.value(name, subject.numbers) for name in members.members}
    for body in (subject.new_body(), {**full, **subject.new_body()}):
        record = subject.create(body)
        for name, value in body.items():
            if name not in subject.resource.not_kept:
                pointer = subject.resource.role_pointers[Role.CREATE]
                subject.expect("CREATE-ECHO", f"{name} is not as sent.", value, record.get(name), Role.CREATE, pointer)


def starts(subject: Subject) -> None:
    """A member that the client left out starts with the value that the document declares.

    That holds too where the value depends on another member.
    """
    members = subject.create_members
    if members is None:
        return
    for chosen in [{}, *({name: value} for name, values in members.choices.items() for value in values)]:
        body = subject.new_body(**chosen)
        record = subject.create(body)
        defaults = {name: one["default"] for name, one in members.members.items() if "default" in one}
        known = {**defaults, **body}
        for name, rule in subject.resource.fields.items():
            if isinstance(rule, Start) and name not in body:
                wanted = next((one.value for one in rule.exceptions if known.get(one.field) == one.equals), rule.value)
                sentence = f"{name} of a new record starts otherwise."
                subject.expect("CREATE-START", sentence, wanted, record.get(name), Role.CREATE, rule.pointer)
        for name, value in defaults.items():
            if name not in body and name not in subject.resource.fields:
                sentence = f"{name} has another default."
                pointer = join(members.schema.pointer, "properties", name, "default")
                subject.expect("CREATE-START", sentence, value, record.get(name), Role.CREATE, pointer)


def made_by_the_server(subject: Subject) -> None:
    """Keys are new each time, and times never run backwards from one record to the next."""
    made = subject.several(3)
    keys = {subject.key_of(record) for record in made}
    pointer = subject.resource.role_pointers[Role.CREATE]
    subject.expect("CREATE-KEY", "Two new records have one key.", 3, len(keys), Role.CREATE, pointer)
    created = [
        one.field
        for one in subject.resource.fields.values()
        if isinstance(one, Make) and one.kind == "time-of-creation"
    ]
    for name in created:
        times = [_moment(record[name]) for record in made]
        if times != sorted(times):
            sentence = f"{name} runs backwards from one record to the next."
            raise subject.broken(
                "CREATE-TIMES", sentence, "a later time", str(times), Role.CREATE, subject.resource.fields[name].pointer
            )


def country_follows_number(subject: Subject) -> None:
    """A record without a country gets that of its number's calling code."""
    for rule in subject.resource.fields.values():
        for country in ("GB", "DE", "FR") if isinstance(rule, Country) else ():
            name = rule.number_field if isinstance(rule, Country) else ""
            record = subject.create(countries={name: country})
            sentence = f"The country of {record[name]} is another."
            subject.expect("CREATE-COUNTRY", sentence, country, record[rule.field], Role.CREATE, rule.pointer)


def text_survives(subject: Subject) -> None:
    """Text comes back as it was sent: accents, emoji, combining characters, quotes and spaces."""
    for text in _UNUSUAL:
        sent = subject.new_body(text)
        record = subject.create(sent)
        read = subject.accepted(Role.READ, subject.read(subject.key_of(record)))
        name = subject.tag_member or ""
        pointer = subject.resource.role_pointers[Role.CREATE]
        subject.expect("CREATE-TEXT", "A text comes back otherwise.", sent[name], read.get(name), Role.CREATE, pointer)


def read_after_create(subject: Subject) -> None:
    """A get of a new record answers what the create answered, and so does its Location."""
    record = subject.create()
    read = subject.accepted(Role.READ, subject.read(subject.key_of(record)))
    pointer = subject.resource.role_pointers[Role.READ]
    subject.expect("READ-AFTER-CREATE", "A get shows another record than the create.", record, read, Role.READ, pointer)


def unknown_is_refused(subject: Subject) -> None:
    """A key that names nothing is answered as unknown by get, update and delete."""
    wanted = subject.refusal(Refusal.UNKNOWN_RECORD)
    for role in (Role.READ, Role.UPDATE, Role.DELETE):
        if subject.has(role):
            body = _some_change(subject) if role is Role.UPDATE else None
            answer = subject.send(role, key=subject.nobody(), body=body)
            pointer = subject.resource.role_pointers[role]
            subject.expect(
                f"{role.name}-UNKNOWN", "An unknown key is not refused.", wanted, answer.status, role, pointer
            )


def update_changes_only_what_it_names(subject: Subject) -> None:
    """An update changes the members it names and no other; get and list show it; the time of change moves forward."""
    members = subject.update_members
    if members is None:
        return
    for name in members.members:
        before = subject.create()
        values = members.choices.get(name) or [
            f"{subject.tag} changed" if name == subject.tag_member else members.value(name, subject.numbers)
        ]
        for value in values:
            before = _updated(subject, before, {name: value})


def _updated(subject: Subject, before: dict[str, Any], change: dict[str, JsonValue]) -> dict[str, Any]:
    key, pointer = subject.key_of(before), subject.resource.role_pointers[Role.UPDATE]
    after = subject.accepted(Role.UPDATE, subject.send(Role.UPDATE, key=key, body=change))
    moving = [
        one.field for one in subject.resource.fields.values() if isinstance(one, Make) and one.kind == "time-of-change"
    ]
    wanted = {**before, **change, **{name: after.get(name) for name in moving}}
    subject.expect(
        "UPDATE-ONLY-NAMED", f"An update of {change} changes something else.", wanted, after, Role.UPDATE, pointer
    )
    for name in moving:
        if not _moment(after[name]) > _moment(before[name]):
            sentence = f"{name} does not move forward with an update."
            raise subject.broken(
                "UPDATE-TIME",
                sentence,
                f"after {before[name]}",
                str(after[name]),
                Role.UPDATE,
                subject.resource.fields[name].pointer,
            )
    read = subject.accepted(Role.READ, subject.read(key))
    subject.expect("UPDATE-LASTS", "A get does not show the update.", after, read, Role.UPDATE, pointer)
    if subject.resource.listing and subject.tag_member:
        listed = next((item for item in subject.tagged().items if subject.key_of(item) == key), None)
        subject.expect("UPDATE-IN-LIST", "The list does not show the update.", after, listed, Role.UPDATE, pointer)
    return after


def update_moves_between_filters(subject: Subject) -> None:
    """A record that an update gives another value leaves the old value's filtered list and enters the new one's."""
    members = subject.update_members
    for one in subject.listing.filters:
        for value in (members.choices if members else {}).get(one.field, []):
            record = subject.create()
            subject.accepted(
                Role.UPDATE, subject.send(Role.UPDATE, key=subject.key_of(record), body={one.field: value})
            )
            for other in (members.choices if members else {})[one.field]:
                found = [subject.key_of(item) for item in subject.tagged(**{one.parameter: other}).items]
                held = subject.key_of(record) in found
                sentence = f"After an update to {value} the list filtered by {other} is wrong."
                subject.expect("UPDATE-MOVES", sentence, other == value, held, Role.LIST, one.pointer)
            subject.send(Role.DELETE, key=subject.key_of(record))


def refused_update_changes_nothing(subject: Subject) -> None:
    """An update that breaks the contract, partly or whole, is refused and leaves the record as it was."""
    record = subject.create()
    key, good = subject.key_of(record), _some_change(subject)
    for bad in (
        {},
        {**good, "surely-unknown": 1},
        dict.fromkeys(good),
        {**good, subject.resource.key: "other"},
    ):
        answer = subject.send(Role.UPDATE, key=key, body=bad)
        wanted, pointer = subject.refusal(Refusal.INVALID), _body_pointer(subject, Role.UPDATE)
        subject.expect(
            "UPDATE-REFUSED", f"The update {bad} is not refused.", wanted, answer.status, Role.UPDATE, pointer
        )
        read = subject.accepted(Role.READ, subject.read(key))
        sentence = "A refused update changes the record."
        subject.expect("ERROR-NO-TRACE", sentence, record, read, Role.UPDATE, subject.contract.refusals.pointer)


def delete_is_complete(subject: Subject) -> None:
    """A deleted record is gone at once from get, update, list and totals, and the others stay.

    A second delete finds nothing.
    """
    made = subject.several(3)
    gone, stay = subject.key_of(made[1]), sorted(subject.key_of(record) for record in (made[0], made[2]))
    subject.accepted_answer(Role.DELETE, subject.send(Role.DELETE, key=gone))
    pointer, wanted = subject.resource.role_pointers[Role.DELETE], subject.refusal(Refusal.UNKNOWN_RECORD)
    for role in (Role.READ, Role.UPDATE, Role.DELETE) if keys_last(subject.resource) else (Role.READ,):
        if subject.has(role):
            body = _some_change(subject) if role is Role.UPDATE else None
            status = subject.send(role, key=gone, body=body).status
            subject.expect(
                "DELETE-GONE",
                f"After a delete, {role.value} still finds the record.",
                wanted,
                status,
                Role.DELETE,
                pointer,
            )
    if subject.resource.listing and subject.tag_member:
        listed = subject.tagged()
        keys = sorted(subject.key_of(item) for item in listed.items)
        subject.expect("DELETE-LISTS", "After a delete the list holds other records.", stay, keys, Role.DELETE, pointer)
        if listed.total is not None:
            subject.expect("DELETE-LISTS", "After a delete the total is off.", 2, listed.total, Role.DELETE, pointer)


def unique_is_unique(subject: Subject) -> None:
    """A second record with a unique value is refused and leaves no trace; after a delete the value is free again."""
    body = subject.new_body()
    first = subject.create(body)
    where, wanted = subject.resource.unique[0].pointer, subject.refusal(Refusal.CONFLICT)
    answer = subject.send(Role.CREATE, body=body)
    subject.expect(
        "CREATE-UNIQUE", "A second record with a unique value is taken.", wanted, answer.status, Role.CREATE, where
    )
    if subject.resource.listing and subject.tag_member:
        found = len(subject.tagged().items)
        subject.expect(
            "ERROR-NO-TRACE",
            "A refused create leaves a record.",
            1,
            found,
            Role.CREATE,
            subject.contract.refusals.pointer,
        )
    subject.accepted_answer(Role.DELETE, subject.send(Role.DELETE, key=subject.key_of(first)))
    again = subject.send(Role.CREATE, body=body).status
    success = int(subject.operation(Role.CREATE).success.status)
    subject.expect("CREATE-AGAIN", "What was deleted can't be registered anew.", success, again, Role.CREATE, where)


def _some_change(subject: Subject) -> dict[str, JsonValue]:
    members = subject.update_members
    if members is None:
        return {}
    name = next(iter(members.members))
    return {name: members.value(name, subject.numbers)}


def _body_pointer(subject: Subject, role: Role) -> str:
    body = subject.operation(role).body
    return next(iter(body.content.values())).pointer if body else subject.operation(role).pointer


def _moment(text: Any) -> datetime:
    return datetime.fromisoformat(str(text))


_LIFE = (Role.CREATE, Role.READ, Role.DELETE)
PROPERTIES = (
    Property("CREATE-ECHO", "A new record shows what was sent", "operations/create", _LIFE, True, echo),
    Property("CREATE-START", "What is left out starts as declared", "members", _LIFE, True, starts),
    Property("CREATE-KEY", "Keys are new, times run forward", "members", _LIFE, True, made_by_the_server),
    Property("CREATE-COUNTRY", "The country is that of the number", "members", _LIFE, True, country_follows_number),
    Property("CREATE-TEXT", "Text comes back as sent", "operations/create", (*_LIFE, "tag"), True, text_survives),
    Property("CREATE-UNIQUE", "A unique value is there once", "unique", (*_LIFE, "unique"), True, unique_is_unique),
    Property("READ-AFTER-CREATE", "A get shows what was created", "operations/read", _LIFE, True, read_after_create),
    Property("READ-UNKNOWN", "An unknown key is refused", "operations/read", (Role.READ,), True, unknown_is_refused),
    Property(
        "UPDATE-ONLY-NAMED",
        "An update changes what it names",
        "operations/update",
        (*_LIFE, Role.UPDATE),
        True,
        update_changes_only_what_it_names,
    ),
    Property(
        "UPDATE-MOVES",
        "An update moves between filters",
        "list/filters",
        (*_LIFE, Role.UPDATE, "filters", "tag"),
        True,
        update_moves_between_filters,
    ),
    Property(
        "UPDATE-REFUSED",
        "A refused update changes nothing",
        "operations/update",
        (*_LIFE, Role.UPDATE),
        True,
        refused_update_changes_nothing,
    ),
    Property("DELETE-GONE", "A deleted record is gone", "operations/delete", _LIFE, True, delete_is_complete),
)
"""The properties of records."""
