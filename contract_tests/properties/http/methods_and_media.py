"""Properties of HTTP itself: methods, media types, paths."""

from __future__ import annotations

import json
from collections.abc import Iterator

from contract_tests.claims import expressions
from contract_tests.properties.errors.error_precedence import expect_error
from contract_tests.properties.helpers.broken_bodies import change_body
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.target.client import Answer, Call
from contract_tests.target.guarded_adapter import RefusedRequestError
from openapi import Refusal, Role
from openapi.pointers import join

_METHODS = ("DELETE", "PATCH", "POST", "PUT")
_OWN = (Role.CREATE, Role.DELETE)
_TRIES = 4


def _item(api: ResourceClient) -> str:
    """The path of a record, as a Call takes it."""
    return api.spec.resource.item.replace(f"{{{api.spec.resource.key_parameter}}}", "{key}")


def _declared(api: ResourceClient, path: str) -> list[str]:
    """The methods that the document declares at a path."""
    return sorted(one.method for one in api.spec.contract.operations.values() if one.path == path)


def _at_methods(method: str) -> str:
    return join("/x-http/methods", method)


def _places(api: ResourceClient) -> list[tuple[str, str, str | None]]:
    """The paths of the resource: as the document writes it, as a Call takes it, and a key that names nothing."""
    places: list[tuple[str, str, str | None]] = [(api.spec.resource.collection, api.spec.resource.collection, None)]
    return [*places, (api.spec.resource.item, _item(api), api.unknown_key())]


def _role_at(api: ResourceClient, path: str) -> Role:
    """A role whose operation is at the path; any where none is."""
    roles = list(api.spec.resource.operations)
    return next((role for role in roles if api.spec.operation(role).path == path), roles[0])


@contract_property(
    "HTTP-METHOD",
    "A method that a path lacks is refused",
    rests_on="x-http refusals statuses/unknown-method",
    needs=(Role.CREATE, Role.DELETE),
    writes=True,
    cost=8,
)
def undeclared_methods_are_refused(api: ResourceClient) -> None:
    """A method that the document doesn't declare at a path is refused as such.

    A service whose framework answers PUT as it answers PATCH, or says 404 of a path that it has, is found out. It is
    asked at a key that names nothing, and on a whole collection only where the service is a mock of the check's own.
    """
    for what, answer, role, _ in _undeclared(api):
        api.expect.refused(what, answer, Refusal.UNKNOWN_METHOD, role)


def _undeclared(api: ResourceClient) -> Iterator[tuple[str, Answer, Role, str]]:
    """The answers to undeclared methods: what was asked, the answer, a role at the path, the path."""
    for path, asked, key in _places(api):
        for method in _METHODS:
            if method in _declared(api, path):
                continue
            try:
                answer = api.client.send(Call(method, asked, key))
            except RefusedRequestError:
                continue
            yield f"{method} {path}", answer, _role_at(api, path), path


@contract_property(
    "HTTP-ALLOW",
    "Allow names the methods that a path has",
    rests_on="components responses: Allow",
    needs=(Role.CREATE, Role.DELETE),
    writes=True,
    cost=8,
)
def allow_is_complete(api: ResourceClient) -> None:
    """Where a method is refused, Allow names every method that the document declares there, and not the refused one.

    A service whose Allow is written by hand, and still lacks the PATCH that was added last, is found out (RFC 9110,
    section 15.5.6).
    """
    for what, answer, role, path in _undeclared(api):
        if answer.status == api.spec.status_of(Refusal.UNKNOWN_METHOD):
            _expect_allow(api, what, answer, role, path)
            api.expect.that(
                f"{what} is refused, and Allow names it.",
                (
                    "lacks",
                    expressions.words(expressions.header(answer, "allow")),
                    expressions.literal(what.partition(" ")[0]),
                ),
                role,
                api.spec.at_refusal(role, Refusal.UNKNOWN_METHOD),
            )


def _expect_allow(api: ResourceClient, what: str, answer: Answer, role: Role, path: str) -> None:
    api.expect.that(
        f"Allow in the answer to {what} lacks declared methods.",
        (
            "is within",
            expressions.literal(_declared(api, path)),
            expressions.words(expressions.header(answer, "allow")),
        ),
        role,
        api.spec.at_refusal(role, Refusal.UNKNOWN_METHOD),
    )


