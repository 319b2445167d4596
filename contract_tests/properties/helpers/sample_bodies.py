"""Useful valid values: every enumeration value, the shortest and longest text, text that services damage."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cached_property
from urllib.parse import urlsplit

from contract_tests.claims import expressions
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Record
from contract_tests.target.client import ReceivedResponse
from fixtures import edge_texts
from openapi import Refusal, Role, ServerMade
from openapi.json_value import JsonValue
from openapi.pointers import join

_MIXED = "many kinds of text at once"
_MOST_TEXTS = 12


class SampleBodies:
    """Values for the fields of the body that the operation for `role` takes."""

    def __init__(self, api: ResourceClient, role: Role) -> None:
        self.api = api
        self.role = role
        self.members = api.spec.body_of(role)
        self._count = itertools.count(1)

    @cached_property
    def names(self) -> list[str]:
        """The fields that a client may set: neither the key nor server-made fields."""
        made = {*self.api.spec.made_by_server("uuid", "integer", "time-of-creation", "time-of-change")}
        made.update(self.api.spec.resource.key_fields)
        return [
            name for name, member in self.members.members.items() if name not in made and not member.get("readOnly")
        ]

    @cached_property
    def _own_key(self) -> str:
        """The key of a record to update."""
        return self.api.spec.key_of(self.api.create())

    @cached_property
    def kept(self) -> list[str]:
        """Those of `names` that the record shows."""
        return [name for name in self.names if name not in self.api.spec.resource.write_only]

    @cached_property
    def texts(self) -> list[str]:
        """The fields that take any text and need not be unique."""
        unique = {name for one in self.api.spec.resource.unique for name in one.fields}
        return [name for name in self.names if name in self.members.texts and name not in unique]

    @cached_property
    def least(self) -> Body:
        """The required fields."""
        keys = self.api.spec.resource.key_fields
        needs_key = self.role is not Role.CREATE and any(name in self.members.required for name in keys)
        return self.api.least(self.members, self._own_key if needs_key else None)

    def fits(self, name: str, value: JsonValue) -> bool:
        """Whether the body's schema allows `value` for the field, also as the service stores it."""
        values = (value, self.api.spec.stored(name, value))
        fits = self.members.fits_record
        return all(self.members.schema.is_valid({**self.least, name: one}) and fits(name, one) for one in values)

    def at(self, name: str, keyword: str = "") -> str:
        """Where the body's schema describes the field."""
        pointer = self.members.at(name)
        return join(pointer, keyword) if keyword else pointer

    def values(self, name: str) -> list[JsonValue]:
        """Every value of an enumeration; for any other field one or two values that were not sent before."""
        return [value for value in self._candidates(name) if self.fits(name, value)]

    def _candidates(self, name: str) -> list[JsonValue]:
        member = self.members.members[name]
        if name in self.members.choices:
            return list(self.members.choices[name])
        if name in self.members.texts and name not in self.members.numbers:
            text = f"{self.api.tag} kept {next(self._count)}"
            return [text] if self.fits(name, text) else [self.members.value(name, self.api.numbers)]
        if member.get("type") == "boolean":
            return [True, False]
        return [self.members.value(name, self.api.numbers)]

    def full(self, turn: int = 0) -> Body:
        """A body with every field; `turn` selects the value of each enumeration."""
        found = {name: self.values(name) for name in self.names}
        return {name: values[turn % len(values)] for name, values in found.items() if values}

    @cached_property
    def turns(self) -> int:
        """How many turns of `full` cover every value of every enumeration."""
        return max((len(values) for name, values in self.members.choices.items() if name in self.names), default=1)

    def alone(self, name: str) -> list[Body]:
        """Bodies with the required fields and one more, for all of its values."""
        return [{**self.least, name: value} for value in self.values(name)]

    def each(self) -> list[Body]:
        """Bodies with one field each that the record shows, for all of its values."""
        return [body for name in self.kept for body in self.alone(name)]

    def extremes(self) -> Iterator[tuple[str, str, Body]]:
        """Texts of the shortest and longest length allowed: a name, the keyword that limits it, the fields."""
        bounds = {name: self.members.texts[name] for name in self.texts}
        stated = {name: bound for name, bound in bounds.items() if "maxLength" in self.members.members[name]}
        yield "The longest text", "maxLength", self._fitting({n: "x" * most for n, (_, most) in stated.items()})
        wide = {name: "\U0001f4de" * most for name, (_, most) in stated.items()}
        yield "The longest text, of emoji (one code point each),", "maxLength", self._fitting(wide)
        yield "The shortest text", "minLength", self._fitting({n: "x" * least for n, (least, _) in bounds.items()})

    def expect_texts(self) -> None:
        """Raise PropertyFailedError unless every edge text comes back as sent.

        A mixture goes first: it shows in one request whether anything is damaged, though not what.
        """
        texts = dict(edge_texts())
        mixed = self._fitting(dict.fromkeys(self.texts, texts.pop(_MIXED)))
        whole = not mixed or self._comes_back(mixed)
        for name, text in self.api.cases(list(texts.items()), 0 if whole else len(texts))[
            : _MOST_TEXTS if whole else None
        ]:
            body = self._fitting(dict.fromkeys(self.texts, text))
            if body:
                self.expect_kept(f"Text ({name})", body)
        if not whole:
            self.expect_kept(f"Text ({_MIXED})", mixed)

    def _comes_back(self, body: Body) -> bool:
        response = self._send(body)
        shown = response.record
        read = self.api.send(Role.READ, key=self.api.spec.key_of(shown)).record
        wanted = {name: self.api.spec.stored(name, value) for name, value in body.items() if name in self.kept}
        is_whole = self.api.spec.resource.shown.get(self.role) is None
        return all(wanted.items() <= one.items() for one in ((shown, read) if is_whole else (read,)))

    def _fitting(self, body: Body) -> Body:
        return {name: value for name, value in body.items() if self.fits(name, value)}

    def expect_kept(self, what: str, body: Body, keyword: str = "") -> None:
        """Raise PropertyFailedError unless the fields of `body` are accepted and come back as sent."""
        response = self._send(body)
        for name, value in body.items() if response.status >= 400 else ():
            alone = self._send({name: value})
            change = f"exclude it at {self.at(name)}"
            if alone.status >= 400 and keyword == "maxLength" and isinstance(value, str):
                change = f"write {self._longest_accepted(name, value)} at {self.at(name, keyword)}"
            self.api.expect.that(
                f"{what} in {name} is refused with {alone.status}.",
                ("is at most", expressions.status(alone), expressions.literal(399)),
                self.role,
                self.at_text(name, keyword),
                suggested_change=change,
            )
        record = self.api.expect.accepted(self.role, response)
        read = self.api.read(record)
        shown = self.api.spec.resource.shown.get(self.role)
        in_itself = [(record, "in the response itself")] if shown is None else []
        for shows, where in (*in_itself, (read, "in a get")):
            for name in (name for name in body if name in self.kept):
                self.api.expect.that(
                    f"{what} in {name} comes back changed {where}.",
                    (
                        "is",
                        expressions.json(shows, join("", name)),
                        expressions.literal(self.api.spec.stored(name, body[name])),
                    ),
                    self.role,
                    self.at_text(name, keyword),
                )

    def _longest_accepted(self, name: str, text: str) -> int:
        """How many characters of a text the service accepts, if the whole text is too long."""
        accepted: int = self.members.texts[name][0]
        refused = len(text)
        while refused - accepted > 1:
            middle = (accepted + refused) // 2
            if self._send({name: text[:middle]}).status < 400:
                accepted = middle
            else:
                refused = middle
        return accepted

    def at_text(self, name: str, keyword: str = "") -> str:
        """Where the document says that a text is kept as sent: at the bound, or in the rules for new records."""
        has_rule = name in self.api.spec.resource.fields
        return self.at(name, keyword) if keyword or not has_rule else self.api.spec.at_rule(name)

    def _send(self, body: Body) -> ReceivedResponse:
        if self.role is not Role.CREATE:
            return self.api.send(self.role, key=self._own_key, body={**self.least, **body})
        return self.api.try_create(**body)


