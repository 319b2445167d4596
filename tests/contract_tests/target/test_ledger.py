"""The ledger of created records."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from contract_tests.target.ledger import Ledger, LedgerError, checksum_of
from contract_tests.target.ledger_reader import read_ledger

TARGET = "http://127.0.0.1:9/api"


def lines(file: Path) -> list[dict[str, Any]]:
    """The lines of the file."""
    read = [json.loads(line) for line in file.read_text().splitlines()]
    return [{name: value for name, value in line.items() if name != "sum"} for line in read]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A started ledger."""
    ledger = Ledger(tmp_path / "ledger.jsonl", TARGET)
    ledger.begin()
    return ledger


def test_each_event_is_visible_to_other_processes_at_once(ledger: Ledger) -> None:
    """Each event is visible to other processes at once, the create before its response."""
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


def test_possible_leftovers_are_flushed_to_disk(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries for possible leftovers are flushed to disk before the call returns; removals need not be."""
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda _number: synced.append(lines(ledger.file)[-1]["event"]))
    ledger.answered(ledger.creating("phone", {}), "k1")
    ledger.removed("phone", "k1")
    assert synced == ["creating", "answered"]


def test_a_ledger_lists_remaining_records_and_open_creates(ledger: Ledger) -> None:
    """Reading a ledger returns the records not removed, and the creates without a response."""
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
def test_a_truncated_last_line_is_ignored(ledger: Ledger, kept: int) -> None:
    """A truncated last line is ignored."""
    ledger.answered(ledger.creating("phone", {}), "k1")
    whole = ledger.file.read_text()
    ledger.removed("phone", "k1")
    last = ledger.file.read_text().removeprefix(whole)
    ledger.file.write_text(whole + last[:kept])
    assert read_ledger(ledger.file).created == {"phone": {"k1"}}


BEGAN = {"event": "began", "target": TARGET, "tag": "tbcdfgh"}
ANSWERED = {"event": "answered", "number": 1, "resource": "phone", "key": "k"}
CREATING = {"event": "creating", "number": 1, "resource": "phone", "body": {}}


def signed(*events: dict[str, Any]) -> str:
    """The text of a ledger with these lines, each with its checksum."""
    lines, checksum = [], ""
    for event in events:
        checksum = checksum_of(checksum, event)
        lines.append(json.dumps({**event, "sum": checksum}))
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense\n", ":1: invalid line (Expecting value: "),
        ("[]\n", ":1: invalid line (not an object)"),
        (signed({"event": "began", "target": TARGET}), ":1: invalid line (tag is missing)"),
        (signed({**BEGAN, "tag": ""}), ":1: invalid line (tag is invalid)"),
        (signed(CREATING), ":1: invalid line (a ledger has one line that names its target, the first one)"),
        (signed(BEGAN, BEGAN), ":2: invalid line (a ledger has one line that names its target, the first one)"),
        (signed(BEGAN, {**CREATING, "resource": "other"}), ":2: invalid line (the document has no resource other)"),
        (signed(BEGAN, {**CREATING, "body": None}), ":2: invalid line (body is invalid)"),
        (signed(BEGAN, {**CREATING, "number": True}), ":2: invalid line (number is invalid)"),
        (signed(BEGAN, {**CREATING, "more": 1}), ":2: invalid line (more is unknown)"),
        (signed(BEGAN, {"event": {"a": 1}}), ":2: invalid line (event is unknown)"),
        (signed(BEGAN, CREATING, {**ANSWERED, "key": 7}), ":3: invalid line (key is invalid)"),
        (signed(BEGAN, CREATING, {**ANSWERED, "key": ".."}), ":3: invalid line (key is invalid)"),
        (signed(BEGAN, CREATING, {**ANSWERED, "key": ""}), ":3: invalid line (key is invalid)"),
        (signed(BEGAN, CREATING, {**ANSWERED, "key": "\ud800"}), ":3: invalid line (key is invalid)"),
        (signed(BEGAN, CREATING, {**ANSWERED, "key": "k" * 2_000}), ":3: invalid line (key is invalid)"),
        (signed(BEGAN, CREATING).replace(TARGET, "http://elsewhere"), ":1: invalid line (the checksum does not match"),
        (signed(BEGAN, CREATING, ANSWERED).replace('"k"', '"other"'), ":3: invalid line (the checksum does not match"),
        ("".join(signed(BEGAN, CREATING, ANSWERED).splitlines(True)[::2]), ":2: invalid line (the checksum does not"),
        ("[" * 100_000 + "\n", ":1: invalid line ("),
        ("", ": names no target; name the ledger that the run printed"),
        (None, ": can't be read ("),
        (b"\xff", ": can't be read ("),
    ],
)
def test_a_damaged_or_forged_ledger_is_refused(tmp_path: Path, text: str | bytes | None, message: str) -> None:
    """A damaged or forged ledger is refused; the message has the line, the reason and advice."""
    file = tmp_path / "ledger"
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(LedgerError) as caught:
        read_ledger(file, {"phone": None})
    assert str(caught.value).startswith(f"{file}{message}")
    assert str(caught.value).endswith("name the ledger that the run printed")


def test_a_ledger_is_never_overwritten(ledger: Ledger) -> None:
    """A new run refuses the ledger of an earlier one that has records left."""
    ledger.creating("phone", {})
    with pytest.raises(LedgerError, match=r"has records of an earlier run; remove them with --clean-up "):
        Ledger(ledger.file, TARGET).begin()


def test_an_unwritable_ledger_is_refused_at_the_start(tmp_path: Path) -> None:
    """A ledger that can't be written is refused at the start."""
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match=r"can't be written \(.*\); name another file with --ledger$"):
        Ledger(tmp_path / "file" / "ledger", TARGET).begin()


def test_the_ledger_is_deleted_only_when_nothing_is_left(ledger: Ledger) -> None:
    """The file is deleted only when nothing is left or unknown."""
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
