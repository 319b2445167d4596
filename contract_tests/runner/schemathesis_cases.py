"""Schemathesis, made safe: only reserved numbers, writes only to records of the run, everything through the guard."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import requests
import schemathesis
from requests.structures import CaseInsensitiveDict
from schemathesis.checks import load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from contract_tests.claims import expressions
from contract_tests.resource.body_values import BodyMembers
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.runner.lenient_requests import is_read_otherwise
from contract_tests.runner.run import Run
from contract_tests.target.client import Answer, Call, Exchange
from contract_tests.target.guarded_adapter import RefusedRequestError
from openapi import Refusal, Role
from openapi.media_types import is_json
from openapi.path_templates import pattern, placeholders
from openapi.pointers import join


def probed_schema(run: Run) -> Any:
    """The document as a schema of Schemathesis (schemathesis.openapi.from_dict), with the run's target as base URL."""
    load_all_checks()
    document = run.contract.document()
    if not run.client.token:
        document = _without_security(document)
    return schemathesis.openapi.from_dict(document, config=SchemathesisConfig.from_dict(_configuration(run)))


def probed_operations(run: Run) -> list[str]:
    """The operations to probe: those of resources that the run may send."""
    return [
        operation
        for api in run.resources
        for role, operation in api.spec.resource.operations.items()
        if api.thoroughness.writes or role in (Role.LIST, Role.READ)
    ]


def _configuration(run: Run) -> dict[str, Any]:
    separate = {"extra-data-sources": {"responses": False}}
    return {
        "seed": run.seed,
        "base-url": run.target.base_url,
        "cache": {"enabled": False},
        "analysis": {"constants": {"enabled": False}},
        # Both send requests outside the guarded session; our own properties replace them.
        "checks": {"ignored_auth": {"enabled": False}, "unsupported_method": {"enabled": False}},
        "generation": {"max-examples": run.profile.examples, "database": "none"},
        "phases": {
            "examples": separate,
            "coverage": {**separate, "unexpected-methods": [], "enabled": run.profile.boundaries},
            "fuzzing": separate,
        },
    }


class CaseOwner(NamedTuple):
    """The resource and the role of the operation that a case is for."""

    api: ResourceClient
    role: Role


