"""Makes Schemathesis safe: only reserved numbers, writes only to records of the run, everything through the guard."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
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
from contract_tests.resource.assertions import Claim
from contract_tests.resource.body_values import BodyMembers
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.runner.lenient_requests import is_read_otherwise
from contract_tests.runner.run import Run
from contract_tests.runner.sent_request import is_valid_as_sent
from contract_tests.target.client import Call, Client, Exchange, ReceivedResponse, needed_headers
from contract_tests.target.guarded_adapter import RefusedRequestError
from openapi import Operation, Refusal, Resource, Role
from openapi.media_types import is_json
from openapi.path_templates import pattern, placeholders
from openapi.pointers import join

_LONGEST_TARGET = 8_000
"""The longest path and query that every server should read, in bytes (RFC 9110, section 4.1)."""
_LEAST_REFUSAL = 400
"""The lowest status of a response that refuses a request."""


def probed_schema(run: Run) -> Any:
    """The probed operations as a schema of Schemathesis (schemathesis.openapi), with the run's target as base URL."""
    load_all_checks()
    document = run.contract.document()
    if not run.client.token:
        document = _without_security(document)
    schema = schemathesis.openapi.from_dict(document, config=SchemathesisConfig.from_dict(_configuration(run)))
    probed = {key for key, operation in run.operations.items() if operation.id in run.probed}
    return schema.include(lambda context: _method_and_path(context.operation) in probed)


def operation_of(run: Run, operation: Any) -> Operation:
    """The operation of the document for a probed one of Schemathesis, which may have no operationId."""
    return run.operations[_method_and_path(operation)]


def _method_and_path(operation: Any) -> tuple[str, str]:
    return operation.method.upper(), operation.path


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
        return self._owners.get(operation_of(self._run, case.operation).id)

    def send(self, case: Any, owner: CaseOwner) -> None:
        """Send the case and check its response. Raises PropertyFailedError and RefusedRequestError."""
        key = self._steer(case, owner)
        raw, response = sent(self._run.client, case, lambda request: self._call(case, owner, key, request))
        # A valid request for an unknown key is refused, with any status.
        known = key is None or key not in owner.api.ledger.invented
        rejects = key is None or not _has_invalid_path_alone(case)
        failure = misjudged(self._run, case, raw, rejects=rejects, accepts=known)
        if failure is not None and failure.accepted:
            # First, because the body of a response that should have been a refusal has what was requested.
            _fail(owner, response, failure)
        if owner.role is Role.READ and not known and response.status < _LEAST_REFUSAL:
            what, at = "A get of an unknown key", owner.api.spec.at_operation(Role.READ)
            owner.api.expect.refused(
                what, response, Refusal.UNKNOWN_RECORD, Role.READ, if_accepted=at, code="READ-UNKNOWN"
            )
        owner.api.expect.conforms(owner.api.spec.operation(owner.role), response)
        if failure is not None and not failure.accepted:
            _fail(owner, response, failure)

    def _steer(self, case: Any, owner: CaseOwner) -> str | None:
        """Put reserved phone numbers and a key of the run, or an unknown key, into `case`. Returns the key."""
        api, role = owner
        members = api.spec.create_members if role is Role.CREATE else None
        _set_headers(case, api.spec.resource, api.spec.operation(role))
        body = _record(case, owner)
        for name in members.numbers if members and body is not None else ():
            if body is not None and _is_number(body.get(name)):
                body[name] = api.numbers.take()
        _set_references(case, api, role)
        _set_possible_key(case, owner)
        _set_parent_keys(case, owner)
        in_body = role in api.spec.resource.keyed_by_body and body is not None
        if role in (Role.LIST, Role.CREATE) or not (case.path_parameters or in_body):
            return None
        own = api.thoroughness.writes and api.spec.has(Role.CREATE, Role.DELETE) and next(self._turn) % 2 == 0
        record = api.create() if own else None
        key = api.unknown_key() if record is None else api.spec.key_of(record)
        if record is not None and body is not None:
            # A key that differs from the path's may be refused.
            body.update({name: record[name] for name in api.spec.resource.key_fields if name in body})
        if not in_body:
            values = map(str, api.spec.resource.key_values(key).values())
            case.path_parameters |= dict(zip(api.spec.resource.key_parameters, values, strict=True))
        return key

    def _call(self, case: Any, owner: CaseOwner, key: str | None, request: Any) -> Call:
        """The request that was sent, as a Call."""
        resource = owner.api.spec.resource
        path = resource.slotted(owner.api.spec.operation(owner.role).path)
        headers = {name: request.headers[name] for name in _remembered(resource) if name in request.headers}
        return replace(call_of(case, path, key, request), headers=headers)


