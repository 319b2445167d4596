"""Single requests with few phones and with many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.installing import Home
from benchmarks.machine import client_core, pinned
from benchmarks.plan import Plan
from benchmarks.processes import NotStartedError, started
from benchmarks.questions import LONGEST_RESPONSE_S, QUESTIONS, Times, response_times
from benchmarks.servers import REFERENCE, SERVERS, Server
from benchmarks.table import NOTHING, figure, ratio, table, times

TITLE = "Growth"
_SERVERS = tuple(server for server in SERVERS if server.grows)


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one server with one number of phones in one round: memory in MB, times by question."""

    first_response_s: float
    memory: float
    questions: Mapping[str, Times]


_NOTES = f"""\
- Sequential requests on one keep-alive connection: the median in milliseconds, the worst in brackets, and the ratio
  of the medians to {REFERENCE} in the same round.
- Deep pages are the last pages. A rare hit is one number; many hits are the phones of one provider, a tenth to a
  quarter of all. Get, update and delete use phones from the whole list.
- Memory is measured after the first response; per phone is its growth from the smallest number of phones."""

Found = dict[tuple[str, int], dict[int, Figures]]
"""By the server's name and the number of phones, then by round."""

Reasons = dict[tuple[str, int], str]
"""The reasons for missing figures, by the same keys."""


def run(plan: Plan) -> Iterator[str]:
    """Measure, and yield the lines of the section."""
    client_core()
    servers = plan.wanted(_SERVERS)
    found, reasons = _measured(plan, servers)
    head = ["", "ms", *(f"{size:,}" for size in plan.sizes)]
    yield from table(head, (row for server in servers for row in _rows(plan, server.name, found, reasons)))
    yield ""
    yield _NOTES
    yield from (f"- {server.name}: {server.about}." for server in servers)


def _measured(plan: Plan, servers: Sequence[Server]) -> tuple[Found, Reasons]:
    """The figures, and the reasons for missing ones."""
    homes = plan.installed(servers)
    found: Found = {(server.name, size): {} for server in servers for size in plan.sizes}
    reasons: Reasons = {}
    for turn, server in plan.shuffled(servers):
        for size in plan.sizes if server.name in homes else ():
            row = (server.name, size)
            # A server that failed is not tried again with as many phones, nor with more.
            if any(name == server.name and least <= size for name, least in reasons):
                reasons.setdefault(row, "not tried")
                continue
            plan.tell(turn, f"{server.name} with {size:,} phones")
            reasons[row] = "failed"
            with plan.noting(f"{server.name} with {size:,} phones"):
                try:
                    found[row][turn] = _one(server, homes[server.name], size, plan)
                    del reasons[row]
                except NotStartedError:
                    reasons[row] = f"not started within {plan.start_limit_s:g} s"
                    raise
    return found, reasons


def _one(server: Server, home: Home, size: int, plan: Plan) -> Figures:
    command = server.command(home, plan.phones(size))
    with started(command, server.api.list, folder=home.folder, limit_s=plan.start_limit_s) as running:
        memory = running.memory_mb()
        with pinned(client_core()):
            return Figures(running.first_response_s, memory, response_times(server, running.port, size, plan.seconds))


def _rows(plan: Plan, name: str, found: Found, reasons: Reasons) -> Iterator[list[str]]:
    """One row for each figure of a server, with one cell for each number of phones."""
    cells = {size: _cells(name, size, plan.sizes[0], found) for size in plan.sizes}
    first, *others = "first answer, s", "memory, MB", "per phone, bytes", *QUESTIONS
    yield [name, first, *(cells[size].get(first) or reasons.get((name, size), NOTHING) for size in plan.sizes)]
    if any(cells.values()):
        yield from ([name, one, *(cells[size].get(one, NOTHING) for size in plan.sizes)] for one in others)


def _cells(name: str, size: int, smallest: int, found: Found) -> dict[str, str]:
    rounds = found[name, size]
    if not rounds:
        return {}
    memory = median(one.memory for one in rounds.values())
    cells = {
        "first answer, s": f"{median(one.first_response_s for one in rounds.values()):.2f}",
        "memory, MB": f"{memory:,.0f}",
        **{question: _cell(question, name, size, found) for question in QUESTIONS},
    }
    few = found[name, smallest]
    if few and size > smallest:
        grown = memory - median(one.memory for one in few.values())
        cells["per phone, bytes"] = f"{grown * 2**20 / (size - smallest):,.0f}"
    return cells


def _cell(question: str, name: str, size: int, found: Found) -> str:
    all_times = [one.questions[question] for one in found[name, size].values()]
    middle, worst = median(one.median for one in all_times), max(one.worst for one in all_times)
    if worst == float("inf"):
        return f"over {LONGEST_RESPONSE_S * 1000:,.0f}"
    mine, reference = (
        {turn: one.questions[question].median for turn, one in found.get((who, size), {}).items()}
        for who in (name, REFERENCE)
    )
    return f"{figure(middle)} ({figure(worst)}) {times(ratio(mine, reference))}".strip()
