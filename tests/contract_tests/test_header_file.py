"""Headers from a file, for services that need more than a token."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract_tests.header_file import read_header_file
from contract_tests.settings import SettingsError, read_settings
from tests.contract_tests.support import check
from tests.proof.correct import Correct
from tests.proof.front import Front
from tests.proof.messages import Request, ServiceResponse, refusal
from tests.proof.service import relist

KEY = "correct-horse-battery"


def requiring_a_key(request: Request, correct: Correct) -> ServiceResponse:
    """A service that needs an API key, repeats it in its responses, and counts one record too many."""
    if request.header("X-Api-Key") != KEY:
        return refusal(401, "This needs an API key.")
    response = relist(request, correct, count=lambda matched, _page, _all: len(matched) + 1)
    return response.with_header("X-Seen-Key", KEY)


def test_runs_and_replays_send_the_headers_and_never_show_them(tmp_path: Path) -> None:
    """The headers reach the service with every request; reports and scripts name the file, not the values."""
    file, report, scripts = tmp_path / "headers", tmp_path / "report.json", tmp_path / "scripts"
    file.write_text(f"X-Api-Key: {KEY}\n")
    run = ("--profile", "quick", "--seed", "1", "--select", "LIST-TOTAL,SCHEMA-CASES", "--report", f"json={report}")
    with Front(requiring_a_key) as front:
        target = ("--target", front.url, "--allow-writes")
        without = check(*target, *run)
        checked = check(*target, *run, "--header-file", str(file), "--scripts", str(scripts))
        replayed = check(*target, "--replay", f"{report}#1", "--header-file", str(file))
    assert without.code == 3
    assert "401" in without.err
    assert "--header-file" in without.err
    assert (checked.code, replayed.code) == (1, 1)
    assert "not show the record" not in checked.err
    script, *_ = scripts.glob("*.sh")
    written = [checked.out, checked.err, replayed.out, replayed.err, report.read_text(), script.read_text()]
    assert KEY not in "".join(written)
    assert '${CALLCAMP_CHECK_HEADER_FILE:+-H "@$CALLCAMP_CHECK_HEADER_FILE"}' in script.read_text()
    assert f"--header-file {file}" in report.read_text()


def test_a_header_file_is_read_as_curl_reads_it(tmp_path: Path) -> None:
    """Each line is a header; empty lines and spaces around values do not matter."""
    file = tmp_path / "headers"
    file.write_text("X-Api-Key:  s3cret-and-long \n\nAuthorization: Bot abc\nX-Version: 2\n")
    read = read_header_file(str(file))
    assert read.headers == {"X-Api-Key": "s3cret-and-long", "Authorization": "Bot abc", "X-Version": "2"}
    assert set(read.secrets) == {"s3cret-and-long", "Bot abc", "abc"}
    assert "s3cret" not in repr(read)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("", "has no header; write one `Name: value` on each line"),
        ("X-Api-Key = s3cret\n", ":1: not a header; write `Name: value`"),
        ("X-Tenant: a\nx-tenant: b\n", ":2: x-tenant is repeated"),
        ("Content-Type: text/plain\n", ":1: the check sets Content-Type itself; remove the line"),
        ("X-Name: Zo\u00eb\n", ":1: not a header"),
        ("Authorization: Basic abc\n", "has Authorization, and a token is set; remove one of them"),
    ],
)
def test_an_invalid_header_file_is_refused(tmp_path: Path, lines: str, message: str) -> None:
    """The message names the line and what to write, and shows no value."""
    file = tmp_path / "headers"
    file.write_text(lines, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        read_settings({"header_file": str(file)}, {"CALLCAMP_TOKEN": "t"}, tmp_path)
    assert message in str(caught.value)
    assert "s3cret" not in str(caught.value)
