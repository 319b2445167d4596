"""The one reader: a document's bytes to a frozen Contract, or a SpecError that says where it can't be served."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal
from urllib.parse import urlsplit

from openapi.contract import Contract, Operation, Parameter, Response
from openapi.document.bundle import complete, open_bundle
from openapi.document.keywords import (
    COMPONENTS,
    DOCUMENT,
    INFO,
    METHODS,
    OPERATION,
    PATH_ITEM,
    allowed,
    read_assumptions,
)
from openapi.document.node import Node, suggestion
from openapi.errors import SpecError
from openapi.extensions.http_rules import check_declared, read_refusals
from openapi.extensions.resources import read_resources
from openapi.media import check_keywords, compiled, read_body, read_response
from openapi.parameters import read_parameter
from openapi.path_templates import placeholders, regex

_STATUS = re.compile(r"[1-5](\d\d|XX)|default")


def load(file: Path) -> Contract:
    """The contract that `file` says, an OpenAPI 3.1 document in YAML or JSON.

    Raises SpecError where it can't be served.
    """
    try:
        return _load(file)
    except RecursionError:
        raise SpecError(file, None, "", "is nested too deeply", "write it flatter, or in fewer files") from None


def _load(file: Path) -> Contract:
    read = open_bundle(file)
    root = Node(read.document, read.document, "", read.locate)
    _check_frame(root)
    complete(read)
    assumptions = read_assumptions(root)
    for _, node in _components(root, "schemas"):
        check_keywords(node)  # all of them first, so that a mistake is told where it is, not where it is referred to
    schemas = {name: compiled(node) for name, node in _components(root, "schemas")}
    operations = {operation.id: operation for operation in _read_operations(root)}
    contract = Contract(
        file=file,
        files=tuple(read.sources),
        title=root["info"]["title"].text(),
        version=root["info"]["version"].text(),
        base_path=_base_path(root),
        operations=MappingProxyType(operations),
        resources=read_resources(root, operations),
        refusals=read_refusals(root),
        assumptions=assumptions,
        schemas=MappingProxyType(schemas),
        encoded=json.dumps(read.document, ensure_ascii=False).encode(),
    )
    for operation in operations.values():
        role = contract.role_of(operation.id)
        check_declared(root, operation, contract.refusals, role)
        _check_answerable(root, operation, in_resource=role is not None and role[1].value != "delete")
    return contract


def _check_frame(root: Node) -> None:
    _check_version(root)
    root.mapping(allowed(DOCUMENT, root), required=("info", "paths"))
    root["info"].mapping(allowed(INFO, root), required=("title", "version"))
    components = root.get("components")
    if components:
        components.mapping(allowed(COMPONENTS, root))


def _check_version(root: Node) -> None:
    if "swagger" in root.value:
        raise root["swagger"].fail("is another format", "write the document in OpenAPI 3.1: openapi: 3.1.0")
    version = root.mapping(required=("openapi",))["openapi"].value
    if not re.fullmatch(r"3\.1\.[0-9]+", str(version)):
        raise root["openapi"].fail(f"is {version!r}", "write the document in OpenAPI 3.1: openapi: 3.1.0")


def _components(root: Node, section: str) -> Iterator[tuple[str, Node]]:
    components = root.get("components")
    if components:
        yield from components.members_of(section)


def _base_path(root: Node) -> str:
    for server in root.items_of("servers"):
        server.mapping(allowed(("url", "description", "variables"), root), required=("url",))
        url = server["url"].text()
        if "{" in url:
            raise server["url"].fail("has a variable", "write the address in full as the first server")
        try:
            return urlsplit(url).path.rstrip("/")
        except ValueError:
            raise server["url"].fail(f"is {url!r}, no URL", "write it in the form https://example.org/api") from None
    return ""


def _read_operations(root: Node) -> Iterator[Operation]:
    ids: dict[str, str] = {}
    shapes: dict[str, str] = {}
    for path, entry in _named(root["paths"]):
        if not path.startswith("/"):
            raise entry.fail("does not begin with /", f"write /{path}")
        shape = regex(path)
        if shapes.setdefault(shape, path) != path:
            raise entry.fail(f"is the same path as {shapes[shape]}", "keep one of the two")
        item = entry.follow().mapping(allowed((*PATH_ITEM, *METHODS), root))
        for method in METHODS:
            if method not in item.value:
                continue
            operation = _read_operation(root, path, method, item)
            if operation.id in ids:
                problem = f"is {operation.id}, as at {ids[operation.id]}"
                raise item[method]["operationId"].fail(problem, "give each operation its own")
            ids[operation.id] = operation.pointer
            yield operation
    if not ids:
        raise root["paths"].fail("has no operation", "describe at least one")


def _named(node: Node) -> Iterator[tuple[str, Node]]:
    """The members of a mapping of paths or statuses, the keywords between them aside."""
    for name, entry in node.members():
        if not name.startswith("x-"):
            yield name, entry


def _read_operation(root: Node, path: str, method: str, item: Node) -> Operation:
    node = item[method].mapping(allowed(OPERATION, root), required=("operationId", "responses"))
    if method in ("head", "options", "trace"):
        raise node.fail(f"is a {method.upper()} operation, which the mock answers by itself", "leave it out")
    if not node["operationId"].text().strip():
        raise node["operationId"].fail("is empty", "give each operation a name")
    return Operation(
        id=node["operationId"].text(),
        method=method.upper(),
        path=path,
        summary=node.text_of("summary", ""),
        parameters=_read_parameters(node, path, item),
        body=read_body(node["requestBody"]) if "requestBody" in node.value else None,
        responses=MappingProxyType(_read_responses(node["responses"])),
        bearer=_read_security(root, node),
        pointer=node.pointer,
    )


def _read_responses(node: Node) -> dict[str, Response]:
    responses = {}
    for status, entry in _named(node):
        if not _STATUS.fullmatch(status):
            raise entry.fail(f"is under {status!r}", "write a status such as '200', a class such as 4XX, or default")
        responses[status] = read_response(status, entry)
    successes = [status for status in responses if re.fullmatch(r"2\d\d", status)]
    if len(successes) != 1:
        which = " (" + ", ".join(successes) + ")" if successes else ""
        problem = f"declares {len(successes)} answers of success{which}"
        raise node.fail(problem, "declare exactly one, such as '200'")
    return responses


def _read_parameters(node: Node, path: str, item: Node) -> tuple[Parameter, ...]:
    found: dict[tuple[str, str], Parameter] = {}
    for holder in (item, node):
        own: set[tuple[str, str]] = set()
        for entry in holder.items_of("parameters"):
            parameter = read_parameter(entry)
            key = (parameter.location, parameter.name)
            if key in own:
                raise entry.fail(f"declares {parameter.name} twice", "keep one of the two")
            own.add(key)
            found[key] = parameter
    _check_path(node, path, {name for location, name in found if location == "path"})
    return tuple(found.values())


def _check_path(node: Node, path: str, names: set[str]) -> None:
    in_path = placeholders(path)
    for name in in_path:
        if name not in names:
            raise node.fail(f"has no parameter for {{{name}}}", f"add a path parameter named {name}")
    for name in sorted(names.difference(in_path)):
        problem = f"has a path parameter {name} that {path} lacks"
        raise node.fail(problem, f"write {{{name}}} into the path or drop it")


def _read_security(root: Node, node: Node) -> Literal["none", "optional", "required"]:
    given = node.get("security") or root.get("security")
    if given is None:
        return "none"
    schemes = dict(_components(root, "securitySchemes"))
    alternatives = []
    for alternative in given.items():
        names = [_bearer(entry, name, schemes) for name, entry in alternative.members()]
        alternatives.append(bool(names))
    if not any(alternatives):
        return "none"
    return "required" if all(alternatives) else "optional"


def _bearer(entry: Node, name: str, schemes: Mapping[str, Node]) -> str:
    if name not in schemes:
        raise entry.fail("is no security scheme of the document", suggestion(name, schemes))
    scheme = schemes[name].follow()
    if scheme.text_of("type", "") != "http" or scheme.text_of("scheme", "").lower() != "bearer":
        raise scheme.fail("is no bearer token", "write type: http and scheme: bearer")
    return name


def _check_answerable(root: Node, operation: Operation, in_resource: bool) -> None:
    """An operation that no state answers needs an example to answer with."""
    success = operation.success
    media = next(iter(success.content.values()), None)
    if media and not in_resource and not media.examples:
        problem = f"has no example, and {operation.id} is answered from nothing else"
        raise root.at(success.pointer).fail(problem, "add an example, or name the operation in x-resources")
