"""Servers under the load of sixteen connections: start, memory, throughput, latency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median

from benchmarks.load import PHONES, Rounds, compared, figures
from benchmarks.plan import Plan
from benchmarks.servers import REFERENCE, SERVERS, Server
from benchmarks.table import NOTHING, table, times
from benchmarks.wrk import WHATS

TITLE = "Servers compared"
_CONNECTIONS = 16
_NOTES = f"""\
- {_CONNECTIONS} connections (`wrk -t1 -c{_CONNECTIONS}`), the server on one core and wrk on another. *Requests*:
  per second, the ratio to {REFERENCE} in the same round, and in brackets the latencies p50 and p99 in milliseconds.
- *First response*: from the command to the first 200 of the list. *Memory*: resident, after the first response and
  after the load; servers that keep state hold many more than the first {PHONES} phones by then.
- *CPU time*: the server process's, in microseconds; the better figure if other work uses the core.
- The list has ten of {PHONES} phones. Register sends a new number each time, invalid a body with three
  violations. List and get run first. Every server passed a check of its responses before it was measured."""


def run(plan: Plan) -> Iterator[str]:
    """Measure, and yield the lines of the section."""
    found = figures(plan, _CONNECTIONS)
    servers = [server for server in SERVERS if server.name in found]
    head = ["", "", "first answer, s", "memory, MB: start > load", *(f"{what}/s" for what in WHATS)]
    yield from table(head, [_row(server, found) for server in servers])
    yield ""
    busy = ([server.name, *(_busy_cell(server, what, found) for what in WHATS)] for server in servers)
    yield from table(["CPU time of a request, us", *WHATS], busy)
    yield ""
    yield _NOTES
    yield from (f"- {server.name}: {server.about}." for server in servers)


def _row(server: Server, found: Mapping[str, Rounds]) -> list[str]:
    rounds = found[server.name].values()
    if not rounds:
        return [server.name, server.nature, *[NOTHING] * (2 + len(WHATS))]
    start = median(one.first_response_s for one in rounds)
    memory = [median(one.memory_at_start for one in rounds), median(one.memory_under_load for one in rounds)]
    cells = [_cell(server, what, found) for what in WHATS]
    return [server.name, server.nature, f"{start:.2f}", f"{memory[0]:.0f} > {memory[1]:.0f}", *cells]


def _cell(server: Server, what: str, found: Mapping[str, Rounds]) -> str:
    reports = [one.reports[what] for one in found[server.name].values()]
    rate = median(one.per_second for one in reports)
    p50, p99 = median(one.p50 for one in reports), median(one.p99 for one in reports)
    against = times(compared(found, server.name, REFERENCE, lambda one: one.reports[what].per_second))
    return " ".join(filter(None, [f"{rate:,.0f}", against, f"({p50:.1f}, {p99:.1f})", remark(server, what)]))


def _busy_cell(server: Server, what: str, found: Mapping[str, Rounds]) -> str:
    rounds = found[server.name].values()
    if not rounds:
        return NOTHING
    busy_us = median(one.busy_us[what] for one in rounds)
    against = times(compared(found, server.name, REFERENCE, lambda one: one.busy_us[what]))
    return " ".join(filter(None, [f"{busy_us:,.0f}", against, remark(server, what)]))


def remark(server: Server, what: str) -> str:
    """What a server does not do for a request, so that its figure can't be compared."""
    if what == "register" and not server.keeps_state:
        return "not kept"
    return "not refused" if what == "invalid" and not server.validates else ""
