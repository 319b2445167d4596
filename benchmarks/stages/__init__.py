"""The stages, one section of the report each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from benchmarks.plan import Plan
from benchmarks.stages import check, fixtures, forwarding, growth, page, peers, start, tail


@dataclass(frozen=True, slots=True)
class Stage:
    """A section: its title, and the function that measures and yields its lines (raises BenchmarkError)."""

    title: str
    run: Callable[[Plan], Iterator[str]]


STAGES: Mapping[str, Stage] = {
    "peers": Stage(peers.TITLE, peers.run),
    "tail": Stage(tail.TITLE, tail.run),
    "growth": Stage(growth.TITLE, growth.run),
    "start": Stage(start.TITLE, start.run),
    "forwarding": Stage(forwarding.TITLE, forwarding.run),
    "page": Stage(page.TITLE, page.run),
    "check": Stage(check.TITLE, check.run),
    "fixtures": Stage(fixtures.TITLE, fixtures.run),
}
"""By the values of `--stage`, in the order of the report."""
