"""Unknown keys, if the document does not say how they are refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from flask import Response, request

from contract_tests.findings.finding import Finding
from contract_tests.findings.raised import FindingRaisedError
from contract_tests.properties.errors.error_details import unknown_keys_are_refused
from contract_tests.runner.attempt import checking
from contract_tests.runner.run import start
from contract_tests.settings import Settings
from mock_server import MockServer
from openapi import load
from tests.contract_tests.support import PATIENCE_S

_TICKET = {
    "type": "object",
    "required": ["id", "title"],
    "properties": {"id": {"type": "string", "format": "uuid", "readOnly": True}, "title": {"type": "string"}},
}
_BODY = {"content": {"application/json": {"schema": _TICKET}}}
_KEY = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
_REFUSALS = {"404": {"description": "unknown"}, "422": {"description": "invalid"}}
_DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Tickets", "version": "1"},
    "paths": {
        "/tickets": {
            "get": {
                "responses": {
                    "200": {
                        "description": "all",
                        "content": {"application/json": {"schema": {"type": "array", "items": _TICKET}}},
                    }
                }
            },
            "post": {"requestBody": _BODY, "responses": {"201": {"description": "made", **_BODY}}},
        },
        "/tickets/{id}": {
            "parameters": [_KEY],
            "get": {"responses": {"200": {"description": "one", **_BODY}, **_REFUSALS}},
            "delete": {"responses": {"204": {"description": "gone"}, **_REFUSALS}},
        },
    },
}


def _malformed_is_422(response: Response) -> Response:
    key = request.path.rpartition("/")[2]
    try:
        UUID(key)
    except ValueError:
        response.status_code = 422 if response.status_code == 404 else response.status_code
    return response


def _unknown_is_an_empty_success(response: Response) -> Response:
    if request.method == "GET" and response.status_code == 404:
        response.status_code = 200
        response.set_data("{}")
    return response


def _findings(folder: Path, service: Callable[[Response], Response]) -> list[Finding]:
    """What the property finds at the mock of the document with `service` after each response."""
    spec = folder / "tickets.json"
    spec.write_text(json.dumps(_DOCUMENT))
    server = MockServer(load(spec), seed=3)
    server.app.after_request(service)
    assert unknown_keys_are_refused.check is not None
    with server:
        settings = Settings(
            server.url, spec=spec, allow_writes=True, seed=7, ledger=folder / "ledger", patience=PATIENCE_S
        )
        run = start(settings)
        run.check_reachable()
        try:
            with checking(run, run.resources[0], "ERROR-UNKNOWN-RECORD"):
                unknown_keys_are_refused.check(run.resources[0])
        except FindingRaisedError:
            pass
        finally:
            run.finish()
    return run.findings


def test_422_for_a_malformed_key_is_not_a_broken_promise(tmp_path: Path) -> None:
    """If the document doesn't name the refusal of a malformed key, 422 is not a broken promise."""
    found = _findings(tmp_path, _malformed_is_422)
    assert {one.observed for one in found} <= {"422"}
    assert not [one for one in found if one.documented]


def test_success_for_an_unknown_key_breaks_the_document(tmp_path: Path) -> None:
    """A get of a key that no record has must not succeed."""
    found = _findings(tmp_path, _unknown_is_an_empty_success)
    assert [one.observed for one in found if one.documented and one.code == "ERROR-UNKNOWN-RECORD"] == ["200"]


@pytest.mark.parametrize("spelling", [lambda key: key.replace("-", ""), lambda key: f"{{{key}}}"])
def test_a_differently_spelled_uuid_may_find_its_record(tmp_path: Path, spelling: Callable[[str], str]) -> None:
    """A UUID without hyphens or in braces may find its record."""
    known: dict[str, bytes] = {}

    def lenient(response: Response) -> Response:
        if request.method == "POST" and response.status_code == 201:
            known[spelling(response.get_json()["id"])] = response.data
        key = request.path.rpartition("/")[2]
        if request.method == "GET" and key in known:
            response.status_code, response.mimetype = 200, "application/json"
            response.set_data(known[key])
        return response

    found = _findings(tmp_path, lenient)
    assert [one.code for one in found] == ["ERROR-UNKNOWN-RECORD"]
    assert not found[0].documented
