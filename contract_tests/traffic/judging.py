"""Judges the exchanges of a recording: each response by its operation, and the relations between exchanges."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import judge, references, with_numbers
from contract_tests.findings.finding import Finding, RawFailure, why_assumed
from contract_tests.findings.steps import record_keys, steps_of
from contract_tests.findings.wording import describe_verdict
from contract_tests.resource.resource_description import ResourceDescription
from contract_tests.resource.response_conformance import Conformance
from contract_tests.resource.undocumented import Observations
from contract_tests.target.client import Call, Exchange, ReceivedResponse
from contract_tests.traffic.har import RecordedExchange
from contract_tests.traffic.relations import Relations, ResourceExchange
from openapi import Contract, Operation, Refusal, Role
from openapi.keys import SLOT
from openapi.media_types import is_json, of_content
from openapi.path_templates import pattern, placeholders
from openapi.pointers import join

_MOST_TIMES = 100
"""How many failures of one cause are kept."""


class Matched(NamedTuple):
    """An exchange with the service, and the operation of the document that it is for, if any."""

    recorded: RecordedExchange
    exchange: Exchange
    operation: Operation | None


@dataclass
class Judged:
    """The result: findings, undocumented behaviour, the requests, and how many responses each property judged."""

    findings: list[Finding] = field(default_factory=list)
    observations: Observations = field(default_factory=Observations)
    times: Counter[str] = field(default_factory=Counter)
    requests: Counter[tuple[str, str, bytes, int]] = field(default_factory=Counter)
    """The requests, as `Coverage` counts them."""


def origins(contract: Contract, exchanges: Sequence[RecordedExchange]) -> Counter[str]:
    """How many requests are for operations of the document, by base URL."""
    found: Counter[str] = Counter()
    for one in exchanges:
        parts = urlsplit(one.url)
        base = f"{parts.scheme}://{parts.netloc}{contract.base_path}".rstrip("/")
        if _operation_at(contract, one, base) is not None:
            found[base] += 1
    return found


def matched(contract: Contract, exchanges: Sequence[RecordedExchange], base: str) -> list[Matched]:
    """The exchanges below the base URL."""
    found: list[Matched] = []
    for one in exchanges:
        path = _path_below(one.url, base)
        if path is not None:
            operation = _operation_at(contract, one, base)
            response = ReceivedResponse(
                len(found) + 1, one.status, one.headers, one.content or b"", one.ended_s - one.began_s
            )
            found.append(Matched(one, Exchange(_call(contract, one, path, operation), response), operation))
    return found


def _path_below(url: str, base: str) -> str | None:
    path = url.removeprefix(base).partition("?")[0]
    return path if url.startswith(base) and (not path or path.startswith("/")) else None


def _operation_at(contract: Contract, one: RecordedExchange, base: str) -> Operation | None:
    path = _path_below(one.url, base)
    method = "GET" if one.method == "HEAD" else one.method
    candidates = [each for each in contract.operations.values() if each.method == method]
    # A path without placeholders comes first (OpenAPI 3.1, Paths Object).
    candidates.sort(key=lambda each: len(placeholders(each.path)))
    return next((each for each in candidates if path is not None and pattern(each.path).fullmatch(path)), None)


def _call(contract: Contract, one: RecordedExchange, path: str, operation: Operation | None) -> Call:
    names = placeholders(operation.path) if operation else []
    key = None
    if operation:
        found = contract.role_of(operation.id) or contract.action_of(operation.id)
        match = pattern(operation.path).fullmatch(path)
        if found and match and tuple(names) == found[0].key_parameters:
            key, path = found[0].key_in_segments(match.groups()), found[0].slotted(operation.path)
        elif match and len(names) == 1:
            key, path = unquote(match.groups()[0]), operation.path.replace(f"{{{names[0]}}}", SLOT)
    return Call(
        one.method,
        path,
        key,
        urlsplit(one.url).query,
        data=one.body or None,
        content_type=one.content_type,
        authorization="token" if one.authorized else None,
    )


class Judge:
    """Judges exchanges by one contract."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self.result = Judged()
        self._conformance = Conformance(contract, self.result.observations)
        self._specs = {one.name: ResourceDescription(contract, one) for one in contract.resources.values()}
        self._relations = {name: Relations(spec) for name, spec in self._specs.items()}
        self._exchanges: dict[int, Exchange] = {}
        self._kept: Counter[tuple[str, str]] = Counter()

    def judge(self, exchanges: Sequence[Matched]) -> Judged:
        """Judge all of them, in this order."""
        self._exchanges = {one.exchange.response.step: one.exchange for one in exchanges}
        for one in exchanges:
            call, response = one.exchange.call, one.exchange.response
            if one.operation is None:
                if call.method != "OPTIONS":
                    self.result.observations.note(f"{call.method} {call.path} is for no operation of the document")
            elif response.status == 0:
                self.result.observations.note(f"{one.operation.id} got no response in the recording")
            else:
                self._judge(one, one.operation)
        return self.result

    def _judge(self, one: Matched, operation: Operation) -> None:
        call, response, head = one.exchange.call, one.exchange.response, one.exchange.call.method == "HEAD"
        if not head:
            self.result.requests[call.method, call.target, call.content or b"", response.status] += 1
        known = one.recorded.content is not None
        if not known:
            self.result.observations.note(f"the recording has no body of a response of {operation.id}")
        self._judge_response(operation, response, head or not known)
        named = self._contract.role_of(operation.id)
        if named is None:
            return
        spec, role = self._specs[named[0].name], named[1]
        self._judge_status(operation, response, role)
        self._judge_acceptance(operation, one.recorded, response, spec.at_refusal(role, Refusal.INVALID))
        if known and not head:
            shown = replace(response, at=spec.resource.response(operation.id).record if response.status < 300 else "")
            seen = ResourceExchange(role, call, call.key, shown, one.recorded.began_s, one.recorded.ended_s)
            for each in self._relations[spec.resource.name].next(seen):
                owner = spec.operation(each.role).id
                failure = RawFailure(each.code, each.sentence, owner, each.pointer, "", each.claim, ())
                self._claim(failure)

    def _judge_response(self, operation: Operation, response: ReceivedResponse, without_body: bool) -> None:
        declared = operation.response_for(response.status)
        self.result.times["SCHEMA-SERVER-ERROR"] += 1
        if declared is not None:
            self.result.times["SCHEMA-HEADER"] += bool(declared.headers)
            for code in ("SCHEMA-MEDIA-TYPE", "SCHEMA-BODY") if declared.content and not without_body else ():
                self.result.times[code] += 1
        for breach in self._conformance.breaches(operation, response, without_body):
            self._fail(self._conformance.failure(breach, operation, response, ()))

    def _judge_status(self, operation: Operation, response: ReceivedResponse, role: Role) -> None:
        if not 200 <= response.status < 300:
            return
        wanted, pointer = int(operation.success.status), operation.success.pointer
        change = f"declare {response.status} instead of {wanted} at {pointer}"
        declared = [int(status) for status in operation.responses if status.isdecimal() and status.startswith("2")]
        sentence = f"A valid {role.value} returns {response.status} instead of {wanted}."
        claim = ("is one of", expressions.status(response), expressions.literal([wanted, *declared]))
        self._claim(RawFailure(f"{role.name}-ACCEPTED", sentence, operation.id, pointer, change, claim, ()))

    def _judge_acceptance(
        self, operation: Operation, recorded: RecordedExchange, response: ReceivedResponse, assumed_at: str
    ) -> None:
        """A request that violates its schema should not succeed; its refusal is assumed."""
        violation = _violation(operation, recorded)
        if violation:
            sentence = f"{operation.id} accepts a request that violates its schema: {violation}."
            claim = ("is at least", expressions.status(response), expressions.literal(400))
            failure = ("SCHEMA-ACCEPTS-BAD", sentence, operation.id, join(operation.pointer, "requestBody"), "", claim)
            self._claim(RawFailure(*failure, (), assumed_at=assumed_at))

    def _claim(self, failure: RawFailure) -> None:
        """Judge one claim: count it, and keep the failure if it does not hold."""
        self.result.times[failure.code] += 1
        responses = {number: self._exchanges[number].response.response_data for number in references(failure.claim)}
        if not judge(failure.claim, responses).holds:
            self._fail(failure)

    def _fail(self, failure: RawFailure) -> None:
        cause = (failure.code, failure.pointer)
        self._kept[cause] += 1
        if self._kept[cause] <= _MOST_TIMES:
            self.result.findings.append(self._finding(failure))

    def _finding(self, failure: RawFailure) -> Finding:
        numbers = sorted(references(failure.claim))
        trace = [self._exchanges[number] for number in numbers]
        claim = with_numbers(failure.claim, {number: new_number for new_number, number in enumerate(numbers, 1)})
        responses = {new_number: one.response.response_data for new_number, one in enumerate(trace, 1)}
        observed, expected = describe_verdict(claim, judge(claim, responses))
        assumption = why_assumed(self._contract, failure)
        return Finding(
            code=failure.code,
            sentence=failure.sentence,
            expected=expected,
            observed=observed,
            operation=failure.operation,
            pointer=failure.pointer,
            assumption=assumption,
            suggested_change=failure.suggested_change,
            steps=steps_of(trace, record_keys(self._contract)),
            claim=claim,
            refused=(self._contract.refusals.statuses[Refusal.INVALID],),
        )


def _violation(operation: Operation, recorded: RecordedExchange) -> str:
    """How the body of a request violates its schema; "" if it is valid or unknown."""
    media = of_content(operation.body.content, recorded.content_type) if operation.body and recorded.body else None
    if media is None or media.schema is None or not is_json(recorded.content_type):
        return ""
    try:
        value = json.loads(recorded.body or b"")
    except (ValueError, RecursionError):
        return "it is not JSON"
    return next((f"{one.path or 'the body'}: {one.message}" for one in media.schema.violations(value)), "")
