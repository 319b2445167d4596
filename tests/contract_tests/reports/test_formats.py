"""Every format on the same results."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from contract_tests import reports
from contract_tests.reports import FORMATS, Result
from contract_tests.reports.json_report import VERSION
from contract_tests.reports.result import PropertyRun
from contract_tests.reports.summary import ONLY_READS, verdict
from tests.contract_tests.reports.samples import ASSUMED, BROKEN, FINDING, KEPT, READ, TARGET

SCHEMA = json.loads((Path(reports.__file__).parent / "report.schema.json").read_text(encoding="utf-8"))
LOST = replace(KEPT, lost="did not respond to GET /phones (time-out)")


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"github"}))
def test_every_format_has_all_parts_of_a_finding(name: str) -> None:
    """Each format has a finding's code, sentence, values, pointer, assumption, suggested change and requests."""
    written = FORMATS[name](BROKEN)
    plain = written if name != "junit" else "".join(ET.fromstring(written).itertext()) + written
    wanted = [FINDING.code, FINDING.sentence, FINDING.pointer, "A page past the end is empty", "write 404 at", "KEY1="]
    assert [one for one in wanted if one not in plain] == []


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_findings_of_one_cause_are_one_entry(name: str) -> None:
    """Findings with the same code and pointer are one entry, which shows the one with the fewest requests."""
    written = FORMATS[name](BROKEN)
    assert written.count(FINDING.sentence) == (2 if name == "junit" else 1) - (name == "junit")
    assert "3. curl" not in written


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_has_the_command_for_leftover_records(name: str) -> None:
    """Every format has the command that removes a record left behind."""
    assert "/phones/6f1c" in FORMATS[name](BROKEN)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_lost_target_is_reported(name: str) -> None:
    """Every format says that the target stopped responding, and none that the contract holds."""
    written = FORMATS[name](LOST)
    assert "time-out" in written
    assert "The contract holds" not in written


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_no_format_shows_the_token(name: str) -> None:
    """An echoed token is masked: plain, in a URL, and truncated."""
    token = "s3cret/Token+which-is-long=="
    echoed = replace(
        FINDING,
        sentence=f"It says {token}.",
        observed=f'"Bearer {token[:9]}…',
        steps=(replace(READ, query="q=s3cret%2FToken%2Bwhich-is-long%3D%3D", bound_to=None, content=token),),
        claim=["is", ["literal", token], ["literal", 1]],
    )
    result = Result(
        TARGET,
        7,
        "quick",
        findings=(echoed,),
        observations={f"it answered {token}": 1},
        errors=(f"Traceback: {token}",),
        lost=f"lost {token}",
        left=(f"curl {token}",),
        secrets=(token,),
    )
    written = FORMATS[name](result)
    assert [part for part in ("s3cret", "which-is-long") if part in written] == []
    assert "***" in written
    assert token not in repr(result)


def test_masking_keeps_references_to_the_token() -> None:
    """Masking does not change how a step refers to the token, even if the token is "token"."""
    result = Result(TARGET, 7, "quick", findings=(FINDING,), secrets=("token",))
    assert {step.authorization for step in result.findings[0].steps} == {"token"}


