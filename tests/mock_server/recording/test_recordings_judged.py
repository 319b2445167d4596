"""Recordings are still worth judging: the contract check finds the same in them as in what was recorded."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from contract_tests.__main__ import main as check
from mock_server.server.server import MockServer
from openapi import Contract
from tests.mock_server.upstream.services import Received, Scripted, json_response, scripted


def recorded(file: Path, url: str, contract: Contract) -> None:
    """Record a life of a phone and some invalid requests at the service at `url`."""
    with MockServer(contract, upstream=url, upstream_writes=True, record=file) as mock:
        phones = f"{mock.url}/phones"
        body = {"number": "+14155550132", "name": "Augusta Lovelace", "provider": "babbage"}
        key = requests.post(phones, json=body, timeout=10).json()["uuid"]
        requests.post(phones, json=body, timeout=10)
        requests.post(phones, json={"number": "0171", "nmae": "x"}, timeout=10)
        for query in ("", "?search=lovelace", "?search=%2B14155550132", "?limit=1", "?limit=0", "?status=gone"):
            requests.get(phones + query, timeout=10)
        requests.get(f"{phones}/{key}", timeout=10)
        requests.patch(f"{phones}/{key}", json={"status": "active"}, timeout=10)
        requests.delete(f"{phones}/{key}", timeout=10)
        requests.get(f"{phones}/{key}", timeout=10)


def test_recordings_of_a_correct_service_pass_the_check(
    tmp_path: Path, contract: Contract, capsys: pytest.CaptureFixture[str]
) -> None:
    """Redaction breaks no property: everything that can be checked holds."""
    file = tmp_path / "traffic.har"
    with MockServer(contract) as service:
        recorded(file, service.url, contract)
    assert check(["--traffic", str(file)]) == 0
    assert "0 broken" in capsys.readouterr().err


def in_front_of(url: str, spoil: Callable[[str, str], str]) -> Callable[[Received], Scripted]:
    """A service that forwards to the one at `url`, with bodies changed by `spoil` (from method and text)."""

    def respond(request: Received) -> Scripted:
        target = url + request.target.removeprefix("/v1")
        headers = {"Content-Type": "application/json"} if request.body else {}
        got = requests.request(request.method, target, data=request.body, headers=headers, timeout=10)
        return json_response(spoil(request.method, got.text).encode(), got.status_code)

    return respond


def test_faults_of_a_service_are_found_in_its_recording(
    tmp_path: Path, contract: Contract, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong total and an undeclared status are still in the recording, and fail the check."""

    def spoil(_method: str, text: str) -> str:
        value = json.loads(text)
        if "total" in value:
            value["total"] = "many"
        return json.dumps(value)

    file = tmp_path / "traffic.har"
    with MockServer(contract) as service, scripted(in_front_of(service.url, spoil)) as spoilt:
        recorded(file, spoilt.url, contract)
    assert check(["--traffic", str(file)]) == 1
    assert '"many"' not in file.read_text(encoding="utf-8")
    assert "/total" in capsys.readouterr().err
