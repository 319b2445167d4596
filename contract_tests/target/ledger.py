"""The records that a run creates, written to disk before each request, so that a crash loses none of them."""

from __future__ import annotations

import json
import os
import re
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias

from contract_tests.target import tags
from openapi.json_value import JsonValue

Body: TypeAlias = Mapping[str, JsonValue]
RecordKey: TypeAlias = tuple[str, str]
"""The name of a resource, and the key of a record."""

_LETTERS = "bcdfghjklmnpqrstvwxz"
"""Without vowels, so that tags are not part of words."""
TAG = re.compile(f"t[{_LETTERS}]{{6}}")
"""The format of a run's tag."""

UNDER_WAY: ContextVar[str] = ContextVar("UNDER_WAY", default="")
"""The property that sends requests in this thread: its records and requests are counted for it.

'' if there is none.
"""


class LedgerError(Exception):
    """A ledger that can't be used. `str()` of it is the whole message."""


def new_run_tag(shard: int | None = None) -> str:
    """A random tag of a run. In a shard's tag, two letters are its number, so that no two shards have the same one."""
    random = "".join(secrets.choice(_LETTERS) for _ in range(6 if shard is None else 4))
    number = "" if shard is None else "".join(_LETTERS[digit] for digit in divmod(shard - 1, len(_LETTERS)))
    return f"t{number}{random}"


def endings(lane: int) -> Iterator[str]:
    """The varying letters for the tags of a lane, which no other lane uses; LANES is the one with the mixed ones."""
    for letters in product(tags.LETTERS, repeat=tags.VARIES):
        lanes = {tags.LETTERS.index(one) % tags.LANES for one in letters}
        if lanes == {lane} or (lane == tags.LANES and len(lanes) > 1):
            yield "".join(letters)


@contextmanager
def under_way(name: str) -> Iterator[None]:
    """Within this context, requests belong to the property `name`."""
    token = UNDER_WAY.set(name)
    try:
        yield
    finally:
        UNDER_WAY.reset(token)


