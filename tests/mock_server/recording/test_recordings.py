"""Recordings: HAR 1.2 of the requests and responses, without personal data and credentials."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from fixtures import is_reserved
from mock_server.__main__ import main
from mock_server.server.server import MockServer
from openapi import Contract
from tests.mock_server.server.test_upkeep import comes_true
from tests.mock_server.support import PHONES, Caller, caller_of

NUMBER = "+14155550132"
TOKEN = "secret-token-of-Ada"
SECRETS = (NUMBER, NUMBER[1:], "Lovelace", "lovelace", "Notebook", "babbage", "cookie-of-Ada", TOKEN)


def entries_of(text: str) -> list[dict[str, Any]]:
    """The entries of an archive that has what HAR 1.2 demands."""
    log = json.loads(text)["log"]
    assert log["version"] == "1.2"
    assert log["creator"].keys() == {"name", "version"}
    entries: list[dict[str, Any]] = log["entries"]
    for entry in entries:
        assert entry.keys() == {"startedDateTime", "time", "request", "response", "cache", "timings"}
        assert entry["timings"].keys() == {"send", "wait", "receive"}
        assert entry["request"].keys() - {"postData"} == {
            *("method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize")
        }
        assert entry["response"].keys() == {
            *("status", "statusText", "httpVersion", "cookies", "headers", "content"),
            *("redirectURL", "headersSize", "bodySize"),
        }
    return entries


def header(message: dict[str, Any], name: str) -> str | None:
    """A header of a request or a response in an archive."""
    return next((one["value"] for one in message["headers"] if one["name"].lower() == name), None)


def body(entry: dict[str, Any]) -> Any:
    """The JSON value of a response in an archive."""
    return json.loads(entry["response"]["content"]["text"])


@pytest.fixture
def recorded(tmp_path: Path) -> tuple[str, str, list[str]]:
    """A recording of a whole life of a phone: the file, the export of the journal, and the keys that were used."""
    file = tmp_path / "traffic.har"
    with MockServer(record=file, token=TOKEN) as mock, requests.Session() as client:
        client.headers.update({"Authorization": f"Bearer {TOKEN}", "Cookie": "sid=cookie-of-Ada"})
        url = f"{mock.url}/phones"
        phone = client.post(url, json={"number": NUMBER, "name": "Ada Lovelace", "provider": "babbage"}).json()
        client.post(url, json={"number": NUMBER})
        client.post(url, json={"number": "0171", "nmae": "Lovelace", "type": "Notebook"})
        client.get(url, params={"search": "lovelace", "status": "registered", "utm": "Notebook"})
        client.get(url, params={"search": NUMBER})
        client.get(f"{url}/{phone['uuid']}")
        client.patch(f"{url}/{phone['uuid']}", json={"name": "Notebook"})
        client.head(url)
        client.get(f"{mock.url}/Lovelace")
        client.post(url, data="{Lovelace", headers={"Content-Type": "application/json"})
        client.delete(f"{url}/{phone['uuid']}")
        export = client.get(mock.url.replace("/api", "/__mock/requests.har")).text
    return file.read_text(encoding="utf-8"), export, [phone["uuid"]]


def test_recordings_contain_nothing_identifying(recorded: tuple[str, str, list[str]]) -> None:
    """No number, name, key or token of the exchanges is anywhere in the file or in the export of the journal."""
    file, export, keys = recorded
    assert [one for one in (*SECRETS, *keys) if one in file or one in export] == []


def test_recordings_keep_statuses_and_references(recorded: tuple[str, str, list[str]]) -> None:
    """Statuses stay, values refer to each other as before, and what was invalid stays invalid for the same reason."""
    file, export, _ = recorded
    entries = entries_of(file)
    assert [entry["response"]["status"] for entry in entries] == [201, 409, 400, *[200] * 5, 404, 400, 200]
    assert [entry["request"]["url"] for entry in entries] == [one["request"]["url"] for one in entries_of(export)]
    created, taken, invalid, found, by_number, read, changed = entries[:7]
    phone, sent = body(created), json.loads(created["request"]["postData"]["text"])
    assert is_reserved(phone["number"])
    assert sent["number"] == phone["number"]
    assert sent["name"] == phone["name"]
    assert phone["status"] == "registered"
    assert phone["countryCode"] == "US"
    assert header(created["response"], "location") == f"/api/phones/{phone['uuid']}"
    assert json.loads(taken["request"]["postData"]["text"]) == {"number": phone["number"]}
    assert {error["path"] for error in body(invalid)["errors"]} == {"/number", "/nmae", "/type"}
    assert len(json.loads(invalid["request"]["postData"]["text"])["number"]) == 4
    query = {one["name"]: one["value"] for one in found["request"]["queryString"]}
    assert query["status"] == "registered"
    assert query["search"] in phone["name"].lower()
    assert body(found)["phones"] == body(by_number)["phones"] == [phone]
    assert by_number["request"]["queryString"] == [{"name": "search", "value": phone["number"]}]
    assert read["request"]["url"] == changed["request"]["url"] == f"http://localhost/api/phones/{phone['uuid']}"


def test_only_the_scheme_of_credentials_is_kept(recorded: tuple[str, str, list[str]]) -> None:
    """A request shows that it was authorized, but neither its token nor its cookies."""
    request = entries_of(recorded[0])[0]["request"]
    assert header(request, "authorization") == "Bearer redacted"
    assert header(request, "cookie") is None
    assert request["cookies"] == []


def test_unreadable_bodies_are_left_out(recorded: tuple[str, str, list[str]]) -> None:
    """JSON that can't be read can't be redacted, so a comment says that it is left out."""
    posted = entries_of(recorded[0])[9]["request"]["postData"]
    assert posted["text"] == ""
    assert posted["comment"].startswith("The body is left out")


def count_in(file: Path) -> int:
    """How many entries a recording has; -1 while it is being written."""
    try:
        return len(entries_of(file.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return -1


def has_entries(file: Path, count: int) -> bool:
    """Whether a recording has this number of entries."""
    return count_in(file) == count


def test_the_file_is_complete_after_each_request(tmp_path: Path) -> None:
    """Soon after each request the file is a complete archive, readable by its owner only."""
    file = tmp_path / "traffic.har"
    with MockServer(record=file) as mock:
        for count in range(3):
            assert comes_true(partial(has_entries, file, count))
            requests.get(f"{mock.url.replace('/api', '/__s/lovelace/api')}/phones", timeout=10)
    assert count_in(file) == 3
    assert "lovelace" not in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o077 == 0


def test_an_existing_file_is_never_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command stops with exit code 2 and says what to do."""
    file = tmp_path / "traffic.har"
    file.write_text("precious")
    assert main(["--record", str(file), "--port", "0"]) == 2
    assert f"--record: {file} exists already; name another file, or delete it" in capsys.readouterr().err
    assert file.read_text() == "precious"


def test_the_export_accepts_the_filters_of_the_journal(call: Caller) -> None:
    """The filters of the journal select the entries; an unknown one is refused."""
    call.register()
    call.get(PHONES)

    def export(query: str) -> Any:
        return call("GET", f"/__mock/requests.har{query}").body

    assert len(export("")["log"]["entries"]) == 2
    (entry,) = export("?operation=registerPhone")["log"]["entries"]
    assert entry["response"]["status"] == 201
    assert export("?colour=red")["error"].startswith("Unknown query parameter colour")


def test_truncated_bodies_are_left_out(contract: Contract) -> None:
    """The journal keeps the beginning of a long body, which the export leaves out."""
    call = caller_of(contract)
    for index in range(100):
        call.register(f"+1202555{index:04}", name="Ada" * 30)
    call.get(f"{PHONES}?limit=100")
    entries = call("GET", "/__mock/requests.har?operation=listPhones").body["log"]["entries"]
    assert "text" not in entries[0]["response"]["content"]
    assert entries[0]["response"]["content"]["comment"].startswith("The body is left out")
