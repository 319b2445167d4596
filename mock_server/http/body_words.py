"""Prepares bodies for a service that corrects them: the words of `x-http` / `bodies`, and of texts in `x-resources`.

What is prepared is validated afterwards.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import TypeAlias

from openapi.contract import Contract, InitialValue, JsonValue, Operation, Resource, Role
from openapi.flattening import flat
from openapi.schemas import Schema

PrepareBody: TypeAlias = Callable[[Schema, JsonValue], JsonValue]

_TEXTS: Mapping[str, Callable[[str], str]] = {
    "trimmed": str.strip,
    "nfc": lambda text: unicodedata.normalize("NFC", text),
}


def body_words_preparer(contract: Contract, operation: Operation) -> PrepareBody | None:
    """Makes the value of a body what the service reads; None where the document has no words for that."""
    part = contract.role_of(operation.id)
    texts = _texts(part[0]) if part else {}
    words = contract.conventions
    ignores, drops = words["bodies/unknown-fields"] == "ignored", words["bodies/nulls"] == "left-out"
    if part is None or not (texts or ignores or drops):
        return None

    def prepare(schema: Schema, value: JsonValue) -> JsonValue:
        if not isinstance(value, dict):
            return value
        known = flat(schema.document, schema.node).get("properties", {})
        return {
            name: texts[name](field) if name in texts and isinstance(field, str) else field
            for name, field in value.items()
            if not (ignores and name not in known) and not (drops and field is None)
        }

    return prepare


def may_be_empty(contract: Contract, operation: Operation) -> bool:
    """Whether an update without fields succeeds, at least one whose fields are all ignored."""
    part, words = contract.role_of(operation.id), contract.conventions
    tolerant = (
        words["bodies/empty-updates"] == "accepted",
        words["bodies/unknown-fields"] == "ignored",
        words["bodies/nulls"] == "left-out",
    )
    return part is not None and part[1] is Role.UPDATE and any(tolerant)


def _texts(resource: Resource) -> dict[str, Callable[[str], str]]:
    rules = [rule for rule in resource.fields.values() if isinstance(rule, InitialValue)]
    return {rule.field: _TEXTS[rule.text] for rule in rules if rule.text in _TEXTS}
