"""What the commands have in common: two options, and how they end."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TypeVar

import click

from benchmarks.errors import BenchmarkError

MISSED = 1
"""The exit code where something could not be measured."""

_INTERRUPTED = 130

Command = TypeVar("Command", bound=Callable[..., Any])


def scratch_option(what: str) -> Callable[[Command], Command]:
    """The option --scratch; `what` says what stands in that folder."""
    folder = click.Path(file_okay=False, path_type=Path)
    told = f"{what}; it may be kept for the next time."
    return click.option("--scratch", type=folder, required=True, metavar="FOLDER", help=told)


def seconds_option(command: Command) -> Command:
    """Give a command the option --seconds."""
    told = "How long each kind of request is measured."
    return click.option("--seconds", type=click.IntRange(min=1), default=2, show_default=True, help=told)(command)


def ended(run: Callable[[], Any]) -> int:
    """Run a command, and return its exit code. What is wrong goes to stderr, in words.

    SIGTERM ends it as Ctrl-C does, so that what it started is ended too.
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
        click.echo("interrupted: what was started has been ended", err=True)
        return _INTERRUPTED
    finally:
        signal.signal(signal.SIGTERM, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
