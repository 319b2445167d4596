"""Where the record is in a request or a response, and the parts around it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from openapi.pointers import from_tokens, resolve, split
from openapi.schemas import Schema

_FIELD = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """The record is at the JSON Pointer `record` of a body; '' is the whole body. `schema` describes it there.

    `fixed` are other values by their pointers. `{name}` in a string of them is replaced by a field of the record.
    """

    record: str = ""
    schema: Schema | None = None
    fixed: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_bare(self) -> bool:
        """Whether the body is just the record."""
        return not (self.record or self.fixed)

    def wrap(self, record: Any, shown: Mapping[str, Any] | None = None) -> Any:
        """The body with `record` in it, or with those of its fields that are `shown`."""
        content = record if shown is None else shown
        if self.is_bare:
            return content
        body = dict(content) if isinstance(content, Mapping) else content
        for name in reversed(split(self.record)):
            body = {name: body}
        for pointer, value in self.fixed.items():
            *above, name = split(pointer)
            holder = body
            for token in above:
                holder = holder.setdefault(token, {})
            holder[name] = filled(value, record)
        return body

    def unwrap(self, body: Any) -> Any:
        """The record in a body; None if there is none."""
        try:
            return resolve(body, self.record)
        except (LookupError, ValueError):
            return None


BARE = Envelope()


def replace_record(body: Any, pointer: str, record: Any) -> Any:
    """A body with `record` at `pointer`."""
    names = split(pointer)
    if not names:
        return record
    inner = replace_record(body[names[0]], from_tokens(names[1:]), record)
    return {**body, names[0]: inner}


def fields_in(value: Any) -> list[str]:
    """The fields of the record that strings of a fixed value name."""
    if isinstance(value, str):
        return _FIELD.findall(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [name for one in inner for name in fields_in(one)]


def filled(value: Any, record: Mapping[str, Any]) -> Any:
    """A fixed value in which the record's fields replace `{name}`."""
    if isinstance(value, str):
        return _FIELD.sub(lambda found: str(record.get(found[1], "")), value)
    if isinstance(value, dict):
        return {name: filled(one, record) for name, one in value.items()}
    return [filled(one, record) for one in value] if isinstance(value, list) else value
