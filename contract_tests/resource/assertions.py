"""Judges responses by the document, and by the claims of the current property."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias, TypedDict, Unpack

from contract_tests.calibration.error_shape import ErrorSample
from contract_tests.calibration.facts import Facts
from contract_tests.claims import evaluation, expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.findings.finding import PropertyFailedError, RawFailure
from contract_tests.resource.resource_description import Record, ResourceDescription, RoleOrAction
from contract_tests.resource.response_conformance import Conformance, Shape
from contract_tests.target.client import NO_RESPONSE, Client, Exchange, ReceivedResponse
from openapi import Operation, Refusal, Role
from openapi.json_value import JsonValue
from openapi.model.http import Response
from openapi.model.links import GONE
from openapi.pointers import join

_SETTLE_STEP_S = 0.1

Claim: TypeAlias = tuple[str, Expression, Expression]


@dataclass(frozen=True, slots=True)
class Thoroughness:
    """How much a property tries.

    `rounds` is 1 in a quick run and more in others. `settle_s` is how long a write may take to become visible,
    `patience_s` how long before the service counts as broken. `longest_s` is the longest response time allowed (None:
    any). `writes` says whether records may be created.
    """

    rounds: int = 2
    settle_s: float = 0.0
    patience_s: float = 2.0
    longest_s: float | None = None
    writes: bool = False


class ClaimOptions(TypedDict, total=False):
    """More about a claim.

    `code` is the property that a failure is reported under, if not the current one. `suggested_change` is the change
    to the document that would match the service. If `pointer` is documented but the claim about it is not,
    `assumed_at` is the node that makes the assumption.
    """

    code: str | None
    suggested_change: str
    assumed_at: str


class RefusalOptions(TypedDict, total=False):
    """More about a refusal.

    `if_accepted` is the node of the document that a success breaks, if that is more than the status of the refusal;
    `code` and `assumed_at` as in `ClaimOptions`. `after` are responses without which the request need not be refused,
    such as the create of the record that makes a second one a conflict.
    """

    if_accepted: str
    assumed_at: str
    after: Sequence[expressions.ResponsePart]
    code: str | None


class Difference(NamedTuple):
    """A difference. Those with the same cause, a value at a node of the document, count as one."""

    cause: tuple[str, str]
    failure: RawFailure


class Assertions:
    """Judges the responses in the client's trace. A failed claim ends the property, unless it is only a difference.

    A difference is a deviation from the document that leaves the rest of the property judgeable: another status of the
    right class, a missing header, a response body that breaks its schema. It is noted in `differences`, once per
    property, and the property continues.
    """

    def __init__(
        self, spec: ResourceDescription, client: Client, conformance: Conformance, thoroughness: Thoroughness
    ) -> None:
        self._spec = spec
        self._client = client
        self._conformance = conformance
        self._thoroughness = thoroughness
        self.code = ""
        """The current property; a failure gets this code unless it names another one."""
        self.known: frozenset[tuple[str, str]] = frozenset()
        """The causes of differences that the run knows from the properties that ran first, alone."""
        self.failures: list[RawFailure] = []
        """The first and the last failure since the property began."""
        self.met: set[str] = set()
        """The nodes of all differences that the property has met."""
        self.differences: list[Difference] = []
        """The differences since the property began."""
        self._to_refuse: ReceivedResponse | None = None
        """The last response that should have been a refusal: problems of its body are not a separate cause."""

    def adopt(self, spec: ResourceDescription) -> None:
        """Judge by another description of the resource from now on."""
        self._spec = spec
        self._conformance.adopt(spec.contract)

    def describe(self, spec: ResourceDescription) -> None:
        """Judge by another list of the same resource from now on."""
        self._spec = spec

    @property
    def facts(self) -> Facts:
        """What the run counts."""
        return self._conformance.facts

    def knows(self, pointer: str) -> bool:
        """Whether the property has met a difference at a node, or the run had before properties ran side by side."""
        cause = (pointer, "")
        return cause in self.known or any(one.cause == cause for one in self.differences)

    def note(self, failure: RawFailure) -> None:
        """Note a difference, unless the run knows it."""
        self._note((failure.pointer, ""), failure)

    def start(self, code: str) -> None:
        """Begin the property `code`, without failures."""
        self.code, self.failures, self.differences = code, [], []
        self.met = set()

    def that(
        self,
        sentence: str,
        claim: Claim,
        role: RoleOrAction,
        pointer: str,
        **options: Unpack[ClaimOptions],
    ) -> None:
        """Raise PropertyFailedError unless the responses so far satisfy `claim` (see `claims.evaluation`).

        `sentence` is what the finding says, `pointer` the node of the document that it is about.

        A record that a list or a read shows too late is a difference: the vendor does not promise that a write is
        visible at once. The last GETs are therefore repeated for `patience_s` before the claim fails.
        """
        claim = self.documented_part(claim)
        settle_s = self._thoroughness.settle_s
        if self._holds_within(settle_s, claim):
            return
        operation = self._spec.operation(role).id
        failure = RawFailure(
            *(options.get("code") or self.code, sentence, operation, pointer, options.get("suggested_change", "")),
            *(claim, self._trace()),
            assumed_at=options.get("assumed_at", ""),
        )
        if self._spec.at_once and self._holds_within(self._thoroughness.patience_s - settle_s, claim):
            late = replace(failure, pointer=self._spec.at_once, suggested_change="", if_unsteady=failure)
            self._note((self._spec.at_once, ""), replace(late, sentence=f"{sentence} It is correct a moment later."))
            return
        self._fail(failure)

    def allowed(
        self,
        sentence: str,
        response: ReceivedResponse,
        role: RoleOrAction,
        pointer: str,
        **options: Unpack[ClaimOptions],
    ) -> None:
        """Raise PropertyFailedError if a valid request is refused."""
        claim = ("is at most", expressions.status(response), expressions.literal(399))
        self.that(sentence, claim, role, pointer, **options)

    def holds(self, claim: Claim) -> bool:
        """Whether the responses so far satisfy `claim`."""
        return evaluation.judge(self.documented_part(claim), self._responses()).holds

    def differs(
        self, sentence: str, claim: Claim, role: RoleOrAction, pointer: str, **options: Unpack[ClaimOptions]
    ) -> bool:
        """Note a difference at `pointer` if the claim fails, and continue. Returns whether it fails."""
        if self.holds(claim):
            return False
        failure = RawFailure(
            *(options.get("code") or self.code, sentence, self._spec.operation(role).id, pointer),
            *(options.get("suggested_change", ""), claim, self._trace()),
            assumed_at=options.get("assumed_at", ""),
        )
        self._note((pointer, ""), failure)
        return True

    def documented_part(self, claim: Claim) -> Claim:
        """The claim without the fields that the document does not describe.

        A service may show such fields in some responses only, and with other values each time.
        """
        relation, *expressions = claim
        if relation != "is":
            return claim
        values = [evaluation.evaluate(one, self._responses()) for one in expressions]
        shapes = [self._shape(value) for value in values if isinstance(value, (dict, list))]
        # If one response is a list and the other an error, the claim is about the list.
        shape = (
            self._spec.list_shape
            if self._spec.list_shape and self._spec.list_shape in shapes
            else next(iter(shapes), {})
        )
        if not shape:
            return claim
        observed, expected = (["described", one, shape] for one in expressions)
        return relation, observed, expected

    def _shape(self, value: JsonValue) -> Shape:
        if isinstance(value, list):
            return {"items": self._spec.record_shape} if any(isinstance(item, dict) for item in value) else {}
        listing = self._spec.resource.listing
        first = listing.response.items.split("/")[1:2] if listing else []
        is_list = isinstance(value, dict) and bool(first) and first[0] in value
        return self._spec.list_shape if is_list else self._spec.record_shape

    def _holds_within(self, seconds: float, claim: Claim) -> bool:
        """Whether the claim holds; the reads that it refers to are repeated for up to this many seconds."""
        until_s, step_s = time.monotonic() + seconds, _SETTLE_STEP_S
        while not evaluation.judge(claim, self._responses()).holds:
            reads = self._last_reads(claim)
            left_s = until_s - time.monotonic()
            if not reads or left_s <= 0:
                return False
            time.sleep(min(step_s, left_s))
            step_s *= 2
            del self._client.trace[-len(reads) :]
            for exchange in reads:
                self._client.send(exchange.call)
        return True

    def _last_reads(self, claim: Claim) -> list[Exchange]:
        """The GETs at the end of the trace, from the first that the claim refers to: a write may be visible later."""
        numbers = evaluation.references(claim)
        reads: list[Exchange] = []
        for exchange in reversed(self._client.trace):
            if exchange.call.method != "GET" or exchange.group:
                break
            reads.insert(0, exchange)
        first = next((index for index, one in enumerate(reads) if one.response.step in numbers), len(reads))
        return reads[first:]

    def _responses(self) -> dict[int, evaluation.ResponseData]:
        return {exchange.response.step: exchange.response.response_data for exchange in self._client.trace}

    def _trace(self) -> tuple[Exchange, ...]:
        return tuple(self._client.trace)

    def _fail(self, failure: RawFailure) -> None:
        self.failures = [*self.failures[:1], failure]
        raise PropertyFailedError(failure)

    def _note(self, cause: tuple[str, str], failure: RawFailure) -> None:
        """Note a difference, unless the property knows it: the same value at the same pointer."""
        self.met.add(failure.pointer)
        if all(known.cause != cause for known in self.differences):
            self.differences.append(Difference(cause, failure))

    def unanswered(self, what: str) -> RawFailure:
        """The failure for a request without a response, from a target that responds to others."""
        lost = next((one for one in self._client.trace if one.response.status == NO_RESPONSE), self._client.trace[-1])
        operations = map(self._spec.operation, self._spec.resource.operations)
        operation = next((one for one in operations if one.method == lost.call.method), self._spec.operation(Role.LIST))
        claim = ("is at least", expressions.status(lost.response), expressions.literal(100))
        pointer = join(operation.pointer, "responses")
        return RawFailure("HTTP-ANSWERS", f"{what}.", operation.id, pointer, "", claim, self._trace())

    def refused(
        self,
        what: str,
        response: ReceivedResponse,
        refusal: Refusal,
        role: RoleOrAction,
        **options: Unpack[RefusalOptions],
    ) -> None:
        """Raise PropertyFailedError unless the request is refused.

        Another 4xx than documented is a difference, and so is a success if the refusal is only assumed.
        """
        after, code = options.get("after", ()), options.get("code")
        operation, wanted = self._spec.operation(role), self._spec.status_of(refusal, role)
        gone = self._gone_response(operation, response) if refusal is Refusal.UNKNOWN_RECORD else None
        wanted = int(GONE) if gone else wanted
        observed = expressions.status(response)
        observed = expressions.depends_on(observed, *after) if after else observed
        if 400 <= response.status < 500:
            self.facts.refusal(refusal, response.status)
        if response.status >= 500:
            self._server_error(what, response, operation)
        elif response.status < 400:
            self._forgive_body(response)
            pointer = options.get("if_accepted") or self._spec.at_refusal(role, refusal)
            sentence = f"{what} is accepted ({response.status}) instead of refused with {wanted}."
            claim, assumed_at = ("is at least", observed, expressions.literal(400)), options.get("assumed_at", "")
            if self._is_assumed(pointer, assumed_at):
                failure = RawFailure(code or self.code, sentence, operation.id, pointer, "", claim, self._trace())
                self._note((pointer, ""), replace(failure, assumed_at=assumed_at))
            else:
                self.that(sentence, claim, role, pointer, code=code)
        elif response.status != wanted:
            pointer = gone.pointer if gone else self._spec.at_refusal(role, refusal)
            status_at = join(self._spec.contract.refusals.pointer, "statuses", refusal.value)
            failure = RawFailure(
                *(code or self.code, f"{what} is refused with {response.status} instead of {wanted}.", operation.id),
                *(pointer, f"write {response.status} at {status_at}", ("is", observed, expressions.literal(wanted))),
                self._trace(),
            )
            # The status of a refusal is in x-http, or our default.
            self._note((f"{pointer} {refusal.value}", str(response.status)), replace(failure, assumed_at=status_at))

    def _forgive_body(self, response: ReceivedResponse) -> None:
        """Drop problems of the body of a response that should have been a refusal: the body has what was requested."""
        self._to_refuse = response
        self.differences = [one for one in self.differences if not _is_about_body_of(response, one.failure)]

    def _gone_response(self, operation: Operation, response: ReceivedResponse) -> Response | None:
        """The declared response for a deleted record, if the request is for one.

        A record may be deleted together with another one.
        """
        if self._spec.resource.soft_delete is None or GONE not in operation.responses:
            return None
        key = self._client.trace[response.step - 1].call.key
        before = self._client.trace[: response.step - 1]
        keys = [one.call.key for one in before if one.call.method == "DELETE" and 200 <= one.response.status < 300]
        is_gone = key in keys or (bool(keys) and response.status == int(GONE))
        return operation.responses[GONE] if is_gone else None

    def success(self, role: RoleOrAction, response: ReceivedResponse) -> None:
        """Raise PropertyFailedError unless the operation succeeds; another 2xx than documented is a difference."""
        operation, success = self._spec.operation(role), self._spec.operation(role).success
        code = f"{role.name}-ACCEPTED" if isinstance(role, Role) else self.code
        wanted, name = int(success.status), role.value if isinstance(role, Role) else operation.id
        if 200 <= response.status < 300 and isinstance(role, Role):
            self.facts.success(role, response.status)
        if response.status >= 500:
            self._server_error(f"A valid {name}", response, operation)
        sentence = f"A valid {name} returns {response.status} instead of {success.status}."
        claim = ("is", expressions.status(response), expressions.literal(wanted))
        if not 200 <= response.status < 300:
            self.that(sentence, claim, role, operation.pointer, code=code)
        elif response.status != wanted:
            change = f"declare {response.status} instead of {success.status} at {success.pointer}"
            failure = RawFailure(code, sentence, operation.id, success.pointer, change, claim, self._trace())
            self._note((success.pointer, str(response.status)), failure)

    def _is_assumed(self, *pointers: str) -> bool:
        return any(self._spec.contract.assumption_at(one) is not None for one in pointers if one)

    def _server_error(self, what: str, response: ReceivedResponse, operation: Operation) -> None:
        claim = ("is at most", expressions.status(response), expressions.literal(499))
        pointer = join(operation.pointer, "responses")
        sentence = f"{what} makes the service fail with {response.status}."
        self._fail(RawFailure("SCHEMA-SERVER-ERROR", sentence, operation.id, pointer, "", claim, self._trace()))

    def accepted(self, role: Role, response: ReceivedResponse) -> Record:
        """The record in a successful response. Raises PropertyFailedError for any other response."""
        self.success(role, response)
        shown = self._client.trace[response.step - 1].response
        return Record(shown.record, response.step, shown.at)

    def conforms(self, operation: Operation, response: ReceivedResponse) -> None:
        """Note as a difference everything in the response that the operation does not declare.

        Raises PropertyFailedError for an undeclared 5xx, and for a response that is too slow. A response that should
        have been a refusal, and was judged as such, is not compared.
        """
        if response is self._to_refuse:
            return
        longest_s = self._thoroughness.longest_s
        if longest_s is not None and response.seconds > longest_s:
            claim = ("is at most", expressions.seconds(response), expressions.literal(longest_s))
            sentence = f"{operation.id} takes more than {longest_s:g} s to respond."
            self._fail(RawFailure("HTTP-SLOW", sentence, operation.id, operation.pointer, "", claim, self._trace()))
        declared = self._conformance.declared(operation)
        expected = declared.for_status(response.status) or (declared.success if response.status < 300 else None)
        for pointer, name in expected.counted if expected else ():
            self.facts.header(pointer, name in response.headers)
        if 400 <= response.status < 500:
            self.facts.error(ErrorSample(response.status, response.media_type, response.json))
        for breach in self._conformance.breaches(operation, response):
            failure = self._conformance.failure(breach, operation, response, self._trace())
            if breach.code == "SCHEMA-SERVER-ERROR":
                self._fail(failure)
            self._note((failure.pointer, ""), failure)


def _is_about_body_of(response: ReceivedResponse, failure: RawFailure) -> bool:
    return failure.code.startswith("SCHEMA-") and any(one.response is response for one in failure.trace[-1:])
