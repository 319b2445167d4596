"""Properties of a list's parameters: what is refused, what is passed over, and what does not matter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import quote, urlencode

from contract_tests.claims import expressions
from contract_tests.properties.helpers.stable_reads import Relation, expect_undisturbed, make_some
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from openapi import Parameter, Refusal, Role
from openapi.pointers import resolve

_QUERY = "/x-http/query"
_ALWAYS = 5
"""How many of the texts that are no integers are sent in a quick run, too."""
_NO_INTEGERS = (
    "1e2",
    " 5",
    "\uff11\uff10",
    "",
    "1.0",
    "1.5",
    "x",
    "5 ",
    "+5",
    "0x5",
    "1_0",
    "\u0665",
    "5;",
    "1,2",
    "null",
)
_UNKNOWN = "x_not_a_parameter"


def _says(api: ResourceClient, name: str, word: str) -> bool:
    """Whether the document says `word` of queries under `name`."""
    try:
        return bool(resolve(api.spec.contract.document(), f"{_QUERY}/{name}") == word)
    except LookupError:
        return False


def _expect_refused(api: ResourceClient, parameter: Parameter, text: str, pointer: str) -> None:
    answer = api.send(Role.LIST, query={parameter.name: text})
    what = f"A list with {parameter.name}={quote(text)}"
    api.expect.refused(what, answer, Refusal.INVALID, Role.LIST, pointer)


def _expect_taken(api: ResourceClient, parameter: Parameter, value: int, pointer: str) -> None:
    answer = api.send(Role.LIST, query={parameter.name: value})
    success = api.spec.operation(Role.LIST).success
    api.expect.that(
        f"{parameter.name}={value} is allowed, and answered {answer.status}.",
        ("is", expressions.status(answer), expressions.literal(int(success.status))),
        Role.LIST,
        pointer,
        suggested_change=f"write what the service allows at {pointer}",
    )


def _check_bounds(api: ResourceClient, parameter: Parameter) -> None:
    schema = parameter.schema
    bounds = [(keyword, step) for keyword, step in (("minimum", -1), ("maximum", 1)) if keyword in schema.node]
    near = [(schema.node[keyword] + step, keyword) for keyword, step in bounds]
    far = [(schema.node[keyword] + step * distance, keyword) for keyword, step in bounds for distance in (900, 2**33)]
    for value, keyword in near + api.cases(far, 1):
        _expect_refused(api, parameter, str(value), f"{schema.pointer}/{keyword}")
    for keyword in ("minimum", "maximum"):
        if keyword in schema.node:
            _expect_taken(api, parameter, schema.node[keyword], f"{schema.pointer}/{keyword}")


def _check_grammar(api: ResourceClient, parameter: Parameter) -> None:
    if parameter.schema.node.get("type") != "integer":
        return
    for text in (*_NO_INTEGERS[:_ALWAYS], *api.cases(_NO_INTEGERS[_ALWAYS:], 0)):
        if text or _says(api, "empty-parameters", "judged-by-their-schema"):
            _expect_refused(api, parameter, text, f"{parameter.schema.pointer}/type")


@contract_property(
    "LIST-LIMIT-BOUNDS",
    "The page size has its documented bounds",
    rests_on="paths list parameters/limit/schema/maximum",
    needs=(Role.LIST, "paging"),
    cost=7,
)
def page_sizes_have_bounds(api: ResourceClient) -> None:
    """A page size beyond its bounds is refused, and one at a bound is taken.

    A service that answers limit=101 with a hundred records, instead of refusing it, is found out: the client believes
    to have seen everything. So is one that takes limit=0 for no limit at all.
    """
    _check_bounds(api, api.spec.parameter(api.spec.paging.limit))


@contract_property(
    "LIST-PAGE-BOUNDS",
    "The page has its documented bounds",
    rests_on="paths list parameters/page/schema/minimum",
    needs=(Role.LIST, "paging"),
    cost=5,
)
def pages_have_bounds(api: ResourceClient) -> None:
    """A page before the first is refused, and the first is taken.

    A service that shows the first page for page=0, or counts from the end for page=-1, is found out: both must be
    refused.
    """
    _check_bounds(api, api.spec.parameter(api.spec.paging.start))


@contract_property(
    "LIST-LIMIT-DIGITS",
    "The page size is written in digits",
    rests_on="paths list parameters/limit/schema/type",
    needs=(Role.LIST, "paging"),
    cost=7,
)
def page_sizes_are_digits(api: ResourceClient) -> None:
    """A page size that is not written in plain decimal digits is refused, an empty one too.

    A service that reads numbers as its language does is found out: limit=1e2, limit=1.0, limit=%205 and limit=0x5 are
    no integers, and full-width digits are no digits.
    """
    _check_grammar(api, api.spec.parameter(api.spec.paging.limit))


@contract_property(
    "LIST-PAGE-DIGITS",
    "The page is written in digits",
    rests_on="paths list parameters/page/schema/type",
    needs=(Role.LIST, "paging"),
    cost=7,
)
def pages_are_digits(api: ResourceClient) -> None:
    """A page that is not written in plain decimal digits is refused, an empty one too.

    A service that takes what it can't read for page 1 is found out: page=x, page=1.5 and page= must be refused, as the
    client would page on without an end.
    """
    _check_grammar(api, api.spec.parameter(api.spec.paging.start))


@contract_property(
    "LIST-REPEATED-PARAMETER",
    "A parameter that is sent twice is refused",
    rests_on="x-http query/repeated-parameters",
    needs=(Role.LIST,),
    cost=4,
)
def repeated_parameters_are_refused(api: ResourceClient) -> None:
    """A query that holds a parameter twice is refused, as nobody can tell which of the two is meant.

    A service that takes the first, or the last, or builds a list of both, is found out: limit=1&limit=2 must be
    refused.
    """
    if not _says(api, "repeated-parameters", "refused"):
        return
    for parameter in api.cases(_single(api), 2):
        value = _valid(parameter)
        query = urlencode([(parameter.name, value), (parameter.name, value)])
        answer = api.send(Role.LIST, query=query)
        what = f"A list with {query}"
        api.expect.refused(what, answer, Refusal.INVALID, Role.LIST, f"{_QUERY}/repeated-parameters")


def _single(api: ResourceClient) -> list[Parameter]:
    parameters = api.spec.operation(Role.LIST).parameters
    return [one for one in parameters if one.location == "query" and not one.many]


def _valid(parameter: Parameter) -> object:
    node = parameter.schema.node
    return node.get("enum", [node.get("default", node.get("minimum", "a"))])[0]


@contract_property(
    "LIST-UNKNOWN-PARAMETER",
    "A parameter that the document doesn't know is passed over",
    rests_on="x-http query/unknown-parameters",
    needs=(Role.LIST,),
    cost=9,
)
def unknown_parameters_are_passed_over(api: ResourceClient) -> None:
    """On anybody's records: a list with a parameter that the document doesn't know is the list without it.

    A service that refuses unknown parameters, or passes every parameter on to its database as a filter, is found out:
    what a proxy or an older client adds would break it.
    """
    if not _says(api, "unknown-parameters", "ignored"):
        return
    make_some(api)
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
)
def parameter_order_does_not_matter(api: ResourceClient) -> None:
    """On anybody's records: a list is the same in whatever order its parameters are sent.

    A service that overwrites one condition with the next is found out when the last parameter decides: a filter before
    a page and the same page before the filter must show the same.
    """
    make_some(api, quick=0)
    telling = [one for one in _single(api) if {"enum", "default"} & set(one.schema.node)]
    pairs = [(one.name, _valid(one)) for one in telling]
    if len(pairs) < 2:
        return
    for _ in range(api.thoroughness.rounds):
        some = api.random.sample(pairs, min(len(pairs), 3))
        expect_undisturbed(api, _alike(api, urlencode(some), urlencode(some[::-1]), "The order of parameters", "order"))


def _alike(api: ResourceClient, one: str, other: str, what: str, kind: str) -> Callable[[], Sequence[Relation]]:
    pointer = f"{_QUERY}/unknown-parameters" if kind == "unknown" else api.spec.operation(Role.LIST).pointer

    def ask() -> Sequence[Relation]:
        first, second = (api.listed(api.send(Role.LIST, query=query)) for query in (one, other))
        told = f"{what} changes a list: {other} shows other records than {one or 'no parameter'}."
        answers = [expressions.json(first), expressions.json(second)]
        return [
            Relation(told, ("is", expressions.status(second), expressions.status(first)), pointer),
            Relation(told, ("is", answers[1], answers[0]), pointer),
        ]

    return ask


PROPERTIES: tuple[Property, ...] = (
    page_sizes_have_bounds,
    pages_have_bounds,
    page_sizes_are_digits,
    pages_are_digits,
    repeated_parameters_are_refused,
    unknown_parameters_are_passed_over,
    parameter_order_does_not_matter,
)
"""The properties of a list's parameters, in the order of the catalogue."""
