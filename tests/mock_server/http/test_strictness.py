"""The three levels of strictness: reject, warn, accept silently."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from openapi import Contract, load
from tests.mock_server.server.test_delayed_response import behaving
from tests.mock_server.support import NUMBER, PHONES, Caller, FrozenClock, JsonResponse, number, numbers

HEADER = "X-Mock-Violations"


@pytest.fixture(params=["warn", "off"])
def lenient(contract: Contract, request: pytest.FixtureRequest) -> Caller:
    """A caller of a mock that rejects nothing."""
    return behaving(contract, validate=request.param)


@pytest.fixture
def warning(contract: Contract) -> Caller:
    """A caller of a mock that warns."""
    return behaving(contract, validate="warn")


def warned(response: JsonResponse) -> list[tuple[str, str]]:
    """The pointers of the violations in the header."""
    return [(one["in"], one["path"]) for one in json.loads(response.headers[HEADER])]


def test_invalid_and_unknown_fields_are_ignored(lenient: Caller) -> None:
    """A body with an unknown and an invalid field is accepted without them."""
    response = lenient("POST", PHONES, {"number": NUMBER, "nmae": "x", "type": "shard"})
    assert (response.status, response.body["number"], response.body["type"]) == (201, NUMBER, "private")
    assert numbers(lenient) == [NUMBER]


@pytest.mark.parametrize("body", [{"number": "0171"}, {}, [], 3, {"name": "x"}])
def test_an_insufficient_body_gets_the_example(lenient: Caller, body: Any) -> None:
    """If the valid fields are not enough to register, the response is the example and nothing changes."""
    response = lenient("POST", PHONES, body)
    assert (response.status, response.body["number"]) == (201, "+16054440129")
    assert numbers(lenient) == []


@pytest.mark.parametrize(
    ("query", "limit"), [("limit=500", 10), ("limit=x&limit=y", 10), ("page=0&limit=7", 7), ("status=gone", 10)]
)
def test_invalid_parameters_are_ignored(lenient: Caller, query: str, limit: int) -> None:
    """A list ignores invalid parameters."""
    lenient.register()
    response = lenient.get(f"{PHONES}?{query}")
    assert (response.status, response.body["limit"], response.body["page"], response.body["total"]) == (
        200,
        limit,
        1,
        1,
    )


@pytest.mark.parametrize("data", [b"{", b"\xff", b""])
def test_invalid_json_gets_the_example(lenient: Caller, data: bytes) -> None:
    """Invalid JSON gets the example as response."""
    assert lenient("POST", PHONES, data=data, headers={"Content-Type": "application/json"}).status == 201
    assert numbers(lenient) == []


def test_json_with_another_content_type_is_read(warning: Caller) -> None:
    """JSON with another Content-Type is read, and the header is named."""
    body = json.dumps({"number": NUMBER}).encode()
    response = warning("POST", PHONES, data=body, headers={"Content-Type": "text/plain"})
    assert (response.status, warned(response)) == (201, [("header", "Content-Type")])
    assert numbers(warning) == [NUMBER]


def test_warnings_are_in_header_and_journal(warning: Caller) -> None:
    """The header and the journal list every violation, as the error response would."""
    response = warning("POST", PHONES, {"number": NUMBER, "nmae": "é", "type": "shard"})
    assert warned(response) == [("body", "/nmae"), ("body", "/type")]
    (entry,) = warning.get("/__mock/requests?invalid=true").body["requests"]
    assert (entry["status"], [one["path"] for one in entry["violations"]]) == (201, ["/nmae", "/type"])


def test_off_reports_no_violations(contract: Contract) -> None:
    """With `off`, neither header nor journal lists violations."""
    call = behaving(contract, validate="off")
    response = call("POST", PHONES, {"number": NUMBER, "nmae": "x"})
    assert (response.status, HEADER in response.headers) == (201, False)
    assert call.get("/__mock/requests?invalid=true").body["requests"] == []


def test_valid_requests_get_no_warning(warning: Caller) -> None:
    """A valid request gets no warning."""
    response = warning("POST", PHONES, {"number": NUMBER})
    assert (response.status, HEADER in response.headers) == (201, False)


def test_many_warnings_fit_in_the_header(warning: Caller) -> None:
    """However many violations there are, the header stays readable."""
    response = warning("POST", PHONES, {"number": NUMBER, **{f"member{index}": 1 for index in range(500)}})
    assert 0 < len(warned(response)) < 500
    assert len(response.headers[HEADER]) <= 4000


def test_errors_beyond_the_schema_are_still_refused(lenient: Caller) -> None:
    """An unknown record, a duplicate number and a body over the limit are still errors."""
    lenient.register()
    assert lenient.get(f"{PHONES}/nobody").status == 404
    assert lenient("POST", PHONES, {"number": NUMBER}).status == 409
    assert lenient("POST", PHONES, {"number": number(1), "name": "x" * 2_000_000}).status == 413


def lively(contract: Contract, clock: FrozenClock) -> Caller:
    """A caller of a mock with records that change over time."""
    call = behaving(contract, lifecycle=True)
    call.app.mock.sessions.default.clock.freeze(clock.instant)
    return call


def ordered(call: Caller) -> str:
    """The path of a newly registered ordered phone."""
    return f"{PHONES}/{call.register(type='ordered')['uuid']}"


def test_an_ordered_number_becomes_active_after_30_seconds(contract: Contract, clock: FrozenClock) -> None:
    """After thirty seconds on the mock's clock the phone is active, in the list too, with a later change time."""
    call = lively(contract, clock)
    path = ordered(call)
    call("POST", "/__mock/clock", {"advance_s": 29})
    assert call.get().body["phones"][0]["status"] == "pending"
    call("POST", "/__mock/clock", {"advance_s": 1})
    assert call.get(f"{PHONES}?status=active").body["total"] == 1
    phone = call.get(path).body
    assert (phone["status"], phone["createdAt"], phone["updatedAt"]) == (
        "active",
        "2026-03-01T12:00:00.123Z",
        "2026-03-01T12:00:30.123Z",
    )


