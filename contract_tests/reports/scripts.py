"""Each finding's reproduction as a script file."""

from __future__ import annotations

import re
from pathlib import Path

from contract_tests.findings.scripts import MARK, script
from contract_tests.reports.result import Result
from contract_tests.reports.summary import causes

_NAME = re.compile(r"[A-Z][A-Z0-9-]*-\d+\.sh")


def write_scripts(result: Result, folder: Path) -> tuple[Path, ...]:
    """Write a script for each finding to `folder`, named by its code and a number, and return the paths.

    Scripts of an earlier run are deleted. Put the folder into `Result.scripts` so that reports name them. Raises
    OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.sh"):
        if _NAME.fullmatch(old.name) and MARK in old.read_text(encoding="utf-8", errors="replace"):
            old.unlink()
    paths = []
    for cause in causes(result):
        finding = cause.finding
        path = folder / f"{cause.name}.sh"
        title = f"{finding.code}: {finding.sentence}"
        text = script(title, finding.steps, finding.claim, finding.attempts, finding.tag, finding.refused)
        path.write_text(text, encoding="utf-8", newline="\n")
        path.chmod(0o755)
        paths.append(path)
    return tuple(paths)
