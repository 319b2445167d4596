"""The formats of `callcamp-spec validate`. To add one, write a function and add it to `FORMATS`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

from openapi.errors import Problem, Severity
from openapi.wording import counted, github_annotation, printable

Found: TypeAlias = Mapping[Path, Sequence[Problem]]
"""The problems of each document."""

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def _text(found: Found) -> str:
    lines: list[str] = []
    for file, problems in found.items():
        counts = Counter(problem.severity for problem in problems)
        lines += [f"{problem.severity.value}: {problem}" for problem in problems]
        errors, warnings = counts[Severity.ERROR], counts[Severity.WARNING]
        lines.append(f"{file}: {counted(errors, 'error')}, {counted(warnings, 'warning')}")
    return "".join(f"{printable(line)}\n" for line in lines)


def _json(found: Found) -> str:
    return json.dumps([_as_json(one) for problems in found.values() for one in problems], indent=2) + "\n"


def _as_json(problem: Problem) -> dict[str, Any]:
    return {
        "severity": problem.severity.value,
        "file": str(problem.file),
        "line": problem.line,
        "pointer": problem.pointer,
        "problem": problem.problem,
        "advice": problem.advice,
    }


def _github(found: Found) -> str:
    lines = []
    for problem in (one for problems in found.values() for one in problems):
        location = {
            "file": str(problem.file),
            "line": str(problem.line or 1),
            "title": problem.pointer or "the document",
        }
        lines.append(github_annotation(problem.severity.value, location, f"{problem.problem}; {problem.advice}"))
    return "".join(f"{line}\n" for line in lines)


def _sarif(found: Found) -> str:
    """SARIF 2.1.0, for code scanning."""
    rules = [
        {"id": f"document-{severity.value}", "defaultConfiguration": {"level": severity.value}} for severity in Severity
    ]
    driver = {"name": "callcamp-spec", "rules": rules}
    results = [_sarif_result(one) for problems in found.values() for one in problems]
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}
    return json.dumps(log, indent=2) + "\n"


def _sarif_result(problem: Problem) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(problem.file.as_posix())},
            "region": {"startLine": problem.line or 1},
        },
        "logicalLocations": [{"fullyQualifiedName": problem.pointer}],
    }
    return {
        "ruleId": f"document-{problem.severity.value}",
        "level": problem.severity.value,
        "message": {"text": f"{problem.pointer or 'the document'}: {problem.problem}; {problem.advice}"},
        "locations": [location],
    }


FORMATS: Mapping[str, Callable[[Found], str]] = {"text": _text, "json": _json, "sarif": _sarif, "github": _github}
