"""Concurrent threads: what must hold between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import TypeVar

from openapi import Contract
from tests.mock_server.support import NUMBER, PHONES, Caller, caller_of, number

T = TypeVar("T")


def at_once(count: int, work: Callable[[int], T]) -> list[T]:
    """The results of `work` in `count` threads that start together."""
    barrier = Barrier(count)

    def begin(index: int) -> T:
        barrier.wait()
        return work(index)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


def update(call: Caller, path: str, changes: list[dict[str, str]], index: int) -> int:
    """The status of one of several updates."""
    return Caller(call.app)("PATCH", path, changes[index]).status


def test_one_of_fifty_threads_registers_a_number(call: Caller) -> None:
    """Of fifty threads that register one number, one succeeds and 49 get a conflict."""
    statuses = at_once(50, lambda _: Caller(call.app)("POST", PHONES, {"number": NUMBER}).status)
    assert Counter(statuses) == {201: 1, 409: 49}
    assert call.get().body["total"] == 1


def test_concurrent_updates_of_different_fields_are_kept(call: Caller) -> None:
    """Concurrent updates of different fields of one phone are all kept."""
    path = f"{PHONES}/{call.register()['uuid']}"
    for round_ in range(20):
        name, status, kind = f"name {round_}", ["active", "inactive"][round_ % 2], ["shared", "private"][round_ % 2]
        changes = [{"name": name}, {"status": status}, {"type": kind}]
        assert at_once(3, partial(update, call, path, changes)) == [200] * 3
        phone = call.get(path).body
        assert (phone["name"], phone["status"], phone["type"]) == (name, status, kind)


def test_concurrent_updates_have_different_times(call: Caller) -> None:
    """Each update moves `updatedAt`, even on a frozen clock."""
    path = f"{PHONES}/{call.register()['uuid']}"
    times = at_once(20, lambda _: Caller(call.app)("PATCH", path, {"name": "x"}).body["updatedAt"])
    assert len(set(times)) == 20


def test_one_of_many_deletes_succeeds(call: Caller) -> None:
    """Of many deletes of one phone, one succeeds."""
    path = f"{PHONES}/{call.register()['uuid']}"
    assert Counter(at_once(20, lambda _: Caller(call.app)("DELETE", path).status)) == {200: 1, 404: 19}


def test_lists_are_consistent_during_writes(contract: Contract) -> None:
    """A list read during writes is consistent: its counts agree and its order holds."""
    call = caller_of(contract)

    def work(index: int) -> None:
        own = Caller(call.app)
        for turn in range(10):
            phone = own.register(number(index * 10 + turn))
            body = own.get(f"{PHONES}?limit=100").body
            created = [listed["createdAt"] for listed in body["phones"]]
            assert body["total"] == len(body["phones"]) == len({listed["uuid"] for listed in body["phones"]})
            assert created == sorted(created, reverse=True)
            assert phone["uuid"] in {listed["uuid"] for listed in body["phones"]}
            if turn % 2:
                assert own("DELETE", f"{PHONES}/{phone['uuid']}").status == 200

    at_once(8, work)
    assert call.get().body["total"] == 40
