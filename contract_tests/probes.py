"""Schemathesis, set up so that it is safe: reserved numbers only, writes only to what the run made, one way out."""

from __future__ import annotations

import itertools
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig

from contract_tests.run import Run
from contract_tests.subject import Subject
from openapi import Role

_READS = ("GET", "HEAD", "OPTIONS")


def probed_schema(run: Run) -> Any:
    """The document as Schemathesis's schema, aimed at the run's target (schemathesis.openapi.from_dict)."""
    document = run.contract.document()
    return schemathesis.openapi.from_dict(document, config=SchemathesisConfig.from_dict(_configuration(run)))


def _configuration(run: Run) -> dict[str, Any]:
    apart = {"extra-data-sources": {"responses": False}}
    return {
        "seed": run.seed,
        "base-url": run.target.base_url,
        "cache": {"enabled": False},
        "analysis": {"constants": {"enabled": False}},
        # Both send requests past the session that guards this run; properties of ours stand in for them.
        "checks": {"ignored_auth": {"enabled": False}, "unsupported_method": {"enabled": False}},
        "generation": {"max-examples": run.examples[0], "database": "none"},
        "phases": {
            "examples": apart,
            "coverage": {**apart, "unexpected-methods": []},
            "fuzzing": apart,
        },
    }


class Steering:
    """Turns each case, before it is sent, into one that the guard lets out and that finds something to work on."""

    def __init__(self, run: Run) -> None:
        self._subjects = {
            operation: (subject, role)
            for subject in run.subjects
            for role, operation in subject.resource.operations.items()
        }
        self._turn = itertools.count()

    def steer(self, case: Any) -> None:
        """Change `case` in place: keys of the run's own records or of none, reserved phone numbers."""
        part = self._subjects.get(case.operation.definition.raw.get("operationId"))
        if part is None:
            return
        subject, role = part
        if role not in (Role.LIST, Role.CREATE) and case.path_parameters:
            case.path_parameters[subject.resource.key_parameter] = self._key(subject, role)
        members = subject.create_members if role is Role.CREATE else None
        for name in members.numbers if members and isinstance(case.body, dict) else ():
            value = case.body.get(name)
            if isinstance(value, str) and members and subject.contract.schemas and _is_number(value):
                case.body[name] = subject.numbers.take()

    def _key(self, subject: Subject, role: Role) -> str:
        """A key of the run's own on every other turn, else one that names nothing."""
        if next(self._turn) % 2 or not subject.has(Role.CREATE, Role.DELETE):
            return subject.nobody()
        own = sorted(subject.ledger.created.get(subject.resource.name, ()))
        return own[0] if own and role is not Role.DELETE else subject.key_of(subject.create())


def _is_number(text: str) -> bool:
    return text.startswith("+") and text[1:].isascii() and text[1:].isdecimal() and 7 <= len(text) - 1 <= 15


def is_read(case: Any) -> bool:
    """Whether the case's method is one that changes nothing."""
    return str(case.method).upper() in _READS
