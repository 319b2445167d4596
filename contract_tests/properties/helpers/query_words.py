"""Expects the list to read an unusual parameter as the document says: by its schema, or by `x-http`."""

from __future__ import annotations

from urllib.parse import quote

from contract_tests.claims import expressions
from contract_tests.resource.query_readings import Reading, reading
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.target.client import ReceivedResponse
from openapi import Parameter, Refusal, Role
from openapi.pointers import join


def expect_read(api: ResourceClient, parameter: Parameter, text: str, pointer: str) -> ReceivedResponse | None:
    """Expect an invalid text of a parameter to be refused, or to be read as `x-http` says.

    `pointer` is the rule of the schema that the text breaks. Returns the response if it should be refused.
    """
    read = reading(api.spec.words, parameter, text)
    response = _send(api, read, parameter, text)
    what = f"A list with {parameter.name}={quote(text)}"
    if read.kind == "refused":
        # `x-http` says that a service refuses such a text, in the document or by default.
        assumed_at = join("/x-http", *read.word.split("/"))
        api.expect.refused(what, response, Refusal.INVALID, Role.LIST, if_accepted=pointer, assumed_at=assumed_at)
        return response
    expect_reading(api, read, parameter, response, what)
    return None


def _send(api: ResourceClient, read: Reading, parameter: Parameter, text: str) -> ReceivedResponse:
    # Only records of the run, so that no other client changes the list between two requests.
    own = {} if read.kind == "refused" else own_records(api)
    return api.send(Role.LIST, query={**own, parameter.name: text})


def own_records(api: ResourceClient) -> dict[str, str]:
    """The query for only the records of the run; empty if the list has none."""
    return {api.spec.search.parameter: api.tag} if api.spec.tag_member and api.spec.listing.search else {}


def expect_reading(
    api: ResourceClient, read: Reading, parameter: Parameter, response: ReceivedResponse, what: str
) -> None:
    """Expect a list to be the one that the document describes."""
    pointer = api.spec.at_word(read.word)
    accepted = ("is at most", expressions.status(response), expressions.literal(399))
    if not api.expect.holds(accepted):
        api.expect.differs(f"{what} is refused with {response.status}.", accepted, Role.LIST, pointer)
        return
    if read.kind == "empty":
        keys = expressions.keys(api.spec.seen_items(api.listed(response)), api.spec.resource.key)
        claim = ("is", keys, expressions.literal([]))
    else:
        value = {parameter.name: read.text} if read.kind == "with" else {}
        other = api.send(Role.LIST, query={**own_records(api), **value})
        claim = api.expect.documented_part(("is", expressions.json(response), expressions.json(other)))
    meant = {"empty": "an empty list", "without": f"the list without {parameter.name}"}
    wanted = meant.get(read.kind, f"the list with {parameter.name}={read.text}")
    api.expect.differs(f"{what} is not {wanted}.", claim, Role.LIST, pointer)
