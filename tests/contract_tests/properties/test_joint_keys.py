"""Keys of several fields: faulty services are caught; test_documented_examples has the correct one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from contract_tests.findings.curl import curl_lines, removals
from contract_tests.findings.finding import Finding
from contract_tests.target.ledger_reader import read_ledger
from mock_server import MockServer
from mock_server.http.validation import Values
from mock_server.operations import handlers
from mock_server.operations.scopes import KeyReader, key_reader
from mock_server.records.collection import Collection
from mock_server.records.state import State
from mock_server.store.store import Record, Stored, TakenError
from openapi import Contract, Operation, Resource, load
from openapi.json_value import JsonValue
from tests.contract_tests.properties.support import finding_of, strict_run
from tests.openapi.support import GOOD
from tests.x_keywords import example

TRANSLATIONS = GOOD / "translations.yaml"
BODY = {"lang": "en", "key": "a/b c", "text": "x"}
_create, _delete, _update = Collection.create, Collection.delete, Collection.update


def _finding(choose: Callable[[JsonValue, list[JsonValue]], JsonValue]) -> Any:
    """A lookup: `choose` gets the key in the path and the existing keys."""

    def reader(contract: Contract, resource: Resource, operation: Operation) -> KeyReader:
        read = key_reader(contract, resource, operation)

        def find(state: State, values: Values) -> JsonValue:
            known = [resource.key_of(record) for record in state[resource.name].records()]
            return choose(read(state, values), known)

        return find

    return reader


def _by_the_first_part(key: JsonValue, known: list[JsonValue]) -> JsonValue:
    return next((one for one in known if _first(one) == _first(key)), key)


def _first(key: JsonValue) -> str:
    return str(key).partition("/")[0]


def _in_any_order(key: JsonValue, known: list[JsonValue]) -> JsonValue:
    swapped = "/".join(str(key).split("/")[::-1])
    return swapped if swapped in known else key


def _creating(is_same: Callable[[Record, Record], bool]) -> Callable[[Collection, Record], Stored]:
    """A create that refuses a record if `is_same` returns true for another one."""

    def create(self: Collection, sent: Record) -> Stored:
        for one in self.records():
            if is_same(one, sent):
                raise TakenError(self._key_fields, one)
        return _create(self, sent)

    return create


def _same_when_joined(one: Record, other: Record) -> bool:
    return f"{one['lang']}{one['key']}" == f"{other.get('lang')}{other.get('key')}"


def _same_last_part(one: Record, other: Record) -> bool:
    return bool(one["key"] == other.get("key"))


def _or_update(self: Collection, sent: Record) -> Stored:
    known = [one for one in self.records() if self._key_of(one) == self._key_of(sent)]
    return _update(self, self._key_of(sent), {"text": sent["text"]}) if known else _create(self, sent)


def _with_the_same_first_part(self: Collection, key: JsonValue) -> Stored:
    gone = _delete(self, key)
    for one in list(self.records()):
        if one["lang"] == gone.record["lang"]:
            _delete(self, self._key_of(one))
    return gone


def _all_with_the_last_part(self: Collection, key: JsonValue, sent: Record) -> Stored:
    for one in list(self.records()):
        if one["key"] == self.peek(key).record["key"] and self._key_of(one) != key:
            _update(self, self._key_of(one), sent)
    return _update(self, key, sent)


class Fault(NamedTuple):
    """A mistake in a part of the mock."""

    holder: Any
    name: str
    mistake: Any


FAULTS: Mapping[str, Fault] = {
    "looks up by the first part": Fault(handlers, "key_reader", _finding(_by_the_first_part)),
    "finds the parts in any order": Fault(handlers, "key_reader", _finding(_in_any_order)),
    "joins the parts without a separator": Fault(Collection, "create", _creating(_same_when_joined)),
    "wants the last part to be unique": Fault(Collection, "create", _creating(_same_last_part)),
    "deletes all with the first part": Fault(Collection, "delete", _with_the_same_first_part),
    "updates all with the last part": Fault(Collection, "update", _all_with_the_last_part),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_service_is_caught(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """Each fault is found at the key of the resource, as an assumption."""
    fault = FAULTS[name]
    monkeypatch.setattr(fault.holder, fault.name, fault.mistake)
    with (
        MockServer(load(TRANSLATIONS), empty=True) as server,
        strict_run(server.url, TRANSLATIONS, tmp_path / "ledger") as run,
    ):
        finding = finding_of(run, "KEY-PARTS", "translation")
    assert finding is not None
    assert (finding.code, finding.pointer) == ("KEY-PARTS", "/x-resources/translation/key")
    assert not finding.documented


def test_a_service_that_accepts_a_taken_pair_is_caught(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A create that changes the record with the same values, instead of being refused, breaks their uniqueness."""
    monkeypatch.setattr(Collection, "create", _or_update)
    with (
        MockServer(load(TRANSLATIONS), empty=True) as server,
        strict_run(server.url, TRANSLATIONS, tmp_path / "ledger") as run,
    ):
        finding = finding_of(run, "CREATE-UNIQUE", "translation")
    assert finding is not None
    assert (finding.code, finding.pointer) == ("CREATE-UNIQUE", "/x-resources/translation/key")


