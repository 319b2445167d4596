"""/__mock/requests: the journal, its filters, and the verification of requests."""

from __future__ import annotations

from typing import Any

import pytest

from openapi import Contract
from tests.mock_server.support import NUMBER, PHONES, Caller, FrozenClock, caller_of, session

REQUESTS = "/__mock/requests"
VERIFY = f"{REQUESTS}/verify"


def journal(call: Caller, query: str = "") -> list[dict[str, Any]]:
    """The entries that the journal returns."""
    response = call.get(f"{REQUESTS}{query}")
    assert response.status == 200, response
    entries: list[dict[str, Any]] = response.body["requests"]
    return entries


def test_entries_have_request_status_and_time(call: Caller) -> None:
    """An entry has the request, the response's status and the time; newest first, without requests to /__mock/."""
    phone = call.register(name="Desk")
    call.get(f"{PHONES}/{phone['uuid']}?x=1")
    call.get("/__mock/health")
    read, registered = journal(call)
    assert registered == {
        "number": 1,
        "at": "2026-03-01T12:00:00.123Z",
        "session": "default",
        "operationId": "registerPhone",
        "method": "POST",
        "path": PHONES,
        "headers": registered["headers"],
        "body": {"number": NUMBER, "name": "Desk"},
        "status": 201,
        "response": {
            "headers": registered["response"]["headers"],
            "length": registered["response"]["length"],
            "body": phone,
        },
    }
    assert registered["headers"]["content-type"] == "application/json"
    assert (read["operationId"], read["path"], read["query"]) == ("getPhone", f"{PHONES}/{phone['uuid']}", "x=1")


def test_entries_of_invalid_requests_have_violations(call: Caller) -> None:
    """The entry of an invalid request has its violations and the response's message."""
    call("POST", PHONES, {"number": "0171", "nmae": "x"})
    (entry,) = journal(call)
    assert [(one["in"], one["path"]) for one in entry["violations"]] == [("body", "/nmae"), ("body", "/number")]
    assert entry["message"].startswith("The request has 2 mistakes. body /nmae")


def test_the_journal_hides_secrets(contract: Contract) -> None:
    """The journal shows no token and no cookie."""
    call = caller_of(contract, token="hush-hush")
    call("GET", PHONES, headers={"Authorization": "Bearer hush-hush", "Cookie": "hush=1"})
    response = call.get(REQUESTS)
    assert "hush" not in str(response.body)
    assert response.body["requests"][0]["headers"]["authorization"] == "Bearer ***"


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", [5, 4, 3, 2, 1]),
        ("?operation=registerPhone", [2, 1]),
        ("?status=404", [5, 4]),
        ("?status=4xx", [5, 4, 2]),
        ("?invalid=true", [2]),
        ("?invalid=false", [5, 4, 3, 1]),
        ("?limit=2", [5, 4]),
        ("?since=3", [5, 4]),
        ("?since=2026-03-01T12:00:10Z", [5, 4, 3]),
        ("?since=2026-03-01T13:00:10%2B01:00&status=200", [3]),
        ("?since=2026-03-01T13:00:10+01:00&status=200", [3]),
    ],
)
def test_filters_select_entries(call: Caller, clock: FrozenClock, query: str, kept: list[int]) -> None:
    """Filters select entries by operation, status, validity and time."""
    call.register()
    call("POST", PHONES, {})
    clock.advance(10)
    call.get()
    call.get(f"{PHONES}/nobody")
    call.get("/phones")
    assert [entry["number"] for entry in journal(call, query)] == kept


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("operation=list", "unknown operation 'list'"),
        ("status=99", "status: invalid status '99'; use one such as 409, or a class such as 4XX."),
        ("invalid=yes", "invalid: 'yes' is not a boolean; use true or false."),
        ("since=noon", "since: invalid time 'noon'"),
        ("limit=few", "limit: invalid number 'few'."),
        ("sttus=1", "Unknown query parameter sttus; use operation, status, invalid, text, since, session, limit."),
    ],
)
def test_invalid_filters_are_errors(call: Caller, query: str, message: str) -> None:
    """An invalid filter is an error that says what to write."""
    response = call.get(f"{REQUESTS}?{query}")
    assert response.status == 400
    assert message in response.body["error"]


def test_each_session_has_a_journal(call: Caller) -> None:
    """A journal holds its session's requests; a filter selects another session or all."""
    one = session(call, "one")
    one.get()
    call.get(f"/__s/two{PHONES}")
    call.get()
    assert [entry["session"] for entry in journal(call)] == ["default"]
    assert [entry["session"] for entry in journal(one)] == ["one"]
    assert [entry["session"] for entry in journal(call, "?session=two")] == ["two"]
    assert {entry["session"] for entry in journal(call, "?session=*")} == {"default", "one", "two"}
    assert call.get(f"{REQUESTS}?session=three").status == 404


def test_the_oldest_entry_is_dropped_at_the_limit(contract: Contract) -> None:
    """At the limit, the oldest entry is dropped, and numbering continues."""
    call = caller_of(contract, journal=3)
    for _ in range(5):
        call.get()
    assert [entry["number"] for entry in journal(call)] == [5, 4, 3]
    assert call("DELETE", REQUESTS).body == {"deleted": 3}
    assert journal(call) == []
    call.get()
    assert [entry["number"] for entry in journal(call)] == [6]


