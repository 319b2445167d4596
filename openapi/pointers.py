"""JSON Pointers (RFC 6901)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote


def join(pointer: str, *tokens: str | int) -> str:
    """`pointer` with `tokens` below it, each escaped (RFC 6901, section 3)."""
    for token in tokens:
        text = str(token)
        if "~" in text or "/" in text:
            text = text.replace("~", "~0").replace("/", "~1")
        pointer = f"{pointer}/{text}"
    return pointer


def split(pointer: str) -> list[str]:
    """The unescaped tokens of `pointer`. Raises ValueError if it is neither empty nor starts with '/'."""
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise ValueError(f"{pointer!r} is not a JSON Pointer: write /{pointer}")
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer[1:].split("/")]


def from_tokens(tokens: Iterable[str | int]) -> str:
    """The JSON Pointer made of `tokens`."""
    return join("", *tokens)


def of_reference(reference: str) -> str:
    """The JSON Pointer in a local reference, such as '#/components/schemas/Phone' (RFC 6901, section 6)."""
    return unquote(reference.removeprefix("#"))


def ancestors(pointer: str) -> Iterator[str]:
    """`pointer` itself, then its ancestors, up to the root ''."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]
    yield ""


def resolve(value: Any, pointer: str) -> Any:
    """The value that `pointer` names in `value`. Raises LookupError if it does not exist."""
    for token in split(pointer):
        if isinstance(value, list):
            if not token.isdecimal():
                raise LookupError(pointer)
            value = value[int(token)]
        elif isinstance(value, dict):
            value = value[token]
        else:
            raise LookupError(pointer)
    return value


def exists(value: Any, pointer: str) -> bool:
    """Whether `pointer` names a value in `value`."""
    try:
        resolve(value, pointer)
    except (LookupError, ValueError):
        return False
    return True
