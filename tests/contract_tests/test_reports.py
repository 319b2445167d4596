"""The reports: a result in words and in JSON."""

from __future__ import annotations

import json
from dataclasses import replace

from contract_tests.findings import Finding
from contract_tests.reports import FORMATS, Result

FINDING = Finding(
    code="LIST-TOTAL",
    sentence="The total is not what matched.",
    expected="5",
    observed="12",
    operation="listPhones",
    pointer="/x-resources/phone/list/answer",
    assumption=None,
    steps=("1. curl one", "2. curl two"),
)
GOOD = Result(
    target="http://127.0.0.1:9/api",
    seed=7,
    profile="quick",
    writes=True,
    checked=39,
    requests=1858,
    created=12,
    seconds=4.2,
    findings=(),
    warnings=(),
    left=(),
    lost=None,
)


def test_a_contract_that_holds() -> None:
    """Without findings the text is one line."""
    assert FORMATS["text"](GOOD) == (
        "The contract holds: 39 properties, 1,858 requests, 4.2 s, 12 records created, 0 left, seed 7.\n"
    )


def test_a_finding_in_words() -> None:
    """The same finding met twice is said once, by its shortest reproduction; an assumption says why it is made."""
    shorter = replace(FINDING, steps=("1. curl short",))
    assumed = replace(FINDING, code="LIST-ORDER", assumption="custom")
    text = FORMATS["text"](replace(GOOD, findings=(FINDING, shorter), warnings=(assumed,)))
    assert text.splitlines()[:8] == [
        "broken: LIST-TOTAL: The total is not what matched. (2 times)",
        "  operation  listPhones",
        "  expected   5",
        "  observed   12",
        "  rests on   /x-resources/phone/list/answer",
        "  documented by the vendor",
        "  reproduce, with BASE the address of the service:",
        "    1. curl short",
    ]
    assert "assumption refuted: LIST-ORDER: The total is not what matched." in text
    assert "  assumed    custom" in text
    assert text.splitlines()[-1].startswith("The contract is broken: ")


def test_what_was_left_and_lost() -> None:
    """What could not be removed and why a run was not finished are said."""
    text = FORMATS["text"](replace(GOOD, left=("curl -X DELETE x",), lost="no answer"))
    assert text.splitlines()[:3] == [
        "could not be removed:",
        "  curl -X DELETE x",
        "the target was lost: no answer",
    ]
    assert text.splitlines()[3].startswith("Not finished: ")
    assert "1 left" in text


def test_a_finding_in_json() -> None:
    """The JSON has every member of the result and of its findings."""
    value = json.loads(FORMATS["json"](replace(GOOD, findings=(FINDING,))))
    assert value["findings"][0]["steps"] == ["1. curl one", "2. curl two"]
    assert (value["seed"], value["writes"], value["left"], value["lost"]) == (7, True, [], None)
