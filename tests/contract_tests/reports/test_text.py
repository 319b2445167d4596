"""The report for people at a terminal."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from contract_tests.findings.curl import curl_credentials
from contract_tests.reports import FORMATS, for_stream
from tests.contract_tests.reports.samples import BROKEN, KEPT


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        """Say that it is a terminal."""
        return True


def test_only_terminals_get_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal gets colours, unless NO_COLOR is set; a file gets none."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[31m" in for_stream(replace(BROKEN, warnings=(), observations={}), Terminal())
    assert "\x1b" not in for_stream(BROKEN, io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in for_stream(BROKEN, Terminal())


def test_the_report_has_no_control_characters() -> None:
    """Text from a service has no control characters in the report."""
    written = FORMATS["text"](BROKEN)
    assert {one for one in written if not one.isprintable()} == {"\n"}


def test_a_finding_has_values_a_pointer_a_script_and_requests() -> None:
    """A finding has both values, its pointer, its script, numbered requests, and lines that clean up."""
    written = FORMATS["text"](
        replace(BROKEN, warnings=(), known=(), credentials=curl_credentials(token=True, header_file=False))
    ).splitlines()
    token = '${CALLCAMP_TOKEN:+-H "Authorization: Bearer $CALLCAMP_TOKEN"}'
    body = """'{"number": "+12025550143", "name": "It'"'"'s $HOME"}'"""
    sent = f"-H 'Content-Type: application/json' --data-raw {body}"
    assert written[:5] == [
        "The contract is broken: 1 finding.",
        "  1 broken promise: LIST-TOTAL-1",
        "  0 refuted assumptions",
        "  0 properties not judged",
        "",
    ]
    assert written[5:21] == [
        "BROKEN LIST-TOTAL  The total counts what matched (2 times)",
        "  The total is not what matched.",
        "  expected    1",
        "  got         12",
        "  operation   listPhones",
        "  rests on    /x-resources/phone/list/answer",
        "  assumed     no: the vendor documents it",
        "  script      found/LIST-TOTAL-1.sh",
        "  to reproduce it:",
        "    BASE=https://staging.example/api",
        f'    1. KEY1=$(curl -X POST "$BASE/phones" {token} {sent} | jq -r .uuid)   # 201',
        f'    2. curl "$BASE/phones/$KEY1" {token}   # 200',
        "  to remove the created records:",
        f'       curl -X DELETE "$BASE/phones/$KEY1" {token}',
        "",
        "Baseline",
    ]


def test_the_last_lines_sum_up_the_run() -> None:
    """The last lines have properties, requests, rate, records, seed and the command that repeats the run."""
    written = FORMATS["text"](KEPT).splitlines()
    assert written[-7:] == [
        "The contract holds.",
        "  properties  1 hold, 0 broken, 1 not checked",
        "  requests    1,200 in 12.5 s (96/s, at most 10/s)",
        "  records     40 created, 40 removed, 0 left",
        "  target      https://staging.example/api (wrote only its own records)",
        "  seed        7, profile default",
        "  again       callcamp-check --seed 7",
    ]


def test_the_coverage_names_what_was_not_exercised() -> None:
    """The coverage has totals, and for each operation the statuses and what was never exercised."""
    written = FORMATS["text"](KEPT)
    shares = "Exercised  1 of 2 operations, 2 of 4 statuses, 1 of 2 parameters, 1 of 2 boundaries\n"
    assert shares in written
    assert "  listPhones   1,200  200 (1,199) 400 (1)\n" in written
    gaps = ["never provoked: 429", "parameters never sent: search", "not tried: 1 of 2 boundary values"]
    assert [line.strip() for line in written.splitlines() if line.strip() in gaps] == gaps


def test_the_slowest_properties_are_in_columns() -> None:
    """A property that sent one request lines up with the others."""
    one = replace(KEPT.properties[0], requests=1, seconds=3.0)
    written = FORMATS["text"](replace(KEPT, properties=(one, *KEPT.properties))).splitlines()
    assert written[written.index("Slowest") + 1 :][:2] == [
        "     3.00 s      1 request   READ-ECHO (phone)",
        "     0.20 s      4 requests  READ-ECHO (phone)",
    ]
