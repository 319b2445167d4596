"""Properties of methods, media types and paths."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from contract_tests.claims import expressions
from contract_tests.properties.errors.error_precedence import expect_error
from contract_tests.properties.helpers.sample_bodies import valid_change
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Record
from contract_tests.target.client import Call, ReceivedResponse
from contract_tests.target.guarded_adapter import RefusedRequestError
from contract_tests.target.ownership import NotJudgedError
from openapi import Refusal, Role
from openapi.pointers import join

_METHODS = ("DELETE", "PATCH", "POST", "PUT")
_UNDECLARED = ("HEAD", "OPTIONS", "TRACE")
"""Methods that a path may allow without a declaration."""
_OWN = (Role.CREATE, Role.DELETE)
_TRIES = 4


def _item(api: ResourceClient) -> str:
    """The path of a record, for a Call."""
    return api.spec.resource.slotted()


def _declared(api: ResourceClient, path: str) -> list[str]:
    """The methods that the document declares for a path."""
    return sorted(one.method for one in api.spec.contract.operations.values() if one.path == path)


def _at_methods(method: str) -> str:
    return join("/x-http/methods", method)


def _targets(api: ResourceClient) -> list[tuple[str, str, str | None]]:
    """The paths of the resource: as in the document, for a Call, and an unknown key."""
    targets: list[tuple[str, str, str | None]] = [(api.spec.resource.collection, api.spec.resource.collection, None)]
    return [*targets, (api.spec.resource.item, _item(api), api.unknown_key())]


def _role_at(api: ResourceClient, path: str) -> Role:
    """A role with an operation at the path; any role if there is none."""
    roles = list(api.spec.resource.operations)
    return next((role for role in roles if api.spec.operation(role).path == path), roles[0])


@contract_property(
    "HTTP-METHOD",
    "An undeclared method is refused",
    rests_on="x-http refusals statuses/unknown-method",
    needs=(Role.CREATE, Role.DELETE),
    cost=8,
    assumed="the status of the refusal",
)
def undeclared_methods_are_refused(api: ResourceClient) -> None:
    """A method that the document does not declare for a path is refused as such.

    Catches services that treat PUT as PATCH, or respond with 404 as if the path did not exist. Methods on a record are
    sent with an unknown key; methods on a whole collection only to a private mock.
    """
    for what, response, role, _ in _undeclared(api):
        api.expect.refused(what, response, Refusal.UNKNOWN_METHOD, role)


def _undeclared(api: ResourceClient) -> Iterator[tuple[str, ReceivedResponse, Role, str]]:
    """The responses to undeclared methods: the request in words, the response, a role at the path, the path."""
    for path, target, key in _targets(api):
        for method in _METHODS:
            if method in _declared(api, path):
                continue
            try:
                response = api.client.send(Call(method, target, key))
            except RefusedRequestError:
                continue
            yield f"{method} {path}", response, _role_at(api, path), path


@contract_property(
    "HTTP-ALLOW",
    "Allow names the methods of a path",
    rests_on="components responses: Allow",
    needs=(Role.CREATE, Role.DELETE),
    cost=8,
    assumed="the header",
)
def allow_is_complete(api: ResourceClient) -> None:
    """Where a method is refused, Allow names every declared method of the path, and not the refused one.

    A refusal with another status than documented may lack it: HTTP-METHOD reports the status. Catches services with an
    Allow header that is written by hand and lacks the method that was added last (RFC 9110, section 15.5.6).
    """
    for what, response, role, path in _undeclared(api):
        as_documented = response.status == api.spec.status_of(Refusal.UNKNOWN_METHOD, role)
        if 400 <= response.status < 500 and (
            "Allow" in response.headers or (as_documented and _needs_allow(api, role))
        ):
            _expect_allow(api, what, response, role, path)
            api.expect.that(
                f"{what} is refused, but Allow names the method.",
                (
                    "lacks",
                    expressions.words(expressions.header(response, "allow")),
                    expressions.literal(what.partition(" ")[0]),
                ),
                role,
                api.spec.at_refusal(role, Refusal.UNKNOWN_METHOD),
            )


def _needs_allow(api: ResourceClient, role: Role) -> bool:
    """Whether the document requires Allow in the refusal of an undeclared method."""
    response = api.spec.operation(role).response_for(api.spec.status_of(Refusal.UNKNOWN_METHOD))
    header = response.headers.get("Allow") if response else None
    return header is not None and header.required


def _expect_allow(api: ResourceClient, what: str, response: ReceivedResponse, role: Role, path: str) -> None:
    header = expressions.header(response, "allow")
    pointer = api.spec.at_refusal(role, Refusal.UNKNOWN_METHOD)
    present = ("is not", header, expressions.literal(None))
    api.expect.that(f"The response to {what} has no Allow header.", present, role, pointer)
    api.expect.that(
        f"Allow in the response to {what} lacks declared methods.",
        (
            "is within",
            expressions.literal(_declared(api, path)),
            expressions.words(header),
        ),
        role,
        pointer,
    )


@contract_property(
    "HTTP-OPTIONS",
    "OPTIONS names the methods of a path",
    rests_on="x-http methods/options",
    needs=("options",),
    cost=2,
    assumed="what OPTIONS returns",
)
def options_names_the_methods(api: ResourceClient) -> None:
    """OPTIONS returns 204 with every declared method of the path in Allow, and no other (RFC 9110, section 9.3.7).

    A service that treats OPTIONS as an unknown method returns 405, so that web pages of other origins can't use it.
    HEAD, OPTIONS and TRACE need not be declared to be allowed.
    """
    wanted = {"allowed-methods": 204, "allowed-methods-with-200": 200}.get(api.spec.words["methods/options"])
    for path, target, key in _targets(api):
        role = _role_at(api, path)
        response = api.client.send(Call("OPTIONS", target, key))
        if wanted is None:
            _expect_unknown_method(api, "OPTIONS", response, role)
            continue
        api.expect.that(
            f"OPTIONS {path} returns {response.status} instead of {wanted}.",
            ("is", expressions.status(response), expressions.literal(wanted)),
            role,
            _at_methods("options"),
        )
        _expect_allow(api, f"OPTIONS {path}", response, role, path)
        allowed = expressions.words(expressions.header(response, "allow"))
        claim = ("is within", allowed, expressions.literal([*_declared(api, path), *_UNDECLARED]))
        sentence = f"Allow in the response to OPTIONS {path} has methods that the document does not declare."
        api.expect.differs(sentence, claim, role, _at_methods("options"))


@contract_property(
    "HTTP-HEAD",
    "HEAD responds as GET does",
    rests_on="x-http methods/head",
    needs=("head",),
    cost=16,
    alone=True,
    assumed="what HEAD returns",
)
def head_responds_as_get(api: ResourceClient) -> None:
    """HEAD has the status and the media type of GET: for a list, for a record, and for an unknown key.

    Catches services without a handler for HEAD, which return 405, or 200 for an unknown record (RFC 9110, section
    9.3.2). If another client changes the record meanwhile, the comparison is repeated.
    """
    if api.spec.words["methods/head"] == "refused":
        path = api.spec.resource.collection
        _expect_unknown_method(api, "HEAD", api.client.send(Call("HEAD", path)), _role_at(api, path))
        return
    if api.spec.has(Role.LIST):
        _compare(api, Role.LIST, api.spec.resource.collection, None)
    if api.spec.has(Role.READ):
        _compare(api, Role.READ, _item(api), api.unknown_key())
        for record in _some_record(api):
            _compare(api, Role.READ, _item(api), api.spec.key_of(record))


def _some_record(api: ResourceClient) -> list[Record]:
    """A record to read, if there is one: one of the run, so that a finding can be replayed elsewhere, or else any."""
    if api.thoroughness.writes and api.spec.has(Role.CREATE, Role.DELETE):
        return [api.create()]
    return api.list_by().items[:1] if api.spec.has(Role.LIST) and api.spec.resource.listing else []


def _is_alike(get: ReceivedResponse, head: ReceivedResponse) -> bool:
    """Whether a HEAD has the status and the media type of a GET."""
    return get.status == head.status and get.media_type == head.media_type


def _is_as_long(get: ReceivedResponse, head: ReceivedResponse) -> bool:
    """Whether a HEAD has the length of a GET, if it has one."""
    lengths = [one.headers.get("Content-Length") for one in (get, head)]
    return not all(lengths) or lengths[0] == lengths[1]


def _expect_unknown_method(api: ResourceClient, method: str, response: ReceivedResponse, role: Role) -> None:
    claim = ("is at least", expressions.status(response), expressions.literal(400))
    pointer = _at_methods(method.lower())
    api.expect.differs(f"{method} returns {response.status} instead of a refusal.", claim, role, pointer)


def _compare(api: ResourceClient, role: Role, path: str, key: str | None) -> None:
    if api.spec.operation(role).method != "GET":
        return
    for _ in range(_TRIES):
        before, head = (api.client.send(Call(method, path, key)) for method in ("GET", "HEAD"))
        if _is_alike(before, head) and _is_as_long(before, head):
            return
        after = api.client.send(Call("GET", path, key))
        if (before.status, before.content) == (after.status, after.content):
            break
        if _is_alike(before, head) and _is_alike(after, head):
            return  # Only the lengths differ, and the bodies differ each time.
    else:
        raise NotJudgedError(f"the record kept changing while it was read {_TRIES} times")
    pointer = _at_methods("head")
    sentence = f"HEAD {path} returns {head.status}, GET returns {before.status}."
    api.expect.that(sentence, ("is", expressions.status(head), expressions.status(before)), role, pointer)
    kind = expressions.essence(expressions.header(before, "content-type"))
    sentence = f"HEAD {path} has another media type than GET."
    api.expect.that(
        sentence, ("is", expressions.essence(expressions.header(head, "content-type")), kind), role, pointer
    )
    if head.headers.get("Content-Length") and before.headers.get("Content-Length"):
        length = expressions.header(before, "content-length")
        sentence = f"HEAD {path} has another Content-Length than GET."
        api.expect.that(sentence, ("is", expressions.header(head, "content-length"), length), role, pointer)


@contract_property(
    "HTTP-MEDIA-TYPE",
    "A body of another media type is refused",
    rests_on="x-http refusals statuses/media-type",
    needs=_OWN,
    cost=18,
    assumed="that other media types are refused, and the status",
)
def other_media_types_are_refused(api: ResourceClient) -> None:
    """A body that is not declared as JSON is refused for its media type, and so is one without a media type.

    If a service parses any body as JSON, a form on any web page can write to it: a browser sends text/plain to another
    origin without asking first.
    """
    cases: list[tuple[Role, str]] = []
    for role in (Role.CREATE, Role.UPDATE, Role.REPLACE):
        body = api.spec.operation(role).body if api.spec.has_key_in_path(role) else None
        if body and not any("*" in name for name in body.content):
            cases += [(role, kind) for kind in _OTHERS if kind not in body.content]
    own = api.spec.key_of(api.create())
    always = [(role, kind) for role, kind in cases if kind == "text/plain"]
    for role, kind in [*always, *api.cases([case for case in cases if case not in always], 3)]:
        good = api.new_body() if role is Role.CREATE else valid_change(api, role, own)
        key = None if role is Role.CREATE else own
        response = api.send(role, key=key, data=api.content(role, good), content_type=kind)
        what = f"{role.value.capitalize()} with a body of {kind or 'no media type'}"
        api.expect.refused(what, response, Refusal.MEDIA_TYPE, role)


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
    "The media type may be in capitals and have a charset",
    rests_on="requestBody content",
    needs=_OWN,
    cost=8,
    assumed="how the service reads Content-Type",
)
def media_types_may_be_spelled_freely(api: ResourceClient) -> None:
    """The declared media type is accepted in any letter case, and with charset=utf-8.

    Catches services that compare Content-Type with a fixed text and refuse `application/json; charset=utf-8`, which
    many clients send (RFC 9110, section 8.3.1).
    """
    body = api.spec.operation(Role.CREATE).body
    kind = next(iter(body.content)) if body else "application/json"
    if "*" in kind or ";" in kind:
        return
    for spelt in (f"{kind}; charset=utf-8", f"{kind};charset=UTF-8", f'{kind}; charset="utf-8"', kind.title()):
        response = api.try_create(partial(_send_as, api, spelt))
        api.expect.that(
            f"A create with Content-Type: {spelt} is refused with {response.status}.",
            ("is at most", expressions.status(response), expressions.literal(399)),
            Role.CREATE,
            api.spec.at_refusal(Role.CREATE, Refusal.MEDIA_TYPE),
        )


def _send_as(api: ResourceClient, content_type: str, body: Body) -> ReceivedResponse:
    return api.send(Role.CREATE, data=api.content(Role.CREATE, body), content_type=content_type)


@contract_property(
    "HTTP-CHARSET",
    "Responses are in UTF-8",
    rests_on="paths/*/*/responses/*/content",
    needs=(Role.LIST,),
    cost=2,
    documented="JSON is in UTF-8",
)
def responses_are_in_utf8(api: ResourceClient) -> None:
    """The Content-Type of a response names no charset but UTF-8 (RFC 8259, section 8.1).

    If a framework adds `charset=iso-8859-1`, clients read José as JosÃ©.
    """
    responses = [api.send(Role.LIST), api.client.send(Call("GET", f"/{api.tag}"))]
    for response in (one for one in responses if "Content-Type" in one.headers):
        api.expect.that(
            f"A {response.status} response names another charset than UTF-8.",
            (
                "matches",
                expressions.header(response, "content-type"),
                expressions.literal(r"(?is)^(?!.*charset\s*=(?!\s*\"?utf-?8))"),
            ),
            Role.LIST,
            join(api.spec.operation(Role.LIST).success.pointer, "content"),
        )


@contract_property(
    "HTTP-UNKNOWN-PATH",
    "An unknown path is refused",
    rests_on="x-http refusals statuses/unknown-path",
    needs=(),
    cost=5,
    assumed="the status and body of the refusal",
)
def unknown_paths_are_refused(api: ResourceClient) -> None:
    """A path that the document does not have is refused as unknown, with an error in the documented shape.

    Catches services that return the start page of a web application with 200 for every unknown path, so that a client
    with a wrong address fails only when it parses the page, and frameworks with their own 404 page.
    """
    role = next(iter(api.spec.resource.operations))
    collection, key = api.spec.resource.collection, api.unknown_key()
    for path in (f"/{api.tag}", f"{collection}{api.tag}", f"{_item(api)}/{api.tag}"):
        response = api.client.send(Call("GET", path, key))
        pointer = api.spec.at_status(Refusal.UNKNOWN_PATH)
        api.expect.refused(f"GET {path}", response, Refusal.UNKNOWN_PATH, role, if_accepted=pointer)
        expect_error(api, f"GET {path}", response, role, unrouted=True)
    _slash(api, role)


def _slash(api: ResourceClient, role: Role) -> None:
    """A slash at the end may make the path unknown, redirect to the path without it, or be ignored."""
    path = f"{api.spec.resource.collection}/"
    response = api.client.send(Call("GET", path))
    api.expect.that(
        f"GET {path} returns {response.status}.",
        (
            "is at most",
            expressions.status(response),
            expressions.literal(499),
        ),
        role,
        api.spec.at_status(Refusal.UNKNOWN_PATH),
    )


PROPERTIES: tuple[Property, ...] = (
    unknown_paths_are_refused,
    undeclared_methods_are_refused,
    allow_is_complete,
    options_names_the_methods,
    head_responds_as_get,
    other_media_types_are_refused,
    media_types_may_be_spelled_freely,
    responses_are_in_utf8,
)
"""In the order of the catalogue."""
