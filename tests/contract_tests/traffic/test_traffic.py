"""Recordings, judged by the document."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from contract_tests.traffic import har
from contract_tests.traffic.har import HarError, read_recordings
from fixtures import phones
from fixtures.__main__ import main as make
from openapi import Contract
from tests.contract_tests.reports.unsound import Fault, serving, wrong_total
from tests.contract_tests.support import check
from tests.proof.preloaded import Ended

BASE = "https://staging.example/api"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FIRST, SECOND = ({**one, "createdAt": f"2026-01-0{day}T00:00:00Z"} for day, one in enumerate(phones(2, seed=5), 1))
_USES = """async (base) => {
    const headers = {"Content-Type": "application/json", Authorization: "Bearer the-token-of-the-page"};
    const send = async (method, path, body) => {
        const answer = await fetch(base + path, {method, headers, body: body && JSON.stringify(body)});
        return answer.json();
    };
    const made = await send("POST", "/phones", {number: "+12025550143", name: "Zoë", type: "shared"});
    await send("GET", "/phones?page=1&limit=5&type=shared");
    await send("GET", "/phones/" + made.uuid);
    await send("PATCH", "/phones/" + made.uuid, {status: "active"});
    await send("DELETE", "/phones/" + made.uuid);
}"""


def entry(method: str, path: str, status: int, value: object = None, **how: Any) -> dict[str, Any]:
    """An entry of a HAR, as a browser writes it.

    `how` are the body of the request (`sent`), `headers`, `request_headers`, the `content` of the response, and the
    time (`at_s`).
    """
    at_s, sent = how.get("at_s", 0), how.get("sent")
    posted = {"postData": {"mimeType": "application/json", "text": json.dumps(sent)}} if "sent" in how else {}
    typed = {"Content-Type": "application/json"}
    text = json.dumps(value)
    return {
        "startedDateTime": f"2026-11-27T10:{at_s // 60:02}:{at_s % 60:02}.000Z",
        "time": 12.5,
        "request": {
            "method": method,
            "url": path if "://" in path else f"{BASE}{path}",
            "headers": fields({**(typed if "sent" in how else {}), **how.get("request_headers", {})}),
            **posted,
        },
        "response": {
            "status": status,
            "headers": fields({**typed, **how.get("headers", {})}),
            "content": how.get("content", {"size": len(text), "mimeType": "application/json", "text": text}),
        },
    }


def fields(headers: Mapping[str, str]) -> list[dict[str, str]]:
    """The headers as HAR has them, with names as browsers write those of HTTP/2."""
    return [{"name": name.lower(), "value": text} for name, text in headers.items()]


def page(*items: object, **counts: int) -> dict[str, Any]:
    """The body of a list."""
    counted = {"total": len(items), "page": 1, "limit": 10, "totalPages": 1 if items else 0, **counts}
    return {"phones": list(items), **counted}


def recording(folder: Path, *entries: object, name: str = "capture.har") -> Path:
    """A HAR file with the entries."""
    file = folder / name
    file.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}), encoding="utf-8")
    return file


def judged(folder: Path, *arguments: str) -> tuple[Ended, dict[str, Any]]:
    """How the command ended, and its JSON report."""
    report = folder / "report.json"
    ended = check(*arguments, "--report", f"json={report}", "--scripts", str(folder / "scripts"))
    return ended, json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}


CASES = [
    ("SCHEMA-SERVER-ERROR", entry("GET", "/phones", 502, None)),
    ("SCHEMA-BODY", entry("GET", f"/phones/{FIRST['uuid']}", 200, {**FIRST, "smsEnabled": "no"})),
    ("SCHEMA-MEDIA-TYPE", entry("GET", "/phones", 200, page(), headers={"Content-Type": "text/html"})),
    ("LIST-PAGES", entry("GET", "/phones", 200, page(FIRST, FIRST))),
    ("LIST-PAGE-SIZE", entry("GET", "/phones?limit=1", 200, page(SECOND, FIRST, limit=1, totalPages=2))),
    ("LIST-ECHO", entry("GET", "/phones?page=3", 200, page(total=4, totalPages=1))),
    ("LIST-TOTAL", entry("GET", "/phones", 200, page(SECOND, FIRST, total=1))),
    ("LIST-TOTAL", entry("GET", "/phones?page=1", 200, page(FIRST, total=2))),
    ("LIST-TOTAL", entry("GET", "/phones?limit=3", 200, page(SECOND, FIRST, limit=3, total=5, totalPages=2))),
    ("LIST-TOTAL-PAGES", entry("GET", "/phones?limit=1", 200, page(SECOND, limit=1, total=5, totalPages=4))),
    ("FILTER-SOUND", entry("GET", "/phones?type=shared", 200, page({**FIRST, "type": "private"}))),
    ("READ-AFTER-WRITE", entry("GET", f"/phones/{FIRST['uuid']}", 200, SECOND)),
    (
        "CREATE-ECHO",
        entry(
            *("POST", "/phones", 201, {**FIRST, "type": "private"}),
            sent={"number": FIRST["number"], "type": "shared"},
            headers={"Location": f"/api/phones/{FIRST['uuid']}"},
        ),
    ),
]


@pytest.mark.parametrize(("code", "one"), CASES, ids=[f"{code}-{index}" for index, (code, _) in enumerate(CASES)])
def test_a_response_that_breaks_the_document_is_a_finding(tmp_path: Path, code: str, one: dict[str, Any]) -> None:
    """A recorded response that breaks a property is a finding, and the exit code is 1."""
    ended, report = judged(tmp_path, "--traffic", str(recording(tmp_path, one)))
    assert (ended.code, [found["code"] for found in report["findings"]]) == (1, [code]), ended.err
    (found,) = report["findings"]
    assert (found["documented"], found["replay"]["steps"][0]["method"]) == (True, one["request"]["method"])
    outcomes = {each["code"]: each["outcome"] for each in report["properties"]}
    assert (outcomes[code], outcomes["RACE-UNIQUE"]) == ("broken", "not checked")


REFUTED = [
    ("LIST-ORDER", entry("GET", "/phones", 200, page(FIRST, SECOND))),
    ("SEARCH-SOUND", entry("GET", "/phones?search=nothing-has-this", 200, page(FIRST))),
    ("SCHEMA-ACCEPTS-BAD", entry("PATCH", f"/phones/{FIRST['uuid']}", 200, FIRST, sent={})),
    ("DELETE-ACCEPTED", entry("DELETE", f"/phones/{FIRST['uuid']}", 204, content={"size": 0, "mimeType": ""})),
]


@pytest.mark.parametrize(("code", "one"), REFUTED, ids=[code for code, _ in REFUTED])
def test_a_difference_from_an_assumption_is_a_warning(tmp_path: Path, code: str, one: dict[str, Any]) -> None:
    """A difference from an assumption is a warning, and fails only with --strict."""
    file = str(recording(tmp_path, one))
    ended, report = judged(tmp_path, "--traffic", file)
    assert (ended.code, [(found["kind"], found["code"]) for found in report["findings"]]) == (0, [("refuted", code)])
    assert judged(tmp_path, "--traffic", file, "--strict")[0].code == 1


def test_later_exchanges_are_compared_with_earlier_ones(tmp_path: Path) -> None:
    """A deleted record stays deleted, and one version of a record looks the same in every response."""
    path = f"/phones/{FIRST['uuid']}"
    deleted = entry("DELETE", path, 200, {"success": True, "message": "Deleted"}, at_s=10)
    later = [entry("GET", path, 200, FIRST, at_s=20), entry("GET", "/phones", 200, page(FIRST), at_s=30)]
    listed = entry("GET", "/phones", 200, page({**FIRST, "provider": "other"}))
    # The files, and the entries in them, are in no order.
    files = recording(tmp_path, *later[::-1], deleted), recording(tmp_path, listed, name="first.har")
    arguments = [part for file in files for part in ("--traffic", str(file))]
    ended, report = judged(tmp_path, *arguments)
    assert ended.code == 1
    codes = [found["code"] for found in report["findings"]]
    assert codes == ["DELETE-GONE", "DELETE-LISTED"]
    read = entry("GET", path, 200, FIRST, at_s=5)
    ended, report = judged(tmp_path, "--traffic", str(recording(tmp_path, listed, read)))
    assert [found["code"] for found in report["findings"]] == ["READ-AS-LISTED"]


def test_possible_changes_of_other_clients_are_not_findings(tmp_path: Path) -> None:
    """A record with another time of change, and a deleted record within two seconds, are not findings."""
    path = f"/phones/{FIRST['uuid']}"
    changed = {**FIRST, "name": "Other", "updatedAt": "2026-11-27T11:00:00Z"}
    entries = [
        entry("GET", path, 200, FIRST),
        entry("GET", path, 200, changed, at_s=5),
        entry("DELETE", path, 200, {"success": True, "message": "Deleted"}, at_s=10),
        entry("GET", path, 200, changed, at_s=11),
    ]
    ended, report = judged(tmp_path, "--traffic", str(recording(tmp_path, *entries)))
    assert (ended.code, report["findings"]) == (0, [])
    assert ended.err.splitlines()[-3:] == [
        ended.err.splitlines()[-3],
        "  requests    4 recorded; none was sent",
        f"  target      {BASE}",
    ]


def record_session(chromium: str, url: str, file: Path) -> None:
    """Record a page that uses the API at `url`, as Chromium writes it."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(record_har_path=file, record_har_content="embed")
        tab = context.new_page()
        tab.goto(url.removesuffix("/api") + "/docs")
        tab.evaluate(_USES, url)
        context.close()
        browser.close()


