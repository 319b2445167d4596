"""The fields of records that the client does not send: initial values, identifiers, times, and countries of numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from random import Random
from typing import NamedTuple

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberDesc

from mock_server.clock import Timeline
from mock_server.store.store import Record
from openapi.json_value import JsonValue
from openapi.model.fields import Country, InitialValue, ServerMade
from openapi.model.resource import Resource

_FREE_BITS = ~(0xF000 << 64 | 0xC000 << 48)
_FIXED_BITS = 0x4000 << 64 | 0x8000 << 48
_HIGHEST_SENT = 1_000_000_000


class Identifiers:
    """Generates the identifiers of one collection. Not thread-safe: hold the collection's lock."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._highest: dict[str, int] = {}

    def uuid(self) -> str:
        """A version 4 UUID (RFC 9562, section 5.4)."""
        # A UUID object would take twice as long.
        text = f"{self._random.getrandbits(128) & _FREE_BITS | _FIXED_BITS:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def integer(self, field: str) -> int:
        """One more than the highest integer that `field` ever had, starting at 1."""
        self.note(field, self._highest.get(field, 0) + 1)
        return self._highest[field]

    @property
    def highest(self) -> dict[str, int]:
        """The highest integer that each field ever had, for `start_from`."""
        return dict(self._highest)

    def start_from(self, highest: Mapping[str, int]) -> None:
        """Generate only integers above `highest`."""
        self._highest = dict(highest)

    def note(self, field: str, value: object) -> None:
        """Note a value that `field` already has, so that it is not generated again."""
        if isinstance(value, int):
            self._highest[field] = max(self._highest.get(field, 0), value)

    def note_sent(self, field: str, value: object) -> None:
        """Note a value that a client chose. Huge ones are ignored, because the field may have a maximum."""
        if isinstance(value, int) and value <= _HIGHEST_SENT:
            self.note(field, value)


class FieldRules:
    """The rules for the fields of one resource.

    `defaults` are those in the schema of the create operation's body, `untouched` the fields that a replacement does
    not list; fields with a rule return to their initial values anyway.
    """

    def __init__(
        self, resource: Resource, defaults: Mapping[str, JsonValue], untouched: frozenset[str] = frozenset()
    ) -> None:
        rules = resource.fields.values()
        starts = [rule for rule in rules if isinstance(rule, InitialValue)]
        self._not_kept = frozenset(resource.write_only)
        kept = self._kept(defaults)
        self._fresh = {**{rule.field: rule.value for rule in starts}, **kept}
        # The key of a singleton exists only inside the mock.
        self._hidden = {resource.key: self._fresh[resource.key]} if resource.is_singleton else {}
        self._conditional = [rule for rule in starts if rule.exceptions and rule.field not in kept]
        self._countries = [rule for rule in rules if isinstance(rule, Country) and rule.field not in self._fresh]
        self._makes = [rule for rule in rules if isinstance(rule, ServerMade)]
        self._changing = [rule for rule in self._makes if rule.kind == "time-of-change"]
        self._if_changed = any(rule.moves == "if-changed" for rule in self._changing)
        changing = {rule.field for rule in self._changing}
        self._lasting = {*resource.key_fields, *(rule.field for rule in self._makes)} - changing
        self._untouched = untouched.difference(resource.fields)
        self._order = tuple(resource.record.node.get("properties", {}))
        required = resource.record.node.get("required", ())
        self._required: Record = {name: None for name in self._order if name in required}

    def new(self, sent: Record, timeline: Timeline, identifiers: Identifiers) -> Record:
        """A new record from the fields in `sent`."""
        started = self._started(sent)
        record = {**self._required, **started}
        created = timeline.creation()
        for rule in self._makes:
            if rule.unless_sent and rule.field in started:
                identifiers.note_sent(rule.field, record[rule.field])
            elif rule.kind == "uuid":
                record[rule.field] = identifiers.uuid()
            elif rule.kind == "integer":
                record[rule.field] = identifiers.integer(rule.field)
            else:
                record[rule.field] = created
        if len(record) == len(started) + len(self._makes):
            return record
        # A required field is missing, or a generated field replaces a sent one.
        made = {rule.field: record[rule.field] for rule in self._makes}
        return self._in_order({**started, **made})

    def changed(self, old: Record, sent: Record, timeline: Timeline) -> Record:
        """`old` with the fields in `sent`."""
        if self._if_changed and all(name in old and old[name] == value for name, value in self._kept(sent).items()):
            return old
        return self._in_order(self._moved({**old, **self._kept(sent)}, old, timeline))

    def merged(self, old: Record, patch: Record, timeline: Timeline) -> Record:
        """`old` with a JSON Merge Patch (RFC 7396) applied: a null removes a field, objects are merged."""
        return self._in_order(self._moved(_merged(old, self._kept(patch)), old, timeline))

    def replaced(self, old: Record, sent: Record, timeline: Timeline) -> Record:
        """`sent` in place of `old`: other fields return to their initial values.

        Server-made fields keep their values, and so do fields that the body of a replacement does not list.
        """
        lasting = {field: old[field] for field in (*self._lasting, *self._untouched) if field in old}
        return self._in_order(self._moved({**self._started(sent), **lasting}, old, timeline))

    def remade(self, old: Record, given: Record, timeline: Timeline) -> Record:
        """`given` in place of `old`, with the fields that the server made, in order."""
        lasting = {field: old[field] for field in self._lasting if field in old}
        return self._in_order(self._moved({**lasting, **given}, old, timeline))

    def loaded(self, record: Record, timeline: Timeline, identifiers: Identifiers) -> Record:
        """An existing record, unchanged; later records are generated as if it had been created here."""
        for rule in self._makes:
            if rule.kind == "integer":
                identifiers.note(rule.field, record.get(rule.field))
            elif rule.kind == "time-of-creation":
                timeline.note(record.get(rule.field))
        return self._in_order({**self._hidden, **record})

    def _kept(self, sent: Record) -> Record:
        if self._not_kept.isdisjoint(sent):
            return sent
        return {name: value for name, value in sent.items() if name not in self._not_kept}

    def _started(self, sent: Record) -> dict[str, JsonValue]:
        kept = self._kept(sent)
        record = {**self._fresh, **kept}
        for rule in self._conditional:
            if rule.field not in kept:
                for exception in rule.exceptions:
                    if exception.field in record and record[exception.field] == exception.equals:
                        record[rule.field] = exception.value
        for country in self._countries:
            if country.field not in kept:
                record[country.field] = country_of(record.get(country.number_field)) or country.otherwise
        return record

    def _moved(self, record: dict[str, JsonValue], old: Record, timeline: Timeline) -> dict[str, JsonValue]:
        for rule in self._changing:
            record[rule.field] = timeline.change(old.get(rule.field))
        return record

    def _in_order(self, record: dict[str, JsonValue]) -> Record:
        in_order = {name: record[name] for name in self._order if name in record}
        return in_order if len(in_order) == len(record) else {**in_order, **record}


