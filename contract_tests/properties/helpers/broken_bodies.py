"""Bodies that break their schema in one way each, derived from what the schema says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from contract_tests.claims import expressions
from contract_tests.resource.body_values import BodyMembers
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Record
from contract_tests.target.client import Answer
from openapi import InitialValue, Refusal, Role, ServerMade
from openapi.contract import JsonValue
from openapi.pointers import join

UNKNOWN = "surely_unknown"
"""A member that no body has."""

_ANY: tuple[tuple[str, JsonValue], ...] = (
    ("null", None),
    ("a number", 5),
    ("a boolean", True),
    ("an array", []),
    ("an object", {}),
    ("a text", "x"),
)
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_LONGEST_NUMBER = 16

Case: TypeAlias = tuple[str, Body]


class Wrong(NamedTuple):
    """A body with one thing wrong: what, the body, and where it is wrong (JSON Pointer).

    `keyword` is that of the schema which it breaks, `rests_on` where the document says it.
    """

    what: str
    body: JsonValue
    path: str
    keyword: str
    rests_on: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An operation that takes a body: its members, the record of `key` that it works on, and a `good` body."""

    role: Role
    members: BodyMembers
    key: str | None
    good: Body

    @property
    def name(self) -> str:
        """What a sentence calls it."""
        return f"{'an' if self.role is Role.UPDATE else 'a'} {self.role.value}"

    def judged(self, cases: Iterable[Case]) -> list[Wrong]:
        """Those of `cases` that break the schema."""
        return [
            Wrong(what, body, violation.path, violation.keyword, violation.rests_on)
            for what, body in cases
            for violation in self.members.schema.violations(body)[:1]
        ]


def entries(api: ResourceClient) -> list[Entry]:
    """The operations of the resource that take a body; for those that change one, a record is created."""
    found = [Entry(Role.CREATE, api.spec.creating, None, api.new_body())]
    changing = [role for role in (Role.UPDATE, Role.REPLACE) if api.spec.has(role)]
    key = api.spec.key_of(api.create()) if changing else None
    for role in changing:
        members = BodyMembers(api.spec.contract, api.spec.operation(role))
        found.append(Entry(role, members, key, members.least(api.numbers)))
    return found


def same_unique(api: ResourceClient, gone: Record) -> Body:
    """A new body with what was unique in a record: since that is gone, nobody has it."""
    names = {name for unique in api.spec.resource.unique for name in unique.fields} & set(api.spec.creating.members)
    return {**api.new_body(), **{name: gone[name] for name in names if name in gone}}


def changeable(api: ResourceClient) -> list[str]:
    """The members of an update that a client may change: all but those that the service makes."""
    made = {rule.field for rule in api.spec.resource.fields.values() if isinstance(rule, ServerMade)}
    return [name for name in api.spec.updating.members if name not in made and name != api.spec.resource.key]


def change_body(api: ResourceClient, role: Role) -> JsonValue:
    """A good body for an operation that changes a record; None for one that takes none."""
    if role is Role.UPDATE:
        return {name: api.spec.updating.value(name, api.numbers) for name in changeable(api)[:1]}
    return api.new_body() if role is Role.REPLACE else None


def expect_invalid(api: ResourceClient, what: str, answer: Answer, role: Role, pointer: str) -> None:
    """Raise BrokenPromiseError unless a body is refused: of the property where it is taken, else of the status."""
    api.expect.that(
        f"{what} is taken ({answer.status}).",
        ("is at least", expressions.status(answer), expressions.literal(400)),
        role,
        pointer,
        suggested_change="" if pointer.startswith(api.spec.contract.refusals.pointer) else f"drop {pointer}",
    )
    wanted = api.spec.status_of(Refusal.INVALID)
    place = join(api.spec.contract.refusals.pointer, "statuses", Refusal.INVALID.value)
    api.expect.that(
        f"{what} is answered {answer.status}, not {wanted} ({Refusal.INVALID.value}).",
        ("is", expressions.status(answer), expressions.literal(wanted)),
        role,
        api.spec.at_refusal(role, Refusal.INVALID),
        suggested_change=f"write {answer.status} at {place}",
        code="ERROR-STATUS",
    )


def missing(entry: Entry) -> Iterator[Case]:
    """Each required member left out, and no member at all."""
    for name in entry.members.required:
        yield f"no {name}", {other: value for other, value in entry.good.items() if other != name}
    yield "no member", {}


def of_another_type(entry: Entry) -> Iterator[Case]:
    """Each member null, of every other type, and its right value within an array."""
    for name, schema in entry.members.members.items():
        kinds = schema.get("type", ())
        for what, value in _ANY:
            if not (what == "a text" and kinds == "string"):
                yield f"{what} as {name}", {**entry.good, name: value}
        yield f"{name} within an array", {**entry.good, name: [_sample(entry, name)]}


