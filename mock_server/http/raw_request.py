"""A request as it came over the wire."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes, urlsplit


class RawRequest:
    """A request's line, header fields and, once it is there, its body. Texts hold one character per byte (latin-1).

    `target` is what was sent, `path` percent-decoded. `fields` are the header fields in order, their names in lower
    case. `body` is None where its length alone says that it is too long; of one that turned out so there is just enough
    to see it.
    """

    __slots__ = ("_by_name", "body", "fields", "method", "path", "peer", "query", "target", "version")

    def __init__(self, method: str, target: str, version: str, fields: list[tuple[str, str]], peer: str) -> None:
        self.method = method
        self.target = target
        self.version = version
        self.fields = fields
        self.peer = peer
        self.body: bytes | None = b""
        path, _, self.query = target.partition("?")
        if path[:1] != "/":
            path = _path(path)
        self.path = unquote_to_bytes(path).decode("latin-1") if "%" in path else path
        self._by_name = dict(fields)
        if len(self._by_name) < len(fields):
            self._by_name = _joined(fields)

    def get(self, name: str, /) -> str | None:
        """The value of the field `name` (in lower case), repeated ones joined; None where it was not sent."""
        return self._by_name.get(name)

    def items(self) -> list[tuple[str, str]]:
        """The fields by name, repeated ones joined."""
        return list(self._by_name.items())


def _path(target: str) -> str:
    """The path of a target that does not begin with one (RFC 9112, section 3.2)."""
    try:
        return (urlsplit(target).path or "/") if "://" in target else target
    except ValueError:
        return target


def _joined(fields: list[tuple[str, str]]) -> dict[str, str]:
    """Fields of the same name as one (RFC 9110, section 5.3; for cookies RFC 6265, section 4.2.1)."""
    values: dict[str, list[str]] = {}
    for name, value in fields:
        values.setdefault(name, []).append(value)
    return {name: ("; " if name == "cookie" else ",").join(several) for name, several in values.items()}
