"""Properties of refusals: what a broken request is answered, and that HTTP's own rules hold."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contract_tests.catalogue import Property
from contract_tests.client import Answer, Call
from contract_tests.subject import Subject
from openapi import Operation, Refusal, Role
from openapi.pointers import join

_NOT_INTEGERS = ("x", "1.5", "1.0", "1e2", " 5", "5 ", "\uff11\uff10", "0x1", "", "null")
_OTHER_KINDS: tuple[tuple[str, Any, str], ...] = (
    ("null", None, "null"),
    ("an object", {}, "object"),
    ("a number", 5, "integer"),
    ("a boolean", True, "boolean"),
)
_NO_NUMBERS = ("", "x", "+0", "12025550100", "tel:12025550100", "+12025550100\n", "+1 202 555 0100")


@dataclass(frozen=True, slots=True)
class _Demand:
    """How the operation for `role` must refuse, by the property `code`, which rests on `pointer`."""

    code: str
    refusal: Refusal
    role: Role
    pointer: str

    def of(self, subject: Subject, what: str, answer: Answer) -> None:
        """Raise BrokenPromiseError unless `answer` is that refusal; `what` was wrong with the request."""
        sentence = f"{what} is not refused as {self.refusal.value}."
        subject.expect(self.code, sentence, subject.refusal(self.refusal), answer.status, self.role, self.pointer)


def bad_parameters(subject: Subject) -> None:
    """A parameter that breaks its schema is refused, and so is one that is sent twice.

    No integer, out of bounds, no member of the enumeration, too long: a service that takes `limit=1e2` or `page=0`
    guesses what the client meant.
    """
    for parameter in subject.operation(Role.LIST).parameters:
        if parameter.location != "query":
            continue
        schema = parameter.schema.node
        broken = _Demand("ERROR-PARAMETER", Refusal.INVALID, Role.LIST, parameter.schema.pointer)
        for text in _bad_texts(schema):
            broken.of(subject, f"{parameter.name}={text!r}", subject.send(Role.LIST, query={parameter.name: text}))
        good = str(schema.get("enum", [schema.get("minimum", "x")])[0])
        answer = subject.send(Role.LIST, query=f"{parameter.name}={good}&{parameter.name}={good}")
        repeated = _Demand("ERROR-REPEATED", Refusal.INVALID, Role.LIST, "/x-http/query")
        repeated.of(subject, f"{parameter.name} sent twice", answer)


def _bad_texts(schema: Mapping[str, Any]) -> Iterator[str]:
    if schema.get("type") == "integer":
        yield from _NOT_INTEGERS
        yield from (str(schema[word] + step) for word, step in (("minimum", -1), ("maximum", 1)) if word in schema)
    if "enum" in schema:
        yield from ("", "surely-unknown", str(schema["enum"][0]).upper())
    if "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1)


def bounds_are_inside(subject: Subject) -> None:
    """The bounds of a parameter are allowed themselves, and a page far past the end is empty, not an error."""
    for parameter in subject.operation(Role.LIST).parameters:
        schema = parameter.schema.node
        inside = [str(schema[word]) for word in ("minimum", "maximum") if word in schema]
        if "maxLength" in schema:
            inside += ["x" * schema["maxLength"], "\U0001f4de" * schema["maxLength"]]
        for text in inside:
            subject.accepted_answer(Role.LIST, subject.send(Role.LIST, query={parameter.name: text}))
    paging = subject.listing.paging
    for start in (10**6, 2**31, 2**63, 10**40) if paging and paging.style == "page" else ():
        listed = subject.list(**{paging.start if paging else "": start})
        subject.expect(
            "LIST-PAST-END",
            "A page past the end holds records.",
            [],
            listed.items,
            Role.LIST,
            join(subject.listing.pointer, "paging"),
        )


def unknown_parameters_are_ignored(subject: Subject) -> None:
    """A parameter that the document doesn't know changes nothing."""
    plain = subject.list()
    with_it = subject.list(surely_unknown="1")
    same = [subject.key_of(item) for item in plain.items] == [subject.key_of(item) for item in with_it.items]
    subject.expect(
        "ERROR-UNKNOWN-PARAMETER", "An unknown parameter changes the list.", True, same, Role.LIST, "/x-http/query"
    )


def _bad_bodies(subject: Subject) -> Iterator[tuple[str, bytes]]:
    """What is wrong, and the body."""
    members = subject.create_members
    if members is None:
        return
    good = subject.new_body()
    cases: list[tuple[str, Any]] = [
        ("an array", []),
        ("a text", "x"),
        ("null", None),
        ("an unknown member", {**good, "surely-unknown": 1}),
    ]
    cases += [(f"no {name}", {key: value for key, value in good.items() if key != name}) for name in members.required]
    for name, schema in members.members.items():
        cases += [(what, {**good, name: value}) for what, value in _bad_values(name, schema)]
    yield from ((what, json.dumps(body).encode()) for what, body in cases)
    yield from _no_json(json.dumps(good).encode())


