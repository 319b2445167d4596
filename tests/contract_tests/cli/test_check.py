"""The command: its output and exit codes."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Response, request

from contract_tests.__main__ import main
from contract_tests.cli.catalogue import page
from contract_tests.properties import CATALOGUE, MODULES
from contract_tests.properties.http.declared_responses import CATCH_ALL
from contract_tests.properties.records.delete import AFTERWARDS
from contract_tests.reports import FORMATS
from mock_server import MockServer
from mock_server.server.listener import Listener
from openapi import Contract
from tests.contract_tests.support import COMMAND, REPOSITORY, check, check_in_new_process, records, stored_records
from tests.proof.preloaded import Ended

QUICK = ("--profile", "quick", "--seed", "7")
FEW = (*QUICK, "--select", "CREATE-KEY")


def free_url() -> str:
    """An address without a listener."""
    listener = Listener("127.0.0.1", 0)
    listener.close()
    return f"http://127.0.0.1:{listener.port}/api"


def outcomes(report: dict[str, Any]) -> dict[str, int]:
    """The number of properties by outcome in a JSON report."""
    counts: dict[str, int] = {}
    for one in report["properties"]:
        counts[one["outcome"]] = counts.get(one["outcome"], 0) + 1
    return counts


class Checked(NamedTuple):
    """A quick run against a private mock: how it ended, its JSON report, and whether it left a ledger."""

    ended: Ended
    report: dict[str, Any]
    has_ledger: bool


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """A quick run of everything, for all tests that read its result."""
    folder = tmp_path_factory.mktemp("quick")
    file, ledger = folder / "report.json", folder / "ledger"
    arguments = ("--profile", "quick", "--seed", "3", "--report", f"json={file}", "--report", "text=-")
    ended = check(*arguments, "--ledger", str(ledger))
    return Checked(ended, json.loads(file.read_text()), ledger.exists())


def test_a_private_mock_passes_the_whole_catalogue(checked: Checked) -> None:
    """The quick profile checks the whole catalogue on a private mock, finds nothing and leaves no records."""
    ended, report, has_ledger = checked
    assert ended.code == 0, ended.err
    assert "\nThe contract holds.\n" in ended.out
    assert ended.err.endswith(ended.out)
    assert (report["verdict"], report["findings"], report["run"]["lost"]) == ("holds", [], None)
    assert (report["run"]["seed"], report["run"]["profile"]) == (3, "quick")
    assert report["records"]["created"] == report["records"]["removed"] > 100
    for one in report["properties"]:
        cost = CATALOGUE[one["code"]].cost if one["code"] in CATALOGUE else 0
        assert one["requests"] <= cost or not CATALOGUE[one["code"]].check, f"{one['code']} costs {one['requests']}"
    kept = {one["code"] for one in report["properties"] if one["outcome"] == "kept"}
    left_out = {one.code for one in CATALOGUE.values() if one.check} - kept
    # There is no token, phones have no others, and an update can't change the number, which is unique.
    elsewhere = (
        *("ACTION-", "AUTH-", "BULK-", "CURSOR-", "ENVELOPE-", "ETAG-", "IDEMPOTENT-", "KEY-", "NESTED-", "REFERENCE-"),
        *("SINGLETON-", "DELETE-MARKS", "UPDATE-UNIQUE"),
        *("FILTER-COMPARES", "LIST-HEADERS", "LIST-ELSEWHERE", "LIST-LINKS", "LIST-SORT"),
    )
    assert all("REPLACE" in code or code.startswith(elsewhere) for code in left_out), left_out
    assert not has_ledger


def test_a_property_without_requests_is_not_applicable(checked: Checked) -> None:
    """A property without requests for this document is reported as not applicable."""
    outcomes = {one["code"]: one for one in checked.report["properties"]}
    one = outcomes["UPDATE-UNIQUE"]
    assert (one["outcome"], one["why"], one["requests"]) == ("not checked", "it does not apply here", 0)
    assert all(one["requests"] for one in outcomes.values() if one["outcome"] == "kept")


def test_a_quick_run_tries_every_rule(checked: Checked) -> None:
    """A quick run against the mock tries every rule of the phone API, in fewer than 1,200 requests."""
    untried = {
        f"{operation} {rule}"
        for operation, counts in checked.report["coverage"].items()
        for rule, times in counts["rules"].items()
        if not times
    }
    assert untried == set()
    assert sum(len(counts["rules"]) for counts in checked.report["coverage"].values()) > 100
    assert checked.report["run"]["requests"] < 1_200


def test_only_reads_are_sent_without_permission_to_write(service: MockServer) -> None:
    """Without --allow-writes the service gets only reads, and the first line of the report says so."""
    methods: set[str] = set()

    @service.app.before_request
    def note() -> None:
        methods.add(request.method)

    before = records(service)
    ended = check(*QUICK, "--target", service.url, "--report", "json=-")
    assert ended.code == 0, ended.err
    assert ended.err.startswith(f"checking {service.url}: only reads; enable writes with --allow-writes\n")
    report = json.loads(ended.out)
    assert (report["records"]["created"], report["findings"]) == (0, [])
    assert outcomes(report)["kept"] > 10
    assert methods <= {"GET", "HEAD", "OPTIONS"}
    assert records(service) == before


def test_pytest_runs_the_same_checks(service: MockServer) -> None:
    """`pytest contract_tests` runs the same checks with pytest's report and selection."""
    before = records(service)
    command = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "contract_tests")
    arguments = ("--target", service.url, "--allow-writes", "--profile", "quick", "--check-seed", "7")
    ended = check_in_new_process(*arguments, "-k", "LIST-TOTAL or test_sequences", command=command)
    assert ended.code == 0, ended.out
    assert f"target: {service.url} (writes only its own records)" in ended.out
    assert "seed: 7, profile: quick" in ended.out
    assert re.search(r"\b\d+ passed, \d+ deselected", ended.out)
    assert records(service) == before


