"""The five operations, one test for each row of the contract's table of assumptions."""

from __future__ import annotations

import re

import pytest

from tests.mock_server.support import NUMBER, PHONES, Caller, FrozenClock, number

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
MEMBERS = [
    "uuid",
    "name",
    "number",
    "type",
    "countryCode",
    "provider",
    "status",
    "smsEnabled",
    "createdAt",
    "updatedAt",
]


def test_register_returns_the_phone_and_its_location(call: Caller) -> None:
    """Registering responds with 201, the phone with its fields in the documented order, and Location."""
    response = call("POST", PHONES, {"number": NUMBER})
    assert response.status == 201
    assert list(response.body) == MEMBERS
    assert UUID.fullmatch(response.body["uuid"])
    assert response.headers["Location"] == f"{PHONES}/{response.body['uuid']}"
    assert call.get(response.headers["Location"]).body == response.body


def test_register_applies_defaults(call: Caller) -> None:
    """Omitted fields get their defaults."""
    phone = call.register()
    assert {name: phone[name] for name in ("name", "type", "countryCode", "provider", "status", "smsEnabled")} == {
        "name": None,
        "type": "private",
        "countryCode": "US",
        "provider": None,
        "status": "registered",
        "smsEnabled": False,
    }


def test_register_keeps_the_sent_values(call: Caller) -> None:
    """The phone has the sent values, except the reference, which is accepted and never returned."""
    sent = {"number": number(1), "name": "Desk", "countryCode": "FR", "provider": "vapi", "type": "shared"}
    response = call("POST", PHONES, {**sent, "referenceId": "PN-1"})
    assert {name: response.body[name] for name in sent} == sent
    assert "referenceId" not in response.body
    assert "PN-1" not in str(call.get().body)


@pytest.mark.parametrize(
    ("kind", "status"), [("private", "registered"), ("shared", "registered"), ("ordered", "pending")]
)
def test_register_sets_the_status_by_type(call: Caller, kind: str, status: str) -> None:
    """An ordered number starts as pending, any other as registered."""
    assert call.register(type=kind)["status"] == status


@pytest.mark.parametrize(
    ("digits", "country"),
    [
        (NUMBER, "US"),
        ("+442079460001", "GB"),
        ("+14165550123", "CA"),  # The calling code is shared; the area code decides.
        ("+1234567", "US"),  # Too short to be anybody's: the calling code's main country.
        ("+80012345678", "US"),  # Freephone: no country's.
        ("+9991234567", "US"),  # No calling code at all.
    ],
)
def test_the_country_comes_from_the_calling_code(call: Caller, digits: str, country: str) -> None:
    """The country comes from the number's calling code; the fallback is US."""
    assert call.register(digits)["countryCode"] == country


def test_times_are_rfc_3339_in_utc_with_milliseconds(call: Caller) -> None:
    """Both times of a new phone are its time of creation."""
    phone = call.register()
    assert phone["createdAt"] == phone["updatedAt"] == "2026-03-01T12:00:00.123Z"


def test_registering_a_live_number_again_is_409(call: Caller) -> None:
    """Registering a live number again is 409 and names it; after a delete it succeeds."""
    phone = call.register()
    response = call("POST", PHONES, {"number": NUMBER, "name": "again"})
    assert response.status == 409
    assert [(error["in"], error["path"]) for error in response.body["errors"]] == [("body", "/number")]
    assert phone["uuid"] in response.body["message"]
    assert call("DELETE", f"{PHONES}/{phone['uuid']}").status == 200
    assert call.register()["uuid"] != phone["uuid"]


def test_update_changes_only_the_given_fields(call: Caller, clock: FrozenClock) -> None:
    """An update changes only the given fields and the change time."""
    phone = call.register(name="Desk", provider="vapi")
    clock.advance(60)
    response = call("PATCH", f"{PHONES}/{phone['uuid']}", {"status": "active"})
    assert response.status == 200
    assert response.body == {**phone, "status": "active", "updatedAt": "2026-03-01T12:01:00.123Z"}
    assert call.get(f"{PHONES}/{phone['uuid']}").body == response.body
    assert call.get().body["phones"] == [response.body]


def test_updated_at_moves_on_every_update(call: Caller, clock: FrozenClock) -> None:
    """`updatedAt` moves on a frozen clock too, and never back with the clock."""
    phone = call.register(name="Desk")
    times = [call("PATCH", f"{PHONES}/{phone['uuid']}", {"name": "Desk"}).body["updatedAt"] for _ in range(2)]
    clock.advance(-3600)
    times.append(call("PATCH", f"{PHONES}/{phone['uuid']}", {"name": "Desk"}).body["updatedAt"])
    assert times == [f"2026-03-01T12:00:00.12{last}Z" for last in (4, 5, 6)]


