"""References between the records of a mock: what may be named, and what a delete does to those that name the record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mock_server.settings.settings import Settings
from mock_server.web.app import create_app
from openapi import load
from tests.mock_server.support import Caller, FrozenClock, JsonResponse, caller_of

ROOMS = Path(__file__).parent.parent / "documents" / "rooms.yaml"


@pytest.fixture
def hotel(clock: FrozenClock) -> Caller:
    """A caller of an empty hotel."""
    return caller_of(load(ROOMS), clock)


def add(hotel: Caller, path: str, **fields: Any) -> dict[str, Any]:
    """Create a record and return it."""
    response = hotel("POST", f"/v1/{path}", fields)
    assert response.status == 201, response
    record: dict[str, Any] = response.body
    return record


def read(hotel: Caller, path: str, record: dict[str, Any]) -> JsonResponse:
    """Get a record by its key."""
    return hotel.get(f"/v1/{path}/{record.get('uuid', record.get('id'))}")


def remove(hotel: Caller, path: str, record: dict[str, Any]) -> JsonResponse:
    """Delete a record by its key."""
    return hotel("DELETE", f"/v1/{path}/{record.get('uuid', record.get('id'))}")


def test_references_to_unknown_records_are_refused(hotel: Caller) -> None:
    """An unknown key is refused as the document says: as invalid, as an unknown record, or as a conflict."""
    response = hotel("POST", "/v1/bookings", {"title": "a", "room": 7})
    assert (response.status, response.body["errors"]) == (
        400,
        [{"in": "body", "path": "/room", "detail": "there is no room with the id 7"}],
    )
    room = add(hotel, "rooms", name="1")
    unknown = hotel("POST", "/v1/bookings", {"title": "a", "room": room["id"], "guest": "nobody"})
    assert (unknown.status, unknown.body["detail"]) == (404, 'There is no guest with the uuid "nobody".')
    assert hotel("POST", "/v1/guests", {"name": "g", "invited": "nobody"}).status == 409
    assert hotel.get("/v1/bookings").body["total"] == hotel.get("/v1/guests").body["total"] == 0


def test_each_item_of_an_array_is_a_reference(hotel: Caller) -> None:
    """Of several keys, the message names the unknown one."""
    room = add(hotel, "rooms", name="1")
    assert hotel.violations("POST", "/v1/guests", {"name": "g", "likes": [room["id"], 9]}) == [("body", "/likes/1")]
    assert add(hotel, "guests", name="g", likes=[room["id"]])["likes"] == [room["id"]]


def test_an_update_is_checked_like_a_create(hotel: Caller) -> None:
    """A change to an unknown key is refused and changes nothing."""
    booking = add(hotel, "bookings", title="a", room=add(hotel, "rooms", name="1")["id"])
    assert hotel("PATCH", f"/v1/bookings/{booking['uuid']}", {"guest": "nobody", "title": "b"}).status == 404
    assert read(hotel, "bookings", booking).body == booking


def test_a_delete_is_refused_while_the_condition_holds(hotel: Caller) -> None:
    """A room with an open booking can't be deleted; with a closed one it can, and the booking keeps its key."""
    room = add(hotel, "rooms", name="1")
    booking = add(hotel, "bookings", title="a", room=room["id"], status="paid")
    refused = remove(hotel, "rooms", room)
    assert refused.status == 409
    assert refused.body["detail"] == (
        f'The room is the room of the booking with the uuid "{booking["uuid"]}"; change or delete that booking first.'
    )
    assert read(hotel, "rooms", room).status == 200
    assert hotel("PATCH", f"/v1/bookings/{booking['uuid']}", {"status": "over"}).status == 200
    assert remove(hotel, "rooms", room).status == 204
    assert read(hotel, "bookings", booking).body["room"] == room["id"]


def test_a_dangling_reference_cannot_become_active(hotel: Caller) -> None:
    """A booking of a deleted room can be renamed, and can't be opened again."""
    room = add(hotel, "rooms", name="1")
    booking = add(hotel, "bookings", title="a", room=room["id"], status="over")
    assert remove(hotel, "rooms", room).status == 204
    assert hotel("PATCH", f"/v1/bookings/{booking['uuid']}", {"title": "b"}).status == 200
    path = f"/v1/bookings/{booking['uuid']}"
    assert hotel.violations("PATCH", path, {"status": "open"}) == [("body", "/room")]


def test_a_delete_clears_references(hotel: Caller, clock: FrozenClock) -> None:
    """A nullable field becomes null, an optional one disappears, an array loses the item; others stay as they were."""
    room, other = add(hotel, "rooms", name="1"), add(hotel, "rooms", name="2")
    guest = add(hotel, "guests", name="g", likes=[room["id"], other["id"]])
    friend = add(hotel, "guests", name="f", invited=guest["uuid"])
    bookings = [
        add(hotel, "bookings", title=status, room=other["id"], guest=guest["uuid"], status=status)
        for status in ("open", "over")
    ]
    clock.advance(1)
    assert remove(hotel, "rooms", room).status == 204
    assert read(hotel, "guests", guest).body["likes"] == [other["id"]]
    assert remove(hotel, "guests", guest).status == 204
    assert "invited" not in read(hotel, "guests", friend).body
    changed, kept = (read(hotel, "bookings", booking).body for booking in bookings)
    assert changed["guest"] is None
    assert changed["changed"] > bookings[0]["changed"]
    assert kept == bookings[1]


def test_a_delete_cascades_to_dependent_records(hotel: Caller) -> None:
    """The notes of a booking are deleted with it, and no others."""
    room = add(hotel, "rooms", name="1")
    bookings = [add(hotel, "bookings", title=title, room=room["id"]) for title in "ab"]
    notes = [add(hotel, "notes", text="n", booking=booking["uuid"]) for booking in bookings]
    assert remove(hotel, "bookings", bookings[0]).status == 204
    assert [read(hotel, "notes", note).status for note in notes] == [404, 200]
    assert hotel.get("/v1/notes").body["total"] == 1


def test_admin_deletes_have_the_same_effects(hotel: Caller) -> None:
    """/__mock/records deletes what a request could delete, with the same effects."""
    room = add(hotel, "rooms", name="1")
    booking = add(hotel, "bookings", title="a", room=room["id"])
    note = add(hotel, "notes", text="n", booking=booking["uuid"])
    refused = hotel("DELETE", f"/__mock/records/room/{room['id']}")
    assert refused.status == 409
    assert hotel("DELETE", f"/__mock/records/booking/{booking['uuid']}").status == 200
    assert read(hotel, "notes", note).status == 404


def test_initial_records_have_valid_references() -> None:
    """Every key in the initial records is the key of an initial record."""
    hotel = Caller(create_app(load(ROOMS), Settings(self_check=True)))
    listed = {name: hotel.get(f"/v1/{name}?limit=100").body[name] for name in ("rooms", "guests", "bookings", "notes")}
    rooms = {one["id"] for one in listed["rooms"]}
    guests = {one["uuid"] for one in listed["guests"]}
    assert len({one["room"] for one in listed["bookings"]}) > 1
    assert {one["room"] for one in listed["bookings"]} <= rooms
    assert {one["guest"] for one in listed["bookings"]} <= {*guests, None}
    assert {key for one in listed["guests"] for key in one["likes"]} <= rooms
    assert {one["booking"] for one in listed["notes"]} <= {one["uuid"] for one in listed["bookings"]}