def test_other_plugins_of_pytest_are_not_loaded(service: MockServer, tmp_path: Path) -> None:
    """A pytest plugin that the check does not need has no effect on a run, even if it is installed."""
    (tmp_path / "disturbing.py").write_text("raise RuntimeError\n")
    metadata = tmp_path / "disturbing-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: disturbing\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[pytest11]\ndisturbing = disturbing\n")
    command = ("env", f"PYTHONPATH={tmp_path}", *COMMAND)
    ended = check_in_new_process(*QUICK, "--target", service.url, "--select", "LIST-ECHO", command=command)
    assert ended.code == 0, ended.err


def test_pytest_workers_are_refused(service: MockServer) -> None:
    """`pytest contract_tests -n 2` says that the check runs in one process."""
    command = (sys.executable, "-m", "pytest", "contract_tests", "-n", "2", "--target", service.url)
    ended = check_in_new_process(command=command)
    assert ended.code == 4
    assert "the check does not run in workers: one process keeps the rate, the budget and the ledger" in ended.err


def test_the_token_is_sent_and_a_rejected_one_is_explained(contract: Contract, tmp_path: Path) -> None:
    """The token in --token-file is sent; without a token, or with a wrong one, the exit code is 3 with advice."""
    file = tmp_path / "token"
    file.write_text("hush-hush\n")
    with MockServer(contract, token="hush-hush") as server:
        arguments = (*QUICK, "--target", server.url, "--select", "AUTH-,LIST-PAST-END")
        good = check(*arguments, "--token-file", str(file), "--report", "html=-")
        none = check(*arguments)
        wrong = check(*arguments, environ={"CALLCAMP_TOKEN": "wrong-wrong"})
    assert good.code == 0, good.err
    assert (none.code, wrong.code) == (3, 3)
    assert f"{server.url} rejects requests without a token (401); set CALLCAMP_TOKEN to a valid one, or " in none.err
    assert f"{server.url} rejects the token (401); set CALLCAMP_TOKEN to a valid one" in wrong.err
    assert not re.search("hush-hush|wrong-wrong|Traceback", good.out + good.err + none.err + wrong.err)


def test_an_unreachable_target_ends_the_run_with_exit_code_3(tmp_path: Path) -> None:
    """If nothing listens at the target, the check prints one line, exits with 3 and leaves no ledger."""
    url, ledger = free_url(), tmp_path / "ledger"
    ended = check("--target", url, "--allow-writes", "--ledger", str(ledger))
    assert (ended.code, ended.out) == (3, "")
    assert ended.err == f"{url} did not respond to GET /phones (connection lost or refused)\n"
    assert not ledger.exists()


