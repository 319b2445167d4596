"""Requests that get an error: which error comes first, and that each has the declared format."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from openapi import Contract
from tests.mock_server.support import NUMBER, PHONES, Caller, caller_of

JSON = "application/json"
TOKEN = "t0ken-._~+/="


@pytest.fixture
def guarded(contract: Contract) -> Caller:
    """A caller without a token of a mock that requires one."""
    return caller_of(contract, token=TOKEN)


@pytest.mark.parametrize(
    ("method", "path", "headers", "data", "status"),
    [
        ("PUT", "/nowhere", {}, b"x", 404),
        ("PUT", PHONES, {}, b"x", 405),
        ("POST", PHONES, {}, b"x", 401),
        ("POST", PHONES, {"Authorization": f"Bearer {TOKEN}"}, b"x" * 2_000_000, 415),
        ("POST", PHONES, {"Authorization": f"Bearer {TOKEN}", "Content-Type": JSON}, b"x" * 2_000_000, 413),
        ("PATCH", f"{PHONES}/nobody", {"Authorization": f"Bearer {TOKEN}", "Content-Type": JSON}, b"{}", 400),
        ("PATCH", f"{PHONES}/nobody", {"Authorization": f"Bearer {TOKEN}", "Content-Type": JSON}, b'{"name":"x"}', 404),
    ],
)
def test_the_first_problem_decides_the_refusal(
    guarded: Caller, method: str, path: str, headers: dict[str, str], data: bytes, status: int
) -> None:
    """The first problem decides: path, method, token, media type, length, contents, record."""
    assert guarded(method, path, data=data, headers=headers).status == status


@pytest.mark.parametrize("sent", [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"BEARER   {TOKEN}", f"Bearer {TOKEN} "])
def test_the_authentication_scheme_is_case_insensitive(guarded: Caller, sent: str) -> None:
    """The authentication scheme's name is case-insensitive."""
    assert guarded("GET", PHONES, headers={"Authorization": sent}).status == 200


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (None, "The token is missing; send Authorization: Bearer <token>."),
        ("", "The authorization scheme is not Bearer; send Authorization: Bearer <token>."),
        (TOKEN, "The authorization scheme is not Bearer; send Authorization: Bearer <token>."),
        (f"Basic {TOKEN}", "The authorization scheme is not Bearer; send Authorization: Bearer <token>."),
        ("Bearer", "Unknown token; send the one that the mock was started with."),
        (f"Bearer {TOKEN}x", "Unknown token; send the one that the mock was started with."),
        (f"Bearer {TOKEN.upper()}", "Unknown token; send the one that the mock was started with."),
        ("Bearer \xe9", "Unknown token; send the one that the mock was started with."),
    ],
)
def test_a_missing_token_is_401(guarded: Caller, sent: str | None, message: str) -> None:
    """Without a token, every operation responds with 401 and a challenge, and no message shows a token."""
    for method, path in (("GET", PHONES), ("POST", PHONES), ("DELETE", f"{PHONES}/x"), ("HEAD", PHONES)):
        response = guarded(method, path, headers={} if sent is None else {"Authorization": sent})
        assert (response.status, response.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert response.body is None if method == "HEAD" else response.body == {"success": False, "message": message}


def test_a_mock_without_a_token_requires_none(call: Caller) -> None:
    """A mock without a token accepts requests with or without one."""
    assert call("GET", PHONES, headers={"Authorization": "Bearer anything"}).status == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json; profile=x",
        "application/json;",
    ],
)
def test_json_in_every_spelling_is_accepted(call: Caller, content_type: str) -> None:
    """JSON in UTF-8 is accepted in every spelling."""
    body = json.dumps({"number": NUMBER}).encode()
    assert call("POST", PHONES, data=body, headers={"Content-Type": content_type}).status == 201


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/jsonx",
        "application/merge-patch+json",
        "application/json; charset=latin-1",
        "application/json,application/json",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
    ],
)
def test_other_media_types_are_415(call: Caller, content_type: str | None) -> None:
    """Any other media type is 415 and names the accepted one, for any body."""
    for body in (json.dumps({"number": NUMBER}).encode(), b""):
        headers = {} if content_type is None else {"Content-Type": content_type}
        response = call("POST", PHONES, data=body, headers=headers)
        assert response.status == 415
        assert "send Content-Type: application/json" in response.body["message"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ("", "a body is required")),
        (b"{", ("", "line 1, column 2")),
        (b'{"number":\n  nope}', ("", "line 2, column 3")),
        (b"{} {}", ("", "line 1, column 4")),
        (b"{'number': 1}", ("", "line 1, column 2")),
        (b"\xef\xbb\xbf{}", ("", "byte order mark")),
        ('{"number":"é"}'.encode("latin-1"), ("", "byte E9 is not UTF-8")),
        (b'{"number":"\xed\xa0\x80"}', ("", "byte ED is not UTF-8")),
        ("{}".encode("utf-16"), ("", "byte FF is not UTF-8")),
        (b'{"number":"a\nb"}', ("", "line 1, column 13")),
        (b'{"number":"1","number":"2"}', ("/number", '"number" is repeated')),
        (b'{"a":[{"b/~":1,"b/~":2}]}', ("/a/0/b~1~0", '"b/~" is repeated')),
        (b'{"number":NaN}', ("/number", "NaN is not JSON")),
        (b'{"number":-Infinity}', ("/number", "-Infinity is not JSON")),
        (b'{"number":1e999}', ("/number", "1e999 is too large")),
        (b'{"number":' + b"9" * 5000 + b"}", ("/number", "5000 digits")),
        (b'{"number":"\\ud800"}', ("/number", "half a surrogate pair")),
        (b'{"\\udfff":1}', ("", "half a surrogate pair")),
        (b"[" * 10_000 + b"]" * 10_000, ("", "line 1, column 101")),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, ("", "more than 100 levels")),
        (b"[" * 500_000, ("", "more than 100 levels")),
        (b'"' + b"[" * 200 + b'"', ("", "got ")),  # Brackets in a text are no levels: the schema speaks.
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else None,
)
def test_invalid_json_is_400(call: Caller, data: bytes, expected: tuple[str, str]) -> None:
    """Invalid JSON, or JSON that can't be stored unchanged, is 400 with its position."""
    response = call("POST", PHONES, data=data, headers={"Content-Type": JSON})
    assert response.status == 400
    assert response.body["errors"][0]["path"] == expected[0]
    assert expected[1] in response.body["errors"][0]["message"]


