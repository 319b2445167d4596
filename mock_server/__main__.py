"""The command line: `callcamp-mock`, or `python -m mock_server`."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import click

from mock_server.settings.settings import Settings, SettingsError, read_settings


@click.command(name="callcamp-mock", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-p", "--port", metavar="PORT", help="Listen at PORT; 0 picks a free one.  [4010]")
@click.option("--host", metavar="ADDRESS", help="Listen at ADDRESS.  [127.0.0.1]")
@click.option("--spec", metavar="FILE", help="Serve this OpenAPI document.  [the phone API]")
@click.option("--base-path", metavar="PATH", help="Serve it under PATH; / is the root.  [its first server's path]")
@click.option("--data", metavar="FILE", help="Begin with the records in FILE.  [12 that are made up]")
@click.option("--empty", is_flag=True, default=None, help="Begin without records.")
@click.option("--seed", metavar="NUMBER", help="Make the same records and identifiers at every start.")
@click.option(
    "--token", metavar="TOKEN", help="Demand this bearer token. Others can see a flag: better CALLCAMP_TOKEN."
)
@click.option("--token-file", metavar="FILE", help="Demand the bearer token in FILE.")
@click.option("--cors/--no-cors", default=None, help="Let pages of other origins read the answers.  [they may]")
@click.option("--now", metavar="TIME", help="Let the clock stand at TIME.  [it goes]")
@click.option("--delay", multiple=True, metavar="MS", help="Answer late: 200, 100-500 or listPhones=300; repeatable.")
@click.option("--profile", metavar="NAME", help="Be on a bad network: flaky, slow, offline or rate-limited.")
@click.option("--validate", metavar="HOW", help="strict refuses what is wrong, warn tells, off is silent.  [strict]")
@click.option("--lifecycle", is_flag=True, default=None, help="Let records change as the document's transitions say.")
@click.option("--state", metavar="FILE", help="Keep the records in FILE from one start to the next.")
@click.option("--sessions", metavar="NUMBER", help="Keep so many sessions beside the default one.  [1000]")
@click.option("--session-age", metavar="S", help="Forget a session after S idle seconds.  [3600]")
@click.option("--journal", metavar="NUMBER", help="Remember so many requests of each session.  [1000]")
@click.option("--admin/--no-admin", default=None, help="Serve /__mock/.  [served]")
@click.option("--admin-token", metavar="TOKEN", help="Demand this token there. Better CALLCAMP_ADMIN_TOKEN.")
@click.option("--admin-token-file", metavar="FILE", help="Demand the token in FILE there.")
@click.option("--ui/--no-ui", default=None, help="Serve a page for people at / and /__mock/.  [served]")
@click.option("--watch/--no-watch", default=None, help="Take the document anew when it changes.  [taken]")
@click.option("--tls", is_flag=True, default=None, help="Serve HTTPS, with a certificate made for this start.")
@click.option("--tls-cert", metavar="FILE", help="Serve HTTPS with this certificate (PEM).")
@click.option("--tls-key", metavar="FILE", help="The key of --tls-cert (PEM).")
@click.option("--log", metavar="HOW", help="Print each request on stderr: text, json or off.  [text]")
@click.option("--no-log", "log", flag_value="off", help="The same as --log off.")
@click.option("--self-check", is_flag=True, default=None, help="Answer 500 rather than break the contract.")
@click.pass_context
def _command(context: click.Context, /, **given: Any) -> None:
    """Serve the API that an OpenAPI document describes, with state. docs/mock.md tells more.

    Each option has an environment variable too: --token-file is CALLCAMP_TOKEN_FILE. PORT and HOST are read as well.

    Exit codes: 0 stopped, 1 stopped, and --self-check found something, 2 usage, 3 the document is invalid, 4 the
    records are invalid, 5 the port is taken.
    """
    try:
        settings = read_settings(given, os.environ)
    except SettingsError as error:
        raise click.UsageError(str(error)) from None
    # Flask, uvicorn and the rest are imported only now: --help is there at once.
    # What is made at start stays: to look for garbage meanwhile would take an eighth of the time.
    gc.disable()
    try:
        run: Callable[[Settings], int] = import_module("mock_server.cli.serve").run
        context.exit(run(settings))
    finally:
        gc.enable()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv` (default: the process's arguments). Returns the exit code."""
    try:
        result = _command.main(args=None if argv is None else list(argv), standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    sys.exit(main())
