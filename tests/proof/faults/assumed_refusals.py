"""Refusals in another shape, with another status, or in another order, for one operation each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.proof.catalogue import Group
from tests.proof.messages import Role, ServiceResponse
from tests.proof.mistakes import responses
from tests.proof.talk import Shown, Talk, item, summary

broken = Group("assumed: refusals")
ERROR = "/components/schemas/Error /components/schemas/Violation /components/responses /x-http /paths"
_OPERATIONS: dict[str, str] = {
    "list": "listPhones",
    "create": "registerPhone",
    "read": "getPhone",
    "update": "updatePhone",
    "delete": "deletePhone",
}
_UNKNOWN = "5b6f3a0e-9d0f-4c58-8a3e-6f6c1d0d7a11"
TAKEN = "+12025550143"


def _refused(role: str, status: int) -> Shown:
    """An exchange with such a refusal."""

    def exchange(talk: Talk) -> object:
        body = {"list": None, "create": {"number": TAKEN, "name": ""}, "update": {"name": "", "status": "no"}}.get(role)
        if status == 404:
            method = {"read": "GET", "update": "PATCH", "delete": "DELETE"}[role]
            return summary(talk.send(method, item(_UNKNOWN), body={"name": "x"} if role == "update" else None))
        if status == 409:
            talk.create(number=TAKEN)
            return summary(talk.create(number=TAKEN))
        if role == "list":
            return summary(talk.list(limit=500))
        path = item(talk.made()["uuid"]) if role == "update" else "/api/phones"
        media_type = "text/plain" if status == 415 else "application/json"
        return summary(
            talk.send("POST" if role == "create" else "PATCH", path, body=body, headers={"Content-Type": media_type})
        )

    return exchange


def _shape(
    name: str, what: str, codes: str, role: Role, status: int, change: Callable[[ServiceResponse], ServiceResponse]
) -> None:
    broken(name, what, codes, ERROR, _OPERATIONS[role], shows=_refused(role, status))(responses(change, {status}, role))


def _text(response: ServiceResponse) -> ServiceResponse:
    return ServiceResponse(response.status, (("Content-Type", "text/plain"),), b"No.")


def _page(response: ServiceResponse) -> ServiceResponse:
    return ServiceResponse(response.status, (("Content-Type", "text/html"),), b"<h1>No.</h1>")


def _nothing(response: ServiceResponse) -> ServiceResponse:
    return ServiceResponse(response.status)


def _with(**fields: Any) -> Callable[[ServiceResponse], ServiceResponse]:
    return lambda response: response.with_members(**fields)


def _without(*names: str) -> Callable[[ServiceResponse], ServiceResponse]:
    return lambda response: response.with_json(
        {name: value for name, value in response.json.items() if name not in names}
    )


def _violations(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[ServiceResponse], ServiceResponse]:
    return lambda response: response.with_members(errors=[change(one) for one in response.json.get("errors", ())])


_SHAPE = "SCHEMA-BODY ERROR-SHAPE SCHEMA-MEDIA-TYPE"
_shape("unknown-delete-without-body", "a delete of nothing is refused without a body", _SHAPE, "delete", 404, _nothing)
_shape("unknown-get-as-text", "a get of nothing is refused with a text", _SHAPE, "read", 404, _text)
_shape(
    "unknown-get-succeeds-false-as-text",
    'a get of nothing says success: "false"',
    _SHAPE,
    "read",
    404,
    _with(success="false"),
)
_shape(
    "unknown-update-successful", "an update of nothing says success: true", _SHAPE, "update", 404, _with(success=True)
)
_shape(
    "unknown-delete-without-message",
    "a delete of nothing says an empty message",
    _SHAPE,
    "delete",
    404,
    _with(message=""),
)
_shape(
    "taken-without-message",
    "a number that is taken is refused without a message",
    _SHAPE,
    "create",
    409,
    _without("message"),
)
_shape("taken-without-body", "a number that is taken is refused without a body", _SHAPE, "create", 409, _nothing)
_shape("bad-list-as-page", "a bad parameter is refused with a page", _SHAPE, "list", 400, _page)
_shape(
    "bad-list-without-success", "a bad parameter is refused without success", _SHAPE, "list", 400, _without("success")
)
_shape(
    "bad-update-null-message",
    "a bad update is refused with the message null",
    _SHAPE,
    "update",
    400,
    _with(message=None),
)
_shape(
    "bad-update-errors-by-field",
    "a bad update is refused with an object of errors, as some validators make it",
    _SHAPE,
    "update",
    400,
    lambda response: response.with_members(
        errors={one["path"]: [one["message"]] for one in response.json.get("errors", ())}
    ),
)
_shape(
    "bad-update-errors-without-path",
    "the errors of a bad update have no path",
    _SHAPE,
    "update",
    400,
    _violations(lambda one: {name: text for name, text in one.items() if name != "path"}),
)
_shape(
    "bad-create-errors-in-json",
    "the errors of a bad register are in json",
    _SHAPE,
    "create",
    400,
    _violations(lambda one: {**one, "in": "json"}),
)
_shape(
    "bad-create-errors-are-texts",
    "the errors of a bad register are texts",
    _SHAPE,
    "create",
    400,
    lambda response: response.with_members(errors=[one["message"] for one in response.json.get("errors", ())]),
)
_PATHS = "ERROR-NAMES-PLACE ERROR-NAMES-ALL ERROR-"
_shape(
    "bad-update-path-with-points",
    "the errors of a bad update name a field as name, not as /name",
    _PATHS,
    "update",
    400,
    _violations(lambda one: {**one, "path": one["path"].removeprefix("/").replace("/", ".")}),
)
_shape(
    "bad-create-names-another-field",
    "the errors of a bad register always name /number",
    _PATHS,
    "create",
    400,
    _violations(lambda one: {**one, "path": "/number"}),
)
_shape(
    "bad-list-in-body",
    "the errors of a bad parameter are in body",
    _PATHS,
    "list",
    400,
    _violations(lambda one: {**one, "in": "body"}),
)
_shape(
    "bad-update-first-error-alone",
    "a bad update names the first mistake only",
    _PATHS,
    "update",
    400,
    lambda response: response.with_members(errors=response.json.get("errors", [])[:1]),
)
_shape("wrong-media-type-as-page", "a body of another media type is refused with a page", _SHAPE, "update", 415, _page)
_shape(
    "wrong-media-type-is-400",
    "an update of another media type is answered with 400",
    "HTTP-MEDIA-TYPE",
    "update",
    415,
    lambda response: response.with_status(400),
)
_shape(
    "unknown-get-is-200",
    "a get of nothing is answered with 200 and null",
    "READ-UNKNOWN ERROR-UNKNOWN-RECORD",
    "read",
    404,
    lambda response: response.with_status(200).with_json(None),
)
_shape(
    "unknown-get-is-400",
    "a get of nothing is answered with 400",
    "READ-UNKNOWN ERROR-UNKNOWN-RECORD DELETE-GONE",
    "read",
    404,
    lambda response: response.with_status(400),
)
_shape(
    "unknown-update-is-400",
    "an update of nothing is answered with 400",
    "ERROR-UNKNOWN-RECORD DELETE-GONE",
    "update",
    404,
    lambda response: response.with_status(400),
)
_shape(
    "unknown-delete-is-204",
    "a delete of nothing is answered with 204",
    "DELETE-GONE ERROR-UNKNOWN-RECORD",
    "delete",
    404,
    lambda _: ServiceResponse(204),
)
_shape(
    "taken-is-422",
    "a number that is taken is answered with 422",
    "CREATE-UNIQUE",
    "create",
    409,
    lambda response: response.with_status(422),
)
