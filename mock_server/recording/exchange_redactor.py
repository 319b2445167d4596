"""Redacts whole exchanges: paths, queries, header fields and bodies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus, unquote, urlsplit

from mock_server.http.parameters import decode, pairs
from mock_server.http.redaction import is_secret_name
from mock_server.http.request_bodies import chooser
from mock_server.recording.exchange import Exchange, RedactedExchange
from mock_server.recording.redactor import REDACTED, Redactor, ValueLocation, key_location
from mock_server.sessions.journal import Fields
from openapi.contract import Contract
from openapi.media_types import essence, is_json
from openapi.model.http import Header, MediaType, Operation, Parameter
from openapi.model.resource import Resource
from openapi.path_templates import pattern, placeholders
from openapi.schemas import Schema
from openapi.strict_json import NotJsonError, read_json

_FORM = "application/x-www-form-urlencoded"
_HARMLESS_IN_REQUESTS = frozenset({"accept", "accept-language", "cache-control", "content-type", "prefer"})
_HARMLESS_IN_RESPONSES = frozenset(
    {
        *("allow", "cache-control", "content-language", "content-type", "date", "deprecation", "preference-applied"),
        *("retry-after", "sunset", "vary", "x-total-count", "x-mock-undeclared"),
        *("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"),
        *("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"),
    }
)
_SCHEMES = frozenset({"basic", "bearer", "digest"})
_SESSION = re.compile(r"/__s/[^/]+(?=/)")
_PLAIN = re.compile(r"[A-Za-z0-9 ,;:=*/+.()\"_-]{1,200}")


class ExchangeRedactor:
    """Redacts the exchanges of one contract."""

    def __init__(self, contract: Contract, redactor: Redactor) -> None:
        self._contract = contract
        self._redactor = redactor
        base = contract.base_path
        self._templates = [(base + one.path, pattern(base + one.path), one) for one in contract.operations.values()]
        self._literals = frozenset(
            segment for template, _, _ in self._templates for segment in template.split("/") if "{" not in segment
        )

    def redacted(self, exchange: Exchange) -> RedactedExchange:
        """`exchange` with substitutes."""
        operation = exchange.operation
        resource = self._resource(operation)
        declared = operation.response_for(exchange.status) if operation else None
        sent = operation.body.content if operation and operation.body else {}
        media_type = _essence(exchange.fields)
        response_type = _essence(exchange.response_fields)
        if operation is None:
            path = self._unknown_path(exchange.path)
        else:
            path = self._path(self._contract.base_path + operation.path, operation, exchange.path_values)
        errors = self._contract.refusals.schema
        return RedactedExchange(
            exchange.at,
            exchange.took_ms,
            exchange.method,
            path,
            self.query(exchange.query, operation),
            self._request_fields(exchange.fields, operation, resource),
            media_type,
            self._body(exchange.body, media_type, _schema(sent, media_type), resource),
            exchange.status,
            self._response_fields(exchange.response_fields, declared.headers if declared else {}, resource),
            response_type,
            self._body(
                exchange.response_body,
                response_type,
                _schema(declared.content, response_type) if declared else errors,
                resource,
            ),
        )

    def _resource(self, operation: Operation | None) -> Resource | None:
        if operation is None:
            return None
        of = self._contract.role_of, self._contract.action_of, self._contract.bulk_of
        return next((found[0] for found in (look(operation.id) for look in of) if found), None)

    def _path(self, template: str, operation: Operation, values: Mapping[str, str]) -> str:
        resource = self._resource(operation)
        for name in placeholders(template):
            parameter = _parameter(operation, "path", name)
            location = ValueLocation(resource, name)
            if resource is not None and name in resource.key_parameters:
                location = key_location(resource, name)
            text = self._redactor.text(parameter.schema if parameter else None, values.get(name, ""), location)
            template = template.replace(f"{{{name}}}", quote(text, safe=""))
        return template

    def _unknown_path(self, path: str) -> str:
        segments = [unquote(segment) for segment in path.split("/")]
        known = [one if one in self._literals else self._redactor.substitutes.text(one) for one in segments]
        return "/".join(quote(segment, safe="") for segment in known)

    def _reference(self, text: str) -> str:
        """A URL of a Location: the path of an operation, without the host."""
        path = _SESSION.sub("", urlsplit(text).path, count=1)
        for template, known, operation in self._templates:
            found = known.fullmatch(path)
            if found is not None:
                values = dict(zip(placeholders(template), map(unquote, found.groups()), strict=True))
                return self._path(template, operation, values)
        return self._unknown_path(path)

    def query(self, query: str, operation: Operation | None) -> str:
        """The query of a request to `operation`, encoded."""
        resource = self._resource(operation)
        secrets = _credential_names(operation, "query")
        redacted: list[str] = []
        for name, text in pairs(query):
            parameter = _parameter(operation, "query", name)
            shown = quote_plus(name if parameter is not None else self._redactor.name(name))
            try:
                value = REDACTED if name in secrets else self._value_of(name, decode(text), parameter, resource)
                redacted.append(f"{shown}={quote_plus(value)}")
            except ValueError:
                # An invalid value stays invalid.
                redacted.append(f"{shown}=%")
        return "&".join(redacted)

    def _value_of(self, name: str, text: str, parameter: Parameter | None, resource: Resource | None) -> str:
        """The substitute for the text of a query parameter; that of a filter is the substitute of its field."""
        schema = parameter.schema if parameter else None
        filters = resource.listing.filters if resource and resource.listing else ()
        field = next((one.field for one in filters if one.parameter == name), None)
        if resource is not None and field is not None:
            value = self._redactor.field_text(resource, field, text)
            if schema is None or schema.is_valid(value) or not schema.is_valid(text):
                return value
        return self._redactor.text(schema, text, ValueLocation(resource, name))

    def _request_fields(
        self, fields: Fields, operation: Operation | None, resource: Resource | None
    ) -> tuple[tuple[str, str], ...]:
        kept: list[tuple[str, str]] = []
        keys = {name.lower() for name in _credential_names(operation, "header")}
        for name, text in fields:
            lower = name.lower()
            parameter = _parameter(operation, "header", lower)
            if lower == "authorization":
                scheme = text.partition(" ")[0]
                kept.append((name, f"{scheme} {REDACTED}" if scheme.lower() in _SCHEMES else REDACTED))
            elif lower in keys:
                kept.append((name, REDACTED))
            elif lower == "content-type":
                kept.append((name, _media_type(text)))
            elif parameter is not None:
                kept.append((name, self._redactor.text(parameter.schema, text, ValueLocation(resource, lower))))
            elif lower in _HARMLESS_IN_REQUESTS and _PLAIN.fullmatch(text):
                kept.append((name, text))
        return tuple(kept)

    def _response_fields(
        self, fields: Fields, declared: Mapping[str, Header], resource: Resource | None
    ) -> tuple[tuple[str, str], ...]:
        kept: list[tuple[str, str]] = []
        headers = {name.lower(): header for name, header in declared.items()}
        for name, text in fields:
            lower = name.lower()
            if lower == "set-cookie" or is_secret_name(name):
                continue
            if lower == "location":
                kept.append((name, self._reference(text)))
            elif lower == "content-type":
                kept.append((name, _media_type(text)))
            elif lower in _HARMLESS_IN_RESPONSES:
                kept += [(name, text)] if _PLAIN.fullmatch(text) else []
            elif lower in headers:
                kept.append((name, self._redactor.text(headers[lower].schema, text, ValueLocation(resource, lower))))
        return tuple(kept)

    def _body(
        self, body: bytes | None, media_type: str, schema: Schema | None, resource: Resource | None
    ) -> str | None:
        if not body:
            return None if body is None else ""
        location = ValueLocation(resource)
        if media_type == _FORM:
            return self._form(body, schema, resource)
        if not is_json(media_type):
            return None
        try:
            value = read_json(body)
        except NotJsonError:
            return None
        return json.dumps(self._redactor.value(schema, value, location), ensure_ascii=False, separators=(",", ":"))

    def _form(self, body: bytes, schema: Schema | None, resource: Resource | None) -> str | None:
        try:
            fields = [(name, decode(text)) for name, text in pairs(body.decode("latin-1"))]
        except ValueError:
            return None
        redacted: list[str] = []
        for name, text in fields:
            ((shown, value),) = self._redactor.value(schema, {name: text}, ValueLocation(resource)).items()
            redacted.append(f"{quote_plus(shown)}={quote_plus(value)}")
        return "&".join(redacted)


def _parameter(operation: Operation | None, location: str, name: str) -> Parameter | None:
    found = operation.parameters if operation else ()
    for one in found:
        same = one.name.lower() == name if location == "header" else one.name == name
        if one.location == location and (same or (one.takes is not None and one.takes(name))):
            return one
    return None


def _credential_names(operation: Operation | None, location: str) -> set[str]:
    """The names of the operation's API keys in a query or in the header."""
    alternatives = operation.security if operation else ()
    return {scheme.parameter for schemes in alternatives for scheme in schemes if scheme.location == location}


def _essence(fields: Iterable[tuple[str, str]]) -> str:
    text = next((text for name, text in fields if name.lower() == "content-type"), "")
    return essence(text)


def _media_type(text: str) -> str:
    """A Content-Type without parameters other than charset and boundary; 'redacted' if it is invalid."""
    name, _, parameters = text.partition(";")
    if not re.fullmatch(r"[A-Za-z0-9!#$&^_.+-]{1,60}/[A-Za-z0-9!#$&^_.+-]{1,60}", name.strip()):
        return REDACTED
    charset = re.search(r"charset=\"?([A-Za-z0-9_-]{1,20})", parameters, re.IGNORECASE)
    return name.strip() + (f"; charset={charset[1]}" if charset else "")


def _schema(content: Mapping[str, MediaType], media_type: str) -> Schema | None:
    found = chooser(content)(media_type) if content else None
    return found.schema if found else None
