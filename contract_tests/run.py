"""One run of the check: what it is told, and what its tests share."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests
from hypothesis import Phase

from contract_tests.client import Call, Client, GuardedAdapter, TargetLostError
from contract_tests.findings import Finding
from contract_tests.ledger import Ledger
from contract_tests.safety import Guard, Permissions
from contract_tests.subject import Subject
from contract_tests.targets import Target, opened
from fixtures import is_reserved
from openapi import PHONES, Contract, Role, load

_RATE_PER_S = 10.0
_EXAMPLES = {"quick": (8, 6), "default": (40, 25), "deep": (200, 120)}


class TokenRefusedError(Exception):
    """The target refuses the token. `str()` of it is the whole message."""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What a run is told.

    `rate_per_s` None is 10 against anything but this machine; `ledger` None is a file in the temporary folder.
    """

    target: str = "mock"
    spec: Path = PHONES
    allow_writes: bool = False
    seed: int | None = None
    profile: str = "default"
    rate_per_s: float | None = None
    timeout_s: float = 10.0
    ledger: Path | None = None
    token: str | None = field(default=None, repr=False)


@dataclass
class Run:
    """A run under way. Open it with `start`, and always `finish` it: that removes what it created."""

    settings: RunSettings
    contract: Contract
    seed: int
    findings: list[Finding] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        """Open the target, and the one way to it."""
        settings = self.settings
        self.target: Target = self._stack.enter_context(opened(settings.target, settings.spec))
        name = f"callcamp-check-{os.getpid()}-{secrets.token_hex(3)}.jsonl"
        self.ledger = Ledger(settings.ledger or Path(tempfile.gettempdir()) / name, self.target.base_url)
        self.permissions = Permissions(self.target.base_url, self.writes, self.target.own)
        guard = Guard(self.contract, self.permissions, is_reserved)
        keys = {resource.name: resource.key for resource in self.contract.resources.values()}
        self.adapter = GuardedAdapter(guard, self.ledger, keys, self._rate_per_s())
        self.client = Client(self.target.base_url, settings.token, self.adapter, settings.timeout_s)
        self.subjects = [
            Subject(self.contract, resource, self.client, self.ledger, self.seed)
            for resource in self.contract.resources.values()
        ]

    @property
    def writes(self) -> bool:
        """Whether this run may create records."""
        return self.target.own or self.settings.allow_writes

    @property
    def examples(self) -> tuple[int, int]:
        """How many examples Schemathesis makes of each operation, and how many scenarios the stateful machine runs."""
        return _EXAMPLES[self.settings.profile]

    @property
    def phases(self) -> tuple[Phase, ...]:
        """What Hypothesis does. A shorter reproduction takes many more requests: the quick profile does without."""
        shrink = () if self.settings.profile == "quick" else (Phase.shrink,)
        return (Phase.explicit, Phase.generate, *shrink)

    def _rate_per_s(self) -> float | None:
        if self.settings.rate_per_s is not None or self.target.loopback:
            return self.settings.rate_per_s
        return _RATE_PER_S

    def knock(self) -> None:
        """See that the target answers and takes the token. Raises TargetLostError and TokenRefusedError."""
        if self.writes:
            self.ledger.begin()
        path = next((resource.collection for resource in self.contract.resources.values()), "/")
        answer = self.client.send(Call("GET", path))
        if answer.status in (401, 403):
            have = (
                "the token in CALLCAMP_TOKEN"
                if self.settings.token
                else "a request without a token; set CALLCAMP_TOKEN"
            )
            raise TokenRefusedError(f"{self.target.base_url} refuses {have} ({answer.status})")
        self.client.forget()

    def finish(self) -> None:
        """Remove what is left of what the run created; what can't be removed is in `left`, as curl lines."""
        try:
            self.left = clean_up(self.contract, self.client, self.ledger)
            if self.writes:
                self.ledger.finish()
        finally:
            self._stack.close()


def start(settings: RunSettings) -> Run:
    """A run, its target opened. Raises SpecError and TargetError."""
    seed = settings.seed if settings.seed is not None else secrets.randbelow(1_000_000)
    return Run(settings, load(settings.spec), seed)


def clean_up(contract: Contract, client: Client, ledger: Ledger) -> list[str]:
    """Delete every record in the ledger. What could not be deleted comes back as curl lines."""
    left = []
    _find_lost(contract, client, ledger)
    for resource in contract.resources.values():
        keys = sorted(ledger.created.get(resource.name, ()))
        if Role.DELETE not in resource.operations or not keys:
            continue
        operation = contract.operations[resource.operations[Role.DELETE]]
        for key in keys:
            path = resource.item.replace(f"{{{resource.key_parameter}}}", key)
            with suppress(TargetLostError, requests.RequestException):
                client.send(Call(operation.method, path))
            if key in ledger.created.get(resource.name, ()):
                token = ' -H "Authorization: Bearer $CALLCAMP_TOKEN"' if client.token else ""
                left.append(f"curl -X {operation.method} {client.base_url}{path}{token}")
    return left


def _find_lost(contract: Contract, client: Client, ledger: Ledger) -> None:
    """Creations whose answer never came: look for what they sent, and take what is found into the ledger."""
    for number, (name, body) in sorted(ledger.pending.items()):
        resource = contract.resources[name]
        search = resource.listing.search if resource.listing else None
        unique = next((one.fields for one in resource.unique), ())
        if search is None or resource.listing is None:
            continue
        text = next(
            (str(body[field]) for field in (*unique, *search.fields) if field in body and field in search.fields), ""
        )
        try:
            answer = client.send(Call("GET", resource.collection, {search.parameter: text}))
        except TargetLostError:
            return
        items = (
            answer.json.get(resource.listing.answer.items[1:], [])
            if isinstance(answer.json, dict)
            else answer.json or []
        )
        same = [item for item in items if all(item.get(field) == body.get(field) for field in unique if field in body)]
        ledger.answered(number, str(same[0][resource.key]) if text and len(same) == 1 else None)
