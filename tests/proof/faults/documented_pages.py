"""The counts and the phones of a page: wrong on second pages, at other sizes, or for few matches."""

from __future__ import annotations

import itertools
from typing import Any
from zlib import crc32

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.front import Handler
from tests.proof.messages import Request, ServiceResponse
from tests.proof.mistakes import Fields, lists, same_for_head, shows
from tests.proof.service import Relisted, contains, limit_of, page_of, relist
from tests.proof.talk import Shown, Talk

broken = Group("documented: pages")
POINTERS = "/x-resources/phone/list /x-resources/phone/operations/list /components/parameters"
POINTERS += " /components/schemas/PhoneList /paths/~1phones/get"


def _pages(*limits: int, **query: Any) -> Shown:
    """The counts of each of the first four pages, at these sizes."""

    def exchange(talk: Talk) -> object:
        return [talk.listed(limit=limit, page=page, **query) for limit in limits for page in range(1, 5)]

    return exchange


def _clamped(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    if request.role != "list" or not response.ok or response.json["phones"] or not response.json["totalPages"]:
        return response
    return correct(request.with_parameter("page", str(response.json["totalPages"])))


def _left_over(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    if request.role != "list" or not response.ok:
        return response
    phones, name = [], None
    for one in reversed(response.json["phones"]):
        name = one["name"] or name
        phones.append({**one, "name": name})
    return response.with_members(phones=phones[::-1])


def _wrong(name: str, what: str, codes: str, handler: Handler, shown: Shown) -> None:
    broken(name, what, codes, POINTERS, "listPhones", shows=shown)(same_for_head(handler))


_wrong(
    "page-always-one",
    "the page that a list says is always 1",
    "LIST-ECHO LIST-",
    lists(lambda _body, _request: {"page": 1}),
    _pages(3),
)
_wrong(
    "limit-always-ten",
    "the limit that a list says is always 10",
    "LIST-ECHO LIST-",
    lists(lambda _body, _request: {"limit": 10}),
    _pages(3),
)
_wrong(
    "limit-is-the-count",
    "the limit that a list says is how many phones the page has",
    "LIST-ECHO SCHEMA-BODY LIST-",
    lists(lambda body, _request: {"limit": len(body["phones"]) or 1}),
    _pages(5),
)
_wrong(
    "page-and-limit-swapped",
    "a list says its limit as the page, and the page as its limit",
    "LIST-ECHO SCHEMA-BODY LIST-",
    lists(lambda body, _request: {"page": body["limit"], "limit": min(100, body["page"])}),
    _pages(3),
)
_wrong(
    "page-is-offset",
    "from the third page on, the page that a list says is the offset",
    "LIST-ECHO LIST-",
    lists(lambda body, _request: {"page": (body["page"] - 1) * body["limit"]} if body["page"] > 2 else {}),
    _pages(3),
)
_wrong(
    "total-on-first-page-alone",
    "from the second page on, total is 0",
    "LIST-TOTAL LIST-",
    lists(lambda body, _request: {"total": 0, "totalPages": 0} if body["page"] > 1 else {}),
    _pages(3),
)
_wrong(
    "total-as-far-as-seen",
    "total counts as far as the next page, to save a query",
    "LIST-TOTAL LIST-",
    lists(lambda body, _request: {"total": min(body["total"], body["page"] * body["limit"] + 1)}),
    _pages(3),
)
_wrong(
    "total-pages-of-ten",
    "totalPages counts pages of ten, whatever the limit",
    "LIST-TOTAL-PAGES LIST-",
    lists(lambda body, _request: {"totalPages": -(-body["total"] // 10)}),
    _pages(3),
)
_wrong(
    "total-pages-left",
    "totalPages counts the pages from this one on",
    "LIST-TOTAL-PAGES LIST-",
    lists(lambda body, _request: {"totalPages": max(0, body["totalPages"] - body["page"] + 1)}),
    _pages(3),
)
_wrong(
    "total-pages-one-more-if-full",
    "totalPages is one too many where the last page is full",
    "LIST-TOTAL-PAGES LIST-",
    Relisted(pages=lambda total, limit: total // limit + 1 if total else 0),
    _pages(3, 4),
)
_wrong(
    "total-pages-unfiltered",
    "totalPages counts what a filter leaves out, too; total does not",
    "LIST-TOTAL-PAGES FILTER- LIST-",
    lambda request, correct: lists(lambda body, _: {"totalPages": -(-len(correct.records()) // body["limit"])})(
        request, correct
    ),
    _pages(2, status="active"),
)
_wrong(
    "total-of-search-unsearched",
    "total counts what a search leaves out, too",
    "LIST-TOTAL SEARCH- LIST-",
    lambda request, correct: lists(
        lambda _body, sent: {"total": len(correct.records())} if sent.parameter("search") else {}
    )(request, correct),
    _pages(2, search="a"),
)
_wrong(
    "sizes-over-20-cut",
    "a page has at most 20 phones, and says otherwise",
    "LIST-PAGE-SIZE LIST-",
    Relisted(paging=lambda phones, page, limit: phones[(page - 1) * limit :][: min(limit, 20)]),
    lambda talk: [talk.create().status for _ in range(12)] and talk.listed(limit=50),
)
_wrong(
    "sizes-of-one-doubled",
    "a page of one phone has two",
    "LIST-PAGE-SIZE LIST-",
    Relisted(paging=lambda phones, page, limit: phones[(page - 1) * limit :][: max(2, limit)]),
    _pages(1),
)
_wrong(
    "second-pages-of-ten",
    "from the second page on, a page has ten phones",
    "LIST-PAGE-SIZE LIST-",
    Relisted(paging=lambda phones, page, limit: phones[(page - 1) * limit :][: limit if page == 1 else 10]),
    _pages(2),
)
_wrong(
    "third-page-is-second",
    "from the third page on, the second comes again",
    "LIST-PAGES LIST-",
    Relisted(paging=lambda phones, page, limit: phones[(min(page, 2) - 1) * limit :][:limit]),
    _pages(3),
)
_wrong(
    "last-full-page-lacks-one",
    "the last page lacks its last phone where it is full",
    "LIST-PAGES LIST-",
    Relisted(
        paging=lambda phones, page, limit: phones[
            (page - 1) * limit : page * limit - (page * limit == len(phones) and limit > 1)
        ]
    ),
    _pages(3, 4),
)
_wrong(
    "page-beyond-the-end-is-last",
    "a page past the end is the last one, and says so",
    "LIST-PAST-END LIST-",
    _clamped,
    _pages(6),
)
_wrong(
    "page-beyond-the-end-counts-none",
    "a page past the end says that nothing matches",
    "LIST-PAST-END LIST-TOTAL LIST-",
    lists(lambda body, _request: {} if body["phones"] else {"total": 0, "totalPages": 0}),
    _pages(6),
)
_wrong(
    "search-on-first-page-alone",
    "a search holds on the first page only",
    "LIST-EVERY-PAGE SEARCH- FILTER-PAGES LIST- CREATE-",
    lambda request, correct: relist(
        request, correct, search=lambda phone, text: page_of(request) > 1 or contains(phone, text)
    ),
    _pages(1, search="a"),
)
_wrong(
    "one-match-is-an-object",
    "a list of one phone is that phone, as XML made JSON is",
    "SCHEMA-BODY",
    lists(lambda body, _request: {"phones": body["phones"][0]} if len(body["phones"]) == 1 else {}),
    lambda talk: talk.list(limit=1).json["phones"].__class__.__name__,
)
_wrong(
    "second-page-total-is-text",
    "from the second page on, total is a text",
    "SCHEMA-BODY",
    lists(lambda body, _request: {"total": str(body["total"])} if body["page"] > 1 else {}),
    _pages(3),
)
_wrong(
    "second-page-without-provider",
    "from the second page on, no phone has a provider",
    "READ-AS-LISTED LIST- CREATE-LISTED",
    lambda request, correct: (
        shows(lambda _phone: {"provider": None}, "list")(request, correct)
        if request.role == "list" and (request.parameter("page") or "1") not in ("", "1")
        else correct(request)
    ),
    _pages(3),
)
_wrong(
    "search-pages-of-five",
    "with a search, a page holds 5 where no limit is sent",
    "LIST-DEFAULTS SEARCH- LIST-",
    lambda request, correct: correct(
        request.with_parameter("limit", "5")
        if request.role == "list" and request.parameter("search") and request.parameter("limit") is None
        else request
    ),
    lambda talk: talk.list(search="+").json["limit"] and talk.listed(search="1"),
)


def _neighbour(change: Any) -> Handler:
    """A list each of whose phones has something of the next one."""

    def handler(request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        if request.role != "list" or not response.ok:
            return response
        phones: list[Fields] = response.json["phones"]
        pairs = itertools.zip_longest(phones, phones[1:])
        return response.with_members(
            phones=[{**one, **change(following)} if following else one for one, following in pairs]
        )

    return handler


_wrong(
    "list-has-the-next-provider",
    "a list shows with each phone the provider of the next one",
    "READ-AS-LISTED CREATE-LISTED LIST-",
    _neighbour(lambda following: {"provider": following["provider"]}),
    _pages(3),
)
_wrong(
    "list-keeps-the-last-name",
    "a list shows a phone without a name with the name of the next, as a template's left-over variable does",
    "READ-AS-LISTED CREATE-LISTED LIST-",
    _left_over,
    lambda talk: [talk.made(name="Desk"), talk.made()] and talk.listed(limit=2),
)


_wrong(
    "pages-in-order-of-a-hash",
    "without a filter, phones are in no order that a page size keeps: some come twice",
    "LIST-PAGES LIST-ORDER LIST-REFINE LIST-",
    lambda request, correct: relist(
        request,
        correct,
        order=lambda phones: sorted(phones, key=lambda one: crc32(f"{page_of(request)}{one['uuid']}".encode())),
    ),
    _pages(3),
)
_wrong(
    "each-page-by-name",
    "each page is ordered by name in itself",
    "LIST-ORDER LIST-",
    Relisted(
        paging=lambda phones, page, limit: sorted(
            phones[(page - 1) * limit : page * limit], key=lambda one: str(one["name"])
        )
    ),
    _pages(4),
)
_wrong(
    "nameless-last",
    "phones without a name come last",
    "LIST-ORDER LIST-",
    Relisted(order=lambda phones: sorted(phones, key=lambda one: one["name"] is None)),
    lambda talk: [talk.made(), talk.made(name="Desk"), talk.made()] and talk.listed(limit=3),
)
_wrong(
    "typed-lists-by-number",
    "with a type, a list is ordered by number",
    "LIST-ORDER FILTER-",
    lambda request, correct: (
        relist(request, correct, order=lambda phones: sorted(phones, key=lambda one: str(one["number"])))
        if request.parameter("type")
        else correct(request)
    ),
    lambda talk: [talk.made(type="shared") for _ in range(3)] and talk.listed(type="shared", limit=3),
)
_wrong(
    "seconds-in-any-order",
    "phones of the same second are ordered by uuid",
    "LIST-ORDER LIST-",
    Relisted(order=lambda phones: sorted(phones, key=lambda one: (one["createdAt"][:19], one["uuid"]), reverse=True)),
    lambda talk: [talk.made(name=str(turn)) for turn in range(12)] and talk.listed(limit=12),
)
_wrong(
    "big-sizes-oldest-first",
    "a list with a limit over 10 is oldest first",
    "LIST-ORDER LIST-REFINE LIST-",
    lambda request, correct: (
        relist(request, correct, order=lambda phones: phones[::-1])
        if request.role == "list" and correct(request).ok and limit_of(request) > 10
        else correct(request)
    ),
    _pages(12),
)
