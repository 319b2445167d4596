"""Experiments about queries: how the service treats parameters that are out of range, unknown, or repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from contract_tests.claims import expressions
from contract_tests.probes.experiment import Claim, Claims, Experiment, Trial
from contract_tests.probes.lab import REFUSED, Lab, accepted, refused
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Record
from contract_tests.target.client import ReceivedResponse
from openapi import Parameter, Role

_AS_BOUND, _AS_DEFAULT = "counts as the nearest bound", "counts as the default"
_NO_VALUE = "x-no-such-value"
Pairs = Sequence[tuple[str, object]]


def query_experiments(
    api: ResourceClient, made: Sequence[Record], known: Mapping[str, str | None]
) -> Iterator[Experiment]:
    """The experiments that apply to the document, on a list that has only the records `made`.

    `known` are the values learnt so far, by node.
    """
    lab = _Queries(api, made, known)
    yield from lab.out_of_range()
    yield from lab.malformed_numbers()
    yield from lab.unknown_values()
    yield from lab.empty_parameters()
    yield from lab.repeated_parameters()
    yield from lab.unknown_parameters()
    yield from lab.plus_signs()


class _Queries(Lab):
    """Makes experiments for one resource. `tag` restricts a list to its own records."""

    def __init__(self, api: ResourceClient, made: Sequence[Record], known: Mapping[str, str | None]) -> None:
        super().__init__(api, made)
        self._known = known
        self._tag: Pairs = [(api.spec.search.parameter, api.tag)]
        self._seen: dict[str, ReceivedResponse] = {}

    def out_of_range(self) -> Iterator[Experiment]:
        trials = []
        for one in self._integers():
            schema = one.schema.node
            bounds = [(schema[name], step) for name, step in (("maximum", 1), ("minimum", -1)) if name in schema]
            for bound, step in bounds:
                clamped, default = self._same([(one.name, bound)]), self._same([])
                above, below = (clamped, clamped) if step > 0 else (refused, default)
                expected = {"clamped": clamped, "default": default, "clamped-above": above}
                trials.append(self._trial(one, bound + step, {**expected, "clamped-above-default-below": below}))
        phrases = {
            "refused": REFUSED,
            "clamped": _AS_BOUND,
            "default": _AS_DEFAULT,
            "clamped-above": "counts as the maximum if it is above it, and is refused below the minimum",
            "clamped-above-default-below": "counts as the maximum if it is above it, as the default below the minimum",
        }
        # Only a service that refuses numbers above the maximum also refuses numbers below the minimum.
        screening = 1 if self._api.spec.words["query/out-of-range"] == "refused" else 2
        yield from self._of_query("out-of-range", "LIST-LIMIT-BOUNDS", phrases, trials, screening)

    def malformed_numbers(self) -> Iterator[Experiment]:
        trials = []
        for one in self._integers():
            for text, start in (("2x", 2), ("1e2", 1), ("x", None)):
                leading = self._same([(one.name, start)] if start else [])
                trials.append(self._trial(one, text, {"leading-digits": leading, "default": self._same([])}))
        phrases = {"refused": REFUSED, "leading-digits": "counts as the digits at its start", "default": _AS_DEFAULT}
        yield from self._of_query("malformed-numbers", "LIST-LIMIT-DIGITS", phrases, trials)

    def unknown_values(self) -> Iterator[Experiment]:
        trials = []
        for one in self._filters():
            value = str(one.schema.node["enum"][0])
            for text, as_value in ((value.upper(), True), (_NO_VALUE, False)):
                expected = {
                    "ignored": self._same([]),
                    "nothing-found": self._empty,
                    "any-letter-case": self._same([(one.name, value)]) if as_value else refused,
                }
                trials.append(self._trial(one, text, expected))
        phrases = {
            "refused": REFUSED,
            "ignored": "is ignored",
            "nothing-found": "finds nothing",
            "any-letter-case": "counts in any letter case",
        }
        yield from self._of_query("unknown-values", "FILTER-REFUSES", phrases, trials)

    def empty_parameters(self) -> Iterator[Experiment]:
        chosen = [*self._filters()[:1], *self._integers()[:1]]
        trials = [
            Trial(
                f"A list with {one.name}=",
                self._sender([(one.name, "")]),
                {"judged-by-their-schema": refused, "ignored": self._same([])},
            )
            for one in chosen
        ]
        phrases = {"judged-by-their-schema": REFUSED, "ignored": "is the list without it"}
        # If invalid values are read as others, an empty one needs no separate experiment.
        others = [f"query/{name}" for name in ("unknown-values", "malformed-numbers")]
        words = [self._known.get(self._api.spec.at_word(name), self._api.spec.words[name]) for name in others]
        if set(words) == {"refused"}:
            yield from self._of_query("empty-parameters", "FILTER-REFUSES", phrases, trials)

    def repeated_parameters(self) -> Iterator[Experiment]:
        pairs: list[tuple[str, object, object]] = []
        if self._api.spec.listing.paging:
            pairs.append((self._api.spec.paging.limit, 1, 2))
        pairs += [(one.name, *one.schema.node["enum"][:2]) for one in self._filters()]
        trials = [
            Trial(
                f"A list with {name}={one}&{name}={other}",
                self._sender([(name, one), (name, other)]),
                {
                    "refused": refused,
                    "first": self._same([(name, one)]),
                    "last": self._same([(name, other)]),
                },
            )
            for name, one, other in pairs
        ]
        phrases = {"refused": REFUSED, "first": "counts by its first value", "last": "counts by its last value"}
        yield from self._of_query("repeated-parameters", "LIST-REPEATED-PARAMETER", phrases, trials)

    def unknown_parameters(self) -> Iterator[Experiment]:
        trials = [
            Trial(
                f"A list with {name}=1",
                self._sender([(name, "1")]),
                {"ignored": self._same([]), "refused": refused},
            )
            for name in ("x_unknown", "x_other")
        ]
        phrases = {"ignored": "is the list without it", "refused": REFUSED}
        yield from self._of_query("unknown-parameters", "LIST-UNKNOWN-PARAMETER", phrases, trials)

    def plus_signs(self) -> Iterator[Experiment]:
        """A number has a plus sign, and the text of a record a space: the search finds one of them."""
        api, record = self._api, self._made[0]
        numbers = [name for name in api.spec.search.fields if name in api.spec.creating.numbers]
        text = str(record.get(str(api.spec.tag_member)))
        trials = []
        if numbers and " " in text:
            digits = str(record.get(numbers[0])).removeprefix("+")
            trials = [self._plus(f"+{digits}", record, "lacks", "holds")]
            trials.append(self._plus(text.replace(" ", "+"), record, "holds", "lacks"))
        phrases = {"space": "is a search for a space", "plus": "is a search for a plus sign"}
        yield from self._of_query("plus", "SEARCH-PLUS", phrases, trials)

    def _plus(self, text: str, record: Record, as_space: str, as_plus: str) -> Trial:
        """A search for a text with a plain plus sign, and whether it finds a record with a space or with a plus."""
        api, query = self._api, f"{self._api.spec.search.parameter}={text}"
        expected = {"space": self._list(as_space, record), "plus": self._list(as_plus, record)}
        return Trial(f"A search for {text}", lambda: api.send(Role.LIST, query=query), expected)

    def _of_query(
        self, key: str, code: str, phrases: Mapping[str, str], trials: Sequence[Trial], screening: int = 1
    ) -> Iterator[Experiment]:
        return self._experiment(self._word(f"query/{key}"), code, Role.LIST, phrases, trials, screening)

    def _integers(self) -> list[Parameter]:
        """The size of a page, and its number."""
        paging = self._api.spec.listing.paging
        named = [self._api.spec.parameter(name) for name in ((paging.limit, paging.start) if paging else ())]
        return [one for one in named if one.schema.node.get("type") == "integer" and one.has_default]

    def _filters(self) -> list[Parameter]:
        """The filters with an enumeration."""
        named = [self._api.spec.parameter(one.parameter) for one in self._api.spec.listing.filters]
        return [one for one in named if len(one.schema.node.get("enum", ())) > 1 and not one.many]

    def _trial(self, one: Parameter, value: object, expected: Mapping[str, Claims]) -> Trial:
        what = f"A list with {one.name}={value}"
        return Trial(what, self._sender([(one.name, value)]), {"refused": refused, **expected})

    def _sender(self, pairs: Pairs) -> Callable[[], ReceivedResponse]:
        def send() -> ReceivedResponse:
            api = self._api
            response = api.client.send(api.call(Role.LIST, query=_encoded([*self._tag, *pairs])))
            if response.status >= 400:
                api.expect.conforms(api.spec.operation(Role.LIST), response)
            # The body of a success may have what was requested: a limit that no list may have.
            return response

        return send

    def _same(self, pairs: Pairs) -> Claims:
        """The list is the one with these parameters, which is read once."""

        def claims(response: ReceivedResponse) -> Sequence[Claim]:
            if response.status >= 400:
                return [accepted(response)]
            query = _encoded([*self._tag, *pairs])
            if query not in self._seen:
                self._seen[query] = self._api.send(Role.LIST, query=query)
            same = ("is", expressions.json(response), expressions.json(self._seen[query]))
            return [accepted(response), self._api.expect.documented_part(same)]

        return claims


def _encoded(pairs: Sequence[tuple[str, Any]]) -> str:
    return urlencode([(name, str(value)) for name, value in pairs], quote_via=quote)
