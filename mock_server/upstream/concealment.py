"""Keeps the service's address and credentials out of what the mock shows."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from mock_server.http.local_names import is_loopback
from mock_server.settings.upstream_settings import UpstreamSettings

_SHORTEST_SECRET = 6
_HIDDEN = "***"


class Concealment:
    """Replaces the service's URLs by the mock's, and its credentials by stars.

    `scheme` is that of the mock, `base_path` the path of its API.
    """

    def __init__(self, settings: UpstreamSettings, scheme: str, base_path: str) -> None:
        parts = urlsplit(settings.url)
        self._scheme = scheme
        self._base_path = base_path
        self._url = settings.url
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._authority = parts.netloc
        host = parts.hostname or ""
        self._host = host if "." in host and not is_loopback(host) else ""
        self._secrets = _secrets(settings.headers)

    def hide(self, text: bytes, own_host: str, prefix: str) -> bytes:
        """`text`, for a request with the Host `own_host` whose path began with `prefix`."""
        if any(secret in text for secret in self._secrets):
            for secret in self._secrets:
                text = text.replace(secret, _HIDDEN.encode())
        if self._authority.encode() not in text and not (self._host and self._host.encode() in text):
            return text
        own = f"{self._scheme}://{own_host}{prefix}"
        for theirs, ours in (
            (self._url, own + self._base_path),
            (self._origin, own),
            (f"//{self._authority}", f"//{own_host}"),
        ):
            # JSON may escape a slash.
            text = text.replace(theirs.encode(), ours.encode())
            text = text.replace(theirs.replace("/", "\\/").encode(), ours.replace("/", "\\/").encode())
        text = text.replace(self._authority.encode(), own_host.encode()) if self._is_telling() else text
        return text.replace(self._host.encode(), own_host.encode()) if self._host else text

    def hide_text(self, text: str, own_host: str, prefix: str) -> str:
        """The same for the value of a header (one character per byte)."""
        return self.hide(text.encode("latin-1", "replace"), own_host, prefix).decode("latin-1")

    def _is_telling(self) -> bool:
        """Whether the authority is more than a single word."""
        return ":" in self._authority or "." in self._authority


def _secrets(headers: Mapping[str, str]) -> list[bytes]:
    """The values of the headers, longest first; without the scheme, too, if there is one."""
    values = [part for text in headers.values() for part in (text, text.partition(" ")[2].strip())]
    return sorted({one.encode() for one in values if len(one) >= _SHORTEST_SECRET}, key=len, reverse=True)
