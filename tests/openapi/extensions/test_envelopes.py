"""`body` and `answer` of a resource: what is wrong with them is named with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from openapi import load
from tests.openapi.support import error_of
from tests.x_keywords import example

RECORD = "      record: /article\n      fixed:"
BODY = "    body: {record: /article}"
META = "        /meta: {version: '1'}\n"
LINKS = "        /article/links: {self: '/articles/{id}'}\n"
ERRORS = [
    ((BODY, "    body: {record: /artcle}"), "body/record", "is '/artcle', which no request of a record has"),
    ((BODY, "    body: {record: article}"), "body/record", "is at 'article', which is not a JSON Pointer"),
    ((BODY, "    body: {}"), "body", "has no record"),
    ((RECORD, "      record: /data\n      fixed:"), "answer/record", "is '/data', which no response of a record has"),
    ((META, ""), "answer", "has no value for /meta in the response of postArticle"),
    ((META, "        /meta: {version: 1}\n"), "answer/fixed/~1meta/version", "breaks "),
    ((META, f"{META}        /mta: 1\n"), "answer/fixed/~1mta", "is not in a response of a record"),
    ((LINKS, LINKS.replace("{id}", "{key}")), "answer/fixed/~1article~1links", "has {key}, which is not a field of"),
]


@pytest.mark.parametrize(("change", "place", "problem"), ERRORS)
def test_a_wrong_envelope(tmp_path: Path, change: tuple[str, str], place: str, problem: str) -> None:
    """Each mistake is an error at its place."""
    error = error_of(example("Articles", tmp_path, change))
    assert error.pointer == f"/x-resources/article/{place}"
    assert error.problem.startswith(problem)


def test_links_that_nothing_fixes(tmp_path: Path) -> None:
    """A response that requires more than the record has needs a fixed value for it."""
    error = error_of(example("Articles", tmp_path, (LINKS, "")))
    assert (error.pointer, error.line) == ("/x-resources/article/list/answer/items", 115)
    assert "requires links, which the record does not have" in error.problem


def test_an_operation_without_the_place_is_bare(tmp_path: Path) -> None:
    """An operation whose body does not have the place takes the record itself."""
    nested = "required: [article]\n              properties: {article: {$ref: '#/components/schemas/ArticleChanges'}}"
    text = example("Articles", tmp_path).read_text(encoding="utf-8")
    assert nested in text
    file = tmp_path / "bare.yaml"
    file.write_text(
        text.replace(f"type: object\n              {nested}", "$ref: '#/components/schemas/ArticleChanges'"),
        encoding="utf-8",
    )
    article = load(file).resources["article"]
    assert article.request("editArticle").is_bare
    assert article.request("postArticle").record == "/article"
