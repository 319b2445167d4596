"""The report for programs, described by `report.schema.json`."""

from __future__ import annotations

import json
from typing import Any

from contract_tests.findings.baseline import Deviation
from contract_tests.findings.reproduction import as_data
from contract_tests.reports.result import Result
from contract_tests.reports.summary import (
    Cause,
    causes,
    headline,
    lines_of,
    mode,
    numbers_of,
    script_of,
    verdict,
    verdict_on,
)

VERSION = 1
"""Increases when a field is removed or changes its meaning, not when a field is added."""


def as_json(result: Result) -> str:
    """The report as JSON. What is not printable, such as a control character in a body that was sent, is escaped."""
    text = json.dumps(data(result), indent=2, ensure_ascii=False)
    return "".join(one if one.isprintable() or one == "\n" else json.dumps(one)[1:-1] for one in text) + "\n"


def data(result: Result) -> dict[str, Any]:
    """The report as a JSON value."""
    word, sentence = verdict(result)
    found = causes(result)
    return {
        "version": VERSION,
        "verdict": word,
        "summary": sentence,
        "headline": headline(result),
        "run": _run(result),
        "records": {
            "created": result.created,
            "removed": result.removed,
            "left": list(result.left),
            "ledger": result.ledger or None,
        },
        "findings": [_cause(result, cause) for cause in found],
        "baseline": {
            "expired": [_deviation(one) for one in result.expired],
            "gone": [_deviation(one) for one in result.gone],
        },
        "calibration": {
            "requests": result.calibration_requests,
            "questions": [
                {"pointer": one.pointer, "declared": one.declared, "word": one.word, "evidence": one.evidence}
                for one in result.calibration
            ],
        },
        "overlay": [
            {"sentence": one.sentence, "pointers": list(one.pointers), "state": one.state} for one in result.stored
        ],
        "observations": [{"sentence": one, "times": times} for one, times in result.observations.items()],
        "properties": [
            {
                "code": one.code,
                "title": one.title,
                "subject": one.subject,
                "outcome": one.outcome,
                "why": one.why or None,
                "verdict": verdict_on(found, one),
                "under": numbers_of(found, one),
                "requests": one.requests,
                "seconds": round(one.seconds, 3),
            }
            for one in result.properties
        ],
        "coverage": {name: dict(operation) for name, operation in result.coverage.items()},
    }


def _run(result: Result) -> dict[str, Any]:
    return {
        "target": result.target,
        "mode": mode(result),
        "profile": result.profile,
        "seed": result.seed,
        "shard": {"number": result.shard[0], "of": result.shard[1]} if result.shard else None,
        "strict": result.strict,
        "again": result.again or None,
        "spec": result.spec or None,
        "spec_sha256": result.spec_sha256 or None,
        "versions": dict(result.versions),
        "began": result.began or None,
        "seconds": round(result.seconds, 3),
        "requests": result.requests,
        "rate_per_s": result.rate_per_s,
        "retried": result.retried,
        "waited": result.waited,
        "removals": result.removals,
        "lost": result.lost,
        "ended": result.ended,
        "errors": list(result.errors),
    }


def _cause(result: Result, cause: Cause) -> dict[str, Any]:
    finding = cause.finding
    steps, removing = lines_of(result, cause)
    return {
        "kind": cause.kind,
        "name": cause.name,
        "number": cause.number or None,
        "judged_under": list(cause.judged_under),
        "changed": cause.changed,
        "code": finding.code,
        "title": cause.title or None,
        "sentence": finding.sentence,
        "expected": finding.expected,
        "observed": finding.observed,
        "operation": finding.operation,
        "pointer": finding.pointer,
        "documented": finding.documented,
        "assumption": finding.assumption,
        "amendment": finding.suggested_change or None,
        "actions": [dict(one) for one in finding.actions],
        "times": cause.times,
        "attempts": finding.attempts,
        "known": _deviation(cause.deviation) if cause.deviation else None,
        "script": script_of(result, cause),
        "commands": [{"number": one.number, "line": one.line, "note": one.note} for one in steps],
        "removals": removing,
        "claim": list(finding.claim),
        "replay": as_data(finding),
    }


def _deviation(one: Deviation) -> dict[str, Any]:
    return {
        "code": one.code,
        "pointer": one.pointer,
        "reason": one.reason,
        "until": one.until.isoformat() if one.until else None,
    }
