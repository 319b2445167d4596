"""The start-up banner: the URLs of everything that the mock serves."""

from __future__ import annotations

import json

from mock_server.mock import Mock
from mock_server.server.listener import Listener
from mock_server.settings.session_settings import UpstreamMode
from mock_server.web.app import MockApp
from openapi.contract import Contract
from openapi.json_value import JsonValue
from openapi.model.http import Operation
from openapi.model.resource import Role


def announcement(app: MockApp, listener: Listener) -> str:
    """A line for each operation, for the docs and the page, and finally the line that scripts wait for."""
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
    if mock.upstream is not None:
        modes = mock.upstream.modes(mock.sessions.default)
        forwarded = [name for name, mode in modes.items() if mode is not UpstreamMode.MOCK]
        rows.append(("service", "answers " + (", ".join(forwarded) or "nothing"), "(see docs/upstream.md)"))
    width = max(len(row[0]) for row in rows)
    lines = [f"  {name:{width}} {where}  {what}".rstrip() for name, where, what in rows]
    sizes = {name: len(collection) for name, collection in mock.state.items()}
    counts = [f"  {size} {'record' if size == 1 else 'records'} of {name}" for name, size in sizes.items()]
    lines += counts + _inferred(contract)
    return "\n".join([f"{contract.title} {contract.version}", *lines, f"listening on {root}"])


def announcement_json(app: MockApp, listener: Listener) -> str:
    """The same facts as one line of JSON; absent ones are null."""
    mock = app.mock
    contract, root = mock.contract, listener.origin + mock.contract.base_path
    authority = listener.identity.authority if listener.identity is not None else None
    modes = mock.upstream.modes(mock.sessions.default) if mock.upstream is not None else None
    facts: JsonValue = {
        "title": contract.title,
        "version": contract.version,
        "url": root,
        "operations": [
            {"operationId": one.id, "method": one.method, "url": root + _path(mock, one)}
            for one in contract.operations.values()
        ],
        "records": {name: len(collection) for name, collection in mock.state.items()},
        "inferred": contract.inference is not None,
        "docs": f"{listener.origin}/docs" if "docs" in app.view_functions else None,
        "admin": f"{listener.origin}/__mock/" if mock.settings.admin else None,
        "trust": str(authority) if authority is not None else None,
        "modes": {name: mode.value for name, mode in modes.items()} if modes is not None else None,
    }
    return json.dumps(facts, ensure_ascii=False)


def _inferred(contract: Contract) -> list[str]:
    """A line about the inferred resources; none if the document declares its own."""
    if contract.inference is None:
        return []
    resources = contract.resources.values()
    stateful = [
        f"{one.name} ({', '.join([*(role.value for role in Role if role in one.operations), *one.lists, *one.bulk])})"
        for one in resources
    ]
    others = len(contract.operations) - sum(len(one.operations) + len(one.lists) + len(one.bulk) for one in resources)
    examples = f"from examples: {others} operation{'' if others == 1 else 's'}"
    why = f"why: callcamp-spec infer {contract.file}"
    return [f"  stateful: {', '.join(stateful)} (inferred); {examples}; {why}" if stateful else f"  {examples}; {why}"]


def _path(mock: Mock, operation: Operation) -> str:
    """The operation's path, with the key of an existing record if there is one."""
    found = mock.contract.role_of(operation.id)
    if found is None:
        return operation.path
    resource, _ = found
    first = next(mock.state[resource.name].records(), None)
    if first is None:
        return operation.path
    return resource.path_of(resource.key_of(first), operation.path)
