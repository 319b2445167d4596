"""What is judged on every answer, whatever asked for it, and each operation asked once in its plainest form."""

from __future__ import annotations

from inspect import cleandoc

from contract_tests.properties.helpers.broken_bodies import changeable
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.body_values import BodyMembers
from contract_tests.resource.resource_client import ResourceClient
from openapi import Role


def _judged(code: str, title: str, rests_on: str, explanation: str) -> Property:
    """A property that has no check of its own: the core sees to it wherever an answer comes in."""
    return Property(code, title, rests_on, (), False, 0, cleandoc(explanation))


SERVER_ERROR = _judged(
    "SCHEMA-SERVER-ERROR",
    "No request makes the service fail",
    "paths/*/*/responses",
    """No request, good or bad, is answered with a status of 500 or more, unless the operation declares that status.

    A service that forwards the text of a search to its database unescaped fails at a single quotation mark: the answer
    is
    500 where a list, or a refusal with 400, was promised.
    """,
)

CASES = _judged(
    "SCHEMA-CASES",
    "Made-up requests are answered as declared",
    "paths/*/*",
    """Whatever Schemathesis makes of an operation's schemas, examples, bounds and random values, good and bad, is
    answered as the document says.

    What it finds is told under the property that is broken: a service that takes a page of -1 breaks
    SCHEMA-ACCEPTS-BAD.
    """,
)

HTTP_ANSWERS = _judged(
    "HTTP-ANSWERS",
    "Every request is answered",
    "paths/*/*/responses",
    """A request gets an answer as long as the service answers others.

    A service whose worker dies at a body of ten thousand brackets closes the connection without a word: the client
    can't tell whether anything was stored.
    """,
)

HEADER = _judged(
    "SCHEMA-HEADER",
    "Answers have the declared header fields",
    "paths/*/*/responses/*/headers",
    """Each header field that a response requires is there, and what it says keeps its schema.

    A service that registers a record without saying in Location where it is, or that answers 429 with `Retry-After:
    soon`, is found out.
    """,
)

MEDIA_TYPE = _judged(
    "SCHEMA-MEDIA-TYPE",
    "Answers have the declared media type",
    "paths/*/*/responses/*/content",
    """The Content-Type of an answer is one that its response declares.

    A service behind a proxy that answers an unknown key with a page of HTML is found out, and so is one that sends JSON
    as text/plain, which some clients then don't parse.
    """,
)

BODY = _judged(
    "SCHEMA-BODY",
    "Bodies of answers keep their schema",
    "paths/*/*/responses/*/content/*/schema",
    """The body of every answer, a refusal's too, keeps the schema that its response declares.

    Members beyond the schema, and values beyond an enumeration, are listed as observed and are no finding. A total sent
    as the text "12", a time without its zone, a missing member or a null where text was promised are findings.
    """,
)

ACCEPTS_BAD = _judged(
    "SCHEMA-ACCEPTS-BAD",
    "What breaks a schema is refused",
    "paths/*/*/parameters and requestBody",
    """A request made at random so that it breaks the schema of a parameter or of the body is refused.

    Schemathesis makes the requests: values of another type, out of bounds, with members missing or unknown. A service
    that takes a body of which a member is an object where text belongs is found out.
    """,
)

REFUSES_GOOD = _judged(
    "SCHEMA-REFUSES-GOOD",
    "What keeps a schema is taken",
    "paths/*/*/parameters and requestBody",
    """A request made at random so that it keeps all schemas is not refused as broken.

    Schemathesis makes the requests: examples, values at the bounds, and any text that a schema allows. A service that
    refuses a name in Chinese, though the schema allows any text, is found out.
    """,
)

MODEL_LIST = _judged(
    "MODEL-LIST",
    "After any sequence of operations a list holds what is there",
    "x-resources/*/list",
    """Whatever was created, changed and deleted before, a page of a filtered list holds what a model of the service
    says.

    A service whose list is kept in a cache that an update doesn't refresh is found out: made inactive, a record must be
    in the list of inactive ones, and no longer in the list of those that it left.
    """,
)

MODEL_SEQUENCE = _judged(
    "MODEL-SEQUENCE",
    "Any sequence of operations leaves the service where it leaves a model",
    "x-resources/*/operations",
    """Random sequences of create, update, delete, get and list are compared with a model after every step.

    A service that does each operation well by itself, and loses a record where an update comes between two creations,
    is found out; the sequence is made as short as it can be.
    """,
)

