"""Access control for /__mock/, decided from the header fields and the address of a request."""

from __future__ import annotations

import hmac
from typing import NamedTuple

from mock_server.http.local_names import is_loopback, is_own_name

ADMIN = "/__mock/"
"""The start of the protected paths."""

PAGE = f"{ADMIN}page/"
"""The start of the paths of the page."""

PAGE_ASSETS = f"{PAGE}assets/"
"""The start of the paths of the page's static files. They have no data, and clients without a token need them."""

NO_TOKEN = "Send Authorization: Bearer with the admin token."
"""The message for a request without the token."""

MOST_ADMIN_BYTES = 16 * 1024 * 1024
"""The largest body accepted there, because exported records can be large."""


class AdminCaller(NamedTuple):
    """What a request to /__mock/ says about its sender; absent values are None.

    `address` is the peer's, `scheme` http or https. The others are header fields.
    """

    address: str
    scheme: str
    host: str | None
    origin: str | None
    fetch_site: str | None
    authorization: str | None


def objection(caller: AdminCaller, token: str | None, own_name: str) -> str | None:
    """Why `caller` is refused, and what to do instead; None if it is admitted.

    Pages of other origins are always refused, because a browser sends their requests without asking its user. If the
    mock has a token, every request with it is admitted. Otherwise only programs on this machine that use one of its
    names as Host: a page whose own name resolves to this machine (DNS rebinding) sends that name.
    """
    if caller.fetch_site not in (None, "same-origin", "none"):
        return f"Pages of other origins are refused (Sec-Fetch-Site: {caller.fetch_site}); send it from a program."
    if caller.origin is not None and caller.origin != f"{caller.scheme}://{caller.host}":
        return f"Pages of {caller.origin} are refused; send it from a program, or from a page of the mock itself."
    if token is not None:
        return None if _bears(caller.authorization, token) else NO_TOKEN
    if not is_loopback(caller.address):
        return "Other machines need an admin token; start the mock with --admin-token-file."
    if not is_own_name(caller.host, own_name):
        return f"Foreign Host {caller.host!r}; use localhost or 127.0.0.1, or an admin token."
    return None


def _bears(authorization: str | None, token: str) -> bool:
    scheme, _, given = (authorization or "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip(" ").encode(), token.encode())
