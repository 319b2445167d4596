"""Maps keys of the service to records of the mock."""

from __future__ import annotations

import json
from contextlib import suppress

from mock_server.http.messages import HttpRequest
from mock_server.recording.recorder import Recorder
from mock_server.records.collection import Collection
from mock_server.records.state import State
from mock_server.store.store import Query, UnknownKeyError
from openapi.contract import Contract
from openapi.json_value import JsonValue
from openapi.keys import parts_of
from openapi.model.http import Operation
from openapi.model.resource import Resource

_ONE = Query((), "", 0, 1)


class Keys:
    """Finds records by the keys in paths: the mock's own, and the original keys of learned records."""

    def __init__(self, contract: Contract, recorder: Recorder) -> None:
        self._contract = contract
        self._recorder = recorder

    def in_path(self, operation: Operation, request: HttpRequest) -> str | None:
        """The key of a record in the path of a request to `operation`."""
        resource = self.resource_of(operation)
        if resource is None or not all(name in request.path_values for name in resource.key_parameters):
            return None
        return str(resource.key_in_path(request.path_values)) if resource.key_parameters else None

    def resource_of(self, operation: Operation) -> Resource | None:
        """The resource that an operation or an action works on."""
        found = self._contract.role_of(operation.id) or self._contract.action_of(operation.id)
        return found[0] if found else None

    def known(self, collection: Collection, resource: Resource, text: str) -> JsonValue | None:
        """The key of the record that `text` identifies; None if the mock does not have it."""
        learned = self._learned(resource, text)
        for known in (text, learned):
            is_number = known.isascii() and known.isdecimal() and len(known) < 19
            for key in (known, int(known)) if is_number else (known,):
                with suppress(UnknownKeyError):
                    return collection.peek(key).key
        return None

    def _learned(self, resource: Resource, text: str) -> str:
        """The key that a learned record has in place of that of the service."""
        field_text = self._recorder.redactor.field_text
        if not resource.has_joint_key:
            return field_text(resource, resource.key, text)
        parts = parts_of(text, resource.key) or {}
        return str(resource.key_of({name: field_text(resource, name, part) for name, part in parts.items()}))

    def translated(self, state: State, operation: Operation, request: HttpRequest) -> HttpRequest:
        """`request` with the key that its record has in the mock, if it has one."""
        return self._with_key(state, operation, request, or_some=False)

    def translated_to_some(self, state: State, operation: Operation, request: HttpRequest) -> HttpRequest:
        """The same, with the key of any record if the mock does not have this one."""
        return self._with_key(state, operation, request, or_some=True)

    def _with_key(self, state: State, operation: Operation, request: HttpRequest, *, or_some: bool) -> HttpRequest:
        resource, text = self.resource_of(operation), self.in_path(operation, request)
        if resource is None or text is None:
            return request
        collection = state[resource.name]
        key = self.known(collection, resource, text)
        if key is None and or_some:
            key = next((resource.key_of(json.loads(one)) for one in collection.select(_ONE).items), None)
        if key is None:
            return request
        values = map(str, resource.key_values(key).values())
        found = dict(zip(resource.key_parameters, values, strict=True))
        return request._replace(path_values={**request.path_values, **found})
