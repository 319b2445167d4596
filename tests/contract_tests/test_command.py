"""The command: what it prints, how it ends."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from flask import Response, request

from contract_tests.__main__ import main
from contract_tests.properties import CATALOGUE
from contract_tests.reports import FORMATS
from mock_server import MockServer
from mock_server.place import Place
from openapi import Contract
from tests.contract_tests.support import check, records

QUICK = ("--profile", "quick", "--seed", "7")
FEW = (*QUICK, "--select", "CREATE-KEY")


def free_url() -> str:
    """An address where nobody listens."""
    place = Place("127.0.0.1", 0)
    place.close()
    return f"http://127.0.0.1:{place.port}/api"


def test_the_mock_keeps_the_contract(tmp_path: Path) -> None:
    """Against a mock of its own the quick profile finds nothing, leaves nothing, and says both on stderr."""
    file, ledger = tmp_path / "report.json", tmp_path / "ledger"
    ended = check(*QUICK, "--report", f"json={file}", "--report", "text=-", "--ledger", str(ledger))
    assert (ended.code, ended.err.count("\n")) == (0, 2), ended.err
    result = json.loads(file.read_text())
    assert re.fullmatch(
        r"checking http://127\.0\.0\.1:\d+/api: it writes only records of its own", ended.err.split("\n")[0]
    )
    assert ended.out.startswith(f"The contract holds: {result['checked']} properties, ")
    assert ended.err.endswith(ended.out)
    # Each property, the sequences, and one test for each of the five operations.
    assert result["checked"] == len(CATALOGUE) + 1 + 5
    assert (result["findings"], result["warnings"], result["left"], result["lost"]) == ([], [], [], None)
    assert (result["seed"], result["profile"], result["writes"]) == (7, "quick", True)
    assert result["created"] > 50
    assert not ledger.exists()


def test_a_run_that_only_reads(service: MockServer) -> None:
    """Without --allow-writes nothing but reads reaches the service, and that is said at once."""
    methods: set[str] = set()

    @service.app.before_request
    def note() -> None:
        methods.add(request.method)

    before = records(service)
    ended = check(*QUICK, "--target", service.url, "--report", "json=-")
    assert ended.code == 0, ended.err
    assert ended.err.startswith(f"checking {service.url}: it only reads; --allow-writes lets it write\n")
    result = json.loads(ended.out)
    assert (result["writes"], result["created"], result["findings"]) == (False, 0, [])
    assert result["checked"] > 5
    assert methods == {"GET", "HEAD"}
    assert records(service) == before


def test_pytest_on_its_own(service: MockServer) -> None:
    """`pytest contract_tests` does the same with pytest's own report, and leaves nothing."""
    before = records(service)
    command = (sys.executable, "-m", "pytest", "-p", "no:xdist", "--assert", "plain", "contract_tests")
    arguments = ("--target", service.url, "--allow-writes", "--profile", "quick", "--check-seed", "7")
    ended = check(*arguments, "-k", "test_property or test_sequences", command=command)
    assert ended.code == 0, ended.out
    assert f"target: {service.url} (writes records of its own)" in ended.out
    assert "seed: 7, profile: quick" in ended.out
    assert f"{len(CATALOGUE) + 1} passed" in ended.out
    assert records(service) == before


def test_a_token(contract: Contract, tmp_path: Path) -> None:
    """A service that wants a token gets the one in the file; without it, or with another, the end is 3 and says why."""
    file = tmp_path / "token"
    file.write_text("hush-hush\n")
    with MockServer(contract, token="hush-hush") as server:
        arguments = (*QUICK, "--target", server.url, "--select", "AUTH-,LIST-EMPTY")
        good = check(*arguments, "--token-file", str(file))
        none = check(*arguments)
        wrong = check(*arguments, environ={"CALLCAMP_TOKEN": "wrong-wrong"})
    assert (good.code, good.out) == (0, ""), good.err
    assert "The contract holds: 2 properties, " in good.err
    assert (none.code, wrong.code) == (3, 3)
    assert f"{server.url} refuses a request without a token; set CALLCAMP_TOKEN (401)" in none.err
    assert f"{server.url} refuses the token in CALLCAMP_TOKEN (401)" in wrong.err
    assert not re.search("hush-hush|wrong-wrong|Traceback", good.err + none.err + wrong.err)


