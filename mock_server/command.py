"""What `callcamp-mock` does once it knows its settings."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import click

from mock_server.app import MockApp, create_app
from mock_server.failures import print_line
from mock_server.mock import SeedError
from mock_server.place import AddressError, Place, PortTakenError
from mock_server.server import serve
from mock_server.settings import Settings
from openapi import SpecError


def run(settings: Settings) -> int:
    """Serve until SIGINT or SIGTERM, and then end the process with 0.

    Returns an exit code only where it can't serve; what is wrong goes to stderr in words.
    """
    try:
        app = create_app(settings=settings)
        place = Place(settings.host, settings.port)
    except SpecError as error:
        return _failed(error, 3)
    except SeedError as error:
        return _failed(error, 4)
    except PortTakenError as error:
        return _failed(error, 5)
    except AddressError as error:
        return _failed(error, 2)
    if not place.is_loopback:
        print_line(f"warning: --host {settings.host} lets other machines in; there is no protection but --token")
    asyncio.run(_serve(app, place))
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads of granian's may be left, and an interpreter that is taken apart under them aborts.
    os._exit(0)


def _failed(error: Exception, code: int) -> int:
    print_line(str(error))
    return code


async def _serve(app: MockApp, place: Place) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        if sys.platform == "win32":
            signal.signal(number, lambda _number, _frame: loop.call_soon_threadsafe(stop.set))
        else:
            loop.add_signal_handler(number, stop.set)
    await serve(app, place, lambda: _announce(app, place), stop)


def _announce(app: MockApp, place: Place) -> None:
    """Print where everything is, and last the line that scripts wait for."""
    contract = app.mock.contract
    root = place.origin + contract.base_path
    width = max((len(operation.method) for operation in contract.operations.values()), default=0)
    lines = [f"{contract.title} {contract.version}"]
    lines += [f"  {one.method:{width}} {root}{one.path}  {one.id}" for one in contract.operations.values()]
    lines += [f"  {len(collection)} records of {name}" for name, collection in app.mock.state.items()]
    click.echo("\n".join([*lines, f"listening on {root}"]))
    sys.stdout.flush()