def test_creation_times_follow_the_list_order(call: Caller, clock: FrozenClock) -> None:
    """No phone was created before a phone below it in the list."""
    call.register(number(1))
    clock.advance(-3600)
    call.register(number(2))
    created = [phone["createdAt"] for phone in call.get().body["phones"]]
    assert created == sorted(created, reverse=True)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, ""),
        ({"name": None}, "/name"),
        ({"name": ""}, "/name"),
        ({"name": "n" * 101}, "/name"),
        ({"status": None}, "/status"),
        ({"type": None}, "/type"),
        ({"provider": "vapi"}, "/provider"),
        ({"referenceId": "PN-1"}, "/referenceId"),
        ({"countryCode": "US"}, "/countryCode"),
        ({"updatedAt": "2026-01-01T00:00:00Z"}, "/updatedAt"),
        ({"uuid": "x"}, "/uuid"),
        ({"number": NUMBER}, "/number"),
        ({"createdAt": "2026-01-01T00:00:00Z"}, "/createdAt"),
        ({"smsEnabled": True}, "/smsEnabled"),
        ({"nmae": "x"}, "/nmae"),
        ({"status": "gone"}, "/status"),
    ],
)
def test_invalid_updates_are_refused(call: Caller, body: dict[str, object], path: str) -> None:
    """An empty update, a null or a read-only field is 400 with its pointer, and nothing changes."""
    phone = call.register()
    assert set(call.violations("PATCH", f"{PHONES}/{phone['uuid']}", body)) == {("body", path)}
    assert call.get(f"{PHONES}/{phone['uuid']}").body == phone


def test_deleted_phones_disappear_at_once(call: Caller) -> None:
    """A deleted phone is in no response, and a second delete is 404."""
    phone, other = call.register(number(1)), call.register(number(2))
    response = call("DELETE", f"{PHONES}/{phone['uuid']}")
    assert (response.status, response.body["success"]) == (200, True)
    assert call.get(f"{PHONES}/{phone['uuid']}").status == 404
    assert call("PATCH", f"{PHONES}/{phone['uuid']}", {"name": "x"}).status == 404
    assert call("DELETE", f"{PHONES}/{phone['uuid']}").status == 404
    assert call.get().body == {"phones": [other], "total": 1, "page": 1, "limit": 10, "totalPages": 1}


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "key", ["5b6f3a0e-9d0f-4c58-8a3e-6f6c1d0d7a11", "no-uuid", "%FF", "%00", "a%20b", "é", "1;a=b"]
)
def test_an_unknown_phone_is_404(call: Caller, method: str, key: str) -> None:
    """An unknown or malformed uuid is 404."""
    response = call(method, f"{PHONES}/{key}", {"name": "x"} if method == "PATCH" else None)
    assert response.status == 404
    assert response.body["message"].startswith("There is no phone with the uuid ")


def test_validation_comes_before_the_lookup(call: Caller) -> None:
    """The body is validated before the uuid is looked up."""
    assert call.violations("PATCH", f"{PHONES}/nobody", {"nmae": 1}) == [("body", "/nmae")]


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, ["/number"]),
        ({"number": "0171"}, ["/number"]),
        ({"number": 12025550143}, ["/number"]),
        ({"number": "+02025550143"}, ["/number"]),
        ({"number": "+123456"}, ["/number"]),
        ({"number": "+1202555014312345"}, ["/number"]),
        ({"number": f"{NUMBER}\n"}, ["/number"]),
        ({"number": "+\uff11\uff12025550143"}, ["/number"]),
        ({"number": NUMBER, "name": ""}, ["/name"]),
        ({"number": NUMBER, "name": "n" * 101}, ["/name"]),
        ({"number": NUMBER, "name": None}, ["/name"]),
        ({"number": NUMBER, "provider": ""}, ["/provider"]),
        ({"number": NUMBER, "referenceId": ""}, ["/referenceId"]),
        ({"number": NUMBER, "provider": "p" * 51}, ["/provider"]),
        ({"number": NUMBER, "referenceId": "r" * 256}, ["/referenceId"]),
        ({"number": NUMBER, "countryCode": "us"}, ["/countryCode"]),
        ({"number": NUMBER, "countryCode": "USA"}, ["/countryCode"]),
        ({"number": NUMBER, "type": "public"}, ["/type"]),
        ({"number": NUMBER, "status": "active"}, ["/status"]),
        ({"number": NUMBER, "uuid": "x"}, ["/uuid"]),
        ({"number": NUMBER, "createdAt": "2026-01-01T00:00:00Z"}, ["/createdAt"]),
        ({"number": NUMBER, "smsEnabled": True}, ["/smsEnabled"]),
        ({"number": "x", "name": 1, "type": "y", "extra": {}}, ["/extra", "/name", "/number", "/type"]),
        ([], [""]),
        ("text", [""]),
        (7, [""]),
    ],
)
def test_invalid_registrations_are_refused(call: Caller, body: object, paths: list[str]) -> None:
    """An invalid body is 400 with every violation, and registers nothing."""
    assert call.violations("POST", PHONES, body) == [("body", path) for path in paths]
    assert call.get().body["total"] == 0


