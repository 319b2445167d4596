"""The words of `x-http` and `x-resources` for services that correct unusual requests: the mock does what they say."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from openapi import PHONES as DOCUMENT
from openapi import load
from openapi.extensions.conventions import WORDS
from openapi.json_paths import json_path
from openapi.overlay import overlay_of
from tests.mock_server.support import NUMBER, PHONES, Caller, FrozenClock, caller_of, number

UNKNOWN = "5b6f3a0e-9d0f-4c58-8a3e-6f6c1d0d7a11"


def saying(pointer: str, **words: Any) -> Caller:
    """A caller of a mock of the phone API in which the node at `pointer` has other words."""
    update = {name.replace("_", "-"): word for name, word in words.items()}
    return with_actions({"target": json_path(pointer), "update": update})


def with_actions(*actions: Any) -> Caller:
    """A caller of a mock of the phone API with an overlay."""
    info = {"title": "Words", "version": "1"}
    overlay = overlay_of({"overlay": "1.0.0", "info": info, "actions": list(actions)})
    return caller_of(load(DOCUMENT, [overlay]), FrozenClock())


@pytest.fixture
def say() -> Callable[..., Caller]:
    """Makes a caller of a mock with a shared and a private record, and with other conventions for queries."""

    def with_words(**words: str) -> Caller:
        call = saying("/x-http/query", **words)
        call.register(number(1), type="shared", name="One")
        call.register(number(2), type="private", name="Two")
        return call

    return with_words


def shown(call: Caller, query: str) -> Any:
    """What a list with `query` shows: page, limit and the names; the status if it is refused."""
    response = call.get(f"{PHONES}?{query}")
    if response.status != 200:
        return response.status
    return response.body["page"], response.body["limit"], [phone["name"] for phone in response.body["phones"]]


BOTH = ["Two", "One"]


@pytest.mark.parametrize(
    ("word", "query", "wanted"),
    [
        ("out_of_range=clamped", "limit=0", (1, 1, ["Two"])),
        ("out_of_range=clamped", "limit=101", (1, 100, BOTH)),
        ("out_of_range=clamped", "page=-1", (1, 10, BOTH)),
        ("out_of_range=clamped", "limit=x", 400),
        ("out_of_range=default", "limit=101", (1, 10, BOTH)),
        ("out_of_range=clamped-above", "limit=101", (1, 100, BOTH)),
        ("out_of_range=clamped-above", "limit=0", 400),
        ("out_of_range=clamped-above", "page=0", 400),
        ("out_of_range=clamped-above-default-below", "limit=101", (1, 100, BOTH)),
        ("out_of_range=clamped-above-default-below", "limit=0", (1, 10, BOTH)),
        ("malformed_numbers=default", "limit=1e2", (1, 10, BOTH)),
        ("malformed_numbers=default", "limit=0", 400),
        ("malformed_numbers=leading-digits", "limit=1e2", (1, 1, ["Two"])),
        ("malformed_numbers=leading-digits", "limit=%205", (1, 5, BOTH)),
        ("malformed_numbers=leading-digits", "limit=x5", (1, 10, BOTH)),
        ("malformed_numbers=leading-digits", "limit=", (1, 10, BOTH)),
        ("repeated_parameters=first", "limit=1&limit=2", (1, 1, ["Two"])),
        ("repeated_parameters=last", "limit=1&limit=2", (1, 2, BOTH)),
        ("empty_parameters=ignored", "limit=&type=", (1, 10, BOTH)),
        ("unknown_values=ignored", "type=sharde", (1, 10, BOTH)),
        ("unknown_values=nothing-found", "type=sharde", (1, 10, [])),
        ("unknown_values=nothing-found", "type=shared", (1, 10, ["One"])),
        ("unknown_values=any-letter-case", "type=Shared", (1, 10, ["One"])),
        ("unknown_values=any-letter-case", "type=sharde", 400),
        ("unknown_parameters=refused", "sort=name", 400),
        ("plus=plus", f"search=+{number(1)[1:]}", (1, 10, ["One"])),
    ],
)
def test_query_conventions_are_applied(say: Callable[..., Caller], word: str, query: str, wanted: Any) -> None:
    """A list reads an unusual query as the document says, and is as strict as before otherwise."""
    name, _, value = word.partition("=")
    assert shown(say(**{name: value}), query) == wanted


def test_conventions_combine(say: Callable[..., Caller]) -> None:
    """A number is first read from its leading digits and then moved to the bound."""
    call = say(out_of_range="clamped", malformed_numbers="leading-digits")
    assert shown(call, "limit=-3x") == (1, 1, ["Two"])


def test_unknown_fields_are_ignored() -> None:
    """Fields that the schema does not describe have no effect, and an update with no others changes nothing."""
    call = saying("/x-http/bodies", unknown_fields="ignored")
    phone = call("POST", PHONES, {"number": NUMBER, "nmae": "x", "uuid": UNKNOWN})
    assert (phone.status, phone.body["uuid"] != UNKNOWN, phone.body["name"]) == (201, True, None)
    path = f"{PHONES}/{phone.body['uuid']}"
    assert call("PATCH", path, {"nmae": "x"}).body == phone.body
    assert call("PATCH", path, {}).status == 400
    assert call("PATCH", path, {"nmae": "x", "name": "Desk"}).body["name"] == "Desk"


def test_unknown_fields_are_stored() -> None:
    """Fields that no schema describes are stored and shown; a field of the record that is not to be sent is ignored."""
    call = saying("/x-http/bodies", unknown_fields="stored")
    phone = call("POST", PHONES, {"number": NUMBER, "colour": ["red"], "uuid": UNKNOWN})
    assert (phone.status, phone.body["uuid"] != UNKNOWN, phone.body["colour"]) == (201, True, ["red"])
    path = f"{PHONES}/{phone.body['uuid']}"
    assert call("PATCH", path, {"size": 3, "number": number(2)}).body["size"] == 3
    shown = call.get(path).body
    assert (shown["colour"], shown["size"], shown["number"]) == (["red"], 3, NUMBER)
    assert call("PATCH", path, {"smsEnabled": True}).body == shown
    assert call("POST", PHONES, {"number": "x", "colour": "red"}).status == 400


def test_null_fields_of_bodies_count_as_missing() -> None:
    """A null field of a body counts as left out; a required one is then missing."""
    call = saying("/x-http/bodies", nulls="left-out")
    phone = call.register(NUMBER, name=None)
    assert call("POST", PHONES, {"number": None}).status == 400
    assert call("PATCH", f"{PHONES}/{phone['uuid']}", {"name": None}).body == phone


def test_an_empty_update_changes_nothing() -> None:
    """An update without fields returns the record, with the same time of change."""
    call = saying("/x-http/bodies", empty_updates="accepted")
    phone = call.register(NUMBER)
    assert call("PATCH", f"{PHONES}/{phone['uuid']}", {}).body == phone
    assert call("PATCH", f"{PHONES}/{UNKNOWN}", {}).status == 404


def test_null_fields_are_omitted_from_responses() -> None:
    """A field without a value is omitted from every response."""
    schema = "/components/schemas/Phone"
    required = load(DOCUMENT).schemas["Phone"].node["required"]
    kept = [one for one in required if one not in ("name", "provider")]
    actions = [
        {"target": json_path("/x-http/answers"), "update": {"nulls": "left-out"}},
        {"target": json_path(f"{schema}/required"), "remove": True},
        {"target": json_path(schema), "update": {"required": kept}},
    ]
    call = with_actions(*actions)
    phone = call.register(NUMBER)
    assert not {"name", "provider"} & set(phone)
    assert call.get(f"{PHONES}/{phone['uuid']}").body == phone == call.get().body["phones"][0]


def test_strings_are_trimmed_or_normalized() -> None:
    """A string is stored as the document says; the result must be valid, and a number is not a string."""
    call = saying("/x-http/bodies", texts="trimmed")
    assert call.register(NUMBER, name="  Desk ")["name"] == "Desk"
    assert call("POST", PHONES, {"number": number(2), "name": "  "}).status == 400
    assert call("POST", PHONES, {"number": f" {number(2)}"}).status == 400
    call = saying("/x-http/bodies", texts="normalized")
    assert call.register(NUMBER, name=" e\u0301")["name"] == " \u00e9"


def test_head_and_options_may_be_refused() -> None:
    """The document may declare HEAD and OPTIONS as unknown methods, or a 200 response to OPTIONS."""
    call = saying("/x-http/methods", head="refused", options="refused")
    head, options = call("HEAD", PHONES), call("OPTIONS", PHONES)
    assert (head.status, options.status) == (405, 405)
    assert options.headers["Allow"] == "GET, POST"
    options = saying("/x-http/methods", options="allowed-methods-with-200")("OPTIONS", PHONES)
    assert (options.status, options.headers["Allow"]) == (200, "GET, HEAD, OPTIONS, POST")


def test_unknown_paths_may_get_an_html_page() -> None:
    """The document may declare an HTML page as the response to unknown paths and methods."""
    call = saying("/x-http/refusals", unrouted="html-page")
    client = call.app.test_client()
    for response in (client.get("/api/nonsense"), client.put(PHONES)):
        assert response.content_type == "text/html; charset=utf-8"
    assert call.get(f"{PHONES}/{UNKNOWN}").headers["Content-Type"] == "application/json"


def test_deleting_an_unknown_record_may_succeed() -> None:
    """A delete of an unknown record responds like any other."""
    call = saying("/x-http/deletes", unknown_record="accepted")
    path = f"{PHONES}/{call.register(NUMBER)['uuid']}"
    first, second = call("DELETE", path), call("DELETE", path)
    assert (first.status, second.status, second.body) == (200, 200, first.body)


def test_a_malformed_key_may_have_another_status() -> None:
    """A key that is not a UUID may get another status than an unknown one."""
    call = saying("/x-http/refusals/statuses", malformed_key=400)
    assert call.get(f"{PHONES}/nonsense").status == 400
    assert call.get(f"{PHONES}/{UNKNOWN}").status == 404


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ({}, ["Desk lamp", "desk"]),
        ({"letter_case": "significant"}, ["desk"]),
        ({"match": "beginning"}, ["Desk lamp", "desk"]),
        ({"match": "whole"}, ["desk"]),
        ({"match": "whole", "letter_case": "significant"}, ["desk"]),
    ],
)
def test_a_search_matches_as_declared(words: dict[str, str], found: list[str]) -> None:
    """A search matches parts, prefixes or whole strings, with or without case."""
    call = saying("/x-resources/phone/list/search", **words) if words else caller_of(load(DOCUMENT), FrozenClock())
    call.register(number(1), name="desk")
    call.register(number(2), name="Desk lamp")
    assert [phone["name"] for phone in call.get(f"{PHONES}?search=desk").body["phones"]] == found
    lamps = [phone["name"] for phone in call.get(f"{PHONES}?search=lamp").body["phones"]]
    assert lamps == ([] if "match" in words else ["Desk lamp"])


def test_empty_and_out_of_range_pages_follow_the_document() -> None:
    """A list without records may have one page; a page after the last one may be unknown."""
    call = saying("/x-resources/phone/list/paging", least_pages=1, past_end="refused")
    assert call.get().body["totalPages"] == 1
    call.register(NUMBER)
    assert (call.get(f"{PHONES}?page=1").status, call.get(f"{PHONES}?page=2").status) == (200, 404)


def test_a_deleted_unique_value_may_stay_reserved() -> None:
    """The document may keep unique values of deleted records reserved."""
    call = saying("/x-resources/phone", deleted_values="taken")
    call("DELETE", f"{PHONES}/{call.register(NUMBER)['uuid']}")
    assert call("POST", PHONES, {"number": NUMBER}).status == 409
    assert call("POST", PHONES, {"number": number(2)}).status == 201


@pytest.mark.parametrize(
    ("form", "time"),
    [
        ("seconds", "2026-01-10T12:00:00Z"),
        ("microseconds", "2026-01-10T12:00:00.000000Z"),
        ("milliseconds-with-offset", "2026-01-10T12:00:00.000+00:00"),
    ],
)
def test_times_have_the_declared_format(form: str, time: str) -> None:
    """Times are written in the format that the document names."""
    phone = saying("/x-http/answers", times=form).register(NUMBER)
    assert len(phone["createdAt"]) == len(phone["updatedAt"]) == len(time)
    assert phone["createdAt"].endswith(time[-1])


def test_the_change_time_may_move_only_on_changes() -> None:
    """An update that changes no value does not move the time of change."""
    call = saying("/x-resources/phone/members", updatedAt={"moves": "if-changed"})
    phone = call.register(NUMBER, name="Desk")
    path = f"{PHONES}/{phone['uuid']}"
    assert call("PATCH", path, {"name": "Desk"}).body == phone
    assert call("PATCH", path, {"name": "Lamp"}).body["updatedAt"] > phone["updatedAt"]


def test_the_phone_api_uses_the_default_conventions() -> None:
    """The phone API has the default of every convention, and its document says so."""
    contract = load(DOCUMENT)
    assert dict(contract.conventions) == {name: words[0] for name, words in WORDS.items()}
    stated = json.loads(contract.encoded)["x-http"]
    assert {f"{section}/{key}" for section, keys in stated.items() for key in keys} >= set(WORDS)
