"""What the check found: plain data, which reports only render."""

from __future__ import annotations

from dataclasses import dataclass

from openapi import Contract


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken promise.

    `code` names the property in the catalogue, `pointer` the node of the document that it rests on; `assumption` is why
    we assume that node, None where the vendor documents it. `steps` reproduce it: curl lines, in order.
    """

    code: str
    sentence: str
    expected: str
    observed: str
    operation: str
    pointer: str
    assumption: str | None
    steps: tuple[str, ...]

    @property
    def documented(self) -> bool:
        """Whether a promise of the vendor's documentation is broken, not an assumption of ours."""
        return self.assumption is None


class BrokenPromiseError(AssertionError):
    """Raised by a property where the service breaks it."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(
            f"{finding.code}: {finding.sentence} Expected {finding.expected}; observed {finding.observed}."
        )
        self.finding = finding


def why_assumed(contract: Contract, pointer: str) -> str | None:
    """The reason for which the node at `pointer` is assumed; None where it is documented."""
    assumption = contract.assumption_at(pointer)
    return assumption.why if assumption else None