SLOW = _judged(
    "HTTP-SLOW",
    "Answers come in time",
    "paths",
    """No answer takes longer than the run was told to allow; where it was told nothing, slow answers are only listed.

    A service that reads its whole table for each page answers in time with ten records and takes seconds with ten
    thousand.
    """,
)


@contract_property(
    "LIST-ACCEPTED", "A plain list is answered", rests_on="paths/*/*/responses", needs=(Role.LIST,), cost=1
)
def list_is_accepted(api: ResourceClient) -> None:
    """A list without any parameter is answered with the status of success that the document declares.

    A service that insists on a page number, or that answers 204 or 206 instead of 200, is found out. Every other
    property that lists says so, too, under this code.
    """
    api.list_by()


@contract_property(
    "CREATE-ACCEPTED",
    "A valid create is answered as such",
    rests_on="paths/*/*/responses",
    needs=(Role.CREATE, Role.DELETE),
    writes=True,
    cost=12,
)
def create_is_accepted(api: ResourceClient) -> None:
    """A body of the required members alone, and one of every member, is answered with the declared status of success.

    A service that asks for a member that the document calls optional, or that answers 200 where 201 is declared, is
    found out. A unique value that is taken already is passed over: another one is tried.
    """
    members = api.spec.creating
    api.create()
    everything = {name: members.value(name, api.numbers) for name in members.members if name not in members.numbers}
    tagged = api.new_body()
    api.create_with({}, **{name: value for name, value in everything.items() if name not in tagged})


@contract_property(
    "READ-ACCEPTED",
    "A get of a record is answered",
    rests_on="paths/*/*/responses",
    needs=(Role.CREATE, Role.READ, Role.DELETE),
    writes=True,
    cost=8,
)
def read_is_accepted(api: ResourceClient) -> None:
    """A get of a record that is there is answered with the declared status of success.

    A service that knows a record only some time after it answered the create, and says 404 until then, is found out.
    """
    api.read(api.create())


@contract_property(
    "UPDATE-ACCEPTED",
    "A valid update is answered as such",
    rests_on="paths/*/*/responses",
    needs=(Role.CREATE, Role.UPDATE, Role.DELETE),
    writes=True,
    cost=20,
)
def update_is_accepted(api: ResourceClient) -> None:
    """An update of each single member, to a valid value, is answered with the declared status of success.

    A service that asks for the whole record where the document lets a client name one member is found out.
    """
    record = api.create()
    for name in changeable(api):
        api.update(record, {name: api.spec.updating.value(name, api.numbers)})


@contract_property(
    "REPLACE-ACCEPTED",
    "A valid replacement is answered as such",
    rests_on="paths/*/*/responses",
    needs=(Role.CREATE, Role.REPLACE, Role.DELETE),
    writes=True,
    cost=8,
)
def replace_is_accepted(api: ResourceClient) -> None:
    """A replacement with the required members is answered with the declared status of success.

    A service that takes PUT for an update, and refuses a body that lacks an optional member, is found out.
    """
    record = api.create()
    members = BodyMembers(api.spec.contract, api.spec.operation(Role.REPLACE))
    answer = api.send(Role.REPLACE, key=api.spec.key_of(record), body=members.least(api.numbers))
    api.expect.success(Role.REPLACE, answer)


@contract_property(
    "DELETE-ACCEPTED",
    "A delete of a record is answered as such",
    rests_on="paths/*/*/responses",
    needs=(Role.CREATE, Role.DELETE),
    writes=True,
    cost=8,
)
def delete_is_accepted(api: ResourceClient) -> None:
    """A delete of a record that is there is answered with the declared status of success.

    A service that answers 202 or 204 where 200 and a body are declared is found out.
    """
    api.delete(api.create())


PROPERTIES: tuple[Property, ...] = (
    SERVER_ERROR,
    HTTP_ANSWERS,
    SLOW,
    HEADER,
    MEDIA_TYPE,
    BODY,
    list_is_accepted,
    create_is_accepted,
    read_is_accepted,
    update_is_accepted,
    replace_is_accepted,
    delete_is_accepted,
)
"""What everything else stands on, in the order of the catalogue."""

CATCH_ALL: tuple[Property, ...] = (ACCEPTS_BAD, REFUSES_GOOD, CASES, MODEL_LIST, MODEL_SEQUENCE)
"""What is told last: another property says more exactly what is wrong."""
