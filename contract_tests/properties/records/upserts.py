"""Properties of replacements that create a record."""

from __future__ import annotations

from contract_tests.claims import expressions
from contract_tests.properties.helpers.sample_bodies import valid_change
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body
from contract_tests.target.client import ReceivedResponse
from openapi import Role
from openapi.pointers import join

_CREATED, _REPLACED = 201, 200


@contract_property(
    "REPLACE-CREATES",
    "A replacement of an unknown record creates it",
    rests_on="x-resources replace-unknown",
    needs=(Role.READ, Role.REPLACE, Role.CREATE, Role.DELETE, "creating replace"),
    cost=8,
    assumed="that it creates a record, and the statuses",
)
def replacements_create(api: ResourceClient) -> None:
    """A PUT with a new key creates a record with that key (201); a second one replaces it (200). A get shows each.

    Catches services that refuse an unknown key, that give the record another key, or that return the same status
    for both (RFC 9110, section 9.3.4).
    """
    key = api.new_key()
    first = _send(api, key)
    sentence = "A replacement of an unknown record is refused."
    claim = ("is at most", expressions.status(first), expressions.literal(399))
    api.expect.that(sentence, claim, Role.REPLACE, _pointer(api))
    _expect_status(api, first, _CREATED, "A replacement that creates a record")
    _expect_shown(api, key, first)
    second = _send(api, key)
    api.expect.that(
        "A second replacement with the same key is refused.",
        ("is at most", expressions.status(second), expressions.literal(399)),
        Role.REPLACE,
        _pointer(api),
    )
    _expect_status(api, second, _REPLACED, "A replacement of a record")
    _expect_shown(api, key, second)


def _send(api: ResourceClient, key: str) -> ReceivedResponse:
    body = valid_change(api, Role.REPLACE, key)
    return api.send(Role.REPLACE, key=key, body=body)


def _expect_status(api: ResourceClient, response: ReceivedResponse, wanted: int, what: str) -> None:
    declared = api.spec.operation(Role.REPLACE).responses[str(wanted)]
    sentence = f"{what} returns {response.status} instead of {wanted}."
    claim = ("is", expressions.status(response), expressions.literal(wanted))
    api.expect.differs(sentence, claim, Role.REPLACE, declared.pointer)


def _expect_shown(api: ResourceClient, key: str, response: ReceivedResponse) -> None:
    """Raise PropertyFailedError unless the record has the key and the fields that were sent, also in a get."""
    body = api.client.trace[response.step - 1].call.body
    sent: Body = body if isinstance(body, dict) else {}
    read = api.send(Role.READ, key=key)
    sentence = "A get does not show the record that a replacement has created, or replaced."
    claim = ("is", expressions.json(read), expressions.json(response))
    api.expect.that(sentence, claim, Role.READ, _pointer(api))
    for name, value in sent.items():
        if name in api.spec.resource.record.node["properties"]:
            shown = expressions.json(read, join("", name))
            sentence = f"{name} of the record is not what was sent."
            api.expect.that(
                sentence, ("is", shown, expressions.literal(api.spec.stored(name, value))), Role.REPLACE, _pointer(api)
            )


def _pointer(api: ResourceClient) -> str:
    return join(api.spec.resource.pointer, "replace-unknown")


PROPERTIES: tuple[Property, ...] = (replacements_create,)
"""In the order of the catalogue."""
