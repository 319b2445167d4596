"""What the check found: plain data, which reports only render."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from contract_tests.client import Exchange
from contract_tests.reproduction import Step
from openapi import Contract


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken promise.

    `code` names the property in the catalogue, `pointer` the node of the document that it rests on; `assumption` is why
    we assume that node, None where the vendor documents it. `amendment` is the smallest change to the document that
    would make it true. `claim` (see `evidence`) is what the answers to `steps` break; `attempts` is how often the steps
    may have to be repeated until they do, 1 where they always do, 0 where they could not be seen to do so again.
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

    @property
    def documented(self) -> bool:
        """Whether a promise of the vendor's documentation is broken, not an assumption of ours."""
        return self.assumption is None

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
    return Finding(**{**data, "steps": steps})


@dataclass(frozen=True, slots=True)
class Draft:
    """A broken promise as it was met: all that was sent since the property began, not yet shrunk."""

    code: str
    sentence: str
    operation: str
    pointer: str
    amendment: str
    claim: Sequence[Any]
    trace: tuple[Exchange, ...]


class BrokenPromiseError(AssertionError):
    """Raised by a property where the service breaks it."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(f"{draft.code}: {draft.sentence}")
        self.draft = draft


def why_assumed(contract: Contract, pointer: str) -> str | None:
    """The reason for which the node at `pointer` is assumed; None where it is documented."""
    assumption = contract.assumption_at(pointer)
    return assumption.why if assumption else None
