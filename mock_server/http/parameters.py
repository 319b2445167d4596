"""Reads query, path and header parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mock_server.http.messages import Location, Violation
from openapi.contract import JsonValue, Parameter
from openapi.messages import shown


def _as_sent(text: str) -> str:
    return text


class ParameterGroup:
    """The parameters of an operation in one location, in the document's order."""

    def __init__(
        self, location: Location, parameters: Sequence[Parameter], decode: Callable[[str], str] = _as_sent
    ) -> None:
        self._location = location
        self._decode = decode
        self._parameters = tuple(parameter for parameter in parameters if parameter.location == location)
        self.names = frozenset(parameter.name for parameter in self._parameters)
        self._defaults = {parameter.name: parameter.default for parameter in self._parameters if parameter.has_default}
        self._none_required = not any(parameter.required for parameter in self._parameters)

    def read(self, texts: Mapping[str, Sequence[str]], violations: list[Violation]) -> dict[str, JsonValue]:
        """The values of the parameters; the default for one that was not sent. Appends to `violations`.

        `texts` holds the strings sent for each of `names`, in order, still encoded.
        """
        values = dict(self._defaults)
        if not texts and self._none_required:
            return values
        for parameter in self._parameters:
            name = parameter.name
            if name in texts:
                self._read_one(parameter, texts[name], values, violations)
            elif parameter.required:
                violations.append(Violation(self._location, name, "is required"))
        return values

    def _read_one(
        self, parameter: Parameter, texts: Sequence[str], values: dict[str, JsonValue], violations: list[Violation]
    ) -> None:
        if len(texts) > 1 and not parameter.many:
            message = f"sent {len(texts)} times; send it once"
            violations.append(Violation(self._location, parameter.name, message))
            return
        try:
            decoded = [self._decode(text) for text in texts]
        except ValueError as error:
            violations.append(Violation(self._location, parameter.name, str(error)))
            return
        try:
            read = [parameter.read(text) for text in decoded]
        except ValueError as error:
            got = shown(decoded if parameter.many else decoded[0])
            violations.append(Violation(self._location, parameter.name, f"got {got}; {error}"))
            return
        value = read if parameter.many else read[0]
        if parameter.schema.is_valid(value):
            values[parameter.name] = value
        else:
            violations.extend(
                Violation(self._location, parameter.name, violation.message)
                for violation in parameter.schema.violations(value)
            )
