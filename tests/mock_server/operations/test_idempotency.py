"""Writes that are repeated with the same idempotency key."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest

from mock_server.operations import idempotency
from openapi import load
from tests.mock_server.support import Caller, JsonResponse, caller_of
from tests.x_keywords import example


@pytest.fixture
def call(tmp_path: Path) -> Caller:
    """A caller of an empty mock of the page's example."""
    return caller_of(load(example("Payments", tmp_path)), seed=1)


def pay(call: Caller, what: str, key: str = "a", session: str = "") -> JsonResponse:
    """Create a payment."""
    headers = {"Idempotency-Key": key, **({"X-Mock-Session": session} if session else {})}
    return call("POST", "/payments", {"for": what}, headers=headers)


def test_a_repeated_create_makes_one_record(call: Caller) -> None:
    """The same request with the same key gets the same response, and there is one record."""
    first, again = pay(call, "tea"), pay(call, "tea")
    assert first.status == 201
    assert (again.status, again.body) == (201, first.body)
    assert call.get("/payments").body == [first.body]


def test_another_key_makes_another_record(call: Caller) -> None:
    """The same body with another key is another payment."""
    assert pay(call, "tea", "a").body["id"] != pay(call, "tea", "b").body["id"]
    assert len(call.get("/payments").body) == 2


def test_a_key_is_bound_to_one_body(call: Caller) -> None:
    """Reusing a key with another body gets 422, and creates no record."""
    first = pay(call, "tea")
    refused = pay(call, "cake")
    assert (refused.status, pay(call, "tea").body) == (422, first.body)
    assert refused.body["detail"] == (
        "The Idempotency-Key a was sent with another request; send a new one, or repeat that request."
    )
    assert len(call.get("/payments").body) == 1


def test_key_misuse_has_the_declared_status(tmp_path: Path) -> None:
    """A document that declares 409 instead of 422 gets 409."""
    call = caller_of(load(example("Payments", tmp_path, ("        '422': {", "        '409': {"))))
    assert [pay(call, "tea").status, pay(call, "cake").status] == [201, 409]


def test_a_refused_request_can_be_corrected(call: Caller) -> None:
    """A request that was refused has not used its key, and a missing key is invalid."""
    assert pay(call, "").status == 422
    assert pay(call, "tea").status == 201
    assert call("POST", "/payments", {"for": "tea"}).status == 422


def test_a_repeated_action_runs_once(call: Caller) -> None:
    """A refund that is repeated gets its first response; a second one is a conflict."""
    path = f"/payments/{pay(call, 'tea').body['id']}/refund"
    responses = [call("POST", path, headers={"Idempotency-Key": key}) for key in ("a", "a", "b")]
    assert [response.status for response in responses] == [200, 200, 409]
    assert responses[0].body == responses[1].body


def test_keys_are_per_session_and_end_with_a_reset(call: Caller) -> None:
    """A key of one session is unknown in another, and after a reset."""
    first = pay(call, "tea")
    other = pay(call, "tea", session="other")
    assert (other.status, len(call("GET", "/payments", headers={"X-Mock-Session": "other"}).body)) == (201, 1)
    call.reset()
    assert pay(call, "cake").status == first.status


def test_the_oldest_keys_are_forgotten(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of keys is bounded, and so are the bytes of their responses."""
    for name, most in (("MOST_KEYS", 2), ("MOST_BYTES", 200)):
        call.reset()
        with monkeypatch.context() as limited:
            limited.setattr(idempotency, name, most)
            for key in "abc":
                pay(call, "tea", key)
            assert [pay(call, "cake", key).status for key in "cb"] == [422, 422], name
            assert pay(call, "cake", "a").status == 201, name


def test_simultaneous_requests_with_one_key_make_one_record(call: Caller) -> None:
    """Twenty identical requests at the same time get the same response."""
    responses: list[JsonResponse] = []
    threads = [Thread(target=lambda: responses.append(pay(call, "tea"))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(one.status, one.body["id"]) for one in responses] == [(201, responses[0].body["id"])] * 20
    assert len(call.get("/payments").body) == 1
