"""Keys that clients choose: a key that can't be part of its path is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mock_server.sessions.session import SeedError
from mock_server.settings.settings import Settings
from mock_server.web.app import create_app
from openapi import load
from tests.mock_server.support import Caller, caller_of

_REGIONS = Path(__file__).parents[2] / "contract_tests" / "documents" / "regions.yaml"
IMPOSSIBLE = ["", ".", ".."]


@pytest.fixture
def call() -> Caller:
    """A caller of the mock of regions, which clients name."""
    return caller_of(load(_REGIONS))


def advice(key: str) -> str:
    """What is wrong with a key."""
    return f'"{key}" can\'t be in the path /regions/{{id}}; write a text other than "", "." or ".."'


@pytest.mark.parametrize("key", IMPOSSIBLE)
def test_a_create_with_an_impossible_key_is_refused(call: Caller, key: str) -> None:
    """A create is refused as invalid at the key, and creates nothing."""
    refused = call("POST", "/regions", {"id": key, "name": "North"})
    assert refused.status == 422
    assert refused.body["errors"] == [{"in": "body", "path": "/id", "detail": advice(key)}]
    assert call.get("/regions").body == []


@pytest.mark.parametrize("key", ["...", "a.", "%2E", " "])
def test_similar_keys_are_accepted(call: Caller, key: str) -> None:
    """A key that only looks like an impossible one is accepted, and its record is at its path."""
    made = call("POST", "/regions", {"id": key, "name": "North"})
    assert made.status == 201
    path = {"...": "...", "a.": "a.", "%2E": "%252E", " ": "%20"}[key]
    assert call.get(f"/regions/{path}").body == made.body


@pytest.mark.parametrize("key", [".", ".."])
def test_a_put_to_a_dot_segment_creates_nothing(call: Caller, key: str) -> None:
    """A dot segment in the path of a PUT, which a client has not removed, creates nothing."""
    refused = call("PUT", f"/regions/{key.replace('.', '%2E')}", {"id": key, "name": "North"})
    assert refused.status == 422
    assert refused.body["errors"] == [{"in": "path", "path": "id", "detail": advice(key)}]
    assert call.get("/regions").body == []


@pytest.mark.parametrize("key", IMPOSSIBLE)
def test_files_with_impossible_keys_are_refused(call: Caller, tmp_path: Path, key: str) -> None:
    """`PUT /__mock/state`, `/__mock/records` and `--data` name the record and the key, and change nothing."""
    north = {"id": key, "name": "North"}
    loaded = call("PUT", "/__mock/state", [north])
    assert loaded.status == 400
    assert loaded.body["problems"] == [{"path": "/0/id", "message": advice(key)}]
    added = call("POST", "/__mock/records/region", north)
    assert added.status == 400
    assert added.body["problems"] == [{"path": "/id", "message": advice(key)}]
    assert call.get("/regions").body == []
    for name, text in (("array.json", json.dumps([north])), ("lines.jsonl", f"{json.dumps(north)}\n" * 2)):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        with pytest.raises(SeedError) as raised:
            create_app(load(_REGIONS), Settings(data=file))
        assert advice(key) in str(raised.value)


def test_partial_segments_only_refuse_empty_keys(tmp_path: Path) -> None:
    """Where the key is only a part of its segment, a dot is an ordinary key, and an empty string is refused."""
    document = _REGIONS.read_text(encoding="utf-8").replace("/regions/{id}", "/regions/r-{id}")
    file = tmp_path / "regions.yaml"
    file.write_text(document, encoding="utf-8")
    call = caller_of(load(file))
    made: Any = call("POST", "/regions", {"id": "..", "name": "North"})
    assert (made.status, call.get("/regions/r-..").body) == (201, made.body)
    refused = call("POST", "/regions", {"id": "", "name": "North"})
    assert refused.status == 422
    message = '"" can\'t be in the path /regions/r-{id}; write a text other than ""'
    assert refused.body["errors"] == [{"in": "body", "path": "/id", "detail": message}]
