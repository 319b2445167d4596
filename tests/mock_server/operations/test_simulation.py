"""Errors on demand: Prefer and its query parameters, rules, magic numbers, reserved tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest

from fixtures.phone_numbers.number_pool import is_reserved, reserved_range
from openapi import Contract
from tests.mock_server.support import NUMBER, PHONES, Caller, JsonResponse, caller_of, number, numbers, session

RULES = "/__mock/rules"


def preferring(call: Caller, method: str, path: str, prefer: str, body: Any = None) -> JsonResponse:
    """The response to a request with `Prefer`."""
    return call(method, path, body, headers={"Prefer": prefer})


def rule(call: Caller, operation: str = "listPhones", **members: Any) -> dict[str, Any]:
    """Add a valid rule."""
    response = call("POST", RULES, {"operationId": operation, **members})
    assert response.status == 201, response
    added: dict[str, Any] = response.body
    return added


@pytest.mark.parametrize(
    ("prefer", "status", "applied"),
    [
        ("code=429", 429, "code=429"),
        ("code=401, delay=0", 401, "code=401, delay=0"),
        ("example=nothingMatches", 200, "example=nothingMatches"),
        ('example="nothingMatches"; a=b', 200, "example=nothingMatches"),
        ("respond-async, code=400; q=1, wait=10", 400, "code=400"),
        ("CODE = 400", 400, "code=400"),
        ("code=400, code=429", 400, "code=400"),
        ("handling=lenient", 200, None),
        ("", 200, None),
    ],
)
def test_prefer_selects_the_response(call: Caller, prefer: str, status: int, applied: str | None) -> None:
    """Prefer selects a status or example; `Preference-Applied` confirms it (RFC 7240, section 3)."""
    response = preferring(call, "GET", PHONES, prefer)
    assert (response.status, response.headers.get("Preference-Applied")) == (status, applied)


@pytest.mark.parametrize(
    ("query", "status"),
    [("__code=429", 429), ("__example=nothingMatches&limit=5", 200), ("page=2&__code=400", 400), ("__delay=0", 200)],
)
def test_preferences_may_be_query_parameters(call: Caller, query: str, status: int) -> None:
    """Clients that can't set headers use the query."""
    assert call.get(f"{PHONES}?{query}").status == status


def test_the_header_overrides_the_query_parameter(call: Caller) -> None:
    """The header overrides the query parameter."""
    assert preferring(call, "GET", f"{PHONES}?__code=429", "code=401").status == 401


def test_every_declared_response_can_be_selected(call: Caller, contract: Contract) -> None:
    """Every declared status and example can be selected, and the response keeps the document."""
    phone = call.register()
    bodies: dict[str, Any] = {"registerPhone": {"number": number(1)}, "updatePhone": {"name": "x"}}
    for operation in contract.operations.values():
        path = contract.base_path + operation.path.replace("{uuid}", phone["uuid"])
        for status, declared in operation.responses.items():
            body = bodies.get(operation.id)
            assert preferring(call, operation.method, path, f"code={status}", body).status == int(status)
            for media_type in declared.content.values():
                for example in media_type.examples:
                    response = preferring(call, operation.method, path, f"code={status}, example={example.name}", body)
                    assert (response.status, response.body) == (int(status), example.value)
    assert call.get(f"{PHONES}/{phone['uuid']}").body == phone
    assert numbers(call) == [NUMBER]


@pytest.mark.parametrize(
    ("prefer", "message"),
    [
        ("code=101", "got code=101; write a status from 200 to 599"),
        ("code=abc", "invalid code=abc; write a status such as 404"),
        (
            "example=nope",
            "listPhones declares no example nope, only documented (200), nothingMatches (200), body (400)",
        ),
        ("code=200, example=taken", "declares no example taken of status 200, only documented, nothingMatches"),
        ("delay=soon", "invalid delay=soon; write milliseconds, up to 60000"),
        ("delay=60001", "invalid delay=60001; write milliseconds, up to 60000"),
    ],
)
def test_undeclared_examples_are_refused(call: Caller, prefer: str, message: str) -> None:
    """An unknown example is an error in the document's format that lists the declared ones."""
    response = preferring(call, "GET", PHONES, prefer)
    assert (response.status, response.body["errors"][0]["path"]) == (400, "Prefer")
    assert message in response.body["errors"][0]["message"]


