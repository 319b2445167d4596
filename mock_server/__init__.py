"""The mock: a stateful HTTP server for the API that an OpenAPI document describes.

`create_app` makes the Flask application, `MockServer` serves it in a thread of the caller's process, and
`callcamp-mock` (or `python -m mock_server`) serves it in a separate process.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mock_server.server.server import MockServer
    from mock_server.settings.settings import Settings
    from mock_server.web.app import create_app

__all__ = ["MockServer", "Settings", "create_app"]

_HOMES = {
    "MockServer": "mock_server.server.server",
    "Settings": "mock_server.settings.settings",
    "create_app": "mock_server.web.app",
}


def __getattr__(name: str) -> Any:
    # Flask and the server are imported on first use, so that `--help` is fast.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
