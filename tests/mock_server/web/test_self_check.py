"""The self-check of responses, which must find violations, or other tests prove nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_server.web.self_check import CheckedResponse, InvalidResponseError, ResponseChecker
from openapi import Contract
from tests.mock_server.support import Caller

PHONE = {
    "uuid": "x",
    "name": None,
    "number": "+12025550143",
    "type": "private",
    "countryCode": "US",
    "provider": None,
    "status": "active",
    "smsEnabled": False,
    "createdAt": "2026-01-10T12:00:00Z",
    "updatedAt": "2026-04-20T15:30:00Z",
}
ERROR = {"success": False, "message": "no"}
LOCATION = {"location": "/api/phones/x"}
JSON = {"content-type": "application/json"}


def failure_of(
    contract: Contract, request_line: str, status: int, body: Any, headers: dict[str, str] = JSON
) -> str | None:
    """The self-check's verdict on a response."""
    method, path = request_line.split()
    encoded = b"" if body is None else json.dumps(body).encode()
    return ResponseChecker(contract).check(CheckedResponse(method, path, status, headers, encoded))


@pytest.mark.parametrize(
    ("request_line", "status", "body", "headers"),
    [
        ("GET /api/phones/x", 200, PHONE, JSON),
        ("GET /api/phones/x", 200, {**PHONE, "more": 1}, JSON),
        ("HEAD /api/phones/x", 200, None, JSON),
        ("POST /api/phones", 201, PHONE, JSON | LOCATION),
        ("POST /api/phones", 429, ERROR, JSON | {"retry-after": "1"}),
        ("OPTIONS /api/phones", 204, None, {"allow": "GET"}),
        ("PUT /api/phones", 405, ERROR, JSON | {"allow": "GET"}),
        ("GET /nowhere", 404, ERROR, JSON),
        ("HEAD /nowhere", 404, None, JSON),
    ],
)
def test_valid_responses_pass(
    contract: Contract, request_line: str, status: int, body: Any, headers: dict[str, str]
) -> None:
    """Valid responses pass, and so do responses outside the contract."""
    assert failure_of(contract, request_line, status, body, headers) is None


@pytest.mark.parametrize(
    ("request_line", "status", "body", "headers", "wrong"),
    [
        ("GET /api/phones/x", 500, ERROR, JSON, "getPhone declares no status 500"),
        ("GET /api/phones/x", 400, ERROR, JSON, "getPhone declares no status 400"),
        ("GET /api/phones/x", 200, {**PHONE, "name": 1}, JSON, "$.name: 1 is not of type 'string', 'null'"),
        ("GET /api/phones/x", 200, {**PHONE, "createdAt": "now"}, JSON, "$.createdAt: 'now' is not a 'date-time'"),
        ("GET /api/phones/x", 200, PHONE, {"content-type": "text/html"}, "got Content-Type text/html"),
        ("GET /api/phones/x", 200, PHONE, {}, "got Content-Type none, expected application/json"),
        ("HEAD /api/phones/x", 200, PHONE, JSON, "expected no body"),
        ("POST /api/phones", 201, PHONE, JSON, "the header Location is missing"),
        (
            "POST /api/phones",
            429,
            ERROR,
            JSON | {"retry-after": "soon"},
            "header Retry-After: $: 'soon' does not match",
        ),
        ("GET /api/phones", 400, {"success": True, "message": "no"}, JSON, "$.success: False was expected"),
        ("PUT /api/phones", 405, ERROR, JSON, "got 405, expected 405 with Allow"),
        ("PUT /api/phones", 404, ERROR, JSON | {"allow": "GET"}, "got 404, expected 405 with Allow"),
        ("GET /api/nowhere", 200, PHONE, JSON, "got 200, expected 404 for an unknown path"),
        ("GET /nowhere", 404, "no", {"content-type": "text/html"}, "got Content-Type text/html"),
        ("GET /nowhere", 404, {}, JSON, "'success' is a required property"),
        ("OPTIONS /api/phones", 204, "x", {"allow": "GET"}, "expected no body"),
    ],
)
def test_invalid_responses_are_reported(
    contract: Contract, request_line: str, status: int, body: Any, headers: dict[str, str], wrong: str
) -> None:
    """An undeclared status, a wrong type, a missing header or an unexpected body is named."""
    assert wrong in (failure_of(contract, request_line, status, body, headers) or "")


def test_an_invalid_response_raises(call: Caller) -> None:
    """In process, the call raises, and the failure is kept."""
    call.app.mock.state["phone"].load([{"uuid": "x"}])
    with pytest.raises(InvalidResponseError, match=r"GET /api/phones 200: .*'name' is a required property"):
        call.get()
    assert call.app.self_check is not None
    assert len(call.app.self_check.failures) == 1
