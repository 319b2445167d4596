"""Reads queries for a service that corrects or ignores invalid ones: the keywords of `x-http` / `query`.

A query is first corrected, parameter by parameter, and then read as usual.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from mock_server.http.errors import invalid
from mock_server.http.messages import Violation
from mock_server.http.parameters import ParameterGroup, decode, pairs
from openapi.contract import Contract
from openapi.flattening import flat
from openapi.json_value import JsonValue
from openapi.messages import unknown_field
from openapi.model.http import Operation, Parameter

ReadQuery: TypeAlias = Callable[[str, list[Violation]], dict[str, JsonValue]]
"""Maps a query string to the values of the parameters; adds to the violations."""

_Texts: TypeAlias = dict[str, list[str]]
_Correct: TypeAlias = Callable[[Parameter, str], str | None]
"""Maps a decoded text to the one to read instead; None means that the parameter counts as not sent."""

_USUAL = {
    "query/unknown-parameters": "ignored",
    "query/repeated-parameters": "refused",
    "query/empty-parameters": "judged-by-their-schema",
    "query/out-of-range": "refused",
    "query/malformed-numbers": "refused",
    "query/unknown-values": "refused",
    "query/plus": "space",
}
_DIGITS = re.compile(r"-?[0-9]+", re.ASCII)
_LEADING_DIGITS = re.compile(r"\s*([+-]?[0-9]+)", re.ASCII)
_LONGEST = 4300


def query_words_reader(contract: Contract, operation: Operation, group: ParameterGroup) -> ReadQuery | None:
    """The reader of the operation's queries; None if the document asks for no correction."""
    words = {name: contract.conventions[name] for name in _USUAL}
    if words == _USUAL or not any(one.location == "query" for one in operation.parameters):
        return None
    parameters = {one.name: one for one in operation.parameters if one.location == "query" and one.parse is None}
    corrections = _corrections(words)

    def read(query: str, violations: list[Violation]) -> dict[str, JsonValue]:
        texts = _texts(query, group, words)
        nothing: dict[str, JsonValue] = {}
        for name in [name for name in texts if name in parameters]:
            _correct(texts, parameters[name], words, corrections, nothing)
        return {**group.read(texts, violations), **nothing}

    return read


def _texts(query: str, group: ParameterGroup, words: Mapping[str, str]) -> _Texts:
    texts: _Texts = {}
    for name, text in pairs(query):
        if group.has(name):
            texts.setdefault(name, []).append(text.replace("+", "%2B") if words["query/plus"] == "plus" else text)
        elif words["query/unknown-parameters"] == "refused":
            raise invalid([Violation("query", name, unknown_field(name, sorted(group.names)))])
    return texts


def _correct(
    texts: _Texts,
    parameter: Parameter,
    words: Mapping[str, str],
    corrections: list[_Correct],
    nothing: dict[str, JsonValue],
) -> None:
    """Correct the texts of one parameter. A value that no record has is added unchanged to `nothing`."""
    name = parameter.name
    repeated = words["query/repeated-parameters"]
    if len(texts[name]) > 1 and repeated != "refused" and not parameter.many:
        texts[name] = [texts[name][0 if repeated == "first" else -1]]
    if len(texts[name]) != 1:
        return
    try:
        text: str | None = decode(texts[name][0])
    except ValueError:
        return
    for correct in corrections:
        text = correct(parameter, text) if text is not None else None
    if text is None:
        del texts[name]
    elif words["query/unknown-values"] == "nothing-found" and _is_unknown(parameter, text):
        del texts[name]
        nothing[name] = text
    elif text != decode(texts[name][0]):
        texts[name] = [text.replace("%", "%25").replace("+", "%2B")]


def _corrections(words: Mapping[str, str]) -> list[_Correct]:
    """The corrections of a text, in order, for the keywords without their default value."""
    choices: dict[tuple[str, str], _Correct] = {
        ("query/empty-parameters", "ignored"): lambda _, text: text or None,
        ("query/malformed-numbers", "default"): lambda one, text: text if _is_number_or_other(one, text) else None,
        ("query/malformed-numbers", "leading-digits"): _leading_digits,
        ("query/out-of-range", "default"): lambda one, text: text if _nearest(one, text) == text else None,
        ("query/out-of-range", "clamped"): _nearest,
        ("query/out-of-range", "clamped-above"): lambda one, text: (
            text if _is_below(one, text) else _nearest(one, text)
        ),
        ("query/out-of-range", "clamped-above-default-below"): (
            lambda one, text: None if _is_below(one, text) else _nearest(one, text)
        ),
        ("query/unknown-values", "ignored"): lambda one, text: None if _is_unknown(one, text) else text,
        ("query/unknown-values", "any-letter-case"): _in_any_case,
    }
    return [correct for (name, word), correct in choices.items() if words[name] == word]


def _is_number_or_other(parameter: Parameter, text: str) -> bool:
    return not _is_integer(parameter) or bool(_DIGITS.fullmatch(text))


def _leading_digits(parameter: Parameter, text: str) -> str | None:
    """The number at the start of a text, as JavaScript's parseInt reads it; without one, the default."""
    if not _is_integer(parameter) or _DIGITS.fullmatch(text):
        return text
    found = _LEADING_DIGITS.match(text)
    return str(int(found[1])) if found and len(found[1]) < _LONGEST else None


def _nearest(parameter: Parameter, text: str) -> str:
    """The nearest bound for a number out of bounds; any other text unchanged."""
    schema = flat(parameter.schema.document, parameter.schema.node)
    if not _is_integer(parameter) or not _DIGITS.fullmatch(text) or len(text) >= _LONGEST:
        return text
    number = int(text)
    clamped = max(number, schema.get("minimum", number))
    clamped = min(clamped, schema.get("maximum", clamped))
    return text if clamped == number else str(clamped)


def _is_below(parameter: Parameter, text: str) -> bool:
    """Whether a text is a number below the minimum."""
    nearest = _nearest(parameter, text)
    return nearest != text and int(nearest) > int(text)


def _in_any_case(parameter: Parameter, text: str) -> str:
    if not _is_unknown(parameter, text):
        return text
    return next((one for one in _listed(parameter) if one.lower() == text.lower()), text)


def _is_unknown(parameter: Parameter, text: str) -> bool:
    listed = _listed(parameter)
    return bool(listed) and text not in listed


def _is_integer(parameter: Parameter) -> bool:
    return flat(parameter.schema.document, parameter.schema.node).get("type") == "integer"


def _listed(parameter: Parameter) -> list[str]:
    listed = flat(parameter.schema.document, parameter.schema.node).get("enum", ())
    return [one for one in listed if isinstance(one, str)]
