"""The frozen values that a document becomes: the only view of the contract that the three tools have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from openapi.errors import Problem
from openapi.json_value import JsonValue
from openapi.model.http import Operation
from openapi.model.links import RecordAction
from openapi.model.lists import BulkCreate
from openapi.model.refusals import Refusals
from openapi.model.resource import Resource, Role
from openapi.pointers import ancestors
from openapi.schemas import Schema


@dataclass(frozen=True, slots=True)
class Assumption:
    """A node of the document that the vendor's documentation does not state, and why we assume it.

    `with_all_below` is false if only the node's name is assumed, such as the status of a response.
    """

    pointer: str
    why: str
    with_all_below: bool = True


_OURS = (
    Assumption("/x-resources", "x-resources is our description of the API; x-documented marks what the vendor says"),
    Assumption("/x-http", "x-http is our description of the API; x-documented marks what the vendor says"),
)


@dataclass(frozen=True, slots=True)
class Inference:
    """What was inferred for a document.

    `resources` are the entries of `x-resources` by name. `reasons` say why each part of one was chosen, by its path,
    such as ("list", "paging"). `undecided` are the operations and parameters that were left out, each with the reason.
    """

    resources: Mapping[str, Mapping[str, JsonValue]] = field(default_factory=dict)
    reasons: Mapping[str, Mapping[tuple[str, ...], str]] = field(default_factory=dict)
    undecided: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contract:
    """A complete document, read and checked.

    `files` are the document and every file it refers to. `base_path` is the path of the first server,
    without a trailing slash ('' for the root). `operations` are by operationId, in document order; an
    operation without one gets one made of its method and path. `conventions` are the values of `x-http` for unusual
    requests (`extensions.conventions.WORDS`), by section and key. `documented` are the JSON Pointers of the
    nodes that `x-documented` marks. `warnings` are the problems that do not prevent serving. `inference` is None if
    resources were not inferred.
    """

    file: Path
    files: tuple[Path, ...]
    title: str
    version: str
    base_path: str
    operations: Mapping[str, Operation]
    resources: Mapping[str, Resource]
    refusals: Refusals
    conventions: Mapping[str, str]
    assumptions: Mapping[str, Assumption]
    documented: frozenset[str]
    schemas: Mapping[str, Schema]
    encoded: bytes
    warnings: tuple[Problem, ...] = field(default=(), compare=False)
    inference: Inference | None = field(default=None, compare=False)

    def document(self) -> dict[str, JsonValue]:
        """A copy of the document as one value, with every reference to another file made local."""
        value: dict[str, JsonValue] = json.loads(self.encoded)
        return value

    def assumption_at(self, pointer: str) -> Assumption | None:
        """The assumption that the node at `pointer` rests on: its own or its nearest ancestor's.

        None if it is documented. No vendor writes `x-resources` or `x-http`, so their nodes are assumed, unless the
        node or an ancestor is in `documented`.
        """
        for above in ancestors(pointer):
            found = self.assumptions.get(above)
            if found is not None and (found.with_all_below or above == pointer):
                return found
            if above in self.documented:
                return None
        return next((one for one in _OURS if pointer == one.pointer or pointer.startswith(f"{one.pointer}/")), None)

    def action_of(self, operation_id: str) -> tuple[Resource, RecordAction] | None:
        """The resource and the action of an operation; None if it is not an action."""
        for resource in self.resources.values():
            if operation_id in resource.actions:
                return resource, resource.actions[operation_id]
        return None

    def bulk_of(self, operation_id: str) -> tuple[Resource, BulkCreate] | None:
        """The resource of a bulk create, and how it works; None for any other operation."""
        for resource in self.resources.values():
            if operation_id in resource.bulk:
                return resource, resource.bulk[operation_id]
        return None

    def role_of(self, operation_id: str) -> tuple[Resource, Role] | None:
        """The resource that an operation works on, and its role; None if it belongs to no resource.

        For one of its `lists`, the resource has that as its list operation.
        """
        for resource in self.resources.values():
            for role, named in resource.operations.items():
                if named == operation_id:
                    return resource, role
            if operation_id in resource.lists:
                return resource.at_list(operation_id), Role.LIST
        return None
