"""Reads the ledger of an earlier run. The file may be damaged or hostile: each line is validated."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from contract_tests.target.ledger import TAG, Ledger, LedgerError, checksum_of
from contract_tests.target.printing import printable

_LONGEST_KEY = 1_000
_ADVICE = "name the ledger that the run printed"


def read_ledger(file: Path, resources: Mapping[str, Any] | None = None) -> Ledger:
    """The ledger in `file`, of `resources` (None: any). A truncated last line is ignored. Raises LedgerError."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LedgerError(f"{file}: can't be read ({error}); {_ADVICE}") from None
    ledger = Ledger(file, "", tag="")
    lines = text.split("\n")
    for number, line in enumerate(lines[:-1], 1):
        try:
            _apply(ledger, json.loads(line), resources)
        except (ValueError, RecursionError) as error:
            raise LedgerError(f"{file}:{number}: invalid line ({printable(str(error))}); {_ADVICE}") from None
    if not ledger.target:
        raise LedgerError(f"{file}: names no target; {_ADVICE}")
    if lines[-1]:
        # Later lines must not continue the truncated one.
        file.write_text("".join(f"{line}\n" for line in lines[:-1]), encoding="utf-8")
    return ledger


def _apply(ledger: Ledger, line: Any, resources: Mapping[str, Any] | None) -> None:
    """Enter one line into the ledger. Raises ValueError."""
    event = _validated(line)
    if resources is not None and event.get("resource", next(iter(resources), "")) not in resources:
        raise ValueError(f"the document has no resource {event['resource']}")
    if line.get("sum") != checksum_of(ledger.checksum, event):
        raise ValueError("the checksum does not match; the file was changed")
    ledger.checksum = line["sum"]
    if (event["event"] == "began") == bool(ledger.target):
        raise ValueError("a ledger has one line that names its target, the first one")
    _ENTER[event["event"]](ledger, event)


def _validated(line: Any) -> dict[str, Any]:
    """The event in a line, with the right fields and values. Raises ValueError."""
    if not isinstance(line, dict):
        raise ValueError("not an object")
    event = {name: value for name, value in line.items() if name != "sum"}
    kind = event.get("event")
    if not isinstance(kind, str) or kind not in _EVENTS:
        raise ValueError("event is unknown")
    fields = _EVENTS[kind]
    for name in {"event", *fields} ^ set(event):
        raise ValueError(f"{name} is {'unknown' if name in event else 'missing'}")
    for name, valid in fields.items():
        if not valid(event[name]):
            raise ValueError(f"{name} is invalid")
    return event


def _enter_create(ledger: Ledger, event: Mapping[str, Any]) -> None:
    ledger.number = max(ledger.number, event["number"])
    ledger.pending[event["number"]] = (event["resource"], event["body"])


def _enter_refusal(ledger: Ledger, event: Mapping[str, Any]) -> None:
    resource, body = ledger.pending.pop(event["number"], ("", {}))
    ledger.refused.setdefault((resource, ""), {})[event["number"]] = body


def _enter_response(ledger: Ledger, event: Mapping[str, Any]) -> None:
    _, body = ledger.pending.pop(event["number"], ("", {}))
    for refused in ledger.refused.values():
        refused.pop(event["number"], None)
    if event["key"] is not None:
        ledger.created.setdefault(event["resource"], set()).add(event["key"])
        ledger.bodies[event["resource"], event["key"]] = body


def _enter_removal(ledger: Ledger, event: Mapping[str, Any]) -> None:
    held = ledger.created.get(event["resource"], set())
    if event["key"] in held:
        held.remove(event["key"])
        ledger.gone.setdefault(event["resource"], set()).add(event["key"])


def _enter_foreign(ledger: Ledger, event: Mapping[str, Any]) -> None:
    ledger.created.get(event["resource"], set()).discard(event["key"])
    ledger.foreign.setdefault(event["resource"], set()).add(event["key"])


def _enter_begin(ledger: Ledger, event: Mapping[str, Any]) -> None:
    ledger.target, ledger.tag = event["target"], event["tag"]


_ENTER: Mapping[str, Callable[[Ledger, Mapping[str, Any]], None]] = MappingProxyType(
    {
        "began": _enter_begin,
        "creating": _enter_create,
        "answered": _enter_response,
        "refused": _enter_refusal,
        "unknown": lambda ledger, event: ledger.accepted.add(event["number"]),
        "removed": _enter_removal,
        "remains": lambda ledger, event: ledger.created.setdefault(event["resource"], set()).add(event["key"]),
        "foreign": _enter_foreign,
    }
)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_key(value: Any) -> bool:
    """Whether `value` can be a key in a path: not empty, no dot segment, no lone surrogate, not too long."""
    if not _is_text(value) or value in (".", "..") or len(value) > _LONGEST_KEY:
        return False
    return not any("\ud800" <= one <= "\udfff" for one in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


_RECORD: Mapping[str, Callable[[Any], bool]] = {"resource": _is_text, "key": _is_key}
_EVENTS: Mapping[str, Mapping[str, Callable[[Any], bool]]] = MappingProxyType(
    {
        "began": {"target": _is_text, "tag": lambda value: _is_text(value) and bool(TAG.fullmatch(value))},
        "creating": {"number": _is_number, "resource": _is_text, "body": lambda value: isinstance(value, dict)},
        "answered": {"number": _is_number, **_RECORD, "key": lambda value: value is None or _is_key(value)},
        "unknown": {"number": _is_number},
        "refused": {"number": _is_number},
        "removed": _RECORD,
        "remains": _RECORD,
        "foreign": _RECORD,
    }
)
"""By the kind of a line, its fields, and whether a value of each is valid."""
