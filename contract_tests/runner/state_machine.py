"""The stateful machine of one resource, and the model with which it compares the service."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Listed, Record
from contract_tests.runner.list_model import matching
from contract_tests.target.client import NoResponseError
from openapi import Refusal, Role

_INDEX = st.integers(0, 50)


@dataclass
class ExpectedState:
    """The machine's model of the service: its own records in order of creation, and those it has deleted.

    Hypothesis draws positions, never keys, so a sequence can be replayed on a service that generates other keys.
    """

    api: ResourceClient
    records: list[Record] = field(default_factory=list)
    gone: list[Record] = field(default_factory=list)

    @property
    def may_update(self) -> bool:
        """Whether there is a record, and an operation that updates it."""
        return bool(self.records) and self.api.spec.has(Role.UPDATE)

    @property
    def may_list(self) -> bool:
        """Whether lists can be restricted to records of the run."""
        return self.api.spec.lists_own

    def create(self, pick: int) -> None:
        """Create a record; `pick` chooses the values of its enumerations."""
        choices = self.api.spec.creating.choices
        self.records.append(
            self.api.create_with({}, **{n: values[pick % len(values)] for n, values in choices.items()})
        )

    def update(self, index: int, member: int, pick: int) -> None:
        """Update one field of a record; only that field and the time of the change may differ."""
        api, members = self.api, self.api.spec.updating
        before = self.records[index % len(self.records)]
        name = list(members.members)[member % len(members.members)]
        values = members.choices.get(name) or [f"{api.tag} new {pick}"]
        if name not in members.choices and name not in members.texts:
            values = [members.value(name, api.numbers)]
        change = {name: values[pick % len(values)]}
        after = api.update(before, change)
        moving = api.spec.made_by_server("time-of-change")
        api.expect.that(
            f"An update of {name} changes another field.",
            (
                "is",
                expressions.without(expressions.json(after), moving),
                expressions.without(expressions.merged(expressions.json(before), change), moving),
            ),
            Role.UPDATE,
            api.spec.at_role(Role.UPDATE),
            code="UPDATE-ONLY-NAMED",
        )
        self.records[index % len(self.records)] = after

    def delete(self, index: int) -> None:
        """Delete a record."""
        record = self.records.pop(index % len(self.records))
        self.api.delete(record)
        self.gone.append(record)

    def read(self, index: int) -> None:
        """Get a record: it equals the latest response that showed it."""
        record = self.records[index % len(self.records)]
        self.api.expect.that(
            "A get differs from the last write.",
            ("is", expressions.json(self.api.read(record)), expressions.json(record)),
            Role.READ,
            self.api.spec.at_role(Role.READ),
            code="MODEL-SEQUENCE",
        )

    def read_gone(self, index: int) -> None:
        """Get a record that was deleted: it is unknown."""
        record = self.gone[index % len(self.gone)]
        response = self.api.send(Role.READ, key=self.api.spec.key_of(record))
        self.api.expect.code = "DELETE-GONE"
        self.api.expect.refused("A get of a deleted record", response, Refusal.UNKNOWN_RECORD, Role.READ)

    def list_by(self, number: int, limit: int, pick: int, filtered: int) -> None:
        """List a page, with no, one or several filters: it equals the model."""
        api, listing = self.api, self.api.spec.listing
        chosen = self.records[pick % len(self.records)] if self.records else None
        parameters: dict[str, Any] = {}
        for index, one in enumerate(listing.filters):
            if chosen is not None and filtered >> index & 1 and chosen.get(one.field) is not None:
                parameters[one.parameter] = chosen[one.field]
        # That several filters must all match is assumed; single filters are documented.
        pointer = api.spec.at_list("filters") if len(parameters) > 1 else listing.pointer
        wanted = api.spec.seen_keys(matching(self.records, listing, parameters))
        if listing.paging and api.spec.tag_member and not self._tied():
            self._expect_page(wanted, parameters, api.page(number, api.size(limit)), pointer)
        else:
            self._expect_all(wanted, parameters, pointer)

    def _expect_page(self, wanted: Expression, parameters: dict[str, Any], page: dict[str, int], pointer: str) -> None:
        """Expect a page to equal the model; in another order than assumed, all pages together must."""
        api = self.api
        limit = page[api.spec.paging.limit]
        start = page[api.spec.paging.start]
        first = (start - 1) * limit if api.spec.paging.style == "page" else start
        listed = api.tagged(**parameters, **page)
        shown, of_page = api.spec.listed_keys(listed), expressions.sliced(wanted, first, first + limit)
        if api.expect.holds(("is", shown, of_page)):
            self._expect_total(listed, wanted, parameters)
            return
        self._expect_all(wanted, parameters, pointer)
        # All writes are visible now.
        shown = api.spec.listed_keys(api.tagged(**parameters, **page))
        sentence = f"A list with {parameters | page} has another number of records than the model."
        claim = ("is", expressions.count(shown), expressions.count(of_page))
        api.expect.that(sentence, claim, Role.LIST, pointer, code="MODEL-LIST")
        sentence = f"A list with {parameters | page} has its records in another order than the model."
        api.expect.differs(
            sentence, ("is", shown, of_page), Role.LIST, api.spec.listing.order.pointer, code="MODEL-LIST"
        )

    def _expect_all(self, wanted: Expression, parameters: dict[str, Any], pointer: str) -> None:
        """Expect a list to have the records of the model, in any order."""
        api = self.api
        listed = api.tagged(**parameters)
        shown = expressions.in_any_order(api.spec.listed_keys(listed))
        api.expect.that(
            f"A list with {parameters} has other records than the model.",
            ("is", shown, expressions.in_any_order(wanted)),
            Role.LIST,
            pointer,
            code="MODEL-LIST",
        )
        self._expect_total(listed, wanted, parameters)

    def _expect_total(self, listed: Listed, wanted: Expression, parameters: dict[str, Any]) -> None:
        total = self.api.spec.own_total
        if total is not None and not self.api.is_refused(listed):
            self.api.expect.that(
                f"The total of a list with {parameters} differs from the model.",
                ("is", expressions.json(listed, total), expressions.count(wanted)),
                Role.LIST,
                self.api.spec.at_count(total),
                code="MODEL-LIST",
            )

    def _tied(self) -> bool:
        """Whether two records have the same time of creation, so that their order is undefined."""
        if self.api.spec.listing.order.by is not None:
            return False
        names = self.api.spec.made_by_server("time-of-creation")
        times = [tuple(str(record.get(name)) for name in names) for record in self.records]
        return bool(names) and len(set(times)) < len(times)


class Machine(RuleBasedStateMachine):
    """The steps of a sequence; `machine_of` sets the resource."""

    api: ResourceClient

    def __init__(self) -> None:
        super().__init__()
        self.api.begin()
        self.known = ExpectedState(self.api)

    @initialize(picks=st.lists(_INDEX, min_size=3, max_size=5))
    def some(self, picks: list[int]) -> None:
        """Start with several records."""
        for pick in picks:
            self.known.create(pick)

    @rule(pick=_INDEX)
    def create(self, pick: int) -> None:
        """Create a record."""
        self.known.create(pick)

    @precondition(lambda self: self.known.may_update)
    @rule(index=_INDEX, member=_INDEX, pick=_INDEX)
    def update(self, index: int, member: int, pick: int) -> None:
        """Update a record."""
        self.known.update(index, member, pick)

    @precondition(lambda self: bool(self.known.records))
    @rule(index=_INDEX)
    def delete(self, index: int) -> None:
        """Delete a record."""
        self.known.delete(index)

    @precondition(lambda self: bool(self.known.records))
    @rule(index=_INDEX)
    def read(self, index: int) -> None:
        """Get a record."""
        self.known.read(index)

    @precondition(lambda self: bool(self.known.gone))
    @rule(index=_INDEX)
    def read_gone(self, index: int) -> None:
        """Get a record that was deleted."""
        self.known.read_gone(index)

    @precondition(lambda self: self.known.may_list)
    @rule(number=st.integers(0, 4), limit=st.integers(1, 4), pick=_INDEX, filtered=st.integers(0, 7))
    def list_by(self, number: int, limit: int, pick: int, filtered: int) -> None:
        """List a page."""
        self.known.list_by(number, limit, pick, filtered)

    def teardown(self) -> None:
        """Remove the records of the sequence; without a response to a delete, the end of the run tries again.

        Hypothesis would attribute an error here to the last step, and could not reproduce it.
        """
        with suppress(NoResponseError):
            self.api.delete_created()


def machine_of(api: ResourceClient) -> type[Machine]:
    """The machine of one resource, a class for Hypothesis to run."""
    return type("Sequences", (Machine,), {"api": api})
