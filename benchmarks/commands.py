"""Shared by the commands: two options and the exit codes."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TypeVar

import click

from benchmarks.errors import BenchmarkError

MISSED = 1
"""The exit code if something could not be measured."""

_INTERRUPTED = 130

Command = TypeVar("Command", bound=Callable[..., Any])


def scratch_option(what: str) -> Callable[[Command], Command]:
    """The option --scratch; `what` describes the folder in the help."""
    folder = click.Path(file_okay=False, path_type=Path)
    help_text = f"{what}; a later run reuses it."
    return click.option("--scratch", type=folder, required=True, metavar="FOLDER", help=help_text)


def seconds_option(command: Command) -> Command:
    """Add the option --seconds to a command."""
    help_text = "Duration of the load, for each kind of request."
    return click.option("--seconds", type=click.IntRange(min=1), default=2, show_default=True, help=help_text)(command)


def ended(run: Callable[[], Any]) -> int:
    """Run a command and return its exit code. Errors go to stderr as one line.

    SIGTERM acts as Ctrl-C does, so that its child processes end too.
    """
    handler = signal.signal(signal.SIGTERM, _interrupt)
    try:
        return int(run() or 0)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BenchmarkError as error:
        click.echo(f"not measured: {error}", err=True)
        return MISSED
    except OSError as error:
        click.echo(f"not measured: {error.filename or error}: {error.strerror}", err=True)
        return MISSED
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted; all servers have been stopped", err=True)
        return _INTERRUPTED
    finally:
        signal.signal(signal.SIGTERM, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
