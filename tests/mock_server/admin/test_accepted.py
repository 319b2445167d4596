"""/__mock/overlay: differences that are accepted become actions of an overlay in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from mock_server.server.server import MockServer
from mock_server.settings.settings import Settings
from mock_server.web.app import create_app
from openapi import PHONES, Refusal, load

STATUSES = "$['x-http']['refusals']['statuses']"
CONFLICT: dict[str, Any] = {"target": STATUSES, "update": {"conflict": 422}}
INVALID: dict[str, Any] = {"target": STATUSES, "description": "Seen: 422.", "update": {"invalid": 422}}
WITH_COMMENTS = """\
# What staging does.
overlay: 1.0.0
info: {title: 'Staging', version: "1"}   # ours
actions:
    # since March
    - target: $['info']
      update: {x-team: phones}
# the end
"""


def test_accepted_actions_are_written_and_take_effect(tmp_path: Path) -> None:
    """The first action creates the file; the mock applies it at once, and adds no action twice."""
    file = tmp_path / "accepted.yaml"
    with MockServer(PHONES, seed=1, write_overlay=file, watch=True) as mock:
        root = mock.url.removesuffix("/api")
        assert requests.get(f"{root}/__mock/overlay", timeout=5).json() == {"file": str(file), "actions": []}
        for added in (1, 0):
            response = requests.post(f"{root}/__mock/overlay", json={"actions": [INVALID]}, timeout=5).json()
            assert (response["added"], response["actions"]) == (added, [INVALID])
        assert file.stat().st_mode & 0o600 == 0o600
        for _ in range(2000):
            if requests.get(f"{mock.url}/phones?limit=0", timeout=5).status_code == 422:
                break
        else:
            pytest.fail("the mock still responds as before")
    assert load(PHONES, [file]).refusals.statuses[Refusal.INVALID] == 422
    with MockServer(PHONES, seed=1, write_overlay=file) as mock:
        assert requests.get(f"{mock.url}/phones?limit=0", timeout=5).status_code == 422


def test_the_existing_overlay_is_kept_unchanged(tmp_path: Path) -> None:
    """The existing content of the file is unchanged."""
    file = tmp_path / "accepted.yaml"
    file.write_text(WITH_COMMENTS)
    client = create_app(settings=Settings(write_overlay=file)).test_client()
    assert client.post("/__mock/overlay", json={"actions": [CONFLICT]}).status_code == 200
    head, added, tail = file.read_text().partition("    - target: $['x-http']['refusals']['statuses']\n")
    assert f"{head}{tail}".startswith(WITH_COMMENTS.removesuffix("# the end\n"))
    assert added
    assert tail.endswith("      update:\n        conflict: 422\n# the end\n")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "The body is empty"),
        ({"actions": []}, "/actions: "),
        ({"actions": [{"target": "$['nothing']", "update": {"a": 1}}]}, "matches nothing"),
        ({"actions": [{"target": STATUSES, "update": {"invalid": 400}}]}, "changes nothing"),
        ({"actions": [{"target": STATUSES, "update": {"invalid": 200}}]}, "write an integer from 400 to 499"),
        ({"actions": [{"target": STATUSES, "updat": {}}]}, "did you mean update?"),
        ({"actions": [{"target": "$['paths']", "remove": True}]}, "which is not an operationId"),
    ],
)
def test_actions_that_break_the_document_are_refused(tmp_path: Path, body: dict[str, Any], problem: str) -> None:
    """The error names the action and what is wrong; the file is not written."""
    file = tmp_path / "accepted.yaml"
    client = create_app(settings=Settings(write_overlay=file)).test_client()
    response = client.post("/__mock/overlay", json=body)
    assert response.status_code == 400
    assert problem in response.get_json()["error"]
    assert not file.exists()


def test_without_an_overlay_file_actions_are_refused() -> None:
    """The error names the option to start the mock with."""
    client = create_app(settings=Settings()).test_client()
    for response in (client.get("/__mock/overlay"), client.post("/__mock/overlay", json={"actions": [INVALID]})):
        assert response.status_code == 404
        assert "start it with --write-overlay FILE" in response.get_json()["error"]


def test_pages_of_other_origins_cannot_write_files(tmp_path: Path) -> None:
    """The access rules of /__mock/ and the admin token apply to both files."""
    overlay, baseline = tmp_path / "o.yaml", tmp_path / "b.toml"
    entry = {"code": "A", "pointer": "", "reason": "b"}
    for settings, headers in (
        (Settings(write_overlay=overlay, write_baseline=baseline), {"Origin": "https://evil.example"}),
        (Settings(write_overlay=overlay, write_baseline=baseline), {"Host": "evil.example"}),
        (Settings(write_overlay=overlay, write_baseline=baseline, admin_token="right"), {}),
    ):
        client = create_app(settings=settings).test_client()
        for name, body in (("overlay", {"actions": [INVALID]}), ("baseline", entry)):
            assert client.post(f"/__mock/{name}", json=body, headers=headers).status_code == 403
    assert list(tmp_path.iterdir()) == []


def test_an_overlay_named_twice_is_applied_once(tmp_path: Path) -> None:
    """An overlay that is both applied and written to is applied once."""
    file = tmp_path / "accepted.yaml"
    file.write_text(WITH_COMMENTS)
    assert Settings(overlays=(file,), write_overlay=file).applied_overlays == (file,)
    create_app(settings=Settings(overlays=(file,), write_overlay=file))