def _merged(value: JsonValue, patch: Record) -> dict[str, JsonValue]:
    """The function MergePatch of RFC 7396, section 2."""
    merged = dict(value) if isinstance(value, dict) else {}
    for name, change in patch.items():
        if change is None:
            merged.pop(name, None)
        elif isinstance(change, dict):
            merged[name] = _merged(merged.get(name), change)
        else:
            merged[name] = change
    return merged


# The country of a phone number.

_WORLD = "001"
"""The region in phonenumbers for calling codes without a country, such as +800."""

_E164 = re.compile(r"\+([1-9][0-9]{8,14})")
_KINDS = (
    *("premium_rate", "toll_free", "shared_cost", "voip", "personal_number"),
    *("pager", "uan", "voicemail", "fixed_line", "mobile"),
)


class _CallingCode(NamedTuple):
    """A calling code: its main country, and the patterns that identify the others.

    `unclear` matches numbers that phonenumbers would shorten first; None matches none.
    """

    length: int
    main: str | None
    patterns: tuple[tuple[re.Pattern[str], str], ...]
    unclear: re.Pattern[str] | None


def country_of(number: object) -> str | None:
    """The ISO 3166-1 alpha-2 code of the country of `number` (E.164); None if its calling code has none.

    The digits after a shared calling code (+1, +7, +44, ...) decide between its countries if they can; otherwise it is
    the main country.
    """
    if not isinstance(number, str):
        return None
    found = _E164.fullmatch(number)
    if found is None:
        return _by_phonenumbers(number)
    code = _calling_code(found[1][:3])
    if code is None:
        return None
    digits = found[1][code.length :]
    if code.unclear is not None and code.unclear.match(digits):
        return _by_phonenumbers(number)
    for pattern, region in code.patterns:
        if pattern.match(digits):
            return region
    return code.main


def _by_phonenumbers(number: str) -> str | None:
    """The country by phonenumbers itself: correct for any string, but ten times slower than the patterns."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    region = phonenumbers.region_code_for_number(parsed)
    if region is None and parsed.country_code is not None:
        region = phonenumbers.region_code_for_country_code(parsed.country_code)
    return _named(region)


def _named(region: str | None) -> str | None:
    return None if region in (None, _WORLD, phonenumbers.UNKNOWN_REGION) else region


@cache
def _calling_code(digits: str) -> _CallingCode | None:
    """The calling code at the start of three digits; None if there is none."""
    for length in (1, 2, 3):
        regions = COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:length]))
        if regions:
            return _of_regions(length, regions)
    return None


@cache
def _of_regions(length: int, regions: tuple[str, ...]) -> _CallingCode:
    main = _named(regions[0])
    # phonenumbers does not look at the number if there is only one country.
    if len(regions) == 1:
        return _CallingCode(length, main, (), None)
    metadata = [PhoneMetadata.metadata_for_region(region) for region in regions]
    patterns = [(_pattern(one), one.id) for one in metadata if one is not None and one.id is not None]
    prefix = metadata[0].national_prefix_for_parsing if metadata[0] is not None else None
    return _CallingCode(length, main, tuple(patterns), re.compile(prefix) if prefix else None)


def _pattern(metadata: PhoneMetadata) -> re.Pattern[str]:
    """The pattern of a country's national numbers, equivalent to `phonenumbers.region_code_for_number`."""
    if metadata.leading_digits is not None:
        return re.compile(metadata.leading_digits)
    any_kind = "|".join(_described(getattr(metadata, kind)) for kind in _KINDS)
    return re.compile(f"(?={_described(metadata.general_desc)})(?:{any_kind})")


def _described(desc: PhoneNumberDesc | None) -> str:
    if desc is None or not desc.national_number_pattern:
        return r"(?!)"
    lengths = "|".join(f"[0-9]{{{length}}}" for length in desc.possible_length)
    return rf"(?=(?:{lengths or '[0-9]*'})\Z)(?:{desc.national_number_pattern})\Z"