@contract_property(
    "HTTP-OPTIONS",
    "OPTIONS says which methods a path has",
    rests_on="x-http methods/options",
    needs=("options",),
    cost=2,
)
def options_tells_the_methods(api: ResourceClient) -> None:
    """OPTIONS is answered 204, with every declared method of the path in Allow (RFC 9110, section 9.3.7).

    A service that lets OPTIONS fall through to its handler of unknown methods answers 405; pages of other origins then
    can't use it.
    """
    for path, asked, key in _places(api):
        role = _role_at(api, path)
        answer = api.client.send(Call("OPTIONS", asked, key))
        api.expect.that(
            f"OPTIONS {path} is answered {answer.status}.",
            ("is", expressions.status(answer), expressions.literal(204)),
            role,
            _at_methods("options"),
        )
        _expect_allow(api, f"OPTIONS {path}", answer, role, path)


@contract_property("HTTP-HEAD", "HEAD answers as GET does", rests_on="x-http methods/head", needs=("head",), cost=16)
def head_answers_as_get(api: ResourceClient) -> None:
    """HEAD has the status and the media type of GET, on a list, on a record and where there is none.

    A service that has no handler for HEAD answers 405, or 200 for a record that isn't there (RFC 9110, section 9.3.2).
    The record is any that a list shows; where others change it meanwhile, the comparison is made again.
    """
    if api.spec.has(Role.LIST):
        _compare(api, Role.LIST, api.spec.resource.collection, None)
    if api.spec.has(Role.READ):
        _compare(api, Role.READ, _item(api), api.unknown_key())
        items = api.list_by().items if api.spec.has(Role.LIST) and api.spec.resource.listing else []
        for record in items[:1]:
            _compare(api, Role.READ, _item(api), api.spec.key_of(record))


def _compare(api: ResourceClient, role: Role, path: str, key: str | None) -> None:
    if api.spec.operation(role).method != "GET":
        return
    for _ in range(_TRIES):
        before, head, after = (api.client.send(Call(method, path, key)) for method in ("GET", "HEAD", "GET"))
        if (before.status, before.content) == (after.status, after.content):
            break
    else:
        return
    pointer = _at_methods("head")
    sentence = f"HEAD {path} is answered {head.status}, GET {before.status}."
    api.expect.that(sentence, ("is", expressions.status(head), expressions.status(before)), role, pointer)
    kind = expressions.essence(expressions.header(before, "content-type"))
    sentence = f"HEAD {path} has another media type than GET."
    api.expect.that(
        sentence, ("is", expressions.essence(expressions.header(head, "content-type")), kind), role, pointer
    )
    if head.headers.get("Content-Length") and before.headers.get("Content-Length"):
        length = expressions.header(before, "content-length")
        sentence = f"HEAD {path} tells another length than GET."
        api.expect.that(sentence, ("is", expressions.header(head, "content-length"), length), role, pointer)


@contract_property(
    "HTTP-MEDIA-TYPE",
    "A body of another media type is refused",
    rests_on="x-http refusals statuses/media-type",
    needs=_OWN,
    writes=True,
    cost=18,
)
def other_media_types_are_refused(api: ResourceClient) -> None:
    """A body that is not declared as JSON is refused as of another media type, and so is one of no media type.

    A service that parses whatever comes as JSON can be written to by a form on any web page: a browser sends text/plain
    to another origin without asking first.
    """
    cases: list[tuple[Role, str]] = []
    for role in (Role.CREATE, Role.UPDATE, Role.REPLACE):
        body = api.spec.operation(role).body if api.spec.has(role) else None
        if body and not any("*" in name for name in body.content):
            cases += [(role, kind) for kind in _OTHERS if kind not in body.content]
    own = api.spec.key_of(api.create())
    always = [(role, kind) for role, kind in cases if kind == "text/plain"]
    for role, kind in [*always, *api.cases([case for case in cases if case not in always], 3)]:
        good = api.new_body() if role is Role.CREATE else change_body(api, role)
        key = None if role is Role.CREATE else own
        answer = api.send(role, key=key, data=json.dumps(good).encode(), content_type=kind)
        what = f"{role.value.capitalize()} with a body of {kind or 'no media type'}"
        api.expect.refused(what, answer, Refusal.MEDIA_TYPE, role)


_OTHERS = (
    "",
    "text/plain",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/merge-patch+json",
    "application/jsonp",
    "application/octet-stream",
)


