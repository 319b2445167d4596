"""Reads request bodies by their media type: JSON, forms, multipart and text; others are accepted unread.

RFC 9110, section 8.3.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Set
from io import BytesIO
from typing import Any, TypeAlias

from werkzeug.formparser import MultiPartParser
from werkzeug.http import parse_options_header

from mock_server.http.errors import RefusedError, too_large
from mock_server.http.messages import Violation
from mock_server.http.parameters import decode, pairs
from openapi.coercion import coerced, kinds_of
from openapi.flattening import flat
from openapi.json_value import JsonValue
from openapi.media_types import by_essence, essence, is_json, of_content
from openapi.model.http import MediaType
from openapi.model.refusals import Refusal
from openapi.strict_json import JsonProblem, NotJsonError, parse_json, read_json

BodyReader: TypeAlias = Callable[[str, bytes], JsonValue]
"""Maps a Content-Type and a body to the value; raises InvalidBodyError."""

_FORM = "application/x-www-form-urlencoded"
_DELIMITERS = {"spaceDelimited": " ", "pipeDelimited": "|"}


class InvalidBodyError(ValueError):
    """A body that does not match its media type."""

    def __init__(self, violations: list[Violation]) -> None:
        super().__init__(violations)
        self.violations = violations


def decompressed(body: bytes, encoding: str | None, most: int) -> bytes:
    """`body` without its content encoding. Raises RefusedError for an unknown encoding or more than `most` bytes."""
    if encoding is None or encoding.strip().lower() in ("", "identity"):
        return body
    if encoding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        raise RefusedError(Refusal.MEDIA_TYPE, f"The content encoding {encoding} is not accepted; send gzip or none.")
    reader = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        plain = reader.decompress(body, most + 1)
    except zlib.error:
        violation = Violation(
            "header", "Content-Encoding", f"the body is not {encoding}; compress it or drop the header"
        )
        raise InvalidBodyError([violation]) from None
    if len(plain) > most:
        raise too_large(most)
    return plain


def is_readable(name: str) -> bool:
    """Whether bodies of the media type `name` are read and validated."""
    return is_json(name) or name == _FORM or name.startswith(("multipart/", "text/")) or "*" in name


def is_always_json(media_type: MediaType) -> bool:
    """Whether `media_type` is one of JSON, and not a range such as `*/*`."""
    return is_json(media_type.name) and "*" not in media_type.name


def body_reader(media_type: MediaType) -> BodyReader | None:
    """A function that reads bodies of `media_type`; None for a media type that is accepted unread."""
    if not is_readable(media_type.name):
        return None

    def read(content_type: str, body: bytes) -> JsonValue:
        name = media_type.name if "*" not in media_type.name else essence(content_type)
        if name == _FORM:
            return _value_of(media_type, _texts_of_form(body))
        if name.startswith("multipart/"):
            return _value_of(media_type, _texts_of_parts(content_type, body))
        if is_json(name) or not name:
            return read_json(body)
        return body.decode(errors="replace") if name.startswith("text/") else None

    return read


def violations_of(error: InvalidBodyError | NotJsonError) -> list[Violation]:
    """The violations of a body that can't be read."""
    return error.violations if isinstance(error, InvalidBodyError) else list(map(_violation_of, error.problems))


def _violation_of(found: JsonProblem) -> Violation:
    if found.pointer is not None:
        return Violation("body", found.pointer, f"{found.problem}; {found.advice}")
    message = f"not valid JSON: line {found.line}, column {found.column}: {found.problem}; {found.advice}"
    return Violation("body", "", message)


def _texts_of_form(body: bytes) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for name, text in pairs(body.decode("latin-1")):
        try:
            texts.setdefault(name, []).append(decode(text))
        except ValueError as error:
            raise InvalidBodyError([Violation("body", f"/{name}", str(error))]) from None
    return texts