def _bad_values(name: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for what, value, kind in _OTHER_KINDS:
        if kind != schema.get("type"):
            yield f"{what} as {name}", value
    if "enum" in schema:
        yield f"an unknown {name}", "surely-unknown"
    if "pattern" in schema:
        yield from ((f"{name} {text!r}", text) for text in _NO_NUMBERS)
    if schema.get("minLength"):
        yield f"an empty {name}", ""
    if "maxLength" in schema:
        yield f"{name} too long", "x" * (schema["maxLength"] + 1)


def _no_json(good: bytes) -> Iterator[tuple[str, bytes]]:
    yield "nothing", b""
    yield "half a body", good[:-2]
    yield "two values", good + b"{}"
    yield "no UTF-8", good[:-1] + b',"x":"\xff"}'
    yield "NaN", good[:-1] + b',"x":NaN}'
    yield "deep nesting", b"[" * 10_000
    yield "a lone surrogate", good[:-1] + b',"x":"\\ud800"}'


def bad_bodies(subject: Subject) -> None:
    """A body that breaks its schema or is no JSON is refused, and nothing is created."""
    pointer = subject.create_members.schema.pointer if subject.create_members else ""
    demand = _Demand("ERROR-BODY", Refusal.INVALID, Role.CREATE, pointer)
    for what, data in _bad_bodies(subject):
        demand.of(subject, f"A body with {what}", subject.send(Role.CREATE, data=data))
    if subject.resource.listing and subject.tag_member:
        found = len(subject.tagged().items)
        subject.expect(
            "ERROR-NO-TRACE",
            "A refused create leaves a record.",
            0,
            found,
            Role.CREATE,
            subject.contract.refusals.pointer,
        )


def media_type_is_asked_for(subject: Subject) -> None:
    """A body of another media type, or of none, is refused as such; a charset beside the declared one is fine."""
    text = json.dumps(subject.new_body()).encode()
    demand = _Demand("HTTP-MEDIA-TYPE", Refusal.MEDIA_TYPE, Role.CREATE, subject.contract.refusals.pointer)
    for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded"):
        answer = subject.send(Role.CREATE, data=text, content_type=kind)
        demand.of(subject, f"A body sent as {kind}", answer)
    subject.accepted(Role.CREATE, subject.send(Role.CREATE, data=text, content_type="application/json; charset=utf-8"))


def methods_are_refused(subject: Subject) -> None:
    """A method that a path lacks is refused with 405, and `Allow` names those that it has."""
    path = subject.item_path(subject.nobody())
    declared = {one.method for one in subject.contract.operations.values() if one.path == subject.resource.item}
    role = next(iter(subject.resource.operations))
    demand = _Demand("HTTP-METHOD", Refusal.UNKNOWN_METHOD, role, subject.contract.refusals.pointer)
    for method in sorted({"PUT", "POST", "PATCH", "DELETE"} - declared):
        answer = subject.client.send(Call(method, path))
        demand.of(subject, f"{method} {subject.resource.item}", answer)
        allowed = {word.strip() for word in answer.headers.get("Allow", "").split(",")}
        sentence = "Allow does not name the declared methods."
        subject.expect("HTTP-ALLOW", sentence, [], sorted(declared - allowed), role, subject.contract.refusals.pointer)


def head_is_get_without_body(subject: Subject) -> None:
    """HEAD answers as GET does, without a body."""
    got = subject.client.send(Call("GET", subject.resource.collection))
    head = subject.client.send(Call("HEAD", subject.resource.collection))
    pointer = "/x-http/methods"
    subject.expect("HTTP-HEAD", "HEAD has another status than GET.", got.status, head.status, Role.LIST, pointer)
    subject.expect("HTTP-HEAD", "HEAD has a body.", 0, len(head.content), Role.LIST, pointer)
    kinds = [answer.headers.get("Content-Type") for answer in (got, head)]
    subject.expect("HTTP-HEAD", "HEAD has another media type than GET.", kinds[0], kinds[1], Role.LIST, pointer)


def tokens_are_asked_for(subject: Subject) -> None:
    """A request without the token, or with another, is refused with 401 and `WWW-Authenticate`, and has no effect."""
    if not subject.client.token:
        return
    operation: Operation = subject.operation(Role.LIST)
    demand = _Demand("AUTH-REQUIRED", Refusal.TOKEN, Role.LIST, "/components/securitySchemes")
    for authorization in (None, "Bearer surely-wrong", "Basic c3VyZWx5Ondyb25n", "Bearer"):
        answer = subject.client.send(Call("GET", operation.path, authorization=authorization))
        demand.of(subject, f"A request with Authorization: {authorization}", answer)
        shown = "WWW-Authenticate" in answer.headers
        subject.expect(
            "AUTH-CHALLENGE",
            "401 comes without WWW-Authenticate.",
            True,
            shown,
            Role.LIST,
            subject.contract.refusals.pointer,
        )


_LIFE = (Role.CREATE, Role.READ, Role.DELETE)
PROPERTIES = (
    Property("ERROR-PARAMETER", "Bad parameters are refused", "list", (Role.LIST,), False, bad_parameters),
    Property(
        "LIST-PAST-END",
        "Bounds are inside; past the end is empty",
        "list/paging",
        (Role.LIST,),
        False,
        bounds_are_inside,
    ),
    Property(
        "ERROR-UNKNOWN-PARAMETER",
        "Unknown parameters are ignored",
        "list",
        (Role.LIST,),
        False,
        unknown_parameters_are_ignored,
    ),
    Property("ERROR-BODY", "Bad bodies are refused and leave no trace", "operations/create", _LIFE, True, bad_bodies),
    Property(
        "HTTP-MEDIA-TYPE", "Other media types are refused", "operations/create", _LIFE, True, media_type_is_asked_for
    ),
    Property(
        "HTTP-METHOD", "Methods that are not there are refused", "operations", (Role.READ,), True, methods_are_refused
    ),
    Property("HTTP-HEAD", "HEAD is GET without a body", "list", (Role.LIST,), False, head_is_get_without_body),
    Property("AUTH-REQUIRED", "The token is asked for", "list", (Role.LIST,), False, tokens_are_asked_for),
)
"""The properties of refusals and of HTTP."""