def test_the_lines_of_a_finding_encode_each_part_of_the_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The commands of a finding join the encoded parts of a new key with jq, and remove the record by it."""
    fault = FAULTS["deletes all with the first part"]
    monkeypatch.setattr(fault.holder, fault.name, fault.mistake)
    with (
        MockServer(load(TRANSLATIONS), empty=True) as server,
        strict_run(server.url, TRANSLATIONS, tmp_path / "ledger") as run,
    ):
        finding = finding_of(run, "KEY-PARTS", "translation")
    assert isinstance(finding, Finding)
    lines = list(curl_lines(finding.steps, credentials=()))
    assert lines[0].startswith('1. KEY1=$(curl -X POST "$BASE/translations" -H ')
    program = r"""jq -r '"\(.lang|@uri)/\(.key|@uri)"'"""
    assert f"| {program})" in lines[0]
    assert any('curl -X DELETE "$BASE/translations/$KEY1"' in line for line in lines)
    assert removals(finding.steps, credentials=())[0].startswith('curl -X DELETE "$BASE/translations/$KEY')


def test_the_ledger_has_the_whole_key_of_each_record(tmp_path: Path) -> None:
    """The ledger has the whole key of each record, and a clean-up removes those of the run alone."""
    ledger = tmp_path / "ledger"
    with (
        MockServer(load(TRANSLATIONS), empty=True) as server,
        strict_run(server.url, TRANSLATIONS, ledger) as run,
    ):
        client = server.app.test_client()
        api = next(one for one in run.resources if one.spec.resource.name == "translation")
        api.prepare("")
        made = api.create({**api.new_body(), **BODY})
        assert api.spec.key_of(made) == "en/a%2Fb%20c"
        assert run.ledger.created["translation"] == {"en/a%2Fb%20c"}
        assert read_ledger(ledger, run.contract.resources).created["translation"] == {"en/a%2Fb%20c"}
        client.post("/translations", json={**BODY, "lang": "de"})
        api.delete_created()
        assert run.ledger.gone["translation"] == {"en/a%2Fb%20c"}
        assert [one["lang"] for one in client.get("/translations").get_json()["items"]] == ["de"]


def test_the_guard_compares_every_part_of_a_key(tmp_path: Path) -> None:
    """The guard refuses a write to a record if only one part of its key differs from a record of the run."""
    with (
        MockServer(load(TRANSLATIONS), empty=True) as server,
        strict_run(server.url, TRANSLATIONS, tmp_path / "ledger") as run,
    ):
        server.app.test_client().post("/translations", json={**BODY, "lang": "de"})
        api = next(one for one in run.resources if one.spec.resource.name == "translation")
        api.prepare("")
        api.create({**api.new_body(), **BODY})
        for key in ("de/a%2Fb%20c", "en/b", "a%2Fb%20c/en"):
            with pytest.raises(Exception, match="is not a record of this run"):
                api.delete(_record_with(api.create(), key))


def _record_with(record: Any, key: str) -> Any:
    lang, _, name = key.partition("/")
    record.update(lang=lang, key=name.replace("%2F", "/").replace("%20", " "))
    return record


def test_the_mock_refuses_only_a_repeated_pair() -> None:
    """A pair can be used once, a part of it any number of times; errors and Location name the parts."""
    with MockServer(load(TRANSLATIONS), empty=True) as server:
        client = server.app.test_client()
        made = client.post("/translations", json=BODY)
        assert (made.status_code, made.headers["Location"]) == (201, "/translations/en/a%2Fb%20c")
        again = client.post("/translations", json={**BODY, "text": "y"})
        assert again.status_code == 409
        assert [one["path"] for one in again.get_json()["errors"]] == ["/lang", "/key"]
        assert client.post("/translations", json={**BODY, "lang": "de"}).status_code == 201
        put = client.put("/translations/en/b", json={"text": "z"})
        assert (put.status_code, put.get_json()["lang"], put.get_json()["key"]) == (201, "en", "b")
        moved = client.patch("/translations/en/b", json={"lang": "de"})
        assert (moved.status_code, moved.get_json()["errors"][0]["path"]) == (400, "/lang")
        unknown = client.get("/translations/fr/b").get_json()
        assert unknown["detail"] == 'There is no translation with the lang "fr" and key "b".'
        assert client.post("/translations", json={**BODY, "key": ".."}).get_json()["errors"][0]["path"] == "/key"
        assert client.delete("/translations/en/a%2Fb%20c").status_code == 204
        left = client.get("/translations").get_json()["items"]
        assert [(one["lang"], one["key"]) for one in left] == [("de", "a/b c"), ("en", "b")]


def test_a_create_without_a_part_of_the_key_is_invalid(tmp_path: Path) -> None:
    """A create without a part of the key is invalid, even if the schema of the body does not require that part."""
    file = example("Stocks", tmp_path, ("required: [market, symbol, company]", "required: [company]"))
    with MockServer(load(file), empty=True) as server:
        refused = server.app.test_client().post("/stocks", json={"market": "lse", "company": "x"})
    assert (refused.status_code, refused.get_json()["errors"][0]["path"]) == (400, "/symbol")


def test_the_mock_counts_up_an_integer_part_of_the_key() -> None:
    """An integer in the key is counted up, and is an integer in the path."""
    with MockServer(load(TRANSLATIONS), empty=True) as server:
        client = server.app.test_client()
        made = [client.post("/tickets", json={"queue": one, "title": "x"}).get_json() for one in ("sales", "support")]
        assert [(one["queue"], one["number"]) for one in made] == [("sales", 1), ("support", 2)]
        assert client.get("/tickets/sales/by-number/1").get_json() == made[0]
        assert client.get("/tickets/sales/by-number/2").status_code == 404
        assert client.get("/tickets/sales/by-number/x").status_code == 404


@pytest.mark.parametrize("key", ["de/a%2Fb%20c", "de/a%252Fb%2520c"])
def test_the_control_api_names_records_by_joint_keys(key: str) -> None:
    """/__mock/records finds a record by the end of its path, as is or encoded once more, and keeps its key."""
    with MockServer(load(TRANSLATIONS), empty=True) as server:
        client = server.app.test_client()
        client.post("/translations", json={**BODY, "lang": "de"})
        client.post("/translations", json=BODY)
        path = f"/__mock/records/translation/{key}"
        assert client.get(path).get_json()["lang"] == "de"
        assert client.patch(path, json={"text": "w"}).get_json()["text"] == "w"
        refused = client.patch(path, json={"key": "w"})
        assert (refused.status_code, refused.get_json()["problems"][0]["path"]) == (400, "/key")
        assert client.delete(path).status_code == 200
        assert client.get("/translations").get_json()["total"] == 1
        page = client.get("/__mock/page/records/translation").get_data(as_text=True)
        assert page.count("record-form/translation/en/a%252Fb%2520c") >= 1


def test_a_joint_key_is_inferred_from_two_placeholders(tmp_path: Path) -> None:
    """Two placeholders at the end of a path are a key if the path without them is a collection of its records."""
    text = TRANSLATIONS.read_text(encoding="utf-8").partition("x-resources:")[0]
    file = tmp_path / "translations.yaml"
    file.write_text(text.replace("{language}", "{lang}").replace("name: language,", "name: lang,"), encoding="utf-8")
    found = load(file).resources
    assert found.keys() == {"translation"}
    assert found["translation"].key_fields == ("lang", "key")
    assert found["translation"].creates_by_replace
    inference = load(file).inference
    assert inference is not None
    assert inference.undecided["GET /tickets/{queue}/by-number/{number}"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("required: [market, symbol, company]", "required: [market, company]", "a record may lack it"),
        ("/stocks/{market}/{symbol}:", "/stocks/{exchange}/{symbol}:", "no field of the record is the path parameter"),
    ],
)
def test_operations_with_an_unclear_key_have_no_resource(tmp_path: Path, old: str, new: str, reason: str) -> None:
    """If it is unclear whether the fields are a key, the operations have no resource."""
    file = example("Stocks", tmp_path, (old, new))
    text = file.read_text(encoding="utf-8").partition("x-resources:")[0]
    file.write_text(text.replace("{name: market, in: path", f"{{name: {_first_name(new)}, in: path"), encoding="utf-8")
    contract = load(file)
    assert not contract.resources
    assert contract.inference is not None
    assert any(reason in why for why in contract.inference.undecided.values())


def _first_name(path: str) -> str:
    return "exchange" if "exchange" in path else "market"


def test_the_key_of_a_parent_is_not_part_of_the_key(tmp_path: Path) -> None:
    """A placeholder that ends the path of another resource is the key of a parent, not a part of the key."""
    found = load(GOOD / "shelves.yaml").resources
    assert all(not one.has_joint_key for one in found.values())
    text = (GOOD / "shelves.yaml").read_text(encoding="utf-8").partition("x-resources:")[0]
    file = tmp_path / "shelves.yaml"
    file.write_text(text, encoding="utf-8")
    assert all(not one.has_joint_key for one in load(file).resources.values())
