"""One run of the check: shared by its tests, from the first request to the removal of its records."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from contract_tests.calibration.amended import amended
from contract_tests.calibration.stored import Stored, stored_differences
from contract_tests.calibration.words import Learnt, word_actions
from contract_tests.findings.finding import Finding, RawFailure, why_assumed
from contract_tests.findings.repeating import Repeater
from contract_tests.findings.shrinking import Shrunk, shrink
from contract_tests.findings.steps import Step, record_keys, renumbered, steps_of
from contract_tests.findings.wording import describe_verdict, verdict_of
from contract_tests.probes.phase import calibrate
from contract_tests.properties import CATALOGUE
from contract_tests.resource.assertions import Difference, Thoroughness
from contract_tests.resource.body_values import Numbers
from contract_tests.resource.resource_client import Access, ResourceClient
from contract_tests.resource.resource_description import ResourceDescription
from contract_tests.resource.response_conformance import Conformance
from contract_tests.resource.undocumented import Observations
from contract_tests.runner.coverage import Coverage
from contract_tests.runner.earlier_calibration import learnt_earlier
from contract_tests.runner.nesting import bound_clients, is_nested
from contract_tests.settings import PROFILES, Settings
from contract_tests.target import tags
from contract_tests.target.cleanup import Cleaner
from contract_tests.target.client import NoResponseError, TargetLostError, client_for
from contract_tests.target.first_contact import check_target
from contract_tests.target.guard import SAFE, Guard, Outgoing, Permissions, numbers_in
from contract_tests.target.guarded_adapter import BudgetSpentError, GuardedAdapter, Limits, no_other_connections
from contract_tests.target.ledger import Ledger, new_run_tag
from contract_tests.target.ownership import NotJudgedError, Ownership
from contract_tests.target.tags import LANES
from contract_tests.target.target import Target, opened
from fixtures import invalid_requests, is_reserved
from openapi import Contract, Refusal, Resource, Role, SpecError, load

_RATE_PER_S = 10.0
_USUAL_OPERATIONS = 20
"""The request limits of the profiles are for documents of up to this many operations."""
_ORDER = {code: index for index, code in enumerate(CATALOGUE)}
_BY_OVERLAY = "An overlay of this run says so, as observed when it was written"


@dataclass
class Run:
    """A run. Open it with `start`, and always `finish` it: that removes its records.

    `operations` are those of the document by method and path. `learnt` are the results of calibration, including those
    of an earlier run. `met` are the nodes of the differences that the current test has met. `differences` has the
    property that met each difference, by its cause. `stored` are the differences in the overlays of the run.
    """

    settings: Settings
    contract: Contract
    seed: int
    findings: list[Finding] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    observations: Observations = field(default_factory=Observations)
    differences: dict[tuple[str, str], str] = field(default_factory=dict)
    finished: bool = False
    learnt: list[Learnt] = field(default_factory=list)
    calibration_requests: int = 0
    met: set[str] = field(default_factory=set)
    stored: list[Stored] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        """Open the target and the only client that may reach it."""
        settings = self.settings
        self.profile = PROFILES[settings.profile]
        self.operations = {(one.method, one.path): one for one in self.contract.operations.values()}
        self.stored = stored_differences(settings.spec, settings.overlays, settings.allow_ref_outside)
        self.target: Target = self._stack.enter_context(opened(settings))
        name = f"callcamp-check-{os.getpid()}-{secrets.token_hex(3)}.jsonl"
        file = settings.ledger_file or Path(tempfile.gettempdir()) / name
        number = settings.shard.number if settings.shard else None
        self.ledger = Ledger(file, self.target.base_url, tag=new_run_tag(number))
        self.coverage = Coverage(self.contract)
        self.adapter = self._adapter()
        self.client = client_for(settings, self.target.base_url, self.adapter, self.contract)
        ownership = None if self.target.own else Ownership(self.contract, self.ledger, self.client.fetch)
        self.adapter.ownership = ownership
        self.cleaner = Cleaner(self.contract, self.client, self.ledger, ownership, settings.patience)
        self._stack.enter_context(no_other_connections())
        self.conformance = Conformance(self.contract, self.observations)
        self.facts = self.conformance.facts
        invalid = cache(lambda: invalid_requests(self.contract, self.seed, several_rules=True))
        slots = 1 + len(CATALOGUE) * len(self.contract.resources)
        numbers = Numbers(self.seed, settings.shard, slots=slots)
        self._access = Access(self.client, self.ledger, self.conformance, self.cleaner, numbers, invalid)
        self.resources = [
            self._client_of(self.contract, resource)
            for resource in self.contract.resources.values()
            if not is_nested(resource)
        ]
        for api in self.resources:
            api.refer_to(self.resources)

    def _client_of(self, contract: Contract, resource: Resource) -> ResourceClient:
        spec = ResourceDescription(contract, resource)
        client = ResourceClient(spec, self._access, self.seed, self._thoroughness(resource))
        client.begin()
        return client

    def _adapter(self) -> GuardedAdapter:
        settings = self.settings
        guard = Guard(self.contract, Permissions(self.target.base_url, self.writes, self.target.own), is_reserved)
        scale = max(1, len(self.contract.operations) // _USUAL_OPERATIONS)
        most = settings.max_requests or self.profile.most_requests * scale
        limits = Limits(
            *(self.rate_per_s, most, settings.max_time, settings.timeout, settings.max_answer_bytes),
            slow_s=settings.slow,
        )
        return GuardedAdapter(guard, self.ledger, limits, self._note_slow)

    def is_new(self, difference: Difference) -> bool:
        """Whether no earlier property has met this difference, or this one names its cause better.

        What is visible late may be seen first after a write that is not to blame: after a delete, a get may still show
        what was there before an update. Of such properties the first one of the catalogue counts.
        """
        code, known = difference.failure.code, self.differences.get(difference.cause)
        if known is not None and not (difference.failure.if_unsteady and _ORDER[code] < _ORDER[known]):
            return False
        self.findings = [one for one in self.findings if one.cause != (known, difference.failure.pointer)]
        self.differences[difference.cause] = code
        return True

    def _note_slow(self, request: Outgoing) -> None:
        path = request.url.removeprefix(self.target.base_url)
        named = self.coverage.operation_at(request.method, path) or f"{request.method} {path.partition('?')[0]}"
        self.observations.note(f"{named} took over {self.settings.slow:g} s to respond")

    def exercised(self) -> dict[str, dict[str, Any]]:
        """What of the document the run has exercised, as `Coverage.of` counts it."""
        base = self.target.base_url
        return self.coverage.of(
            {
                (method, url.removeprefix(base), body, status): times
                for (method, url, body, status), times in self.adapter.answered.items()
            }
        )

    @property
    def writes(self) -> bool:
        """Whether this run may create records."""
        return self.target.own or self.settings.allow_writes

    def _thoroughness(self, resource: Resource) -> Thoroughness:
        settings = self.settings
        longest_s = settings.slow if settings.fail_slow else None
        may_write = self.target.own or (settings.allow_writes and not resource.mock_only)
        return Thoroughness(self.profile.rounds, settings.settle, settings.patience, longest_s, may_write)

    @property
    def probed(self) -> list[str]:
        """The operations that Schemathesis probes: those of resources that the run may send, and others that it may.

        Changes by operations outside resources and of singletons can't be undone, so writes are sent only to a private
        mock.
        """
        owned = {
            operation: role in (Role.LIST, Role.READ)
            or (self.target.own if api.spec.resource.is_singleton else api.thoroughness.writes)
            for api in self.resources
            for role, operation in api.spec.resource.operations.items()
        }
        others = {name: self.target.own or one.method in SAFE for name, one in self.contract.operations.items()}
        # The keys in random bodies are unknown.
        linked = [one for one in self.contract.resources.values() if one.links]
        others |= {name: False for one in linked for name in one.bulk}
        return [name for name, may_send in {**others, **owned}.items() if may_send]

    @property
    def mock_only(self) -> str:
        """The resources that the document forbids this run to write; '' for none."""
        names = [name for name, resource in self.contract.resources.items() if resource.mock_only]
        return "" if self.target.own else " and ".join(names)

    @property
    def mode(self) -> str:
        """The permissions of the run at its target, in words."""
        if self.target.own:
            return "a private mock; writes enabled"
        if not self.writes:
            return "only reads; enable writes with --allow-writes"
        singletons = any(one.is_singleton and not one.mock_only for one in self.contract.resources.values())
        return "writes only its own records" + (", and singletons, which it restores" if singletons else "")

    @property
    def lenient(self) -> bool:
        """Whether a refuted assumption is a warning: it is, unless the target is our own mock or the run is strict."""
        return not self.settings.strict and not self.target.own

    @property
    def rate_per_s(self) -> float | None:
        """How many requests may be sent per second; None means unlimited."""
        rate = self.settings.rate
        if rate is None and not self.target.loopback:
            rate = _RATE_PER_S
        # The shards run at the same time, and share the rate.
        return rate / self.settings.shard.of if rate and self.settings.shard else rate

    @property
    def concurrency(self) -> int:
        """How many properties may run at the same time: one against our own mock, because more would not be faster."""
        return self.settings.concurrency or (1 if self.target.own else LANES)

    def check_reachable(self) -> None:
        """Send the first requests. Raises WrongTargetError and LedgerError."""
        if self.writes:
            self.ledger.begin()
        response = check_target(self.client, self.contract)
        # A service may refuse a number that a record has with any status.
        for number in numbers_in(response.content):
            self._access.numbers.shown(number)
        if self.writes and any(map(is_nested, self.contract.resources.values())):
            self.contract, self.resources = bound_clients(self.contract, self.resources, self._client_of)
            self.cleaner.contract = self.contract
            if self.adapter.ownership is not None:
                self.adapter.ownership = Ownership(self.contract, self.ledger, self.client.fetch)
                self.cleaner.ownership = self.adapter.ownership
            for api in self.resources:
                api.refer_to(self.resources)
        self._adopt()

    def calibrate(self, api: ResourceClient) -> None:
        """Determine which values describe the service, note differences from the document, and judge by them.

        Raises what the client raises.
        """
        sent = self.adapter.sent
        learnt = list(calibrate(api, self.learnt))
        self.learnt += learnt
        for failure in (one.failure for one in learnt if one.failure):
            api.expect.note(failure)
        self.calibration_requests += self.adapter.sent - sent
        if any(one.differs for one in learnt):
            self._adopt()

    def _adopt(self) -> None:
        """Judge by the document with the values that describe the service; if that is impossible, by the document."""
        document = self.contract.document()
        actions: list[dict[str, Any]] = []
        differing = [one for one in self.learnt if one.differs]
        if not differing:
            return
        for one in differing:
            actions += word_actions(self.contract, document, one, "")
        try:
            effective = amended(self.contract, actions)
        except SpecError:
            return
        for api in self.resources:
            api.adopt(effective, [one.pointer for one in differing])

    def find(self, draft: RawFailure) -> Finding:
        """The finding for a failed claim, shrunk; for a known cause, the earlier finding."""
        known = next((one for one in self.findings if one.cause == (draft.code, draft.pointer)), None)
        if known:
            return known
        steps = steps_of(draft.trace, record_keys(self.contract))
        tag = self._tag_of(steps)
        try:
            repeater = Repeater(self.client, self.delete_created, tag, self._new_tag)
            shrunk = shrink(steps, draft.claim, repeater, self.profile.shrink_requests)
        except (BudgetSpentError, TargetLostError, NoResponseError, NotJudgedError):
            shrunk = Shrunk(steps, draft.claim, 0, None)
        if draft.if_unsteady and shrunk.attempts != 1:
            draft = draft.if_unsteady
        self.findings.append(self._finding(draft, shrunk, tag))
        return self.findings[-1]

    def _tag_of(self, steps: Sequence[Step]) -> str:
        """The tag in the steps, '' if there is none."""
        texts = "\n".join(text for step in steps for text in (step.query, step.content or ""))
        found = re.search(f"{self.ledger.tag}[{tags.LETTERS}]{{{tags.VARIES}}}", texts)
        return found[0] if found else ""

    def _new_tag(self) -> str:
        tag = self.ledger.new_tag()
        for api in self.resources:
            api.tag = tag
        return tag

    def _finding(self, draft: RawFailure, shrunk: Shrunk, tag: str) -> Finding:
        observed, expected = describe_verdict(draft.claim, shrunk.verdict or verdict_of(draft))
        steps, claim = renumbered(shrunk.steps, shrunk.claim)
        return Finding(
            code=draft.code,
            sentence=draft.sentence,
            expected=expected,
            observed=observed,
            operation=draft.operation,
            pointer=draft.pointer,
            assumption=self._why_assumed(draft),
            suggested_change=draft.suggested_change,
            steps=steps,
            claim=claim,
            attempts=shrunk.attempts,
            tag=tag,
            refused=(self.contract.refusals.statuses[Refusal.INVALID],),
        )

    def _why_assumed(self, draft: RawFailure) -> str | None:
        """Why a node is assumed: by the document, or because an overlay says so; None if it is documented."""
        node = draft.pointer
        reason = why_assumed(self.contract, draft)
        said = any(f"{node}/".startswith(f"{pointer}/") for one in self.stored for pointer in one.pointers)
        return reason or (_BY_OVERLAY if said else None)

    def delete_created(self) -> None:
        """Delete the records that the run has created and not deleted yet."""
        for api in self.resources:
            if api.thoroughness.writes and api.spec.has(Role.DELETE):
                api.delete_created()

    def finish(self) -> None:
        """Remove the remaining records of the run. `left` then has a curl line for each that could not be removed."""
        self.finished = self.adapter.unlimited = True
        try:
            self.left = self.cleaner.finish() if self.writes else []
            if self.writes:
                self.ledger.finish(nothing_left=self.target.own and not self.left)
        finally:
            self._stack.close()


@cache
def contract_of(
    spec: Path, overlays: tuple[Path, ...] = (), allow_ref_outside: bool = False, infer: bool = True
) -> Contract:
    """The contract in the document `spec`, with the `overlays` applied. Raises SpecError.

    It is read once: the whole run uses the same document even if the file changes.
    """
    return load(spec, overlays, allow_ref_outside, infer)


def start(settings: Settings) -> Run:
    """A run with its target opened. Raises SpecError, TargetError, SettingsError and ReportFileError."""
    seed = settings.seed if settings.seed is not None else secrets.randbelow(1_000_000)
    contract = contract_of(settings.spec, settings.overlays, settings.allow_ref_outside, not settings.no_infer)
    learnt = learnt_earlier(settings.calibration, contract) if settings.calibration else []
    return Run(settings, contract, seed, learnt=learnt)
