"""Properties of query parameters: which values are refused, which are ignored, and that order does not matter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from contract_tests.claims import expressions
from contract_tests.properties.helpers.query_words import expect_read, own_records
from contract_tests.properties.helpers.stable_reads import ListClaim, expect_undisturbed, make_some
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.target.client import ReceivedResponse
from openapi import Parameter, Refusal, Role

_QUERY = "/x-http/query"
_NOT_INTEGERS = (
    "1e2",
    " 5",
    "\uff11\uff10",
    "",
    "1.0",
    "5 ",
    "+5",
    "0x5",
    "1_0",
    "x",
    "5x",
    "1.5",
    "\u0665",
    "5;",
    "1,2",
    "null",
)
_ALWAYS = 9
"""How many of these a quick run sends, too; the others are of the same kinds."""
_UNKNOWN = "x_not_a_parameter"


def _expect_accepted(api: ResourceClient, parameter: Parameter, value: int, pointer: str) -> None:
    response = api.send(Role.LIST, query={parameter.name: value})
    api.expect.that(
        f"{parameter.name}={value} is refused with {response.status}, though the schema allows it.",
        ("is at most", expressions.status(response), expressions.literal(399)),
        Role.LIST,
        pointer,
        suggested_change=f"write the bound of the service at {pointer}",
    )


def _check_bounds(api: ResourceClient, parameter: Parameter) -> None:
    schema = parameter.schema
    bounds = [(keyword, step) for keyword, step in (("minimum", -1), ("maximum", 1)) if keyword in schema.node]
    for keyword, _ in bounds:
        _expect_accepted(api, parameter, schema.node[keyword], f"{schema.pointer}/{keyword}")
    near = [(schema.node[keyword] + step, keyword) for keyword, step in bounds]
    # Some services count from the end, or read it as no limit.
    negative = [(-1, "minimum")] if schema.node.get("minimum", -1) == 1 else []
    far = [(schema.node[keyword] + step * distance, keyword) for keyword, step in bounds for distance in (900, 2**33)]
    for value, keyword in near + negative + api.cases(far, 1):
        response = expect_read(api, parameter, str(value), f"{schema.pointer}/{keyword}")
        if value == schema.node.get("maximum", value) + 1:
            _expect_no_longer_page(api, parameter, response)


def _expect_no_longer_page(api: ResourceClient, parameter: Parameter, response: ReceivedResponse | None) -> None:
    """Expect a page size over the maximum to be refused or reduced: no page may be longer than the maximum.

    `response` is the one to a limit over the maximum; None if it has to be requested.
    """
    most = parameter.schema.node["maximum"]
    paging = api.spec.listing.paging
    if paging is None or parameter.name != paging.limit:
        return
    response = response or api.send(Role.LIST, query={parameter.name: most + 1})
    if response.status < 400:
        api.expect.that(
            f"A page with {parameter.name}={most + 1} has more records than the maximum of {most}.",
            ("is at most", expressions.count(api.spec.seen_items(api.listed(response))), expressions.literal(most)),
            Role.LIST,
            f"{parameter.schema.pointer}/maximum",
        )


def _check_grammar(api: ResourceClient, parameter: Parameter) -> None:
    if parameter.schema.node.get("type") != "integer":
        return
    for text in (*_NOT_INTEGERS[:_ALWAYS], *api.cases(_NOT_INTEGERS[_ALWAYS:], 0)):
        if text or api.spec.at_word("query/empty-parameters"):
            expect_read(api, parameter, text, f"{parameter.schema.pointer}/type")


@contract_property(
    "LIST-LIMIT-BOUNDS",
    "The page size has the documented bounds",
    rests_on="paths list parameters/limit/schema/maximum",
    needs=(Role.LIST, "paging"),
    cost=7,
    documented="no page has more records than the maximum",
    assumed="that a page size out of bounds is refused, and the minimum",
)
def page_sizes_have_bounds(api: ResourceClient) -> None:
    """A page size at a bound is accepted, and one out of bounds is refused.

    If limit=101 returns a hundred records instead of an error, the client believes that it has seen everything. Also
    catches services that read limit=0 as no limit at all.
    """
    _check_bounds(api, api.spec.parameter(api.spec.paging.limit))


@contract_property(
    "LIST-PAGE-BOUNDS",
    "The page has the documented bounds",
    rests_on="paths list parameters/page/schema/minimum",
    needs=(Role.LIST, "paging"),
    cost=5,
    assumed="that pages start at 1, and what a page before the first gets",
)
def pages_have_bounds(api: ResourceClient) -> None:
    """The first page is accepted, and one before it is refused.

    Catches services that show the first page for page=0, or count from the end for page=-1.
    """
    _check_bounds(api, api.spec.parameter(api.spec.paging.start))


@contract_property(
    "LIST-LIMIT-DIGITS",
    "The page size is written in digits",
    rests_on="paths list parameters/limit/schema/type",
    needs=(Role.LIST, "paging"),
    cost=12,
    assumed="what such a value does",
)
def page_sizes_are_digits(api: ResourceClient) -> None:
    """A page size that is not in plain decimal digits is refused, an empty one included.

    Catches services that parse numbers as their language does: limit=1e2, limit=1.0, limit=%205 and limit=0x5 are not
    integers, and full-width digits are not digits.
    """
    _check_grammar(api, api.spec.parameter(api.spec.paging.limit))


@contract_property(
    "LIST-PAGE-DIGITS",
    "The page is written in digits",
    rests_on="paths list parameters/page/schema/type",
    needs=(Role.LIST, "paging"),
    cost=12,
    assumed="what such a value does",
)
def pages_are_digits(api: ResourceClient) -> None:
    """A page that is not in plain decimal digits is refused, an empty one included.

    Catches services that use page 1 for anything that they can't parse: with page=x, page=1.5 or page= a client would
    read page 1 forever.
    """
    _check_grammar(api, api.spec.parameter(api.spec.paging.start))


@contract_property(
    "LIST-REPEATED-PARAMETER",
    "A repeated parameter is refused",
    rests_on="x-http query/repeated-parameters",
    needs=(Role.LIST,),
    cost=4,
    assumed="what a repeated parameter does",
)
def repeated_parameters_are_refused(api: ResourceClient) -> None:
    """A query with the same parameter twice is refused, because it is unclear which value counts.

    Catches services that use the first or the last value, or combine both: limit=1&limit=2 must be refused.
    """
    pointer, word = (
        api.spec.at_word("query/repeated-parameters"),
        api.spec.words["query/repeated-parameters"],
    )
    if not pointer:
        return
    for parameter in api.cases(_single(api), 1):
        # Only records of the run, so that no other client changes the list between two requests.
        own = {} if word == "refused" else own_records(api)
        values = [own.pop(parameter.name)] * 2 if parameter.name in own else _two_values(parameter)
        query = urlencode([(parameter.name, value) for value in values])
        response = api.send(Role.LIST, query=urlencode([*own.items(), *((parameter.name, value) for value in values)]))
        if word == "refused":
            api.expect.refused(f"A list with {query}", response, Refusal.INVALID, Role.LIST, if_accepted=pointer)
            continue
        one = api.send(Role.LIST, query={**own, parameter.name: values[0 if word == "first" else -1]})
        claim = api.expect.documented_part(("is", expressions.json(response), expressions.json(one)))
        api.expect.differs(f"A list with {query} is not the one with the {word} value.", claim, Role.LIST, pointer)


def _single(api: ResourceClient) -> list[Parameter]:
    parameters = api.spec.operation(Role.LIST).parameters
    return [one for one in parameters if one.location == "query" and not one.many]


def _two_values(parameter: Parameter) -> list[object]:
    """Two valid values, which differ if the document names several."""
    return [*parameter.schema.node.get("enum", ())[:2], _valid(parameter), _valid(parameter)][:2]


def _valid(parameter: Parameter) -> object:
    node = parameter.schema.node
    return node.get("enum", [node.get("default", node.get("minimum", "a"))])[0]


@contract_property(
    "LIST-UNKNOWN-PARAMETER",
    "An unknown parameter is ignored",
    rests_on="x-http query/unknown-parameters",
    needs=(Role.LIST,),
    cost=9,
    alone=True,
    assumed="what an unknown parameter does",
)
def unknown_parameters_are_ignored(api: ResourceClient) -> None:
    """A list with a parameter that the document does not describe is the list without it. Holds for any records.

    Catches services that refuse unknown parameters, or pass every parameter to the database as a filter: a parameter
    that a proxy or an older client adds would break the list.
    """
    pointer, word = (
        api.spec.at_word("query/unknown-parameters"),
        api.spec.words["query/unknown-parameters"],
    )
    if not pointer:
        return
    if word == "refused":
        response = api.send(Role.LIST, query={_UNKNOWN: "1"})
        api.expect.refused(f"A list with {_UNKNOWN}=1", response, Refusal.INVALID, Role.LIST, if_accepted=pointer)
        return
    make_some(api, quick=0)
    names = [_UNKNOWN, "_", "sort", *api.spec.resource.record.node.get("properties", ())]
    known = {parameter.name for parameter in api.spec.operation(Role.LIST).parameters}
    for name in api.cases([name for name in names if name not in known], 1)[:6]:
        expect_undisturbed(api, _alike(api, "", urlencode({name: "1"}), "An unknown parameter", "unknown"))


@contract_property(
    "LIST-PARAMETER-ORDER",
    "The order of parameters does not matter",
    rests_on="paths list parameters",
    needs=(Role.LIST,),
    cost=7,
    alone=True,
    documented="each parameter does what it says",
)
def parameter_order_does_not_matter(api: ResourceClient) -> None:
    """The order in which parameters are sent does not change a list. Holds for any records.

    Catches services in which one condition overwrites another: a filter before a page and a page before the filter must
    show the same.
    """
    make_some(api, quick=0)
    effective = [one for one in _single(api) if {"enum", "default"} & set(one.schema.node)]
    pairs = [(one.name, _valid(one)) for one in effective]
    if len(pairs) < 2:
        return
    for _ in range(api.thoroughness.rounds):
        some = api.random.sample(pairs, min(len(pairs), 3))
        expect_undisturbed(api, _alike(api, urlencode(some), urlencode(some[::-1]), "The order of parameters", "order"))


def _alike(api: ResourceClient, one: str, other: str, what: str, kind: str) -> Callable[[], Sequence[ListClaim]]:
    pointer = f"{_QUERY}/unknown-parameters" if kind == "unknown" else api.spec.operation(Role.LIST).pointer

    def ask() -> Sequence[ListClaim]:
        first, second = (api.listed(api.send(Role.LIST, query=query)) for query in (one, other))
        sentence = f"{what} changes a list: {other} shows other records than {one or 'no parameter'}."
        responses = [expressions.json(first), expressions.json(second)]
        return [
            ListClaim(sentence, ("is", expressions.status(second), expressions.status(first)), pointer),
            ListClaim(sentence, ("is", responses[1], responses[0]), pointer),
        ]

    return ask


PROPERTIES: tuple[Property, ...] = (
    page_sizes_have_bounds,
    pages_have_bounds,
    page_sizes_are_digits,
    pages_are_digits,
    repeated_parameters_are_refused,
    unknown_parameters_are_ignored,
    parameter_order_does_not_matter,
)
"""In the order of the catalogue."""
