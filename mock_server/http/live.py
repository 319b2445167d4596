"""Endless responses, and how a view passes one to the mock's own server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

LIVE = "mock_server.live"
"""The key in a WSGI environment for a `Poll`: the server keeps calling it, and appends the result to the body."""

POLL_S = 0.2
"""The pause between two calls. Everything new is sent together, so a busy mock is not slowed down."""

Poll: TypeAlias = Callable[[], bytes]
"""Returns the bytes to send now; empty if nothing is new."""
