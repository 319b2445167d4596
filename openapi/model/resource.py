"""A resource: records of one kind, and the operations that work on them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from operator import methodcaller
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from openapi.envelope import BARE, Envelope
from openapi.flattening import flat, value_types
from openapi.json_value import JsonValue
from openapi.keys import PLACEHOLDER, SLOT, SLOTS, encoded, key_reader, parts_of
from openapi.messages import shown
from openapi.model.fields import FieldRule, Magic, Transition, Unique
from openapi.model.links import Parent, RecordAction, Reference, Referrers, SoftDelete
from openapi.model.lists import BulkCreate, Listing, OtherList
from openapi.schemas import Schema

INTEGER = re.compile(r"-?[0-9]{1,19}", re.ASCII)
"""The texts of a path that are integers in records."""


class Role(Enum):
    """What an operation does to a resource."""

    LIST = "list"
    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Resource:
    """A collection of records that the operations share.

    `key` is the name of the key (`openapi.keys`): a field, or several in braces, `key_fields`. The last placeholders of
    `item`, `key_parameters`, hold it. `shown` are the fields that the response of a role shows; None for all. Roles
    whose response is not a record are not in it. `write_only` are the fields of a create or update body that a record
    doesn't have (`writeOnly`, or `not-stored`).
    `mock_only` is whether the check may write such records only to its own mock.
    `keeps_deleted_values` is whether a unique value of a deleted record stays taken. `bodies` are the schemas of the
    record in the bodies of create, update and replace; `requests` and `responses` say where it is, by operationId.
    A singleton (`is_singleton`) is one record at the path `item`, with a key that no request or response has.
    `etag` is the pointer of the keyword that gives records entity tags; "" without it. `idempotency_key` is the header
    parameter with which writes can be repeated; "" for none.
    """

    name: str
    record: Schema
    key: str
    key_fields: tuple[str, ...]
    key_parameters: tuple[str, ...]
    collection: str
    item: str
    operations: Mapping[Role, str]
    role_pointers: Mapping[Role, str]
    shown: Mapping[Role, tuple[str, ...] | None]
    listing: Listing | None
    unique: tuple[Unique, ...]
    fields: Mapping[str, FieldRule]
    references: Mapping[str, Reference]
    actions: Mapping[str, RecordAction]
    write_only: frozenset[str]
    transitions: tuple[Transition, ...]
    magic: tuple[Magic, ...]
    pointer: str
    keeps_deleted_values: bool = False
    mock_only: bool = False
    is_singleton: bool = False
    referrers: Mapping[str, Referrers] = field(default_factory=dict)
    parent: Parent | None = None
    etag: str = ""
    idempotency_key: str = ""
    bodies: Mapping[Role, Schema] = field(default_factory=dict)
    requests: Mapping[str, Envelope] = field(default_factory=dict)
    responses: Mapping[str, Envelope] = field(default_factory=dict)

    soft_delete: SoftDelete | None = None
    creates_by_replace: bool = False
    """Whether a replacement with an unknown key creates a record, with the status 201."""

    lists: Mapping[str, OtherList] = field(default_factory=dict)
    """Further operations that list the records, by operationId."""

    bulk: Mapping[str, BulkCreate] = field(default_factory=dict)
    """The operations that create several records at once, by operationId."""

    keyed_by_body: frozenset[Role] = frozenset()
    """The roles whose operations have the key in the body instead of the path."""

    links: tuple[Reference, ...] = field(init=False)
    """The references to records of other resources, including the parent."""

    has_joint_key: bool = field(init=False)
    """Whether the key has several fields."""

    key_of: Callable[[Mapping[str, Any]], Any] = field(init=False, compare=False)
    """A function that returns the key of a record; None if it has none."""

    key_template: str = field(init=False)
    """The placeholders of the key in the paths of the records, such as `{id}` or `{market}/{symbol}`."""

    key_slot: str = field(init=False)
    """What replaces them in the path templates of requests, `{key}` or `{+key}` (`openapi.keys`)."""

    def __post_init__(self) -> None:
        """Derive the links, and what follows from the key."""
        above = () if self.parent is None else (self.parent.reference,)
        object.__setattr__(self, "links", (*self.references.values(), *above))
        joint, first = len(self.key_parameters) > 1, f"{{{''.join(self.key_parameters[:1])}}}"
        object.__setattr__(self, "has_joint_key", joint)
        object.__setattr__(self, "key_of", key_reader(self.key) if joint else methodcaller("get", self.key))
        template = self.item[self.item.index(first) :].removesuffix("/") if joint else first
        object.__setattr__(self, "key_template", template)
        object.__setattr__(self, "key_slot", SLOTS if joint else SLOT)

    def request(self, operation: str) -> Envelope:
        """Where the record is in the body of an operation."""
        return self.requests.get(operation, BARE)

    def response(self, operation: str) -> Envelope:
        """Where the record is in the response of an operation; for a list, in each item."""
        return self.responses.get(operation, BARE)

    def at_list(self, operation: str) -> Resource:
        """The resource with another of its `lists` as its list operation."""
        other = self.lists[operation]
        return replace(
            self,
            operations=MappingProxyType({**self.operations, Role.LIST: operation}),
            role_pointers=MappingProxyType({**self.role_pointers, Role.LIST: other.listing.pointer}),
            shown=MappingProxyType({**self.shown, Role.LIST: other.shown}),
            listing=other.listing,
        )

    def key_values(self, key: JsonValue) -> dict[str, JsonValue]:
        """The values of the key's fields in a record with `key`; empty if it can't be the key of a record."""
        if not self.has_joint_key:
            return {self.key: key}
        properties, document = self.record.node["properties"], self.record.document
        values: dict[str, JsonValue] = {}
        for name, text in (parts_of(str(key), self.key) or {}).items():
            is_integer = value_types(flat(document, properties[name])) == ("integer",)
            values[name] = int(text) if is_integer and INTEGER.fullmatch(text) else text
        return values

    def same_in_all(self, text: str) -> str:
        """The key with `text` in all of its fields."""
        return PLACEHOLDER.sub(encoded(text), self.key) if self.has_joint_key else text

    def path_of(self, key: JsonValue, template: str | None = None) -> str:
        """The path of the record with `key`; its key in another path `template` of it."""
        text = str(key) if self.has_joint_key else encoded(key)
        return self._with_key(text, template)

    def slotted(self, template: str | None = None) -> str:
        """A path template, by default that of a record, with `{key}` or `{+key}` in place of the key's placeholders."""
        return self._with_key(self.key_slot, template)

    def _with_key(self, text: str, template: str | None) -> str:
        template = self.item if template is None else template
        return template.replace(self.key_template, text) if self.key_parameters else template

    def key_in_segments(self, segments: Sequence[str]) -> str:
        """The key that the last of these segments of a path have, which are percent-encoded."""
        own = [unquote(one) for one in segments[-len(self.key_parameters) :]]
        return PLACEHOLDER.sub("{}", self.key).format(*map(encoded, own)) if self.has_joint_key else own[-1]

    def key_in_path(self, values: Mapping[str, JsonValue]) -> JsonValue:
        """The key that the path parameters `values` have."""
        if not self.has_joint_key:
            return values[self.key_parameters[0]]
        template = PLACEHOLDER.sub("{}", self.key)
        return template.format(*(encoded(values[name]) for name in self.key_parameters))

    @property
    def impossible_keys(self) -> tuple[str, ...]:
        """The texts that a field of the key can't have, because they would change the path of the record.

        An empty segment leads to the collection, and clients remove dot segments (RFC 3986, section 5.2.4).
        """
        if self.is_singleton:
            return ()
        return ("", ".", "..") if self.has_joint_key or self.item.endswith(f"/{self.key_template}") else ("",)

    def impossible_value(self, value: JsonValue) -> str | None:
        """Why a field of the key can't have `value`, and what to write instead; None if it can."""
        if value not in self.impossible_keys:
            return None
        *others, last = map(shown, self.impossible_keys)
        texts = f"{', '.join(others)} or {last}" if others else last
        return f"{shown(value)} can't be in the path {self.item}; write a text other than {texts}"

    def impossible_key(self, record: Mapping[str, JsonValue]) -> tuple[str, str] | None:
        """The field with an impossible value, and what is wrong with it; None if the key is possible."""
        found = ((name, self.impossible_value(record.get(name))) for name in self.key_fields)
        return next(((name, problem) for name, problem in found if problem is not None), None)
