"""A node of the document on its way to becoming part of a contract: what it says, and where."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from openapi.errors import SpecError
from openapi.pointers import join, resolve, split

Locate = Callable[[str], tuple[Any, int, str]]

_HINTS = {
    "answer": ": {items: /things}, where the records stand in the list's answer",
    "body": ": the template of a refusal's body, such as {message: $message}",
    "content": ": the media types with their schemas",
    "info": ": {title: …, version: …}",
    "openapi": ": 3.1.0",
    "operationId": ": a name of its own, such as listThings",
    "otherwise": ": the value for a number of no country",
    "paths": ": each path with its operations",
    "responses": ": each status with what it answers",
    "violation": ": the template of one mistake, such as {at: $path, message: $message}",
}


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the bundled document at `pointer`. `fail` turns what is wrong with it into a SpecError."""

    root: Mapping[str, Any]
    value: Any
    pointer: str
    locate: Locate

    def fail(self, problem: str, advice: str) -> SpecError:
        """The error to raise: `problem` says what is wrong here, `advice` what to write instead."""
        file, line, pointer = self.locate(self.pointer)
        return SpecError(file, line, pointer, problem, advice)

    def mapping(self, allowed: Iterable[str] | None = None, required: Iterable[str] = ()) -> Node:
        """This node, sure to be a mapping with the `required` members and no other than the `allowed` ones."""
        if not isinstance(self.value, dict):
            raise self.fail(f"is {kind_of(self.value)}", "write a mapping")
        if allowed is not None:
            known = sorted({*allowed, *required, "x-assumed"})
            for name in self.value:
                if name not in known:
                    raise self[name].fail("is not known here", suggestion(name, known))
        for name in required:
            if name not in self.value:
                raise self.fail(f"has no {name}", f"add {name}{_HINTS.get(name, '')}")
        return self

    def follow(self) -> Node:
        """The node that this one's `$ref` names, or this one. What stands beside a `$ref` is not looked at."""
        node, seen = self, {self.pointer}
        while isinstance(node.value, dict) and "$ref" in node.value:
            node = node["$ref"].referred()
            if node.pointer in seen:
                raise self.fail("refers to itself", "name something that is no $ref, or write it out here")
            seen.add(node.pointer)
        return node

    def referred(self) -> Node:
        """The node that this one names as a reference within the document, such as `#/components/schemas/Thing`."""
        if not self.text().startswith("#/"):
            raise self.fail(f"is {self.value!r}, no reference", "write it in the form #/components/schemas/Thing")
        return self.at(unquote(self.text().removeprefix("#")))

    def at(self, pointer: str) -> Node:
        """The node at `pointer` of the same document. Raises SpecError, placed here, where there is none."""
        try:
            return Node(self.root, resolve(self.root, pointer), pointer, self.locate)
        except (LookupError, ValueError):
            raise self.fail(f"names {pointer}, which isn't there", nearest(self.root, pointer)) from None

    def __getitem__(self, token: str | int) -> Node:
        value = self.value if isinstance(token, int) else self.mapping().value
        if isinstance(token, str) and token not in value:
            raise self.fail(f"has no {token}", f"add {token}")
        return Node(self.root, value[token], join(self.pointer, token), self.locate)

    def get(self, name: str) -> Node | None:
        """The member `name`, or None."""
        return self[name] if name in self.mapping().value else None

    def members(self) -> Iterator[tuple[str, Node]]:
        """The members of a mapping, `x-assumed` aside."""
        for name in self.mapping().value:
            if name != "x-assumed":
                yield name, self[name]

    def members_of(self, name: str) -> Iterator[tuple[str, Node]]:
        """The members of the mapping that is the member `name`; none where there is no such member."""
        inner = self.get(name)
        if inner:
            yield from inner.members()

    def items(self) -> Iterator[Node]:
        """The items of a list."""
        if not isinstance(self.value, list):
            raise self.fail(f"is {kind_of(self.value)}", "write a list")
        for index in range(len(self.value)):
            yield self[index]

    def items_of(self, name: str) -> Iterator[Node]:
        """The items of the list that is the member `name`; none where there is no such member."""
        inner = self.get(name)
        if inner:
            yield from inner.items()

    def text(self) -> str:
        """The text that this node is."""
        if not isinstance(self.value, str):
            raise self.fail(f"is {kind_of(self.value)}", "write a text, in quotes if need be")
        return self.value

    def text_of(self, name: str, otherwise: str) -> str:
        """The text that is the member `name`, or `otherwise`."""
        inner = self.get(name)
        return inner.text() if inner else otherwise

    def one_of(self, choices: Iterable[str]) -> str:
        """The text that this node is, sure to be one of `choices`."""
        known = sorted(choices)
        if self.text() not in known:
            raise self.fail(f"is {self.value!r}", suggestion(self.text(), known))
        return self.text()

    def boolean_of(self, name: str) -> bool:
        """The boolean that is the member `name`; false where there is no such member."""
        inner = self.get(name)
        if inner and not isinstance(inner.value, bool):
            raise inner.fail(f"is {kind_of(inner.value)}", "write true or false")
        return bool(inner and inner.value)

    def integer(self, least: int, most: int | None = None) -> int:
        """The integer that this node is, from `least` to `most`."""
        known = isinstance(self.value, int) and not isinstance(self.value, bool)
        if not known or self.value < least or (most is not None and self.value > most):
            upper = "" if most is None else f" to {most}"
            raise self.fail(f"is {self.value!r}", f"write a whole number from {least}{upper}")
        return int(self.value)


def suggestion(name: str, known: Iterable[str]) -> str:
    """What to write instead of `name`: the nearest of the `known` names, or all of them."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean {near[0]}?"
    names = [name for name in names if name != "x-assumed"]
    if len(names) > 1:
        return "use one of " + ", ".join(names)
    return f"write {names[0]}" if names else "there is none to name"


def nearest(value: Any, pointer: str) -> str:
    """What to write instead of a `pointer` that leads nowhere in `value`: a name beside the first part missing."""
    for token in split(pointer) if pointer.startswith("/") else ():
        if isinstance(value, dict) and token not in value:
            return suggestion(token, value)
        if not isinstance(value, dict):
            break
        value = value[token]
    return "name a node that exists"


def kind_of(value: Any) -> str:
    """What sort of value `value` is, in the words of a person who writes YAML."""
    if value is None:
        return "nothing"
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "a text", list: "a list", dict: "a mapping"}
    return kinds[type(value)]
