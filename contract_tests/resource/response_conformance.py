"""Checks that an operation declares its response: status, header fields, media type, body.

Statuses, fields and enumeration values beyond the document are observed, not judged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

from contract_tests.calibration.facts import Facts
from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression, known_keyword
from contract_tests.findings.finding import RawFailure
from contract_tests.resource.undocumented import Observations
from contract_tests.target.client import Exchange, ReceivedResponse
from openapi import Contract, Header, Operation, Response, Role, Schema, SchemaViolation
from openapi.coercion import header_reader, kinds_of
from openapi.flattening import flat, types_of
from openapi.json_value import value_at
from openapi.media_types import by_essence, is_json, of_content
from openapi.pointers import join, resolve

_OPEN_VALUES = "enum"
_DEEPEST = 12
_NULLS = "/x-http/answers/nulls"

Shape: TypeAlias = dict[str, Any]
"""`members`: the shapes of the fields of an object, by name; `items`: that of the items of an array; {}: anything."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One way in which a response differs from the document. `claim` is what it fails."""

    code: str
    sentence: str
    claim: tuple[str, Expression, Expression]
    pointer: str
    suggested_change: str


class DeclaredHeader(NamedTuple):
    """A header of a declared response. `types` are those of its value as a schema, by which `read` reads it."""

    header: Header
    types: dict[str, Any]
    read: Callable[[str], Any]


class ListedItems(NamedTuple):
    """A field of a response body that lists items: the pointer of their schema, and the fields that it describes."""

    field: str
    pointer: str
    known: frozenset[str]


class DeclaredResponse:
    """One declared response, with everything needed to judge by it.

    `media` are its bodies by the names of their media types. `counted` are the headers that a run counts, each with its
    pointer: those that are declared, and Location.
    """

    def __init__(self, response: Response, document: Mapping[str, Any]) -> None:
        self.declaration = response
        self.headers = [
            DeclaredHeader(one, types, header_reader(types))
            for one in response.headers.values()
            for types in (_types_of_header(one.schema),)
        ]
        self.media = by_essence(response.content)
        self.items = {
            name: list(_listed_items(document, one.schema)) for name, one in response.content.items() if one.schema
        }
        self.counted = [(one.pointer, one.name) for one in response.headers.values()]
        if "Location" not in response.headers:
            self.counted.append((join(response.pointer, "headers", "Location"), "Location"))


class DeclaredResponses:
    """The responses that an operation declares, by status (see `Operation.response_for`)."""

    def __init__(self, operation: Operation, document: Mapping[str, Any]) -> None:
        self.operation = operation
        self._by_status = {name: DeclaredResponse(one, document) for name, one in operation.responses.items()}
        self.success = next(
            (one for one in self._by_status.values() if one.declaration is operation.success),
            DeclaredResponse(operation.success, document),
        )

    def for_status(self, status: int) -> DeclaredResponse | None:
        """The response that declares the status."""
        known = self._by_status
        return known.get(str(status)) or known.get(f"{status // 100}XX") or known.get("default")


