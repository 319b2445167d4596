"""Differences in records, in lists, and in the effects of writes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.proof.correct import DROPPED
from tests.proof.differing.protocol import wants_json
from tests.proof.differing.table import Responder, Service, difference
from tests.proof.messages import Request, ServiceResponse, json_response
from tests.proof.service import Relisted

_PHONE, _RULES = "/components/schemas/Phone", "/x-resources/phone/members"
_LIST = "/x-resources/phone/list"
_AT_ONCE = "/x-http/answers"


def _shown(
    name: str, what: str, pointers: str, change: Callable[[dict[str, Any]], dict[str, Any]], nodes: int = 1
) -> None:
    @difference(name, what, pointers, nodes=nodes)
    def _(request: Request, below: Responder) -> ServiceResponse:
        return below(request).with_records(change)


_NAMES = ("name", "provider")
_shown(
    "nulls-left-out",
    "a phone lacks name and provider where nothing was given",
    "/x-http/answers/nulls",
    lambda phone: {name: value for name, value in phone.items() if value is not None},
)
_shown(
    "nulls-are-empty",
    "name and provider are empty where nothing was given",
    f"{_RULES} {_PHONE}",
    lambda phone: {name: "" if name in _NAMES and value is None else value for name, value in phone.items()},
    nodes=len(_NAMES),
)
_shown(
    "times-with-offset",
    "times have the offset +00:00 and microseconds",
    "/x-http/answers/times",
    lambda phone: {
        name: value.replace("Z", "123+00:00") if name in ("createdAt", "updatedAt") else value
        for name, value in phone.items()
    },
)
_shown(
    "times-in-seconds",
    "times have no fraction",
    "/x-http/answers/times",
    lambda phone: {
        name: f"{value[:19]}Z" if name in ("createdAt", "updatedAt") else value for name, value in phone.items()
    },
)


def _starting(
    name: str,
    what: str,
    pointers: str,
    change: Callable[[dict[str, Any], dict[str, Any]], Any],
    *,
    breaks_promise: bool = False,
) -> None:
    """A phone that starts with other values, which `change` makes of the body and the new phone."""

    @difference(name, what, pointers, breaks_promise=breaks_promise)
    def _(request: Request, below: Service) -> ServiceResponse:
        response = below(request)
        if request.role != "create" or not response.ok:
            return response
        phone = change(request.members, response.json)
        if phone != response.json:
            below.rewrite(phone)
        return response.with_json(phone)


_starting("starts-active", "a new phone is active", f"{_RULES}/status", lambda _, phone: {**phone, "status": "active"})
_starting(
    "ordered-starts-registered",
    "an ordered number starts as registered",
    f"{_RULES}/status",
    lambda _, phone: {**phone, "status": "registered"},
)
_starting(
    "starts-shared",
    "a phone registered without a type is shared",
    f"{_RULES}/type",
    lambda body, phone: phone if "type" in body else {**phone, "type": "shared"},
)
_starting(
    "country-is-us",
    "a phone registered without a country is in US",
    f"{_RULES}/countryCode",
    lambda body, phone: phone if "countryCode" in body else {**phone, "countryCode": "US"},
)
_starting(
    "country-is-null",
    "a phone registered without a country has none, which the documentation promises",
    f"{_PHONE}/properties/countryCode /components/schemas/CountryCode",
    lambda body, phone: phone if "countryCode" in body else {**phone, "countryCode": None},
    breaks_promise=True,
)
_starting(
    "sms-enabled", "a new phone has smsEnabled true", f"{_RULES}/smsEnabled", lambda _, p: {**p, "smsEnabled": True}
)


def _listed(name: str, what: str, pointers: str, **parts: Any) -> None:
    difference(name, what, pointers)(Relisted(**parts))


_listed("oldest-first", "a list is ordered oldest first", _LIST, order=lambda phones: phones[::-1])
_listed(
    "ordered-by-name",
    "a list is ordered by name",
    _LIST,
    order=lambda phones: sorted(phones, key=lambda phone: (phone["name"] or "", phone["uuid"])),
)
_listed(
    "search-case-sensitive",
    "a search is case-sensitive",
    _LIST,
    search=lambda phone, text: any(text in (phone[name] or "") for name in ("number", "name", "provider")),
)
_listed(
    "search-by-prefix",
    "a search finds beginnings only",
    _LIST,
    search=lambda phone, text: any(
        (phone[name] or "").lower().startswith(text.lower()) for name in ("number", "name", "provider")
    ),
)
_listed(
    "search-whole-texts",
    "a search finds whole texts only",
    _LIST,
    search=lambda phone, text: text.lower() in [(phone[name] or "").lower() for name in ("number", "name", "provider")],
)
_listed(
    "one-empty-page",
    "a list without matches has one page",
    _LIST,
    pages=lambda total, limit: max(1, -(-total // limit)),
)


@difference("default-limit-20", "a page has 20 records by default", "/components/parameters/limit")
def _(request: Request, below: Responder) -> ServiceResponse:
    if request.role == "list" and request.parameter("limit") is None:
        return below(request.with_parameter("limit", "20"))
    return below(request)


difference(
    "number-twice",
    "a number may be registered twice",
    "/x-resources/phone/unique /components/responses",
    document={"/x-resources/phone/unique": DROPPED},
)(lambda request, below: below(request))


@difference("second-delete-succeeds", "a delete of an unknown phone succeeds", "/x-http/deletes/unknown-record")
def _(request: Request, below: Responder) -> ServiceResponse:
    response = below(request)
    if request.role == "delete" and response.status == 404:
        return json_response(200, {"success": True, "message": "Phone number deleted successfully"})
    return response


@difference("updated-at-if-changed", "updatedAt moves only if a value changes", f"{_RULES}/updatedAt")
def _(request: Request, below: Service) -> ServiceResponse:
    before = below.record(request.key) if request.role == "update" and wants_json(request) else None
    changes = request.members
    if before and changes and all(name in before and before[name] == changes[name] for name in changes):
        return below(replace(request, method="GET", body=b""))
    return below(request)


@difference("reference-id-shown", "referenceId is shown", "/components/schemas/RegisterPhone/properties/referenceId")
class _ReferenceShown:
    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def __call__(self, request: Request, below: Responder) -> ServiceResponse:
        response = below(request)
        if request.role == "create" and response.ok and "referenceId" in request.members:
            self._known[response.json["uuid"]] = request.members["referenceId"]
        return response.with_records(lambda phone: {**phone, "referenceId": self._known.get(phone["uuid"])})


@difference("never-again", "a number can't be registered again after a delete", "/x-resources/phone")
class _NeverAgain:
    def __init__(self) -> None:
        self._used: set[str] = set()

    def __call__(self, request: Request, below: Service) -> ServiceResponse:
        if request.role == "delete" and (phone := below.record(request.key)):
            self._used.add(phone["number"])
        number = request.members.get("number") if request.role == "create" else None
        response = below(request)
        if isinstance(number, str) and number in self._used and response.ok:
            below.drop(response.json["uuid"])
            return json_response(409, {"success": False, "message": "taken"})
        return response


@difference("listed-later", "a list shows a write after half a second", _AT_ONCE)
class _ListedLater:
    def __init__(self) -> None:
        self._writes: list[tuple[float, list[dict[str, Any]]]] = []

    def __call__(self, request: Request, below: Service) -> ServiceResponse:
        if request.role in ("create", "update", "delete"):
            before = below.records()
            response = below(request)
            if response.ok:
                self._writes = [one for one in self._writes if one[0] > time.monotonic()]
                self._writes.append((time.monotonic() + 0.5, before))
            return response
        if request.role != "list":
            return below(request)
        old = next((before for until, before in self._writes if until > time.monotonic()), None)
        if old is None:
            return below(request)
        return Relisted()(request, _Old(below, old))


class _Old:
    """The service as it was: its list shows old records."""

    def __init__(self, below: Service, records: list[dict[str, Any]]) -> None:
        self._below, self._records = below, records

    def __call__(self, request: Request) -> ServiceResponse:
        return self._below(request)

    def records(self) -> list[dict[str, Any]]:
        """The old records."""
        return self._records
