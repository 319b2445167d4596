"""Findings: plain data that reports render."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contract_tests.findings.steps import Step
from contract_tests.target.client import Exchange
from openapi import Contract
from openapi.pointers import exists


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference between the service and the document.

    `code` names the property in the catalogue, `pointer` the node of the document that it rests on. `assumption` is why
    we assume that node, None if the vendor documents it. `suggested_change` is the smallest change to the document that
    would allow the observed behaviour. `claim` (see `claims.evaluation`) is what the responses to `steps` violate.
    `attempts` is how often the steps have to be sent, on average, until they do: 1 if they always do, 0 if it could not
    be reproduced. `tag` marks the records in the steps, '' if there is none. `refused` are the statuses with which the
    service may reject an invalid request. `actions` are those of an OpenAPI Overlay that accept the finding: with them
    the document says what the service does; none if no overlay can express it, or the vendor documents the node.
    """

    code: str
    sentence: str
    expected: str
    observed: str
    operation: str
    pointer: str
    assumption: str | None
    suggested_change: str
    steps: tuple[Step, ...]
    claim: Sequence[Any]
    attempts: int = 1
    tag: str = ""
    refused: tuple[int, ...] = ()
    actions: tuple[Mapping[str, Any], ...] = ()

    @property
    def documented(self) -> bool:
        """Whether the vendor documents what is broken; otherwise it is our assumption."""
        return self.assumption is None

    @property
    def repetition(self) -> str:
        """How often the finding occurs, in words; '' if every time."""
        if self.attempts > 1:
            return f"intermittent: about 1 in {self.attempts} attempts"
        return "" if self.attempts else "could not be reproduced by sending the requests again"

    @property
    def cause(self) -> tuple[str, str]:
        """The key that findings with the same cause share."""
        return self.code, self.pointer


@dataclass(frozen=True, slots=True)
class RawFailure:
    """A failed claim with everything that was sent since the property began, not yet shrunk.

    `if_unsteady` is what failed instead if the same requests do not fail every time. If `pointer` is documented
    but the claim about it is not, `assumed_at` is the node that makes the assumption.
    """

    code: str
    sentence: str
    operation: str
    pointer: str
    suggested_change: str
    claim: Sequence[Any]
    trace: tuple[Exchange, ...]
    if_unsteady: RawFailure | None = None
    assumed_at: str = ""


class PropertyFailedError(AssertionError):
    """Raised by a property that the service breaks."""

    def __init__(self, failure: RawFailure) -> None:
        super().__init__(f"{failure.code}: {failure.sentence}")
        self.failure = failure


def why_assumed(contract: Contract, failure: RawFailure) -> str | None:
    """Why the broken node is assumed; None if it is documented."""
    pointers = [failure.pointer, failure.assumed_at]
    if failure.assumed_at.startswith(f"{failure.pointer}/"):
        pointers.reverse()
    return next((why for pointer in pointers if (why := _why(contract, pointer))), None)


def _why(contract: Contract, pointer: str) -> str | None:
    assumption = contract.assumption_at(pointer)
    if assumption is None:
        return None
    if assumption.pointer == "/x-http" and not exists(contract.document(), pointer):
        return "the document does not define this, so the check uses its default; x-http can define it"
    return " ".join(assumption.why.split())
