"""/__mock/baseline: differences that are ignored for a while become entries of the check's baseline."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from contract_tests.findings.baseline import read_baseline
from mock_server.settings.settings import Settings
from mock_server.web.app import create_app

ENTRY = {"code": "SCHEMA-BODY", "pointer": "/paths/~1a", "reason": 'the "gateway"\n\x7fdoes it', "until": "2027-01-31"}


def test_an_entry_is_added_to_the_baseline(tmp_path: Path) -> None:
    """The check reads the file; its existing content, comments included, is unchanged."""
    file = tmp_path / "baseline.toml"
    before = '# ours\n[[known]]  # old\ncode = "A"\npointer = "/b"\nreason = "c"'
    file.write_text(before)
    client = create_app(settings=Settings(write_baseline=file)).test_client()
    assert client.post("/__mock/baseline", json=ENTRY).get_json()["known"][1] == ENTRY
    assert client.post("/__mock/baseline", json={**ENTRY, "code": "B-C", "until": "2027-02-01"}).status_code == 200
    assert file.read_text().startswith(f"{before}\n\n[[known]]\n")
    entries = read_baseline(file)
    assert [one.code for one in entries] == ["A", "SCHEMA-BODY", "B-C"]
    assert (entries[1].reason, entries[1].until) == (ENTRY["reason"], date(2027, 1, 31))
    assert client.get("/__mock/baseline").get_json()["known"][1] == ENTRY


def test_an_entry_without_an_end_date_is_added_once(tmp_path: Path) -> None:
    """The date may be left out; the same difference is not ignored twice."""
    file = tmp_path / "baseline.toml"
    entry = {name: text for name, text in ENTRY.items() if name != "until"}
    client = create_app(settings=Settings(write_baseline=file)).test_client()
    assert client.post("/__mock/baseline", json=entry).status_code == 200
    again = client.post("/__mock/baseline", json=ENTRY)
    assert again.status_code == 409
    assert f"{file} has an entry for SCHEMA-BODY at /paths/~1a; change it there." in again.get_json()["error"]
    assert [one.until for one in read_baseline(file)] == [None]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"reason": " "}, "/reason"),
        ({"until": "soon"}, "write one such as 2027-01-31"),
        ({"until": '2027-01-31\nother = "x"'}, "write one such as 2027-01-31"),
        ({"code": None}, "/code"),
        ({"path": "/etc/passwd"}, "/path"),
    ],
)
def test_invalid_entries_are_refused(tmp_path: Path, change: dict[str, str | None], problem: str) -> None:
    """The error names the field; the file is not written."""
    file = tmp_path / "baseline.toml"
    client = create_app(settings=Settings(write_baseline=file)).test_client()
    response = client.post("/__mock/baseline", json={**ENTRY, **change})
    assert response.status_code == 400
    assert problem in response.get_json()["error"]
    assert not file.exists()


@pytest.mark.parametrize(
    "text", ["other = 1\n", "known = 1\n", 'known = [{code = "A", pointer = "", reason = "b"}]\n', "[[", "known = [1]"]
)
def test_other_files_are_not_changed(tmp_path: Path, text: str) -> None:
    """A file that is not a baseline, or can't be extended, is not changed."""
    file = tmp_path / "baseline.toml"
    file.write_text(text)
    response = create_app(settings=Settings(write_baseline=file)).test_client().post("/__mock/baseline", json=ENTRY)
    assert response.status_code == 409
    assert str(file) in response.get_json()["error"]
    assert file.read_text() == text


def test_without_a_baseline_file_entries_are_refused() -> None:
    """The error names the option to start the mock with."""
    response = create_app(settings=Settings()).test_client().post("/__mock/baseline", json=ENTRY)
    assert response.status_code == 404
    assert "start it with --write-baseline FILE" in response.get_json()["error"]
