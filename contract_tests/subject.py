"""One resource of the service under test: what a property does to it, and how it complains."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote

from contract_tests.bodies import BodyMembers, Numbers
from contract_tests.client import Answer, Call, Client, curl_lines
from contract_tests.findings import BrokenPromiseError, Finding, why_assumed
from contract_tests.ledger import Ledger
from openapi import Contract, Listing, Operation, Refusal, Resource, Role
from openapi.contract import JsonValue
from openapi.messages import shown
from openapi.pointers import join, resolve

Body = dict[str, JsonValue]
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Listed:
    """One answer of the list operation, its parts found by the pointers of `x-resources`.

    A part that the document lacks is None.
    """

    items: list[dict[str, JsonValue]]
    total: int | None
    page: int | None
    limit: int | None
    pages: int | None


class Subject:
    """The operations of one resource, sent through the guarded client and judged by the document.

    Every record that it makes carries `tag` in a member that the search looks into, so that lists can be compared
    exactly while others' records come and go.
    """

    def __init__(self, contract: Contract, resource: Resource, client: Client, ledger: Ledger, seed: int) -> None:
        self.contract = contract
        self.resource = resource
        self.client = client
        self.random = Random(seed)
        self.ledger = ledger
        self.numbers = Numbers(seed)
        self._count = itertools.count(1)
        self.create_members = BodyMembers(contract, self.operation(Role.CREATE)) if self.has(Role.CREATE) else None
        self.update_members = BodyMembers(contract, self.operation(Role.UPDATE)) if self.has(Role.UPDATE) else None
        self.tag_member = self._tag_member()
        self.tag = ""
        self.latest: BrokenPromiseError | None = None
        """The promise that was found to be broken last, for whoever lost sight of it."""
        self.begin()

    def begin(self) -> None:
        """Start over: a new tag, a new reproduction."""
        self.tag = "t" + "".join(self.random.choices("bcdfghjklmnpqrstvwxz", k=9))
        self.client.forget()

    def has(self, *roles: Role) -> bool:
        """Whether the resource has operations for all of `roles`."""
        return all(role in self.resource.operations for role in roles)

    def operation(self, role: Role) -> Operation:
        """The operation for `role`."""
        return self.contract.operations[self.resource.operations[role]]

    @property
    def listing(self) -> Listing:
        """The semantics of the list operation."""
        if self.resource.listing is None:
            raise LookupError(f"{self.resource.pointer} has no list")
        return self.resource.listing

    def _tag_member(self) -> str | None:
        search = self.resource.listing.search if self.resource.listing else None
        texts = self.create_members.texts if self.create_members else {}
        return (
            next((name for name in search.fields if name in texts and texts[name][1] >= 40), None) if search else None
        )

    # What it sends.

    def new_body(self, text: str = "", **members: JsonValue) -> Body:
        """A body to create a record with: the required members, the tag followed by `text`, and `members`."""
        if self.create_members is None:
            raise LookupError(f"{self.resource.pointer} has no create operation")
        body = self.create_members.least(self.numbers)
        if self.tag_member:
            body[self.tag_member] = f"{self.tag} {text or next(self._count)}"
        return {**body, **members}

    def create(self, body: Body | None = None, countries: Mapping[str, str] = {}) -> dict[str, JsonValue]:
        """Create a record, sure that it was; `countries` says of which country a number must be, by member.

        A number that somebody else holds is no fault of the service's: it is replaced in `body` by another.
        """
        body = self.new_body() if body is None else body
        body |= {name: self.numbers.take(country) for name, country in countries.items()}
        conflict = self.refusal(Refusal.CONFLICT)
        for _ in range(_TRIES):
            answer = self.send(Role.CREATE, body=body)
            if answer.status != conflict:
                return self.accepted(Role.CREATE, answer)
            numbers = self.create_members.numbers if self.create_members else []
            body |= {name: self.numbers.take(countries.get(name)) for name in numbers if name in body}
        success = self.operation(Role.CREATE).success.status
        sentence = f"{_TRIES} new records in a row are refused as taken."
        raise self.broken("CREATE-ACCEPTED", sentence, success, str(conflict), Role.CREATE)

    def several(self, count: int) -> list[dict[str, JsonValue]]:
        """`count` records, over the choices of every enumeration in the create body; in order of creation."""
        choices = self.create_members.choices if self.create_members else {}
        return [
            self.create(self.new_body(**{name: values[index % len(values)] for name, values in choices.items()}))
            for index in range(count)
        ]

    def read(self, key: str) -> Answer:
        """Get one record."""
        return self.send(Role.READ, key=key)

    def list(self, **parameters: Any) -> Listed:
        """List, sure that it succeeds."""
        answer = self.accepted_answer(Role.LIST, self.send(Role.LIST, query=parameters))
        return self.parts(answer)

    def tagged(self, **parameters: Any) -> Listed:
        """List only what carries the tag."""
        search = self.listing.search
        if search is None:
            raise LookupError(f"{self.listing.pointer} has no search")
        return self.list(**{search.parameter: self.tag, **parameters})

    def all_pages(self, limit: int, **parameters: Any) -> Sequence[Listed]:
        """Every page of a list, and the one past the end."""
        paging = self.listing.paging
        if paging is None:
            return [self.list(**parameters)]
        pages: list[Listed] = []
        for number in range(200):
            start = number + 1 if paging.style == "page" else number * limit
            pages.append(self.list(**{**parameters, paging.start: start, paging.limit: limit}))
            if not pages[-1].items:
                break
        return pages

    def send(
        self, role: Role, key: str | None = None, query: Any = "", body: JsonValue = None, **options: Any
    ) -> Answer:
        """Send the operation for `role`; the answer is judged by the document, whatever it is."""
        operation = self.operation(role)
        path = operation.path.replace(f"{{{self.resource.key_parameter}}}", quote(key or "", safe=""))
        answer = self.client.send(Call(operation.method, path, query, body, **options))
        self.judge(operation, answer)
        return answer

    def nobody(self) -> str:
        """A key that names nothing: made up here."""
        key = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        self.ledger.invented.add(key)
        return key

    def tidy(self) -> None:
        """Delete what this run has created of the resource and not deleted yet."""
        for key in sorted(self.ledger.created.get(self.resource.name, ())):
            self.client.send(Call(self.operation(Role.DELETE).method, self.item_path(key)))

    def item_path(self, key: str) -> str:
        """The path of the record with `key`."""
        return self.resource.item.replace(f"{{{self.resource.key_parameter}}}", quote(key, safe=""))

    def key_of(self, record: Mapping[str, JsonValue]) -> str:
        """The key of a record, as a path takes it."""
        return str(record[self.resource.key])

    # How it judges.

    def refusal(self, refusal: Refusal) -> int:
        """The status that the document gives to a refusal."""
        return self.contract.refusals.statuses[refusal]

    def accepted_answer(self, role: Role, answer: Answer) -> JsonValue:
        """The JSON of an answer, sure that it is the operation's success."""
        success = self.operation(role).success
        if str(answer.status) != success.status:
            code = f"{role.name}-ACCEPTED"
            raise self.broken(
                code, "A valid request is refused.", success.status, str(answer.status), role, success.pointer
            )
        return answer.json

    def accepted(self, role: Role, answer: Answer) -> dict[str, JsonValue]:
        """The record that an answer of success holds."""
        record: dict[str, JsonValue] = self.accepted_answer(role, answer)
        return record

    def parts(self, answer: JsonValue) -> Listed:
        """The parts of a list's answer."""
        where = self.listing.answer
        found = [
            None if pointer is None else resolve(answer, pointer)
            for pointer in (where.total, where.page, where.limit, where.pages)
        ]
        return Listed(resolve(answer, where.items), *found)

    def judge(self, operation: Operation, answer: Answer) -> None:
        """Raise BrokenPromiseError where an answer is not one that the operation declares."""
        response = operation.response_for(answer.status)
        if response is None:
            known = ", ".join(operation.responses)
            raise self.broken_at(
                "SCHEMA-STATUS",
                "An undeclared status.",
                known,
                str(answer.status),
                operation,
                join(operation.pointer, "responses"),
            )
        for name, header in response.headers.items():
            value = answer.headers.get(name)
            if value is None and header.required:
                raise self.broken_at(
                    "SCHEMA-HEADER", f"The header {name} is missing.", name, "none", operation, header.pointer
                )
            if value is not None and not header.schema.is_valid(value):
                raise self.broken_at(
                    "SCHEMA-HEADER",
                    f"The header {name} breaks its schema.",
                    str(header.schema.node),
                    value,
                    operation,
                    header.pointer,
                )
        if not response.content:
            return
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        media = response.content.get(kind)
        if media is None:
            raise self.broken_at(
                "SCHEMA-MEDIA-TYPE",
                "An undeclared media type.",
                ", ".join(response.content),
                kind or "none",
                operation,
                response.pointer,
            )
        for violation in media.schema.violations(answer.json) if media.schema else ():
            sentence = (
                f"The answer {answer.status} of {operation.id} breaks its schema at {violation.path or 'the root'}."
            )
            raise self.broken_at(
                "SCHEMA-BODY", sentence, violation.rests_on, violation.message, operation, violation.rests_on
            )

    def broken(
        self, code: str, sentence: str, expected: str, observed: str, role: Role, pointer: str = ""
    ) -> BrokenPromiseError:
        """The error to raise where a promise is broken by the operation for `role`."""
        return self.broken_at(
            code, sentence, expected, observed, self.operation(role), pointer or self.operation(role).pointer
        )

    def broken_at(
        self, code: str, sentence: str, expected: str, observed: str, operation: Operation, pointer: str
    ) -> BrokenPromiseError:
        """The same, for any operation."""
        steps = curl_lines(self.client.trace, self.client.base_url)
        why = why_assumed(self.contract, pointer)
        self.latest = BrokenPromiseError(Finding(code, sentence, expected, observed, operation.id, pointer, why, steps))
        return self.latest

    def expect(
        self, code: str, sentence: str, expected: JsonValue, observed: JsonValue, role: Role, pointer: str
    ) -> None:
        """Raise BrokenPromiseError unless the two are equal."""
        if expected != observed:
            raise self.broken(code, sentence, shown(expected), shown(observed), role, pointer)
