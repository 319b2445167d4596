"""Properties of refusals: bodies that are no JSON, or none that can be taken."""

from __future__ import annotations

import json
from collections.abc import Iterator

from contract_tests.claims import expressions
from contract_tests.properties.helpers.broken_bodies import UNKNOWN, Entry, entries, expect_invalid
from contract_tests.properties.property import Property, contract_property
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.target.client import NoAnswerError
from openapi import Refusal, Role
from openapi.contract import JsonValue
from openapi.pointers import join

_OWN = (Role.CREATE, Role.DELETE)
_DEEP = 10_000
_LARGEST = 4 << 20
_SURROGATE = "\\ud800"


def _text(entry: Entry, api: ResourceClient) -> bytes:
    """A good body of the operation as JSON with at least one member."""
    body = entry.good or {name: entry.members.value(name, api.numbers) for name in list(entry.members.members)[:1]}
    return json.dumps(body).encode()


def _no_json(good: bytes) -> Iterator[tuple[str, bytes]]:
    """Texts that are no JSON (RFC 8259, sections 2 to 8), most of them nearly one."""
    yield from (("no byte", b""), ("only a space", b" "), ("half a body", good[:-2]), ("two bodies", good + good))
    yield from (("a comma too many", good[:-1] + b",}"), ("a comment", b"/* new */ " + good))
    yield from (("single quotes", good.replace(b'"', b"'")), ("a NUL at the end", good + b"\0"))
    yield ("bytes that are no UTF-8", good[:-1] + b', "name": "Caf\xe9"}')
    for word in (b"NaN", b"Infinity", b"-Infinity", b"01", b"'x'", b"undefined", b"True"):
        yield (f"the value {word.decode()}", good[:-1] + b', "' + UNKNOWN.encode() + b'": ' + word + b"}")
    yield ("a line feed within a text", good.replace(b'": "', b'": "\n', 1))
    yield ("a form", b"number=1&name=x")


def _hard(good: bytes) -> Iterator[tuple[str, bytes]]:
    """JSON that is hard on its reader, and breaks the schema anyway."""
    members = json.loads(good)
    last = list(members)[-1]
    inner = json.dumps({name: value for name, value in members.items() if name != last}).encode()[:-1]
    inner += (b", " if len(members) > 1 else b"") + json.dumps(last).encode() + b": "
    yield (f"{_DEEP:,} levels of arrays", b"[" * _DEEP + b"]" * _DEEP)
    yield (f"{_DEEP:,} arrays never closed", b"[" * _DEEP)
    yield (f"{_DEEP:,} levels of objects as {last}", inner + b'{"a":' * _DEEP + b"1" + b"}" * _DEEP + b"}")
    yield (f"an integer of 5,000 digits as {last}", inner + b"9" * 5_000 + b"}")
    yield (f"the number 1e999 as {last}", inner + b"1e999}")


def _refuse(api: ResourceClient, role: Role, what: str, key: str | None, data: bytes) -> None:
    answer = api.send(role, key=key, data=data)
    pointer = join(api.spec.contract.refusals.pointer, "statuses", Refusal.INVALID.value)
    expect_invalid(api, f"A body of {what}", answer, role, pointer)


@contract_property(
    "ERROR-NOT-JSON",
    "A body that is no JSON is refused",
    rests_on="x-http refusals statuses/invalid",
    needs=_OWN,
    writes=True,
    cost=24,
)
def no_json_is_refused(api: ResourceClient) -> None:
    """A body that is no JSON text in UTF-8 is refused as invalid: none at all, cut off, with comments, with NaN.

    A service whose lenient reader takes a comma too many, or which fails with 500 at a body that was cut off, is found
    out.
    """
    found = [(entry, what, data) for entry in entries(api) for what, data in _no_json(_text(entry, api))]
    for entry, what, data in api.cases(found, 5):
        _refuse(api, entry.role, what, entry.key, data)


@contract_property(
    "ERROR-NOT-OBJECT",
    "A body of another kind than the schema's is refused",
    rests_on="requestBody schema: type",
    needs=_OWN,
    writes=True,
    cost=10,
)
def other_values_are_refused(api: ResourceClient) -> None:
    """JSON of another kind than the schema names is refused as invalid: null, an array, a text, a number.

    A service that looks for members in whatever it gets fails with 500 at `[]`, or takes null for an empty body.
    """
    found = []
    for entry in entries(api):
        kept: tuple[JsonValue, ...] = (None, [], [entry.good], "x", "", 0, 1.5, True)
        found += [(entry, json.dumps(value)) for value in kept if not entry.members.schema.is_valid(value)]
    for entry, text in api.cases(found, 3):
        _refuse(api, entry.role, text[:40], entry.key, text.encode())


