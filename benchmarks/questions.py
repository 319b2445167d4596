"""The requests of the growth stage, and their times."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from itertools import count, cycle
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

from benchmarks.calls import Caller
from benchmarks.errors import BenchmarkError
from benchmarks.servers import Server

LONGEST_RESPONSE_S = 30.0
_MOST, _LEAST = 200, 3
_PAGE = 10
_STATUSES = ("active", "inactive", "registered", "pending")
_TYPES = ("private", "shared", "ordered")
_PROVIDERS = ("vapi", "twilio", "vonage", "telnyx")


class Times(NamedTuple):
    """The response times of one question in milliseconds."""

    median: float
    worst: float


class Request(NamedTuple):
    """A request, the expected status, and a check of the returned page."""

    method: str
    path: str
    body: object = None
    status: int = 200
    holds: Callable[[int], bool] = lambda _total: True


@dataclass(frozen=True, slots=True)
class _Sample:
    """Input of the requests: the keys and numbers of existing phones."""

    server: Server
    size: int
    keys: list[str]
    numbers: list[str]


def _first_page(sample: _Sample) -> Iterator[Request]:
    return cycle([Request("GET", sample.server.api.page.format(page=1))])


def _deep_page(sample: _Sample) -> Iterator[Request]:
    pages = _deep_pages(sample.size)
    return cycle([Request("GET", sample.server.api.page.format(page=page)) for page in pages])


def _deep_pages(size: int) -> list[int]:
    """The last full pages, the very last first."""
    last = max(size // _PAGE, 1)
    return list(range(last, max(last - _PAGE, 0), -1))


def _status(sample: _Sample) -> Iterator[Request]:
    return cycle([Request("GET", sample.server.api.status.format(status=status)) for status in _STATUSES])


def _status_and_type(sample: _Sample) -> Iterator[Request]:
    path = sample.server.api.status_and_type
    return cycle([Request("GET", path.format(status=status, type=kind)) for status in _STATUSES for kind in _TYPES])


def _rare_hit(sample: _Sample) -> Iterator[Request]:
    return (_search(sample, number.removeprefix("+"), lambda total: total >= 1) for number in cycle(sample.numbers))


def _many_hits(sample: _Sample) -> Iterator[Request]:
    least = sample.size // 40
    return (_search(sample, provider, lambda total: total >= least) for provider in cycle(_PROVIDERS))


def _no_hit(sample: _Sample) -> Iterator[Request]:
    return (_search(sample, f"nobody {turn}", lambda total: total == 0) for turn in count())


def _search(sample: _Sample, text: str, holds: Callable[[int], bool]) -> Request:
    return Request("GET", sample.server.api.search.format(text=text.replace(" ", "%20")), holds=holds)


def _register(sample: _Sample) -> Iterator[Request]:
    # Under the same unassigned calling code as the existing phones, and longer.
    path = sample.server.api.collection
    return (Request("POST", path, {"number": f"+999{turn:011}", "name": "Front desk"}, 201) for turn in count())


def _get(sample: _Sample) -> Iterator[Request]:
    return cycle([Request("GET", sample.server.api.item.format(key=key)) for key in sample.keys])


def _update(sample: _Sample) -> Iterator[Request]:
    item, keys = sample.server.api.item, enumerate(cycle(sample.keys))
    return (Request("PATCH", item.format(key=key), {"name": f"Night desk {turn}"}) for turn, key in keys)


def _delete(sample: _Sample) -> Iterator[Request]:
    return iter([Request("DELETE", sample.server.api.item.format(key=key)) for key in sample.keys])


QUESTIONS: Mapping[str, Callable[[_Sample], Iterator[Request]]] = {
    "list, first page": _first_page,
    "list, deep page": _deep_page,
    "one status": _status,
    "one status and type": _status_and_type,
    "search, rare hit": _rare_hit,
    "search, many hits": _many_hits,
    "search, no hit": _no_hit,
    "register": _register,
    "get": _get,
    "update": _update,
    "delete": _delete,
}
"""In this order, since deleted phones are no longer available."""


def response_times(server: Server, port: int, size: int, seconds: float) -> dict[str, Times]:
    """Time all questions, one request after the other. Raises BenchmarkError for a wrong response.

    If a response takes longer than LONGEST_RESPONSE_S, the times of its question are infinite.
    """
    with Caller(port, LONGEST_RESPONSE_S) as caller:
        try:
            sample = _sampled(server, caller, size)
            return {name: _times(caller, sample, make(sample), seconds) for name, make in QUESTIONS.items()}
        except (OSError, HTTPException, ValueError, KeyError, IndexError) as error:
            raise BenchmarkError(f"responds differently from its documentation: {error!r}") from None


def _sampled(server: Server, caller: Caller, size: int) -> _Sample:
    """Phones from the whole list, most of them from its end."""
    api = server.api
    keys, numbers = [], []
    for page in sorted({1, max(size // _PAGE // 2, 1), *_deep_pages(size)}):
        response = caller("GET", api.page.format(page=page))
        if response.value[api.total] != size:
            raise BenchmarkError(f"has {response.value[api.total]} phones, not {size}")
        keys += [record[api.key] for record in response.value[api.records]]
        numbers += [record["number"] for record in response.value[api.records]]
    return _Sample(server, size, keys, numbers)


def _times(caller: Caller, sample: _Sample, requests: Iterator[Request], seconds: float) -> Times:
    took: list[float] = []
    until = perf_counter() + seconds
    for turn, request in enumerate(requests):
        if turn >= _MOST or (turn >= _LEAST and perf_counter() > until):
            break
        try:
            response = caller(request.method, request.path, request.body)
        except TimeoutError:
            return Times(float("inf"), float("inf"))
        _judge(sample, request, response.status, response.value)
        took.append(response.ms)
    return Times(median(took), max(took))


def _judge(sample: _Sample, request: Request, status: int, value: Any) -> None:
    api = sample.server.api
    if status != request.status:
        raise BenchmarkError(f"{request.method} {request.path}: is answered with {status}, not {request.status}")
    if isinstance(value, dict) and api.total in value and not request.holds(value[api.total]):
        raise BenchmarkError(f"{request.method} {request.path}: finds {value[api.total]} phones")
