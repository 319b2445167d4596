"""The country that a telephone number's calling code belongs to."""

from __future__ import annotations

import phonenumbers

_WORLD = "001"
"""What phonenumbers calls a calling code that belongs to no country, such as +800."""


def country_of(number: object) -> str | None:
    """The ISO 3166-1 alpha-2 code of the country that `number` (E.164) is in; None where its calling code names none.

    Countries that share a calling code (+1, +7, +44, ...) are told apart by the digits after it as far as they can be;
    after that the calling code's main country counts.
    """
    if not isinstance(number, str):
        return None
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    region = phonenumbers.region_code_for_number(parsed)
    if region is None and parsed.country_code is not None:
        region = phonenumbers.region_code_for_country_code(parsed.country_code)
    return None if region in (None, _WORLD, phonenumbers.UNKNOWN_REGION) else str(region)
