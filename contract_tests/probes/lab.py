"""What experiments share: the values of keywords in the document, and the claims about a single response."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from contract_tests.claims import expressions
from contract_tests.probes.experiment import Claim, Claims, Experiment, Trial
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Record
from contract_tests.target.client import ReceivedResponse
from openapi import Role

REFUSED = "is refused"


def refused(response: ReceivedResponse) -> Sequence[Claim]:
    """The request is refused."""
    return [("is at least", expressions.status(response), expressions.literal(400))]


def accepted(response: ReceivedResponse) -> Claim:
    """The request is accepted."""
    return "is at most", expressions.status(response), expressions.literal(399)


class Lab:
    """Makes experiments for one resource; `made` are records of the run."""

    def __init__(self, api: ResourceClient, made: Sequence[Record]) -> None:
        self._api = api
        self._made = made

    def _word(self, name: str) -> tuple[str, str]:
        """The node of a convention in the document, and its value."""
        return self._api.spec.at_word(name), self._api.spec.words[name]

    def _experiment(
        self,
        word: tuple[str, str],
        code: str,
        role: Role,
        phrases: Mapping[str, str],
        trials: Sequence[Trial],
        screening: int = 1,
    ) -> Iterator[Experiment]:
        """The experiment, if the document has the node and something can be tried."""
        pointer, declared = word
        if pointer and trials and declared in phrases and self._api.spec.exists(pointer):
            yield Experiment(pointer, declared, code, role, phrases, trials, screening)

    def _empty(self, response: ReceivedResponse) -> Sequence[Claim]:
        """The list is empty."""
        keys = expressions.keys(self._api.spec.seen_items(self._api.listed(response)), self._api.spec.resource.key)
        return [accepted(response), ("is", keys, expressions.literal([]))]

    def _list(self, relation: str, record: Record) -> Claims:
        """The list `holds` the record, or `lacks` it."""

        def claims(response: ReceivedResponse) -> Sequence[Claim]:
            keys = self._api.spec.listed_keys(self._api.listed(response))
            return [accepted(response), (relation, keys, self._api.spec.seen_key(record))]

        return claims
