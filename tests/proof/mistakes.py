"""Kinds of faults that many services share: the correct service with a small change."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, TypeAlias

from tests.proof.correct import Correct
from tests.proof.front import Handler
from tests.proof.messages import Request, Role, ServiceResponse, refusal

Fields: TypeAlias = dict[str, Any]


def as_documented(request: Request, correct: Correct) -> ServiceResponse:
    """The correct service's response; the fault is in the document that it follows."""
    return correct(request)


def takes(role: Role, mend: Callable[[Fields], Fields | None]) -> Handler:
    """Accepts some bodies that should be refused: `mend` makes valid fields of them, or returns None."""

    def handler(request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        if request.role != role or response.status != 400 or not isinstance(request.json, dict):
            return response
        fields = mend(request.members)
        return response if fields is None else correct(request.with_json(fields))

    return handler


def coerces(role: Role, field: str, mend: Callable[[Any], Any]) -> Handler:
    """Accepts some invalid values of one field: `mend` makes valid ones of them, or returns None."""

    def mended(fields: Fields) -> Fields | None:
        value = mend(fields[field]) if field in fields else None
        return None if value is None else {**fields, field: value}

    return takes(role, mended)


def overlooks(role: Role, unwanted: Callable[[str, Any], bool], instead: Fields | None = None) -> Handler:
    """Ignores some fields of a body; `instead` handles a body without any other field."""

    def kept(fields: Fields) -> Fields | None:
        rest = {name: value for name, value in fields.items() if not unwanted(name, value)}
        return (rest or instead) if len(rest) < len(fields) else None

    return takes(role, kept)


def adopts(role: Role, *names: str) -> Handler:
    """Stores fields that only the server may set."""

    def handler(request: Request, correct: Correct) -> ServiceResponse:
        adopted = {name: value for name, value in request.members.items() if name in names}
        phone = correct.record(request.key) if role == "update" else None
        if request.role != role or not adopted or (role == "update" and phone is None):
            return correct(request)
        rest = {name: value for name, value in request.members.items() if name not in names}
        response = correct(request.with_json(rest or {"type": phone["type"]} if phone else rest))
        if not response.ok:
            return response
        if phone is not None:
            correct.set(phone["uuid"], **adopted)
        else:
            correct.drop(response.json["uuid"])
            correct.add({**response.json, **adopted})
        return response.with_members(**adopted)

    return handler


def refuses(role: Role, when: Callable[[Request], bool], status: int = 400) -> Handler:
    """Refuses some valid requests."""
    return lambda request, correct: refusal(status) if request.role == role and when(request) else correct(request)


def keeps(change: Callable[[Fields, Fields], Fields], *roles: Role) -> Handler:
    """Stores something other than what was sent: `change` receives the phone and the body."""

    def handler(request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        if request.role not in roles or not response.ok:
            return response
        kept = {**response.json, **change(response.json, request.members)}
        if kept == response.json:
            return response
        if request.role == "update":
            correct.set(kept["uuid"], **change(response.json, request.members))
            return response.with_json(correct.record(kept["uuid"]))
        correct.rewrite(kept)
        return response.with_json(kept)

    return handler


def keeps_text(mend: Callable[[str], str | None], role: Role, *names: str) -> Handler:
    """Stores some texts changed."""

    def change(_phone: Fields, sent: Fields) -> Fields:
        return {name: mend(sent[name]) for name in names or ("name",) if sent.get(name)}

    return keeps(change, role)


def same_for_head(handler: Handler) -> Handler:
    """The same service; it responds to HEAD as to GET, without the body."""

    def response(request: Request, correct: Correct) -> ServiceResponse:
        if request.method != "HEAD":
            return handler(request, correct)
        whole = handler(replace(request, method="GET"), correct)
        return replace(whole, body=b"").with_header("Content-Length", str(len(whole.body)))

    return response


def shows(change: Callable[[Fields], Fields], *roles: Role) -> Handler:
    """Shows phones changed in the responses of some operations."""

    def handler(request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        return response.with_records(lambda phone: {**phone, **change(phone)}) if request.role in roles else response

    return same_for_head(handler)


def shows_text(mend: Callable[[str], Any], role: Role, *names: str) -> Handler:
    """Shows some texts changed in the responses of one operation."""
    return shows(lambda phone: {name: mend(phone[name]) for name in names or ("name",) if phone[name]}, role)


def responses(change: Callable[[ServiceResponse], ServiceResponse], statuses: Collection[int], *roles: Role) -> Handler:
    """Changes the responses of some operations that have one of these statuses."""

    def handler(request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        return change(response) if request.role in roles and response.status in statuses else response

    return same_for_head(handler)


def responses_to(
    change: Callable[[ServiceResponse, Request], ServiceResponse], when: Callable[[Request], bool]
) -> Handler:
    """Changes the responses to some requests."""

    def handler(request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        return change(response, request) if when(request) else response

    return handler


def lists(change: Callable[[Fields, Request], Fields]) -> Handler:
    """Changes the counts in its lists."""

    def handler(request: Request, correct: Correct) -> ServiceResponse:
        response = correct(request)
        if request.role != "list" or not response.ok:
            return response
        return response.with_members(**change(response.json, request))

    return same_for_head(handler)


def reads_parameter(name: str, mend: Callable[[str], str | None]) -> Handler:
    """A list that accepts some invalid values of a parameter; `mend` returns None for the others."""

    def handler(request: Request, correct: Correct) -> ServiceResponse:
        text = request.parameter(name)
        if request.role != "list" or text is None or [one for one, _ in request.query].count(name) > 1:
            return correct(request)
        better = mend(text) if correct(request).status == 400 else None
        return correct(request) if better is None else correct(request.with_parameter(name, better))

    return handler
