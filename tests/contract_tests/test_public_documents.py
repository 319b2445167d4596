"""Documents that others have written, checked against their own mock: every finding would be false.

These are the cheapest ones of different origins; `python -m tests.public_documents` runs them all.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests import public_documents
from tests.contract_tests.support import check
from tests.public_documents import EXPECTED, Expected, Result, arguments, main, report_in

_CHEAP = (
    "adyen-binlookup-3.1.json",
    "oai-petstore-3.0.yaml",
    "oai-tags-3.2.yaml",
    "oai-webhook-3.1.yaml",
    "readme-schema-types-3.1.yaml",
    "swagger-2.0-petstore.json",
    "swashbuckle-todo.json",
)


@pytest.mark.parametrize("name", _CHEAP)
def test_the_mock_of_a_public_document_has_no_findings(corpus: Path, tmp_path: Path, name: str) -> None:
    """A quick run finds nothing, and judges as much as the table says; what it can't judge, it names."""
    if not (corpus / name).exists():
        pytest.skip(f"{corpus} has no {name}")
    ended = check(*arguments(corpus / name, 1, tmp_path))
    result = Result(ended.code, ended.out + ended.err, report_in(tmp_path))
    assert not list(result.unlike(EXPECTED[name])), result.printed


def _of(outcome: str, subject: str = "GET /a") -> dict[str, Any]:
    return {"code": "SCHEMA-CASES", "subject": subject, "outcome": outcome}


@pytest.mark.parametrize(
    ("properties", "printed", "code", "problems"),
    [
        ([_of("kept"), _of("not judged")], "The reason.", 5, []),
        ([_of("kept"), _of("not judged")], "The reason.", 0, ["exit code 0 instead of 5"]),
        ([_of("kept"), _of("not judged")], "Another.", 5, ["prints no 'The reason.'"]),
        ([_of("not judged")], "The reason.", 5, ["0 properties hold, fewer than 1"]),
        ([_of("kept"), _of("not judged", "GET /b")], "The reason.", 5, ["not judged: GET /b"]),
        ([_of("kept")], "The reason.", 5, ["not judged: nothing"]),
        ([_of("kept"), _of("broken"), _of("not judged")], "The reason.", 5, ["SCHEMA-CASES (GET /a) is broken"]),
    ],
)
def test_each_unexpected_result_is_a_problem(
    properties: list[dict[str, Any]], printed: str, code: int, problems: list[str]
) -> None:
    """Each unexpected exit code, reason or outcome is a separate problem."""
    result = Result(code, printed, {"properties": properties})
    assert list(result.unlike(Expected(1, 5, "The reason.", ("GET /a",)))) == problems


def test_the_table_and_the_folder_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document without an entry in the table is an error, and so is an entry without a document."""
    (tmp_path / "other.yaml").write_text("openapi: 3.1.0\n", encoding="utf-8")
    monkeypatch.setattr(public_documents, "FOLDER", tmp_path)
    ended = CliRunner().invoke(main, ["--only", "other", "--only", "museum"])
    assert ended.exit_code == 1
    assert ended.stderr.splitlines() == [
        f"museum.yaml: is not in {tmp_path}",
        "other.yaml: is not in EXPECTED; say there how its run ends",
    ]
