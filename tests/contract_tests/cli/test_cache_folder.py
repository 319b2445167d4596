"""The folder of Hypothesis: the user's cache, or a temporary one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis.configuration import set_hypothesis_home_dir, storage_directory

from contract_tests.cli.cache_folder import hypothesis_home


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has its own home, and Hypothesis no folder yet."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HYPOTHESIS_STORAGE_DIRECTORY", raising=False)
    monkeypatch.chdir(tmp_path)


def home() -> Path:
    """Where Hypothesis writes within the context."""
    try:
        with hypothesis_home():
            return storage_directory("unicode_data", intent_to_write=False).path.parent
    finally:
        set_hypothesis_home_dir(None)


@pytest.mark.parametrize(
    ("cache", "folder"),
    [
        (None, "home/.cache/callcamp-check"),
        ("relative", "home/.cache/callcamp-check"),
        ("/cache", "cache/callcamp-check"),
    ],
)
def test_hypothesis_writes_to_the_cache_folder_of_the_user(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: str | None, folder: str
) -> None:
    """Hypothesis writes to XDG_CACHE_HOME if that is an absolute path, and else to .cache in the home directory."""
    if cache is not None:
        monkeypatch.setenv("XDG_CACHE_HOME", f"{tmp_path}{cache}" if cache.startswith("/") else cache)
    assert home() == tmp_path / folder
    assert (tmp_path / folder).stat().st_mode & 0o777 == 0o700
    assert not (tmp_path / "relative").exists()


def test_an_unwritable_cache_is_replaced_by_a_temporary_folder(tmp_path: Path) -> None:
    """If the cache can't be created, Hypothesis uses a temporary folder, which is removed afterwards."""
    (tmp_path / "home").write_text("a file", encoding="utf-8")
    folder = home()
    assert folder.name.startswith("callcamp-check-")
    assert not folder.exists()


def test_a_folder_set_for_hypothesis_is_used_unchanged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder that the user sets with Hypothesis's own variable is used unchanged."""
    monkeypatch.setenv("HYPOTHESIS_STORAGE_DIRECTORY", str(tmp_path / "own"))
    assert home() == tmp_path / "own"
    assert not (tmp_path / "home").exists()
