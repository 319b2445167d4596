"""Claims about recorded exchanges of a resource, single or related, that other clients can't affect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.resource.assertions import Claim
from contract_tests.resource.resource_description import Listed, Record, ResourceDescription
from contract_tests.resource.response_conformance import shape_of
from contract_tests.target.client import Call, ReceivedResponse
from openapi import Operation, Role
from openapi.json_value import JsonValue, json_or_none
from openapi.pointers import join, resolve

_SETTLED_S = 2.0
"""How long after a delete a record may still be visible."""
_WRITES = (Role.CREATE, Role.UPDATE, Role.REPLACE, Role.DELETE)


class RecordedClaim(NamedTuple):
    """A claim of the property `code` about recorded responses, and the node of the document that it rests on."""

    code: str
    sentence: str
    claim: Claim
    role: Role
    pointer: str


class ResourceExchange(NamedTuple):
    """One exchange with an operation of the resource. `key` is that of the path; `began_s` and `ended_s` are times."""

    role: Role
    call: Call
    key: str | None
    response: ReceivedResponse
    began_s: float
    ended_s: float

    @property
    def succeeded(self) -> bool:
        """Whether it was answered with a 2xx."""
        return 200 <= self.response.status < 300


class _View(NamedTuple):
    """A record as one response showed it, and the expression for it."""

    record: Mapping[str, Any]
    expression: Expression
    seen: ResourceExchange


@dataclass
class Relations:
    """The relations among the exchanges with one resource; call `next` in the order of their requests."""

    spec: ResourceDescription
    _views: dict[str, _View] = field(default_factory=dict)
    _writes: dict[str, list[ResourceExchange]] = field(default_factory=dict)

    def next(self, seen: ResourceExchange) -> Iterator[RecordedClaim]:
        """The claims about this exchange, and about it and earlier ones."""
        if seen.role is Role.LIST and seen.succeeded:
            yield from self._page(seen)
        if seen.role is Role.READ and seen.succeeded and seen.key is not None:
            yield from self._read(seen, seen.key)
        if seen.role in (Role.CREATE, Role.UPDATE) and seen.succeeded:
            yield from self._echo(seen)
        yield from self._compared(seen)
        if seen.role in _WRITES and seen.key is not None and seen.response.status < 400:
            self._writes.setdefault(seen.key, []).append(seen)

    def _page(self, seen: ResourceExchange) -> Iterator[RecordedClaim]:
        listing, value = self.spec.resource.listing, seen.response.json
        items = _at(value, listing.response.items) if listing else None
        if listing is None or not isinstance(items, list):
            return
        shown, sent = Listed(seen.response.step, []), _valid_query(self.spec.operation(Role.LIST), seen.call)
        yield from self._size(seen, sent)
        keys = self.spec.listed_keys(shown)
        claim = ("is", expressions.distinct(keys), keys)
        yield RecordedClaim("LIST-PAGES", "A page shows a record twice.", claim, Role.LIST, self.spec.at_list("paging"))
        yield from self._filters(seen, sent)
        created = self.spec.made_by_server("time-of-creation")
        is_sorted = listing.sort is not None and listing.sort.parameter in sent
        if listing.order.by is None and created and not is_sorted:
            times = expressions.instants(expressions.keys(self.spec.seen_items(shown), created[0]))
            ordered = expressions.descending(times) if listing.order.descending else expressions.ascending(times)
            sentence = f"A list is not ordered by {created[0]}."
            yield RecordedClaim("LIST-ORDER", sentence, ("is", times, ordered), Role.LIST, listing.order.pointer)
        for key, writes in self._writes.items():
            if self._is_gone(writes, seen):
                claim = ("lacks", expressions.depends_on(keys, writes[-1].response), expressions.literal(key))
                sentence = "A list still has a deleted record."
                yield RecordedClaim("DELETE-LISTED", sentence, claim, Role.LIST, self.spec.at_operation(Role.DELETE))

    def _size(self, seen: ResourceExchange, sent: Mapping[str, JsonValue]) -> Iterator[RecordedClaim]:
        response, paging = self.spec.listing.response, self.spec.listing.paging
        if paging is None:
            return
        count = expressions.count(self.spec.seen_items(Listed(seen.response.step, [])))
        at_limit = self.spec.parameter(paging.limit)
        most = sent.get(paging.limit, at_limit.schema.node.get("maximum"))
        if isinstance(most, int):
            claim = ("is at most", count, expressions.literal(most))
            yield RecordedClaim(
                "LIST-PAGE-SIZE", f"A page exceeds its limit of {most}.", claim, Role.LIST, at_limit.pointer
            )
        start = response.page if paging.style == "page" else response.offset
        for name, pointer in ((paging.start, start), (paging.limit, response.limit)):
            if pointer and name in sent:
                claim = ("is", expressions.json(seen.response, pointer), expressions.literal(sent[name]))
                sentence = f"A list with {name}={sent[name]} says another {name}."
                yield RecordedClaim("LIST-ECHO", sentence, claim, Role.LIST, self.spec.parameter(name).pointer)
        if response.total:
            total = expressions.json(seen.response, response.total)
            claim, at_total = ("is at least", total, count), self.spec.at_count(response.total)
            yield RecordedClaim("LIST-TOTAL", "A page has more records than the total.", claim, Role.LIST, at_total)
            limit = sent.get(paging.limit) or _at(seen.response.json, response.limit)
            page = sent.get(paging.start, _at(seen.response.json, start)) if paging.style == "page" else None
            if isinstance(limit, int) and limit > 0:
                yield from self._pages(seen, total, limit)
                yield from self._full(total, count, limit, page)

    def _full(self, total: Expression, count: Expression, limit: int, page: object) -> Iterator[RecordedClaim]:
        """Every page but the last is full, and a first page that is the last has all records."""
        at_total = self.spec.at_count(str(self.spec.listing.response.total))
        if isinstance(page, int) and page > 0:
            more = ("is at least", total, expressions.literal(page * limit))
            claim = ("where", more, ("is at least", count, expressions.literal(limit)))
            yield RecordedClaim("LIST-TOTAL", "A page before the last is not full.", claim, Role.LIST, at_total)
        if page == 1:
            all_here = ("is at most", total, expressions.literal(limit))
            claim = ("where", all_here, ("is at least", count, total))
            yield RecordedClaim(
                "LIST-TOTAL", "The only page has fewer records than the total.", claim, Role.LIST, at_total
            )

    def _pages(self, seen: ResourceExchange, total: Expression, limit: int) -> Iterator[RecordedClaim]:
        pages = self.spec.listing.response.pages
        if pages:
            some = ("is at least", total, expressions.literal(1))
            claim = ("where", some, ("is", expressions.json(seen.response, pages), expressions.pages(total, limit)))
            sentence = f"The number of pages of {limit} does not fit the total."
            yield RecordedClaim("LIST-TOTAL-PAGES", sentence, claim, Role.LIST, self.spec.at_count(pages))

    def _filters(self, seen: ResourceExchange, sent: Mapping[str, JsonValue]) -> Iterator[RecordedClaim]:
        listing, items = self.spec.listing, self.spec.seen_items(Listed(seen.response.step, []))
        for one in listing.filters:
            if one.parameter in sent:
                value = sent[one.parameter]
                claim = ("is within", expressions.keys(items, one.field), expressions.literal([value]))
                sentence = f"A list with {one.parameter}={value} shows records with another {one.field}."
                at_filter = self.spec.parameter(one.parameter).pointer
                yield RecordedClaim("FILTER-SOUND", sentence, claim, Role.LIST, at_filter)
        text = sent.get(listing.search.parameter) if listing.search else None
        if listing.search and isinstance(text, str) and text:
            claim = ("is", expressions.containing(items, listing.search.fields, text), items)
            sentence = "A search shows a record without the text."
            yield RecordedClaim("SEARCH-SOUND", sentence, claim, Role.LIST, listing.search.pointer)

    def _read(self, seen: ResourceExchange, key: str) -> Iterator[RecordedClaim]:
        at_key = self.spec.seen_key(Record(seen.response.record, seen.response.step, seen.response.at))
        shown = self.spec.resource.key_of(seen.response.record)
        # Letter case in a key may matter or not.
        wanted = str(shown) if str(shown).casefold() == key.casefold() else key
        claim = ("is", expressions.shown(at_key), expressions.literal(wanted))
        sentence = "A get shows a record with another key."
        yield RecordedClaim("READ-AFTER-WRITE", sentence, claim, Role.READ, self.spec.at_role(Role.READ))
        writes = self._writes.get(key, [])
        if self._is_gone(writes, seen):
            observed = expressions.depends_on(expressions.status(seen.response), writes[-1].response)
            claim = ("is at least", observed, expressions.literal(400))
            sentence = "A get of a deleted record succeeds."
            yield RecordedClaim("DELETE-GONE", sentence, claim, Role.READ, self.spec.at_operation(Role.DELETE))

    def _is_gone(self, writes: Sequence[ResourceExchange], seen: ResourceExchange) -> bool:
        """Whether a delete has had time to settle, and the key can't belong to another record."""
        deleted = bool(writes) and writes[-1].role is Role.DELETE and writes[-1].succeeded
        return deleted and self.spec.has_lasting_keys and seen.began_s >= writes[-1].ended_s + _SETTLED_S

    def _echo(self, seen: ResourceExchange) -> Iterator[RecordedClaim]:
        """A create or an update returns the sent values; texts may be trimmed or normalised."""
        sent, code = self._sent(seen), "CREATE-ECHO" if seen.role is Role.CREATE else "UPDATE-ONLY-NAMED"
        properties = self.spec.resource.record.node.get("properties", {})
        document = self.spec.contract.document()
        for name, value in sent.items():
            schema = properties.get(name, {})
            closed = "enum" in (resolve(document, schema["$ref"][1:]) if "$ref" in schema else schema)
            if name in self.spec.resource.write_only or not (closed or isinstance(value, (bool, int, float))):
                continue
            at_field = expressions.json(seen.response, join("", name))
            claim, sentence = (
                ("is", at_field, expressions.literal(value)),
                f"The response shows another {name} than sent.",
            )
            yield RecordedClaim(code, sentence, claim, seen.role, self.spec.at_role(seen.role))

    def _sent(self, seen: ResourceExchange) -> Mapping[str, JsonValue]:
        """The fields of the record in the body of a request."""
        envelope = self.spec.resource.request(self.spec.operation(seen.role).id)
        record = envelope.unwrap(_object(seen.call.data))
        return record if isinstance(record, dict) else {}

    def _compared(self, seen: ResourceExchange) -> Iterator[RecordedClaim]:
        """Two responses show the same record if they have the same time of change and no write came in between."""
        times = self.spec.made_by_server("time-of-change")
        for key, view in self._views_in(seen):
            before = self._views.get(key)
            if before is not None and times and self._undisturbed(key, before.seen, seen):
                alike = all(view.record.get(name) == before.record.get(name) is not None for name in times)
                listed = Role.LIST in (seen.role, before.seen.role)
                if alike:
                    yield RecordedClaim(
                        "READ-AS-LISTED" if listed else "READ-AFTER-WRITE",
                        "Two responses show the same version of a record differently.",
                        ("is", view.expression, before.expression),
                        seen.role,
                        self.spec.at_role(Role.LIST if listed else seen.role),
                    )
            self._views[key] = view

    def _undisturbed(self, key: str, before: ResourceExchange, seen: ResourceExchange) -> bool:
        between = (one for one in self._writes.get(key, ()) if one is not before)
        apart = before.ended_s <= seen.began_s
        return apart and not any(one.began_s < seen.ended_s and one.ended_s > before.began_s for one in between)

    def _views_in(self, seen: ResourceExchange) -> Iterator[tuple[str, _View]]:
        if not seen.succeeded or seen.role is Role.DELETE:
            return
        # Writes of other clients change the fields that are computed from their records.
        computed, node = self.spec.resource.referrers, self.spec.resource.record.node
        others = {name: one for name, one in node["properties"].items() if name not in computed}
        shape = shape_of(self.spec.contract.document(), {**node, "properties": others})
        if seen.role is Role.LIST:
            listing = self.spec.resource.listing
            items = _at(seen.response.json, listing.response.items) if listing else None
            found = [
                (one, expressions.json(seen.response, f"{self.spec.listing.response.items}/{index}"))
                for index, one in enumerate(items if isinstance(items, list) else ())
            ]
        else:
            found = [(seen.response.record, expressions.json(seen.response))]
        for record, expression in found:
            key = self.spec.resource.key_of(record) if isinstance(record, Mapping) else None
            if key is not None:
                yield str(key), _View(record, ["described", expression, shape], seen)


def _valid_query(operation: Operation, call: Call) -> dict[str, JsonValue]:
    """The query parameters of a request that occur once and are valid, by name."""
    pairs = parse_qsl(call.query_text, keep_blank_values=True)
    sent = {}
    for one in operation.parameters:
        texts = [text for name, text in pairs if name == one.name]
        if one.location != "query" or one.many or len(texts) != 1:
            continue
        try:
            value = one.read(texts[0])
        except ValueError:
            continue
        if one.schema.is_valid(value):
            sent[one.name] = value
    return sent


def _at(value: JsonValue, pointer: str | None) -> Any:
    try:
        return resolve(value, pointer) if pointer is not None else None
    except (LookupError, ValueError, TypeError):
        return None


def _object(body: bytes | None) -> Mapping[str, Any]:
    value = json_or_none(body)
    return value if isinstance(value, dict) else {}
