"""Methods, headers and paths with responses that break HTTP or the document."""

from __future__ import annotations

import uuid
from dataclasses import replace

from tests.proof.catalogue import Group
from tests.proof.front import Handler
from tests.proof.messages import COLLECTION, ServiceResponse, json_response, refusal
from tests.proof.mistakes import responses, responses_to
from tests.proof.talk import Shown, Talk, item, summary

broken = Group("assumed: http")
ANY = "listPhones registerPhone getPhone updatePhone deletePhone"
DONE = {"success": True, "message": "Phone number deleted successfully"}


def _wrong(name: str, what: str, codes: str, handler: Handler, shown: Shown, operations: str = ANY) -> None:
    broken(name, what, codes, "/", operations, shows=shown)(handler)


def _on(method: str, of_item: bool | None = None) -> Shown:
    """A request with this method, to a phone, the collection, or both."""

    def exchange(talk: Talk) -> object:
        paths = [COLLECTION, item(talk.made()["uuid"])] if of_item is None else []
        paths += [item(talk.made()["uuid"])] if of_item else [COLLECTION] if of_item is False else []
        sent = [talk.send(method, path, body={"name": "x"} if method in ("PUT", "POST") else None) for path in paths]
        return (
            [
                (
                    one.status,
                    one.header("Allow"),
                    one.header("Content-Length"),
                    one.body[:20],
                    one.header("Content-Type"),
                )
                for one in sent
            ],
            talk.list().status,
            talk.list().json["total"],
        )

    return exchange


