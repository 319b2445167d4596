"""Lists in another order than newest first."""

from __future__ import annotations

from random import Random

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse
from tests.proof.service import Phone, Relisted, limit_of, one_page, page_of, relist

broken = Group("order")
HERE = "/x-resources/phone/list"


def by(name: str, *, descending: bool = False) -> Relisted:
    """A list that is ordered by a member."""
    return Relisted(order=lambda phones: sorted(phones, key=lambda phone: phone[name] or "", reverse=descending))


broken("oldest-first", "a list is oldest first", "LIST-ORDER", HERE, "listPhones")(
    Relisted(order=lambda phones: phones[::-1])
)
broken("by-name", "a list is ordered by name", "LIST-ORDER", HERE, "listPhones")(by("name"))
broken("by-number", "a list is ordered by number", "LIST-ORDER", HERE, "listPhones")(by("number"))
broken("by-last-change", "a list is ordered by the last change", "LIST-ORDER", HERE, "listPhones")(
    by("updatedAt", descending=True)
)
broken("by-status-first", "a list is ordered by status, then newest first", "LIST-ORDER", HERE, "listPhones")(
    by("status")
)


@broken("any-order", "a list is in another order each time", "LIST-ORDER LIST-STABLE LIST-", HERE, "listPhones")
class _AnyOrder:
    """Shuffles every list."""

    def __init__(self) -> None:
        self._random = Random(1)

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        return relist(request, correct, order=lambda phones: self._random.sample(phones, len(phones)))


@broken(
    "second-page-turned-round",
    "from the second page on, a list is oldest first",
    "LIST-REFINE LIST-",
    HERE,
    "listPhones",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    def turned(phones: list[Phone], page: int, limit: int) -> list[Phone]:
        cut = list(one_page(phones, page, limit))
        return cut if page == 1 else cut[::-1]

    return relist(request, correct, paging=turned)


@broken(
    "order-of-the-page-size",
    "lists with different page sizes have different orders",
    "LIST-REFINE LIST-",
    HERE,
    "listPhones",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    if request.role == "list" and correct(request).ok and limit_of(request) % 2 and page_of(request) >= 1:
        return relist(request, correct, order=lambda phones: sorted(phones, key=lambda phone: phone["number"]))
    return correct(request)
