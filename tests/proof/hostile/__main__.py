"""Runs the check against every hostile service, and prints what it did: `python -m tests.proof.hostile [NAME...]`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from tests.proof.hostile.services import HOSTILE, hosted
from tests.proof.preloaded import run_preloaded
from tests.proof.proving import ROOT

_PATIENCE_S = 240


def attack(name: str) -> str:
    """A row: the service, the exit code, requests, seconds, foreign records, records left, what was said."""
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
        said = next((one.strip() for one in lines if one.startswith("  records")), "")
        trouble = ["traceback"] if "Traceback" in err or "check itself failed" in err else []
        trouble += ["control characters"] if any(not one.isprintable() and one != "\n" for one in err) else []
        row = (
            name,
            str(ended.code) if ended else f"over {_PATIENCE_S} s",
            f"{service.requests:,} requests ({service.removals:,} deletes)",
            f"{seconds:.0f} s",
            f"{len(service.foreign_writes)} foreign writes",
            f"{service.own_left} left",
            said,
            f"ledger {'kept' if ledger.exists() else 'gone'}",
            sentence,
            ", ".join(trouble),
        )
    return "| " + " | ".join(row) + " |"


if __name__ == "__main__":
    for one in sys.argv[1:] or HOSTILE:
        click.echo(attack(one))
