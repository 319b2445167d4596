"""Properties of references: the records that they name exist, and a delete treats them as documented."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.properties.helpers.conditions import fulfilling, sparing, takes
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Record
from contract_tests.target.client import ReceivedResponse
from contract_tests.target.ownership import NotJudgedError
from openapi import OnDelete, Reference, Refusal, Role
from openapi.flattening import flat, types_of
from openapi.json_value import JsonValue
from openapi.pointers import join

_MOST_READ = 20
"""How many existing records a quick run looks at, for each reference."""
_UNKNOWN_NUMBER = 2_000_000_011


@contract_property(
    "REFERENCE-EXISTS",
    "Referenced records exist",
    rests_on="x-resources references",
    needs=(Role.LIST, "references"),
    cost=40,
    alone=True,
    documented="a delete leaves no broken reference if the vendor documents what it does to them",
    assumed="which field refers to what",
)
def references_lead_to_records(api: ResourceClient) -> None:
    """Every record in the list refers to records that exist, unless its reference is kept when they are deleted.

    It only reads. If the reference has a condition, such as a status, other records may refer to deleted ones. Catches
    services that delete a phone and leave it in an active campaign.
    """
    tried = 0
    for reference in api.spec.resource.references.values():
        target = api.others[reference.to]
        if reference.on_delete is OnDelete.KEEP or not target.spec.has(Role.READ):
            continue
        most = _MOST_READ if api.thoroughness.rounds == 1 else None
        for query, record, key in islice(_named_keys(api, reference), most):
            tried += 1
            response = target.send(Role.READ, key=str(key))
            if response.status in (404, 410) and not _still_names(api, query, reference, record, key):
                continue
            target.expect.that(
                f"A {api.spec.resource.name} has the {reference.field} {key!r}, which is not a {reference.to}.",
                _exists(api, reference, record, key, response),
                Role.READ,
                join(reference.pointer, "on-delete"),
                code="REFERENCE-EXISTS",
            )
    if not tried:
        raise NotJudgedError(f"no {api.spec.resource.name} refers to a record")


def _exists(
    api: ResourceClient, reference: Reference, record: Record, key: JsonValue, response: ReceivedResponse
) -> tuple[str, Expression, Expression]:
    """The claim that a get of `key` succeeds as long as the list, which shows `record`, has the reference."""
    succeeds = ("is at most", expressions.status(response), expressions.literal(399))
    if reference.many:
        return ("is at most", expressions.depends_on(expressions.status(response), record), expressions.literal(399))
    names = expressions.keys(expressions.json(record, api.spec.listing.response.items), reference.field)
    return ("where", ["holds", names, expressions.literal(key)], list(succeeds))


def _named_keys(api: ResourceClient, reference: Reference) -> Iterator[tuple[Body, Record, JsonValue]]:
    """Each reference whose target must exist, with its record and the query that lists it."""
    for query in _queries(api, reference):
        for record in api.walk(query):
            if reference.where is None or reference.where.holds(record):
                yield from ((query, record, key) for key in reference.keys_in(record))


def _queries(api: ResourceClient, reference: Reference) -> Sequence[Body]:
    """Queries that list the records that fulfil the condition of the reference; one for all if no filter helps."""
    filters = {one.field: one.parameter for one in api.spec.listing.filters}
    for name, values in reference.where.fields.items() if reference.where else ():
        if name in filters and None not in values:
            return [{filters[name]: value} for value in values]
    return [{}]


def _still_names(api: ResourceClient, query: Body, reference: Reference, record: Record, key: JsonValue) -> bool:
    """Whether the list still has the reference; others may write in the meantime."""
    own = api.spec.key_of(record)
    again = next((one for one in api.walk(query) if api.spec.key_of(one) == own), None)
    return again is not None and key in reference.keys_in(again)


@contract_property(
    "REFERENCE-UNKNOWN",
    "A reference to an unknown record is refused",
    rests_on="x-resources references",
    needs=(Role.CREATE, Role.DELETE, "references"),
    cost=8,
    assumed="that a write that names an unknown record is refused, and the status",
)
def unknown_references_are_refused(api: ResourceClient) -> None:
    """A create or an update that names a record that does not exist is refused as documented, and changes nothing.

    Catches services that store any key.
    """
    tried = 0
    for reference in api.spec.resource.references.values():
        pointer, target = join(reference.pointer, "unknown"), api.others[reference.to]
        key = _unknown_key(target)
        value: JsonValue = [key] if reference.many else key
        what = f"with a {reference.field} that is not a {reference.to}"
        if takes(api, Role.CREATE, reference.field):
            tried += 1
            response = api.send(Role.CREATE, body=api.new_body(**{reference.field: value}))
            api.expect.refused(f"A create {what}", response, reference.unknown, Role.CREATE, if_accepted=pointer)
        if api.spec.has(Role.UPDATE, Role.READ) and takes(api, Role.UPDATE, reference.field):
            tried += 1
            record = api.create()
            response = api.send(Role.UPDATE, key=api.spec.key_of(record), body={reference.field: value})
            api.expect.refused(f"An update {what}", response, reference.unknown, Role.UPDATE, if_accepted=pointer)
            if response.status >= 400:
                _expect_unchanged(api, record, "An update that is refused changes the record.", pointer)
    if not tried:
        raise NotJudgedError(f"no reference of {api.spec.resource.name} can be written")


@contract_property(
    "REFERENCE-ON-DELETE",
    "A delete treats references as documented",
    rests_on="x-resources references",
    needs=(Role.CREATE, Role.READ, Role.DELETE, "references"),
    cost=30,
    alone=True,
    documented="the vendor's rules for references to a deleted record",
    assumed="that references of other records, and other references, stay as they are",
)
def deletes_reach_references(api: ResourceClient) -> None:
    """When a record is deleted, the records that refer to it lose the reference, are deleted, or prevent the delete.

    Records that do not fulfil the condition of the reference stay as they were, as do those that refer to another
    record. Catches services that leave an active campaign with a deleted phone, that also change finished campaigns, or
    that delete other records too.
    """
    tried = [_try_delete(api, reference) for reference in api.spec.resource.references.values()]
    if not any(tried):
        raise NotJudgedError(f"no reference of {api.spec.resource.name} can be tried with records of the run")


def _try_delete(api: ResourceClient, reference: Reference) -> bool:
    """Whether a delete of a record that `reference` names could be tried."""
    target = api.others[reference.to]
    fields = fulfilling(api, reference.where)
    if not (target.spec.has(Role.CREATE, Role.DELETE) and takes(api, Role.CREATE, reference.field)):
        return False
    if fields is None:
        return False
    gone, stays = target.create(), target.create()
    holder = _referring(api, reference, [gone, stays], fields)
    other = _referring(api, reference, [stays], fields)
    if reference.on_delete is OnDelete.REFUSE:
        _expect_refused(target, reference, gone)
        _expect_unchanged(api, holder, "A delete that is refused changes a record.", reference.pointer)
    else:
        spare_fields = sparing(api, reference.where)
        spared = None if spare_fields is None else _referring(api, reference, [gone, stays], spare_fields)
        target.delete(gone)
        _expect_effect(api, reference, holder, stays)
        if spared:
            sentence = f"A delete of a {reference.to} changes a {api.spec.resource.name} that it should not."
            _expect_unchanged(api, spared, sentence, join(reference.pointer, "where"))
    sentence = f"A delete of a {reference.to} changes a {api.spec.resource.name} that does not refer to it."
    _expect_unchanged(api, other, sentence, reference.pointer)
    return True


def _expect_refused(target: ResourceClient, reference: Reference, record: Record) -> None:
    response = target.send(Role.DELETE, key=target.spec.key_of(record))
    what, pointer = f"A delete of a {reference.to} that is referred to", join(reference.pointer, "on-delete")
    target.expect.refused(
        what, response, Refusal.CONFLICT, Role.DELETE, if_accepted=pointer, code="REFERENCE-ON-DELETE", after=[record]
    )
    if target.spec.has(Role.READ):
        _expect_unchanged(target, record, "A delete that is refused deletes or changes the record.", pointer)


def _expect_effect(api: ResourceClient, reference: Reference, holder: Record, stays: Record) -> None:
    """Expect `holder` to have lost its reference, to be deleted, or to be as it was."""
    name, pointer = api.spec.resource.name, join(reference.pointer, "on-delete")
    if reference.on_delete is OnDelete.KEEP:
        _expect_unchanged(api, holder, f"A delete of a {reference.to} changes a {name}.", pointer)
        return
    response = api.send(Role.READ, key=api.spec.key_of(holder))
    if reference.on_delete is OnDelete.CASCADE:
        what = f"A get of a {name} of a deleted {reference.to}"
        api.expect.refused(what, response, Refusal.UNKNOWN_RECORD, Role.READ, if_accepted=pointer)
        return
    target = api.others[reference.to]
    rest: Expression = expressions.literal(None)
    if reference.many:
        rest = expressions.all_of([target.spec.seen_key(stays)])
    api.expect.that(
        f"A {name} still has the {reference.field} of a deleted {reference.to}.",
        ("is", expressions.json(response, join("", reference.field)), rest),
        Role.READ,
        pointer,
    )
    may_differ = [reference.field, *api.spec.made_by_server("time-of-change")]
    api.expect.that(
        f"A delete of a {reference.to} changes more of a {name} than its {reference.field}.",
        (
            "is",
            expressions.without(expressions.json(response), may_differ),
            expressions.without(expressions.json(holder), may_differ),
        ),
        Role.READ,
        reference.pointer,
    )


def _expect_unchanged(api: ResourceClient, record: Record, sentence: str, pointer: str) -> None:
    response = api.send(Role.READ, key=api.spec.key_of(record))
    claim = ("is", expressions.json(response), expressions.json(record))
    api.expect.that(sentence, claim, Role.READ, pointer)


def _referring(api: ResourceClient, reference: Reference, targets: Sequence[Record], fields: Body) -> Record:
    """Create a record that refers to the first of `targets`, or to all of them in an array."""
    target = api.others[reference.to]
    keys = [one.get(target.spec.resource.key) for one in targets]
    return api.create(api.new_body(**{**fields, reference.field: keys if reference.many else keys[0]}))


def _unknown_key(target: ResourceClient) -> JsonValue:
    """A key that no record of the target has."""
    record = target.spec.resource.record
    types = types_of(flat(record.document, record.node["properties"][target.spec.resource.key]))
    return target.unknown_key() if "string" in types or not types else _UNKNOWN_NUMBER


PROPERTIES: tuple[Property, ...] = (
    references_lead_to_records,
    unknown_references_are_refused,
    deletes_reach_references,
)
"""In the order of the catalogue."""
