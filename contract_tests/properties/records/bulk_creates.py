"""Properties of operations that create several records at once."""

from __future__ import annotations

from collections.abc import Sequence

from contract_tests.claims import expressions
from contract_tests.claims.evaluation import Expression
from contract_tests.claims.expressions import ResponsePart
from contract_tests.properties.helpers.sample_bodies import same_unique
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Listed, Record
from contract_tests.target.ownership import NotJudgedError
from openapi import BulkCreate, Refusal, Role
from openapi.json_value import JsonValue
from openapi.pointers import join

_OWN = (Role.CREATE, Role.DELETE, "bulk")
_SEVERAL = 3
_LONGEST = 24
"""How long a tag with a number is, at most."""


@contract_property(
    "BULK-CREATES",
    "A bulk create makes each record, in order",
    rests_on="x-resources bulk",
    needs=_OWN,
    cost=8,
    assumed="that the response has the new records, in the order of the request",
)
def bulk_creates_make_each_record(api: ResourceClient) -> None:
    """The response has a new record for each of the body, in its order and with the fields that were sent.

    Each has its own key; a get shows the first of them, and the list shows all. Catches services that sort the records,
    that leave the last one out, or that respond before they store anything.
    """
    for bulk in api.spec.resource.bulk.values():
        bodies = _bodies(api, _SEVERAL)
        response = api.create_together(bulk, bodies)
        api.expect.success(bulk, response)
        shown = expressions.whole(response, bulk.response.items)
        sentence = "The response to a bulk create has another number of records than the request."
        _expect(api, bulk, sentence, expressions.count(shown), expressions.literal(len(bodies)))
        for index, body in enumerate(bodies):
            for name, value in _kept(api, bulk, body).items():
                at = expressions.whole(response, join(bulk.response.items, index, name))
                sentence = (
                    f"{name} of a record of a bulk create is not what was sent, or the records are in another order."
                )
                _expect(api, bulk, sentence, at, expressions.literal(api.spec.stored(name, value)))
        keys = expressions.keys(shown, api.spec.resource.key)
        sentence = "Two records of a bulk create have the same key."
        _expect(api, bulk, sentence, expressions.distinct(keys), keys)
        made = api.created_by(bulk, response)
        _expect_found(api, bulk, made)
        api.delete_created()
        api.begin()


@contract_property(
    "BULK-ALL-OR-NONE",
    "A bulk create with an invalid record stores none",
    rests_on="x-resources bulk",
    needs=(*_OWN, Role.LIST),
    cost=8,
    assumed="that the whole request is refused",
)
def bulk_creates_store_all_or_none(api: ResourceClient) -> None:
    """A bulk create whose last record is invalid is refused, and none of the others is in the list.

    Catches services that store one record after the other, and stop at the first that is invalid.
    """
    name = _text_field(api)
    for bulk in api.spec.resource.bulk.values():
        bodies = _bodies(api, _SEVERAL)
        texts = [body[name] for body in bodies[:-1]]
        # No schema of a text allows an object; the text in it is the tag of the run.
        response = api.create_together(bulk, [*bodies[:-1], {**bodies[-1], name: {name: bodies[-1][name]}}])
        what = "A bulk create with an invalid record"
        api.expect.refused(what, response, Refusal.INVALID, bulk, if_accepted=bulk.pointer)
        _expect_none(api, bulk, name, texts, response)


@contract_property(
    "BULK-UNIQUE",
    "A bulk create with a value that is taken stores none",
    rests_on="x-resources bulk, unique",
    needs=(*_OWN, Role.LIST, "unique"),
    cost=12,
    assumed="that the whole request is refused",
)
def bulk_creates_keep_values_unique(api: ResourceClient) -> None:
    """A bulk create is a conflict if two of its records have the same unique value, or one has that of another record.

    Nothing of it is stored. Catches services that compare new records only with stored ones.
    """
    name = _text_field(api)
    for bulk in api.spec.resource.bulk.values():
        one, other = _bodies(api, 2)
        alike = {**other, **same_unique(api, Record(one, 0)), **_apart(api, name, other)}
        response = api.create_together(bulk, [one, alike])
        what = "A bulk create of two records with the same unique value"
        api.expect.refused(what, response, Refusal.CONFLICT, bulk, if_accepted=bulk.pointer)
        _expect_none(api, bulk, name, [one[name]], response)
        record = api.create()
        one, other = _bodies(api, 2)
        alike = {**other, **same_unique(api, record), **_apart(api, name, other)}
        response = api.create_together(bulk, [one, alike])
        what = "A bulk create with a unique value of an existing record"
        api.expect.refused(what, response, Refusal.CONFLICT, bulk, if_accepted=bulk.pointer, after=[record])
        _expect_none(api, bulk, name, [one[name]], response, record)


