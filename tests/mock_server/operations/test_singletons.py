"""Singletons: one record, which exists from the start."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mock_server import MockServer
from openapi import load
from tests.openapi.support import GOOD

SETTINGS = GOOD / "settings.yaml"


def test_an_empty_mock_returns_the_initial_values() -> None:
    """With --empty, the first read returns the initial values, and so it does after a reset."""
    with MockServer(load(SETTINGS), empty=True) as server:
        client = server.app.test_client()
        assert client.get("/settings").get_json() | {"updatedAt": ""} == {
            "language": "en",
            "theme": "light",
            "updatedAt": "",
        }
        client.patch("/settings", json={"theme": "dark"})
        assert client.get("/settings").get_json()["theme"] == "dark"
        client.post("/__mock/reset")
        assert client.get("/settings").get_json()["theme"] == "light"


def test_simultaneous_first_writes_make_one_record() -> None:
    """Simultaneous first writes change the same record."""
    with MockServer(load(SETTINGS), empty=True) as server:
        client = server.app.test_client
        changes = [{"theme": "dark"}, {"language": "fr"}] * 4
        with ThreadPoolExecutor(8) as threads:
            statuses = set(threads.map(lambda one: client().patch("/settings", json=one).status_code, changes))
        assert statuses == {200}
        found = client().get("/settings").get_json()
        assert (found["theme"], found["language"]) == ("dark", "fr")


def test_put_resets_unnamed_fields() -> None:
    """A PUT gives the other fields their initial values; no response has a key."""
    with MockServer(load(SETTINGS), seed=1) as server:
        client = server.app.test_client()
        response = client.put("/settings", json={"language": "fr"})
        assert response.status_code == 200
        assert response.get_json() | {"updatedAt": ""} == {"language": "fr", "theme": "light", "updatedAt": ""}
        assert client.get("/settings").get_json() == response.get_json()


def test_a_singleton_in_a_data_file_needs_no_key(tmp_path: Path) -> None:
    """The record of --data needs no key."""
    file = tmp_path / "settings.json"
    record = {"language": "fr", "theme": "dark", "updatedAt": "2026-01-10T12:00:00.000Z"}
    file.write_text(json.dumps(record), encoding="utf-8")
    with MockServer(load(SETTINGS), data=file) as server:
        assert server.app.test_client().get("/settings").get_json() == record
