"""A request as the server received it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import unquote_to_bytes, urlsplit

_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2}){1,255})(?::[0-9]{0,5})?")
"""RFC 3986, section 3.2.2."""

_FIELD_NAMES: dict[bytes, str] = {}
"""Known names of header fields, in lower case."""

_MOST_FIELD_NAMES = 256
_LONGEST_FIELD_NAME = 40


class RawRequest:
    """The request line, the header fields and, once it has arrived, the body.

    Strings hold one character per byte (latin-1). `target` and `raw_path` are as sent; `path` is percent-decoded.
    `fields` are the header fields in order, names in lower case. `head_bytes` is about the size of all this. `body` is
    None if it is too large. `get` returns the value of a field by its name (lower case), repeated fields joined; None
    if it was not sent.
    """

    __slots__ = (
        "_by_name",
        "body",
        "fields",
        "get",
        "has_repeated_fields",
        "head_bytes",
        "method",
        "peer",
        "query",
        "raw_path",
        "target",
        "version",
    )

    def __init__(self, method: str, target: str, version: str, fields: list[tuple[str, str]], peer: str) -> None:
        self.method = method
        self.target = target
        self.version = version
        self.fields = fields
        self.peer = peer
        self.body: bytes | None = b""
        self.head_bytes = 0
        path, _, self.query = target.partition("?")
        self.raw_path = path if path[:1] == "/" else _path(path)
        self._by_name = dict(fields)
        self.has_repeated_fields = len(self._by_name) < len(fields)
        if self.has_repeated_fields:
            self._by_name = _joined(fields)
        self.get: Callable[[str], str | None] = self._by_name.get

    @property
    def path(self) -> str:
        """The path, percent-decoded."""
        return unquote_to_bytes(self.raw_path).decode("latin-1") if "%" in self.raw_path else self.raw_path

    def items(self) -> list[tuple[str, str]]:
        """Each field once, repeated fields joined."""
        return list(self._by_name.items())


def _path(target: str) -> str:
    """The path of a target that is not in origin-form (RFC 9112, section 3.2)."""
    try:
        return (urlsplit(target).path or "/") if "://" in target else target
    except ValueError:
        return target


def _joined(fields: list[tuple[str, str]]) -> dict[str, str]:
    """Repeated fields as one (RFC 9110, section 5.3; for cookies RFC 6265, section 4.2.1)."""
    values: dict[str, list[str]] = {}
    for name, value in fields:
        values.setdefault(name, []).append(value)
    return {name: ("; " if name == "cookie" else ",").join(several) for name, several in values.items()}


def field_name(name: bytes) -> str:
    """The name of a header field in lower case, one character per byte."""
    text = _FIELD_NAMES.get(name)
    if text is None:
        text = name.decode("latin-1").lower()
        if len(_FIELD_NAMES) < _MOST_FIELD_NAMES and len(name) <= _LONGEST_FIELD_NAME:
            _FIELD_NAMES[name] = text
    return text


def framing_problem(request: RawRequest) -> tuple[int, str] | None:
    """The status and the message for a request whose Host or Transfer-Encoding is invalid; None if both are fine."""
    if _is_host(request.get("host")) and not request.has_repeated_fields and request.get("transfer-encoding") is None:
        return None
    version, fields = request.version, request.fields
    hosts = [value for name, value in fields if name == "host"]
    if len(hosts) > 1 or (not hosts and version != "1.0"):
        return 400, "Send exactly one Host header."
    if hosts and not _is_host(hosts[0]):
        return 400, "The Host header is not a host name with an optional port."
    codings = [value.lower() for name, value in fields if name == "transfer-encoding"]
    if codings and version == "1.0":
        return 400, "HTTP/1.0 has no Transfer-Encoding; send a Content-Length."
    if codings and codings != ["chunked"]:
        return 501, "The only supported Transfer-Encoding is chunked."
    return None


@lru_cache(256)
def _is_host(value: str | None) -> bool:
    """Whether `value` is a valid Host (RFC 9112, section 3.2), and not an empty one."""
    return value is not None and _HOST.fullmatch(value) is not None
