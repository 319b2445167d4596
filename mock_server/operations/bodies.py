"""Response bodies from values: as JSON, text or XML, by the media type that the document declares."""

from __future__ import annotations

import json
from importlib import import_module

from openapi.json_value import JsonValue
from openapi.media_types import is_json
from openapi.model.http import MediaType


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
        # Few documents have XML, and its library takes half a megabyte.
        body: bytes = import_module("mock_server.operations.xml_bodies").xml_body(value, media_type)
        return body
    return (value if isinstance(value, str) else text).encode()


def content_type_of(media_type: MediaType) -> str:
    """The media type for the header of a response: a range such as */* becomes JSON (or text without a schema)."""
    if "*" not in media_type.name:
        return media_type.name
    return "text/plain" if media_type.name.startswith("text/") else "application/json"