@contract_property(
    "HTTP-MEDIA-TYPE-SPELLING",
    "The media type may be in capital letters, with a charset",
    rests_on="requestBody content",
    needs=_OWN,
    writes=True,
    cost=8,
)
def media_types_are_read_leniently(api: ResourceClient) -> None:
    """The declared media type is taken in any letters, and with the charset that it has anyway.

    A service that compares Content-Type with a text refuses `application/json; charset=utf-8`, which many clients send
    (RFC 9110, section 8.3.1).
    """
    body = api.spec.operation(Role.CREATE).body
    kind = next(iter(body.content)) if body else "application/json"
    if "*" in kind or ";" in kind:
        return
    for spelt in (f"{kind}; charset=utf-8", f"{kind};charset=UTF-8", f'{kind}; charset="utf-8"', kind.title()):
        data = json.dumps(api.new_body()).encode()
        answer = api.send(Role.CREATE, data=data, content_type=spelt)
        api.expect.that(
            f"A create with Content-Type: {spelt} is answered {answer.status}.",
            ("is not", expressions.status(answer), expressions.literal(api.spec.status_of(Refusal.MEDIA_TYPE))),
            Role.CREATE,
            api.spec.at_refusal(Role.CREATE, Refusal.MEDIA_TYPE),
        )


@contract_property(
    "HTTP-CHARSET", "Answers are in UTF-8", rests_on="paths/*/*/responses/*/content", needs=(Role.LIST,), cost=2
)
def answers_are_in_utf8(api: ResourceClient) -> None:
    """The Content-Type of an answer names no charset but UTF-8 (RFC 8259, section 8.1).

    A service whose framework adds `charset=iso-8859-1` makes clients read José as JosÃ©.
    """
    answers = [api.send(Role.LIST), api.client.send(Call("GET", f"/{api.tag}"))]
    for answer in (one for one in answers if "Content-Type" in one.headers):
        api.expect.that(
            f"An answer {answer.status} names another charset than UTF-8.",
            (
                "matches",
                expressions.header(answer, "content-type"),
                expressions.literal(r"(?is)^(?!.*charset\s*=(?!\s*\"?utf-?8))"),
            ),
            Role.LIST,
            join(api.spec.operation(Role.LIST).success.pointer, "content"),
        )


@contract_property(
    "HTTP-UNKNOWN-PATH",
    "A path that isn't there is refused",
    rests_on="x-http refusals statuses/unknown-path",
    needs=(),
    cost=5,
)
def unknown_paths_are_refused(api: ResourceClient) -> None:
    """A path that the document doesn't have is refused as unknown, in the shape of every refusal.

    A service that sends every unknown path to the start page of its web application answers 200 with HTML: a client
    with a wrong address then finds out only when it fails to parse the page. So is one whose framework answers 404 with
    a page of its own.
    """
    role = next(iter(api.spec.resource.operations))
    collection, nobody = api.spec.resource.collection, api.unknown_key()
    for path in (f"/{api.tag}", f"{collection}{api.tag}", f"{_item(api)}/{api.tag}"):
        answer = api.client.send(Call("GET", path, nobody))
        place = join(api.spec.contract.refusals.pointer, "statuses", Refusal.UNKNOWN_PATH.value)
        api.expect.refused(f"GET {path}", answer, Refusal.UNKNOWN_PATH, role, place)
        expect_error(api, f"GET {path}", answer, role)
    _slash(api, role)


def _slash(api: ResourceClient, role: Role) -> None:
    """A slash at the end may be unknown, lead to the path without it, or be passed over; all else is odd."""
    path = f"{api.spec.resource.collection}/"
    answer = api.client.send(Call("GET", path))
    api.expect.that(
        f"GET {path} is answered {answer.status}.",
        (
            "is one of",
            expressions.status(answer),
            expressions.literal([200, 301, 302, 307, 308, api.spec.status_of(Refusal.UNKNOWN_PATH)]),
        ),
        role,
        join(api.spec.contract.refusals.pointer, "statuses", Refusal.UNKNOWN_PATH.value),
    )


PROPERTIES: tuple[Property, ...] = (
    unknown_paths_are_refused,
    undeclared_methods_are_refused,
    allow_is_complete,
    options_tells_the_methods,
    head_answers_as_get,
    other_media_types_are_refused,
    media_types_are_read_leniently,
    answers_are_in_utf8,
)
"""The properties of HTTP, in the order of the catalogue."""
