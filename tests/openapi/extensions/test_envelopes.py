"""`body` and `answer` of a resource: each mistake is reported with its location."""

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


@pytest.mark.parametrize(("change", "pointer", "problem"), ERRORS)
def test_envelope_mistakes_are_located(tmp_path: Path, change: tuple[str, str], pointer: str, problem: str) -> None:
    """Each mistake is an error with its location."""
    error = error_of(example("Articles", tmp_path, change))
    assert error.pointer == f"/x-resources/article/{pointer}"
    assert error.problem.startswith(problem)


def test_required_response_fields_need_a_fixed_value(tmp_path: Path) -> None:
    """A response that requires more than the record has needs a fixed value for it."""
    error = error_of(example("Articles", tmp_path, (LINKS, "")))
    assert (error.pointer, error.line) == ("/x-resources/article/list/answer/items", 115)
    assert "requires links, which the record does not have" in error.problem


def test_a_body_without_the_envelope_takes_the_bare_record(tmp_path: Path) -> None:
    """An operation without the envelope in its body takes the record itself."""
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
