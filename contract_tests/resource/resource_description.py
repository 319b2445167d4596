"""One resource in the document: its operations, and the nodes that describe them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.resource.body_readings import text_storing
from contract_tests.resource.body_values import BodyMembers
from contract_tests.resource.response_conformance import Shape, shape_of
from contract_tests.target.ownership import NotJudgedError
from openapi import (
    BulkCreate,
    Contract,
    Listing,
    Operation,
    Paging,
    Parameter,
    RecordAction,
    Refusal,
    Resource,
    Role,
    Search,
    ServerMade,
)
from openapi.json_value import JsonValue
from openapi.path_templates import regex
from openapi.pointers import exists, join

Body = dict[str, JsonValue]
RoleOrAction: TypeAlias = Role | RecordAction | BulkCreate
_ANSWERS = "/x-http/answers"
_KEYS = {
    "uuid": re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "integer": re.compile("-?[0-9]+", re.ASCII),
}


class Record(dict[str, JsonValue]):
    """A record as response number `step` showed it, at the JSON Pointer `at`."""

    def __init__(self, members: Mapping[str, JsonValue], step: int, at: str = "") -> None:
        super().__init__(members)
        self.step = step
        self.at = at


@dataclass(frozen=True, slots=True)
class Listed:
    """Response number `step`, of the list operation. `items` is empty if the response has no such list.

    Where the list can't be restricted to records of the run, it has several pages, and `own` are the keys to look for.
    The responses with the other pages are number `later`.
    """

    step: int
    items: list[Record]
    later: tuple[int, ...] = ()
    own: Expression | None = None
    at: str = ""


def is_allowed(parameters: Sequence[Parameter], text: str) -> bool:
    """Whether all of the parameters, and there is one, allow `text`."""
    return bool(parameters) and all(one.accepts(text) for one in parameters)


class _Words(Mapping[str, str]):
    """The values of `x-http`; each look-up is noted as a use of the node."""

    def __init__(self, words: Mapping[str, str], use: Callable[[str], None]) -> None:
        self._words = words
        self.use = use

    def __getitem__(self, name: str) -> str:
        self.use(f"/x-http/{name}")
        return self._words[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)


class ResourceDescription:
    """The document's description of one resource, and the expressions for its records in claims.

    The properties `listing`, `search`, `paging`, `creating` and `updating` are for properties that need those parts.
    """

    def __init__(self, contract: Contract, resource: Resource, adopted: Iterable[str] = ()) -> None:
        self.contract = contract
        self.adopted = frozenset(adopted)
        """The nodes that calibration has changed."""
        self.used: set[str] = set()
        """Those of them that the current property has been judged by."""
        self.words: Mapping[str, str] = _Words(contract.conventions, self.use)
        """The values of `x-http`, by section and key."""
        self.resource = resource
        self._document = contract.document()
        self._bodies: dict[Role, BodyMembers] = {}
        self.create_members = self.body_of(Role.CREATE) if self.has(Role.CREATE) else None
        self.update_members = self.body_of(Role.UPDATE) if self.has(Role.UPDATE) else None
        bodies = [one for one in (self.create_members, self.update_members) if one]
        self._texts = frozenset(name for members in bodies for name in members.texts)
        self._store_text = text_storing(contract.conventions)
        tags = self.searched_texts
        finds_whole = self.resource.listing is not None and self.search_is_whole
        # A search for whole texts finds records by a field that is just the tag.
        self.tag_member = tags[0] if len(tags) > finds_whole else None
        self.mark_member = tags[1] if finds_whole and len(tags) > 1 else None
        self.at_once = _ANSWERS if contract.assumption_at(_ANSWERS) else ""
        """The node that says that a write is visible at once; "" if the document does not say it."""
        own = (*resource.operations.values(), *resource.actions, *resource.bulk, *resource.lists)
        self.envelopes = {name: (resource.request(name), resource.response(name).record) for name in own}
        """By operationId, the envelope of the record in a request, and the pointer of the record in a response."""
        self._at_key = join("", resource.key)
        self.record_shape = shape_of(self._document, self._always_shown())
        self.list_shape = self._shape_of_list()

    def _always_shown(self) -> dict[str, Any]:
        """The schema of a record with the fields that every response shows."""
        node = self.resource.record.node
        shown = [set(names) for names in self.resource.shown.values() if names is not None]
        properties = {name: one for name, one in node["properties"].items() if all(name in names for names in shown)}
        return {**node, "properties": properties}

    def _shape_of_list(self) -> Shape:
        media = self.operation(Role.LIST).success.content.values() if self.has(Role.LIST) else ()
        return next((shape_of(self._document, one.schema.node) for one in media if one.schema), {})

    def twin(self) -> ResourceDescription:
        """The same description, which notes for itself what is `used` of it."""
        twin = copy(self)
        twin.used = set()
        twin.words = _Words(self.contract.conventions, twin.use)
        return twin

    @property
    def http_words(self) -> Mapping[str, Any] | None:
        """`x-http` of the document; None if it has none."""
        words: Mapping[str, Any] | None = self._document.get("x-http")
        return words

    def with_list(self, name: str) -> ResourceDescription:
        """The description with another of the resource's `lists` as its list operation."""
        found = ResourceDescription(self.contract, self.resource.at_list(name), self.adopted)
        found.used = self.used
        return found

    def has(self, *roles: Role) -> bool:
        """Whether the resource has operations for all of `roles`."""
        return all(role in self.resource.operations for role in roles)

    def has_key_in_path(self, role: Role) -> bool:
        """Whether the resource has an operation for `role` that has the key in its path."""
        return self.has(role) and role not in self.resource.keyed_by_body

    def shows_key(self, role: Role) -> bool:
        """Whether the response of the operation for `role` shows records with their keys."""
        shown = self.resource.shown
        names = shown.get(role)
        return role in shown and (names is None or all(name in names for name in self.resource.key_fields))

    def operation(self, role: RoleOrAction) -> Operation:
        """The operation for `role`, or that of an action or a bulk create."""
        name = self.resource.operations[role] if isinstance(role, Role) else role.operation
        return self.contract.operations[name]

    def use(self, pointer: str) -> None:
        """Note that the current property is judged by a node."""
        self.used |= {one for one in self.adopted if one == pointer or one.startswith(f"{pointer}/")}

    @property
    def listing(self) -> Listing:
        """How the list operation works."""
        return cast("Listing", self.resource.listing)

    @property
    def search(self) -> Search:
        """The search of the list."""
        search = cast("Search", self.listing.search)
        self.use(search.pointer)
        return search

    @property
    def paging(self) -> Paging:
        """The paging of the list."""
        paging = cast("Paging", self.listing.paging)
        self.use(paging.pointer)
        return paging

    @property
    def requires_paging(self) -> bool:
        """Whether the list requires a query parameter of its pages."""
        paging = self.listing.paging
        names = (paging.start, paging.limit) if paging else ()
        return any(one.required and one.name in names for one in self.operation(Role.LIST).parameters)

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

    def moves_if_changed(self, name: str) -> bool:
        """Whether a time of change moves only when another value changes."""
        rule = self.resource.fields.get(name)
        return isinstance(rule, ServerMade) and rule.moves == "if-changed"

    def at_moves(self, name: str) -> str:
        """Where the document says when a time of change moves."""
        pointer = join(self.at_rule(name), "moves")
        return pointer if self.exists(pointer) else self.at_rule(name)

    @property
    def has_lasting_keys(self) -> bool:
        """Whether a key is never given to a second record: a uuid is not, a counter may be."""
        return self.resource.key in self.made_by_server("uuid")

    def is_malformed(self, key: str) -> bool:
        """Whether the service never generates such a key."""
        texts = map(str, self.resource.key_values(key).values())
        parts = zip(self.resource.key_fields, self.resource.key_parameters, texts, strict=False)
        return any(self._is_malformed(field, parameter, text) for field, parameter, text in parts)

    def _is_malformed(self, field: str, parameter: str, text: str) -> bool:
        rule = self.resource.fields.get(field)
        form = _KEYS.get(rule.kind) if isinstance(rule, ServerMade) else None
        if form is not None:
            return not form.fullmatch(text)
        return any(not one.accepts(text) for one in self.key_parameters(parameter))

    def key_parameters(self, name: str) -> list[Parameter]:
        """The path parameter `name` of the operations on one record."""
        roles = [role for role in (Role.READ, Role.DELETE, Role.REPLACE, Role.UPDATE) if self.has_key_in_path(role)]
        found = (one for role in roles for one in self.operation(role).parameters)
        return [one for one in found if (one.name, one.location) == (name, "path")]

    def key_at(self, path: str) -> str:
        """The key at the end of a path, or that segment of it."""
        match = re.search(f"{regex(self.resource.item)}$", path)
        return self.resource.key_in_segments(match.groups() if match else [path.rpartition("/")[2]])

    def may_refuse_malformed(self, role: Role, status: int) -> bool:
        """Whether a status may refuse a malformed key, if the document names none for that.

        It is that of an unknown record or of an invalid request, or another one that the operation declares.
        """
        if not 400 <= status < 500 or self.exists(self.at_status(Refusal.MALFORMED_KEY)):
            return False
        known = (self.status_of(Refusal.UNKNOWN_RECORD), self.status_of(Refusal.INVALID))
        return status in known or self.operation(role).response_for(status) is not None

    def status_of(self, refusal: Refusal, role: RoleOrAction | None = None) -> int:
        """The documented status of a refusal, by the operation for `role` if there is one."""
        if role is not None:
            return self.contract.refusals.status_of(refusal, self.operation(role))
        return self.contract.refusals.statuses[refusal]

    def may_be_invalid(self, status: int) -> bool:
        """Whether a status may mean an invalid request: the documented one, or a 4xx that means nothing else."""
        others = set(self.contract.refusals.statuses.values())
        return status == self.status_of(Refusal.INVALID) or (400 <= status < 500 and status not in others)

    def stored(self, name: str, value: JsonValue) -> JsonValue:
        """A value of a body as the service stores it, according to the document."""
        if not isinstance(value, str) or name not in self._texts:
            return value
        self.use("/x-http/bodies/texts")
        return self._store_text(value)

    def at_word(self, name: str) -> str:
        """The node of a convention, such as query/plus; "" if the document does not have it."""
        pointer = join("/x-http", *name.split("/"))
        return pointer if self.exists(pointer) else ""

    def exists(self, pointer: str) -> bool:
        """Whether the document has a node at `pointer`."""
        return exists(self._document, pointer)

    @property
    def lists_own(self) -> bool:
        """Whether lists can be compared with the records of the run: all of them have the tag, or show their keys."""
        if not self.has(Role.LIST):
            return False
        return self.tag_member is not None or (self.shows_key(Role.LIST) and self.shows_key(Role.CREATE))

    @property
    def own_total(self) -> str | None:
        """The pointer of a list's total, if that can be compared with the records of the run."""
        return self.listing.response.total if self.tag_member else None

    def at_refusal(self, role: RoleOrAction, refusal: Refusal) -> str:
        """Where the document declares this refusal of the operation.

        A 400 or 422 that replaces an undeclared 413 or 415 says nothing about the size or the type of a body.
        """
        status = self.status_of(refusal, role)
        stands_in = refusal is not Refusal.INVALID and status != self.contract.refusals.statuses[refusal]
        response = None if stands_in else self.operation(role).response_for(status)
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
        return f"{self.listing.pointer}/{part}"

    def at_deleted_values(self) -> str:
        """Where the document says whether a unique value of a deleted record can be used again."""
        pointer = join(self.resource.pointer, "deleted-values")
        return pointer if self.exists(pointer) or not self.resource.unique else self.resource.unique[0].pointer

    def at_least_pages(self) -> str:
        """Where the document says how many pages there are when nothing matches."""
        pointer = join(self.paging.pointer, "least-pages")
        return pointer if self.exists(pointer) else self.at_list("answer")

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
        """The rule of `x-resources` for a field of new records; the schema if it has no rule."""
        rule = self.resource.fields.get(name)
        return rule.pointer if rule else self.at_field(name)

    def at_key(self) -> str:
        """Where the document describes the key of new records."""
        joint = self.resource.has_joint_key
        return join(self.resource.pointer, "key") if joint else self.at_rule(self.resource.key)

    @property
    def search_is_whole(self) -> bool:
        """Whether a search finds only whole texts."""
        search = self.resource.listing.search if self.resource.listing else None
        return search is not None and search.match == "whole"

    @property
    def searched_texts(self) -> list[str]:
        """The searched fields that a create accepts as free text, with room for a tag."""
        search = self.resource.listing.search if self.resource.listing else None
        texts = self.create_members.texts if self.create_members else {}
        fields = search.fields if search else ()
        return [name for name in fields if name in texts and texts[name][1] >= 40]

    def key_of(self, record: Mapping[str, JsonValue]) -> str:
        """The key of a record, for a path. Raises NotJudgedError if the record shows none."""
        key = self.resource.key_of(record)
        if key is None or key == "":
            raise NotJudgedError(f"a record of the service has no {' and '.join(self.resource.key_fields)}")
        return str(key)

    def seen_key(self, record: Record) -> Expression:
        """The key of a record, as its response showed it."""
        if self.resource.has_joint_key:
            return expressions.member(expressions.json(record), self.resource.key)
        return expressions.json(record, self._at_key)

    def seen_keys(self, records: Sequence[Record]) -> Expression:
        """The keys of records that create, read or update returned, in this order."""
        return expressions.all_of([self.seen_key(record) for record in records])

    def seen_items(self, listed: Listed) -> Expression:
        """The records of a list."""
        pointer = self.listing.response.items
        if listed.own is None:
            return expressions.json(listed, pointer)
        pages = [expressions.json(Listed(step, []), pointer) for step in (listed.step, *listed.later)]
        return expressions.among(expressions.joined(pages), self.resource.key, listed.own)

    def next_cursor(self, listed: Listed) -> Expression:
        """The cursor of the next page: in the response's body, or in its link to that page."""
        response, paging = self.listing.response, self.listing.cursor
        if response.next is not None or paging is None:
            return expressions.json(listed, response.next or "")
        return expressions.parameter(self.link(listed, "next"), paging.parameter)

    def link(self, listed: Listed, relation: str) -> Expression:
        """The URL of another page, such as `next`, in the links of a list; None if there is none."""
        name = next((name for name, word in self.listing.response.headers.items() if word == "links"), "Link")
        return expressions.link(expressions.header(listed, name), relation)

    def listed_keys(self, listed: Listed) -> Expression:
        """The keys of a list, in its order."""
        return expressions.keys(self.seen_items(listed), self.resource.key)

    def listed_record(self, listed: Listed, record: Record) -> Expression:
        """The `record` as a list shows it."""
        return expressions.picked(self.seen_items(listed), self.resource.key, self.seen_key(record))
