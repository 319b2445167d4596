"""Differences in statuses, headers and the bodies of errors."""

from __future__ import annotations

import re
from typing import Any

from tests.proof.differing.table import Responder, difference
from tests.proof.messages import COLLECTION, Request, ServiceResponse, json_response

TOKEN = "differing-service-token"
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PHONES, _PHONE = "/paths/~1phones", "/paths/~1phones~1{uuid}"
_ERRORS = "/components/schemas/Error /x-http/refusals /components/responses"
_REFUSALS = "/components/responses /x-http/refusals"


def wants_json(request: Request) -> bool:
    """Whether the body of a request is declared as JSON."""
    return (request.header("Content-Type") or "").partition(";")[0].strip().lower() == "application/json"


def known_path(request: Request) -> bool:
    """Whether the contract has the path."""
    return request.path == COLLECTION or request.key is not None


def message_of(response: ServiceResponse) -> str:
    """The message of the correct service's error."""
    return str(response.json["message"]) if isinstance(response.json, dict) and "message" in response.json else "Error"


def _status(name: str, what: str, pointers: str, role: str, status: int) -> None:
    @difference(name, what, pointers)
    def _(request: Request, below: Responder) -> ServiceResponse:
        response = below(request)
        return response.with_status(status) if request.role == role and response.ok else response


_status("created-is-200", "a create returns 200", f"{_PHONES}/post/responses/201", "create", 200)
_status("created-is-202", "a create returns 202", f"{_PHONES}/post/responses/201", "create", 202)
_status("deleted-is-202", "a delete returns 202", f"{_PHONE}/delete/responses/200", "delete", 202)
_status("updated-is-202", "an update returns 202", f"{_PHONE}/patch/responses/200", "update", 202)
_status("listed-is-206", "a list returns 206", f"{_PHONES}/get/responses/200", "list", 206)


@difference("no-location", "a create returns no Location", f"{_PHONES}/post/responses/201/headers/Location")
def _(request: Request, below: Responder) -> ServiceResponse:
    return below(request).with_header("Location", None)


def _refused(name: str, what: str, old: int, new: int, token: str | None = None, nodes: int = 1) -> None:
    @difference(name, what, _REFUSALS, token=token, nodes=nodes)
    def _(request: Request, below: Responder) -> ServiceResponse:
        response = below(request)
        return response.with_status(new) if response.status == old else response


_refused("invalid-is-422", "an invalid request is refused with 422", 400, 422)
_refused("conflict-is-400", "a number that is taken is refused with 400", 409, 400)
_refused("conflict-is-422", "a number that is taken is refused with 422", 409, 422)
_refused("unknown-is-410", "an unknown key or path is refused with 410", 404, 410, nodes=2)
_refused("method-is-404", "an undeclared method is refused with 404", 405, 404)
_refused("method-is-501", "an undeclared method is refused with 400", 405, 400)
_refused("media-type-is-400", "another media type is refused with 400", 415, 400)
_refused("media-type-is-422", "another media type is refused with 422", 415, 422)
_refused("too-large-is-400", "a body over the limit is refused with 400", 413, 400)
_refused("token-is-403", "a wrong token is refused with 403", 401, 403, TOKEN)


@difference("malformed-key-is-400", "a key that is not a uuid is refused with 400", _REFUSALS)
def _(request: Request, below: Responder) -> ServiceResponse:
    response = below(request)
    malformed = request.key is not None and not _UUID.fullmatch(request.key)
    return response.with_status(400) if response.status == 404 and malformed else response


@difference("malformed-key-is-422", "a key that is not a uuid is refused with 422", _REFUSALS)
def _(request: Request, below: Responder) -> ServiceResponse:
    response = below(request)
    malformed = request.key is not None and not _UUID.fullmatch(request.key)
    return response.with_status(422) if response.status == 404 and malformed else response


def _without(name: str, what: str, header: str, pointers: str, token: str | None = None) -> None:
    @difference(name, what, pointers, token=token)
    def _(request: Request, below: Responder) -> ServiceResponse:
        response = below(request)
        return response if response.ok else response.with_header(header, None)


