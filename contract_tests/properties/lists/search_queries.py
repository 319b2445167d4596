"""Properties of a search as a query holds it: its encoding, its length, and none at all."""

from __future__ import annotations

from collections.abc import Sequence

from contract_tests.claims import expressions
from contract_tests.properties.helpers.stable_reads import Relation, expect_undisturbed, make_some
from contract_tests.properties.lists.search_texts import with_text
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from openapi import Refusal, Role

_OWN = (Role.LIST, Role.CREATE, Role.DELETE, "tag", "search")


@contract_property(
    "SEARCH-PLUS",
    "A plus sign in a query is a space",
    rests_on="x-http query",
    needs=_OWN,
    writes=True,
    cost=11,
)
def plus_is_a_space(api: ResourceClient) -> None:
    """In a query a plain plus sign is a space, and %2B is a plus sign (HTML, application/x-www-form-urlencoded).

    A service that doesn't decode queries, or decodes them twice, is found out: a record called a+b must be found by
    a%2Bb and not by a+b, one called a b by a+b and by a%20b.
    """
    tag, name = api.tag, api.spec.search.parameter
    asked = (("+one", " one"), ("%2Bone", "+one"), ("%252Bone", "%2Bone"), ("%20one", " one"))
    made = {text: with_text(api, tag + text) for text in dict.fromkeys(text for _, text in asked)}
    for written, text in asked if api.thoroughness.rounds > 1 else asked[:3]:
        query = f"{tag}{written}"
        answer = api.send(Role.LIST, query=f"{name}={query}")
        api.expect.success(Role.LIST, answer)
        api.expect.that(
            f"A query with {name}={query} does not find exactly the record that it names.",
            ("is", api.spec.listed_keys(api.listed(answer)), api.spec.seen_keys([made[text]])),
            Role.LIST,
            "/x-http/query",
        )


@contract_property(
    "SEARCH-EMPTY",
    "An empty search is no search",
    rests_on="x-http query/empty-parameters",
    needs=(Role.LIST, "search"),
    cost=8,
)
def empty_is_no_search(api: ResourceClient) -> None:
    """On anybody's records: a list with an empty search is the list without one.

    A service that refuses the empty text, or finds nothing with it, is found out: a client's search box is empty before
    anything is typed.
    """
    name = api.spec.search.parameter
    if not api.spec.parameter(name).schema.is_valid(""):
        return
    make_some(api)

    def ask() -> Sequence[Relation]:
        without, empty = api.list_by(), api.list_by(**{name: ""})
        claim = ("is", expressions.json(empty), expressions.json(without))
        return [Relation("A list with an empty search is not the list without one.", claim, "/x-http/query")]

    expect_undisturbed(api, ask)


@contract_property(
    "SEARCH-LENGTH",
    "A text may be as long as the document says",
    rests_on="paths list parameters/search/schema/maxLength",
    needs=(Role.LIST, "search"),
    cost=5,
)
def searches_have_a_length(api: ResourceClient) -> None:
    """The longest text that the document allows is taken, and one that is longer by a character is refused.

    A service that counts bytes or UTF-16 units is found out: two hundred emoji are two hundred characters (RFC 8259,
    section 8.2, leaves it at code points), although they are eight hundred bytes.
    """
    parameter = api.spec.parameter(api.spec.search.parameter)
    most = parameter.schema.node.get("maxLength")
    if most is None:
        return
    place = f"{parameter.schema.pointer}/maxLength"
    success = int(api.spec.operation(Role.LIST).success.status)
    for letter in api.cases(("x", "\N{TELEPHONE RECEIVER}", "\u00e9"), 2):
        answer = api.send(Role.LIST, query={parameter.name: letter * most})
        api.expect.that(
            f"A search for {most} times {letter} is allowed, and answered {answer.status}.",
            ("is", expressions.status(answer), expressions.literal(success)),
            Role.LIST,
            place,
            suggested_change=f"write what the service allows at {place}",
        )
    for letter in api.cases(("x", "\N{TELEPHONE RECEIVER}", "\u00e9"), 1):
        answer = api.send(Role.LIST, query={parameter.name: letter * (most + 1)})
        what = f"A search for {most + 1} times {letter}"
        api.expect.refused(what, answer, Refusal.INVALID, Role.LIST, place)


PROPERTIES: tuple[Property, ...] = (
    plus_is_a_space,
    empty_is_no_search,
    searches_have_a_length,
)
"""The properties of a search as a query holds it, in the order of the catalogue."""