def test_refused_preferences_have_a_declared_status(call: Caller) -> None:
    """An operation that declares no 400 responds with 404."""
    assert preferring(call, "GET", f"{PHONES}/x", "code=abc").status == 404


def test_forced_responses_change_nothing(call: Caller) -> None:
    """A forced response changes no record, and the next response is the usual one."""
    phone = call.register()
    path = f"{PHONES}/{phone['uuid']}"
    assert preferring(call, "POST", PHONES, "code=201", {"number": number(1)}).status == 201
    assert preferring(call, "PATCH", path, "code=200", {"name": "other"}).status == 200
    assert preferring(call, "DELETE", path, "code=200").status == 200
    assert call.get(path).body == phone
    assert numbers(call) == [NUMBER]


def test_invalid_requests_ignore_preferences(call: Caller) -> None:
    """An invalid request gets its error, with any preference."""
    assert preferring(call, "POST", PHONES, "code=201", {"number": "0171"}).status == 400


def test_a_rule_with_times_applies_that_often(call: Caller) -> None:
    """A rule with `times` applies that often; afterwards requests succeed."""
    added = rule(call, "registerPhone", status=409, times=2)
    statuses = [call("POST", PHONES, {"number": NUMBER}).status for _ in range(4)]
    assert statuses == [409, 409, 201, 409]
    assert call.get(RULES).body == {"rules": [{**added, "times": 0}]}


@pytest.mark.parametrize(
    ("match", "hits"),
    [
        ({"body": {"type": "ordered"}}, [True, False]),
        ({"body": {"number": NUMBER, "type": "ordered"}}, [True, False]),
        ({"body": {"name": "x"}}, [False, False]),
        ({"header": {"X-Try": "1"}}, [True, True]),
        ({"header": {"X-Try": "2"}}, [False, False]),
        ({}, [True, True]),
    ],
)
def test_a_rule_applies_only_to_matching_requests(call: Caller, match: Mapping[str, Any], hits: list[bool]) -> None:
    """A rule applies only to requests that match it."""
    rule(call, "registerPhone", status=429, match=match)
    bodies = ({"number": NUMBER, "type": "ordered"}, {"number": number(1), "type": "shared"})
    responses = [call("POST", PHONES, body, headers={"X-Try": "1"}) for body in bodies]
    assert [response.status == 429 for response in responses] == hits


@pytest.mark.parametrize("limit", [5, "5"])
def test_rules_match_path_and_query_parameters(call: Caller, limit: Any) -> None:
    """Path and query parameters match as parsed values or as strings."""
    rule(call, match={"query": {"limit": limit}}, status=429)
    assert [call.get(f"{PHONES}?limit={text}").status for text in ("5", "6")] == [429, 200]
    rule(call, "getPhone", match={"path": {"uuid": "a"}}, status=429)
    assert [call.get(f"{PHONES}/{key}").status for key in ("a", "b")] == [429, 404]


def test_the_newest_rule_wins(call: Caller) -> None:
    """A later rule overrides an earlier one until it is removed."""
    rule(call, status=400)
    newer = rule(call, example="nothingMatches")
    assert call.get().body["total"] == 0
    assert call("DELETE", f"{RULES}/{newer['id']}").body == {"deleted": newer["id"]}
    assert call.get().status == 400
    assert call("DELETE", RULES).body == {"deleted": 1}
    assert call.get().status == 200
    assert call("DELETE", f"{RULES}/{newer['id']}")[::2] == (
        404,
        {"error": f"Unknown rule {newer['id']} in session default; there is none."},
    )


def test_rules_are_per_session_and_end_with_a_reset(call: Caller) -> None:
    """A rule applies in its session only, and a reset removes it."""
    one = session(call, "one")
    rule(one, status=429)
    assert [caller.get().status for caller in (one, call)] == [429, 200]
    one("POST", "/__mock/reset")
    assert one.get().status == 200
    assert one.get(RULES).body == {"rules": []}


