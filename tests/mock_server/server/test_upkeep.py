"""A running mock's upkeep: its state file, its document, its log."""

from __future__ import annotations

import json
import re
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from mock_server.mock import build_mock
from mock_server.server.reload import Watched, reloaded
from mock_server.server.server import MockServer
from mock_server.sessions.session import SeedError
from mock_server.settings.settings import Settings
from mock_server.web.app import create_app
from openapi import PHONES as DOCUMENT
from openapi import Contract, load
from tests.mock_server.cli.test_serve import ended, running
from tests.mock_server.support import NUMBER, PHONES, Caller, FrozenClock, number, numbers, session

LONGEST_WAIT_S = 10.0


def comes_true(condition: Callable[[], bool]) -> bool:
    """Whether `condition` becomes true within the limit."""
    end = time.monotonic() + LONGEST_WAIT_S
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


def kept(file: Path) -> list[dict[str, Any]]:
    """The records in a file; an empty list if it doesn't exist."""
    if not file.exists():
        return []
    records: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return records


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """An editable copy of the phone document."""
    file = tmp_path / "phones.yaml"
    file.write_bytes(DOCUMENT.read_bytes())
    return file


def test_records_are_kept_in_a_file(tmp_path: Path, contract: Contract) -> None:
    """Records are written during the run and at exit, and read at the next start."""
    file = tmp_path / "state.json"
    with MockServer(contract, empty=True, state=file) as mock:
        phone = requests.post(f"{mock.url}/phones", json={"number": NUMBER}, timeout=5).json()
        assert comes_true(lambda: kept(file) == [phone])
        requests.delete(f"{mock.url}/phones/{phone['uuid']}", timeout=5)
        phone = requests.post(f"{mock.url}/phones", json={"number": number(1)}, timeout=5).json()
    assert kept(file) == [phone]
    with MockServer(contract, state=file) as mock:
        assert requests.get(f"{mock.url}/phones", timeout=5).json()["phones"] == [phone]
        other = {"X-Mock-Session": "other"}
        assert requests.get(f"{mock.url}/phones", headers=other, timeout=5).json()["total"] == 12
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.json"]


def test_an_invalid_state_file_ends_the_start(tmp_path: Path, contract: Contract) -> None:
    """An invalid state file ends the start with its location, and is not changed."""
    file = tmp_path / "state.json"
    file.write_text('[{"uuid": "x"}]')
    with pytest.raises(SeedError, match=f"^--state {file}: /0/"):
        create_app(contract, Settings(state=file))
    assert file.read_text() == '[{"uuid": "x"}]'


def test_file_changes_are_detected_once(tmp_path: Path) -> None:
    """A file that was written, deleted or recreated counts as changed once."""
    file = tmp_path / "a"
    watched = Watched([file])
    assert not watched.has_changed()
    for change in (lambda: file.write_text("a"), lambda: file.write_text("abc"), file.unlink):
        change()
        assert [watched.has_changed(), watched.has_changed()] == [True, False]


