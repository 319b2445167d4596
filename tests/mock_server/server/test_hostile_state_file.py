"""Unusual state files: folders, pipes, full disks and interrupted writes."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mock_server.mock import build_mock
from mock_server.server.state_file import StateFile
from mock_server.sessions.session import SeedError
from mock_server.settings.settings import Settings
from mock_server.stderr import failure_line
from openapi import Contract


def fifo(path: Path) -> None:
    """Make a FIFO without a writer."""
    os.mkfifo(path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no FIFOs")
@pytest.mark.parametrize("make", [fifo, Path.mkdir])
def test_a_folder_or_fifo_as_state_file_is_refused(
    contract: Contract, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    """A folder or a FIFO instead of the file is refused at start."""
    file = tmp_path / "state.json"
    make(file)
    with pytest.raises(SeedError, match=r"^--state .*state\.json: not a regular file; name another$"):
        build_mock(contract, Settings(empty=True, state=file))


def test_write_errors_are_reported_once(
    contract: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that can't be written is reported once for all attempts, and so is the first success."""
    file = tmp_path / "state.json"
    mock, keeper = build_mock(contract, Settings(seed=1)), StateFile(file)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        for _ in range(3):
            keeper.write(mock)
    assert [*tmp_path.iterdir()] == []
    keeper.write(mock)
    assert file.read_bytes().startswith(b"[\n{")
    problem = f"--state {file}: can't write the file ({os.strerror(errno.ENOSPC)}); trying again"
    assert capsys.readouterr().err.splitlines() == [problem, f"--state {file}: written again"]


def test_a_folder_that_replaces_the_file_is_reported(
    contract: Contract, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder instead of the file is reported, and not changed."""
    file = tmp_path / "state.json"
    file.mkdir()
    StateFile(file).write(build_mock(contract, Settings(seed=1)))
    assert capsys.readouterr().err.startswith(f"--state {file}: can't write the file (")
    assert [*tmp_path.iterdir()] == [file]


def test_the_file_is_replaced_atomically(contract: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until all of the new content is on the disk, the file has all of the old content."""
    file = tmp_path / "state.json"
    file.write_bytes(b"old")
    seen: list[bytes] = []
    fsync = os.fsync

    def looking(handle: int) -> None:
        seen.append(file.read_bytes())
        fsync(handle)

    monkeypatch.setattr(os, "fsync", looking)
    StateFile(file).write(build_mock(contract, Settings(seed=1)))
    assert seen[0] == b"old"
    assert file.read_bytes() != b"old"


def test_control_characters_in_errors_are_escaped() -> None:
    """Control characters in an unexpected error are printed as escapes."""
    line = failure_line("GET", "/\x1b[2J", ValueError("\x1b]0;title\x07\r\nforged"))
    assert line == "GET '/\\x1b[2J': ValueError: \\x1b]0;title\\x07\\r forged"
