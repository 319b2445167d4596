"""JUnit XML for CI servers: one test case for each property on each resource."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from contract_tests.reports.result import PropertyRun, Result
from contract_tests.reports.summary import Cause, causes, judged_under, lines_of, script_of
from contract_tests.target.printing import quoted

# Characters that XML 1.0 does not allow, not even as references (section 2.2, Char).
_IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(result: Result) -> str:
    """The report as XML."""
    found = _by_property(result)
    suite = ET.Element("testsuite", name="callcamp-check", time=f"{result.seconds:.3f}")
    if result.began:
        suite.set("timestamp", result.began)
    _add_run(suite, result)
    for one, of in found:
        _add_case(suite, result, one, of)
    if result.lost:
        _add_error(suite, "target", result.lost)
    for error in result.errors:
        _add_error(suite, "check", error)
    if result.left:
        _add_error(suite, "records left behind", "\n".join(result.left))
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(1 for _ in suite.iter(tag))))
    suites = ET.Element("testsuites", {**suite.attrib, "name": "callcamp-check"})
    suites.append(suite)
    ET.indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _by_property(result: Result) -> list[tuple[PropertyRun, list[Cause]]]:
    """Each property with its findings; a finding with another code is a separate property."""
    found: list[tuple[PropertyRun, list[Cause]]] = [(one, []) for one in result.properties]
    for cause in causes(result):
        same = [entry for entry in found if entry[0].code == cause.finding.code]
        if not same:
            same = [(PropertyRun(cause.finding.code, cause.title, cause.finding.operation, "broken"), [])]
            found.append(same[0])
        broken = [entry for entry in same if entry[0].outcome == "broken"]
        (broken or same)[0][1].append(cause)
    return found


def _add_run(suite: ET.Element, result: Result) -> None:
    properties = ET.SubElement(suite, "properties")
    values: Mapping[str, object] = {
        "target": result.target,
        "seed": result.seed,
        "profile": result.profile,
        "again": result.again,
        "spec_sha256": result.spec_sha256,
        "requests": result.requests,
        "created": result.created,
        "left": len(result.left),
    }
    for name, value in values.items():
        ET.SubElement(properties, "property", name=name, value=_possible(str(value)))


def _add_case(suite: ET.Element, result: Result, one: PropertyRun, of: Sequence[Cause]) -> None:
    names = ("callcamp", one.subject, one.code.partition("-")[0].lower())
    case = ET.SubElement(
        suite,
        "testcase",
        classname=".".join(one for one in names if one),
        name=_possible(f"{one.code}: {one.title}" if one.title else one.code),
        time=f"{one.seconds:.3f}",
    )
    failing = [cause for cause in of if cause.kind == "broken"]
    others = [cause for cause in of if cause.kind != "broken"]
    for cause in failing:
        failure = ET.SubElement(case, "failure", type=cause.finding.code, message=_possible(cause.finding.sentence))
        failure.text = _possible(_details(result, cause))
    if not failing and (others or one.outcome != "kept"):
        skipped = {"refuted": "assumption refuted", "known": "known deviation"}
        reasons = "; ".join(f"{skipped[cause.kind]}: {cause.finding.sentence}" for cause in others)
        ET.SubElement(case, "skipped", message=_possible(reasons or one.why or "ended by another finding"))
    if others:
        out = ET.SubElement(case, "system-out")
        out.text = _possible("\n\n".join(_details(result, cause) for cause in others))


def _add_error(suite: ET.Element, name: str, text: str) -> None:
    case = ET.SubElement(suite, "testcase", classname="callcamp.run", name=name, time="0.000")
    error = ET.SubElement(case, "error", message=_possible(text.splitlines()[0] if text else name))
    error.text = _possible(text)


def _details(result: Result, cause: Cause) -> str:
    finding = cause.finding
    steps, removing = lines_of(result, cause)
    lines = [
        f"expected: {finding.expected}",
        f"got: {finding.observed}",
        f"operation: {finding.operation}",
        f"rests on: {finding.pointer}",
        f"difference {cause.number}, judged: {judged_under(cause) or 'none'}" if cause.number else "",
        f"assumed: {finding.assumption}" if finding.assumption else "documented by the vendor",
        f"to allow it: {finding.suggested_change}" if finding.suggested_change else "",
        f"occurred {cause.times} times" if cause.times > 1 else "",
        cause.repetition,
        f"script: {script_of(result, cause)}" if result.scripts else "",
        f"BASE={quoted(result.target)}" if steps else "",
        *(f"{one.number}. {one.line}   # {one.note}" for one in steps),
        *(f"to clean up: {line}" for line in removing),
    ]
    return "\n".join(line for line in lines if line)


def _possible(text: str) -> str:
    return _IMPOSSIBLE.sub("\N{REPLACEMENT CHARACTER}", text)
