"""The 99th percentile of the latency with many connections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median

from benchmarks.load import Rounds, compared, figures
from benchmarks.plan import Plan
from benchmarks.servers import REFERENCE, SERVERS, Server
from benchmarks.stages.peers import remark
from benchmarks.table import NOTHING, figure, table, times
from benchmarks.wrk import WHATS

TITLE = "The slowest one percent, at 64 connections"
_CONNECTIONS = 64


def run(plan: Plan) -> Iterator[str]:
    """Measure, and yield the lines of the section."""
    found = figures(plan, _CONNECTIONS)
    rows = [_row(server, found) for server in SERVERS if server.name in found]
    yield from table(["p99, ms", "", *WHATS], rows)
    yield ""
    yield (
        f"- `wrk -t1 -c{_CONNECTIONS}`, otherwise as with 16 connections; the ratio is to {REFERENCE} in the same "
        "round, lower is better."
    )


def _row(server: Server, found: Mapping[str, Rounds]) -> list[str]:
    return [server.name, server.nature, *(_cell(server, what, found) for what in WHATS)]


def _cell(server: Server, what: str, found: Mapping[str, Rounds]) -> str:
    rounds = found[server.name].values()
    if not rounds:
        return NOTHING
    p99 = median(one.reports[what].p99 for one in rounds)
    against = times(compared(found, server.name, REFERENCE, lambda one: one.reports[what].p99))
    return " ".join(filter(None, [figure(p99), against, remark(server, what)]))
