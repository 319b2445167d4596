"""OpenAPI Overlays: changes to a document, in a separate file (Overlay Specification 1.0.0).

An overlay is a list of actions, each with a target in the document. Only targets that name exactly one node are
supported (the singular queries of RFC 9535), such as `$['paths']['/phones']['get']`. Overlays are applied strictly: a
target that matches nothing and an action that changes nothing are errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from openapi.document.node import kind_of, suggestion
from openapi.document.source import Source, read_source
from openapi.errors import Severity, SpecError, spec_error
from openapi.json_paths import JsonPathError, json_path, path_tokens
from openapi.pointers import exists, from_tokens, join, of_reference, resolve, split

_VERSION = re.compile(r"1\.[01]\.[0-9]+")


class Keys(NamedTuple):
    """The keys that a mapping of an overlay must and may have, besides those that begin with `x-`."""

    required: tuple[str, ...]
    allowed: tuple[str, ...]


OVERLAY_KEYS = Keys(("overlay", "info", "actions"), ("overlay", "info", "extends", "actions"))
INFO_KEYS = Keys(("title", "version"), ("title", "version", "description"))
ACTION_KEYS = Keys(("target",), ("target", "description", "update", "remove"))


@dataclass(frozen=True, slots=True)
class OverlayAction:
    """One change to the node at `tokens`: it is removed if `remove` is true, else `update` is merged into it.

    `pointer` is the JSON Pointer of the action in the overlay.
    """

    tokens: tuple[str | int, ...]
    remove: bool
    update: Any
    description: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Overlay:
    """An overlay, read and checked. `source` is its file as a value."""

    source: Source
    actions: tuple[OverlayAction, ...]

    def fail(self, pointer: str, problem: str, advice: str) -> SpecError:
        """The error for a problem at a JSON Pointer of the overlay."""
        return self.source.fail(pointer, problem, advice)


def read_overlay(file: Path) -> Overlay:
    """The overlay in `file`, YAML or JSON. Raises SpecError."""
    source = read_source(file)
    if source.warnings:
        raise spec_error([replace(found, severity=Severity.ERROR) for found in source.warnings])
    return _parsed(source)


def overlay_of(value: Any, name: str = "overlay") -> Overlay:
    """The overlay with this value, if it is not in a file; errors call it `name`. Raises SpecError."""
    return _parsed(Source(Path(name), value, [], lambda: None))


def _parsed(source: Source) -> Overlay:
    root = _mapping(source, source.value, "", OVERLAY_KEYS)
    if not _VERSION.fullmatch(str(root["overlay"])):
        raise source.fail("/overlay", f"is {root['overlay']!r}", "write overlay: 1.0.0")
    _mapping(source, root["info"], "/info", INFO_KEYS)
    if not isinstance(root["actions"], list) or not root["actions"]:
        raise source.fail("/actions", "has no actions", "write at least one")
    actions = tuple(_action(source, value, f"/actions/{index}") for index, value in enumerate(root["actions"]))
    return Overlay(source, actions)


def _action(source: Source, value: Any, pointer: str) -> OverlayAction:
    action = _mapping(source, value, pointer, ACTION_KEYS)
    remove = action.get("remove", False)
    if not isinstance(remove, bool):
        raise source.fail(f"{pointer}/remove", f"is {kind_of(remove)}", "write true or false")
    if remove is ("update" in action):
        problem = "has both update and remove" if remove else "has neither update nor remove"
        raise source.fail(pointer, problem, "write one of the two")
    return OverlayAction(
        tokens=_tokens(source, action["target"], f"{pointer}/target"),
        remove=remove,
        update=action.get("update"),
        description=str(action.get("description", "")),
        pointer=pointer,
    )


def _mapping(source: Source, value: Any, pointer: str, keys: Keys) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise source.fail(pointer, f"is {kind_of(value)}", "write a mapping")
    for name in value:
        if name == "copy" and keys is ACTION_KEYS:
            advice = "copy is part of Overlay 1.1; repeat the node in an update instead"
            raise source.fail(join(pointer, name), "is not supported", advice)
        if name not in keys.allowed and not name.startswith("x-"):
            raise source.fail(join(pointer, name), "is unknown here", suggestion(name, keys.allowed))
    for name in keys.required:
        if name not in value:
            raise source.fail(pointer, f"has no {name}", f"add {name}")
    return value


def _tokens(source: Source, target: Any, pointer: str) -> tuple[str | int, ...]:
    if not isinstance(target, str):
        raise source.fail(pointer, f"is {kind_of(target)}", "write one such as $['paths']['/phones']['get']")
    try:
        return path_tokens(target)
    except JsonPathError as error:
        raise source.fail(pointer, error.problem, error.advice) from None


class Edit(NamedTuple):
    """One edit of a document: the overlay's node at `overlay_pointer` replaces the one at `pointer`; None removes it.

    A pointer to the index after the last item of an array appends an item.
    """

    pointer: str
    overlay_pointer: str | None


def apply_overlay(document: dict[str, Any], overlay: Overlay) -> list[Edit]:
    """Apply the actions to `document`, which has only local references, and return the edits in order.

    Removing a node also removes the `x-assumed` entries about it. Raises SpecError for a target that matches
    nothing, an action that changes nothing, and a value that can't be merged.
    """
    edits = [edit for edits in edits_by_action(document, overlay) for edit in edits]
    for reference, overlay_pointer in _references(overlay):
        if not reference.startswith("#") or not exists(document, of_reference(reference)):
            problem = f"is {reference!r}, which is not in the document"
            raise overlay.fail(
                overlay_pointer, problem, "refer to a node of the document, such as #/components/schemas/Thing"
            )
    return edits


def edits_by_action(document: dict[str, Any], overlay: Overlay) -> list[list[Edit]]:
    """Apply the actions to `document` as `apply_overlay` does, and return the edits of each. Raises SpecError."""
    return [(_remove if one.remove else _update)(document, overlay, one) for one in overlay.actions]


def _remove(document: dict[str, Any], overlay: Overlay, action: OverlayAction) -> list[Edit]:
    if not action.tokens:
        raise overlay.fail(f"{action.pointer}/target", "is the whole document", "remove a node in it")
    *above, last = action.tokens
    parent, pointer = _found(document, overlay, action, tuple(above))
    _step(parent, last, overlay, action, pointer)
    del parent[last]
    removed = [join(pointer, last), *_assumptions(document, action.tokens)]
    for extra in removed[1:]:
        holder, _, name = extra.rpartition("/")
        del resolve(document, holder)[split("/" + name)[0]]
    return [Edit(one, None) for one in removed]


def _assumptions(document: dict[str, Any], tokens: tuple[str | int, ...]) -> Iterator[str]:
    """The `x-assumed` entries about a removed node, and the `x-assumed` mappings that have no other entry."""
    if len(tokens) > 1 and tokens[-2] == "x-assumed":
        holder = from_tokens(tokens[:-1])
        if not resolve(document, holder):
            yield holder
    node: Any = document
    for depth, token in enumerate(tokens):
        assumed = node.get("x-assumed") if isinstance(node, dict) else None
        if isinstance(assumed, dict):
            path = from_tokens(tokens[depth:])[1:]
            named = [name for name in assumed if name == path or name.startswith(path + "/")]
            holder = join(from_tokens(tokens[:depth]), "x-assumed")
            yield from [holder] if named and len(named) == len(assumed) else (join(holder, name) for name in named)
        if depth < len(tokens) - 1:
            node = node[token]


def _update(document: dict[str, Any], overlay: Overlay, action: OverlayAction) -> list[Edit]:
    target, pointer = _found(document, overlay, action, action.tokens)
    overlay_pointer = f"{action.pointer}/update"
    if isinstance(target, list):
        target.append(deepcopy(action.update))
        return [Edit(join(pointer, len(target) - 1), overlay_pointer)]
    if not isinstance(target, dict):
        advice = "target the object around it, and name it in the update"
        raise overlay.fail(f"{action.pointer}/target", f"is {kind_of(target)}", advice)
    if not isinstance(action.update, dict):
        raise overlay.fail(
            overlay_pointer, f"is {kind_of(action.update)}", "write a mapping, because the target is one"
        )
    edits = list(_merged(target, action.update, pointer, overlay_pointer, overlay))
    if not edits:
        raise overlay.fail(
            overlay_pointer, "changes nothing: the document already has these values", "remove the action"
        )
    return edits


def _merged(
    target: dict[str, Any], update: Mapping[str, Any], pointer: str, overlay_pointer: str, overlay: Overlay
) -> Iterator[Edit]:
    """Merge `update` into `target`: objects recursively, arrays by appending, other values by replacing."""
    for name, value in update.items():
        inner, at = join(pointer, name), join(overlay_pointer, name)
        known = target.get(name)
        if name not in target:
            target[name] = deepcopy(value)
            yield Edit(inner, at)
        elif isinstance(known, dict) and isinstance(value, dict):
            yield from _merged(known, value, inner, at, overlay)
        elif isinstance(known, list) and isinstance(value, list):
            for index, item in enumerate(value):
                known.append(deepcopy(item))
                yield Edit(join(inner, len(known) - 1), join(at, index))
        elif isinstance(known, dict | list) or isinstance(value, dict | list):
            problem = f"is {kind_of(value)}, but the document has {kind_of(known)} there"
            raise overlay.fail(at, problem, "remove the node in an earlier action")
        elif (type(known), known) != (type(value), value):
            target[name] = value
            yield Edit(inner, at)


def _found(document: Any, overlay: Overlay, action: OverlayAction, tokens: tuple[str | int, ...]) -> tuple[Any, str]:
    value, pointer = document, ""
    for token in tokens:
        value = _step(value, token, overlay, action, pointer)
        pointer = join(pointer, token)
    return value, pointer


def _step(value: Any, token: str | int, overlay: Overlay, action: OverlayAction, pointer: str) -> Any:
    if isinstance(value, dict) and str(token) in value and isinstance(token, str):
        return value[token]
    if isinstance(value, list) and isinstance(token, int) and token < len(value):
        return value[token]
    advice = "name a node that exists"
    if isinstance(value, dict):
        reference = value.get("$ref")
        refers = isinstance(reference, str) and reference.startswith("#/")
        advice = f"target {json_path(of_reference(str(reference)))}" if refers else suggestion(str(token), value)
    problem = f"matches nothing: {json_path(pointer)} is {kind_of(value)} without {token!r}"
    raise overlay.fail(f"{action.pointer}/target", problem, advice)


def _references(overlay: Overlay) -> Iterator[tuple[str, str]]:
    for action in overlay.actions:
        yield from _references_in(action.update, f"{action.pointer}/update")


def _references_in(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        if name == "$ref" and isinstance(inner, str):
            yield inner, join(pointer, name)
        elif name not in ("example", "examples", "x-observed"):
            yield from _references_in(inner, join(pointer, name))
