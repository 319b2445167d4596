"""Broken references: an error if an operation needs the target, else a warning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openapi.document.node import Node
from openapi.errors import SpecError, in_order, spec_error
from openapi.pointers import ancestors, of_reference, resolve


def drop_broken_references(root: Node, broken: Mapping[str, SpecError]) -> None:
    """Empty the mappings with the `broken` references, by JSON Pointer. Raises SpecError if an operation needs one."""
    if not broken:
        return
    reached = _reached(root.value)
    needed = [error for pointer, error in broken.items() if any(above in reached for above in ancestors(pointer))]
    if needed:
        raise spec_error(in_order([*(one for error in needed for one in error.problems), *root.reading.warnings]))
    for pointer, error in broken.items():
        root.below(pointer).warn(error.problem, error.advice)
        resolve(root.value, pointer).clear()


def _reached(document: Mapping[str, Any]) -> set[str]:
    """The pointers above everything that operations need: the paths, and the nodes that they refer to."""
    reached: set[str] = set()
    waiting = ["/paths"]
    while waiting:
        pointer = waiting.pop()
        if pointer in reached:
            continue
        reached.add(pointer)
        try:
            waiting += _references(resolve(document, pointer))
        except LookupError:
            continue
    return reached


def _references(value: Any) -> list[str]:
    found: list[str] = []
    inside = [value]
    while inside:
        one = inside.pop()
        if isinstance(one, dict):
            reference = one.get("$ref")
            if isinstance(reference, str) and reference.startswith("#/"):
                found.append(of_reference(reference))
            inside += one.values()
        elif isinstance(one, list):
            inside += one
    return found
