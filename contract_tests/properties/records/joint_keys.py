"""Properties of keys of several fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, permutations

from contract_tests.claims import expressions
from contract_tests.properties.helpers.sample_bodies import SampleBodies, expect_refused_as_unknown
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Record, is_allowed
from openapi import Role
from openapi.json_value import JsonValue

_FEW = 3
_SHARED = "A create of a record that shares a part of its key with another one"


@contract_property(
    "KEY-PARTS",
    "Records that share a part of their key stay apart",
    rests_on="x-resources key",
    needs=(Role.CREATE, Role.READ, Role.DELETE, "joint key"),
    cost=24,
    assumed="that the fields identify a record together",
)
def records_with_a_common_part_stay_apart(api: ResourceClient) -> None:
    """Records that differ in one field of the key are different records: each is read, changed and deleted alone.

    A key with the values in another order, or with parts of two records, finds neither record. Catches services that
    look up by the first field, that require the last one to be unique, or that join the fields without a separator, so
    that the keys a/bc and ab/c are the same.
    """
    made = [api.create()]
    for what, values in _alike(api, made[0]):
        response = api.send(Role.CREATE, body={**api.new_body(), **values})
        sentence = f"{_SHARED} is refused with {response.status}: {what}."
        claim = expressions.depends_on(expressions.status(response), made[0])
        api.expect.that(sentence, ("is at most", claim, expressions.literal(399)), Role.CREATE, api.spec.at_key())
        made.append(api.expect.accepted(Role.CREATE, response))
    _expect_apart(api, made, "A get shows another record, whose key differs in one field.", Role.READ)
    for key in _others(api, made):
        _expect_no_record(api, key, made)
    if api.spec.has(Role.UPDATE):
        made[0] = api.update(made[0], SampleBodies(api, Role.UPDATE).full(1))
        _expect_apart(api, made, "An update changes a record whose key differs in one field.", Role.UPDATE)
    api.delete(made[0])
    _expect_apart(api, made[1:], "A delete removes a record whose key differs in one field.", Role.DELETE)


def _alike(api: ResourceClient, record: Record) -> Iterator[tuple[str, Body]]:
    """Values of the key that share something with that of `record`, and a description of it."""
    names = [name for name in api.spec.resource.key_fields if name in api.spec.creating.members]
    mine = {name: record[name] for name in names}
    if len(names) < len(api.spec.resource.key_fields):
        # The server makes the rest.
        yield f"the {' and '.join(names)} is the same", mine
    for name in names:
        # A value that another field can have, too, tells whether the order counts.
        like = _another(api, names[0], record)
        value = like if name != names[0] and like and _fits(api, name, like) else _another(api, name, record)
        if value is not None:
            yield f"only the {name} differs", {**mine, name: value}
    for one, other in combinations(names, 2):
        for moved in _moved(mine[one], mine[other]):
            values = {**mine, **dict(zip((one, other), moved, strict=True))}
            if all(_fits(api, name, values[name]) for name in names):
                yield f"the {one} and {other} are the same when they are joined", values
                break


def _another(api: ResourceClient, name: str, record: Record) -> JsonValue:
    """Another value of a field than a record has; None if the document allows none."""
    choices = api.spec.creating.choices.get(name)
    if choices:
        return next((one for one in choices if one != record[name]), None)
    return api.spec.creating.value(name, api.numbers)


def _moved(one: JsonValue, other: JsonValue) -> Iterator[tuple[str, str]]:
    """Two texts that are the same as `one` and `other` when they are joined, with the boundary at another position."""
    if isinstance(one, str) and isinstance(other, str):
        yield one[:-1], one[-1:] + other
        yield one + other[:1], other[1:]


def _fits(api: ResourceClient, name: str, value: JsonValue) -> bool:
    """Whether a record may have the value in a field of its key, which is in its path, too."""
    resource = api.spec.resource
    parameter = resource.key_parameters[resource.key_fields.index(name)]
    is_possible = resource.impossible_value(value) is None and api.spec.creating.allows(name, value)
    return is_possible and is_allowed(api.spec.key_parameters(parameter), str(value))


def _expect_apart(api: ResourceClient, made: list[Record], sentence: str, role: Role) -> None:
    """Raise PropertyFailedError unless a get shows each record as it was returned."""
    for record in made:
        response = api.send(Role.READ, key=api.spec.key_of(record))
        shown = expressions.depends_on(expressions.json(response), *made)
        api.expect.that(sentence, ("is", shown, expressions.json(record)), role, api.spec.at_key())


def _others(api: ResourceClient, made: list[Record]) -> list[str]:
    """Unused keys with values of the records: in another order, or from two records."""
    fields, known = api.spec.resource.key_fields, [api.spec.key_of(record) for record in made]
    found: list[Mapping[str, JsonValue]] = [
        dict(zip(fields, [one[name] for name in reversed(fields)], strict=True)) for one in made
    ]
    found += [{**one, fields[0]: other[fields[0]]} for one, other in permutations(made[:3], 2)]
    keys = dict.fromkeys(str(api.spec.resource.key_of(one)) for one in found)
    return [key for key in keys if key not in known and not api.spec.is_malformed(key)][:_FEW]


def _expect_no_record(api: ResourceClient, key: str, made: list[Record]) -> None:
    """Raise PropertyFailedError if a get of another key shows a record of the run, or one with another key."""
    response = api.send(Role.READ, key=key)
    shown = expressions.member(expressions.json(response), api.spec.resource.key)
    found = ("is at most", expressions.depends_on(expressions.status(response), *made), expressions.literal(399))
    claim = ("where", found, ("is", shown, expressions.literal(key)))
    sentence = f"A get of {key} shows a record with another key."
    api.expect.that(sentence, claim, Role.READ, api.spec.at_key())
    if all(name in api.spec.creating.members for name in api.spec.resource.key_fields) and response.status >= 400:
        what = "A get of a key that has the parts of others"
        expect_refused_as_unknown(api, Role.READ, response, what, api.spec.at_operation(Role.READ))


PROPERTIES: tuple[Property, ...] = (records_with_a_common_part_stay_apart,)
"""In the order of the catalogue."""
