"""The base path of the operations: that of the document's first server, or one from the settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from mock_server import MockServer
from mock_server.cli.startup_banner import announcement
from mock_server.mock import build_mock
from mock_server.server.listener import Listener
from mock_server.server.reload import reloaded
from mock_server.settings.settings import Settings, SettingsError, read_settings
from mock_server.web.app import create_app
from openapi import PHONES, Contract, load
from tests.mock_server.support import NUMBER, Caller, caller_of


@pytest.mark.parametrize(("given", "base_path"), [("/v2", "/v2"), ("/a/b.c/", "/a/b.c"), ("/", ""), ("", "")])
def test_operations_are_served_below_the_base_path(contract: Contract, given: str, base_path: str) -> None:
    """Every operation, and the Location of a new record, is below the given base path only."""
    call = caller_of(contract, base_path=read_settings({"base_path": given}, {}).base_path)
    response = call("POST", f"{base_path}/phones", {"number": NUMBER})
    assert response.status == 201
    assert response.headers["Location"] == f"{base_path}/phones/{response.body['uuid']}"
    assert call.get(response.headers["Location"]).body == response.body
    assert call.get("/api/phones").status == 404


def test_the_flag_overrides_the_variable() -> None:
    """The flag overrides the variable; without both, the document decides."""
    environ = {"CALLCAMP_BASE_PATH": "/v2"}
    assert read_settings({}, environ).base_path == "/v2"
    assert read_settings({"base_path": "/v3"}, environ).base_path == "/v3"
    assert read_settings({}, {}).base_path is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("api", "invalid path 'api'; write it like /api"),
        ("//a", "invalid path '//a'"),
        ("/a//b", "invalid path '/a//b'"),
        ("/a/../b", "invalid path '/a/../b'"),
        ("/a?b", "invalid path"),
        ("/{version}", "invalid path"),
        ("http://127.0.0.1/api", "invalid path"),
        ("/__mock", "/__mock is reserved for the mock; choose another path"),
        ("/__s/api", "/__s is reserved for the mock; choose another path"),
    ],
)
def test_invalid_base_paths_are_refused(given: str, message: str) -> None:
    """An invalid path, and a path that the mock itself uses, are refused with what to write instead."""
    with pytest.raises(SettingsError) as refused:
        read_settings({"base_path": given}, {})
    assert message in str(refused.value)


def test_all_output_names_the_base_path(contract: Contract) -> None:
    """The start-up output, the served document, the docs page's document and hints all name the base path."""
    call = Caller(create_app(contract, Settings(seed=1, base_path="/v2", self_check=True)))
    listener = Listener("127.0.0.1", 0)
    listener.close()
    printed = announcement(call.app, listener).splitlines()
    assert printed[1].split()[:2] == ["GET", f"{listener.origin}/v2/phones"]
    assert printed[-1] == f"listening on {listener.origin}/v2"
    assert call.get("/openapi.json").body["servers"][0]["url"] == "http://callcamp.ai/v2"
    assert call.get("/docs/openapi.json").body["servers"] == [{"url": "/v2"}]
    assert call.get("/phones").body["message"].startswith("Unknown path /phones. Paths start with /v2; ")


def test_a_document_without_servers_gets_the_base_path(tmp_path: Path) -> None:
    """Where the document names no server, the served one names the base path."""
    file = tmp_path / "bare.json"
    file.write_text(json.dumps({key: value for key, value in load(PHONES).document().items() if key != "servers"}))
    call = Caller(create_app(file, Settings(empty=True, base_path="/v2")))
    assert call.get("/v2/phones").body["total"] == 0
    assert call.get("/openapi.json").body["servers"] == [{"url": "/v2"}]


def test_a_reload_keeps_the_base_path(contract: Contract) -> None:
    """A reloaded document is served under the same base path."""
    settings = Settings(empty=True, base_path="/v2")
    old = build_mock(contract, settings)
    call = Caller(reloaded(old, build_mock(load(contract.file), old.settings)))
    assert call.get("/v2/phones").status == 200


def test_python_urls_have_the_base_path() -> None:
    """The URL of a server in this process has the base path, and so does a session's."""
    with MockServer(empty=True, base_path="/v2") as mock:
        assert mock.url.endswith("/v2")
        assert requests.get(f"{mock.url}/phones", timeout=5).status_code == 200
        url = mock.url.removesuffix("/v2") + "/__s/one/v2/phones"
        assert (
            requests.post(url, json={"number": NUMBER}, timeout=5).headers["Location"].startswith("/__s/one/v2/phones/")
        )
