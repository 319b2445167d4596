"""Servers under load. In each round every server runs once, in shuffled order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.errors import BenchmarkError
from benchmarks.installing import Home
from benchmarks.machine import client_core, tool
from benchmarks.phones import Phones
from benchmarks.plan import Plan
from benchmarks.processes import Running, started
from benchmarks.responses import check
from benchmarks.servers import SERVERS, Server
from benchmarks.table import ratio
from benchmarks.wrk import WHATS, Report, loaded

PHONES = 12
_WARM_UP_NUMBER = 5_000_000_000
"""The first of the numbers for the warm-up."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one server in one round: memory in MB, and wrk's report and the CPU time by request.

    `busy_us` is the server process's CPU time for a request, in microseconds.
    """

    first_response_s: float
    memory_at_start: float
    memory_under_load: float
    reports: Mapping[str, Report]
    busy_us: Mapping[str, float]


Rounds = Mapping[int, Figures]
"""By the number of the round; failed rounds are left out."""


def figures(plan: Plan, connections: int) -> Mapping[str, Rounds]:
    """The figures of every chosen server by name, without the rounds that failed.

    Raises BenchmarkError if none can be measured.
    """
    tool("wrk")
    client_core()
    phones = plan.phones(PHONES)
    return plan.measured(
        plan.wanted(SERVERS), lambda server, home: measured(server, home, phones, connections, plan.seconds)
    )


def compared(
    found: Mapping[str, Rounds], name: str, reference: str, figure: Callable[[Figures], float]
) -> float | None:
    """The ratio of a figure to the reference's; None unless both were measured."""
    ours, theirs = ({turn: figure(one) for turn, one in found.get(who, {}).items()} for who in (name, reference))
    return ratio(ours, theirs)


def measured(server: Server, home: Home, phones: Phones, connections: int, seconds: int) -> Figures:
    """Start a server, check its responses and measure it. Raises BenchmarkError."""
    command = server.command(home, phones)
    with started(command, server.api.list, folder=home.folder) as running:
        at_start = running.memory_mb()
        key = check(server, running.port, phones)
        reports, busy_us = _under_load(server, running, key, connections, seconds)
        return Figures(running.first_response_s, at_start, running.memory_mb(), reports, busy_us)


def _under_load(
    server: Server, running: Running, key: str, connections: int, seconds: int
) -> tuple[dict[str, Report], dict[str, float]]:
    """Wrk's reports on the four requests, and the CPU time of each in microseconds. Raises BenchmarkError."""
    api = server.api
    paths = {"list": api.list, "get": api.item.format(key=key), "register": api.collection, "invalid": api.collection}
    reports: dict[str, Report] = {}
    busy_us: dict[str, float] = {}
    for what in WHATS:
        loaded(
            running.port, what, paths[what], connections=connections, seconds=server.warm_up_s, first=_WARM_UP_NUMBER
        )
        before_s = running.busy_s()
        report = loaded(running.port, what, paths[what], connections=connections, seconds=seconds, first=0)
        busy_us[what] = (running.busy_s() - before_s) / max(report.requests, 1) * 1e6
        reports[what] = report
        _judge(server, what, report)
    return reports, busy_us


def _judge(server: Server, what: str, report: Report) -> None:
    wanted = report.requests if what == "invalid" and server.validates else 0
    if report.refused != wanted:
        raise BenchmarkError(f"{what}: {report.refused} of {report.requests} requests were refused, not {wanted}")
