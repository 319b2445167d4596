"""Overlays: how they are read and applied, and which are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from openapi import PHONES, Severity, SpecError, load, problems
from openapi.json_paths import json_path
from openapi.overlay import Overlay, apply_overlay, overlay_of, read_overlay
from openapi.pointers import resolve

DOCUMENT: dict[str, Any] = {
    "info": {"title": "Things", "version": "1", "x-it's": {"a": 1}},
    "tags": [{"name": "a"}, {"name": "b"}],
    "paths": {"/things/{id}": {"get": {"responses": {"200": {"description": "OK"}, "404": {"description": "No"}}}}},
    "components": {"schemas": {"Thing": {"type": "object", "required": ["id"]}, "Other": {"type": "string"}}},
}


def overlay(*actions: dict[str, Any], **root: Any) -> Overlay:
    """An overlay with these actions."""
    value = {"overlay": "1.0.0", "info": {"title": "Changes", "version": "1"}, "actions": list(actions), **root}
    return overlay_of(value)


def applied(*actions: dict[str, Any]) -> dict[str, Any]:
    """The document with these actions applied."""
    document: dict[str, Any] = json.loads(json.dumps(DOCUMENT))
    apply_overlay(document, overlay(*actions))
    return document


@pytest.mark.parametrize(
    ("action", "pointer", "expected"),
    [
        ({"target": "$", "update": {"info": {"version": "2"}}}, "/info/version", "2"),
        ({"target": "$.info", "update": {"title": "New"}}, "/info/title", "New"),
        ({"target": "$.info['x-it\\'s']", "update": {"b": None}}, "/info/x-it's", {"a": 1, "b": None}),
        ({"target": '$["info"]["x-it\'s"]', "update": {"a": True}}, "/info/x-it's/a", True),
        ({"target": "$['tags']", "update": {"name": "c"}}, "/tags/2", {"name": "c"}),
        ({"target": "$.tags[1]", "update": {"name": "c"}}, "/tags/1", {"name": "c"}),
        ({"target": "$", "update": {"tags": [{"name": "c"}]}}, "/tags/2", {"name": "c"}),
        (
            {"target": "$.components.schemas.Thing", "update": {"required": ["a"]}},
            "/components/schemas/Thing/required/1",
            "a",
        ),
        (
            {"target": "$['paths']['/things/{id}']['get']", "update": {"responses": {"422": {}}}},
            "/paths/~1things~1{id}/get/responses/422",
            {},
        ),
    ],
)
def test_updates_are_merged(action: dict[str, Any], pointer: str, expected: Any) -> None:
    """Objects are merged recursively, arrays get further items, other values are replaced."""
    assert resolve(applied(action), pointer) == expected


@pytest.mark.parametrize(
    ("target", "pointer"),
    [
        ("$['paths']['/things/{id}']['get']['responses']['200']", "/paths/~1things~1{id}/get/responses/200"),
        ("$.info['x-it\\u0027s']", "/info/x-it's"),
        ("$.components.schemas.Thing.required", "/components/schemas/Thing/required"),
    ],
)
def test_only_the_removed_node_disappears(target: str, pointer: str) -> None:
    """Removing a node leaves all other nodes in the document."""
    document = applied({"target": target, "remove": True})
    with pytest.raises(LookupError):
        resolve(document, pointer)
    assert document.keys() == DOCUMENT.keys()


def test_actions_are_applied_in_order() -> None:
    """A node that is removed and added again has only the new content."""
    target = "$['paths']['/things/{id}']['get']['responses']"
    document = applied(
        {"target": f"{target}['200']", "remove": True},
        {"target": target, "update": {"200": {"description": "New"}, "x-observed": {"count": 3}}},
    )
    responses = document["paths"]["/things/{id}"]["get"]["responses"]
    assert responses == {"404": {"description": "No"}, "200": {"description": "New"}, "x-observed": {"count": 3}}


def test_removing_a_node_removes_its_assumptions() -> None:
    """Removing a node removes the assumptions at and below it, and keeps others."""
    document: dict[str, Any] = {
        "a": {"b": {"c": 1}, "x-assumed": {"b/c": "why", "d": "why"}, "d": 1},
        "e": {"f": 1, "x-assumed": {"f": "why"}},
        "x-assumed": {"a/b/c": "why"},
    }
    actions = [{"target": target, "remove": True} for target in ("$.a.b", "$.e.f")]
    edits = apply_overlay(document, overlay(*actions))
    assert document == {"a": {"x-assumed": {"d": "why"}, "d": 1}, "e": {}}
    assert [edit.pointer for edit in edits] == ["/a/b", "/x-assumed", "/a/x-assumed/b~1c", "/e/f", "/e/x-assumed"]


def test_removing_the_last_assumption_removes_x_assumed() -> None:
    """An `x-assumed` without another entry is removed with its last one."""
    document: dict[str, Any] = {"a": 1, "x-assumed": {"a": "why"}}
    apply_overlay(document, overlay({"target": "$['x-assumed'].a", "remove": True}))
    assert document == {"a": 1}


ONE_NODE = "name one node, such as $['paths']['/phones']['get']"
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    (
        {"target": "$.inof", "update": {"a": 1}},
        "/target",
        "matches nothing: $ is a mapping without 'inof'; did you mean info?",
    ),
    (
        {"target": "$.tags[2]", "update": {"a": 1}},
        "/target",
        "matches nothing: $['tags'] is a list without 2; name a node",
    ),
    (
        {"target": "$.info.title.a", "remove": True},
        "/target",
        "matches nothing: $['info']['title'] is a string without 'a'; ",
    ),
    (
        {"target": "$.info.title", "update": {"a": 1}},
        "/target",
        "is a string; target the object around it, and name it in",
    ),
    ({"target": "$", "remove": True}, "/target", "is the whole document; remove a node in it"),
    (
        {"target": "$.info", "update": {"title": "Things"}},
        "/update",
        "changes nothing: the document already has these values; remove",
    ),
    ({"target": "$.info", "update": {}}, "/update", "changes nothing: the document already has these values; remove"),
    ({"target": "$.info", "update": ["a"]}, "/update", "is a list; write a mapping, because the target is one"),
    (
        {"target": "$", "update": {"tags": {}}},
        "/update/tags",
        "is a mapping, but the document has a list there; remove the",
    ),
    (
        {"target": "$", "update": {"info": 1}},
        "/update/info",
        "is a number, but the document has a mapping there; remove",
    ),
    (
        {"target": "$.info", "update": {"a": {"$ref": "#/nowhere"}}},
        "/update/a/$ref",
        "is '#/nowhere', which is not in the doc",
    ),
    (
        {"target": "$.info", "update": {"a": {"$ref": "b.yaml#/a"}}},
        "/update/a/$ref",
        "is 'b.yaml#/a', which is not in the doc",
    ),
    ({"target": "$.info"}, "", "has neither update nor remove; write one of the two"),
    ({"target": "$.info", "remove": False}, "", "has neither update nor remove; write one of the two"),
    ({"target": "$.info", "remove": True, "update": {}}, "", "has both update and remove; write one of the two"),
    ({"target": "$.info", "remove": "yes"}, "/remove", "is a string; write true or false"),
    ({"target": "$.info", "updaet": {}}, "/updaet", "is unknown here; did you mean update?"),
    ({"target": "$.info", "copy": "$.tags"}, "/copy", "is not supported; copy is part of Overlay 1.1; repeat the node"),
    ({"update": {}}, "", "has no target; add target"),
    ({"target": 7, "update": {}}, "/target", "is a number; write one such as $['paths']"),
    ({"target": "info", "update": {}}, "/target", "is 'info', not a JSONPath; write one such as $['paths']"),
    *(
        (
            {"target": f"$.info{rest}", "remove": True},
            "/target",
            f"has {rest!r}, which may match several nodes or is not a JSONPath; {ONE_NODE}",
        )
        for rest in ("[*]", ".*", "..title", "[?@.a]", "[-1]", "[0:2]", "['a','b']", "[01]", "['a", ".")
    ),
    (
        {"target": "$['\\x']", "remove": True},
        "/target",
        r"has the name '\x' with a wrong escape; write \\ for a backslash",
    ),
]


@pytest.mark.parametrize(("action", "pointer", "message"), REFUSED)
def test_invalid_actions_are_errors(action: dict[str, Any], pointer: str, message: str) -> None:
    """An action that is wrong, matches nothing or changes nothing is an error with its location."""
    with pytest.raises(SpecError) as refusal:
        applied(action)
    assert refusal.value.pointer == f"/actions/0{pointer}"
    assert f"{refusal.value.problem}; {refusal.value.advice}".startswith(message)


@pytest.mark.parametrize(
    ("root", "pointer", "message"),
    [
        ({"overlay": "2.0.0"}, "/overlay", "is '2.0.0'; write overlay: 1.0.0"),
        ({"actions": []}, "/actions", "has no actions; write at least one"),
        ({"info": {"title": "A"}}, "/info", "has no version; add version"),
        ({"info": "A"}, "/info", "is a string; write a mapping"),
        ({"action": []}, "/action", "is unknown here; did you mean actions?"),
    ],
)
def test_a_file_that_is_not_an_overlay_is_an_error(root: dict[str, Any], pointer: str, message: str) -> None:
    """A file that is not an overlay is an error with its location."""
    with pytest.raises(SpecError) as refusal:
        overlay({"target": "$", "update": {}}, **root)
    assert (refusal.value.pointer, f"{refusal.value.problem}; {refusal.value.advice}") == (pointer, message)


@pytest.mark.parametrize(
    "pointer", ["", "/paths/~1a~1{b}/get", "/a'b", '/a"b', "/a\\b", "/\n\u2028", "/~0~1", "/0", "/é📞"]
)
def test_a_target_leads_to_the_node_of_its_pointer(pointer: str) -> None:
    """The target made for a JSON Pointer leads to the node at that pointer."""
    document: Any = 1
    for token in reversed(pointer.split("/")[1:]):
        document = {token.replace("~1", "/").replace("~0", "~"): document}
    document = {"root": document} if not pointer else document
    target = json_path(pointer)
    if pointer:
        apply_overlay(document, overlay({"target": target, "remove": True}))
        with pytest.raises(LookupError):
            resolve(document, pointer)
    assert target.startswith("$")


CHANGED = """\
overlay: 1.0.0
info: {title: What staging does, version: 2026-11-27}
extends: phones.yaml
actions:
  - target: $['paths']['/phones']['post']['responses']['201']
    description: Creates answer 200.
    remove: true
  - target: $['paths']['/phones']['post']['responses']
    update:
      '200':
        description: Registered
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Phone'}
      x-observed: {date: 2026-11-27, seen: 200, count: 3}
