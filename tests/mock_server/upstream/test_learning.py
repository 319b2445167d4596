"""Records learned from services that share no code with the mock, which then continues without them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from fixtures import is_reserved
from mock_server.server.server import MockServer
from openapi import Contract
from tests.mock_server.recording.test_recordings import entries_of
from tests.mock_server.upstream.services import json_response, scripted
from tests.proof.independent.services import SERVICES

TOKEN = "token-of-the-service"
PEOPLE = ("Augusta Lovelace", "Grace Hopper", "Katherine Johnson", "Annie Easley")
WORDS = [word for name in PEOPLE for word in name.split()]


@pytest.fixture(autouse=True)
def _fixed_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Substitutes come from a fixed key, so no substitute is another value's original."""
    monkeypatch.setattr("mock_server.recording.recorder.token_bytes", lambda length: b"k" * length)


@pytest.fixture(params=SERVICES)
def running(request: pytest.FixtureRequest) -> Iterator[tuple[Any, ExitStack]]:
    """Each of the independent services, with its own four phones, and the function that stops it."""
    with ExitStack() as stack:
        service = stack.enter_context(SERVICES[request.param](0, TOKEN))
        for index, name in enumerate(PEOPLE):
            body = {"number": f"+1415555017{index}", "name": name, "provider": "babbage", "type": "shared"}
            headers = {"Authorization": f"Bearer {TOKEN}"}
            response = requests.post(f"{service.url}/phones", json=body, headers=headers, timeout=10)
            assert response.status_code == 201
        yield service, stack


def phones(url: str, query: str = "limit=100") -> list[dict[str, Any]]:
    """The phones of a list."""
    found: list[dict[str, Any]] = requests.get(f"{url}/phones?{query}", timeout=10).json()["phones"]
    return found


def test_the_mock_continues_with_learned_records(
    running: tuple[Any, ExitStack], contract: Contract, tmp_path: Path
) -> None:
    """The mock reads in all modes; once the service stops, it responds alike, without any original value."""
    service, stack = running
    files = {"state": tmp_path / "state.json", "record": tmp_path / "traffic.har"}
    options: dict[str, Any] = {"upstream_token": TOKEN, "upstream_writes": True, "learn": True, **files}
    with MockServer(contract, upstream=service.url, **options) as mock:
        root = mock.url.replace("/api", "/__mock/")
        assert requests.get(f"{root}state", timeout=10).json() == []
        forwarded = [*phones(mock.url, "limit=3"), *phones(mock.url, "limit=100&page=1")][3:]
        new = requests.post(f"{mock.url}/phones", json={"number": "+14155550199", "name": "Augusta Easley"}, timeout=10)
        gone = forwarded[-1]["uuid"]
        assert requests.delete(f"{mock.url}/phones/{gone}", timeout=10).status_code == 200
        requests.put(f"{root}upstream", json={"mode": "compare"}, timeout=10)
        for query in ("limit=2", "search=lovelace", "type=shared", "limit=0", "search=%2B14155550171"):
            requests.get(f"{mock.url}/phones?{query}", timeout=10)
        key = new.json()["uuid"]
        for name in (key, gone, "nothing"):
            requests.get(f"{mock.url}/phones/{name}", timeout=10)
        found = requests.get(f"{root}upstream", timeout=10).json()
        assert found["learned"]["leftOut"] == 0
        # They have members of their own; nothing else is of another kind.
        differences = [one["difference"] for one in found["differences"]]
        assert [one for one in differences if not one.startswith("shape /")] == []
        stack.close()
        requests.put(f"{root}upstream", json={"mode": "mock"}, timeout=10)
        learned = phones(mock.url)
        by_old_key = requests.get(f"{mock.url}/phones/{key}", timeout=10).json()
        state = requests.get(f"{root}state", timeout=10).text
        # The mock is as stateful as ever.
        created = requests.post(f"{mock.url}/phones", json={"number": "+12025550143"}, timeout=10)
        assert (created.status_code, len(phones(mock.url))) == (201, len(learned) + 1)
    originals = [new.json(), *forwarded[:-1]]
    assert [one["createdAt"] for one in learned] == [one["createdAt"] for one in originals]
    assert [one["type"] for one in learned] == [one["type"] for one in originals]
    assert by_old_key == learned[0]
    assert all(is_reserved(one["number"]) for one in learned)
    kept = state + files["state"].read_text() + files["record"].read_text()
    keys = [one["uuid"] for one in (*forwarded, *originals)]
    secret = [*WORDS, "babbage", *keys, *(one["number"] for one in originals), TOKEN, service.url.split("/")[2]]
    assert [one for one in secret if one.lower() in kept.lower()] == []
    statuses = [entry["response"]["status"] for entry in entries_of(files["record"].read_text())]
    assert {200, 201, 400, 404} == set(statuses)


def test_changed_and_deleted_records_are_learned(running: tuple[Any, ExitStack], contract: Contract) -> None:
    """A later read replaces an earlier one; a record that the service deleted is deleted here too."""
    service, _ = running
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with MockServer(contract, upstream=service.url, upstream_token=TOKEN, learn=True) as mock:
        root = mock.url.replace("/api", "/__mock/")
        first, second, *_ = phones(mock.url)
        count = len(phones(mock.url))
        url = f"{service.url}/phones/{first['uuid']}"
        requests.patch(url, json={"status": "inactive"}, headers=headers, timeout=10)
        requests.delete(f"{service.url}/phones/{second['uuid']}", headers=headers, timeout=10)
        requests.get(f"{mock.url}/phones/{first['uuid']}", timeout=10)
        requests.get(f"{mock.url}/phones/{second['uuid']}", timeout=10)
        records = requests.get(f"{root}state", timeout=10).json()
    assert (len(records), records[0]["status"]) == (count - 1, "inactive")


def test_invalid_records_are_not_learned(contract: Contract) -> None:
    """Invalid records are counted; the mock keeps only those that it can serve."""
    body = b'{"phones": [{"uuid": "a", "status": "gone"}, 7], "total": 2, "page": 1, "limit": 10, "totalPages": 1}'
    with (
        scripted(lambda _: json_response(body)) as service,
        MockServer(contract, upstream=service.url, learn=True) as mock,
    ):
        requests.get(f"{mock.url}/phones", timeout=10)
        root = mock.url.replace("/api", "/__mock/")
        assert requests.get(f"{root}upstream", timeout=10).json()["learned"] == {"records": 0, "leftOut": 2}
        assert requests.get(f"{root}state", timeout=10).json() == []


def test_learn_starts_without_generated_records(contract: Contract) -> None:
    """With --learn there are no records at first; without it, the usual initial ones."""
    with MockServer(contract, upstream="http://127.0.0.1:9", learn=True) as mock:
        assert len(mock.app.mock.state["phone"]) == 0
    with MockServer(contract, upstream="http://127.0.0.1:9") as mock:
        assert len(mock.app.mock.state["phone"]) == 12