def out_of_bounds(entry: Entry) -> Iterator[Case]:
    """Each member one shorter or longer, less or more, than allowed."""
    for name, schema in entry.members.members.items():
        for what, value in _past_bounds(name, schema):
            yield what, {**entry.good, name: value}


def _past_bounds(name: str, schema: dict[str, Any]) -> Iterator[tuple[str, JsonValue]]:
    if schema.get("minLength") and "pattern" not in schema:
        yield f"{name} one character too short", "x" * (schema["minLength"] - 1)
    if "maxLength" in schema and "pattern" not in schema:
        yield f"{name} one character too long", "x" * (schema["maxLength"] + 1)
    for word, step in (("minimum", -1), ("maximum", 1)):
        if word in schema:
            yield f"{name} just past its {word}", schema[word] + step


def outside_enumeration(entry: Entry) -> Iterator[Case]:
    """For each enumeration: a value that it lacks, and one of its own in other letters or with a space."""
    for name, values in entry.members.choices.items():
        own = [value for value in values if isinstance(value, str)][:1]
        for value in ("surely-unknown", "", *(text for one in own for text in _respelt(one))):
            yield f"{name} {value!r}", {**entry.good, name: value}


def _respelt(text: str) -> tuple[str, ...]:
    return text.upper(), text.capitalize(), f" {text}", f"{text} ", f"{text}\n", text[:-1]


def off_pattern(entry: Entry) -> Iterator[Case]:
    """For each pattern: a right value with something too much, too little, or respelt."""
    for name, schema in entry.members.members.items():
        if "pattern" not in schema:
            continue
        right = str(_sample(entry, name))
        texts = [*_bent(right), *(_bent_number(right) if name in entry.members.numbers else ())]
        for text in dict.fromkeys(texts):
            yield f"{name} {text!r}", {**entry.good, name: text}


def _bent(right: str) -> Iterator[str]:
    yield from ("", right[1:], right[:-1], right + right[-1:], right.lower(), right.upper())
    yield from (f" {right}", f"{right} ", f"{right}\n", f"{right[:2]} {right[2:]}")
    yield right.translate(_FULL_WIDTH)
    # Early in the text: what stands before must not look like a whole phone number, which would be nobody's to send.
    yield re.sub(r"^([^0-9]*[0-9])([0-9])", lambda found: found[1] + chr(0x0660 + int(found[2])), right)
    yield f"{right[:1]}é{right[2:]}"


def _bent_number(right: str) -> Iterator[str]:
    digits = right[1:]
    yield from (digits, f"00{digits}", f"+0{digits}", f"++{digits}", f"tel:{right}")
    yield from (f"+{digits[0]}-{digits[1:]}", f"+{digits[0]}({digits[1:4]}){digits[4:]}", f"{right}x1")
    yield f"+{digits[:6]}"
    yield right + "0" * (_LONGEST_NUMBER - len(digits))
    yield f"+{digits[:4]}CALL{digits[8:]}"


def with_unknown(entry: Entry) -> Iterator[Case]:
    """A member that the schema doesn't know: beside good ones, null, or one of its own in other letters."""
    name = next(iter(entry.members.members))
    good = entry.good or {name: _sample(entry, name)}
    yield f"the unknown member {UNKNOWN}", {**good, UNKNOWN: 1}
    yield f"the unknown member {UNKNOWN} null", {**good, UNKNOWN: None}
    for other in entry.members.members:
        if other not in good:
            yield f"the member {other.upper()}", {**good, other.upper(): _sample(entry, other)}


def made_elsewhere(api: ResourceClient, entry: Entry) -> Iterator[tuple[str, str, JsonValue, Body]]:
    """For each member of a record that the body can't set: what is done, its name, the value sent, the body."""
    name = next(iter(entry.members.members))
    good = entry.good or {name: _sample(entry, name)}
    for member, schema in api.spec.resource.record.node.get("properties", {}).items():
        if member in entry.members.members:
            continue
        value = _strange(api, member, schema)
        yield f"{member} {value!r}", member, value, {**good, member: value}


def _strange(api: ResourceClient, member: str, schema: dict[str, Any]) -> JsonValue:
    """A value that the service would not come to by itself."""
    creating = api.spec.creating
    if member in creating.numbers:
        return api.numbers.take()
    if schema.get("format") == "date-time":
        return "2001-02-03T04:05:06Z"
    rule = api.spec.resource.fields.get(member)
    start = rule.value if isinstance(rule, InitialValue) else None
    choices = api.spec.updating.choices if api.spec.update_members else {}
    if member in choices:
        return next(value for value in reversed(choices[member]) if value != start)
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    return {"boolean": start is not True, "integer": 987_654_321, "number": 987_654_321}.get(kind, "ZZ")


def _sample(entry: Entry, name: str) -> JsonValue:
    """A right value for a member, without taking a new number where the good body has one."""
    if name in entry.good:
        return entry.good[name]
    members = entry.members
    if name in members.numbers:
        return members.example.get(name, "+12025550143")
    if name in members.choices:
        return members.choices[name][0]
    return members.example.get(name, "x")
