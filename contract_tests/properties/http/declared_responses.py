"""Properties that are tested on every response, and each operation once in its simplest form."""

from __future__ import annotations

from inspect import cleandoc
from typing import Unpack

from contract_tests.properties.helpers.sample_bodies import changeable
from contract_tests.properties.property import Claims, Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from openapi import Role


def _everywhere(code: str, title: str, rests_on: str, explanation: str, **claims: Unpack[Claims]) -> Property:
    """A property without its own function: every response is tested."""
    return Property(code, title, rests_on, (), 0, cleandoc(explanation), **claims)


SERVER_ERROR = _everywhere(
    "SCHEMA-SERVER-ERROR",
    "No request makes the service fail",
    "paths/*/*/responses",
    """No request, valid or not, gets a status of 500 or more, unless the operation declares that status.

    Catches services that pass a search text to the database unescaped: at a quotation mark they return 500 instead of a
    list, or of a refusal with 400.
    """,
    documented="a 5xx is a failure of the server (RFC 9110, section 15.6)",
)

CASES = _everywhere(
    "SCHEMA-CASES",
    "Generated requests get declared responses",
    "paths/*/*",
    """The service responds as declared to every request that Schemathesis generates from the schemas, valid or not.

    Findings are reported under the property that fails: a service that accepts page=-1 fails SCHEMA-ACCEPTS-BAD.
    """,
    documented="declared responses match their schema",
    assumed="which requests are refused",
)

HTTP_ANSWERS = _everywhere(
    "HTTP-ANSWERS",
    "Every request gets a response",
    "paths/*/*/responses",
    """A request gets a response as long as the service responds to others.

    Catches services with a worker that crashes at a body of ten thousand brackets and closes the connection: the client
    can't know whether anything was stored.
    """,
    documented="an operation responds",
)

HEADER = _everywhere(
    "SCHEMA-HEADER",
    "Responses have the declared headers",
    "paths/*/*/responses/*/headers",
    """Each header that a response requires is there, and its value matches its schema.

    Catches services that register a record without a Location header, or return 429 with `Retry-After: soon`.
    """,
    assumed="the headers",
)

MEDIA_TYPE = _everywhere(
    "SCHEMA-MEDIA-TYPE",
    "Responses have the declared media type",
    "paths/*/*/responses/*/content",
    """The Content-Type of a response is one that the document declares.

    Catches services behind a proxy that returns an HTML page for an unknown key, and services that send JSON as
    text/plain, which some clients do not parse.
    """,
    documented="successful responses are JSON",
    assumed="the media type of an error",
)

BODY = _everywhere(
    "SCHEMA-BODY",
    "Response bodies match their schema",
    "paths/*/*/responses/*/content/*/schema",
    """The body of every response, errors included, matches the schema that the document declares.

    Fields beyond the schema and values beyond an enumeration are listed as observed, not as findings. Catches a total
    that is the text "12", a time without its zone, a missing field, or a null where the schema says text.
    """,
    documented="the fields of records and lists, with their types",
    assumed="null or absent for values that were not sent, the form of times, the body of an error",
)

ACCEPTS_BAD = _everywhere(
    "SCHEMA-ACCEPTS-BAD",
    "A request that breaks a schema is refused",
    "paths/*/*/parameters and requestBody",
    """A generated request that breaks the schema of a parameter or of the body is refused.

    Schemathesis generates values of another type, out of bounds, and with missing or unknown fields. Catches services
    that accept an object where the schema says text.
    """,
    assumed="that the service refuses such requests",
)

REFUSES_GOOD = _everywhere(
    "SCHEMA-REFUSES-GOOD",
    "A request that matches all schemas is accepted",
    "paths/*/*/parameters and requestBody",
    """A generated request that matches all schemas is not refused as invalid.

    Schemathesis generates examples, values at the bounds, and any text that a schema allows. Catches services that
    refuse a name in Chinese, though the schema allows any text.
    """,
    assumed="the bounds of texts and numbers",
)

MODEL_LIST = _everywhere(
    "MODEL-LIST",
    "After any sequence of operations, lists have the right records",
    "x-resources/*/list",
    """After random creates, updates and deletes, a page of a filtered list has the records that a model predicts.

    Catches services with a cached list that an update does not refresh: a record made inactive must be in the list of
    inactive ones, and no longer in the one that it left.
    """,
    documented="lists have all records with the value, and no others",
    assumed="the order, several filters together, and that writes are visible at once",
)

MODEL_SEQUENCE = _everywhere(
    "MODEL-SEQUENCE",
    "Any sequence of operations has the effect that a model predicts",
    "x-resources/*/operations",
    """Random sequences of create, update, delete, get and list are compared with a model after every step.

    Catches services in which each operation works alone, but a record is lost when an update comes between two creates.
    The reported sequence is as short as possible.
    """,
    documented="operations have their documented effects in any order",
)

