"""What Schemathesis found, as findings of ours."""

from __future__ import annotations

from typing import Any

from contract_tests.findings import BrokenPromiseError, Finding, why_assumed
from contract_tests.run import Run

_CODES = {
    "ServerError": "SCHEMA-SERVER-ERROR",
    "UndefinedStatusCode": "SCHEMA-STATUS",
    "UndefinedContentType": "SCHEMA-MEDIA-TYPE",
    "MissingContentType": "SCHEMA-MEDIA-TYPE",
    "MissingHeaders": "SCHEMA-HEADER",
    "JsonSchemaError": "SCHEMA-BODY",
    "AcceptedNegativeData": "SCHEMA-ACCEPTS-BAD",
    "RejectedPositiveData": "SCHEMA-REFUSES-GOOD",
}


def from_failures(run: Run, case: Any, group: Any) -> BrokenPromiseError:
    """The first failure of Schemathesis's group as a finding, with the curl line that it made."""
    failure = group.exceptions[0]
    code = _CODES.get(type(failure).__name__, "SCHEMA-OTHER")
    operation = run.contract.operations[case.operation.definition.raw["operationId"]]
    observed = " ".join(str(failure.message or failure.title).split())
    line = str(case.as_curl_command()).replace(run.client.token or "\0", "$CALLCAMP_TOKEN")
    pointer = operation.pointer
    sentence = f"{failure.title} ({operation.id})."
    expected = "what the document declares"
    why = why_assumed(run.contract, pointer)
    return BrokenPromiseError(Finding(code, sentence, expected, observed, operation.id, pointer, why, (f"1. {line}",)))
