"""Who may use /__mock/: decided from what a request says of itself, before anything is done."""

from __future__ import annotations

import hmac
from ipaddress import ip_address
from typing import NamedTuple

ADMIN = "/__mock/"
"""The beginning of the paths that the guard is for."""

PAGE = f"{ADMIN}page/"
"""The beginning of the paths of what is shown to people."""

PAGE_ASSETS = f"{PAGE}assets/"
"""The beginning of the paths of the page's own files, which hold no data: whoever has no token yet needs them."""

NO_TOKEN = "Send Authorization: Bearer with the admin token."
"""The objection to a request without the token."""

MOST_ADMIN_BYTES = 16 * 1024 * 1024
"""The longest body taken there: a state can be long."""


class AdminCaller(NamedTuple):
    """What a request to /__mock/ says of itself; None is what it did not say.

    `address` is where it comes from, `scheme` how. The others are header fields.
    """

    address: str
    scheme: str
    host: str | None
    origin: str | None
    fetch_site: str | None
    authorisation: str | None


def objection(caller: AdminCaller, token: str | None) -> str | None:
    """Why `caller` may not, and what to do instead; None: it may.

    A page of another origin may never, since a browser sends its requests whoever wrote it. With a token, whoever has
    it may; without one, programs on this machine that call it by a name of its own: a page that has its name resolved
    to this machine sends its own name as Host.
    """
    if caller.fetch_site not in (None, "same-origin", "none"):
        return f"A page of another origin may not (Sec-Fetch-Site: {caller.fetch_site}); send it from a program."
    if caller.origin is not None and caller.origin != f"{caller.scheme}://{caller.host}":
        return f"A page of {caller.origin} may not; send it from a program, or from a page of the mock itself."
    if token is not None:
        return None if _bears(caller.authorisation, token) else NO_TOKEN
    if not is_loopback(caller.address):
        return "Another machine may not without an admin token; start the mock with --admin-token-file."
    if not _names_this_machine(caller.host):
        return f"The Host {caller.host} is foreign; use localhost or 127.0.0.1, or an admin token."
    return None


def is_loopback(address: str) -> bool:
    """Whether `address` is one of this machine alone."""
    try:
        return ip_address(address.strip("[]").partition("%")[0]).is_loopback
    except ValueError:
        return False


def _bears(authorisation: str | None, token: str) -> bool:
    scheme, _, given = (authorisation or "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip(" ").encode(), token.encode())


def _names_this_machine(host: str | None) -> bool:
    """Whether a Host is this machine; an old client that sends none can be no browser."""
    if host is None:
        return True
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() and not host.endswith("]") else host
    return name.lower() in ("localhost", "") or name.lower().endswith(".localhost") or is_loopback(name)
