"""Other status codes than the contract says."""

from __future__ import annotations

import uuid

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse, json_response, refusal

broken = Group("statuses")
ITEM = "/paths/~1phones~1{uuid}"
REFUSED = "/components/responses /paths /x-http /components/parameters"
ITEMS = "getPhone updatePhone deletePhone"
WRITES = "registerPhone updatePhone"


def is_uuid(text: str | None) -> bool:
    """Whether a key has the form of a uuid."""
    try:
        return str(uuid.UUID(text or "")) == (text or "").lower()
    except ValueError:
        return False


@broken("created-is-200", "a registration returns 200", "CREATE-ACCEPTED", "/paths/~1phones/post", "registerPhone")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return response.with_status(200) if response.status == 201 else response


@broken("deleted-is-204", "a delete returns 204 without a body", "DELETE-ACCEPTED", ITEM, "deletePhone")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return ServiceResponse(204) if request.role == "delete" and response.ok else response


@broken("updated-is-202", "an update returns 202", "UPDATE-ACCEPTED", ITEM, "updatePhone")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return response.with_status(202) if request.role == "update" and response.ok else response


@broken(
    "invalid-is-422", "a body that breaks its schema is answered with 422", "ERROR-REQUIRED ERROR-", REFUSED, WRITES
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return response.with_status(422) if response.status == 400 and request.method in ("POST", "PATCH") else response


@broken(
    "bad-parameter-is-422",
    "a parameter that breaks its schema is answered with 422",
    "LIST-LIMIT-BOUNDS LIST- FILTER-REFUSES",
    REFUSED,
    "listPhones",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return response.with_status(422) if response.status == 400 and request.method == "GET" else response


@broken("taken-is-400", "a taken number is answered with 400", "CREATE-UNIQUE", REFUSED, "registerPhone")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return response.with_status(400) if response.status == 409 else response


@broken(
    "no-uuid-is-500",
    "a malformed uuid is answered with 500",
    "SCHEMA-SERVER-ERROR READ-UNKNOWN",
    "/paths /components/responses",
    ITEMS,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return (
        refusal(500) if request.role in ("read", "update", "delete") and not is_uuid(request.key) else correct(request)
    )


@broken(
    "unknown-delete-is-200",
    "a delete of an unknown phone succeeds",
    "DELETE-GONE ERROR-UNKNOWN-RECORD",
    "/",
    "deletePhone",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    if request.role == "delete" and response.status == 404:
        return json_response(200, {"success": True, "message": "Phone number deleted successfully"})
    return response


@broken(
    "empty-list-is-404",
    "a list without matches is answered with 404",
    "LIST-ACCEPTED LIST- FILTER- SEARCH-",
    "/",
    "listPhones",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return refusal(404) if request.role == "list" and response.ok and not response.json["phones"] else response


@broken(
    "refused-is-200",
    "an invalid body is answered with 200 and success: false",
    "SCHEMA-BODY SCHEMA-HEADER ERROR- SCHEMA-ACCEPTS-BAD",
    "/",
    WRITES,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return response.with_status(200) if response.status == 400 and request.method != "GET" else response
