"""The Flask application, and what users register on it."""

from __future__ import annotations

import pytest
from flask import Blueprint, Response, abort, g, jsonify, request

import mock_server
from mock_server.settings.settings import Settings
from mock_server.web.app import create_app
from openapi import PHONES as DOCUMENT
from openapi import Contract
from tests.mock_server.support import NUMBER, PHONES, Caller, caller_of


@pytest.fixture
def plain(contract: Contract) -> Caller:
    """A caller of a mock without a self-check, so users' responses pass."""
    return Caller(create_app(contract, Settings(empty=True)))


def test_a_document_is_read_from_its_path() -> None:
    """The application accepts a path to a document."""
    app = create_app(DOCUMENT, Settings(empty=True))
    assert app.mock.contract.title == "Call Camp phone numbers"


def test_the_default_document_is_the_phone_api() -> None:
    """The default is the settings' document, else the packaged one."""
    assert create_app(settings=Settings(empty=True)).mock.contract.file == DOCUMENT
    assert create_app(settings=Settings(empty=True, spec=DOCUMENT)).mock.contract.file == DOCUMENT


def test_user_blueprints_are_served(plain: Caller) -> None:
    """A user's blueprint serves its own paths and sees the mock."""
    blueprint = Blueprint("mine", __name__)

    @blueprint.post("/mine")
    def count() -> Response:
        return jsonify(phones=len(plain.app.mock.state["phone"]), sent=request.get_json())

    plain.app.register_blueprint(blueprint)
    plain.register()
    assert plain("POST", "/mine", {"a": 1}).body == {"phones": 1, "sent": {"a": 1}}


def test_request_hooks_run_around_operations(plain: Caller) -> None:
    """Hooks run around operations, can read the body first, and can respond instead."""

    @plain.app.before_request
    def look() -> tuple[dict[str, bool], int] | None:
        g.number = (request.get_json(silent=True) or {}).get("number")
        return ({"mine": True}, 418) if request.path.endswith("/teapot") else None

    @plain.app.after_request
    def mark(response: Response) -> Response:
        response.headers["X-Number"] = g.number or "none"
        return response

    assert plain("POST", PHONES, {"number": NUMBER}).headers["X-Number"] == NUMBER
    assert plain.get(f"{PHONES}/teapot").body == {"mine": True}
    assert plain.get("/nowhere").headers["X-Number"] == "none"


def test_user_error_handlers_override_the_mocks(plain: Caller) -> None:
    """A user's handler for a status overrides the mock's; other errors keep the document's format."""

    @plain.app.errorhandler(404)
    def missing(_error: Exception) -> tuple[dict[str, str], int]:
        return {"mine": "not found"}, 404

    @plain.app.get("/forbidden")
    def forbidden() -> Response:
        abort(403, "Not for you.")

    assert plain.get("/nowhere").body == {"mine": "not found"}
    assert plain.get("/forbidden")[::2] == (403, {"success": False, "message": "Not for you."})


def test_an_aborted_response_is_sent_unchanged(plain: Caller) -> None:
    """A response that a view aborts with is sent unchanged."""

    @plain.app.get("/away")
    def away() -> Response:
        abort(Response(b'{"gone":true}', 410, content_type="application/json"))

    assert plain.get("/away")[::2] == (410, {"gone": True})


def test_an_exception_in_a_view_is_500(plain: Caller, capsys: pytest.CaptureFixture[str]) -> None:
    """An exception in a user's view is a 500 in the document's format and a line on stderr."""

    @plain.app.get("/broken")
    def broken() -> Response:
        raise ZeroDivisionError("no\nway")

    response = plain.get("/broken")
    assert (response.status, response.headers["Content-Type"]) == (500, "application/json")
    assert response.body["message"].startswith("Internal error in the mock")
    error = capsys.readouterr().err
    assert error.startswith("GET '/broken': ZeroDivisionError: no way (test_app.py, line ")
    assert error.count("\n") == 1


def test_the_body_limit_applies_to_user_views(plain: Caller) -> None:
    """A user's view that reads too large a body responds with 413 in the document's format."""

    @plain.app.post("/mine")
    def mine() -> Response:
        return jsonify(length=len(request.get_data()))

    response = plain("POST", "/mine", data=b"x" * 2_000_000)
    assert (response.status, response.body["success"]) == (413, False)


@pytest.mark.parametrize("host", ["", "a b", "[", "::1", "evil.example", "a,b", "%00", "é", "x" * 5000])
def test_any_host_header_is_accepted(call: Caller, host: str) -> None:
    """The API accepts any Host, even an invalid one."""
    assert call("GET", PHONES, headers={"Host": host}).status == 200


def test_the_package_exports_three_names() -> None:
    """The package exports its three names lazily, and no others."""
    assert [getattr(mock_server, name).__name__ for name in mock_server.__all__] == mock_server.__all__
    assert not hasattr(mock_server, "nothing")


def test_the_self_check_is_optional(contract: Contract) -> None:
    """The self-check exists only if the settings enable it."""
    assert caller_of(contract).app.self_check is not None
    assert create_app(contract, Settings(empty=True)).self_check is None
