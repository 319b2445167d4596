"""Bodies: media types with their schemas and examples, and the headers and responses that hold them."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import jsonschema_rs

from openapi.contract import Example, Header, MediaType, RequestBody, Response
from openapi.document.keywords import BODY, EXAMPLE, HEADER, MEDIA_TYPE, RESPONSE, allowed
from openapi.document.node import Node, kind_of
from openapi.messages import describe
from openapi.pointers import from_tokens, join
from openapi.schemas import Schema, compile_schema

_METASCHEMA = jsonschema_rs.Draft202012Validator(
    {"$ref": "https://json-schema.org/draft/2020-12/schema"}, validate_formats=True
)
_SAME_VALUE = ("allOf", "anyOf", "oneOf")
_TYPES = "array, boolean, integer, null, number, object or string"


def compiled(node: Node) -> Schema:
    """The schema at `node`. Raises SpecError where it is no JSON Schema, or its default breaks it."""
    check_keywords(node)
    _check_ends(node, ())
    try:
        schema = compile_schema(dict(node.root), node.pointer)
    except (ValueError, LookupError) as error:
        problem = str(error).splitlines()[0]
        raise node.fail(f"is no JSON Schema ({problem})", "mend it (JSON Schema 2020-12)") from None
    if isinstance(node.value, dict) and "default" in node.value:
        check_value(node["default"], schema)
    return schema


def check_value(node: Node, schema: Schema, value: Any = None) -> None:
    """Raise SpecError where the value of `node` breaks `schema`. Another `value` is one that `node` stands for."""
    judged = node.value if value is None else value
    for violation in schema.violations(judged):
        inside = violation.path if value is None else ""
        place = Node(node.root, None, node.pointer + inside, node.locate)
        problem = f"breaks {violation.rests_on} ({violation.message})"
        if value is not None:
            problem = f"makes a value that {problem}"
        raise place.fail(problem, "mend it or the schema")


def check_keywords(node: Node) -> None:
    """Raise SpecError where `node` is no schema by the looks of it: what it refers to is not looked at."""
    if not isinstance(node.value, (dict, bool)):
        raise node.fail(f"is {kind_of(node.value)}, no schema", "write a mapping, or true")
    error = next(iter(_METASCHEMA.iter_errors(node.value)), None)
    if error is None:
        return
    place = Node(node.root, None, node.pointer + from_tokens(error.instance_path), node.locate)
    keyword = next((str(token) for token in reversed(error.instance_path) if isinstance(token, str)), "")
    if keyword == "type":
        raise place.fail(f"is {error.instance!r}, no type of JSON Schema", f"write {_TYPES}")
    if keyword == "$ref":
        raise place.fail(f"is {error.instance!r}, no reference", "write it in the form #/components/schemas/Thing")
    if keyword in ("pattern", "patternProperties") and error.kind.name == "format":
        advice = "write one (ECMA-262), with \\ before a character that is meant literally"
        raise place.fail(f"is {error.instance!r}, no regular expression", advice)
    raise place.fail(f"is no JSON Schema ({describe(error)})", "mend it (JSON Schema 2020-12)")


def _check_ends(node: Node, above: tuple[str, ...]) -> None:
    """Raise SpecError where judging a value would never end: the schema judges the same value by itself again."""
    if node.pointer in above:
        raise node.fail("is a schema that refers to itself for the same value", "name another schema, or write it out")
    if not isinstance(node.value, dict):
        return
    seen = (*above, node.pointer)
    if "$ref" in node.value:
        _check_ends(node["$ref"].referred(), seen)
    for keyword in _SAME_VALUE:
        for part in node.items_of(keyword):
            _check_ends(part, seen)


def read_content(node: Node) -> MappingProxyType[str, MediaType]:
    """The media types of a `content`. Each example is checked against the schema beside it."""
    found = {}
    for name, media in node.members():
        media.mapping(allowed(MEDIA_TYPE, node))
        schema = compiled(media["schema"]) if "schema" in media.value else None
        found[name.lower()] = MediaType(name.lower(), schema, read_examples(media, schema), media.pointer)
    return MappingProxyType(found)


def read_examples(node: Node, schema: Schema | None) -> tuple[Example, ...]:
    """The examples beside a schema, `example` among them as 'example'. Raises SpecError where one breaks the schema."""
    found = []
    if "example" in node.value:
        found.append(Example("example", node["example"].value, node["example"].pointer))
    for name, entry in node.members_of("examples"):
        target = entry.follow().mapping(allowed(EXAMPLE, node))
        if "value" not in target.value:
            raise target.fail("has no value", "write the example's value here")
        found.append(Example(name, target["value"].value, target["value"].pointer))
    for example in found:
        for violation in schema.violations(example.value) if schema else ():
            place = Node(node.root, None, example.pointer + violation.path, node.locate)
            raise place.fail(f"breaks {violation.rests_on} ({violation.message})", "mend the example or the schema")
    return tuple(found)


def read_body(node: Node) -> RequestBody:
    """The request body at `node`, a reference or not."""
    node = node.follow().mapping(allowed(BODY, node), required=("content",))
    content = read_content(node["content"])
    if not content:
        raise node["content"].fail("is empty", "name the media type that the body has, such as application/json")
    return RequestBody(node.boolean_of("required"), content, node.pointer)


def read_response(status: str, node: Node) -> Response:
    """The response at `node`, a reference or not."""
    node = node.follow().mapping(allowed(RESPONSE, node), required=("description",))
    headers = {name: _read_header(name, entry) for name, entry in node.members_of("headers")}
    content = read_content(node["content"]) if "content" in node.value else MappingProxyType({})
    return Response(status, node["description"].text(), MappingProxyType(headers), content, node.pointer)


def _read_header(name: str, node: Node) -> Header:
    node = node.follow().mapping(allowed(HEADER, node), required=("schema",))
    schema = compiled(node["schema"])
    return Header(name, node.boolean_of("required"), schema, read_examples(node, schema), node.pointer)


def member_schema(node: Node, schema: Schema, name: str) -> Schema:
    """The schema of the member `name` of the object that `schema` describes."""
    return compiled(node.at(join(schema.pointer, "properties", name)))
