"""Decides from values alone which requests may be sent. Everything not known to be safe is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from contract_tests.target.ledger import Ledger
from contract_tests.target.printing import printable
from openapi import Contract, Resource, Role, ServerMade
from openapi.envelope import BARE, Envelope
from openapi.json_value import json_or_none
from openapi.path_templates import pattern, regex

SAFE = ("GET", "HEAD", "OPTIONS")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}(?![0-9])")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request to be sent. `url` is absolute, `body` is empty for none."""

    method: str
    url: str
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Permissions:
    """The permissions of a run at its target. `everything` is for a private mock."""

    base_url: str
    writes: bool
    everything: bool


@dataclass(frozen=True, slots=True)
class Allowed:
    """The request may be sent.

    `creates` is the resource that it may add a record to, `removes` the resource and key of the record that it deletes.
    `sent` and `shown` say where a new record is in the body and in the response; with `many` there are several, in
    arrays at these pointers.
    """

    creates: str | None = None
    sent: Envelope = BARE
    shown: Envelope = BARE
    many: bool = False
    removes: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The request must not be sent."""

    reason: str


class Guard:
    """Decides for one contract and one target."""

    def __init__(self, contract: Contract, permissions: Permissions, is_reserved: Callable[[str], bool]) -> None:
        self._permissions = permissions
        self._is_reserved = is_reserved
        self._creates = [
            (
                operation.method,
                pattern(operation.path),
                Allowed(resource.name, resource.request(operation.id), resource.response(operation.id)),
            )
            for resource in contract.resources.values()
            for role, name in resource.operations.items()
            if role is Role.CREATE
            for operation in (contract.operations[name],)
        ]
        self._creates += [
            (
                contract.operations[name].method,
                pattern(contract.operations[name].path),
                Allowed(one.name, Envelope(bulk.body), Envelope(bulk.response.items), many=True),
            )
            for one in contract.resources.values()
            for name, bulk in one.bulk.items()
        ]
        self._creating_puts = [
            (
                contract.operations[one.operations[Role.REPLACE]].method,
                pattern(one.item),
                Allowed(
                    one.name, one.request(one.operations[Role.REPLACE]), one.response(one.operations[Role.REPLACE])
                ),
            )
            for one in contract.resources.values()
            if one.creates_by_replace
        ]
        self._items = [
            (pattern(resource.item), resource.name)
            for resource in contract.resources.values()
            if not resource.is_singleton
        ]
        self._singletons = [pattern(one.item) for one in contract.resources.values() if one.is_singleton]
        self._keyed_by_body = [
            (one.method, pattern(one.path), resource.name, resource.request(one.id))
            for resource in contract.resources.values()
            for role in resource.keyed_by_body
            for one in (contract.operations[resource.operations[role]],)
        ]
        self._actions = {
            (contract.operations[name].method, pattern(contract.operations[name].path)): resource.name
            for resource in contract.resources.values()
            for name in resource.actions
        }
        self._mock_only = [
            (re.compile(regex(resource.collection) + ("" if resource.is_singleton else "(/.*)?")), resource.name)
            for resource in contract.resources.values()
            if resource.mock_only
        ]
        self._mock_only += [
            (pattern(contract.operations[name].path), resource.name)
            for resource in contract.resources.values()
            for name in resource.bulk
            if resource.mock_only
        ]
        self.resources = contract.resources
        self._lasting = {resource.name for resource in contract.resources.values() if keys_last(resource)}
        self._deletes = {
            resource.name: contract.operations[resource.operations[Role.DELETE]].method
            for resource in contract.resources.values()
            if Role.DELETE in resource.operations
        }

    def may_send(self, request: Outgoing, ledger: Ledger) -> Allowed | Refused:
        """Whether `request` may be sent, given the records that the run has created."""
        path = self._path(request.url)
        if path is None:
            return Refused(f"{request.url} is not below {self._permissions.base_url}")
        if request.method in SAFE:
            return Allowed()
        forbidden = self._forbidden(request, path)
        if forbidden:
            return Refused(forbidden)
        foreign = [number for number in numbers_in(request.body) if not self._is_reserved(number)]
        if foreign:
            return Refused(f"{foreign[0]} is not a reserved number")
        return self._may_create(request, path, ledger) or self._may_change(request, path, ledger)

    def _may_create(self, request: Outgoing, path: str, ledger: Ledger) -> Allowed | None:
        """What a request may create: by a create, or by a replacement with a key that the run has made up."""
        for method, paths, one in self._creates:
            if method == request.method and paths.fullmatch(path):
                return one
        for method, paths, one in self._creating_puts:
            match = paths.fullmatch(path)
            if match and method == request.method:
                key = _key_of(self.resources[one.creates or ""], match.groups())
                if self._is_unused(key, one, ledger):
                    return one
        return None

    def _forbidden(self, request: Outgoing, path: str) -> str:
        """Why the run or the document forbids a write; '' if it is allowed."""
        if not self._permissions.writes:
            return f"{request.method} is not allowed in a run that only reads; use --allow-writes"
        resource = next((name for paths, name in self._mock_only if paths.fullmatch(path)), None)
        if resource is None or self._permissions.everything:
            return ""
        return f"the document allows writes to {resource} in a mock only"

    def record_of(self, request: Outgoing) -> tuple[str, str] | None:
        """The resource and the key of the record that a request is for; None if there is none."""
        path = self._path(request.url)
        for method, paths, resource, envelope in self._keyed_by_body:
            if method == request.method and paths.fullmatch(path or ""):
                key = _key_in(request.body, envelope, self.resources[resource])
                return None if key is None else (resource, key)
        for paths, resource in (*self._items, *((paths, name) for (_, paths), name in self._actions.items())):
            match = paths.fullmatch(path or "")
            if match:
                return resource, _key_of(self.resources[resource], match.groups())
        return None

    def _may_change(self, request: Outgoing, path: str, ledger: Ledger) -> Allowed | Refused:
        record = self.record_of(request)
        if record is not None:
            resource, key = record
            acts = any(paths.fullmatch(path) for _, paths in self._actions)
            removes = record if self._deletes.get(resource) == request.method and not acts else None
            if self._permissions.everything or self._is_ours(resource, key, ledger):
                return Allowed(removes=removes)
            return Refused(f"{printable(key)} is not a record of this run")
        if self._permissions.everything or any(paths.fullmatch(path) for paths in self._singletons):
            return Allowed()
        return Refused(f"{request.method} {path} could change records that this run did not create")

    def _is_unused(self, key: str, creating: Allowed, ledger: Ledger) -> bool:
        """Whether a key was made up by the run, and is not that of a record yet."""
        return key in ledger.invented and key not in ledger.created.get(creating.creates or "", ())

    def _is_ours(self, resource: str, key: str, ledger: Ledger) -> bool:
        if key in ledger.foreign.get(resource, ()):
            return False
        if key in ledger.created.get(resource, ()) or key in ledger.invented:
            return True
        return resource in self._lasting and key in ledger.gone.get(resource, ())

    def _path(self, url: str) -> str | None:
        base, whole = urlsplit(self._permissions.base_url), urlsplit(url)
        if (base.scheme, base.netloc) != (whole.scheme, whole.netloc):
            return None
        prefix = base.path.rstrip("/")
        if not (whole.path == prefix or whole.path.startswith(prefix + "/")):
            return whole.path if self._permissions.everything else None
        return whole.path[len(prefix) :]


def keys_last(resource: Resource) -> bool:
    """Whether keys are never reused: UUIDs are not, sequential keys may be."""
    rule = resource.fields.get(resource.key)
    return isinstance(rule, ServerMade) and rule.kind == "uuid"


def _key_of(resource: Resource, segments: Sequence[str]) -> str:
    """The key that the placeholders of a path have."""
    return resource.key_in_segments(segments) if resource.has_joint_key else unquote(segments[-1])


def _key_in(body: bytes, envelope: Envelope, resource: Resource) -> str | None:
    """The key of the record in a body; None if it has none."""
    record = envelope.unwrap(json_or_none(body))
    key = resource.key_of(record) if isinstance(record, dict) else None
    return None if key is None else str(key)


def numbers_in(body: bytes) -> list[str]:
    """The phone numbers in a body: in its bytes and, if it is JSON, in its unescaped strings."""
    text = body.decode(errors="replace")
    with suppress(ValueError, RecursionError):
        text += "\n" + json.dumps(json.loads(body), ensure_ascii=False)
    return _NUMBER.findall(text)
