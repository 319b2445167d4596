"""The country of a phone number."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberDesc

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