def test_a_service_that_starts_to_redirect_is_reported(contract: Contract, tmp_path: Path) -> None:
    """If a service starts to redirect all requests, the check reports it and the records it left there."""
    with MockServer(contract, seed=3) as server:
        created: list[int] = []

        @server.app.before_request
        def move_away() -> Response | None:
            if len(created) > 2:
                return Response(status=302, headers={"Location": "http://127.0.0.1:9/elsewhere"})
            created.extend([1] if request.method == "POST" else [])
            return None

        ended = check(*FEW, "--target", server.url, "--allow-writes", "--scripts", str(tmp_path))
        assert len(stored_records(server)) == 15
    assert ended.code == 4, ended.err
    assert ended.err.count(f"curl -X DELETE {server.url}/phones/") >= 3
    assert "Nothing broken, but 1 of 1 properties could not be judged." in ended.err
    assert "Traceback" not in ended.err


def test_records_that_cannot_be_deleted_are_listed_for_clean_up(contract: Contract, tmp_path: Path) -> None:
    """Records that can't be deleted are listed as curl lines with exit code 4; --clean-up removes them later."""
    refusing, ledger = [True], tmp_path / "ledger"
    with MockServer(contract, seed=3) as server:

        @server.app.before_request
        def refuse() -> Response | None:
            return Response(status=503) if refusing[0] and request.method == "DELETE" else None

        ended = check(*FEW, "--target", server.url, "--allow-writes", "--ledger", str(ledger))
        held = records(server)
        left, before = [phone["uuid"] for phone in held[:-12]], held[-12:]
        assert ended.code == 4, ended.err
        assert left
        for key in left:
            assert f"curl -X DELETE {server.url}/phones/{key}   # a delete of it gets 503\n" in ended.err
        assert str(ledger) in ended.err
        stubborn = check("--clean-up", str(ledger), "--target", server.url)
        as_json = check("--clean-up", str(ledger), "--target", server.url, "--json")
        refusing[0] = False
        cleaned = check("--clean-up", str(ledger), "--target", server.url)
        assert records(server) == before
    assert (stubborn.code, stubborn.err.splitlines()[-1]) == (4, f"0 records removed, {len(left)} left")
    assert (as_json.code, as_json.err) == (4, "")
    printed = json.loads(as_json.out)
    assert (printed["removed"], len(printed["left"])) == (0, len(left))
    assert all(any(key in line for line in printed["left"]) for key in left)
    assert (cleaned.code, cleaned.err) == (0, f"{len(left)} records removed, 0 left\n")
    assert not ledger.exists()


