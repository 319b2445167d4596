"""The header `Prefer` (RFC 7240), and its equivalent query parameters."""

from __future__ import annotations

import re
from typing import NamedTuple

from mock_server.http.messages import HttpRequest, Violation
from mock_server.http.parameters import decode, pairs
from mock_server.settings.session_settings import LONGEST_DELAY_MS

NAMES = ("code", "example", "delay")
LOWEST_STATUS = 200
"""The lowest status that can be forced: after a lower one, a client keeps waiting (RFC 9110, section 15.2)."""

_PREFIX = "__"

# RFC 7240, section 2: a token, and a value that is a token or a quoted string; parameters follow after semicolons.
_PREFERENCE = re.compile(
    r"""\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*
        (?:=\s*("(?:[^"\\]|\\.)*"|[^\s,;"]*))?
        \s*(?:;(?:"(?:[^"\\]|\\.)*"|[^,"])*)?(?:,|$)""",
    re.VERBOSE,
)


class Preferences(NamedTuple):
    """What a request prefers. `applied` is the value of `Preference-Applied`."""

    code: int | None
    example: str | None
    delay_ms: int
    applied: str

    @property
    def forces(self) -> bool:
        """Whether they name the response, by its status or by an example."""
        return self.code is not None or self.example is not None


def read_preferences(request: HttpRequest, violations: list[Violation]) -> Preferences:
    """The preferences of `request`; the header wins over the query. Appends to `violations`."""
    in_header = _of_header(request.headers.get("prefer") or "")
    in_query = _of_query(request.query)
    found = {**in_query, **in_header}
    code = _number(found, "code", 599, violations)
    if code is not None and code < LOWEST_STATUS:
        violations.append(Violation("header", "Prefer", f"got code={code}; write a status from {LOWEST_STATUS} to 599"))
    delay_ms = _number(found, "delay", LONGEST_DELAY_MS, violations)
    applied = ", ".join(f"{name}={_quoted(found[name])}" for name in NAMES if name in in_header)
    return Preferences(code, found.get("example"), delay_ms or 0, applied)


def without_preferences(query: str) -> str:
    """`query` without the parameters that are equivalent to Prefer."""
    kept = [pair for pair in query.split("&") if pair.partition("=")[0] not in _PARAMETERS]
    return "&".join(kept)


_PARAMETERS = frozenset(f"{_PREFIX}{name}" for name in NAMES)


def _of_query(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, text in pairs(query):
        if name in _PARAMETERS:
            try:
                found.setdefault(name.removeprefix(_PREFIX), decode(text))
            except ValueError:
                found.setdefault(name.removeprefix(_PREFIX), text)
    return found


def _of_header(text: str) -> dict[str, str]:
    """The preferences that the mock supports; the first of repeated ones counts (RFC 7240, section 2)."""
    found: dict[str, str] = {}
    for match in _PREFERENCE.finditer(text):
        name, value = match[1].lower(), match[2] or ""
        if value.startswith('"'):
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        if name in NAMES:
            found.setdefault(name, value)
    return found


def _number(found: dict[str, str], name: str, most: int, violations: list[Violation]) -> int | None:
    text = found.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) <= most):
        unit = "a status such as 404" if name == "code" else f"milliseconds, up to {most}"
        violations.append(Violation("header", "Prefer", f"invalid {name}={text}; write {unit}"))
        return None
    return int(text)


def _quoted(text: str) -> str:
    if re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
