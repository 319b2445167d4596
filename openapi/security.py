"""Security: which schemes an operation may be called with (OAS 3.1.1, section 4.8.30, Security Requirement Object)."""

from __future__ import annotations

from typing import Literal, cast

from openapi.document.node import Node, suggestion
from openapi.model.http import SecurityScheme

_KINDS = ("apiKey", "http", "oauth2", "openIdConnect", "mutualTLS")


def read_security(node: Node) -> tuple[tuple[SecurityScheme, ...], ...]:
    """The alternatives of the operation at `node`, its own or those of the document; none if it needs no credentials.

    An undeclared scheme gets a warning, and its alternative is left out.
    """
    root = node.at("")
    holder = node if "security" in node.value else root
    found = []
    for alternative in holder.items_of("security"):
        schemes = [_scheme(root, entry, name) for name, entry in alternative.fields()]
        if None not in schemes:
            found.append(tuple(scheme for scheme in schemes if scheme is not None))
    return tuple(found)


def _scheme(root: Node, entry: Node, name: str) -> SecurityScheme | None:
    components = root.get("components")
    known = dict(components.fields_of("securitySchemes")) if components else {}
    if name not in known:
        entry.warn("is not a security scheme of the document and is ignored", suggestion(name, known))
        return None
    scheme = known[name].follow().mapping()
    kind = scheme.text_of("type", "")
    if kind not in _KINDS:
        scheme.warn(f"has the type {kind!r} and is ignored", suggestion(kind, _KINDS))
        return None
    return SecurityScheme(
        kind=cast('Literal["apiKey", "http", "oauth2", "openIdConnect", "mutualTLS"]', kind),
        scheme=scheme.text_of("scheme", "").lower(),
        location=scheme.text_of("in", "header"),
        parameter=scheme.text_of("name", ""),
    )
