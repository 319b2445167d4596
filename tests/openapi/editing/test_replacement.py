"""A file is replaced atomically."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from openapi.editing.replacement import replace_file


def test_an_interrupted_write_leaves_the_old_file_intact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If writing is interrupted, the old file is intact and no other file is left."""
    file = tmp_path / "state.json"
    replace_file(file, b"old")

    def crash(_handle: int) -> None:
        raise OSError("no more room")

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(OSError, match="no more room"):
        replace_file(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_writing_to_a_symlink_writes_its_target(tmp_path: Path) -> None:
    """Writing to a symbolic link writes the file it points to."""
    file, link = tmp_path / "state.json", tmp_path / "link"
    file.write_bytes(b"old")
    link.symlink_to(file)
    replace_file(link, b"new")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"


def test_file_permissions_are_kept(tmp_path: Path) -> None:
    """A file that others may read stays so; a new file is for its owner."""
    file, new = tmp_path / "shared", tmp_path / "new"
    file.write_bytes(b"old")
    file.chmod(0o644)
    for path in (file, new):
        replace_file(path, b"new")
    assert [oct(path.stat().st_mode & 0o777) for path in (file, new)] == ["0o644", "0o600"]