def test_a_service_that_is_not_there(tmp_path: Path) -> None:
    """Where nobody answers the end is 3, in one line, and no ledger stays."""
    url, ledger = free_url(), tmp_path / "ledger"
    ended = check("--target", url, "--allow-writes", "--ledger", str(ledger))
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.strip() == f"Exit: {url} gave no answer to GET /phones (connection lost or refused)"
    assert not ledger.exists()


def test_what_cannot_be_removed(contract: Contract, tmp_path: Path) -> None:
    """What the service won't delete is listed as curl lines and ends with 4; --clean-up takes it away later."""
    refusing, ledger = [True], tmp_path / "ledger"
    with MockServer(contract, seed=3) as server:

        @server.app.before_request
        def refuse() -> Response | None:
            return Response(status=503) if refusing[0] and request.method == "DELETE" else None

        ended = check(*FEW, "--target", server.url, "--allow-writes", "--ledger", str(ledger))
        before, left = records(server)[3:], [phone["uuid"] for phone in records(server)[:3]]
        assert (ended.code, len(before)) == (4, 12), ended.err
        for key in left:
            assert f"\n  curl -X DELETE {server.url}/phones/{key}\n" in ended.err
        stubborn = check("--clean-up", str(ledger))
        refusing[0] = False
        cleaned = check("--clean-up", str(ledger))
        assert records(server) == before
    assert (stubborn.code, stubborn.err.splitlines()[-1]) == (4, "0 records removed, 3 left")
    assert (cleaned.code, cleaned.err) == (0, "3 records removed, 0 left\n")
    assert not ledger.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--spec", "missing.yaml"], "ERROR: missing.yaml: the document: can't be read (No such file or directory); "),
        (["--ledger", "pyproject.toml/x", "--select", "READ-"], "ERROR: pyproject.toml/x: can't be written ("),
    ],
)
def test_what_stops_it_before_it_starts(arguments: list[str], message: str) -> None:
    """A document or a ledger that can't be used ends it with 2 and one line."""
    ended = check(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.strip().startswith(message)
    assert ended.err.strip().count("\n") == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--target", "nonsense"], "--target nonsense: is no address; write mock, or a URL such as https://"),
        (["--target", "http://me:hush@x/api"], "--target: holds a password; send a token instead, in CALLCAMP_TOKEN"),
        (["--explain", "NOPE"], "--explain NOPE: is no property; --list tells which there are"),
        (["--select", "LIST-,NOPE"], "--select NOPE: begins no property's code; --list tells which there are"),
        (["--report", "json"], "--report json: write text=PATH or json=PATH"),
        (["--report", "pdf=x"], "--report pdf=x: write text=PATH or json=PATH"),
        (["--token-file", "missing"], "--token-file missing: can't be read ("),
        (["--clean-up", "missing"], "missing: can't be read ("),
        (["--profile", "huge"], "'huge' is not one of 'quick', 'default', 'deep'"),
        (["--rate", "0"], "0 is not in the range"),
        (["--seed", "x"], "'x' is not a valid integer"),
        (["--nope"], "No such option"),
    ],
)
def test_usage(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    """What is asked wrongly is said, with what to write instead, and ends with 2."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "hush" not in err


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    """--list prints each code with its title, and nothing else."""
    assert main(["--list"]) == 0
    out, err = capsys.readouterr()
    assert [line.split(maxsplit=1) for line in out.splitlines()] == [
        [one.code, one.title] for one in CATALOGUE.values()
    ]
    assert err == ""


def test_an_explanation(capsys: pytest.CaptureFixture[str]) -> None:
    """--explain prints the title, what it means, what it rests on, and whether it writes."""
    assert main(["--explain", "LIST-TOTAL"]) == 0
    writes = capsys.readouterr().out
    assert writes.startswith("LIST-TOTAL: Counts are of what matched\n\n`total` counts what matched")
    assert writes.endswith("\n\nRests on list/answer. It needs records of its own.\n")
    assert main(["--explain", "HTTP-HEAD"]) == 0
    assert capsys.readouterr().out.endswith("It only reads.\n")


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    """--help names the exit codes and every option."""
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert "Exit codes: 0 the contract holds, 1 it is broken, 2 usage" in out
    assert {"--target", "--allow-writes", "--clean-up", "--report"} <= set(out.split())
    assert set(FORMATS) == {"text", "json"}
