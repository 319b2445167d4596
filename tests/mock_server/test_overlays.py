"""Overlays make the mock behave as the service that they describe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mock_server.__main__ import main
from mock_server.server.server import MockServer
from mock_server.settings.settings import SettingsError
from mock_server.testing import MockSession
from openapi import PHONES, load
from tests.mock_server.support import NUMBER, Caller
from tests.mock_server.test_pytest_plugin import run

POST = "$['paths']['/phones']['post']['responses']"
CREATED_IS_200: dict[str, Any] = {
    "overlay": "1.0.0",
    "info": {"title": "What staging does", "version": "2026-11-27"},
    "actions": [
        {"target": f"{POST}['201']", "remove": True},
        {
            "target": POST,
            "update": {
                "200": {
                    "description": "Registered",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Phone"}}},
                },
                "x-observed": {"date": "2026-11-27", "seen": "200 for 201", "count": 3},
            },
        },
    ],
}
ERROR = {"$ref": "#/components/schemas/Error"}
REFUSE_WITH_422 = {
    "overlay": "1.0.0",
    "info": {"title": "Invalid requests", "version": "1"},
    "actions": [
        {"target": "$['x-http']['refusals']['statuses']", "update": {"invalid": 422}},
        *(
            {
                "target": f"$['paths']{operation}['responses']",
                "update": {"422": {"description": "Invalid", "content": {"application/json": {"schema": ERROR}}}},
            }
            for operation in (
                "['/phones']['get']",
                "['/phones']['post']",
                "['/phones/{uuid}']['get']",
                "['/phones/{uuid}']['patch']",
                "['/phones/{uuid}']['delete']",
            )
        ),
    ],
}


@pytest.fixture
def overlays(tmp_path: Path) -> list[Path]:
    """Files with the two overlays."""
    files = [tmp_path / "created.json", tmp_path / "invalid.json"]
    for file, value in zip(files, (CREATED_IS_200, REFUSE_WITH_422), strict=True):
        file.write_text(json.dumps(value), encoding="utf-8")
    return files


def test_the_mock_follows_its_overlays(overlays: list[Path]) -> None:
    """Statuses and headers are those of the document with the overlays applied."""
    mock = Caller(MockServer(overlays=overlays, self_check=True).app)
    created = mock("POST", "/api/phones", {"number": NUMBER})
    assert (created.status, "Location" in created.headers) == (200, False)
    assert mock("POST", "/api/phones", {"number": 7}).status == 422


def test_overlays_for_a_loaded_contract_are_an_error(overlays: list[Path]) -> None:
    """Overlays for a contract that was read without them are an error."""
    with pytest.raises(
        SettingsError, match=r"^--overlay: the contract is already loaded; pass the overlays to openapi\.load$"
    ):
        MockServer(load(PHONES), overlays=overlays)


def test_an_overlay_without_a_match_exits_with_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An overlay with a target that matches nothing ends the command with exit code 3 and the location."""
    file = tmp_path / "overlay.yaml"
    action = "actions: [{target: \"$.paths['/fones']\", remove: true}]"
    file.write_text(f"overlay: 1.0.0\ninfo: {{title: T, version: 1}}\n{action}\n", encoding="utf-8")
    assert main(["--port", "0", "--overlay", str(file)]) == 3
    assert f"{file}:3: /actions/0/target: matches nothing: " in capsys.readouterr().err
    assert main(["--overlay", str(tmp_path / "none.yaml")]) == 2
    assert "--overlay: no such file" in capsys.readouterr().err


def test_the_pytest_plugin_accepts_overlays(overlays: list[Path], tmp_path: Path) -> None:
    """The ini file and the option name overlays for `callcamp_mock`."""
    (tmp_path / "pytest.ini").write_text(f"[pytest]\ncallcamp_overlays =\n  {overlays[0].name}\n", encoding="utf-8")
    (tmp_path / "test_it.py").write_text(
        "def test_it(callcamp_server):\n"
        "    operations = callcamp_server.app.mock.contract.operations\n"
        "    assert operations['registerPhone'].success.status == '200'\n",
        encoding="utf-8",
    )
    done = run(tmp_path, "-q")
    assert done.returncode == 0, done.stdout + done.stderr
    done = run(tmp_path, "-q", "--callcamp-overlay", overlays[1].name)
    assert "assert '201' == '200'" in done.stdout


def test_the_journal_has_statuses_of_the_overlay(overlays: list[Path]) -> None:
    """The journal of a mock with an overlay has the status that the overlay declares."""
    with MockServer(overlays=overlays[:1]) as server:
        session = MockSession(server.url, "overlay")
        assert session.requests == []
