"""Schemathesis, set up so that it is safe: reserved numbers only, writes only to what the run made, one way out."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import schemathesis
from requests.structures import CaseInsensitiveDict
from schemathesis.checks import load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from contract_tests.claims import expressions
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.runner.run import Run
from contract_tests.target.client import Answer, Call, Exchange
from openapi import Role
from openapi.pointers import join


def probed_schema(run: Run) -> Any:
    """The document as Schemathesis's schema, aimed at the run's target (schemathesis.openapi.from_dict)."""
    load_all_checks()
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
        "generation": {"max-examples": run.profile.examples, "database": "none"},
        "phases": {
            "examples": apart,
            "coverage": {**apart, "unexpected-methods": [], "enabled": run.profile.boundaries},
            "fuzzing": apart,
        },
    }


class CaseOwner(NamedTuple):
    """Whose operation a case is for, and which it is."""

    api: ResourceClient
    role: Role


class Probe:
    """Sends a case of Schemathesis's, changed so that the guard lets it out and that it finds something to work on."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._parts = {
            operation: CaseOwner(api, role)
            for api in run.resources
            for role, operation in api.spec.resource.operations.items()
        }
        self._turn = itertools.count()

    def part(self, case: Any) -> CaseOwner | None:
        """Whose operation the case is for; None where it is in no resource."""
        return self._parts.get(case.operation.definition.raw.get("operationId"))

    def send(self, case: Any, part: CaseOwner) -> None:
        """Send the case and judge its answer. Raises BrokenPromiseError, and RefusedRequestError."""
        key = self._steer(case, part)
        client = self._run.client
        headers = {"Authorization": f"Bearer {client.token}"} if client.token else {}
        response = case.call(session=client.session, headers=headers, timeout=self._run.settings.timeout)
        fields = CaseInsensitiveDict({name: ", ".join(values) for name, values in response.headers.items()})
        answer = Answer(len(client.trace) + 1, response.status_code, fields, response.content, response.elapsed)
        client.trace.append(Exchange(self._call(case, part, key, response.request), answer))
        part.api.expect.conforms(part.api.spec.operation(part.role), answer)
        try:
            case.validate_response(response, checks=[negative_data_rejection, positive_data_acceptance])
        except FailureGroup as group:
            _complain(part, answer, group)

    def _steer(self, case: Any, part: CaseOwner) -> str | None:
        """Change `case` in place: keys of the run's own records or of none, reserved phone numbers. Returns its key."""
        api, role = part
        members = api.spec.create_members if role is Role.CREATE else None
        for name in members.numbers if members and isinstance(case.body, dict) else ():
            if _is_number(case.body.get(name)):
                case.body[name] = api.numbers.take()
        if role in (Role.LIST, Role.CREATE) or not case.path_parameters:
            return None
        whose = self._run.writes and api.spec.has(Role.CREATE, Role.DELETE) and next(self._turn) % 2 == 0
        key = api.spec.key_of(api.create()) if whose else api.unknown_key()
        case.path_parameters[api.spec.resource.key_parameter] = key
        return key

    def _call(self, case: Any, part: CaseOwner, key: str | None, request: Any) -> Call:
        """The request that was sent, as the client would make it."""
        resource = part.api.spec.resource
        path = part.api.spec.operation(part.role).path.replace(f"{{{resource.key_parameter}}}", "{key}")
        body = request.body.encode() if isinstance(request.body, str) else request.body
        return Call(
            method=str(case.method),
            path=path,
            key=key,
            query=urlsplit(request.url).query,
            data=body or None,
            content_type=request.headers.get("Content-Type", ""),
            authorization="token" if "Authorization" in request.headers else None,
        )


def _complain(part: CaseOwner, answer: Answer, group: FailureGroup) -> None:
    """Raise BrokenPromiseError for the first of Schemathesis's failures."""
    api, role = part
    failure = group.exceptions[0]
    operation = api.spec.operation(role)
    taken = type(failure).__name__ == "AcceptedNegativeData"
    code, relation, bound = (
        ("SCHEMA-ACCEPTS-BAD", "is at least", 400) if taken else ("SCHEMA-REFUSES-GOOD", "is at most", 399)
    )
    told = " ".join(str(failure.message or failure.title).split())
    sentence = f"{operation.id} {'takes what breaks its schema' if taken else 'refuses what keeps its schema'}: {told}"
    pointer = join(operation.pointer, "requestBody" if operation.body else "parameters")
    api.expect.that(
        sentence[:400], (relation, expressions.status(answer), expressions.literal(bound)), role, pointer, code=code
    )


def _is_number(text: Any) -> bool:
    digits = text[1:] if isinstance(text, str) and text.startswith("+") else ""
    return digits.isascii() and digits.isdecimal() and 7 <= len(digits) <= 15
