"""The command line: `callcamp-check`, or `python -m contract_tests`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from click_option_group import optgroup

from contract_tests.settings import OPTIONS, SettingsError, read_settings, settings_origins

_PACKAGES = ("schemathesis", "hypothesis", "pytest", "requests", "rich")
_MISSING = "the contract check needs more packages: pip install 'callcamp-contract-kit[check]' (here: '.[check]')"


_TOPICS = {
    "Target and document": (
        "target",
        "spec",
        "overlays",
        "allow_ref_outside",
        "no_infer",
        "allow_writes",
        "token_file",
        "header_file",
        "timeout",
        "settle",
        "patience",
    ),
    "What to check": ("profile", "select", "ignore", "shard", "calibration", "seed", "strict", "slow", "fail_slow"),
    "Limits": ("rate", "concurrency", "max_requests", "max_time", "max_answer_bytes"),
    "Results": ("reports", "scripts", "baseline", "write_overlay", "ledger"),
}
"""The options by the topics of --help."""

_EXAMPLES = """\b
Examples:
  callcamp-check                                     a private mock
  callcamp-check --target https://staging.example/api --allow-writes
  callcamp-check --seed 7 --report html=report.html  repeat the choices of a run
  callcamp-check merge shard-*.json                  merge the reports of shards
"""


def _with_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with a flag for each option of the check, by topic."""
    options = {one.name: one for one in OPTIONS}
    for topic, names in reversed(_TOPICS.items()):
        for one in (options.pop(name) for name in reversed(names)):
            kind: dict[str, Any] = {"metavar": one.metavar} if one.metavar else {"is_flag": True, "default": None}
            command = optgroup.option(one.switch, one.name, help=one.help, multiple=one.repeated, **kind)(command)
        command = optgroup.group(topic)(command)
    if options:
        raise RuntimeError(f"options without a topic in --help: {', '.join(options)}")
    return command


@click.command(
    name="callcamp-check",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EXAMPLES,
)
@_with_options
@optgroup.group("Other actions")
@optgroup.option("--write-baseline", is_flag=True, help="Write current findings to the baseline, for 90 days.")
@optgroup.option("--clean-up", metavar="LEDGER", help="Only remove the records that an earlier run left at --target.")
@optgroup.option(
    "--replay", metavar="REPORT[#N]", help="Only send the requests of a JSON report's findings again, and judge them."
)
@optgroup.option(
    "--traffic",
    metavar="HAR",
    multiple=True,
    help="Only judge the requests and responses of a recording; send nothing.",
)
@optgroup.option(
    "--json", "as_json", is_flag=True, help="Print JSON to stdout; for a check, the same as --report json=-."
)
@optgroup.option("--list", "list_all", is_flag=True, help="List the properties.")
@optgroup.option("--explain", metavar="CODE", help="Explain a property.")
@optgroup.option("--show-config", is_flag=True, help="List the settings, and where each comes from.")
@click.version_option(package_name="callcamp-contract-kit", prog_name="callcamp-check", message="%(prog)s %(version)s")
@click.pass_context
def _command(context: click.Context, /, **given: Any) -> None:
    """Check whether a service keeps the contract in an OpenAPI document.

    Against a URL it only reads unless --allow-writes is given. It writes only to records that it created, and removes
    them. Reports: text, json, junit, markdown, github, html. Options can also be set in pyproject.toml, in
    [tool.callcamp.check], and as environment variables such as CALLCAMP_CHECK_MAX_REQUESTS.

    Exit codes: 0 the contract holds, 1 it is broken, 2 usage, 3 the target can't be reached or refuses the token,
    4 a created record could not be removed, 5 nothing is broken, but something could not be judged,
    130 interrupted. With --replay: 0 kept, 1 broken, 2 not replayed, 3 and 4 as above.
    """
    if any(find_spec(name) is None for name in _PACKAGES):
        raise click.UsageError(_MISSING)
    if given["list_all"] or given["explain"]:
        catalogue = import_module("contract_tests.cli.catalogue")
        shown = catalogue.facts if given["as_json"] else catalogue.text
        click.echo(shown(None if given["list_all"] else given["explain"]))
    else:
        context.exit(_run(given))


def _check_together(given: Mapping[str, Any]) -> None:
    """Raise click.UsageError for options that exclude each other: only a check writes a baseline or an overlay."""
    instead = [name for name in ("replay", "traffic", "clean_up") if given[name]]
    written = [name for name in ("write_baseline", "write_overlay") if given[name]]
    if len(instead) > 1 or (instead and written):
        first, second = (f"--{name.replace('_', '-')}" for name in [*instead, *written][:2])
        raise click.UsageError(f"{first} and {second} can't be used together; use one of them")


def _run(given: dict[str, Any]) -> int:
    _check_together(given)
    as_json = given["as_json"]
    if as_json and not (given["show_config"] or given["replay"] or given["clean_up"]):
        given = {**given, "reports": (*(given["reports"] or ()), "json=-")}
    check = import_module("contract_tests.cli.check")
    try:
        if given["show_config"]:
            click.echo(settings_origins(given, os.environ, Path.cwd(), as_json=as_json), nl=False)
            return 0
        settings = read_settings(given, os.environ, Path.cwd())
    except SettingsError as error:
        raise click.UsageError(str(error)) from None
    if given["replay"]:
        return int(
            import_module("contract_tests.cli.replay").replay_findings(given["replay"], settings, as_json=as_json)
        )
    if given["traffic"]:
        files = [Path(file) for file in given["traffic"]]
        return int(import_module("contract_tests.cli.traffic").check_recordings(files, settings))
    if given["clean_up"]:
        return int(check.clean_up(Path(given["clean_up"]), settings, as_json=as_json))
    return int(check.check(settings, given["write_baseline"]))


@click.command(
    name="callcamp-check merge", context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.argument("files", nargs=-1, required=True, metavar="REPORT...")
@click.option("--report", "reports", multiple=True, metavar="FORMAT=PATH", help="Write a report; - is stdout.")
@click.option("--json", "as_json", is_flag=True, help="The same as --report json=-.")
@click.option("--scripts", metavar="FOLDER", help="Write reproduction scripts to this folder.")
@click.pass_context
def _merge(
    context: click.Context, files: Sequence[str], reports: tuple[str, ...], as_json: bool, scripts: str | None
) -> None:
    """Make one report from the JSON reports of the shards of a check.

    Exit codes: 5 if a shard has no report or was interrupted, otherwise that of a check without shards.
    """
    try:
        reports = (*reports, "json=-") if as_json else reports
        settings = read_settings({"reports": reports, "scripts": scripts}, {}, Path.cwd())
    except SettingsError as error:
        raise click.UsageError(str(error)) from None
    context.exit(int(import_module("contract_tests.cli.merge").merge(files, settings)))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv` (default: the arguments of the process). Returns the exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    command = _command
    if arguments[:1] == ["merge"]:
        command, arguments = _merge, arguments[1:]
    try:
        result = command.main(args=arguments, prog_name=command.name, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    sys.exit(main())
