"""The page of the contract: what each operation does, the assumptions, and the last check's findings."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from flask import Blueprint, Response

from mock_server.admin.accepted import accepted_actions, is_among
from mock_server.admin.blueprint import AdminError
from mock_server.admin.ignored import ignored_entries
from mock_server.page.operation_words import sentences
from mock_server.page.rendering import Renderer, pretty
from mock_server.settings.settings import Settings
from openapi.json_paths import json_path
from openapi.json_value import JsonValue

_KNOWN_FOR_DAYS = 90
"""How long a known deviation is valid, as in the check (docs/contract-check.md)."""


class Decisions(NamedTuple):
    """The accepted and ignored differences: the files, their content, and why one of them can't be read."""

    overlay: Path | None
    baseline: Path | None
    actions: list[dict[str, JsonValue]]
    entries: list[dict[str, JsonValue]]
    problems: list[str]


class CheckReport(NamedTuple):
    """A report of the contract check, or the reason why it can't be shown."""

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
        settings = context.mock.settings
        file, decisions = settings.report_json, read_decisions(settings)
        return renderer.page(
            "contract.html",
            "contract",
            operations=operations,
            assumptions=list(contract.assumptions.values()),
            report=None if file is None else read_report(file, decisions),
            decisions=decisions,
            warnings=contract.warnings,
        )


def read_decisions(settings: Settings) -> Decisions:
    """The content of a mock's overlay and baseline."""
    overlay, baseline = settings.write_overlay, settings.write_baseline
    decisions = Decisions(overlay, baseline, [], [], [])
    try:
        if overlay is not None:
            decisions.actions.extend(accepted_actions(overlay))
        if baseline is not None:
            decisions.entries.extend(ignored_entries(baseline))
    except AdminError as error:
        decisions.problems.append(error.message)
    return decisions


def read_report(file: Path, decisions: Decisions) -> CheckReport:
    """The report in `file` (docs/reports.md), and the decisions about its findings."""
    try:
        report = json.loads(file.read_bytes())
    except FileNotFoundError:
        return CheckReport(f"No report at {file} yet. Run callcamp-check --report json={file}.")
    except (OSError, ValueError) as error:
        return CheckReport(f"The report {file} can't be read: {error}.")
    try:
        return CheckReport(
            problem="",
            verdict=str(report["verdict"]),
            summary=str(report["summary"]),
            target=str(report["run"]["target"]),
            began=str(report["run"]["began"] or ""),
            findings=tuple(_finding(finding, decisions) for finding in report["findings"]),
        )
    except (KeyError, TypeError) as error:
        return CheckReport(f"{file} is not a report of callcamp-check: {type(error).__name__} {error}.")


def _finding(finding: dict[str, JsonValue], decisions: Decisions) -> dict[str, JsonValue]:
    """A finding with the actions that accept it, the entry that ignores it, and whether one of them exists."""
    names = ("name", "kind", "code", "sentence", "expected", "observed", "operation", "pointer", "documented")
    shown: dict[str, JsonValue] = {name: finding[name] for name in names}
    code, pointer, amendment = str(finding["code"]), str(finding["pointer"]), finding.get("amendment")
    actions = finding.get("actions") or []
    entry = next((one for one in decisions.entries if (one["code"], one["pointer"]) == (code, pointer)), None)
    return {
        **shown,
        "assumption": finding.get("assumption"),
        "known": finding.get("known"),
        "amendment": amendment,
        "commands": [command["line"] for command in finding.get("commands", ())],
        "is_complete": bool(actions),
        "is_accepted": bool(actions) and all(is_among(one, decisions.actions) for one in actions),
        "ignored": entry,
        "actions": pretty(actions or [_template(pointer, str(finding["sentence"]))]),
        "until": _until(),
        "entry": _baseline_entry(code, pointer),
    }


def _template(pointer: str, sentence: str) -> JsonValue:
    """An incomplete action for the node that a finding rests on."""
    return {"target": json_path(pointer), "description": sentence, "update": {}}


def _until() -> str:
    """The date when an entry of the baseline expires."""
    return datetime.fromordinal(datetime.now(UTC).toordinal() + _KNOWN_FOR_DAYS).date().isoformat()


def _baseline_entry(code: str, pointer: str) -> str:
    """An entry of the check's baseline, without its reason."""
    values = {
        "code": json.dumps(code),
        "pointer": json.dumps(pointer),
        "reason": '"why it may stay"',
        "until": _until(),
    }
    return "[[known]]\n" + "".join(f"{name} = {value}\n" for name, value in values.items())
