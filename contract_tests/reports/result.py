"""The result of a run: plain data that the formats render."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import InitVar, dataclass, field, fields
from typing import Any, Literal, TypeAlias

from contract_tests.findings.baseline import Deviation
from contract_tests.findings.finding import Finding
from contract_tests.reports.masking import Mask, changed
from contract_tests.target.printing import printable, printable_lines

Outcome: TypeAlias = Literal["kept", "broken", "not judged", "not checked"]


@dataclass(frozen=True, slots=True)
class PropertyRun:
    """One property on one resource (`subject`), and its outcome.

    A property is `not judged` if it applies but its outcome is unknown, and `not checked` if it does not apply or was
    not requested; `why` says why. For a broken property, `why` is the code of the finding that ended it, if that is
    another code. `under` are the nodes of the differences that it was judged under.
    """

    code: str
    title: str
    subject: str
    outcome: Outcome
    requests: int = 0
    seconds: float = 0.0
    why: str = ""
    under: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The code, and the resource if any."""
        return f"{self.code} ({self.subject})" if self.subject else self.code


@dataclass(frozen=True, slots=True)
class Question:
    """The result of calibration for the node at `pointer`, which has the value `declared`.

    `word` is the value that describes the service, None if no single one does; `evidence` are the requests.
    """

    pointer: str
    declared: str
    word: str | None
    evidence: str


@dataclass(frozen=True, slots=True)
class StoredDifference:
    """A difference in an overlay, at the nodes `pointers`, and whether this run has observed it."""

    sentence: str
    pointers: tuple[str, ...]
    state: Literal["confirmed", "no longer there", "not seen"]


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a run. `secrets`, such as its token, are masked in every string, and not stored.

    `target` is the address, `own` whether the run started the mock there, `writes` whether it created records. `began`
    is an RFC 3339 date-time, `seconds` wall time, `rate_per_s` the limit of requests per second (None: no limit).
    `again` is the command that makes the same choices again. `shard` is the number of the part that was checked, and
    how many there are; None for the whole.

    `locations` has the file and the line of the nodes that findings rest on.
    `findings` fail the run, `warnings` are refuted assumptions that don't. Those with the same cause count once.
    `calibration` has the questions of the calibration, in `calibration_requests`; `stored` the differences in overlays.
    `known`, `expired` and `gone` are as in `baseline.Weighed`. `observations` are sentences, with how often each was
    observed. `coverage` is `Coverage.as_data()`. `removals` of the requests were to remove records of the run. `left`
    are curl lines for records that could not be removed; the file `ledger` has them too. `lost` is why the run gave up
    the target, `ended` why it stopped early for another reason (a budget, an interrupt), `errors` are faults of the
    check itself. `credentials` are the arguments of curl for what requests carried, `scripts` the folder that
    `write_scripts` filled.
    `recorded` is whether the requests are those of a recording, so that none was sent.
    """

    target: str
    seed: int
    profile: str
    shard: tuple[int, int] | None = None
    own: bool = False
    writes: bool = False
    strict: bool = False
    credentials: tuple[str, ...] = ()
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
    removals: int = 0
    left: tuple[str, ...] = ()
    ledger: str = ""
    locations: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    known: tuple[tuple[Finding, Deviation], ...] = ()
    expired: tuple[Deviation, ...] = ()
    gone: tuple[Deviation, ...] = ()
    calibration: tuple[Question, ...] = ()
    calibration_requests: int = 0
    stored: tuple[StoredDifference, ...] = ()
    observations: Mapping[str, int] = field(default_factory=dict)
    coverage: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    properties: tuple[PropertyRun, ...] = ()
    lost: str | None = None
    ended: str | None = None
    errors: tuple[str, ...] = ()
    scripts: str | None = None
    recorded: bool = False
    secrets: InitVar[Collection[str]] = ()

    def __post_init__(self, secrets: Collection[str]) -> None:
        """Mask the secrets, and make text from the service harmless, before rendering."""
        mask = Mask(*secrets) if secrets else None
        for one in fields(self):
            value = getattr(self, one.name)
            harmless = printable_lines if one.name == "errors" else printable
            value = changed(mask.over(value) if mask else value, harmless, _is_request)
            object.__setattr__(self, one.name, value)


def _is_request(name: str, _value: object) -> bool:
    """Whether a field has to be sent again unchanged; its lines are quoted for a shell."""
    return name in ("steps", "claim", "content")
