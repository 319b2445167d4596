"""Runs that are stopped in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from time import monotonic

import pytest
from flask import request

from mock_server import MockServer
from openapi import Contract
from tests.contract_tests.support import check, records


@pytest.mark.parametrize(("number", "creation"), [(signal.SIGINT, 1), (signal.SIGTERM, 25)])
def test_a_signal_in_the_middle(contract: Contract, tmp_path: Path, number: signal.Signals, creation: int) -> None:
    """Stopped while a creation is under way, it removes all that it made, and ends with 130."""
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
        ended = check(*arguments, "--ledger", str(ledger), started=running.append)
        assert records(server) == before
    assert ended.code == 130, ended.err
    assert len(created) in (creation, creation + 1)
    assert ", 0 left, seed 7." in ended.err
    assert "Traceback" not in ended.err
    assert not ledger.exists()


def test_a_ctrl_c_does_not_reach_the_mock(tmp_path: Path) -> None:
    """A Ctrl-C goes to all processes at a terminal, and still the run's own mock lives until the run has tidied up."""
    ledger = tmp_path / "ledger"

    def press(process: subprocess.Popen[str]) -> None:
        deadline_s = monotonic() + 30
        while not (ledger.exists() and '"answered"' in ledger.read_text()):
            assert monotonic() < deadline_s
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)

    ended = check("--profile", "deep", "--seed", "7", "--ledger", str(ledger), started=press)
    assert ended.code == 130, ended.err
    assert ", 0 left, seed 7." in ended.err
    assert not ledger.exists()
