"""The lines of a reproduction."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_tests.findings.curl import commands, curl_lines, read_backs, removals
from contract_tests.findings.steps import Step
from tests.contract_tests.reports.samples import CREATE, READ

DELETE = replace(READ, number=3, method="DELETE", status=204)
TWIN = replace(CREATE, group=1)


@given(st.text())
def test_a_curl_line_sends_the_exact_body(text: str) -> None:
    """A line has the exact body, or says that the script writes it if it is not printable."""
    step = replace(CREATE, content=text.encode("utf-8", "replace").decode("latin-1"), creates=None)
    command = commands([step], credentials=())[0]
    words = shlex.split(command.line)
    if step.text is None:
        assert words[-2:] == ["--data-binary", "@body-1"]
        assert "written by the script" in command.note
    else:
        assert words[-2:] == ["--data-raw", step.data.decode()]


def test_keys_of_created_records_become_shell_variables() -> None:
    """A create sets a variable with its key, later requests use it, and the last lines remove remaining records."""
    assert [one.line for one in commands((replace(CREATE, content=None), READ), credentials=())] == [
        "KEY1=$(curl -X POST \"$BASE/phones\" -H 'Content-Length: 0' | jq -r .uuid)",
        'curl "$BASE/phones/$KEY1"',
    ]
    assert removals((CREATE, READ), credentials=()) == ['curl -X DELETE "$BASE/phones/$KEY1"']
    assert removals((CREATE, READ, DELETE), credentials=()) == []
    unusual = replace(CREATE, removal="DELETE /phones/{uuid}_now")
    assert removals((unusual,), credentials=()) == ['curl -X DELETE "$BASE/phones/${KEY1}_now"']
    conditional = replace(CREATE, removal_headers={"If-Match": "*"})
    assert removals((conditional,), credentials=()) == ["""curl -X DELETE "$BASE/phones/$KEY1" -H 'If-Match: *'"""]


def test_a_changed_record_is_read_after_its_create() -> None:
    """A record that is changed and then read is read once after its create, as the check does."""
    update = replace(READ, number=2, method="PATCH")
    read = replace(READ, number=3)
    assert read_backs((CREATE, update, read), credentials=()) == {1: 'curl "$BASE/phones/$KEY1"'}
    assert read_backs((CREATE, READ, replace(update, number=3), replace(read, number=4))) == {}
    assert read_backs((CREATE, replace(update, method="DELETE"))) == {}


def test_requests_of_a_group_run_in_parallel() -> None:
    """Requests of a group run in parallel, and the one that creates a record sets the variable with its key."""
    steps = (TWIN, replace(TWIN, number=2, creates=None, status=409))
    first, second = (one.line for one in commands(steps, credentials=()))
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
            "1. curl \"$BASE/phones\" -H 'Authorization: Bearer it'\"'\"'s'   # 200",
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
    ids=[
        "head",
        "more than a key",
        "unusual key",
        "unusual query",
        "another token",
        "a get with a body",
        "unusual field of the key",
    ],
)
def test_a_shell_expands_only_the_base_and_the_keys(step: Step, line: str) -> None:
    """A line sends the same request, and a shell expands nothing in it but BASE and the keys."""
    steps = [replace(step, number=1)]
    assert list(curl_lines(steps, credentials=())) == [line]
