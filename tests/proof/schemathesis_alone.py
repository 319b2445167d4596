"""What plain Schemathesis finds in a service, without the properties of the check: for comparison."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.proof.front import Front

ROOT = Path(__file__).parents[2]
PATIENCE_S = 600
EXAMPLES = 160
"""The most cases for each operation: about as many requests as a quick run of the check."""
_HOW = (
    f"--checks all --mode all --phases examples,coverage,fuzzing,stateful --max-examples {EXAMPLES} "
    "--continue-on-failure --generation-database none --request-timeout 10 --no-color --report json"
).split()


@dataclass(frozen=True)
class Alone:
    """What it found: the titles of the failures and their operations, and the number of requests."""

    failures: tuple[str, ...]
    operations: tuple[str, ...]
    requests: int
    seconds: float


def run_alone(front: Front, token: str | None, seed: int) -> Alone:
    """Run `schemathesis run` against a started service, in a separate process."""
    with TemporaryDirectory() as folder:
        report, before = Path(folder, "report.json"), front.requests
        program, document = Path(sys.executable).with_name("schemathesis"), ROOT / "openapi/phones.yaml"
        command = [str(program), "run", str(document), *_HOW]
        command += ["--url", front.url, "--seed", str(seed), "--report-json-path", str(report)]
        command += ["--header", f"Authorization: Bearer {token}"] if token else []
        began_s = time.monotonic()
        subprocess.run(command, cwd=folder, capture_output=True, timeout=PATIENCE_S, check=False)
        seconds = round(time.monotonic() - began_s, 1)
        report_data: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    failures = report_data["failures"]
    operations = dict.fromkeys(str(operation) for one in failures for operation in one["operations"])
    titles = dict.fromkeys(str(one["title"]) for one in failures)
    return Alone(tuple(titles), tuple(operations), front.requests - before, seconds)
