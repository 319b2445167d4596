"""Runs the many parts of a proof in processes: each result as it comes, a crash as a result, in a bounded time."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import NamedTuple, TypeVar

Key = TypeVar("Key")
Result = TypeVar("Result")


class Crashed(NamedTuple):
    """What stopped one part."""

    why: str


def as_they_come(
    work: Mapping[Key, Callable[[], Result]], jobs: int, minutes: float | None = None
) -> Iterator[tuple[Key, Result | Crashed]]:
    """The results of the work, up to `jobs` parts at a time. After `minutes` no part is started that has not begun.

    The callables have to be picklable. An exception, or a process that dies, becomes the result of its part.
    """
    ends_s = None if minutes is None else time.monotonic() + minutes * 60
    waiting = deque(work.items())
    while waiting and not _is_over(ends_s):
        with ProcessPoolExecutor(jobs, get_context("spawn"), _hide_main_module) as pool:
            yield from _until_broken(pool, waiting, jobs, ends_s)


def _until_broken(
    pool: ProcessPoolExecutor, waiting: deque[tuple[Key, Callable[[], Result]]], jobs: int, ends_s: float | None
) -> Iterator[tuple[Key, Result | Crashed]]:
    """Results until nothing is left to start; a pool that lost a process accepts no more work."""
    running: dict[Future[Result], Key] = {}
    is_broken = False
    while True:
        while waiting and len(running) < jobs and not is_broken and not _is_over(ends_s):
            key, call = waiting.popleft()
            running[pool.submit(call)] = key
        if not running:
            return
        for done in wait(running, return_when=FIRST_COMPLETED).done:
            error = done.exception()
            is_broken = is_broken or isinstance(error, BrokenProcessPool)
            yield running.pop(done), Crashed(f"{type(error).__name__}: {error}") if error else done.result()


def _is_over(ends_s: float | None) -> bool:
    return ends_s is not None and time.monotonic() >= ends_s


def _hide_main_module() -> None:
    """Keep the children of this process from importing the main module again.

    multiprocessing does so for each child, by the module's name or file. A child that runs the check needs nothing of
    it, and the imports of a proof cost more than a short run.
    """
    main = sys.modules["__main__"]
    main.__spec__ = None
    vars(main).pop("__file__", None)
