"""Violations of HTTP."""

from __future__ import annotations

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse, refusal

broken = Group("http details")
HERE = "/x-http /paths /components/responses /components/headers"
ANY = "listPhones registerPhone getPhone updatePhone deletePhone"


@broken("head-is-405", "HEAD is not allowed", "HTTP-HEAD", HERE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    if request.method != "HEAD" or not correct(request).ok:
        return correct(request)
    return ServiceResponse(405, (("Allow", "GET, POST"), ("Content-Length", "0")))


@broken("options-is-405", "OPTIONS is not allowed", "HTTP-OPTIONS", HERE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    if request.method != "OPTIONS" or not correct(request).ok:
        return correct(request)
    return refusal(405, "no", ("Allow", "GET, HEAD, POST"))


@broken("not-allowed-without-allow", "a 405 has no Allow", "HTTP-ALLOW HTTP-METHOD SCHEMA-HEADER", HERE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return response.with_header("Allow", None) if response.status == 405 else response


@broken("method-is-404", "an unsupported method of a path is answered with 404", "HTTP-METHOD HTTP-ALLOW", HERE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return response.with_status(404).with_header("Allow", None) if response.status == 405 else response


@broken("put-is-patch", "a PUT works as a PATCH", "HTTP-METHOD", HERE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    if request.method != "PUT" or request.key is None:
        return correct(request)
    return correct(Request("PATCH", request.path, request.raw_query, request.headers, request.body))


@broken(
    "unknown-path-in-html",
    "an unknown path is answered with the framework's HTML page",
    "HTTP-UNKNOWN-PATH ERROR-SHAPE SCHEMA-MEDIA-TYPE",
    HERE,
    ANY,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    lost = response.status == 404 and request.key is None and request.method != "HEAD"
    return ServiceResponse(404, (("Content-Type", "text/html"),), b"<h1>Not Found</h1>") if lost else response


@broken(
    "charset-parameter-refused",
    "application/json; charset=utf-8 is refused",
    "HTTP-MEDIA-TYPE-SPELLING HTTP-MEDIA-TYPE",
    HERE,
    ANY,
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    kind = request.header("Content-Type") or ""
    return refusal(415) if request.role in ("create", "update") and ";" in kind else correct(request)


@broken("text-is-json", "a JSON body sent as text/plain is accepted", "HTTP-MEDIA-TYPE", HERE, ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    kind = (request.header("Content-Type") or "").partition(";")[0].strip()
    return (
        correct(request.with_header("Content-Type", "application/json"))
        if kind.startswith("text/")
        else correct(request)
    )


@broken("answers-in-latin-1", "responses are encoded in Latin-1", "HTTP-CHARSET SCHEMA-BODY CREATE-", "/", ANY)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    text = response.body.decode("utf-8")
    return (
        ServiceResponse(response.status, response.headers, text.encode("latin-1", "replace"))
        if response.body
        else response
    )


@broken(
    "hangs-up-on-deletes",
    "a delete of an ordered phone is carried out, and the connection closed without a response",
    "HTTP-ANSWERS CREATE- UPDATE- LIST-",
    "/",
    "deletePhone listPhones",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    ordered = request.role == "delete" and (correct.record(request.key) or {}).get("type") == "ordered"
    response = correct(request)
    return response.over(drop="response") if ordered and response.ok else response