def sent(client: Client, case: Any, described: Callable[[Any], Call]) -> tuple[Any, ReceivedResponse]:
    """Send a case; returns the response for Schemathesis and the one in the client's trace. `described` is its request.

    Raises what the client raises, and RefusedRequestError for a target that servers need not read.
    """
    if len(_target_of(case)) > _LONGEST_TARGET:
        raise RefusedRequestError(f"the path and the query have more than {_LONGEST_TARGET:,} bytes")
    try:
        raw = case.call(session=client.session, headers=client.credentials)
    except RefusedRequestError:
        raise
    except requests.RequestException as error:
        raise client.unanswered(described(error.request), error) from None
    fields = CaseInsensitiveDict({name: ", ".join(values) for name, values in raw.headers.items()})
    response = ReceivedResponse(len(client.trace) + 1, raw.status_code, fields, raw.content, raw.elapsed)
    client.trace.append(Exchange(described(raw.request), response))
    return raw, response


def _target_of(case: Any) -> str:
    """The path and the query of a case, as they are sent."""
    parts = case.as_transport_kwargs()
    return str(requests.Request(parts["method"], parts["url"], params=parts.get("params")).prepare().path_url)


def call_of(case: Any, path: str, key: str | None, request: Any) -> Call:
    """The request that was sent for a case, as a Call."""
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


class Misjudged(NamedTuple):
    """The service has `accepted` an invalid request, or rejected a valid one; `message` is what Schemathesis says."""

    accepted: bool
    message: str


def misjudged(run: Run, case: Any, response: Any, *, rejects: bool, accepts: bool) -> Misjudged | None:
    """How the service misjudges a request, as Schemathesis sees it and as the request says on the wire.

    `rejects`: an invalid request must be rejected; `accepts`: a valid one must be accepted, if it can be read.
    """
    checks = [negative_data_rejection] if rejects else []
    checks += [positive_data_acceptance] if accepts and _is_read(case) else []
    try:
        case.validate_response(response, checks=checks)
    except FailureGroup as group:
        failure = group.exceptions[0]
        message = " ".join(str(failure.message or failure.title).split())
        accepted = type(failure).__name__ == "AcceptedNegativeData"
        # Schemathesis lists the statuses of a refusal; it lacks 413, for example.
        if accepted and response.status_code >= _LEAST_REFUSAL:
            return None
        prefix = urlsplit(run.target.base_url).path.rstrip("/")
        is_valid = is_valid_as_sent(operation_of(run, case.operation), prefix, response.request)
        # If a request is ambiguous, the service may read it in its own way.
        if is_valid is not None and is_valid is not accepted:
            return Misjudged(accepted, message)
    return None


def _remembered(resource: Resource) -> tuple[str, ...]:
    """The headers whose values mean something to the service, so that a valid one may be refused."""
    conditions = ("If-Match", "If-None-Match") if resource.etag else ()
    return (*conditions, resource.idempotency_key) if resource.idempotency_key else conditions


def _set_headers(case: Any, resource: Resource, operation: Operation) -> None:
    """Replace valid conditional headers by those that the operation needs: an invented tag matches no record."""
    components = case.meta.components if case.meta else {}
    info = components.get(ParameterLocation.HEADER)
    if case.headers and (info is None or not info.mode.is_negative):
        for name in _remembered(resource):
            case.headers.pop(name, None)
        case.headers.update(needed_headers(resource, operation))


def _record(case: Any, owner: CaseOwner) -> dict[str, Any] | None:
    """The record in the body of a case, to be changed in place; None if there is none."""
    operation = owner.api.spec.operation(owner.role)
    found = owner.api.spec.resource.request(operation.id).unwrap(case.body)
    return found if isinstance(found, dict) else None


