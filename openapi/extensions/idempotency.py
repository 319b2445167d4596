"""`idempotency-key`: a write can be repeated with the same key, and is done once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from openapi.document.node import Node
from openapi.model.http import REUSED, Operation

_SAFE = ("GET", "HEAD")


def read_idempotency_key(node: Node, names: Iterable[str], operations: Mapping[str, Operation]) -> str:
    """The header parameter with the key; "" without one. Raises SpecError if the operations `names` are unsuitable."""
    entry = node.get("idempotency-key")
    if entry is None:
        return ""
    header = entry.text()
    writes = [operations[name] for name in names if operations[name].method not in _SAFE]
    taking = [one for one in writes if one.header(header)]
    if not taking:
        advice = f"add the parameter {{name: {header}, in: header, schema: {{type: string}}}} to the create operation"
        raise entry.fail(f"is {header!r}, a header that no write of the resource takes", advice)
    for operation in taking:
        if not any(operation.response_for(status) for status in REUSED):
            advice = f"add '{REUSED[0]}' or '{REUSED[1]}' to its responses"
            problem = f"needs the response {REUSED[0]} or {REUSED[1]}, which {operation.id} does not declare"
            raise entry.fail(problem, advice)
    return header