def _texts_of_parts(content_type: str, body: bytes) -> dict[str, list[str]]:
    boundary = parse_options_header(content_type)[1].get("boundary")
    if not boundary:
        raise InvalidBodyError([Violation("header", "Content-Type", "has no boundary; add one for multipart bodies")])
    texts: dict[str, list[str]] = {}
    try:
        fields, files = MultiPartParser(max_form_memory_size=None).parse(
            BytesIO(body), boundary.encode("latin-1"), len(body)
        )
    except ValueError:
        message = "not a multipart body: its parts are not separated by the boundary"
        raise InvalidBodyError([Violation("body", "", message)]) from None
    for name, text in fields.items(multi=True):
        texts.setdefault(name, []).append(text)
    for name, file in files.items(multi=True):
        texts.setdefault(name, []).append(file.read().decode("latin-1"))
        file.close()
    if None in texts:  # RFC 7578, section 4.2
        message = "a part has no name; write Content-Disposition: form-data; name="
        raise InvalidBodyError([Violation("body", "", message)])
    return texts


def _value_of(media_type: MediaType, texts: Mapping[str, list[str]]) -> JsonValue:
    """The object that a form encodes, with each property read by its schema and its encoding."""
    if media_type.schema is None:
        return {name: held[0] if len(held) == 1 else held for name, held in texts.items()}
    document, schema = media_type.schema.document, flat(media_type.schema.document, media_type.schema.node)
    properties = schema.get("properties", {})
    objects = {name for name, one in properties.items() if kinds_of(document, one) == {"object"}}
    value: JsonValue = coerced(document, schema, _by_property(texts, properties, media_type.encodings, objects))
    for name in schema.get("required", ()):
        if name not in value and kinds_of(document, properties.get(name, True)) == {"array"}:
            value[name] = []  # A form has no other way to send an empty list.
    for name, field in value.items():
        if isinstance(field, str) and "object" in kinds_of(document, properties.get(name, True)):
            value[name] = _parsed(field)
        elif isinstance(field, list) and "object" in kinds_of(document, _items(document, properties.get(name, True))):
            value[name] = [_parsed(one) if isinstance(one, str) else one for one in field]
    return value


def _by_property(
    texts: Mapping[str, list[str]],
    properties: Mapping[str, Any],
    encodings: Mapping[str, Mapping[str, JsonValue]],
    objects: Set[str],
) -> dict[str, Any]:
    """The texts by property; `name[]` is an item of one, `name[field]` a field. `objects` are objects."""
    raw: dict[str, Any] = {}
    for name, held in texts.items():
        base, bracket, rest = name.partition("[")
        if not bracket or base not in properties:
            split = _split(held, encodings.get(name, {}))
            raw[name] = _fields(held[0], split) if name in objects and isinstance(split, list) else split
        elif rest == "]":
            raw[base] = held
        else:
            fields = raw.setdefault(base, {})
            if isinstance(fields, dict):
                fields[rest.rstrip("]")] = held[0] if len(held) == 1 else held
    return raw


def _items(document: Mapping[str, Any], schema: Any) -> Any:
    return flat(document, schema).get("items", True)


def _split(held: list[str], encoding: Mapping[str, JsonValue]) -> str | list[str]:
    if len(held) == 1 and encoding.get("explode") is False:
        return held[0].split(_DELIMITERS.get(str(encoding.get("style")), ","))
    return held[0] if len(held) == 1 else held


def _fields(text: str, split: list[str]) -> str | dict[str, str]:
    """The names and values of an object that is not exploded, such as `a,1,b,2`; the text itself for JSON."""
    is_json_text = isinstance(_parsed(text), dict) or len(split) % 2
    return text if is_json_text else dict(zip(split[::2], split[1::2], strict=True))


def _parsed(text: str) -> JsonValue:
    """The JSON value of an object's text (OAS 3.1.1, section 4.8.15.1, contentType); the text if it is not JSON."""
    try:
        return parse_json(text)
    except NotJsonError:
        return text


def chooser(content: Mapping[str, MediaType]) -> Callable[[str], MediaType | None]:
    """A function from a `Content-Type` to the entry of `content` that it matches; None if none does.

    An exact name wins over a range (`application/*`, `*/*`). A `charset` other than UTF-8 matches none, because the
    mock reads no other encoding.
    """
    by_name = by_essence(content)

    def choose(content_type: str) -> MediaType | None:
        parameters = content_type.lower().partition(";")[2].split(";")
        return of_content(by_name, content_type) if all(map(_is_utf8, parameters)) else None

    return choose


def _is_utf8(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return name.strip() != "charset" or value.strip().strip('"') in ("utf-8", "utf8")
