"""Finds the collections of a document: an item's path ends in a placeholder, and its operations share a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from functools import partial

from openapi.contract import Inference
from openapi.document.node import Node
from openapi.errors import SpecError
from openapi.extensions.creating import CREATED
from openapi.extensions.resources import read_resource
from openapi.flattening import flat
from openapi.inference.bulk_creates import infer_bulk
from openapi.inference.counts import infer_counts
from openapi.inference.draft import Draft, UndecidedError, label
from openapi.inference.fields import infer_fields, infer_unique
from openapi.inference.listing import infer_parameters, infer_response
from openapi.inference.other_lists import infer_other_lists
from openapi.inference.records import as_record, field_of, fits, key_of, response_schema, schema_name, sent
from openapi.inference.singletons import infer_singleton, may_be_singleton
from openapi.inference.values import initial_value
from openapi.inference.words import named, plain, scalar_types, singular
from openapi.media import compiled, field_schema
from openapi.model.http import REUSED, Operation, Parameter
from openapi.model.links import GONE
from openapi.model.resource import Role
from openapi.narrowing import shown_fields
from openapi.path_templates import placeholders, regex
from openapi.pointers import join
from openapi.schemas import Schema

_ASSUMED = "Inferred from the document's paths, methods and schemas"
_ORDER = (
    *("record", "singleton", "key", "collection", "item", "parent", "operations", "body", "answer", "list", "lists"),
    *(
        "bulk",
        "unique",
        "members",
        "referrers",
        "not-stored",
        "etag",
        "idempotency-key",
        "replace-unknown",
        "soft-delete",
    ),
)
_PUT = ("200", CREATED)
_Methods = Mapping[str, Operation]


def infer_resources(root: Node, operations: Mapping[str, Operation]) -> Inference:
    """The resources of a document, which has no `x-resources`."""
    paths: dict[str, dict[str, Operation]] = {}
    for operation in operations.values():
        paths.setdefault(operation.path, {})[operation.method] = operation
    undecided: dict[str, str] = {}
    drafts: dict[str, Draft] = {}
    items = [path for path in paths if path.rstrip("/").endswith("}") and path.count("/{") == path.count("{")]
    for item in sorted(items, key=lambda path: path.count("{")):
        draft = Draft(_name_of(item, drafts))
        try:
            _Collection(draft, root, paths, item, drafts).infer()
            _check(draft, root, operations, drafts)
            drafts[draft.name] = draft
            undecided |= draft.undecided
        except UndecidedError as error:
            every = (*_above(paths, item).values(), *paths[item].values())
            undecided |= {label(one): str(error) for one in every} | draft.undecided
    for draft in drafts.values():
        free = [one for one in operations.values() if one.id not in _taken(drafts)]
        _extend(draft, root, operations, drafts, partial(infer_other_lists, root=root, operations=free))
        _extend(draft, root, operations, drafts, partial(infer_bulk, root=root, operations=operations))
        _extend(draft, root, operations, drafts, partial(infer_counts, root=root, operations=operations, drafts=drafts))
        undecided |= draft.undecided
    _infer_singletons(root, operations, paths, drafts, undecided)
    others = {label(one): "it has no path for single records" for one in operations.values()}
    taken = {label(operations[name]) for name in _taken(drafts)}
    return Inference(
        {name: draft.entry for name, draft in drafts.items()},
        {name: draft.reasons for name, draft in drafts.items()},
        {what: why for what, why in (others | undecided).items() if what not in taken},
    )


def _taken(drafts: Mapping[str, Draft]) -> set[str]:
    """The operations that belong to a resource."""
    entries = [draft.entry for draft in drafts.values()]
    return {
        name
        for entry in entries
        for name in (*entry["operations"].values(), *entry.get("lists", ()), *entry.get("bulk", ()))
    }


def _extend(
    draft: Draft,
    root: Node,
    operations: Mapping[str, Operation],
    drafts: Mapping[str, Draft],
    infer: Callable[[Draft], None],
) -> None:
    """Find more for a draft, unless the reader refuses it."""
    before = draft.entry, dict(draft.reasons)
    draft.entry = deepcopy(draft.entry)
    infer(draft)
    try:
        _check(draft, root, operations, drafts)
    except UndecidedError:
        draft.entry, draft.reasons = before


def _infer_singletons(
    root: Node,
    operations: Mapping[str, Operation],
    paths: Mapping[str, _Methods],
    drafts: dict[str, Draft],
    undecided: dict[str, str],
) -> None:
    taken = _taken(drafts)
    for path, methods in paths.items():
        if not may_be_singleton(path, methods) or any(one.id in taken for one in methods.values()):
            continue
        draft = Draft(_name_of(path, drafts))
        try:
            infer_singleton(draft, root, path, methods)
            _check(draft, root, operations, drafts)
            drafts[draft.name] = draft
        except UndecidedError as error:
            undecided |= {label(one): str(error) for one in methods.values()}


def _joint_parts(paths: Mapping[str, object], item: str) -> list[str]:
    """The path parameters at the end of an item's path that form its key, or the last one alone.

    The path without all of them is in the document, and none with only some of them is.
    """
    known = {regex(path.rstrip("/")) for path in paths}
    rest, parts = item.rstrip("/"), placeholders(item)[-1:]
    while rest.endswith("}"):
        rest = rest.rpartition("/")[0]
        if regex(rest) in known:
            return parts
        parts = placeholders(item)[-len(parts) - 1 :]
    return placeholders(item)[-1:]


def _collection_path(paths: Mapping[str, object], item: str, parts: int = 1) -> str:
    above = item.rstrip("/").rsplit("/", parts)[0]
    return next((path for path in (above, f"{above}/") if path in paths), above)


def _above(paths: Mapping[str, _Methods], item: str) -> _Methods:
    return paths.get(_collection_path(paths, item, len(_joint_parts(paths, item))), {})


def _words(path: str) -> list[str]:
    return [word for word in path.split("/") if word and not word.startswith("{")]


def _name_of(item: str, taken: Mapping[str, object]) -> str:
    """A name for the records of a path: its last word in the singular, with preceding words if that is taken."""
    words = [singular(word) for word in _words(item)] or ["record"]
    names = ["-".join(words[-count:]) for count in range(1, len(words) + 1)]
    return next((name for name in names if name not in taken), f"{names[-1]}-{len(taken) + 1}")


def _check(draft: Draft, root: Node, operations: Mapping[str, Operation], drafts: Mapping[str, Draft]) -> None:
    """Read the draft as if it were declared. Raises UndecidedError if the reader refuses it."""
    draft.entry = {name: draft.entry[name] for name in _ORDER if name in draft.entry} | {"x-assumed": _ASSUMED}
    # Finding the line of a problem is slow, and this problem is shown without it.
    reading = replace(root.reading, locate=lambda pointer: (None, 0, pointer))
    entries = {name: one.entry for name, one in drafts.items()}
    try:
        read_resource(draft.name, Node(reading, draft.entry, join("/x-resources", draft.name)), operations, entries)
    except SpecError as error:
        raise UndecidedError(f"{error.pointer.rpartition('/')[2]} {error.problem}") from None


class _Collection:
    """Fills the draft of one collection, whose records are at the path `item`."""

    def __init__(
        self, draft: Draft, root: Node, paths: Mapping[str, _Methods], item: str, drafts: Mapping[str, Draft]
    ) -> None:
        self._draft = draft
        self._root = root
        self._item = item
        self._parts = _joint_parts(paths, item)
        self._collection = _collection_path(paths, item, len(self._parts))
        self._on_item = paths[item]
        self._above = paths.get(self._collection, {})
        self._drafts = drafts

    def infer(self) -> None:
        """Fill the draft. Raises UndecidedError if these paths are not a collection."""
        names = placeholders(self._item)
        whole, reason = self._record()
        record, wrapper = self._unwrapped(whole, names[-1])
        twin = next((one for one in self._drafts.values() if one.entry["record"] == f"#{record.pointer}"), None)
        if len(names) > 1 and twin is not None:
            raise UndecidedError(f"its records are those of {twin.name}, which has its own paths")
        words = _words(self._item)
        key, why = self._key(record, words[-1] if words else "")
        draft = self._draft
        draft.choose(f"#{record.pointer}", reason, "record")
        if wrapper:
            why_there = f"only the {wrapper[1:]} of the response has the key in the path"
            draft.choose(wrapper, why_there, "answer", "record")
        draft.choose(key, why, "key")
        above = "the path above the item" if len(self._parts) == 1 else "the path above all parts of the key"
        draft.choose(self._collection, above, "collection")
        draft.choose(self._item, "the path ends in the key", "item")
        if len(names) > len(self._parts):
            self._infer_parent(record, names[-len(self._parts) - 1])
        self._infer_writes(record)
        self._infer_reads(record)
        if not {"list", "read"} & self._roles.keys():
            raise UndecidedError("no operation returns its records")
        if not {"list", "create"} & self._roles.keys():
            raise UndecidedError("no operation creates or lists its records, so clients can't know their keys")
        self._infer_etag()
        self._infer_idempotency_key()
        self._infer_replace_unknown()
        self._infer_soft_delete()
        if len(self._roles) < 2:
            raise UndecidedError("one operation alone does not show what a record is")

    def _key(self, record: Schema, segment: str) -> tuple[str | list[str], str]:
        """The field or fields of the key, and the reason."""
        if len(self._parts) == 1:
            return key_of(record, self._parameter(self._parts[0]), segment)
        found = [key_of(record, self._parameter(name), segment) for name in self._parts]
        fields = [field for field, _ in found]
        if len(set(fields)) < len(fields):
            raise UndecidedError(f"several path parameters are the field {fields[0]}")
        for field in fields:
            if field not in record.node.get("required", ()):
                raise UndecidedError(f"{field} is in the path, and a record may lack it")
        return fields, "; ".join(why for _, why in found)

    def _infer_parent(self, record: Schema, name: str) -> None:
        above = regex(self._collection[: self._collection.rindex("}") + 1])
        found = [one for one in self._drafts.values() if regex(one.entry["item"].removesuffix("/")) == above]
        if not found:
            raise UndecidedError(f"its records belong to {{{name}}}, which is not the key of a collection")
        parent = found[0]
        owner = compiled(self._root.at(parent.entry["record"].removeprefix("#")))
        if len(parent.keys) > 1:
            raise UndecidedError(f"its records belong to {parent.name}, whose key has several fields")
        key, given = parent.entry["key"], self._parameter(name)
        if not fits(field_of(owner, key), flat(given.schema.document, given.schema.node)):
            raise UndecidedError(f"the path parameter {name} can't hold the key {key} of {parent.name}")
        entry = {"resource": parent.name}
        member = next(iter(named(record.node["properties"], (plain(name),))), "")
        if member and scalar_types(field_of(record, member)) == scalar_types(field_of(owner, key)):
            entry["field"] = member
        reason = f"{{{name}}} is the key of {parent.name}; by assumption, a delete of it deletes them"
        self._draft.choose(entry, reason, "parent")

    def _infer_etag(self) -> None:
        read = self._on_item.get("GET")
        if read is None or "read" not in self._roles:
            return
        roles = self._roles.values()
        writes = [one for one in self._on_item.values() if one.id in roles and one.header("If-Match")]
        takes = [one for one in (read,) if one.header("If-None-Match")] + writes
        has_tag = any(name.lower() == "etag" for name in read.success.headers)
        is_declared = all(one.response_for(304 if one is read else 412) for one in takes)
        if has_tag and takes and is_declared:
            header = "If-None-Match" if takes[0] is read else "If-Match"
            self._draft.choose("strong", f"{label(read)} returns an ETag, and {label(takes[0])} takes {header}", "etag")

    def _infer_replace_unknown(self) -> None:
        """A PUT on the item that declares 201 next to 200 creates the record (RFC 9110, section 9.3.4)."""
        put = self._on_item.get("PUT")
        if put is None or self._roles.get("replace") != put.id or {"200", CREATED} - put.responses.keys():
            return
        schemas = [next((one.schema for one in put.responses[status].content.values()), None) for status in _PUT]
        is_same = schemas[0] is not None and schemas[1] is not None and schemas[0].pointer == schemas[1].pointer
        if is_same and not {"parent", "etag"} & self._draft.entry.keys():
            self._draft.choose("created", f"{label(put)} declares 201 and 200, with the same schema", "replace-unknown")

    def _infer_soft_delete(self) -> None:
        read = self._on_item.get("GET")
        if read is not None and {"read", "delete"} <= self._roles.keys() and GONE in read.responses:
            self._draft.choose({}, f"{label(read)} declares 410, for a record that was deleted", "soft-delete")

    def _infer_idempotency_key(self) -> None:
        """A create that takes the header of this name (draft-ietf-httpapi-idempotency-key-header)."""
        create = self._above.get("POST")
        if create is None or "create" not in self._roles:
            return
        header = create.header("Idempotency-Key")
        roles = self._roles.values()
        taking = [one for one in (create, *self._on_item.values()) if one.id in roles and one.header("Idempotency-Key")]
        if header and all(any(one.response_for(status) for status in REUSED) for one in taking):
            self._draft.choose(header.name, f"{label(create)} takes it", "idempotency-key")

    @property
    def _roles(self) -> dict[str, str]:
        roles: dict[str, str] = self._draft.entry.get("operations", {})
        return roles

    def _record(self) -> tuple[Schema, str]:
        """The schema of a record, and its source."""
        if "GET" in self._on_item:
            return as_record(response_schema(self._on_item["GET"])), f"{label(self._on_item['GET'])} returns it"
        if "POST" in self._above:
            return as_record(response_schema(self._above["POST"])), f"{label(self._above['POST'])} returns it"
        if "GET" in self._above:
            array = response_schema(self._above["GET"])
            if "items" in array.node:
                items = compiled(self._root.at(join(array.pointer, "items")))
                return as_record(items), f"{label(self._above['GET'])} returns an array of it"
        raise UndecidedError("no operation returns its records")

    def _unwrapped(self, whole: Schema, name: str) -> tuple[Schema, str]:
        """The record in a response, and its pointer: the whole body, or its only field with the key in the path."""
        segment = (_words(self._item) or [""])[-1]
        try:
            key_of(whole, self._parameter(name), segment)
        except UndecidedError:
            found = []
            for field in whole.node["properties"]:
                inner = field_schema(self._root, whole, field)
                with suppress(UndecidedError):
                    key_of(as_record(inner), self._parameter(name), segment)
                    found.append((inner, join("", field)))
            if len(found) == 1:
                return found[0]
        return whole, ""

    def _sent(self, operation: Operation, record: Schema) -> Schema:
        """The schema of the record in a body: the whole body, or its only field, if that has fields of the record."""
        body = sent(operation)
        fields, known = list(body.node["properties"]), record.node["properties"]
        if len(fields) != 1 or fields[0] in known:
            return body
        inner = field_schema(self._root, body, fields[0], "request")
        if not set(inner.node.get("properties", {})) & set(known):
            return body
        wrapper = join("", fields[0])
        if self._draft.entry.get("body", {}).get("record", wrapper) != wrapper:
            raise UndecidedError("another body has the record elsewhere")
        self._draft.choose(
            wrapper, f"{fields[0]} is the only field of the body, and has fields of the record", "body", "record"
        )
        return inner

    def _parameter(self, name: str) -> Parameter:
        every = (parameter for operation in self._on_item.values() for parameter in operation.parameters)
        found = next((one for one in every if one.name == name and one.location == "path"), None)
        if found is None:
            raise UndecidedError(f"the path parameter {name} is not described")
        return found

    def _infer_writes(self, record: Schema) -> None:
        if "POST" in self._above:
            self._attempt(Role.CREATE, self._above["POST"], partial(self._create, record))
        for method, role in (("PUT", Role.REPLACE), ("PATCH", Role.UPDATE)):
            if method in self._on_item:
                self._attempt(role, self._on_item[method], partial(self._change, self._on_item[method], record))
        if "DELETE" in self._on_item:
            self._choose_role(Role.DELETE, self._on_item["DELETE"], "DELETE on the item")
        if "POST" in self._on_item:
            self._draft.leave(label(self._on_item["POST"]), "a POST to an item may be an update or an action")
        self._infer_keyed_by_body(record)

    def _infer_keyed_by_body(self, record: Schema) -> None:
        for method, role in (("PUT", Role.REPLACE), ("PATCH", Role.UPDATE)):
            if method in self._above and role.value not in self._roles:
                self._attempt(role, self._above[method], partial(self._keyed_by_body, self._above[method], record))
        for method in self._above.keys() - {"GET", "POST", "PUT", "PATCH"}:
            self._draft.leave(label(self._above[method]), f"a {method} on a collection has no role")

    def _infer_reads(self, record: Schema) -> None:
        if "GET" in self._on_item:
            self._check_shown(self._on_item["GET"], record)
            self._choose_role(Role.READ, self._on_item["GET"], "GET on the item")
        if "GET" in self._above:
            self._attempt(Role.LIST, self._above["GET"], partial(self._list, self._above["GET"], record))

    def _attempt(self, role: Role, operation: Operation, work: Callable[[], str]) -> None:
        """Give the operation its role, or note why it has none."""
        before = deepcopy(self._draft.entry), dict(self._draft.reasons)
        try:
            self._choose_role(role, operation, work())
        except UndecidedError as error:
            self._draft.entry, self._draft.reasons = before
            self._draft.leave(label(operation), str(error))

    def _choose_role(self, role: Role, operation: Operation, reason: str) -> None:
        self._draft.choose(operation.id, reason, "operations", role.value)

    def _create(self, record: Schema) -> str:
        operation = self._above["POST"]
        body = self._sent(operation, record)
        if operation.success.content:
            self._check_shown(operation, record)
        self._check_body(body, record)
        infer_fields(self._draft, self._root, record, body, operation)
        infer_unique(self._draft, operation, body)
        self._note_not_stored(body, record)
        return f"POST on the collection takes {schema_name(body) or 'a body'} and returns the record"

    def _change(self, operation: Operation, record: Schema) -> str:
        body = self._sent(operation, record)
        if operation.success.content:
            self._check_shown(operation, record)
        self._check_body(body, record)
        self._note_not_stored(body, record)
        return f"{operation.method} on the item takes fields of the record"

    def _keyed_by_body(self, operation: Operation, record: Schema) -> str:
        body = self._sent(operation, record)
        if any(key not in body.node["properties"] for key in self._draft.keys):
            raise UndecidedError(f"a {operation.method} on a collection has no role")
        self._change(operation, record)
        return f"{operation.method} on the collection takes the record with its key"

    def _list(self, operation: Operation, record: Schema) -> str:
        infer_response(self._draft, self._root, operation, record)
        bodies = [self._sent(one, record) for one in (self._above.get("POST"),) if one and "create" in self._roles]
        writable = frozenset(name for body in bodies for name in body.node["properties"])
        infer_parameters(self._draft, operation, record, writable)
        paging = self._draft.entry["list"].get("paging", {}).values()
        needed = [one.name for one in operation.parameters if one.location == "query" and one.required]
        if others := [name for name in needed if name not in paging]:
            raise UndecidedError(f"it returns only what its required query parameter {others[0]} selects")
        return "GET on the collection returns an array of the record"

    def _check_shown(self, operation: Operation, record: Schema) -> None:
        response = response_schema(operation)
        wrapper = self._draft.entry.get("answer", {}).get("record", "")[1:]
        if wrapper and wrapper in response.node.get("properties", {}):
            for name in response.node.get("required", ()):
                if name != wrapper:
                    try:
                        value = initial_value(field_schema(self._root, response, name))
                    except UndecidedError as error:
                        raise UndecidedError(f"{name} of the response has no value: it {error}") from None
                    why = f"{name} is required, and it is unclear what it depends on"
                    self._draft.choose(value, why, "answer", "fixed", join("", name))
            response = field_schema(self._root, response, wrapper)
        try:
            shown_fields(response, record)
        except ValueError as error:
            raise UndecidedError(f"it does not return the record: its response {error}") from None

    def _check_body(self, body: Schema, record: Schema) -> None:
        fields = set(body.node["properties"])
        if len(fields & set(record.node["properties"])) * 2 < len(fields):
            raise UndecidedError("most fields of its body are not fields of the record")

    def _note_not_stored(self, body: Schema, record: Schema) -> None:
        known = record.node["properties"]
        hidden = [
            name for name, one in body.node["properties"].items() if name not in known and not _is_write_only(one)
        ]
        if hidden:
            every = [*self._draft.entry.get("not-stored", ()), *hidden]
            self._draft.choose(
                list(dict.fromkeys(every)), "fields of a body that the record does not have", "not-stored"
            )


def _is_write_only(schema: object) -> bool:
    return isinstance(schema, dict) and schema.get("writeOnly") is True
