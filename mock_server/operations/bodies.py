"""Response bodies from values: as JSON, text or XML, by the media type that the document declares."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

from openapi.flattening import flat
from openapi.json_value import JsonValue
from openapi.media_types import is_json
from openapi.model.http import MediaType

_NOT_IN_XML_NAME = re.compile(r"[^A-Za-z0-9_.-]")


def encoded(value: JsonValue, media_type: MediaType) -> bytes:
    """`value` as a body of `media_type`."""
    name = media_type.name.partition(";")[0].strip()
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if is_json(name) or name in ("*/*", "application/*"):
        return text.encode()
    if name == "text/event-stream" and not isinstance(value, str):
        return f"data: {text}\n\n".encode()
    if name in ("application/x-ndjson", "application/jsonl", "application/json-seq"):
        return f"{text}\n".encode()
    if (name.endswith(("/xml", "+xml"))) and not isinstance(value, str):
        return _xml(value, media_type)
    return (value if isinstance(value, str) else text).encode()


def content_type_of(media_type: MediaType) -> str:
    """The media type for the header of a response: a range such as */* becomes JSON (or text without a schema)."""
    if "*" not in media_type.name:
        return media_type.name
    return "text/plain" if media_type.name.startswith("text/") else "application/json"


def _xml(value: JsonValue, media_type: MediaType) -> bytes:
    schema, name = media_type.schema, None
    if schema is not None:
        name = _said_name(flat(schema.document, schema.node))
        if name is None and schema.pointer.startswith("/components/schemas/"):
            name = schema.pointer.rpartition("/")[2]
    root = Element(_xml_name(name or "root"))
    _fill(root, value)
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _said_name(schema: Mapping[str, JsonValue]) -> str | None:
    xml = schema.get("xml")
    return xml.get("name") if isinstance(xml, dict) else None


def _fill(element: Element, value: JsonValue) -> None:
    if isinstance(value, dict):
        for name, member in value.items():
            for one in member if isinstance(member, list) else [member]:
                _fill(SubElement(element, _xml_name(name)), one)
    elif isinstance(value, list):
        for one in value:
            _fill(SubElement(element, "item"), one)
    elif isinstance(value, str):
        element.text = value
    elif value is not None:
        element.text = json.dumps(value)


def _xml_name(name: str) -> str:
    cleaned = _NOT_IN_XML_NAME.sub("_", name)
    return cleaned if cleaned[:1].isalpha() or cleaned[:1] == "_" else f"_{cleaned}"
