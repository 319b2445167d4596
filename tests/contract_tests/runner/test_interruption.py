"""Runs that are interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest
from flask import Response, request

from mock_server import MockServer
from openapi import Contract
from tests.contract_tests.support import check, check_in_new_process, records
from tests.proof.correct import Correct
from tests.proof.front import Front
from tests.proof.messages import Request, ServiceResponse, Wire


@pytest.mark.parametrize(("number", "creation"), [(signal.SIGINT, 1), (signal.SIGTERM, 25)])
def test_a_run_stopped_during_a_create_removes_its_records(
    contract: Contract, tmp_path: Path, number: signal.Signals, creation: int
) -> None:
    """A run that is stopped during a create removes its records and exits with 130."""
    running: list[subprocess.Popen[str]] = []
    created: list[int] = []
    with MockServer(contract, seed=3) as server:

        @server.app.before_request
        def stop() -> None:
            created.extend([1] if request.method == "POST" else [])
            if len(created) == creation and request.method == "POST":
                running[0].send_signal(number)

        before = records(server)
        ledger = tmp_path / "ledger"
        arguments = ("--profile", "quick", "--seed", "7", "--target", server.url, "--allow-writes")
        ended = check_in_new_process(*arguments, "--ledger", str(ledger), started=running.append)
        assert records(server) == before
    assert ended.code == 130, ended.err
    # Up to four properties run at the same time, and the signal takes a moment.
    assert creation <= len(created) <= creation + 10
    assert ", 0 left\n" in ended.err
    assert "Traceback" not in ended.err
    assert not ledger.exists()


def noted(ledger: Path) -> str:
    """The text of the ledger, '' if it does not exist."""
    try:
        return ledger.read_text()
    except FileNotFoundError:
        return ""


def test_the_private_mock_survives_ctrl_c_until_clean_up(tmp_path: Path) -> None:
    """Ctrl-C reaches all processes of a terminal, but the private mock lives until the run has cleaned up."""
    ledger = tmp_path / "ledger"

    def press(process: subprocess.Popen[str]) -> None:
        deadline_s = monotonic() + 30
        while '"answered"' not in noted(ledger):
            assert monotonic() < deadline_s
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)

    ended = check_in_new_process("--profile", "deep", "--seed", "7", "--ledger", str(ledger), started=press)
    assert ended.code == 130, ended.err
    assert ", 0 left\n" in ended.err
    assert not ledger.exists()


def test_a_killed_run_is_cleaned_up(contract: Contract, tmp_path: Path) -> None:
    """After kill -9, --clean-up removes all records of the run, including one without a received response."""
    running: list[subprocess.Popen[str]] = []
    created: list[int] = []
    with MockServer(contract, seed=3) as server:

        @server.app.after_request
        def kill(response: Response) -> Response:
            created.extend([1] if request.method == "POST" and response.status_code == 201 else [])
            if len(created) == 8 and running[0].poll() is None:
                running[0].kill()
            return response

        before = records(server)
        ledger = tmp_path / "ledger"
        arguments = ("--profile", "quick", "--seed", "7", "--select", "LIST", "--ledger", str(ledger))
        ended = check_in_new_process(*arguments, "--target", server.url, "--allow-writes", started=running.append)
        left = len(records(server)) - len(before)
        cleaned = check("--clean-up", str(ledger), "--target", server.url)
        assert records(server) == before
    assert ended.code == -signal.SIGKILL
    assert left > 0
    assert cleaned.code == 0, cleaned.err
    assert cleaned.err.endswith("records removed, 0 left\n")
    assert not ledger.exists()


def test_a_stored_create_without_a_response_is_a_finding(tmp_path: Path) -> None:
    """A create that is stored without a response is a finding, and its record is removed."""
    creations: list[Request] = []

    def lossy(request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        if request.role == "create" and response.ok:
            creations.append(request)
            return replace(response, wire=Wire(drop="response")) if len(creations) % 10 == 0 else response
        return response

    with Front(lossy) as front:
        before = front.correct.records()
        arguments = ("--profile", "quick", "--seed", "7", "--select", "CREATE-ECHO,LIST", "--scripts", str(tmp_path))
        ended = check(*arguments, "--target", front.url, "--allow-writes")
        assert front.correct.records() == before
    assert len(creations) > 20
    assert ended.code == 1, ended.err
    assert "HTTP-ANSWERS" in ended.err
    assert "Traceback" not in ended.err
