"""Shards of a check, and the report merged from theirs."""

from __future__ import annotations

import hashlib
import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract_tests.__main__ import main
from contract_tests.cli.publishing import exit_code
from contract_tests.reports import FORMATS, PropertyRun, Result
from contract_tests.reports.json_report import data
from contract_tests.reports.merging import MergeError, merged
from contract_tests.reports.summary import OTHER_SHARD, verdict
from contract_tests.runner.earlier_calibration import learnt_earlier
from contract_tests.settings import Settings, SettingsError, Shard, read_settings
from contract_tests.target.ledger import TAG, new_run_tag
from openapi import PHONES, load
from tests.contract_tests.reports.samples import BROKEN, FINDING, KEPT
from tests.contract_tests.support import REPOSITORY, check

LEFT = PropertyRun("LIST-TOTAL", "The total counts what matched", "", "not checked", why=OTHER_SHARD)


def report(result: Result) -> Any:
    """The JSON report of a result."""
    return json.loads(FORMATS["json"](result))


def shards(*results: Result, of: int = 2) -> dict[str, Any]:
    """The reports of the first shards of a check, with these results."""
    numbered = enumerate(results, 1)
    return {f"{number}.json": report(replace(result, shard=(number, of))) for number, result in numbered}


def test_a_shard_is_a_number_and_a_count() -> None:
    """A shard is written as 2/8; the ledger of a shard has its number in its name."""
    settings = read_settings({"shard": "2/8", "ledger": "run.jsonl"}, {}, Path("/"))
    assert settings.shard == Shard(2, 8)
    assert settings.ledger_file == Path("run-2-of-8.jsonl")
    assert Settings(ledger=Path("run.jsonl")).ledger_file == Path("run.jsonl")


@pytest.mark.parametrize("text", ["0/8", "9/8", "8", "1/401", "a/b", "1/2/3"])
def test_an_invalid_shard_is_an_error(text: str) -> None:
    """An invalid shard is an error that says what to write."""
    with pytest.raises(SettingsError, match=r"is not a shard; write 3/8 for the third of eight, of at most 400$"):
        read_settings({"shard": text}, {}, Path("/"))


def test_the_tags_of_shards_differ() -> None:
    """No two shards have the same tag, with any random letters."""
    assert len({new_run_tag(number)[:3] for number in range(1, 401)}) == 400
    assert all(TAG.fullmatch(new_run_tag(number)) for number in (None, 1, 20, 400))


def test_a_merged_report_has_the_results_of_all_shards() -> None:
    """The findings, differences, counts and properties of all shards are in the report, each property once."""
    first = replace(BROKEN, seconds=3.0)
    second = replace(KEPT, properties=(*KEPT.properties, replace(LEFT, code="READ-ECHO")), seconds=9.0)
    result = merged(shards(first, second), "again")
    whole, expected = data(result), data(replace(BROKEN, scripts=None))
    for name in ("findings", "baseline", "observations"):
        assert whole[name] == expected[name], name
    assert [(one["code"], one["outcome"]) for one in whole["properties"]] == [
        ("LIST-TOTAL", "broken"),
        ("LIST-PAST-END", "broken"),
        ("SEARCH-CASE", "broken"),
        ("READ-ECHO", "kept"),
        ("UPDATE-REPLACES", "not checked"),
    ]
    assert whole["coverage"]["listPhones"]["statuses"] == {"200": 2_398, "400": 2, "429": 0}
    assert (result.requests, result.created, result.seconds, result.rate_per_s) == (2_400, 80, 9.0, 20.0)
    assert exit_code(replace(result, left=())) == 1


def test_the_contract_holds_if_every_shard_holds() -> None:
    """If every shard holds, the contract holds."""
    one = replace(KEPT, properties=(PropertyRun("READ-ECHO", "", "phone", "kept"), LEFT))
    other = replace(KEPT, properties=(PropertyRun("LIST-TOTAL", "", "phone", "kept"), replace(LEFT, code="READ-ECHO")))
    result = merged(shards(one, other), "again")
    assert verdict(result) == ("holds", "The contract holds.")
    assert exit_code(result) == 0


def test_properties_that_do_not_apply_are_counted_per_resource() -> None:
    """A property that does not apply is counted once for each resource, as in a run without shards."""
    absent = PropertyRun("LIST-TOTAL", "", "pack", "not checked", why="it does not apply here")
    one = replace(KEPT, properties=(absent, replace(LEFT, code="READ-ECHO")))
    other = replace(KEPT, properties=(replace(absent, subject="guild"), PropertyRun("READ-ECHO", "", "pack", "kept")))
    third = replace(KEPT, properties=(PropertyRun("LIST-TOTAL", "", "phone", "kept"), replace(LEFT, code="READ-ECHO")))
    found = merged(shards(one, other, third, of=3), "again").properties
    assert sorted((run.code, run.subject, run.outcome) for run in found) == [
        ("LIST-TOTAL", "guild", "not checked"),
        ("LIST-TOTAL", "pack", "not checked"),
        ("LIST-TOTAL", "phone", "kept"),
        ("READ-ECHO", "pack", "kept"),
    ]


