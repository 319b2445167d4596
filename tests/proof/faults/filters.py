"""Filters that select too much, or too little."""

from __future__ import annotations

from tests.proof.catalogue import Group
from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse
from tests.proof.service import Relisted, relist

broken = Group("filters")
STATUS = "/components/parameters/status"
TYPE = "/components/parameters/type"
BOTH = f"{STATUS} {TYPE}"
HERE = f"/x-resources/phone/list /components/schemas {BOTH}"


def only_first(name: str) -> Relisted:
    """A list that ignores one filter."""
    return Relisted(
        filters=lambda phone, wanted: all(phone[one] == text for one, text in wanted.items() if one != name)
    )


broken("status-ignored", "a list ignores status", "FILTER-EXACT FILTER-SOUND", HERE, "listPhones")(only_first("status"))
broken("status-or-type", "with status and type, one of them is enough", "FILTER-TOGETHER", HERE, "listPhones")(
    Relisted(filters=lambda phone, wanted: not wanted or any(phone[one] == text for one, text in wanted.items()))
)
broken(
    "status-contained",
    "status=active also finds inactive phones, because of LIKE",
    "FILTER-EXACT FILTER-SOUND FILTER-PARTITION",
    HERE,
    "listPhones",
)(Relisted(filters=lambda phone, wanted: all(text in phone[one] for one, text in wanted.items())))
broken(
    "last-filter-counts",
    "of status and type, only the last one sent applies",
    "FILTER-TOGETHER LIST-PARAMETER-ORDER",
    f"{HERE} /paths/~1phones/get",
    "listPhones",
)(Relisted(filters=lambda phone, wanted: all(phone[one] == text for one, text in list(wanted.items())[-1:])))
broken(
    "filtered-needs-a-name",
    "a filter drops phones without a name, because of an inner join",
    "FILTER-PARTITION FILTER-",
    HERE,
    "listPhones",
)(
    Relisted(
        filters=lambda phone, wanted: (
            all(phone[one] == text for one, text in wanted.items()) and not (wanted and not phone["name"])
        )
    )
)


@broken(
    "page-then-filter",
    "a list takes the page first and filters it afterwards",
    "FILTER-PAGES FILTER-",
    f"{HERE} /components/schemas/PhoneList",
    "listPhones",
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    wanted = {name: text for name, text in request.query if name in ("status", "type")}
    if request.role != "list" or not response.ok or not wanted:
        return response
    page = correct(request.without(*wanted)).json
    kept = [phone for phone in page["phones"] if all(phone[name] == text for name, text in wanted.items())]
    return response.with_members(phones=kept)


broken(
    "total-unfiltered",
    "total ignores the filters",
    "FILTER-EXACT LIST-TOTAL FILTER-",
    f"{HERE} /components/schemas/PhoneList",
    "listPhones",
)(Relisted(count=lambda matched, _page, every: max(len(matched), len(every))))


@broken("unknown-status-ignored", "an unknown status is ignored", "FILTER-REFUSES", HERE, "listPhones")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    once = [name for name, _ in request.query].count("status") == 1
    return (
        correct(request.without("status")) if request.role == "list" and response.status == 400 and once else response
    )


@broken("status-letters-lowered", "status=ACTIVE is accepted as active", "FILTER-REFUSES", HERE, "listPhones")
def _(request: Request, correct: Correct) -> ServiceResponse:
    lowered = ((name, text.lower() if name == "status" else text) for name, text in request.query)
    return correct(request.with_query(lowered)) if request.role == "list" else correct(request)


@broken("filters-cost-the-order", "a filtered list is oldest first", "LIST-ORDER FILTER-", HERE, "listPhones")
def _(request: Request, correct: Correct) -> ServiceResponse:
    wanted = request.parameter("status") or request.parameter("type")
    return relist(request, correct, order=lambda phones: phones[::-1]) if wanted else correct(request)
