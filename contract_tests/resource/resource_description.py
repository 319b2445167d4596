"""One resource as the document describes it: what its operations are, and where it says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.resource.body_values import BodyMembers
from openapi import Contract, Listing, Operation, Paging, Parameter, Refusal, Resource, Role, Search, ServerMade
from openapi.contract import JsonValue
from openapi.pointers import join

Body = dict[str, JsonValue]


class Record(dict[str, JsonValue]):
    """A record as the answer of number `step` showed it."""

    def __init__(self, members: Mapping[str, JsonValue], step: int) -> None:
        super().__init__(members)
        self.step = step


@dataclass(frozen=True, slots=True)
class Listed:
    """One answer of the list operation, number `step`. `items` is empty where the answer has no such list."""

    step: int
    items: list[Record]


class ResourceDescription:
    """What the document says of a resource, and how its records are spoken of in claims."""

    def __init__(self, contract: Contract, resource: Resource) -> None:
        self.contract = contract
        self.resource = resource
        self.create_members = BodyMembers(contract, self.operation(Role.CREATE)) if self.has(Role.CREATE) else None
        self.update_members = BodyMembers(contract, self.operation(Role.UPDATE)) if self.has(Role.UPDATE) else None
        self.tag_member = self._tag_member()

    def has(self, *roles: Role) -> bool:
        """Whether the resource has operations for all of `roles`."""
        return all(role in self.resource.operations for role in roles)

    def operation(self, role: Role) -> Operation:
        """The operation for `role`."""
        return self.contract.operations[self.resource.operations[role]]

    @property
    def listing(self) -> Listing:
        """The semantics of the list operation; only properties that need a list ask."""
        return cast("Listing", self.resource.listing)

    @property
    def search(self) -> Search:
        """The search of the list; only properties that need one ask."""
        return cast("Search", self.listing.search)

    @property
    def paging(self) -> Paging:
        """The paging of the list; only properties that need one ask."""
        return cast("Paging", self.listing.paging)

    @property
    def creating(self) -> BodyMembers:
        """The members of the create body; only properties that create ask."""
        return cast("BodyMembers", self.create_members)

    @property
    def updating(self) -> BodyMembers:
        """The members of the update body; only properties that update ask."""
        return cast("BodyMembers", self.update_members)

    def parameter(self, name: str) -> Parameter:
        """A query parameter of the list operation."""
        return next(one for one in self.operation(Role.LIST).parameters if one.name == name)

    def made_by_server(self, *kinds: str) -> list[str]:
        """The fields that the server makes in one of these ways (`uuid`, `time-of-change`, …)."""
        return [
            rule.field for rule in self.resource.fields.values() if isinstance(rule, ServerMade) and rule.kind in kinds
        ]

    def status_of(self, refusal: Refusal) -> int:
        """The status that the document gives to a refusal."""
        return self.contract.refusals.statuses[refusal]

    def at_refusal(self, role: Role, refusal: Refusal) -> str:
        """Where the document says that the operation for `role` refuses so."""
        response = self.operation(role).response_for(self.status_of(refusal))
        return response.pointer if response else self.contract.refusals.pointer

    def at_role(self, role: Role) -> str:
        """Where `x-resources` says which operation has the role."""
        return self.resource.role_pointers[role]

    def at_list(self, part: str) -> str:
        """Where `x-resources` says a part of the list, such as `answer` or `paging`."""
        return join(self.listing.pointer, part)

    def _tag_member(self) -> str | None:
        search = self.resource.listing.search if self.resource.listing else None
        texts = self.create_members.texts if self.create_members else {}
        fields = search.fields if search else ()
        return next((name for name in fields if name in texts and texts[name][1] >= 40), None)

    def key_of(self, record: Mapping[str, JsonValue]) -> str:
        """The key of a record, as a path takes it."""
        return str(record.get(self.resource.key))

    def seen_key(self, record: Record) -> Expression:
        """The key of a record, as its answer showed it."""
        return expressions.json(record, join("", self.resource.key))

    def seen_keys(self, records: Sequence[Record]) -> Expression:
        """The keys of records that create, read or update answered, in this order."""
        return expressions.all_of([self.seen_key(record) for record in records])

    def seen_items(self, listed: Listed) -> Expression:
        """The records of a list."""
        return expressions.json(listed, self.listing.answer.items)

    def listed_keys(self, listed: Listed) -> Expression:
        """The keys of a list, in its order."""
        return expressions.keys(self.seen_items(listed), self.resource.key)
