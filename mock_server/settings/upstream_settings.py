"""The settings of the service behind the mock. Its address and credentials are never shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from mock_server.settings.session_settings import UpstreamMode

_FIELD = re.compile(r"(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(?P<text>[\x20-\x7e]*)")
_NOT_TO_SET = frozenset({"connection", "content-length", "host", "transfer-encoding", "te", "upgrade"})


@dataclass(frozen=True, slots=True)
class UpstreamSettings:
    """The service that `--upstream` names.

    `url` is its base URL, without a slash at the end; `headers` are sent with each request. `timeout` is the limit
    for a whole request in seconds; `ca` a PEM file of the certificates to trust (None: those of the system).
    `writes`: forward other operations than reads; `learn`: keep the records that are read.
    """

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    timeout: float = 10
    ca: Path | None = None
    writes: bool = False
    learn: bool = False


def read_url(value: str) -> str:
    """The base URL of a service. Raises ValueError, without showing the URL."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise ValueError("not a URL; use one such as https://staging.example.com/api") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ValueError("not a URL; use one such as https://staging.example.com/api")
    if parts.username is not None or parts.password is not None:
        raise ValueError("leave the credentials out of the URL; use --upstream-header or --upstream-token-file")
    if parts.query or parts.fragment:
        raise ValueError("leave out the query and the fragment; the document's paths follow the URL")
    return value.rstrip("/")


def read_headers(value: str | Sequence[str]) -> Mapping[str, str]:
    """Header fields, one `Name: value` per line or item. Raises ValueError, without showing a value."""
    lines = value.splitlines() if isinstance(value, str) else value
    headers: dict[str, str] = {}
    for line in filter(None, lines):
        found = _FIELD.fullmatch(line.strip())
        if found is None:
            raise ValueError("not a header; write 'Name: value', with ASCII characters")
        if found["name"].lower() in _NOT_TO_SET:
            raise ValueError(f"{found['name']} can't be set; the mock sends its own")
        headers[found["name"]] = found["text"]
    return headers


def read_timeout(value: str | float) -> float:
    """A number of seconds from 0.1 to 300. Raises ValueError."""
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0
    if not 0.1 <= seconds <= 300:
        raise ValueError(f"invalid timeout {str(value)!r}; use 0.1 to 300 seconds")
    return seconds


def read_modes(value: str | Sequence[str]) -> Mapping[str, UpstreamMode]:
    """Modes by operationId ('' for all others), from strings such as `compare` or `listPhones=mock`.

    Raises ValueError.
    """
    modes: dict[str, UpstreamMode] = {}
    for part in value.split(",") if isinstance(value, str) else [one for text in value for one in text.split(",")]:
        operation, equals, name = part.strip().rpartition("=")
        if equals and not operation:
            raise ValueError(f"invalid mode {part!r}; use {_CHOICES}, or OPERATION=MODE")
        modes[operation] = read_mode(name)
    return modes


_CHOICES = "mock, forward or compare"


def read_mode(name: str) -> UpstreamMode:
    """The mode called `name`. Raises ValueError."""
    try:
        return UpstreamMode(name)
    except ValueError:
        raise ValueError(f"unknown mode {name!r}; use {_CHOICES}") from None
