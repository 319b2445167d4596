"""The mock of a document without `x-resources`."""

from __future__ import annotations

from pathlib import Path

import pytest

from mock_server.cli.startup_banner import announcement
from mock_server.mock import build_mock
from mock_server.server.listener import Listener
from mock_server.settings.settings import Settings
from mock_server.web.app import create_app
from openapi import PHONES, Contract, load
from tests.mock_server.support import Caller
from tests.openapi.inference.support import loaded, shop


def banner(contract: Contract) -> str:
    """The start-up output for a contract."""
    listener = Listener("127.0.0.1", 0)
    listener.close()
    return announcement(create_app(contract, Settings(seed=1)), listener)


def test_an_inferred_collection_has_records(tmp_path: Path) -> None:
    """A created record can be read, listed in the list's own format, changed and deleted."""
    call = Caller(create_app(loaded(tmp_path, shop()), Settings(empty=True)))
    created = call("POST", "/articles", {"title": "Cup", "colour": "red", "voucher": "X1"})
    assert created.status == 201
    assert created.body["created"].endswith("Z")
    wanted = {"id": 1, "title": "Cup", "colour": "red", "state": "draft", "tags": []}
    assert {name: created.body[name] for name in wanted} == wanted
    assert created.body.keys() == {*wanted, "created"}
    assert call.get("/articles/1").body == created.body
    assert call.get("/articles?q=cu").body == {
        "kind": "list",
        "data": [{"id": 1, "title": "Cup"}],
        "meta": {"totalCount": 1},
    }
    assert call("PATCH", "/articles/1", {"title": "Mug"}).body["title"] == "Mug"
    assert call("DELETE", "/articles/1").status == 204
    assert call.get("/articles/1").status == 404


def test_a_client_may_choose_the_key(tmp_path: Path) -> None:
    """A key in the body is kept, a second record can't have it, and later keys are higher."""
    document = shop()
    document["components"]["schemas"]["NewArticle"]["properties"]["id"] = {"type": "integer"}
    call = Caller(create_app(loaded(tmp_path, document), Settings(empty=True)))
    assert call("POST", "/articles", {"title": "Cup", "id": 7}).body["id"] == 7
    assert call("POST", "/articles", {"title": "Mug", "id": 7}).status == 409
    assert call("POST", "/articles", {"title": "Mug"}).body["id"] == 8


def test_string_path_parameters_find_integer_keys(tmp_path: Path) -> None:
    """A record with an integer key is found by a path parameter that is a string."""
    document = shop()
    document["paths"]["/articles/{articleId}"]["parameters"][0]["schema"] = {"type": "string"}
    call = Caller(create_app(loaded(tmp_path, document), Settings(empty=True)))
    call("POST", "/articles", {"title": "Cup"})
    assert call.get("/articles/1").body["title"] == "Cup"
    assert call.get("/articles/cup").status == 404


def test_the_banner_lists_inferred_resources(tmp_path: Path) -> None:
    """The start-up output names the resources with their roles, and counts operations that return examples."""
    contract = loaded(tmp_path, shop())
    wanted = (
        "  stateful: article (list, create, read, update, delete) (inferred); from examples: 1 operation; "
        f"why: callcamp-spec infer {contract.file}"
    )
    assert wanted in banner(contract).splitlines()


def test_unusable_inferred_resources_are_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If the inferred resources can't be served, all operations return examples, and a warning says why."""

    def fail(*_: object) -> None:
        raise LookupError("no such field")

    monkeypatch.setattr("mock_server.records.resource_rules.FieldRules", fail)
    mock = build_mock(loaded(tmp_path, shop()))
    assert mock.contract.resources == {}
    assert mock.contract.inference is not None
    assert "no such field" in mock.contract.inference.undecided["every operation"]
    assert "warning: can't infer state; all operations respond with examples: LookupError" in capsys.readouterr().err


def test_an_error_in_a_declared_resource_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error in what the document declares is raised."""

    def fail(*_: object) -> None:
        raise LookupError("no such field")

    monkeypatch.setattr("mock_server.records.resource_rules.FieldRules", fail)
    with pytest.raises(LookupError, match="no such field"):
        build_mock(load(PHONES))
