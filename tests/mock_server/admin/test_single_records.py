"""/__mock/records: one record at a time, with any value that its schema allows."""

from __future__ import annotations

from typing import Any

import pytest

from openapi import load
from tests.mock_server.support import NUMBER, PHONES, Caller, FrozenClock, caller_of, number
from tests.mock_server.test_other_documents import DOCUMENTS

RECORDS = "/__mock/records/phone"


def test_added_records_may_set_server_made_fields(call: Caller) -> None:
    """Fields that clients may not set are kept, and those left out start as a registration's do."""
    response = call("POST", RECORDS, {"number": NUMBER, "uuid": "mine", "status": "inactive"})
    assert response.status == 201
    assert response.body["uuid"] == "mine"
    assert response.body["status"] == "inactive"
    assert response.body["type"] == "private"
    assert call.get(f"{PHONES}/mine").body == response.body
    assert call.get(f"{RECORDS}/mine").body == response.body


def test_record_pages_can_be_filtered_and_searched(call: Caller) -> None:
    """The filters and the search are those of the list, and the page has the number of matches."""
    for index in range(5):
        call.register(number(index), name=f"Desk {index % 2}")
    call("PATCH", f"{PHONES}/{call.get(PHONES).body['phones'][0]['uuid']}", {"status": "active"})
    found = call.get(f"{RECORDS}?search=desk%200&limit=2&page=2").body
    assert (found["total"], found["page"], found["limit"], found["pages"]) == (3, 2, 2, 2)
    assert [record["number"] for record in found["records"]] == [number(0)]
    assert call.get(f"{RECORDS}?status=active").body["total"] == 1
    assert call.get("/__mock/records").body == {"resources": {"phone": 5}}


def test_patch_changes_fields_and_put_replaces_the_record(call: Caller, clock: FrozenClock) -> None:
    """A patch keeps the other fields; a put drops them, except server-made ones. Both move the change time."""
    phone = call.register(NUMBER, name="Desk")
    clock.advance(60)
    patched = call("PATCH", f"{RECORDS}/{phone['uuid']}", {"countryCode": "DE"}).body
    assert patched == {**phone, "countryCode": "DE", "updatedAt": "2026-03-01T12:01:00.123Z"}
    clock.advance(60)
    kept = {name: value for name, value in patched.items() if name not in ("uuid", "createdAt", "updatedAt")}
    put = call("PUT", f"{RECORDS}/{phone['uuid']}", {**kept, "name": None}).body
    assert put == {**patched, "name": None, "updatedAt": "2026-03-01T12:02:00.123Z"}
    stays = call("PUT", f"{RECORDS}/{phone['uuid']}", {**put, "updatedAt": "2027-01-01T00:00:00Z"}).body
    assert stays["updatedAt"] == "2027-01-01T00:00:00Z"


def test_a_deleted_record_is_removed_everywhere(call: Caller) -> None:
    """A delete removes the record from every list, and a second delete finds nothing."""
    phone = call.register()
    assert call("DELETE", f"{RECORDS}/{phone['uuid']}").body == {"deleted": phone["uuid"]}
    assert call.get(PHONES).body["total"] == 0
    assert call("DELETE", f"{RECORDS}/{phone['uuid']}").status == 404


@pytest.mark.parametrize(
    ("method", "key", "body", "status", "path"),
    [
        ("POST", "", {"number": "0171"}, 400, "/number"),
        ("POST", "", {"number": number(3), "status": "lost"}, 400, "/status"),
        ("POST", "", {"number": NUMBER}, 409, "/number"),
        ("PATCH", "/mine", {"uuid": "other"}, 400, "/uuid"),
        ("PUT", "/mine", {"number": NUMBER}, 400, "/countryCode"),
    ],
)
def test_invalid_records_change_nothing(
    call: Caller, method: str, key: str, body: dict[str, Any], status: int, path: str
) -> None:
    """A record that is invalid, changes its key or is a duplicate changes nothing; the error names the field."""
    before = call("POST", RECORDS, {"number": NUMBER, "uuid": "mine"}).body
    response = call(method, f"{RECORDS}{key}", body)
    assert response.status == status
    assert response.body["problems"][0]["path"] == path
    assert call.get(f"{RECORDS}/mine").body == before
    assert call.get("/__mock/records").body == {"resources": {"phone": 1}}


@pytest.mark.parametrize(
    ("method", "path", "data", "status", "error"),
    [
        ("GET", "/__mock/records/cars", None, 404, "Unknown resource 'cars'; use one of phone."),
        ("GET", f"{RECORDS}/none", None, 404, "There is no phone with the key 'none'."),
        ("GET", f"{RECORDS}?colour=red", None, 400, "colour is not a query parameter here"),
        ("GET", f"{RECORDS}?page=0", None, 400, "page: got '0'; write a whole number of 1 or more."),
        ("POST", RECORDS, b"[]", 400, "The body is not an object; send the fields of one record."),
        ("POST", RECORDS, b"{", 400, "The body is "),
    ],
)
def test_wrong_paths_parameters_and_bodies_are_refused(
    call: Caller, method: str, path: str, data: bytes | None, status: int, error: str
) -> None:
    """A wrong path, parameter or body is named in the error."""
    response = call(method, path, data=data)
    assert response.status == status
    assert response.body["error"].startswith(error)


def test_integer_keys_are_found_and_counted_up() -> None:
    """A record with an integer key is found by its digits, and the next new record gets a higher key."""
    call = caller_of(load(DOCUMENTS / "books.yaml"))
    books = "/__mock/records/book"
    assert call("POST", books, {"id": 7, "title": "Seven", "lent": True}).status == 201
    assert call.get(f"{books}/7").body["title"] == "Seven"
    assert call.get(f"{books}?lent=true").body["total"] == 1
    assert call.get(f"{books}?lent=maybe").body["error"] == "lent: got 'maybe'; write a boolean."
    assert call("POST", books, {"title": "Eight"}).body["id"] == 8
    assert call.get(f"{books}?search=x").body["error"] == "search: the list of book has no search in the document."