def test_the_seed_determines_probabilities(contract: Contract) -> None:
    """The same seed gives the same sequence; another seed gives another one."""

    def sequence(seed: int) -> list[int]:
        call = caller_of(contract, seed=seed)
        rule(call, status=429, probability=0.5)
        return [call.get().status for _ in range(40)]

    assert sequence(1) == sequence(1) != sequence(2)
    assert {200, 429} == set(sequence(1))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "/operationId: is required; use listPhones, "),
        ({"operationId": "listPhone", "status": 429}, "unknown operation 'listPhone'; did you mean listPhones?"),
        ({"operationId": "listPhones"}, "The rule does nothing; add status, example, headers, fault or delay_ms."),
        ({"operationId": "listPhones", "status": 101}, "/status: "),
        ({"operationId": "listPhones", "body": {}, "delay_ms": 1}, "/body: needs a status, and no example."),
        ({"operationId": "listPhones", "headers": {"a b": "c"}}, "/headers"),
        ({"operationId": "listPhones", "headers": {"a": "b\nc"}}, "/headers/a: "),
        ({"operationId": "listPhones", "example": "x"}, "listPhones declares no example x, only documented"),
        ({"operationId": "listPhones", "fault": "boom"}, "/fault: "),
        ({"operationId": "listPhones", "fault": "reset", "status": 429}, "leave out status and example"),
        ({"operationId": "listPhones", "status": 429, "times": 0}, "/times: "),
        ({"operationId": "listPhones", "status": 429, "probability": 2}, "/probability: "),
        ({"operationId": "listPhones", "delay_ms": "soon"}, "/delay_ms: invalid delay 'soon'"),
        ({"operationId": "listPhones", "delay_ms": "9-1"}, "/delay_ms: invalid delay '9-1'; use a rising range"),
        ({"operationId": "listPhones", "status": 429, "tims": 1}, "/tims: unknown field; did you mean times?"),
        ({"operationId": "listPhones", "status": 429, "match": {"boddy": {}}}, "/match/boddy: unknown field"),
        (
            {"operationId": "listPhones", "status": 429, "match": {"query": {"limt": 1}}},
            "/match/query/limt: listPhones has no query 'limt'; did you mean limit?",
        ),
        (
            {"operationId": "registerPhone", "status": 429, "match": {"body": {"nmber": 1}}},
            "/match/body/nmber: registerPhone has no body 'nmber'; did you mean number?",
        ),
    ],
)
def test_invalid_rules_are_errors(call: Caller, body: Any, message: str) -> None:
    """An invalid rule is an error with the pointer and the remedy, and is not added."""
    response = call("POST", RULES, body)
    assert response.status == 400
    assert message in response.body["error"]
    assert call.get(RULES).body == {"rules": []}


def test_magic_numbers_always_fail(call: Caller, contract: Contract) -> None:
    """Registering a magic number returns the status in its digits; each declared error has one."""
    (magic,) = contract.resources["phone"].magic
    declared = {int(status) for status in contract.operations["registerPhone"].responses} - {201}
    assert set(magic.statuses.values()) == declared
    for text, status in magic.statuses.items():
        assert text.endswith(str(status))
        assert call("POST", PHONES, {"number": text}).status == status
    assert numbers(call) == []


def test_magic_numbers_are_ordinary_in_searches(call: Caller) -> None:
    """Magic numbers are special only in registrations."""
    assert call.get(f"{PHONES}?search={quote('+447700900409')}").status == 200


@pytest.mark.parametrize(("token", "status"), [("mock-401", 401), ("mock-403", 403), ("mock-429", 429)])
def test_reserved_tokens_get_the_status_in_their_name(contract: Contract, token: str, status: int) -> None:
    """With a token, three more tokens always get the status in their names."""
    call = caller_of(contract, token="secret")
    response = call("GET", PHONES, headers={"Authorization": f"Bearer {token}"})
    assert (response.status, response.body["success"]) == (status, False)
    assert ("Retry-After" in response.headers) is (status == 429)
    assert caller_of(contract)("GET", PHONES, headers={"Authorization": f"Bearer {token}"}).status == 200


def test_magic_numbers_are_reserved_and_unused_elsewhere(contract: Contract) -> None:
    """Magic numbers come from a reserved tier that neither the fixtures nor the check use."""
    (magic,) = contract.resources["phone"].magic
    assert {held.tier for text in magic.statuses if (held := reserved_range(text))} == {"C"}
    assert all(is_reserved(text) for text in magic.statuses)


