"""Services with a fault, and checks that find it, for the tests of reproductions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TypeAlias

from flask import Response, request

from contract_tests.claims import expressions
from contract_tests.findings.finding import Finding
from contract_tests.findings.raised import FindingRaisedError
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.runner.attempt import checking
from contract_tests.runner.run import start
from contract_tests.settings import Settings
from mock_server import MockServer
from openapi import Contract, Role
from tests.contract_tests.support import PATIENCE_S

Fault: TypeAlias = Callable[[Response], Response]
Check: TypeAlias = Callable[[ResourceClient], None]
WORDS = "Zoë 日本 'quoted' \"twice\" $HOME `id` \\n %s !"


@contextmanager
def serving(contract: Contract, fault: Fault | None = None, token: str | None = None) -> Iterator[MockServer]:
    """The mock, with a fault around it."""
    server = MockServer(contract, seed=3, token=token)
    if fault is not None:
        server.app.after_request(fault)
    with server:
        yield server


def found(server: MockServer, check: Check, folder: Path, token: str | None = None) -> Finding:
    """The finding of `check` on the service."""
    ledger = folder / "ledger.jsonl"
    writing = Settings(server.url, allow_writes=True, seed=1, profile="quick", ledger=ledger, patience=PATIENCE_S)
    run = start(replace(writing, token=token))
    try:
        run.check_reachable()
        with suppress(FindingRaisedError), checking(run, run.resources[0], "CODE"):
            check(run.resources[0])
    finally:
        run.finish()
    return run.findings[0]


def wrong_total(response: Response) -> Response:
    """Return a total that is too high."""
    if request.method == "GET" and request.path.endswith("/phones") and response.status_code == 200:
        response.set_data(json.dumps({**json.loads(response.get_data()), "total": 77}))
    return response


def wrong_now_and_then() -> Fault:
    """Return a total that is too high in every third response."""
    responses = count(1)

    def fault(response: Response) -> Response:
        return wrong_total(response) if request.method == "GET" and next(responses) % 3 == 0 else response

    return fault


def ascii_only(response: Response) -> Response:
    """Drop every character outside ASCII."""
    if request.method in ("POST", "PATCH"):
        response.set_data(json.loads(json.dumps(response.get_data().decode("utf-8"))).encode("ascii", "ignore"))
    return response


def other_status(status: int, instead_of: int) -> Fault:
    """Return another status."""

    def fault(response: Response) -> Response:
        response.status_code = status if response.status_code == instead_of else response.status_code
        return response

    return fault


def check_total(api: ResourceClient) -> None:
    """The total is the number of matches."""
    made = [api.create(), api.create()]
    listed = api.tagged()
    claim = ("is", expressions.json(listed, "/total"), expressions.count(api.spec.seen_keys(made)))
    api.expect.that("The total is wrong.", claim, Role.LIST, api.spec.at_list("answer"))


def check_words(api: ResourceClient) -> None:
    """A name is stored unchanged."""
    name = f"{api.tag} {WORDS}"
    record = api.create_with({}, name=name)
    claim = ("is", expressions.json(record, "/name"), expressions.literal(name))
    api.expect.that("A name is changed.", claim, Role.CREATE, api.spec.at_role(Role.CREATE))


def check_status(data: bytes, status: int) -> Check:
    """An invalid body is rejected with a status."""

    def check(api: ResourceClient) -> None:
        response = api.send(Role.CREATE, data=data)
        claim = ("is", expressions.status(response), expressions.literal(status))
        api.expect.that("The response is different.", claim, Role.CREATE, api.spec.at_role(Role.CREATE))

    return check


def check_race(api: ResourceClient) -> None:
    """Of two creates of the same number at the same time, one succeeds."""
    body = api.new_body()
    responses = api.together([(Role.CREATE, api.call(Role.CREATE, body=body)) for _ in range(2)])
    statuses = expressions.all_of([expressions.status(response) for response in responses])
    api.expect.that(
        "The other is refused otherwise.",
        ("lacks", statuses, expressions.literal(400)),
        Role.CREATE,
        api.spec.at_role(Role.CREATE),
    )


def check_update(api: ResourceClient) -> None:
    """An update returns 200."""
    record = api.create()
    response = api.send(Role.UPDATE, key=api.spec.key_of(record), body={"name": api.tag})
    claim = ("is", expressions.status(response), expressions.literal(200))
    api.expect.that("The response to an update is different.", claim, Role.UPDATE, api.spec.at_role(Role.UPDATE))


def remembering() -> Fault:
    """Return a cached response to a search."""
    responses: dict[bytes, bytes] = {}

    def fault(response: Response) -> Response:
        if request.method == "GET" and request.args.get("search"):
            response.set_data(responses.setdefault(request.query_string, response.get_data()))
        return response

    return fault


def check_found_later(api: ResourceClient) -> None:
    """A search finds a record created after an earlier search, by part of its name in another case."""
    part = api.tag[2:].upper()
    before = api.tagged(search=part)
    record = api.create()
    found = expressions.joined([api.spec.listed_keys(before), api.spec.listed_keys(api.tagged(search=part))])
    claim = ("holds", found, api.spec.seen_key(record))
    api.expect.that("It is not found.", claim, Role.LIST, api.spec.at_role(Role.LIST))


def bare_conflict(response: Response) -> Response:
    """Reject a taken number without a message."""
    if response.status_code == 409:
        response.set_data(b"{}")
    return response


def check_taken(api: ResourceClient) -> None:
    """A second record with the same number is rejected with a message."""
    record = api.create()
    again = {**api.new_body(), **{name: record[name] for one in api.spec.resource.unique for name in one.fields}}
    api.send(Role.CREATE, body=again)


def refusing_at_first() -> Fault:
    """Fail on the first lists."""
    lists = count()

    def fault(response: Response) -> Response:
        is_list = request.method == "GET" and request.path.endswith("/phones")
        failed = is_list and next(lists) < 4
        return Response("{}", status=503, content_type="application/json") if failed else response

    return fault


def check_number(api: ResourceClient) -> None:
    """A record's number matches the pattern."""
    response = api.client.send(api.call(Role.CREATE, body=api.new_body(number="+12025550143x")))
    claim = ("keeps", expressions.json(response, "/number"), expressions.literal(["pattern", r"^\+[0-9]+$"]))
    api.expect.that("It takes any number.", claim, Role.CREATE, api.spec.at_role(Role.CREATE))


def taking_any_number() -> Fault:
    """Accept an invalid number."""

    def fault(response: Response) -> Response:
        if response.status_code == 400 and request.method == "POST":
            return Response('{"uuid": "1", "number": "+12025550143x"}', status=201, content_type="application/json")
        return response

    return fault


def in_latin_1(response: Response) -> Response:
    """Return JSON in Latin-1."""
    if request.method == "POST":
        response.set_data(response.get_data().decode().replace("\\u00eb", "\xeb").encode("latin-1", "replace"))
    return response


def check_text(api: ResourceClient) -> None:
    """A response is JSON."""
    response = api.client.send(api.call(Role.CREATE, body=api.new_body("Zo\xeb")))
    claim = ("keeps", expressions.json(response), expressions.literal(["type", "object"]))
    api.expect.that("It is not an object.", claim, Role.CREATE, api.spec.at_role(Role.CREATE))
