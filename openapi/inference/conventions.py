"""What several operations of a collection show together: ETags, idempotency keys, kept deletes, a PUT that creates."""

from __future__ import annotations

from openapi.extensions.creating import CREATED
from openapi.inference.collection_paths import CollectionPaths
from openapi.inference.draft import Draft, label
from openapi.model.http import REUSED
from openapi.model.links import GONE

_PUT = ("200", CREATED)


def infer_conventions(draft: Draft, paths: CollectionPaths) -> None:
    """Add the conventions that the operations of the draft follow."""
    for infer in (_etag, _idempotency_key, _replace_unknown, _soft_delete):
        infer(draft, paths)


def _etag(draft: Draft, paths: CollectionPaths) -> None:
    """A read that returns an ETag, and an operation that takes it in a condition (RFC 9110, section 13)."""
    read = paths.on_item.get("GET")
    if read is None or "read" not in draft.roles:
        return
    roles = draft.roles.values()
    writes = [one for one in paths.on_item.values() if one.id in roles and one.header("If-Match")]
    takes = [one for one in (read,) if one.header("If-None-Match")] + writes
    has_tag = any(name.lower() == "etag" for name in read.success.headers)
    is_declared = all(one.response_for(304 if one is read else 412) for one in takes)
    if has_tag and takes and is_declared:
        header = "If-None-Match" if takes[0] is read else "If-Match"
        draft.choose("strong", f"{label(read)} returns an ETag, and {label(takes[0])} takes {header}", "etag")


def _idempotency_key(draft: Draft, paths: CollectionPaths) -> None:
    """A create that takes the header of this name (draft-ietf-httpapi-idempotency-key-header)."""
    create = paths.on_collection.get("POST")
    if create is None or "create" not in draft.roles:
        return
    header, roles = create.header("Idempotency-Key"), draft.roles.values()
    taking = [one for one in (create, *paths.on_item.values()) if one.id in roles and one.header("Idempotency-Key")]
    if header and all(any(one.response_for(status) for status in REUSED) for one in taking):
        draft.choose(header.name, f"{label(create)} takes it", "idempotency-key")


def _replace_unknown(draft: Draft, paths: CollectionPaths) -> None:
    """A PUT on the item that declares 201 next to 200 creates the record (RFC 9110, section 9.3.4)."""
    put = paths.on_item.get("PUT")
    if put is None or draft.roles.get("replace") != put.id or {*_PUT} - put.responses.keys():
        return
    schemas = [next((one.schema for one in put.responses[status].content.values()), None) for status in _PUT]
    is_same = schemas[0] is not None and schemas[1] is not None and schemas[0].pointer == schemas[1].pointer
    if is_same and not {"parent", "etag"} & draft.entry.keys():
        draft.choose("created", f"{label(put)} declares 201 and 200, with the same schema", "replace-unknown")


def _soft_delete(draft: Draft, paths: CollectionPaths) -> None:
    read = paths.on_item.get("GET")
    if read is not None and {"read", "delete"} <= draft.roles.keys() and GONE in read.responses:
        draft.choose({}, f"{label(read)} declares 410, for a record that was deleted", "soft-delete")
