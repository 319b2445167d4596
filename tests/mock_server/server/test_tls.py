"""HTTPS."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest
import requests
import trustme

from mock_server.server.server import MockServer
from mock_server.server.tls import identity
from mock_server.settings.settings import Settings, SettingsError, read_settings
from tests.mock_server.cli.test_serve import ended, running


@pytest.fixture
def own(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A user's files: a certificate, its key, and the authority to trust."""
    authority, files = trustme.CA(), (tmp_path / "cert.pem", tmp_path / "key.pem", tmp_path / "ca.pem")
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(str(files[0]))
    issued.private_key_pem.write_to_path(str(files[1]))
    authority.cert_pem.write_to_path(str(files[2]))
    return files


def test_a_generated_certificate_works_and_is_deleted() -> None:
    """The generated certificate is for localhost and 127.0.0.1, works with its authority, and is deleted at exit."""
    with MockServer(tls=True, empty=True) as mock:
        authority = mock.authority
        assert authority is not None
        assert mock.url.startswith("https://127.0.0.1:")
        for url in (mock.url, mock.url.replace("127.0.0.1", "localhost")):
            assert requests.get(f"{url}/phones", verify=str(authority), timeout=5).json()["total"] == 0
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(f"{mock.url}/phones", timeout=5)
        response = requests.post(
            f"{mock.url.removesuffix('/api')}/__mock/reset",
            headers={"Origin": mock.url.removesuffix("/api")},
            verify=str(authority),
            timeout=5,
        )
        assert response.status_code == 200
    assert not authority.parent.exists()


def test_the_command_prints_the_certificate_authority() -> None:
    """The output names the authority's file, which works and is deleted at exit."""
    with running("--port", "0", "--empty", "--tls", "--no-log") as mock:
        (line,) = (line for line in mock.lines if line.startswith("  trust "))
        authority = Path(line.split()[1])
        assert requests.get(f"{mock.url}/phones", verify=str(authority), timeout=5).status_code == 200
        assert mock.end(signal.SIGTERM) == (0, "", "")
    assert not authority.parent.exists()


def test_a_given_certificate_is_used(own: tuple[Path, Path, Path]) -> None:
    """--tls-cert and --tls-key are used, and nothing is generated."""
    certificate, key, authority = own
    with MockServer(tls_cert=certificate, tls_key=key, empty=True) as mock:
        assert mock.authority is None
        assert requests.get(f"{mock.url}/phones", verify=str(authority), timeout=5).status_code == 200


def test_invalid_certificate_files_exit_with_2(own: tuple[Path, Path, Path]) -> None:
    """A file that is not a key is named, and the command exits with 2."""
    certificate, _, authority = own
    code, out, err = ended("--port", "0", "--tls-cert", str(certificate), "--tls-key", str(authority))
    assert (code, out) == (2, "")
    assert err.startswith(f"--tls-cert {certificate} --tls-key {authority}: expected a certificate and its key, PEM")
    assert err.count("\n") == 1


def test_a_certificate_needs_its_key(own: tuple[Path, Path, Path]) -> None:
    """A certificate without its key is an error."""
    with pytest.raises(SettingsError, match="use --tls-cert and --tls-key together"):
        read_settings({"tls_cert": own[0]}, {})


def test_missing_trustme_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without trustme, --tls says how to install it, and what to use instead."""
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(SettingsError, match=r"callcamp-contract-kit\[tls\].*--tls-cert"), identity(Settings(tls=True)):
        pass
