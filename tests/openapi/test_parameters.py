"""What the text of a parameter turns into."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openapi import Contract, Operation, Parameter, load
from tests.openapi.support import GOOD, HEAD, error_of, written


def named(operation: Operation, name: str) -> Parameter:
    """The operation's parameter of that name."""
    return next(parameter for parameter in operation.parameters if parameter.name == name)


@given(number=st.integers(min_value=-(10**40), max_value=10**40))
def test_an_integer_is_read_from_decimal_digits(phones: Contract, number: int) -> None:
    """An integer of any size is read from its plain decimal digits."""
    assert named(phones.operations["listPhones"], "page").read(str(number)) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1e2",
        "1.0",
        " 5",
        "5 ",
        "+5",
        "--5",
        "0x10",
        "1_000",
        "1,000",
        "\uff11\uff10",
        "\u0663",
        "\u00b2",
        "5\n",
        "nan",
        "true",
    ],
)
@pytest.mark.parametrize("name", ["page", "limit"])
def test_no_other_text_is_an_integer(phones: Contract, name: str, text: str) -> None:
    """Anything but plain ASCII decimal digits is refused, saying what to write."""
    with pytest.raises(ValueError, match=r"^write plain decimal digits, such as 10$"):
        named(phones.operations["listPhones"], name).read(text)


@given(text=st.text().filter(lambda text: not (text.isascii() and text.removeprefix("-").isdecimal())))
def test_only_ascii_digits_are_an_integer(phones: Contract, text: str) -> None:
    """No text of other characters is read as an integer."""
    with pytest.raises(ValueError, match="write plain decimal digits"):
        named(phones.operations["listPhones"], "page").read(text)


def test_more_digits_than_python_reads(phones: Contract) -> None:
    """A number of too many digits is refused in our words, not in Python's."""
    read = named(phones.operations["listPhones"], "page").read
    assert read("9" * 4300) == int("9" * 4300)
    with pytest.raises(ValueError, match=r"^write at most 4300 digits$"):
        read("9" * 4301)


@given(text=st.text())
def test_a_text_is_itself(phones: Contract, text: str) -> None:
    """A parameter of type string is read as it was sent."""
    assert named(phones.operations["listPhones"], "search").read(text) == text


@pytest.mark.parametrize(("text", "value"), [("-430.5", -430.5), ("12", 12), ("1e3", 1000.0), ("1.5E-1", 0.15)])
def test_a_number_is_read_with_fraction_and_exponent(text: str, value: float) -> None:
    """A parameter of type number takes decimals, and stays an integer where it is written as one."""
    read = named(load(GOOD / "stations.json").operations["listStations"], "height").read(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("text", ["", "1.", ".5", "1e", "inf", "NaN", "1,5", "\uff11"])
def test_no_other_text_is_a_number(text: str) -> None:
    """A text that JSON has no number for is refused."""
    with pytest.raises(ValueError, match=r"^write a decimal number, such as 1\.5$"):
        named(load(GOOD / "stations.json").operations["listStations"], "height").read(text)


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False)])
def test_a_boolean_is_read_from_its_word(text: str, value: bool) -> None:
    """A boolean is one of two words."""
    assert named(load(GOOD / "readings.yaml").operations["listReadings"], "estimated").read(text) is value


@pytest.mark.parametrize("text", ["", "True", "1", "yes"])
def test_no_other_word_is_a_boolean(text: str) -> None:
    """Another word than true or false is refused."""
    with pytest.raises(ValueError, match=r"^write true or false$"):
        named(load(GOOD / "readings.yaml").operations["listReadings"], "estimated").read(text)


def test_a_list_reads_each_of_its_items() -> None:
    """A parameter that is an array may be repeated, and each text is read as the array's items are."""
    meter = named(load(GOOD / "readings.yaml").operations["listReadings"], "meter")
    assert meter.many
    assert [meter.read(text) for text in ("4", "11")] == [4, 11]
    assert meter.schema.is_valid([4, 11])
    assert not meter.schema.is_valid(["4"])


@pytest.mark.parametrize(
    ("name", "has_default", "default"), [("page", True, 1), ("limit", True, 10), ("search", False, None)]
)
def test_defaults(phones: Contract, name: str, has_default: bool, default: Any) -> None:
    """A parameter has the default of its schema, and says whether it has one."""
    parameter = named(phones.operations["listPhones"], name)
    assert (parameter.has_default, parameter.default) == (has_default, default)


def test_an_operation_overrides_its_paths_parameter(tmp_path: Path) -> None:
    """A parameter of the operation takes the place of the path's of the same name and location (OAS 3.1, 4.8.9)."""
    text = """\
        paths:
          /a:
            parameters:
              - {name: n, in: query, schema: {type: integer}}
              - {name: n, in: header, schema: {type: boolean}}
            get:
              operationId: a
              parameters: [{name: n, in: query, schema: {type: string}}]
              responses: {'200': {description: A.}, '400': {description: Refused.}}
        """
    body = "\n".join(line.removeprefix("        ") for line in text.splitlines())
    operation = load(written(tmp_path, HEAD + body)).operations["a"]
    assert [(parameter.location, parameter.schema.node["type"]) for parameter in operation.parameters] == [
        ("query", "string"),
        ("header", "boolean"),
    ]


def test_a_header_that_is_a_list(tmp_path: Path) -> None:
    """A list is read from the query alone; elsewhere it is refused at start."""
    body = (
        "paths: {/a: {get: {operationId: a, parameters: "
        "[{name: n, in: header, schema: {type: array}}], responses: {'200': {description: A.}}}}}\n"
    )
    error = error_of(written(tmp_path, HEAD + body))
    assert error.pointer == "/paths/~1a/get/parameters/0"
    assert error.problem == "is an array in the header, which isn't read"
