"""The results of inference: drafts of resources with a reason for each choice, and undecided parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from openapi.model.http import Operation


class UndecidedError(Exception):
    """The document leaves something open. The message says what."""


@dataclass(slots=True)
class Draft:
    """An entry of `x-resources`, with the reason for each choice and the operations that stay without a role."""

    name: str
    entry: dict[str, Any] = field(default_factory=dict)
    reasons: dict[tuple[str, ...], str] = field(default_factory=dict)
    undecided: dict[str, str] = field(default_factory=dict)

    @property
    def keys(self) -> list[str]:
        """The fields of the key."""
        key = self.entry["key"]
        return key if isinstance(key, list) else [key]

    @property
    def roles(self) -> dict[str, str]:
        """The operationIds by role."""
        roles: dict[str, str] = self.entry.get("operations", {})
        return roles

    def choose(self, value: Any, reason: str, *path: str) -> None:
        """Put `value` at `path` of the entry."""
        holder = self.entry
        for token in path[:-1]:
            holder = holder.setdefault(token, {})
        holder[path[-1]] = value
        self.reasons[path] = reason

    def drop(self, *path: str) -> None:
        """Remove the value at `path`, if any, and a mapping that is empty without it."""
        if self.reasons.pop(path, None) is None:
            return
        holders = [self.entry]
        for token in path[:-1]:
            holders.append(holders[-1][token])
        del holders[-1][path[-1]]
        if not holders[-1]:
            del holders[-2][path[-2]]

    def leave(self, what: str, reason: str) -> None:
        """Note that `what` was not decided."""
        self.undecided[what] = reason


def label(operation: Operation) -> str:
    """The name of an operation in messages."""
    return f"{operation.method} {operation.path}"
