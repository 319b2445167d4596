"""A run in this process: its tag, its guard, and its clean-up."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Response
from flask import request as flask_request
from hypothesis import seed, settings
from hypothesis.stateful import run_state_machine_as_test

from contract_tests.claims import expressions
from contract_tests.findings.curl import curl_lines
from contract_tests.findings.finding import Finding, PropertyFailedError, RawFailure
from contract_tests.findings.raised import FindingRaisedError
from contract_tests.properties.errors.error_details import errors_name_the_place
from contract_tests.resource import assertions
from contract_tests.resource.assertions import Difference
from contract_tests.resource.body_values import Numbers
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.runner.attempt import checking
from contract_tests.runner.run import Run, contract_of, start
from contract_tests.runner.state_machine import machine_of
from contract_tests.settings import Settings
from contract_tests.target.client import Call
from contract_tests.target.first_contact import WrongTargetError
from contract_tests.target.guarded_adapter import BudgetSpentError, RefusedRequestError, UnguardedConnectionError
from contract_tests.target.ledger_reader import read_ledger
from contract_tests.target.target import TargetError, checked
from mock_server import MockServer
from openapi import PHONES, Contract, Role
from tests.contract_tests.support import PATIENCE_S, records


@pytest.fixture
def run(service: MockServer, tmp_path: Path) -> Iterator[Run]:
    """A run with writes against `service`, finished at the end."""
    run = start(Settings(service.url, allow_writes=True, seed=7, ledger=tmp_path / "ledger", patience=PATIENCE_S))
    run.check_reachable()
    yield run
    if not run.finished:
        run.finish()


@pytest.fixture
def api(run: Run) -> ResourceClient:
    """The phones of the run."""
    (api,) = run.resources
    return api


def register_outside(service: MockServer, number: str, name: str | None = None) -> int:
    """Register a phone outside the run; returns the status."""
    body = {"number": number, **({"name": name} if name else {})}
    return service.app.test_client().post("/api/phones", json=body).status_code


def test_new_records_avoid_the_numbers_of_the_first_list(service: MockServer, tmp_path: Path) -> None:
    """New records never use a number in the first list: a service may refuse it with any status."""
    settings = Settings(service.url, allow_writes=True, seed=7, ledger=tmp_path / "ledger", patience=PATIENCE_S)
    first = start(settings)
    taken = first.resources[0].numbers.take()
    first.finish()
    assert register_outside(service, taken) == 201
    run = start(settings)
    run.check_reachable()
    assert taken not in {run.resources[0].numbers.take() for _ in range(20)}
    run.finish()


def test_a_run_reads_the_document_once(service: MockServer, tmp_path: Path) -> None:
    """A run reads the document once, so later changes of the file have no effect."""
    spec = tmp_path / "phones.yaml"
    spec.write_bytes(PHONES.read_bytes())
    settings = Settings(service.url, spec=spec, ledger=tmp_path / "ledger")
    before = contract_of(spec, settings.overlays, settings.allow_ref_outside, not settings.no_infer)
    spec.unlink()
    run = start(settings)
    run.finish()
    assert run.contract is before


def test_a_create_avoids_numbers_in_a_list(service: MockServer, api: ResourceClient) -> None:
    """A create avoids numbers that a list has shown."""
    number = Numbers(api.seed).take()
    assert register_outside(service, number) == 201
    api.list_by()
    assert api.create()["number"] != number
    assert [one.response.status for one in api.client.trace if one.call.method == "POST"] == [201]


def test_a_conflict_need_not_name_other_invalid_fields(contract: Contract, tmp_path: Path) -> None:
    """An error about a taken number need not name another invalid field as well."""
    server = MockServer(contract, seed=3)
    error = {"message": "Taken.", "errors": [{"in": "body", "path": "/number", "message": "is taken"}]}

    def conflicting(response: Response) -> Response:
        if flask_request.method == "POST" and response.status_code == 400:
            response.status_code = 409
            response.set_data(json.dumps({**json.loads(response.data), **error}))
        return response

    server.app.after_request(conflicting)
    with server:
        run = start(Settings(server.url, allow_writes=True, seed=7, ledger=tmp_path / "ledger"))
        run.check_reachable()
        (api,) = run.resources
        with checking(run, api, "ERROR-NAMES-PLACE"):
            assert errors_name_the_place.check is not None
            errors_name_the_place.check(api)
            met = {one.response.status for one in api.client.trace if one.call.method == "POST"}
        run.finish()
    assert 409 in met


def test_the_tag_makes_lists_exact(service: MockServer, api: ResourceClient) -> None:
    """A tagged list has exactly the records that the property created."""
    foreign = {phone["uuid"] for phone in records(service)}
    first = [api.spec.key_of(record) for record in api.several(3)]
    assert [api.spec.key_of(item) for item in api.tagged().items] == first[::-1]
    api.begin()
    assert api.tagged().items == []
    second = {api.spec.key_of(api.create())}
    assert {api.spec.key_of(item) for item in api.tagged().items} == second
    assert {phone["uuid"] for phone in records(service)} == foreign | set(first) | second


def test_the_pages_of_a_tagged_list_have_all_records(api: ResourceClient) -> None:
    """The pages of a list have all records; a page past the end is empty."""
    made = {api.spec.key_of(record) for record in api.several(5)}
    pages = [api.list_by(search=api.tag, **api.page(number, 2)) for number in range(4)]
    assert [len(page.items) for page in pages] == [2, 2, 1, 0]
    assert {api.spec.key_of(item) for page in pages for item in page.items} == made


def test_a_create_avoids_a_taken_number(service: MockServer, api: ResourceClient) -> None:
    """A create with a given body avoids a number that is taken."""
    body = api.new_body()
    assert register_outside(service, str(body["number"])) == 201
    record = api.create(body)
    assert record["number"] != body["number"]
    assert [item["number"] for item in api.tagged().items] == [record["number"]]


def test_a_run_removes_its_records_and_its_ledger(service: MockServer, run: Run, api: ResourceClient) -> None:
    """At the end a run removes all created records and its ledger."""
    before = records(service)
    made = api.several(3)
    assert read_ledger(run.ledger.file).created == {"phone": {api.spec.key_of(record) for record in made}}
    assert len(records(service)) == len(before) + 3
    run.finish()
    assert records(service) == before
    assert (run.left, run.ledger.file.exists()) == ([], False)


def test_a_record_of_a_create_without_a_response_is_removed(service: MockServer, run: Run, api: ResourceClient) -> None:
    """A record created by a request without a response is found by its values and removed."""
    before = records(service)
    body = api.new_body()
    run.ledger.creating("phone", body)
    run.ledger.creating("phone", api.new_body())
    assert register_outside(service, str(body["number"]), str(body["name"])) == 201
    run.finish()
    assert records(service) == before
    assert (run.left, run.ledger.file.exists()) == ([], False)


def test_a_record_that_survives_its_delete_is_reported(service: MockServer, tmp_path: Path) -> None:
    """A record that survives a successful delete is found by its tag and reported."""

    @service.app.before_request
    def pretend() -> Response | None:
        done = '{"success": true, "message": "done"}'
        return Response(done, content_type="application/json") if flask_request.method == "DELETE" else None

    run = start(Settings(service.url, allow_writes=True, ledger=tmp_path / "ledger", patience=PATIENCE_S))
    run.check_reachable()
    (api,) = run.resources
    record = api.create()
    api.delete(record)
    run.finish()
    line = f"curl -X DELETE {service.url}/phones/{api.spec.key_of(record)}"
    assert run.left == [f"{line}   # its delete succeeds, but it is still there"]
    assert read_ledger(run.ledger.file).created == {"phone": {api.spec.key_of(record)}}


def test_a_500_during_clean_up_is_a_finding(service: MockServer, run: Run, api: ResourceClient) -> None:
    """A 500 at a delete during clean-up is a finding, even if the next attempt succeeds."""
    statuses = iter((500,))

    @service.app.before_request
    def fail() -> Response | None:
        status = next(statuses, 0) if flask_request.method == "DELETE" else 0
        return Response("{}", status, content_type="application/json") if status else None

    with pytest.raises(FindingRaisedError) as raised, checking(run, api, "READ-ACCEPTED"):
        api.read(api.create())
    assert (raised.value.finding.code, raised.value.finding.operation) == ("SCHEMA-SERVER-ERROR", "deletePhone")
    run.finish()
    assert run.left == []


def test_the_first_property_reports_a_late_write(run: Run, api: ResourceClient) -> None:
    """If several properties see the same late write, the first one of the catalogue reports it, whichever ran first."""
    pointer = api.spec.at_once

    def late(code: str) -> Difference:
        claim = ("is", expressions.literal(1), expressions.literal(1))
        failure = RawFailure(code, f"{code}.", "getPhone", pointer, "", claim, ())
        return Difference((pointer, ""), replace(failure, if_unsteady=failure))

    for code in ("DELETE-GONE", "UPDATE-LASTS", "DELETE-LISTED"):
        if run.is_new(late(code)):
            run.find(late(code).failure)
    assert [one.code for one in run.findings] == ["UPDATE-LASTS"]


def test_a_deleted_record_that_disappears_late_is_not_left_behind(service: MockServer, tmp_path: Path) -> None:
    """If the list shows a deleted record a little longer, it is not reported as left register_outside."""
    run = start(Settings(service.url, allow_writes=True, patience=PATIENCE_S, ledger=tmp_path / "ledger"))
    run.check_reachable()
    (api,) = run.resources
    api.begin()
    api.create()
    gone: list[str] = []
    old = [api.client.trace[api.tagged().step - 1].response.response_data.body]

    @service.app.after_request
    def late(response: Response) -> Response:
        if flask_request.method == "GET" and flask_request.args.get("search") and gone and old:
            response.set_data(old.pop())
        gone.extend([flask_request.path] if flask_request.method == "DELETE" else [])
        return response

    run.finish()
    assert (run.left, old) == ([], [])


def test_a_delete_of_a_foreign_record_is_never_sent(service: MockServer, run: Run, api: ResourceClient) -> None:
    """A delete of a foreign record is never sent, whichever way it is attempted."""
    before = records(service)
    with pytest.raises(RefusedRequestError, match=r"is not a record of this run$"):
        api.send(Role.DELETE, key=before[0]["uuid"])
    with pytest.raises(RefusedRequestError, match=r"is not a record of this run$"):
        run.client.session.delete(f"{service.url}/phones/{before[0]['uuid']}", timeout=5)
    with pytest.raises(RefusedRequestError, match=r"could change records that this run did not create$"):
        run.client.send(Call("POST", "/reset"))
    assert records(service) == before


@pytest.mark.usefixtures("run")
def test_sockets_cannot_connect_outside_the_guard(service: MockServer) -> None:
    """During a run no socket can connect outside the guard."""
    port = int(service.url.rpartition(":")[2].removesuffix("/api"))
    message = rf"^a connection to 127\.0\.0\.1:{port} was opened outside the guard$"
    with socket.socket() as plain, pytest.raises(UnguardedConnectionError, match=message):
        plain.connect(("127.0.0.1", port))


def test_a_request_is_sent_again_after_429(service: MockServer) -> None:
    """After a 429 the request is sent again, and the second response counts."""
    met: list[str] = []

    @service.app.before_request
    def refuse_once() -> Response | None:
        met.append(flask_request.method)
        return Response(status=429, headers={"Retry-After": "0"}) if len(met) == 1 else None

    run = start(Settings(service.url))
    assert run.client.send(Call("GET", "/phones")).status == 200
    assert (met, run.adapter.waited) == (["GET", "GET"], 1)
    run.finish()


@pytest.mark.parametrize("most", [20, 35])
def test_a_budget_spent_in_a_sequence_ends_the_run(service: MockServer, most: int) -> None:
    """A sequence that the budget cuts off ends the run, although Hypothesis then reports inconsistent examples."""
    run = start(Settings(service.url, allow_writes=True, max_requests=most, profile="quick", seed=1))
    try:
        limits = settings(max_examples=50, stateful_step_count=10, deadline=None, database=None)
        with (
            pytest.raises(BudgetSpentError, match=rf"^the budget of {most} requests is spent$"),
            checking(run, run.resources[0], "MODEL-SEQUENCE"),
        ):
            run_state_machine_as_test(seed(1)(machine_of(run.resources[0])), settings=limits)
    finally:
        run.finish()


def test_a_spent_budget_stops_the_check_but_not_the_clean_up(service: MockServer) -> None:
    """When the budget is spent nothing more is checked, but created records are removed."""
    before = records(service)
    run = start(Settings(service.url, allow_writes=True, max_requests=3))
    run.check_reachable()
    (api,) = run.resources
    with pytest.raises(BudgetSpentError, match=r"^the budget of 3 requests is spent$"):
        api.several(5)
    run.finish()
    assert (run.left, records(service)) == ([], before)


def test_settle_repeats_a_list_until_it_shows_a_record(service: MockServer) -> None:
    """With --settle, a list that shows a record late is requested until it does."""
    empty = '{"phones": [], "total": 0, "page": 1, "limit": 100, "totalPages": 0}'
    stale = iter([empty, empty])

    @service.app.before_request
    def lag() -> Response | None:
        text = next(stale, None) if flask_request.args.get("search") else None
        return Response(text, content_type="application/json") if text else None

    run = start(Settings(service.url, allow_writes=True, settle=30))
    (api,) = run.resources
    record = api.create()
    listed = api.tagged()
    api.expect.that(
        "It is not there.",
        ("holds", api.spec.listed_keys(listed), api.spec.seen_key(record)),
        Role.LIST,
        api.spec.at_role(Role.LIST),
    )
    assert next(stale, None) is None
    run.finish()


def test_reads_of_a_failing_claim_are_repeated_within_the_patience(
    run: Run, api: ResourceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reads of a claim that fails are repeated until the patience is over, and no longer."""
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    monkeypatch.setattr(assertions, "time", SimpleNamespace(monotonic=lambda: clock[0], sleep=sleep))
    _finding(run, api)
    assert clock[0] == pytest.approx(PATIENCE_S)


