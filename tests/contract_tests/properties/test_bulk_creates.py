"""Bulk creates: faulty services are caught; test_documented_examples has the correct one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from contract_tests.findings.curl import curl_lines, removals
from contract_tests.findings.finding import Finding
from mock_server import MockServer
from mock_server.http import validation
from mock_server.http.messages import Violation
from mock_server.records.collection import Collection
from mock_server.records.errors import FullError, InvalidRecordError, ItemError
from mock_server.store.store import Record, Stored, TakenError
from openapi import Role, load
from openapi.json_value import JsonValue
from openapi.model.http import MediaType
from tests.contract_tests.properties.support import finding_of, strict_run
from tests.openapi.support import GOOD, error_of
from tests.x_keywords import example

GUESTS = GOOD / "guests.yaml"
_create_all = Collection.create_all


def _backwards(self: Collection, sent: Sequence[Record]) -> Sequence[Stored]:
    """Returns the records in another order."""
    return [*_create_all(self, sent)][::-1]


def _all_but_one(self: Collection, sent: Sequence[Record]) -> Sequence[Stored]:
    """Stores all records, and returns all but the last."""
    return _create_all(self, sent)[:-1]


def _without_effect(self: Collection, sent: Sequence[Record]) -> Sequence[Stored]:
    """Returns records that it does not store."""
    made = _create_all(self, sent)
    for one in made:
        self.delete(one.key)
    return made


def _first_for_all(self: Collection, sent: Sequence[Record]) -> Sequence[Stored]:
    """Returns the first record for each, and loses the other fields."""
    made = _create_all(self, sent)
    return [made[0]] * len(made)


def _one_by_one(self: Collection, sent: Sequence[Record]) -> Sequence[Stored]:
    """Stores one record after the other, and stops at the first that can't be stored."""
    made: list[Stored] = []
    for index, one in enumerate(sent):
        try:
            violations = self._rules.resource.bodies[Role.CREATE].violations(one)
            if violations:
                raise InvalidRecordError(tuple(violations))
            made.append(self.create(one))
        except (InvalidRecordError, TakenError) as error:
            raise ItemError(index, error) from None
    return made


def _only_storable(self: Collection, sent: Sequence[Record]) -> Sequence[Stored]:
    """Stores the records that can be stored, and ignores the others."""
    made: list[Stored] = []
    for one in sent:
        try:
            made += _one_by_one(self, [one])
        except ItemError:
            continue
    return made


class Fault(NamedTuple):
    """A mistake, and the property that finds it."""

    mistake: Callable[..., Any]
    code: str


FAULTS = [
    Fault(_backwards, "BULK-CREATES"),
    Fault(_all_but_one, "BULK-CREATES"),
    Fault(_without_effect, "BULK-CREATES"),
    Fault(_first_for_all, "BULK-CREATES"),
    Fault(_one_by_one, "BULK-ALL-OR-NONE"),
    Fault(_one_by_one, "BULK-UNIQUE"),
    Fault(_only_storable, "BULK-ALL-OR-NONE"),
    Fault(_only_storable, "BULK-UNIQUE"),
]


def _skip_arrays(media_type: MediaType, value: JsonValue, violations: list[Violation]) -> JsonValue:
    """Leaves arrays to what creates the records."""
    if media_type.schema is not None and not isinstance(value, list):
        violations += [Violation("body", one.path, one.message) for one in media_type.schema.violations(value)]
    return value


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.mistake.__name__} {fault.code}")
def test_a_faulty_service_is_caught(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: Fault) -> None:
    """Each fault is reported at its operation, and all created records are removed."""
    monkeypatch.setattr(Collection, "create_all", fault.mistake)
    monkeypatch.setattr(validation, "_validated", _skip_arrays)
    with MockServer(load(GUESTS), seed=3) as server, strict_run(server.url, GUESTS, tmp_path / "ledger") as run:
        finding = finding_of(run, fault.code, "guest")
        run.finish()
        assert run.left == []
        assert len(server.app.test_client().get("/guests").get_json()) == 12
    assert finding is not None
    assert (finding.code, finding.pointer) == (fault.code, "/x-resources/guest/bulk/addGuests")
    assert not finding.documented


