"""Sessions: isolated worlds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from mock_server.sessions.session import Sessions
from mock_server.settings.settings import Settings
from mock_server.web.app import create_app
from openapi import Contract
from tests.mock_server.support import NUMBER, PHONES, Caller, FrozenClock, caller_of, number, numbers, session


def test_sessions_have_separate_records(call: Caller) -> None:
    """A record of one session is in no other, and each may register the same number."""
    one, other = session(call, "one"), session(call, "other")
    phone = one.register()
    assert numbers(other) == numbers(call) == []
    assert other.get(f"{PHONES}/{phone['uuid']}").status == 404
    other.register()
    assert numbers(one) == numbers(other) == [NUMBER]


def test_a_session_starts_with_the_initial_records(contract: Contract) -> None:
    """It starts with the mock's initial records, independent of changes in the default session."""
    call = Caller(create_app(contract, Settings(self_check=True), FrozenClock()))
    first = numbers(call)
    call.register()
    assert numbers(session(call, "late")) == first
    assert len(numbers(call)) == len(first) + 1


def test_the_path_may_name_the_session(call: Caller) -> None:
    """A path that begins with /__s/NAME belongs to that session, and so does the Location of what it creates."""
    response = call("POST", f"/__s/one{PHONES}", {"number": NUMBER})
    assert response.status == 201
    assert response.headers["Location"] == f"/__s/one{PHONES}/{response.body['uuid']}"
    assert call.get(response.headers["Location"]).body == response.body
    assert numbers(session(call, "one")) == [NUMBER]
    assert numbers(call) == []


@pytest.mark.parametrize(
    ("path", "status"),
    [("/__s/one", 404), ("/__s/one/", 404), ("/__s/one/phones", 404), ("/__s/a%20b/api/phones", 400)],
)
def test_unknown_paths_below_a_session_are_errors(call: Caller, path: str, status: int) -> None:
    """A path that is unknown without the prefix is unknown with it; an invalid session name is 400."""
    assert call.get(path).status == status


@pytest.mark.parametrize("name", ["", "a b", "x" * 101, "é", "a/b"])
def test_invalid_session_names_are_refused(call: Caller, name: str) -> None:
    """An invalid name is refused in the document's error format, with a description of valid names."""
    response = session(call, name.encode().decode("latin-1"))("GET", PHONES)
    assert (response.status, response.body["success"]) == (400, False)
    assert "; use up to 100 letters, digits and . _ ~ -" in response.body["message"]


def test_default_names_the_default_session(call: Caller) -> None:
    """Requests that name `default` and those that name no session share one session."""
    session(call, "default").register()
    assert numbers(call) == [NUMBER]


def test_the_seed_determines_identifiers_in_each_session(contract: Contract) -> None:
    """With a seed, every session generates the same identifiers in the same order."""
    call = caller_of(contract, seed=7)
    made = [[session(call, name).register(number(index))["uuid"] for index in range(3)] for name in ("a", "b")]
    assert made[0] == made[1]
    assert len(set(made[0])) == 3


def test_the_least_recently_used_session_is_deleted(contract: Contract) -> None:
    """With one session too many, the least recently used one is deleted; it then starts over."""
    call = caller_of(contract, sessions=2)
    for name in ("a", "b"):
        session(call, name).register()
    assert numbers(session(call, "a")) == [NUMBER]
    session(call, "c").register()
    assert numbers(session(call, "a")) == [NUMBER]
    assert numbers(session(call, "b")) == []
    assert len(call.app.mock.sessions) == 3


def test_idle_sessions_start_over(contract: Contract) -> None:
    """A session that is idle for too long starts over; the default one never does."""
    initial_state = caller_of(contract, session_age=60).app.mock.initial_state
    seconds = [0.0]
    sessions = Sessions(initial_state, lambda: seconds[0])
    default, first, second = (sessions.get(name) for name in ("default", "a", "b"))
    seconds[0] = 60
    assert sessions.get("a") is first
    seconds[0] = 61
    assert sessions.get("b") is not second
    assert sessions.get("a") is first
    assert sessions.get("default") is default
    seconds[0] = 1000
    assert sessions.all() == [default]


def test_parallel_sessions_are_isolated(contract: Contract) -> None:
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
