"""How parameters are parsed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openapi import Contract, Operation, Parameter, load
from tests.openapi.support import GOOD, HEAD, written


def named(operation: Operation, name: str) -> Parameter:
    """The operation's parameter of that name."""
    return next(parameter for parameter in operation.parameters if parameter.name == name)


@given(number=st.integers(min_value=-(10**40), max_value=10**40))
def test_integers_are_parsed_from_decimal_digits(phones: Contract, number: int) -> None:
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
def test_non_decimal_integers_are_refused(phones: Contract, name: str, text: str) -> None:
    """Anything but plain ASCII decimal digits is refused, with what to write instead."""
    with pytest.raises(ValueError, match=r"^write plain decimal digits, such as 10$"):
        named(phones.operations["listPhones"], name).read(text)


@given(text=st.text().filter(lambda text: not (text.isascii() and text.removeprefix("-").isdecimal())))
def test_only_ascii_digits_form_an_integer(phones: Contract, text: str) -> None:
    """Text with other characters is never read as an integer."""
    with pytest.raises(ValueError, match="write plain decimal digits"):
        named(phones.operations["listPhones"], "page").read(text)


def test_integers_with_too_many_digits_are_refused(phones: Contract) -> None:
    """A number with too many digits is refused with our message, not Python's."""
    read = named(phones.operations["listPhones"], "page").read
    assert read("9" * 4300) == int("9" * 4300)
    with pytest.raises(ValueError, match=r"^write at most 4300 digits$"):
        read("9" * 4301)


@given(text=st.text())
def test_string_parameters_are_read_as_sent(phones: Contract, text: str) -> None:
    """A parameter of type string is read as sent."""
    assert named(phones.operations["listPhones"], "search").read(text) == text


@pytest.mark.parametrize(("text", "value"), [("-430.5", -430.5), ("12", 12), ("1e3", 1000.0), ("1.5E-1", 0.15)])
def test_numbers_may_have_fraction_and_exponent(text: str, value: float) -> None:
    """A parameter of type number accepts decimals; without a fraction it is an integer."""
    read = named(load(GOOD / "stations.json").operations["listStations"], "height").read(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("text", ["", "1.", ".5", "1e", "inf", "NaN", "1,5", "\uff11"])
def test_non_json_numbers_are_refused(text: str) -> None:
    """Text that is not a JSON number is refused."""
    with pytest.raises(ValueError, match=r"^write a decimal number, such as 1\.5$"):
        named(load(GOOD / "stations.json").operations["listStations"], "height").read(text)


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False)])
def test_true_and_false_are_read_as_booleans(text: str, value: bool) -> None:
    """A boolean is true or false."""
    assert named(load(GOOD / "readings.yaml").operations["listReadings"], "estimated").read(text) is value


@pytest.mark.parametrize("text", ["", "True", "1", "yes"])
def test_other_words_are_refused_as_booleans(text: str) -> None:
    """Anything but true and false is refused for a boolean."""
    with pytest.raises(ValueError, match=r"^write true or false$"):
        named(load(GOOD / "readings.yaml").operations["listReadings"], "estimated").read(text)


def test_array_parameters_may_be_repeated() -> None:
    """An array parameter may be repeated, and each occurrence is read as an item."""
    meter = named(load(GOOD / "readings.yaml").operations["listReadings"], "meter")
    assert meter.many
    assert [meter.read(text) for text in ("4", "11")] == [4, 11]
    assert meter.schema.is_valid([4, 11])
    assert not meter.schema.is_valid(["4"])


@pytest.mark.parametrize(
    ("name", "has_default", "default"), [("page", True, 1), ("limit", True, 10), ("search", False, None)]
)
def test_parameters_have_the_default_of_their_schema(
    phones: Contract, name: str, has_default: bool, default: Any
) -> None:
    """A parameter has the default of its schema, and says whether there is one."""
    parameter = named(phones.operations["listPhones"], name)
    assert (parameter.has_default, parameter.default) == (has_default, default)


def test_operation_parameters_override_path_parameters(tmp_path: Path) -> None:
    """A parameter of the operation overrides that of the path with the same name and location (OAS 3.1, 4.8.9)."""
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


def plain(text: str) -> str:
    """A decoder of percent-encoding only."""
    return unquote(text)


LIST = "{type: array, items: {type: integer}}"
OBJECT = "{type: object, properties: {a: {type: integer}, b: {type: string}, c: {type: array, items: {type: integer}}}}"


