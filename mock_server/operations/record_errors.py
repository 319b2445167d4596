"""Errors of the records, as refusals of the request."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TypeAlias

from mock_server.http.errors import RefusedError, invalid
from mock_server.http.messages import Violation
from mock_server.records.collection import MOST_CREATED, MOST_WRITTEN_BYTES
from mock_server.records.errors import (
    FullError,
    ImpossibleKeyError,
    InvalidRecordError,
    OtherKeyError,
    ReferencedError,
    UnknownReferenceError,
    WrongStateError,
)
from mock_server.store.store import TakenError, UnknownKeyError
from openapi.contract import Contract
from openapi.json_value import JsonValue
from openapi.model.fields import ServerMade
from openapi.model.refusals import Refusal
from openapi.model.resource import Resource
from openapi.pointers import join

_KEYS: Mapping[str, re.Pattern[str]] = {
    "uuid": re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "integer": re.compile("-?[0-9]+", re.ASCII),
}
"""The format of generated keys."""

RecordError: TypeAlias = (
    UnknownKeyError
    | TakenError
    | InvalidRecordError
    | ImpossibleKeyError
    | UnknownReferenceError
    | ReferencedError
    | OtherKeyError
    | WrongStateError
    | FullError
)
RECORD_ERRORS = (
    UnknownKeyError,
    TakenError,
    InvalidRecordError,
    ImpossibleKeyError,
    UnknownReferenceError,
    ReferencedError,
    OtherKeyError,
    WrongStateError,
    FullError,
)


def refusal_of(contract: Contract, resource: Resource, error: RecordError) -> RefusedError:
    """The refusal of a request to an operation of `resource` that failed with `error`."""
    match error:
        case UnknownKeyError():
            return _unknown(contract, resource, error)
        case TakenError():
            return _taken(resource, error)
        case InvalidRecordError() | OtherKeyError() | ImpossibleKeyError():
            return invalid(_violations(resource, error))
        case UnknownReferenceError():
            return _unknown_reference(contract, error)
        case ReferencedError():
            return _referenced(contract, resource, error)
        case WrongStateError() | FullError():
            return _impossible_now(resource, error)


def _impossible_now(resource: Resource, error: WrongStateError | FullError) -> RefusedError:
    if isinstance(error, WrongStateError):
        return RefusedError(Refusal.CONFLICT, _wrong_state(resource, error))
    limit = f"{MOST_CREATED:,} records of a {resource.name}, and {MOST_WRITTEN_BYTES >> 20:,} MiB written one by one"
    return RefusedError(Refusal.TOO_LARGE, f"A session keeps {limit}; delete some, or reset the session.")


def _violations(resource: Resource, error: InvalidRecordError | OtherKeyError | ImpossibleKeyError) -> list[Violation]:
    if isinstance(error, ImpossibleKeyError):
        if error.is_sent_in_path:
            parameter = resource.key_parameters[resource.key_fields.index(error.field)]
            return [Violation("path", parameter, str(error))]
        return [Violation("body", join("", error.field), str(error))]
    if isinstance(error, OtherKeyError):
        return [Violation("body", join("", error.field), "differs from the path; leave it out")]
    return [Violation("body", one.path, one.message) for one in error.violations]


def _unknown(contract: Contract, resource: Resource, error: UnknownKeyError) -> RefusedError:
    values = resource.key_values(error.key)
    message = f"There is no {resource.name} with the {_named(values)}."
    statuses = contract.refusals.statuses
    has_own_status = statuses[Refusal.MALFORMED_KEY] != statuses[Refusal.UNKNOWN_RECORD]
    malformed = has_own_status and any(_is_malformed(resource, name, value) for name, value in values.items())
    return RefusedError(Refusal.MALFORMED_KEY if malformed else Refusal.UNKNOWN_RECORD, message)


def _is_malformed(resource: Resource, name: str, value: JsonValue) -> bool:
    """Whether the service never gives a field of a key such a value."""
    rule = resource.fields.get(name)
    form = _KEYS.get(rule.kind) if isinstance(rule, ServerMade) else None
    return form is not None and not form.fullmatch(str(value))


def _named(values: Mapping[str, JsonValue]) -> str:
    """A key in words, such as: number 7."""
    return " and ".join(f"{name} {_shown(value)}" for name, value in values.items())


def _taken(resource: Resource, error: TakenError) -> RefusedError:
    values = " and ".join(f"{field} {_shown(error.holder[field])}" for field in error.fields)
    holder = _named({name: error.holder[name] for name in resource.key_fields})
    message = f"A {resource.name} with the {values} already exists; use another value, or delete the one with {holder}."
    if error.is_new:
        message = f"Two of the {resource.name} records have the {values}; give each its own."
    violations = [
        Violation("body", join("", field), f"{_shown(error.holder[field])} is taken; use another value")
        for field in error.fields
    ]
    return RefusedError(Refusal.CONFLICT, message, violations)


def _wrong_state(resource: Resource, error: WrongStateError) -> str:
    record = error.record
    unmet = ((name, one) for name, one in error.condition.fields.items() if record.get(name) not in one)
    name, values = next(unmet)
    allowed = " or ".join(map(_shown, values))
    return f"The {name} of this {resource.name} is {_shown(record.get(name))}; it must be {allowed}."


def _unknown_reference(contract: Contract, error: UnknownReferenceError) -> RefusedError:
    reference, key = error.reference, contract.resources[error.reference.to].key
    message = f"There is no {reference.to} with the {key} {_shown(error.key)}."
    violation = Violation(
        "body", join("", *error.path), f"there is no {reference.to} with the {key} {_shown(error.key)}"
    )
    if reference.unknown is Refusal.INVALID:
        return invalid([violation])
    return RefusedError(reference.unknown, message, [violation])


def _referenced(contract: Contract, resource: Resource, error: ReferencedError) -> RefusedError:
    holder = f"the {error.resource} with the {contract.resources[error.resource].key} {_shown(error.holder)}"
    field = error.reference.field
    message = f"The {resource.name} is the {field} of {holder}; change or delete that {error.resource} first."
    return RefusedError(Refusal.CONFLICT, message)


def _shown(value: JsonValue) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else f"{text[:97]}..."
