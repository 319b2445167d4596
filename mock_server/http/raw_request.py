"""A request as the server received it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote_to_bytes, urlsplit


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
    """The path of a target in another form than origin-form (RFC 9112, section 3.2)."""
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
