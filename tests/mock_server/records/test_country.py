"""Countries of numbers: our patterns compared with phonenumbers, the source of their data."""

from __future__ import annotations

import json
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fixtures
from mock_server.records.field_rules import country_of

SHARED = sorted(code for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items() if len(regions) > 1)
NUMBERS = st.one_of(
    st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True),
    st.builds("+{}{}".format, st.sampled_from(SHARED), st.from_regex(r"[0-9]{6,11}", fullmatch=True)),
)


def by_phonenumbers(number: str) -> str | None:
    """The country according to phonenumbers, computed its slow way."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    region = phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(
        parsed.country_code or 0
    )
    return None if region in ("001", "ZZ") else region


def reserved_numbers() -> list[str]:
    """The first, a middle and the last number of each prefix of every reserved range."""
    rows = json.loads(Path(fixtures.__file__).with_name("data").joinpath("reserved_ranges.json").read_bytes())["rows"]
    return [
        f"{prefix}{last:0{row['digits']}}" if row["digits"] else prefix
        for row in rows
        for prefix in row["prefixes"]
        for last in (row["low"], (row["low"] + row["high"]) // 2, row["high"])
    ]


def test_reserved_numbers_have_their_country() -> None:
    """Each reserved number has the country that phonenumbers gives."""
    numbers = reserved_numbers()
    assert [country_of(number) for number in numbers] == [by_phonenumbers(number) for number in numbers]
    assert {"US", "CA", "GB"} <= {country_of(number) for number in numbers}


@settings(max_examples=300, deadline=None)
@given(NUMBERS)
def test_countries_of_any_number_match_phonenumbers(number: str) -> None:
    """Any other number has the country that phonenumbers gives, assigned or not."""
    assert country_of(number) == by_phonenumbers(number)


@pytest.mark.parametrize("code", SHARED)
@pytest.mark.parametrize("kind", [phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.TOLL_FREE])
def test_shared_calling_codes_are_distinguished(code: int, kind: int) -> None:
    """Countries that share a calling code are distinguished as by phonenumbers."""
    examples = [
        phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]
        if (example := phonenumbers.example_number_for_type(region, kind)) is not None
    ]
    assert [country_of(number) for number in examples] == [by_phonenumbers(number) for number in examples]


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("+12025550143", "US"),
        ("+442079460123", "GB"),
        ("+80012345678", None),
        ("+999", None),
        ("+1", None),
        ("", None),
        ("0171", None),
        ("+1 202 555 0143", "US"),
        (None, None),
        (12025550143, None),
    ],
)
def test_other_strings_have_no_country(text: object, country: str | None) -> None:
    """A string that is not a number has no country, nor has a number without one."""
    assert country_of(text) == country
