"""Targets that are not the service of the document: the check says so in one sentence, and checks nothing."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import trustme
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from contract_tests.runner.run import start
from contract_tests.settings import Settings
from contract_tests.target.first_contact import WrongTargetError
from mock_server import MockServer
from tests.contract_tests.support import check

_SIGN_IN = "<!doctype html><html><head><title>Sign\x1b in</title></head></html>"
_PROXY = "<html><body><h1>502 Bad Gateway</h1><hr>nginx</body></html>"
_NOT_THERE = '{"error": "no route for %s", "id": "c6cca4da-f5f1-44d0-aa87-71b376e6f13e"}'


def response(request: Request) -> Response:
    """The response of the target that the first part of the path names."""
    kind, path = request.path.strip("/").partition("/")[::2]
    responses = {
        "page": (200, _SIGN_IN, "text/html; charset=utf-8"),
        "proxy": (502, _PROXY, "text/html"),
        "down": (503, "", ""),
        "closed": (401, "{}", "application/json"),
        "elsewhere": (404, _NOT_THERE % path, "application/json"),
        "empty": (404, '{"error": "there are no phones"}' if path == "phones" else "", "application/json"),
        "mislabelled": (200, '{"phones": []}', "text/html"),
        "gateway": (502, '{"message": "Bad Gateway", "requestId": "1f0"}', "application/json"),
        "outage": (503 if path == "phones" else 404, '{"message": "database"}', "application/json"),
    }
    if kind in responses:
        status, body, media = responses[kind]
        return Response(body, status, content_type=media)
    redirects = {"slash": f"/slash/{path}/", "loop": request.path, "moved": f"https://new.example/api/{path}"}
    return Response("", 302, {"Location": redirects.get(kind, f"https://sso.example/login?next=/{path}")})


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[str]:
    """The targets behind one address."""
    server = make_server("127.0.0.1", 0, Request.application(response), threaded=True, ssl_context=context)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http{'s' if context else ''}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def targets() -> Iterator[str]:
    """The address of the targets."""
    with serving() as address:
        yield address


def refusal_of(target: str, token: str | None = None) -> str:
    """The message of a run that refuses to check `target`; '' if it continues."""
    run = start(Settings(target, token=token))
    try:
        run.check_reachable()
    except WrongTargetError as error:
        return str(error)
    finally:
        run.finish()
    return ""


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("page", 'answers GET /phones with an HTML page titled "Sign\\x1b in" instead of JSON'),
        ("sign-in", "redirects GET /phones to https://sso.example/login (302); write the address of the API itself"),
        ("slash", "redirects GET /phones to BASE/slash/phones/ (302); write the address of the API itself"),
        ("loop", "redirects GET /phones to BASE/loop/phones (302); write the address of the API itself"),
        (
            "moved",
            "redirects GET /phones to https://new.example/api/phones (302); write --target https://new.example/api",
        ),
        ("gateway", "answers GET /phones with 502, as a proxy does; is the service behind it running?"),
        ("proxy", 'answers GET /phones with 502 titled "502 Bad Gateway", as a proxy does; is the service behind it'),
        ("down", "answers GET /phones with 503, as a proxy does; is the service behind it running?"),
        ("closed", "rejects requests without a token (401); set CALLCAMP_TOKEN to a valid one"),
        (
            "elsewhere",
            "as it does for a path that does not exist; is the base path missing? Try --target BASE/elsewhere/api",
        ),
    ],
)
def test_each_kind_of_wrong_target_has_its_message(targets: str, kind: str, message: str) -> None:
    """A page, a redirect, a proxy's error, a rejection and a missing base path each get their own message."""
    refusal = refusal_of(f"{targets}/{kind}")
    assert refusal.startswith(f"{targets}/{kind} ")
    assert message.replace("BASE", targets) in refusal


@pytest.mark.parametrize("kind", ["empty", "mislabelled", "outage"])
def test_error_responses_of_the_service_itself_are_checked(targets: str, kind: str) -> None:
    """A 404 unlike that of an unknown path, JSON declared as HTML, and a JSON 503 of a single path are judged."""
    assert refusal_of(f"{targets}/{kind}") == ""


def test_a_missing_base_path_of_the_mock_is_recognised() -> None:
    """The mock's 404 suggests the nearest path, so it is unlike that of any other path; its base path decides."""
    with MockServer() as mock:
        root = mock.url.removesuffix("/api")
        refusal = refusal_of(root)
        assert refusal_of(mock.url) == ""
    advice = f"is the base path missing? Try --target {root}/api"
    assert refusal == f"{root} answers GET /phones with 404, but knows /api/phones; {advice}"


def test_a_401_with_a_token_is_a_rejected_token(targets: str) -> None:
    """If a request with a token gets 401, the message is about the token."""
    assert "rejects the token (401)" in refusal_of(f"{targets}/closed", token="hush-hush")


def test_the_command_exits_with_3(targets: str) -> None:
    """The command prints the sentence alone and exits with 3."""
    ended = check("--target", f"{targets}/elsewhere")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.count("\n") == 1
    assert "is the base path missing?" in ended.err


def test_an_unverifiable_certificate_is_a_tls_error() -> None:
    """A certificate that can't be verified is a TLS error with its reason."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with serving(context) as address:
        assert "(TLS error: unable to get local issuer certificate)" in refusal_of(f"{address}/api")


def test_a_server_without_tls_is_recognised(service: MockServer) -> None:
    """A server without TLS is recognised as one."""
    address = service.url.replace("http://", "https://")
    assert refusal_of(address).endswith(
        "did not respond to GET /phones (it does not speak TLS; is it an http:// address?)"
    )
