"""Overlays applied to the text of a document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from openapi import PHONES, SpecError, load
from openapi.cli.apply import applied
from openapi.document.source import read_source

DOCUMENT = """\
# The first comment.
openapi: 3.1.0
info: {title: T, version: '1'}  # a flow mapping

# Before the paths.
paths:
  /a:
    get:
      operationId: a
      # Before the responses.
      responses:
        '200':
          description: "A \\"quoted\\" text"  # next to it
          # Inside of 200.
        # Before 404.
        '404': {description: No}

  # Before b.
  /b:
    get:
      operationId: b
      tags:
        - one
        - 'two'
      responses: {'200': {description: Yes}}
x-other-tools: []
# The last comment.
"""


def write(folder: Path, *actions: dict[str, Any], text: str = DOCUMENT, name: str = "api.yaml") -> tuple[Path, Path]:
    """The files of a document and an overlay."""
    document, overlay = folder / name, folder / "overlay.json"
    document.write_bytes(text.encode())
    value = {"overlay": "1.0.0", "info": {"title": "Changes", "version": "1"}, "actions": actions}
    overlay.write_text(json.dumps(value), encoding="utf-8")
    return document, overlay


def changed(folder: Path, *actions: dict[str, Any], **files: str) -> list[str]:
    """The removed and added lines."""
    document, overlay = write(folder, *actions, **files)
    lines = applied(document, [overlay]).diff().splitlines()[2:]
    return [line for line in lines if line[:1] in ("+", "-")]


@pytest.mark.parametrize(
    ("action", "lines"),
    [
        (
            {"target": "$.info", "update": {"version": "2"}},
            ["-info: {title: T, version: '1'}  # a flow mapping", "+info: {title: T, version: '2'}  # a flow mapping"],
        ),
        (
            {"target": "$.paths['/a'].get.responses['200']", "remove": True},
            [
                "-        '200':",
                '-          description: "A \\"quoted\\" text"  # next to it',
                "-          # Inside of 200.",
            ],
        ),
        ({"target": "$.paths['/a'].get.responses['404']", "remove": True}, ["-        '404': {description: No}"]),
        (
            {"target": "$.paths['/a'].get.responses['200']", "update": {"description": "New"}},
            [
                '-          description: "A \\"quoted\\" text"  # next to it',
                '+          description: "New"                # next to it',
            ],
        ),
        ({"target": "$.paths['/b'].get.tags", "update": "three"}, ['+        - "three"']),
        ({"target": "$.paths['/b'].get.tags[0]", "remove": True}, ["-        - one"]),
        ({"target": "$.paths['/a'].get", "update": {"deprecated": True}}, ['+      "deprecated": true']),
        ({"target": "$", "update": {"security": []}}, ['+"security": []']),
    ],
)
def test_the_diff_contains_only_the_changed_lines(action: dict[str, Any], lines: list[str], tmp_path: Path) -> None:
    """The diff has the changed lines; comments, quotes, order and blank lines stay."""
    assert changed(tmp_path, action) == lines


def test_line_endings_and_json_indentation_are_kept(tmp_path: Path) -> None:
    """Line endings and the indentation of a JSON document are unchanged."""
    document, overlay = write(
        tmp_path, {"target": "$.info", "update": {"version": "2"}}, text=DOCUMENT.replace("\n", "\r\n")
    )
    after = applied(document, [overlay]).after
    assert after.count("\r\n") == after.count("\n") == DOCUMENT.count("\n")
    text = json.dumps(read_source(document).value, indent="\t")
    lines = changed(tmp_path, {"target": "$.info", "update": {"version": "2"}}, text=text, name="api.json")
    assert [line.strip("-+\t") for line in lines] == ['"version": "1"', '"version": "2"']


@pytest.mark.parametrize("name", ["api.yaml", "api.json"])
@pytest.mark.parametrize("target", ["$.info", "$"])
def test_a_missing_final_newline_stays_missing(name: str, target: str, tmp_path: Path) -> None:
    """A document without a final newline keeps its layout, and gets none."""
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "tags": [{"name": "a"}],
        "paths": {},
    }
    lists = "openapi: 3.1.0\ninfo:\n  title: T\n  version: '1'\ntags:\n- name: a\npaths:\n  {}"
    text = json.dumps(document, indent=3) if name.endswith("json") else lists
    file, overlay = write(tmp_path, {"target": target, "update": {"x-new": 1}}, text=text, name=name)
    result = applied(file, [overlay])
    assert not result.after.endswith("\n")
    lines = [line for line in result.diff().splitlines()[2:] if line[:1] in ("+", "-")]
    assert sum(line.startswith("-") for line in lines) <= 1, lines


def test_mixed_indentation_is_handled(tmp_path: Path) -> None:
    """A document with lists in different indentation styles is changed correctly."""
    text = DOCUMENT.replace("        - one\n        - 'two'", "      - one\n      - 'two'").replace(
        "x-other-tools: []", "tags:\n  - name: b"
    )
    lines = changed(
        tmp_path,
        {"target": "$.paths['/b'].get.tags", "update": "three"},
        {"target": "$.tags", "update": {"name": "c"}},
        text=text,
    )
    assert [line for line in lines if "three" in line]


def test_overlays_are_applied_in_order(tmp_path: Path) -> None:
    """Overlays are applied in order, each to the result of the one before."""
    document, first = write(tmp_path, {"target": "$.info", "update": {"x-observed": {"count": 1}}})
    second = tmp_path / "second.yaml"
    second.write_text(
        "overlay: 1.0.0\ninfo: {title: T, version: 1}\nactions: [{target: $.info.x-observed, update: {count: 2}}]",
        encoding="utf-8",
    )
    with pytest.raises(SpecError, match="may match several nodes"):
        applied(document, [first, second])
    second.write_text(
        second.read_text(encoding="utf-8").replace("$.info.x-observed", "\"$.info['x-observed']\""), encoding="utf-8"
    )
    assert 'count": 2' in applied(document, [first, second]).after


def test_a_change_in_a_referenced_file_is_refused(tmp_path: Path) -> None:
    """A change of a node that comes from another file is refused, and the error names that file."""
    (tmp_path / "thing.yaml").write_text("type: string\n", encoding="utf-8")
    text = DOCUMENT + "components: {schemas: {Thing: {$ref: thing.yaml}}}\n"
    document, overlay = write(
        tmp_path, {"target": "$.components.schemas.thing", "update": {"type": "integer"}}, text=text
    )
    with pytest.raises(SpecError) as refusal:
        applied(document, [overlay])
    assert (
        refusal.value.problem == f"changes /components/schemas/thing/type, which comes from {tmp_path / 'thing.yaml'}"
    )


@pytest.mark.parametrize(
    "target",
    [
        "$.paths['/a']",
        "$.paths['/a'].get",
        "$.paths['/a'].get.responses",
        "$.paths['/b']",
        "$['x-other-tools']",
        "$.info",
        "$.openapi",
    ],
)
def test_removing_a_node_removes_only_its_lines(target: str, tmp_path: Path) -> None:
    """Lines are only removed, except for a mapping that is now empty; comments of other nodes stay."""
    lines = changed(tmp_path, {"target": target, "remove": True})
    assert lines
    assert [line for line in lines if line.startswith("+")] in ([], ["+  /a: {}"])
    for comment in ("# The first comment.", "# Before the paths.", "# The last comment."):
        assert f"-{comment}" not in lines


def test_the_written_document_equals_document_plus_overlay(tmp_path: Path) -> None:
    """The written document is the same contract as the document with the overlay."""
    document, overlay = write(
        tmp_path,
        {"target": "$['components']['schemas']['Phone']['description']", "remove": True},
        {"target": "$['components']['schemas']['Phone']", "update": {"x-observed": "no", "description": "yes: #1"}},
        text=PHONES.read_text(encoding="utf-8"),
    )
    document.write_text(applied(document, [overlay]).after, encoding="utf-8")
    assert load(document).document() == load(PHONES, [overlay]).document()
