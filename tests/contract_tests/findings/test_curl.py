"""The lines of a reproduction, and the judge of scripts."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_tests.claims.evaluation import ResponseData
from contract_tests.findings.curl import Step, commands, curl_lines, removals
from contract_tests.findings.script_judge import answer_in, main
from contract_tests.findings.scripts import script
from tests.contract_tests.reports.samples import CREATE, FINDING, READ

DELETE = replace(READ, number=3, method="DELETE", status=204)
TWIN = replace(CREATE, group=1)


def claim(folder: Path, relation: list[Any], **case: Any) -> None:
    """Write the case file of a script."""
    rest = {"succeeded": [], "creates": {}, "removed_by": {}, "free": [], "refused": [], "tag": "", "parts": []}
    (folder / "case.json").write_text(json.dumps({"claim": relation, **rest, **case}), encoding="utf-8")


@given(st.text())
def test_a_line_sends_the_body_letter_by_letter(text: str) -> None:
    """A line has the exact body, or says that the script writes it if it is not printable."""
    step = replace(CREATE, content=text.encode("utf-8", "replace").decode("latin-1"), creates=None)
    command = commands([step], authorised=False)[0]
    words = shlex.split(command.line)
    if step.text is None:
        assert words[-2:] == ["--data-binary", "@body-1"]
        assert "written by the script" in command.note
    else:
        assert words[-2:] == ["--data-raw", step.data.decode()]


def test_keys_are_bound() -> None:
    """A create sets a variable with its key, later requests use it, and the last lines remove remaining records."""
    assert [one.line for one in commands((replace(CREATE, content=None), READ), authorised=False)] == [
        "KEY1=$(curl -X POST \"$BASE/phones\" -H 'Content-Length: 0' | jq -r .uuid)",
        'curl "$BASE/phones/$KEY1"',
    ]
    assert removals((CREATE, READ), authorised=False) == ['curl -X DELETE "$BASE/phones/$KEY1"']
    assert removals((CREATE, READ, DELETE), authorised=False) == []
    odd = replace(CREATE, removal="DELETE /phones/{uuid}_now")
    assert removals((odd,), authorised=False) == ['curl -X DELETE "$BASE/phones/${KEY1}_now"']


def test_requests_at_the_same_time() -> None:
    """Requests of a group run in parallel, and whichever creates a record sets the variable with its key."""
    steps = (TWIN, replace(TWIN, number=2, creates=None, status=409))
    first, second = (one.line for one in commands(steps, authorised=False))
    assert first.endswith(" -o answer-1.json &")
    assert second.endswith("& wait; KEY1=$(jq -r .uuid answer-1.json); KEY2=$(jq -r .uuid answer-2.json)")
    assert len(removals(steps)) == 2


@pytest.mark.parametrize(
    ("step", "line"),
    [
        (replace(READ, method="HEAD", bound_to=None), '1. curl --head "$BASE/phones/6f1c"   # 200'),
        (replace(READ, path="/phones/{key}0"), '1. curl "$BASE/phones/${KEY1}0"   # 200'),
        (replace(READ, bound_to=None, key='a/b $x"'), '1. curl "$BASE/phones/a%2Fb%20%24x%22"   # 200'),
        (
            replace(READ, path="/phones", query="search=a b[1]$HOME`id`"),
            '1. curl --globoff "$BASE/phones?search=a%20b[1]\\$HOME%60id%60"   # 200',
        ),
        (
            replace(READ, path="/phones", authorization="Bearer it's"),
            '1. curl "$BASE/phones" -H "Authorization: Bearer it\'s"   # 200',
        ),
        (
            replace(READ, path="/phones", authorization=None, content="{}", content_type=""),
            "1. curl -X GET \"$BASE/phones\" -H Content-Type: --data-raw '{}'   # 200",
        ),
        (
            replace(CREATE, creates="odd name", content="{}", content_type=""),
            """1. KEY1=$(curl -X POST "$BASE/phones" -H Content-Type: --data-raw '{}' | jq -r '."odd name"')   # 201""",
        ),
    ],
    ids=["head", "more than a key", "odd key", "odd query", "another token", "a get with a body", "an odd key member"],
)
def test_odd_requests(step: Step, line: str) -> None:
    """A line sends the same request, and a shell expands nothing in it but BASE and the keys."""
    steps = [replace(step, number=1)]
    assert list(curl_lines(steps, authorised=False)) == [line]


def test_the_last_head_counts(tmp_path: Path) -> None:
    """After an interim response the final one is judged, with repeated headers joined."""
    head = tmp_path / "1.head"
    head.write_bytes(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 405 No\r\nAllow: GET\r\nallow: PUT\r\n\r\n")
    head.with_suffix(".time").write_text("0.25", encoding="ascii")
    assert answer_in(head) == ResponseData(405, {"allow": "GET, PUT"}, b"", 0.25)


def test_a_refusal_names_no_record_to_remove(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An error response with the key of another record does not count as a create."""
    (tmp_path / "1.head").write_bytes(b"HTTP/1.1 409 Conflict\r\n\r\n")
    (tmp_path / "1.body").write_bytes(b'{"uuid": "theirs"}')
    assert main(["key", str(tmp_path), "1", "uuid"]) == 0
    assert capsys.readouterr().out == "none"


def test_what_a_shell_reads_holds_no_more_than_text(tmp_path: Path) -> None:
    """Keys are percent-encoded for the shell, and a record that was not created has none."""
    claim(tmp_path, ["is", ["status", 1], ["literal", 201]], removed_by={"1": "uuid", "2": "uuid"})
    (tmp_path / "1.head").write_bytes(b"HTTP/1.1 201 Created\r\n\r\n")
    (tmp_path / "1.body").write_bytes(b'{"uuid": "~root\'$(id)"}')
    assert main(["keys", str(tmp_path)]) == 0
    assert (tmp_path / "keys").read_text(encoding="ascii") == "KEY1='~root%27%24%28id%29'\nKEY2='none'\n"


def test_a_claim_on_no_answer_is_not_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If the claim refers to no response, the script exits 2 instead of reporting a finding."""
    claim(tmp_path, ["is", ["literal", 1], ["literal", 2]])
    assert main(["turn", str(tmp_path)]) == 2
    assert "send the requests one by one" in capsys.readouterr().err


def test_a_script_does_not_print_the_token(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script masks the token in a response that echoes it."""
    monkeypatch.setenv("CALLCAMP_TOKEN", "s3cret")
    (tmp_path / "1.head").write_bytes(b"HTTP/1.1 200 OK\r\n\r\n")
    (tmp_path / "1.body").write_bytes(b'{"said": "Bearer s3cret"}')
    claim(tmp_path, ["is", ["json", 1, "/said"], ["literal", 2]])
    assert main(["turn", str(tmp_path)]) == 10
    assert capsys.readouterr().out == 'got: "Bearer ***"\nexpected: 2\n'


def test_a_title_stays_a_comment() -> None:
    """A title with line breaks stays in the comment of the script."""
    text = script("First\nrm -rf everything\n$(id)", FINDING.steps, FINDING.claim, 1)
    assert text.splitlines()[1] == "# First rm -rf everything $(id)"
