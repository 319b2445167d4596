"""Reproduction scripts, run against a broken and a correct service."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from contract_tests.findings.curl import Step, commands, removals
from contract_tests.findings.finding import Finding
from contract_tests.findings.scripts import script, turns
from contract_tests.reports import Result, write_scripts
from contract_tests.runner.plugin import FindingRaisedError, checking
from contract_tests.runner.run import start
from contract_tests.settings import Settings
from mock_server import MockServer
from openapi import Contract
from tests.contract_tests.reports.samples import CREATE
from tests.contract_tests.reports.unsound import (
    Check,
    Fault,
    ascii_only,
    bare_conflict,
    check_found_later,
    check_number,
    check_race,
    check_status,
    check_taken,
    check_text,
    check_total,
    check_update,
    check_words,
    in_latin_1,
    other_status,
    refusing_at_first,
    remembering,
    taking_any_number,
    wrong_now_and_then,
    wrong_total,
)
from tests.contract_tests.support import records

SHELLS = ("sh", "bash")
TOKEN = "correct-horse"


@contextmanager
def serving(contract: Contract, fault: Fault | None = None, token: str | None = None) -> Iterator[MockServer]:
    """The mock, with a fault around it."""
    server = MockServer(contract, seed=3, token=token)
    if fault is not None:
        server.app.after_request(fault)
    with server:
        yield server


def found(server: MockServer, check: Check, folder: Path, token: str | None = None) -> Finding:
    """The finding of `check` on the service."""
    ledger = folder / "ledger.jsonl"
    run = start(Settings(target=server.url, allow_writes=True, seed=1, profile="quick", ledger=ledger, token=token))
    try:
        run.check_reachable()
        with suppress(FindingRaisedError), checking(run, run.resources[0], "CODE"):
            check(run.resources[0])
    finally:
        run.finish()
    return run.findings[0]


def ran(shell: str, text: str, url: str, token: str = "") -> subprocess.CompletedProcess[str]:
    """Run a script against a service."""
    environ = {**os.environ, "CALLCAMP_TOKEN": token, "PYTHON": sys.executable}
    return subprocess.run(
        [shell, "-s", url], input=text, env=environ, capture_output=True, text=True, timeout=60, check=False
    )


CASES = [
    pytest.param(wrong_total, check_total, id="a total"),
    pytest.param(ascii_only, check_words, id="other alphabets"),
    pytest.param(other_status(400, 413), check_status(b'{"name": "' + b"x" * 2**20 + b'"}', 413), id="a large body"),
    pytest.param(other_status(500, 400), check_status(b"\xff\x00{", 400), id="bytes that are no text"),
    pytest.param(other_status(400, 409), check_race, id="at the same time"),
    pytest.param(other_status(202, 200), check_update, id="an update"),
]


@pytest.mark.parametrize(("fault", "check"), CASES)
def test_a_script_tells_a_broken_service_from_a_sound_one(
    contract: Contract, tmp_path: Path, fault: Fault, check: Check
) -> None:
    """A script exits 1 on the broken service and 0 on a correct one, and leaves no records on either."""
    with serving(contract, fault) as broken, serving(contract) as sound:
        finding = found(broken, check, tmp_path)
        text = script(finding.sentence, finding.steps, finding.claim, finding.attempts)
        before = records(broken), records(sound)
        at_broken, at_sound = ran("sh", text, broken.url), ran("bash", text, sound.url)
        assert (at_broken.returncode, at_broken.stderr) == (1, "")
        assert (at_sound.returncode, at_sound.stderr) == (0, "")
        assert at_broken.stdout.splitlines()[-1] == "broken"
        assert at_sound.stdout.splitlines()[-1] == "correct"
        assert (records(broken), records(sound)) == before


def test_a_script_repeats_what_does_not_always_happen(contract: Contract, tmp_path: Path) -> None:
    """A script for an intermittent finding repeats its requests until the finding occurs."""
    with serving(contract, wrong_total) as broken:
        finding = replace(found(broken, check_total, tmp_path), attempts=3)
    text = script(finding.sentence, finding.steps, finding.claim, finding.attempts)
    with serving(contract, wrong_now_and_then()) as flaky, serving(contract) as sound:
        assert ran("bash", text, flaky.url).returncode == 1
        assert ran("sh", text, sound.url).returncode == 0
    assert turns(finding.steps, 1) == 1
    assert turns(finding.steps, 2) == 10
    assert turns(finding.steps, 15) == 60
    assert turns(finding.steps, 60) == 80
    assert turns(finding.steps, 0) == 20


def test_each_turn_names_its_records_anew(contract: Contract, tmp_path: Path) -> None:
    """A script can be run repeatedly on a service with a cache, and on a correct one."""
    with serving(contract, remembering()) as broken, serving(contract) as sound:
        finding = found(broken, check_found_later, tmp_path)
        text = script(finding.sentence, finding.steps, finding.claim, 1, finding.tag, finding.refused)
        assert ([step.method for step in finding.steps], finding.attempts) == (["GET", "POST", "GET"], 1)
        assert [ran(shell, text, broken.url).returncode for shell in (*SHELLS, *SHELLS)] == [1] * 4
        assert [ran(shell, text, sound.url).returncode for shell in SHELLS] == [0, 0]


def test_an_answer_of_another_status_breaks_no_schema(contract: Contract, tmp_path: Path) -> None:
    """Shrinking keeps the step that causes an error response if the claim is about its body."""
    with serving(contract, bare_conflict) as broken, serving(contract) as sound:
        finding = found(broken, check_taken, tmp_path)
        text = script(finding.sentence, finding.steps, finding.claim, 1, finding.tag, finding.refused)
        assert (finding.code, [step.status for step in finding.steps]) == ("SCHEMA-BODY", [201, 409])
        assert (ran("sh", text, broken.url).returncode, ran("sh", text, sound.url).returncode) == (1, 0)


def test_a_tag_may_be_written_in_escapes(contract: Contract) -> None:
    """A percent-encoded letter of the tag in a search is replaced like the others."""
    step = Step(1, "GET", "/phones", None, None, "search=%74grfkpqghjk", None, "", None, None, 0, 200)
    text = script("It is.", [step], ["is", ["status", 1], ["literal", 200]], 1, "tgrfkpqghjk")
    with serving(contract) as sound:
        assert ran("sh", text, sound.url).returncode == 0


def test_a_turn_that_could_not_be_made_is_not_the_last(contract: Contract, tmp_path: Path) -> None:
    """A script with several attempts continues after an inconclusive one, and exits 2 if all are inconclusive."""
    with serving(contract, remembering()) as broken:
        finding = found(broken, check_found_later, tmp_path)
    text = script(finding.sentence, finding.steps, finding.claim, 2, finding.tag)
    with serving(contract, refusing_at_first()) as sound, serving(contract, other_status(503, 200)) as never:
        ended = ran("sh", text, never.url)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert ended.stderr.splitlines()[-1].startswith("step 1 got 503, but succeeded before")
        assert (ran("sh", text, sound.url).returncode, ran("bash", text, sound.url).returncode) == (0, 0)


def test_a_service_that_refuses_what_another_took_keeps_the_promise(contract: Contract, tmp_path: Path) -> None:
    """If a claim is about a request that should be rejected, the script counts a rejection as correct."""
    with serving(contract, taking_any_number()) as broken, serving(contract) as sound:
        finding = found(broken, check_number, tmp_path)
        text = script(finding.sentence, finding.steps, finding.claim, 1, finding.tag, finding.refused)
        assert ran("sh", text, broken.url).returncode == 1
        ended = ran("sh", text, sound.url)
        assert (ended.returncode, ended.stdout) == (0, "got: step 1 is rejected with 400\ncorrect\n")
        assert ran("sh", script("It.", finding.steps, finding.claim, 1), sound.url).returncode == 2


def test_an_answer_that_is_no_text(contract: Contract, tmp_path: Path) -> None:
    """A response that is not UTF-8 is judged as such by the check and by the script."""
    with serving(contract, in_latin_1) as broken, serving(contract) as sound:
        finding = found(broken, check_text, tmp_path)
    text = script(finding.sentence, finding.steps, finding.claim, 1, finding.tag, finding.refused)
    with serving(contract, in_latin_1) as broken, serving(contract) as sound:
        ended = ran("sh", text, broken.url), ran("sh", text, sound.url)
    assert [(one.returncode, one.stderr) for one in ended] == [(1, ""), (0, "")]


def test_a_script_does_not_blame_a_service_that_has_the_number(contract: Contract, tmp_path: Path) -> None:
    """If a value in a create is taken, the script exits 2, says so, and leaves that record alone."""
    with serving(contract, other_status(202, 200)) as broken:
        finding = found(broken, check_update, tmp_path)
    text = script(finding.sentence, finding.steps, finding.claim, finding.attempts)
    with serving(contract) as sound:
        client = sound.app.test_client()
        client.post("/api/phones", data=finding.steps[0].data, content_type="application/json")
        before = records(sound)
        ended = ran("sh", text, sound.url)
        assert records(sound) == before
    assert ended.returncode == 2
    assert ended.stderr.startswith("step 1 got 409, but created something before; a value may be taken")


def test_a_conflict_is_no_refusal_of_a_valid_value(contract: Contract) -> None:
    """If a rejected create now conflicts with a record, the script exits 2 and says so."""
    step = replace(CREATE, status=400)
    text = script("It is refused.", [step], ["is", ["status", 1], ["literal", 201]], 1)
    with serving(contract) as sound:
        assert ran("sh", text, sound.url).returncode == 0
        sound.app.test_client().post("/api/phones", data=step.data, content_type="application/json")
        ended = ran("sh", text, sound.url)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("step 1 got 409, unlike before; a value may be taken")


def test_a_script_shows_the_token(contract: Contract, tmp_path: Path) -> None:
    """The script reads the token from the environment and does not contain it."""
    with serving(contract, wrong_total, TOKEN) as broken, serving(contract, None, TOKEN) as sound:
        finding = found(broken, check_total, tmp_path, TOKEN)
        text = script(finding.sentence, finding.steps, finding.claim, finding.attempts)
        assert ran("sh", text, broken.url, TOKEN).returncode == 1
        assert ran("sh", text, sound.url, TOKEN).returncode == 0
        assert TOKEN not in text
        without = ran("sh", text, sound.url)
        assert (without.returncode, "set CALLCAMP_TOKEN" in without.stderr) == (2, True)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "name the address of the service"),
        ("http://127.0.0.1:9/api", "no response to step 1"),
        ("{elsewhere}", "step 1 got 404, but succeeded before; check that the address is the base URL"),
    ],
)
def test_a_script_that_can_ask_nobody_says_so(contract: Contract, tmp_path: Path, url: str, said: str) -> None:
    """Without an address, or without a response, the script exits 2."""
    with serving(contract, wrong_total) as broken:
        finding = found(broken, check_total, tmp_path)
        text = script(finding.sentence, finding.steps, finding.claim, finding.attempts)
        ended = ran("sh", text, url.format(elsewhere=f"{broken.url}/elsewhere"))
    assert ended.returncode == 2
    assert said in ended.stderr


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("fault", "check"), [CASES[0], CASES[1], CASES[4], CASES[5]])
@pytest.mark.skipif(shutil.which("jq") is None, reason="the lines ask jq for the keys")
def test_the_lines_can_be_pasted(contract: Contract, tmp_path: Path, fault: Fault, check: Check, shell: str) -> None:
    """The lines of a finding, pasted one after the other, get the same responses and then clean up."""
    with serving(contract, fault) as broken:
        finding = found(broken, check, tmp_path)
        before = records(broken)
        lines = [one.line for one in commands(finding.steps, False)] + removals(finding.steps, False)
        text = "\n".join([f"BASE={broken.url}", *lines]).replace("curl ", "curl -sS ")
        ended = subprocess.run(
            [shell], input=text, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
        assert (ended.returncode, ended.stderr) == (0, "")
        assert records(broken) == before


def test_scripts_are_named_by_their_code(contract: Contract, tmp_path: Path) -> None:
    """Each cause has a script named by code and number; scripts of an earlier run are deleted, other files are not."""
    with serving(contract, wrong_total) as broken:
        first = replace(found(broken, check_total, tmp_path), code="LIST-TOTAL")
    other = replace(first, pointer="/another")
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "DEPLOY-1.sh").write_text("echo mine", encoding="utf-8")
    both = write_scripts(Result("http://127.0.0.1:9", 1, "quick", findings=(first, other, first)), folder)
    assert [path.name for path in both] == ["LIST-TOTAL-1.sh", "LIST-TOTAL-2.sh"]
    assert all(os.access(path, os.X_OK) for path in both)
    write_scripts(Result("http://127.0.0.1:9", 1, "quick", warnings=(first,)), folder)
    assert sorted(path.name for path in folder.iterdir()) == ["DEPLOY-1.sh", "LIST-TOTAL-1.sh"]
