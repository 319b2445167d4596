"""Values for the fields of a request body."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from random import Random
from typing import Any

from contract_tests.settings import Shard
from fixtures import FixtureError, number_pool, values
from openapi import Contract, Operation, Schema
from openapi.envelope import BARE, Envelope
from openapi.flattening import flat, property_pointer
from openapi.json_value import JsonValue

_EXAMPLE_NUMBER = "+12025550100"


_BLOCK = 8
_TRIES = 3
"""How many consecutive numbers belong to one slot."""


_DRAWN = 5_000
"""How many numbers of a pool are drawn at once when it is first used, which takes some milliseconds."""


class _Supply:
    """The numbers of a country (None: any) by their index; the first ones are already drawn."""

    def __init__(self, seed: int, country: str | None) -> None:
        self._pool = number_pool(seed, None if country is None else [country], label="contract check")
        self.size = self._pool.size
        self._first = [one.text for one in self._pool.numbers(0, min(_DRAWN, self.size))]

    def at(self, index: int) -> str:
        """The number at an index, which is less than `size`."""
        return self._first[index] if index < len(self._first) else self._pool[index]


class _Used:
    """The numbers that a run can no longer use, and the supplies of the others; safe between threads."""

    def __init__(self, seed: int, shard: Shard) -> None:
        self._seed = seed
        self._shard = shard
        self._supplies: dict[str | None, _Supply] = {}
        self._numbers: set[str] = set()
        self.lock = threading.Lock()

    def supply(self, country: str | None) -> _Supply:
        """The numbers of a country (None: any)."""
        if country not in self._supplies:
            self._supplies[country] = _Supply(self._seed, country)
        return self._supplies[country]

    def skip(self, number: str) -> None:
        """Don't use this number again."""
        self._numbers.add(number)

    def add(self, number: str) -> bool:
        """Whether the number was unused until now, and belongs to the shard."""
        is_new = number not in self._numbers
        self._numbers.add(number)
        # Split by the number itself, because the pools of a country and of all countries share numbers.
        return is_new and int(number) % self._shard.of == self._shard.number - 1


class Numbers:
    """Reserved phone numbers in an order that depends on the seed. Each is used once in a run, and in one shard of it.

    A number that the service has shown belongs to a record and is skipped. The numbers `at` each of the `slots` are
    different ones, and don't depend on how many the other slots take.
    """

    def __init__(
        self, seed: int, shard: Shard | None = None, *, slot: int = 0, slots: int = 1, used: _Used | None = None
    ) -> None:
        self._seed = seed
        self._slot, self._slots = slot, slots
        self._used = used or _Used(seed, shard or Shard(1, 1))
        self._keys = Random(f"{seed} keys {slot}")
        self._sent: set[str] = set()
        self._given: set[str] = set()
        self._indexes: dict[str | None, Iterator[int]] = {}

    def at(self, slot: int) -> Numbers:
        """The numbers of one slot, counted from 0."""
        return Numbers(self._seed, slot=slot, slots=self._slots, used=self._used)

    def shown(self, number: str) -> None:
        """Note that a record of the service has this number, so that it is not used for a new one."""
        with self._used.lock:
            self._used.skip(number)

    def unsent(self, body: Mapping[str, JsonValue]) -> list[str]:
        """The fields of `body` with a number that no earlier request has sent. They count as sent from now on."""
        with self._used.lock:
            found = [
                name for name, value in body.items() if isinstance(value, str) and value in self._given - self._sent
            ]
            self._sent.update(str(body[name]) for name in found)
            return found

    def key(self, schema: Mapping[str, Any]) -> JsonValue:
        """A key that no earlier request has sent, for a field with this schema."""
        with self._used.lock:
            if "integer" in (schema.get("type"), *schema.get("type", ())):
                return self._keys.randrange(10**6, 10**9)
            text = str(uuid.UUID(int=self._keys.getrandbits(128), version=4))
            return text if schema.get("format") == "uuid" else text.replace("-", "")[: schema.get("maxLength", 32)]

    def seed(self) -> int:
        """A seed for values that no earlier request has sent."""
        with self._used.lock:
            return self._keys.getrandbits(64)

    def take(self, country: str | None = None) -> str:
        """An unused number of `country` (None: any). Raises IndexError if none is left."""
        with self._used.lock:
            supply = self._used.supply(country)
            indexes = self._indexes.setdefault(country, self._indexes_in(supply.size))
            for index in indexes:
                number = supply.at(index)
                if self._used.add(number):
                    self._given.add(number)
                    return number
        raise IndexError(f"no number of {country or 'any country'} is left")

    def _indexes_in(self, size: int) -> Iterator[int]:
        """The indexes of this slot in a pool, one block per round; then those of the other slots."""
        step = _BLOCK * self._slots
        for start in range(self._slot * _BLOCK, size, step):
            yield from range(start, min(start + _BLOCK, size))
        yield from range(size)


def body_schema(contract: Contract, operation: Operation) -> Schema:
    """The schema of the record in the operation's JSON body."""
    media = next(iter(operation.body.content.values())) if operation.body else None
    schema = _request(contract, operation).schema or (media.schema if media else None)
    if schema is None:
        raise ValueError(f"{operation.pointer}: this operation takes no body")
    return schema


