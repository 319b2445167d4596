"""Actions on one record: what they set, when they are refused, and what they return."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openapi import load
from tests.mock_server.support import Caller, FrozenClock, caller_of

ROOMS = Path(__file__).parent.parent / "documents" / "rooms.yaml"


@pytest.fixture
def hotel(clock: FrozenClock) -> Caller:
    """A caller of a hotel with one room."""
    hotel = caller_of(load(ROOMS), clock)
    assert hotel("POST", "/v1/rooms", {"name": "1"}).status == 201
    return hotel


@pytest.fixture
def booking(hotel: Caller) -> dict[str, Any]:
    """An open booking."""
    booking: dict[str, Any] = hotel("POST", "/v1/bookings", {"title": "a", "room": 1}).body
    return booking


def test_an_action_sets_declared_and_sent_fields(hotel: Caller, booking: dict[str, Any], clock: FrozenClock) -> None:
    """The values of the document, the time, the fields of the body and the time of change are set, and no others."""
    clock.advance(5)
    response = hotel("POST", f"/v1/bookings/{booking['uuid']}/pay", {"payer": "Ada", "card": "4000"})
    now = "2026-03-01T12:00:05.123Z"
    assert response.status == 200
    assert response.body == {**booking, "status": "paid", "payer": "Ada", "paid": now, "changed": now}
    assert hotel.get(f"/v1/bookings/{booking['uuid']}").body == response.body


def test_an_action_in_another_state_is_a_conflict(hotel: Caller, booking: dict[str, Any]) -> None:
    """A booking that is not open can't be paid, and stays as it was."""
    path = f"/v1/bookings/{booking['uuid']}"
    assert hotel("POST", f"{path}/pay", {"payer": "Ada"}).status == 200
    paid = hotel.get(path).body
    response = hotel("POST", f"{path}/pay", {"payer": "Bob"})
    assert (response.status, response.body["detail"]) == (
        409,
        'The status of this booking is "paid"; it must be "open".',
    )
    assert hotel.get(path).body == paid


def test_an_action_may_return_another_schema(hotel: Caller, booking: dict[str, Any]) -> None:
    """The response has the declared status and schema, and the record is changed."""
    path = f"/v1/bookings/{booking['uuid']}"
    response = hotel("POST", f"{path}/cancel")
    assert (response.status, response.body) == (202, {"success": True})
    assert hotel.get(path).body["status"] == "over"
    message = hotel("POST", f"{path}/cancel").body["detail"]
    assert message == 'The status of this booking is "over"; it must be "open" or "paid".'


def test_actions_validate_key_and_body(hotel: Caller, booking: dict[str, Any]) -> None:
    """An unknown key gets 404; a body that breaks its schema names every violation."""
    assert hotel("POST", "/v1/bookings/none/cancel").status == 404
    path = f"/v1/bookings/{booking['uuid']}/pay"
    assert hotel.violations("POST", path, {"payr": "Ada"}) == [("body", "/payer"), ("body", "/payr")]
    assert hotel.get(f"/v1/bookings/{booking['uuid']}").body == booking
