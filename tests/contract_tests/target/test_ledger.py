"""The ledger: what a run has created, on disk."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from contract_tests.target.ledger import Ledger, LedgerError, read_ledger

TARGET = "http://127.0.0.1:9/api"


def lines(file: Path) -> list[dict[str, Any]]:
    """What stands in the file."""
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A ledger that has begun."""
    ledger = Ledger(tmp_path / "new" / "ledger.jsonl", TARGET)
    ledger.begin()
    return ledger


def test_each_event_is_on_disk_at_once(ledger: Ledger) -> None:
    """Another process sees each event as soon as it is noted, the creation before its answer."""
    assert lines(ledger.file) == [{"event": "began", "target": TARGET, "tag": ledger.tag}]
    number = ledger.creating("phone", {"number": "+12025550143"})
    assert lines(ledger.file)[-1] == {
        "event": "creating",
        "number": number,
        "resource": "phone",
        "body": {"number": "+12025550143"},
    }
    ledger.answered(number, "k1")
    assert lines(ledger.file)[-1] == {"event": "answered", "number": number, "resource": "phone", "key": "k1"}
    ledger.removed("phone", "k1")
    assert lines(ledger.file)[-1] == {"event": "removed", "resource": "phone", "key": "k1"}
    assert ledger.file.stat().st_mode & 0o077 == 0


def test_each_event_outlives_the_machine(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each event is written through to the disk after it is in the file and before the call returns."""
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda _number: synced.append(lines(ledger.file)[-1]["event"]))
    ledger.answered(ledger.creating("phone", {}), "k1")
    ledger.removed("phone", "k1")
    assert synced == ["creating", "answered", "removed"]


def test_reading_back(ledger: Ledger) -> None:
    """What is read is what was not removed, and the creations whose answer never came."""
    for key in ("k1", "k2", "k3", None):
        ledger.answered(ledger.creating("phone", {}), key)
    pending = ledger.creating("phone", {"number": "+12025550143"})
    ledger.removed("phone", "k2")
    read = read_ledger(ledger.file)
    assert (read.target, read.created) == (TARGET, {"phone": {"k1", "k3"}})
    assert read.pending == {pending: ("phone", {"number": "+12025550143"})}
    assert (read.created, read.pending) == (ledger.created, ledger.pending)
    assert ledger.total == 3


@pytest.mark.parametrize("kept", [1, 20, -2])
def test_a_last_line_that_was_cut_off(ledger: Ledger, kept: int) -> None:
    """A crash in the middle of a line costs that line alone."""
    ledger.answered(ledger.creating("phone", {}), "k1")
    whole = ledger.file.read_text()
    ledger.removed("phone", "k1")
    last = ledger.file.read_text().removeprefix(whole)
    ledger.file.write_text(whole + last[:kept])
    assert read_ledger(ledger.file).created == {"phone": {"k1"}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense\n{}\n", r":1: is no line of a ledger \(.*\); name the ledger that the run printed$"),
        ('{"event": "began", "target": "x"}\n[]\n{}\n', r":2: is no line of a ledger \("),
        ('{"event": "began"}\n{}\n', r":1: is no line of a ledger \('target'\)"),
        ("", r": does not say which service it is of; name the ledger that the run printed$"),
        (None, r": can't be read \(.*No such file.*\); name the ledger that the run printed$"),
        (b"\xff", r": can't be read \(.*utf-8.*\); name the ledger that the run printed$"),
    ],
)
def test_no_ledger(tmp_path: Path, text: str | bytes | None, message: str) -> None:
    """A file that is no ledger is refused with the place and what to name instead."""
    file = tmp_path / "ledger"
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(LedgerError, match=message) as caught:
        read_ledger(file)
    assert str(caught.value).startswith(str(file))


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """A ledger that can't be written is said to be so before anything is sent."""
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match=r"can't be written \(.*\); name another with --ledger$"):
        Ledger(tmp_path / "file" / "ledger", TARGET).begin()


def test_the_end(ledger: Ledger) -> None:
    """The file stays as long as something is left or unknown, and is gone after that."""
    first, second = ledger.creating("phone", {}), ledger.creating("phone", {})
    ledger.answered(first, "k1")
    ledger.removed("phone", "k1")
    ledger.finish()
    assert ledger.file.exists()
    ledger.answered(second, "k2")
    ledger.finish()
    assert ledger.file.exists()
    ledger.removed("phone", "k2")
    ledger.finish()
    assert not ledger.file.exists()
