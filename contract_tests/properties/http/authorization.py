"""Properties of the token: asked for everywhere, and nothing done without it."""

from __future__ import annotations

from collections.abc import Iterator

from contract_tests.claims import expressions
from contract_tests.properties.helpers.broken_bodies import change_body
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.target.client import CUT_TOKEN, RESPELT_TOKEN, Call
from openapi import Operation, Refusal, Role

_SCHEMES = "/components/securitySchemes"
_UNKNOWN: tuple[tuple[str, str | None], ...] = (
    ("no token", None),
    ("an unknown token", "Bearer surely-unknown"),
    ("the token but for its last character", f"Bearer {CUT_TOKEN}"),
    ("the token and more", "Bearer {token}x"),
    ("the token twice", "Bearer {token} {token}"),
    ("an empty token", "Bearer"),
    ("the token without a scheme", "{token}"),
    ("the token under another scheme", "Basic {token}"),
    ("another scheme", "Basic c3VyZWx5OnVua25vd24="),
)
_RESPELT = ("the token in other letter case", f"Bearer {RESPELT_TOKEN}")
_OWN = (Role.CREATE, Role.READ, Role.DELETE)


def _pointer(api: ResourceClient) -> str:
    """The scheme that the document gives to bearer tokens."""
    schemes = api.spec.contract.document().get("components", {}).get("securitySchemes", {})
    bearer = (name for name, scheme in schemes.items() if str(scheme.get("scheme", "")).lower() == "bearer")
    return next((f"{_SCHEMES}/{name}" for name in bearer), _SCHEMES)


def _guarded(api: ResourceClient) -> Iterator[tuple[Role, Operation]]:
    for role in api.spec.resource.operations:
        if api.spec.operation(role).bearer != "none":
            yield role, api.spec.operation(role)


def _call(api: ResourceClient, role: Role, shown: str | None) -> Call:
    """A good request but for the token; it works on no record, for the token is looked at first."""
    if role is Role.LIST:
        return api.call(role, authorization=shown)
    body = api.new_body() if role is Role.CREATE else change_body(api, role)
    return api.call(role, None if role is Role.CREATE else api.unknown_key(), body=body, authorization=shown)


@contract_property(
    "AUTH-LIST",
    "A list needs the token",
    rests_on="components securitySchemes",
    needs=("token", Role.LIST),
    cost=10,
)
def lists_need_the_token(api: ResourceClient) -> None:
    """A list without a token, with another one, or with the right one wrongly shown, is refused.

    A service that compares only the first letters of a token, takes no notice of their case, or takes any scheme, is
    found out.
    """
    if api.spec.operation(Role.LIST).bearer == "none":
        return
    letters = any(letter.isascii() and letter.isalpha() for letter in str(api.client.token))
    for what, shown in (*_UNKNOWN, _RESPELT) if letters else _UNKNOWN:
        answer = api.client.send(_call(api, Role.LIST, shown))
        api.expect.conforms(api.spec.operation(Role.LIST), answer)
        api.expect.refused(f"A list with {what}", answer, Refusal.TOKEN, Role.LIST, _pointer(api))


@contract_property(
    "AUTH-EVERYWHERE",
    "Every operation needs the token",
    rests_on="components securitySchemes",
    needs=("token", Role.CREATE, Role.DELETE),
    writes=True,
    cost=20,
)
def every_operation_needs_the_token(api: ResourceClient) -> None:
    """Each operation, sent without a token and with an unknown one, is refused before anything else is looked at.

    A service that guards its lists and forgets the delete is found out, as is one that tells strangers, by 404 instead
    of 401, which keys there are.
    """
    for role, _ in _guarded(api):
        for what, shown in _UNKNOWN[:2]:
            answer = api.client.send(_call(api, role, shown))
            api.expect.conforms(api.spec.operation(role), answer)
            api.expect.that(
                f"{role.value.capitalize()} with {what} is answered {answer.status}.",
                (
                    "is one of",
                    expressions.status(answer),
                    expressions.literal([api.spec.status_of(Refusal.TOKEN), 403]),
                ),
                role,
                _pointer(api),
            )


@contract_property(
    "AUTH-NO-EFFECT",
    "Without the token nothing is done",
    rests_on="components securitySchemes",
    needs=("token", *_OWN),
    writes=True,
    cost=16,
)
def nothing_is_done_without_the_token(api: ResourceClient) -> None:
    """Create, update and delete that are refused for want of the token, or for an unknown one, leave all as it was.

    A service that carries the request out and then answers 401, since it looks at the token only as it answers, is
    found out: the record must be there afterwards, unchanged.
    """
    record = api.create()
    for role in (Role.UPDATE, Role.REPLACE, Role.DELETE):
        if not api.spec.has(role):
            continue
        before = api.read(record)
        for _, shown in _UNKNOWN[:2]:
            body = change_body(api, role)
            answer = api.client.send(api.call(role, api.spec.key_of(record), body=body, authorization=shown))
            if answer.status < 400:
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
    for _, shown in _UNKNOWN[:2]:
        if api.client.send(_call(api, Role.CREATE, shown)).status < 400:
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
    "A refusal for the token says how to authenticate",
    rests_on="components securitySchemes",
    needs=("token", Role.LIST),
    cost=2,
)
def refusals_carry_a_challenge(api: ResourceClient) -> None:
    """A refusal for the token carries WWW-Authenticate with the scheme Bearer (RFC 9110, sections 11.6.1 and 15.5.2).

    A service that leaves it out, or names Basic, makes browsers and clients ask for the wrong thing.
    """
    if api.spec.operation(Role.LIST).bearer == "none":
        return
    for what, shown in _UNKNOWN[:2]:
        answer = api.client.send(_call(api, Role.LIST, shown))
        if answer.status != api.spec.status_of(Refusal.TOKEN):
            continue
        api.expect.that(
            f"The refusal of a list with {what} does not name the scheme Bearer in WWW-Authenticate.",
            ("matches", expressions.header(answer, "www-authenticate"), expressions.literal(r"(?i)(^|,\s*)bearer\b")),
            Role.LIST,
            api.spec.at_refusal(Role.LIST, Refusal.TOKEN),
        )


@contract_property(
    "AUTH-SCHEME-CASE",
    "The name of the scheme may be in any letters",
    rests_on="components securitySchemes",
    needs=("token", Role.LIST),
    cost=3,
)
def scheme_is_case_insensitive(api: ResourceClient) -> None:
    """The token is taken whatever letters the scheme's name is in (RFC 9110, section 11.1).

    A service that compares the field with the text "Bearer " refuses clients that write bearer.
    """
    for scheme in ("bearer", "BEARER"):
        answer = api.client.send(_call(api, Role.LIST, f"{scheme} {{token}}"))
        api.expect.that(
            f"A list with the token under the scheme {scheme} is answered {answer.status}.",
            ("is not", expressions.status(answer), expressions.literal(api.spec.status_of(Refusal.TOKEN))),
            Role.LIST,
            _pointer(api),
        )


PROPERTIES: tuple[Property, ...] = (
    lists_need_the_token,
    every_operation_needs_the_token,
    nothing_is_done_without_the_token,
    refusals_carry_a_challenge,
    scheme_is_case_insensitive,
)
"""The properties of the token, in the order of the catalogue."""