TEXTS = ["a", "nul\0inside", "“quotes” \\ / \" '", "\u2028\u2029\x7f", "e\u0301", " "]


@pytest.mark.parametrize("text", ["a" * 100, "🦜" * 100, *TEXTS])
def test_names_are_returned_unchanged(call: Caller, text: str) -> None:
    """A name may be any well-formed Unicode of up to 100 code points, and is returned unchanged."""
    phone = call.register(name=text)
    path = f"{PHONES}/{phone['uuid']}"
    assert phone["name"] == call.get(path).body["name"] == text
    assert call("PATCH", path, {"name": f"{text[1:]}x"}).body["name"] == call.get(path).body["name"] == f"{text[1:]}x"


@pytest.mark.parametrize("text", ["a" * 50, "🦜" * 50, *TEXTS])
def test_providers_are_returned_unchanged(call: Caller, text: str) -> None:
    """A provider of up to 50 code points is returned unchanged."""
    phone = call.register(provider=text)
    assert phone["provider"] == call.get(f"{PHONES}/{phone['uuid']}").body["provider"] == text


@pytest.mark.parametrize("text", ["a" * 255, "🦜" * 255, *TEXTS])
def test_references_are_accepted(call: Caller, text: str) -> None:
    """A reference of up to 255 code points is accepted."""
    assert "referenceId" not in call.register(referenceId=text)


def test_updates_keep_the_list_order(call: Caller, clock: FrozenClock) -> None:
    """Updates don't change the list's order of creation."""
    first, second = call.register(number(1)), call.register(number(2))
    clock.advance(60)
    assert call("PATCH", f"{PHONES}/{first['uuid']}", {"status": "active"}).status == 200
    assert [phone["uuid"] for phone in call.get().body["phones"]] == [second["uuid"], first["uuid"]]


def test_validation_comes_before_uniqueness(call: Caller) -> None:
    """The schema is checked before uniqueness."""
    call.register()
    assert call.violations("POST", PHONES, {"number": NUMBER, "nmae": "x"}) == [("body", "/nmae")]


def test_unknown_query_parameters_are_ignored(call: Caller) -> None:
    """Every operation ignores unknown query parameters, repeated or malformed ones too."""
    query = "x=1&x=2&limit=0&%FF=%zz"
    response = call("POST", f"{PHONES}?{query}", {"number": NUMBER})
    path = f"{PHONES}/{response.body['uuid']}?{query}"
    statuses = [response.status, call.get(path).status, call("PATCH", path, {"name": "x"}).status]
    assert [*statuses, call("DELETE", path).status] == [201, 200, 200, 200]


def test_head_is_get_without_a_body(call: Caller) -> None:
    """HEAD has the status and headers of GET, and no body."""
    phone = call.register()
    for path in (PHONES, f"{PHONES}/{phone['uuid']}", f"{PHONES}/nobody", f"{PHONES}?page=0"):
        head, get = call("HEAD", path), call.get(path)
        assert (head.status, head.body) == (get.status, None)
        assert head.headers["Content-Length"] == get.headers["Content-Length"]


@pytest.mark.parametrize(
    ("path", "allowed"), [(PHONES, "GET, HEAD, OPTIONS, POST"), (f"{PHONES}/x", "DELETE, GET, HEAD, OPTIONS, PATCH")]
)
def test_options_and_405_list_the_allowed_methods(call: Caller, path: str, allowed: str) -> None:
    """OPTIONS is 204 with Allow; an unsupported method is 405 with the same."""
    options = call("OPTIONS", path)
    assert (options.status, options.headers["Allow"], options.body) == (204, allowed, None)
    for method in ("PUT", "TRACE", "CONNECT", "PURGE", "get"):
        response = call(method, path)
        assert (response.status, response.headers["Allow"]) == (405, allowed)
        assert response.body["message"] == f"{method} is not allowed here; use one of {allowed}."
