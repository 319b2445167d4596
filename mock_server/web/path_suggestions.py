"""Suggestions for an unknown path."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import NamedTuple

from openapi.contract import Contract
from openapi.path_templates import pattern

_NEAR_ENOUGH = 0.6
"""The least similarity (0 to 1) of two paths for one to be a misspelling of the other."""

_MOST_NAMED = 5
_LONGEST_SHOWN = 100


class _OperationPath(NamedTuple):
    operation_id: str
    method: str
    path: str
    pattern: re.Pattern[str]

    def __str__(self) -> str:
        return f"{self.operation_id}, {self.method} {self.path}"


class PathSuggestions:
    """Knows the paths of a contract's operations."""

    def __init__(self, contract: Contract) -> None:
        self._base = contract.base_path
        self._operations = [
            _OperationPath(operation.id, operation.method, path, pattern(path))
            for operation in contract.operations.values()
            for path in [contract.base_path + operation.path]
        ]

    def unknown_path(self, method: str, path: str) -> str:
        """An error message for `path`, with the operation that was probably meant."""
        shown = path if len(path) <= _LONGEST_SHOWN else f"{path[: _LONGEST_SHOWN - 3]}..."
        return f"Unknown path {shown}. {self._advice(method, path)}"

    def _advice(self, method: str, path: str) -> str:
        if not self._operations:
            return "The document has no operations."
        bare = "/" + "/".join(segment for segment in path.split("/") if segment)
        for meant, why in (
            (bare, "Extra slashes make another path; "),
            (self._base + bare, f"Paths start with {self._base}; "),
            (bare.lower(), "Paths are case-sensitive; "),
            (self._base + bare.lower(), f"Paths start with {self._base} and are case-sensitive; "),
        ):
            operation = self._operation(method, meant)
            if operation is not None:
                return f"{why}the nearest operation is {operation}."
        nearest = max(
            self._operations, key=lambda operation: (_likeness(bare, operation.path), operation.method == method)
        )
        if _likeness(bare, nearest.path) >= _NEAR_ENOUGH:
            return f"The nearest operation is {nearest}."
        named = ", ".join(f"{operation.method} {operation.path}" for operation in self._operations[:_MOST_NAMED])
        return f"Operations: {named}{', ...' if len(self._operations) > _MOST_NAMED else ''}."

    def _operation(self, method: str, path: str) -> _OperationPath | None:
        fitting = [operation for operation in self._operations if operation.pattern.fullmatch(path)]
        return max(fitting, key=lambda operation: operation.method == method, default=None)


def _likeness(path: str, template: str) -> float:
    """The similarity of a path and a template, whose placeholders match anything."""
    segments, wanted = path.lower().split("/")[:20], template.lower().split("/")
    if len(segments) == len(wanted):
        wanted = [ours if "{" in theirs else theirs for ours, theirs in zip(segments, wanted, strict=True)]
    return SequenceMatcher(None, "/".join(segments)[:200], "/".join(wanted)).ratio()
