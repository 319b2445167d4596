"""Responses that write the same value in another way, or have more fields."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import replace
from typing import Any

from tests.proof.correct import Correct
from tests.proof.messages import Request, ServiceResponse
from tests.proof.variations import Variety

right = Variety("bodies")


@right("other-messages", "every message is in another language")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    error = response.json
    if not isinstance(error, dict) or "message" not in error:
        return response
    errors = [{**one, "message": "Das geht so nicht."} for one in error.get("errors", ())]
    return response.with_json(
        {**error, "message": "Bitte prüfen Sie Ihre Eingabe.", **({"errors": errors} if errors else {})}
    )


@right("no-list-of-mistakes", "refusals have a message and no list of mistakes")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    error = response.json if response.status >= 400 else None
    if not isinstance(error, dict):
        return response
    return response.with_json({name: value for name, value in error.items() if name != "errors"})


@right("refusals-say-more", "refusals, and each of their mistakes, have a code, a link and a trace")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    error = response.json
    if response.status < 400 or not isinstance(error, dict):
        return response
    errors = [{**one, "code": "E17", "value": None} for one in error.get("errors", ())]
    more: dict[str, Any] = {"code": response.status, "trace": {"id": "4bf92f35", "sampled": False}, "docs": ["/errors"]}
    return response.with_json({**error, **more, **({"errors": errors} if errors else {})})


@right("phones-say-more", "phones have more members, nested ones and null ones among them")
def _(request: Request, correct: Correct) -> ServiceResponse:
    more: dict[str, Any] = {
        "carrier": {"name": "x", "routes": [{"cost": 0.01, "via": None}]},
        "tags": [],
        "assignedAgent": None,
    }
    return correct(request).with_records(lambda phone: {"id": 7, **phone, **more})


@right("lists-say-more", "lists have links and facets, deletions the record that was deleted")
def _(request: Request, correct: Correct) -> ServiceResponse:
    gone = correct.record(request.key) if request.role == "delete" else None
    response = correct(request)
    if gone and response.ok:
        return response.with_members(phone=gone)
    if request.role == "list" and response.ok:
        facets = [{"status": "active", "count": 3}]
        return response.with_members(_links={"self": request.path, "next": None}, facets=facets, hasNextPage=False)
    return response


@right("members-reversed", "members are in another order, in every object")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    return response if response.json is None else response.with_json(_reversed(response.json))


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _reversed(member) for name, member in reversed(value.items())}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


def _written(response: ServiceResponse, **how: Any) -> ServiceResponse:
    """The response with its JSON formatted in another way."""
    return response if response.json is None else replace(response, body=json.dumps(response.json, **how).encode())


@right("pretty-printed", "JSON is spread over lines, with a line feed at its end")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = _written(correct(request), indent=4, ensure_ascii=False, sort_keys=True)
    return replace(response, body=response.body + b"\n") if response.body else response


@right("escaped", "JSON is pure ASCII, with its slashes escaped too")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = _written(correct(request), ensure_ascii=True)
    return replace(response, body=response.body.replace(b"/", b"\\/"))


@right("spaced", "JSON has all the white space that it may have")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = _written(correct(request), separators=(" \t,\r\n ", " : "), ensure_ascii=False)
    return replace(response, body=b"\r\n \t" + response.body + b" \t") if response.body else response


@right("counts-with-a-point", "counts are written 3.0, which JSON Schema takes for an integer")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    if request.role != "list" or not response.ok:
        return response
    counts = {name: float(response.json[name]) for name in ("total", "page", "limit", "totalPages")}
    return response.with_members(**counts) if max(counts.values()) < 1e15 else response


@right("schemas-named", "answers say where their schema is, in the body and in Link; the items of lists do not")
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    if not isinstance(response.json, dict):
        return response
    link = '</schemas/phone.json>; rel="describedby"'
    return response.with_json({"$schema": "/schemas/phone.json", **response.json}).with_header("Link", link)


@right(
    "details-say-more", "a phone by itself shows its assignment, which the documentation speaks of, and lists do not"
)
def _(request: Request, correct: Correct) -> ServiceResponse:
    response = correct(request)
    if request.role not in ("read", "update") or not response.ok:
        return response
    return response.with_members(assignment={"campaign": "Spring", "calls": 0})


@right("answers-counted", "every answer has a number of its own, and says how long it took")
class _CountedResponses:
    def __init__(self) -> None:
        self._count = itertools.count()

    def __call__(self, request: Request, correct: Correct) -> ServiceResponse:
        began_s = time.perf_counter()
        response = correct(request)
        if not isinstance(response.json, dict):
            return response
        return response.with_members(requestId=f"r-{next(self._count)}", seconds=time.perf_counter() - began_s)
