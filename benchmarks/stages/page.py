"""The page in Chromium: how soon it is painted, what it costs to have it open, and the memory of the journal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.errors import BenchmarkError
from benchmarks.installing import Packages
from benchmarks.machine import ROOT, client_core, pinned, tool
from benchmarks.phones import Phones
from benchmarks.plan import Plan
from benchmarks.processes import Running, started
from benchmarks.table import NOTHING, figure, ratio, table, times
from benchmarks.wrk import Loads, loaded, measured_loads

TITLE = "The page"
_FEW = 12
_LOADS = 5
_CONNECTIONS = 16
_JOURNAL = 200_000
_PARTS = ("requests", "records", "rules", "network", "clock", "sessions", "contract")
_WHATS = ("list", "get", "register")
_PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


@dataclass(frozen=True, slots=True)
class Watching:
    """A row: the part of the page that is open during the load (None: no page), and options of the mock."""

    name: str
    part: str | None = None
    options: tuple[str, ...] = ()
    packages: Packages | None = None


_WATCHING = (
    Watching("page closed"),
    Watching("--no-ui", options=("--no-ui",)),
    Watching("page open: requests", "requests"),
    Watching("page open: records", "records"),
)


def run(plan: Plan) -> Iterator[str]:
    """Measure, and yield the lines of the section."""
    tool("wrk")
    sizes = (_FEW, max(plan.sizes))
    painted = {size: _first_paints(plan, plan.phones(size)) for size in sizes}
    head = ["First paint, ms", *(f"{size:,} records" for size in sizes)]
    yield from table(head, [[part, *(_cell(painted[size][part]) for size in sizes)] for part in _PARTS])
    yield ""
    phones = plan.phones(_FEW)
    found = plan.measured(_WATCHING, lambda one, _home: _measured(one, phones, plan.seconds))
    yield from table(["Requests per second", *_WHATS], [_rates(name, found) for name in found])
    yield ""
    yield from table(["The mock's CPU time of a request, us", *_WHATS], [_busy(name, found) for name in found])
    yield ""
    yield from table(["Memory of the journal", "requests", "MB", "first paint, ms"], _journal(plan, phones))
    yield ""
    yield f"""\
- *First paint* is Chromium's first contentful paint: the median of {_LOADS * plan.rounds} visits, each in a new
  profile, and the worst in brackets.
- The mock has one core; wrk and Chromium share the other, so an open page takes requests from wrk: compare the CPU
  time. {_CONNECTIONS} connections; in brackets the ratio to the row *page closed* in the same round.
- The journal gets refused registrations, with the bodies of request and response."""


def _command(phones: Phones, *options: str) -> list[str]:
    data = ["--data", str(phones.array()), "--port", "{port}", "--no-log"]
    return [sys.executable, "-m", "mock_server", *data, *options]


@contextmanager
def _browser() -> Iterator[Browser]:
    """Chromium, on the client's core. Raises BenchmarkError."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        raise BenchmarkError("chromium is missing: install it (on Debian: apt-get install chromium)")
    with ExitStack() as stack:
        with pinned(client_core()):  # The processes that start here stay there.
            driver = stack.enter_context(sync_playwright())
            browser = driver.chromium.launch(executable_path=found, args=[*_ARGUMENTS])
        yield browser
        browser.close()


def _open(browser: Browser, port: int, part: str) -> Page:
    page = browser.new_context().new_page()
    page.goto(f"http://127.0.0.1:{port}/__mock/page/{part}", wait_until="load")
    return page


def _painted_ms(browser: Browser, port: int, part: str) -> float:
    page = _open(browser, port, part)
    paint = page.wait_for_function(_PAINTED).json_value()
    page.context.close()
    return float(paint)


def _first_paints(plan: Plan, phones: Phones) -> Mapping[str, list[float]]:
    """The first paint of each part, in ms, in all visits."""
    found: dict[str, list[float]] = {part: [] for part in _PARTS}
    limit_s = plan.start_limit_s
    with started(_command(phones), "/api/phones", folder=ROOT, limit_s=limit_s) as mock, _browser() as browser:
        for part in _PARTS:
            _painted_ms(browser, mock.port, part)
        for turn, part in plan.shuffled(_PARTS):
            plan.tell(turn, f"first paint of {part} with {phones.count:,} phones")
            found[part] += [_painted_ms(browser, mock.port, part) for _ in range(_LOADS)]
    return found


def _measured(one: Watching, phones: Phones, seconds: int) -> Loads:
    """The load of one row. Raises BenchmarkError."""
    with started(_command(phones, *one.options), "/api/phones", folder=ROOT) as mock:
        if one.part is None:
            return _load(mock, phones, seconds)
        with _browser() as browser:
            _open(browser, mock.port, one.part)
            return _load(mock, phones, seconds)


def _load(mock: Running, phones: Phones, seconds: int) -> Loads:
    one = f"/api/phones/{phones.first(1)[0]['uuid']}"
    paths = {what: one if what == "get" else "/api/phones" for what in _WHATS}
    return measured_loads(mock, paths, connections=_CONNECTIONS, seconds=seconds)


def _journal(plan: Plan, phones: Phones) -> Iterator[list[str]]:
    """The mock's memory with an empty journal, and with a full one."""
    command = _command(phones, "--journal", str(_JOURNAL))
    with started(command, "/api/phones", folder=ROOT) as mock, _browser() as browser:
        sent = 0
        while True:
            memory = mock.memory_mb()
            paints = [_painted_ms(browser, mock.port, "requests") for _ in range(_LOADS)]
            yield [f"--journal {_JOURNAL}", f"{sent:,}", f"{memory:,.0f}", _cell(paints)]
            if sent >= _JOURNAL:
                return
            while sent < _JOURNAL:
                plan.tell(0, f"a journal of {sent:,} requests")
                report = loaded(mock.port, "invalid", "/api/phones", connections=_CONNECTIONS, seconds=10, first=sent)
                sent += report.requests


def _cell(paints: list[float]) -> str:
    return f"{figure(median(paints))} ({figure(max(paints))})"


def _rates(name: str, found: Mapping[str, Mapping[int, Loads]]) -> list[str]:
    rates = {
        (one, what): {turn: figures.reports[what].per_second for turn, figures in rounds.items()}
        for one, rounds in found.items()
        for what in _WHATS
    }
    return [name, *(_compared(rates[name, what], rates[_WATCHING[0].name, what]) for what in _WHATS)]


def _busy(name: str, found: Mapping[str, Mapping[int, Loads]]) -> list[str]:
    busy = {
        (one, what): {turn: figures.busy_us[what] for turn, figures in rounds.items()}
        for one, rounds in found.items()
        for what in _WHATS
    }
    return [name, *(_compared(busy[name, what], busy[_WATCHING[0].name, what]) for what in _WHATS)]


def _compared(mine: Mapping[int, float], closed: Mapping[int, float]) -> str:
    if not mine:
        return NOTHING
    return f"{figure(median(mine.values()))} ({times(ratio(mine, closed)) or NOTHING})"
