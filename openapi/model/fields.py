"""How fields of a record get their values, and which values are unique."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from openapi.json_value import JsonValue


@dataclass(frozen=True, slots=True)
class Unique:
    """Fields whose values no two existing records share."""

    fields: tuple[str, ...]
    pointer: str


@dataclass(frozen=True, slots=True)
class ConditionalInitialValue:
    """Another start value, for a new record whose `field` equals `equals`."""

    field: str
    equals: JsonValue
    value: JsonValue


@dataclass(frozen=True, slots=True)
class InitialValue:
    """The initial value of a field that the client does not send."""

    field: str
    value: JsonValue
    exceptions: tuple[ConditionalInitialValue, ...]
    pointer: str


@dataclass(frozen=True, slots=True)
class ServerMade:
    """A field that the server makes; with `unless_sent`, only if the client sends none.

    A time of change `moves` with every update, or only if a value changes.
    """

    field: str
    kind: Literal["uuid", "integer", "time-of-creation", "time-of-change"]
    pointer: str
    moves: Literal["always", "if-changed"] = "always"
    unless_sent: bool = False


@dataclass(frozen=True, slots=True)
class Country:
    """A field that starts as the country (ISO 3166-1 alpha-2) of the calling code of another field's number."""

    field: str
    number_field: str
    otherwise: str
    pointer: str


TIME_FORMS = (
    *("milliseconds", "seconds", "microseconds"),
    *("milliseconds-with-offset", "seconds-with-offset", "microseconds-with-offset"),
)
"""How a service writes times, all in UTC: with which fraction, and with Z or +00:00."""


FieldRule: TypeAlias = InitialValue | ServerMade | Country


@dataclass(frozen=True, slots=True)
class Transition:
    """A field that goes from the value `before` to `after` by itself, once a record has had `before` for long enough.

    Enough is `after_s` seconds or `after_reads` reads of the record, whichever comes first; one of them may be None.
    """

    field: str
    before: JsonValue
    after: JsonValue
    after_s: int | None
    after_reads: int | None


@dataclass(frozen=True, slots=True)
class Magic:
    """Values of a field that a mock always refuses to create a record with, each with the declared status."""

    field: str
    statuses: Mapping[str, int]
    pointer: str
