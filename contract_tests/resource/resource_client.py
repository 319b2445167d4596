"""The client that properties use: the operations of one resource of the target."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from random import Random
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl, urlencode

from contract_tests.claims import expressions
from contract_tests.findings.finding import RawFailure
from contract_tests.resource.assertions import Assertions, Difference, Thoroughness
from contract_tests.resource.binding import below
from contract_tests.resource.body_values import BodyMembers, Numbers
from contract_tests.resource.pages import all_pages, allowed_size, is_later_page, needed_query, page_query
from contract_tests.resource.resource_description import (
    Body,
    Listed,
    Record,
    ResourceDescription,
    RoleOrAction,
)
from contract_tests.resource.response_conformance import Conformance
from contract_tests.resource.unused_keys import UnusedKeys, key_values
from contract_tests.target.cleanup import Cleaner, referring_first
from contract_tests.target.client import Call, Client, Exchange, ReceivedResponse, needed_headers
from contract_tests.target.ledger import UNDER_WAY, Ledger
from contract_tests.target.tags import LANES
from fixtures import InvalidRequest
from openapi import BulkCreate, Contract, Refusal, Role
from openapi.envelope import Envelope
from openapi.json_value import JsonValue, value_at
from openapi.pointers import join

Case = TypeVar("Case")
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Access:
    """Shared by the resources of a run.

    `invalid_requests` returns the requests that break one rule each, or several rules of one value, in every operation.
    """

    client: Client
    ledger: Ledger
    conformance: Conformance
    cleaner: Cleaner
    numbers: Numbers
    invalid_requests: Callable[[], list[InvalidRequest]]


class Turn(NamedTuple):
    """The numbers and tags of one property, so that others can run at the same time."""

    slot: int
    lane: int


ALONE = Turn(0, LANES)


class ResourceClient:
    """Sends the operations of one resource; `spec` describes it and `expect` judges the responses. `begin` it first.

    Every record that it creates carries `tag` in a field that the search covers, so that lists can be compared exactly
    while other clients create and delete records.
    """

    def __init__(
        self, spec: ResourceDescription, access: Access, seed: int, thoroughness: Thoroughness, lane: int = LANES
    ) -> None:
        self.spec = spec
        self.expect = Assertions(spec, access.client, access.conformance, thoroughness)
        self.client = access.client
        self.ledger = access.ledger
        self._access = access
        self._lane = lane
        self.thoroughness = thoroughness
        self.seed = seed
        self.random = Random(seed)
        self.numbers = access.numbers
        self._count = itertools.count(1)
        self.others: Mapping[str, ResourceClient] = {}
        """The clients of all resources of the run, by name; `refer_to` sets them."""
        self.prefix = ""
        """The path of the record that a nested collection is checked below; "" for any other collection."""
        self.targets: dict[str, Record] = {}
        """The records that new ones refer to, by field, since the property began."""
        self.tag = ""
        self.earlier_keys: frozenset[str] = frozenset()

    def adopt(self, contract: Contract, changed: Iterable[str]) -> None:
        """Judge by another contract from now on: the document with what calibration has changed at some nodes."""
        if self.prefix:
            contract = below(contract, contract.resources[self.spec.resource.name], self.prefix)
        self.spec = ResourceDescription(contract, contract.resources[self.spec.resource.name], changed)
        self.expect.adopt(self.spec)

    @contextmanager
    def at_list(self, name: str) -> Iterator[None]:
        """List by another of the resource's `lists`. Records are to be created before."""
        spec = self.spec
        self.spec = spec.with_list(name)
        self.expect.describe(self.spec)
        try:
            yield
        finally:
            self.spec = spec
            self.expect.describe(spec)

    def refer_to(self, clients: Sequence[ResourceClient]) -> None:
        """Let this client create the records that its own records refer to, with those of the other resources."""
        self.others = {one.spec.resource.name: one for one in clients}

    def twin(self, turn: Turn) -> ResourceClient:
        """A client for one property, with its own trace, failures, tags and numbers; the same for its `others`."""
        access = replace(self._access, client=self.client.twin(), numbers=self._access.numbers.at(turn.slot))
        twins = [
            ResourceClient(one.spec.twin(), access, self.seed, one.thoroughness, turn.lane)
            for one in self.others.values()
        ]
        for one in twins:
            one.prefix = self.others[one.spec.resource.name].prefix
            one.refer_to(twins)
            one.expect.known = self.expect.known
        return next(one for one in twins if one.spec.resource is self.spec.resource)

    def prepare(self, code: str) -> None:
        """Start the property `code`. Its random choices depend on the seed alone, not on what ran before."""
        for one in self._clients():
            one.expect.start(code)
            one.spec.used.clear()
        self.random = Random(f"{self.seed} {code} {self.spec.resource.name}")
        self.begin()

    def begin(self) -> None:
        """Start over with a new tag and an empty trace.

        `earlier_keys` are the keys of every record that the run has created so far; they should all be deleted.
        """
        name = self.spec.resource.name
        self.earlier_keys = frozenset(self.ledger.gone.get(name, set()) | self.ledger.created.get(name, set()))
        self.tag = self.ledger.new_tag(self._lane)
        for one in self.others.values():
            one.tag = self.tag
        self.forget_targets()
        self.client.forget()

    def forget_targets(self) -> None:
        """Create new records for others to refer to: the earlier ones are deleted, or will be."""
        for one in self._clients():
            one.targets.clear()

    @property
    def differences(self) -> list[Difference]:
        """The differences since the property began, with any resource."""
        return [difference for one in self._clients() for difference in one.expect.differences]

    @property
    def met(self) -> set[str]:
        """The nodes of the differences that the property has met, or was judged by, with any resource."""
        return {pointer for one in self._clients() for pointer in (*one.expect.met, *one.spec.used)}

    @property
    def failures(self) -> list[RawFailure]:
        """The first and the last failure since the property began, with any resource."""
        return [failure for one in self._clients() for failure in one.expect.failures]

    def _clients(self) -> list[ResourceClient]:
        """This client first, then those of the other resources."""
        return [self, *(one for one in self.others.values() if one is not self)]

    def key_to(self, field: str) -> JsonValue:
        """The key of a record that `field` of a new record may refer to; creates it if there is none yet."""
        reference = self.spec.resource.references[field]
        target = self.others[reference.to]
        if field not in self.targets:
            listed = () if target.spec.has(Role.CREATE) else target.list_by().items
            self.targets[field] = next(iter(listed), None) or target.create()
        key = self.targets[field].get(target.spec.resource.key)
        return [key] if reference.many else key

    def least(self, members: BodyMembers, key: str | None = None) -> Body:
        """The smallest body, with references to records of the run; `key` is that of the record that it replaces."""
        body = {**members.least(self.numbers), **{name: self.key_to(name) for name in members.references}}
        if key is not None and any(name in body for name in self.spec.resource.key_fields):
            for name, value in self.spec.resource.key_values(key).items():
                if name in body:
                    body[name] = int(value) if isinstance(body[name], int) and str(value).isdecimal() else value
        return body

    @property
    def invalid_requests(self) -> list[InvalidRequest]:
        """Requests that break one rule each, or several rules of one value, in every operation of the document."""
        return self._access.invalid_requests()

    def cases(self, everything: Sequence[Case], most: int) -> list[Case]:
        """All cases, shuffled by the seed. In a quick run only the first `most` of them."""
        shuffled = self.random.sample(list(everything), len(everything))
        return shuffled[:most] if self.thoroughness.rounds == 1 else shuffled

    def new_body(self, text: str = "", /, **members: JsonValue) -> Body:
        """A body for a create: the required fields, the tag followed by `text`, and `members`."""
        body = self.least(self.spec.creating)
        if self.spec.tag_member:
            body[self.spec.tag_member] = f"{self.tag} {text or next(self._count)}"
        if self.spec.mark_member:
            body[self.spec.mark_member] = self.tag
        return {**body, **members}

    def create(self, body: Body | None = None) -> Record:
        """Create a record; if a unique value is taken, try another. Raises PropertyFailedError if refused."""
        if body is None:
            return self.create_with({})
        for tries_left in reversed(range(_TRIES)):
            unsent = self.numbers.unsent(body)
            response = self.send(Role.CREATE, body=body)
            if not unsent or not self._may_be_taken(response, tries_left):
                return self.expect.accepted(Role.CREATE, response)
            body = {**body, **{name: self.numbers.take() for name in unsent}}
        raise AssertionError("the loop returns or raises")

    def create_with(self, countries: Mapping[str, str], /, **members: JsonValue) -> Record:
        """Create a record with `members`, and with numbers of the given `countries` (by field)."""
        for tries_left in reversed(range(_TRIES)):
            numbers = {name: self.numbers.take(country) for name, country in countries.items()}
            response = self.send(Role.CREATE, body=self.new_body(**members, **numbers))
            if not self._may_be_taken(response, tries_left):
                return self.expect.accepted(Role.CREATE, response)
        raise AssertionError("the loop returns or raises")

    def _may_be_taken(self, response: ReceivedResponse, tries_left: int) -> bool:
        """Whether a valid create may be refused for a number that is taken: the status of a conflict is assumed."""
        is_conflict = response.status == self.spec.status_of(Refusal.CONFLICT)
        is_first = tries_left == _TRIES - 1 and bool(self.spec.creating.numbers)
        return bool(tries_left) and (is_conflict or (is_first and 400 <= response.status < 500))

    def try_create(
        self, send: Callable[[Body], ReceivedResponse] | None = None, /, **members: JsonValue
    ) -> ReceivedResponse:
        """The response to a create with `members`, of any status; `send` overrides how the body is sent.

        If a unique value is taken that no request has sent before, another one is tried.
        """
        for tries_left in reversed(range(_TRIES)):
            unsent = self.numbers.unsent(members)
            body = self.new_body(**members)
            response = send(body) if send else self.send(Role.CREATE, body=body)
            if response.status != self.spec.status_of(Refusal.CONFLICT) or not tries_left:
                return response
            members = {**members, **{name: self.numbers.take() for name in unsent}}
        raise AssertionError("the loop returns or raises")

    def create_together(self, bulk: BulkCreate, bodies: Sequence[Body]) -> ReceivedResponse:
        """The response to a request that creates several records at once, of any status."""
        return self.send(bulk, body=Envelope(bulk.body).wrap(list(bodies)))

    def several(self, count: int) -> list[Record]:
        """Create `count` records that rotate through the values of every enumeration; in order of creation."""
        choices = self.spec.creating.choices
        rows = [{name: values[index % len(values)] for name, values in choices.items()} for index in range(count)]
        return [self.create_with({}, **row) for row in rows]

    def update(self, record: Record, changes: Body) -> Record:
        """Update a record and return it as the response shows it. Raises PropertyFailedError if refused."""
        response = self.send(Role.UPDATE, key=self.spec.key_of(record), body=changes)
        if len(changes) == 1 and self.spec.may_be_invalid(response.status):
            name = next(iter(changes))
            sentence = f"A valid update of {name} is refused with {response.status}."
            self.expect.allowed(sentence, response, Role.UPDATE, self.spec.updating.at(name), code="UPDATE-ACCEPTED")
        return self.expect.accepted(Role.UPDATE, response)

    def read(self, record: Record) -> Record:
        """Get a record. Raises PropertyFailedError if the service does not return it."""
        return self.expect.accepted(Role.READ, self.send(Role.READ, key=self.spec.key_of(record)))

    def whole(self, record: Record, role: Role = Role.CREATE) -> Record:
        """The record that the operation for `role` returned, with every field: it is read if only some are shown."""
        is_whole = self.spec.resource.shown.get(role) is None or not self.spec.has(Role.READ)
        return record if is_whole else self.read(record)

    def delete(self, record: Record) -> ReceivedResponse:
        """Delete a record. Raises PropertyFailedError if refused."""
        response = self.send(Role.DELETE, key=self.spec.key_of(record))
        self.expect.success(Role.DELETE, response)
        return response

    def list_by(self, **parameters: Any) -> Listed:
        """List with these query parameters. Raises PropertyFailedError if refused.

        A service may refuse a page past the end. That is a difference, and the page counts as empty.
        """
        response = self.send(Role.LIST, query=parameters)
        if self.spec.may_be_invalid(response.status) and parameters:
            self._expect_each_accepted(parameters)
        if 400 <= response.status < 500 and is_later_page(self.spec, parameters):
            if self.spec.paging.refuses_past_end:
                return Listed(response.step, [])
            claim = ("is at most", expressions.status(response), expressions.literal(399))
            sentence = f"A list with {urlencode(parameters)} is refused with {response.status} instead of empty."
            self.expect.differs(sentence, claim, Role.LIST, self._at_past_end(), code="LIST-PAST-END")
        else:
            self.expect.success(Role.LIST, response)
        return self.listed(response)

    def _expect_each_accepted(self, parameters: Mapping[str, Any]) -> None:
        """Expect the list to accept each parameter alone, if it accepts none: the one that it refuses is the cause."""
        if self.send(Role.LIST).status >= 400:
            return
        paging = self.spec.listing.paging
        bounds = {paging.limit: "LIST-LIMIT-BOUNDS", paging.start: "LIST-PAGE-BOUNDS"} if paging else {}
        for name, value in parameters.items():
            if is_later_page(self.spec, {name: value}):
                continue
            response, schema = self.send(Role.LIST, query={name: value}), self.spec.parameter(name).schema
            bound = next((one for one in ("minimum", "maximum") if schema.node.get(one) == value), None)
            code = bounds.get(name) if bound else None
            pointer = join(schema.pointer, bound) if bound else self.spec.parameter(name).pointer
            sentence = f"{name}={value} is refused with {response.status}, though the schema allows it."
            self.expect.allowed(sentence, response, Role.LIST, pointer, code=code or "LIST-ACCEPTED")

    def is_refused(self, listed: Listed) -> bool:
        """Whether a list is the refusal of a page past the end, which has no counts."""
        return self.client.trace[listed.step - 1].response.status >= 400

    def _at_past_end(self) -> str:
        pointer = join(self.spec.paging.pointer, "past-end")
        return pointer if self.spec.exists(pointer) else self.spec.at_list("answer")

    def listed(self, response: ReceivedResponse) -> Listed:
        """The records in a response of the list operation. Their numbers are not used for new records."""
        found = value_at(response.json, self.spec.listing.response.items)
        items = [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
        for item, name in itertools.product(items, self.spec.creating.numbers if self.spec.has(Role.CREATE) else ()):
            self.numbers.shown(str(item.get(name)))
        return Listed(response.step, [Record(item, response.step) for item in items])

    def walk(self, query: Mapping[str, Any]) -> Iterator[Record]:
        """The records of a list, on all of its pages."""
        for page in self.pages(query):
            yield from page.items

    def tagged(self, **parameters: Any) -> Listed:
        """List the records with the tag, on the largest page allowed unless `parameters` say otherwise.

        Where the list has no search, all pages are read, and only records of the run count.
        """
        if self.spec.tag_member is None:
            return self._own_listed(parameters)
        paging, wide = self.spec.listing.paging or self.spec.listing.cursor, {}
        if paging:
            most = self.spec.parameter(paging.limit).schema.node.get("maximum")
            wide = {paging.limit: most} if most else {}
        return self.list_by(**{self.spec.search.parameter: self.tag, **wide, **parameters})

    def _own_listed(self, parameters: Mapping[str, Any]) -> Listed:
        """All pages of a list. Raises NotJudgedError if there are too many."""
        pages = self.pages(parameters)
        made = self._made()
        own = {self.spec.key_of(record) for record in made}
        items = [one for page in pages for one in page.items if str(self.spec.resource.key_of(one)) in own]
        later = tuple(page.step for page in pages[1:])
        return Listed(pages[0].step, items, later, self.spec.seen_keys(made))

    def _made(self) -> list[Record]:
        """The records that creates have returned since the property began, sent in any way."""
        create, names = self.call(Role.CREATE), self.spec.resource.key_fields
        bulk = {self.spec.operation(one).path: one for one in self.spec.resource.bulk.values()}
        found: list[Record] = []
        for call, response in ((one.call, one.response) for one in self.client.trace):
            if call.method != create.method or not 200 <= response.status < 300:
                continue
            if call.path in bulk:
                found += self.created_by(bulk[call.path], response)
            elif call.path == create.path and all(name in response.record for name in names):
                found.append(Record(response.record, response.step, response.at))
        return found

    def created_by(self, bulk: BulkCreate, response: ReceivedResponse) -> list[Record]:
        """The records in the response to a bulk create."""
        pointer = bulk.response.items
        items = value_at(response.json, pointer)
        found = enumerate(items if isinstance(items, list) else ())
        return [Record(one, response.step, join(pointer, index)) for index, one in found if isinstance(one, dict)]

    def pages(self, parameters: Mapping[str, Any], limit: int | None = None) -> list[Listed]:
        """All pages of a list, of `limit` records or as large as allowed. Raises NotJudgedError if there are too many.

        The last one is empty, repeats the one before, or has fewer records than the first.
        """
        return all_pages(self.spec, self.list_by, lambda: self.client.trace, parameters, limit)

    def page(self, number: int, limit: int) -> dict[str, int]:
        """The query parameters for a page, counted from 0."""
        return page_query(self.spec, number, limit)

    def size(self, wanted: int) -> int:
        """The page size `wanted`, or the least one that the document allows if that is larger."""
        return allowed_size(self.spec, wanted)

    def send(
        self, role: RoleOrAction, key: str | None = None, query: Any = "", body: JsonValue = None, **how: Any
    ) -> ReceivedResponse:
        """Send the operation for `role`, or an action, and compare the response with what the document declares.

        `how` are further arguments of Call: `data`, `content_type`, `authorization`, `headers`.
        """
        response = self.client.send(self.call(role, key, query, body, **how))
        self.expect.conforms(self.spec.operation(role), response)
        return response

    def call(
        self, role: RoleOrAction, key: str | None = None, query: Any = "", body: JsonValue = None, **how: Any
    ) -> Call:
        """The request of the operation for `role`."""
        operation = self.spec.operation(role)
        path = operation.path.replace(self.spec.resource.key_template, self.spec.resource.key_slot)
        if operation.body:
            how = {"content_type": next(iter(operation.body.content)), **how}
        how = {"headers": needed_headers(self.spec.resource, operation), **how}
        resource = self.spec.resource
        envelope, at = self.spec.envelopes[operation.id]
        how = {"envelope": envelope, "at": at, **how}
        if isinstance(role, Role) and role in resource.keyed_by_body and key is not None and isinstance(body, dict):
            body = {**body, **key_values(self.spec, key, self.ledger.invented)}
        if role is Role.LIST and self.spec.requires_paging and (needed := needed_query(self.spec, query)):
            query = f"{query}&{urlencode(needed)}" if query and isinstance(query, str) else {**needed, **(query or {})}
        return Call(operation.method, path, key, query, body, **how)

    def content(self, role: Role, body: JsonValue) -> bytes:
        """The bytes that send the fields `body` of a record in the operation for `role`."""
        return self.call(role, body=body).content or b""

    def together(self, calls: Sequence[tuple[Role, Call]]) -> list[ReceivedResponse]:
        """Send several operations at the same time, and compare each response with what the document declares."""
        responses = self.client.together([call for _, call in calls])
        for (role, _), response in zip(calls, responses, strict=True):
            self.expect.conforms(self.spec.operation(role), response)
        return responses

    def unknown_key(self) -> str:
        """A random key that no record has."""
        return self._invented(self._unused_keys.unknown())

    def new_key(self) -> str:
        """A key for a new record, for a path. Raises NotJudgedError if the document allows no known kind of key."""
        return self._invented(self._unused_keys.new())

    @property
    def _unused_keys(self) -> UnusedKeys:
        return UnusedKeys(self.spec, self.random, self.tag)

    def _invented(self, key: str) -> str:
        self.ledger.invented.add(key)
        return key

    def delete_created(self) -> list[Exchange]:
        """Delete the records that the property has created and not deleted yet, of this and of linked resources.

        A record is deleted before those that it refers to. Returns the deletes of this resource at which the service
        failed.
        """
        self.forget_targets()
        failed: list[Exchange] = []
        linked = [one for one in self._clients()[1:] if one.spec.has(Role.CREATE, Role.DELETE)]
        for resource in referring_first([self.spec.resource, *(one.spec.resource for one in linked)]):
            is_own = resource is self.spec.resource
            if is_own or self.ledger.created_by(resource.name, UNDER_WAY.get()):
                found = self._access.cleaner.after_property(resource)
                failed += found if is_own else []
        return failed

    def judge_removal(self, removal: Exchange) -> None:
        """Compare the response to a delete that the property did not send with what the document declares."""
        response = replace(removal.response, step=len(self.client.trace) + 1)
        self.client.trace.append(Exchange(removal.call, response))
        self.expect.conforms(self.spec.operation(Role.DELETE), response)

    def judge_pages(self) -> None:
        """Raise PropertyFailedError if a list that the property has read shows a record twice on one page."""
        if not (self.spec.has(Role.LIST) and self.spec.shows_key(Role.LIST)):
            return
        wanted = self.call(Role.LIST)
        for call, response in ((one.call, one.response) for one in self.client.trace):
            if (call.method, call.path) != (wanted.method, wanted.path) or not 200 <= response.status < 300:
                continue
            items = value_at(response.json, self.spec.listing.response.items)
            records = [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []
            keys = [self.spec.resource.key_of(one) for one in records]
            if None not in keys and len(set(keys)) < len(keys):
                self._expect_once(Listed(response.step, []), dict(parse_qsl(call.query_text)))

    def _expect_once(self, listed: Listed, query: Mapping[str, str]) -> None:
        shown, search = self.spec.listed_keys(listed), self.spec.listing.search
        claim = ("is", shown, expressions.distinct(shown))
        if search is not None and query.get(search.parameter):
            self.expect.that(
                "A search shows a record twice.", claim, Role.LIST, self.spec.search.pointer, code="SEARCH-ONCE"
            )
        self.expect.that(
            "A page shows a record twice.", claim, Role.LIST, self.spec.at_list("paging"), code="LIST-PAGES"
        )
