"""Redaction of single values: no word of a body is left, and valid values stay valid."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures import is_reserved, sample
from mock_server.recording.recorder import Recorder
from mock_server.recording.redactor import ValueLocation
from mock_server.recording.substitutes import Substitutes
from openapi import PHONES, Contract, load
from openapi.schemas import compile_schema

CONTRACT = load(PHONES)
REDACTOR = Recorder(CONTRACT, Substitutes(b"a fixed key")).redactor
PHONE = CONTRACT.resources["phone"]

_WORDS = st.text(st.characters(categories=("Lu", "Ll", "Lo", "Nd")), min_size=6, max_size=12)
_TEXTS = st.lists(_WORDS, min_size=1, max_size=3).map(" ".join)
_VALUES = st.recursive(
    _TEXTS | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "tag", "note"]), inner),
    max_leaves=12,
)


def words_of(value: Any) -> list[str]:
    """The words of all strings in a JSON value."""
    if isinstance(value, str):
        return value.split()
    if isinstance(value, list):
        return [word for item in value for word in words_of(item)]
    return [word for field in value.values() for word in words_of(field)] if isinstance(value, dict) else []


@given(_VALUES)
@settings(max_examples=200, deadline=None)
def test_undescribed_bodies_are_redacted_completely(value: Any) -> None:
    """Names of fields stay; strings lose every word, and numbers their value."""
    redacted = REDACTOR.value(None, value, ValueLocation())
    left = json.dumps(redacted, ensure_ascii=False)
    assert [word for word in words_of(value) if word in left] == []
    assert _kinds(redacted) == _kinds(value)


def _kinds(value: Any) -> Any:
    """A JSON value with each leaf replaced by its type."""
    if isinstance(value, list):
        return [_kinds(item) for item in value]
    if isinstance(value, dict):
        return {name: _kinds(field) for name, field in value.items()}
    return type(value)


@given(st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_a_valid_record_stays_valid(seed: int) -> None:
    """Its number is reserved, its key another UUID; status, type, country and times stay."""
    record = sample(PHONE.record, seed)
    redacted = REDACTOR.value(PHONE.record, record, ValueLocation(PHONE))
    assert PHONE.record.is_valid(redacted)
    assert is_reserved(redacted["number"])
    stays = ("status", "type", "countryCode", "createdAt", "updatedAt", "smsEnabled")
    assert [redacted[name] for name in stays] == [record[name] for name in stays]
    assert redacted["number"] != record["number"]


SCHEMAS: dict[str, dict[str, Any]] = {
    "email": {"type": "string", "format": "email"},
    "uri": {"type": "string", "format": "uri"},
    "hostname": {"type": "string", "format": "hostname"},
    "ipv4": {"type": "string", "format": "ipv4"},
    "ipv6": {"type": "string", "format": "ipv6"},
    "uuid": {"type": "string", "format": "uuid"},
    "pattern": {"type": "string", "pattern": "^cus_[a-z0-9]{8}$"},
    "short": {"type": "string", "minLength": 3, "maxLength": 5},
    "a choice": {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"}]},
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_formatted_strings_get_a_valid_substitute(name: str) -> None:
    """The substitute matches the pattern, the format and the lengths, and is not the original."""
    schema = compile_schema({"components": {"schemas": {"it": SCHEMAS[name]}}}, "/components/schemas/it")
    redactor = Recorder(CONTRACT, Substitutes(b"a fixed key")).redactor
    texts = {"email": "ada@lovelace.org", "uri": "https://lovelace.org/ada", "hostname": "ada.lovelace.org"}
    texts |= {"ipv4": "10.1.2.3", "ipv6": "fd00::1", "uuid": "c6cca4da-f5f1-44d0-aa87-71b376e6f13e"}
    texts |= {"pattern": "cus_ada12345", "short": "ada", "a choice": "ADA-1815"}
    assert schema.is_valid(texts[name])
    redacted = redactor.value(schema, texts[name], ValueLocation())
    assert schema.is_valid(redacted)
    assert redacted != texts[name]
    assert "lovelace" not in redacted


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [("api_key", "ada", "redacted"), ("pinToken", 1815, 0), ("password", {"text": "ada"}, {"text": "redacted"})],
)
def test_fields_named_like_secrets_are_emptied(field: str, value: Any, expected: Any) -> None:
    """Strings, numbers and nested values below such a field are removed."""
    redacted = REDACTOR.value(None, {field: value}, ValueLocation())
    assert redacted == {field: expected} if not isinstance(value, dict) else "ada" not in json.dumps(redacted)


def test_keys_of_maps_are_redacted(contract: Contract) -> None:
    """Where a schema allows any field, the names are replaced as strings are."""
    document = {"components": {"schemas": {"it": {"type": "object", "additionalProperties": {"type": "integer"}}}}}
    schema = compile_schema(document, "/components/schemas/it")
    redacted = Recorder(contract).redactor.value(schema, {"Ada Lovelace": 3}, ValueLocation())
    (name,) = redacted
    assert (redacted[name], "Lovelace" in name) == (3, False)