def sent_with(api: ResourceClient) -> Body:
    """The body of the last request."""
    body = api.client.trace[-1].call.body
    return dict(body) if isinstance(body, dict) else {}


def expect_members(api: ResourceClient, record: Record, samples: SampleBodies, body: Body) -> None:
    """Raise PropertyFailedError unless `record` shows what was sent, field by field."""
    for name in (name for name in body if name in samples.kept):
        api.expect.that(
            f"{name} of the record is not what was sent.",
            ("is", expressions.json(record, join("", name)), expressions.literal(api.spec.stored(name, body[name]))),
            samples.role,
            samples.at(name),
        )


def expect_unknown(
    api: ResourceClient, role: Role, key: str, what: str, *, documented: str = "", code: str | None = None
) -> None:
    """Raise PropertyFailedError unless the operation for `role` is refused because no record has the `key`.

    `documented` is the node that a success breaks; without one it is the operation.
    """
    body = SampleBodies(api, role).full(1) if role is Role.UPDATE else None
    response = api.client.send(api.call(role, key, body=body))
    expect_refused_as_unknown(api, role, response, what, documented or api.spec.at_operation(role), code)
    api.expect.conforms(api.spec.operation(role), response)


def expect_refused_as_unknown(
    api: ResourceClient, role: Role, response: ReceivedResponse, what: str, pointer: str, code: str | None = None
) -> None:
    """Raise PropertyFailedError unless a request for an unknown key gets what the document says.

    A key that the service never makes may have its own status. `pointer` is the node that a success breaks.
    """
    if role is Role.DELETE and api.spec.words["deletes/unknown-record"] == "accepted":
        claim = ("is at most", expressions.status(response), expressions.literal(399))
        rests_on = api.spec.at_word("deletes/unknown-record")
        api.expect.differs(f"{what} is refused with {response.status}.", claim, role, rests_on)
    else:
        key = api.spec.key_at(urlsplit(api.client.trace[response.step - 1].call.target).path)
        refusal = Refusal.MALFORMED_KEY if api.spec.is_malformed(key) else Refusal.UNKNOWN_RECORD
        if refusal is Refusal.MALFORMED_KEY and api.spec.may_refuse_malformed(role, response.status):
            return
        api.expect.refused(what, response, refusal, role, if_accepted=pointer, code=code)


