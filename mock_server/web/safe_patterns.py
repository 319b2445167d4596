r"""A jsonschema validator with the regular expressions of jsonschema-rs.

Python's `re` backtracks without limit, and does not know all of ECMA 262, such as \p{L}, which JSON Schema recommends
(JSON Schema Core 2020-12, section 6.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend


@lru_cache(1000)
def _matcher(pattern: str) -> Callable[[str], bool]:
    return jsonschema_rs.Draft202012Validator({"pattern": pattern}).is_valid


def _pattern(validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(value, "string") and not _matcher(pattern)(value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Any], value: Any, _schema: Any
) -> Iterator[ValidationError]:
    for pattern, schema in patterns.items() if validator.is_type(value, "object") else ():
        for name, inner in value.items():
            if _matcher(pattern)(name):
                yield from validator.descend(inner, schema, path=name, schema_path=pattern)


def _additional_properties(
    validator: Any, additional: Any, value: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if not validator.is_type(value, "object"):
        return
    matchers = [_matcher(pattern) for pattern in schema.get("patternProperties", {})]
    for name, inner in value.items():
        if name in schema.get("properties", {}) or any(matches(name) for matches in matchers):
            continue
        if additional is False:
            yield ValidationError(f"the property {name!r} is not allowed")
        else:
            yield from validator.descend(inner, additional, path=name)


_extend: Callable[..., Any] = extend
SafeValidator = _extend(
    Draft202012Validator,
    {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
    },
)
"""Draft202012Validator with patterns that can't hang."""
