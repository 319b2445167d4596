"""Searches that find too much, too little, or nothing, as with common frameworks and databases."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.front import Handler
from tests.proof.messages import Request, ServiceResponse, refusal
from tests.proof.service import SEARCHED, Phone, Relisted, contains, relist
from tests.proof.talk import Talk

broken = Group("assumed: search")
POINTERS = "/x-resources/phone/list /components/parameters/search /x-http /paths/~1phones/get"


def _wrong(name: str, what: str, codes: str, handler: Handler, text: str, fields: dict[str, Any] | None = None) -> None:
    def exchange(talk: Talk) -> object:
        for one in (fields or {}, {}):
            talk.made(**one)
        response = talk.list(search=text, limit=100)
        return response.status, response.json.get("total"), [one["name"] for one in response.json.get("phones", ())]

    broken(name, what, f"{codes} SEARCH-", POINTERS, "listPhones", shows=exchange)(handler)


def _searching(matches: Callable[[Phone, str], bool]) -> Handler:
    return Relisted(search=matches)


def _holds(value: Any, text: str) -> bool:
    return text.casefold() in str(value).casefold()


def _rewritten(mend: Callable[[str], str]) -> Handler:
    """A list that searches for something else."""

    def handler(request: Request, correct: Correct) -> ServiceResponse:
        text = request.parameter("search")
        if request.role != "list" or not text or not correct(request).ok:
            return correct(request)
        return correct(request.with_parameter("search", mend(text)))

    return handler


_wrong(
    "search-in-status-too",
    "a search looks into status and type, too",
    "SEARCH-ELSEWHERE",
    _searching(
        lambda phone, text: contains(phone, text) or _holds(phone["status"], text) or _holds(phone["type"], text)
    ),
    "regist",
)
_wrong(
    "search-in-country-too",
    "a search looks into countryCode, too",
    "SEARCH-ELSEWHERE",
    _searching(lambda phone, text: contains(phone, text) or text == phone["countryCode"]),
    "FR",
    {"countryCode": "FR"},
)
_wrong(
    "search-whole-words",
    "a search finds whole words only",
    "SEARCH-PARTS",
    _searching(
        lambda phone, text: any(
            re.search(rf"(?<!\w){re.escape(text)}(?!\w)", phone[name] or "", re.IGNORECASE) for name in SEARCHED
        )
    ),
    "esk",
    {"name": "Desk"},
)
_wrong(
    "search-none-finds-nameless",
    "a search for none finds phones without a name, by str(None)",
    "SEARCH-ELSEWHERE SEARCH-LETTERS",
    _searching(lambda phone, text: any(_holds(phone[name], text) for name in SEARCHED)),
    "none",
)
_wrong(
    "search-null-finds-nameless",
    "a search for null finds phones without a name",
    "SEARCH-ELSEWHERE SEARCH-LETTERS",
    _searching(lambda phone, text: contains(phone, text) or (text == "null" and phone["name"] is None)),
    "null",
)
_wrong(
    "search-zero-is-none",
    "a search for 0 is no search, as in PHP",
    "SEARCH-PARTS SEARCH-LETTERS",
    _searching(lambda phone, text: text == "0" or contains(phone, text)),
    "0",
    {"number": "+4915112345678"},
)
_wrong(
    "search-case-of-ascii",
    "a search minds the letter case of what is not ASCII, as SQLite does",
    "SEARCH-CASE-UNICODE SEARCH-CASE",
    _searching(lambda phone, text: any(_lower(text) in _lower(phone[name] or "") for name in SEARCHED)),
    "ZOË",
    {"name": "zoë"},
)
_wrong(
    "search-as-html",
    "a search is compared as HTML",
    "SEARCH-CHARACTERS",
    _rewritten(html.escape),
    "a & b",
    {"name": "a & b"},
)
_wrong(
    "search-without-quotes",
    "quotes are taken off a search",
    "SEARCH-CHARACTERS",
    _rewritten(lambda text: text.replace('"', "") or "-"),
    '"a"',
    {"name": 'x "a"'},
)
_wrong(
    "search-without-backslashes",
    "backslashes are taken out of a search",
    "SEARCH-CHARACTERS",
    _rewritten(lambda text: text.replace("\\", "") or "-"),
    "a\\b",
    {"name": "a\\b"},
)
_wrong(
    "search-decoded-twice",
    "a search is decoded twice",
    "SEARCH-CHARACTERS",
    _rewritten(lambda text: unquote_plus(text) or "-"),
    "a+b",
    {"name": "a+b"},
)
_wrong(
    "search-up-to-semicolon",
    "a semicolon ends a search, as it did in older frameworks",
    "SEARCH-CHARACTERS",
    _rewritten(lambda text: text.split(";")[0] or "-"),
    "a;c",
    {"name": "a;b"},
)
_wrong(
    "search-up-to-ampersand",
    "an encoded & ends a search",
    "SEARCH-CHARACTERS",
    _rewritten(lambda text: text.split("&")[0] or "-"),
    "a&c",
    {"name": "a&b"},
)
_wrong(
    "search-of-99-letters",
    "a search looks at its first 99 characters",
    "SEARCH-PARTS SEARCH-LENGTH",
    _rewritten(lambda text: text[:99]),
    "x" * 99 + "z",
    {"name": "x" * 100},
)
_wrong(
    "search-first-word",
    "a search looks at its first word",
    "SEARCH-SPACES",
    _rewritten(lambda text: text.split(" ")[0] or text),
    "a c",
    {"name": "a b"},
)
_wrong(
    "search-spaces-made-one",
    "several spaces in a search are one",
    "SEARCH-SPACES",
    _rewritten(lambda text: re.sub("  +", " ", text)),
    "a  b",
    {"name": "a b"},
)
_wrong(
    "search-in-whole-provider",
    "a search finds a provider only as a whole",
    "SEARCH-PARTS SEARCH-MEMBERS",
    _searching(
        lambda phone, text: (
            contains({**phone, "provider": None}, text) or text.casefold() == (phone["provider"] or "").casefold()
        )
    ),
    "vapi-eu",
    {"provider": "vapi-eu-1"},
)
_wrong(
    "search-in-first-member",
    "a search looks into a provider only where there is no name",
    "SEARCH-MEMBERS",
    _searching(
        lambda phone, text: contains({**phone, "provider": phone["provider"] if phone["name"] is None else None}, text)
    ),
    "vapi-eu",
    {"name": "Desk", "provider": "vapi-eu"},
)
_wrong(
    "search-number-without-plus",
    "a search for a number with its plus finds nothing",
    "SEARCH-MEMBERS SEARCH-PARTS",
    _searching(lambda phone, text: contains({**phone, "number": phone["number"][1:]}, text)),
    "+1202",
    {},
)
_wrong(
    "search-digits-fold",
    "a search takes other scripts' digits for digits",
    "SEARCH-UNICODE SEARCH-LETTERS SEARCH-CHARACTERS",
    _rewritten(lambda text: "".join(str(int(one)) if one.isdecimal() else one for one in text)),
    "\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH DIGIT TWO}\N{FULLWIDTH DIGIT ZERO}\N{FULLWIDTH DIGIT TWO}",
    {},
)
_wrong(
    "search-composes",
    "a search is composed (NFC) before it is compared",
    "SEARCH-UNICODE",
    _rewritten(lambda text: __import__("unicodedata").normalize("NFC", text)),
    "e\u0301",
    {"name": "e\u0301"},
)
_wrong(
    "search-nul-is-500",
    "NUL in a search makes the service fail, as PostgreSQL does",
    "SCHEMA-SERVER-ERROR SEARCH-CHARACTERS",
    lambda request, correct: refusal(500) if "\0" in (request.parameter("search") or "") else correct(request),
    "a\0",
)
_wrong(
    "search-quote-is-500",
    "an apostrophe in a search makes the service fail",
    "SCHEMA-SERVER-ERROR SEARCH-CHARACTERS",
    lambda request, correct: (
        refusal(500) if request.role == "list" and "'" in (request.parameter("search") or "") else correct(request)
    ),
    "a'",
)
_wrong(
    "search-emoji-is-500",
    "an emoji in a search makes the service fail",
    "SCHEMA-SERVER-ERROR SEARCH-UNICODE SEARCH-CHARACTERS",
    lambda request, correct: (
        refusal(500) if any(ord(one) > 0xFFFF for one in request.parameter("search") or "") else correct(request)
    ),
    "📞",
)
_wrong(
    "search-with-or",
    "a search with OR between words finds either",
    "SEARCH-LETTERS SEARCH-CHARACTERS SEARCH-SPACES",
    _searching(lambda phone, text: any(contains(phone, part) for part in text.split(" OR "))),
    "Desk OR x",
    {"name": "Desk"},
)
_wrong(
    "search-minus-excludes",
    "a minus before a search finds what does not hold it",
    "SEARCH-CHARACTERS SEARCH-LETTERS",
    _searching(
        lambda phone, text: not contains(phone, text[1:]) if text[0] == "-" and len(text) > 1 else contains(phone, text)
    ),
    "-Desk",
    {"name": "Desk"},
)
_wrong(
    "search-similar",
    "a search forgives one wrong letter",
    "SEARCH-LETTERS SEARCH-PARTS",
    _searching(
        lambda phone, text: (
            contains(phone, text)
            or (len(text) > 4 and any(contains(phone, text[:index] + text[index + 1 :]) for index in range(len(text))))
        )
    ),
    "Deskkx",
    {"name": "Deskx"},
)
_wrong(
    "search-status-active-alone",
    "a search finds no pending phones",
    # LIST-WHOLE, the first to list a pending phone, then blames the search.
    "SEARCH-PARTS FILTER-AND-SEARCH LIST-WHOLE",
    lambda request, correct: relist(
        request, correct, search=lambda phone, text: phone["status"] != "pending" and contains(phone, text)
    ),
    "Desk",
    {"name": "Desk", "type": "ordered"},
)


def _lower(text: str) -> str:
    return "".join(one.lower() if one.isascii() else one for one in text)
