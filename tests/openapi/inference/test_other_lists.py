"""Lists at other paths that are inferred."""

from __future__ import annotations

from pathlib import Path

import yaml

from mock_server import MockServer
from openapi import Contract, load
from tests.openapi.support import GOOD


def _read(folder: Path, *changes: tuple[str, str]) -> Contract:
    """The pets without our keywords, in which the second text of each of `changes` replaces the first."""
    document = yaml.safe_load((GOOD / "pets.yaml").read_text(encoding="utf-8"))
    del document["x-resources"]
    text = yaml.safe_dump(document, sort_keys=False)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    file = folder / "pets.yaml"
    file.write_text(text, encoding="utf-8")
    return load(file)


def test_a_filtered_list_at_another_path_is_inferred(tmp_path: Path) -> None:
    """A GET below the collection that returns an array of the record, with a filter, is one more list."""
    contract = _read(tmp_path)
    (pet,) = contract.resources.values()
    assert list(pet.lists) == ["findPetsByKind"]
    listing = pet.lists["findPetsByKind"].listing
    assert [(one.parameter, one.field) for one in listing.filters] == [("kind", "kind")]
    assert listing.paging is not None
    assert contract.inference is not None
    assert "GET /pets/findByKind" not in contract.inference.undecided
    with MockServer(contract, empty=True) as server:
        client = server.app.test_client()
        dog = client.post("/pets", json={"name": "Rex", "kind": "dog"}).get_json()
        assert client.get("/pets/findByKind?kind=dog").get_json() == [dog]
        assert client.get("/pets/findByKind?kind=cat").get_json() == []


def test_a_list_without_a_known_filter_is_not_inferred(tmp_path: Path) -> None:
    """Without a parameter that filters by a field the list may have any records, so its examples are returned."""
    contract = _read(tmp_path, ("- name: kind\n", "- name: mood\n"))
    (pet,) = contract.resources.values()
    assert not pet.lists
    assert contract.inference is not None
    assert contract.inference.undecided["GET /pets/findByKind"] == "it is unclear which records it returns"
