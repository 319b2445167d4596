"""What the check found: plain data, which reports only render."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from contract_tests.findings.curl import Step
from contract_tests.target.client import Exchange
from openapi import Contract


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken promise.

    `code` names the property in the catalogue, `pointer` the node of the document that it rests on; `assumption` is why
    we assume that node, None where the vendor documents it. `amendment` is the smallest change to the document that
    would make it true. `claim` (see `evidence`) is what the answers to `steps` break; `attempts` is how often the steps
    have to be sent, on average, until they do: 1 where they always do, 0 where they were not seen to do so again. `tag`
    is the text by which the records in the steps are told from others', '' where there is none; `refused` are the
    statuses by which the service may refuse a request as wrong.
    """

    code: str
    sentence: str
    expected: str
    observed: str
    operation: str
    pointer: str
    assumption: str | None
    amendment: str
    steps: tuple[Step, ...]
    claim: Sequence[Any]
    attempts: int = 1
    tag: str = ""
    refused: tuple[int, ...] = ()

    @property
    def documented(self) -> bool:
        """Whether a promise of the vendor's documentation is broken, not an assumption of ours."""
        return self.assumption is None

    @property
    def repetition(self) -> str:
        """How often the steps have to be sent until they show it; '' where once is enough."""
        if self.attempts > 1:
            return f"it does not happen every time: about once in {self.attempts} times that the requests were sent"
        return "" if self.attempts else "it did not happen again when the requests were sent again"

    @property
    def cause(self) -> tuple[str, str]:
        """What findings of one cause have in common."""
        return self.code, self.pointer

    def as_data(self) -> dict[str, Any]:
        """The finding as a JSON value."""
        return asdict(self)


def from_data(data: Mapping[str, Any]) -> Finding:
    """The finding of which `data` is the JSON value."""
    steps = tuple(Step(**step) for step in data["steps"])
    return Finding(**{**data, "steps": steps, "refused": tuple(data["refused"])})


@dataclass(frozen=True, slots=True)
class RawFailure:
    """A broken promise as it was met: all that was sent since the property began, not yet shrunk."""

    code: str
    sentence: str
    operation: str
    pointer: str
    amendment: str
    claim: Sequence[Any]
    trace: tuple[Exchange, ...]


class PropertyFailedError(AssertionError):
    """Raised by a property where the service breaks it."""

    def __init__(self, draft: RawFailure) -> None:
        super().__init__(f"{draft.code}: {draft.sentence}")
        self.draft = draft


def why_assumed(contract: Contract, pointer: str) -> str | None:
    """The reason for which the node at `pointer` is assumed; None where it is documented."""
    assumption = contract.assumption_at(pointer)
    return assumption.why if assumption else None
