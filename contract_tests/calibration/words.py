"""The keyword values that describe the service, as shown by experiments."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract_tests.findings.finding import RawFailure
from openapi import Contract, JsonValue, Refusal, Role
from openapi.flattening import flat, types_of
from openapi.json_paths import json_path
from openapi.pointers import join, resolve

NULLS = "/x-http/answers/nulls"
OBSERVED = "Observed in the service, not documented [D]"
_NUMBERS = ("least-pages",)


@dataclass(frozen=True, slots=True)
class Learnt:
    """What an experiment showed about the node at `pointer`.

    `word` is the value that fits; None if no single one does. `evidence` are the requests. `failure` is the difference
    if the value is not the `declared` one, `sentence` the difference in words.
    """

    pointer: str
    declared: str
    word: str | None
    evidence: str
    failure: RawFailure | None = None
    sentence: str = ""

    @property
    def differs(self) -> bool:
        """Whether another value than the document's describes the service."""
        return self.word is not None and self.word != self.declared


def word_actions(contract: Contract, document: Mapping[str, Any], one: Learnt, today: str) -> list[dict[str, Any]]:
    """The overlay's actions that put a value into the document, with other changes that it needs."""
    above, _, key = one.pointer.rpartition("/")
    value = _value(key, str(one.word))
    observed = {"date": today, key: one.evidence}
    sentence = one.failure.sentence if one.failure else one.sentence
    update = {key: value, "x-observed": observed}
    actions: list[dict[str, Any]] = [{"target": json_path(above), "description": sentence, "update": update}]
    if isinstance(value, dict):
        actions = _replaced(one.pointer, sentence, update)
    if one.pointer == NULLS and one.word == "left-out":
        actions += _without_required_nulls(contract, document)
    if key == "past-end" and one.word == "refused":
        actions += _with_refused_pages(contract, document)
    return actions


def _value(key: str, word: str) -> JsonValue:
    if key in _NUMBERS:
        return int(word)
    value: JsonValue = json.loads(word) if word.startswith("{") else word
    return value


def _replaced(pointer: str, sentence: str, update: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The actions that replace a node by another kind of value. This also removes the reason for its assumption."""
    above, _, key = pointer.rpartition("/")
    return [
        {"target": json_path(pointer), "description": sentence, "remove": True},
        {"target": json_path(above), "update": {**update, "x-assumed": {key: OBSERVED}}},
    ]


def _without_required_nulls(contract: Contract, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Make the nullable fields of records optional."""
    actions: list[dict[str, Any]] = []
    for pointer in {one.record.pointer for one in contract.resources.values()}:
        schema = resolve(document, pointer)
        properties, required = schema.get("properties", {}), schema.get("required", [])
        kept = [name for name in required if "null" not in types_of(flat(document, properties.get(name, {})))]
        if len(kept) < len(required):
            actions.append({"target": json_path(join(pointer, "required")), "remove": True})
            actions.append({"target": json_path(pointer), "update": {"required": kept}})
    return actions


def _with_refused_pages(contract: Contract, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Allow lists to be refused like an unknown record."""
    status = str(contract.refusals.statuses[Refusal.UNKNOWN_RECORD])
    actions: list[dict[str, Any]] = []
    for resource in contract.resources.values():
        if not {Role.LIST, Role.READ} <= set(resource.operations):
            continue
        listing, read = (contract.operations[resource.operations[role]] for role in (Role.LIST, Role.READ))
        responses = resolve(document, join(read.pointer, "responses"))
        if status in responses and status not in resolve(document, join(listing.pointer, "responses")):
            target = json_path(join(listing.pointer, "responses"))
            actions.append({"target": target, "update": {status: responses[status]}})
    return actions