def test_every_json_problem_is_a_violation(call: Caller) -> None:
    """Each problem of the JSON text is a separate violation."""
    body = b'{"number":NaN,"name":"\\udc00","name":1e400}'
    assert call.violations("POST", PHONES, data=body) == [
        ("body", "/number"),
        ("body", "/name"),
        ("body", "/name"),
        ("body", "/name"),
    ]


def test_a_body_of_exactly_the_limit_is_accepted(call: Caller, contract: Contract) -> None:
    """A body of exactly the limit is accepted; one more byte is 413."""
    most = contract.refusals.max_body_bytes
    body = json.dumps({"number": NUMBER}).encode().ljust(most)
    assert call("POST", PHONES, data=body, headers={"Content-Type": JSON}).status == 201
    response = call("POST", PHONES, data=body + b" ", headers={"Content-Type": JSON})
    assert (response.status, response.body["message"]) == (413, f"The body is larger than the allowed {most} bytes.")


def test_bodies_of_get_and_delete_are_ignored(call: Caller) -> None:
    """A GET or DELETE with a body is handled like one without."""
    phone = call.register()
    assert call("GET", PHONES, data=b"\xff{").status == 200
    assert call("DELETE", f"{PHONES}/{phone['uuid']}", data=b"x" * 2_000_000).status == 200