_wrong(
    "item-head-is-405",
    "HEAD of a phone is not allowed",
    "HTTP-HEAD",
    lambda request, correct: (
        refusal(405, "No.", ("Allow", "GET, PATCH, DELETE, OPTIONS"))
        if request.method == "HEAD" and request.key
        else correct(request)
    ),
    _on("HEAD", True),
)
_wrong(
    "unknown-head-is-200",
    "HEAD of a phone that is not there is answered with 200",
    "HTTP-HEAD",
    lambda request, correct: (
        replace(correct(request), status=200)
        if request.method == "HEAD" and correct(request).status == 404
        else correct(request)
    ),
    lambda talk: talk.send("HEAD", item("nothing")).status,
)
_wrong(
    "head-says-no-length",
    "HEAD says a Content-Length of 0",
    "HTTP-HEAD",
    lambda request, correct: (
        correct(request).with_header("Content-Length", "0") if request.method == "HEAD" else correct(request)
    ),
    _on("HEAD"),
)
_wrong(
    "head-says-text",
    "HEAD says another Content-Type than GET",
    "HTTP-HEAD",
    lambda request, correct: (
        correct(request).with_header("Content-Type", "text/plain") if request.method == "HEAD" else correct(request)
    ),
    _on("HEAD"),
)
_wrong(
    "item-options-is-404",
    "OPTIONS of a phone is answered with 404",
    "HTTP-OPTIONS",
    lambda request, correct: refusal(404) if request.method == "OPTIONS" and request.key else correct(request),
    _on("OPTIONS", True),
)
_wrong(
    "options-lacks-patch",
    "OPTIONS of a phone does not say that PATCH is allowed",
    "HTTP-OPTIONS",
    lambda request, correct: (
        correct(request).with_header("Allow", "DELETE, GET, HEAD, OPTIONS")
        if request.method == "OPTIONS" and request.key
        else correct(request)
    ),
    _on("OPTIONS", True),
)
_wrong(
    "options-says-too-much",
    "OPTIONS of the collection says that DELETE is allowed",
    "HTTP-OPTIONS",
    lambda request, correct: (
        correct(request).with_header("Allow", "DELETE, GET, HEAD, OPTIONS, POST")
        if request.method == "OPTIONS" and request.path == COLLECTION
        else correct(request)
    ),
    _on("OPTIONS", False),
)
_wrong(
    "item-allow-says-too-much",
    "a 405 of a phone says that PUT is allowed",
    "HTTP-ALLOW",
    responses_to(
        lambda response, _: (
            response.with_header("Allow", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT")
            if response.status == 405
            else response
        ),
        lambda request: request.key is not None,
    ),
    _on("PUT", True),
)
_wrong(
    "allow-lacks-post",
    "a 405 of the collection does not say that POST is allowed",
    "HTTP-ALLOW",
    responses_to(
        lambda response, _: response.with_header("Allow", "GET, HEAD, OPTIONS") if response.status == 405 else response,
        lambda request: request.key is None,
    ),
    _on("PUT", False),
)
_wrong(
    "not-allowed-without-body",
    "a 405 has no body",
    "HTTP-METHOD HTTP-ALLOW SCHEMA-BODY ERROR-SHAPE",
    responses_to(
        lambda response, _: (
            ServiceResponse(405, (("Allow", response.header("Allow") or ""),)) if response.status == 405 else response
        ),
        lambda _request: True,
    ),
    _on("PUT"),
)
_wrong(
    "put-on-collection-is-500",
    "PUT on the collection makes the service fail",
    "SCHEMA-SERVER-ERROR HTTP-METHOD",
    lambda request, correct: (
        refusal(500) if request.method == "PUT" and request.path == COLLECTION else correct(request)
    ),
    _on("PUT", False),
)
_wrong(
    "put-on-collection-creates",
    "PUT on the collection registers a phone",
    "HTTP-METHOD",
    lambda request, correct: (
        correct(replace(request, method="POST"))
        if request.method == "PUT" and request.path == COLLECTION
        else correct(request)
    ),
    lambda talk: talk.send("PUT", body={"number": "+12025550143"}).status,
)
_wrong(
    "patch-on-collection-is-200",
    "PATCH on the collection is answered with the list",
    "HTTP-METHOD",
    lambda request, correct: (
        correct(replace(request, method="GET"))
        if request.method == "PATCH" and request.path == COLLECTION
        else correct(request)
    ),
    _on("PATCH", False),
)
_wrong(
    "delete-on-collection-is-200",
    "DELETE on the collection is answered with success",
    "HTTP-METHOD",
    lambda request, correct: (
        json_response(200, DONE) if request.method == "DELETE" and request.path == COLLECTION else correct(request)
    ),
    _on("DELETE", False),
)
_wrong(
    "post-on-item-updates",
    "POST on a phone updates it",
    "HTTP-METHOD",
    lambda request, correct: (
        correct(replace(request, method="PATCH")) if request.method == "POST" and request.key else correct(request)
    ),
    _on("POST", True),
)
_wrong(
    "trailing-slash-is-500",
    "a slash after the path of a phone makes the service fail",
    "SCHEMA-SERVER-ERROR HTTP-UNKNOWN-PATH",
    lambda request, correct: (
        refusal(500) if request.path.startswith(f"{COLLECTION}/") and request.path.endswith("/") else correct(request)
    ),
    lambda talk: talk.send("GET", f"{COLLECTION}/{talk.made()['uuid']}/").status,
)
_wrong(
    "unknown-path-is-200",
    "a path that is nothing is answered with the start page",
    "HTTP-UNKNOWN-PATH",
    lambda request, correct: (
        ServiceResponse(200, (("Content-Type", "text/html"),), b"<h1>Call Camp</h1>")
        if request.method == "GET" and correct(request).status == 404 and request.key is None
        else correct(request)
    ),
    lambda talk: talk.send("GET", "/api/nothing").status,
)
_wrong(
    "get-as-text",
    "a get says that it is text/plain",
    "SCHEMA-MEDIA-TYPE",
    responses(lambda response: response.with_header("Content-Type", "text/plain"), {200}, "read"),
    lambda talk: talk.get(talk.made()["uuid"]).header("Content-Type"),
)
_wrong(
    "delete-as-page",
    "the answer to a delete says that it is text/html",
    "SCHEMA-MEDIA-TYPE",
    responses(lambda response: response.with_header("Content-Type", "text/html"), {200}, "delete"),
    lambda talk: talk.delete(talk.made()["uuid"]).header("Content-Type"),
)
_wrong(
    "update-as-nothing",
    "the answer to an update has no Content-Type",
    "SCHEMA-MEDIA-TYPE",
    responses(lambda response: response.with_header("Content-Type", None), {200}, "update"),
    lambda talk: talk.update(talk.made()["uuid"], name="x").header("Content-Type"),
)


def _leads(talk: Talk) -> object:
    where = talk.create().header("Location") or ""
    return where.startswith("/") and talk.send("GET", where).status


_wrong(
    "location-is-the-collection",
    "Location of a register is the collection",
    "CREATE-LOCATION",
    responses(lambda response: response.with_header("Location", COLLECTION), {201}, "create"),
    lambda talk: talk.create().header("Location") == COLLECTION,
)
_wrong(
    "location-of-another",
    "Location of a register has another uuid",
    "CREATE-LOCATION",
    responses(lambda response: response.with_header("Location", f"{COLLECTION}/{uuid.uuid4()}"), {201}, "create"),
    _leads,
)
_wrong(
    "location-is-the-uuid",
    "Location of a register is the uuid alone",
    "CREATE-LOCATION",
    responses(lambda response: response.with_header("Location", response.json["uuid"]), {201}, "create"),
    _leads,
)
_wrong(
    "length-in-characters",
    "Content-Length counts characters, so that what has accents is cut",
    "HTTP-ANSWERS HTTP-CHARSET SCHEMA-BODY CREATE- UPDATE- LIST- SEARCH-",
    lambda request, correct: _cut(correct(request)),
    lambda talk: summary(talk.create(name="Zoë"))[2].__class__.__name__,
)
_wrong(
    "long-lists-claim-gzip",
    "a list of more than 2,000 bytes says that it is compressed, and isn't",
    "HTTP-ANSWERS LIST- CREATE-",
    lambda request, correct: (
        correct(request).with_header("Content-Encoding", "gzip")
        if request.role == "list" and len(correct(request).body) > 2000
        else correct(request)
    ),
    lambda talk: talk.list().header("Content-Encoding"),
)
_wrong(
    "deleted-says-false",
    "the answer to a delete says success: false",
    "SCHEMA-BODY DELETE-",
    responses(lambda response: response.with_members(success=False), {200}, "delete"),
    lambda talk: talk.delete(talk.made()["uuid"]).json,
)
_wrong(
    "deleted-without-message",
    "the answer to a delete has no message",
    "SCHEMA-BODY",
    responses(lambda response: response.with_json({"success": True}), {200}, "delete"),
    lambda talk: talk.delete(talk.made()["uuid"]).json,
)
_wrong(
    "list-without-limit",
    "a list does not say its limit",
    "SCHEMA-BODY LIST-",
    responses(
        lambda response: response.with_json({k: v for k, v in response.json.items() if k != "limit"}), {200}, "list"
    ),
    lambda talk: talk.listed(),
)
_wrong(
    "update-answer-has-changes-alone",
    "the answer to an update has only what changed",
    "SCHEMA-BODY UPDATE-",
    responses_to(
        lambda response, request: response.with_json(request.members) if response.ok else response,
        lambda request: request.role == "update",
    ),
    lambda talk: talk.through({}, {"name": "x"}),
)
_wrong(
    "created-has-uuid-alone",
    "the answer to a register has only the uuid",
    "SCHEMA-BODY CREATE-",
    responses(lambda response: response.with_json({"uuid": response.json["uuid"]}), {201}, "create"),
    lambda talk: talk.through({}),
)


def _cut(response: ServiceResponse) -> ServiceResponse:
    try:
        text = response.body.decode()
    except UnicodeDecodeError:
        return response
    return replace(response, body=response.body[: len(text)]) if response.body else response
