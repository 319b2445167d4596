"""Undocumented behaviour of a service: listed in the report, never a failure."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from openapi import Operation, SchemaViolation
from openapi.json_value import JsonValue
from openapi.messages import shown

_KINDS = {"str": "text", "bool": "boolean", "int": "number", "float": "number", "NoneType": "null"}


@dataclass
class Observations:
    """Sentences about the service, each with how often it was observed."""

    seen: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def note(self, sentence: str) -> None:
        """Count one sentence."""
        with self._lock:
            self.seen[sentence] = self.seen.get(sentence, 0) + 1

    def status(self, operation: Operation, status: int) -> None:
        """Note an undeclared status."""
        self.note(f"{operation.id} returned {status}, which {operation.pointer}/responses does not declare")

    def field(self, operation: Operation, pointer: str, name: str, value: JsonValue) -> None:
        """Note an undeclared field of a response; only the type of its value, which may be personal data."""
        kind = _KINDS.get(type(value).__name__, type(value).__name__)
        self.note(f"{operation.id} returned the field {name} ({kind}), which {pointer} does not describe")

    def value(self, operation: Operation, violation: SchemaViolation, value: JsonValue) -> None:
        """Note a value that an enumeration lacks."""
        self.note(f"{operation.id} returned {shown(value)}, which is not in {violation.rests_on}")
