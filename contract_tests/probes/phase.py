"""The calibration: all experiments on one resource, in sequence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from contract_tests.calibration.words import Learnt
from contract_tests.findings.finding import PropertyFailedError
from contract_tests.probes.experiment import Conducted, Experiment
from contract_tests.probes.queries import query_experiments
from contract_tests.probes.records import (
    body_experiments,
    delete_experiments,
    record_experiments,
    text_to_damage,
)
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Record
from contract_tests.target.client import NoResponseError
from contract_tests.target.guarded_adapter import RefusedRequestError
from contract_tests.target.ownership import NotJudgedError
from openapi import Role


def can_calibrate(api: ResourceClient) -> bool:
    """Whether the run may create and remove records of the resource, and can read them."""
    return api.thoroughness.writes and api.spec.has(Role.CREATE, Role.READ, Role.DELETE)


def calibrate(api: ResourceClient, before: Sequence[Learnt] = ()) -> Iterator[Learnt]:
    """The result of each experiment, except those that had a result `before`, with another resource.

    An experiment that a broken response ends has no result: properties report the response.
    """
    made = [api.create({**api.new_body(text), **more}) for text, more in zip("bca", _bodies(api), strict=True)]
    if any(name not in record for record in made for name in api.spec.resource.key_fields):
        return
    known: dict[str, str | None] = {one.pointer: one.word for one in before}
    for experiment in _experiments(api, made, known):
        if experiment.pointer in known:
            continue
        try:
            learnt = Conducted(api, experiment).learn()
            known[learnt.pointer] = learnt.word
            yield learnt
        except (PropertyFailedError, NotJudgedError, NoResponseError, RefusedRequestError):
            continue


def _bodies(api: ResourceClient) -> list[Body]:
    """What the three records have in addition to the tag: a text that services damage, nothing, other choices."""
    creating, text = api.spec.creating, text_to_damage(api.tag)
    apart = {api.spec.tag_member, *api.spec.resource.key_fields, *api.spec.resource.write_only}
    texts = [name for name, (least, most) in creating.texts.items() if name not in apart and least <= len(text) <= most]
    choices = {name: values[-1] for name, values in creating.choices.items()}
    return [dict.fromkeys(texts[:1], text), {}, choices]


def _experiments(api: ResourceClient, made: list[Record], known: Mapping[str, str | None]) -> Iterator[Experiment]:
    """The experiments; each uses the results of the earlier ones."""
    parts: list[Iterable[Experiment]] = [record_experiments(api, made)]
    listing = api.spec.resource.listing
    if listing is not None and listing.search is not None and api.spec.tag_member:
        parts.append(query_experiments(api, made, known))
    parts += [body_experiments(api, made), delete_experiments(api, made)]
    return chain.from_iterable(parts)
