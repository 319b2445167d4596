"""Puts a record into the paths of a nested collection, so that it can be checked like any other collection."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from openapi import Contract, Resource
from openapi.path_templates import placeholders


def below(contract: Contract, resource: Resource, prefix: str) -> Contract:
    """The contract with `prefix` in place of the parent's path in the paths of `resource` and of its operations."""
    names = placeholders(resource.collection)

    def path(template: str) -> str:
        inner = template.split(f"{{{names[-1]}}}", 1)[1] if names else template
        return prefix + inner

    operations = dict(contract.operations)
    for name in (*resource.operations.values(), *resource.lists, *resource.bulk):
        operation = operations[name]
        kept = path(operation.path)
        parameters = tuple(one for one in operation.parameters if one.location != "path" or f"{{{one.name}}}" in kept)
        operations[name] = replace(operation, path=kept, parameters=parameters)
    bound = replace(resource, collection=path(resource.collection), item=path(resource.item))
    return replace(
        contract,
        operations=MappingProxyType(operations),
        resources=MappingProxyType({**contract.resources, resource.name: bound}),
    )
