"""Runs the mock with its settings until a signal stops it."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys

import click

from mock_server.cli.startup_banner import announcement, announcement_json
from mock_server.server.listener import AddressError, Listener, PortTakenError
from mock_server.server.server import check_exposure, serve
from mock_server.server.tls import identity
from mock_server.sessions.session import SeedError
from mock_server.settings.settings import Settings, SettingsError
from mock_server.stderr import print_line
from mock_server.web.app import MockApp, create_app
from openapi import SpecError
from openapi.errors import listed
from openapi.wording import counted

_SWITCH_INTERVAL_S = 0.0005
"""The thread switch interval: a tenth of Python's default."""


def run(settings: Settings) -> int:
    """Serve until SIGINT or SIGTERM. Returns the exit code: 0, or 1 if a response broke the contract.

    If it can't serve, it prints the reason to stderr and returns another code.
    """
    try:
        app = create_app(settings=settings)
        with identity(settings) as own:
            listener = Listener(settings.host, settings.port, own)
            check_exposure(listener, settings)
            _warn(listener)
            for line in listed(app.mock.contract.warnings, app.mock.contract.file):
                print_line(line)
            asyncio.run(_serve(app, listener))
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
        print_line(f"--self-check: {counted(len(failures), 'response')} broke the contract")
    sys.stdout.flush()
    sys.stderr.flush()
    return 1 if failures else 0


def _failed(error: Exception, code: int) -> int:
    print_line(str(error))
    return code


def _warn(listener: Listener) -> None:
    if not listener.is_loopback:
        print_line(f"warning: --host {listener.host} exposes the mock to other machines; only --token protects it")


async def _serve(app: MockApp, listener: Listener) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        if sys.platform == "win32":
            signal.signal(number, lambda _number, _frame: loop.call_soon_threadsafe(stop.set))
        else:
            loop.add_signal_handler(number, stop.set)
    await serve(app, listener, lambda: _announce(app, listener), stop)


def _announce(app: MockApp, listener: Listener) -> None:
    # Everything that exists now stays, so the garbage collector can skip it.
    gc.freeze()
    gc.enable()
    # While another thread merges records, a request has to wait for its turn each time it has waited for the network.
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    announce = announcement_json if app.mock.settings.json else announcement
    click.echo(announce(app, listener))
    sys.stdout.flush()
