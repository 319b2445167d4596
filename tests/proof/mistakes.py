"""Kinds of faults that many services share: the correct service with a small change."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, TypeAlias

from tests.proof.correct import Correct
from tests.proof.front import Handler
from tests.proof.messages import Answer, Request, Role, refusal

Fields: TypeAlias = dict[str, Any]


def as_documented(request: Request, ask: Correct) -> Answer:
    """The correct service's response; the fault is in the document that it follows."""
    return ask(request)


def takes(role: Role, mend: Callable[[Fields], Fields | None]) -> Handler:
    """Accepts some bodies that should be refused: `mend` makes valid fields of them, or returns None."""

    def handler(request: Request, ask: Correct) -> Answer:
        answer = ask(request)
        if request.role != role or answer.status != 400 or not isinstance(request.json, dict):
            return answer
        fields = mend(request.members)
        return answer if fields is None else ask(request.with_json(fields))

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

    def handler(request: Request, ask: Correct) -> Answer:
        adopted = {name: value for name, value in request.members.items() if name in names}
        phone = ask.record(request.key) if role == "update" else None
        if request.role != role or not adopted or (role == "update" and phone is None):
            return ask(request)
        rest = {name: value for name, value in request.members.items() if name not in names}
        answer = ask(request.with_json(rest or {"type": phone["type"]} if phone else rest))
        if not answer.ok:
            return answer
        if phone is not None:
            ask.set(phone["uuid"], **adopted)
        else:
            ask.drop(answer.json["uuid"])
            ask.add({**answer.json, **adopted})
        return answer.with_members(**adopted)

    return handler


def refuses(role: Role, when: Callable[[Request], bool], status: int = 400) -> Handler:
    """Refuses some valid requests."""
    return lambda request, ask: refusal(status) if request.role == role and when(request) else ask(request)


def keeps(change: Callable[[Fields, Fields], Fields], *roles: Role) -> Handler:
    """Stores something other than what was sent: `change` receives the phone and the body."""

    def handler(request: Request, ask: Correct) -> Answer:
        answer = ask(request)
        if request.role not in roles or not answer.ok:
            return answer
        kept = {**answer.json, **change(answer.json, request.members)}
        if kept == answer.json:
            return answer
        if request.role == "update":
            ask.set(kept["uuid"], **change(answer.json, request.members))
            return answer.with_json(ask.record(kept["uuid"]))
        ask.rewrite(kept)
        return answer.with_json(kept)

    return handler


def keeps_text(mend: Callable[[str], str | None], role: Role, *names: str) -> Handler:
    """Stores some texts changed."""

    def change(_phone: Fields, sent: Fields) -> Fields:
        return {name: mend(sent[name]) for name in names or ("name",) if sent.get(name)}

    return keeps(change, role)


def same_for_head(handler: Handler) -> Handler:
    """The same service; it answers HEAD as GET, without the body."""

    def answer(request: Request, ask: Correct) -> Answer:
        if request.method != "HEAD":
            return handler(request, ask)
        whole = handler(replace(request, method="GET"), ask)
        return replace(whole, body=b"").with_header("Content-Length", str(len(whole.body)))

    return answer


def shows(change: Callable[[Fields], Fields], *roles: Role) -> Handler:
    """Shows phones changed in the responses of some operations."""

    def handler(request: Request, ask: Correct) -> Answer:
        answer = ask(request)
        return answer.with_records(lambda phone: {**phone, **change(phone)}) if request.role in roles else answer

    return same_for_head(handler)


def shows_text(mend: Callable[[str], Any], role: Role, *names: str) -> Handler:
    """Shows some texts changed in the responses of one operation."""
    return shows(lambda phone: {name: mend(phone[name]) for name in names or ("name",) if phone[name]}, role)


def answers(change: Callable[[Answer], Answer], statuses: Collection[int], *roles: Role) -> Handler:
    """Changes the responses of some operations that have one of these statuses."""

    def handler(request: Request, ask: Correct) -> Answer:
        answer = ask(request)
        return change(answer) if request.role in roles and answer.status in statuses else answer

    return same_for_head(handler)


def answers_to(change: Callable[[Answer, Request], Answer], when: Callable[[Request], bool]) -> Handler:
    """Answers some requests in another way."""

    def handler(request: Request, ask: Correct) -> Answer:
        answer = ask(request)
        return change(answer, request) if when(request) else answer

    return handler


def lists(change: Callable[[Fields, Request], Fields]) -> Handler:
    """Changes the counts in its lists."""

    def handler(request: Request, ask: Correct) -> Answer:
        answer = ask(request)
        if request.role != "list" or not answer.ok:
            return answer
        return answer.with_members(**change(answer.json, request))

    return same_for_head(handler)


def reads_parameter(name: str, mend: Callable[[str], str | None]) -> Handler:
    """A list that accepts some invalid values of a parameter; `mend` returns None for the others."""

    def handler(request: Request, ask: Correct) -> Answer:
        text = request.parameter(name)
        if request.role != "list" or text is None or [one for one, _ in request.query].count(name) > 1:
            return ask(request)
        better = mend(text) if ask(request).status == 400 else None
        return ask(request) if better is None else ask(request.with_parameter(name, better))

    return handler
