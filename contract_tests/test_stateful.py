"""Random sequences of operations, compared with a model after every step."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from contract_tests.model import matching, pages_for
from contract_tests.plugin import current
from contract_tests.subject import Subject
from openapi import Make, Refusal, Role

_INDEX = st.integers(0, 50)


class Sequences(RuleBasedStateMachine):
    """Operations on one resource and the records that it must hold; `machine` says which resource.

    It draws places in the order of creation, never keys, so that a sequence can be replayed.
    """

    subject: Subject

    def __init__(self) -> None:
        super().__init__()
        self.subject.begin()
        self.records: list[dict[str, Any]] = []
        self.gone: list[str] = []

    @initialize()
    def begin(self) -> None:
        """Start with three records."""
        self.records = self.subject.several(3)

    @rule(pick=_INDEX)
    def create(self, pick: int) -> None:
        """Create a record."""
        choices = self.subject.create_members.choices if self.subject.create_members else {}
        chosen = {name: values[pick % len(values)] for name, values in choices.items()}
        self.records.append(self.subject.create(self.subject.new_body(**chosen)))

    @precondition(lambda self: bool(self.records) and self.subject.update_members is not None)
    @rule(which=_INDEX, member=_INDEX, pick=_INDEX)
    def update(self, which: int, member: int, pick: int) -> None:
        """Change one member of a record."""
        place = which % len(self.records)
        before, change = self.records[place], self._change(member, pick)
        answer = self.subject.send(Role.UPDATE, key=self.subject.key_of(before), body=change)
        after = self.subject.accepted(Role.UPDATE, answer)
        rules = self.subject.resource.fields.values()
        moving = [one.field for one in rules if isinstance(one, Make) and one.kind == "time-of-change"]
        wanted = {**before, **change, **{field: after.get(field) for field in moving}}
        pointer = self.subject.resource.role_pointers[Role.UPDATE]
        sentence = "An update changes something else."
        self.subject.expect("UPDATE-ONLY-NAMED", sentence, wanted, after, Role.UPDATE, pointer)
        self.records[place] = after

    def _change(self, member: int, pick: int) -> dict[str, Any]:
        members = self.subject.update_members
        names = list(members.members) if members else []
        name = names[member % len(names)]
        values = members.choices.get(name, [f"{self.subject.tag} new {pick}"]) if members else []
        return {name: values[pick % len(values)]}

    @precondition(lambda self: bool(self.records))
    @rule(which=_INDEX)
    def delete(self, which: int) -> None:
        """Delete a record."""
        key = self.subject.key_of(self.records.pop(which % len(self.records)))
        self.subject.accepted_answer(Role.DELETE, self.subject.send(Role.DELETE, key=key))
        self.gone.append(key)

    @precondition(lambda self: bool(self.gone))
    @rule(which=_INDEX)
    def read_gone(self, which: int) -> None:
        """Get what was deleted."""
        status = self.subject.read(self.gone[which % len(self.gone)]).status
        wanted, pointer = self.subject.refusal(Refusal.UNKNOWN_RECORD), self.subject.resource.role_pointers[Role.DELETE]
        self.subject.expect("DELETE-GONE", "A deleted record is still found.", wanted, status, Role.DELETE, pointer)

    @precondition(lambda self: bool(self.records))
    @rule(which=_INDEX)
    def read(self, which: int) -> None:
        """Get a record."""
        record = self.records[which % len(self.records)]
        read = self.subject.accepted(Role.READ, self.subject.read(self.subject.key_of(record)))
        pointer = self.subject.resource.role_pointers[Role.READ]
        self.subject.expect("READ-AFTER-WRITE", "A get shows another record.", record, read, Role.READ, pointer)

    @precondition(lambda self: self.subject.tag_member is not None)
    @rule(limit=st.integers(1, 4), start=st.integers(0, 4), pick=_INDEX, filtered=st.booleans())
    def look(self, limit: int, start: int, pick: int, filtered: bool) -> None:
        """List a page, by all filters at once or by none."""
        subject, listing = self.subject, self.subject.listing
        filters = {
            one.parameter: self.records[pick % len(self.records)][one.field]
            for one in (listing.filters if filtered and self.records else ())
        }
        wanted = [subject.key_of(record) for record in matching(self.records, listing, filters)]
        total, paging, first = len(wanted), {}, start * limit
        if listing.paging:
            by_page = listing.paging.style == "page"
            paging = {listing.paging.start: start + 1 if by_page else first, listing.paging.limit: limit}
            wanted = wanted[first : first + limit]
        listed = subject.tagged(**filters, **paging)
        got = [subject.key_of(item) for item in listed.items]
        sentence, where = f"A list by {filters | paging} holds others.", listing.answer.pointer
        subject.expect("LIST-MODEL", sentence, wanted, got, Role.LIST, listing.pointer)
        if listed.total is not None:
            subject.expect("LIST-TOTAL", "The total is off.", total, listed.total, Role.LIST, where)
        if listed.pages is not None and listing.paging:
            pages = pages_for(total, limit)
            subject.expect("LIST-PAGES", "The pages are off.", pages, listed.pages, Role.LIST, where)

    def teardown(self) -> None:
        """Delete what is left."""
        self.subject.tidy()


def machine(subject: Subject) -> type[Sequences]:
    """The machine of one resource."""
    return type("Sequences", (Sequences,), {"subject": subject})


def _subjects() -> list[object]:
    run = current()
    needed = (Role.CREATE, Role.READ, Role.DELETE)
    return [
        pytest.param(subject, id=subject.resource.name)
        for subject in run.subjects
        if run.writes and subject.has(*needed)
    ]


@pytest.mark.parametrize("subject", _subjects())
def test_sequences(subject: Subject) -> None:
    """Any sequence of operations leaves the service where it leaves the model."""
    run = current()
    limits = settings(
        max_examples=run.examples[1],
        stateful_step_count=12,
        deadline=None,
        database=None,
        phases=run.phases,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    subject.latest = None
    try:
        run_state_machine_as_test(seed(run.seed)(machine(subject)), settings=limits)
    except Flaky:
        # The service behaved otherwise when the sequence was tried again: what was seen once was still seen.
        if subject.latest is None:
            raise
        raise subject.latest from None