def _finding(run: Run, api: ResourceClient) -> Finding:
    """A finding about a record that was created and read."""
    api.prepare("READ-LASTS")
    record = api.create()
    for _ in range(3):
        api.create()
    read = api.read(record)
    with pytest.raises(PropertyFailedError) as caught:
        api.expect.that(
            "It is a record.", ("is", expressions.json(read, "/uuid"), expressions.literal(None)), Role.READ, "/paths"
        )
    api.delete_created()
    return run.find(caught.value.failure)


def test_shrinking_keeps_only_the_requests_of_the_finding(service: MockServer, run: Run, api: ResourceClient) -> None:
    """Shrinking keeps only the requests that show the finding, and removes the records that it creates."""
    before = records(service)
    finding = _finding(run, api)
    assert [(step.method, step.bound_to) for step in finding.steps] == [("POST", None), ("GET", 1)]
    assert finding.claim[1] == ["json", 2, "/uuid"]
    assert finding.attempts == 1
    assert records(service) == before


def test_curl_lines_have_variables_for_the_key_and_the_token(service: MockServer, tmp_path: Path) -> None:
    """The curl lines of a finding have variables for the key and the token."""
    settings = Settings(service.url, allow_writes=True, seed=7, ledger=tmp_path / "other", patience=PATIENCE_S)
    run = start(replace(settings, token="hush"))
    run.check_reachable()
    finding = _finding(run, run.resources[0])
    run.finish()
    create, read = curl_lines(finding.steps)
    assert "CALLCAMP_TOKEN" in create
    assert '"$BASE/phones/$KEY1"' in read
    assert "hush" not in create + read + str(finding)


def test_a_missing_response_is_reported_with_request_and_cause() -> None:
    """If there is no response, the message has the request and the cause."""
    lost = start(Settings("http://127.0.0.1:1/api", patience=PATIENCE_S))
    with pytest.raises(WrongTargetError, match=r"^http://127.0.0.1:1/api did not respond to GET /phones \(connection"):
        lost.check_reachable()
    lost.finish()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "^--target nonsense: invalid URL; write mock, or a URL such as https://"),
        ("ftp://x/api", "^--target ftp://x/api: invalid URL"),
        ("http:///api", "^--target http:///api: invalid URL"),
        ("https://me:hush@x/api", "^--target: passwords in URLs are not supported; set CALLCAMP_TOKEN to a token$"),
    ],
)
def test_an_invalid_url_is_refused_without_showing_its_password(url: str, message: str) -> None:
    """An invalid URL is refused with advice, and a password in it is not repeated."""
    with pytest.raises(TargetError, match=message):
        checked(url)
