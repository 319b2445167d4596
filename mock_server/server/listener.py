"""The address and port to listen on, held exclusively."""

from __future__ import annotations

import errno
import socket
import sys
from ipaddress import ip_address

from mock_server.server.tls import TlsIdentity

MOST_NOT_ACCEPTED = 1024
"""The backlog: how many connections the system queues before they are accepted."""


class AddressError(ValueError):
    """The mock can't listen on the address. The message says why, and which flag to change."""


class PortTakenError(AddressError):
    """A port that another process listens on."""


class Listener:
    """A bound and listening socket. `port` 0 picks a free port.

    `identity` is the certificate for HTTPS; None means HTTP. Raises AddressError, and PortTakenError.
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
            raise AddressError(f"--host {host}: not a valid host name") from None
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._bind(address)
        except OSError as error:
            self.socket.close()
            if error.errno == errno.EADDRINUSE:
                raise PortTakenError(f"port {port} is taken: choose another with --port, or use --port 0") from None
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

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()

    def _bind(self, address: tuple[str | int | bytes, ...]) -> None:
        """Bind and listen at once: until it listens, another socket with SO_REUSEADDR could bind to the port."""
        if not (sys.platform == "linux" and self._is_bound_strictly(address)):
            self._reuse_addresses()
            self.socket.bind(address)
        self.socket.listen(MOST_NOT_ACCEPTED)

    def _is_bound_strictly(self, address: tuple[str | int | bytes, ...]) -> bool:
        """On Linux, sockets with SO_REUSEADDR share a port until one of them listens: first bind without it."""
        try:
            self.socket.bind(address)
        except OSError:
            return False
        self._reuse_addresses()
        return True

    def _reuse_addresses(self) -> None:
        """Allow connections of an earlier mock in TIME_WAIT, and those of this one later."""
        if sys.platform != "win32":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
