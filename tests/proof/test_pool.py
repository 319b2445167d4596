"""The parts of a proof in processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from multiprocessing.spawn import get_preparation_data

import pytest

from tests.proof.pool import Crashed, as_they_come


def _seven() -> int:
    return 7


def _dies() -> int:
    os._exit(3)


def _what_children_import() -> list[str]:
    return [name for name in get_preparation_data("child") if "main" in name]


def test_a_crash_does_not_stop_later_parts() -> None:
    """An exception, or a dead process, is the result of its part; later parts still run."""
    work: dict[str, Callable[[], int]] = {"good": _seven, "wrong": partial(int, "x"), "dead": _dies, "last": _seven}
    found = dict(as_they_come(work, jobs=1))
    assert (found["good"], found["last"]) == (7, 7)
    assert isinstance(found["wrong"], Crashed)
    assert found["wrong"].why == "ValueError: invalid literal for int() with base 10: 'x'"
    assert isinstance(found["dead"], Crashed)
    assert found["dead"].why.startswith("BrokenProcessPool: ")


def test_nothing_starts_after_the_time_limit() -> None:
    """Without any time nothing runs, and the parts that did not are missing from the results."""
    assert not list(as_they_come({"one": _seven}, jobs=1, minutes=0))


def test_children_of_a_worker_do_not_import_the_main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker has the main module, for the parts that come from it; the processes it starts do without."""
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)
    monkeypatch.setattr(sys.modules["__main__"], "__file__", __file__, raising=False)
    assert _what_children_import()
    assert dict(as_they_come({"one": _what_children_import}, jobs=1)) == {"one": []}
