"""Each fixture that breaks one rule, sent to the mock, which must report exactly that rule."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from fixtures import InvalidRequest, invalid_requests
from mock_server.settings.session_settings import SessionSettings, Strictness
from mock_server.settings.settings import Settings
from mock_server.web.app import create_app
from openapi import PHONES as PHONES_DOCUMENT
from openapi import Contract, Refusal, load
from tests.mock_server.support import Caller, JsonResponse

HERE = Path(__file__).parents[1]
DOCUMENTS = [PHONES_DOCUMENT, *sorted((HERE / "documents").glob("*.yaml"))]
SEEDS = (0, 1)


@pytest.fixture(scope="module", params=DOCUMENTS, ids=lambda file: file.stem)
def served(request: pytest.FixtureRequest) -> Contract:
    """Each document that has records."""
    contract = load(request.param)
    assert any(invalid_requests(contract, seed) for seed in SEEDS)
    return contract


def caller(contract: Contract, strictness: Strictness) -> Caller:
    """A caller of a mock with records that checks its own responses."""
    return Caller(
        create_app(
            contract, Settings(seed=1, self_check=True, session_settings=SessionSettings({}, strictness=strictness))
        )
    )


def keys(call: Caller) -> Mapping[str, str]:
    """The key of an existing record, by operation."""
    found: dict[str, str] = {}
    for name, resource in call.app.mock.contract.resources.items():
        key = next(call.app.mock.state[name].records())[resource.key]
        operations = (*resource.operations.values(), *resource.actions)
        found |= {operation: quote(str(key), safe="") for operation in operations}
    return found


def sent(call: Caller) -> Iterator[tuple[InvalidRequest, JsonResponse]]:
    """Every invalid request and its response."""
    contract, known = call.app.mock.contract, keys(call)
    for one in [request for seed in SEEDS for request in invalid_requests(contract, seed)]:
        before, _, after = one.path.partition("{")
        path = contract.base_path + (before + known[one.operation] + after.partition("}")[2] if after else before)
        if one.location == "query":
            yield one, call(one.method, f"{path}?{one.query}")
        else:
            body = contract.operations[one.operation].body
            assert body
            typed = {"Content-Type": next(iter(body.content))}
            yield one, call(one.method, path, data=json.dumps(one.body).encode(), headers=typed)


def problems(template: Any, value: Any) -> Any:
    """The value at the position of the violations in the error template; None without one."""
    if template == "$violations":
        return value
    parts = [problems(template[name], value.get(name)) for name in template] if isinstance(template, dict) else []
    return next((found for found in parts if found is not None), None)


def problem(contract: Contract, one: InvalidRequest) -> Any:
    """The one violation that an error must have, in the document's format."""
    facts = {"$in": one.location, "$path": one.pointer, "$message": one.message}
    template = contract.refusals.violation
    if isinstance(template, list):
        return [facts.get(item, item) for item in template]
    return {name: facts.get(item, item) for name, item in template.items()}


def test_invalid_requests_are_refused_with_one_violation(served: Contract) -> None:
    """The response has the declared status and one violation: the fixture's pointer and rule."""
    call = caller(served, Strictness.STRICT)
    before = {name: list(collection.records()) for name, collection in call.app.mock.state.items()}
    for one, response in sent(call):
        assert response.status == served.refusals.statuses[Refusal.INVALID], one
        assert served.operations[one.operation].response_for(response.status), one
        assert problems(served.refusals.body, response.body) == [problem(served, one)], one
    assert {name: list(collection.records()) for name, collection in call.app.mock.state.items()} == before


def test_warn_mode_reports_the_same_violation(served: Contract) -> None:
    """With `warn`, the header has the same single violation."""
    for one, response in sent(caller(served, Strictness.WARN)):
        listed = {"in": one.location, "path": one.pointer, "message": one.message}
        assert json.loads(response.headers["X-Mock-Violations"]) == [listed], one
