"""Which members each object of OpenAPI 3.1 has (OAS 3.1.0, section 4.8), and our own `x-` keywords among them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import MappingProxyType

from openapi.contract import Assumption
from openapi.document.node import Node, suggestion
from openapi.document.walk import keyword_mappings
from openapi.pointers import join, resolve

OURS = ("x-assumed", "x-resources", "x-http", "x-other-tools")
DOCUMENT = (
    *("openapi", "info", "jsonSchemaDialect", "servers", "paths", "webhooks", "components", "security", "tags"),
    *("externalDocs", "x-resources", "x-http", "x-other-tools"),
)
INFO = ("title", "summary", "description", "termsOfService", "contact", "license", "version")
COMPONENTS = (
    *("schemas", "responses", "parameters", "examples", "requestBodies", "headers", "securitySchemes", "links"),
    *("callbacks", "pathItems"),
)
PATH_ITEM = ("$ref", "summary", "description", "servers", "parameters")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
OPERATION = (
    *("tags", "summary", "description", "externalDocs", "operationId", "parameters", "requestBody", "responses"),
    *("callbacks", "deprecated", "security", "servers"),
)
PARAMETER = (
    *("name", "in", "description", "required", "deprecated", "allowEmptyValue", "style", "explode", "allowReserved"),
    *("schema", "example", "examples", "content"),
)
BODY = ("description", "content", "required")
MEDIA_TYPE = ("schema", "example", "examples", "encoding")
RESPONSE = ("description", "headers", "content", "links")
HEADER = ("description", "required", "deprecated", "style", "explode", "schema", "example", "examples", "content")
EXAMPLE = ("summary", "description", "value", "externalValue")


def allowed(fixed: tuple[str, ...], node: Node) -> tuple[str, ...]:
    """The `fixed` members, and the other tools' keywords that the document says it has."""
    return (*fixed, *other_tools(node))


def other_tools(node: Node) -> tuple[str, ...]:
    """The keywords of other tools that the document's root names in `x-other-tools`."""
    named = node.root.get("x-other-tools", [])
    return tuple(name for name in named if isinstance(name, str)) if isinstance(named, list) else ()


def read_assumptions(root: Node) -> Mapping[str, Assumption]:
    """Every `x-assumed` by the JSON Pointer of the node that it speaks of.

    Raises SpecError at any `x-` keyword that is unknown, and at an `x-assumed` that names nothing or says nothing.
    """
    for entry in root.items_of("x-other-tools"):
        if not entry.text().startswith("x-"):
            raise entry.fail(f"is {entry.value!r}, no x- keyword", "name keywords that begin with x-")
    others = other_tools(root)
    found: dict[str, Assumption] = {}
    for pointer, value in keyword_mappings(root.value):
        node = Node(root.root, value, pointer, root.locate)
        for name in value:
            if name.startswith("x-") and name not in OURS and name not in others:
                advice = "name it in the root's x-other-tools if it is another tool's"
                if near := difflib.get_close_matches(name, OURS, n=1):
                    advice = f"did you mean {near[0]}? If not, {advice}"
                raise node[name].fail("is no keyword of ours", advice)
        if "x-assumed" in value:
            found.update({assumption.pointer: assumption for assumption in _read_assumed(node)})
    return MappingProxyType(found)


def _read_assumed(node: Node) -> list[Assumption]:
    assumed = node["x-assumed"]
    if not isinstance(assumed.value, dict):
        return [Assumption(node.pointer, _reason(assumed))]
    if not assumed.value:
        raise assumed.fail("names nothing", "name what is assumed, each with the reason: {member: why}")
    # Among responses the name is a status: that another would do as well says nothing of what it answers.
    whole = not node.pointer.endswith("/responses") or node.pointer == "/components/responses"
    return [Assumption(_member(node, name, why), _reason(why), whole) for name, why in assumed.members()]


def _member(node: Node, name: str, why: Node) -> str:
    """The JSON Pointer of what `name` names: a member beside the `x-assumed`, or the way to one further down."""
    if name in node.value:
        return join(node.pointer, name)
    try:
        resolve(node.value, f"/{name}")
    except LookupError:
        known = [member for member in node.value if member != "x-assumed"]
        raise why.fail(f"names {name}, which isn't beside x-assumed", suggestion(name, known)) from None
    return f"{node.pointer}/{name}"


def _reason(node: Node) -> str:
    if not node.text().strip():
        raise node.fail("says nothing", "say why it is assumed")
    return node.text().strip()
