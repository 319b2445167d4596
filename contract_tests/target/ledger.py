"""The records that a run creates, written to disk before each request, so that a crash loses none of them."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from contract_tests.target import tags
from openapi.contract import JsonValue

_LETTERS = "bcdfghjklmnpqrstvwxz"
"""No vowels, so that tags are not part of words."""


class LedgerError(Exception):
    """A ledger that can't be used. `str()` of it is the whole message."""


@dataclass
class Ledger:
    """The records of one run, as JSON lines in `file`; each line is flushed to disk.

    `created` are the keys of records that are not removed yet, `gone` those of removed records, both by resource.
    `invented` are keys that this run made up, which no record has. `pending` are creates without a response, as the
    body that was sent. `tag` is the prefix of every tag of the run.
    """

    file: Path
    target: str
    created: dict[str, set[str]] = field(default_factory=dict)
    invented: set[str] = field(default_factory=set)
    gone: dict[str, set[str]] = field(default_factory=dict)
    pending: dict[int, tuple[str, dict[str, JsonValue]]] = field(default_factory=dict)
    total: int = 0
    tag: str = field(default_factory=lambda: "t" + "".join(secrets.choice(_LETTERS) for _ in range(6)))
    _next: int = 0
    _tags: Iterator[tuple[str, ...]] = field(default_factory=lambda: product(tags.LETTERS, repeat=tags.VARIES))

    def new_tag(self) -> str:
        """A text that no record has contained before. Its prefix is random, whatever the seed."""
        return self.tag + "".join(next(self._tags))

    def begin(self) -> None:
        """Start the file. Raises LedgerError if it can't be written."""
        try:
            self.file.touch(mode=0o600)
            self._write({"event": "began", "target": self.target, "tag": self.tag})
        except OSError as error:
            raise LedgerError(
                f"{self.file}: cannot be written ({error.strerror}); name another file with --ledger"
            ) from None

    def creating(self, resource: str, body: dict[str, JsonValue]) -> int:
        """Note that a create is about to be sent. Returns its number, for `answered`."""
        self._next += 1
        self.pending[self._next] = (resource, body)
        self._write({"event": "creating", "number": self._next, "resource": resource, "body": body})
        return self._next

    def answered(self, number: int, key: str | None) -> None:
        """Note the result of create `number`: the key of the new record, or None if there is none."""
        resource, _ = self.pending.pop(number)
        if key is not None:
            self.created.setdefault(resource, set()).add(key)
            self.total += 1
        self._write({"event": "answered", "number": number, "resource": resource, "key": key})

    def removed(self, resource: str, key: str) -> None:
        """Note that a record was removed."""
        if key in self.created.get(resource, ()):
            self.created[resource].discard(key)
            self.gone.setdefault(resource, set()).add(key)
        self._write({"event": "removed", "resource": resource, "key": key})

    def remains(self, resource: str, key: str) -> None:
        """Note that a record still exists although its removal succeeded."""
        self.gone.get(resource, set()).discard(key)
        self.created.setdefault(resource, set()).add(key)
        self._write({"event": "remains", "resource": resource, "key": key})

    def finish(self) -> None:
        """Delete the file unless something is left behind."""
        if not self.pending and not any(self.created.values()) and self.file.exists():
            self.file.unlink()

    def _write(self, event: dict[str, Any]) -> None:
        with self.file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(event) + "\n")
            lines.flush()
            os.fsync(lines.fileno())


def read_ledger(file: Path) -> Ledger:
    """The ledger in `file`. A truncated last line is ignored. Raises LedgerError."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LedgerError(f"{file}: cannot be read ({error}); name the ledger that the run printed") from None
    ledger = Ledger(file, "")
    for number, line in enumerate(lines, 1):
        try:
            _apply(ledger, json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            if number < len(lines):
                raise LedgerError(
                    f"{file}:{number}: invalid line ({error}); name the ledger that the run printed"
                ) from None
    if not ledger.target:
        raise LedgerError(f"{file}: names no target; name the ledger that the run printed")
    return ledger


def _apply(ledger: Ledger, event: dict[str, Any]) -> None:
    kind = event["event"]
    if kind == "began":
        ledger.target, ledger.tag = event["target"], event.get("tag", "")
    elif kind == "creating":
        ledger.pending[event["number"]] = (event["resource"], event["body"])
    elif kind == "answered":
        ledger.pending.pop(event["number"], None)
        if event["key"] is not None:
            ledger.created.setdefault(event["resource"], set()).add(event["key"])
    elif kind == "remains":
        ledger.created.setdefault(event["resource"], set()).add(event["key"])
    elif kind == "removed":
        held = ledger.created.get(event["resource"], set())
        if event["key"] in held:
            held.remove(event["key"])
            ledger.gone.setdefault(event["resource"], set()).add(event["key"])
