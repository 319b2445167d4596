"""Responses that write the same value in another way, or have more fields."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import replace
from typing import Any

from tests.proof.correct import Correct
from tests.proof.messages import Answer, Request
from tests.proof.variations import Variety

right = Variety("bodies")


@right("other-messages", "every message is in another language")
def _(request: Request, ask: Correct) -> Answer:
    answer = ask(request)
    said = answer.json
    if not isinstance(said, dict) or "message" not in said:
        return answer
    errors = [{**one, "message": "Das geht so nicht."} for one in said.get("errors", ())]
    return answer.with_json(
        {**said, "message": "Bitte prüfen Sie Ihre Eingabe.", **({"errors": errors} if errors else {})}
    )


@right("no-list-of-mistakes", "refusals have a message and no list of mistakes")
def _(request: Request, ask: Correct) -> Answer:
    answer = ask(request)
    said = answer.json if answer.status >= 400 else None
    if not isinstance(said, dict):
        return answer
    return answer.with_json({name: value for name, value in said.items() if name != "errors"})


@right("refusals-say-more", "refusals, and each of their mistakes, have a code, a link and a trace")
def _(request: Request, ask: Correct) -> Answer:
    answer = ask(request)
    said = answer.json
    if answer.status < 400 or not isinstance(said, dict):
        return answer
    errors = [{**one, "code": "E17", "value": None} for one in said.get("errors", ())]
    more: dict[str, Any] = {"code": answer.status, "trace": {"id": "4bf92f35", "sampled": False}, "docs": ["/errors"]}
    return answer.with_json({**said, **more, **({"errors": errors} if errors else {})})


@right("phones-say-more", "phones have more members, nested ones and null ones among them")
def _(request: Request, ask: Correct) -> Answer:
    more: dict[str, Any] = {
        "carrier": {"name": "x", "routes": [{"cost": 0.01, "via": None}]},
        "tags": [],
        "assignedAgent": None,
    }
    return ask(request).with_records(lambda phone: {"id": 7, **phone, **more})


@right("lists-say-more", "lists have links and facets, deletions the record that was deleted")
def _(request: Request, ask: Correct) -> Answer:
    gone = ask.record(request.key) if request.role == "delete" else None
    answer = ask(request)
    if gone and answer.ok:
        return answer.with_members(phone=gone)
    if request.role == "list" and answer.ok:
        facets = [{"status": "active", "count": 3}]
        return answer.with_members(_links={"self": request.path, "next": None}, facets=facets, hasNextPage=False)
    return answer


@right("members-reversed", "members are in another order, in every object")
def _(request: Request, ask: Correct) -> Answer:
    answer = ask(request)
    return answer if answer.json is None else answer.with_json(_reversed(answer.json))


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _reversed(member) for name, member in reversed(value.items())}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


def _written(answer: Answer, **how: Any) -> Answer:
    """The answer with its JSON formatted in another way."""
    return answer if answer.json is None else replace(answer, body=json.dumps(answer.json, **how).encode())


@right("pretty-printed", "JSON is spread over lines, with a line feed at its end")
def _(request: Request, ask: Correct) -> Answer:
    answer = _written(ask(request), indent=4, ensure_ascii=False, sort_keys=True)
    return replace(answer, body=answer.body + b"\n") if answer.body else answer


@right("escaped", "JSON is pure ASCII, with its slashes escaped too")
def _(request: Request, ask: Correct) -> Answer:
    answer = _written(ask(request), ensure_ascii=True)
    return replace(answer, body=answer.body.replace(b"/", b"\\/"))


@right("spaced", "JSON has all the white space that it may have")
def _(request: Request, ask: Correct) -> Answer:
    answer = _written(ask(request), separators=(" \t,\r\n ", " : "), ensure_ascii=False)
    return replace(answer, body=b"\r\n \t" + answer.body + b" \t") if answer.body else answer


@right("counts-with-a-point", "counts are written 3.0, which JSON Schema takes for an integer")
def _(request: Request, ask: Correct) -> Answer:
    answer = ask(request)
    if request.role != "list" or not answer.ok:
        return answer
    counts = {name: float(answer.json[name]) for name in ("total", "page", "limit", "totalPages")}
    return answer.with_members(**counts) if max(counts.values()) < 1e15 else answer


@right("schemas-named", "answers say where their schema is, in the body and in Link; the items of lists do not")
def _(request: Request, ask: Correct) -> Answer:
    answer = ask(request)
    if not isinstance(answer.json, dict):
        return answer
    link = '</schemas/phone.json>; rel="describedby"'
    return answer.with_json({"$schema": "/schemas/phone.json", **answer.json}).with_header("Link", link)


@right(
    "details-say-more", "a phone by itself shows its assignment, which the documentation speaks of, and lists do not"
)
def _(request: Request, ask: Correct) -> Answer:
    answer = ask(request)
    if request.role not in ("read", "update") or not answer.ok:
        return answer
    return answer.with_members(assignment={"campaign": "Spring", "calls": 0})


@right("answers-counted", "every answer has a number of its own, and says how long it took")
class _AnswersCounted:
    def __init__(self) -> None:
        self._count = itertools.count()

    def __call__(self, request: Request, ask: Correct) -> Answer:
        began_s = time.perf_counter()
        answer = ask(request)
        if not isinstance(answer.json, dict):
            return answer
        return answer.with_members(requestId=f"r-{next(self._count)}", seconds=time.perf_counter() - began_s)
