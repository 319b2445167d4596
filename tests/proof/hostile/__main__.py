"""Runs the check against every hostile service, and prints what it did: `python -m tests.proof.hostile [NAME...]`.

The check holds if it changes no foreign record, names every record that it leaves, does not call the service correct,
prints nothing harmful, and ends.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from tests.proof.hostile.services import HOSTILE, hosted
from tests.proof.preloaded import run_preloaded
from tests.proof.proving import ROOT

_PATIENCE_S = 240
_LEFT_BEHIND = 4


def attack(name: str) -> tuple[bool, str]:
    """Whether the check held, and a row: the service, exit code, requests, seconds, foreign writes, records left."""
    with hosted(name) as service, TemporaryDirectory() as folder:
        ledger = Path(folder, "ledger")
        arguments = ["--target", service.front.url, "--allow-writes", "--profile", "quick", "--seed", "7"]
        arguments += ["--timeout", "2", "--scripts", str(Path(folder, "scripts")), "--ledger", str(ledger)]
        began_s = time.monotonic()
        ended = run_preloaded(arguments, ROOT, {"PYTHONPATH": str(ROOT)}, _PATIENCE_S)
        seconds = time.monotonic() - began_s
        err = ended.err if ended else ""
        lines = err.splitlines()
        sentence = next((one for one in lines if one.startswith(("The contract", "Not finished", "Nothing"))), "")
        records_line = next((one.strip() for one in lines if one.startswith("  records")), "")
        trouble = ["traceback"] if "Traceback" in err or "check itself failed" in err else []
        trouble += ["control characters"] if any(not one.isprintable() and one != "\n" for one in err) else []
        row = (
            name,
            str(ended.code) if ended else f"over {_PATIENCE_S} s",
            f"{service.requests:,} requests ({service.removals:,} deletes)",
            f"{seconds:.0f} s",
            f"{len(service.foreign_writes)} foreign writes",
            f"{service.own_left} left",
            records_line,
            f"ledger {'kept' if ledger.exists() else 'gone'}",
            sentence,
            ", ".join(trouble),
        )
        is_named = service.own_left == 0 or (ledger.exists() and ended is not None and ended.code == _LEFT_BEHIND)
        held = is_named and not service.foreign_writes and not trouble and ended is not None and ended.code != 0
    return held, "| " + " | ".join(("held" if held else "FAILED", *row)) + " |"


def main(names: Sequence[str]) -> int:
    """Attack the check with these services; returns the exit code."""
    failed = 0
    for one in names:
        held, row = attack(one)
        failed += not held
        click.echo(row)
    click.echo(f"{len(names)} services tried: {len(names) - failed} held, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(HOSTILE)))
