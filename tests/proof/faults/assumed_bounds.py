"""Assumed bounds, each off by one on one side, for a register and an update apart, and values too many or too few."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from tests.proof.catalogue import Group
from tests.proof.mistakes import as_documented, coerces, reads_parameter, refuses
from tests.proof.talk import Talk

broken = Group("assumed: bounds")
Write = Literal["create", "update"]
CREATE = "/components/schemas/RegisterPhone"
UPDATE = "/components/schemas/UpdatePhone"
NUMBER = "/components/schemas/Number"
COUNTRY = "/components/schemas/CountryCode"
_VERBS = {"create": "a register", "update": "an update"}
_OPERATIONS = {"create": "registerPhone", "update": "updatePhone"}
_TOO_KIND = "ERROR-BOUNDS ERROR-PATTERN"
_TOO_STRICT = "ERROR-BOUNDS-INSIDE CREATE-LENGTHS CREATE-ACCEPTED UPDATE-ACCEPTED UPDATE-TEXT"


def _status(talk: Talk, role: Write, field: str, value: Any) -> int:
    """The response to a write with one field."""
    response = talk.create(**{field: value}) if role == "create" else talk.update(talk.made()["uuid"], **{field: value})
    return response.status


def _altered(role: Write, what: str, pointer: str, keyword: Any, **sample: Any) -> None:
    """A service with another value of a keyword; it accepts or refuses `sample`, a field and its value."""
    name, _, text = what.partition(": ")
    ((field, value),) = sample.items()
    broken(
        name,
        f"{_VERBS[role]} {text}",
        _TOO_STRICT if text.startswith("refuses") else _TOO_KIND,
        pointer.rpartition("/")[0],
        _OPERATIONS[role],
        document={pointer: keyword},
        shows=lambda talk: _status(talk, role, field, value),
    )(as_documented)


_NAME, _PROVIDER, _REFERENCE = (f"{CREATE}/properties/{field}" for field in ("name", "provider", "referenceId"))
_NEW_NAME = f"{UPDATE}/properties/name"
_altered("create", "create-name-least-more: takes an empty name", f"{_NAME}/minLength", 0, name="")
_altered("create", "create-name-most-less: refuses a name of 100 characters", f"{_NAME}/maxLength", 99, name="x" * 100)
_altered("create", "create-provider-least-more: takes an empty provider", f"{_PROVIDER}/minLength", 0, provider="")
_altered(
    "create", "create-provider-most-less: refuses a provider of 50", f"{_PROVIDER}/maxLength", 49, provider="x" * 50
)
_altered("create", "create-provider-most-more: takes a provider of 51", f"{_PROVIDER}/maxLength", 51, provider="x" * 51)
_altered(
    "create", "create-reference-least-more: takes an empty referenceId", f"{_REFERENCE}/minLength", 0, referenceId=""
)
_altered(
    "create",
    "create-reference-most-less: refuses a referenceId of 255",
    f"{_REFERENCE}/maxLength",
    254,
    referenceId="x" * 255,
)
_altered(
    "create",
    "create-reference-most-more: takes a referenceId of 256",
    f"{_REFERENCE}/maxLength",
    256,
    referenceId="x" * 256,
)
_altered(
    "update", "update-name-most-more: takes a name of 101 characters", f"{_NEW_NAME}/maxLength", 101, name="x" * 101
)
_altered(
    "update", "update-name-most-less: refuses a name of 100 characters", f"{_NEW_NAME}/maxLength", 99, name="x" * 100
)
_altered("update", "update-name-least-more: takes an empty name", f"{_NEW_NAME}/minLength", 0, name="")
_altered("update", "update-name-least-less: refuses a name of one character", f"{_NEW_NAME}/minLength", 2, name="x")


def _number(what: str, pattern: str, sample: str) -> None:
    _altered("create", what, f"{NUMBER}/pattern", pattern, number=sample)


_number("number-of-6-digits: takes a number of 6 digits", r"^\+[1-9][0-9]{5,14}$", "+123456")
_number("number-of-7-refused: refuses a number of 7 digits", r"^\+[1-9][0-9]{7,14}$", "+1234567")
_number("number-of-15-refused: refuses a number of 15 digits", r"^\+[1-9][0-9]{6,13}$", "+123456789012345")
_number("number-from-zero: takes a number that begins with +0", r"^\+[0-9]{7,15}$", "+0123456789")
_number("number-without-plus: takes a number without a plus sign", r"^\+?[1-9][0-9]{6,14}$", "12025550143")
_number("number-not-anchored: takes a number with something after it", r"^\+[1-9][0-9]{6,14}", "+12025550143 ext. 5")
_country = f"{COUNTRY}/pattern"
_altered(
    "create", "country-of-three-letters: takes a country of three letters", _country, "^[A-Z]{2,3}$", countryCode="USA"
)
_altered("create", "country-with-digits: takes a country with a digit", _country, "^[A-Z][A-Z0-9]$", countryCode="U1")

broken(
    "number-with-line-end",
    "a register takes a line end after a number, as $ does in many languages",
    "ERROR-PATTERN",
    NUMBER,
    "registerPhone",
    shows=lambda talk: _status(talk, "create", "number", "+12025550143\n"),
)(coerces("create", "number", lambda text: text.removesuffix("\n") if isinstance(text, str) else None))
broken(
    "country-in-small-letters",
    "a register takes a countryCode in small letters",
    "ERROR-PATTERN",
    f"{COUNTRY} {CREATE}",
    "registerPhone",
    shows=lambda talk: _status(talk, "create", "countryCode", "gb"),
)(coerces("create", "countryCode", lambda text: text.upper() if isinstance(text, str) else None))


def _parameter(what: str, keyword: str, value: int, **sample: str) -> None:
    """A list with another bound of a parameter; it accepts or refuses `sample`."""
    name, _, text = what.partition(": ")
    (parameter,) = sample
    pointer = f"/components/parameters/{parameter}"
    broken(
        name,
        f"a list {text}",
        "SEARCH-LENGTH" if parameter == "search" else "LIST-LIMIT-BOUNDS",
        pointer,
        "listPhones",
        document={f"{pointer}/schema/{keyword}": value},
        shows=lambda talk: talk.list(**sample).status,
    )(as_documented)


_parameter("search-of-201: takes a search of 201 characters", "maxLength", 201, search="x" * 201)
_parameter("search-of-200-refused: refuses a search of 200 characters", "maxLength", 199, search="x" * 200)
_parameter("limit-of-101: takes a limit of 101", "maximum", 101, limit="101")
_parameter("limit-of-100-refused: refuses a limit of 100", "maximum", 99, limit="100")
_parameter("limit-of-1-refused: refuses a limit of 1", "minimum", 2, limit="1")


def _instead(what: str, better: Mapping[str, str], **sample: str) -> None:
    """A list that accepts some invalid values of a parameter."""
    name, _, text = what.partition(": ")
    (parameter,) = sample
    broken(
        name,
        f"a list {text}",
        "LIST-LIMIT-BOUNDS LIST-LIMIT-DIGITS" if parameter == "limit" else "LIST-PAGE-BOUNDS LIST-PAGE-DIGITS",
        f"/components/parameters/{parameter} /x-http",
        "listPhones",
        shows=lambda talk: talk.list(**sample).status,
    )(reads_parameter(parameter, better.get))


_NEGATIVE = {str(number): "1" for number in range(-1000, 0)}
_instead("limit-zero-is-default: takes a limit of 0 for none", {"0": "10"}, limit="0")
_instead("limit-minus-one-is-all: takes a limit of -1 for all", {"-1": "100"}, limit="-1")
_instead("page-zero-is-first: takes page 0 for the first", {"0": "1"}, page="0")
_instead("empty-limit-is-default: takes an empty limit for none", {"": "10"}, limit="")
_instead("empty-page-is-first: takes an empty page for the first", {"": "1"}, page="")
_instead("negative-page-is-first: takes a negative page for the first", _NEGATIVE, page="-3")


def _too_few(role: Write, field: str, value: str) -> None:
    """A write that refuses one of the valid values."""
    broken(
        f"{role}-{field}-too-few",
        f"{_VERBS[role]} refuses the {field} {value}",
        "CREATE-ACCEPTED CREATE-ECHO UPDATE-ACCEPTED UPDATE-ONLY-NAMED UPDATE-MOVES",
        "/",
        _OPERATIONS[role],
        shows=lambda talk: _status(talk, role, field, value),
    )(refuses(role, lambda request: request.members.get(field) == value))


def _too_many(role: Write, field: str, value: str, instead: str) -> None:
    """A write that accepts an invalid value."""
    broken(
        f"{role}-{field}-too-many",
        f"{_VERBS[role]} takes the {field} {value} for {instead}",
        "ERROR-ENUMERATION",
        f"/components/schemas/{field.capitalize()}",
        _OPERATIONS[role],
        shows=lambda talk: _status(talk, role, field, value),
    )(coerces(role, field, lambda sent: instead if sent == value else None))


def _filter_too_few(parameter: str, value: str) -> None:
    """A list that refuses one of the valid values."""
    broken(
        f"{parameter}-filter-too-few",
        f"a list refuses the {parameter} {value}",
        "FILTER-EXACT LIST-ACCEPTED FILTER-",
        "/",
        "listPhones",
        shows=lambda talk: talk.list(**{parameter: value}).status,
    )(refuses("list", lambda request: request.parameter(parameter) == value))


_too_few("create", "type", "shared")
_too_few("update", "type", "ordered")
_too_few("update", "status", "pending")
_filter_too_few("status", "pending")
_filter_too_few("type", "ordered")
_too_many("update", "status", "archived", "inactive")
_too_many("create", "type", "public", "shared")
_too_many("update", "type", "public", "shared")
