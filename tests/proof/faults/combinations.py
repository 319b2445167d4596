"""Faults that take two parameters to appear."""

from __future__ import annotations

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse
from tests.proof.service import Phone, limit_of, page_of, relist

broken = Group("combinations")
HERE = "/x-resources/phone/list /components/parameters /components/schemas/PhoneList /paths/~1phones/get"


def has_parameters(request: Request, *names: str) -> bool:
    """Whether a list has a text for each of these parameters."""
    return request.role == "list" and all(request.parameter(name) for name in names)


@broken("second-page-unfiltered", "filters apply only to the first page", "FILTER-PAGES FILTER-", HERE, "listPhones")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    if request.role != "list" or not response.ok or page_of(request) < 2:
        return response
    page = correct(request.without("status", "type")).json["phones"]
    return response.with_members(phones=page) if response.json["phones"] else response


@broken("search-and-type", "with a search, type is ignored", "FILTER-AND-SEARCH FILTER-", HERE, "listPhones")
def _(request: Request, correct: Correct) -> ServiceResponse:
    return (
        correct(request.without("type"))
        if has_parameters(request, "search", "type") and correct(request).ok
        else correct(request)
    )


@broken(
    "search-or-status",
    "with a search and a status, one of them is enough",
    "FILTER-AND-SEARCH FILTER-",
    HERE,
    "listPhones",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    if not has_parameters(request, "search", "status") or not correct(request).ok:
        return correct(request)
    text, status = (request.parameter("search") or "").casefold(), request.parameter("status")

    def either(phone: Phone, _wanted: object) -> bool:
        return phone["status"] == status or any(
            text in (phone[name] or "").casefold() for name in ("number", "name", "provider")
        )

    return relist(request, correct, filters=either, search=lambda _phone, _text: True)


@broken("status-and-type", "with status, type is ignored", "FILTER-TOGETHER FILTER-", HERE, "listPhones")
def _(request: Request, correct: Correct) -> ServiceResponse:
    return (
        correct(request.without("type"))
        if has_parameters(request, "status", "type") and correct(request).ok
        else correct(request)
    )


@broken(
    "total-of-both-filters",
    "with both filters, total counts only the first",
    "FILTER-TOGETHER FILTER-",
    HERE,
    "listPhones",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    if not has_parameters(request, "status", "type") or not response.ok:
        return response
    total = correct(request.without("type")).json["total"]
    return response.with_members(total=total, totalPages=-(-total // limit_of(request)))


@broken(
    "total-past-the-first-page",
    "from the second page on, total counts the remaining phones",
    "LIST-TOTAL LIST-PAGES LIST- FILTER-",
    HERE,
    "listPhones",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    if request.role != "list" or not response.ok or page_of(request) == 1:
        return response
    return response.with_members(total=max(0, response.json["total"] - (page_of(request) - 1) * limit_of(request)))


@broken("filtered-pages-of-ten", "with a filter, limit is ignored", "FILTER-PAGES FILTER- LIST-", HERE, "listPhones")
def _(request: Request, correct: Correct) -> ServiceResponse:
    filtered = request.role == "list" and (request.parameter("status") or request.parameter("type"))
    if not filtered or not correct(request).ok:
        return correct(request)
    return relist(request, correct, paging=lambda phones, page, _limit: phones[(page - 1) * 10 : page * 10])


@broken(
    "filtered-second-page-oldest-first",
    "with a filter, the second page starts from the beginning",
    "FILTER-PAGES FILTER-",
    HERE,
    "listPhones",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    filtered = request.role == "list" and (request.parameter("status") or request.parameter("type"))
    if not filtered or not correct(request).ok or page_of(request) != 2 or not correct(request).json["phones"]:
        return correct(request)
    return correct(request.with_parameter("page", "1")).with_members(page=2)


@broken(
    "order-of-parameters",
    "a status after limit is ignored",
    "LIST-PARAMETER-ORDER FILTER-",
    HERE,
    "listPhones",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    names = [name for name, _ in request.query]
    late = has_parameters(request, "status", "limit") and names.index("status") > names.index("limit")
    return correct(request.without("status")) if late and correct(request).ok else correct(request)