@pytest.mark.parametrize("protocol", ["websocket", "h2c"])
def test_upgrade_requests_are_answered_in_http_1_1(call: Caller, protocol: str) -> None:
    """A request to upgrade the protocol gets an ordinary HTTP/1.1 response."""
    offer = {"Connection": "Upgrade", "Upgrade": protocol}
    assert call("GET", PHONES, headers=offer).status == 200
    assert call("PUT", PHONES, headers=offer).headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_at_most_a_hundred_violations_are_listed(call: Caller) -> None:
    """The error lists a hundred violations, and its message counts all."""
    response = call("POST", PHONES, {"number": NUMBER, **{f"x{index}": 1 for index in range(1000)}})
    assert len(response.body["errors"]) == 100
    assert response.body["message"].startswith("The request has 1,000 mistakes.")


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/phones", "Paths start with /api; the nearest operation is listPhones, GET /api/phones."),
        ("/phones/x", "Paths start with /api; the nearest operation is getPhone, GET /api/phones/{uuid}."),
        ("/api/phones/", "Extra slashes make another path; the nearest operation is listPhones"),
        ("/api//phones", "Extra slashes make another path; the nearest operation is listPhones"),
        ("/api/phones//", "Extra slashes make another path; the nearest operation is listPhones"),
        ("/API/Phones", "Paths are case-sensitive; the nearest operation is listPhones"),
        ("/Phones", "Paths start with /api and are case-sensitive; the nearest"),
        ("/api/phone", "The nearest operation is listPhones, GET /api/phones."),
        ("/api/fones/x", "The nearest operation is getPhone, GET /api/phones/{uuid}."),
        ("/", "Operations: GET /api/phones, POST /api/phones, GET /api/phones/{uuid},"),
        ("/favicon.ico", "Operations: GET /api/phones,"),
        ("/" + "x" * 5000, "Unknown path /xxx"),
        ("/%FF%00", "Operations: GET /api/phones,"),
        ("/static/x", "Operations: GET /api/phones,"),
    ],
)
def test_an_unknown_path_suggests_the_nearest_operation(call: Caller, path: str, hint: str) -> None:
    """An unknown path is 404 and names the nearest operation."""
    response = call.get(path)
    assert response.status == 404
    assert hint in response.body["message"]
    assert len(response.body["message"]) < 400


def test_the_hint_prefers_the_method_of_the_request(call: Caller) -> None:
    """Of the operations at the nearest path, the hint names the one with the request's method."""
    assert "registerPhone, POST /api/phones" in call("POST", "/phones").body["message"]
    assert "deletePhone, DELETE" in call("DELETE", "/phones/x").body["message"]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["number", "name", "type"]), inner),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON_VALUES)
@example(value=10**400)
@example(value={"number": 10**400, "name": -(10**400)})
def test_any_json_gets_a_declared_response(call: Caller, value: Any) -> None:
    """Any JSON body gets a declared response; the self-check would raise otherwise."""
    assert call(
        "POST", PHONES, data=json.dumps(value).encode(errors="surrogatepass"), headers={"Content-Type": JSON}
    ).status in (201, 400)
    assert call("PATCH", f"{PHONES}/x", data=json.dumps(value).encode(), headers={"Content-Type": JSON}).status in (
        400,
        404,
    )


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=40),
    query=st.binary(max_size=30).map(lambda octets: octets.hex("%") and "%" + octets.hex("%")),
)
def test_any_bytes_get_a_declared_response(call: Caller, data: bytes, query: str) -> None:
    """Any bytes in body, query or path get a declared response."""
    assert call("POST", PHONES, data=data, headers={"Content-Type": JSON}).status == 400
    assert call.get(f"{PHONES}?search={query}&{query}").status in (200, 400)
    assert call.get(f"{PHONES}/{query or 'x'}").status == 404
