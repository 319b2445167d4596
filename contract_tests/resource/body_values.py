"""Bodies to send: values for the members of a body's schema."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from fixtures import NumberPool, number_pool
from openapi import Contract, Operation, Schema
from openapi.contract import JsonValue
from openapi.flattening import flat

_EXAMPLE_NUMBER = "+12025550100"


class Numbers:
    """Reserved phone numbers, each given out once in a run, from a place in the pool that the seed decides.

    Those that the service has shown are passed over: what is somebody's is no value for a new record.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._sent: set[str] = set()
        self._lock = threading.Lock()
        self._taken: dict[str | None, Iterator[int]] = {}
        self._pools: dict[str | None, NumberPool] = {}
        self._given: set[str] = set()
        self._shown: set[str] = set()

    def shown(self, number: str) -> None:
        """Note that a record at the service has this number: it is not given out from now on."""
        with self._lock:
            self._shown.add(number)

    def unsent(self, body: Mapping[str, JsonValue]) -> list[str]:
        """The members of `body` that hold a number of ours which no request has carried yet; now one does."""
        with self._lock:
            found = [
                name for name, value in body.items() if isinstance(value, str) and value in self._given - self._sent
            ]
            self._sent.update(str(body[name]) for name in found)
            return found

    def take(self, country: str | None = None) -> str:
        """A number of `country` (None: of any) that nobody is known to have. Raises IndexError where there is none."""
        with self._lock:
            if country not in self._pools:
                countries = None if country is None else [country]
                self._pools[country] = number_pool(self._seed, countries, label="contract check")
                self._taken[country] = itertools.count()
            while True:
                number = str(self._pools[country][next(self._taken[country])])
                if number not in self._given and number not in self._shown:
                    self._given.add(number)
                    return number


def body_schema(operation: Operation) -> Schema:
    """The schema of the operation's JSON body."""
    schema = next(iter(operation.body.content.values())).schema if operation.body else None
    if schema is None:
        raise ValueError(f"{operation.pointer}: takes no body")
    return schema


class BodyMembers:
    """The members of a body: their schemas, and which of them are enumerations, phone numbers or free text."""

    def __init__(self, contract: Contract, operation: Operation) -> None:
        root = contract.document()
        schema = body_schema(operation)
        self.schema = schema
        self.required: tuple[str, ...] = tuple(schema.node.get("required", ()))
        self.members = {name: flat(root, member) for name, member in schema.node["properties"].items()}
        self.numbers = [name for name, member in self.members.items() if _is_number(member)]
        self.choices = {name: list(member["enum"]) for name, member in self.members.items() if "enum" in member}
        self.texts = {
            name: (member.get("minLength", 0), member.get("maxLength", 100))
            for name, member in self.members.items()
            if member.get("type") == "string" and not {"enum", "pattern", "format", "const"} & set(member)
        }
        self.example: Mapping[str, JsonValue] = _richest_example(operation)

    def least(self, numbers: Numbers) -> dict[str, JsonValue]:
        """The shortest body: the required members alone."""
        return {name: self.value(name, numbers) for name in self.required}

    def value(self, name: str, numbers: Numbers) -> JsonValue:
        """A value for the member `name` that keeps its schema."""
        if name in self.numbers:
            return numbers.take()
        if name in self.choices:
            return self.choices[name][0]
        return self.example.get(name, _plain(self.members[name]))


def _is_number(member: Mapping[str, Any]) -> bool:
    pattern = member.get("pattern", "")
    return bool(pattern.startswith(r"^\+") and re.search(pattern, _EXAMPLE_NUMBER))


def _richest_example(operation: Operation) -> Mapping[str, JsonValue]:
    media = next(iter(operation.body.content.values())) if operation.body else None
    values: Iterator[Any] = (example.value for example in media.examples) if media else iter(())
    return max((value for value in values if isinstance(value, dict)), key=len, default={})


def _plain(member: Mapping[str, Any]) -> JsonValue:
    kind = member.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind in ("integer", "number"):
        return member.get("minimum", 1)
    plain: dict[str, JsonValue] = {"boolean": True, "array": [], "object": {}, "null": None}
    return plain.get(kind, "x" * max(1, member.get("minLength", 1)))
