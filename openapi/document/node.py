"""A node of the document being read: its value, its location, and its problems."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from openapi.errors import Problem, Severity, SpecError
from openapi.pointers import join, of_reference, resolve, split
from openapi.schemas import Schemas

NOTES = ("x-assumed", "x-documented", "x-observed")
"""Keywords about the node around them, allowed in every mapping."""

Locate = Callable[[str], tuple[Any, int, str]]

_HINTS = {
    "answer": ": {items: /things}, where the records are in the list's response",
    "content": ": the media types with their schemas",
    "info": ": {title: …, version: …}",
    "on-delete": ": what happens when the other record is deleted: cascade, keep, refuse or unset",
    "openapi": ": 3.1.0",
    "otherwise": ": the value for a number without a country",
    "paths": ": each path with its operations",
    "responses": ": each status with its response",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A document being read: its root, the location of each node in its file, the warnings so far, its schemas.

    `schemas` are by direction, and are set once the document has its final form.
    """

    root: dict[str, Any]
    locate: Locate
    warnings: list[Problem] = field(default_factory=list)
    schemas: dict[str, Schemas] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the bundled document at `pointer`. `fail` makes a SpecError for a problem."""

    reading: Reading
    value: Any
    pointer: str

    @property
    def root(self) -> dict[str, Any]:
        """The whole document."""
        return self.reading.root

    def fail(self, problem: str, advice: str) -> SpecError:
        """The error to raise: `problem` says what is wrong here, `advice` what to write instead."""
        file, line, pointer = self.reading.locate(self.pointer)
        return SpecError(file, line, pointer, problem, advice)

    def warn(self, problem: str, advice: str) -> None:
        """Note a problem that leaves the document usable; `advice` says what to write, or what happens."""
        file, line, pointer = self.reading.locate(self.pointer)
        self.reading.warnings.append(Problem(Severity.WARNING, file, line, pointer, problem, advice))

    def below(self, pointer: str) -> Node:
        """A node without a value, as the location of a problem."""
        return Node(self.reading, None, self.pointer + pointer)

    def mapping(self, allowed: Iterable[str] | None = None, required: Iterable[str] = ()) -> Node:
        """This node, which must be a mapping with the `required` fields and no others than the `allowed` ones."""
        if not isinstance(self.value, dict):
            raise self.fail(f"is {kind_of(self.value)}", "write a mapping")
        if allowed is not None:
            known = sorted({*allowed, *required, *NOTES})
            for name in self.value:
                if name not in known:
                    raise self[name].fail("is unknown here", suggestion(name, known))
        for name in required:
            if name not in self.value:
                raise self.fail(f"has no {name}", f"add {name}{_HINTS.get(name, '')}")
        return self

    def object_of(self, fields: Iterable[str], required: Iterable[str] = ()) -> Node:
        """This node, which must be a mapping with the `required` fields. Fields not in `fields` get a warning."""
        self.mapping(required=required)
        known = {*fields, *required}
        for name in self.value:
            if name not in known and not name.startswith("x-"):
                self[name].warn("is not a field of OpenAPI here and is ignored", suggestion(name, sorted(known)))
        return self

    def follow(self) -> Node:
        """The node that this one's `$ref` names, or this one. Fields next to a `$ref` are ignored."""
        node, seen = self, {self.pointer}
        while isinstance(node.value, dict) and "$ref" in node.value:
            node = node["$ref"].referred()
            if node.pointer in seen:
                raise self.fail("refers to itself", "refer to another node, or write it out here")
            seen.add(node.pointer)
        return node

    def referred(self) -> Node:
        """The node that this one names as a reference within the document, such as `#/components/schemas/Thing`."""
        if not self.text().startswith("#/"):
            raise self.fail(
                f"is {self.value!r}, which is not a reference", "write one such as #/components/schemas/Thing"
            )
        return self.at(of_reference(self.text()))

    def at(self, pointer: str) -> Node:
        """The node at `pointer` of the same document. Raises SpecError, located here, if it does not exist."""
        try:
            return Node(self.reading, resolve(self.root, pointer), pointer)
        except (LookupError, ValueError):
            raise self.fail(f"names {pointer}, which does not exist", nearest(self.root, pointer)) from None

    def __getitem__(self, token: str | int) -> Node:
        value = self.value if isinstance(token, int) else self.mapping().value
        if isinstance(token, str) and token not in value:
            raise self.fail(f"has no {token}", f"add {token}")
        return Node(self.reading, value[token], join(self.pointer, token))

    def get(self, name: str) -> Node | None:
        """The field `name`, or None."""
        return self[name] if name in self.mapping().value else None

    def fields(self) -> Iterator[tuple[str, Node]]:
        """The fields of a mapping, except `NOTES`."""
        for name in self.mapping().value:
            if name not in NOTES:
                yield name, self[name]

    def fields_of(self, name: str) -> Iterator[tuple[str, Node]]:
        """The fields of the mapping in the field `name`; none without that field."""
        inner = self.get(name)
        if inner:
            yield from inner.fields()

    def items(self) -> Iterator[Node]:
        """The items of a list."""
        if not isinstance(self.value, list):
            raise self.fail(f"is {kind_of(self.value)}", "write a list")
        for index in range(len(self.value)):
            yield self[index]

    def items_of(self, name: str) -> Iterator[Node]:
        """The items of the list in the field `name`; none without that field."""
        inner = self.get(name)
        if inner:
            yield from inner.items()

    def text(self) -> str:
        """This node, which must be a string."""
        if not isinstance(self.value, str):
            raise self.fail(f"is {kind_of(self.value)}", "write a string, in quotes if necessary")
        return self.value

    def text_of(self, name: str, otherwise: str) -> str:
        """The string in the field `name`, or `otherwise`."""
        inner = self.get(name)
        return inner.text() if inner else otherwise

    def one_of(self, choices: Iterable[str]) -> str:
        """This node, which must be one of the strings `choices`."""
        known = sorted(choices)
        if self.text() not in known:
            raise self.fail(f"is {self.value!r}", suggestion(self.text(), known))
        return self.text()

    def boolean_of(self, name: str) -> bool:
        """The boolean in the field `name`; false without that field."""
        inner = self.get(name)
        if inner and not isinstance(inner.value, bool):
            raise inner.fail(f"is {kind_of(inner.value)}", "write true or false")
        return bool(inner and inner.value)

    def integer(self, least: int, most: int | None = None) -> int:
        """This node, which must be an integer from `least` to `most`."""
        known = isinstance(self.value, int) and not isinstance(self.value, bool)
        if not known or self.value < least or (most is not None and self.value > most):
            upper = "" if most is None else f" to {most}"
            raise self.fail(f"is {self.value!r}", f"write an integer from {least}{upper}")
        return int(self.value)


def suggestion(name: str, known: Iterable[str]) -> str:
    """Advice for an unknown `name`: the nearest of the `known` names, or all of them."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean {near[0]}?"
    names = [name for name in names if name not in NOTES]
    if len(names) > 1:
        return "use one of " + ", ".join(names)
    return f"write {names[0]}" if names else "none are defined"


def nearest(value: Any, pointer: str) -> str:
    """Advice for a `pointer` that does not exist in `value`: the nearest name at the first missing part."""
    for token in split(pointer) if pointer.startswith("/") else ():
        if isinstance(value, dict) and token not in value:
            return suggestion(token, value)
        if not isinstance(value, dict):
            break
        value = value[token]
    return "name a part of the document that exists"


def kind_of(value: Any) -> str:
    """The kind of `value`, as YAML authors call it."""
    if value is None:
        return "null"
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "a mapping"}
    return kinds[type(value)]
