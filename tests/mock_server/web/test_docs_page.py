"""/docs, the document as a page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from mock_server.web.docs_page import add_docs
from openapi import Contract
from tests.mock_server.support import NUMBER, PHONES, Caller

PAGE = Path(str(add_docs.__code__.co_filename)).with_name("reference_page")


def get(call: Caller, path: str) -> TestResponse:
    """GET something that is not JSON."""
    return call.app.test_client().get(path)


@pytest.mark.parametrize("prefix", ["", "/__s/mine"])
def test_every_file_of_the_page_is_served(call: Caller, prefix: str) -> None:
    """Every file that the page loads is served, complete and with the right type, in sessions too."""
    page = get(call, f"{prefix}/docs")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(named) == 5
    types = {"css": "text/css", "js": "text/javascript", "png": "image/png"}
    for name in named:
        part = get(call, f"{prefix}/{name}")
        assert (part.status_code, part.mimetype) == (200, types[name.rpartition(".")[2]])
        assert part.content_length == len(part.data) > 0


def test_a_cached_page_gets_304(call: Caller) -> None:
    """A conditional request gets 304."""
    tag = get(call, "/docs").headers["ETag"]
    response = call.app.test_client().get("/docs", headers={"If-None-Match": tag})
    assert (response.status_code, response.data) == (304, b"")


@pytest.mark.parametrize("prefix", ["", "/__s/mine"])
def test_the_page_sends_requests_only_to_this_mock(call: Caller, contract: Contract, prefix: str) -> None:
    """The page's document has this mock as its only server, in the page's session."""
    served = json.loads(get(call, f"{prefix}/docs/openapi.json").data)
    assert served.pop("servers") == [{"url": f"{prefix}/api"}]
    document = contract.document()
    for name in ("info", "components", "security", "tags"):
        assert served[name] == document[name]
    assert list(served["paths"]) == list(document["paths"])


@pytest.mark.parametrize("prefix", ["", "/__s/mine"])
def test_operations_are_prefilled_with_working_values(call: Caller, prefix: str) -> None:
    """Path keys are those of a record of the session; optional parameters are empty; Prefer is included."""

    def parameters(path: str, method: str | None = None) -> dict[str, dict[str, Any]]:
        item = json.loads(get(call, f"{prefix}/docs/openapi.json").data)["paths"][path]
        return {one["name"]: one for one in (item[method] if method else item)["parameters"]}

    assert parameters("/phones/{uuid}")["uuid"]["example"].startswith("5b6f3a0e")
    phone = call("POST", f"{prefix}{PHONES}", {"number": NUMBER}).body
    assert parameters("/phones/{uuid}")["uuid"]["example"] == phone["uuid"]
    listed = parameters("/phones", "get")
    session = [] if prefix else ["X-Mock-Session"]
    assert list(listed) == ["search", "status", "type", "page", "limit", "Prefer", *session]
    for one in listed.values():
        assert not {"example", "examples"} & set(one)
        assert "default" not in one["schema"]
    assert listed["limit"]["description"].endswith("Default: 10.")
    assert listed["status"]["schema"]["enum"][0] == "registered"
    assert list(parameters("/phones", "post")) == ["Prefer", *session]


def test_the_page_loads_nothing_from_other_hosts(call: Caller) -> None:
    """The page can neither run nor load anything from other hosts, and can't be framed."""
    policy = get(call, "/docs").headers["Content-Security-Policy"]
    rules = dict(rule.split(maxsplit=1) for rule in policy.split("; "))
    assert (rules["default-src"], rules["script-src"], rules["connect-src"]) == ("'none'", "'self'", "'self'")
    assert rules["frame-ancestors"] == "'none'"
    for file in PAGE.iterdir():
        assert "://" not in file.read_text(encoding="utf-8")


def test_near_misses_of_the_page_url_are_handled(call: Caller) -> None:
    """An extra slash leads to the page in its session; an unknown file is an unknown path."""
    response = get(call, "/__s/mine/docs/")
    assert (response.status_code, response.headers["Location"]) == (302, "/__s/mine/docs")
    assert call("GET", "/docs/oauth2-redirect.html").status == 404
    assert call("GET", "/docs/../phones.yaml").status == 404