def test_a_rule_may_only_delay(call: Caller) -> None:
    """With only a delay, the response is the usual one, later; the journal has the delay."""
    rule(call, delay_ms="100-500")
    rule(call, "registerPhone", delay_ms=7)
    call.register()
    assert call.get().body["total"] == 1
    listed, registered = call.get("/__mock/requests").body["requests"]
    assert 100 <= listed["delay_ms"] <= 500
    assert registered["delay_ms"] == 7


def test_delays_add_up(call: Caller) -> None:
    """Delays of the network, a rule and a preference add up."""
    call("PATCH", "/__mock/settings", {"delay": ["100"]})
    rule(call, delay_ms=20)
    preferring(call, "GET", PHONES, "delay=3")
    assert call.get("/__mock/requests").body["requests"][0]["delay_ms"] == 123


def test_an_undeclared_status_can_be_forced(call: Caller) -> None:
    """An undeclared status has the error format and is marked in header and journal."""
    for response in (preferring(call, "GET", PHONES, "code=500"), call.get(f"{PHONES}?__code=500")):
        assert response.status == 500
        assert response.headers["X-Mock-Undeclared"] == "500"
        assert response.body == {"success": False, "message": "This response was forced: status 500."}
    assert call.get("/__mock/requests").body["requests"][0]["undeclared"] is True
    assert "X-Mock-Undeclared" not in preferring(call, "GET", PHONES, "code=429").headers
    for status in (204, 304):
        empty = preferring(call, "GET", PHONES, f"code={status}")
        assert (empty.status, empty.body) == (status, None)


def test_a_rule_may_have_body_and_headers(call: Caller) -> None:
    """A rule's body and headers replace the example's. A body that the document allows is not marked."""
    rule(call, status=503, body={"oops": [1]}, headers={"Retry-After": "30"}, times=1)
    response = call.get()
    assert (response.status, response.body, response.headers["Retry-After"]) == (503, {"oops": [1]}, "30")
    assert response.headers["X-Mock-Undeclared"] == "503"
    rule(call, status=200, body={"phones": []}, times=1)
    assert call.get().headers["X-Mock-Undeclared"] == "200"
    allowed = {"phones": [], "total": 0, "page": 1, "limit": 10, "totalPages": 0}
    rule(call, status=200, body=allowed, times=1)
    response = call.get()
    assert response.body == allowed
    assert "X-Mock-Undeclared" not in response.headers
    rule(call, headers={"Content-Language": "de"}, times=1)
    assert call.get().headers["Content-Language"] == "de"
    added = rule(call, status=200, body=None)
    assert added["body"] is None
    assert call.get().body is None


def test_a_rule_may_have_a_text_body(call: Caller) -> None:
    """With a Content-Type that is not JSON, the body is sent unchanged."""
    rule(call, status=502, body="<h1>Bad gateway</h1>", headers={"content-type": "text/html"})
    response = call.app.test_client().get(PHONES)
    assert (response.status_code, response.content_type) == (502, "text/html")
    assert response.text == "<h1>Bad gateway</h1>"


def test_rules_can_be_changed_and_disabled(call: Caller) -> None:
    """PATCH changes the given fields, PUT all; a disabled rule never applies and keeps its count."""
    added = rule(call, status=429, times=2)
    path = f"{RULES}/{added['id']}"
    assert call("PATCH", path, {"enabled": False}).body == {**added, "enabled": False}
    assert call.get().status == 200
    assert call("PATCH", path, {"enabled": True, "times": 1}).body == {**added, "times": 1}
    assert [call.get().status for _ in range(2)] == [429, 200]
    assert call("PUT", path, {"operationId": "getPhone", "status": 401}).body == {
        "id": added["id"],
        "operationId": "getPhone",
        "status": 401,
    }
    assert call.get(f"{PHONES}/x").status == 401
    assert call("PATCH", path, {"example": "nope"}).status == 400
    assert call.get(path).body["status"] == 401
    assert call("PUT", f"{RULES}/99", {"operationId": "getPhone", "status": 401}).status == 404
