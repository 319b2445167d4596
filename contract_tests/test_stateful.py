"""Random sequences of operations, compared with a model after every step."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from contract_tests.model import matching, pages_for
from contract_tests.plugin import current
from contract_tests.subject import Subject
from openapi import Make, Refusal, Role

_INDEX = st.integers(0, 50)


def machine(subject: Subject) -> type[RuleBasedStateMachine]:
    """The machine of one resource. It draws places in the order of creation, never keys, so that a sequence can be replayed."""

    class Machine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            subject.begin()
            self.records: list[dict[str, Any]] = []
            self.gone: list[str] = []

        @initialize()
        def some(self) -> None:
            self.records = subject.several(3)

        @rule(pick=_INDEX)
        def create(self, pick: int) -> None:
            choices = subject.create_members.choices if subject.create_members else {}
            chosen = {name: values[pick % len(values)] for name, values in choices.items()}
            self.records.append(subject.create(subject.new_body(**chosen)))

        @precondition(lambda self: bool(self.records) and subject.has(Role.UPDATE))
        @rule(which=_INDEX, member=_INDEX, pick=_INDEX)
        def update(self, which: int, member: int, pick: int) -> None:
            members = subject.update_members
            place = which % len(self.records)
            before = self.records[place]
            name = list(members.members if members else {})[member % len(members.members if members else "x")]
            values = members.choices.get(name, [f"{subject.tag} new {pick}"]) if members else []
            change = {name: values[pick % len(values)]}
            answer = subject.send(Role.UPDATE, key=subject.key_of(before), body=change)
            after = subject.accepted(Role.UPDATE, answer)
            moving = [
                r.field for r in subject.resource.fields.values() if isinstance(r, Make) and r.kind == "time-of-change"
            ]
            wanted = {**before, **change, **{field: after.get(field) for field in moving}}
            pointer = subject.resource.role_pointers[Role.UPDATE]
            subject.expect(
                "UPDATE-ONLY-NAMED", "An update changes something else.", wanted, after, Role.UPDATE, pointer
            )
            self.records[place] = after

        @precondition(lambda self: bool(self.records))
        @rule(which=_INDEX)
        def delete(self, which: int) -> None:
            record = self.records.pop(which % len(self.records))
            subject.accepted_answer(Role.DELETE, subject.send(Role.DELETE, key=subject.key_of(record)))
            self.gone.append(subject.key_of(record))

        @precondition(lambda self: bool(self.gone))
        @rule(which=_INDEX)
        def read_gone(self, which: int) -> None:
            status = subject.read(self.gone[which % len(self.gone)]).status
            wanted, pointer = subject.refusal(Refusal.UNKNOWN_RECORD), subject.resource.role_pointers[Role.DELETE]
            subject.expect("DELETE-GONE", "A deleted record is still found.", wanted, status, Role.DELETE, pointer)

        @precondition(lambda self: bool(self.records))
        @rule(which=_INDEX)
        def read(self, which: int) -> None:
            record = self.records[which % len(self.records)]
            read = subject.accepted(Role.READ, subject.read(subject.key_of(record)))
            pointer = subject.resource.role_pointers[Role.READ]
            subject.expect("READ-AFTER-WRITE", "A get shows another record.", record, read, Role.READ, pointer)

        @precondition(lambda self: subject.tag_member is not None)
        @rule(limit=st.integers(1, 4), start=st.integers(0, 4), pick=_INDEX, filtered=st.booleans())
        def list(self, limit: int, start: int, pick: int, filtered: bool) -> None:
            listing = subject.listing
            parameters: dict[str, Any] = {}
            for one in listing.filters if filtered and self.records else ():
                parameters[one.parameter] = self.records[pick % len(self.records)][one.field]
            wanted = [subject.key_of(record) for record in matching(self.records, listing, parameters)]
            total = len(wanted)
            if listing.paging:
                by_page = listing.paging.style == "page"
                first = start * limit
                parameters |= {listing.paging.start: start + 1 if by_page else first, listing.paging.limit: limit}
                wanted = wanted[first : first + limit]
            listed = subject.tagged(**parameters)
            got = [subject.key_of(item) for item in listed.items]
            subject.expect(
                "LIST-MODEL", f"A list by {parameters} holds others.", wanted, got, Role.LIST, listing.pointer
            )
            if listed.total is not None:
                subject.expect(
                    "LIST-TOTAL", "The total is off.", total, listed.total, Role.LIST, listing.answer.pointer
                )
            if listed.pages is not None and listing.paging:
                pages = pages_for(total, limit)
                subject.expect(
                    "LIST-PAGES", "The pages are off.", pages, listed.pages, Role.LIST, listing.answer.pointer
                )

        def teardown(self) -> None:
            subject.tidy()

    return Machine


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
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    run_state_machine_as_test(seed(run.seed)(machine(subject)), settings=limits)
