"""The certificate that HTTPS is served with: the user's own, or one that is made for this start."""

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
    """PEM files: a certificate (with its chain) and its key. `authority` is what a client must trust, if we made it."""

    certificate: Path
    key: Path
    authority: Path | None


@contextmanager
def identity(settings: Settings) -> Iterator[TlsIdentity | None]:
    """What to serve HTTPS with; None where HTTP is wanted. What was made is gone afterwards. Raises SettingsError."""
    if settings.tls_cert is not None and settings.tls_key is not None:
        yield _checked(settings.tls_cert, settings.tls_key)
    elif settings.tls:
        with TemporaryDirectory(prefix="callcamp-mock-") as folder:
            yield _made(Path(folder), settings.host)
    else:
        yield None


def _checked(certificate: Path, key: Path) -> TlsIdentity:
    try:
        # Without an answer to the question for a password, OpenSSL would ask on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"--tls-cert {certificate} --tls-key {key}: no certificate and its key, as PEM without a password: {error}"
        ) from None
    return TlsIdentity(certificate, key, None)


def _made(folder: Path, host: str) -> TlsIdentity:
    try:
        # Large, and an extra: imported where it is asked for.
        trustme = import_module("trustme")
    except ImportError:
        raise SettingsError(
            "--tls needs trustme to make a certificate: pip install 'callcamp-contract-kit[tls]', "
            "or give your own with --tls-cert and --tls-key"
        ) from None
    authority = trustme.CA(organization_name="callcamp-mock")
    made = authority.issue_cert(*_NAMES, *_further(host))
    files = TlsIdentity(folder / "certificate.pem", folder / "key.pem", folder / "authority.pem")
    files.certificate.write_bytes(b"".join(pem.bytes() for pem in made.cert_chain_pems))
    files.key.write_bytes(made.private_key_pem.bytes())
    authority.cert_pem.write_to_path(str(files.authority))
    return files


def _further(host: str) -> tuple[str, ...]:
    """`host`, where it is a name or an address that is not in every certificate and that a client could use."""
    try:
        return () if host in _NAMES or ip_address(host).is_unspecified else (host,)
    except ValueError:
        return () if host in _NAMES else (host,)
