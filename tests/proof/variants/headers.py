"""Header fields other than the mock's, within HTTP."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse
from tests.proof.variations import Variety

right = Variety("headers")
TOKEN = "variation-token"
PREFIX = "/v1/tenants/42"


@right("more-headers", "answers have the fields that proxies and frameworks add, one of them twice")
def _(request: Request, correct: Correct) -> ServiceResponse:
    more = (
        ("Server", "nginx"),
        ("X-Request-Id", "4bf92f3577b34da6"),
        ("X-RateLimit-Remaining", "4711"),
        ("Strict-Transport-Security", "max-age=63072000"),
        ("X-Powered-By", "Express"),
        ("Set-Cookie", "session=abc; Path=/; HttpOnly"),
        ("Set-Cookie", "region=eu"),
        ("Via", "1.1 proxy"),
        ("X-Empty", ""),
    )
    response = correct(request)
    return replace(response, headers=(*more, *response.headers))


def _named(response: ServiceResponse, change: Callable[[str], str]) -> ServiceResponse:
    return replace(response, headers=tuple((change(name), text) for name, text in response.headers))


@right("lower-case-names", "the names of header fields are in small letters")
def _(request: Request, correct: Correct) -> ServiceResponse:
    return _named(correct(request), str.lower)


@right("upper-case-names", "the names of header fields are in capitals")
def _(request: Request, correct: Correct) -> ServiceResponse:
    return _named(correct(request), str.upper)


@right("with-charset", "the media type names its charset")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return response.with_header("Content-Type", "application/json; charset=utf-8") if response.body else response


@right("media-type-in-capitals", "the media type is in capitals, with a quoted charset and a profile")
def _(request: Request, correct: Correct) -> ServiceResponse:
    media_type = 'Application/JSON ; Charset="UTF-8"; profile="/schemas/phone"'
    response = correct(request)
    return response.with_header("Content-Type", media_type) if response.body else response


@right("cache-fields", "answers have ETag, Last-Modified, Cache-Control and Vary")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    if request.role not in ("list", "read") or not response.ok:
        return response.with_header("Cache-Control", "no-store")
    tag = hashlib.sha256(response.body).hexdigest()[:16]
    marked = response.with_header("ETag", f'W/"{tag}"').with_header("Cache-Control", "private, no-cache")
    return marked.with_header("Last-Modified", "Sun, 01 Mar 2026 12:00:00 GMT").with_header("Vary", "Authorization")


@right("allow-in-another-order", "Allow is in another order, without spaces, and names a method twice")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    methods = (response.header("Allow") or "").split(", ")
    return response.with_header("Allow", ",".join([*methods[::-1], methods[0]])) if methods[0] else response


@right("allow-in-two-fields", "Allow comes as two fields, which count as one list (RFC 9110, section 5.3)")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    first, _, rest = (response.header("Allow") or "").partition(", ")
    if not rest:
        return response
    without = response.with_header("Allow", None)
    return replace(without, headers=(*without.headers, ("Allow", first), ("allow", rest)))


@right("challenge-with-realm", "WWW-Authenticate says more than Bearer", token=TOKEN)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    challenge = 'Bearer realm="phones", error="invalid_token", error_description="expired"'
    return response.with_header("WWW-Authenticate", challenge) if response.status == 401 else response


def _located(response: ServiceResponse, start: str) -> ServiceResponse:
    """The response with a Location that starts with something other than `/api/`."""
    location = response.header("Location")
    return response if location is None else response.with_header("Location", start + location.removeprefix("/api/"))


@right("absolute-location", "Location is an absolute URI")
def _(request: Request, correct: Correct) -> ServiceResponse:
    return _located(correct(request), f"http://{request.header('Host')}/api/")


@right("relative-location", "Location is relative to the request")
def _(request: Request, correct: Correct) -> ServiceResponse:
    return _located(correct(request), "")


@right("dotted-location", "Location is relative to the request, and begins with a dot")
def _(request: Request, correct: Correct) -> ServiceResponse:
    return _located(correct(request), "./")


@right("location-of-the-host", "Location names the host and not the scheme (RFC 3986, section 4.2)")
def _(request: Request, correct: Correct) -> ServiceResponse:
    return _located(correct(request), f"//{request.header('Host')}/api/")


@right("behind-a-prefix", "the service is found behind a longer path, which Location has too", prefix=PREFIX)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return _located(correct(request), f"{PREFIX}/api/")


@right("behind-a-prefix-absolute", "the same, with an absolute Location and a token", prefix=PREFIX, token=TOKEN)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return _located(correct(request), f"http://{request.header('Host')}{PREFIX}/api/")


@right("no-date", "answers have no Date, as of a service without a clock (RFC 9110, section 6.6.1)")
def _(request: Request, correct: Correct) -> ServiceResponse:
    return correct(request).over(dated=False)
