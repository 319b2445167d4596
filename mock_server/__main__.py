"""The command line: `callcamp-mock`, or `python -m mock_server`."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from click_option_group import optgroup

from mock_server.settings.settings import Settings, SettingsError, read_settings, setting_flags, settings_origins

_EXAMPLES = """\b
Examples:
  callcamp-mock                           the phone API on http://127.0.0.1:4010/api
  callcamp-mock --spec api.yaml --port 0  another document, on a free port
  callcamp-mock --profile flaky --seed 7  reproducible failures and delays
"""


@click.command(
    name="callcamp-mock",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EXAMPLES,
)
@optgroup.group("Server")
@optgroup.option("-p", "--port", metavar="PORT", help="Listen on PORT; 0 picks one.  [default: 4010]")
@optgroup.option("--host", metavar="ADDRESS", help="Listen on ADDRESS.  [default: 127.0.0.1]")
@optgroup.option("--tls", is_flag=True, default=None, help="Serve HTTPS, with a new certificate.")
@optgroup.option("--tls-cert", metavar="FILE", help="Serve HTTPS with this certificate (PEM).")
@optgroup.option("--tls-key", metavar="FILE", help="The key of --tls-cert (PEM).")
@optgroup.option("--log", metavar="HOW", help="Log requests as text or json, or off.  [text]")
@optgroup.option("--log-admin", is_flag=True, default=None, help="Log requests to /__mock/, too.")
@optgroup.option("--json", is_flag=True, default=None, help="Print what is served as one line of JSON.")
@optgroup.option("--no-log", "log", flag_value="off", help="The same as --log off.")
@optgroup.group("Document and records")
@optgroup.option("--spec", metavar="FILE", help="Serve this OpenAPI document.  [default: the phone API]")
@optgroup.option("--overlay", "overlays", multiple=True, metavar="FILE", help="Apply this OpenAPI Overlay; repeatable.")
@optgroup.option("--allow-ref-outside", is_flag=True, default=None, help="Allow $ref to files outside its folder.")
@optgroup.option("--no-infer", is_flag=True, default=None, help="Don't infer state; return examples.")
@optgroup.option("--base-path", metavar="PATH", help="Serve it under PATH.  [default: the path of its first server]")
@optgroup.option("--watch/--no-watch", default=None, help="Reload a changed document.  [default: on]")
@optgroup.option("--data", metavar="FILE", help="Start with the records in FILE.  [default: 12 generated records]")
@optgroup.option("--empty", is_flag=True, default=None, help="Start without records.")
@optgroup.option("--seed", metavar="NUMBER", help="Generate the same records every time.")
@optgroup.option("--state", metavar="FILE", help="Keep the records in FILE between starts.")
@optgroup.option("--record", metavar="FILE", help="Record traffic in a new HAR file, redacted.")
@optgroup.option("--lifecycle", is_flag=True, default=None, help="Apply the transitions of the document.")
@optgroup.option("--now", metavar="TIME", help="Freeze the clock at TIME.")
@optgroup.group("Requests and responses")
@optgroup.option(
    "--token", metavar="TOKEN", help="Require this bearer token. Other users can see flags: prefer CALLCAMP_TOKEN."
)
@optgroup.option("--token-file", metavar="FILE", help="Require the bearer token in FILE.")
@optgroup.option("--cors/--no-cors", default=None, help="Let pages of other origins read responses.  [default: on]")
@optgroup.option(
    "--validate", metavar="HOW", help="Invalid requests: strict refuses, warn lists, off ignores.  [strict]"
)
@optgroup.option("--self-check", is_flag=True, default=None, help="Send 500 instead of invalid responses.")
@optgroup.group("Bad network")
@optgroup.option(
    "--delay", multiple=True, metavar="MS", help="Delay responses: 200, 100-500, listPhones=300; repeatable."
)
@optgroup.option("--profile", metavar="NAME", help="Simulate a bad network: flaky, slow, offline or rate-limited.")
@optgroup.group("In front of a service")
@optgroup.option("--upstream", metavar="URL", help="Forward reads to this service.")
@optgroup.option("--upstream-mode", multiple=True, metavar="MODE", help="mock, forward, compare; or OPERATION=MODE.")
@optgroup.option("--upstream-writes", is_flag=True, default=None, help="Forward the other operations, too.")
@optgroup.option("--upstream-token", metavar="TOKEN", help="Send a bearer token; prefer a file.")
@optgroup.option("--upstream-token-file", metavar="FILE", help="Send the bearer token in FILE.")
@optgroup.option("--upstream-header", multiple=True, metavar="FIELD", help="Send this 'Name: value'; repeatable.")
@optgroup.option("--upstream-timeout", metavar="S", help="Send 504 after S seconds.  [default: 10]")
@optgroup.option("--upstream-ca", metavar="FILE", help="Trust the certificates in FILE (PEM).")
@optgroup.option("--learn", is_flag=True, default=None, help="Store records that are read, redacted.")
@optgroup.group("Sessions, administration and pages")
@optgroup.option("--sessions", metavar="NUMBER", help="Keep up to NUMBER sessions.  [default: 1000]")
@optgroup.option("--session-age", metavar="S", help="Delete a session after S idle seconds.  [default: 3600]")
@optgroup.option("--journal", metavar="NUMBER", help="Keep the last NUMBER requests of each session.  [default: 1000]")
@optgroup.option("--admin/--no-admin", default=None, help="Serve /__mock/.  [default: on]")
@optgroup.option("--admin-token", metavar="TOKEN", help="Require this token for /__mock/. Prefer CALLCAMP_ADMIN_TOKEN.")
@optgroup.option("--admin-token-file", metavar="FILE", help="Require the token in FILE for /__mock/.")
@optgroup.option("--ui/--no-ui", default=None, help="Serve a page for browsers.  [default: on]")
@optgroup.option("--report-json", metavar="FILE", help="Show this report of callcamp-check.")
@optgroup.option("--write-overlay", metavar="FILE", help="Apply this overlay, and write to it.")
@optgroup.option("--write-baseline", metavar="FILE", help="Write to this baseline.")
@optgroup.option("--show-config", is_flag=True, help="List the settings with their origins.")
@click.version_option(package_name="callcamp-contract-kit", prog_name="callcamp-mock", message="%(prog)s %(version)s")
@click.pass_context
def _command(context: click.Context, /, **given: Any) -> None:
    """Serve the API that an OpenAPI document describes, with state. See docs/mock.md.

    Each option has an environment variable: --token-file is CALLCAMP_TOKEN_FILE. PORT and HOST work, too. Options can
    also be set in pyproject.toml, in [tool.callcamp.mock].

    Exit codes: 0 stopped, 1 stopped and --self-check found an invalid response, 2 usage, 3 invalid document, 4 invalid
    records, 5 port taken.
    """
    # The document's reader, Flask, uvicorn and the rest are imported only now, so that --help is fast.
    # Objects made at start stay; collecting garbage meanwhile would take an eighth of the time.
    gc.disable()
    try:
        settings = _settings(given)
        if settings is not None:
            run: Callable[[Settings], int] = import_module("mock_server.cli.serve").run
            context.exit(run(settings))
    finally:
        gc.enable()


def _settings(given: dict[str, Any]) -> Settings | None:
    """The settings; None if they were only shown. Raises click.UsageError."""
    configuration = import_module("openapi.configuration")
    try:
        configured = configuration.read_configuration("mock", setting_flags(), Path.cwd())
        settings = read_settings(given, os.environ, configured)
    except (SettingsError, configuration.ConfigurationError) as error:
        raise click.UsageError(str(error)) from None
    if given["show_config"]:
        rows = settings_origins(given, os.environ, configured)
        click.echo(configuration.origins(rows, settings.json), nl=False)
        return None
    return settings


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv` (default: the process's arguments). Returns the exit code."""
    try:
        result = _command.main(args=None if argv is None else list(argv), standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:  # Ctrl-C before the server is up
        return 130
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    sys.exit(main())
