"""Names of this machine in a Host or an Origin."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^:\[\]/@\s]+)(?::[0-9]{1,5})?")


def is_own_name(host: str | None, own: str) -> bool:
    """Whether a Host is localhost, a dotted address in 127.0.0.0/8, [::1], or `own`, the name that the mock listens on.

    Other spellings don't count, even if they resolve to it. A client without a Host (HTTP/1.0) is not a browser.
    """
    if host is None:
        return True
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = found["name"].lower()
    return name in ("localhost", "[::1]", own.lower(), f"[{own.lower()}]") or is_loopback(name)


def is_own_origin(origin: str | None, own: str) -> bool:
    """Whether an Origin is a page of this machine, on any port. Requests of programs have no Origin."""
    if origin is None:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and is_own_name(parts.netloc, own)


def is_loopback(address: str) -> bool:
    """Whether an address is one of this machine only."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
