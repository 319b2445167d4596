"""Requests that are repeated with the same idempotency key (draft-ietf-httpapi-idempotency-key-header, section 2)."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from threading import Lock
from typing import NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

from mock_server.http.errors import RefusedError
from mock_server.http.messages import HttpResponse
from mock_server.http.validation import Values
from mock_server.records.collection import Collection
from mock_server.records.state import State
from openapi.model.http import Operation
from openapi.model.refusals import Refusal
from openapi.model.resource import Resource

MOST_KEYS = 1_000
MOST_BYTES = 16 * 1024 * 1024
"""How many keys of an operation a session remembers, and how many bytes of responses; it drops the oldest first."""

_Act: TypeAlias = Callable[[State, Values], HttpResponse]


class Done(NamedTuple):
    """A request that succeeded: the digest of what was sent, and the response."""

    digest: bytes
    response: HttpResponse


class Memory:
    """The requests that succeeded in one session, by their keys."""

    def __init__(self) -> None:
        self.lock = Lock()
        self._done: OrderedDict[str, Done] = OrderedDict()
        self._bytes = 0

    def find(self, key: str) -> Done | None:
        """The request with `key`."""
        return self._done.get(key)

    def add(self, key: str, done: Done) -> None:
        """Remember a request."""
        self._done[key] = done
        self._bytes += len(done.response.body)
        while len(self._done) > MOST_KEYS or self._bytes > MOST_BYTES:
            self._bytes -= len(self._done.popitem(last=False)[1].response.body)


def with_idempotency(resource: Resource, operation: Operation, act: _Act) -> _Act:
    """`act`, done once for each key: the same request gets the same response, and another one is refused.

    Only success is remembered. A second request with a key waits for the first.
    """
    header = operation.header(resource.idempotency_key) if resource.idempotency_key else None
    if header is None:
        return act
    name, field, status = header.name, header.name.lower(), operation.reused_key_status
    # A session that is reset or restored has other collections, and so an empty memory.
    memories: WeakKeyDictionary[Collection, Memory] = WeakKeyDictionary()
    lock = Lock()

    def act_once(state: State, values: Values) -> HttpResponse:
        key = values.headers.get(field)
        if key is None:
            return act(state, values)
        with lock:
            memory = memories.setdefault(state[resource.name], Memory())
        digest = _digest(values)
        with memory.lock:
            done = memory.find(key)
            if done is None:
                done = Done(digest, act(state, values))
                memory.add(key, done)
        if done.digest != digest:
            message = f"The {name} {key} was sent with another request; send a new one, or repeat that request."
            raise RefusedError(Refusal.CONFLICT, message, status=status)
        return done.response

    return act_once


def _digest(values: Values) -> bytes:
    sent = [values.path, values.query, values.body]
    return blake2b(json.dumps(sent, sort_keys=True, default=str).encode(), digest_size=16).digest()
