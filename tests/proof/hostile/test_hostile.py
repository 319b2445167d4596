"""The check against hostile services and signals, shortly; `python -m tests.proof.hostile` runs all of them."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.proof.hostile.kills import kill
from tests.proof.hostile.services import HOSTILE, hosted
from tests.proof.preloaded import Ended, run_preloaded
from tests.proof.proving import ROOT

_SELECTED = "READ-AFTER-WRITE,CREATE-ECHO,UPDATE-ONLY-NAMED,DELETE-GONE,SEARCH-EMPTY"
_PATIENCE_S = 60


def run(url: str, folder: Path, *arguments: str) -> Ended:
    """A short run with writes."""
    options = ["--target", url, "--allow-writes", "--profile", "quick", "--seed", "7", "--select", _SELECTED]
    options += [
        "--timeout",
        "0.5",
        "--patience",
        "0.2",
        "--scripts",
        str(folder / "scripts"),
        "--ledger",
        str(folder / "ledger"),
    ]
    ended = run_preloaded([*options, *arguments], ROOT, {"PYTHONPATH": str(ROOT)}, _PATIENCE_S)
    assert ended is not None
    return ended


@pytest.mark.parametrize(
    ("name", "code", "sentence"),
    [
        ("wrapped-without-location", 1, "a record of the service has no uuid"),
        ("key-called-id", 1, "The contract is broken"),
        ("id-without-location", 4, "find the record by t"),
        ("undeletable", 4, "the service does not remove a record of the run: a delete of it gets 403"),
        ("lying-delete", 4, "the service confirms a delete but keeps the record"),
        ("drops-one-query", 1, "did not respond to GET /phones?search= (connection lost"),
        ("dies", 4, "Not finished: the target stopped responding."),
        ("endless-body", 1, "no complete response within 0.5 s"),
        ("endless-flood", 1, "its response has more than 10,000,000 bytes"),
        ("existing-record-always", 5, "the service responded to a create with a record that existed before"),
        ("existing-key-once", 5, "the service responded to a create with a record that existed before"),
        ("overwriting-upsert", 4, "the service responded to a create with a record that existed before"),
        ("losescreates", 1, "did not respond to POST /phones"),
        ("nothing", 4, "and the record was not found"),
    ],
)
def test_no_hostile_service_is_harmed_or_called_correct(tmp_path: Path, name: str, code: int, sentence: str) -> None:
    """A run changes no foreign record, lists what it leaves, ends in time, and never reports success."""
    with hosted(name) as service:
        ended = run(service.front.url, tmp_path)
        assert service.foreign_writes == []
        left = service.own_left
        assert service.requests < 600
    assert ended.code == code, ended.err
    assert left <= sum(line.startswith("  curl ") for line in ended.err.splitlines()) * (code == 4)
    assert sentence in ended.err
    assert "The contract holds" not in ended.err
    assert "Traceback" not in ended.err
    assert (tmp_path / "ledger").exists() == (code == 4)


@pytest.mark.parametrize("name", ["payloads", "escapes"])
def test_text_from_a_service_is_inert(tmp_path: Path, name: str) -> None:
    """No control character, workflow command or unquoted shell command from a service reaches a report or a line."""
    with hosted(name) as service:
        reports = [argument for kind in ("text", "markdown") for argument in ("--report", f"{kind}={tmp_path / kind}")]
        ended = run(service.front.url, tmp_path, *reports)
        cleaned = run(service.front.url, tmp_path, "--clean-up", str(tmp_path / "ledger"))
    for text in (ended.err, cleaned.err, (tmp_path / "text").read_text(), (tmp_path / "markdown").read_text()):
        assert {one for one in text if not one.isprintable()} <= {"\n"}
        assert not [line for line in text.splitlines() if line.strip().startswith("::") or "##[" in line]
        assert not paste([line for line in text.splitlines() if "curl " in line], tmp_path)
    assert cleaned.code == 4


def paste(lines: list[str], folder: Path) -> bool:
    """Whether a shell that runs these lines, with a curl that does nothing, runs a command from the service."""
    for name in ("curl", "jq"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    commands = [re.sub(r"^.*?(?=KEY\d|curl )", "", line) for line in lines]
    environ = {"PATH": f"{folder}:/usr/bin:/bin", "BASE": "http://127.0.0.1:9"}
    for command in commands:
        subprocess.run(["sh", "-c", command], cwd=folder, env=environ, check=False, capture_output=True, timeout=10)
    return (folder / "pwned").exists()


def test_every_service_is_described() -> None:
    """Every hostile service has a description."""
    assert all(what for what, _ in HOSTILE.values())


@pytest.mark.parametrize(("number", "at_request"), [(signal.SIGKILL, 17), (signal.SIGTERM, 31)])
def test_an_interrupted_run_leaves_nothing(number: signal.Signals, at_request: int) -> None:
    """After a signal at any request, and a clean-up, all foreign records are unchanged and no own record is left."""
    killed = kill(number, at_request, ["--select", _SELECTED])
    assert killed.clean
    assert not killed.untagged
