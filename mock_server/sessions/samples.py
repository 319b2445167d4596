"""Generated values for responses without an example."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from fixtures import FixtureError, sample
from openapi.json_value import JsonValue
from openapi.schemas import Schema

_USUAL_SEED = 1
"""The seed without --seed: the same values at every start."""

Sample: TypeAlias = Callable[[Schema], JsonValue]
"""Returns a valid value for a schema; raises ValueError if none can be generated."""


def sampler(seed: int | None) -> Sample:
    """A function that makes one sample for each schema of a document, the same for the same seed."""
    known: dict[str, JsonValue] = {}

    def sample_of(schema: Schema) -> JsonValue:
        if schema.pointer not in known:
            try:
                known[schema.pointer] = sample(schema, _USUAL_SEED if seed is None else seed)
            except (FixtureError, LookupError, RecursionError, TypeError) as error:
                raise ValueError(str(error)) from None
        return known[schema.pointer]

    return sample_of
