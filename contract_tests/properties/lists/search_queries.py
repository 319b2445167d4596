"""Properties of the search parameter: its encoding, its length, and an empty one."""

from __future__ import annotations

from collections.abc import Sequence

from contract_tests.claims import expressions
from contract_tests.properties.helpers.stable_reads import ListClaim, expect_undisturbed, make_some
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
    cost=11,
    assumed="the meaning of a plus sign",
)
def plus_is_a_space(api: ResourceClient) -> None:
    """In a query a plain plus sign is a space, and %2B is a plus sign (HTML, application/x-www-form-urlencoded).

    Where the document says that a plus sign is a plus sign, that is checked instead.

    Catches services that do not decode queries, or decode them twice: a%2Bb finds the record a+b, while a+b and a%20b
    find the record a b.
    """
    tag, name = api.tag, api.spec.search.parameter
    plain = "+one" if api.spec.words["query/plus"] == "plus" else " one"
    queries = (("+one", plain), ("%2Bone", "+one"), ("%252Bone", "%2Bone"), ("%20one", " one"))
    made = {text: with_text(api, tag + text) for text in dict.fromkeys(text for _, text in queries)}
    for written, text in queries if api.thoroughness.rounds > 1 else queries[:3]:
        query = f"{tag}{written}"
        response = api.send(Role.LIST, query=f"{name}={query}")
        api.expect.success(Role.LIST, response)
        api.expect.that(
            f"A query with {name}={query} does not find exactly the record with that text.",
            ("is", api.spec.listed_keys(api.listed(response)), api.spec.seen_keys([made[text]])),
            Role.LIST,
            api.spec.at_word("query/plus") or "/x-http/query",
        )


@contract_property(
    "SEARCH-EMPTY",
    "An empty search matches everything",
    rests_on="x-http query/empty-parameters",
    needs=(Role.LIST, "search"),
    cost=8,
    alone=True,
    assumed="what an empty search does",
)
def empty_search_matches_everything(api: ResourceClient) -> None:
    """A list with an empty search is the list without one. Holds for any records.

    Catches services that refuse an empty text or find nothing with it: a client's search box is empty before anything
    is typed.
    """
    name = api.spec.search.parameter
    if not api.spec.parameter(name).schema.is_valid(""):
        return
    make_some(api)

    def ask() -> Sequence[ListClaim]:
        without, empty = api.list_by(), api.listed(api.send(Role.LIST, query={name: ""}))
        accepted = ("is at most", expressions.status(empty), expressions.literal(399))
        same = ("is", expressions.json(empty), expressions.json(without))
        sentence = "A list with an empty search differs from the list without one."
        return [
            ListClaim("An empty search is refused.", accepted, "/x-http/query"),
            ListClaim(sentence, same, "/x-http/query"),
        ]

    expect_undisturbed(api, ask)


@contract_property(
    "SEARCH-LENGTH",
    "A search text has the documented maximum length",
    rests_on="paths list parameters/search/schema/maxLength",
    needs=(Role.LIST, "search"),
    cost=5,
    assumed="the maximum, and what a longer text does",
)
def searches_have_a_length(api: ResourceClient) -> None:
    """The longest search text of the document is accepted, and one with one more character is refused.

    Catches services that count bytes or UTF-16 units: two hundred emoji are two hundred characters, although they are
    eight hundred bytes.
    """
    parameter = api.spec.parameter(api.spec.search.parameter)
    most = parameter.schema.node.get("maxLength")
    if most is None:
        return
    pointer = f"{parameter.schema.pointer}/maxLength"
    for letter in api.cases(("x", "\N{TELEPHONE RECEIVER}", "\u00e9"), 2):
        response = api.send(Role.LIST, query={parameter.name: letter * most})
        api.expect.that(
            f"A search for {most} times {letter} is refused with {response.status}, though the schema allows it.",
            ("is at most", expressions.status(response), expressions.literal(399)),
            Role.LIST,
            pointer,
            suggested_change=f"write the bound of the service at {pointer}",
        )
    for letter in api.cases(("x", "\N{TELEPHONE RECEIVER}", "\u00e9"), 1):
        response = api.send(Role.LIST, query={parameter.name: letter * (most + 1)})
        what = f"A search for {most + 1} times {letter}"
        api.expect.refused(what, response, Refusal.INVALID, Role.LIST, if_accepted=pointer)


PROPERTIES: tuple[Property, ...] = (
    plus_is_a_space,
    empty_search_matches_everything,
    searches_have_a_length,
)
"""In the order of the catalogue."""
