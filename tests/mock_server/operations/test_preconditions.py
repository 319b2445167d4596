"""Conditional requests of a resource with entity tags (RFC 9110, section 13)."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest

from openapi import load
from tests.mock_server.support import Caller, JsonResponse, caller_of
from tests.x_keywords import example


@pytest.fixture
def call(tmp_path: Path) -> Caller:
    """A caller of an empty mock of the page's example."""
    return caller_of(load(example("Pages", tmp_path)), seed=1)


def written(call: Caller, text: str = "one") -> tuple[str, str]:
    """The path and the ETag of a new page."""
    response = call("POST", "/pages", {"text": text})
    assert response.status == 201
    return f"/pages/{response.body['id']}", response.headers["ETag"]


def change(call: Caller, path: str, text: str, **headers: str) -> JsonResponse:
    """Change a page under the conditions of `headers`, with `_` for `-` in their names."""
    return call("PATCH", path, {"text": text}, headers={name.replace("_", "-"): one for name, one in headers.items()})


def test_create_read_and_head_return_the_same_tag(call: Caller) -> None:
    """A create, a read and a HEAD show the same strong tag."""
    path, tag = written(call)
    assert tag.startswith('"')
    assert [call(method, path).headers["ETag"] for method in ("GET", "HEAD", "GET")] == [tag] * 3


def test_a_change_returns_a_new_tag(call: Caller) -> None:
    """A change returns a new tag, and a change back returns the first one again."""
    path, tag = written(call)
    changed = change(call, path, "two", If_Match=tag)
    assert changed.status == 200
    assert changed.headers["ETag"] == call.get(path).headers["ETag"] != tag
    assert change(call, path, "one", If_Match="*").headers["ETag"] == tag


@pytest.mark.parametrize("form", ["{}", "*", '"a", {}', "W/{}"])
def test_a_matching_if_none_match_gets_304(call: Caller, form: str) -> None:
    """A read with the tag in If-None-Match, strong or weak, gets 304 with the tag and without a body."""
    path, tag = written(call)
    response = call("GET", path, headers={"If-None-Match": form.format(tag)})
    assert (response.status, response.body, response.headers["ETag"]) == (304, None, tag)
    assert "Content-Type" not in response.headers


@pytest.mark.parametrize("sent", ['"a"', "a", ""])
def test_other_tags_in_if_none_match_get_the_page(call: Caller, sent: str) -> None:
    """A read with another tag or an invalid one in If-None-Match gets the page."""
    path, _ = written(call)
    assert call("GET", path, headers={"If-None-Match": sent}).status == 200


@pytest.mark.parametrize("form", ['"a"', "W/{}", "a"])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_write_with_another_if_match_gets_412(call: Caller, method: str, form: str) -> None:
    """A write with If-Match gets 412 and does nothing unless it has the strong tag."""
    path, tag = written(call)
    body = {"text": "two"} if method == "PATCH" else None
    response = call(method, path, body, headers={"If-Match": form.format(tag)})
    assert response.status == 412
    assert tag in response.body["detail"]
    assert call.get(path).body["text"] == "one"


def test_a_required_if_match_that_is_missing_gets_428(call: Caller) -> None:
    """Without If-Match the change gets 428; the delete, which does not require it, is done."""
    path, _ = written(call)
    assert change(call, path, "two").status == 428
    assert call("DELETE", path).status == 204


def test_without_428_a_missing_condition_is_invalid(tmp_path: Path) -> None:
    """If the operation does not declare 428, a missing If-Match is an ordinary violation."""
    declared = "        '428': {$ref: '#/components/responses/Refused'}\n"
    call = caller_of(load(example("Pages", tmp_path, (declared, ""))))
    path, _ = written(call)
    assert change(call, path, "two").status == 400


def test_other_refusals_come_first(call: Caller) -> None:
    """An invalid body is refused before the condition is evaluated, and so is an unknown page."""
    path, _ = written(call)
    assert call("PATCH", path, {"text": ""}, headers={"If-Match": '"a"'}).status == 400
    assert call("DELETE", path, headers={"If-Match": "*"}).status == 204
    assert change(call, path, "two", If_Match="*").status == 404
    assert change(call, path, "two").status == 404


def test_one_of_many_simultaneous_writes_succeeds(call: Caller) -> None:
    """Of twenty writes with the same tag at the same time, one is done."""
    path, tag = written(call)
    statuses: list[int] = []
    threads = [
        Thread(target=lambda text=text: statuses.append(change(call, path, text, If_Match=tag).status))
        for text in map(str, range(20))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, *[412] * 19]
