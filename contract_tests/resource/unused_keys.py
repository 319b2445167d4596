"""Keys that no record has, for the operations on one record."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from zlib import crc32

from contract_tests.resource.resource_description import ResourceDescription, is_allowed
from contract_tests.target.ownership import NotJudgedError
from fixtures import FixtureError, values
from openapi import Parameter
from openapi.flattening import flat, types_of
from openapi.json_value import JsonValue

_INTEGER = re.compile(r"-?[0-9]+", re.ASCII)
_LEAST_INTEGER = 10**9
"""The lowest integer that is used as an unknown key."""


@dataclass(frozen=True)
class UnusedKeys:
    """Keys by the `random` numbers of a property. `fallback` is a field of a key where the document allows no value."""

    spec: ResourceDescription
    random: Random
    fallback: str

    def unknown(self) -> str:
        """A random key that no record has."""
        key = self._uuid()
        if not self.spec.resource.has_joint_key:
            return key
        fitting = self._joint((key,))
        first = fitting[: fitting.rindex("/")]
        return fitting if key in fitting else f"{first}/{key}"

    def new(self) -> str:
        """A key for a new record, for a path. Raises NotJudgedError if the document allows no known kind of key."""
        texts = self._uuid(), str(self.random.randrange(_LEAST_INTEGER, 2 * _LEAST_INTEGER))
        names = self.spec.resource.key_parameters
        for text in texts:
            if any(is_allowed(self.spec.key_parameters(name), text) for name in names):
                return self._joint(texts) if self.spec.resource.has_joint_key else text
        raise NotJudgedError(f"the schema of {' and '.join(names)} allows neither a UUID nor a large integer")

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def _joint(self, texts: Sequence[str]) -> str:
        """A key of several fields: each is the first of `texts` that its path parameter allows, or another value."""
        found = {}
        resource = self.spec.resource
        for field, name in zip(resource.key_fields, resource.key_parameters, strict=True):
            parameters = self.spec.key_parameters(name)
            fitting = next((one for one in texts if is_allowed(parameters, one)), None)
            found[field] = self._allowed(parameters) if fitting is None else fitting
        return str(resource.key_of(found))

    def _allowed(self, parameters: Sequence[Parameter]) -> str:
        """A text that a path parameter allows."""
        for one in parameters:
            with suppress(FixtureError, LookupError):
                return str(values(self.spec.contract, one.schema.pointer, 1, self.random.getrandbits(64))[0])
        return self.fallback


def key_values(spec: ResourceDescription, key: str, invented: set[str]) -> Mapping[str, JsonValue]:
    """The fields of a key for a body.

    Where the document wants an integer, any other key becomes one, which is added to `invented`.
    """
    resource = spec.resource
    if resource.has_joint_key:
        return resource.key_values(key)
    if types_of(flat(resource.record.document, resource.record.node["properties"][resource.key])) != ("integer",):
        return {resource.key: key}
    if not _INTEGER.fullmatch(key):
        key = str(_LEAST_INTEGER + crc32(key.encode()) % _LEAST_INTEGER)
        invented.add(key)
    return {resource.key: int(key)}