def _bodies(api: ResourceClient, count: int) -> list[Body]:
    """Bodies of different records, each with its own text, if they have texts."""
    choices = api.spec.creating.choices
    rows = [{name: values[index % len(values)] for name, values in choices.items()} for index in range(count)]
    # In reverse order of the alphabet: a service that sorts them shows another order.
    texts = [f"bulk {count - index}" for index in range(count)]
    made = [{**row, **api.new_body(text)} for row, text in zip(rows, texts, strict=True)]
    name = _found_by(api)
    return [{**body, name: f"{api.tag} {text}"} if name else body for body, text in zip(made, texts, strict=True)]


def _found_by(api: ResourceClient) -> str | None:
    """A field that takes any text and that the list shows."""
    shown = api.spec.resource.shown.get(Role.LIST) or api.spec.resource.record.node["properties"]
    texts = (name for name, (_, most) in api.spec.creating.texts.items() if name in shown and most >= _LONGEST)
    return api.spec.tag_member or next((one for one in texts if one not in api.spec.resource.write_only), None)


def _apart(api: ResourceClient, name: str, body: Body) -> Body:
    """The text of the body, unless it has to be unique."""
    unique = {field for one in api.spec.resource.unique for field in one.fields}
    return {} if name in unique else {name: body[name]}


def _text_field(api: ResourceClient) -> str:
    """A field that has another text in each of the `_bodies`. Raises NotJudgedError if there is none."""
    name = _found_by(api)
    if name is None:
        raise NotJudgedError(f"no field of a {api.spec.resource.name} takes any text, by which a list shows it")
    return name


def _kept(api: ResourceClient, bulk: BulkCreate, body: Body) -> Body:
    """The fields of a body that the response to the bulk create shows."""
    known = bulk.shown if bulk.shown is not None else api.spec.resource.record.node["properties"]
    return {name: value for name, value in body.items() if name in known and name not in api.spec.resource.write_only}


def _expect(api: ResourceClient, bulk: BulkCreate, sentence: str, observed: Expression, expected: Expression) -> None:
    api.expect.that(sentence, ("is", observed, expected), bulk, bulk.pointer)


def _expect_found(api: ResourceClient, bulk: BulkCreate, made: Sequence[Record]) -> None:
    """Raise PropertyFailedError unless a get finds the first record, and the list has all of them."""
    if api.spec.has(Role.READ):
        response = api.send(Role.READ, key=api.spec.key_of(made[0]))
        shown, wanted = expressions.json(response), expressions.json(made[0])
        if bulk.shown is not None or api.spec.resource.shown.get(Role.READ) is not None:
            shown, wanted = (api.spec.seen_key(one) for one in (Record({}, response.step, response.at), made[0]))
        sentence = "A get does not show the first record of a bulk create as its response did."
        api.expect.that(sentence, ("is", shown, wanted), Role.READ, bulk.pointer)
    if api.spec.lists_own:
        keys = expressions.in_any_order(api.spec.listed_keys(api.tagged()))
        wanted = expressions.in_any_order(api.spec.seen_keys(made))
        sentence = "The list does not show all records of a bulk create."
        api.expect.that(sentence, ("is", keys, wanted), Role.LIST, bulk.pointer)


def _expect_none(
    api: ResourceClient, bulk: BulkCreate, name: str, texts: Sequence[JsonValue], *after: ResponsePart
) -> None:
    """Raise PropertyFailedError if the list shows a record with one of the texts `after` these requests."""
    pages = [api.tagged()] if api.spec.tag_member else api.pages({})
    items = expressions.joined([api.spec.seen_items(Listed(page.step, [])) for page in pages])
    wanted = [api.spec.stored(name, text) for text in texts]
    found = expressions.satisfying(items, (name,), "equal", wanted, is_time=False)
    found = expressions.depends_on(found, *after)
    sentence = "A bulk create that is refused stores some of its records."
    api.expect.that(sentence, ("is", found, expressions.literal([])), Role.LIST, bulk.pointer)


PROPERTIES: tuple[Property, ...] = (
    bulk_creates_make_each_record,
    bulk_creates_store_all_or_none,
    bulk_creates_keep_values_unique,
)
"""In the order of the catalogue."""
