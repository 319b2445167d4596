"""Response bodies as XML, named by the document's schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

from openapi.flattening import flat
from openapi.json_value import JsonValue
from openapi.model.http import MediaType

_NOT_IN_XML_NAME = re.compile(r"[^A-Za-z0-9_.-]")


def xml_body(value: JsonValue, media_type: MediaType) -> bytes:
    """`value` as an XML document; its root has the name of the schema."""
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