"""


def test_a_contract_includes_the_overlay(tmp_path: Path) -> None:
    """The contract is that of the document with the overlay, and lists the overlay's file."""
    file = tmp_path / "staging.yaml"
    file.write_text(CHANGED, encoding="utf-8")
    contract = load(PHONES, [file])
    assert contract.operations["registerPhone"].success.status == "200"
    assert contract.files == (PHONES, file)
    assert load(PHONES).operations["registerPhone"].success.status == "201"


def test_problems_in_added_nodes_are_located_in_the_overlay(tmp_path: Path) -> None:
    """A problem in what an overlay adds is reported with its location in the overlay."""
    file = tmp_path / "staging.yaml"
    file.write_text(
        CHANGED.replace("/components/schemas/Phone'", "/components/schemas/Phone', minLength: -1"), encoding="utf-8"
    )
    [problem] = problems(PHONES, [file])
    assert (problem.file, problem.line) == (file, 14)
    assert problem.pointer.startswith("/actions/1/update/200/content/application~1json/schema")


def test_nodes_from_other_files_are_targeted_in_the_bundle(tmp_path: Path) -> None:
    """A node from another file is targeted at its position in the bundled document."""
    spec = yaml.safe_load(PHONES.read_text(encoding="utf-8"))
    (tmp_path / "status.yaml").write_text(json.dumps(spec["components"]["schemas"]["Status"]), encoding="utf-8")
    spec["components"]["schemas"]["Status"] = {"$ref": "status.yaml"}
    (tmp_path / "main.json").write_text(json.dumps(spec), encoding="utf-8")
    change = overlay({"target": "$.components.schemas.status", "update": {"description": "Of the phone"}})
    contract = load(tmp_path / "main.json", [change])
    assert contract.document()["components"]["schemas"]["status"]["description"] == "Of the phone"


def test_an_overlay_with_repeated_names_is_refused_with_all_of_them(tmp_path: Path) -> None:
    """In an overlay a repeated name is an error, and each one is listed."""
    file = tmp_path / "overlay.json"
    file.write_text(
        '{"overlay": "1.0.0",\n "overlay": "1.0.0", "info": {"title": "a",\n "title": "b"}}', encoding="utf-8"
    )
    with pytest.raises(SpecError) as refusal:
        read_overlay(file)
    found = [(one.severity, one.line, one.pointer) for one in refusal.value.problems]
    assert found == [(Severity.ERROR, 2, "/overlay"), (Severity.ERROR, 3, "/info/title")]
