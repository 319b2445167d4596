"""Properties of refusals: what a broken request is answered, and that HTTP's own rules hold."""

from __future__ import annotations

import json
from typing import Any

from contract_tests.catalogue import Property
from contract_tests.client import Answer, Call
from contract_tests.subject import Subject
from openapi import Operation, Refusal, Role
from openapi.pointers import join

_NOT_INTEGERS = ("x", "1.5", "1.0", "1e2", " 5", "5 ", "\uff11\uff10", "0x1", "", "null")


def _refused(
    subject: Subject, code: str, what: str, answer: Answer, refusal: Refusal, role: Role, pointer: str
) -> None:
    wanted = subject.refusal(refusal)
    subject.expect(code, f"{what} is not refused as {refusal.value}.", wanted, answer.status, role, pointer)


def bad_parameters(subject: Subject) -> None:
    """A parameter that breaks its schema is refused: no integer, out of bounds, no member of the enumeration, too long, sent twice."""
    for parameter in subject.operation(Role.LIST).parameters:
        if parameter.location != "query":
            continue
        schema, bad = parameter.schema.node, []
        if schema.get("type") == "integer":
            bad += [
                *_NOT_INTEGERS,
                *(str(schema[word] + step) for word, step in (("minimum", -1), ("maximum", 1)) if word in schema),
            ]
        if "enum" in schema:
            bad += ["", "surely-unknown", str(schema["enum"][0]).upper()]
        if "maxLength" in schema:
            bad.append("x" * (schema["maxLength"] + 1))
        for text in bad:
            answer = subject.send(Role.LIST, query={parameter.name: text})
            what = f"{parameter.name}={text!r}"
            _refused(subject, "ERROR-PARAMETER", what, answer, Refusal.INVALID, Role.LIST, parameter.schema.pointer)
        good = str(schema.get("enum", [schema.get("minimum", "x")])[0])
        answer = subject.send(Role.LIST, query=f"{parameter.name}={good}&{parameter.name}={good}")
        _refused(
            subject,
            "ERROR-REPEATED",
            f"{parameter.name} sent twice",
            answer,
            Refusal.INVALID,
            Role.LIST,
            "/x-http/query",
        )


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


def _bodies(subject: Subject) -> list[tuple[str, bytes]]:
    members = subject.create_members
    good = subject.new_body()
    if members is None:
        return []
    cases: list[tuple[str, Any]] = [
        ("an array", []),
        ("a text", "x"),
        ("null", None),
        ("an unknown member", {**good, "surely-unknown": 1}),
    ]
    cases += [(f"no {name}", {key: value for key, value in good.items() if key != name}) for name in members.required]
    for name, schema in members.members.items():
        for what, value in (("null", None), ("an object", {}), ("a number", 5), ("a boolean", True)):
            kinds = {"null": "null", "an object": "object", "a number": "integer", "a boolean": "boolean"}
            if kinds[what] != schema.get("type"):
                cases.append((f"{what} as {name}", {**good, name: value}))
        if "enum" in schema:
            cases.append((f"an unknown {name}", {**good, name: "surely-unknown"}))
        if "pattern" in schema:
            cases += [
                (f"{name} {text!r}", {**good, name: text})
                for text in ("", "x", "+0", "12025550100", "tel:12025550100", "+12025550100\n", "+1 202 555 0100")
            ]
        if schema.get("minLength"):
            cases.append((f"an empty {name}", {**good, name: ""}))
        if "maxLength" in schema:
            cases.append((f"{name} too long", {**good, name: "x" * (schema["maxLength"] + 1)}))
    encoded = [(what, json.dumps(body).encode()) for what, body in cases]
    text = json.dumps(good).encode()
    broken = [
        ("nothing", b""),
        ("half a body", text[:-2]),
        ("two values", text + b"{}"),
        ("no UTF-8", text[:-1] + b',"x":"\xff"}'),
    ]
    broken += [
        ("NaN", text[:-1] + b',"x":NaN}'),
        ("deep nesting", b"[" * 10_000),
        ("a lone surrogate", text[:-1] + b',"x":"\\ud800"}'),
    ]
    return encoded + broken


def bad_bodies(subject: Subject) -> None:
    """A body that breaks its schema or is no JSON is refused, and nothing is created."""
    for what, data in _bodies(subject):
        answer = subject.send(Role.CREATE, data=data)
        pointer = subject.create_members.schema.pointer if subject.create_members else ""
        _refused(subject, "ERROR-BODY", f"A body with {what}", answer, Refusal.INVALID, Role.CREATE, pointer)
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
    for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded"):
        answer = subject.send(Role.CREATE, data=text, content_type=kind)
        _refused(
            subject,
            "HTTP-MEDIA-TYPE",
            f"A body sent as {kind}",
            answer,
            Refusal.MEDIA_TYPE,
            Role.CREATE,
            subject.contract.refusals.pointer,
        )
    subject.accepted(Role.CREATE, subject.send(Role.CREATE, data=text, content_type="application/json; charset=utf-8"))


def methods_are_refused(subject: Subject) -> None:
    """A method that a path lacks is refused with 405, and `Allow` names those that it has."""
    path = subject.item_path(subject.nobody())
    declared = {one.method for one in subject.contract.operations.values() if one.path == subject.resource.item}
    for method in {"PUT", "POST", "PATCH", "DELETE"} - declared:
        answer = subject.client.send(Call(method, path))
        role = next(iter(subject.resource.operations))
        _refused(
            subject,
            "HTTP-METHOD",
            f"{method} {subject.resource.item}",
            answer,
            Refusal.UNKNOWN_METHOD,
            role,
            subject.contract.refusals.pointer,
        )
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
    for authorization in (None, "Bearer surely-wrong", "Basic c3VyZWx5Ondyb25n", "Bearer"):
        answer = subject.client.send(Call("GET", operation.path, authorization=authorization))
        what = f"Authorization: {authorization}"
        _refused(subject, "AUTH-REQUIRED", what, answer, Refusal.TOKEN, Role.LIST, "/components/securitySchemes")
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
