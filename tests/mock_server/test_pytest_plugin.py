"""The fixture `callcamp_mock`, in separate pytest runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mock_server.server.server import MockServer
from mock_server.testing import MockSession, RefusedByMockError
from tests.mock_server.support import NUMBER

OTHER = Path(__file__).parent / "documents"
LONGEST_RUN_S = 60.0
WITHOUT = ("-p", "no:schemathesis", "-p", "no:hypothesispytest", "-p", "no:anyio")

A_SUITE = """
import os
from urllib.error import HTTPError
from urllib.request import Request, build_opener, ProxyHandler
import json
import pytest

OPEN = build_opener(ProxyHandler({})).open

def ask(mock, body=None):
    data = None if body is None else json.dumps(body).encode()
    with OPEN(Request(mock.url + "/phones", data, {"Content-Type": "application/json"}), timeout=5) as response:
        return json.load(response)

@pytest.mark.parametrize("attempt", range(6))
def test_own_records(callcamp_mock, attempt):
    assert len(callcamp_mock.records) == 12
    ask(callcamp_mock, {"number": "+12025550143"})
    assert ask(callcamp_mock)["total"] == 13
    assert [entry["operationId"] for entry in callcamp_mock.requests] == ["registerPhone", "listPhones"]
    callcamp_mock.verify("registerPhone", count=1, match={"body": {"number": "+12025550143"}})

def test_a_rule(callcamp_mock):
    callcamp_mock.rule("listPhones", status=429, times=1)
    with pytest.raises(HTTPError, match="429"):
        ask(callcamp_mock)
    assert ask(callcamp_mock)["total"] == 12

def test_one_server_here(callcamp_server, record_property):
    with open(os.environ["SEEN"], "a") as seen:
        seen.write(callcamp_server.url + "\\n")
    assert OPEN(callcamp_server.url.replace("/api", "/__mock/sessions"), timeout=5).status == 200

@pytest.fixture(scope="session", autouse=True)
def server_of_this_process(callcamp_server):
    with open(os.environ["SEEN"] + ".each", "a") as seen:
        seen.write(callcamp_server.url + "\\n")
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder, in a process that has not imported anything yet, without the large plugins of others."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *WITHOUT, "-W", "error", *arguments],
        cwd=folder,
        env={"SEEN": str(folder / "seen"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_RUN_S,
    )


@pytest.mark.parametrize(("workers", "servers"), [("0", 1), ("2", 2)])
def test_each_test_has_a_session_and_each_worker_a_server(tmp_path: Path, workers: str, servers: int) -> None:
    """Each test has its own records, rules and journal; each test process has one server."""
    (tmp_path / "test_it.py").write_text(A_SUITE)
    done = run(tmp_path, "-q", "-n", workers)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 passed" in done.stdout
    assert len(set((tmp_path / "seen.each").read_text().split())) == servers


def test_an_unused_plugin_imports_nothing(tmp_path: Path) -> None:
    """Unless a test uses the plugin, no module of the mock is imported."""
    (tmp_path / "test_it.py").write_text(
        "import sys\n"
        "def test_it(pytestconfig):\n"
        "    assert pytestconfig.pluginmanager.has_plugin('callcamp_mock')\n"
        "    ours = {name for name in sys.modules if name.partition('.')[0] in ('mock_server', 'openapi', 'flask')}\n"
        "    assert ours == {'mock_server', 'mock_server.pytest_plugin'}\n"
    )
    done = run(tmp_path, "-q")
    assert done.returncode == 0, done.stdout + done.stderr


def test_document_and_data_paths_are_resolved(tmp_path: Path) -> None:
    """Paths in the ini file are relative to the file, those of options to the current folder."""
    document = tmp_path / "files" / "mine.yaml"
    document.parent.mkdir()
    document.write_text((Path(__file__).parents[2] / "openapi" / "phones.yaml").read_text().replace("/api\n", "/v9\n"))
    (tmp_path / "records.json").write_text(json.dumps([]))
    (tmp_path / "pytest.ini").write_text("[pytest]\ncallcamp_spec = files/mine.yaml\n")
    (tmp_path / "files" / "test_it.py").write_text(
        "def test_it(callcamp_mock):\n    assert callcamp_mock.url.endswith('/v9')\n"
        "    assert not callcamp_mock.records\n"
    )
    done = run(tmp_path, "-q", "files", "--callcamp-data", "records.json")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_missing_document_fails_with_one_line(tmp_path: Path) -> None:
    """A missing document fails the test with one line."""
    (tmp_path / "test_it.py").write_text("def test_it(callcamp_mock): pass\n")
    done = run(tmp_path, "-q", "--callcamp-spec", "nowhere.yaml")
    assert done.returncode == 1
    assert f"callcamp_mock: --spec: no such file: {tmp_path / 'nowhere.yaml'}" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_session_manages_records_and_verifies_requests() -> None:
    """Records can be replaced, generated and reset; failed verifications and mistakes are named."""
    with MockServer(seed=1) as server:
        mock = MockSession(server.url, "a test[with / special characters]")
        assert mock.name.startswith("a-test-with-special-characters-")
        mock.seed(5, 3)
        three = mock.records
        assert len(three) == 3
        mock.records = three[:1]
        assert mock.records == three[:1]
        mock.reset()
        assert len(mock.records) == 12
        with pytest.raises(AssertionError, match="Expected registerPhone at least once in this way, got it 0 times"):
            mock.verify("registerPhone", match={"body": {"number": NUMBER}})
        with pytest.raises(RefusedByMockError, match="listPhones"):
            mock.rule("listPhone", status=429)
        with pytest.raises(RefusedByMockError, match="/0/number"):
            mock.records = [{**three[0], "number": "1"}]
        assert mock.name in [one["name"] for one in mock.admin("GET", "sessions")["sessions"]]
        mock.forget()
        other = MockSession(server.url, "other")
        assert mock.name not in [one["name"] for one in other.admin("GET", "sessions")["sessions"]]


def test_the_page_lists_the_members_of_the_fixture() -> None:
    """docs/mock.md lists exactly the attributes of the fixture's value."""
    page = (Path(__file__).parents[2] / "docs" / "mock.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `\.([a-z]+)", page, re.MULTILINE))
    offered = {name for name in vars(MockSession) if not name.startswith("_")}
    assert named == (offered | {"url"}) - {"forget"}