def test_a_limit_of_0_turns_the_journal_off(contract: Contract) -> None:
    """With a limit of 0, the journal keeps nothing."""
    call = caller_of(contract, journal=0)
    call.get()
    assert journal(call) == []


def test_long_bodies_are_truncated(call: Caller) -> None:
    """The journal keeps the start of a long body."""
    call("POST", PHONES, {"number": NUMBER, "name": "x" * 50_000})
    assert len(journal(call)[0]["body"]) == 16 * 1024


@pytest.mark.parametrize("depth", [500, 100_000])
def test_a_deeply_nested_body_is_shown_as_text(call: Caller, depth: int) -> None:
    """A body with more levels than the mock reads is shown as sent, and does not hide other requests."""
    data = b"[" * depth + b"]" * depth
    assert call("POST", PHONES, data=data, headers={"Content-Type": "application/json"}).status == 400
    call.get()
    read, refused = journal(call)
    assert (read["operationId"], refused["operationId"]) == ("listPhones", "registerPhone")
    assert refused["body"] == data.decode()[: 16 * 1024]


@pytest.mark.parametrize(
    ("method", "path", "hint"),
    [
        ("GET", "/phones", "Paths start with /api; the nearest operation is listPhones"),
        ("GET", f"{PHONES}/", "Extra slashes make another path"),
        ("PUT", PHONES, "PUT is not allowed here; use one of GET, HEAD, OPTIONS, POST."),
        ("GET", f"{PHONES}?search=+1202", "In a query + is a space; use %2B to search for a number."),
        ("GET", f"{PHONES}?search=%2B1202", None),
    ],
)
def test_near_misses_are_explained(call: Caller, method: str, path: str, hint: str | None) -> None:
    """A request that nearly matches an operation gets a hint."""
    call(method, path)
    (entry,) = journal(call)
    assert (entry.get("hint") is None) if hint is None else hint in entry["hint"]


@pytest.mark.parametrize(
    ("wanted", "verified"),
    [
        ({"operationId": "registerPhone"}, True),
        ({"operationId": "registerPhone", "count": 2}, True),
        ({"operationId": "registerPhone", "count": 1}, False),
        ({"operationId": "registerPhone", "at_least": 2, "at_most": 3}, True),
        ({"operationId": "registerPhone", "at_most": 1}, False),
        ({"operationId": "registerPhone", "count": 1, "status": 201}, True),
        ({"operationId": "registerPhone", "count": 1, "match": {"body": {"name": "Desk"}}}, True),
        ({"operationId": "registerPhone", "match": {"body": {"name": "desk"}}}, False),
        ({"operationId": "listPhones", "count": 1, "match": {"query": {"limit": 5, "search": "+12"}}}, True),
        ({"operationId": "listPhones", "match": {"query": {"limit": "6"}}}, False),
        ({"operationId": "getPhone", "count": 1, "match": {"path": {"uuid": "nobody"}, "header": {"X-A": "1"}}}, True),
        ({"operationId": "deletePhone", "count": 0}, True),
        ({"operationId": "deletePhone"}, False),
    ],
)
def test_verification_compares_the_count(call: Caller, wanted: dict[str, Any], verified: bool) -> None:
    """Verification returns 200 if the count matches, else 409 with the count and the nearest requests."""
    call.register(name="Desk")
    call("POST", PHONES, {"number": NUMBER})
    call.get(f"{PHONES}?limit=5&search=%2B12")
    call("GET", f"{PHONES}/nobody", headers={"X-A": "1"})
    response = call("POST", VERIFY, wanted)
    assert (response.status, response.body["verified"]) == ((200, True) if verified else (409, False))
    if not verified:
        assert response.body["error"].startswith(f"Expected {wanted['operationId']} ")
        assert all(entry["operationId"] == wanted["operationId"] for entry in response.body["near"])


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({}, "/operationId: is required"),
        ({"operationId": "x"}, "unknown operation 'x'"),
        ({"operationId": "getPhone", "count": 1, "at_least": 1}, "use either count, or at_least and at_most"),
        (
            {"operationId": "getPhone", "match": {"query": {"limit": 1}}},
            "getPhone has no query 'limit'",
        ),
        ({"operationId": "getPhone", "count": -1}, "/count: "),
    ],
)
def test_invalid_verifications_are_errors(call: Caller, wanted: dict[str, Any], message: str) -> None:
    """An invalid verification is an error, so a typo can't make a test pass."""
    response = call("POST", VERIFY, wanted)
    assert response.status == 400
    assert message in response.body["error"]


def test_journals_of_idle_sessions_are_dropped_first(contract: Contract) -> None:
    """All journals together are bounded: the least recently used sessions lose theirs first."""
    call = caller_of(contract)
    sessions = call.app.mock.sessions
    first, second = session(call, "first"), session(call, "second")
    sessions.entry_limit.most = 8
    for caller in (*[first] * 3, *[second] * 7):
        caller.get()
    assert len(sessions.get("first").journal) == 0
    assert len(sessions.get("second").journal) == sessions.entry_limit.held == 7