def test_each_record_of_a_bulk_create_is_in_the_ledger(tmp_path: Path) -> None:
    """The ledger has each record of a bulk create, and the run removes each of them."""
    with MockServer(load(GUESTS), empty=True) as server, strict_run(server.url, GUESTS, tmp_path / "ledger") as run:
        (api,) = run.resources
        api.prepare("")
        bulk = api.spec.resource.bulk["importGuests"]
        response = api.create_together(bulk, [api.new_body() for _ in range(3)])
        keys = {str(one["id"]) for one in api.created_by(bulk, response)}
        assert (len(keys), run.ledger.total) == (3, 3)
        assert run.ledger.created["guest"] == keys
        assert api.create_together(bulk, [api.new_body(), {"name": ""}]).status == 400
        assert (run.ledger.total, run.ledger.pending) == (3, {})
        api.delete_created()
        assert run.ledger.gone["guest"] == keys
        assert server.app.test_client().get("/guests").get_json() == []


def test_the_lines_of_a_finding_remove_each_record(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The lines of a finding read the key of the first record, and remove all records."""
    monkeypatch.setattr(Collection, "create_all", _backwards)
    with MockServer(load(GUESTS), empty=True) as server, strict_run(server.url, GUESTS, tmp_path / "ledger") as run:
        finding = finding_of(run, "BULK-CREATES", "guest")
    assert isinstance(finding, Finding)
    (line,) = curl_lines(finding.steps, credentials=())
    assert line.startswith('1. KEYS1=$(curl -X POST "$BASE/guests/several" -H ')
    assert "| jq -r '.[].id|@uri'); KEY1=${KEYS1%%[[:space:]]*}" in line
    wanted = 'for KEY in $KEYS1; do curl -X DELETE "$BASE/guests/$KEY"; done'
    assert removals(finding.steps, credentials=()) == [wanted]


def test_the_mock_creates_all_or_none() -> None:
    """A record that can't be created names its index; no list shows a part of a refused request."""
    with MockServer(load(GUESTS), empty=True) as server:
        client = server.app.test_client()
        made = client.post("/guests/several", json=[{"name": "b"}, {"name": "a", "seats": 2}])
        assert made.status_code == 201
        assert [(one["name"], one["status"]) for one in made.get_json()] == [("b", "invited"), ("a", "invited")]
        assert client.get("/guests").get_json() == made.get_json()
        more = client.post("/guests/import", json={"guests": [{"name": "c", "status": "coming"}]})
        assert (more.status_code, more.get_json()["count"]) == (200, 1)
        twice = client.post("/guests/several", json=[{"name": "x"}, {"name": "x"}])
        assert twice.status_code == 409
        assert twice.get_json()["detail"] == 'Two of the guest records have the name "x"; give each its own.'
        assert twice.get_json()["errors"][0]["path"] == "/1/name"
        taken = client.post("/guests/import", json={"guests": [{"name": "x"}, {"name": "a"}]})
        assert (taken.status_code, taken.get_json()["errors"][0]["path"]) == (409, "/guests/1/name")
        invalid = client.post("/guests/several", json=[{"name": "x"}, {"name": ""}])
        assert (invalid.status_code, invalid.get_json()["errors"][0]["path"]) == (400, "/1/name")
        assert client.post("/guests/several", json=[]).status_code == 400
        assert len(client.get("/guests").get_json()) == 3


def test_each_record_is_treated_as_in_a_single_create(tmp_path: Path) -> None:
    """Unknown fields are ignored, and texts are trimmed, as in a single create."""
    bodies = "x-http: {bodies: {unknown-fields: ignored, texts: trimmed}}\nx-resources:\n"
    file = example("Guests", tmp_path, ("x-resources:\n", bodies))
    with MockServer(load(file), empty=True) as server:
        client = server.app.test_client()
        made = client.post("/guests/import", json={"guests": [{"name": " a ", "more": 1}]}).get_json()["guests"]
        assert {name: made[0][name] for name in ("name", "status")} == {"name": "a", "status": "invited"}
        assert "more" not in made[0]


def test_a_bulk_create_is_inferred(tmp_path: Path) -> None:
    """A POST below the collection that takes an array of what a create takes, and returns records, is one."""
    document = yaml.safe_load(GUESTS.read_text(encoding="utf-8"))
    declared = load(GUESTS).resources["guest"].bulk
    del document["x-resources"]
    file = tmp_path / "guests.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    bulk = load(file).resources["guest"].bulk
    assert {name: (one.body, one.response.items, one.response.total) for name, one in bulk.items()} == {
        name: (one.body, one.response.items, one.response.total) for name, one in declared.items()
    }
    content = document["paths"]["/guests/several"]["post"]["responses"]["201"]["content"]
    content["application/json"]["schema"] = {"$ref": "#/components/schemas/Guest"}
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    assert list(load(file).resources["guest"].bulk) == ["importGuests"]


KEYWORD = "/x-resources/guest/bulk"


@pytest.mark.parametrize(
    ("change", "pointer", "problem"),
    [
        (("addGuests: {answer", "addAll: {answer"), "/addAll", "is not an operationId"),
        (("addGuests: {answer", "listGuests: {answer"), "/listGuests", "is a GET, which does not create"),
        (("{body: /guests, answer", "{body: /people, answer"), "/importGuests/body", None),
        (
            ("{guests: {type: array, items: {$ref: '#/components/schemas/NewGuest'}}}", "{guests: {type: array}}"),
            "/importGuests/body",
            "has items that are not the body of a create, /components/schemas/NewGuest",
        ),
        (
            ("required: [guests]\n", "required: [guests, event]\n"),
            "/importGuests/body",
            "is not the only required part of the body of importGuests: it also requires event",
        ),
        (("total: /count}", "page: /count}"), "/importGuests/answer/page", None),
    ],
)
def test_an_incomplete_bulk_create_is_an_error(
    tmp_path: Path, change: tuple[str, str], pointer: str, problem: str | None
) -> None:
    """Missing requirements of the keyword are reported at its pointer."""
    error = error_of(example("Guests", tmp_path, change))
    assert error.pointer == KEYWORD + pointer
    assert problem in (None, error.problem)


def test_records_stored_by_a_refused_request_are_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A service that stores two records of three and refuses the request leaves none of them behind."""

    def some(self: Collection, sent: Sequence[Record]) -> Sequence[Stored]:
        for one in sent[:2]:
            self.create(one)
        raise FullError

    monkeypatch.setattr(Collection, "create_all", some)
    with MockServer(load(GUESTS), empty=True) as server, strict_run(server.url, GUESTS, tmp_path / "ledger") as run:
        (api,) = run.resources
        api.prepare("")
        bulk = api.spec.resource.bulk["addGuests"]
        assert api.create_together(bulk, [api.new_body() for _ in range(3)]).status == 413
        client = server.app.test_client()
        assert len(client.get("/guests").get_json()) == 2
        api.delete_created()
        assert client.get("/guests").get_json() == []
        assert (run.ledger.total, run.ledger.removals) == (2, 2)


def test_records_missing_from_the_response_are_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A service that stores the records and returns none of them leaves none behind either."""

    def silent(self: Collection, sent: Sequence[Record]) -> Sequence[Stored]:
        _create_all(self, sent)
        return []

    monkeypatch.setattr(Collection, "create_all", silent)
    with MockServer(load(GUESTS), empty=True) as server, strict_run(server.url, GUESTS, tmp_path / "ledger") as run:
        (api,) = run.resources
        api.prepare("")
        assert api.create_together(api.spec.resource.bulk["addGuests"], [api.new_body() for _ in range(3)]).json == []
        assert len(run.ledger.created["guest"]) == 3
        api.delete_created()
        assert server.app.test_client().get("/guests").get_json() == []
