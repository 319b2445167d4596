"""The command line: `callcamp-check`, or `python -m contract_tests`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import click

_MISSING = "the contract check needs more packages: pip install 'callcamp-contract-kit[check]'"
_PROFILES = click.Choice(["quick", "default", "deep"])


@click.command(name="callcamp-check", context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--target", envvar="CALLCAMP_TARGET", default="mock", metavar="URL", help="mock, or the service's address.  [mock]"
)
@click.option("--spec", envvar="CALLCAMP_SPEC", metavar="FILE", help="Check this OpenAPI document.  [the phone API]")
@click.option("--allow-writes", is_flag=True, help="Let it create, change and delete records of its own at a URL.")
@click.option("--profile", type=_PROFILES, default="default", help="How much to try.  [default]")
@click.option("--seed", type=int, metavar="NUMBER", help="Make the same choices again.")
@click.option(
    "--rate",
    type=click.FloatRange(min=0.1),
    metavar="NUMBER",
    help="Requests per second.  [10; no limit on this machine]",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.1),
    default=10.0,
    metavar="SECONDS",
    help="Wait so long for an answer.  [10]",
)
@click.option("--token-file", metavar="FILE", help="Send the token in FILE.  [the one in CALLCAMP_TOKEN]")
@click.option("--select", metavar="CODES", help="Only properties whose code begins so; commas between them.")
@click.option("--strict", is_flag=True, help="A refuted assumption fails the run too.")
@click.option(
    "--report", "reports", multiple=True, metavar="FORMAT=PATH", help="Write text or json to PATH, - for stdout."
)
@click.option("--ledger", metavar="FILE", help="Note there what is created.  [a temporary file]")
@click.option("--clean-up", metavar="LEDGER", help="Remove what an earlier run left, and do nothing else.")
@click.option("--list", "list_all", is_flag=True, help="List the properties.")
@click.option("--explain", metavar="CODE", help="Explain a property.")
@click.pass_context
def _command(context: click.Context, /, **given: Any) -> None:
    """Check whether a service keeps the contract that an OpenAPI document describes.

    Against a URL it only reads unless --allow-writes is given. It writes only to records that it created, and
    removes them.

    Exit codes: 0 the contract holds, 1 it is broken, 2 usage, 3 the target can't be reached or refuses the token,
    4 something created could not be removed.
    """
    if any(find_spec(name) is None for name in ("schemathesis", "hypothesis", "pytest", "requests")):
        raise click.UsageError(_MISSING)
    context.exit(import_module("contract_tests.command").carry_out(given))


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
