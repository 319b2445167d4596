"""/__mock/reset, seed, state and snapshots: all records of a session."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fixtures import phones
from mock_server.settings.settings import Settings
from mock_server.web.app import create_app
from openapi import Contract
from tests.mock_server.support import NUMBER, PHONES, Caller, FrozenClock, number, numbers, session


@pytest.fixture
def seeded(contract: Contract) -> Caller:
    """A caller of a mock that started with twelve phones."""
    return Caller(create_app(contract, Settings(self_check=True, seed=3), FrozenClock()))


def state(call: Caller) -> Any:
    """The exported state."""
    return call.get("/__mock/state").body


def test_a_reset_restores_every_record(seeded: Caller) -> None:
    """A reset restores every record of the initial state, and later identifiers repeat."""
    before = seeded.get(f"{PHONES}?limit=100").body
    first = seeded.register()
    seeded("DELETE", f"{PHONES}/{before['phones'][0]['uuid']}")
    response = seeded("POST", "/__mock/reset")
    assert response[::2] == (200, {"session": "default", "records": {"phone": 12}})
    assert seeded.get(f"{PHONES}?limit=100").body == before
    assert seeded.register()["uuid"] == first["uuid"]


def test_a_reset_changes_only_its_session(call: Caller) -> None:
    """A reset changes only its own session."""
    one = session(call, "one")
    one.register()
    call.register()
    assert call("POST", "/__s/one/__mock/reset").body["session"] == "one"
    assert (numbers(one), numbers(call)) == ([], [NUMBER])


def test_a_reset_is_atomic_under_concurrent_writes(seeded: Caller) -> None:
    """Under concurrent writes, a reset restores the whole initial state."""

    def work(index: int) -> None:
        own = Caller(seeded.app)
        for turn in range(5):
            if index == 0:
                assert own("POST", "/__mock/reset").status == 200
            else:
                own("POST", PHONES, {"number": number(index * 5 + turn)})
            listed = own.get(f"{PHONES}?limit=100").body
            assert listed["total"] == len(listed["phones"]) >= 12

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(work, range(10)))
    assert seeded("POST", "/__mock/reset").body["records"] == {"phone": 12}


def test_a_seed_replaces_the_records(call: Caller) -> None:
    """A seed replaces the records with the given number of generated ones, the same each time."""
    call.register()
    assert call("POST", "/__mock/seed", {"seed": 7, "count": 30}).body["records"] == {"phone": 30}
    made = state(call)
    assert [phone["uuid"] for phone in made] == [phone["uuid"] for phone in phones(30, seed=7)]
    call("POST", "/__mock/seed", {"seed": 8})
    assert len(state(call)) == 12
    call("POST", "/__mock/seed", {"seed": 7, "count": 30})
    assert state(call) == made


@pytest.mark.parametrize("body", [{"count": -1}, {"count": "many"}, {"seeds": 1}, [], {"seed": 1.5}, {"count": 10**9}])
def test_invalid_seeds_are_errors(call: Caller, body: Any) -> None:
    """An invalid body is an error with a pointer, and changes nothing."""
    call.register()
    response = call("POST", "/__mock/seed", body)
    assert response.status == 400
    assert response.body["problems"]
    assert numbers(call) == [NUMBER]


def test_the_state_survives_export_and_import(seeded: Caller) -> None:
    """An exported state is a fixture file that another session can load."""
    seeded.register(name="é🦜")
    exported = state(seeded)
    assert (len(exported), exported[0]["name"]) == (13, "é🦜")
    other = session(seeded, "other")
    assert other("PUT", "/__mock/state", exported).body["records"] == {"phone": 13}
    assert state(other) == exported
    assert other("POST", PHONES, {"number": NUMBER}).status == 409


def test_a_state_may_be_empty(seeded: Caller) -> None:
    """A state may have no records."""
    assert seeded("PUT", "/__mock/state", data=b"[]").body["records"] == {"phone": 0}
    assert state(seeded) == []


@pytest.mark.parametrize(
    ("data", "path", "message"),
    [
        (b"", "", "empty; write []"),
        (b"{", "", "line 1"),
        (b'[{"uuid":"x"}]', "/0/countryCode", "is required"),
        (b'{"uuid": "x"}', "/number", "is required"),
    ],
)
def test_an_invalid_state_changes_nothing(call: Caller, data: bytes, path: str, message: str) -> None:
    """An invalid state is an error that names every violation, and changes nothing."""
    call.register()
    response = call("PUT", "/__mock/state", data=data)
    assert response.status == 400
    assert response.body["error"].startswith("Nothing was changed: ")
    assert any(one["path"] == path and message in one["message"] for one in response.body["problems"]), response
    assert numbers(call) == [NUMBER]


def test_a_state_with_duplicates_is_an_error(seeded: Caller) -> None:
    """Records that share a unique value are an error that names the second one."""
    exported = state(seeded)
    exported.append({**exported[0], "uuid": "another"})
    response = seeded("PUT", "/__mock/state", exported)
    assert (response.status, response.body["problems"][0]["path"]) == (400, "/12/number")
    assert len(state(seeded)) == 12


def test_the_state_can_be_selected_by_resource(seeded: Caller) -> None:
    """A resource can be selected; an unknown one is an error that lists the known ones."""
    assert len(seeded.get("/__mock/state?resource=phone").body) == 12
    response = seeded.get("/__mock/state?resource=fax")
    assert response[::2] == (400, {"error": "Unknown resource 'fax'; use phone."})


def test_a_state_may_exceed_the_body_limit(call: Caller, contract: Contract) -> None:
    """A state may be larger than the API's request bodies."""
    records = phones(6000, seed=1)
    assert len(json.dumps(records)) > contract.refusals.max_body_bytes
    assert call("PUT", "/__mock/state", records).body["records"] == {"phone": 6000}


def test_snapshots_can_be_restored_in_any_session(seeded: Caller) -> None:
    """A snapshot can be restored repeatedly, in any session, until it is deleted."""
    seeded.register()
    assert seeded("PUT", "/__mock/snapshots/one").body["saved"] == "one"
    saved = state(seeded)
    seeded("PUT", "/__mock/state", [])
    other = session(seeded, "other")
    for caller in (seeded, other, seeded):
        caller.register(number(1))
        assert caller("POST", "/__mock/snapshots/one/restore").body["restored"] == "one"
        assert state(caller) == saved
    assert seeded.get("/__mock/snapshots").body == {"snapshots": ["one"]}
    assert seeded("DELETE", "/__mock/snapshots/one").status == 200
    for method, path in (("POST", "/__mock/snapshots/one/restore"), ("DELETE", "/__mock/snapshots/one")):
        assert seeded(method, path)[::2] == (404, {"error": "Unknown snapshot 'one'; there is none."})


def test_a_snapshot_needs_a_name(call: Caller) -> None:
    """An invalid name is an error."""
    assert call("PUT", "/__mock/snapshots/a%20b").status == 400
