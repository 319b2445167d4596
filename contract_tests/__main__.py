"""The command line: `callcamp-check`, or `python -m contract_tests`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from contract_tests.settings import PROFILES, SettingsError, read_settings

_MISSING = "the contract check needs more packages: pip install 'callcamp-contract-kit[check]' (here: '.[check]')"


@click.command(
    name="callcamp-check", context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option("--target", metavar="URL", help="mock, or the service's address.  [mock]")
@click.option("--spec", metavar="FILE", help="Check this OpenAPI document.  [the phone API]")
@click.option("--allow-writes", is_flag=True, default=None, help="Let it make, change and delete records of its own.")
@click.option("--profile", metavar="NAME", help=f"How much to try: {', '.join(PROFILES)}.  [default]")
@click.option("--select", metavar="CODES", multiple=True, help="Only properties whose code begins so.")
@click.option("--ignore", metavar="CODES", multiple=True, help="No properties whose code begins so.")
@click.option("--seed", metavar="NUMBER", help="Make the same choices again.")
@click.option("--workers", metavar="NUMBER", help="Check so many properties at the same time.  [1]")
@click.option("--strict", is_flag=True, default=None, help="A refuted assumption fails the run too.")
@click.option("--rate", metavar="NUMBER", help="Requests per second.  [10; no limit on this machine]")
@click.option("--max-requests", metavar="NUMBER", help="Send no more than this, removals aside.")
@click.option("--max-time", metavar="SECONDS", help="Check nothing new after this.")
@click.option("--timeout", metavar="SECONDS", help="Wait so long for an answer.  [10]")
@click.option("--settle", metavar="SECONDS", help="Let a write take so long to be seen.  [0]")
@click.option("--slow", metavar="SECONDS", help="Remark on answers that take longer.  [1]")
@click.option("--fail-slow", is_flag=True, default=None, help="Let a slow answer be a finding.")
@click.option("--token-file", metavar="FILE", help="Send the token in FILE.  [the one in CALLCAMP_TOKEN]")
@click.option("--report", "reports", metavar="FORMAT=PATH", multiple=True, help="Write a report; - is stdout.")
@click.option("--scripts", metavar="FOLDER", help="Write each reproduction there.  [.callcamp-check]")
@click.option("--baseline", metavar="FILE", help="Known deviations.  [callcamp-baseline.toml]")
@click.option("--write-baseline", is_flag=True, help="Enter what is found into the baseline, for 90 days.")
@click.option("--ledger", metavar="FILE", help="Note there what is created.  [a temporary file]")
@click.option("--clean-up", metavar="LEDGER", help="Remove what an earlier run left, and do nothing else.")
@click.option("--list", "list_all", is_flag=True, help="List the properties.")
@click.option("--explain", metavar="CODE", help="Explain a property.")
@click.pass_context
def _command(context: click.Context, /, **given: Any) -> None:
    """Check whether a service keeps the contract that an OpenAPI document describes.

    Against a URL it only reads unless --allow-writes is given. It writes only to records that it created, and removes
    them. Reports: text, json, junit, markdown, github, html. Every option can also be set in pyproject.toml,
    [tool.callcamp-check], and as an environment variable, CALLCAMP_CHECK_MAX_REQUESTS and so on.

    Exit codes: 0 the contract holds, 1 it is broken, 2 usage, 3 the target can't be reached or refuses the token,
    4 something created could not be removed, 130 interrupted.
    """
    if any(find_spec(name) is None for name in ("schemathesis", "hypothesis", "pytest", "requests", "rich", "xdist")):
        raise click.UsageError(_MISSING)
    command = import_module("contract_tests.cli.check")
    if given["list_all"]:
        command.listed()
    elif given["explain"]:
        command.explain(given["explain"])
    else:
        context.exit(_run(command, given))


def _run(command: Any, given: dict[str, Any]) -> int:
    try:
        settings = read_settings(given, os.environ, Path.cwd())
    except SettingsError as error:
        raise click.UsageError(str(error)) from None
    if given["clean_up"]:
        return int(command.clean_up(Path(given["clean_up"]), settings))
    until: date | None = command.default_until() if given["write_baseline"] else None
    return int(command.check(settings, until))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv` (default: the process's arguments). Returns the exit code."""
    try:
        result = _command.main(args=None if argv is None else list(argv), standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    sys.exit(main())
