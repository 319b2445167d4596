"""Where a mock listens, and making sure that nobody else does."""

from __future__ import annotations

import errno
import socket
import sys
from contextlib import suppress
from ipaddress import ip_address

from mock_server.tls import Identity


class AddressError(ValueError):
    """An address that can't be listened at. The message says why, and which flag to change."""


class PortTakenError(AddressError):
    """A port at which somebody else listens already."""


class Place:
    """An address and a port that are ours to listen at. `port` 0 asks for any that is free.

    `identity` is what HTTPS is to be served with there; None is HTTP.

    Granian lets several processes share a port (SO_REUSEPORT), so a socket of our own makes sure first that nobody is
    there. Where the system allows it, that socket keeps the port until granian has it too. Raises AddressError, and
    PortTakenError.
    """

    def __init__(self, host: str, port: int, identity: Identity | None = None) -> None:
        self.host = host
        self.identity = identity
        try:
            # IPv4 sorts before IPv6.
            family, _, _, _, address = min(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            raise AddressError(f"--host {host}: {error.strerror}") from None
        except UnicodeError:
            raise AddressError(f"--host {host}: no name of a host looks like this") from None
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._bind(address)
        except OSError as error:
            self._socket.close()
            if error.errno == errno.EADDRINUSE:
                raise PortTakenError(f"port {port} is taken: choose another with --port, or --port 0 for any") from None
            raise AddressError(f"--host {host} --port {port}: {error.strerror}") from None
        self.address: str = self._socket.getsockname()[0]
        self.port: int = self._socket.getsockname()[1]
        self._share_with_granian()

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
        self._socket.close()

    def _bind(self, address: tuple[str | int | bytes, ...]) -> None:
        # On Linux, sockets that reuse addresses share a port until one of them listens: the strict way goes first.
        if sys.platform == "linux":
            with suppress(OSError):
                self._socket.bind(address)
                return
        if sys.platform != "win32":
            # Connections of a mock that has just stopped are no reason to refuse.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(address)

    def _share_with_granian(self) -> None:
        if sys.platform == "linux":
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        else:
            self._socket.close()