def test_a_missing_shard_is_a_failure() -> None:
    """If the report of a shard is missing, the check fails: the properties of that shard are not judged."""
    one = replace(KEPT, properties=(PropertyRun("READ-ECHO", "", "phone", "kept"), LEFT))
    result = merged(shards(one, of=3), "again")
    assert exit_code(result) == 5
    assert verdict(result)[1] == "Not finished, nothing broken so far: no report of shard 2, 3 of 3."
    assert [(run.code, run.outcome) for run in result.properties] == [
        ("READ-ECHO", "kept"),
        ("LIST-TOTAL", "not judged"),
    ]


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        ({"ended": "it was interrupted"}, 5, "shard 2: it was interrupted"),
        ({"lost": "no response for 20 s"}, 3, "the target stopped responding"),
        ({"errors": ("a fault",)}, 1, "the check itself failed"),
    ],
)
def test_an_unfinished_shard_fails_the_whole_check(change: dict[str, Any], code: int, sentence: str) -> None:
    """A shard that was interrupted, lost its target or failed is a failure of the whole."""
    result = merged(shards(KEPT, replace(KEPT, **change)), "again")
    assert exit_code(result) == code
    assert sentence in verdict(result)[1]


def test_a_shard_uses_the_calibration_of_the_first_shard(tmp_path: Path) -> None:
    """A shard with the report of the first shard does not calibrate, and uses its results."""
    first, second = tmp_path / "1.json", tmp_path / "2.json"
    select = ("--profile", "quick", "--seed", "7", "--scripts", str(tmp_path))
    ended = check(*select, "--select", "LIST-STABLE", "--report", f"json={first}")
    assert ended.code == 0, ended.err
    written = json.loads(first.read_text())
    learnt = written["calibration"]
    one = next(one for one in learnt["questions"] if one["pointer"] == "/x-http/query/unknown-parameters")
    one["word"] = "refused"
    first.write_text(json.dumps(written))
    more = ("--calibration", str(first), "--report", f"json={second}")
    ended = check(*select, "--select", "LIST-UNKNOWN-PARAMETER", *more)
    found = json.loads(second.read_text())
    assert (learnt["requests"] > 0, found["calibration"]["requests"]) == (True, 0)
    assert len(found["calibration"]["questions"]) == len(learnt["questions"])
    sentence = "A list with x_not_a_parameter=1 is accepted (200) instead of refused with 400."
    assert [one["sentence"] for one in found["findings"]] == [sentence], ended.err


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"spec_sha256": "0" * 64}, "the report is about another document; name one about "),
        ({"ended": "it was interrupted"}, "its run did not finish calibrating; leave the option out"),
        ({}, "its run did not finish calibrating; leave the option out"),
    ],
)
def test_a_report_without_a_matching_calibration_is_refused(
    changes: dict[str, Any], problem: str, tmp_path: Path
) -> None:
    """A report of another check or without a calibration is refused, and the message says what to do."""
    contract = load(PHONES)
    written = report(KEPT)
    written["run"]["spec_sha256"] = hashlib.sha256(contract.encoded).hexdigest()
    written["run"] |= changes
    file = tmp_path / "report.json"
    file.write_text(json.dumps(written), encoding="utf-8")
    with pytest.raises(SettingsError) as refusal:
        learnt_earlier(file, contract)
    assert str(refusal.value).startswith(f"--calibration {file}: {problem}")


def test_a_calibration_file_that_is_not_a_report_is_refused(tmp_path: Path) -> None:
    """A file that is not a report ends the run before a request is sent."""
    ended = check("--calibration", str(tmp_path / "none.json"))
    assert ended.code == 2
    assert f"--calibration {tmp_path}/none.json: can't be read (No such file or directory); name a file" in ended.err


