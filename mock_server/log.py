"""One line on stderr for each request: what was asked, what was answered, and why."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import NamedTuple

from mock_server.failures import print_line
from mock_server.journal import Entry
from mock_server.messages import NOTHING, Aside
from mock_server.session import DEFAULT
from mock_server.settings import LogStyle

_MOST_VIOLATIONS = 3


class Line(NamedTuple):
    """What there is to say of one request. `entry` is what the journal has of it, if it has it."""

    method: str
    target: str
    status: int
    took_ms: float
    entry: Entry | None
    aside: Aside


def build_log(style: LogStyle) -> Callable[[Line], None] | None:
    """What prints the lines; None where nobody wants them."""
    return {"text": _print_text, "json": _print_json, "off": None}[style]


def _print_text(line: Line) -> None:
    text = f"{line.method} {line.target} {line.status} {line.took_ms:.0f} ms"
    if line.aside is NOTHING and (line.entry is None or line.entry.session == DEFAULT):
        print_line(_in_one_line(text))
        return
    said = "; ".join(_remarks(line))
    if said:
        operation = f" {line.entry.operation_id}:" if line.entry and line.entry.operation_id else ""
        text = f"{text}{operation} {said}"
    print_line(_in_one_line(text))


def _remarks(line: Line) -> Iterator[str]:
    aside = line.aside
    if line.entry is not None and line.entry.session != DEFAULT:
        yield f"session {line.entry.session}"
    if aside.violations:
        yield from map(str, aside.violations[:_MOST_VIOLATIONS])
        if len(aside.violations) > _MOST_VIOLATIONS:
            yield f"{len(aside.violations) - _MOST_VIOLATIONS} more"
    elif aside.message:
        yield aside.message
    if aside.fault is not None:
        yield f"fault {aside.fault.value}"
    if aside.forced:
        yield f"by {aside.forced}"
    if aside.undeclared:
        yield f"undeclared: the document has no {line.status} here"


def _print_json(line: Line) -> None:
    entry, aside = line.entry, line.aside
    facts = {
        "method": line.method,
        "target": line.target,
        "status": line.status,
        "ms": round(line.took_ms, 1),
        "operation": (entry.operation_id or None) if entry else None,
        "session": entry.session if entry else None,
        "violations": [violation._asdict() for violation in aside.violations[:_MOST_VIOLATIONS]],
        "message": aside.message or None,
        "fault": aside.fault.value if aside.fault else None,
        "forced_by": aside.forced or None,
        "delay_ms": aside.delay_ms or None,
        "undeclared": aside.undeclared or None,
    }
    print_line(json.dumps({name: value for name, value in facts.items() if value not in (None, [])}))


def _in_one_line(text: str) -> str:
    """`text` without what a terminal takes for a command or a new line."""
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