@pytest.mark.parametrize(
    ("declared", "pairs", "value"),
    [
        (f"in: query, explode: false, schema: {LIST}", [("p", "1,2")], [1, 2]),
        (f"in: query, explode: false, schema: {LIST}", [("p", "")], []),
        (f"in: query, style: spaceDelimited, explode: false, schema: {LIST}", [("p", "1%202+3")], [1, 2, 3]),
        (f"in: query, style: pipeDelimited, explode: false, schema: {LIST}", [("p", "1|2%7C3")], [1, 2, 3]),
        (
            f"in: query, schema: {OBJECT}",
            [("a", "1"), ("b", "x"), ("c", "1"), ("c", "2")],
            {"a": 1, "b": "x", "c": [1, 2]},
        ),
        (f"in: query, explode: false, schema: {OBJECT}", [("p", "a,1,b,x")], {"a": 1, "b": "x"}),
        (f"in: query, style: deepObject, schema: {OBJECT}", [("p[a]", "1"), ("p[b]", "x")], {"a": 1, "b": "x"}),
        (f"in: query, style: deepObject, schema: {OBJECT}", [("p[c][]", "1"), ("p[c][]", "2")], {"c": [1, 2]}),
        (f"in: query, content: {{application/json: {{schema: {OBJECT}}}}}", [("p", "%7B%22a%22:1%7D")], {"a": 1}),
        (f"in: path, required: true, schema: {LIST}", [("p", "1,2")], [1, 2]),
        (f"in: path, required: true, schema: {OBJECT}", [("p", "a,1,b,x")], {"a": 1, "b": "x"}),
        (f"in: path, required: true, explode: true, schema: {OBJECT}", [("p", "a=1,b=x")], {"a": 1, "b": "x"}),
        ("in: path, required: true, style: label, schema: {type: integer}", [("p", ".5")], 5),
        (f"in: path, required: true, style: label, explode: true, schema: {LIST}", [("p", ".1.2")], [1, 2]),
        (f"in: path, required: true, style: label, schema: {LIST}", [("p", ".1,2")], [1, 2]),
        ("in: path, required: true, style: matrix, schema: {type: integer}", [("p", ";p=5")], 5),
        (f"in: path, required: true, style: matrix, schema: {LIST}", [("p", ";p=1,2")], [1, 2]),
        (f"in: path, required: true, style: matrix, explode: true, schema: {LIST}", [("p", ";p=1;p=2")], [1, 2]),
        (
            f"in: path, required: true, style: matrix, explode: true, schema: {OBJECT}",
            [("p", ";a=1;b=x")],
            {"a": 1, "b": "x"},
        ),
        (f"in: header, schema: {LIST}", [("p", "1, 2")], [1, 2]),
        (f"in: header, explode: true, schema: {OBJECT}", [("p", "a=1,b=x")], {"a": 1, "b": "x"}),
        (f"in: cookie, explode: false, schema: {LIST}", [("p", "1,2")], [1, 2]),
        ("in: query, schema: {anyOf: [{type: integer}, {type: 'null'}]}", [("p", "10")], 10),
        ("in: query, schema: {allOf: [{type: integer}], maximum: 9}", [("p", "7")], 7),
        ("in: query, schema: {enum: [1, 2]}", [("p", "1")], 1),
        ("in: query, schema: {const: true}", [("p", "true")], True),
        ("in: query, schema: {oneOf: [{type: boolean}, {type: string}]}", [("p", "maybe")], "maybe"),
        (f"in: query, schema: {{anyOf: [{LIST}, {{type: 'null'}}]}}", [("p", "1")], [1]),
        (f"in: query, schema: {{anyOf: [{LIST}, {{type: 'null'}}]}}", [("p", "1"), ("p", "2")], [1, 2]),
        ("in: query, schema: {$ref: '#/components/schemas/N', default: 1}", [("p", "2")], 2),
        ("in: query, schema: {}", [("p", "2")], "2"),
    ],
)
def test_every_parameter_style_is_read(tmp_path: Path, declared: str, pairs: list[tuple[str, str]], value: Any) -> None:
    """Every style of OpenAPI is read, and values get the types of the schema."""
    body = (
        "paths: {'/a/{p}': {get: {operationId: a, parameters: "
        f"[{{name: p, {declared}}}], responses: {{'200': {{description: A.}}}}}}}}}}\n"
        "components: {schemas: {N: {type: integer}}}\n"
    )
    (parameter,) = load(written(tmp_path, HEAD + body)).operations["a"].parameters
    assert read(parameter, pairs) == value
    assert parameter.schema.is_valid(value)
    if parameter.takes is not None:
        assert all(parameter.takes(name) for name, _ in pairs)


def read(parameter: Parameter, pairs: list[tuple[str, str]]) -> Any:
    """The value of the pairs."""
    if parameter.parse is not None:
        return parameter.parse(pairs, plain)
    values = [parameter.read(plain(text)) for _, text in pairs]
    return values if parameter.many else values[0]


@pytest.mark.parametrize(
    ("declared", "pairs", "advice"),
    [
        (
            f"in: query, explode: false, schema: {OBJECT}",
            [("p", "a,1,b")],
            "write names and values in turn, such as a,1,b,2",
        ),
        (f"in: path, required: true, style: label, schema: {LIST}", [("p", "1,2")], "start it with ."),
        (f"in: header, explode: true, schema: {OBJECT}", [("p", "a")], "write name=value pairs"),
        (f"in: query, style: deepObject, schema: {OBJECT}", [("p[a", "1")], "write its fields as name[field]=value"),
        ("in: query, schema: {type: [integer, string]}", [("p", "1"), ("p", "2")], "send it once"),
        ("in: query, content: {application/json: {}}", [("p", "{")], "write JSON: column 2: expected a property name"),
    ],
)
def test_text_in_another_style_is_an_error(
    tmp_path: Path, declared: str, pairs: list[tuple[str, str]], advice: str
) -> None:
    """Text in another style than the parameter's raises an error that says what to write."""
    body = f"paths: {{'/a/{{p}}': {{get: {{parameters: [{{name: p, {declared}}}], responses: {{}}}}}}}}\n"
    (operation,) = load(written(tmp_path, HEAD + body)).operations.values()
    with pytest.raises(ValueError, match=re.escape(advice)):
        read(operation.parameters[0], pairs)


def test_reserved_header_parameters_are_ignored(tmp_path: Path) -> None:
    """Parameters named Accept, Content-Type and Authorization are ignored, as OpenAPI requires."""
    names = "".join(
        f"{{name: {name}, in: header, schema: {{type: string}}}}, " for name in ("Accept", "authorization", "X")
    )
    body = f"paths: {{/a: {{get: {{parameters: [{names}], responses: {{}}}}}}}}\n"
    (operation,) = load(written(tmp_path, HEAD + body)).operations.values()
    assert [parameter.name for parameter in operation.parameters] == ["X"]
