"""What the phone document assumes, and what it takes from the vendor's documentation.

The table is kept by hand: every change of an assumption in the document needs the same change here. The letter is the
evidence: S a sibling page of the vendor's documentation, H HTTP or REST custom, D a decision of ours.
"""

from __future__ import annotations

import re

import pytest

from openapi import Contract
from openapi.pointers import resolve

_SCHEMAS = "/components/schemas"
_PARAMETERS = "/components/parameters"
_RESPONSES = "/components/responses"
_PHONE = "/x-resources/phone"

ASSUMED: dict[str, dict[str, str]] = {
    "status codes": {
        "/paths/~1phones/get/responses/200": "H",
        "/paths/~1phones/post/responses/201": "H",
        "/paths/~1phones/post/responses/201/headers/Location": "H",
        "/paths/~1phones~1{uuid}/get/responses/200": "H",
        "/paths/~1phones~1{uuid}/patch/responses/200": "H",
        "/paths/~1phones~1{uuid}/delete/responses/200": "H",
    },
    "errors": {f"{_SCHEMAS}/Error": "D", f"{_SCHEMAS}/Violation": "D"},
    "which error when": {
        f"{_RESPONSES}/BadRequest": "H",
        f"{_RESPONSES}/Unauthorized": "H",
        f"{_RESPONSES}/NotFound": "H",
        f"{_RESPONSES}/MethodNotAllowed": "H",
        f"{_RESPONSES}/Conflict": "H",
        f"{_RESPONSES}/ContentTooLarge": "H",
        f"{_RESPONSES}/UnsupportedMediaType": "H",
        f"{_RESPONSES}/TooManyRequests": "H",
    },
    "a uuid that is not a uuid": {
        f"{_PARAMETERS}/uuid/schema": "H",
        f"{_SCHEMAS}/Phone/properties/uuid/minLength": "D",
    },
    "unknown body fields": {
        f"{_SCHEMAS}/RegisterPhone/additionalProperties": "D",
        f"{_SCHEMAS}/UpdatePhone/additionalProperties": "D",
        "/x-http/bodies": "D",
    },
    "unknown, repeated and empty query parameters": {"/x-http/query": "H"},
    "page and limit": {
        f"{_PARAMETERS}/page/schema/type": "D",
        f"{_PARAMETERS}/page/schema/minimum": "S",
        f"{_PARAMETERS}/page/schema/default": "S",
        f"{_PARAMETERS}/limit/schema/type": "D",
        f"{_PARAMETERS}/limit/schema/minimum": "S",
        f"{_PARAMETERS}/limit/schema/default": "S",
        f"{_SCHEMAS}/PhoneList/properties/page/minimum": "S",
        f"{_SCHEMAS}/PhoneList/properties/limit/minimum": "S",
    },
    "order of refusals": {"/x-http/refusals": "H"},
    "a page past the end, total and totalPages": {
        f"{_PHONE}/list/answer": "H",
        f"{_PHONE}/list/paging/past-end": "H",
        f"{_PHONE}/list/paging/least-pages": "H",
    },
    "order": {f"{_PHONE}/list/order": "H"},
    "search": {f"{_PHONE}/list/search": "S"},
    "filters together": {f"{_PHONE}/list/filters": "H"},
    "the defaults of a registration": {
        "/x-resources/phone/members/type": "D",
        f"{_SCHEMAS}/Phone/properties/name/type": "D",
        f"{_SCHEMAS}/Phone/properties/provider/type": "D",
        f"{_PHONE}/members/name": "D",
        f"{_PHONE}/members/provider": "D",
        f"{_PHONE}/members/countryCode": "S",
        f"{_PHONE}/members/status": "D",
        f"{_PHONE}/members/smsEnabled": "D",
    },
    "text": {
        f"{_PARAMETERS}/search/schema/maxLength": "D",
        f"{_SCHEMAS}/RegisterPhone/properties/name/minLength": "D",
        f"{_SCHEMAS}/RegisterPhone/properties/name/maxLength": "D",
        f"{_SCHEMAS}/RegisterPhone/properties/provider/minLength": "D",
        f"{_SCHEMAS}/RegisterPhone/properties/provider/maxLength": "D",
        f"{_SCHEMAS}/RegisterPhone/properties/referenceId/minLength": "D",
        f"{_SCHEMAS}/RegisterPhone/properties/referenceId/maxLength": "D",
        f"{_SCHEMAS}/UpdatePhone/properties/name/minLength": "D",
        f"{_SCHEMAS}/UpdatePhone/properties/name/maxLength": "D",
    },
    "number": {f"{_SCHEMAS}/Number/pattern": "D"},
    "country code": {f"{_SCHEMAS}/CountryCode/pattern": "D"},
    "referenceId is never returned": {f"{_SCHEMAS}/RegisterPhone/properties/referenceId/writeOnly": "D"},
    "one number, one registration": {f"{_PHONE}/unique": "D", f"{_PHONE}/deleted-values": "D"},
    "update": {
        f"{_PHONE}/operations/update": "H",
        f"{_SCHEMAS}/UpdatePhone/minProperties": "H",
        f"{_SCHEMAS}/UpdatePhone/properties/name/type": "H",
    },
    "delete": {f"{_PHONE}/operations/delete": "H", "/x-http/deletes": "H"},
    "an ordered number becomes active, in a mock with --lifecycle": {f"{_PHONE}/transitions/0": "D"},
    "numbers that the mock always refuses": {f"{_PHONE}/magic": "D"},
    "times": {
        f"{_SCHEMAS}/Phone/properties/createdAt/format": "D",
        f"{_SCHEMAS}/Phone/properties/updatedAt/format": "D",
        f"{_PHONE}/members/createdAt": "D",
        f"{_PHONE}/members/updatedAt": "D",
    },
    "more fields in a response": {"/x-http/answers": "D"},
    "HEAD and OPTIONS": {"/x-http/methods": "H"},
}
ROWS = [(pointer, letter) for rows in ASSUMED.values() for pointer, letter in rows.items()]

