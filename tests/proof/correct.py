"""The correct service that every fault is wrapped around: the mock, called in this process."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import yaml

from mock_server import Settings, create_app
from mock_server.store.store import ALL, UnknownKeyError
from openapi import PHONES, Contract, load
from openapi.pointers import from_tokens, resolve, split
from tests.proof.messages import Request, ServiceResponse

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import WSGIEnvironment

DROPPED = object()
"""In an altered document: this node is left out."""

_ENVIRON: Mapping[str, Any] = {
    "SCRIPT_NAME": "",
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}


class Correct:
    """Responds to a request as the mock does. A fault may also read and change the records directly.

    It starts with 12 phones. `document` changes the contract that it follows: new values by JSON Pointer.
    """

    def __init__(self, token: str | None = None, document: Mapping[str, Any] | None = None) -> None:
        settings = Settings(token=token, seed=20, log="off")
        self._app = create_app(altered(document or {}), settings)
        self._phones = self._app.mock.state["phone"]

    def __call__(self, request: Request) -> ServiceResponse:
        """The mock's response."""
        started: list[tuple[str, tuple[tuple[str, str], ...]]] = []

        def start(
            status: str, headers: list[tuple[str, str]], _exc: OptExcInfo | None = None
        ) -> Callable[[bytes], object]:
            started.append((status, tuple(headers)))
            return lambda _: None

        body = b"".join(self._app.wsgi_app(_environ(request), start))
        status, headers = started[0]
        if request.method != "HEAD":
            headers = tuple(one for one in headers if one[0] != "Content-Length")
        return ServiceResponse(int(status[:3]), headers, body)

    def records(self) -> list[dict[str, Any]]:
        """Every record, newest first."""
        return [json.loads(one) for one in self._phones.list(ALL).items]

    def record(self, key: str | None) -> dict[str, Any] | None:
        """The record with a key; None if there is none."""
        try:
            return dict(self._phones.read(key).record)
        except UnknownKeyError:
            return None

    def set(self, key: str, **members: Any) -> None:
        """Change a record without regard to the contract; its time of change moves forward."""
        self._phones.update(key, members)

    def rewrite(self, record: Mapping[str, Any]) -> None:
        """Replace the record with the same key by this one, unchanged; it becomes the newest."""
        self.drop(record["uuid"])
        self.add(record)

    def add(self, record: Mapping[str, Any]) -> None:
        """Add a record, unchanged, as the newest. Raises TakenError."""
        self._phones.load([record])

    def drop(self, key: str) -> None:
        """Remove a record, if it exists."""
        if self.record(key) is not None:
            self._phones.delete(key)


class Varied(Correct):
    """A correct service with a handler around it. Both have the same records."""

    def __init__(self, handler: Callable[[Request, Correct], ServiceResponse], inner: Correct) -> None:
        vars(self).update(vars(inner))
        self._handler, self._inner = handler, inner

    def __call__(self, request: Request) -> ServiceResponse:
        """The handler's response."""
        return self._handler(request, self._inner)


def altered(document: Mapping[str, Any]) -> Contract:
    """The contract of the phone API with some nodes replaced, by JSON Pointer, or `DROPPED`."""
    if not document:
        return _contract()
    tree = deepcopy(_tree())
    for pointer, value in document.items():
        *above, name = split(pointer)
        node = resolve(tree, from_tokens(above))
        if value is DROPPED:
            del node[name]
            _forget(tree, [*above, name])
        else:
            node[name] = value
    with TemporaryDirectory() as folder:
        file = Path(folder, "phones.json")
        file.write_text(json.dumps(tree), encoding="utf-8")
        return load(file)


@cache
def _contract() -> Contract:
    return load(PHONES)


@cache
def _tree() -> Any:
    return yaml.safe_load(PHONES.read_text(encoding="utf-8"))


def _forget(tree: Any, tokens: list[str]) -> None:
    """Remove the assumptions about nodes that no longer exist."""
    for depth in range(len(tokens)):
        assumed = resolve(tree, from_tokens(tokens[:depth])).get("x-assumed")
        if isinstance(assumed, dict):
            assumed.pop("/".join(tokens[depth:]), None)


def _environ(request: Request) -> WSGIEnvironment:
    environ = {
        **_ENVIRON,
        "REQUEST_METHOD": request.method,
        "PATH_INFO": unquote_to_bytes(request.path.encode("latin-1")).decode("latin-1"),
        "QUERY_STRING": request.raw_query,
        "wsgi.input": BytesIO(request.body),
        "CONTENT_LENGTH": str(len(request.body)),
    }
    fields: dict[str, list[str]] = {}
    for name, text in _entries(request.headers):
        fields.setdefault(name, []).append(text)
    return {**environ, **{name: ",".join(texts) for name, texts in fields.items()}}


def _entries(headers: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    for name, text in headers:
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            yield key, text
        elif key not in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):
            yield f"HTTP_{key}", text
