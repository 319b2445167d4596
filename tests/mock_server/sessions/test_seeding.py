"""The records that a mock starts with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mock_server.sessions.session import SeedError
from mock_server.settings.settings import Settings
from mock_server.web.app import create_app
from openapi import Contract, load
from tests.mock_server.support import NUMBER, PHONES, Caller, FrozenClock, caller_of

DOCUMENTED_UUID = "9z8y7x6w-5v4u-3t2s-1r0q-9p8o7n6m5l4k"
PHONE = {
    "uuid": DOCUMENTED_UUID,
    "name": "Main Office Line",
    "number": NUMBER,
    "type": "private",
    "countryCode": "US",
    "provider": "vapi",
    "status": "active",
    "smsEnabled": False,
    "createdAt": "2026-01-10T12:00:00Z",
    "updatedAt": "2026-04-20T15:30:00Z",
}
OTHER = {**PHONE, "uuid": "other", "number": "+12025550144", "createdAt": "2025-01-10T12:00:00Z"}


def begun(contract: Contract, **settings: Any) -> Caller:
    """A caller of a mock with records that checks its own responses."""
    return Caller(create_app(contract, Settings(self_check=True, **settings), FrozenClock()))


def phones(call: Caller) -> list[dict[str, Any]]:
    """The first hundred phones."""
    listed: list[dict[str, Any]] = call.get(f"{PHONES}?limit=100").body["phones"]
    return listed


def data_file(folder: Path, *records: dict[str, Any]) -> Path:
    """A file of records."""
    file = folder / "phones.json"
    file.write_text(json.dumps(records))
    return file


def test_the_default_is_twelve_varied_phones(contract: Contract) -> None:
    """By default there are twelve phones, newest first, with every status and type."""
    listed = phones(begun(contract))
    assert len(listed) == 12
    assert {phone["status"] for phone in listed} == {"registered", "pending", "active", "inactive"}
    assert {phone["type"] for phone in listed} == {"private", "shared", "ordered"}
    created = [phone["createdAt"] for phone in listed]
    assert created == sorted(created, reverse=True)


def test_records_are_the_same_at_every_start(contract: Contract) -> None:
    """Without a seed, or with the same seed, records are the same at every start."""
    assert phones(begun(contract)) == phones(begun(contract))
    assert phones(begun(contract, seed=7)) == phones(begun(contract, seed=7)) != phones(begun(contract, seed=8))


def test_records_of_a_file_keep_order_and_values(contract: Contract, tmp_path: Path) -> None:
    """Records of a file keep their order and values, and can be changed and deleted."""
    call = begun(contract, data=data_file(tmp_path, PHONE, OTHER))
    assert phones(call) == [PHONE, OTHER]
    path = f"{PHONES}/{DOCUMENTED_UUID}"
    assert call.get(path).body == PHONE
    changed = call("PATCH", path, {"name": "Desk"}).body
    assert changed == {**PHONE, "name": "Desk", "updatedAt": "2026-04-20T15:30:00.001Z"}
    assert call("POST", PHONES, {"number": NUMBER}).status == 409
    assert call("DELETE", path).status == 200
    assert phones(call) == [OTHER]


def test_new_phones_are_listed_before_those_of_a_file(contract: Contract, tmp_path: Path) -> None:
    """A new phone is the newest, even if the file's times are in the future."""
    ahead = {**PHONE, "createdAt": "2031-01-01T00:00:00Z", "updatedAt": "2031-01-01T00:00:00Z"}
    call = begun(contract, data=data_file(tmp_path, ahead))
    new = call.register("+12025550145")
    assert phones(call) == [new, ahead]
    assert new["createdAt"] >= "2031-01-01T00:00:00"


def test_json_lines_keep_their_order(contract: Contract, tmp_path: Path) -> None:
    """JSON lines keep the file's order, and duplicates are named by their lines."""
    file = tmp_path / "phones.jsonl"
    file.write_text(f"{json.dumps(PHONE)}\n{json.dumps(OTHER)}\n")
    assert phones(begun(contract, data=file)) == [PHONE, OTHER]
    file.write_text(f"{json.dumps(PHONE)}\n{json.dumps({**OTHER, 'number': NUMBER})}\n")
    with pytest.raises(SeedError) as error:
        begun(contract, data=file)
    assert str(error.value).startswith(f'{file}: record 1, line 2, /number: record 0 already has "{NUMBER}"')


def test_thousands_of_phones_are_in_order(contract: Contract) -> None:
    """Thousands of generated phones are in order, newest first."""
    call = begun(contract)
    response = call("POST", "/__mock/seed", {"seed": 3, "count": 2500})
    assert response.body["records"] == {"phone": 2500}
    created = [
        phone["createdAt"]
        for page in range(1, 26)
        for phone in call.get(f"{PHONES}?limit=100&page={page}").body["phones"]
    ]
    assert len(created) == 2500
    assert created == sorted(created, reverse=True)


def test_an_empty_file_equals_empty(contract: Contract, tmp_path: Path) -> None:
    """A file without records equals --empty."""
    assert phones(begun(contract, data=data_file(tmp_path))) == []


@pytest.mark.parametrize(
    ("records", "pointer"),
    [
        ([{**PHONE, "type": "public"}], "/0/type"),
        ([PHONE, {key: value for key, value in OTHER.items() if key != "number"}], "/1/number"),
        ([PHONE, {**OTHER, "number": NUMBER}], "/1/number"),
        ([PHONE, {**OTHER, "uuid": DOCUMENTED_UUID}], "/1/uuid"),
    ],
)
def test_invalid_records_are_located(
    contract: Contract, tmp_path: Path, records: list[dict[str, Any]], pointer: str
) -> None:
    """An invalid or duplicate record is an error with its file and pointer."""
    file = data_file(tmp_path, *records)
    with pytest.raises(SeedError) as error:
        begun(contract, data=file)
    assert str(error.value).startswith(f"{file}: ")
    assert f"{pointer}: " in str(error.value)


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ('{"room": [],\n "room": []}', "/room", 'line 2, column 2: the name "room" is repeated; use each name once'),
        ('{"room": [{"name": NaN}]}', "/room/0/name", "line 1, column 20: NaN is not JSON; write a number or null"),
        ('{"room": []', "", "line 1, column 12: expected a comma; correct the JSON there"),
        ('{"a":[' * 5_000, "", "line 1, column 301: more than 100 levels of arrays and objects; use fewer levels"),
    ],
    ids=["repeated", "nan", "truncated", "deep"],
)
def test_a_state_of_several_resources_is_read_strictly(clock: FrozenClock, text: str, path: str, message: str) -> None:
    """The records of several resources are read as strictly as a body, and each problem has its position."""
    hotel = caller_of(load(Path(__file__).parents[1] / "documents" / "rooms.yaml"), clock)
    response = hotel("PUT", "/__mock/state", data=text.encode())
    assert response.status == 400
    assert response.body["problems"] == [{"path": path, "message": message}]
