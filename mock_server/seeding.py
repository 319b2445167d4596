"""The records that a mock begins with."""

from __future__ import annotations

from collections.abc import Sequence

from fixtures import FixtureError, Record, read_records, records
from mock_server.mock import SeedError
from mock_server.operations import State
from mock_server.settings import Settings
from mock_server.store import TakenError
from openapi.contract import Contract

RECORDS = 12
"""How many records of each resource a mock makes where it is given none."""

_USUAL_SEED = 1
"""The seed of what is made where none is given: the same records at every start."""


def seed(contract: Contract, state: State, settings: Settings) -> None:
    """Fill `state` as `settings` say. Raises SeedError."""
    for name, resource in contract.resources.items():
        found: Sequence[Record]
        try:
            if settings.data is None:
                found = records(
                    contract, resource, RECORDS, seed=_USUAL_SEED if settings.seed is None else settings.seed
                )
            else:
                found = read_records(settings.data, contract, resource)
            # The newest comes first in a file, as in a list.
            state[name].load(reversed(list(found)))
        except FixtureError as error:
            raise SeedError(str(error)) from None
        except TakenError as error:
            values = " and ".join(f"{field} {error.holder[field]!r}" for field in error.fields)
            raise SeedError(f"{settings.data}: two records of {name} have the {values}: change one") from None
