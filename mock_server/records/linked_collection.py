"""Collections linked by references: records refer to existing ones, and a delete affects those that refer to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from random import Random
from threading import RLock
from typing import Any, NamedTuple

from mock_server.clock import Clock
from mock_server.records.collection import Collection, ListPage, ResourceRules
from mock_server.records.errors import ReferencedError, UnknownReferenceError
from mock_server.store.store import Query, Record, Selection, Stored, UnknownKeyError
from openapi.json_value import JsonValue
from openapi.model.links import OnDelete, RecordAction, Reference, Referrers


class Link(NamedTuple):
    """A reference, and the collection of the records that have it."""

    collection: LinkedCollection
    reference: Reference


class Links:
    """The linked collections of one state. Every write to one of them holds `lock`, so none sees half a cascade."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.collections: dict[str, LinkedCollection] = {}

    def add(self, collection: LinkedCollection) -> None:
        """Add a collection; call it for all of them before the first write."""
        self.collections[collection.resource.name] = collection

    def to(self, name: str) -> Iterator[Link]:
        """The references to records of the resource `name`."""
        for collection in self.collections.values():
            for reference in collection.resource.links:
                if reference.to == name:
                    yield Link(collection, reference)


class LinkedCollection(Collection):
    """A collection with references to or from records of any collection in `links`."""

    def __init__(self, rules: ResourceRules, clock: Clock, random: Random, links: Links) -> None:
        super().__init__(rules, clock, random)
        self.resource = rules.resource
        self._links = links
        self._described = [one for one in rules.resource.referrers.values() if one.is_described]
        links.add(self)

    @property
    def writing(self) -> AbstractContextManager[object]:
        """The lock of all linked collections."""
        return self._links.lock

    def create(self, sent: Record) -> Stored:
        """Create a record. Raises UnknownReferenceError, and as in an unlinked collection."""
        with self._links.lock:
            return self.completed(super().create(sent))

    def create_all(self, sent: Sequence[Record]) -> Sequence[Stored]:
        """Create several records, or none. Raises as in an unlinked collection."""
        with self._links.lock:
            return [self.completed(stored) for stored in super().create_all(sent)]

    def update(self, key: JsonValue, sent: Record) -> Stored:
        """Change the fields in `sent`. Raises UnknownReferenceError, and as in an unlinked collection."""
        with self._links.lock:
            return self.completed(super().update(key, sent))

    def merge(self, key: JsonValue, patch: Record) -> Stored:
        """Merge a JSON Merge Patch (RFC 7396). Raises UnknownReferenceError, and as in an unlinked collection."""
        with self._links.lock:
            return self.completed(super().merge(key, patch))

    def act(self, key: JsonValue, action: RecordAction, sent: Record) -> Stored:
        """Run an action on a record. Raises UnknownReferenceError, and as in an unlinked collection."""
        with self._links.lock:
            return self.completed(super().act(key, action, sent))

    def replace(self, key: JsonValue, sent: Record) -> Stored:
        """Replace the record. Raises UnknownReferenceError, and as in an unlinked collection."""
        with self._links.lock:
            return self.completed(super().replace(key, sent))

    def replace_or_create(self, key: JsonValue, sent: Record) -> tuple[Stored, bool]:
        """Replace the record, or create it with this key. Raises as in an unlinked collection."""
        stored, is_new = super().replace_or_create(key, sent)
        return self.completed(stored), is_new

    def marked(self, stored: Stored, sets: Mapping[str, JsonValue]) -> Stored:
        """A deleted record with the fields that its delete sets."""
        return self.completed(super().marked(stored, sets))

    def select(self, query: Query) -> Selection:
        """The records that `query` selects, with the computed fields that their schema has."""
        total, items = super().select(query)
        return Selection(total, self._all_completed(items))

    def newest_first(self) -> list[bytes]:
        """Every record as JSON, newest first, with the computed fields that its schema has."""
        return self._all_completed(super().newest_first())

    def read(self, key: JsonValue) -> Stored:
        """The record with `key`, and the fields computed from those that refer to it. Raises UnknownKeyError."""
        return self.as_read(super().read(key))

    def as_read(self, stored: Stored) -> Stored:
        """The record with the fields computed from those that refer to it."""
        return self._with(tuple(self.resource.referrers.values()), stored)

    def completed(self, stored: Stored) -> Stored:
        """The record with the computed fields that its schema has, which all responses show."""
        return self._with(self._described, stored)

    def _all_completed(self, items: list[bytes]) -> list[bytes]:
        if not self._described:
            return items
        key_of = self.resource.key_of
        return [self.completed(Stored(key_of(json.loads(item)), item)).encoded for item in items]

    def _with(self, computed: Sequence[Referrers], stored: Stored) -> Stored:
        if not computed:
            return stored
        record = {**stored.record, **{one.field: self._computed(one, stored.key) for one in computed}}
        return stored._replace(encoded=self._rules.store.encode(record).encode())

    def _computed(self, referrers: Referrers, key: JsonValue) -> JsonValue:
        collection = self._links.collections[referrers.resource]
        through = [
            replace(one, where=referrers.where)
            for one in collection.resource.links
            if one.field in referrers.through and one.to == self.resource.name
        ]
        if referrers.show == "count" and len(through) == 1 and not (referrers.where or through[0].many):
            return collection.number_of(through[0], key)
        found: dict[JsonValue, Record] = {}
        for reference in through:
            found |= {collection.resource.key_of(one): one for one in collection.referring(reference, key)}
        if referrers.show == "count":
            return len(found)
        if isinstance(referrers.show, str):
            return list(found)
        return [{name: one[name] for name in referrers.show if name in one} for one in found.values()]

    def delete(self, key: JsonValue) -> Stored:
        """Delete the record with `key`, and apply `on-delete` to the records that refer to it.

        Raises UnknownKeyError, or ReferencedError without changing anything.
        """
        with self._links.lock:
            stored = self.peek(key)
            deletes: dict[tuple[str, JsonValue], LinkedCollection] = {}
            changes = self.reach(stored.key, deletes)
            for change in changes:
                change()
            for (_, other), collection in deletes.items():
                collection.delete_alone(other)
        return stored

    def delete_alone(self, key: JsonValue) -> Stored:
        """Delete the record with `key` and nothing else."""
        return super().delete(key)

    def reach(
        self, key: JsonValue, deletes: dict[tuple[str, JsonValue], LinkedCollection]
    ) -> list[Callable[[], object]]:
        """Add to `deletes` the records deleted with this one; returns the changes to others. Raises ReferencedError."""
        deletes[self.resource.name, key] = self
        changes: list[Callable[[], object]] = []
        for collection, reference in self._links.to(self.resource.name):
            if reference.on_delete is OnDelete.KEEP:
                continue
            for holder in collection.referring(reference, key):
                other = collection.resource.key_of(holder)
                if (collection.resource.name, other) in deletes:
                    continue
                if reference.on_delete is OnDelete.REFUSE:
                    raise ReferencedError(collection.resource.name, reference, other)
                if reference.on_delete is OnDelete.CASCADE:
                    changes += collection.reach(other, deletes)
                else:
                    changes.append(partial(collection.unset, reference, other, key))
        return changes

    def referring(self, reference: Reference, key: JsonValue) -> Iterator[Record]:
        """The records that refer to `key` and fulfil the reference's condition."""
        found = self._store.select(Query(() if reference.many else ((reference.field, key),), "", 0, None)).items
        for item in found:
            record = json.loads(item)
            if key in reference.keys_in(record) and (reference.where is None or reference.where.holds(record)):
                yield record

    def number_of(self, reference: Reference, key: JsonValue) -> int:
        """How many records refer to `key` by a field that has one key."""
        return self._store.select(Query(((reference.field, key),), "", 0, 0)).total

    def unset(self, reference: Reference, key: JsonValue, gone: JsonValue) -> None:
        """Remove the reference to `gone` from the record with `key`, unless it is deleted too."""
        try:
            self._note(self._store.change(key, partial(self._without, reference, gone)))
        except UnknownKeyError:
            return

    def _without(self, reference: Reference, gone: JsonValue, old: Record) -> Record:
        name, fields = reference.field, self._rules.fields
        if reference.many:
            rest = [one for one in reference.keys_in(old) if one != gone]
            return fields.changed(old, {name: rest}, self._timeline)
        if reference.nullable:
            return fields.changed(old, {name: None}, self._timeline)
        return fields.merged(old, {name: None}, self._timeline)

    def _valid(self, record: Record, old: Record | None = None) -> Record:
        for reference in self.resource.links:
            if old is None or _is_new(reference, old, record):
                self._check(reference, record)
        return super()._valid(record, old)

    def _check(self, reference: Reference, record: Record) -> None:
        target = self._links.collections[reference.to]
        for index, key in enumerate(reference.keys_in(record)):
            own = key == self.resource.key_of(record) and target is self
            if not (own or target.has(key)):
                path = (reference.field, index) if reference.many else (reference.field,)
                raise UnknownReferenceError(reference, path, key)

    def has(self, key: JsonValue) -> bool:
        """Whether there is a record with `key`."""
        try:
            self._store.read(key)
        except UnknownKeyError:
            return False
        return True

    def list(self, query: Query) -> ListPage:
        """The page of records that `query` selects, with the computed fields that their schema has."""
        page = super().list(query)
        return page._replace(items=self._all_completed(page.items)) if self._described else page


def _is_new(reference: Reference, old: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Whether a change sets the reference or fulfils its condition; other references may be to deleted records."""
    if old.get(reference.field) != record.get(reference.field):
        return True
    where = reference.where
    return where is not None and where.holds(record) and not where.holds(old)