class Conformance:
    """Judges responses by one contract, and notes undocumented behaviour in `observations`.

    `facts` counts the statuses and headers of the run.
    """

    def __init__(self, contract: Contract, observations: Observations) -> None:
        self.facts = Facts()
        self._observations = observations
        self._computed = {
            one.operations[Role.READ]: one.referrers
            for one in contract.resources.values()
            if Role.READ in one.operations
        }
        self._document: Mapping[str, Any]
        self.adopt(contract)
        for operation in contract.operations.values():
            self.declared(operation)

    def adopt(self, contract: Contract) -> None:
        """Judge by another contract from now on."""
        self._contract = contract
        self._document = contract.document()
        self._says_nulls = "nulls" in self._document.get("x-http", {}).get("answers", {})
        self._declared: dict[str, DeclaredResponses] = {}

    def declared(self, operation: Operation) -> DeclaredResponses:
        """The responses that an operation declares."""
        found = self._declared.get(operation.id)
        if found is None or found.operation is not operation:
            found = self._declared[operation.id] = DeclaredResponses(operation, self._document)
        return found

    def breaches(self, operation: Operation, response: ReceivedResponse, head: bool = False) -> Iterator[Breach]:
        """Every way in which `response` differs from what `operation` declares. The body of a HEAD is not judged.

        A successful response with an undeclared status is judged as the declared one: it should have the same content.
        """
        declared = self.declared(operation)
        expected = declared.for_status(response.status)
        if response.status >= 500 and (expected is None or expected.declaration.status == "default"):
            claim = ("is at most", expressions.status(response), expressions.literal(499))
            sentence = f"{operation.id} fails with {response.status}."
            yield Breach("SCHEMA-SERVER-ERROR", sentence, claim, join(operation.pointer, "responses"), "")
            return
        if expected is None:
            self._observations.status(operation, response.status)
            if not 200 <= response.status < 300 or not response.content:
                return
            expected = declared.success
        # A response declared for another status says nothing about the content of this one.
        has_status = ("is", expressions.status(response), expressions.literal(response.status))
        for breach in self._against(operation, response, expected, head):
            yield replace(breach, claim=("where", has_status, breach.claim))

    def failure(
        self, breach: Breach, operation: Operation, response: ReceivedResponse, trace: tuple[Exchange, ...]
    ) -> RawFailure:
        """The failure for a breach. The format of errors is assumed, and their media type has its own node."""
        refusals = self._contract.refusals.pointer
        refused = response.status >= 400 and breach.code != "SCHEMA-SERVER-ERROR"
        of_errors = refused and breach.code == "SCHEMA-MEDIA-TYPE"
        return RawFailure(
            *(breach.code, breach.sentence, operation.id),
            *(join(refusals, "media-type") if of_errors else breach.pointer, breach.suggested_change),
            *(breach.claim, trace),
            assumed_at=refusals if refused else "",
        )

    def _against(
        self, operation: Operation, response: ReceivedResponse, declared: DeclaredResponse, head: bool
    ) -> Iterator[Breach]:
        for one in declared.headers:
            yield from self._header(operation, response, one)
        if declared.media and not head:
            yield from self._body(operation, response, declared)

    def _header(self, operation: Operation, response: ReceivedResponse, declared: DeclaredHeader) -> Iterator[Breach]:
        header, types, read = declared
        value = response.headers.get(header.name)
        where = f"the {response.status} response of {operation.id}"
        if value is None:
            if header.required:
                sentence = f"The header {header.name} is missing from {where}."
                claim = ("is not", expressions.header(response, header.name), expressions.literal(None))
                yield Breach("SCHEMA-HEADER", sentence, claim, header.pointer, f"drop {header.pointer}/required")
            return
        if "object" in types["type"]:
            return
        found, observed = read(value), expressions.header(response, header.name)
        for violation in () if header.schema.is_valid(found) else header.schema.violations(found):
            sentence = f"The header {header.name} of {where} does not match its schema: {violation.message}."
            claim = self._keeps(expressions.typed(observed, types), found, violation)
            if violation.path:  # The value that breaks the schema is an item of an array.
                claim = ("is not", observed, expressions.literal(value))
            yield Breach("SCHEMA-HEADER", sentence, claim, header.pointer, f"widen {violation.rests_on}")

    def _body(self, operation: Operation, response: ReceivedResponse, declared: DeclaredResponse) -> Iterator[Breach]:
        declaration, kind = declared.declaration, response.media_type
        media = declared.media.get(kind) or of_content(declaration.content, kind)
        where = f"the {response.status} response of {operation.id}"
        if media is None:
            sentence = f"The media type of {where} is {kind or 'missing'}."
            observed = expressions.essence(expressions.header(response, "content-type"))
            claim = ("is one of", observed, expressions.literal(list(declaration.content)))
            pointer = join(declaration.pointer, "content")
            yield Breach("SCHEMA-MEDIA-TYPE", sentence, claim, pointer, f"add {kind or 'it'} to {pointer}")
            return
        if media.schema is None:
            return
        found = response.json
        if not is_json(kind):
            # A body of another media type is a string to a schema, if anything (OAS 3.1.1, section 4.8.14.1).
            if "string" not in types_of(media.schema.node):
                return
            found = response.content.decode(errors="replace")
        for violation in () if media.schema.is_valid(found) else media.schema.violations(found):
            if violation.keyword == _OPEN_VALUES:
                self._observations.value(operation, violation, value_at(found, violation.path))
                continue
            what = violation.path or "the body"
            sentence = f"In {where}, {what} breaks {violation.rests_on}: {violation.message}."
            claim = self._claim(response, found, violation)
            pointer = self._may_be_null(violation) or violation.rests_on
            change = f"write left-out at {pointer}" if pointer == _NULLS else f"widen or drop {pointer}"
            yield Breach("SCHEMA-BODY", sentence, claim, pointer, change)
        self._observe_fields(operation, media.schema, declared.items[media.name], found)

    def _may_be_null(self, violation: SchemaViolation) -> str:
        """The node of `answers/nulls` if that decides whether a field is null or left out; "" otherwise."""
        if violation.keyword != "required":
            return ""
        name = violation.path.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
        above = violation.rests_on.rpartition("/")[0]
        pointer = join(above, "properties", name)
        schema = flat(self._document, resolve(self._document, above).get("properties", {}).get(name, {}))
        if "null" not in schema.get("type", ()) or "$ref" in schema:
            return ""
        return _NULLS if self._says_nulls else join(pointer, "type")

    def _claim(
        self, response: ReceivedResponse, found: Any, violation: SchemaViolation
    ) -> tuple[str, Expression, Expression]:
        if violation.keyword == "required":
            above, _, name = violation.path.rpartition("/")
            name = name.replace("~1", "/").replace("~0", "~")
            return "keeps", expressions.whole(response, above), expressions.literal(["required", [name]])
        return self._keeps(expressions.whole(response, violation.path), value_at(found, violation.path), violation)

    def _keeps(
        self, expression: Expression, value: Any, violation: SchemaViolation
    ) -> tuple[str, Expression, Expression]:
        if known_keyword(violation.keyword):
            keyword_value = resolve(self._document, violation.rests_on)
            if violation.keyword == "pattern" and not _is_readable(keyword_value):
                return "is not", expression, expressions.literal(value)
            return "keeps", expression, expressions.literal([violation.keyword, keyword_value])
        return "is not", expression, expressions.literal(value)

    def _observe_fields(self, operation: Operation, schema: Schema, items: Sequence[ListedItems], value: Any) -> None:
        properties = schema.node.get("properties")
        if not isinstance(properties, dict) or not isinstance(value, dict):
            return
        for name, field in value.items():
            if name not in properties and name not in self._computed.get(operation.id, ()):
                self._observations.field(operation, schema.pointer, name, field)
        for listed in items:
            self._observe_items(operation, listed, value.get(listed.field))

    def _observe_items(self, operation: Operation, listed: ListedItems, value: Any) -> None:
        for item in value if isinstance(value, list) else ():
            for name in set(item if isinstance(item, dict) else ()) - listed.known:
                self._observations.field(operation, listed.pointer, name, item[name])


