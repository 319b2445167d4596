"""`etag`: a record has an entity tag, and requests can be conditional (RFC 9110, sections 8.8.3 and 13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from openapi.document.node import Node
from openapi.model.http import Operation
from openapi.model.resource import Role

_NOT_MODIFIED, _REFUSED = 304, 412


def read_etag(node: Node, roles: Mapping[Role, str], names: Iterable[str], operations: Mapping[str, Operation]) -> str:
    """The pointer of `etag`; "" without it. Raises SpecError if the operations `names` lack what it needs."""
    entry = node.get("etag")
    if entry is None:
        return ""
    entry.one_of(("strong",))
    if Role.READ not in roles:
        raise entry.fail("needs a read operation, whose response has the tag", "name it in operations/read")
    read = operations[roles[Role.READ]]
    if not any(name.lower() == "etag" for name in read.success.headers):
        advice = f"add headers: {{ETag: {{schema: {{type: string}}}}}} to its response {read.success.status}"
        raise entry.fail(f"needs the header ETag, which {read.id} does not return", advice)
    if read.header("If-None-Match") and read.response_for(_NOT_MODIFIED) is None:
        advice = f"add '{_NOT_MODIFIED}': {{description: Not modified.}} to its responses"
        raise entry.fail(f"needs the response {_NOT_MODIFIED}, because {read.id} takes If-None-Match", advice)
    for operation in (operations[name] for name in names):
        if operation.header("If-Match") and operation.response_for(_REFUSED) is None:
            advice = f"add '{_REFUSED}' to its responses"
            raise entry.fail(f"needs the response {_REFUSED}, because {operation.id} takes If-Match", advice)
    return entry.pointer
