"""The fields of each object of OpenAPI 3.1 and 3.2 (OAS 3.1.1, section 4.8), and our own `x-` keywords."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import MappingProxyType

from openapi.contract import Assumption
from openapi.document.node import NOTES, Node, suggestion
from openapi.document.walk import keyword_mappings
from openapi.pointers import join, resolve

OURS = ("x-assumed", "x-documented", "x-observed", "x-resources", "x-http", "x-other-tools")
_NEARLY = 0.85
"""How similar (0 to 1) a keyword must be to one of ours to count as a misspelling."""

DOCUMENT = (
    *("openapi", "info", "jsonSchemaDialect", "servers", "paths", "webhooks", "components", "security", "tags"),
    *("externalDocs", "$self"),
)
SERVER = ("url", "description", "variables", "name")
INFO = ("title", "summary", "description", "termsOfService", "contact", "license", "version")
COMPONENTS = (
    *("schemas", "responses", "parameters", "examples", "requestBodies", "headers", "securitySchemes", "links"),
    *("callbacks", "pathItems", "mediaTypes"),
)
PATH_ITEM = ("$ref", "summary", "description", "servers", "parameters", "additionalOperations")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
OPERATION = (
    *("tags", "summary", "description", "externalDocs", "operationId", "parameters", "requestBody", "responses"),
    *("callbacks", "deprecated", "security", "servers"),
)
PARAMETER = (
    *("name", "in", "description", "required", "deprecated", "allowEmptyValue", "style", "explode", "allowReserved"),
    *("schema", "example", "examples", "content"),
)
BODY = ("description", "content", "required")
MEDIA_TYPE = ("schema", "itemSchema", "example", "examples", "encoding", "prefixEncoding", "itemEncoding")
RESPONSE = ("summary", "description", "headers", "content", "links")
HEADER = ("description", "required", "deprecated", "style", "explode", "schema", "example", "examples", "content")
EXAMPLE = ("summary", "description", "value", "externalValue", "dataValue", "serializedValue")


def read_assumptions(root: Node) -> Mapping[str, Assumption]:
    """Every `x-assumed` by the JSON Pointer of the node that it is about.

    Other tools' `x-` keywords are ignored, with a warning for what looks like a misspelling of ours. Raises SpecError
    for an `x-assumed` without a name or a reason.
    """
    others = root.value.get("x-other-tools")
    others = others if isinstance(others, list) else []
    found: dict[str, Assumption] = {}
    for pointer, value in keyword_mappings(root.value):
        for name in value:
            if name.startswith("x-") and name not in OURS and name not in others:
                near = difflib.get_close_matches(name, OURS, n=1, cutoff=_NEARLY)
                if near:
                    advice = f"did you mean {near[0]}? If not, add it to x-other-tools"
                    Node(root.reading, value, pointer)[name].warn("is unknown and is ignored", advice)
        if "x-assumed" in value:
            notes = _read_notes(Node(root.reading, value, pointer), "x-assumed")
            found |= {noted: Assumption(noted, why, not _is_status(noted)) for noted, why in notes.items()}
    return MappingProxyType(found)


def read_documented(root: Node) -> frozenset[str]:
    """The JSON Pointers of the nodes that have `x-documented`, or that one names. Raises SpecError as above."""
    nodes = (Node(root.reading, value, pointer) for pointer, value in keyword_mappings(root.value))
    return frozenset(
        noted for node in nodes if "x-documented" in node.value for noted in _read_notes(node, "x-documented")
    )


def _read_notes(node: Node, keyword: str) -> dict[str, str]:
    """The reasons in a note, by the JSON Pointer of their node."""
    note = node[keyword]
    if not isinstance(note.value, dict):
        return {node.pointer: _reason(note)}
    if not note.value:
        raise note.fail("is empty", f"name what is {keyword.removeprefix('x-')}, each with the reason: {{field: why}}")
    return {_pointer_of(node, name, why): _reason(why) for name, why in note.fields()}


def _is_status(pointer: str) -> bool:
    """Whether it is a status among an operation's responses: then only the status is assumed, not the response."""
    above = pointer.rpartition("/")[0]
    return above.endswith("/responses") and above != "/components/responses"


def _pointer_of(node: Node, name: str, why: Node) -> str:
    """The JSON Pointer of the node called `name`: a field next to the note, or a path to one further down."""
    if name in node.value:
        return join(node.pointer, name)
    try:
        resolve(node.value, f"/{name}")
    except LookupError:
        known = [field for field in node.value if field not in NOTES]
        keyword = next(keyword for keyword in NOTES if why.pointer.startswith(join(node.pointer, keyword)))
        raise why.fail(f"names {name}, which is not next to {keyword}", suggestion(name, known)) from None
    return f"{node.pointer}/{name}"


def _reason(node: Node) -> str:
    if not node.text().strip():
        raise node.fail("is empty", "write the reason")
    return node.text().strip()
