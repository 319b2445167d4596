"""Differences in what a service does with unusual input."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.proof.differing.protocol import wants_json
from tests.proof.differing.table import Responder, difference
from tests.proof.messages import Request, ServiceResponse, refusal

_BODIES = "/x-http/bodies"
_CREATE, _UPDATE = "/components/schemas/RegisterPhone", "/components/schemas/UpdatePhone"
_RULES = "/x-resources/phone/members"
_QUERY = "/x-http/query"
_FIELDS = {
    "create": ("number", "name", "countryCode", "provider", "referenceId", "type"),
    "update": ("name", "status", "type"),
}
_OF_A_PHONE = {*_FIELDS["create"], "uuid", "status", "smsEnabled", "createdAt", "updatedAt"}
_ALLOWED = {"status": ("registered", "pending", "active", "inactive"), "type": ("private", "shared", "ordered")}
_TEXTS = ("name", "provider", "referenceId")
_NUMBERS = {"page": (1, None, 1), "limit": (1, 100, 10)}
Change = Callable[[dict[str, Any], Sequence[str]], dict[str, Any]]


def _unambiguous(request: Request) -> bool:
    """Whether the body is JSON that names no field twice: to accept any other would be another difference."""
    names: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        names.extend(name for name, _ in pairs)

    # NaN and Infinity are no JSON, though Python reads them.
    json.loads(request.body, object_pairs_hook=note, parse_constant=lambda name: names.extend((name, name)))
    return len(set(names)) == len(names)


def _changed(request: Request, below: Responder, change: Change) -> ServiceResponse:
    """The response to a create or an update with changed fields; an update without any returns the phone unchanged."""
    names = _FIELDS.get(request.role)
    if names is None or not isinstance(request.json, dict) or not wants_json(request) or not _unambiguous(request):
        return below(request)
    fields = change(request.json, names)
    if fields == request.json:
        return below(request)
    if request.role == "update" and not fields:
        return below(replace(request, method="GET", body=b""))
    return below(request.with_json(fields))


@difference("unknown-fields-ignored", "unknown fields of a body are ignored", _BODIES)
def _(request: Request, below: Responder) -> ServiceResponse:
    return _changed(request, below, lambda body, names: {name: body[name] for name in body if name in names})


@difference("empty-update-accepted", "an update without fields succeeds", _BODIES)
def _(request: Request, below: Responder) -> ServiceResponse:
    if request.role == "update" and request.json == {} and wants_json(request):
        return below(replace(request, method="GET", body=b""))
    return below(request)


@difference("null-is-absent", "a null is treated as a field that is left out", _BODIES)
def _(request: Request, below: Responder) -> ServiceResponse:
    def without_nulls(body: dict[str, Any], _names: Sequence[str]) -> dict[str, Any]:
        return {name: value for name, value in body.items() if value is not None or name == "number"}

    return _changed(request, below, without_nulls)


@difference("text-is-trimmed", "spaces around a text are removed", _BODIES)
def _(request: Request, below: Responder) -> ServiceResponse:
    def trimmed(body: dict[str, Any], _names: Sequence[str]) -> dict[str, Any]:
        texts = {name: body[name].strip() for name in _TEXTS if isinstance(body.get(name), str)}
        return {**body, **texts}

    return _changed(request, below, trimmed)


@difference("text-is-normalized", "a text is stored in NFC", _BODIES)
def _(request: Request, below: Responder) -> ServiceResponse:
    def normal(body: dict[str, Any], _names: Sequence[str]) -> dict[str, Any]:
        texts = {name: body[name] for name in _TEXTS if isinstance(body.get(name), str)}
        return {**body, **{name: unicodedata.normalize("NFC", text) for name, text in texts.items()}}

    return _changed(request, below, normal)


def _accepting(name: str, what: str, pointers: str, document: Mapping[str, Any]) -> None:
    """A service that follows another document."""
    difference(name, what, pointers, document=document)(lambda request, below: below(request))


@difference(
    "unknown-fields-stored",
    "fields that no schema describes are stored, and shown; those of a phone that are not to be sent are ignored",
    _BODIES,
    document={f"{schema}/additionalProperties": True for schema in (_CREATE, _UPDATE)},
)
def _(request: Request, below: Responder) -> ServiceResponse:
    def stored(body: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
        return {name: body[name] for name in body if name in names or name not in _OF_A_PHONE}

    return _changed(request, below, stored)


_accepting(
    "status-from-the-body",
    "a create takes the status from the body, if there is one",
    "/components/schemas/Phone/properties/status",
    {f"{_CREATE}/properties/status": {"type": "string", "enum": list(_ALLOWED["status"])}},
)


def _longest_name(name: str, what: str, most: int) -> None:
    pointers = f"{_CREATE}/properties/name {_UPDATE}/properties/name {_RULES}"
    document = {f"{schema}/properties/name/maxLength": most for schema in (_CREATE, _UPDATE)}
    difference(name, what, pointers, document=document, nodes=2)(lambda request, below: below(request))


_longest_name("names-up-to-50", "a name may have 50 characters", 50)
_longest_name("names-up-to-255", "a name may have 255 characters", 255)


def _query(
    name: str,
    what: str,
    change: Callable[[Request], Request | ServiceResponse | None],
    pointers: str = _QUERY,
    nodes: int = 1,
) -> None:
    """A list that responds to a changed query; where `change` returns None it is the usual one."""

    @difference(name, what, pointers, nodes=nodes)
    def _(request: Request, below: Responder) -> ServiceResponse:
        if request.role != "list" and not (request.method == "HEAD" and request.key is None):
            return below(request)
        changed = change(request)
        return changed if isinstance(changed, ServiceResponse) else below(changed or request)


def _bounded(request: Request, mend: Callable[[str, str], str | None]) -> Request | None:
    """The request with page and limit corrected; None takes a parameter out."""
    names = [name for name, _ in request.query]
    wrong = [name for name in _NUMBERS if names.count(name) == 1 and not _is_good(name, request.parameter(name) or "")]
    for name in wrong:
        text = mend(name, request.parameter(name) or "")
        request = request.without(name) if text is None else request.with_parameter(name, text)
    return request if wrong else None


def _is_good(name: str, text: str) -> bool:
    least, most, _ = _NUMBERS[name]
    return bool(re.fullmatch("[0-9]+", text)) and int(text) >= least and (most is None or int(text) <= most)


def _clamped(name: str, text: str) -> str | None:
    least, most, _ = _NUMBERS[name]
    if not re.fullmatch("-?[0-9]+", text):
        return text
    return str(max(least, int(text) if most is None else min(int(text), most)))


def _lenient(name: str, text: str) -> str | None:
    """A number as in JavaScript's parseInt, within the bounds; the default for anything else."""
    found = re.match(r"\s*([+-]?[0-9]+)", text, re.ASCII)
    return _clamped(name, str(int(found[1]))) if found else None


