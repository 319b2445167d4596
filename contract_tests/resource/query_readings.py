"""How the service reads a query parameter according to the document: unchanged, corrected, ignored, or not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from openapi import Parameter
from openapi.flattening import flat

QUERY = "query"
_Kind: TypeAlias = Literal["refused", "with", "without", "empty"]
_OUT_OF_RANGE: Mapping[str, tuple[_Kind, _Kind]] = {
    "refused": ("refused", "refused"),
    "clamped": ("with", "with"),
    "default": ("without", "without"),
    "clamped-above": ("with", "refused"),
    "clamped-above-default-below": ("with", "without"),
}
"""By value of `x-http`, how a number above the maximum is read, and one below the minimum; `with` uses the bound."""
_INTEGER = re.compile("-?[0-9]+", re.ASCII)
_START = re.compile(r"\s*([+-]?[0-9]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text is read, and the value of `x-http` that says so.

    It is `refused`, or the list is that `with` the parameter's `text`, that `without` it, or `empty`.
    """

    kind: _Kind
    word: str
    text: str = ""


def reading(words: Mapping[str, str], parameter: Parameter, text: str) -> Reading:
    """How an invalid text of a parameter of the list is read, according to `x-http`."""
    schema = flat(parameter.schema.document, parameter.schema.node)
    word = "query/empty-parameters"
    if text == "" and words[word] == "ignored":
        return Reading("without", word)
    if schema.get("type") == "integer":
        return _number(words, schema, text)
    return _listed(words, [str(value) for value in schema.get("enum", ())], text)


def _number(words: Mapping[str, str], schema: Mapping[str, int], text: str) -> Reading:
    word = "query/malformed-numbers"
    if not _INTEGER.fullmatch(text):
        start = _START.match(text)
        if words[word] == "refused":
            return Reading("refused", word)
        if words[word] == "default" or start is None:
            return Reading("without", word)
        text = str(int(start[1]))
    number, bound_word = int(text), "query/out-of-range"
    nearest = max(number, schema.get("minimum", number))
    nearest = min(nearest, schema.get("maximum", nearest))
    if nearest == number:
        return Reading("with", word, text)
    above, below = _OUT_OF_RANGE[words[bound_word]]
    kind = above if number > nearest else below
    return Reading(kind, bound_word, str(nearest) if kind == "with" else "")


def _listed(words: Mapping[str, str], values: list[str], text: str) -> Reading:
    word = "query/unknown-values"
    said = words[word]
    if said == "ignored":
        return Reading("without", word)
    if said == "nothing-found":
        return Reading("empty", word)
    alike = [value for value in values if value.lower() == text.lower()]
    return Reading("with", word, alike[0]) if said == "any-letter-case" and alike else Reading("refused", word)