@pytest.mark.parametrize(("fault", "code"), [(None, 0), (wrong_total, 1)], ids=["correct", "broken"])
def test_the_recording_of_a_browser_is_judged(
    contract: Contract, tmp_path: Path, fault: Fault | None, code: int
) -> None:
    """The recording of a page in Chromium that uses the API is judged, and no report has the page's token."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium: install Debian's package chromium, or Google Chrome")
    file = tmp_path / "browser.har"
    # A thread of its own: in this one, Playwright may still serve the tests of the mock's page.
    with serving(contract, fault) as server, ThreadPoolExecutor(1) as thread:
        thread.submit(record_session, CHROMIUM, server.url, file).result()
    ended, report = judged(tmp_path, "--traffic", str(file))
    assert ended.code == code, ended.err
    assert {name: one["requests"] for name, one in report["coverage"].items()} == {
        "listPhones": 1,
        "registerPhone": 1,
        "getPhone": 1,
        "updatePhone": 1,
        "deletePhone": 1,
    }
    written = "".join(one.read_text(encoding="utf-8") for one in tmp_path.rglob("*") if one.suffix in (".json", ".sh"))
    assert "the-token-of-the-page" in file.read_text(encoding="utf-8")
    assert "the-token-of-the-page" not in written + ended.err


@pytest.mark.parametrize("name", ["text", "json", "junit", "markdown", "github", "html"])
def test_no_report_has_a_secret(tmp_path: Path, name: str) -> None:
    """Credentials, cookies and values with names of secrets are in no report and no script."""
    secrets = ["bearer-secret", "cookie-secret", "set-cookie-secret", "query-secret", "body-secret"]
    echoed = {**FIRST, "smsEnabled": " ".join(secrets), "access_token": "body-secret"}
    one = entry(
        *("GET", f"/phones/{FIRST['uuid']}?api_key=query-secret", 200, echoed),
        request_headers={"Authorization": "Bearer bearer-secret", "Cookie": "a=b; sid=cookie-secret"},
        headers={"Set-Cookie": "sid=set-cookie-secret; Path=/; SameSite=Strict"},
    )
    report = tmp_path / "report"
    arguments = ["--traffic", str(recording(tmp_path, one)), "--report", f"{name}={report}"]
    ended = check(*arguments, "--scripts", str(tmp_path / "scripts"))
    assert ended.code == 1
    written = report.read_text(encoding="utf-8") + ended.err
    written += "".join(one.read_text(encoding="utf-8") for one in (tmp_path / "scripts").iterdir())
    assert [text for text in secrets if text in written] == []
    assert "***" in written


def test_headers_of_security_schemes_are_secrets(tmp_path: Path) -> None:
    """The value of a header that a security scheme of the document names is in no report."""
    spec = tmp_path / "openapi.yaml"
    scheme = {"type": "apiKey", "in": "header", "name": "X-Desk"}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Desk", "version": "1"},
        "servers": [{"url": "/api"}],
        "components": {"securitySchemes": {"desk": scheme}},
        "paths": {"/phones": {"get": {"responses": {"200": {"description": "All of them"}}}}},
    }
    spec.write_text(json.dumps(document), encoding="utf-8")
    one = entry("GET", "/phones?desk=desk-secret", 500, request_headers={"X-Desk": "desk-secret"})
    ended, report = judged(tmp_path, "--traffic", str(recording(tmp_path, one)), "--spec", str(spec))
    assert (ended.code, [found["code"] for found in report["findings"]]) == (1, ["SCHEMA-SERVER-ERROR"])
    assert "desk-secret" not in ended.err + json.dumps(report)


def test_a_recording_without_requests_to_the_service_exits_with_5(tmp_path: Path) -> None:
    """If no request is for an operation of the document, nothing holds, and the exit code is 5."""
    file = str(recording(tmp_path, entry("GET", "https://cdn.example/logo.png", 200, None)))
    ended, report = judged(tmp_path, "--traffic", file)
    assert (ended.code, report["verdict"]) == (5, "unfinished")
    assert "no recorded request is for an operation of the document; name the base URL" in ended.err
    assert judged(tmp_path, "--traffic", str(recording(tmp_path)))[0].code == 5


def test_requests_to_other_hosts_are_counted_but_not_judged(tmp_path: Path) -> None:
    """Requests to other hosts are counted and not judged; a base path of a proxy is named with --target."""
    other = entry("GET", "https://cdn.example/phones", 500, None)
    own = entry("GET", "http://localhost:5173/backend/phones", 200, page(FIRST))
    file = str(recording(tmp_path, other, own))
    ended, report = judged(tmp_path, "--traffic", file, "--target", "http://localhost:5173/backend")
    assert (ended.code, report["run"]["requests"]) == (0, 1)
    first = "judging 1 recorded request to http://localhost:5173/backend; 1 request to other addresses is left out"
    assert ended.err.splitlines()[0] == first


def test_a_recording_of_two_services_needs_a_target(tmp_path: Path) -> None:
    """If several hosts have the paths of the document, the user has to name one."""
    entries = entry("GET", "/phones", 200, page()), entry("GET", "http://localhost/api/phones", 200, page())
    ended, _ = judged(tmp_path, "--traffic", str(recording(tmp_path, *entries)))
    assert ended.code == 2
    assert "several services have the paths of the document: https://staging.example/api (1 request)" in ended.err


def test_base64_bodies_are_judged_and_missing_ones_reported(tmp_path: Path) -> None:
    """A body in base64 is judged like any other; a missing one is reported, and the rest of its response judged."""
    encoded = base64.b64encode(json.dumps(page(FIRST, total=0)).encode()).decode()
    content = {"size": 9, "mimeType": "application/json", "text": encoded, "encoding": "base64"}
    one = entry("GET", "/phones", 200, content=content)
    _, report = judged(tmp_path, "--traffic", str(recording(tmp_path, one)))
    assert [found["code"] for found in report["findings"]] == ["LIST-TOTAL"]
    missing = entry("GET", "/phones", 200, content={"size": 9, "mimeType": "application/json"})
    ended, report = judged(tmp_path, "--traffic", str(recording(tmp_path, missing, entry("GET", "/phones", 0))))
    assert (ended.code, report["findings"]) == (0, [])
    sentences = [one["sentence"] for one in report["observations"]]
    assert sentences == [
        "the recording has no body of a response of listPhones",
        "listPhones got no response in the recording",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "can't be read (No such file or directory); name a HAR file"),
        ("", "is not a HAR file: it is not JSON with log.entries; save one with the network tools"),
        ('{"log": {}}', "is not a HAR file: it is not JSON with log.entries"),
        ('{"log": {"entries": {}}}', "is not a HAR file: log.entries is not an array"),
        ('{"log": {"entries": [1]}}', "entry 1 is not valid HAR 1.2"),
        (
            '{"log": {"entries": [{"request": {"url": "http://a/"}}]}}',
            "entry 1 is not valid HAR 1.2: it has no",
        ),
        ("\ud800", "is not a HAR file"),
    ],
)
def test_a_file_that_is_not_a_har_is_a_usage_error(tmp_path: Path, text: str | None, message: str) -> None:
    """A file that is not a HAR is a usage error that says where."""
    file = tmp_path / "capture.har"
    if text is not None:
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
    ended, _ = judged(tmp_path, "--traffic", str(file))
    assert (ended.code, message in ended.err) == (2, True), ended.err
    assert "Traceback" not in ended.err


def test_invalid_base64_names_its_entry(tmp_path: Path) -> None:
    """A body whose base64 can't be decoded names its entry."""
    content = {"size": 9, "mimeType": "application/json", "text": "#", "encoding": "base64"}
    with pytest.raises(HarError, match=r"entry 2 .* the base64 of a body is broken"):
        read_recordings(
            [recording(tmp_path, entry("GET", "/phones", 200), entry("GET", "/phones", 200, content=content))]
        )


def test_a_file_over_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file over the limit is refused before it is read."""
    monkeypatch.setattr(har, "_MOST_BYTES", 10)
    with pytest.raises(HarError, match="at most 0 MB are read; record fewer requests, or several files"):
        read_recordings([recording(tmp_path)])


def test_a_recording_of_fixtures_matches_the_document(tmp_path: Path) -> None:
    """A recording that `callcamp-fixtures --format har` writes matches the document."""
    file = tmp_path / "fixtures.har"
    assert make(["phones", "--count", "5", "--seed", "3", "--format", "har", "--out", str(file)]) == 0
    ended, report = judged(tmp_path, "--traffic", str(file))
    assert (ended.code, report["summary"]) == (0, "The checked properties hold; others were not checked.")
