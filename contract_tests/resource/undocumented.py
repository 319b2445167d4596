"""What a service showed that the document doesn't say: listed for people, never a failure."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from openapi import Operation, SchemaViolation
from openapi.contract import JsonValue
from openapi.messages import shown


@dataclass
class Observations:
    """Sentences about the service, each with how often it was seen."""

    seen: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def note(self, sentence: str) -> None:
        """Count one sentence."""
        with self._lock:
            self.seen[sentence] = self.seen.get(sentence, 0) + 1

    def status(self, operation: Operation, status: int) -> None:
        """An undeclared status."""
        self.note(f"{operation.id} answered {status}, which {operation.pointer}/responses doesn't declare")

    def member(self, operation: Operation, pointer: str, name: str, value: JsonValue) -> None:
        """An undeclared member of an answer; only its kind is told, for it may be anybody's."""
        kind = {"str": "text", "bool": "boolean", "int": "number", "float": "number", "NoneType": "null"}
        told = kind.get(type(value).__name__, type(value).__name__)
        self.note(f"{operation.id} answered the member {name} ({told}), which {pointer} doesn't have")

    def value(self, operation: Operation, violation: SchemaViolation, value: JsonValue) -> None:
        """A value that an enumeration lacks."""
        self.note(f"{operation.id} answered {shown(value)}, which is not among {violation.rests_on}")
