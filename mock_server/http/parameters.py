"""Query strings, and parameters in query, path, header and cookie: from strings to values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import unquote_to_bytes

from mock_server.http.messages import Location, Violation
from openapi.json_value import JsonValue
from openapi.messages import shown
from openapi.model.http import Parameter, ParseParameter

_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


class ParameterGroup:
    """The parameters of an operation in one location, in the document's order."""

    def __init__(
        self, location: Location, parameters: Sequence[Parameter], decode: Callable[[str], str] | None = None
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
        """The values of the parameters, with defaults for those not in `texts`. Adds to `violations`.

        `texts` has the encoded values that were sent for each name for which `has` is true, in order.
        """
        values = self._defaults.copy()
        if not texts and self._none_required:
            return values
        for parameter in self._parameters:
            if parameter.parse is not None:
                self._parse(parameter, parameter.parse, texts, values, violations)
            elif parameter.name in texts:
                self._read_one(parameter, texts[parameter.name], values, violations)
            elif parameter.required:
                violations.append(Violation(self._location, parameter.name, "is required"))
        return values

    def _parse(
        self,
        parameter: Parameter,
        parse: ParseParameter,
        texts: Mapping[str, Sequence[str]],
        values: dict[str, JsonValue],
        violations: list[Violation],
    ) -> None:
        takes = parameter.takes or parameter.name.__eq__
        pairs = [(name, text) for name, held in texts.items() if takes(name) for text in held]
        if not pairs:
            if parameter.required:
                violations.append(Violation(self._location, parameter.name, "is required"))
            return
        try:
            value = parse(pairs, self._decode or str)
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
        decode, read = self._decode, parameter.read
        decoded: str | list[str] | None = None
        try:
            if parameter.many:
                decoded = [decode(text) for text in texts] if decode else list(texts)
                value: JsonValue = [read(text) for text in decoded]
            else:
                decoded = decode(texts[0]) if decode else texts[0]
                value = read(decoded)
        except ValueError as error:
            message = str(error) if decoded is None else f"got {shown(decoded)}; {error}"
            violations.append(Violation(self._location, parameter.name, message))
            return
        if parameter.schema.compiled.is_valid(value):
            values[parameter.name] = value
        else:
            self._judge(parameter, value, values, violations)

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


def pairs(query: str) -> Iterator[tuple[str, str]]:
    """The pairs of `query` (one character per byte): each name decoded, each value as sent.

    A name that can't be decoded is returned as sent.
    """
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            try:
                yield decode(name), value
            except ValueError:
                yield name, value


def decode(text: str) -> str:
    """Decode a name or a value. `+` is a space (URL standard, application/x-www-form-urlencoded).

    Raises ValueError, with advice, for a `%` without two hexadecimal digits (RFC 3986, section 2.1) and for bytes that
    are not UTF-8.
    """
    if text.isascii() and "%" not in text:
        return text.replace("+", " ")
    stray = _STRAY_PERCENT.search(text)
    if stray:
        raise ValueError(f"the % at character {stray.start() + 1} needs two hexadecimal digits; write % itself as %25")
    octets = unquote_to_bytes(text.replace("+", " ").encode("latin-1"))
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        wrong = "".join(f"%{octet:02X}" for octet in octets[error.start : error.end])
        raise ValueError(f"{wrong} is not UTF-8; percent-encode the text as UTF-8") from None
