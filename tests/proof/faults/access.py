"""Access faults: tokens, unprotected methods, phones of other accounts."""

from __future__ import annotations

from collections.abc import Callable

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.front import Handler
from tests.proof.messages import COLLECTION, Request, ServiceResponse
from tests.proof.mistakes import lists, responses_to
from tests.proof.service import contains, now, page_of
from tests.proof.talk import Talk, item, summary

TOKEN = "the-token-of-the-account"
broken = Group("access", token=TOKEN)
leaking = Group("documented: accounts")
HERE = "/components/securitySchemes /components/responses /components/headers/WWW-Authenticate /security /x-http /paths"
ANY = "listPhones registerPhone getPhone updatePhone deletePhone"


def _let_in(request: Request, correct: Correct) -> ServiceResponse:
    return correct(request.with_header("Authorization", f"Bearer {TOKEN}"))


def _credentials(request: Request) -> str:
    return request.header("Authorization") or ""


def _open(name: str, what: str, when: Callable[[Request], bool], sent: str = "") -> None:
    """A service that accepts some requests that it should refuse."""

    def exchange(talk: Talk) -> object:
        key = talk.made()["uuid"]
        requests = [
            ("GET", COLLECTION, ""),
            ("GET", COLLECTION, "page=2"),
            ("POST", COLLECTION, ""),
            ("HEAD", COLLECTION, ""),
        ]
        requests += [("GET", item(key), ""), ("PATCH", item(key), ""), ("DELETE", item(key), "")]
        return [
            talk.send(method, path, query, {}, headers={"Authorization": sent or "none"}).status
            for method, path, query in requests
        ]

    broken(name, what, "AUTH-EVERYWHERE AUTH-LIST AUTH-", HERE, ANY, shows=exchange)(
        lambda request, correct: _let_in(request, correct) if when(request) else correct(request)
    )


_open("gets-are-open", "a get of one phone needs no token", lambda request: request.role == "read")
_open("updates-are-open", "an update needs no token", lambda request: request.role == "update")
_open("creates-are-open", "a register needs no token", lambda request: request.role == "create")
_open("head-is-open", "HEAD needs no token", lambda request: request.method == "HEAD")
_open(
    "second-page-is-open",
    "from the second page on, a list needs no token",
    lambda request: request.role == "list" and (request.parameter("page") or "1") not in ("", "1"),
)
_open(
    "any-token",
    "any token is taken",
    lambda request: _credentials(request).lower().startswith("bearer ") and len(_credentials(request)) > 8,
    "Bearer other",
)
_open(
    "longer-token",
    "a token with something after it is taken",
    lambda request: _credentials(request).startswith(f"Bearer {TOKEN}"),
    f"Bearer {TOKEN}x",
)
_open(
    "empty-token",
    "an empty token is taken",
    lambda request: _credentials(request).strip().lower() == "bearer",
    "Bearer ",
)
_open(
    "basic-token",
    "the token is taken in Basic",
    lambda request: _credentials(request).lower().startswith("basic "),
    "Basic dTpw",
)
_open(
    "token-with-first-letter-wrong",
    "the first letter of a token does not matter",
    lambda request: _credentials(request)[8:] == TOKEN[1:],
    f"Bearer x{TOKEN[1:]}",
)
_open(
    "null-token",
    "the token null is taken",
    lambda request: _credentials(request) in ("Bearer null", "Bearer undefined"),
    "Bearer null",
)


def _unauthorised(name: str, what: str, codes: str, handler: Handler) -> None:
    def exchange(talk: Talk) -> object:
        response = talk.send("GET", headers={"Authorization": "Bearer other"})
        return (
            summary(response),
            response.header("WWW-Authenticate"),
            talk.send("DELETE", item("x"), headers={"Authorization": "none"}).status,
        )

    broken(name, what, f"{codes} AUTH- SCHEMA-BODY SCHEMA-MEDIA-TYPE ERROR-SHAPE", HERE, ANY, shows=exchange)(handler)