@dataclass
class Ledger:
    """The records of one run, as JSON lines in `file`. Each line has a checksum, and is written before the run goes on.

    Lines about existing records are also flushed to disk, so that a crash of the whole machine loses none of them.
    Lines about removed records are not: without them, the clean-up looks for more than is left.

    `created` are the keys of records that are not removed yet, `gone` those of removed records, `foreign` those of
    records that are not ours, all by resource. `invented` are keys that this run made up, which no record has.
    `pending` are creates with an unknown result, as the body that was sent: without a response, or `accepted` with a
    response that does not show the record. `bodies` are the bodies that created records. `tag` is the prefix of every
    tag of the run.
    `refused` are rejected creates by resource and property, as the bodies by number, until `looked_for`: the service
    may have stored them anyway. `owners` are the properties that created the records, '' for none; `creates` the
    numbers of their creates: a service may give the key of a removed record to another one.
    `stopped` is why the run creates nothing more, '' while it does. `total` counts created records, `removals` those
    that were removed. `number` is that of the last create, `checksum` that of the last line.
    """

    file: Path
    target: str
    created: dict[str, set[str]] = field(default_factory=dict)
    invented: set[str] = field(default_factory=set)
    gone: dict[str, set[str]] = field(default_factory=dict)
    foreign: dict[str, set[str]] = field(default_factory=dict)
    pending: dict[int, tuple[str, Body]] = field(default_factory=dict)
    accepted: set[int] = field(default_factory=set)
    bodies: dict[RecordKey, Body] = field(default_factory=dict)
    stopped: str = ""
    total: int = 0
    removals: int = 0
    number: int = 0
    checksum: str = ""
    tag: str = field(default_factory=new_run_tag)
    refused: dict[tuple[str, str], dict[int, Body]] = field(default_factory=dict)
    owners: dict[RecordKey, str] = field(default_factory=dict)
    creates: dict[RecordKey, int] = field(default_factory=dict)
    _sent_by: dict[int, str] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _tags: tuple[Iterator[str], ...] = field(default_factory=lambda: tuple(map(endings, range(tags.LANES + 1))))

    def new_tag(self, lane: int = tags.LANES) -> str:
        """A text that no record has contained before. Its prefix is random, independent of the seed.

        The varying letters of each `lane` are its own, so that no part of a tag is in a tag of another lane. The last
        lane has mixed letters, for when nothing else runs, or when a lane has used up its own.
        """
        with self._lock:
            return self.tag + (next(self._tags[lane], None) or next(self._tags[tags.LANES]))

    def created_by(self, resource: str, owner: str) -> list[str]:
        """The keys of the records of a property that are not removed yet, sorted."""
        return [key for key in sorted(self.created.get(resource, ())) if self.owners.get((resource, key), "") == owner]

    def begin(self) -> None:
        """Start the file. Raises LedgerError if it can't be written, or has the records of an earlier run."""
        try:
            self.file.touch(mode=0o600)
            used = self.file.is_file() and self.file.stat().st_size > 0
            if not used:
                self._write({"event": "began", "target": self.target, "tag": self.tag})
        except OSError as error:
            message = f"{self.file}: can't be written ({error.strerror}); name another file with --ledger"
            raise LedgerError(message) from None
        if used:
            advice = f"remove them with --clean-up {self.file}, or name another file with --ledger"
            raise LedgerError(f"{self.file}: has records of an earlier run; {advice}")

    def stop(self, why: str) -> None:
        """Create nothing more. The first reason counts."""
        self.stopped = self.stopped or why

    def creating(self, resource: str, body: Body) -> int:
        """Note that a create is about to be sent. Returns its number, for `answered`."""
        with self._lock:
            self.number += 1
            self.pending[self.number] = (resource, body)
            self._sent_by[self.number] = UNDER_WAY.get()
            self._write({"event": "creating", "number": self.number, "resource": resource, "body": dict(body)})
            return self.number

    def answered(self, number: int, key: str | None) -> None:
        """Note the result of create `number`: the key of the new record, or None if there is none."""
        with self._lock:
            resource, body = self.pending.pop(number)
            owner = self._sent_by.pop(number, "")
            if key is not None:
                self.owners[resource, key] = owner
                self.creates[resource, key] = number
                created = self.created.setdefault(resource, set())
                # A create that is repeated with the same idempotency key creates nothing.
                self.total += number not in self.accepted and key not in created
                created.add(key)
                self.bodies[resource, key] = body
            self.accepted.discard(number)
            self._write({"event": "answered", "number": number, "resource": resource, "key": key})

    def unknown(self, number: int) -> None:
        """Note that create `number` succeeded although the key of the record is unknown. It stays pending."""
        with self._lock:
            self.accepted.add(number)
            self.total += 1
            self._write({"event": "unknown", "number": number})

    def refuse(self, number: int) -> None:
        """Note that create `number` was rejected. The service may have stored the record anyway."""
        with self._lock:
            resource, body = self.pending.pop(number)
            self.refused.setdefault((resource, self._sent_by.pop(number, "")), {})[number] = body
            self._write({"event": "refused", "number": number}, is_gone=True)

    def looked_for(self, resource: str, owner: str) -> None:
        """Note that the records of the rejected creates of a property were looked for."""
        with self._lock:
            numbers = self.refused.pop((resource, owner), {})
            events = ({"event": "answered", "number": one, "resource": resource, "key": None} for one in numbers)
            self._write(*events, is_gone=True)

    def removed(self, resource: str, key: str) -> None:
        """Note that a record was removed."""
        with self._lock:
            if key in self.created.get(resource, ()):
                self.created[resource].discard(key)
                self.gone.setdefault(resource, set()).add(key)
                self.removals += 1
            self._write({"event": "removed", "resource": resource, "key": key}, is_gone=True)

    def remains(self, resource: str, key: str) -> None:
        """Note that a record still exists although its removal succeeded."""
        with self._lock:
            self.gone.get(resource, set()).discard(key)
            self.created.setdefault(resource, set()).add(key)
            self.removals -= 1
            self._write({"event": "remains", "resource": resource, "key": key})

    def is_foreign(self, resource: str, key: str) -> None:
        """Note that a record is not ours: nothing more is sent to its key."""
        with self._lock:
            self.created.get(resource, set()).discard(key)
            self.foreign.setdefault(resource, set()).add(key)
            self._write({"event": "foreign", "resource": resource, "key": key})

    def disown(self, resource: str, key: str) -> None:
        """Note that a record in the ledger is not ours, although the response to its create had this key."""
        with self._lock:
            body = self.bodies.pop((resource, key), {})
            self.is_foreign(resource, key)
            number = self.creating(resource, body)
            self.accepted.add(number)
            self._write({"event": "unknown", "number": number})

    @property
    def open(self) -> bool:
        """Whether a record is left, or may be."""
        return self._has_creates or any(self.refused.values())

    @property
    def _has_creates(self) -> bool:
        return bool(self.pending) or any(self.created.values())

    def finish(self, *, nothing_left: bool = False) -> None:
        """Delete the file unless a record is left, or a create has an unknown result.

        `nothing_left` is whether the target has ended, together with all remaining records.
        """
        if (nothing_left or not self._has_creates) and self.file.exists():
            self.file.unlink()

    def _write(self, *events: dict[str, Any], is_gone: bool = False) -> None:
        with self.file.open("a", encoding="utf-8") as lines:
            for event in events:
                self.checksum = checksum_of(self.checksum, event)
                lines.write(json.dumps({**event, "sum": self.checksum}) + "\n")
            lines.flush()
            if not is_gone:
                os.fsync(lines.fileno())


def checksum_of(previous: str, event: Mapping[str, Any]) -> str:
    """The checksum of a line, which includes the lines before it."""
    return sha256(f"{previous}{json.dumps(event)}".encode()).hexdigest()[:16]
