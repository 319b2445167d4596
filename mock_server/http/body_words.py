"""Prepares bodies for a service that corrects them: the words of `x-http` / `bodies`.

What is prepared is validated afterwards.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from openapi.contract import Contract, JsonValue, Operation, Role
from openapi.flattening import flat
from openapi.schemas import Schema

PrepareBody: TypeAlias = Callable[[Schema, JsonValue], JsonValue]

_TEXTS: Mapping[str, Callable[[str], str]] = {
    "trimmed": str.strip,
    "normalized": lambda text: unicodedata.normalize("NFC", text),
}


def body_words_preparer(contract: Contract, operation: Operation) -> PrepareBody | None:
    """Makes the value of a body what the service reads; None where the document has no words for that."""
    part = contract.role_of(operation.id)
    words = contract.conventions
    ignores, drops = words["bodies/unknown-fields"] == "ignored", words["bodies/nulls"] == "left-out"
    keep = _TEXTS.get(words["bodies/texts"])
    if part is None or not (keep or ignores or drops):
        return None

    def prepare(schema: Schema, value: JsonValue) -> JsonValue:
        if not isinstance(value, dict):
            return value
        known = flat(schema.document, schema.node).get("properties", {})
        return {
            name: keep(field) if keep and isinstance(field, str) and _is_plain(schema, known.get(name)) else field
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


def _is_plain(schema: Schema, field: Any) -> bool:
    return not {"enum", "const", "pattern", "format"} & set(flat(schema.document, field or {}))
