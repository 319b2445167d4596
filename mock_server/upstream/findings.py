"""Findings about the service since the start: counts, and each kind of deviation and difference once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from mock_server.http.messages import Deviation
from openapi.json_value import JsonValue

_MOST = 200
_INDEX = re.compile(r"/[0-9]+(?=/|$)")


@dataclass(slots=True)
class _Counts:
    forwarded: int = 0
    failed: int = 0


@dataclass(slots=True)
class Findings:
    """The counts of each operation, and up to 200 kinds of findings, each with an example and its count."""

    counts: dict[str, _Counts] = field(default_factory=dict)
    _deviations: dict[tuple[str, ...], tuple[Deviation, int]] = field(default_factory=dict)
    _differences: dict[tuple[str, str], int] = field(default_factory=dict)

    def note(
        self, operation_id: str, deviations: Sequence[Deviation], differences: Sequence[str], *, failed: bool = False
    ) -> None:
        """Count a forwarded request and its findings."""
        counts = self.counts.setdefault(operation_id, _Counts())
        counts.forwarded += 1
        counts.failed += failed
        for one in deviations:
            # Findings that differ only in the index of an item are of the same kind.
            kind = (operation_id, one.of, one.location, _INDEX.sub("/*", one.path), one.rests_on)
            if kind in self._deviations or len(self._deviations) < _MOST:
                self._deviations[kind] = one, self._deviations.get(kind, (one, 0))[1] + 1
        for text in differences:
            if (operation_id, text) in self._differences or len(self._differences) < _MOST:
                self._differences[operation_id, text] = self._differences.get((operation_id, text), 0) + 1

    def deviations(self) -> list[tuple[str, Deviation, int]]:
        """Each kind of deviation: its operation, the last example, and its count."""
        return [(kind[0], one, count) for kind, (one, count) in self._deviations.items()]

    def differences(self) -> list[dict[str, JsonValue]]:
        """Each kind of difference."""
        return [
            {"operationId": operation_id, "difference": text, "count": count}
            for (operation_id, text), count in self._differences.items()
        ]
