"""The shell scripts of findings."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from contract_tests.reports import Result, write_scripts
from openapi import Contract
from tests.contract_tests.reports.samples import ASSUMED, BROKEN, FINDING
from tests.contract_tests.reports.unsound import (
    Check,
    Fault,
    ascii_only,
    check_race,
    check_status,
    check_total,
    check_update,
    check_words,
    found,
    other_status,
    serving,
    wrong_total,
)
from tests.contract_tests.support import records

CASES = [
    pytest.param(wrong_total, check_total, "", id="a total"),
    pytest.param(ascii_only, check_words, "", id="other alphabets"),
    pytest.param(other_status(400, 413), check_status(b'{"name": "' + b"x" * 2**20 + b'"}', 413), "400", id="large"),
    pytest.param(other_status(500, 400), check_status(b"\xff\x00{", 400), "500", id="bytes that are not text"),
    pytest.param(other_status(400, 409), check_race, "400", id="at the same time"),
    pytest.param(other_status(202, 200), check_update, "202", id="an update"),
]


@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize(("fault", "check", "status"), CASES)
@pytest.mark.skipif(shutil.which("jq") is None, reason="the scripts read keys with jq")
def test_a_script_sends_the_requests(
    contract: Contract, tmp_path: Path, fault: Fault, check: Check, status: str, shell: str
) -> None:
    """A script gets the responses of the finding, shows them, and removes what it created."""
    with serving(contract, fault) as broken:
        finding = found(broken, check, tmp_path)
        before = records(broken)
        (path,) = write_scripts(Result(broken.url, 1, "quick", findings=(finding,)), tmp_path / "scripts")
        environ = {name: value for name, value in os.environ.items() if name != "CALLCAMP_TOKEN"}
        ended = subprocess.run(
            [shell, path, broken.url], env=environ, capture_output=True, text=True, timeout=60, check=False
        )
        assert ended.returncode == 0, ended.stderr
        assert records(broken) == before
    shown = [line.split()[1] for line in ended.stderr.splitlines() if line.startswith("HTTP/1.1 ")]
    assert len(shown) >= len(finding.steps)
    assert status in shown or not status


def test_a_script_is_short_and_explains_itself(tmp_path: Path) -> None:
    """A script has what was expected and observed, how to judge it, and each request with its status."""
    body = """--data-raw '{"number": "+12025550143", "name": "It'"'"'s $HOME"}'"""
    (path,) = write_scripts(replace(BROKEN, findings=(FINDING,), warnings=(), known=()), tmp_path)
    assert path.read_text(encoding="utf-8").splitlines() == [
        "#!/bin/sh",
        "# LIST-TOTAL: The total is not what matched.",
        "# expected: 1",
        "# got: 12",
        "# operation: listPhones",
        "# rests on: /x-resources/phone/list/answer (documented by the vendor)",
        "#",
        "# Usage: sh LIST-TOTAL-1.sh https://staging.example/api",
        "# It needs curl and jq. Set CALLCAMP_TOKEN if the service needs a token.",
        "# This judges the responses: callcamp-check --replay REPORT.json#LIST-TOTAL-1 --target URL --allow-writes",
        "# It was written by callcamp-check.",
        "BASE=${1:?write the address of the service, such as http://127.0.0.1:4010/api}",
        'curl() { command curl -sS -D /dev/stderr "$@"; echo >&2; }',
        "",
        "# 1. Response: 201",
        f"KEY1=$(curl -X POST \"$BASE/phones\" -H 'Content-Type: application/json' {body} | jq -r .uuid)",
        "",
        "# 2. Response: 200",
        'curl "$BASE/phones/$KEY1"',
        "",
        "# Remove the created records.",
        'curl -X DELETE "$BASE/phones/$KEY1"',
    ]


def test_text_from_a_service_stays_in_comments(tmp_path: Path) -> None:
    """Text from a service, line breaks included, stays in the comments of a script."""
    unusual = replace(ASSUMED, sentence="First\nrm -rf everything\n$(id)", observed="a\r\nreboot")
    (path,) = write_scripts(Result("http://127.0.0.1:9", 1, "quick", findings=(unusual,)), tmp_path)
    text = path.read_text(encoding="utf-8")
    assert "# LIST-PAST-END: First\\nrm -rf everything\\n$(id)\n" in text
    assert [line for line in text.splitlines() if line.startswith(("rm", "reboot", "$("))] == []


def test_scripts_are_named_by_their_code(tmp_path: Path) -> None:
    """Each cause has a script named by code and number; scripts of an earlier run are deleted, other files are not."""
    other = replace(FINDING, pointer="/another")
    (tmp_path / "DEPLOY-1.sh").write_text("echo mine", encoding="utf-8")
    both = write_scripts(Result("http://127.0.0.1:9", 1, "quick", findings=(FINDING, other, FINDING)), tmp_path)
    assert [path.name for path in both] == ["LIST-TOTAL-1.sh", "LIST-TOTAL-2.sh"]
    assert all(os.access(path, os.X_OK) for path in both)
    write_scripts(Result("http://127.0.0.1:9", 1, "quick", warnings=(FINDING,)), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["DEPLOY-1.sh", "LIST-TOTAL-1.sh"]
