"""Properties of the token: every operation needs it, and requests without it have no effect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from contract_tests.claims import expressions
from contract_tests.properties.helpers.sample_bodies import valid_change
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.target.client import CUT_TOKEN, OTHER_START_TOKEN, RESPELT_TOKEN, Call
from openapi import Operation, Refusal, Role

_SCHEMES = "/components/securitySchemes"
_WRONG: tuple[tuple[str, str | None], ...] = (
    ("no token", None),
    ("an unknown token", "Bearer surely-unknown"),
    ("the token null", "Bearer null"),
    ("the token without its last character", f"Bearer {CUT_TOKEN}"),
    ("the token with another first character", f"Bearer {OTHER_START_TOKEN}"),
    ("the token with one more character", "Bearer {token}x"),
    ("the token twice", "Bearer {token} {token}"),
    ("an empty token", "Bearer"),
    ("the token without a scheme", "{token}"),
    ("the token under another scheme", "Basic {token}"),
    ("another scheme", "Basic c3VyZWx5OnVua25vd24="),
)
_OTHER_CASE = ("the token in other letter case", f"Bearer {RESPELT_TOKEN}")
_FORBIDDEN = 403
_OWN = (Role.CREATE, Role.READ, Role.DELETE)


def _pointer(api: ResourceClient) -> str:
    """Where the document describes the bearer token."""
    schemes = api.spec.contract.document().get("components", {}).get("securitySchemes", {})
    bearer = (name for name, scheme in schemes.items() if str(scheme.get("scheme", "")).lower() == "bearer")
    return next((f"{_SCHEMES}/{name}" for name in bearer), _SCHEMES)


def _guarded(api: ResourceClient) -> Iterator[tuple[Role, Operation]]:
    for role in api.spec.resource.operations:
        if api.spec.operation(role).bearer != "none":
            yield role, api.spec.operation(role)


def _call(api: ResourceClient, role: Role, sent: str | None) -> Call:
    """A request that is valid except for the token. It names no existing record: the token is checked first."""
    if role is Role.LIST:
        return api.call(role, authorization=sent)
    body = api.new_body() if role is Role.CREATE else valid_change(api, role)
    return api.call(role, None if role is Role.CREATE else api.unknown_key(), body=body, authorization=sent)


@contract_property(
    "AUTH-LIST",
    "A list needs the token",
    rests_on="components securitySchemes",
    needs=("token", Role.LIST),
    cost=13,
    documented="without the token nothing succeeds",
    assumed="the status and body of the refusal",
)
def lists_need_the_token(api: ResourceClient) -> None:
    """A list without a token, with another one, or with the right one in the wrong form, is refused.

    So are a later page, and HEAD, without a token. Catches services that compare only the first or the last characters
    of a token, ignore its letter case, accept any scheme, or protect only what is requested most.
    """
    if api.spec.operation(Role.LIST).bearer == "none":
        return
    whole = _call(api, Role.LIST, None)
    later = replace(whole, query=api.page(1, api.size(1))) if api.spec.listing.paging else None
    unusual = {"HEAD for a list without a token": replace(whole, method="HEAD"), "Page 2 without a token": later}
    for what, call in unusual.items():
        response = api.client.send(call) if call else None
        # HEAD may not be served at all.
        if response is not None and (response.status < 400 or call is later):
            api.expect.refused(what, response, Refusal.TOKEN, Role.LIST, if_accepted=_pointer(api))
    letters = any(letter.isascii() and letter.isalpha() for letter in str(api.client.token))
    for what, sent in (*_WRONG, _OTHER_CASE) if letters else _WRONG:
        response = api.client.send(_call(api, Role.LIST, sent))
        api.expect.conforms(api.spec.operation(Role.LIST), response)
        api.expect.refused(f"A list with {what}", response, Refusal.TOKEN, Role.LIST, if_accepted=_pointer(api))


@contract_property(
    "AUTH-EVERYWHERE",
    "Every operation needs the token",
    rests_on="components securitySchemes",
    needs=("token", Role.CREATE, Role.DELETE),
    cost=20,
    documented="without the token nothing succeeds",
    assumed="that the token is checked first, and the status",
)
def every_operation_needs_the_token(api: ResourceClient) -> None:
    """Each operation without a token, and with an unknown one, is refused before anything else is checked.

    Catches services that protect lists but not deletes, and services that tell strangers by 404 instead of 401 which
    keys exist.
    """
    for role, _ in _guarded(api):
        for what, sent in _WRONG[:2]:
            response = api.client.send(_call(api, role, sent))
            api.expect.conforms(api.spec.operation(role), response)
            if response.status != _FORBIDDEN:
                request = f"{role.value.capitalize()} with {what}"
                api.expect.refused(request, response, Refusal.TOKEN, role, if_accepted=_pointer(api))


@contract_property(
    "AUTH-NO-EFFECT",
    "Requests without the token have no effect",
    rests_on="components securitySchemes",
    needs=("token", *_OWN),
    cost=16,
    documented="a request without the token has no effect",
)
def nothing_is_done_without_the_token(api: ResourceClient) -> None:
    """Create, update and delete without the token, or with an unknown one, have no effect.

    Catches services that carry out the request and then respond with 401: the record must be there afterwards,
    unchanged.
    """
    record = api.create()
    for role in (Role.UPDATE, Role.REPLACE, Role.DELETE):
        if not api.spec.has(role):
            continue
        before = api.read(record)
        for _, sent in _WRONG[:2]:
            body = valid_change(api, role, api.spec.key_of(record))
            response = api.client.send(api.call(role, api.spec.key_of(record), body=body, authorization=sent))
            if response.status < 400:
                return
        after = api.send(Role.READ, key=api.spec.key_of(record))
        api.expect.that(
            f"{role.value.capitalize()} without the token has an effect.",
            ("is", expressions.json(after), expressions.json(before)),
            role,
            _pointer(api),
        )
    if api.spec.tag_member and api.spec.has(Role.LIST):
        _nothing_is_created(api)


def _nothing_is_created(api: ResourceClient) -> None:
    before = api.tagged()
    for _, sent in _WRONG[:2]:
        if api.client.send(_call(api, Role.CREATE, sent)).status < 400:
            return
    after = api.tagged()
    api.expect.that(
        "Create without the token has an effect.",
        ("is", api.spec.listed_keys(after), api.spec.listed_keys(before)),
        Role.CREATE,
        _pointer(api),
    )


@contract_property(
    "AUTH-CHALLENGE",
    "An authentication error says how to authenticate",
    rests_on="components securitySchemes",
    needs=("token", Role.LIST),
    cost=2,
    assumed="the header",
)
def refusals_carry_a_challenge(api: ResourceClient) -> None:
    """An authentication error has WWW-Authenticate with the scheme Bearer (RFC 9110, sections 11.6.1 and 15.5.2).

    If it is missing, or names Basic, browsers and clients ask for the wrong credentials.
    """
    if api.spec.operation(Role.LIST).bearer == "none":
        return
    for what, sent in _WRONG[:2]:
        response = api.send(Role.LIST, authorization=_call(api, Role.LIST, sent).authorization)
        # The response is compared with the document, which says whether the header may be missing.
        if "WWW-Authenticate" not in response.headers:
            continue
        api.expect.that(
            f"The refusal of a list with {what} does not name the scheme Bearer in WWW-Authenticate.",
            ("matches", expressions.header(response, "www-authenticate"), expressions.literal(r"(?i)(^|,\s*)bearer\b")),
            Role.LIST,
            api.spec.at_refusal(Role.LIST, Refusal.TOKEN),
        )


@contract_property(
    "AUTH-SCHEME-CASE",
    "The scheme may be in any letter case",
    rests_on="components securitySchemes",
    needs=("token", Role.LIST),
    cost=3,
    alone=True,
    assumed="that letter case of the scheme does not matter",
)
def scheme_is_case_insensitive(api: ResourceClient) -> None:
    """The token is accepted with the scheme in any letter case (RFC 9110, section 11.1).

    Catches services that compare the header with "Bearer " and refuse clients that send bearer.
    """
    for scheme in ("bearer", "BEARER"):
        response = api.client.send(_call(api, Role.LIST, f"{scheme} {{token}}"))
        api.expect.that(
            f"A list with the token under the scheme {scheme} is refused with {response.status}.",
            ("is at most", expressions.status(response), expressions.literal(399)),
            Role.LIST,
            api.spec.at_refusal(Role.LIST, Refusal.TOKEN),
        )


PROPERTIES: tuple[Property, ...] = (
    lists_need_the_token,
    every_operation_needs_the_token,
    nothing_is_done_without_the_token,
    refusals_carry_a_challenge,
    scheme_is_case_insensitive,
)
"""In the order of the catalogue."""
