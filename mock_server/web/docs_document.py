"""The document for /docs, ready to try on this mock at the first click."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.records.state import State
from openapi.contract import Contract
from openapi.flattening import flat
from openapi.json_value import JsonValue
from openapi.model.resource import Resource
from openapi.pointers import resolve

_PREFER: Mapping[str, JsonValue] = {
    "name": "Prefer",
    "in": "header",
    "description": "Of the mock, not of the API: forces a response. `code=409`, `example=taken` or `delay=300`.",
    "schema": {"type": "string"},
}
_SESSION: Mapping[str, JsonValue] = {
    "name": "X-Mock-Session",
    "in": "header",
    "description": "Of the mock, not of the API: the session that the request is for.",
    "schema": {"type": "string"},
}


def document_to_try(contract: Contract, state: State, root: str) -> dict[str, JsonValue]:
    """The document with this mock as its server, where its paths follow `root`.

    A path parameter for the key of a record has an existing key. Optional parameters are empty, because an example
    would filter the existing records.
    """
    document = contract.document()
    document["servers"] = [{"url": root}]
    # Below the path of a session, its name is not needed.
    headers = (_PREFER,) if root.startswith("/__s/") else (_PREFER, _SESSION)
    keys = {resource.item: _first_key(resource, state) for resource in contract.resources.values()}
    for path, item in document.get("paths", {}).items():
        key = keys.get(path, {})
        for holder in _with_parameters(item):
            parameters = [_resolved(document, one) for one in holder.get("parameters", ())]
            if holder is not item:
                parameters += [dict(header) for header in headers]
            if parameters:
                holder["parameters"] = [_to_try(document, one, key) for one in parameters]
    return document


def _first_key(resource: Resource, state: State) -> Mapping[str, JsonValue]:
    """The key of the first record in the list, by path parameter; empty if there is none."""
    first = next(state[resource.name].records(), None)
    if first is None:
        return {}
    return {name: first[field] for name, field in zip(resource.key_parameters, resource.key_fields, strict=False)}


def _with_parameters(item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A path item, and its operations."""
    if isinstance(item, dict):
        yield item
        methods = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
        yield from (item[method] for method in methods if isinstance(item.get(method), dict))


def _resolved(document: Mapping[str, Any], parameter: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" not in parameter:
        return dict(parameter)
    return dict(resolve(document, parameter["$ref"].removeprefix("#")))


def _to_try(document: Mapping[str, Any], parameter: dict[str, Any], key: Mapping[str, JsonValue]) -> dict[str, Any]:
    value = key.get(parameter.get("name", ""))
    if parameter.get("in") == "path" and value is not None:
        return {**{word: one for word, one in parameter.items() if word != "examples"}, "example": value}
    if parameter.get("required") or "schema" not in parameter:
        return parameter
    kept = {word: value for word, value in parameter.items() if word not in ("example", "examples")}
    schema = flat(document, parameter["schema"])
    usual = f" Default: {schema['default']}." if "default" in schema else ""
    kept["description"] = f"{parameter.get('description', '').strip()}{usual}"
    kept["schema"] = {word: value for word, value in schema.items() if word not in ("default", "example", "examples")}
    return kept
