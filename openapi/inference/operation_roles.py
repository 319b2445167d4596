"""The role of each operation on a collection and its items, and what its body and response show about the record."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

from openapi.document.node import Node
from openapi.inference.collection_paths import CollectionPaths
from openapi.inference.draft import Draft, UndecidedError, label
from openapi.inference.fields import infer_fields, infer_unique
from openapi.inference.listing import infer_parameters, infer_response
from openapi.inference.records import check_body, check_shown, response_schema, schema_name, sent
from openapi.inference.values import initial_value
from openapi.media import field_schema
from openapi.model.http import Operation
from openapi.model.resource import Role
from openapi.pointers import join
from openapi.schemas import Schema


class OperationRoles:
    """Gives operations on `paths` their roles in `draft`. An operation that fits none is left out, with the reason."""

    def __init__(self, draft: Draft, root: Node, paths: CollectionPaths, record: Schema) -> None:
        self._draft = draft
        self._root = root
        self._on_item = paths.on_item
        self._on_collection = paths.on_collection
        self._record = record

    def infer(self) -> None:
        """Choose the roles. Raises UndecidedError if a GET on the item does not return the record."""
        if "POST" in self._on_collection:
            self._attempt(Role.CREATE, self._on_collection["POST"], self._create)
        for method, role in (("PUT", Role.REPLACE), ("PATCH", Role.UPDATE)):
            if method in self._on_item:
                self._attempt(role, self._on_item[method], self._change)
        if "DELETE" in self._on_item:
            self._choose(Role.DELETE, self._on_item["DELETE"], "DELETE on the item")
        if "POST" in self._on_item:
            self._draft.leave(label(self._on_item["POST"]), "a POST to an item may be an update or an action")
        self._infer_keyed_by_body()
        if "GET" in self._on_item:
            self._check_response(self._on_item["GET"])
            self._choose(Role.READ, self._on_item["GET"], "GET on the item")
        if "GET" in self._on_collection:
            self._attempt(Role.LIST, self._on_collection["GET"], self._list)

    def _infer_keyed_by_body(self) -> None:
        for method, role in (("PUT", Role.REPLACE), ("PATCH", Role.UPDATE)):
            if method in self._on_collection and role.value not in self._draft.roles:
                self._attempt(role, self._on_collection[method], self._keyed_by_body)
        for method in self._on_collection.keys() - {"GET", "POST", "PUT", "PATCH"}:
            self._draft.leave(label(self._on_collection[method]), f"a {method} on a collection has no role")

    def _attempt(self, role: Role, operation: Operation, infer: Callable[[Operation], str]) -> None:
        """Give the operation its role, with the reason that `infer` returns, or note why it has none."""
        before = deepcopy(self._draft.entry), dict(self._draft.reasons)
        try:
            self._choose(role, operation, infer(operation))
        except UndecidedError as error:
            self._draft.entry, self._draft.reasons = before
            self._draft.leave(label(operation), str(error))

    def _choose(self, role: Role, operation: Operation, reason: str) -> None:
        self._draft.choose(operation.id, reason, "operations", role.value)

    def _create(self, operation: Operation) -> str:
        body = self._body(operation)
        infer_fields(self._draft, self._root, self._record, body, operation)
        infer_unique(self._draft, operation, body)
        self._note_not_stored(body)
        return f"POST on the collection takes {schema_name(body) or 'a body'} and returns the record"

    def _change(self, operation: Operation) -> str:
        self._note_not_stored(self._body(operation))
        return f"{operation.method} on the item takes fields of the record"

    def _keyed_by_body(self, operation: Operation) -> str:
        body = self._sent(operation)
        if any(key not in body.node["properties"] for key in self._draft.keys):
            raise UndecidedError(f"a {operation.method} on a collection has no role")
        self._change(operation)
        return f"{operation.method} on the collection takes the record with its key"

    def _list(self, operation: Operation) -> str:
        infer_response(self._draft, self._root, operation, self._record)
        create = self._on_collection.get("POST") if "create" in self._draft.roles else None
        writable = frozenset(self._sent(create).node["properties"] if create else ())
        infer_parameters(self._draft, operation, self._record, writable)
        paging = self._draft.entry["list"].get("paging", {}).values()
        needed = [one.name for one in operation.parameters if one.location == "query" and one.required]
        if others := [name for name in needed if name not in paging]:
            raise UndecidedError(f"it returns only what its required query parameter {others[0]} selects")
        return "GET on the collection returns an array of the record"

    def _body(self, operation: Operation) -> Schema:
        """The schema of the record in the body of a write, which has fields of the record and returns it."""
        body = self._sent(operation)
        if operation.success.content:
            self._check_response(operation)
        check_body(body, self._record)
        return body

    def _sent(self, operation: Operation) -> Schema:
        """The schema of the record in a body: the whole body, or its only field, if that has fields of the record."""
        body = sent(operation)
        fields, known = list(body.node["properties"]), self._record.node["properties"]
        if len(fields) != 1 or fields[0] in known:
            return body
        inner = field_schema(self._root, body, fields[0], "request")
        if not set(inner.node.get("properties", {})) & set(known):
            return body
        wrapper = join("", fields[0])
        if self._draft.entry.get("body", {}).get("record", wrapper) != wrapper:
            raise UndecidedError("another body has the record elsewhere")
        reason = f"{fields[0]} is the only field of the body, and has fields of the record"
        self._draft.choose(wrapper, reason, "body", "record")
        return inner

    def _check_response(self, operation: Operation) -> None:
        """Raise UndecidedError unless the response is the record, in the wrapper if there is one."""
        response = response_schema(operation)
        wrapper = self._draft.entry.get("answer", {}).get("record", "")[1:]
        if wrapper and wrapper in response.node.get("properties", {}):
            for name in response.node.get("required", ()):
                if name != wrapper:
                    self._choose_fixed(response, name)
            response = field_schema(self._root, response, wrapper)
        check_shown(response, self._record)

    def _choose_fixed(self, response: Schema, name: str) -> None:
        """Give a required field next to the record a value."""
        try:
            value = initial_value(field_schema(self._root, response, name))
        except UndecidedError as error:
            raise UndecidedError(f"{name} of the response has no value: it {error}") from None
        why = f"{name} is required, and it is unclear what it depends on"
        self._draft.choose(value, why, "answer", "fixed", join("", name))

    def _note_not_stored(self, body: Schema) -> None:
        known = self._record.node["properties"]
        hidden = [
            name for name, one in body.node["properties"].items() if name not in known and not _is_write_only(one)
        ]
        if hidden:
            every = dict.fromkeys([*self._draft.entry.get("not-stored", ()), *hidden])
            self._draft.choose(list(every), "fields of a body that the record does not have", "not-stored")


def _is_write_only(schema: object) -> bool:
    return isinstance(schema, dict) and schema.get("writeOnly") is True
