"""Actions on records, and references between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from openapi.json_value import JsonValue
from openapi.model.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on a record: each of `fields` equals one of its values."""

    fields: Mapping[str, tuple[JsonValue, ...]]

    def holds(self, record: Mapping[str, JsonValue]) -> bool:
        """Whether the record fulfils the condition. A missing field equals no value."""
        return all(name in record and record[name] in values for name, values in self.fields.items())


NOW = "$now"
"""In `RecordAction.sets`: the time of the action (RFC 3339)."""


@dataclass(frozen=True, slots=True)
class RecordAction:
    """An operation that sets fields of one record: to the values in `sets`, and to those in its body.

    If the record does not fulfil `where`, the request is a conflict.
    """

    operation: str
    sets: Mapping[str, JsonValue]
    where: Condition | None
    pointer: str


GONE = "410"
"""The status for a deleted record (RFC 9110, section 15.5.11), if an operation declares it."""


@dataclass(frozen=True, slots=True)
class SoftDelete:
    """A service that remembers deleted records.

    A delete sets fields to the values in `sets`; its response shows the record if `shows_record`. A request for a
    deleted record gets 410 from an operation that declares that, and is otherwise like one for an unknown record.
    """

    sets: Mapping[str, JsonValue]
    shows_record: bool
    pointer: str


class OnDelete(Enum):
    """What happens to a record when a record that it refers to is deleted."""

    REFUSE = "refuse"
    CASCADE = "cascade"
    UNSET = "unset"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Reference:
    """A field with the key of a record of the resource `to`, or with a list of such keys (`many`).

    `unknown` is how a write with an unknown key is refused. `on_delete` applies to the records that fulfil `where`; the
    others keep the key. Unsetting writes null if `nullable`, and removes the field or the item otherwise.
    """

    field: str
    to: str
    many: bool
    nullable: bool
    unknown: Refusal
    on_delete: OnDelete
    where: Condition | None
    pointer: str

    def keys_in(self, record: Mapping[str, JsonValue]) -> list[JsonValue]:
        """The keys that the record refers to."""
        value = record.get(self.field)
        if self.many:
            return list(value) if isinstance(value, list) else []
        return [] if value is None else [value]


@dataclass(frozen=True, slots=True)
class Referrers:
    """A field that responses compute from the records of `resource` that refer to a record and fulfil `where`.

    It is their number (`show` is "count"), a list of their keys ("key"), or a list of objects with the fields in
    `show`. `through` are the fields with which they refer to it, or belong to it. If the record's schema has the field
    (`is_described`), each response with the record shows it, and otherwise only that of a read.
    """

    field: str
    resource: str
    through: tuple[str, ...]
    where: Condition | None
    show: str | tuple[str, ...]
    is_described: bool
    pointer: str


@dataclass(frozen=True, slots=True)
class Parent:
    """The resource that records belong to: the path parameter `parameter` has its key.

    `field` is the field of the records that has it; with `is_hidden`, only the mock's records have that field,
    but no response. `on_delete` is what happens when the parent is deleted.
    """

    resource: str
    parameter: str
    field: str
    is_hidden: bool
    on_delete: OnDelete
    pointer: str

    @property
    def reference(self) -> Reference:
        """The reference of `field`."""
        unknown = Refusal.UNKNOWN_RECORD
        return Reference(self.field, self.resource, False, False, unknown, self.on_delete, None, self.pointer)
