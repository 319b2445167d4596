"""Proxies that check requests and responses by the document, in front of the same service."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median

from benchmarks.calls import Caller
from benchmarks.errors import BenchmarkError
from benchmarks.installing import Home, Packages
from benchmarks.machine import client_core, on_core, tool
from benchmarks.phones import Phones, plain_document
from benchmarks.plan import Plan
from benchmarks.processes import started
from benchmarks.servers import PRISM_PACKAGES
from benchmarks.table import NOTHING, figure, ratio, table, times
from benchmarks.wrk import Loads, measured_loads

TITLE = "In front of a service"
_CONNECTIONS = 16
_PHONES = 12
_WHATS = ("list", "get", "register")
_REFERENCE = "Prism proxy"


@dataclass(frozen=True, slots=True)
class Proxy:
    """One row: the path of its API, and its packages (None: this project's own)."""

    name: str
    base: str
    options: tuple[str, ...] = ()
    packages: Packages | None = None


PROXIES = (
    Proxy("callcamp-mock --upstream", "/api", ("--upstream-mode", "forward")),
    Proxy("the same, --upstream-mode compare", "/api", ("--upstream-mode", "compare")),
    Proxy("the same, --learn", "/api", ("--learn",)),
    Proxy(_REFERENCE, "", packages=PRISM_PACKAGES),
)
"""The rows of the table."""

_NOTES = f"""\
- The service is callcamp-mock without a log, on the core of wrk; the proxy has the other. {_CONNECTIONS} connections.
  *Requests* per second, the ratio to {_REFERENCE} in the same round, in brackets the latencies p50 and p99 in ms.
- *CPU time*: the proxy's, in microseconds for a request. All validate requests and responses.
- The list has ten of {_PHONES} phones. Register sends a new number each time; it is never compared."""


def run(plan: Plan) -> Iterator[str]:
    """Measure, and yield the lines of the section."""
    tool("wrk")
    phones = plan.phones(_PHONES)
    found = plan.measured(plan.wanted(PROXIES), lambda proxy, home: _measured(proxy, home, phones, plan.seconds))
    yield from table(["", *(f"{what}/s" for what in _WHATS)], [_row(name, found) for name in found])
    yield ""
    yield from table(["CPU time of a request, us", *_WHATS], [_busy_row(name, found) for name in found])
    yield ""
    yield _NOTES


def _service(phones: Phones) -> list[str]:
    command = [sys.executable, "-m", "mock_server", "--data", str(phones.array()), "--port", "{port}", "--no-log"]
    return [*on_core(client_core()), *command]


def _command(proxy: Proxy, home: Home, url: str) -> list[str]:
    if proxy.packages is None:
        command = [sys.executable, "-m", "mock_server", "--port", "{port}", "--no-log", "--upstream", url]
        return [*command, "--upstream-writes", *proxy.options]
    start = [tool("node"), str(home.modules / "@stoplight/prism-cli/dist/index.js"), "proxy"]
    where = ["--host", "127.0.0.1", "--port", "{port}", "--verboseLevel", "error"]
    return [*start, *where, str(plain_document(home.folder)), url]


def _measured(proxy: Proxy, home: Home, phones: Phones, seconds: int) -> Loads:
    """Start a service and a proxy, check that it forwards, and measure it. Raises BenchmarkError."""
    with started(_service(phones), "/api/phones", folder=home.folder) as service:
        command = _command(proxy, home, f"http://127.0.0.1:{service.port}/api")
        collection = f"{proxy.base}/phones"
        with started(command, collection, folder=home.folder) as running:
            key = _key(service.port, running.port, collection)
            paths = {what: f"{collection}/{key}" if what == "get" else collection for what in _WHATS}
            return measured_loads(running, paths, connections=_CONNECTIONS, seconds=seconds)


def _key(service: int, proxy: int, collection: str) -> str:
    """The key of a phone, which both must have. Raises BenchmarkError."""
    with Caller(service, timeout_s=10) as direct, Caller(proxy, timeout_s=10) as forwarded:
        theirs = direct("GET", "/api/phones", None)
        through = forwarded("GET", collection, None)
    if (theirs.status, theirs.value) != (through.status, through.value):
        raise BenchmarkError(f"GET {collection}: got {through.status}, and not what the service answers")
    key: str = theirs.value["phones"][0]["uuid"]
    return key


def _row(name: str, found: Mapping[str, Mapping[int, Loads]]) -> list[str]:
    return [name, *(_cell(name, what, found) for what in _WHATS)]


def _cell(name: str, what: str, found: Mapping[str, Mapping[int, Loads]]) -> str:
    reports = {turn: one.reports[what] for turn, one in found[name].items()}
    if not reports:
        return NOTHING
    rates = {turn: one.per_second for turn, one in reports.items()}
    others = {turn: one.reports[what].per_second for turn, one in found.get(_REFERENCE, {}).items()}
    p50, p99 = median(one.p50 for one in reports.values()), median(one.p99 for one in reports.values())
    cells = [f"{median(rates.values()):,.0f}", times(ratio(rates, others)), f"({p50:.1f}, {p99:.1f})"]
    return " ".join(filter(None, cells))


def _busy_row(name: str, found: Mapping[str, Mapping[int, Loads]]) -> list[str]:
    cells: list[str] = []
    for what in _WHATS:
        busy = {turn: one.busy_us[what] for turn, one in found[name].items()}
        others = {turn: one.busy_us[what] for turn, one in found.get(_REFERENCE, {}).items()}
        cells.append(f"{figure(median(busy.values()))} {times(ratio(busy, others))}".strip() if busy else NOTHING)
    return [name, *cells]
