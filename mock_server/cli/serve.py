"""What `callcamp-mock` does once it knows its settings."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys

import click

from mock_server.cli.startup_banner import announcement
from mock_server.server.listener import AddressError, Listener, PortTakenError
from mock_server.server.server import check_exposure, serve
from mock_server.server.tls import identity
from mock_server.sessions.session import SeedError
from mock_server.settings.settings import Settings, SettingsError
from mock_server.stderr import print_line
from mock_server.web.app import MockApp, create_app
from openapi import SpecError

_SWITCH_INTERVAL_S = 0.0005
"""A tenth of Python's own."""


def run(settings: Settings) -> int:
    """Serve until SIGINT or SIGTERM. Returns an exit code: 0, or 1 where an answer broke the contract.

    Where it can't serve the code is another, and what is wrong goes to stderr in words.
    """
    try:
        app = create_app(settings=settings)
        with identity(settings) as own:
            place = Listener(settings.host, settings.port, own)
            check_exposure(place, settings)
            _warn(place)
            asyncio.run(_serve(app, place))
    except SpecError as error:
        return _failed(error, 3)
    except SeedError as error:
        return _failed(error, 4)
    except PortTakenError as error:
        return _failed(error, 5)
    except (AddressError, SettingsError) as error:
        return _failed(error, 2)
    failures = app.self_check.failures if app.self_check is not None else []
    if failures:
        answers = "1 answer" if len(failures) == 1 else f"{len(failures)} answers"
        print_line(f"--self-check: {answers} broke the contract")
    sys.stdout.flush()
    sys.stderr.flush()
    return 1 if failures else 0


def _failed(error: Exception, code: int) -> int:
    print_line(str(error))
    return code


def _warn(place: Listener) -> None:
    if not place.is_loopback:
        print_line(f"warning: --host {place.host} lets other machines in; there is no protection but --token")


async def _serve(app: MockApp, place: Listener) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        if sys.platform == "win32":
            signal.signal(number, lambda _number, _frame: loop.call_soon_threadsafe(stop.set))
        else:
            loop.add_signal_handler(number, stop.set)
    await serve(app, place, lambda: _announce(app, place), stop)


def _announce(app: MockApp, place: Listener) -> None:
    # What is there now stays, all records from a file included: no collection need ever look at it again.
    gc.freeze()
    gc.enable()
    # Where another thread merges records, requests wait for a turn of it each time they have waited for the network.
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    click.echo(announcement(app, place))
    sys.stdout.flush()
