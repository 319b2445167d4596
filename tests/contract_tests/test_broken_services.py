"""Services that break the contract: each is found out, and by the property that says what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from flask import Response, request
from werkzeug.test import TestResponse

from mock_server import MockServer, Settings, create_app
from mock_server.app import MockApp
from mock_server.store import UnknownKeyError
from openapi import Contract
from tests.contract_tests.support import check, records

QUICK = ("--profile", "quick", "--seed", "7")


def _copied(answer: TestResponse) -> Response:
    return Response(answer.get_data(), answer.status_code, list(answer.headers))


def _key() -> str | None:
    """The key in the path, whatever the route calls it."""
    return next(iter((request.view_args or {}).values()), None)


def count_before_filtering(app: MockApp) -> None:
    """`total` and `totalPages` are those of the list without its filters by status and type."""

    @app.after_request
    def recount(response: Response) -> Response:
        filters = {"status", "type"} & set(request.args)
        if request.method == "GET" and response.status_code == 200 and filters:
            rest = {name: text for name, text in request.args.items() if name not in filters}
            counted = app.test_client().get(request.path, query_string=rest).get_json()
            body = response.get_json() | {name: counted[name] for name in ("total", "totalPages")}
            response.set_data(json.dumps(body))
        return response


def lose_updates(app: MockApp) -> None:
    """An update is answered as it should be, and forgotten."""
    twin = create_app(app.mock.contract, Settings(empty=True))

    @app.before_request
    def answer_from_a_copy() -> Response | None:
        key = _key()
        if request.method != "PATCH" or key is None:
            return None
        try:
            twin.mock.state["phone"].load([app.mock.state["phone"].read(key).record])
        except UnknownKeyError:
            return None
        headers = [(name, text) for name, text in request.headers if name != "Host"]
        answer = twin.test_client().patch(request.path, data=request.get_data(), headers=headers)
        twin.mock.state["phone"].delete(key)
        return _copied(answer)


def delete_another(app: MockApp) -> None:
    """A delete takes away the newest other phone."""

    @app.before_request
    def aim_elsewhere() -> None:
        key = _key()
        if request.method == "DELETE" and key and app.test_client().get(request.path).status_code == 200:
            newest = app.test_client().get("/api/phones?limit=2").get_json()["phones"]
            other = next(phone["uuid"] for phone in newest if phone["uuid"] != key)
            request.view_args = dict.fromkeys(request.view_args or {}, other)


@pytest.mark.parametrize(
    ("fault", "select", "code", "sentence"),
    [
        (count_before_filtering, "", "FILTER-TOTAL", "is not what matched."),
        (lose_updates, "UPDATE-", "UPDATE-LASTS", "A get does not show the update."),
        (delete_another, "DELETE-", "DELETE-GONE", "After a delete, read still finds the record."),
    ],
)
def test_a_broken_service(
    contract: Contract, fault: Callable[[MockApp], None], select: str, code: str, sentence: str
) -> None:
    """The run ends with 1, names the property and how to see it, and no traceback."""
    with MockServer(contract, seed=3) as server:
        fault(server.app)
        ended = check(
            *QUICK, "--target", server.url, "--allow-writes", "--strict", "--report", "json=-", "--select", select
        )
    assert ended.code == 1, ended.err
    findings = {finding["code"]: finding for finding in json.loads(ended.out)["findings"]}
    assert code in findings, ended.err
    assert findings[code]["sentence"].endswith(sentence)
    assert findings[code]["steps"][0].startswith("1. curl -s -X ")
    assert f"broken: {code}: {findings[code]['sentence']}" in ended.err
    assert "Traceback" not in ended.err
    assert "the check itself failed" not in ended.err


def test_a_service_that_is_right(contract: Contract) -> None:
    """Without a fault there is no finding and no warning, and the service has what it had before."""
    with MockServer(contract, seed=3) as server:
        before = records(server)
        ended = check(*QUICK, "--target", server.url, "--allow-writes", "--report", "json=-")
        after = records(server)
    result = json.loads(ended.out)
    assert (ended.code, result["findings"], result["warnings"], result["left"]) == (0, [], [], []), ended.err
    assert after == before


def test_a_refuted_assumption(contract: Contract) -> None:
    """What the vendor does not document is only warned of, and ends with 0, unless --strict is given."""
    with MockServer(contract, seed=3) as server:

        @server.app.after_request
        def say_no_content(response: Response) -> Response:
            response.headers.pop("Location", None)
            return response

        arguments = (*QUICK, "--target", server.url, "--allow-writes", "--select", "CREATE-KEY")
        lenient, strict = check(*arguments), check(*arguments, "--strict")
    assert (lenient.code, strict.code) == (0, 1), lenient.err + strict.err
    assert "\nassumption refuted: SCHEMA-HEADER: The header Location is missing.\n" in lenient.err
    assert "\nbroken: SCHEMA-HEADER: The header Location is missing.\n" in strict.err
