"""Bodies: media types with their schemas and examples, and the headers and responses that have them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from openapi.document.directions import Direction
from openapi.document.keywords import BODY, EXAMPLE, HEADER, MEDIA_TYPE, RESPONSE
from openapi.document.node import Node, kind_of
from openapi.model.http import Example, Header, MediaType, RequestBody, Response
from openapi.pointers import join
from openapi.schemas import Schema


def compiled(node: Node, direction: Direction = "response") -> Schema:
    """The schema at `node`, for values in `direction`. Raises SpecError for a broken reference."""
    try:
        return node.reading.schemas[direction].at(node.pointer)
    except (ValueError, LookupError) as error:
        raise node.fail(
            f"is not a JSON Schema ({str(error).splitlines()[0]})", "write one (JSON Schema 2020-12)"
        ) from None


def check_value(node: Node, schema: Schema, value: Any = None) -> None:
    """Raise SpecError if the value of `node` breaks `schema`. Pass `value` if `node` represents another value."""
    judged = node.value if value is None else value
    for violation in schema.violations(judged):
        part = node.below(violation.path if value is None else "")
        problem = f"breaks {violation.rests_on} ({violation.message})"
        if value is not None:
            problem = f"makes a value that {problem}"
        raise part.fail(problem, "change it or the schema")


def read_content(node: Node, direction: Direction) -> MappingProxyType[str, MediaType]:
    """The media types of a `content`."""
    found = {}
    for name, entry in node.fields():
        media = entry.follow().object_of(MEDIA_TYPE)
        schema = compiled(media["schema"], direction) if "schema" in media.value else None
        if "itemSchema" in media.value:
            media["itemSchema"].warn(
                "is not read: items of a stream are not checked", "describe the whole body in schema"
            )
        key = name.lower()
        found[key] = MediaType(key, schema, read_examples(media), media.pointer, _encodings(media))
    return MappingProxyType(found)


def _encodings(media: Node) -> Mapping[str, Mapping[str, Any]]:
    """The `encoding` of each property of a form."""
    encoding = media.value.get("encoding")
    known = encoding.items() if isinstance(encoding, dict) else ()
    return MappingProxyType({name: one for name, one in known if isinstance(one, dict)})


def read_examples(node: Node) -> tuple[Example, ...]:
    """The examples next to a schema; `example` is the one called 'example'. One in another file is left out."""
    found = []
    if "example" in node.value:
        found.append(Example("example", node["example"].value, node["example"].pointer))
    examples = node.value.get("examples")
    if isinstance(examples, list):
        # 3.1 has lists of examples only in schemas, but the meaning is clear.
        node["examples"].warn("is a list; its items are read as examples", "write a mapping: {name: {value: …}}")
        found += [Example(str(at), value, join(node.pointer, "examples", at)) for at, value in enumerate(examples)]
        return tuple(found)
    for name, entry in node.fields_of("examples"):
        target = entry.follow()
        if not isinstance(target.value, dict):
            target.warn(f"is {kind_of(target.value)}, not an example, and is ignored", "write {value: …}")
            continue
        target.object_of(EXAMPLE)
        for field in ("value", "dataValue"):
            if field in target.value:
                found.append(Example(name, target[field].value, target[field].pointer))
                break
    return tuple(found)


def read_body(node: Node) -> RequestBody | None:
    """The request body at `node`, a reference or not; None, with a warning, for one without content."""
    node = node.follow().object_of(BODY)
    if not isinstance(node.value.get("content"), dict) or not node.value["content"]:
        node.warn("has no content and is ignored", "add the media type of the body, such as application/json")
        return None
    return RequestBody(node.boolean_of("required"), read_content(node["content"], "request"), node.pointer)


def read_response(status: str, node: Node) -> Response:
    """The response at `node`, a reference or not."""
    node = node.follow().object_of(RESPONSE)
    if "description" not in node.value:
        node.warn("has no description", "add one: OpenAPI requires it")
    headers = dict(_read_headers(node))
    content = read_content(node["content"], "response") if "content" in node.value else MappingProxyType({})
    description = node.text_of("description", "")
    return Response(status, description, MappingProxyType(headers), content, node.pointer)


def _read_headers(node: Node) -> list[tuple[str, Header]]:
    # A response header named Content-Type is ignored (OAS 3.1.1, section 4.8.17.1, headers).
    return [
        (name, _read_header(name, one)) for name, one in node.fields_of("headers") if name.lower() != "content-type"
    ]


def _read_header(name: str, node: Node) -> Header:
    node = node.follow().object_of(HEADER)
    schema = compiled(schema_of(node))
    return Header(name, node.boolean_of("required"), schema, read_examples(node), node.pointer)


def schema_of(node: Node) -> Node:
    """The schema of a parameter or header, including one that is described by its `content`."""
    if "schema" in node.value:
        return node["schema"]
    media = next(node.fields_of("content"))[1].follow()
    return media["schema"]


def field_schema(node: Node, schema: Schema, name: str, direction: Direction = "response") -> Schema:
    """The schema of the field `name` of the object that `schema` describes, itself or in its combined schemas."""
    found = _field(node.at(schema.pointer), name) or node.at(join(schema.pointer, "properties", name))
    return compiled(found, direction)


def _field(schema: Node, name: str) -> Node | None:
    if isinstance(schema.value, dict):
        if name in schema.value.get("properties", {}):
            return schema["properties"][name]
        parts = list(schema.items_of("allOf"))
        for part in [*parts, *([schema["$ref"].referred()] if "$ref" in schema.value else [])]:
            found = _field(part, name)
            if found is not None:
                return found
    return None
