"""Records at paths without a key that are inferred."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from mock_server import MockServer
from openapi import InitialValue, ServerMade, load
from tests.x_keywords import EXAMPLES


def _document(folder: Path, *changes: tuple[str, str]) -> Path:
    """The example without our keywords, in which the second text of each of `changes` replaces the first."""
    document = yaml.safe_load(EXAMPLES["Settings"])
    del document["x-resources"]
    text = yaml.safe_dump(document)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    file = folder / "settings.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_singleton_is_inferred(tmp_path: Path) -> None:
    """A GET and writes at one path, whose bodies have the fields of the response, are a singleton."""
    contract = load(_document(tmp_path, ("pattern: ^[a-z]{2}$", "example: en")))
    (setting,) = contract.resources.values()
    assert setting.is_singleton
    assert setting.mock_only
    assert (setting.name, setting.item) == ("setting", "/settings")
    assert {role.value: name for role, name in setting.operations.items()} == {
        "read": "readSettings",
        "update": "changeSettings",
        "replace": "replaceSettings",
    }
    pointer = "/x-resources/setting/members"
    assert setting.fields["theme"] == InitialValue("theme", "light", (), f"{pointer}/theme")
    assert isinstance(setting.fields["updatedAt"], (ServerMade, InitialValue))
    with MockServer(contract, seed=1) as server:
        client = server.app.test_client()
        client.patch("/settings", json={"theme": "dark", "language": "fr"})
        found = client.get("/settings").get_json()
    assert (found["theme"], found["language"]) == ("dark", "fr")


@pytest.mark.parametrize("change", [("    put:", "    post:"), ("    patch:", "    delete:")])
def test_a_path_with_post_or_delete_is_not_a_singleton(tmp_path: Path, change: tuple[str, str]) -> None:
    """A POST or a DELETE at the path may create or remove the record, so the path is left out, with a note."""
    contract = load(_document(tmp_path, change))
    assert not contract.resources
    assert contract.inference is not None
    assert contract.inference.undecided["GET /settings"] == "it has no path for single records"


def test_a_required_field_without_a_value_is_noted(tmp_path: Path) -> None:
    """An operation with a required field that has no value returns its examples."""
    contract = load(_document(tmp_path))
    assert contract.inference is not None
    why = "the required field language has no value: it has no default and no example"
    assert contract.inference.undecided["PATCH /settings"] == why
