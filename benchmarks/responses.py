"""Checks that a server responds correctly before it is measured."""

from __future__ import annotations

from http.client import HTTPException
from typing import Any

from benchmarks.calls import Caller
from benchmarks.errors import BenchmarkError
from benchmarks.phones import Phones
from benchmarks.servers import Server

_NUMBER = "+99990000000001"
"""Under the unassigned calling code +999, and longer than the numbers of the existing phones."""

_BROKEN: tuple[dict[str, str], ...] = ({"number": "0171"}, {"number": "+99990000000002", "nmae": "x"}, {})
_PAGE = 10


def check(server: Server, port: int, phones: Phones) -> str:
    """Compare the responses with the document. Returns the key of a phone. Raises BenchmarkError."""
    try:
        with Caller(port, timeout_s=10) as caller:
            return _Check(server, caller, phones).key()
    except (OSError, HTTPException, ValueError, KeyError, IndexError, TypeError) as error:
        raise BenchmarkError(f"responds differently from its documentation: {error!r}") from None


class _Check:
    def __init__(self, server: Server, caller: Caller, phones: Phones) -> None:
        self._server, self._call, self._phones = server, caller, phones

    def key(self) -> str:
        """Check the server, and return the key of a phone it has."""
        api = self._server.api
        page = self._expect(200, "GET", api.list)
        key: str = page[api.records][0][api.key] or self._phones.first(1)[0]["uuid"]
        self._expect(200, "GET", api.item.format(key=key))
        if self._server.validates:
            self._judges()
        registered = self._expect(201, "POST", api.collection, {"number": _NUMBER})
        if self._server.keeps_state:
            self._remembers(page, registered)
        return key

    def _judges(self) -> None:
        collection = self._server.api.collection
        self._expect(400, "GET", f"{collection}?limit=1000")
        for body in _BROKEN:
            self._expect(400, "POST", collection, body)

    def _remembers(self, page: Any, registered: Any) -> None:
        api = self._server.api
        if (len(page[api.records]), page[api.total]) != (min(_PAGE, self._phones.count), self._phones.count):
            raise BenchmarkError(f"GET {api.list}: does not hold the phones it was started with")
        if registered["number"] != _NUMBER:
            raise BenchmarkError(f"POST {api.collection}: the new phone has the number {registered['number']}")
        item = api.item.format(key=registered[api.key])
        self._expect(200, "GET", item)
        if self._server.validates:
            self._expect(409, "POST", api.collection, {"number": _NUMBER})
        if self._expect(200, "PATCH", item, {"name": "Night desk"})["name"] != "Night desk":
            raise BenchmarkError(f"PATCH {item}: the update changes nothing")
        self._expect(200, "DELETE", item)
        self._expect(404, "GET", item)

    def _expect(self, status: int, method: str, path: str, body: object = None) -> Any:
        try:
            response = self._call(method, path, body)
        except ValueError:
            raise BenchmarkError(f"{method} {path}: expected JSON") from None
        if response.status != status:
            sent = "" if body is None else f" {body}"
            raise BenchmarkError(f"{method} {path}{sent}: expected {status}, got {response.status}")
        return response.value