_without("no-allow", "a refused method comes without Allow", "Allow", f"{_REFUSALS} /components/headers/Allow")
_without(
    "no-challenge",
    "a wrong token is refused without WWW-Authenticate",
    "WWW-Authenticate",
    f"{_REFUSALS} /components/headers/WWW-Authenticate",
    TOKEN,
)


def _errors(name: str, what: str, body: Any, media_type: str = "application/json", nodes: int = 1) -> None:
    @difference(name, what, _ERRORS, nodes=nodes)
    def _(request: Request, below: Responder) -> ServiceResponse:
        response = below(request)
        if response.status < 400 or request.method == "HEAD":
            return response
        shaped = response.with_json(body(response.status, message_of(response)))
        return shaped.with_header("Content-Type", media_type)


_errors("errors-with-error", "an error is {error: text}", lambda _status, text: {"error": text})
_errors("errors-with-detail", "an error is {detail: text}", lambda _status, text: {"detail": text})
_errors(
    "errors-with-detail-list",
    "an error is {detail: [{loc, msg, type}]}",
    lambda _status, text: {"detail": [{"loc": ["body"], "msg": text, "type": "value_error"}]},
)
_errors(
    "errors-with-status-code",
    "an error is {statusCode, message: [text], error}",
    lambda status, text: {"statusCode": status, "message": [text], "error": "Bad Request"},
    nodes=2,
)
_errors(
    "errors-with-errors-by-field",
    "an error is {message, errors: {field: [text]}}",
    lambda _status, text: {"message": text, "errors": {"number": [text]}},
    nodes=2,
)
_errors(
    "errors-with-timestamp",
    "an error is {timestamp, status, error, path}",
    lambda status, _text: {"timestamp": "2026-01-10T12:00:00Z", "status": status, "error": "Error", "path": "/phones"},
)
_errors("errors-by-field", "an error is {field: [text]}", lambda _status, text: {"number": [text]})
_errors(
    "errors-as-problem",
    "an error is a problem document (RFC 9457)",
    lambda status, text: {"type": "about:blank", "title": text, "status": status},
    "application/problem+json",
    nodes=2,
)


@difference("errors-as-html", "an error is an HTML page", _ERRORS)
def _(request: Request, below: Responder) -> ServiceResponse:
    response = below(request)
    if response.status < 400 or request.method == "HEAD":
        return response
    page = ServiceResponse(response.status, response.headers, f"<h1>{response.status}</h1>".encode())
    return page.with_header("Content-Type", "text/html; charset=utf-8")


@difference("errors-without-body", "an error has no body", _ERRORS)
def _(request: Request, below: Responder) -> ServiceResponse:
    response = below(request)
    if response.status < 400:
        return response
    return ServiceResponse(response.status, response.headers).with_header("Content-Type", None)


@difference(
    "framework-404-is-html",
    "an unknown path or method gets an HTML page with 404",
    "/x-http/refusals/unrouted /components/responses/MethodNotAllowed",
    nodes=2,
)
def _(request: Request, below: Responder) -> ServiceResponse:
    response = below(request)
    if (not known_path(request) or response.status == 405) and request.method not in ("HEAD", "OPTIONS"):
        return ServiceResponse(404, (("Content-Type", "text/html; charset=utf-8"),), b"<h1>Not found</h1>")
    return response


@difference("head-is-405", "HEAD is refused", "/x-http/methods")
def _(request: Request, below: Responder) -> ServiceResponse:
    return ServiceResponse(405, (("Allow", "GET"),)) if request.method == "HEAD" else below(request)


@difference("options-is-405", "OPTIONS is refused", f"/x-http/methods {_REFUSALS}")
def _(request: Request, below: Responder) -> ServiceResponse:
    if request.method != "OPTIONS":
        return below(request)
    return json_response(405, {"success": False, "message": "No."}, ("Allow", "GET, POST"))


@difference("options-is-200", "OPTIONS returns 200", "/x-http/methods")
def _(request: Request, below: Responder) -> ServiceResponse:
    response = below(request)
    return response.with_status(200) if request.method == "OPTIONS" else response
