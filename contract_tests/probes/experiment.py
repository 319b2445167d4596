"""An experiment: requests whose responses fit exactly one value of a keyword."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from contract_tests.calibration.words import Learnt
from contract_tests.claims.evaluation import Expression
from contract_tests.findings.finding import RawFailure
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.target.client import ReceivedResponse
from openapi import Role

Claim: TypeAlias = tuple[str, Expression, Expression]
Claims: TypeAlias = Callable[[ReceivedResponse], Sequence[Claim]]
"""The claims that responses satisfy if a value describes the service; may send further requests to compare with."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One input: how it is sent, and for each value the claims about its response."""

    what: str
    send: Callable[[], ReceivedResponse]
    expected: Mapping[str, Claims]


@dataclass(frozen=True, slots=True)
class Experiment:
    """Trials that distinguish the values of one node of the document.

    `pointer` is the node, `declared` its value, `code` the property that a difference is reported under. `phrases`
    describes the service for each value, in order of preference. The first `screening` trials suffice for a service
    that does what the document says. `steady` is whether the first trial can be sent twice.
    """

    pointer: str
    declared: str
    code: str
    role: Role
    phrases: Mapping[str, str]
    trials: Sequence[Trial]
    screening: int = 1
    steady: bool = True


@dataclass
class Conducted:
    """A running experiment: the trials sent so far, and which value fits each of them."""

    api: ResourceClient
    experiment: Experiment
    responses: list[ReceivedResponse] = field(default_factory=list)
    _fits: dict[tuple[int, str], Claim | None] = field(default_factory=dict)

    def learn(self) -> Learnt:
        """Send as many trials as needed. Raises PropertyFailedError for a 5xx, and what the client raises."""
        experiment = self.experiment
        for trial in experiment.trials[: experiment.screening]:
            self.responses.append(trial.send())
        if self._is_described_by(experiment.declared):
            return self._learnt(experiment.declared)
        for trial in experiment.trials[experiment.screening :]:
            self.responses.append(trial.send())
        fitting = [word for word in experiment.phrases if self._is_described_by(word)]
        if experiment.declared in fitting:
            return self._learnt(experiment.declared)
        if len(fitting) != 1 or not self._repeats(fitting[0]):
            return self._learnt(None)
        return self._learnt(fitting[0], self._failure(fitting[0]))

    def _repeats(self, word: str) -> bool:
        """Whether the first trial, sent once more, fits the value again: no value fits an inconsistent service."""
        trial = self.experiment.trials[0]
        if not self.experiment.steady:
            return True
        response = trial.send()
        return all(self.api.expect.holds(claim) for claim in trial.expected[word](response))

    def _is_described_by(self, word: str) -> bool:
        return all(self._broken(number, word) is None for number in range(len(self.responses)))

    def _broken(self, number: int, word: str) -> Claim | None:
        """The first claim of a value that the response to a trial breaks."""
        if (number, word) not in self._fits:
            claims = self.experiment.trials[number].expected[word](self.responses[number])
            broken = (claim for claim in claims if not self.api.expect.holds(claim))
            self._fits[number, word] = next(broken, None)
        return self._fits[number, word]

    def _failure(self, word: str) -> RawFailure:
        experiment = self.experiment
        broken = [self._broken(number, experiment.declared) for number in range(len(self.responses))]
        number = next(number for number, claim in enumerate(broken) if claim is not None)
        claim = broken[number]
        declared, observed = experiment.phrases[experiment.declared], experiment.phrases[word]
        sentence = f"{experiment.trials[number].what} {observed}; the document says that it {declared}."
        operation = self.api.spec.operation(experiment.role).id
        change = f"write {word} at {experiment.pointer}"
        return RawFailure(
            *(experiment.code, sentence, operation, experiment.pointer, change, claim or ()),
            tuple(self.api.client.trace),
        )

    def _learnt(self, word: str | None, failure: RawFailure | None = None) -> Learnt:
        experiment = self.experiment
        tried = ", ".join(trial.what for trial in experiment.trials[: len(self.responses)])
        return Learnt(experiment.pointer, experiment.declared, word, tried, failure)
