"""Building blocks of faults: an independent list with replaceable parts, and records as shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeAlias

from tests.proof.correct import Correct
from tests.proof.messages import COLLECTION, Request, ServiceResponse

Phone: TypeAlias = dict[str, Any]
SEARCHED = ("number", "name", "provider")
FILTERS = ("status", "type")


def filters(phone: Phone, wanted: Mapping[str, str]) -> bool:
    """Whether a phone has all wanted values."""
    return all(phone[name] == value for name, value in wanted.items())


def contains(phone: Phone, text: str) -> bool:
    """Whether a searched field contains a text, ignoring case."""
    return any(text.casefold() in (phone[name] or "").casefold() for name in SEARCHED)


def as_they_are(phones: list[Phone]) -> list[Phone]:
    """Newest first, as in the store."""
    return phones


def one_page(phones: Sequence[Phone], page: int, limit: int) -> Sequence[Phone]:
    """The phones of a page, which counts from 1."""
    return phones[(page - 1) * limit : page * limit]


def rounded_up(total: int, limit: int) -> int:
    """How many pages there are."""
    return -(-total // limit)


@dataclass(frozen=True)
class Relisted:
    """How a list is made: each part is correct, and can be replaced.

    `count` receives the matching phones, the page of them, and all phones.
    """

    filters: Callable[[Phone, Mapping[str, str]], bool] = filters
    search: Callable[[Phone, str], bool] = contains
    order: Callable[[list[Phone]], list[Phone]] = as_they_are
    paging: Callable[[Sequence[Phone], int, int], Sequence[Phone]] = one_page
    count: Callable[[Sequence[Phone], Sequence[Phone], Sequence[Phone]], int] = lambda matched, _page, _all: len(
        matched
    )
    pages: Callable[[int, int], int] = rounded_up

    def __call__(self, request: Request, service: Any) -> ServiceResponse:
        """The requested list. Errors and other requests get the usual responses."""
        response: ServiceResponse = service(request)
        if request.path != COLLECTION or request.method not in ("GET", "HEAD") or not response.ok:
            return response
        every = service.records()
        wanted = {name: text for name, text in request.query if name in FILTERS}
        text, page, limit = request.parameter("search") or "", page_of(request), limit_of(request)
        matched = [one for one in every if self.filters(one, wanted) and (not text or self.search(one, text))]
        matched = self.order(matched)
        shown = self.paging(matched, page, limit)
        total = self.count(matched, shown, every)
        listed = response.with_json(
            {
                "phones": list(shown),
                "total": total,
                "page": page,
                "limit": limit,
                "totalPages": self.pages(total, limit),
            }
        )
        if request.method == "GET":
            return listed
        return ServiceResponse(listed.status, listed.with_header("Content-Length", str(len(listed.body))).headers)


def relist(request: Request, correct: Correct, **parts: Any) -> ServiceResponse:
    """The requested list, made with these parts instead of the correct ones; see `Relisted`."""
    return Relisted(**parts)(request, correct)


def page_of(request: Request) -> int:
    """The requested page."""
    return int(request.parameter("page") or 1)


def limit_of(request: Request) -> int:
    """The requested page size."""
    return int(request.parameter("limit") or 10)


def later(time: str, **span: float) -> str:
    """A time moved forward, as the service writes it."""
    return written(datetime.fromisoformat(time) + timedelta(**span))


def now() -> str:
    """The current time, as the service writes it."""
    return written(datetime.now(UTC))


def written(instant: datetime) -> str:
    """A time as RFC 3339 in UTC with milliseconds."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


class EveryNow:
    """Is true about once in 20 calls, at fixed irregular intervals. Safe between threads."""

    def __init__(self, one_in: int = 20) -> None:
        self._random = Random(5)
        self._one_in = one_in

    def __call__(self) -> bool:
        """Whether this call is one of them."""
        return self._random.randrange(self._one_in) == 0
