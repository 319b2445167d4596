"""Query, path, header and cookie parameters: from the texts of a request to values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mock_server.http.messages import Location, Violation
from openapi.contract import JsonValue, Pairs, Parameter, ParseParameter
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
        self._takes = [parameter.takes for parameter in self._parameters if parameter.takes is not None]
        self._defaults = {parameter.name: parameter.default for parameter in self._parameters if parameter.has_default}
        self._none_required = not any(parameter.required for parameter in self._parameters)

    def has(self, name: str) -> bool:
        """Whether `name` belongs to a parameter."""
        return name in self.names or any(takes(name) for takes in self._takes)

    def read(self, texts: Mapping[str, Sequence[str]], violations: list[Violation]) -> dict[str, JsonValue]:
        """The values of the parameters; of those not in `texts` the default if there is one. Adds to `violations`.

        `texts` has what was sent under each name that `has` says yes to, in order, not yet decoded.
        """
        values = dict(self._defaults)
        if not texts and self._none_required:
            return values
        for parameter in self._parameters:
            name, sent = parameter.name, True
            if parameter.takes is not None:
                pairs = [(one, text) for one, held in texts.items() if parameter.takes(one) for text in held]
                sent = bool(pairs)
                if pairs and parameter.parse is not None:
                    self._parse(parameter, parameter.parse, pairs, values, violations)
            elif name in texts and parameter.parse is not None:
                pairs = [(name, text) for text in texts[name]]
                self._parse(parameter, parameter.parse, pairs, values, violations)
            elif name in texts:
                self._read_one(parameter, texts[name], values, violations)
            else:
                sent = False
            if not sent and parameter.required:
                violations.append(Violation(self._location, name, "is required"))
        return values

    def _parse(
        self,
        parameter: Parameter,
        parse: ParseParameter,
        pairs: Pairs,
        values: dict[str, JsonValue],
        violations: list[Violation],
    ) -> None:
        try:
            value = parse(pairs, self._decode)
        except ValueError as error:
            got = shown(pairs[0][1] if len(pairs) == 1 else [text for _, text in pairs])
            violations.append(Violation(self._location, parameter.name, f"got {got}; {error}"))
            return
        self._judge(parameter, value, values, violations)

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
        self._judge(parameter, read if parameter.many else read[0], values, violations)

    def _judge(
        self, parameter: Parameter, value: JsonValue, values: dict[str, JsonValue], violations: list[Violation]
    ) -> None:
        if parameter.schema.is_valid(value):
            values[parameter.name] = value
        else:
            violations.extend(
                Violation(self._location, parameter.name, violation.message)
                for violation in parameter.schema.violations(value)
            )