class Probe:
    """Sends cases of Schemathesis, with keys and phone numbers that the guard allows."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._owners = {
            operation: CaseOwner(api, role)
            for api in run.resources
            for role, operation in api.spec.resource.operations.items()
        }
        self._turn = itertools.count()

    def owner(self, case: Any) -> CaseOwner | None:
        """The resource and role that the case is for; None for an operation of no resource."""
        return self._owners.get(case.operation.definition.raw.get("operationId"))

    def send(self, case: Any, owner: CaseOwner) -> None:
        """Send the case and check its response. Raises PropertyFailedError and RefusedRequestError."""
        key = self._steer(case, owner)
        client = self._run.client
        headers = {"Authorization": f"Bearer {client.token}"} if client.token else {}
        try:
            response = case.call(session=client.session, headers=headers)
        except RefusedRequestError:
            raise
        except requests.RequestException as error:
            raise client.unanswered(self._call(case, owner, key, error.request), error) from None
        fields = CaseInsensitiveDict({name: ", ".join(values) for name, values in response.headers.items()})
        answer = Answer(len(client.trace) + 1, response.status_code, fields, response.content, response.elapsed)
        client.trace.append(Exchange(self._call(case, owner, key, response.request), answer))
        owner.api.expect.conforms(owner.api.spec.operation(owner.role), answer)
        # A valid request for an unknown key is refused, with whatever status.
        known = key is None or key not in owner.api.ledger.invented
        known = known and _is_read(case)
        try:
            rejects = [] if key is not None and _has_invalid_path_alone(case) else [negative_data_rejection]
            checks = [*rejects, *([positive_data_acceptance] if known else [])]
            case.validate_response(response, checks=checks)
        except FailureGroup as group:
            _fail(owner, answer, group)

    def _steer(self, case: Any, owner: CaseOwner) -> str | None:
        """Put reserved phone numbers and a key of the run, or an unknown key, into `case`. Returns the key."""
        api, role = owner
        members = api.spec.create_members if role is Role.CREATE else None
        for name in members.numbers if members and isinstance(case.body, dict) else ():
            if _is_number(case.body.get(name)):
                case.body[name] = api.numbers.take()
        _set_references(case, api, role)
        _place(case, owner)
        if role in (Role.LIST, Role.CREATE) or not case.path_parameters:
            return None
        own = api.thoroughness.writes and api.spec.has(Role.CREATE, Role.DELETE) and next(self._turn) % 2 == 0
        record = api.create() if own else None
        key = api.unknown_key() if record is None else api.spec.key_of(record)
        name = api.spec.resource.key
        if record is not None and isinstance(case.body, dict) and name in case.body:
            case.body[name] = record[name]  # Another key than that of the path may be refused.
        case.path_parameters[api.spec.resource.key_parameter] = key
        return key

    def _call(self, case: Any, owner: CaseOwner, key: str | None, request: Any) -> Call:
        """The request that was sent, as a Call."""
        resource = owner.api.spec.resource
        path = owner.api.spec.operation(owner.role).path.replace(f"{{{resource.key_parameter}}}", "{key}")
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


def _set_references(case: Any, api: ResourceClient, role: Role) -> None:
    """Let the valid references in a body lead to records of the run, or leave them out."""
    references = api.spec.resource.references
    if not (references and isinstance(case.body, dict) and role in (Role.CREATE, Role.UPDATE, Role.REPLACE)):
        return
    members = BodyMembers(api.spec.contract, api.spec.operation(role))
    broken = {one.path.split("/")[1] for one in members.schema.violations(case.body) if one.path}
    for name in references.keys() & case.body.keys() - broken:
        if name in members.references:
            case.body[name] = api.key_to(name)
        else:
            del case.body[name]
    if not case.body and members.schema.node.get("minProperties"):
        case.body.update({name: members.value(name, api.numbers) for name in list(members.members)[:1]})


def _is_read(case: Any) -> bool:
    """Whether a service that works with JSON surely reads the body: XML of a document is often not meant."""
    media_type = case.media_type
    return media_type is None or is_json(media_type) or media_type.startswith(("application/x-www-form", "multipart/"))


def _has_invalid_path_alone(case: Any) -> bool:
    """Whether Schemathesis made the path invalid and nothing else: with a key of the run in it, it is valid."""
    components = case.meta.components if case.meta else {}
    invalid = [location for location, info in components.items() if info.mode.is_negative]
    return invalid == [ParameterLocation.PATH]


def _place(case: Any, owner: CaseOwner) -> None:
    """Put the keys of the records above a nested collection into `case`."""
    found = pattern(case.operation.path).fullmatch(owner.api.spec.operation(owner.role).path)
    if owner.api.prefix and found:
        for name, value in zip(placeholders(case.operation.path), found.groups(), strict=True):
            case.path_parameters[name] = unquote(value)


def _without_security(document: dict[str, Any]) -> dict[str, Any]:
    """The document without security: a run without a token can't tell what a service does about it."""
    for item in document.get("paths", {}).values():
        for operation in item.values():
            if isinstance(operation, dict):
                operation.pop("security", None)
    return {name: value for name, value in document.items() if name != "security"}


def _fail(owner: CaseOwner, answer: Answer, group: FailureGroup) -> None:
    """Raise PropertyFailedError for the first failure that Schemathesis reports."""
    api, role = owner
    failure = group.exceptions[0]
    operation = api.spec.operation(role)
    accepted = type(failure).__name__ == "AcceptedNegativeData"
    if is_read_otherwise(api, role, api.client.trace[answer.step - 1].call, accepted=accepted):
        return
    code, relation, bound = (
        ("SCHEMA-ACCEPTS-BAD", "is at least", 400) if accepted else ("SCHEMA-REFUSES-GOOD", "is at most", 399)
    )
    message = " ".join(str(failure.message or failure.title).split())
    what = "accepts a request that violates its schema" if accepted else "rejects a request that matches its schema"
    sentence = f"{operation.id} {what}: {message}"
    pointer = join(operation.pointer, "requestBody" if operation.body else "parameters")
    # Which values a service refuses, and that it refuses any, is assumed: see the properties in `errors`.
    assumed_at = api.spec.at_refusal(role, Refusal.INVALID)
    claim = (relation, expressions.status(answer), expressions.literal(bound))
    api.expect.that(sentence[:400], claim, role, pointer, code=code, assumed_at=assumed_at)


def _is_number(text: Any) -> bool:
    digits = text[1:] if isinstance(text, str) and text.startswith("+") else ""
    return digits.isascii() and digits.isdecimal() and 7 <= len(digits) <= 15