def test_a_finding_of_two_shards_is_listed_once() -> None:
    """A finding that two shards have is listed once, with how often it occurred."""
    broken = replace(KEPT, findings=(FINDING,))
    whole = data(merged(shards(broken, broken), "again"))
    assert [(one["code"], one["times"]) for one in whole["findings"]] == [("LIST-TOTAL", 2)]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"shard": None}, "2.json: not the report of a shard; make it with --shard I/N"),
        ({"shard": (2, 3)}, "2.json: shard 2 of 3, but 1.json is one of 2"),
        ({"shard": (1, 2)}, "2.json: shard 1 again, after 1.json; name one report of each shard"),
        ({"spec_sha256": "1" * 64}, "2.json: another document than in 1.json; merge reports of one check"),
        ({"profile": "quick"}, "2.json: another --profile than in 1.json; merge reports of one check"),
        ({"target": "https://other.example"}, "2.json: another --target than in 1.json; merge reports of one check"),
    ],
)
def test_reports_of_different_checks_are_not_merged(change: dict[str, Any], problem: str) -> None:
    """Reports of different checks are refused, and the message says what differs."""
    found = {
        "1.json": report(replace(KEPT, shard=(1, 2))),
        "2.json": report(replace(KEPT, **{"shard": (2, 2), **change})),
    }
    with pytest.raises(MergeError) as refusal:
        merged(found, "again")
    assert str(refusal.value) == problem


def test_two_shards_check_everything(tmp_path: Path) -> None:
    """Two shards check each selected property once; their report is written like that of one run."""
    options = ["--profile", "quick", "--seed", "7", "--select", "SEARCH-,LIST-DEFAULTS,READ-AFTER-WRITE"]
    files = [str(tmp_path / f"{number}.json") for number in (1, 2)]
    for number, file in enumerate(files, 1):
        ended = check(*options, "--shard", f"{number}/2", "--report", f"json={file}")
        assert ended.code == 0, ended.err
    runs = [json.loads(Path(file).read_text(encoding="utf-8")) for file in files]
    checked = [[one["code"] for one in run["properties"] if one["outcome"] == "kept"] for run in runs]
    assert set(checked[0]) & set(checked[1]) <= {"DELETE-GONE", "CALIBRATION"}
    whole = tmp_path / "whole.json"
    ended = check("merge", *files, "--report", f"json={whole}")
    assert ended.code == 0, ended.err
    assert "The checked properties hold" in ended.err
    kept = {one["code"] for one in json.loads(whole.read_text())["properties"] if one["outcome"] == "kept"}
    assert kept == set(checked[0]) | set(checked[1])
    assert {"SEARCH-CASE", "READ-AFTER-WRITE"} <= kept
    assert check("merge", files[1]).code == 5


def test_the_documented_workflow_merges_all_shards(tmp_path: Path) -> None:
    """The commands of the GitHub workflow in docs/scale.md check all shards and write the reports of the whole."""
    page = (REPOSITORY / "docs" / "scale.md").read_text(encoding="utf-8").partition("## The check in shards\n")[2]
    jobs = yaml.safe_load(page.partition("```yaml\n")[2].partition("```\n")[0])["jobs"]
    [shard], [report] = (
        [step["run"] for step in jobs[name]["steps"] if step.get("run", "").startswith("callcamp-check")]
        for name in ("shard", "report")
    )
    numbers = jobs["shard"]["strategy"]["matrix"]["shard"]
    # A private mock instead of the service, and a few of the properties.
    smaller = shard.replace(
        "--target https://staging.example/api --allow-writes",
        "--profile quick --select LIST-TOTAL,LIST-ECHO,LIST-STABLE",
    )
    assert smaller != shard
    for number in numbers:
        command = smaller.replace("${{ matrix.shard }}", str(number)).replace("json=", f"json={tmp_path}/")
        ended = check(*shlex.split(command)[1:])
        assert ended.code == 0, ended.err
    files = sorted(str(file) for file in tmp_path.glob("shard-*.json"))
    assert len(files) == len(numbers)
    words = [word.replace("=", f"={tmp_path}/") for word in shlex.split(report)[1:] if word != "shard-*.json"]
    ended = check(words[0], *files, *words[1:])
    assert ended.code == 0, ended.err
    assert (tmp_path / "contract.xml").is_file()
    assert (tmp_path / "contract.html").is_file()


def test_merge_prints_the_json_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`merge --json` prints the JSON report."""
    files = []
    for name, one in shards(KEPT, KEPT).items():
        files.append(str(tmp_path / name))
        Path(files[-1]).write_text(json.dumps(one), encoding="utf-8")
    code = main(["merge", *files, "--json"])
    printed = json.loads(capsys.readouterr().out)
    assert printed["summary"] == verdict(merged(shards(KEPT, KEPT), ""))[1]
    assert code == exit_code(merged(shards(KEPT, KEPT), ""))


def test_merge_refuses_a_file_that_is_not_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is missing or not a report makes the command exit with 2."""
    file = tmp_path / "a.json"
    file.write_text("{}")
    assert main(["merge", str(file)]) == 2
    assert "not a JSON report of this version of the check" in capsys.readouterr().err
    assert main(["merge"]) == 2