def test_valid_edits_are_reloaded_and_invalid_ones_reported(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A changed document is reloaded; an invalid one is not, and its problem is printed."""
    with MockServer(document, empty=True, watch=True) as mock:
        assert requests.post(f"{mock.url}/phones", json={"number": NUMBER}, timeout=5).status_code == 201

        def limit() -> int:
            page: dict[str, int] = requests.get(f"{mock.url}/phones", timeout=5).json()
            assert page["total"] == 1
            return page["limit"]

        assert limit() == 10
        text = document.read_text(encoding="utf-8")
        document.write_text(text.replace("default: 10\n", "default: 20\n"), encoding="utf-8")
        assert comes_true(lambda: limit() == 20)
        document.write_text(text.replace("        limit: limit\n", "        limit: limits\n", 1), encoding="utf-8")
        logged = [""]

        def reported() -> bool:
            logged[0] += capsys.readouterr().err
            return "can't be served" in logged[0]

        assert comes_true(reported)
        assert limit() == 20
        document.write_text(text, encoding="utf-8")
        assert comes_true(lambda: limit() == 10)
    warning = next(line for line in logged[0].splitlines() if "can't be served" in line)
    assert warning.startswith(f"the changed document can't be served, still serving the previous one: {document}:")
    assert "/x-resources/phone/list/paging/limit: names the query parameter 'limits'" in warning


def test_overlays_are_reloaded(tmp_path: Path) -> None:
    """A changed overlay is applied, and the document keeps its overlays when it is reloaded."""
    overlay = tmp_path / "overlay.yaml"

    def write(limit: int) -> None:
        action = f"{{target: $.components.parameters.limit.schema, update: {{default: {limit}}}}}"
        text = f"overlay: 1.0.0\ninfo: {{title: T, version: '1'}}\nactions: [{action}]\n"
        overlay.write_text(text, encoding="utf-8")

    write(20)
    with MockServer(overlays=[overlay], watch=True) as mock:

        def limit() -> int:
            return int(requests.get(f"{mock.url}/phones", timeout=5).json()["limit"])

        assert limit() == 20
        write(30)
        assert comes_true(lambda: limit() == 30)
        write(40)
        assert comes_true(lambda: limit() == 40)


def test_sessions_and_snapshots_survive_a_reload(contract: Contract) -> None:
    """A reload keeps each session's records, rules and snapshots, and new keys stay unique."""
    call = Caller(create_app(contract, Settings(empty=True, seed=1), FrozenClock()))
    one = session(call, "one")
    for caller in (call, one):
        caller.register()
        caller("POST", "/__mock/rules", {"operationId": "getPhone", "status": 429})
    one("PUT", "/__mock/snapshots/saved")
    app = reloaded(call.app.mock, build_mock(contract, Settings(empty=True, seed=1), FrozenClock()))
    after, one_after = Caller(app), session(Caller(app), "one")
    assert numbers(after) == numbers(one_after) == [NUMBER]
    assert one_after("GET", f"{PHONES}/x").status == 429
    assert one_after.register(number(1))["uuid"]
    assert one_after("POST", "/__mock/snapshots/saved/restore").body["records"] == {"phone": 1}
    assert app.mock.settings is call.app.mock.settings


def test_a_reload_drops_invalid_records_and_rules(
    document: Path, contract: Contract, capsys: pytest.CaptureFixture[str]
) -> None:
    """A reload drops records and rules that the new document doesn't allow, and logs them."""
    call = Caller(create_app(contract, Settings(empty=True)))
    call.register(name="Desk")
    call.register(number(1))
    for rule in (
        {"operationId": "listPhones", "delay_ms": 1},
        {"operationId": "registerPhone", "example": "ordered"},
        {"operationId": "registerPhone", "status": 429},
        {"operationId": "getPhone", "fault": "unavailable"},
    ):
        assert call("POST", "/__mock/rules", rule).status == 201
    text = document.read_text(encoding="utf-8")
    for old, new in (
        ("type: [string, 'null']\n          description: A display name; ", "type: string\n          description: "),
        ("name: {start: null}", "name: {start: none}"),
        (
            "                ordered:\n                  summary: A newly ordered",
            "                new:\n                  summary: A new",
        ),
        ("getPhone", "readPhone"),
    ):
        assert old in text
        text = text.replace(old, new)
    document.write_text(text, encoding="utf-8")
    app = reloaded(call.app.mock, build_mock(load(document), Settings(empty=True)))
    after = Caller(app)
    assert numbers(after) == [NUMBER]
    assert [rule["id"] for rule in after.get("/__mock/rules").body["rules"]] == [3, 1]
    assert capsys.readouterr().err == (
        "reloaded the document: 5 operations; dropped 1 record that no longer matches it\n"
    )


def test_the_command_saves_and_restores_records(tmp_path: Path) -> None:
    """Registered phones are in the file at exit, and there again at the next start."""
    file = tmp_path / "state.json"
    with running("--port", "0", "--empty", "--state", str(file)) as mock:
        assert requests.post(f"{mock.url}/phones", json={"number": NUMBER}, timeout=5).status_code == 201
        assert mock.end(signal.SIGTERM)[0] == 0
    assert [phone["number"] for phone in kept(file)] == [NUMBER]
    file.write_text("[{}]")
    code, _, err = ended("--port", "0", "--state", str(file))
    assert (code, err.startswith(f"--state {file}: /0/")) == (4, True)


def test_a_reachable_address_requires_an_admin_token() -> None:
    """On an address that others can reach, the command exits with 2 and names the option."""
    code, out, err = ended("--port", "0", "--empty", "--host", ".".join("0000"))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "add --admin-token-file (or CALLCAMP_ADMIN_TOKEN), or --no-admin" in err


def lines_of(contract: Contract, style: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines that a mock prints for a few requests."""
    with MockServer(contract, empty=True, log=style) as mock:
        requests.get(f"{mock.url}/phones", timeout=5)
        requests.post(f"{mock.url}/phones", json={"number": "0171", "a\nb": 1}, timeout=5)
        other = {"X-Mock-Session": "one", "Prefer": "code=429"}
        requests.get(f"{mock.url}/phones", headers=other, timeout=5)
        mock.app.mock.sessions.default.reset()
        requests.get(f"{mock.url}/nowhere", timeout=5)
        return capsys.readouterr().err.splitlines()


def test_a_log_line_names_every_violation(contract: Contract, capsys: pytest.CaptureFixture[str]) -> None:
    """A log line names the operation, every violation, the session, and what forced the response."""
    plain, invalid, forced, unknown = lines_of(contract, "text", capsys)
    assert plain.endswith(" ms")
    assert " 400 " in invalid
    assert " registerPhone: The request has 2 mistakes. body /a\\nb: unknown field" in invalid
    assert '; body /number: "0171" does not match' in invalid
    assert forced.endswith(" ms listPhones: session one; by Prefer")
    assert "Unknown path /api/nowhere." in unknown


def test_json_log_lines_are_objects(contract: Contract, capsys: pytest.CaptureFixture[str]) -> None:
    """With `json`, each line is an object."""
    plain, invalid, forced, _ = (json.loads(line) for line in lines_of(contract, "json", capsys))
    assert {name: plain[name] for name in ("method", "target", "status", "operation", "session")} == {
        "method": "GET",
        "target": "/api/phones",
        "status": 200,
        "operation": "listPhones",
        "session": "default",
    }
    assert [violation["path"] for violation in invalid["violations"]] == ["/a\nb", "/number"]
    assert (forced["session"], forced["forced_by"]) == ("one", "Prefer")
    assert datetime.fromisoformat(plain["at"]) <= datetime.fromisoformat(forced["at"])


def test_json_log_lines_of_broken_connections_have_no_status(
    contract: Contract, capsys: pytest.CaptureFixture[str]
) -> None:
    """With `json`, a connection that breaks has neither a status nor a message."""
    with MockServer(contract, empty=True, log="json") as mock:
        requests.post(f"{mock.url.removesuffix('/api')}/__mock/rules", json=rule_of("reset"), timeout=5)
        with suppress(requests.RequestException):
            requests.get(f"{mock.url}/phones", timeout=5)
    # The line is written after the connection breaks; when the server has stopped, it is there.
    line = json.loads(capsys.readouterr().err)
    assert (line["fault"], line["forced_by"]) == ("reset", "rule 1")
    assert not {"status", "message", "undeclared"} & line.keys()


def test_log_lines_show_what_the_client_received(contract: Contract, capsys: pytest.CaptureFixture[str]) -> None:
    """A connection that breaks has no status; a broken response has one, and the fault."""
    with MockServer(contract, empty=True, log="text") as mock:
        for fault in ("reset", "empty", "truncated", "broken-json", "unavailable"):
            requests.post(f"{mock.url.removesuffix('/api')}/__mock/rules", json=rule_of(fault), timeout=5)
            with suppress(requests.RequestException):
                _ = requests.get(f"{mock.url}/phones", timeout=5).content
        lines = capsys.readouterr().err.splitlines()
    seen = [re.fullmatch(r"\S+ GET /api/phones (.*) [0-9]+ ms( .*)?", line) for line in lines]
    assert [found and found[2] for found in seen[:2]] == [" listPhones: by rule 1", " listPhones: by rule 2"]
    assert [found and found[1] for found in seen] == [
        "connection reset",
        "connection closed",
        "200 cut off",
        "200 with broken JSON",
        "503",
    ]


def rule_of(fault: str) -> dict[str, object]:
    """A rule that commits a fault once."""
    return {"operationId": "listPhones", "fault": fault, "times": 1}


def test_admin_requests_are_logged_only_on_request(contract: Contract, capsys: pytest.CaptureFixture[str]) -> None:
    """The log has requests to /__mock/ only with --log-admin."""
    for log_admin, count in ((False, 0), (True, 2)):
        with MockServer(contract, empty=True, log="text", log_admin=log_admin) as mock:
            for prefix in ("", "/__s/one"):
                requests.get(f"{mock.url.removesuffix('/api')}{prefix}/__mock/rules", timeout=5)
            assert len(capsys.readouterr().err.splitlines()) == count


def test_log_off_logs_nothing(contract: Contract, capsys: pytest.CaptureFixture[str]) -> None:
    """With `off`, nothing is logged."""
    assert lines_of(contract, "off", capsys) == []


def test_referenced_files_are_watched(tmp_path: Path) -> None:
    """A change of a referenced file reloads the document."""
    shutil.copytree(Path(__file__).parents[2] / "openapi" / "documents" / "good", tmp_path / "good")
    contract = load(tmp_path / "good" / "orders.yaml")
    watched = Watched(contract.files)
    part = next(file for file in contract.files if file.parent.name == "parts")
    part.write_bytes(part.read_bytes() + b"\n")
    assert watched.has_changed()
