"""Sessions: isolated worlds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from mock_server.sessions.session import Sessions
from mock_server.settings.settings import Settings
from mock_server.web.app import create_app
from openapi import Contract
from tests.mock_server.support import NUMBER, PHONES, Caller, FrozenClock, caller_of, number, numbers, session


def test_a_session_has_records_of_its_own(call: Caller) -> None:
    """What is registered in one session is in no other, and the same number may be registered in each."""
    one, other = session(call, "one"), session(call, "other")
    phone = one.register()
    assert numbers(other) == numbers(call) == []
    assert other.get(f"{PHONES}/{phone['uuid']}").status == 404
    other.register()
    assert numbers(one) == numbers(other) == [NUMBER]


def test_a_session_begins_as_the_mock_began(contract: Contract) -> None:
    """It starts with the mock's initial records, independent of changes in the default session."""
    call = Caller(create_app(contract, Settings(self_check=True), FrozenClock()))
    first = numbers(call)
    call.register()
    assert numbers(session(call, "late")) == first
    assert len(numbers(call)) == len(first) + 1


def test_the_path_may_name_it(call: Caller) -> None:
    """A path that begins with /__s/NAME is in that session, and so is the place of what it creates."""
    answer = call("POST", f"/__s/one{PHONES}", {"number": NUMBER})
    assert answer.status == 201
    assert answer.headers["Location"] == f"/__s/one{PHONES}/{answer.body['uuid']}"
    assert call.get(answer.headers["Location"]).body == answer.body
    assert numbers(session(call, "one")) == [NUMBER]
    assert numbers(call) == []


@pytest.mark.parametrize(
    ("path", "status"),
    [("/__s/one", 404), ("/__s/one/", 404), ("/__s/one/phones", 404), ("/__s/a%20b/api/phones", 400)],
)
def test_paths_below_a_session_that_are_nothing(call: Caller, path: str, status: int) -> None:
    """What is nothing without the prefix is nothing with it; a name that is none is 400."""
    assert call.get(path).status == status


@pytest.mark.parametrize("name", ["", "a b", "x" * 101, "é", "a/b"])
def test_names_that_are_none(call: Caller, name: str) -> None:
    """A name that is none is refused in the document's shape, which says what one looks like."""
    answer = session(call, name.encode().decode("latin-1"))("GET", PHONES)
    assert (answer.status, answer.body["success"]) == (400, False)
    assert "; use up to 100 letters, digits and . _ ~ -" in answer.body["message"]


def test_default_is_the_name_of_the_default_session(call: Caller) -> None:
    """Whoever names `default` is where those are who name none."""
    session(call, "default").register()
    assert numbers(call) == [NUMBER]


def test_the_same_seed_makes_the_same_in_each(contract: Contract) -> None:
    """With a seed every session gives the same identifiers in the same order."""
    call = caller_of(contract, seed=7)
    made = [[session(call, name).register(number(index))["uuid"] for index in range(3)] for name in ("a", "b")]
    assert made[0] == made[1]
    assert len(set(made[0])) == 3


def test_there_are_no_more_than_allowed(contract: Contract) -> None:
    """With one session too many, the least recently used one is deleted and starts over."""
    call = caller_of(contract, sessions=2)
    for name in ("a", "b"):
        session(call, name).register()
    assert numbers(session(call, "a")) == [NUMBER]
    session(call, "c").register()
    assert numbers(session(call, "a")) == [NUMBER]
    assert numbers(session(call, "b")) == []
    assert len(call.app.mock.sessions) == 3


def test_an_idle_one_is_forgotten(contract: Contract) -> None:
    """A session that is idle for too long starts over; the default one never does."""
    initial_state = caller_of(contract, session_age=60).app.mock.initial_state
    moments = [0.0]
    sessions = Sessions(initial_state, lambda: moments[0])
    default, first, second = (sessions.get(name) for name in ("default", "a", "b"))
    moments[0] = 60
    assert sessions.get("a") is first
    moments[0] = 61
    assert sessions.get("b") is not second
    assert sessions.get("a") is first
    assert sessions.get("default") is default
    moments[0] = 1000
    assert sessions.all() == [default]


def test_parallel_workers_do_not_meet(contract: Contract) -> None:
    """Twenty workers, each in its own session, register and delete the same numbers, and each sees only its own."""
    call = caller_of(contract)

    def work(index: int) -> list[str]:
        own = session(call, f"worker-{index}")
        kept = []
        for turn in range(10):
            phone = own.register(number(turn), name=f"{index}/{turn}")
            if (turn + index) % 3:
                kept.append(f"{index}/{turn}")
            else:
                assert own("DELETE", f"{PHONES}/{phone['uuid']}").status == 200
        listed = own.get(f"{PHONES}?limit=100").body
        assert listed["total"] == len(kept)
        assert [phone["name"] for phone in listed["phones"]] == kept[::-1]
        return kept

    with ThreadPoolExecutor(20) as pool:
        assert len(list(pool.map(work, range(20)))) == 20
    assert numbers(call) == []