@contract_property(
    "ERROR-HARD-JSON",
    "A body that is hard to read is refused, and does no harm",
    rests_on="x-http refusals statuses/invalid",
    needs=_OWN,
    writes=True,
    cost=8,
)
def hard_json_is_refused(api: ResourceClient) -> None:
    """A body nested thousands of levels deep, or with a number of thousands of digits, is refused as invalid.

    A service that reads JSON with a recursive function runs out of stack at ten thousand brackets and answers 500, or
    not at all.
    """
    found = [(entry, what, data) for entry in entries(api) for what, data in _hard(_text(entry, api))]
    for entry, what, data in api.cases(found, 3):
        _refuse(api, entry.role, what, entry.key, data)


@contract_property(
    "ERROR-AMBIGUOUS-JSON",
    "A body that two readers may understand differently is refused",
    rests_on="x-http refusals statuses/invalid",
    needs=_OWN,
    writes=True,
    cost=8,
)
def ambiguous_json_is_refused(api: ResourceClient) -> None:
    """A body that names a member twice, or that holds half of a surrogate pair, is refused as invalid.

    A service that takes the last of two names, where the proxy before it looked at the first, can be made to do what
    the proxy forbids. Half of a surrogate pair can't be sent back in UTF-8: what is stored then breaks the list. A byte
    order mark may be refused or passed over (RFC 8259, section 8.1), but must do no harm.
    """
    for entry in entries(api):
        good = _text(entry, api)
        name, value = next(iter(json.loads(good).items()))
        again = json.dumps({name: value}).encode()
        _refuse(api, entry.role, f"{name} twice", entry.key, good[:-1] + b", " + again[1:])
        for text in list(entry.members.texts)[:1]:
            half = json.dumps({**json.loads(good), text: "half"}).replace("half", _SURROGATE)
            _refuse(api, entry.role, f"half a surrogate pair in {text}", entry.key, half.encode())
    marked = json.dumps(api.new_body()).encode("utf-8-sig")
    answer = api.send(Role.CREATE, data=marked)
    success = int(api.spec.operation(Role.CREATE).success.status)
    either = [success, api.spec.status_of(Refusal.INVALID), api.spec.status_of(Refusal.CONFLICT)]
    api.expect.that(
        f"A body after a byte order mark is answered {answer.status}.",
        ("is one of", expressions.status(answer), expressions.literal(either)),
        Role.CREATE,
        api.spec.at_refusal(Role.CREATE, Refusal.INVALID),
    )


@contract_property(
    "ERROR-TOO-LARGE",
    "A body over the longest allowed is refused, one as long is taken",
    rests_on="x-http refusals max-body-bytes",
    needs=_OWN,
    writes=True,
    cost=4,
)
def too_large_bodies_are_refused(api: ResourceClient) -> None:
    """A body of one byte more than the document allows is refused as too large; one of just as many bytes is taken.

    A service behind a proxy with another limit is found out, as is one that reads whatever comes into its memory.
    """
    most = api.spec.contract.refusals.max_body_bytes
    if most > _LARGEST:
        return
    pointer = join(api.spec.contract.refusals.pointer, "max-body-bytes")
    good = json.dumps(api.new_body()).encode()
    try:
        answer = api.send(Role.CREATE, data=good.ljust(most + 1))
    except NoAnswerError:
        # A service may close the connection rather than read on (RFC 9110, section 15.5.14).
        pass
    else:
        what = f"A body of {most + 1:,} bytes"
        api.expect.refused(what, answer, Refusal.TOO_LARGE, Role.CREATE)
    answer = api.send(Role.CREATE, data=good.ljust(most))
    api.expect.that(
        f"A body of {most:,} bytes, which is allowed, is answered {answer.status}.",
        ("is not", expressions.status(answer), expressions.literal(api.spec.status_of(Refusal.TOO_LARGE))),
        Role.CREATE,
        pointer,
        suggested_change=f"lower {pointer}",
    )


PROPERTIES: tuple[Property, ...] = (
    no_json_is_refused,
    other_values_are_refused,
    hard_json_is_refused,
    ambiguous_json_is_refused,
    too_large_bodies_are_refused,
)
"""The properties of bodies that are no JSON, in the order of the catalogue."""
