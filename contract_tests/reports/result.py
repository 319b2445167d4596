"""What a run came to: plain data, which the formats only render."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field, fields
from typing import Any, Literal, TypeAlias

from contract_tests.findings.baseline import Deviation
from contract_tests.findings.finding import Finding
from contract_tests.reports.masking import Mask

Outcome: TypeAlias = Literal["kept", "broken", "not checked"]


@dataclass(frozen=True, slots=True)
class PropertyRun:
    """One property on one resource (`subject`), and what became of it.

    `why` says why it was not checked: the budget was spent, the resource doesn't offer what it is about. Of one that
    is broken it may say what ended it, where that is a finding with another code.
    """

    code: str
    title: str
    subject: str
    outcome: Outcome
    requests: int = 0
    seconds: float = 0.0
    why: str = ""

    @property
    def name(self) -> str:
        """The code, and the resource if there is one."""
        return f"{self.code} ({self.subject})" if self.subject else self.code


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to. Whatever is given as `token` is masked in all that it holds, and kept nowhere.

    `target` is the address, `own` whether a mock that the run started was there; `writes` is whether it created
    records; `began` is an RFC 3339 date-time, `seconds` wall time, `rate_per_s` the most requests per second (None: no
    limit). `again` is the command that makes the same choices again.

    `findings` fail the run; `warnings` are refuted assumptions that don't. Several of one cause count as one. `known`,
    `expired` and `gone` are as in `baseline.Weighed`. `observations` are sentences, with how often each was seen;
    `coverage` is `Coverage.as_data()`. `left` are curl lines for what could not be removed, which `ledger` names too.
    `lost` is why the target was given up, `ended` why the run stopped early otherwise (a budget, an interrupt),
    `errors` what went wrong with the check itself. `authorised` is whether requests showed a token, `scripts` the
    folder that `write_scripts` has filled.
    """

    target: str
    seed: int
    profile: str
    own: bool = False
    writes: bool = False
    strict: bool = False
    authorised: bool = False
    spec: str = ""
    spec_sha256: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    again: str = ""
    began: str = ""
    seconds: float = 0.0
    rate_per_s: float | None = None
    requests: int = 0
    retried: int = 0
    waited: int = 0
    created: int = 0
    removed: int = 0
    left: tuple[str, ...] = ()
    ledger: str = ""
    findings: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    known: tuple[tuple[Finding, Deviation], ...] = ()
    expired: tuple[Deviation, ...] = ()
    gone: tuple[Deviation, ...] = ()
    observations: Mapping[str, int] = field(default_factory=dict)
    coverage: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    properties: tuple[PropertyRun, ...] = ()
    lost: str | None = None
    ended: str | None = None
    errors: tuple[str, ...] = ()
    scripts: str | None = None
    token: InitVar[str | None] = None

    def __post_init__(self, token: str | None) -> None:
        """Mask the token, before anything can be rendered."""
        if token:
            mask = Mask(token)
            for one in fields(self):
                object.__setattr__(self, one.name, mask.over(getattr(self, one.name)))
