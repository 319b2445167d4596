"""Invalid requests that the service may accept according to `x-http`, and valid ones that it may refuse."""

from __future__ import annotations

from urllib.parse import parse_qsl

from contract_tests.resource.body_readings import accepting_word
from contract_tests.resource.body_values import body_schema
from contract_tests.resource.query_readings import reading
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.target.client import Call
from openapi import Role


def is_read_otherwise(api: ResourceClient, role: Role, call: Call, *, accepted: bool) -> bool:
    """Whether the document explains that an invalid request is accepted, or a valid one is refused."""
    if api.spec.operation(role).body is None:
        is_list = role is Role.LIST
        return is_list and (_is_good_query(api, call.query_text) if accepted else _has_made_up_cursor(api, call))
    operation = api.spec.operation(role)
    body = api.spec.resource.request(operation.id).unwrap(call.json)
    schema = body_schema(api.spec.contract, operation)
    if accepted:
        return bool(accepting_word(api.spec.words, schema, body, updating=role is Role.UPDATE))
    stored = {name: api.spec.stored(name, value) for name, value in body.items()} if isinstance(body, dict) else body
    return stored != body and not schema.is_valid(stored)


def _has_made_up_cursor(api: ResourceClient, call: Call) -> bool:
    """Whether the query has a cursor: Schemathesis invents them, and CURSOR-REFUSED judges the responses."""
    listing = api.spec.resource.listing
    cursor = listing.cursor.parameter if listing and listing.cursor else None
    return any(name == cursor and text for name, text in parse_qsl(call.query_text))


def _is_good_query(api: ResourceClient, query: str) -> bool:
    """Whether every parameter in a query is valid or read as a valid value."""
    words = api.spec.words
    sent: dict[str, list[str]] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        sent.setdefault(name, []).append(text)
    known = {one.name: one for one in api.spec.operation(Role.LIST).parameters if one.location == "query"}
    for name, texts in sent.items():
        if name not in known or known[name].many:
            continue
        if len(texts) > 1 and words["query/repeated-parameters"] == "refused":
            return False
        text = texts[0 if words["query/repeated-parameters"] == "first" else -1]
        if not known[name].accepts(text) and reading(words, known[name], text).kind == "refused":
            return False
    return True