def _on_401(change: Callable[[ServiceResponse], ServiceResponse]) -> Handler:
    def handler(request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        return change(response) if response.status == 401 else response

    return handler


_unauthorised(
    "no-token-without-body",
    "a 401 has no body",
    "SCHEMA-BODY AUTH-CHALLENGE",
    _on_401(lambda _: ServiceResponse(401, (("WWW-Authenticate", "Bearer"),))),
)
_unauthorised(
    "no-token-as-page",
    "a 401 is a page",
    "SCHEMA-MEDIA-TYPE",
    _on_401(
        lambda _: ServiceResponse(401, (("WWW-Authenticate", "Bearer"), ("Content-Type", "text/html")), b"<h1>No.</h1>")
    ),
)
_unauthorised(
    "no-token-is-403",
    "a request without the token is answered with 403",
    "AUTH-LIST",
    _on_401(lambda response: response.with_status(403)),
)
_unauthorised(
    "challenge-is-basic",
    "a 401 asks for Basic",
    "AUTH-CHALLENGE SCHEMA-HEADER",
    _on_401(lambda response: response.with_header("WWW-Authenticate", 'Basic realm="phones"')),
)
_unauthorised(
    "wrong-token-is-404",
    "a request with a wrong token is answered with 404",
    "AUTH-LIST",
    responses_to(
        lambda response, _: response.with_status(404) if response.status == 401 else response,
        lambda request: bool(_credentials(request)),
    ),
)


@broken(
    "creates-before-it-asks",
    "a register without the token is refused, and done",
    "AUTH-NO-EFFECT",
    HERE,
    ANY,
    shows=lambda talk: [
        talk.send("POST", body={"number": talk.number()}, headers={"Authorization": "none"}).status,
        talk.list().json["total"],
    ],
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    if request.role == "create" and response.status == 401:
        _let_in(request, correct)
    return response


_OTHER = {
    "uuid": "0b6f3a0e-9d0f-4c58-8a3e-6f6c1d0d7a11",
    "name": "Somebody's desk",
    "number": "+442079460999",
    "type": "private",
    "countryCode": "GB",
    "provider": "vapi",
    "status": "active",
    "smsEnabled": False,
    "createdAt": now(),
    "updatedAt": now(),
}
_LEAK = "LIST- SEARCH- FILTER- CREATE- READ- UPDATE- DELETE-"


def _leak(name: str, what: str, codes: str, handler: Handler, **parameters: object) -> None:
    leaking(name, what, f"{codes} {_LEAK}", "/", ANY, shows=lambda talk: talk.listed(**parameters))(handler)


_leak(
    "others-counted",
    "total counts the phones of other accounts, too",
    "LIST-TOTAL",
    lists(lambda body, _request: {"total": body["total"] + 3}),
)
_leak(
    "others-on-the-last-page",
    "a page that is not full is filled up with the phones of other accounts",
    "LIST-TOTAL LIST-PAGES",
    lists(
        lambda body, request: (
            {"phones": [*body["phones"], _OTHER]}
            if page_of(request) > 1 and 0 < len(body["phones"]) < body["limit"]
            else {}
        )
    ),
    page=2,
)
_leak(
    "others-in-searches",
    "a search finds the phones of other accounts, too",
    "SEARCH-ELSEWHERE SEARCH-",
    lists(
        lambda body, request: (
            {"phones": [*body["phones"], _OTHER][: body["limit"]], "total": body["total"] + 1}
            if request.parameter("search") and contains(_OTHER, request.parameter("search") or "")
            else {}
        )
    ),
    search="somebody",
)
_leak(
    "others-in-filtered-lists",
    "a list by type has the phones of other accounts, too",
    "FILTER-EXACT FILTER-PARTITION FILTER-",
    lists(
        lambda body, request: (
            {"phones": [*body["phones"], _OTHER][: body["limit"]], "total": body["total"] + 1}
            if request.parameter("type") == "private" and not request.parameter("status")
            else {}
        )
    ),
    type="private",
    limit=100,
)
