"""Schemathesis on operations outside resources: each response is judged alone, without records of the run."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from contract_tests.claims import expressions
from contract_tests.findings.finding import RawFailure
from contract_tests.findings.raised import FindingRaisedError
from contract_tests.runner.run import Run
from contract_tests.runner.schemathesis_cases import call_of, misjudged, misjudgement, operation_of, sent
from contract_tests.target.client import Call, NoResponseError
from openapi import Operation, Refusal
from openapi.pointers import join


class OperationProbe:
    """Sends cases of Schemathesis to operations that belong to no resource."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._prefix = urlsplit(run.target.base_url).path.rstrip("/")

    def send(self, case: Any) -> None:
        """Send the case and judge its response. Raises FindingRaisedError and what the client raises."""
        operation = operation_of(self._run, case.operation)
        self._run.client.forget()
        try:
            failure = self._failure(case, operation)
        except NoResponseError as error:
            failure = self._unanswered(operation, str(error))
        if failure is None:
            return
        finding = self._run.find(failure)
        if finding.documented or not self._run.lenient:
            raise FindingRaisedError(finding)

    def _failure(self, case: Any, operation: Operation) -> RawFailure | None:
        """What is wrong with the response to a case; None if it is correct."""
        client, conformance = self._run.client, self._run.conformance

        def described(request: Any) -> Call:
            return call_of(case, urlsplit(request.url).path.removeprefix(self._prefix), None, request)

        raw, response = sent(client, case, described)
        trace = tuple(client.trace)
        for breach in conformance.breaches(operation, response, head=case.method == "HEAD"):
            return conformance.failure(breach, operation, response, trace)
        failure = misjudged(self._run, case, raw, rejects=True, accepts=True)
        if failure is None:
            return None
        code, sentence, claim, pointer = misjudgement(operation, response, failure)
        # That a service refuses values, and which, is assumed.
        refusals = self._run.contract.refusals
        declared = operation.response_for(refusals.status_of(Refusal.INVALID, operation))
        assumed_at = declared.pointer if declared else refusals.pointer
        return RawFailure(code, sentence, operation.id, pointer, "", claim, trace, assumed_at=assumed_at)

    def _unanswered(self, operation: Operation, message: str) -> RawFailure:
        trace = tuple(self._run.client.trace)
        claim = ("is at least", expressions.status(trace[-1].response), expressions.literal(100))
        pointer = join(operation.pointer, "responses")
        return RawFailure("HTTP-ANSWERS", f"{message}.", operation.id, pointer, "", claim, trace)