def _set_references(case: Any, api: ResourceClient, role: Role) -> None:
    """Make the valid references in a body refer to records of the run, or leave them out."""
    references, body = api.spec.resource.references, _record(case, CaseOwner(api, role))
    if not references or body is None or role not in (Role.CREATE, Role.UPDATE, Role.REPLACE):
        return
    members = BodyMembers(api.spec.contract, api.spec.operation(role))
    broken = {one.path.split("/")[1] for one in members.schema.violations(body) if one.path}
    for name in references.keys() & body.keys() - broken:
        if name in members.references:
            body[name] = api.key_to(name)
        else:
            del body[name]
    if not body and members.schema.node.get("minProperties"):
        body.update({name: members.value(name, api.numbers) for name in list(members.members)[:1]})


def _set_possible_key(case: Any, owner: CaseOwner) -> None:
    """Make the key of a valid new record one that its path can hold, because the record is read and removed there."""
    api, role = owner
    body, members = _record(case, owner), api.spec.create_members
    for name in api.spec.resource.key_fields if role is Role.CREATE and body is not None and members else ():
        if members is None or body is None or api.spec.resource.impossible_value(body.get(name)) is None:
            continue
        if name in members.members and not any(one.path == join("", name) for one in members.schema.violations(body)):
            body[name] = members.value(name, api.numbers)


def _is_read(case: Any) -> bool:
    """Whether a JSON service certainly reads the body: the XML in a document is often unintended."""
    media_type = case.media_type
    return media_type is None or is_json(media_type) or media_type.startswith(("application/x-www-form", "multipart/"))


def _has_invalid_path_alone(case: Any) -> bool:
    """Whether Schemathesis made only the path invalid: with a key of the run in it, the request is valid."""
    components = case.meta.components if case.meta else {}
    invalid = [location for location, info in components.items() if info.mode.is_negative]
    return invalid == [ParameterLocation.PATH]


def _set_parent_keys(case: Any, owner: CaseOwner) -> None:
    """Put the keys of the records above a nested collection into `case`."""
    found = pattern(case.operation.path).fullmatch(owner.api.spec.operation(owner.role).path)
    if owner.api.prefix and found:
        for name, value in zip(placeholders(case.operation.path), found.groups(), strict=True):
            case.path_parameters[name] = unquote(value)


def _without_security(document: dict[str, Any]) -> dict[str, Any]:
    """The document without security, because a run without a token can't test it."""
    for item in document.get("paths", {}).values():
        for operation in item.values():
            if isinstance(operation, dict):
                operation.pop("security", None)
    return {name: value for name, value in document.items() if name != "security"}


def _fail(owner: CaseOwner, response: ReceivedResponse, failure: Misjudged) -> None:
    """Raise PropertyFailedError for what Schemathesis reports, unless the document explains it."""
    api, role = owner
    if is_read_otherwise(api, role, api.client.trace[response.step - 1].call, accepted=failure.accepted):
        return
    code, sentence, claim, pointer = misjudgement(api.spec.operation(role), response, failure)
    # That a service refuses values, and which, is assumed: see the properties in `errors`.
    assumed_at = api.spec.at_refusal(role, Refusal.INVALID)
    api.expect.that(sentence, claim, role, pointer, code=code, assumed_at=assumed_at)


def misjudgement(operation: Operation, response: ReceivedResponse, failure: Misjudged) -> tuple[str, str, Claim, str]:
    """The property that a misjudged request breaks, a sentence, the claim that fails, and the node it rests on."""
    code, relation, bound = (
        ("SCHEMA-ACCEPTS-BAD", "is at least", _LEAST_REFUSAL)
        if failure.accepted
        else ("SCHEMA-REFUSES-GOOD", "is at most", _LEAST_REFUSAL - 1)
    )
    what = "accepts a request that violates" if failure.accepted else "rejects a request that matches"
    sentence = f"{operation.id} {what} its schema: {failure.message}"[:400]
    claim = (relation, expressions.status(response), expressions.literal(bound))
    return code, sentence, claim, join(operation.pointer, "requestBody" if operation.body else "parameters")


def _is_number(text: Any) -> bool:
    digits = text[1:] if isinstance(text, str) and text.startswith("+") else ""
    return digits.isascii() and digits.isdecimal() and 7 <= len(digits) <= 15
