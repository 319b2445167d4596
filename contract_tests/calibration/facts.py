"""The protocol facts that a run counts: which statuses and headers the service uses when."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass, field

from contract_tests.calibration.error_shape import ErrorSample
from openapi import JsonValue, Refusal, Role

_ENOUGH = 2
_EACH = 5


@dataclass
class Facts:
    """How often each value of a fact was observed, over all requests of a run.

    A fact is known only if every request agrees: an inconsistent status is a finding, not a fact.
    """

    errors: list[ErrorSample] = field(default_factory=list)
    _seen: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def error(self, sample: ErrorSample) -> None:
        """Keep one of the first errors of each status."""
        with self._lock:
            if sum(one.status == sample.status for one in self.errors) < _EACH:
                self.errors.append(sample)

    def success(self, role: Role, status: int) -> None:
        """Count the status of a successful operation."""
        self._count("success", role.value, str(status))

    def refusal(self, refusal: Refusal, status: int) -> None:
        """Count the status of a refused request."""
        self._count("refusal", refusal.value, str(status))

    def header(self, pointer: str, present: bool) -> None:
        """Count whether a response has a required header; `pointer` is its declaration."""
        self._count("header", pointer, "present" if present else "missing")

    def value(self, pointer: str, condition: JsonValue, value: JsonValue) -> None:
        """Count a value that a new record got by the rule at `pointer`, under a condition (None: any body)."""
        self._count(f"value {pointer}", json.dumps(condition), json.dumps(value))

    def values(self, pointer: str) -> dict[str, str | None]:
        """By condition, as JSON, the one value that new records got by a rule, as JSON; None if there were several."""
        kind = f"value {pointer}"
        seen = {name: counts for (of, name), counts in self._seen.items() if of == kind}
        return {name: next(iter(counts)) if len(counts) == 1 else None for name, counts in seen.items()}

    def success_status(self, role: Role) -> str | None:
        """The one status of a successful operation; None if unknown."""
        return self._known("success", role.value)

    def refusal_status(self, refusal: Refusal, least: int = _ENOUGH) -> str | None:
        """The one status of a kind of refusal, observed `least` times; None if unknown."""
        return self._known("refusal", refusal.value, least)

    def is_missing(self, pointer: str) -> bool:
        """Whether a required header was missing from every response that declares it."""
        return self._known("header", pointer) == "missing"

    def has_seen_header(self, pointer: str) -> bool:
        """Whether any response declared the header."""
        return ("header", pointer) in self._seen

    def evidence(self, kind: str, name: str) -> str:
        """How often a fact was observed, in words."""
        counts = self._seen[kind, name]
        return ", ".join(f"{value} in {count} of {counts.total()} responses" for value, count in counts.items())

    def _count(self, kind: str, name: str, value: str) -> None:
        with self._lock:
            self._seen.setdefault((kind, name), Counter())[value] += 1

    def _known(self, kind: str, name: str, least: int = _ENOUGH) -> str | None:
        counts = self._seen.get((kind, name), Counter())
        return next(iter(counts)) if len(counts) == 1 and counts.total() >= least else None
