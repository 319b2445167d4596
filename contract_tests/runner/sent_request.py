"""Validates a request as it was sent, which may differ from its values: a path or a query has only texts.

Schemathesis judges a request by its values. In a path or a query, an integer in place of a list is a list of one text,
which the service has to accept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_plus, urlsplit

from openapi import Operation, Parameter, Schema
from openapi.coercion import coerced, kinds_of
from openapi.flattening import flat
from openapi.json_value import JsonValue
from openapi.media_types import essence, is_json, of_content
from openapi.model.http import Decode, MediaType
from openapi.path_templates import pattern, placeholders
from openapi.strict_json import NotJsonError, read_json

_FORM = "application/x-www-form-urlencoded"
_DECODE: Mapping[str, Decode] = {"query": unquote_plus, "path": unquote, "header": str, "cookie": str}


class UnclearError(Exception):
    """The request is ambiguous."""


def is_valid_as_sent(operation: Operation, prefix: str, request: Any) -> bool | None:
    """Whether a request (requests.PreparedRequest) matches the schemas of `operation`; None if that is unclear.

    `prefix` is the path of the base URL.
    """
    try:
        return all(_keeps(one, list(_pairs(one, operation, prefix, request))) for one in operation.parameters) and (
            _body_keeps(operation, request)
        )
    except UnclearError:
        return None


def _pairs(parameter: Parameter, operation: Operation, prefix: str, request: Any) -> Iterator[tuple[str, str]]:
    """The names and the texts, as they were sent, that belong to a parameter."""
    takes = parameter.takes or parameter.name.__eq__
    whole = urlsplit(request.url)
    if parameter.location == "query":
        found = [one.partition("=")[::2] for one in whole.query.split("&") if one]
        yield from ((unquote_plus(name), text) for name, text in found if takes(unquote_plus(name)))
    elif parameter.location == "path":
        match = pattern(operation.path).fullmatch(whole.path.removeprefix(prefix))
        if match is None:
            raise UnclearError
        texts = zip(placeholders(operation.path), match.groups(), strict=True)
        yield from ((name, text) for name, text in texts if takes(name))
    elif parameter.location == "header" and parameter.name in request.headers:
        yield parameter.name, _text(request.headers[parameter.name])
    elif parameter.location == "cookie":
        found = [one.strip().partition("=")[::2] for one in _text(request.headers.get("Cookie", "")).split(";")]
        yield from ((name, text) for name, text in found if takes(name))


def _keeps(parameter: Parameter, pairs: list[tuple[str, str]]) -> bool:
    if not pairs:
        return not parameter.required
    decode = _DECODE[parameter.location]
    if parameter.parse is None and len(pairs) > 1 and not parameter.many:
        raise UnclearError
    try:
        if parameter.parse is not None:
            return parameter.schema.is_valid(parameter.parse(pairs, decode))
        values = [parameter.read(decode(text)) for _, text in pairs]
    except ValueError:
        return False
    return parameter.schema.is_valid(values if parameter.many else values[0])


def _body_keeps(operation: Operation, request: Any) -> bool:
    body = request.body.encode() if isinstance(request.body, str) else request.body
    if operation.body is None:
        return True
    if not body:
        return not operation.body.required
    content_type = _text(request.headers.get("Content-Type", ""))
    media: MediaType | None = of_content(operation.body.content, content_type)
    if media is None or not isinstance(body, bytes):
        raise UnclearError
    if media.schema is None:
        return True
    if essence(content_type) == _FORM and not media.encodings:
        return media.schema.is_valid(_value_of_form(media.schema, body))
    if not is_json(content_type):
        raise UnclearError
    try:
        return media.schema.is_valid(read_json(body))
    except NotJsonError:
        return False


def _value_of_form(schema: Schema, body: bytes) -> JsonValue:
    """The value of a form that has only texts and lists of texts; the encoding of others is unclear."""
    texts: dict[str, list[str]] = {}
    for name, text in parse_qsl(body.decode("latin-1"), keep_blank_values=True):
        texts.setdefault(name, []).append(text)
    for one in flat(schema.document, schema.node).get("properties", {}).values():
        items = flat(schema.document, one).get("items", {})
        if "object" in kinds_of(schema.document, one) | kinds_of(schema.document, items):
            raise UnclearError
    value: JsonValue = coerced(
        schema.document, schema.node, {name: held[0] if len(held) == 1 else held for name, held in texts.items()}
    )
    return value


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
