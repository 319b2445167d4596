"""Properties of fields that are computed from the records that refer to a record, or belong to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.properties.helpers.conditions import fulfilling, sparing, takes
from contract_tests.properties.helpers.sample_bodies import valid_change
from contract_tests.properties.lists.filters import written
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Record
from contract_tests.target.client import ReceivedResponse
from openapi import Reference, Referrers, Role
from openapi.pointers import join


@contract_property(
    "REFERENCE-SHOWN",
    "A get shows the records that refer to the record",
    rests_on="x-resources referrers",
    needs=(Role.CREATE, Role.READ, Role.DELETE, "referrers"),
    cost=12,
    alone=True,
    documented="that a get shows them, if the vendor says so",
    assumed="the field, and what it shows of the other records",
)
def referrers_are_shown(api: ResourceClient) -> None:
    """A get shows the records that refer to the record and fulfil the condition, as long as they exist.

    Catches services that count finished campaigns as assignments of a phone, or still show a deleted one.
    """
    for holders in _holders(api):
        holders.create(holders.fields)
        spare = sparing(holders.api, holders.referrers.where)
        if spare is not None:
            holders.others.append(holders.api.create(holders.body(spare)))
        _expect_read(api, holders)
        holders.delete()
        _expect_read(api, holders)


@contract_property(
    "REFERENCE-EVERYWHERE",
    "Every response shows the records that refer to the record",
    rests_on="x-resources referrers",
    needs=(Role.CREATE, Role.DELETE, "described referrers"),
    cost=40,
    alone=True,
    assumed="that lists and writes show them like a get",
)
def referrers_are_shown_everywhere(api: ResourceClient) -> None:
    """Lists and the responses of writes show the records that refer to the record, like a get.

    They are compared before another record refers to it, while two do, and after one of these is deleted. Catches
    services that count the books of a shelf in a get and not in the list, or that set the count to 0 when the shelf is
    renamed.
    """
    for holders in _holders(api):
        if not holders.referrers.is_described:
            continue
        created = expressions.json(api.create(), join("", holders.referrers.field))
        holders.expect("A create", Role.CREATE, created, expressions.literal(0), [])
        for _ in range(2):
            holders.create(holders.fields)
        _expect_everywhere(api, holders)
        holders.delete()
        _expect_everywhere(api, holders)


@dataclass
class _Holders:
    """Records of `api` that refer to `record` by `reference`, or belong to it.

    `fields` are those of a new one that counts; `earlier` is how many there are before. `made` are those of the run
    that count now, `others` those that do not.
    """

    target: ResourceClient
    api: ResourceClient
    referrers: Referrers
    reference: Reference
    fields: Body
    record: Record
    earlier: Expression
    made: list[Record] = field(default_factory=list)
    others: list[Record] = field(default_factory=list)
    deletes: list[ReceivedResponse] = field(default_factory=list)

    def body(self, fields: Body) -> Body:
        """A body for a new record."""
        parent = self.api.spec.resource.parent
        if parent is not None and parent.reference == self.reference:
            return self.api.new_body(**fields)
        key = self.record.get(self.target.spec.resource.key)
        return self.api.new_body(**{**fields, self.reference.field: [key] if self.reference.many else key})

    def create(self, fields: Body) -> None:
        """Create a record that counts."""
        self.made.append(self.api.create(self.body(fields)))

    def delete(self) -> None:
        """Delete the last one that counts."""
        self.others.append(self.made.pop())
        self.deletes.append(self.api.delete(self.others[-1]))

    def expect_now(self, what: str, role: Role, shown: Expression) -> None:
        """Raise PropertyFailedError unless `shown` is what the field has for the records that count."""
        self.expect(what, role, shown, self.earlier, self.made)

    def expect(self, what: str, role: Role, shown: Expression, earlier: Expression, made: Sequence[Record]) -> None:
        """Raise PropertyFailedError unless `shown` has the records `made`, besides the number of `earlier` ones."""
        show, spec = self.referrers.show, self.api.spec
        if show == "count":
            wanted = expressions.plus(earlier, len(made))
        else:
            by_key = isinstance(show, str) or set(spec.resource.key_fields) <= set(show)
            name = spec.resource.key if by_key else show[0]
            keys = shown if isinstance(show, str) else expressions.keys(shown, name)
            every = [expressions.member(expressions.json(one), name) for one in (*self.made, *self.others)]
            shown = expressions.in_any_order(expressions.kept(keys, expressions.all_of(every)))
            now = [expressions.member(expressions.json(one), name) for one in made]
            wanted = expressions.in_any_order(expressions.all_of(now))
        # A correct service shows another value without any of these.
        shown = expressions.depends_on(shown, *self.made, *self.others, *self.deletes)
        sentence = f"{what} of a {self.target.spec.resource.name} shows other {self.referrers.field} than refer to it."
        self.target.expect.that(sentence, ("is", shown, wanted), role, self.referrers.pointer)


def _holders(api: ResourceClient) -> Iterator[_Holders]:
    """The computed fields that records of the run can change, each with a record that has it."""
    for referrers in api.spec.resource.referrers.values():
        other = api.others.get(referrers.resource)
        if other is None or not other.thoroughness.writes or not other.spec.has(Role.CREATE, Role.DELETE):
            continue
        fields, parent = fulfilling(other, referrers.where), other.spec.resource.parent
        references = [one for one in other.spec.resource.links if one.field in referrers.through]
        for reference in references if fields is not None else ():
            if parent is not None and reference == parent.reference:
                if not (other.prefix and api.spec.has(Role.READ)):
                    continue
                # The nested collection is checked only below this record.
                key = unquote(other.prefix.rpartition("/")[2])
                record = api.expect.accepted(Role.READ, api.send(Role.READ, key=key))
                earlier = expressions.json(record, join("", referrers.field))
            elif takes(other, Role.CREATE, reference.field):
                record, earlier = api.create(), expressions.literal(0)
            else:
                continue
            yield _Holders(api, other, referrers, reference, fields or {}, record, earlier)
            break


def _expect_read(api: ResourceClient, holders: _Holders) -> None:
    response = api.send(Role.READ, key=api.spec.key_of(holders.record))
    holders.expect_now("A get", Role.READ, expressions.json(response, join("", holders.referrers.field)))


def _expect_everywhere(api: ResourceClient, holders: _Holders) -> None:
    name, key = holders.referrers.field, api.spec.key_of(holders.record)
    for role in (Role.UPDATE, Role.REPLACE):
        if api.spec.has(role) and _shows(api, role, name):
            response = api.send(role, key=key, body=valid_change(api, role, key))
            shown = expressions.json(api.expect.accepted(role, response), join("", name))
            holders.expect_now(f"The response to the {role.value}", role, shown)
    if api.spec.has(Role.READ) and _shows(api, Role.READ, name):
        _expect_read(api, holders)
    if api.spec.has(Role.LIST) and _shows(api, Role.LIST, name):
        _expect_listed(api, holders, {})
    for one, query in _other_lists(api, holders.record):
        with api.at_list(one):
            if _shows(api, Role.LIST, name):
                _expect_listed(api, holders, query)


def _expect_listed(api: ResourceClient, holders: _Holders, query: Body) -> None:
    key = api.spec.key_of(holders.record)
    pages = api.pages(query)
    page = next((one for one in pages if any(api.spec.key_of(item) == key for item in one.items)), pages[-1])
    shown = expressions.member(api.spec.listed_record(page, holders.record), holders.referrers.field)
    holders.expect_now("A list", Role.LIST, shown)


def _other_lists(api: ResourceClient, record: Record) -> Iterator[tuple[str, Body]]:
    """The other lists, each with a query by which it shows the record: the values that the record has."""
    for name, other in api.spec.resource.lists.items():
        values = {one.parameter: record.get(one.field) for one in other.listing.filters}
        query = {one: written(value) for one, value in values.items() if isinstance(value, (str, int, float))}
        required = {one.name for one in api.spec.contract.operations[name].parameters if one.required}
        pages = other.listing.paging
        if required <= {*query, *((pages.start, pages.limit) if pages else ())} and not other.listing.criteria:
            yield name, {**query}


def _shows(api: ResourceClient, role: Role, name: str) -> bool:
    """Whether the response of the operation for `role` shows the field."""
    shown = api.spec.resource.shown
    return api.spec.shows_key(role) and (shown[role] is None or name in (shown[role] or ()))


PROPERTIES: tuple[Property, ...] = (referrers_are_shown, referrers_are_shown_everywhere)
"""In the order of the catalogue."""