def test_an_ordered_number_becomes_active_on_the_third_read(contract: Contract, clock: FrozenClock) -> None:
    """The third read activates the phone; lists do not count as reads."""
    call = lively(contract, clock)
    path = ordered(call)
    for _ in range(5):
        call.get()
    assert [call.get(path).body["status"] for _ in range(4)] == ["pending", "pending", "active", "active"]


def test_an_earlier_change_cancels_the_activation(contract: Contract, clock: FrozenClock) -> None:
    """A record that was changed or deleted is not activated; one that becomes pending again waits again."""
    call = lively(contract, clock)
    path, gone = ordered(call), f"{PHONES}/{call.register(number(1), type='ordered')['uuid']}"
    call("PATCH", path, {"status": "inactive"})
    call("DELETE", gone)
    call("POST", "/__mock/clock", {"advance_s": 60})
    assert call.get(path).body["status"] == "inactive"
    assert call.get().body["total"] == 1
    call("PATCH", path, {"status": "pending"})
    call("POST", "/__mock/clock", {"advance_s": 29})
    assert call.get(path).body["status"] == "pending"
    call("POST", "/__mock/clock", {"advance_s": 1})
    assert call.get(path).body["status"] == "active"


def test_records_change_only_with_lifecycle(contract: Contract) -> None:
    """Without `lifecycle` records don't change; switched on for a session, waiting starts then."""
    call = behaving(contract)
    path = ordered(call)
    call("POST", "/__mock/clock", {"freeze": True, "advance_s": 1000})
    assert [call.get(path).body["status"] for _ in range(5)] == ["pending"] * 5
    call("PATCH", "/__mock/settings", {"lifecycle": True})
    assert call.get(path).body["status"] == "pending"
    call("POST", "/__mock/clock", {"advance_s": 30})
    assert call.get(path).body["status"] == "active"
    call("PATCH", path, {"status": "pending"})
    call("PATCH", "/__mock/settings", {"lifecycle": False})
    assert [call.get(path).body["status"] for _ in range(5)] == ["pending"] * 5


NOTES = """
openapi: 3.1.0
info: {title: Notes, version: '1'}
paths:
  /notes:
    post:
      operationId: writeNote
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
      responses:
        '201': {description: A note., content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
        4XX: {description: No., content: {application/problem+json: {schema: {type: object}}}}
  /notes/{number}:
    get:
      operationId: readNote
      parameters: [{name: number, in: path, required: true, schema: {type: integer}}]
      responses:
        '200': {description: A note., content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
        4XX: {description: No., content: {application/problem+json: {schema: {type: object}}}}
  /size/{number}:
    get:
      operationId: size
      parameters: [{name: number, in: path, required: true, schema: {type: integer}}]
      responses:
        '200': {description: A size., content: {application/json: {schema: {type: integer}, example: 7}}}
        4XX: {description: No., content: {application/problem+json: {schema: {type: object}}}}
components:
  schemas:
    Note:
      type: object
      required: [number]
      properties: {number: {type: integer}}
x-resources:
  note:
    record: '#/components/schemas/Note'
    key: number
    collection: /notes
    item: /notes/{number}
    operations: {create: writeNote, read: readNote}
"""


@pytest.fixture
def notes(tmp_path: Path) -> Caller:
    """A caller of a mock of another document, without examples, that warns."""
    file = tmp_path / "notes.yaml"
    file.write_text(NOTES)
    return behaving(load(file), validate="warn")


def test_a_value_is_generated_without_an_example(notes: Caller) -> None:
    """A request that lacks too much gets a generated value if the document has no example."""
    response = notes("POST", "/notes", {})
    assert (response.status, warned(response)) == (201, [("body", "/number")])
    assert isinstance(response.body["number"], int)


def test_an_impossible_key_is_an_unknown_record(notes: Caller) -> None:
    """An impossible key is unknown; without records the response is the example."""
    assert notes("GET", "/notes/x").status == 404
    response = notes("GET", "/size/x")
    assert (response.status, response.body, warned(response)) == (200, 7, [("path", "number")])


def test_a_forced_response_without_an_example_is_generated(notes: Caller) -> None:
    """A response that is forced and has no example gets a generated value, the same one each time."""
    responses = [notes("POST", "/notes", {"number": 3}, headers={"Prefer": "code=201"}) for _ in range(2)]
    assert [response.status for response in responses] == [201, 201]
    assert isinstance(responses[0].body["number"], int)
    assert responses[0].body == responses[1].body
    assert notes("POST", "/notes", {"number": 3}, headers={"Prefer": "code=418"}).status == 418
