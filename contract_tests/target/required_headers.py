"""The headers that the operations of a document require as parameters."""

from __future__ import annotations

from urllib.parse import quote

from fixtures import FixtureError, values
from openapi import Contract, Parameter
from openapi.json_value import JsonValue
from openapi.pointers import resolve

_SET_ELSEWHERE = frozenset(
    ("accept", "content-type", "authorization", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since")
)
"""Headers that OpenAPI does not describe as parameters (3.1.1, section 4.8.12.2.1), or that depend on a record."""


def required_headers(contract: Contract) -> dict[str, str]:
    """The headers and cookies that any operation requires, each with one valid value, to be sent with every request.

    The value is the document's default or example, or a value generated from the schema.
    """
    keys = {resource.idempotency_key for resource in contract.resources.values()}
    made: dict[tuple[str, str], str | None] = {}
    for operation in contract.operations.values():
        for one in operation.parameters:
            is_elsewhere = one.name in keys or one.name.lower() in _SET_ELSEWHERE
            if one.required and one.location in ("header", "cookie") and not is_elsewhere:
                made.setdefault((one.location, one.name), _text(contract, one))
    headers = {name: text for (location, name), text in made.items() if location == "header" and text is not None}
    cookies = [f"{name}={quote(text)}" for (location, name), text in made.items() if location == "cookie" and text]
    return {**headers, "Cookie": "; ".join(cookies)} if cookies else headers


def _text(contract: Contract, parameter: Parameter) -> str | None:
    """A value of the parameter, as text; None for an array or an object, or if none can be made."""
    value: JsonValue = parameter.default if parameter.has_default else _example(contract, parameter)
    try:
        value = values(contract, parameter.schema.pointer)[0] if value is None else value
    except FixtureError:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (str, int, float)) else None


def _example(contract: Contract, parameter: Parameter) -> JsonValue:
    node = resolve(contract.document(), parameter.pointer)
    if not isinstance(node, dict):
        return None
    named = [one.get("value") for one in node.get("examples", {}).values()]
    found: JsonValue = node.get("example", next(iter(named), None))
    return found
