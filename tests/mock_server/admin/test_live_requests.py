"""/__mock/requests: single requests with their responses, the stream of requests, and repeating one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing

import requests

from mock_server.server.server import MockServer
from mock_server.testing import MockSession
from tests.mock_server.support import NUMBER, PHONES, Caller

JOURNAL = "/__mock/requests"


def events(lines: Iterator[str]) -> Iterator[tuple[str, list[dict[str, object]]]]:
    """The events of a stream: the id of each, and its objects."""
    event_id, data = "", list[dict[str, object]]()
    for line in lines:
        if line.startswith("id: "):
            event_id = line[4:]
        elif line.startswith("data: "):
            data.append(json.loads(line[6:]))
        elif not line and data:
            yield event_id, data
            data = []


def test_an_entry_shows_request_and_response(call: Caller) -> None:
    """An entry has the response's headers and body; a dropped entry's number is an error that says so."""
    phone = call.register()
    shown = call.get(f"{JOURNAL}/1").body
    assert shown["response"]["body"] == phone
    assert shown["response"]["headers"]["Location"] == f"{PHONES}/{phone['uuid']}"
    assert call.get(f"{JOURNAL}/2").body["error"] == ("Unknown request 2 in the journal of session default.")


def test_live_requests_hide_secrets(call: Caller) -> None:
    """Headers and body fields with names of secrets have asterisks for values."""
    headers = {"Authorization": "Bearer abc", "X-Api-Key": "abc", "X-Access-Token": "abc", "Cookie": "a=abc"}
    call("POST", PHONES, {"number": NUMBER, "password": "abc", "deep": [{"clientSecret": "abc"}]}, headers=headers)
    shown = call.get(JOURNAL).body["requests"][0]
    assert "abc" not in json.dumps(shown)
    assert shown["headers"]["authorization"] == "Bearer ***"
    assert shown["body"] == {"number": NUMBER, "password": "***", "deep": [{"clientSecret": "***"}]}


def test_text_is_searched_in_both_bodies(call: Caller) -> None:
    """A text filter searches path, query, request body and response body, ignoring case."""
    call.register(NUMBER, name="Night Desk")
    call.get(f"{PHONES}?status=active")
    call.get(f"{PHONES}/none")
    assert [one["number"] for one in call.get(f"{JOURNAL}?text=night").body["requests"]] == [1]
    assert [one["number"] for one in call.get(f"{JOURNAL}?text=STATUS=act").body["requests"]] == [2]
    assert [one["number"] for one in call.get(f"{JOURNAL}?text=there%20is%20no").body["requests"]] == [3]


def test_a_request_can_be_repeated(call: Caller) -> None:
    """Repeating a request sends it with its secrets and adds it to the journal."""
    call.register()
    assert call("POST", f"{JOURNAL}/1/repeat").body == {"status": 409}
    first, second = call.get(JOURNAL).body["requests"][::-1]
    assert (first["status"], second["status"]) == (201, 409)
    assert first["body"] == second["body"]
    call("POST", PHONES, data=b'{"number": "%s"}' % (b"1" * 20_000), headers={"Content-Type": "application/json"})
    assert call("POST", f"{JOURNAL}/3/repeat").status == 409


def test_the_stream_sends_new_requests() -> None:
    """A stream sends its session's matching requests, and resumes after its last event."""
    with MockServer(empty=True) as server:
        mine, other = MockSession(server.url, "mine"), MockSession(server.url, "other")
        url = f"{mine.url.removesuffix('/api')}{JOURNAL}/stream?operation=listPhones"
        with closing(requests.get(url, stream=True, timeout=5)) as stream:
            received = events(stream.iter_lines(chunk_size=1, decode_unicode=True))
            for session in (mine, other, mine):
                requests.get(f"{session.url}/phones", timeout=5)
                requests.get(f"{session.url}/phones/none", timeout=5)
            numbers, event_id = list[object](), ""
            while len(numbers) < 2:
                event_id, found = next(received)
                numbers += [one["number"] for one in found]
            assert numbers == [1, 3]
            assert event_id == "3"
        requests.get(f"{mine.url}/phones", timeout=5)
        with closing(requests.get(url, headers={"Last-Event-ID": "3"}, stream=True, timeout=5)) as stream:
            event_id, found = next(events(stream.iter_lines(chunk_size=1, decode_unicode=True)))
            assert [one["number"] for one in found] == [5]