_query("paging-clamped", "page and limit out of bounds are moved to the bound", lambda one: _bounded(one, _clamped))


def _clamped_above(name: str, text: str) -> str | None:
    """A number above the maximum counts as the maximum; everything else is unchanged."""
    most = _NUMBERS[name][1]
    return str(most) if most is not None and re.fullmatch("[0-9]+", text) and int(text) > most else text


def _clamped_above_or_default(name: str, text: str) -> str | None:
    """A number above the maximum counts as the maximum, one below the minimum as the default."""
    least, _, usual = _NUMBERS[name]
    return str(usual) if re.fullmatch("-?[0-9]+", text) and int(text) < least else _clamped_above(name, text)


_query("limit-clamped-above", "a limit over 100 means 100", lambda one: _bounded(one, _clamped_above))
_query(
    "limit-clamped-above-else-default",
    "a limit over 100 means 100, a page or limit under 1 the default",
    lambda one: _bounded(one, _clamped_above_or_default),
)
# Bounds, and numbers with letters: the document has a word for each.
_query(
    "paging-defaults",
    "an invalid page or limit means the default",
    lambda one: _bounded(one, lambda *_: None),
    nodes=2,
)
_query("paging-lenient", "page and limit are read as parseInt does", lambda one: _bounded(one, _lenient), nodes=2)


def _unknown_values(request: Request) -> list[str]:
    names = [name for name, _ in request.query]
    return [n for n in _ALLOWED if names.count(n) == 1 and request.parameter(n) not in _ALLOWED[n]]


def _ignored(request: Request) -> Request | None:
    unknown = _unknown_values(request)
    return request.without(*unknown) if unknown else None


def _nothing_found(request: Request) -> Request | None:
    unknown = _unknown_values(request)
    return request.without(*unknown).with_parameter("search", "\U0001f50d no such phone") if unknown else None


def _empty_ignored(request: Request) -> Request | None:
    empty = [name for name in (*_ALLOWED, *_NUMBERS) if request.parameter(name) == ""]
    return request.without(*empty) if empty else None


def _in_any_case(request: Request) -> Request | None:
    unknown = [n for n in _unknown_values(request) if (request.parameter(n) or "").lower() in _ALLOWED[n]]
    for name in unknown:
        request = request.with_parameter(name, (request.parameter(name) or "").lower())
    return request if unknown else None


_query("unknown-value-ignored", "a filter with an unknown value is ignored", _ignored)
_query("unknown-value-finds-nothing", "a filter with an unknown value finds nothing", _nothing_found)
_query("filters-ignore-case", "a filter ignores letter case", _in_any_case)
_query("empty-parameter-ignored", "an empty parameter is ignored", _empty_ignored)


def _one_of_each(request: Request, last: bool) -> Request | None:
    query = list(request.query)
    kept = dict(query if last else query[::-1])
    return request.with_query(kept.items()) if len(kept) < len(query) else None


_query("first-of-repeated", "the first of two equal parameters counts", lambda one: _one_of_each(one, last=False))
_query("last-of-repeated", "the last of two equal parameters counts", lambda one: _one_of_each(one, last=True))
_query(
    "unknown-parameter-refused",
    "an unknown parameter is refused",
    lambda one: (
        refusal(400, "unknown parameter")
        if {name for name, _ in one.query} - {"search", "status", "type", "page", "limit"}
        else None
    ),
)
_query(
    "empty-search-refused",
    "an empty search is refused",
    lambda one: refusal(400, "empty search") if one.parameter("search") == "" else None,
    "/components/parameters/search /x-http/query",
)
_query(
    "plus-is-a-plus",
    "a plus sign in a query is a plus sign",
    lambda one: replace(one, raw_query=one.raw_query.replace("+", "%2B")) if "+" in one.raw_query else None,
)
_query(
    "search-over-200-accepted",
    "a search text may have any length",
    lambda one: (
        one.with_parameter("search", (one.parameter("search") or "")[:200])
        if len(one.parameter("search") or "") > 200
        else None
    ),
    "/components/parameters/search",
)


@difference(
    "page-past-end-refused", "a page past the end is refused with 404", "/x-resources/phone/list/paging/past-end"
)
def _(request: Request, below: Responder) -> ServiceResponse:
    response = below(request)
    is_empty = request.role == "list" and response.ok and not response.json["phones"]
    return refusal(404, "no such page") if is_empty and response.json["page"] > 1 else response