@pytest.mark.parametrize("result", [KEPT, BROKEN, LOST], ids=["kept", "broken", "lost"])
def test_the_json_report_matches_its_schema(result: Result) -> None:
    """The JSON report matches its published schema."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(FORMATS["json"](result)))


def test_the_report_has_the_version_of_its_schema() -> None:
    """The report has the version of the schema, and every field of the schema has a description."""
    assert SCHEMA["properties"]["version"]["const"] == VERSION

    def undescribed(node: Mapping[str, object], path: str) -> list[str]:
        members = node.get("properties", {})
        assert isinstance(members, dict)
        return [
            pointer
            for name, one in members.items()
            for pointer in ([f"{path}/{name}"] if "description" not in one else undescribed(one, f"{path}/{name}"))
        ]

    assert undescribed(SCHEMA, "") == []


def test_junit_has_a_test_case_for_each_property() -> None:
    """A broken property fails; a refuted, known or unchecked one is skipped; records left behind are an error."""
    suite = ET.fromstring(FORMATS["junit"](BROKEN))[0]
    outcomes = {
        case.get("name", "").partition(":")[0]: [child.tag for child in case] for case in suite.iter("testcase")
    }
    assert outcomes == {
        "LIST-TOTAL": ["failure"],
        "LIST-PAST-END": ["skipped", "system-out"],
        "SEARCH-CASE": ["skipped", "system-out"],
        "READ-ECHO": [],
        "UPDATE-REPLACES": ["skipped"],
        "records left behind": ["error"],
    }
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["6", "1", "1", "3"]


def test_junit_has_a_test_case_for_a_finding_of_another_property() -> None:
    """A finding with another code than its property is a separate test case, and the property is skipped."""
    found = replace(KEPT, findings=(replace(FINDING, code="SCHEMA-BODY"),), properties=BROKEN.properties[:1])
    cases = {case.get("name", ""): [child.tag for child in case] for case in ET.fromstring(FORMATS["junit"](found))[0]}
    assert [tags for name, tags in cases.items() if name.startswith("SCHEMA-BODY")] == [["failure"]]
    assert [tags for name, tags in cases.items() if name.startswith("LIST-TOTAL")] == [["skipped"]]


def test_annotations_escape_line_breaks_and_percent_signs() -> None:
    """An annotation is one line, with line breaks and percent signs escaped."""
    lines = FORMATS["github"](BROKEN).splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["::error"] * 2 + ["::warning"] * 3 + ["::notice"]
    refuted = next(line for line in lines if ASSUMED.code in line)
    assert refuted.startswith("::warning title=LIST-PAST-END (assumption refuted)::")
    assert "%250A" in refuted
    assert "::notice title=Observed%2C but not documented::" in lines[-1]


@pytest.mark.parametrize(
    ("file", "shown"), [("api/phones,v2.yaml", "file=api/phones%2Cv2.yaml,line=12,"), ("/elsewhere/phones.yaml", "")]
)
def test_an_annotation_names_the_file_and_line_of_the_document(file: str, shown: str) -> None:
    """An annotation names the file and line that its finding rests on, if the file is one of the repository."""
    result = replace(KEPT, findings=(FINDING,), locations={FINDING.pointer: (file, 12)})
    assert FORMATS["github"](result).startswith(f"::error {shown}title=LIST-TOTAL::")
    assert f"{FINDING.pointer} ({file}:12)" in FORMATS["text"](result)


def test_the_tenth_annotation_names_the_remaining_findings() -> None:
    """With more than ten findings the tenth annotation names the remaining ones, since GitHub drops them."""
    many = tuple(replace(FINDING, code=f"LIST-N{number}", pointer=f"/{number}") for number in range(14))
    lines = FORMATS["github"](replace(KEPT, findings=many)).splitlines()
    assert len(lines) == 10
    assert lines[-1] == "::error title=5 more::LIST-N9, LIST-N10, LIST-N11, LIST-N12, LIST-N13"


def test_markdown_names_the_file_and_line_of_the_document() -> None:
    """A node that a finding rests on has its file and line, if they are known."""
    written = FORMATS["markdown"](replace(BROKEN, locations={FINDING.pointer: ("openapi/phones.yaml", 307)}))
    assert (
        f'<tr><th align="left">Rests&nbsp;on</th><td><code>{FINDING.pointer}</code> (openapi/phones.yaml, line 307)'
        in written
    )
    assert "line 0" not in FORMATS["markdown"](BROKEN)


def test_text_from_a_service_is_never_structural_in_markdown() -> None:
    """Text from a service is never structural in Markdown."""
    written = FORMATS["markdown"](BROKEN)
    outside = re.sub(r"(?ms)^(`{3,})sh$.*?^\1$", "", written)
    assert "<script" not in outside
    assert "```" not in outside
    assert "[a](b)" not in outside
    got = [line for line in outside.splitlines() if ">Got<" in line]
    tags = ["<tr>", '<th align="left">', "</th>", "<td>", "<code>", "</code>", "</td>", "</tr>"]
    assert got
    assert [re.findall("<[^>]*>", line) for line in got] == [tags] * len(got)


class _Page(HTMLParser):
    """The tags of a page, the resources it loads, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what it is and what it loads."""
        self.tags.append(tag)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "style", "data")]

    def handle_data(self, data: str) -> None:
        """Note the text."""
        self.words += data


def test_the_page_escapes_text_from_a_service() -> None:
    """Text from a service is escaped on the page, which has no script but its own."""
    page = _Page(FORMATS["html"](BROKEN))
    assert page.tags.count("script") == 1
    assert "</code><script>alert('x')</script>" in page.words


def test_the_page_loads_nothing() -> None:
    """The page links only to itself, and its policy forbids loading anything."""
    text = FORMATS["html"](BROKEN)
    assert {one[0] for one in _Page(text).loads} == {"#"}
    assert "default-src 'none'" in text
    assert re.search(r"url\(|@import", text) is None


_ONLY_READ = replace(
    KEPT,
    properties=(
        *(PropertyRun(f"LIST-{number}", "", "phone", "kept") for number in (1, 2)),
        PropertyRun("UPDATE-REPLACES", "", "", "not checked", why=ONLY_READS),
    ),
)


@pytest.mark.parametrize(
    ("result", "word", "sentence"),
    [
        (KEPT, "holds", "The contract holds."),
        (BROKEN, "broken", "The contract is broken: 1 finding."),
        (LOST, "unfinished", "Not finished: the target stopped responding."),
        (replace(KEPT, ended="the budget is spent"), "unfinished", "Not finished, nothing broken so far: the "),
        (replace(KEPT, errors=("Traceback",)), "failed", "Not finished: the check itself failed."),
        (
            replace(BROKEN, lost="gone"),
            "broken",
            "Not finished: the target stopped responding. The contract is b",
        ),
        (
            replace(BROKEN, ended="interrupted"),
            "broken",
            "Not finished: interrupted. The contract is broken: 1 finding.",
        ),
        (
            _ONLY_READ,
            "holds",
            "Nothing broken in the read-only checks (2 of 3 properties); --allow-writes ",
        ),
    ],
)
def test_the_verdict_depends_on_findings_and_on_how_the_run_ended(result: Result, word: str, sentence: str) -> None:
    """The verdict is broken with a finding, otherwise unfinished or failed if the run stopped, otherwise holds."""
    assert verdict(result)[0] == word
    assert verdict(result)[1].startswith(sentence)
