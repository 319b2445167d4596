"""The certificate for HTTPS: the user's own, or one made for this start."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from mock_server.settings.settings import Settings, SettingsError

_NAMES = ("localhost", "127.0.0.1", "::1")


class TlsIdentity(NamedTuple):
    """PEM files: a certificate (with its chain) and its key. `authority` is what clients must trust, if we made it."""

    certificate: Path
    key: Path
    authority: Path | None


@contextmanager
def identity(settings: Settings) -> Iterator[TlsIdentity | None]:
    """The certificate for HTTPS; None for HTTP. Files made here are deleted at the end. Raises SettingsError."""
    if settings.tls_cert is not None and settings.tls_key is not None:
        yield _checked(settings.tls_cert, settings.tls_key)
    elif settings.tls:
        with TemporaryDirectory(prefix="callcamp-mock-") as folder:
            yield _made(Path(folder), settings.host)
    else:
        yield None


def _checked(certificate: Path, key: Path) -> TlsIdentity:
    try:
        # Otherwise OpenSSL would ask for a password on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"--tls-cert {certificate} --tls-key {key}: expected a certificate and its key, PEM, no password: {error}"
        ) from None
    return TlsIdentity(certificate, key, None)


def _made(folder: Path, host: str) -> TlsIdentity:
    try:
        # Large and optional: imported only here.
        trustme = import_module("trustme")
    except ImportError:
        raise SettingsError(
            "--tls needs trustme to make a certificate: pip install 'callcamp-contract-kit[tls]', "
            "or pass your own with --tls-cert and --tls-key"
        ) from None
    authority = trustme.CA(organization_name="callcamp-mock")
    made = authority.issue_cert(*_NAMES, *_further(host))
    files = TlsIdentity(folder / "certificate.pem", folder / "key.pem", folder / "authority.pem")
    files.certificate.write_bytes(b"".join(pem.bytes() for pem in made.cert_chain_pems))
    files.key.write_bytes(made.private_key_pem.bytes())
    authority.cert_pem.write_to_path(str(files.authority))
    return files


def _further(host: str) -> tuple[str, ...]:
    """`host`, if it is a name or an address that the certificate must list in addition."""
    try:
        return () if host in _NAMES or ip_address(host).is_unspecified else (host,)
    except ValueError:
        return () if host in _NAMES else (host,)
