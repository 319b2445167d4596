"""How answers are judged: by the document, and by the claims of the property under way."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from contract_tests.claims import evaluation, expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.findings.finding import PropertyFailedError, RawFailure
from contract_tests.resource.resource_description import Record, ResourceDescription
from contract_tests.resource.response_conformance import Conformance, Shape, shape_of
from contract_tests.target.client import NO_ANSWER, Answer, Client, Exchange
from contract_tests.target.ledger import Ledger
from openapi import Contract, Operation, Refusal, Resource, Role
from openapi.contract import JsonValue
from openapi.pointers import join

_SETTLE_STEP_S = 0.1


@dataclass(frozen=True, slots=True)
class Thoroughness:
    """How much a property tries.

    `rounds` is 1 for a quick run and more for the others; `settle_s` is how long a write may take to be seen,
    `longest_s` how long an answer may take (None: as long as it likes), `writes` whether records may be created.
    """

    rounds: int = 2
    settle_s: float = 0.0
    longest_s: float | None = None
    writes: bool = False


@dataclass(frozen=True, slots=True)
class Access:
    """What the subjects of a run share: the way to the target, and who keeps account."""

    client: Client
    ledger: Ledger
    conformance: Conformance
    share: tuple[int, int] = (0, 1)
    """Which worker this is, and of how many."""


class Assertions(ResourceDescription):
    """A resource whose answers are judged; what breaks a promise is raised as BrokenPromiseError."""

    def __init__(self, contract: Contract, resource: Resource, access: Access, seed: int, effort: Thoroughness) -> None:
        super().__init__(contract, resource)
        self.client = access.client
        self.ledger = access.ledger
        self.conformance = access.conformance
        self.effort = effort
        self.seed = seed
        self.random = Random(seed)
        self.tag = ""
        self.earlier_keys: frozenset[str] = frozenset()
        self.code = ""
        """The property under way: what a finding is called where nothing else is said."""
        self.drafts: list[RawFailure] = []
        """The first and the last broken promise since the property began."""
        document = contract.document()
        self._record_shape = shape_of(document, resource.record.node)
        self._list_shape = self._shape_of_list(document)

    def prepare(self, code: str) -> None:
        """Start the property `code`: its choices depend on the seed and on nothing that ran before."""
        self.code, self.drafts = code, []
        self.random = Random(f"{self.seed} {code} {self.resource.name}")
        self.begin()

    def begin(self) -> None:
        """Start over: a new tag, a new trace. `earlier_keys` are those of all records that the run has made until now.

        They should all be gone.
        """
        name = self.resource.name
        self.earlier_keys = frozenset(self.ledger.gone.get(name, set()) | self.ledger.created.get(name, set()))
        self.tag = self.ledger.new_tag()
        self.client.forget()

    def expect(
        self,
        sentence: str,
        claim: tuple[str, Expression, Expression],
        role: Role,
        pointer: str,
        *,
        code: str | None = None,
        amendment: str = "",
    ) -> None:
        """Raise BrokenPromiseError unless the `claim` (see `evidence`) holds of the answers so far."""
        claim = self.documented_part(claim)
        if self._holds(claim):
            return
        operation = self.operation(role)
        self._break(RawFailure(code or self.code, sentence, operation.id, pointer, amendment, claim, self._trace()))

    def documented_part(self, claim: tuple[str, Expression, Expression]) -> tuple[str, Expression, Expression]:
        """The claim, without the members of records and lists that the document does not describe.

        A service may show more than is described, in one answer and not in another, and other values each time.
        """
        relation, *expressions = claim
        if relation != "is":
            return claim
        values = [evaluation.evaluate(one, self._evidence()) for one in expressions]
        shape = next((self._shape(value) for value in values if isinstance(value, (dict, list))), {})
        if not shape:
            return claim
        observed, expected = (["described", one, shape] for one in expressions)
        return relation, observed, expected

    def _shape(self, value: JsonValue) -> Shape:
        if isinstance(value, list):
            return {"items": self._record_shape} if any(isinstance(item, dict) for item in value) else {}
        listing = self.resource.listing
        first = listing.answer.items.split("/")[1:2] if listing else []
        is_list = isinstance(value, dict) and bool(first) and first[0] in value
        return self._list_shape if is_list else self._record_shape

    def _shape_of_list(self, document: Mapping[str, Any]) -> Shape:
        media = self.operation(Role.LIST).success.content.values() if self.has(Role.LIST) else ()
        return next((shape_of(document, one.schema.node) for one in media if one.schema), {})

    def _holds(self, claim: tuple[str, Expression, Expression]) -> bool:
        until_s = time.monotonic() + self.effort.settle_s
        while not evaluation.judge(claim, self._evidence()).holds:
            last = self.client.trace[-1] if self.client.trace else None
            again = last is not None and last.call.method == "GET" and last.answer.step in evaluation.references(claim)
            if not again or time.monotonic() > until_s:
                return False
            time.sleep(_SETTLE_STEP_S)
            self._ask_again()
        return True

    def _ask_again(self) -> None:
        """Replace the last exchange by the same one, made now: what was written may only be seen later."""
        last = self.client.trace.pop()
        self.client.send(last.call)

    def _evidence(self) -> dict[int, evaluation.ResponseData]:
        return {exchange.answer.step: exchange.answer.evidence for exchange in self.client.trace}

    def _trace(self) -> tuple[Exchange, ...]:
        return tuple(self.client.trace)

    def _break(self, draft: RawFailure) -> None:
        self.drafts = [*self.drafts[:1], draft]
        raise PropertyFailedError(draft)

    def unanswered(self, what: str) -> RawFailure:
        """The draft for a request that got no answer, though the target answers others."""
        lost = next((one for one in self.client.trace if one.answer.status == NO_ANSWER), self.client.trace[-1])
        called = (operation for operation in map(self.operation, self.resource.operations))
        operation = next((one for one in called if one.method == lost.call.method), self.operation(Role.LIST))
        claim = ("is at least", expressions.status(lost.answer), expressions.literal(100))
        place = join(operation.pointer, "responses")
        return RawFailure("HTTP-ANSWERS", f"{what}.", operation.id, place, "", claim, self._trace())

    def expect_status(
        self,
        what: str,
        answer: Answer,
        refusal: Refusal,
        role: Role,
        pointer: str = "",
        given: Sequence[expressions.Seen] = (),
    ) -> None:
        """Raise BrokenPromiseError unless the answer refuses as the document says.

        `given` are the answers without which it need not: that of the record that makes a second one a conflict.
        """
        observed = expressions.status(answer)
        wanted = self.refusal(refusal)
        place = join(self.contract.refusals.pointer, "statuses", refusal.value)
        self.expect(
            f"{what} is answered {answer.status}, not {wanted} ({refusal.value}).",
            ("is", expressions.depends_on(observed, *given) if given else observed, expressions.literal(wanted)),
            role,
            pointer or self.at_refusal(role, refusal),
            amendment=f"write {answer.status} at {place}" if 400 <= answer.status < 500 else "",
        )

    def check_success(self, role: Role, answer: Answer) -> None:
        """Raise BrokenPromiseError unless the answer is the operation's success."""
        operation, success = self.operation(role), self.operation(role).success
        # Which status says that it was done may be assumed; that it is done is what the operation is for.
        done = 200 <= answer.status < 300
        self.expect(
            f"A valid {role.value} is answered {answer.status}, not {success.status}.",
            ("is", expressions.status(answer), expressions.literal(int(success.status))),
            role,
            success.pointer if done else operation.pointer,
            code=f"{role.name}-ACCEPTED",
            amendment=f"declare {answer.status} instead of {success.status} at {success.pointer}" if done else "",
        )

    def accepted(self, role: Role, answer: Answer) -> Record:
        """The record that an answer of success holds."""
        self.check_success(role, answer)
        return Record(answer.json if isinstance(answer.json, dict) else {}, answer.step)

    def judge(self, operation: Operation, answer: Answer) -> None:
        """Raise BrokenPromiseError where an answer is not one that the operation declares, or comes too late."""
        longest_s = self.effort.longest_s
        if longest_s is not None and answer.seconds > longest_s:
            claim = ("is at most", expressions.seconds(answer), expressions.literal(longest_s))
            sentence = f"{operation.id} takes more than {longest_s:g} s to answer."
            self._break(RawFailure("HTTP-SLOW", sentence, operation.id, operation.pointer, "", claim, self._trace()))
        for breach in self.conformance.breaches(operation, answer):
            self._break(
                RawFailure(
                    breach.code,
                    breach.sentence,
                    operation.id,
                    breach.pointer,
                    breach.amendment,
                    breach.claim,
                    self._trace(),
                )
            )
