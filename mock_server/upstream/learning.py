"""Keeps the records read from the service, redacted, so that the mock can work without it."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from weakref import WeakKeyDictionary, WeakSet

from mock_server.clock import parse_time
from mock_server.operations.record_errors import RECORD_ERRORS
from mock_server.recording.recorder import Recorder
from mock_server.recording.redactor import ValueLocation
from mock_server.records.collection import Collection
from mock_server.records.state import snapshot_of
from mock_server.sessions.seeding import is_keepable, keep
from mock_server.sessions.session import Session
from mock_server.store.store import Record, TakenError, UnknownKeyError
from mock_server.upstream.client import ServiceResponse
from mock_server.upstream.keys import Keys
from openapi.contract import Contract
from openapi.json_value import JsonValue
from openapi.model.fields import ServerMade
from openapi.model.http import Operation
from openapi.model.resource import Resource, Role
from openapi.pointers import resolve

_MOST_KNOWN = 1000
_EARLIEST = datetime.min.replace(tzinfo=UTC)


class Learner:
    """Learns the records of one contract's resources. `learned` counts stored or changed ones, `left_out` others."""

    def __init__(self, contract: Contract, recorder: Recorder, keys: Keys) -> None:
        self._contract = contract
        self._recorder = recorder
        self._keys = keys
        self._unordered: WeakSet[Session] = WeakSet()
        self._known: WeakKeyDictionary[Session, tuple[object, set[int]]] = WeakKeyDictionary()
        self.learned = 0
        self.left_out = 0

    def learn(
        self, session: Session, operation: Operation, key: str | None, received: ServiceResponse, value: JsonValue
    ) -> None:
        """Store the records in a response (its JSON value). `key` is the one in the request's path."""
        resource = self._keys.resource_of(operation)
        if resource is None:
            return
        _, role = self._contract.role_of(operation.id) or (resource, None)
        collection, status = session.state[resource.name], received.status
        # A polling client gets the same response repeatedly.
        mark, known = self._known.get(session, (None, set()))
        fingerprint = hash((operation.id, key, status, received.body))
        if mark is collection.mark and fingerprint in known:
            return
        if key is not None and (status in (404, 410) or (role is Role.DELETE and status < 300)):
            found = self._keys.known(collection, resource, key)
            if found is not None:
                # Other learned records may refer to it.
                with suppress(*RECORD_ERRORS):
                    collection.delete(found)
            return
        if status >= 300:
            return
        # Lists usually have the newest record first; `settle` sorts the rest.
        before = collection.mark
        for record in reversed(_records(resource, role, resource.response(operation.id).unwrap(value))):
            self._keep(session, resource, collection, record)
        if mark is before is collection.mark and len(known) < _MOST_KNOWN:
            known.add(fingerprint)
        else:
            self._known[session] = (collection.mark, {fingerprint})

    def settle(self, session: Session) -> None:
        """Put the learned records in the order of their creation."""
        if session not in self._unordered:
            return
        self._unordered.discard(session)
        held = snapshot_of(session.state)
        state = session.made(None)
        for name, resource in self._contract.resources.items():
            records = [json.loads(one) for one in held[name].store.in_creation()]
            field = _creation(resource)
            if field is not None:
                records.sort(key=partial(_created, field))
            keep(state, resource, records)
        session.show(state)

    def _keep(self, session: Session, resource: Resource, collection: Collection, original: JsonValue) -> None:
        redacted = self._recorder.redactor.value(resource.record, original, ValueLocation(resource))
        if not isinstance(redacted, dict) or not is_keepable(resource, redacted):
            self.left_out += 1
            return
        for _ in range(2):
            try:
                self._write(session, resource, collection, redacted)
            except TakenError as error:
                # The service has reused a deleted record's value for this one.
                with suppress(*RECORD_ERRORS):
                    collection.delete(resource.key_of(error.holder))
            except RECORD_ERRORS:
                break
            else:
                self.learned += 1
                return
        self.left_out += 1

    def _write(self, session: Session, resource: Resource, collection: Collection, record: Record) -> None:
        key = resource.key_of(record)
        try:
            if collection.peek(key).record != record:
                collection.put(key, record, _unchecked)
        except UnknownKeyError:
            collection.add(record, _unchecked)
            if _creation(resource) is not None:
                self._unordered.add(session)


def _unchecked(record: Record) -> Record:
    return record


def _created(field: str, record: Record) -> datetime:
    return parse_time(record.get(field)) or _EARLIEST


def _creation(resource: Resource) -> str | None:
    made = [one for one in resource.fields.values() if isinstance(one, ServerMade)]
    return next((one.field for one in made if one.kind == "time-of-creation"), None)


def _has_key(resource: Resource, record: Record) -> bool:
    return all(name in record for name in resource.key_fields)


def _records(resource: Resource, role: Role | None, value: JsonValue) -> list[JsonValue]:
    """The records in a response; an action, which has no role, may respond with anything."""
    if role is not Role.LIST:
        return [value] if isinstance(value, dict) and (role is not None or _has_key(resource, value)) else []
    if resource.listing is None:
        return []
    try:
        items = resolve(value, resource.listing.response.items)
    except (LookupError, ValueError):
        return []
    return items if isinstance(items, list) else []