SLOW = _everywhere(
    "HTTP-SLOW",
    "Responses come in time",
    "paths",
    """No response takes longer than `--slow` allows. Without `--fail-slow`, slow responses are only listed.

    Catches services that read the whole table for each page: fast with ten records, slow with ten thousand.
    """,
    assumed="the limit, which the run sets",
)


@contract_property(
    "LIST-ACCEPTED",
    "A plain list succeeds",
    rests_on="paths/*/*/responses",
    needs=(Role.LIST,),
    cost=1,
    documented="a list succeeds",
    assumed="the status",
)
def lists_succeed(api: ResourceClient) -> None:
    """A list without parameters returns the documented status of success.

    Catches services that require a page number, or return 204 or 206 instead of 200. Every other property that lists
    records reports it under this code, too.
    """
    api.list_by()


@contract_property(
    "CREATE-ACCEPTED",
    "A valid create succeeds",
    rests_on="paths/*/*/responses",
    needs=(Role.CREATE, Role.DELETE),
    cost=12,
    documented="a valid create succeeds",
    assumed="the status",
)
def creates_succeed(api: ResourceClient) -> None:
    """A body with only the required fields, and one with every field, return the documented status of success.

    Catches services that require an optional field, or return 200 where the document says 201. If a unique value is
    taken, another one is tried.
    """
    members = api.spec.creating
    api.create()
    everything = {name: members.value(name, api.numbers) for name in members.members if name not in members.numbers}
    tagged = api.new_body()
    api.create_with({}, **{name: value for name, value in everything.items() if name not in tagged})


@contract_property(
    "READ-ACCEPTED",
    "A get of a record succeeds",
    rests_on="paths/*/*/responses",
    needs=(Role.CREATE, Role.READ, Role.DELETE),
    cost=8,
    documented="a get of a record succeeds",
    assumed="the status, and that it succeeds at once",
)
def reads_succeed(api: ResourceClient) -> None:
    """A get of an existing record returns the documented status of success.

    Catches services that return 404 for some time after a create.
    """
    api.read(api.create())


@contract_property(
    "UPDATE-ACCEPTED",
    "A valid update succeeds",
    rests_on="paths/*/*/responses",
    needs=(Role.CREATE, Role.UPDATE, Role.DELETE),
    cost=20,
    documented="a valid update succeeds",
    assumed="the status",
)
def updates_succeed(api: ResourceClient) -> None:
    """An update of each single field to a valid value returns the documented status of success.

    Catches services that require the whole record where the document lets a client name one field.
    """
    record = api.create()
    for name in changeable(api):
        api.update(record, {name: api.spec.updating.value(name, api.numbers)})


@contract_property(
    "REPLACE-ACCEPTED",
    "A valid replacement succeeds",
    rests_on="paths/*/*/responses",
    needs=(Role.CREATE, Role.REPLACE, Role.DELETE),
    cost=8,
    documented="a valid replacement succeeds",
    assumed="the status",
)
def replacements_succeed(api: ResourceClient) -> None:
    """A replacement with the required fields returns the documented status of success.

    Catches services that treat PUT as an update and refuse a body without an optional field.
    """
    record = api.create()
    members = api.spec.body_of(Role.REPLACE)
    response = api.send(Role.REPLACE, key=api.spec.key_of(record), body=api.least(members, api.spec.key_of(record)))
    api.expect.success(Role.REPLACE, response)


@contract_property(
    "DELETE-ACCEPTED",
    "A delete of a record succeeds",
    rests_on="paths/*/*/responses",
    needs=(Role.CREATE, Role.DELETE),
    cost=8,
    documented="a delete succeeds",
    assumed="the status",
)
def deletes_succeed(api: ResourceClient) -> None:
    """A delete of an existing record returns the documented status of success.

    Catches services that return 202 or 204 where the document says 200 with a body.
    """
    api.delete(api.create())


PROPERTIES: tuple[Property, ...] = (
    SERVER_ERROR,
    HTTP_ANSWERS,
    SLOW,
    HEADER,
    MEDIA_TYPE,
    BODY,
    lists_succeed,
    creates_succeed,
    reads_succeed,
    updates_succeed,
    replacements_succeed,
    deletes_succeed,
)
"""The properties that all others depend on, in the order of the catalogue."""

CATCH_ALL: tuple[Property, ...] = (ACCEPTS_BAD, REFUSES_GOOD, CASES, MODEL_LIST, MODEL_SEQUENCE)
"""Reported last: another property describes the fault more precisely."""
