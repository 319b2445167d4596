"""The unique values of deleted records, for a service that never reuses them."""

from __future__ import annotations

import json
from collections.abc import Hashable

from mock_server.store.store import Record, TakenError
from openapi.model.resource import Resource


class SpentValues:
    """The unique values of deleted records. `by_value` has the record of each."""

    def __init__(self, resource: Resource) -> None:
        self._unique = [one.fields for one in resource.unique]
        self._key_of = resource.key_of
        self.by_value: dict[Hashable, Record] = {}

    def note(self, record: Record) -> None:
        """Note a record that is deleted."""
        for fields in self._unique:
            self.by_value[self._value(fields, record)] = record

    def check(self, record: Record) -> None:
        """Raise TakenError for a record with a value of another, deleted one."""
        for fields in self._unique:
            holder = self.by_value.get(self._value(fields, record))
            if holder is not None and self._key_of(holder) != self._key_of(record):
                raise TakenError(fields, holder)

    @staticmethod
    def _value(fields: tuple[str, ...], record: Record) -> Hashable:
        return fields, json.dumps([record.get(field) for field in fields], sort_keys=True)
