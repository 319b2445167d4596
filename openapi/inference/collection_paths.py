"""The two paths of a collection: an item's path ends in the placeholders of the key, the other is the one above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from openapi.inference.draft import UndecidedError
from openapi.inference.words import singular
from openapi.model.http import Operation, Parameter
from openapi.path_templates import placeholders, regex

Methods: TypeAlias = Mapping[str, Operation]
"""The operations of one path, by method."""


@dataclass(frozen=True, slots=True)
class CollectionPaths:
    """The paths `item` and `collection`, with the operations on each; `parts` are the path parameters of the key."""

    item: str
    collection: str
    parts: tuple[str, ...]
    on_item: Methods
    on_collection: Methods

    @property
    def last_word(self) -> str:
        """The last word of the item's path; empty if it has none."""
        return (_words(self.item) or [""])[-1]

    def parameter(self, name: str) -> Parameter:
        """A path parameter of the item. Raises UndecidedError if no operation describes it."""
        every = (parameter for operation in self.on_item.values() for parameter in operation.parameters)
        found = next((one for one in every if one.name == name and one.location == "path"), None)
        if found is None:
            raise UndecidedError(f"the path parameter {name} is not described")
        return found


def is_item(path: str) -> bool:
    """Whether a path may be that of one record: it ends in a placeholder, and each placeholder is a segment."""
    return path.rstrip("/").endswith("}") and path.count("/{") == path.count("{")


def collection_paths(paths: Mapping[str, Methods], item: str) -> CollectionPaths:
    """The paths of the collection with the records at `item`; `paths` are all of the document."""
    parts = _key_parts(paths, item)
    above = item.rstrip("/").rsplit("/", len(parts))[0]
    collection = next((path for path in (above, f"{above}/") if path in paths), above)
    return CollectionPaths(item, collection, parts, paths[item], paths.get(collection, {}))


def name_of(path: str, taken: Mapping[str, object]) -> str:
    """A name for the records of a path: its last word in the singular, with preceding words if that is taken."""
    words = [singular(word) for word in _words(path)] or ["record"]
    names = ["-".join(words[-count:]) for count in range(1, len(words) + 1)]
    return next((name for name in names if name not in taken), f"{names[-1]}-{len(taken) + 1}")


def _key_parts(paths: Mapping[str, object], item: str) -> tuple[str, ...]:
    """The path parameters at the end of an item's path that form its key, or the last one alone.

    The path without all of them is in the document, and none with only some of them is.
    """
    known = {regex(path.rstrip("/")) for path in paths}
    rest, names, count = item.rstrip("/"), placeholders(item), 1
    while rest.endswith("}"):
        rest = rest.rpartition("/")[0]
        if regex(rest) in known:
            return tuple(names[-count:])
        count += 1
    return tuple(names[-1:])


def _words(path: str) -> list[str]:
    return [word for word in path.split("/") if word and not word.startswith("{")]
