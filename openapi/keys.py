"""Keys of records: the value of one field, or the values of several as one text.

A key of several fields reads like the end of the path that has it: with `lang` and `key` at `/texts/{lang}/{key}` it is
`en/home%20title`. The name of such a key has the fields in braces, `{lang}/{key}`; any other name is that of a field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
SLOT, SLOTS = "{key}", "{+key}"
"""The placeholders of a key in a path template: encoded on use, and already encoded (as in RFC 6570)."""


def fields_of(name: str) -> tuple[str, ...]:
    """The fields of a key."""
    return tuple(PLACEHOLDER.findall(name)) or (name,)


def key_reader(name: str) -> Callable[[Mapping[str, Any]], Any]:
    """A function that returns the key in a record; None if the record lacks a part of it."""
    fields = PLACEHOLDER.findall(name)
    if not fields:
        return lambda record: record.get(name)
    template = PLACEHOLDER.sub("{}", name)

    def read(record: Mapping[str, Any]) -> str | None:
        parts = [_part(record.get(field)) for field in fields]
        return None if None in parts else template.format(*map(encoded, parts))

    return read


def key_in(record: Any, name: str) -> Any:
    """The key in a record; None if `record` is not a record, or lacks a part of the key."""
    if not isinstance(record, dict):
        return None
    return key_reader(name)(record)


def parts_of(key: str, name: str) -> dict[str, str] | None:
    """The value of each field in a key, as texts; None if the key does not have this form."""
    pattern = re.compile("([^/]*)".join(map(re.escape, PLACEHOLDER.split(name)[::2])))
    found = pattern.fullmatch(key)
    return dict(zip(fields_of(name), map(unquote, found.groups()), strict=True)) if found else None


def renamed(name: str, new: Callable[[str], str], *, braces: bool = True) -> str:
    """The name of a key with other names of its fields."""
    if not PLACEHOLDER.search(name):
        return new(name)
    return PLACEHOLDER.sub(lambda found: f"{{{new(found[1])}}}" if braces else new(found[1]), name)


def encoded(value: Any) -> str:
    """A value as a segment of a path."""
    return quote(str(value), safe="")


def expand(template: str, key: str) -> str:
    """A path, or a query, with the key in it."""
    return template.replace(SLOT, encoded(key)).replace(SLOTS, key)


def _part(value: Any) -> str | int | None:
    """A value of a field of a key, a string or an integer; None for anything else."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, (str, int)) and not isinstance(value, bool) else None
