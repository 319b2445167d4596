"""Which operations are forwarded, and the settings of the service behind the mock."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from mock_server.__main__ import main
from mock_server.server.listener import AddressError
from mock_server.server.server import MockServer
from mock_server.settings.settings import SettingsError, read_settings
from mock_server.settings.upstream_settings import UpstreamSettings
from openapi import Contract
from tests.mock_server.cli.test_serve import running
from tests.mock_server.support import Caller
from tests.mock_server.upstream.services import json_response, scripted

URL = "http://user-visible.invalid:8080/v1"
READS = {"listPhones", "getPhone"}


def upstream_of(given: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> UpstreamSettings:
    """The settings of the service from these flags and variables."""
    upstream = read_settings({"upstream": URL, **given}, environ or {}).upstream
    assert upstream is not None
    return upstream


def modes_of(mock: MockServer) -> dict[str, str]:
    """The mode of each operation."""
    shown = requests.get(mock.url.replace("/api", "/__mock/upstream"), timeout=10).json()
    return {name: one["mode"] for name, one in shown["operations"].items()}


@pytest.mark.parametrize(
    ("options", "reads", "writes"),
    [
        ({}, "forward", "mock"),
        ({"upstream_writes": True}, "forward", "forward"),
        ({"upstream_mode": "mock", "upstream_writes": True}, "mock", "mock"),
        ({"upstream_mode": "compare"}, "compare", "mock"),
        ({"upstream_mode": "compare", "upstream_writes": True}, "compare", "forward"),
    ],
)
def test_writes_are_forwarded_only_if_allowed(options: dict[str, Any], reads: str, writes: str) -> None:
    """The session's mode applies to reads, and to other operations only if they may have it."""
    with MockServer(upstream=URL, **options) as mock:
        modes = modes_of(mock)
    assert {modes[name] for name in READS} == {reads}
    assert {mode for name, mode in modes.items() if name not in READS} == {writes}


def test_modes_can_be_switched_at_run_time() -> None:
    """One operation's mode is changed, then all, in one session only; a reset restores the initial modes."""
    with scripted(lambda _: json_response(b"{}")) as service, MockServer(upstream=service.url) as mock:
        control = mock.url.replace("/api", "/__mock/upstream")

        def source(path: str = "/phones") -> str:
            return requests.get(mock.url + path, timeout=10).headers["X-Mock-Source"]

        assert source() == "upstream"
        changed = requests.put(control, json={"modes": {"listPhones": "mock"}}, timeout=10).json()
        assert changed["operations"]["listPhones"]["mode"] == "mock"
        assert (source(), source("/phones/x")) == ("mock", "upstream")
        requests.put(control, json={"mode": "mock"}, timeout=10)
        assert set(modes_of(mock).values()) == {"mock"}
        other = requests.get(f"{mock.url}/phones", headers={"X-Mock-Session": "ada"}, timeout=10)
        assert other.headers["X-Mock-Source"] == "upstream"
        requests.put(control, json={"modes": {"listPhones": None}, "mode": "forward"}, timeout=10)
        assert source() == "upstream"
        requests.put(control, json={"mode": "mock"}, timeout=10)
        requests.post(mock.url.replace("/api", "/__mock/reset"), timeout=10)
        assert source() == "upstream"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "The body is empty"),
        ({"mode": "on"}, "/mode"),
        ({"modes": {"listPhonez": "mock"}}, "unknown operation 'listPhonez'"),
        ({"modes": {"registerPhone": "forward"}}, "start the mock with --upstream-writes"),
        ({"modes": {"registerPhone": "compare"}}, "would be carried out twice"),
        ({"url": "http://evil.example"}, "url"),
    ],
)
def test_invalid_mode_changes_are_refused(body: dict[str, Any], message: str) -> None:
    """The error says what is wrong, and nothing changes; the address can't be changed at all."""
    with MockServer(upstream=URL) as mock:
        before = modes_of(mock)
        response = requests.put(mock.url.replace("/api", "/__mock/upstream"), json=body, timeout=10)
        assert (response.status_code, modes_of(mock)) == (400, before)
        assert message in response.json()["error"]


