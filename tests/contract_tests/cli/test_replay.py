"""Replays of findings, on a broken and on a correct service."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Response, request

from contract_tests.findings.finding import Finding
from contract_tests.findings.reproduction import Reproduction, as_data, from_data
from contract_tests.findings.steps import Step
from contract_tests.reports import FORMATS, Result
from openapi import Contract
from tests.contract_tests.reports.samples import CREATE, FINDING, READ
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
    found,
    in_latin_1,
    other_status,
    refusing_at_first,
    remembering,
    serving,
    taking_any_number,
    wrong_now_and_then,
    wrong_total,
)
from tests.contract_tests.support import check, records
from tests.proof.preloaded import Ended

TOKEN = "correct-horse"
CASES = [
    pytest.param(wrong_total, check_total, id="a total"),
    pytest.param(ascii_only, check_words, id="other alphabets"),
    pytest.param(other_status(400, 413), check_status(b'{"name": "' + b"x" * 2**20 + b'"}', 413), id="a large body"),
    pytest.param(other_status(500, 400), check_status(b"\xff\x00{", 400), id="bytes that are not text"),
    pytest.param(other_status(400, 409), check_race, id="at the same time"),
    pytest.param(other_status(202, 200), check_update, id="an update"),
]


def report_of(folder: Path, *findings: Finding) -> Path:
    """A JSON report with the findings."""
    file = folder / "report.json"
    file.write_text(FORMATS["json"](Result("http://127.0.0.1:9/api", 1, "quick", findings=findings)), encoding="utf-8")
    return file


def replayed(folder: Path, finding: Finding, url: str, *options: str, token: str = "") -> Ended:
    """A replay of the finding at `url`."""
    environ = {"CALLCAMP_TOKEN": token} if token else {}
    report = report_of(folder, finding)
    return check("--replay", f"{report}#1", "--target", url, "--allow-writes", *options, environ=environ)


def without_lists(response: Response) -> Response:
    """Fail with 503 where a list is requested."""
    if request.method == "GET" and request.path.endswith("/phones") and request.args.get("search"):
        response.status_code = 503
    return response


def reads(status: int, **step: Any) -> Finding:
    """A finding on the status of a single GET."""
    one = replace(READ, number=1, path="/phones", key=None, bound_to=None, **step)
    return replace(FINDING, steps=(one,), claim=["is", ["status", 1], ["literal", status]])


@pytest.mark.parametrize(("fault", "trial"), CASES)
def test_a_replay_distinguishes_a_broken_service_from_a_correct_one(
    contract: Contract, tmp_path: Path, fault: Fault, trial: Check
) -> None:
    """A replay exits 1 on the broken service and 0 on a correct one, and leaves no records on either."""
    with serving(contract, fault) as broken, serving(contract) as correct:
        finding = found(broken, trial, tmp_path)
        before = records(broken), records(correct)
        at_broken = replayed(tmp_path, finding, broken.url)
        at_correct = replayed(tmp_path, finding, correct.url)
        assert (records(broken), records(correct)) == before
    assert (at_broken.code, at_correct.code) == (1, 0), at_broken.err + at_correct.err
    _, first, sentence, expected, got = at_broken.err.splitlines()
    assert first.startswith(f"{finding.code}-1: broken")
    assert sentence == f"  {finding.sentence}"
    assert (expected.split()[0], got.split()[0]) == ("expected", "got")
    assert at_correct.err.splitlines()[1].startswith(f"{finding.code}-1: kept")


def test_json_output_has_the_outcome_of_each_finding(contract: Contract, tmp_path: Path) -> None:
    """`--json` prints the outcome of each finding, with what was expected and observed, and no token."""
    with serving(contract, wrong_total, token=TOKEN) as broken:
        finding = replace(found(broken, check_total, tmp_path, token=TOKEN), sentence=f"The total is wrong: {TOKEN}.")
        ended = replayed(tmp_path, finding, broken.url, "--json", token=TOKEN)
    assert ended.code == 1
    printed = json.loads(ended.out)
    assert printed["left"] == []
    [one] = printed["replays"]
    assert (one["name"], one["outcome"], one["turns"]) == (f"{finding.code}-1", "broken", 1)
    assert one["sentence"] == "The total is wrong: ***."
    assert one["expected"] != one["observed"]
    assert "broken" not in ended.err


def test_an_intermittent_finding_is_repeated_until_it_occurs(contract: Contract, tmp_path: Path) -> None:
    """An intermittent finding is repeated until it occurs; "kept" says how often it was sent."""
    with serving(contract, wrong_total) as broken:
        finding = replace(found(broken, check_total, tmp_path), attempts=3)
    with serving(contract, wrong_now_and_then()) as flaky, serving(contract) as correct:
        assert replayed(tmp_path, finding, flaky.url).code == 1
        ended = replayed(tmp_path, finding, correct.url)
    assert (ended.code, ended.err.splitlines()[1]) == (
        0,
        "CODE-1: kept, sent 45 times; in the reported run it failed about once in 3 times",
    )


@pytest.mark.parametrize(("method", "code"), [("POST", 1), ("GET", 1), ("PATCH", 0)])
def test_a_server_error_in_an_earlier_step_is_the_same_finding(
    contract: Contract, tmp_path: Path, method: str, code: int
) -> None:
    """If a finding is a server error, a server error in an earlier step is the same finding."""
    claim = ["is at most", ["status", 2], ["literal", 499]]
    finding = replace(FINDING, steps=(CREATE, replace(READ, number=2, bound_to=1)), claim=claim)

    def failing(response: Response) -> Response:
        response.status_code = 500 if request.method == method else response.status_code
        return response

    with serving(contract, failing) as service:
        assert replayed(tmp_path, finding, service.url).code == code


@pytest.mark.parametrize(("attempts", "group", "turns"), [(1, 0, 1), (1, 1, 15), (2, 0, 30), (15, 0, 120), (0, 0, 40)])
def test_only_intermittent_findings_get_several_attempts(attempts: int, group: int, turns: int) -> None:
    """A reliable finding is sent once, an intermittent one up to 15 times its number of attempts, within bounds."""
    step = replace(CREATE, group=group)
    assert Reproduction((step,), FINDING.claim, attempts, "", ()).turns == turns


def test_each_attempt_writes_a_different_tag(contract: Contract, tmp_path: Path) -> None:
    """A finding can be replayed repeatedly on a service with a cache, and on a correct one."""
    with serving(contract, remembering()) as broken, serving(contract) as correct:
        finding = found(broken, check_found_later, tmp_path)
        assert ([step.method for step in finding.steps], finding.attempts) == (["GET", "POST", "GET"], 1)
        assert [replayed(tmp_path, finding, broken.url).code for _ in range(2)] == [1, 1]
        assert replayed(tmp_path, finding, correct.url).code == 0


@pytest.mark.parametrize(
    ("fault", "trial"), [(bare_conflict, check_taken), (in_latin_1, check_text)], ids=["a conflict", "not UTF-8"]
)
def test_a_replay_judges_responses_as_the_check_does(
    contract: Contract, tmp_path: Path, fault: Fault, trial: Check
) -> None:
    """A replay judges the body of an error, or one that is not UTF-8, as the check does."""
    with serving(contract, fault) as broken:
        finding = found(broken, trial, tmp_path)
    with serving(contract, fault) as broken, serving(contract) as correct:
        assert (replayed(tmp_path, finding, broken.url).code, replayed(tmp_path, finding, correct.url).code) == (1, 0)


def test_a_replay_continues_after_an_inconclusive_attempt(contract: Contract, tmp_path: Path) -> None:
    """A replay of several turns continues after an inconclusive one, and exits 2 if all are inconclusive."""
    with serving(contract, remembering()) as broken:
        finding = replace(found(broken, check_found_later, tmp_path), attempts=2)
    with serving(contract, refusing_at_first()) as correct, serving(contract, without_lists) as never:
        ended = replayed(tmp_path, finding, never.url)
        assert ended.code == 2
        assert "not replayed, sent 30 times; step 1 got 503, but succeeded in the reported run" in ended.err
        assert replayed(tmp_path, finding, correct.url).code == 0


def test_a_rejected_invalid_request_keeps_the_claim(contract: Contract, tmp_path: Path) -> None:
    """If a finding is that a service accepts an invalid request, a rejection means that the claim is kept."""
    with serving(contract, taking_any_number()) as broken, serving(contract) as correct:
        finding = replace(found(broken, check_number, tmp_path), attempts=1)
        assert replayed(tmp_path, finding, broken.url).code == 1
        ended = replayed(tmp_path, finding, correct.url)
        assert (ended.code, ended.err.splitlines()[1]) == (0, "CODE-1: kept; step 1 is rejected with 400")
        assert replayed(tmp_path, replace(finding, refused=()), correct.url).code == 2


def test_a_replay_that_needs_a_taken_value_is_inconclusive(contract: Contract, tmp_path: Path) -> None:
    """If a value of a create is taken, the replay exits 2, says so, and does not change that record."""
    with serving(contract, other_status(202, 200)) as broken:
        finding = found(broken, check_update, tmp_path)
    with serving(contract) as correct:
        correct.app.test_client().post("/api/phones", data=finding.steps[0].data, content_type="application/json")
        before = records(correct)
        ended = replayed(tmp_path, finding, correct.url)
        assert records(correct) == before
    assert ended.code == 2
    assert "step 1 got 409, but created something in the reported run; a value may be taken" in ended.err


def test_a_replay_that_ends_in_a_conflict_is_inconclusive(contract: Contract, tmp_path: Path) -> None:
    """If a rejected create now conflicts with a record, the replay exits 2 and says so."""
    finding = replace(
        FINDING, steps=(replace(CREATE, status=400, creates=None),), claim=["is", ["status", 1], ["literal", 201]]
    )
    with serving(contract) as correct:
        assert replayed(tmp_path, finding, correct.url).code == 0
        correct.app.test_client().post("/api/phones", data=CREATE.data, content_type="application/json")
        ended = replayed(tmp_path, finding, correct.url)
    assert ended.code == 2
    assert "step 1 got 409, unlike in the report; a value may be taken" in ended.err


def test_a_replay_sends_the_token_and_never_shows_it(contract: Contract, tmp_path: Path) -> None:
    """A replay sends the token of its own environment; neither the report nor the output contains it."""
    with serving(contract, wrong_total, TOKEN) as broken, serving(contract, None, TOKEN) as correct:
        finding = found(broken, check_total, tmp_path, TOKEN)
        ended = replayed(tmp_path, finding, broken.url, token=TOKEN)
        assert (ended.code, replayed(tmp_path, finding, correct.url, token=TOKEN).code) == (1, 0)
        assert TOKEN not in report_of(tmp_path, finding).read_text(encoding="utf-8") + ended.err
        without = replayed(tmp_path, finding, correct.url)
        assert (without.code, "set CALLCAMP_TOKEN" in without.err) == (3, True)


def test_a_target_that_does_not_respond_exits_with_3(tmp_path: Path) -> None:
    """A replay exits 3 if nothing responds at the target."""
    ended = replayed(tmp_path, reads(404), "http://127.0.0.1:9/api")
    assert (ended.code, "did not respond" in ended.err) == (3, True)


def test_findings_that_write_are_replayed_only_with_permission(contract: Contract, tmp_path: Path) -> None:
    """Without --allow-writes a finding that writes is not replayed, and one that only reads is."""
    report = report_of(tmp_path, FINDING, replace(reads(404), code="READ-ECHO"))
    with serving(contract) as correct:
        before = records(correct)
        ended = check("--replay", str(report), "--target", correct.url)
        assert records(correct) == before
    first, second = (line for line in ended.err.splitlines() if not line.startswith((" ", "replaying")))
    assert first == "LIST-TOTAL-1: not replayed; it creates or changes records; allow it with --allow-writes"
    assert (second, ended.code) == ("READ-ECHO-1: broken", 1)


def test_a_replay_never_writes_to_keys_of_the_report(contract: Contract, tmp_path: Path) -> None:
    """A replay never writes to a record of another client: it replaces or refuses the keys in a report."""
    with serving(contract) as correct:
        foreign = records(correct)[0]["uuid"]
        deletes = replace(READ, number=1, method="DELETE", key=foreign, bound_to=None, status=404)
        finding = replace(FINDING, steps=(deletes,), claim=["is", ["status", 1], ["literal", 404]])
        before = records(correct)
        assert replayed(tmp_path, finding, correct.url).code == 0
        other = replace(finding, steps=(replace(deletes, key=foreign.upper()),))
        ended = replayed(tmp_path, other, correct.url)
        assert records(correct) == before
    assert ended.code == 2
    assert "is not a record of this run" in ended.err


@pytest.mark.parametrize(
    ("text", "which", "message"),
    [
        (None, "", "can't be read (No such file or directory); name a file that --report json=FILE wrote"),
        ("{", "", "not a JSON report of this version of the check; write one with --report json=FILE"),
        ("[1, 2]", "", "not a JSON report of this version of the check"),
        ("no findings", "", "has no findings, so there is nothing to replay"),
        ("a finding", "#2", "has no finding 2; write a number from 1 to 1, or one of LIST-TOTAL-1"),
        ("a finding", "#LIST-TOTAL", "has no finding LIST-TOTAL; write a number from 1 to 1"),
        ("an old report", "", "(see findings/0); write one"),
        ("another tag", "", "a finding can't be replayed: its tag is not one that the check makes"),
        ("a cut body", "", "a finding can't be replayed: the body of step 1 can't be read"),
        ("a lost step", "", "a finding can't be replayed: its steps are incomplete"),
    ],
)
def test_an_invalid_report_or_finding_is_a_usage_error(
    tmp_path: Path, text: str | None, which: str, message: str
) -> None:
    """A wrong file or finding is a usage error that says what to write."""
    file = tmp_path / "report.json"
    if text and text.startswith(("a", "no")):
        data = json.loads(report_of(tmp_path, *([] if text == "no findings" else [FINDING])).read_text("utf-8"))
        finding = data["findings"][0] if data["findings"] else {}
        if text == "an old report":
            del finding["replay"]
        if text == "another tag":
            finding["replay"]["tag"] = "admin"
        if text == "a cut body":
            del finding["replay"]["steps"][0]["body"]
            finding["replay"]["steps"][0]["body_gzip"] = "####"
        if text == "a lost step":
            del finding["replay"]["steps"][0]
        text = json.dumps(data)
    if text is not None:
        file.write_text(text, encoding="utf-8")
    ended = check("--replay", f"{file}{which}")
    assert (ended.code, message in ended.err) == (2, True), ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--replay", "report.json", "--traffic", "a.har"), "--replay and --traffic"),
        (("--replay", "report.json", "--write-baseline"), "--replay and --write-baseline"),
        (("--traffic", "a.har", "--write-overlay", "a.yaml"), "--traffic and --write-overlay"),
    ],
)
def test_options_that_exclude_each_other_are_refused(arguments: tuple[str, ...], named: str) -> None:
    """A replay, a recording and a clean-up can't be combined, and write no baseline and no overlay."""
    ended = check(*arguments)
    assert (ended.code, f"{named} can't be used together" in ended.err) == (2, True)


@pytest.mark.parametrize("body", [None, b"", b'{"a": "\xc3\xa9"}', b"\xff\x00", b"x" * 5_000], ids=repr)
def test_a_body_survives_the_report(body: bytes | None) -> None:
    """A body has the same bytes after a report was written and read."""
    step: Step = replace(CREATE, content=None if body is None else body.decode("latin-1"))
    finding = replace(FINDING, steps=(step,), claim=["is", ["status", 1], ["literal", 1]])
    data = json.loads(json.dumps(as_data(finding)))
    again = from_data({"replay": data, "claim": finding.claim, "attempts": 1})
    assert again.steps == finding.steps
