"""Rounds and their failures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.installing import Home, Packages
from benchmarks.plan import Plan


@dataclass(frozen=True, slots=True)
class Row:
    """A row to measure."""

    name: str
    packages: Packages | None = None


ROWS = [Row("a"), Row("b"), Row("c")]


def test_each_round_measures_every_row_once(tmp_path: Path) -> None:
    """Each round measures each row once, in an order that depends on the seed and the round."""
    plan = Plan(tmp_path, rounds=20, seed=3)
    order = [(turn, row.name) for turn, row in plan.shuffled(ROWS)]
    rounds = [[name for turn, name in order if turn == number] for number in range(20)]
    assert all(sorted(names) == ["a", "b", "c"] for names in rounds)
    assert len({tuple(names) for names in rounds}) > 1
    assert order == [(turn, row.name) for turn, row in plan.shuffled(ROWS)]


def test_a_failing_row_does_not_stop_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A failing row is recorded with its reason and not tried again; the others are measured to the end."""
    tried: list[str] = []

    def measure(row: Row, _home: Home) -> int:
        tried.append(row.name)
        if row.name == "b":
            raise BenchmarkError("java is missing: install it")
        return len(tried)

    plan = Plan(tmp_path, rounds=3)
    found = plan.measured(ROWS, measure)
    assert {name: sorted(rounds) for name, rounds in found.items()} == {"a": [0, 1, 2], "b": [], "c": [0, 1, 2]}
    assert tried.count("b") == 1
    assert plan.troubles == ["b: java is missing: install it"]
    assert "not measured: b: java is missing: install it" in capsys.readouterr().err


def test_choosing_peers_keeps_our_rows(tmp_path: Path) -> None:
    """Choosing peers leaves out the others, but never this project's rows."""
    peers = [Row("x", Packages("npm", ("x@1",))), Row("y", Packages("pip", ("y==1",)))]
    assert Plan(tmp_path).wanted([*ROWS, *peers]) == [*ROWS, *peers]
    assert Plan(tmp_path, peers=frozenset({"y"})).wanted([*ROWS, *peers]) == [*ROWS, peers[1]]
