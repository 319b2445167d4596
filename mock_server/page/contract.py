"""The page of the contract: what each operation does, what is assumed, and what the last check found."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from flask import Blueprint, Response

from mock_server.page.operation_words import sentences
from mock_server.page.rendering import Renderer
from openapi.contract import JsonValue
from openapi.overlay import json_path

_KNOWN_FOR_DAYS = 90
"""How long the check itself lets a known deviation stand (docs/contract-check.md)."""


class CheckReport(NamedTuple):
    """A report of the contract check, or why there is none to show."""

    problem: str
    verdict: str = ""
    summary: str = ""
    target: str = ""
    began: str = ""
    findings: tuple[dict[str, JsonValue], ...] = ()


def add_contract_page(blueprint: Blueprint, renderer: Renderer) -> None:
    """Add the page of the contract."""
    context = renderer.context

    @blueprint.get("/page/contract")
    def show_contract() -> Response:
        contract = context.mock.contract
        operations = [
            {
                "operation": operation,
                "sentences": sentences(contract, operation),
                "assumptions": [
                    one for pointer, one in contract.assumptions.items() if pointer.startswith(operation.pointer)
                ],
            }
            for operation in contract.operations.values()
        ]
        file = context.mock.settings.report_json
        return renderer.page(
            "contract.html",
            "contract",
            operations=operations,
            assumptions=list(contract.assumptions.values()),
            report=None if file is None else read_report(file),
            warnings=contract.warnings,
        )


def read_report(file: Path) -> CheckReport:
    """What the report in `file` says (docs/reports.md)."""
    try:
        report = json.loads(file.read_bytes())
    except FileNotFoundError:
        return CheckReport(f"There is no report at {file} yet. Run callcamp-check --report json={file}.")
    except (OSError, ValueError) as error:
        return CheckReport(f"The report {file} can't be read: {error}.")
    try:
        return CheckReport(
            problem="",
            verdict=str(report["verdict"]),
            summary=str(report["summary"]),
            target=str(report["run"]["target"]),
            began=str(report["run"]["began"] or ""),
            findings=tuple(_finding(finding) for finding in report["findings"]),
        )
    except (KeyError, TypeError) as error:
        return CheckReport(f"{file} is not a report of callcamp-check: {type(error).__name__} {error}.")


def _finding(finding: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """A finding with the texts that settle it: an overlay's action, and an entry of the baseline."""
    names = ("name", "kind", "code", "sentence", "expected", "observed", "operation", "pointer", "documented")
    shown: dict[str, JsonValue] = {name: finding[name] for name in names}
    amendment = finding.get("amendment")
    return {
        **shown,
        "assumption": finding.get("assumption"),
        "known": finding.get("known"),
        "amendment": amendment,
        "commands": [command["line"] for command in finding.get("commands", ())],
        "action": _action(str(finding["pointer"]), str(finding["sentence"]), str(amendment or "")),
        "entry": _baseline_entry(str(finding["code"]), str(finding["pointer"])),
    }


def _action(pointer: str, sentence: str, amendment: str) -> str:
    """An action of an OpenAPI Overlay for the node that a finding rests on, to be completed."""
    lines = [
        f"- target: {json.dumps(json_path(pointer), ensure_ascii=False)}",
        f"  description: {json.dumps(sentence, ensure_ascii=False)}",
        "  update:",
        f"    # {amendment or 'Write here what the service does instead.'}",
    ]
    return "\n".join(lines) + "\n"


def _baseline_entry(code: str, pointer: str) -> str:
    """An entry of the check's baseline, to be completed with a reason."""
    until = datetime.fromordinal(datetime.now(UTC).toordinal() + _KNOWN_FOR_DAYS).date()
    values = {"code": json.dumps(code), "pointer": json.dumps(pointer), "reason": '"why it may stay"', "until": until}
    return "[[known]]\n" + "".join(f"{name} = {value}\n" for name, value in values.items())
