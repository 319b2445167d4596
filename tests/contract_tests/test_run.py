"""A run in this process: its tag, its one way out, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from flask import Response
from flask import request as flask_request

from contract_tests.client import Call, RefusedRequestError, TargetLostError
from contract_tests.findings import BrokenPromiseError
from contract_tests.ledger import read_ledger
from contract_tests.plugin import broken_promises
from contract_tests.run import Run, RunSettings, start
from contract_tests.subject import Subject
from contract_tests.targets import TargetError, checked
from mock_server import MockServer
from openapi import Role
from tests.contract_tests.support import records


@pytest.fixture
def run(service: MockServer, tmp_path: Path) -> Iterator[Run]:
    """A run against `service` that writes; finished in the end."""
    run = start(RunSettings(service.url, allow_writes=True, seed=7, ledger=tmp_path / "ledger"))
    run.knock()
    yield run
    run.finish()


@pytest.fixture
def subject(run: Run) -> Subject:
    """The phones of the run."""
    (subject,) = run.subjects
    return subject


def test_the_tag_makes_lists_exact(service: MockServer, subject: Subject) -> None:
    """A tagged list holds and counts what the property has created and nothing else, whoever else has records."""
    foreign = {phone["uuid"] for phone in records(service)}
    first = [subject.key_of(record) for record in subject.several(3)]
    listed = subject.tagged()
    assert [subject.key_of(item) for item in listed.items] == first[::-1]
    assert (listed.total, listed.pages) == (3, 1)
    subject.begin()
    assert subject.tagged().total == 0
    second = {subject.key_of(subject.create())}
    assert {subject.key_of(item) for item in subject.tagged().items} == second
    assert {phone["uuid"] for phone in records(service)} == foreign | set(first) | second


def test_pages_of_what_is_tagged(subject: Subject) -> None:
    """All pages are the records that there are, and one page that is empty."""
    made = {subject.key_of(record) for record in subject.several(5)}
    pages = subject.all_pages(2, search=subject.tag)
    assert [len(page.items) for page in pages] == [2, 2, 1, 0]
    assert {subject.key_of(item) for page in pages for item in page.items} == made


def test_numbers_of_somebody_else(service: MockServer, subject: Subject) -> None:
    """A number that a foreign record has is passed over, also where a body was given, which then shows the other."""
    body = subject.new_body()
    taken = body["number"]
    assert requests.post(f"{service.url}/phones", json={"number": taken}, timeout=5).status_code == 201
    record = subject.create(body)
    assert record["number"] == body["number"] != taken
    assert [item["number"] for item in subject.tagged().items] == [record["number"]]


def test_what_it_made_is_removed(service: MockServer, run: Run, subject: Subject) -> None:
    """At the end the service has the records that it had before, and the ledger is gone."""
    before = records(service)
    made = subject.several(3)
    assert read_ledger(run.ledger.file).created == {"phone": {subject.key_of(record) for record in made}}
    assert len(records(service)) == len(before) + 3
    run.finish()
    assert records(service) == before
    assert (run.left, run.ledger.file.exists()) == ([], False)


def test_a_creation_whose_answer_never_came(service: MockServer, run: Run, subject: Subject) -> None:
    """What was created by a request without an answer is found by what was sent, and removed."""
    before = records(service)
    body = subject.new_body()
    run.ledger.creating("phone", body)
    run.ledger.creating("phone", subject.new_body())
    assert requests.post(f"{service.url}/phones", json=body, timeout=5).status_code == 201
    run.finish()
    assert records(service) == before
    assert (run.left, run.ledger.file.exists()) == ([], False)


def test_foreign_records_are_out_of_reach(service: MockServer, run: Run, subject: Subject) -> None:
    """A delete of a record of somebody else's never reaches the service, however it is sent."""
    before = records(service)
    with pytest.raises(RefusedRequestError, match=r"is no record of this run$"):
        subject.send(Role.DELETE, key=before[0]["uuid"])
    with pytest.raises(RefusedRequestError, match=r"is no record of this run$"):
        run.client.session.delete(f"{service.url}/phones/{before[0]['uuid']}", timeout=5)
    with pytest.raises(RefusedRequestError, match=r"could change what this run did not create$"):
        run.client.send(Call("POST", "/reset"))
    assert records(service) == before


def test_a_service_that_asks_to_wait(service: MockServer) -> None:
    """After a 429 the same request is sent again, and its answer is the one that counts."""
    seen: list[str] = []

    @service.app.before_request
    def refuse_once() -> Response | None:
        seen.append(flask_request.method)
        return Response(status=429, headers={"Retry-After": "0"}) if len(seen) == 1 else None

    run = start(RunSettings(service.url))
    assert run.client.send(Call("GET", "/phones")).status == 200
    assert seen == ["GET", "GET"]
    run.finish()


def test_reproductions_hold_no_secret(service: MockServer, tmp_path: Path) -> None:
    """A finding's curl lines name the key by a variable and the token by that of the environment."""
    run = start(RunSettings(service.url, allow_writes=True, seed=7, ledger=tmp_path / "other", token="hush"))
    run.knock()
    (subject,) = run.subjects
    subject.begin()
    key = subject.key_of(subject.create())
    subject.read(key)
    finding = subject.broken("READ-X", "Something is wrong.", "1", "2", Role.READ).finding
    run.finish()
    create, read = finding.steps
    assert create.startswith('1. curl -s -X POST "$BASE/phones" -H "Authorization: Bearer $CALLCAMP_TOKEN" -H ')
    assert create.endswith("# 201; KEY1 is its key")
    assert read == '2. curl -s -X GET "$BASE/phones/${KEY1}" -H "Authorization: Bearer $CALLCAMP_TOKEN"   # 200'
    assert key not in "".join(finding.steps)


def test_a_service_that_is_gone() -> None:
    """Where no answer comes, the request and the cause are said."""
    lost = start(RunSettings("http://127.0.0.1:1/api"))
    with pytest.raises(TargetLostError, match=r"^http://127.0.0.1:1/api gave no answer to GET /phones \(connection"):
        lost.knock()
    lost.finish()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "^--target nonsense: is no address; write mock, or a URL such as https://"),
        ("ftp://x/api", "^--target ftp://x/api: is no address"),
        ("http:///api", "^--target http:///api: is no address"),
        ("https://me:hush@x/api", "^--target: holds a password; send a token instead, in CALLCAMP_TOKEN$"),
    ],
)
def test_no_address(url: str, message: str) -> None:
    """What is no address of a service is refused with what to write instead, and a password is not repeated."""
    with pytest.raises(TargetError, match=message):
        checked(url)


def test_groups_of_findings(subject: Subject) -> None:
    """Several broken promises in one error are all findings; with anything else among them, none is."""
    one, other = (subject.broken(code, "Wrong.", "1", "2", Role.READ) for code in ("READ-X", "READ-Y"))
    group = ExceptionGroup("several", [one, ExceptionGroup("more", [other])])
    assert [broken.finding.code for broken in broken_promises(group)] == ["READ-X", "READ-Y"]
    assert broken_promises(one) == [one]
    assert broken_promises(ExceptionGroup("several", [one, KeyError("x")])) == []
    assert broken_promises(None) == []
    assert issubclass(BrokenPromiseError, AssertionError)
