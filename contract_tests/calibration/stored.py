"""The differences in overlays, and whether a run has observed them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from contract_tests.calibration.facts import Facts
from contract_tests.calibration.words import Learnt
from contract_tests.findings.finding import Finding
from openapi import Contract, Role
from openapi.overlay import edits_by_action, read_overlay
from openapi.pointers import join
from openapi.reader import bundled

State: TypeAlias = Literal["confirmed", "no longer there", "not seen"]


@dataclass(frozen=True, slots=True)
class Stored:
    """One difference of an overlay: the sentence of its first action, and the nodes that it changes."""

    sentence: str
    pointers: tuple[str, ...]


def stored_differences(spec: Path, overlays: Sequence[Path], allow_ref_outside: bool = False) -> list[Stored]:
    """The differences in the overlays of a document; a description begins a new one. Raises SpecError."""
    found: list[Stored] = []
    document = bundled(spec, (), allow_ref_outside).document if overlays else {}
    for file in overlays:
        overlay = read_overlay(file)
        by_action = zip(overlay.actions, edits_by_action(document, overlay), strict=True)
        for number, (action, edits) in enumerate(by_action):
            if not action.remove and _is_empty(action.update):
                continue
            pointers = tuple(edit.pointer for edit in edits if "x-observed" not in edit.pointer.split("/"))
            if action.description or not found or not number:
                found.append(Stored(action.description, pointers))
            else:
                found[-1] = replace(found[-1], pointers=(*found[-1].pointers, *pointers))
    return found


def _is_empty(update: Any) -> bool:
    """Whether an update only prepares other actions: mappings without values."""
    return isinstance(update, dict) and all(map(_is_empty, update.values()))


def state_of(
    one: Stored, contract: Contract, facts: Facts, learnt: Sequence[Learnt], findings: Sequence[Finding]
) -> State:
    """Whether a run has observed a stored difference, by its calibration, counts and findings."""
    refuted = [f"{finding.pointer}/" for finding in findings if not finding.documented]
    if any(one_refuted.startswith(f"{pointer}/") for one_refuted in refuted for pointer in one.pointers):
        return "no longer there"
    states = [
        *_by_words(one, learnt),
        *_by_statuses(one, contract, facts),
        *_by_headers(one, facts),
        *_by_errors(one, contract, facts),
    ]
    if not states:
        return "not seen"
    return "confirmed" if all(states) else "no longer there"


def _by_words(one: Stored, learnt: Sequence[Learnt]) -> list[bool]:
    known = [each for each in learnt if each.pointer in one.pointers and each.word is not None]
    return [each.word == each.declared for each in known]


def _by_statuses(one: Stored, contract: Contract, facts: Facts) -> list[bool]:
    """Refusals and successes whose status the difference has moved."""
    states = []
    for refusal, status in contract.refusals.statuses.items():
        seen = facts.refusal_status(refusal)
        if join(contract.refusals.pointer, "statuses", refusal.value) in one.pointers and seen is not None:
            states.append(seen == str(status))
    for resource in contract.resources.values():
        for role, name in resource.operations.items():
            success, seen = contract.operations[name].success, facts.success_status(Role(role))
            if success.pointer in one.pointers and seen is not None:
                states.append(seen == success.status)
    return states


def _by_headers(one: Stored, facts: Facts) -> list[bool]:
    """Headers that a response need not have, or that the difference has removed."""
    changed = {pointer.removesuffix("/required") for pointer in one.pointers}
    return [facts.is_missing(pointer) for pointer in changed if facts.has_seen_header(pointer)]


def _by_errors(one: Stored, contract: Contract, facts: Facts) -> list[bool]:
    """The shape of errors: an undescribed one would have been reported."""
    schema = contract.refusals.schema
    changed = schema is not None and any(pointer.startswith(f"{schema.pointer}/") for pointer in one.pointers)
    return [True] if changed and facts.errors else []
