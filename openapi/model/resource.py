"""A resource: records of one kind, and the operations that work on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType

from openapi.envelope import BARE, Envelope
from openapi.json_value import JsonValue
from openapi.messages import shown
from openapi.model.fields import FieldRule, Magic, Transition, Unique
from openapi.model.links import Action, Parent, Reference, Referrers, SoftDelete
from openapi.model.lists import BulkCreate, Listing, OtherList
from openapi.schemas import Schema


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

    `key` is the record's field in the last placeholder of `item`, `key_parameter`. `shown` are the fields
    that the response of a role shows; None for all. Roles whose response is not a record are not in it.
    `write_only` are the fields of a create or update body that a record doesn't have (`writeOnly`, or `not-stored`).
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
    key_parameter: str
    collection: str
    item: str
    operations: Mapping[Role, str]
    role_pointers: Mapping[Role, str]
    shown: Mapping[Role, tuple[str, ...] | None]
    listing: Listing | None
    unique: tuple[Unique, ...]
    fields: Mapping[str, FieldRule]
    references: Mapping[str, Reference]
    actions: Mapping[str, Action]
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

    def __post_init__(self) -> None:
        """Derive the links."""
        above = () if self.parent is None else (self.parent.reference,)
        object.__setattr__(self, "links", (*self.references.values(), *above))

    def request(self, operation: str) -> Envelope:
        """The place of the record in the body of an operation."""
        return self.requests.get(operation, BARE)

    def response(self, operation: str) -> Envelope:
        """The place of the record in the response of an operation; for a list, in each item."""
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

    @property
    def impossible_keys(self) -> tuple[str, ...]:
        """The texts that can't be a key, because they would change the path of the record.

        An empty segment leads to the collection, and clients remove dot segments (RFC 3986, section 5.2.4).
        """
        if self.is_singleton:
            return ()
        return ("", ".", "..") if self.item.endswith(f"/{{{self.key_parameter}}}") else ("",)

    def impossible_key(self, key: JsonValue) -> str | None:
        """Why `key` can't be the key of a record, and what to write instead; None if it can."""
        if key not in self.impossible_keys:
            return None
        *others, last = map(shown, self.impossible_keys)
        texts = f"{', '.join(others)} or {last}" if others else last
        return f"{shown(key)} can't be in the path {self.item}; write a text other than {texts}"
