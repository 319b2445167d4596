"""Limits in bytes: the mock's memory is bounded for all requests."""

from __future__ import annotations

import json
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from mock_server.admin import records as admin_records
from mock_server.admin import rules as admin_rules
from mock_server.admin.access import MOST_ADMIN_BYTES
from mock_server.http.messages import HttpResponse
from mock_server.http.raw_request import RawRequest
from mock_server.records import collection
from mock_server.sessions import journal, session
from mock_server.sessions.journal import EntryLimit, Filter, Journal
from mock_server.settings.settings import Settings
from mock_server.web.app import create_app
from openapi import Contract
from tests.mock_server.support import HANG_S, NUMBER, PHONES, Caller, FrozenClock, caller_of
from tests.mock_server.support import session as in_session


def test_the_journal_is_limited_in_bytes(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """While all journals are too large, each request drops the oldest ones of its session."""
    monkeypatch.setattr(journal, "MOST_BYTES", 10_000)
    for _ in range(50):
        call("GET", PHONES, headers={"X-Long": "x" * 1000})
    kept = call.get("/__mock/requests").body
    assert 5 <= kept["total"] <= 10
    assert kept["requests"][0]["number"] == 50
    call("DELETE", "/__mock/requests")
    assert call.app.mock.sessions.entry_limit.held_bytes == 0


@pytest.mark.parametrize(("length", "kept"), [(0, 50), (500, 16), (100_000, 1)])
def test_response_bodies_count_in_the_journal(
    length: int, kept: int, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kept part of each response counts; the newest request of a session is always kept."""
    monkeypatch.setattr(journal, "MOST_BYTES", 10_000)
    entries = Journal("mine", clock, 50, EntryLimit(1000))
    request = RawRequest("GET", PHONES, "1.1", [], "")
    request.head_bytes = 100
    for _ in range(60):
        entries.add(request, PHONES, b"", "listPhones", {}, HttpResponse(200, (), bytes(length)))
    found = list(entries.newest_first(Filter()))
    assert [entry.number for entry in found] == list(range(60, 60 - kept, -1))
    assert {(len(entry.response_body), entry.response_length) for entry in found} == {(min(length, 16_384), length)}


def test_rules_are_limited_in_bytes(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule is refused once the rules of all sessions may become too large."""
    monkeypatch.setattr(admin_rules, "MOST_RULE_BYTES", MOST_ADMIN_BYTES + 1000)
    rule = {"operationId": "listPhones", "status": 200, "body": {"text": "x" * 600}}
    assert call("POST", "/__mock/rules", rule).status == 201
    assert in_session(call, "other")("POST", "/__mock/rules", rule).status == 201
    response = call("POST", "/__mock/rules", rule)
    assert (response.status, response.body["error"].endswith("bytes at most; delete some first.")) == (409, True)
    call("DELETE", "/__mock/rules")
    first = call("POST", "/__mock/rules", rule)
    assert first.status == 201
    rules, size = call.app.mock.sessions.default.rules, call.app.mock.sessions.default.rules.size
    assert 600 < size < 1000
    monkeypatch.undo()
    assert call("PUT", f"/__mock/rules/{first.body['id']}", {**rule, "body": {"text": "x" * 100}}).status == 200
    assert rules.size == size - 500
    call("DELETE", f"/__mock/rules/{first.body['id']}")
    assert rules.size == 0


def test_snapshots_are_limited_in_bytes(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot is refused if all of them would be too large; the same records count once."""
    monkeypatch.setattr(admin_records, "MOST_SNAPSHOT_BYTES", 1000)
    call.register(name="x" * 90)
    for name in ("one", "two", "three"):
        assert call("PUT", f"/__mock/snapshots/{name}").status == 200
    for index in range(4):
        call.register(f"+442079460{index:03}")
    response = call("PUT", "/__mock/snapshots/four")
    assert (response.status, response.body["error"].endswith("bytes at most; delete one first.")) == (409, True)


def test_sessions_are_limited_in_bytes(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading records deletes the sessions idle for longest while all records are too large."""
    monkeypatch.setattr(session, "MOST_STATE_BYTES", 10_000)
    for name in ("one", "two", "three"):
        assert in_session(call, name)("POST", "/__mock/seed", {"count": 15}).status == 200
    names = {one["name"] for one in call.get("/__mock/sessions").body["sessions"]}
    assert names == {"default", "two", "three"}


@pytest.mark.parametrize("pattern", [r"^(a+)+$", r"^(a|a)*$", r"^(?:a?){30}a{30}$", r"^(?=(a+)+$).*$", r"^(a+)+\1$"])
def test_backtracking_patterns_end_at_once(tmp_path: Path, pattern: str) -> None:
    """A value that makes a pattern of the document backtrack is quickly refused or accepted."""
    schema = {"type": "string", "pattern": pattern}
    parameter = {"name": "q", "in": "query", "schema": schema}
    content = {"application/json": {"schema": {"type": "object", "properties": {"a": schema}}}}
    operation = {
        "operationId": "send",
        "parameters": [parameter],
        "requestBody": {"content": content},
        "responses": {"204": {"description": "Done."}},
    }
    file = tmp_path / "document.json"
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/x": {"post": operation}}}
    file.write_text(json.dumps(document))
    call = Caller(create_app(file, Settings(watch=False)))
    began = perf_counter()
    assert call("POST", f"/x?q={'a' * 40}!", {"a": "a" * 40 + "!"}).status in (204, 400)
    assert perf_counter() - began < HANG_S


@pytest.mark.parametrize(
    ("token", "headers", "target"),
    [
        ("hush-hush-hush", {"X-Trace": "before hush-hush-hush after"}, PHONES),
        ("hush-hush-hush", {"AUTHORIZATION": "bearer hush-hush-hush"}, f"{PHONES}?search=hush-hush-hush"),
        ("s3cr", {"X-Trace": "s3cr"}, f"{PHONES}?search=s3cr"),
        ("hush-hush-hush", {"Cookie": "a=hush", "Set-Cookie": "b=hush"}, f"{PHONES}?api_key=hush&access_token=hush"),
    ],
)
def test_secrets_are_hidden_by_value(
    contract: Contract, capsys: pytest.CaptureFixture[str], token: str, headers: dict[str, str], target: str
) -> None:
    """A token is hidden everywhere in a request, and a field named like a secret has no visible value."""
    call = caller_of(contract, token=token)
    call("GET", target, headers=headers)
    shown = call.get("/__mock/requests").body["requests"]
    assert not any(secret in json.dumps(shown) for secret in (token, "hush"))
    assert "***" in json.dumps(shown)
    assert token not in capsys.readouterr().err


def test_a_short_token_is_hidden_only_as_a_word(contract: Contract) -> None:
    """A token of one letter is hidden as a word, and does not change other words."""
    call = caller_of(contract, token="a")
    call("POST", PHONES, {"number": NUMBER, "name": "a banana"}, headers={"Authorization": "Bearer a"})
    entry: dict[str, Any] = call.get("/__mock/requests").body["requests"][0]
    assert (entry["body"]["name"], entry["path"]) == ("*** banana", "/api/phones")


def test_created_records_are_limited_in_number(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a resource has its most records, a create gets 413 and changes nothing; after a delete there is room."""
    had = call.get(PHONES).body["total"]
    monkeypatch.setattr(collection, "MOST_CREATED", had + 1)
    first = call("POST", PHONES, {"number": "+12025550143"})
    full = call("POST", PHONES, {"number": "+12025550144"})
    assert (first.status, full.status) == (201, 413)
    assert "records of a phone, and 1,024 MiB written one by one; delete some" in full.body["message"]
    assert call.get(PHONES).body["total"] == had + 1
    call("DELETE", f"{PHONES}/{first.body['uuid']}")
    assert call("POST", PHONES, {"number": "+12025550144"}).status == 201


def test_written_records_are_limited_in_bytes(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the records of a resource are too large, a create and an update get 413; after a delete there is room."""
    monkeypatch.setattr(collection, "MOST_WRITTEN_BYTES", 500)
    keys = [call("POST", PHONES, {"number": f"+120255501{index}", "name": "x" * 90}).body["uuid"] for index in (43, 44)]
    full = call("POST", PHONES, {"number": "+12025550145"})
    grown = call("PATCH", f"{PHONES}/{keys[0]}", {"name": "y" * 90})
    assert (full.status, grown.status) == (413, 413)
    assert call.get(f"{PHONES}/{keys[0]}").body["name"] == "x" * 90
    assert call("DELETE", f"{PHONES}/{keys[1]}").status == 200
    assert call("PATCH", f"{PHONES}/{keys[0]}", {"name": "y" * 90}).status == 200
    assert call("POST", "/__mock/reset").status == 200
    assert call("POST", PHONES, {"number": "+12025550145"}).status == 201


def test_records_of_all_sessions_are_limited(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the records written one by one to all sessions are too large, those idle for longest are deleted."""
    monkeypatch.setattr(session, "MOST_STATE_BYTES", 1200)
    monkeypatch.setattr(session, "_LOOKS_EVERY", 1)
    for name in ("one", "two", "three", "four", "five"):
        assert in_session(call, name)("POST", PHONES, {"number": NUMBER, "name": "x" * 90}).status == 201
    in_session(call, "reader").get(PHONES)
    names = {one["name"] for one in call.get("/__mock/sessions").body["sessions"]}
    assert names == {"default", "three", "four", "five", "reader"}