def changeable(api: ResourceClient) -> list[str]:
    """The fields of an update that a client may change: all except server-made ones."""
    made = {rule.field for rule in api.spec.resource.fields.values() if isinstance(rule, ServerMade)}
    made.update(api.spec.resource.key_fields)
    return [name for name in api.spec.updating.members if name not in made]


def valid_change(api: ResourceClient, role: Role, key: str | None = None) -> JsonValue:
    """A valid body for an operation that changes the record with `key`; None for one without a body."""
    if role is Role.UPDATE:
        return {name: api.spec.updating.value(name, api.numbers) for name in changeable(api)[:1]}
    if role is not Role.REPLACE:
        return None
    members, names = api.spec.body_of(role), api.spec.resource.key_fields
    known = {one: value for one, value in api.new_body().items() if one in members.members and one not in names}
    return {**api.least(members, key), **known}


def same_unique(api: ResourceClient, record: Record) -> Body:
    """A new body with the unique values of `record`."""
    names = {name for unique in api.spec.resource.unique for name in unique.fields} & set(api.spec.creating.members)
    return {**api.new_body(), **{name: record[name] for name in names if name in record}}


def filled_alike(api: ResourceClient) -> Body:
    """Values to give to several records: every field except the required and the unique ones."""
    samples = SampleBodies(api, Role.CREATE)
    apart = {*samples.members.required, *(name for one in api.spec.resource.unique for name in one.fields)}
    return {name: value for name, value in samples.full().items() if name not in apart}
