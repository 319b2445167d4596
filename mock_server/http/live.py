"""Responses that never end: how a view hands one to the mock's own server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

LIVE = "mock_server.live"
"""The key in a WSGI environment for a `Poll`: the response's body goes on with what it returns, again and again."""

POLL_S = 0.2
"""The pause between two of its calls. What happens in between is sent at once, so a busy mock is not slowed down."""

Poll: TypeAlias = Callable[[], bytes]
"""Returns the bytes to send now; none where nothing is new."""
