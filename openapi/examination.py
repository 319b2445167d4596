"""The slow checks of a document: every schema compiles, every example and default matches its schema."""

from __future__ import annotations

from collections.abc import Iterator

from openapi.contract import Contract
from openapi.document.node import Node
from openapi.model.http import Example, Header, MediaType
from openapi.schemas import Schema


def examine(root: Node, contract: Contract) -> None:
    """Add a warning to the reading of `root` for each failure."""
    for schema in _schemas(contract):
        try:
            _ = schema.compiled
        except ValueError as error:
            root.at(schema.pointer).warn(f"can't be compiled ({str(error).splitlines()[0]})", "simplify it")
            continue
        _check_default(root, schema)
    for schema, example in _examples(contract):
        for violation in schema.violations(example.value):
            node = root.below(example.pointer + violation.path)
            node.warn(f"breaks {violation.rests_on} ({violation.message})", "correct the example or the schema")


def _check_default(root: Node, schema: Schema) -> None:
    if "default" not in schema.node or "/parameters/" in schema.pointer:
        return  # A parameter's default was checked when it was read.
    for violation in schema.violations(schema.node["default"]):
        node = root.below(f"{schema.pointer}/default{violation.path}")
        node.warn(f"breaks {violation.rests_on} ({violation.message})", "correct the default or the schema")


def _schemas(contract: Contract) -> Iterator[Schema]:
    known = {schema.pointer: schema for schema in contract.schemas.values()}
    for operation in contract.operations.values():
        known |= {parameter.schema.pointer: parameter.schema for parameter in operation.parameters}
    yield from known.values()


def _examples(contract: Contract) -> Iterator[tuple[Schema, Example]]:
    seen: set[str] = set()
    for operation in contract.operations.values():
        holders: list[MediaType | Header] = list(operation.body.content.values()) if operation.body else []
        for response in operation.responses.values():
            holders += [*response.content.values(), *response.headers.values()]
        for holder in holders:
            for example in holder.examples:
                if holder.schema is not None and example.pointer not in seen:
                    seen.add(example.pointer)
                    yield holder.schema, example
