"""Operations: their requests, their responses, and defaults for omitted parts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from openapi.document.keywords import METHODS, OPERATION, PATH_ITEM
from openapi.document.node import Node
from openapi.errors import Problem, SpecError
from openapi.media import read_body, read_response
from openapi.model.http import Operation, Parameter, Response
from openapi.parameters import read_parameter
from openapi.path_templates import placeholders, regex
from openapi.pointers import join
from openapi.security import read_security

_STATUS = re.compile(r"[1-5](\d\d|XX)|default")
_WORD = re.compile(r"[^A-Za-z0-9]+")


def read_operations(root: Node, errors: list[Problem]) -> Iterator[Operation]:
    """The operations in the order of the document. One that can't be read adds to `errors`, and the others are read."""
    taken: dict[str, str] = {}
    routes: dict[tuple[str, str], str] = {}
    for path, item in _path_items(root, errors):
        for method, node in _methods(item):
            try:
                operation = _read_operation(path, method, node, item, taken)
            except SpecError as error:
                errors.extend(error.problems)
                continue
            route = (method, regex(path))
            if route in routes:
                node.warn(f"is the same as {method.upper()} {routes[route]} and is ignored", "keep one of the two")
                continue
            routes[route] = path
            taken[operation.id] = operation.pointer
            yield operation
    if not taken and not errors and "webhooks" not in root.value:
        root.warn("has no operations", "describe at least one in paths")


def _path_items(root: Node, errors: list[Problem]) -> Iterator[tuple[str, Node]]:
    if "paths" not in root.value:
        return
    for path, entry in _named(root["paths"]):
        try:
            yield _served_path(path, entry), _path_item(entry)
        except SpecError as error:
            errors.extend(error.problems)


def _served_path(path: str, entry: Node) -> str:
    served = path if path.startswith("/") else f"/{path}"
    if served != path:
        entry.warn(f"does not begin with /; it is served at {served}", f"write {served}")
    bare = re.split(r"[?#]", served)[0]
    if bare != served:
        entry.warn(f"has a query or a fragment; it is served at {bare}", "describe query parameters in parameters")
    return bare


def _path_item(entry: Node) -> Node:
    item = entry.follow().object_of((*PATH_ITEM, *METHODS))
    if "$ref" not in entry.value or len(entry.value) == 1:
        return item
    # Keywords next to a $ref add to what it refers to (OAS 3.1.1, section 4.8.9, Path Item Object).
    siblings = {name: value for name, value in entry.value.items() if name != "$ref"}
    return replace(item, value={**item.value, **siblings}) if not set(siblings) & {*METHODS, "parameters"} else item


def _methods(item: Node) -> Iterator[tuple[str, Node]]:
    for method in METHODS:
        if method in item.value:
            yield method, item[method]
    more = item.value.get("additionalOperations")
    if isinstance(more, dict):
        for method in more:
            yield method, item["additionalOperations"][method]


def _named(node: Node) -> Iterator[tuple[str, Node]]:
    """The entries of a mapping of paths or statuses, without its `x-` keywords."""
    for name, entry in node.fields():
        if not name.startswith("x-"):
            yield name, entry


def _read_operation(path: str, method: str, node: Node, item: Node, taken: Mapping[str, str]) -> Operation:
    node.object_of(OPERATION)
    if "servers" in node.value or "servers" in item.value:
        advice = "the operation is served below the path of the document's first server"
        node.warn("has its own servers, which are ignored", advice)
    responses = MappingProxyType(_read_responses(node))
    return Operation(
        id=_id_of(path, method, node, taken),
        method=method.upper(),
        path=path,
        summary=node.text_of("summary", ""),
        parameters=_read_parameters(node, path, item),
        body=read_body(node["requestBody"]) if "requestBody" in node.value else None,
        responses=responses,
        success=_success_of(node, responses),
        security=read_security(node),
        pointer=node.pointer,
    )


def _id_of(path: str, method: str, node: Node, taken: Mapping[str, str]) -> str:
    given = node.text_of("operationId", "")
    if given.strip() and given not in taken:
        return given
    derived = "_".join([method.lower(), *filter(None, _WORD.split(path))])
    name, count = derived, 1
    while name in taken:
        count += 1
        name = f"{derived}_{count}"
    if given in taken:
        node["operationId"].warn(f"is {given}, as at {taken[given]}; it is called {name} here", "give it a unique name")
    return name


def _read_responses(node: Node) -> dict[str, Response]:
    if "responses" not in node.value:
        return {}
    responses = {}
    for name, entry in _named(node["responses"]):
        status = name.upper() if name.endswith(("xx", "XX")) else name
        if _STATUS.fullmatch(status):
            responses[status] = read_response(status, entry)
        else:
            entry.warn(
                f"is under {name!r} and is ignored", "write a status such as '200', a class such as 4XX, or default"
            )
    return responses


def _success_of(node: Node, responses: Mapping[str, Response]) -> Response:
    for pattern, status in ((r"2\d\d", None), ("2XX", "200"), (r"3\d\d", None), ("default", "200"), ("3XX", "302")):
        known = sorted(name for name in responses if re.fullmatch(pattern, name))
        if known:
            return replace(responses[known[0]], status=status or known[0])
    return Response("200", "", MappingProxyType({}), MappingProxyType({}), join(node.pointer, "responses"))


def _read_parameters(node: Node, path: str, item: Node) -> tuple[Parameter, ...]:
    found: dict[tuple[str, str], Parameter] = {}
    for holder in (item, node):
        own: set[tuple[str, str]] = set()
        for entry in holder.items_of("parameters"):
            parameter = read_parameter(entry)
            if parameter is None:
                continue
            key = (parameter.location, parameter.name)
            if key in own:
                entry.warn(f"declares {parameter.name} twice; the last one counts", "keep one of the two")
            own.add(key)
            found[key] = parameter
    _check_path(node, path, found)
    return tuple(found.values())


def _check_path(node: Node, path: str, found: dict[tuple[str, str], Parameter]) -> None:
    """Leave out the path parameters that `path` lacks."""
    in_path = placeholders(path)
    for location, name in list(found):
        if location == "path" and name not in in_path:
            node.warn(f"has a path parameter {name} that {path} lacks; it is ignored", f"add {{{name}}} to the path")
            del found[location, name]
    for name in in_path:
        if ("path", name) not in found:
            node.warn(f"has no parameter for {{{name}}}; any text is accepted", f"add a path parameter named {name}")
