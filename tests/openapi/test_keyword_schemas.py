"""The JSON Schemas of our keywords agree with the reader."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from openapi import SpecError, problems
from openapi.cli.command import main
from openapi.document.source import read_source
from openapi.overlay import overlay_of
from tests.keyword_schemas import FOLDER, KEYWORDS, SCHEMAS, documents, text_of
from tests.openapi.extensions.test_x_keywords import WHOLE
from tests.openapi.test_bad_documents import BAD
from tests.openapi.test_bad_documents import documents as documents_in

DOCUMENT, OVERLAY = (Draft202012Validator(json.loads((FOLDER / name).read_bytes())) for name in SCHEMAS)

BEYOND_A_SCHEMA = (
    # Names of other parts of the document.
    r"is not (an operationId|a header|a field) *",
    r"which is not (a field|an operationId|a resource|a reference|a JSON Pointer)",
    r"which (the list operation does not have|does not exist|no rule generates|\w+ does not declare|is also \S+$)",
    r"is at \S+, not (at|below)|is a [A-Z]+, which|has its records at|has the placeholder|the key's placeholder$",
    # The schemas of records, bodies and responses.
    r"breaks /|is not an array in|has items that are not|is a schema without properties|takes no body",
    r"has no value for|is unset, but|refers to|has the type|which is an (object|array)",
    r"which lacks \{|names no field|which the parameter \w+ does not allow",
    r"^needs (a|the) |a header that no write",
    r"is a cursor, but|takes a cursor, but|can't be null, but|links to pages, but",
    # Keys that depend on each other.
    r"has operations/list but no list|a list without an operation|has no condition|has no effect with|equals from",
    r"must have exactly one of page and offset",
    # The fields of a key, and their placeholders.
    r"which a path can't hold$|names a field twice|has fewer than two fields|in another order|has the placeholders",
    r"in which a placeholder is part of a segment|whose key has several fields$",
    # The words in a template, and an empty list.
    r"is '\$|^is empty",
)
"""What the reader says of documents that no schema can refuse."""


def names_a_keyword(file: Path) -> bool:
    """Whether a problem that is expected of a bad document is about our keywords. Reading it would take longer."""
    expected = file.with_suffix(".expected").read_text(encoding="utf-8")
    return any(f"/{word}" in expected for word in KEYWORDS)


def refused(file: Path) -> list[str]:
    """The reader's problems with our keywords in a document."""
    return [one.problem for one in problems(file) if one.pointer.startswith(("/x-resources", "/x-http"))]


def value_of(file: Path) -> Any:
    """The document, unchanged."""
    return read_source(file).value


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schemas_are_current(name: str) -> None:
    """`python -m tests.keyword_schemas` would write the same."""
    schema = SCHEMAS[name]()
    assert text_of(schema) == (FOLDER / name).read_text(encoding="utf-8")
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("file", documents(), ids=lambda file: file.name)
def test_documents_the_reader_accepts_are_valid(file: Path) -> None:
    """Every document that the reader accepts is valid by the schema."""
    assert [f"{one.json_path}: {one.message}" for one in DOCUMENT.iter_errors(value_of(file))] == []


@pytest.mark.parametrize("text", WHOLE)
def test_the_example_in_the_docs_is_valid(text: str) -> None:
    """The example in docs/x-keywords.md is valid by the schema."""
    assert DOCUMENT.is_valid(yaml.safe_load(text))


@pytest.mark.parametrize("file", [one for one in documents_in(BAD) if names_a_keyword(one)], ids=lambda file: file.name)
def test_keywords_the_reader_refuses_are_invalid(file: Path) -> None:
    """A keyword that the reader refuses is invalid by the schema, too, except for rules that a schema can't express."""
    problems = refused(file)
    if problems and not any(re.search(pattern, one) for pattern in BEYOND_A_SCHEMA for one in problems):
        assert not DOCUMENT.is_valid(value_of(file)), problems


def nodes(schema: Any, pointer: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Each named property of the schema."""
    for name, inner in schema.get("properties", {}).items():
        if not name.startswith("x-") or name in KEYWORDS:
            yield f"{pointer}/{name}", inner
        yield from nodes(inner, f"{pointer}/{name}")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from nodes(schema["additionalProperties"], f"{pointer}/*")
    for inner in schema.get("anyOf", ()):
        yield from nodes(inner, pointer)
    if "items" in schema:
        yield from nodes(schema["items"], f"{pointer}/*")


def test_each_key_has_a_description_for_editors() -> None:
    """Each key of our keywords is described by the row of docs/x-keywords.md."""
    assert [pointer for pointer, inner in nodes(DOCUMENT.schema) if not inner.get("description")] == []


@pytest.mark.parametrize(
    "changes", [{"updat": {}}, {"update": {}, "remove": True}, {"remove": "yes"}, {}, {"copy": "$"}]
)
def test_the_reader_and_the_schema_refuse_the_same_actions(changes: dict[str, Any]) -> None:
    """An action of an overlay with a wrong key, or without exactly one change, is refused by both."""
    overlay = {"overlay": "1.0.0", "info": {"title": "A", "version": "1"}, "actions": [{"target": "$", **changes}]}
    with pytest.raises(SpecError):
        overlay_of(overlay)
    assert not OVERLAY.is_valid(overlay)
    assert OVERLAY.is_valid(overlay | {"actions": [{"target": "$", "update": {}}]})


@pytest.mark.parametrize(
    "root",
    [{"overlay": "2.0.0"}, {"actions": []}, {"info": {"title": "A"}}, {"info": "A"}, {"action": []}],
)
def test_the_reader_and_the_schema_refuse_the_same_overlays(root: dict[str, Any]) -> None:
    """A file that is not an overlay is refused by both."""
    overlay = {
        "overlay": "1.0.0",
        "info": {"title": "A", "version": "1"},
        "actions": [{"target": "$", "update": {}}],
        **root,
    }
    with pytest.raises(SpecError):
        overlay_of(overlay)
    assert not OVERLAY.is_valid(overlay)


@pytest.mark.parametrize("kind", ["document", "overlay"])
def test_the_command_prints_or_writes_the_schemas(kind: str, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The command prints the schemas to standard output or writes them to a file."""
    written = (FOLDER / f"{kind}.schema.json").read_text(encoding="utf-8")
    assert main(["schema", kind]) == 0
    assert capfd.readouterr().out == written
    assert main(["schema", kind, "--out", str(tmp_path / "s.json")]) == 0
    assert (tmp_path / "s.json").read_text(encoding="utf-8") == written
