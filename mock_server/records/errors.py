"""Why a write to a collection fails. Unknown keys and taken values are errors of `mock_server.store`."""

from __future__ import annotations

from collections.abc import Sequence

from mock_server.store.store import Record
from openapi.json_value import JsonValue
from openapi.model.links import Condition, Reference
from openapi.violations import SchemaViolation


class FullError(ValueError):
    """The collection has too many records, or too large ones, to add another."""


class InvalidRecordError(ValueError):
    """A write would make a record that breaks its schema; `violations` says how."""

    def __init__(self, violations: tuple[SchemaViolation, ...]) -> None:
        super().__init__(violations)
        self.violations = violations


class ImpossibleKeyError(ValueError):
    """A new record would have a key that its path can't hold, because of `field`: in the body, or `is_sent_in_path`."""

    def __init__(self, field: str, problem: str, *, is_sent_in_path: bool = False) -> None:
        super().__init__(problem)
        self.field = field
        self.is_sent_in_path = is_sent_in_path


class ItemError(ValueError):
    """One of several records can't be created, because of `reason`. `index` counts from 0."""

    def __init__(self, index: int, reason: ValueError) -> None:
        super().__init__(index, reason)
        self.index = index
        self.reason = reason


class OtherKeyError(ValueError):
    """The body of an update has another key than the path, by its `field`."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class WrongStateError(ValueError):
    """A record does not fulfil the condition of an action."""

    def __init__(self, condition: Condition, record: Record) -> None:
        super().__init__(condition)
        self.condition = condition
        self.record = record


class UnknownReferenceError(ValueError):
    """A write refers to a record, `key`, that does not exist; `path` is the JSON Pointer of the reference."""

    def __init__(self, reference: Reference, path: Sequence[str | int], key: JsonValue) -> None:
        super().__init__(reference.field, key)
        self.reference = reference
        self.path = path
        self.key = key


class ReferencedError(ValueError):
    """A record can't be deleted, because `holder`, a record of the resource `resource`, refers to it."""

    def __init__(self, resource: str, reference: Reference, holder: JsonValue) -> None:
        super().__init__(resource, holder)
        self.resource = resource
        self.reference = reference
        self.holder = holder
