"""Values that are worth sending: every choice, the shortest and the longest text, and texts that services spoil."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType

from contract_tests.claims import expressions
from contract_tests.resource.body_values import BodyMembers
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Record
from contract_tests.target.client import Answer
from openapi import Refusal, Role
from openapi.contract import JsonValue
from openapi.pointers import join

TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "Text outside of ASCII": "Zoë Größe ﬁ ıİ ñ 日本語 Ж",
        "Text beyond the first plane": "\U0001f4de \U0001f469\u200d\U0001f469\u200d\U0001f467 \U00020000",
        "A letter with a combining mark": "cafe\u0301 \u212b \u0041\u030a",
        "Text from right to left": "\u05e9\u05dc\u05d5\u05dd \u200f(1) \u0645\u0631\u062d\u0628\u0627",
        "Text with quotes and markup": 'it\'s "so" \\ / <b>&amp;</b> %41 {{7*7}} ${x} -- ;',
        "Text with spaces at its ends": "  two  spaces  ",
        "Text with a line break and a tab": "one\r\ntwo\tthree\u2028four",
        "Text with NUL": "before\u0000after",
        "Text that looks like a number": "007",
        "Text that looks like nothing": "null",
        "Text with invisible characters": "\ufeffa\u200bb\u00adc\u00a0d\ufffd",
    }
)
"""Texts that well-meant code changes: it trims, normalises, escapes, cuts or converts them."""
_MOTLEY = "  Zo\u00eb e\u0301 \ufb01 \U0001f4de \u05e9\u05dc '\"<b>&amp; \\ %41\t\r\n\u2028\u0000\u200bx "


class Trials:
    """Values for the members of the body that the operation for `role` takes."""

    def __init__(self, api: ResourceClient, role: Role) -> None:
        self.api = api
        self.role = role
        self.members = BodyMembers(api.spec.contract, api.spec.operation(role))
        self._count = itertools.count(1)

    @cached_property
    def names(self) -> list[str]:
        """The members that a client may set: neither the record's key nor what the server makes."""
        made = {*self.api.spec.made_by_server("uuid", "integer", "time-of-creation", "time-of-change")}
        made.add(self.api.spec.resource.key)
        return [
            name for name, member in self.members.members.items() if name not in made and not member.get("readOnly")
        ]

    @cached_property
    def kept(self) -> list[str]:
        """Those of `names` that the record shows."""
        return [name for name in self.names if name not in self.api.spec.resource.write_only]

    @cached_property
    def texts(self) -> list[str]:
        """The members that take any text, and need not be unique."""
        unique = {name for one in self.api.spec.resource.unique for name in one.fields}
        return [name for name in self.names if name in self.members.texts and name not in unique]

    @cached_property
    def least(self) -> Body:
        """The required members."""
        return self.members.least(self.api.numbers)

    def fits(self, name: str, value: JsonValue) -> bool:
        """Whether the body's schema allows `value` for the member."""
        return self.members.schema.is_valid({**self.least, name: value})

    def at(self, name: str, keyword: str = "") -> str:
        """Where the body's schema speaks of the member."""
        place = join(self.members.schema.pointer, "properties", name)
        return join(place, keyword) if keyword else place

    def values(self, name: str) -> list[JsonValue]:
        """Every choice of a member; where it has none, one or two values that were not sent before."""
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
        """A body with every member, enumerations at the choice whose turn it is."""
        found = {name: self.values(name) for name in self.names}
        return {name: values[turn % len(values)] for name, values in found.items() if values}

    @cached_property
    def turns(self) -> int:
        """How many turns `full` takes to come to every choice of every enumeration."""
        return max((len(values) for name, values in self.members.choices.items() if name in self.names), default=1)

    def alone(self, name: str) -> list[Body]:
        """Bodies with one member, and those that every body must have, over all values of the member."""
        return [{**self.least, name: value} for value in self.values(name)]

    def each(self) -> list[Body]:
        """Bodies with one member each that the record shows, over all of its values."""
        return [body for name in self.kept for body in self.alone(name)]

    def extremes(self) -> Iterator[tuple[str, str, Body]]:
        """Texts as short and as long as they may be: in words, the keyword that says so, and the members."""
        bounds = {name: self.members.texts[name] for name in self.texts}
        stated = {name: bound for name, bound in bounds.items() if "maxLength" in self.members.members[name]}
        yield "The longest text", "maxLength", self._fitting({n: "x" * most for n, (_, most) in stated.items()})
        wide = {name: "\U0001f4de" * most for name, (_, most) in stated.items()}
        yield "The longest text, of emoji (a code point each),", "maxLength", self._fitting(wide)
        yield "The shortest text", "minLength", self._fitting({n: "x" * least for n, (least, _) in bounds.items()})

    def expect_texts(self) -> None:
        """Raise BrokenPromiseError unless `TEXTS` come back as they were sent.

        A motley text goes first: it shows in one go whether anything is wrong, but not what, so then each is sent.
        """
        motley = self._fitting(dict.fromkeys(self.texts, _MOTLEY))
        whole = not motley or self._comes_back(motley)
        for what, text in self.api.cases(list(TEXTS.items()), 1 if whole else len(TEXTS)):
            body = self._fitting(dict.fromkeys(self.texts, text))
            if body:
                self.expect_kept(what, body)
        if not whole:
            self.expect_kept("Text of many kinds", motley)

    def _comes_back(self, body: Body) -> bool:
        answer = self._send(body)
        shown = answer.json if isinstance(answer.json, dict) else {}
        read = self.api.send(Role.READ, key=self.api.spec.key_of(shown)).json
        wanted = {name: value for name, value in body.items() if name in self.kept}
        return all(isinstance(one, dict) and wanted.items() <= one.items() for one in (shown, read))

    def _fitting(self, body: Body) -> Body:
        return {name: value for name, value in body.items() if self.fits(name, value)}

    def expect_kept(self, what: str, body: Body, keyword: str = "") -> None:
        """Raise BrokenPromiseError unless the members of `body` are taken, and come back as they were sent."""
        answer = self._send(body)
        success = int(self.api.spec.operation(self.role).success.status)
        for name, value in body.items() if answer.status != success else ():
            alone = self._send({name: value})
            self.api.expect.that(
                f"{what} as {name} is answered {alone.status}.",
                ("is", expressions.status(alone), expressions.literal(success)),
                self.role,
                self.at(name, keyword),
                suggested_change=f"say at {self.at(name)} that it is not allowed",
            )
        record = self.api.expect.accepted(self.role, answer)
        read = self.api.read(record)
        for shows, where in ((record, "in the answer itself"), (read, "in a get")):
            for name in (name for name in body if name in self.kept):
                self.api.expect.that(
                    f"{what} as {name} comes back changed, {where}.",
                    ("is", expressions.json(shows, join("", name)), expressions.literal(body[name])),
                    self.role,
                    self.at(name, keyword),
                )

    def _send(self, body: Body) -> Answer:
        api = self.api
        if self.role is not Role.CREATE:
            return api.send(self.role, key=api.spec.key_of(api.create()), body={**self.least, **body})
        return api.try_create(**body)


def sent_with(api: ResourceClient) -> Body:
    """The body of the request that was made last."""
    body = api.client.trace[-1].call.body
    return dict(body) if isinstance(body, dict) else {}


def expect_members(api: ResourceClient, record: Record, trials: Trials, body: Body) -> None:
    """Raise BrokenPromiseError unless `record` shows what was sent, member by member."""
    for name in (name for name in body if name in trials.kept):
        api.expect.that(
            f"{name} of the record is not what was sent.",
            ("is", expressions.json(record, join("", name)), expressions.literal(body[name])),
            trials.role,
            trials.at(name),
        )


def expect_unknown(api: ResourceClient, role: Role, key: str, what: str, pointer: str = "") -> None:
    """Raise BrokenPromiseError unless the operation for `role` answers that there is no record with `key`.

    `pointer` is what an answer of another class than 4xx breaks, where that is more than the refusal's own response.
    """
    body = Trials(api, role).full(1) if role is Role.UPDATE else None
    answer = api.client.send(api.call(role, key, body=body))
    place = "" if 400 <= answer.status < 500 else pointer
    api.expect.refused(what, answer, Refusal.UNKNOWN_RECORD, role, place)
    api.expect.conforms(api.spec.operation(role), answer)