def _request(contract: Contract, operation: Operation) -> Envelope:
    found = contract.role_of(operation.id) or contract.action_of(operation.id)
    return found[0].request(operation.id) if found else BARE


class BodyMembers:
    """The fields of a body: their schemas, and which are enumerations, phone numbers or free text.

    Fields with a reference are not among them, and neither are those that only the server sets (`readOnly`);
    `references` are those that the body requires.
    """

    def __init__(self, contract: Contract, operation: Operation) -> None:
        root = contract.document()
        self._contract = contract
        schema = body_schema(contract, operation)
        self.schema = schema
        self.required: tuple[str, ...] = tuple(schema.node.get("required", ()))
        of_resource = contract.role_of(operation.id) or contract.action_of(operation.id)
        referring = of_resource[0].references if of_resource else {}
        self.references = tuple(name for name in self.required if name in referring)
        members = {name: flat(root, member) for name, member in schema.node["properties"].items()}
        self.members = {
            name: member for name, member in members.items() if name not in referring and not member.get("readOnly")
        }
        self.numbers = [name for name, member in self.members.items() if _is_number(member)]
        self.choices = {name: list(member["enum"]) for name, member in self.members.items() if "enum" in member}
        self.texts = {
            name: (member.get("minLength", 0), member.get("maxLength", 100))
            for name, member in self.members.items()
            if member.get("type") == "string" and not {"enum", "pattern", "format", "const"} & set(member)
        }
        self.example: Mapping[str, JsonValue] = _richest_example(operation, _request(contract, operation))
        self._record = of_resource[0].record if of_resource else None
        unique = of_resource[0].unique if of_resource else ()
        keys = of_resource[0].key_fields if of_resource else ()
        self._unique = frozenset(name for fields in (keys, *(one.fields for one in unique)) for name in fields)
        self._usual: dict[str, JsonValue] = {}

    def least(self, numbers: Numbers) -> dict[str, JsonValue]:
        """The smallest body: only the required fields, without references."""
        return {name: self.value(name, numbers) for name in self.required if name not in self.references}

    def value(self, name: str, numbers: Numbers) -> JsonValue:
        """A valid value for the field `name`."""
        if name in self.numbers:
            return numbers.take()
        if name in self.choices:
            return self.choices[name][0]
        if name in self._unique:
            value = numbers.key(self.members[name])
            forms = (value, value.translate(_AS_LETTERS)) if isinstance(value, str) else (value,)
            fitting = next((one for one in forms if self.allows(name, one)), None)
            return self._generated(name, value, numbers.seed()) if fitting is None else fitting
        if name not in self._usual:
            value = self.example.get(name, _plain(self.members[name]))
            self._usual[name] = value if self.allows(name, value) else self._generated(name, value)
        return deepcopy(self._usual[name])

    def at(self, name: str) -> str:
        """Where the body's schema describes a field."""
        return property_pointer(self.schema.document, self.schema.pointer, name)

    def fits_record(self, name: str, value: JsonValue) -> bool:
        """Whether the schema of the record allows the value, too: a body may allow more than a record can hold."""
        is_shown = self._record is not None and name in self._record.node.get("properties", ())
        return self._record is None or not is_shown or self._record.allows(name, value)

    def allows(self, name: str, value: JsonValue) -> bool:
        """Whether the body allows the value for the field, and the record does."""
        return self.schema.allows(name, value) and self.fits_record(name, value)

    def _generated(self, name: str, otherwise: JsonValue, seed: int = 0) -> JsonValue:
        """A generated value for a field with a format or a pattern; `otherwise` for any other field."""
        pointers = [self.at(name)]
        if self._record is not None and name in self._record.node.get("properties", ()):
            pointers.append(property_pointer(self._record.document, self._record.pointer, name))
        usable: list[JsonValue] = []
        for pointer in pointers:
            with suppress(FixtureError, LookupError):
                made = values(self._contract, pointer, _TRIES, seed, direction="request")
                usable += [one for one in made if one is not None]
        return next((one for one in usable if self.allows(name, one)), next(iter(usable), otherwise))


_AS_LETTERS = str.maketrans("0123456789-", "ghijklmnopx")
"""Turns the digits of a UUID into letters, for keys that are names."""


def _is_number(member: Mapping[str, Any]) -> bool:
    pattern = member.get("pattern", "")
    return bool(pattern.startswith(r"^\+") and re.search(pattern, _EXAMPLE_NUMBER))


def _richest_example(operation: Operation, envelope: Envelope) -> Mapping[str, JsonValue]:
    media = next(iter(operation.body.content.values())) if operation.body else None
    values: Iterator[Any] = (envelope.unwrap(example.value) for example in media.examples) if media else iter(())
    return max((value for value in values if isinstance(value, dict)), key=len, default={})


def _plain(member: Mapping[str, Any]) -> JsonValue:
    kind = member.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind in ("integer", "number"):
        return member.get("minimum", 1)
    plain: dict[str, JsonValue] = {"boolean": True, "array": [], "object": {}, "null": None}
    return plain.get(kind, "x" * max(1, member.get("minLength", 1)))
