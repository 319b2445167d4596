"""What plain Schemathesis finds on a service, without the properties of the check: the yardstick of the proof."""

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
"""How many cases it makes of each operation at the most: about as many requests as a quick run of the check takes."""
_HOW = (
    f"--checks all --mode all --phases examples,coverage,fuzzing,stateful --max-examples {EXAMPLES} "
    "--continue-on-failure --generation-database none --request-timeout 10 --no-color --report json"
).split()


@dataclass(frozen=True)
class Alone:
    """What it found: the titles of the failures, and the operations that they name; how many requests it took."""

    failures: tuple[str, ...]
    operations: tuple[str, ...]
    requests: int
    seconds: float


def run_alone(front: Front, token: str | None, seed: int) -> Alone:
    """Run `schemathesis run` against a service that is entered, in a process of its own."""
    with TemporaryDirectory() as folder:
        report, before = Path(folder, "report.json"), front.requests
        program, document = Path(sys.executable).with_name("schemathesis"), ROOT / "openapi/phones.yaml"
        command = [str(program), "run", str(document), *_HOW]
        command += ["--url", front.url, "--seed", str(seed), "--report-json-path", str(report)]
        command += ["--header", f"Authorization: Bearer {token}"] if token else []
        began_s = time.monotonic()
        subprocess.run(command, cwd=folder, capture_output=True, timeout=PATIENCE_S, check=False)
        seconds = round(time.monotonic() - began_s, 1)
        told: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    failures = told["failures"]
    operations = dict.fromkeys(str(operation) for one in failures for operation in one["operations"])
    titles = dict.fromkeys(str(one["title"]) for one in failures)
    return Alone(tuple(titles), tuple(operations), front.requests - before, seconds)
