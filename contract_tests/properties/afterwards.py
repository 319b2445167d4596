"""The property that looks at what a whole run has left."""

from __future__ import annotations

from contract_tests.catalogue import Property, promise
from contract_tests.properties.trials import expect_unknown
from contract_tests.subject import Subject
from openapi import Role

_TRIES = 60
"""What happens once in twenty times is seen in so many with a probability of 95 percent."""


@promise(
    "DELETE-LASTS",
    "What a run has deleted stays away",
    rests_on="x-resources operations/delete",
    needs=(Role.CREATE, Role.READ, Role.DELETE, Role.LIST, "tag"),
    writes=True,
    cost=1,
)
def what_was_deleted_stays_away(subject: Subject) -> None:
    """No record that the run has deleted, with success as it was told, is in a list when everything else is checked.

    A service that forgets one delete in twenty is found out by what is left. Records are then created and deleted until
    it happens again, and told under DELETE-GONE.
    """
    listed = subject.tagged(**{subject.search.parameter: subject.ledger.tag})
    gone = subject.ledger.gone.get(subject.resource.name, set())
    subject.code = "DELETE-GONE"
    for _ in range(_TRIES if any(subject.key_of(record) in gone for record in listed.items) else 0):
        subject.begin()
        record = subject.create()
        subject.delete(record)
        what = "A get of a deleted record"
        expect_unknown(subject, Role.READ, subject.key_of(record), what, subject.at_role(Role.DELETE))


PROPERTIES: tuple[Property, ...] = (what_was_deleted_stays_away,)
"""The property, for the catalogue."""
