"""Pages that overlap, lack something, or are counted wrongly."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from zlib import crc32

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse, refusal
from tests.proof.service import Relisted, page_of, relist

broken = Group("paging")
PAGE = "/components/parameters/page /x-resources/phone/list"
LIMIT = "/components/parameters/limit /x-resources/phone/list"
COUNTS = "/x-resources/phone/list /components/schemas/PhoneList"
_PAGES, _PAGED = "LIST-PAGES LIST-PAGE-SIZE LIST-PAST-END", f"{PAGE} {LIMIT}"

broken("pages-overlap", "a page starts with the last phone of the page before", _PAGES, _PAGED, "listPhones")(
    Relisted(paging=lambda phones, page, limit: phones[max(0, (page - 1) * limit - (page > 1)) :][:limit])
)
broken("pages-lose-one", "a phone is missing between two pages", _PAGES, _PAGED, "listPhones")(
    Relisted(paging=lambda phones, page, limit: phones[(page - 1) * (limit + 1) :][:limit])
)
broken("limit-ignored", "a page has ten phones, whatever the limit", "LIST-PAGE-SIZE", LIMIT, "listPhones")(
    Relisted(paging=lambda phones, page, _limit: phones[(page - 1) * 10 : page * 10])
)
broken("total-of-the-page", "total counts only the page", "LIST-TOTAL", COUNTS, "listPhones")(
    Relisted(count=lambda _matched, page, _every: len(page))
)
broken("total-less-one", "total is one too few", "LIST-TOTAL", COUNTS, "listPhones")(
    Relisted(count=lambda matched, _page, _every: max(0, len(matched) - 1))
)
broken("pages-rounded-down", "totalPages is rounded down", "LIST-TOTAL-PAGES", COUNTS, "listPhones")(
    Relisted(pages=lambda total, limit: total // limit)
)
broken("pages-at-least-one", "totalPages is 1 if nothing matches", "LIST-TOTAL-PAGES", COUNTS, "listPhones")(
    Relisted(pages=lambda total, limit: max(1, -(-total // limit)))
)


def listed(request: Request, correct: Correct, change: Callable[[ServiceResponse], ServiceResponse]) -> ServiceResponse:
    """The response, changed if it is a list."""
    response = correct(request)
    return change(response) if request.role == "list" and response.ok else response


@broken(
    "page-said-from-zero",
    "the page in a response is one too low",
    "LIST-ECHO SCHEMA-BODY LIST-DEFAULTS",
    f"{COUNTS} {PAGE}",
    "listPhones",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return listed(request, correct, lambda response: response.with_members(page=response.json["page"] - 1))


@broken(
    "past-the-end-is-404",
    "a page past the end is answered with 404",
    "LIST-PAST-END LIST-ACCEPTED",
    f"{COUNTS} {PAGE} /paths",
    "listPhones",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return listed(
        request,
        correct,
        lambda response: refusal(404) if response.json["page"] > max(1, response.json["totalPages"]) else response,
    )


@broken(
    "far-page-is-500",
    "a page beyond 2^31 is answered with 500",
    "LIST-FAR-PAGES SCHEMA-SERVER-ERROR",
    "/",
    "listPhones",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return listed(
        request,
        correct,
        lambda response: refusal(500, "integer out of range") if page_of(request) >= 2**31 else response,
    )


@broken("twenty-by-default", "a page has 20 phones without a limit", "LIST-DEFAULTS", f"{COUNTS} {LIMIT}", "listPhones")
def _(request: Request, correct: Correct) -> ServiceResponse:
    wanted = request.role == "list" and request.parameter("limit") is None
    return correct(request.with_parameter("limit", "20")) if wanted else correct(request)


def lenient(name: str, mend: Callable[[str], str | None]) -> Callable[[Request, Correct], ServiceResponse]:
    """A list that reads numbers leniently; if `mend` returns None, as usual."""

    def handler(request: Request, correct: Correct) -> ServiceResponse:
        text = request.parameter(name)
        if (
            request.role != "list"
            or text is None
            or correct(request).status != 400
            or request.raw_query.count(f"{name}=") > 1
        ):
            return correct(request)
        better = mend(text)
        return correct(request) if better is None else correct(request.with_parameter(name, better))

    return handler


def whole(text: str) -> int | None:
    """The whole number in a text; None for other text."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() else None


def decimal(text: str) -> str | None:
    """The digits of a text of digits of any script."""
    return "".join(str(unicodedata.decimal(one)) for one in text) if text.isdecimal() and not text.isascii() else None


def floating(text: str) -> str | None:
    """The whole number in a text with a point or an exponent."""
    try:
        number = float(text)
    except ValueError:
        return None
    return (
        str(int(number))
        if text.isascii() and text == text.strip() and number.is_integer() and number >= 1 and {"e", "."} & set(text)
        else None
    )


broken("limit-cut-to-100", "a limit over 100 is reduced to 100", "LIST-LIMIT-BOUNDS", LIMIT, "listPhones")(
    lenient("limit", lambda text: "100" if (whole(text) or 0) > 100 else None)
)
broken("limit-in-other-digits", "a limit in full-width digits is accepted", "LIST-LIMIT-DIGITS", LIMIT, "listPhones")(
    lenient("limit", decimal)
)
broken("limit-is-a-float", "a limit of 1e1 or 5.0 is accepted", "LIST-LIMIT-DIGITS", LIMIT, "listPhones")(
    lenient("limit", floating)
)
broken("page-with-spaces", "a page with a leading space is accepted", "LIST-PAGE-DIGITS", PAGE, "listPhones")(
    lenient("page", lambda text: text.strip() if (whole(text.strip()) or 0) > 0 and text != text.strip() else None)
)


@broken(
    "parameter-twice",
    "of a repeated parameter, the last value applies",
    "LIST-REPEATED-PARAMETER",
    "/x-http",
    "listPhones",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    return correct(request.with_query(dict(request.query).items())) if request.role == "list" else correct(request)


@broken(
    "no-order-of-its-own",
    "the order does not break ties, and each query breaks them differently",
    "LIST-ORDER LIST-",
    "/x-resources/phone/list",
    "listPhones",
)
class _NoTieBreak:
    """Phones made in the same second come in another order with every query."""

    def __init__(self) -> None:
        self._turn = 0

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        self._turn += 1
        turn = self._turn
        return relist(
            request,
            correct,
            order=lambda phones: sorted(
                phones, key=lambda one: (one["createdAt"][:19], crc32(f"{turn}{one['uuid']}".encode())), reverse=True
            ),
        )
