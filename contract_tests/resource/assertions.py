"""Judges responses: by the document, and by the claims of the property under way."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contract_tests.claims import evaluation, expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.findings.finding import PropertyFailedError, RawFailure
from contract_tests.resource.resource_description import Record, ResourceDescription
from contract_tests.resource.response_conformance import Conformance, Shape, shape_of
from contract_tests.target.client import NO_ANSWER, Answer, Client, Exchange
from openapi import Operation, Refusal, Role
from openapi.contract import JsonValue
from openapi.pointers import join

_SETTLE_STEP_S = 0.1


@dataclass(frozen=True, slots=True)
class Thoroughness:
    """How much a property tries.

    `rounds` is 1 in a quick run and more in others. `settle_s` is how long a write may take to become visible,
    `longest_s` the longest response time allowed (None: any). `writes` says whether records may be created.
    """

    rounds: int = 2
    settle_s: float = 0.0
    longest_s: float | None = None
    writes: bool = False


class Assertions:
    """Judges the responses in the client's trace and raises PropertyFailedError for the first failure."""

    def __init__(
        self, spec: ResourceDescription, client: Client, conformance: Conformance, thoroughness: Thoroughness
    ) -> None:
        self._spec = spec
        self._client = client
        self._conformance = conformance
        self._thoroughness = thoroughness
        self.code = ""
        """The property under way; a failure gets this code unless it names another one."""
        self.failures: list[RawFailure] = []
        """The first and the last failure since the property began."""
        document = spec.contract.document()
        self._record_shape = shape_of(document, spec.resource.record.node)
        self._list_shape = self._shape_of_list(document)

    def start(self, code: str) -> None:
        """Begin the property `code`, without failures."""
        self.code, self.failures = code, []

    def that(
        self,
        sentence: str,
        claim: tuple[str, Expression, Expression],
        role: Role,
        pointer: str,
        *,
        code: str | None = None,
        suggested_change: str = "",
    ) -> None:
        """Raise PropertyFailedError unless the responses so far satisfy `claim` (see `claims.evaluation`).

        `sentence` is what the finding says, `pointer` the node of the document that it is about, `suggested_change`
        the change to the document that would match the service.
        """
        claim = self.documented_part(claim)
        if self._holds(claim):
            return
        operation = self._spec.operation(role)
        failure = RawFailure(code or self.code, sentence, operation.id, pointer, suggested_change, claim, self._trace())
        self._fail(failure)

    def documented_part(self, claim: tuple[str, Expression, Expression]) -> tuple[str, Expression, Expression]:
        """The claim without the fields that the document does not describe.

        A service may show such fields in one response and not in another, and with other values each time.
        """
        relation, *expressions = claim
        if relation != "is":
            return claim
        values = [evaluation.evaluate(one, self._responses()) for one in expressions]
        shape = next((self._shape(value) for value in values if isinstance(value, (dict, list))), {})
        if not shape:
            return claim
        observed, expected = (["described", one, shape] for one in expressions)
        return relation, observed, expected

    def _shape(self, value: JsonValue) -> Shape:
        if isinstance(value, list):
            return {"items": self._record_shape} if any(isinstance(item, dict) for item in value) else {}
        listing = self._spec.resource.listing
        first = listing.answer.items.split("/")[1:2] if listing else []
        is_list = isinstance(value, dict) and bool(first) and first[0] in value
        return self._list_shape if is_list else self._record_shape

    def _shape_of_list(self, document: Mapping[str, Any]) -> Shape:
        media = self._spec.operation(Role.LIST).success.content.values() if self._spec.has(Role.LIST) else ()
        return next((shape_of(document, one.schema.node) for one in media if one.schema), {})

    def _holds(self, claim: tuple[str, Expression, Expression]) -> bool:
        until_s = time.monotonic() + self._thoroughness.settle_s
        while not evaluation.judge(claim, self._responses()).holds:
            last = self._client.trace[-1] if self._client.trace else None
            again = last is not None and last.call.method == "GET" and last.answer.step in evaluation.references(claim)
            if not again or time.monotonic() > until_s:
                return False
            time.sleep(_SETTLE_STEP_S)
            self._repeat_last()
        return True

    def _repeat_last(self) -> None:
        """Send the last request again and keep the new response: a write may need time to become visible."""
        last = self._client.trace.pop()
        self._client.send(last.call)

    def _responses(self) -> dict[int, evaluation.ResponseData]:
        return {exchange.answer.step: exchange.answer.response_data for exchange in self._client.trace}

    def _trace(self) -> tuple[Exchange, ...]:
        return tuple(self._client.trace)

    def _fail(self, failure: RawFailure) -> None:
        self.failures = [*self.failures[:1], failure]
        raise PropertyFailedError(failure)

    def unanswered(self, what: str) -> RawFailure:
        """The failure for a request without a response, from a target that answers other requests."""
        lost = next((one for one in self._client.trace if one.answer.status == NO_ANSWER), self._client.trace[-1])
        operations = map(self._spec.operation, self._spec.resource.operations)
        operation = next((one for one in operations if one.method == lost.call.method), self._spec.operation(Role.LIST))
        claim = ("is at least", expressions.status(lost.answer), expressions.literal(100))
        place = join(operation.pointer, "responses")
        return RawFailure("HTTP-ANSWERS", f"{what}.", operation.id, place, "", claim, self._trace())

    def refused(
        self,
        what: str,
        answer: Answer,
        refusal: Refusal,
        role: Role,
        pointer: str = "",
        after: Sequence[expressions.Seen] = (),
    ) -> None:
        """Raise PropertyFailedError unless the response is the documented refusal.

        `after` are responses without which the request need not be refused, such as the create of the record that
        makes a second one a conflict.
        """
        observed = expressions.status(answer)
        wanted = self._spec.status_of(refusal)
        place = join(self._spec.contract.refusals.pointer, "statuses", refusal.value)
        self.that(
            f"{what} returns {answer.status} instead of {wanted} ({refusal.value}).",
            ("is", expressions.depends_on(observed, *after) if after else observed, expressions.literal(wanted)),
            role,
            pointer or self._spec.at_refusal(role, refusal),
            suggested_change=f"write {answer.status} at {place}" if 400 <= answer.status < 500 else "",
        )

    def success(self, role: Role, answer: Answer) -> None:
        """Raise PropertyFailedError unless the response is the operation's documented success."""
        operation, success = self._spec.operation(role), self._spec.operation(role).success
        # The exact status may be assumed. That a valid request succeeds is what the operation is for.
        done = 200 <= answer.status < 300
        self.that(
            f"A valid {role.value} returns {answer.status} instead of {success.status}.",
            ("is", expressions.status(answer), expressions.literal(int(success.status))),
            role,
            success.pointer if done else operation.pointer,
            code=f"{role.name}-ACCEPTED",
            suggested_change=f"declare {answer.status} instead of {success.status} at {success.pointer}"
            if done
            else "",
        )

    def accepted(self, role: Role, answer: Answer) -> Record:
        """The record in a successful response. Raises PropertyFailedError for any other response."""
        self.success(role, answer)
        return Record(answer.json if isinstance(answer.json, dict) else {}, answer.step)

    def conforms(self, operation: Operation, answer: Answer) -> None:
        """Raise PropertyFailedError where the operation does not declare such a response, or it comes too late."""
        longest_s = self._thoroughness.longest_s
        if longest_s is not None and answer.seconds > longest_s:
            claim = ("is at most", expressions.seconds(answer), expressions.literal(longest_s))
            sentence = f"{operation.id} takes more than {longest_s:g} s to respond."
            self._fail(RawFailure("HTTP-SLOW", sentence, operation.id, operation.pointer, "", claim, self._trace()))
        for breach in self._conformance.breaches(operation, answer):
            self._fail(
                RawFailure(
                    *(breach.code, breach.sentence, operation.id, breach.pointer, breach.suggested_change),
                    *(breach.claim, self._trace()),
                )
            )
