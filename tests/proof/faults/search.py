"""Searches that find too much, or too little."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse, json_response, refusal
from tests.proof.service import SEARCHED, Phone, Relisted, contains, limit_of, page_of, relist

broken = Group("search")
HERE = "/components/parameters/search /x-resources/phone/list"


def searching(matches: Callable[[str, str], bool], members: tuple[str, ...] = SEARCHED) -> Relisted:
    """A list whose search compares each member unchanged with the text that was sent."""
    return Relisted(search=lambda phone, text: any(matches(phone[name] or "", text) for name in members))


def holds(value: str, text: str) -> bool:
    """The right comparison."""
    return text.casefold() in value.casefold()


def like(value: str, text: str) -> bool:
    """SQL's LIKE '%text%' with the unescaped text."""
    pattern = re.escape(text.casefold()).replace("%", ".*").replace("_", ".")
    return re.search(pattern, value.casefold(), re.DOTALL) is not None


def plain(text: str) -> str:
    """A text without its accents."""
    return "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one)).casefold()


def any_word(value: str, text: str) -> bool:
    """Whether one of the words is in a value."""
    return any(holds(value, word) for word in text.split()) or holds(value, text)


broken("search-case-sensitive", "a search is case-sensitive", "SEARCH-CASE", HERE, "listPhones")(
    searching(lambda value, text: text in value)
)
broken("search-from-the-start", "a search finds only texts that start with it", "SEARCH-PARTS", HERE, "listPhones")(
    searching(lambda value, text: value.casefold().startswith(text.casefold()))
)
broken("search-not-in-number", "a search does not cover numbers", "SEARCH-MEMBERS", HERE, "listPhones")(
    searching(holds, ("name", "provider"))
)
broken("search-in-uuid-too", "a search also covers the uuid", "SEARCH-ELSEWHERE", HERE, "listPhones")(
    searching(holds, (*SEARCHED, "uuid"))
)
broken(
    "search-wildcards", "% and _ in a search are wildcards, because of LIKE", "SEARCH-WILDCARDS", HERE, "listPhones"
)(searching(like))
broken("search-stars", "* in a search is a wildcard", "SEARCH-WILDCARDS SEARCH-CHARACTERS", HERE, "listPhones")(
    searching(
        lambda value, text: re.search(re.escape(text.casefold()).replace(r"\*", ".*"), value.casefold()) is not None
    )
)
broken("search-trimmed", "a search loses spaces at its ends", "SEARCH-SPACES", HERE, "listPhones")(
    searching(lambda value, text: holds(value, text.strip()))
)
broken(
    "search-any-word",
    "a search finds texts with any of its words",
    "SEARCH-LETTERS SEARCH-SPACES SEARCH-",
    HERE,
    "listPhones",
)(searching(any_word))
broken(
    "search-without-accents",
    "a search treats é as e, because of its collation",
    "SEARCH-LETTERS SEARCH-UNICODE SEARCH-CASE-UNICODE",
    HERE,
    "listPhones",
)(searching(lambda value, text: (plain(text) or text) in plain(value) or holds(value, text)))
broken(
    "search-across-members", "a search matches across the boundary of two fields", "SEARCH-ACROSS", HERE, "listPhones"
)(
    Relisted(
        search=lambda phone, text: (
            holds("".join(phone[name] or "" for name in ("name", "number", "provider")), text) or contains(phone, text)
        )
    )
)
broken(
    "search-of-twenty-letters", "a search uses only its first 20 characters", "SEARCH-PARTS SEARCH-", HERE, "listPhones"
)(searching(lambda value, text: holds(value, text[:20])))


@broken(
    "search-is-a-pattern",
    "a search is a regular expression",
    "SEARCH-CHARACTERS SEARCH-WILDCARDS SCHEMA-SERVER-ERROR",
    "/",
    "listPhones",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    def found(phone: Phone, text: str) -> bool:
        return any(re.search(text, phone[name] or "", re.IGNORECASE) for name in SEARCHED)

    try:
        return relist(request, correct, search=found)
    except re.error:
        return refusal(500, "invalid regular expression")


@broken(
    "search-plus-is-plus",
    "a plain + in a query is a plus sign, not a space",
    "SEARCH-PLUS",
    f"{HERE} /x-http",
    "listPhones",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    if request.role != "list" or "+" not in request.raw_query:
        return correct(request)
    return correct(Request(request.method, request.path, request.raw_query.replace("+", "%2B"), request.headers))


@broken(
    "search-finds-twice",
    "a phone that matches in two fields is listed twice",
    "SEARCH-ONCE",
    f"{HERE} /components/schemas/PhoneList",
    "listPhones",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    def twice(phones: list[Phone]) -> list[Phone]:
        text = request.parameter("search") or ""
        matching = [sum(holds(phone[name] or "", text) for name in SEARCHED) for phone in phones]
        return [
            phone
            for phone, times in zip(phones, matching, strict=True)
            for _ in range(max(1, min(2, times if text else 1)))
        ]

    return relist(request, correct, order=twice)


@broken("empty-search-finds-nothing", "an empty search finds nothing", "SEARCH-EMPTY", f"{HERE} /x-http", "listPhones")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    if request.role != "list" or not response.ok or request.parameter("search") != "":
        return response
    return json_response(
        200, {"phones": [], "total": 0, "page": page_of(request), "limit": limit_of(request), "totalPages": 0}
    )


@broken("search-unbounded", "a search may have any length", "SEARCH-LENGTH", HERE, "listPhones")
def _(request: Request, correct: Correct) -> ServiceResponse:
    text = request.parameter("search") or ""
    if request.role != "list" or len(text) <= 200:
        return correct(request)
    return correct(request.with_parameter("search", text[:200]))
