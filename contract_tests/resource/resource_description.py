"""One resource as the document describes it: what its operations are, and where it says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.resource.body_values import BodyMembers
from contract_tests.target.ownership import NotJudgedError
from openapi import Action, Contract, Listing, Operation, Paging, Parameter, Refusal, Resource, Role, Search, ServerMade
from openapi.contract import JsonValue
from openapi.pointers import join

Body = dict[str, JsonValue]
RoleOrAction: TypeAlias = Role | Action
_ANSWERS = "/x-http/answers"


class Record(dict[str, JsonValue]):
    """A record as response number `step` showed it."""

    def __init__(self, members: Mapping[str, JsonValue], step: int) -> None:
        super().__init__(members)
        self.step = step


@dataclass(frozen=True, slots=True)
class Listed:
    """Response number `step`, of the list operation. `items` is empty where the response has no such list."""

    step: int
    items: list[Record]


class ResourceDescription:
    """What the document says about one resource, and the expressions for its records in claims.

    The properties `listing`, `search`, `paging`, `creating` and `updating` are for properties that need those parts.
    """

    def __init__(self, contract: Contract, resource: Resource) -> None:
        self.contract = contract
        self.resource = resource
        self._bodies: dict[Role, BodyMembers] = {}
        self.create_members = self.body_of(Role.CREATE) if self.has(Role.CREATE) else None
        self.update_members = self.body_of(Role.UPDATE) if self.has(Role.UPDATE) else None
        self.tag_member = self._tag_member()
        self.at_once = _ANSWERS if contract.assumption_at(_ANSWERS) else ""
        """Where the document says that a write is visible at once; "" where it does not."""

    def has(self, *roles: Role) -> bool:
        """Whether the resource has operations for all of `roles`."""
        return all(role in self.resource.operations for role in roles)

    def shows_key(self, role: Role) -> bool:
        """Whether the response of the operation for `role` shows records with their keys."""
        shown = self.resource.shown
        return role in shown and (shown[role] is None or self.resource.key in (shown[role] or ()))

    def always_shown(self) -> dict[str, Any]:
        """The schema of a record with the fields that every response shows."""
        node = self.resource.record.node
        shown = [set(names) for names in self.resource.shown.values() if names is not None]
        properties = {name: one for name, one in node["properties"].items() if all(name in names for names in shown)}
        return {**node, "properties": properties}

    def operation(self, role: RoleOrAction) -> Operation:
        """The operation for `role`, or that of an action."""
        name = role.operation if isinstance(role, Action) else self.resource.operations[role]
        return self.contract.operations[name]

    @property
    def listing(self) -> Listing:
        """How the list operation works."""
        return cast("Listing", self.resource.listing)

    @property
    def search(self) -> Search:
        """The search of the list."""
        return cast("Search", self.listing.search)

    @property
    def paging(self) -> Paging:
        """The paging of the list."""
        return cast("Paging", self.listing.paging)

    def body_of(self, role: Role) -> BodyMembers:
        """The fields of the body that the operation for `role` takes."""
        if role not in self._bodies:
            self._bodies[role] = BodyMembers(self.contract, self.operation(role))
        return self._bodies[role]

    @property
    def creating(self) -> BodyMembers:
        """The fields of the create body."""
        return cast("BodyMembers", self.create_members)

    @property
    def updating(self) -> BodyMembers:
        """The fields of the update body."""
        return cast("BodyMembers", self.update_members)

    def parameter(self, name: str) -> Parameter:
        """A query parameter of the list operation."""
        return next(one for one in self.operation(Role.LIST).parameters if one.name == name)

    def made_by_server(self, *kinds: str) -> list[str]:
        """The fields that the server makes in one of these ways (`uuid`, `time-of-change`, …)."""
        return [
            rule.field for rule in self.resource.fields.values() if isinstance(rule, ServerMade) and rule.kind in kinds
        ]

    @property
    def has_lasting_keys(self) -> bool:
        """Whether a key is never given to a second record: a uuid is not, a counter may be."""
        return self.resource.key in self.made_by_server("uuid")

    def status_of(self, refusal: Refusal) -> int:
        """The documented status of a refusal."""
        return self.contract.refusals.statuses[refusal]

    def may_be_invalid(self, status: int) -> bool:
        """Whether a status may mean an invalid request: the documented one, or a 4xx that means nothing else."""
        others = set(self.contract.refusals.statuses.values())
        return status == self.status_of(Refusal.INVALID) or (400 <= status < 500 and status not in others)

    def at_refusal(self, role: RoleOrAction, refusal: Refusal) -> str:
        """Where the document declares this refusal of the operation."""
        response = self.operation(role).response_for(self.status_of(refusal))
        return response.pointer if response else self.contract.refusals.pointer

    def at_status(self, refusal: Refusal) -> str:
        """Where the document gives the status of a refusal."""
        return join(self.contract.refusals.pointer, "statuses", refusal.value)

    def at_role(self, role: Role) -> str:
        """Where `x-resources` describes what the operation does."""
        return self.resource.role_pointers[role]

    def at_operation(self, role: Role) -> str:
        """Where the document has the operation."""
        return self.operation(role).pointer

    def at_list(self, part: str) -> str:
        """Where `x-resources` describes a part of the list, such as `answer` or `paging`."""
        return join(self.listing.pointer, part)

    def at_count(self, pointer: str) -> str:
        """Where the schema of the list describes the count at `pointer` in a response, such as /total."""
        media = next(iter(self.operation(Role.LIST).success.content.values()), None)
        if media is None or media.schema is None:
            return self.at_list("answer")
        return media.schema.pointer + pointer.replace("/", "/properties/")

    def at_field(self, name: str) -> str:
        """Where the schema of the record describes a field."""
        return join(self.resource.record.pointer, "properties", name)

    def at_rule(self, name: str) -> str:
        """Where `x-resources` describes a field of new records; the schema where it has no rule."""
        rule = self.resource.fields.get(name)
        return rule.pointer if rule else self.at_field(name)

    def _tag_member(self) -> str | None:
        search = self.resource.listing.search if self.resource.listing else None
        texts = self.create_members.texts if self.create_members else {}
        fields = search.fields if search else ()
        return next((name for name in fields if name in texts and texts[name][1] >= 40), None)

    def key_of(self, record: Mapping[str, JsonValue]) -> str:
        """The key of a record, for a path. Raises NotJudgedError if the record shows none."""
        key = record.get(self.resource.key)
        if key is None or key == "":
            raise NotJudgedError(f"a record of the service has no {self.resource.key}")
        return str(key)

    def seen_key(self, record: Record) -> Expression:
        """The key of a record, as its response showed it."""
        return expressions.json(record, join("", self.resource.key))

    def seen_keys(self, records: Sequence[Record]) -> Expression:
        """The keys of records that create, read or update returned, in this order."""
        return expressions.all_of([self.seen_key(record) for record in records])

    def seen_items(self, listed: Listed) -> Expression:
        """The records of a list."""
        return expressions.json(listed, self.listing.answer.items)

    def listed_keys(self, listed: Listed) -> Expression:
        """The keys of a list, in its order."""
        return expressions.keys(self.seen_items(listed), self.resource.key)

    def listed_record(self, listed: Listed, record: Record) -> Expression:
        """The `record` as a list shows it."""
        return expressions.picked(self.seen_items(listed), self.resource.key, self.seen_key(record))
