"""Fields that clients do not send: the mock generates required ones, and keeps those that a body does not list."""

from __future__ import annotations

from pathlib import Path

import pytest

from openapi import load
from tests.mock_server.support import Caller, caller_of

_HABITS = Path(__file__).parents[2] / "contract_tests" / "documents" / "habits.yaml"


@pytest.fixture
def caller() -> Caller:
    """A caller of the mock of a document with the habits of many."""
    return caller_of(load(_HABITS))


def test_nested_read_only_fields_are_generated(caller: Caller) -> None:
    """The mock generates a required readOnly field inside a list, and ignores the client's value."""
    body = {"name": "Ada", "since": "2026-01-10", "skills": [{"name": "surgery"}, {"id": 900, "name": "dentistry"}]}
    made = caller("POST", "/vets", body)
    assert made.status == 201, made
    first, second = (skill["id"] for skill in made.body["skills"])
    assert isinstance(first, int)
    assert second == first + 1


def test_put_keeps_fields_missing_from_its_schema(caller: Caller) -> None:
    """A PUT without skills in its schema replaces the name, and keeps the skills and a valid record."""
    made = caller("POST", "/vets", {"name": "Ada", "since": "2026-01-10", "skills": [{"name": "surgery"}]}).body
    replaced = caller("PUT", f"/vets/{made['id']}", {"id": made["id"], "name": "Zoe"})
    assert (replaced.status, replaced.body) == (200, {**made, "name": "Zoe"})


def test_updates_ignore_fields_missing_from_their_schema(caller: Caller) -> None:
    """A field of the record that the update's open body does not list keeps its value."""
    key = caller("POST", "/jobs", {"title": "paint"}).body["id"]
    before = caller.get(f"/jobs/{key}").body
    changed = caller("PATCH", f"/jobs/{key}", {"title": "dry", "created_at": "2001-02-03T04:05:06Z"})
    assert changed.body == {**before, "title": "dry"}


def test_path_lists_are_split_before_decoding(caller: Caller) -> None:
    """An encoded comma belongs to an item of a list in the path (RFC 6570, section 3.2.2)."""
    client = caller.app.test_client()
    assert client.get("/board/a%2Cb,c").status_code == 200
    assert client.get("/board/a,b,c").status_code == 400
