"""Where a mock listens, and making sure that nobody else does."""

from __future__ import annotations

import errno
import socket
import sys
from ipaddress import ip_address

from mock_server.server.tls import TlsIdentity

MOST_NOT_ACCEPTED = 1024
"""How many connections the system keeps that were not accepted yet."""


class AddressError(ValueError):
    """An address that can't be listened at. The message says why, and which flag to change."""


class PortTakenError(AddressError):
    """A port at which somebody else listens already."""


class Listener:
    """An address and a port that are ours to listen at. `port` 0 asks for any that is free.

    `identity` is what HTTPS is to be served with there; None is HTTP.

    `socket` is bound to it, so nobody else can be. Raises AddressError, and PortTakenError.
    """

    def __init__(self, host: str, port: int, identity: TlsIdentity | None = None) -> None:
        self.host = host
        self.identity = identity
        try:
            # IPv4 sorts before IPv6.
            family, _, _, _, address = min(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            raise AddressError(f"--host {host}: {error.strerror}") from None
        except UnicodeError:
            raise AddressError(f"--host {host}: no name of a host looks like this") from None
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._bind(address)
        except OSError as error:
            self.socket.close()
            if error.errno == errno.EADDRINUSE:
                raise PortTakenError(f"port {port} is taken: choose another with --port, or --port 0 for any") from None
            raise AddressError(f"--host {host} --port {port}: {error.strerror}") from None
        self.address: str = self.socket.getsockname()[0]
        self.port: int = self.socket.getsockname()[1]

    @property
    def origin(self) -> str:
        """The URL of the server, without a path."""
        scheme = "http" if self.identity is None else "https"
        return f"{scheme}://[{self.host}]:{self.port}" if ":" in self.host else f"{scheme}://{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return ip_address(self.address).is_loopback

    @property
    def reachable_address(self) -> str:
        """An address at which this machine reaches it."""
        address = ip_address(self.address)
        if not address.is_unspecified:
            return self.address
        return "127.0.0.1" if address.version == 4 else "::1"

    def close(self) -> None:
        """Let others have it."""
        self.socket.close()

    def _bind(self, address: tuple[str | int | bytes, ...]) -> None:
        """Listen at once: until then another socket that reuses addresses could be bound to the same."""
        if not (sys.platform == "linux" and self._is_bound_strictly(address)):
            self._reuse_addresses()
            self.socket.bind(address)
        self.socket.listen(MOST_NOT_ACCEPTED)

    def _is_bound_strictly(self, address: tuple[str | int | bytes, ...]) -> bool:
        """On Linux, sockets that reuse addresses share a port until one of them listens: the strict way goes first."""
        try:
            self.socket.bind(address)
        except OSError:
            return False
        self._reuse_addresses()
        return True

    def _reuse_addresses(self) -> None:
        """Connections of a mock that has just stopped are no reason to refuse, nor will those of this one be."""
        if sys.platform != "win32":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