def test_without_a_service_modes_cannot_be_switched(call: Caller) -> None:
    """The error says how to start the mock with a service, and responses name no source."""
    response = call("GET", "/__mock/upstream")
    assert response.status == 404
    assert "--upstream URL" in response.body["error"]
    assert "X-Mock-Source" not in call.get().headers


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"upstream": "staging.example.com"}, "--upstream: not a URL"),
        ({"upstream": "ftp://staging.example.com"}, "--upstream: not a URL"),
        ({"upstream": "http://[::1"}, "--upstream: not a URL"),
        ({"upstream": "https://ada:pass-of-ada@staging.example.com"}, "leave the credentials out"),
        ({"upstream": "https://staging.example.com/?key=1"}, "leave out the query"),
        ({"upstream_mode": ("on",)}, "--upstream-mode: unknown mode 'on'"),
        ({"upstream_mode": ("=mock",)}, "--upstream-mode: invalid mode '=mock'"),
        ({"upstream_header": ("no colon",)}, "--upstream-header: not a header"),
        ({"upstream_header": ("X-A: b\nX-C: d",)}, "--upstream-header: not a header"),
        ({"upstream_header": ("Host: a",)}, "Host can't be set"),
        ({"upstream_timeout": "0"}, "--upstream-timeout: invalid timeout '0'"),
        ({"upstream_token": "a", "upstream_header": ("authorization: b",)}, "use either --upstream-token"),
        ({"self_check": True}, "leave it out with --upstream"),
        ({"upstream": None, "learn": True}, "need --upstream URL"),
        ({"upstream": None, "upstream_writes": True}, "need --upstream URL"),
        ({"upstream": None, "upstream_mode": ("mock",)}, "need --upstream URL"),
    ],
)
def test_invalid_upstream_settings_are_refused(given: dict[str, Any], message: str) -> None:
    """The message says what to write, and never repeats an address or a credential."""
    with pytest.raises(SettingsError) as raised:
        read_settings({"upstream": URL, **given}, {})
    assert message in str(raised.value)
    assert "pass-of-ada" not in str(raised.value)


def test_credentials_come_from_a_file_or_the_environment(tmp_path: Path) -> None:
    """A token becomes an Authorization header; headers are one per line. The repr of the settings has neither."""
    file = tmp_path / "token"
    file.write_text("token-of-ada\n")
    assert upstream_of({"upstream_token_file": str(file)}).headers == {"Authorization": "Bearer token-of-ada"}
    environ = {"CALLCAMP_UPSTREAM_HEADERS": "X-Key: key-of-ada\nX-Two: 2", "CALLCAMP_UPSTREAM_TIMEOUT": "2.5"}
    upstream = upstream_of({}, environ)
    assert upstream.headers == {"X-Key": "key-of-ada", "X-Two": "2"}
    assert upstream.timeout == 2.5
    assert "key-of-ada" not in repr(upstream)
    assert "user-visible" not in repr(upstream)


def test_configuration_files_set_no_address_or_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A configuration file may set the mode, but neither the address nor credentials; --show-config hides them."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "callcamp.toml"
    for key in ("upstream", "upstream-token", "upstream-header"):
        file.write_text(f'[mock]\n{key} = "x"\n')
        assert main(["--port", "0"]) == 2
        assert f"[mock] {key}: unknown setting" in capsys.readouterr().err
    file.write_text('[mock]\nupstream-mode = "mock"\n')
    assert main(["--upstream", URL, "--upstream-token", "token-of-ada", "--show-config"]) == 0
    out = capsys.readouterr().out
    assert "user-visible" not in out
    assert "token-of-ada" not in out
    assert "(set)" in out


def test_a_reachable_upstream_mock_needs_a_token() -> None:
    """Without a token, the mock would lend its user's credentials to the whole network."""
    with pytest.raises(AddressError, match="lets other machines use the upstream service"):
        MockServer(upstream=URL, host="0.0.0.0", admin=False).__enter__()


def test_unknown_operations_are_refused_at_start(capsys: pytest.CaptureFixture[str]) -> None:
    """The command exits with 2 and suggests known operations."""
    assert main(["--upstream", URL, "--upstream-mode", "listPhonez=mock", "--port", "0"]) == 2
    assert "--upstream-mode: unknown operation 'listPhonez'" in capsys.readouterr().err


def test_the_startup_output_hides_the_address() -> None:
    """The output names the operations that the service handles, and neither address nor token."""
    with running("--upstream", URL, "--upstream-token", "token-of-ada", "--port", "0") as process:
        lines = process.lines
    assert any("service answers listPhones, getPhone" in line for line in lines)
    assert not any("user-visible" in line or "token-of-ada" in line for line in lines)


def test_invalid_certificates_are_refused(tmp_path: Path, contract: Contract) -> None:
    """--upstream-ca needs a PEM file."""
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")
    with pytest.raises(SettingsError, match=r"--upstream-ca: .* has no certificates in PEM format"):
        MockServer(contract, upstream=URL, upstream_ca=str(file))


def test_private_certificates_are_trusted_if_named(contract: Contract) -> None:
    """Without --upstream-ca the response is a 502 that says so; with it the request is forwarded."""
    with MockServer(contract, tls=True) as service:
        assert service.authority is not None
        with MockServer(contract, upstream=service.url) as mock:
            response = requests.get(f"{mock.url}/phones", timeout=10)
            assert (response.status_code, "--upstream-ca" in response.json()["message"]) == (502, True)
        with MockServer(contract, upstream=service.url, upstream_ca=str(service.authority)) as mock:
            assert requests.get(f"{mock.url}/phones", timeout=10).json()["total"] == 12