def _listed_items(document: Mapping[str, Any], schema: Schema) -> Iterator[ListedItems]:
    properties = schema.node.get("properties")
    for name, inner in properties.items() if isinstance(properties, dict) else ():
        items = inner.get("items", {}) if isinstance(inner, dict) else {}
        reference = items.get("$ref") if isinstance(items, dict) else None
        if isinstance(reference, str):
            known = flat(document, items).get("properties", {})
            yield ListedItems(name, reference.removeprefix("#"), frozenset(known))


def _is_readable(pattern: str) -> bool:
    """Whether Python supports a pattern: ECMAScript, used by documents, has more than Python, such as `p{L}`."""
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _types_of_header(schema: Schema) -> dict[str, Any]:
    """The types that a header's value may have, and its items, as a schema."""
    kinds = sorted(kinds_of(schema.document, schema.node)) or ["string"]
    items = sorted(kinds_of(schema.document, schema.node.get("items", {})))
    return {"type": kinds, "items": {"type": items}} if items else {"type": kinds}


def shape_of(document: Mapping[str, Any], node: Any, depth: int = 0) -> Shape:
    """The shape that a schema describes, with its references followed."""
    if not isinstance(node, dict) or depth > _DEEPEST:
        return {}
    schema = flat(document, node)
    shape: Shape = {"items": shape_of(document, schema["items"], depth + 1)} if "items" in schema else {}
    members = {name: shape_of(document, one, depth + 1) for name, one in schema.get("properties", {}).items()}
    return {**shape, **({"members": members} if members else {})}
