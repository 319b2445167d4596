"""The start-up banner: the URLs of everything that the mock serves."""

from __future__ import annotations

from urllib.parse import quote

from mock_server.mock import Mock
from mock_server.server.listener import Listener
from mock_server.web.app import MockApp
from openapi.contract import JsonValue, Operation


def announcement(app: MockApp, listener: Listener) -> str:
    """A line for each operation, for the docs and the page, and last the line that scripts wait for."""
    mock = app.mock
    contract, root = mock.contract, listener.origin + mock.contract.base_path
    rows = [
        (operation.method, f"{root}{_path(mock, operation)}", operation.id)
        for operation in contract.operations.values()
    ]
    if "docs" in app.view_functions:
        rows.append(("docs", f"{listener.origin}/docs", ""))
    if mock.settings.admin:
        rows.append(("page" if mock.settings.ui else "admin", f"{listener.origin}/__mock/", ""))
    if listener.identity is not None and listener.identity.authority is not None:
        rows.append(("trust", str(listener.identity.authority), "the certificate that HTTPS clients must trust"))
    width = max(len(row[0]) for row in rows)
    lines = [f"  {name:{width}} {where}  {what}".rstrip() for name, where, what in rows]
    counts = [f"  {len(collection)} records of {name}" for name, collection in mock.state.items()]
    return "\n".join([f"{contract.title} {contract.version}", *lines, *counts, f"listening on {root}"])


def _path(mock: Mock, operation: Operation) -> str:
    """The operation's path, with the key of an existing record if there is one."""
    found = mock.contract.role_of(operation.id)
    if found is None:
        return operation.path
    resource, _ = found
    first = next(mock.state[resource.name].records(), None)
    if first is None:
        return operation.path
    return operation.path.replace(f"{{{resource.key_parameter}}}", _text(first[resource.key]))


def _text(key: JsonValue) -> str:
    return quote(str(key), safe="")
