"""Results for the tests of reports, with hostile text from a service."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from contract_tests.findings.baseline import Deviation
from contract_tests.findings.finding import Finding
from contract_tests.findings.steps import Step
from contract_tests.reports import PropertyRun, Result

TARGET = "https://staging.example/api"
NASTY = "</code><script>alert('x')</script> ``` | [a](b) %0A \x1b[31m *b* \x00"
CREATE = Step(
    number=1,
    method="POST",
    path="/phones",
    key=None,
    bound_to=None,
    query="",
    content='{"number": "+12025550143", "name": "It\'s $HOME"}',
    content_type="application/json",
    authorization="token",
    creates="uuid",
    group=0,
    status=201,
    removal="DELETE /phones/{uuid}",
)
READ = replace(
    CREATE,
    number=2,
    method="GET",
    path="/phones/{key}",
    key="6f1c",
    bound_to=1,
    content=None,
    creates=None,
    status=200,
    removal=None,
)
FINDING = Finding(
    code="LIST-TOTAL",
    sentence="The total is not what matched.",
    expected="1",
    observed="12",
    operation="listPhones",
    pointer="/x-resources/phone/list/answer",
    assumption=None,
    suggested_change="",
    steps=(CREATE, READ),
    claim=["is", ["json", 2, "/total"], ["literal", 1]],
)
ASSUMED = replace(
    FINDING,
    code="LIST-PAST-END",
    sentence=f"A page past the end says {NASTY}",
    observed=NASTY,
    pointer="/x-resources/phone/list/paging",
    assumption="A page past the end is empty",
    suggested_change="write 404 at /x-resources/phone/list/paging/past-end",
    attempts=4,
)
KNOWN = replace(FINDING, code="SEARCH-CASE", sentence="The search minds letter case.", pointer="/search")
DEVIATION = Deviation("SEARCH-CASE", "/search", "The vendor mends it in May", date(2027, 5, 31))
PROPERTIES = (
    PropertyRun("LIST-TOTAL", "The total counts what matched", "phone", "broken", 9, 0.5),
    PropertyRun("LIST-PAST-END", "A page past the end is empty", "phone", "broken", 3, 2.25),
    PropertyRun("SEARCH-CASE", "Letter case does not count", "phone", "broken", 3, 0.1),
    PropertyRun("READ-ECHO", "A get shows the record", "phone", "kept", 4, 0.2),
    PropertyRun("UPDATE-REPLACES", "An update replaces", "", "not checked", why="it does not apply here"),
)
COVERAGE: dict[str, dict[str, Any]] = {
    "listPhones": {
        "requests": 1_200,
        "statuses": {"200": 1_199, "400": 1, "429": 0},
        "parameters": {"page": 7, "search": 0},
        "members": {},
        "boundaries": {"page minimum": 2, "page minimum passed": 0},
    },
    "deletePhone": {"requests": 0, "statuses": {"204": 0}, "parameters": {}, "members": {}, "boundaries": {}},
}
KEPT = Result(
    target=TARGET,
    seed=7,
    profile="default",
    writes=True,
    again="callcamp-check --seed 7",
    began="2026-11-24T10:00:00Z",
    spec="Phones 1.0.0",
    spec_sha256="0" * 64,
    versions={"schemathesis": "4.32.5"},
    seconds=12.5,
    rate_per_s=10.0,
    requests=1_200,
    created=40,
    removed=40,
    properties=(PROPERTIES[3], PROPERTIES[4]),
    coverage=COVERAGE,
)
BROKEN = replace(
    KEPT,
    findings=(FINDING, replace(FINDING, steps=(CREATE, READ, replace(READ, number=3)))),
    warnings=(ASSUMED,),
    known=((KNOWN, DEVIATION),),
    expired=(Deviation("READ-ECHO", "/paths", "Old", date(2026, 1, 31)),),
    gone=(Deviation("READ-ECHO", "/paths/2", "Mended", None),),
    observations={f"listPhones answered the member {NASTY}": 3},
    properties=PROPERTIES,
    removed=39,
    left=('curl -X DELETE https://staging.example/api/phones/6f1c -H "Authorization: Bearer $CALLCAMP_TOKEN"',),
    ledger="ledger.jsonl",
    scripts="found",
)
"""Two findings of one cause, a refuted assumption, a known deviation, and a record left behind."""
