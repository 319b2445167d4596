"""A finding that ends a test, and its description as lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from contract_tests.findings.curl import curl_lines
from contract_tests.findings.finding import Finding
from contract_tests.target.printing import printable


class FindingRaisedError(AssertionError):
    """Ends a test whose property the service breaks. `str()` of it describes the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__("\n".join(described(finding)))
        self.finding = finding


def unsteady(finding: Finding) -> Finding:
    """The finding, marked as intermittent."""
    return replace(finding, attempts=max(2, finding.attempts)) if finding.attempts else finding


def described(finding: Finding) -> Iterator[str]:
    """A finding in lines."""
    yield from map(printable, _described(finding))


def _described(finding: Finding) -> Iterator[str]:
    yield f"{finding.code}: {finding.sentence}"
    yield f"  operation  {finding.operation}"
    yield f"  expected   {finding.expected}"
    yield f"  got        {finding.observed}"
    yield f"  rests on   {finding.pointer}"
    yield from [f"  repeated   {finding.repetition}"] if finding.repetition else []
    yield "  documented by the vendor" if finding.documented else f"  assumed    {finding.assumption}"
    yield "  reproduce  (BASE is the address of the service)"
    yield from (f"    {line}" for line in curl_lines(finding.steps))