DOCUMENTED = [
    *("/servers/0/url", "/x-resources/phone/list/paging", "/x-resources/phone/members/uuid"),
    *("/paths/~1phones/get", "/paths/~1phones/post", "/paths/~1phones~1{uuid}/get"),
    *("/paths/~1phones~1{uuid}/patch", "/paths/~1phones~1{uuid}/delete"),
    *("/paths/~1phones/get/parameters/0", f"{_PARAMETERS}/search/schema/type", f"{_PARAMETERS}/page/name"),
    *(f"{_PARAMETERS}/status/schema", f"{_PARAMETERS}/type/schema", f"{_PARAMETERS}/limit/schema/maximum"),
    *(f"{_SCHEMAS}/Status/enum", f"{_SCHEMAS}/Type/enum", f"{_SCHEMAS}/Number/type"),
    *(f"{_SCHEMAS}/PhoneList/required", f"{_SCHEMAS}/PhoneList/properties/phones"),
    *(f"{_SCHEMAS}/PhoneList/properties/{name}/type" for name in ("total", "page", "limit", "totalPages")),
    f"{_SCHEMAS}/PhoneList/properties/limit/maximum",
    f"{_SCHEMAS}/Phone/required",
    *(f"{_SCHEMAS}/Phone/properties/{name}" for name in ("number", "type", "countryCode", "status", "smsEnabled")),
    *(f"{_SCHEMAS}/Phone/properties/{name}/type" for name in ("uuid", "createdAt", "updatedAt")),
    f"{_SCHEMAS}/RegisterPhone/required",
    *(f"{_SCHEMAS}/RegisterPhone/properties/{name}" for name in ("number", "countryCode")),
    *(f"{_SCHEMAS}/RegisterPhone/properties/{name}/type" for name in ("name", "provider", "referenceId")),
    *(f"{_SCHEMAS}/UpdatePhone/properties/{name}" for name in ("status", "type")),
    *(f"{_SCHEMAS}/Deleted", f"{_SCHEMAS}/Deleted/required", f"{_SCHEMAS}/Deleted/properties/success/const"),
    *(f"{_PHONE}/operations/{role}" for role in ("list", "create", "read")),
]


def test_the_table_lists_each_pointer_once() -> None:
    """Each node is in the table once."""
    assert len({pointer for pointer, _ in ROWS}) == len(ROWS)


def test_the_table_lists_every_assumption(phones: Contract) -> None:
    """Only nodes of the table are marked as assumed."""
    assert set(phones.assumptions) - {pointer for pointer, _ in ROWS} == set()


@pytest.mark.parametrize(("pointer", "letter"), ROWS, ids=[pointer for pointer, _ in ROWS])
def test_every_row_of_the_table_is_marked_in_the_document(phones: Contract, pointer: str, letter: str) -> None:
    """Each node of the table exists and is marked, with a reason and the kind of evidence."""
    resolve(phones.document(), pointer)
    why = phones.assumptions[pointer].why
    assert re.fullmatch(r".*\S \[[SHD]\]", why, re.DOTALL)
    assert why[-2] == letter


@pytest.mark.parametrize("pointer", DOCUMENTED)
def test_documented_nodes_are_not_marked_as_assumed(phones: Contract, pointer: str) -> None:
    """A node that the vendor documents is not marked, nor is any node above it."""
    resolve(phones.document(), pointer)
    assert phones.assumption_at(pointer) is None


def test_every_request_constraint_is_documented_or_assumed(phones: Contract) -> None:
    """Each keyword that restricts requests is documented or assumed, by name."""
    limits = {"minLength", "maxLength", "minimum", "maximum", "pattern", "minProperties", "additionalProperties"}
    document, documented = phones.document(), set(DOCUMENTED)
    pointers = [f"{_PARAMETERS}/{name}/schema" for name in ("search", "page", "limit")]
    for body in ("RegisterPhone", "UpdatePhone"):
        pointers.append(f"{_SCHEMAS}/{body}")
        members = document["components"]["schemas"][body]["properties"]
        pointers += [f"{_SCHEMAS}/{body}/properties/{name}" for name in members]
    pointers += [f"{_SCHEMAS}/{name}" for name in ("Number", "CountryCode", "Status", "Type")]
    found = {f"{pointer}/{word}" for pointer in pointers for word in limits & set(resolve(document, pointer))}
    assert found
    assert {pointer for pointer in found if pointer not in documented and pointer not in phones.assumptions} == set()


def test_an_assumed_status_may_have_a_documented_response(phones: Contract) -> None:
    """The response below an assumed status is documented."""
    pointer = "/paths/~1phones/get/responses/200"
    assert phones.assumption_at(pointer) is not None
    assert phones.assumption_at(f"{pointer}/content") is None
    assert phones.assumption_at("/components/responses/NotFound/content") is not None