def test_a_refuted_assumption_fails_only_a_strict_run(contract: Contract, tmp_path: Path) -> None:
    """A refuted assumption is a warning with exit code 0, and fails the run with --strict."""
    with MockServer(contract, seed=3) as server:

        @server.app.after_request
        def say_no_location(response: Response) -> Response:
            response.headers.pop("Location", None)
            return response

        arguments = (*FEW, "--target", server.url, "--allow-writes", "--scripts", str(tmp_path))
        lenient, strict = check(*arguments), check(*arguments, "--strict")
        baseline = tmp_path / "known.toml"
        known = check(*arguments, "--strict", "--baseline", str(baseline), "--write-baseline")
        lived_with = check(*arguments, "--strict", "--baseline", str(baseline))
    assert (lenient.code, strict.code) == (0, 1), lenient.err + strict.err
    assert "The header Location is missing from the 201 response of registerPhone." in lenient.err
    assert "SCHEMA-HEADER" in strict.err
    assert (known.code, lived_with.code) == (1, 0), lived_with.err
    assert 'code = "SCHEMA-HEADER"' in baseline.read_text()
    assert list(tmp_path.glob("SCHEMA-HEADER*.sh"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--spec", "missing.yaml"], "missing.yaml: the document: can't be read (No such file or directory); "),
        (["--ledger", "docs", "--select", "READ-"], "docs: can't be written ("),
        (["--ledger", "nope/x"], "--ledger nope/x: the folder nope does not exist; create it, or name another file"),
        (["--scripts", "nope/x"], "--scripts nope/x: the folder nope does not exist; create it, or name another file"),
        (
            ["--write-overlay", "nope/x"],
            "--write-overlay nope/x: the folder nope does not exist; create it, or name another file",
        ),
        (
            ["--report", "html=nope/x"],
            "--report nope/x: the folder nope does not exist; create it, or name another file",
        ),
        (["--baseline", "nope"], "--baseline nope: does not exist; create it with --write-baseline"),
        (["--select", "LIST", "--ignore", "LIST"], "--ignore LIST: leaves no property to check; ignore fewer"),
        (["--target", "nonsense"], "--target nonsense: invalid URL; write mock, or a URL such as https://"),
        (
            ["--target", "http://me:hush@x/api"],
            "--target: passwords in URLs are not supported; set CALLCAMP_TOKEN to a token",
        ),
        (["--explain", "NOPE"], "--explain NOPE: unknown property; --list prints all codes"),
        (["--select", "LIST-,NOPE"], "--select NOPE: no property has a code with this prefix; --list prints all codes"),
        (["--report", "json"], "--report json: write FORMAT=PATH; the formats are text, json"),
        (["--report", "pdf=x"], "--report pdf=x: write FORMAT=PATH; the formats are text, json"),
        (["--token-file", "missing"], "--token-file: can't read missing ("),
        (["--clean-up", "missing"], "missing: can't be read ("),
        (["--profile", "huge"], "--profile: 'huge' is not a profile; use one of quick, default, deep"),
        (["--rate", "0"], "--rate: '0' is out of range"),
        (["--seed", "x"], "--seed: 'x' is not a whole number"),
        (["--nope"], "No such option"),
    ],
)
def test_a_usage_error_says_what_to_write(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    """A usage error says what to write, with exit code 2."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "hush" not in err


def test_list_prints_each_property(capsys: pytest.CaptureFixture[str]) -> None:
    """--list prints the code, mode and title of each property."""
    assert main(["--list"]) == 0
    out, err = capsys.readouterr()
    assert [line.split(maxsplit=2) for line in out.splitlines()] == [
        [one.code, "writes" if one.writes else "reads", one.title] for one in CATALOGUE.values()
    ]
    assert err == ""


def test_explain_describes_a_property(capsys: pytest.CaptureFixture[str]) -> None:
    """--explain prints the title, explanation, basis, mode and cost of a property."""
    one = CATALOGUE["LIST-TOTAL"]
    assert main(["--explain", "LIST-TOTAL"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(
        f"LIST-TOTAL: {one.title}\n\n{one.explanation}\n\n{one.provenance}\n\nRests on {one.rests_on}. "
    )
    assert out.endswith(f"It needs its own records.\nIt sends at most {one.cost} requests per round.\n")


def test_every_code_is_once_in_the_catalogue() -> None:
    """Codes are unique, and every code in the source is in the catalogue."""
    codes = [one.code for one in (*(one for module in MODULES for one in module.PROPERTIES), *AFTERWARDS, *CATCH_ALL)]
    assert len(codes) == len(set(codes)) == len(CATALOGUE)
    areas = "|".join(sorted({code.partition("-")[0] for code in codes}))
    for file in (REPOSITORY / "contract_tests").rglob("*.py"):
        mentioned = set(re.findall(rf'"((?:{areas})-[A-Z-]+)"', file.read_text()))
        assert mentioned <= set(codes), f"{file}: {mentioned - set(codes)}"


def test_the_page_of_properties_is_up_to_date() -> None:
    """docs/properties.md is the output of its command."""
    assert (REPOSITORY / "docs" / "properties.md").read_text() == page() + "\n"


def test_help_lists_exit_codes_formats_and_options(capsys: pytest.CaptureFixture[str]) -> None:
    """--help has the exit codes, the formats and the options."""
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert "Exit codes: 0 the contract holds, 1 it is broken, 2 usage" in " ".join(out.split())
    assert {"--target", "--allow-writes", "--clean-up", "--report"} <= set(out.split())
    assert ", ".join(FORMATS) in " ".join(out.split())
